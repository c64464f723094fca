//! Getting to know a cluster: listing what it can do, explaining a field, and an editor that completes its gates.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::side::{Home, Side};
use crate::bench::client::{Client, Diagnostics};
use crate::bench::measure::{self, Usage};
use crate::bench::table::{Goal, Table, Unit};

/// A cluster, and something in it to ask for.
pub(super) struct Cluster {
    pub(super) kubeconfig: String,
    pub(super) context: &'static str,
    /// A kind that the cluster serves.
    pub(super) kind: String,
    /// The path of a field of it.
    pub(super) field: &'static str,
}

/// Measures; `budget` is milliseconds until gates can be completed, and megabytes that the cluster may add to an editor.
///
/// # Errors
/// When one of the sides fails.
pub(super) fn measure(
    cluster: &Cluster,
    budget: (f64, f64),
    sides: (&Side, Option<&Side>),
    times: u32,
    table: &mut Table,
) -> Result<()> {
    let (ko, kubectl) = sides;
    let ours = ko.home(&cluster.kubeconfig, cluster.context)?;
    let theirs = kubectl.map(|it| it.home(&cluster.kubeconfig, cluster.context)).transpose()?;
    let explained = format!("{}.{}", cluster.kind, cluster.field);
    let explained_lower = format!("{}.{}", cluster.kind.to_lowercase(), cluster.field);
    let subjects: [(&str, Vec<&str>, Vec<&str>); 2] = [
        ("what there is", vec!["api", "--all"], vec!["api-resources"]),
        ("explain a field", vec!["api", &explained], vec!["explain", &explained_lower]),
    ];
    for (what, our_words, their_words) in &subjects {
        for again in [false, true] {
            let run = |home: &Home<'_>, words: &[&str]| repeated(home, words, again, times);
            let our = run(&ours, our_words)?;
            let their = theirs.as_ref().map(|it| run(it, their_words)).transpose()?;
            let name = format!("{}: {what}{}", cluster.context, if again { ", again" } else { "" });
            add(table, &name, &our, their.as_ref());
        }
    }
    let mut first: Option<[Editor; 2]> = None;
    for _ in 0..times {
        ours.forget()?;
        let pair = [editor(cluster, &ours)?, editor(cluster, &ours)?];
        first = Some(match first {
            None => pair,
            Some(best) => [best[0].least(&pair[0]), best[1].least(&pair[1])],
        });
    }
    let pair = first.context("no round")?;
    for (editor, again) in pair.iter().zip(["", ", again"]) {
        let name = |what: &str| format!("{}: editor, {what}{again}", cluster.context);
        table.row(
            &name("connect → completable"),
            Unit::Ms,
            editor.completable.as_secs_f64() * 1e3,
            None,
            Goal::of(budget.0),
        );
        table.row(
            &name("memory above nothing"),
            Unit::Mb,
            editor.settled,
            None,
            Goal::of(budget.1),
        );
        table.row(&name("the most at once"), Unit::Mb, editor.most, None, Goal::of(f64::INFINITY));
    }
    Ok(())
}

/// The rows of a command: time, and memory.
pub(super) fn add(table: &mut Table, name: &str, ours: &Usage, theirs: Option<&Usage>) {
    let time = |it: &Usage| it.wall.as_secs_f64() * 1e3;
    let memory = |it: &Usage| it.memory as f64 / 1e6;
    let told = |it: &Usage| format!("{:.0} ms, {:.0} MB", time(it), memory(it));
    // The table comes last, and some rows take a minute.
    println!("{name}: {}; kubectl {}", told(ours), theirs.map_or_else(|| "–".to_owned(), told));
    let goal = Goal::half(f64::INFINITY);
    table.row(name, Unit::Ms, time(ours), theirs.map(time), goal);
    table.row(&format!("{name}, memory"), Unit::Mb, memory(ours), theirs.map(memory), goal);
}

/// The least of several runs of a command: with what the run before has kept, or without.
fn repeated(home: &Home<'_>, words: &[&str], again: bool, times: u32) -> Result<Usage> {
    let mut best: Option<Usage> = None;
    if again {
        measure::once(&mut home.command(words))?;
    }
    for _ in 0..times {
        if !again {
            home.forget()?;
        }
        let usage = measure::once(&mut home.command(words))?;
        if usage.output.trim().is_empty() {
            bail!("{words:?} wrote nothing: {usage:?}");
        }
        best = Some(match best {
            Some(best) => Usage {
                user: best.user.min(usage.user),
                wall: best.wall.min(usage.wall),
                memory: best.memory.min(usage.memory),
                output: usage.output,
            },
            None => usage,
        });
    }
    best.context("no round")
}

/// What an editor sees.
struct Editor {
    /// From the order to connect to the first completion with the gate in it.
    completable: Duration,
    /// Megabytes that the server holds more than before, when it has settled.
    settled: f64,
    /// The most megabytes that it held at once more than before.
    most: f64,
}

impl Editor {
    fn least(&self, other: &Editor) -> Editor {
        Editor {
            completable: self.completable.min(other.completable),
            settled: self.settled.min(other.settled),
            most: self.most.min(other.most),
        }
    }
}

/// Connects an editor with one open file, and completes the gate that makes an object of the kind.
fn editor(cluster: &Cluster, home: &Home<'_>) -> Result<Editor> {
    let gate = format!("Create{}", cluster.kind);
    let typed = &gate[..gate.len() - 1];
    let line = format!("\tmade: {typed}");
    let text = format!("Main(ns) {{\n{line}\n\treturn: made\n}}\n");
    let path = home.package().join("main.ko");
    std::fs::write(&path, &text)?;
    let (mut client, _) =
        Client::start(&mut home.bare(&["lsp"]), &home.package(), Diagnostics::Pull)?;
    client.open(&path, "ko", &text)?;
    let complete = |client: &mut Client| -> Result<bool> {
        let id = client.ask_at("textDocument/completion", (1, line.len()))?;
        let list = client.answer(id)?;
        let items = list["items"].as_array().or(list.as_array()).cloned().unwrap_or_default();
        Ok(items.iter().any(|it| it["label"] == gate.as_str()))
    };
    // What an editor does before anybody connects is not part of the figure; nor is what the built-in schema takes.
    complete(&mut client)?;
    let before = client.memory().unwrap_or_default();
    let begin = Instant::now();
    let order = json!({"context": cluster.context, "kubeconfig": home.kubeconfig()});
    let id = client.ask("ko/connect", order)?;
    let answer: Value = client.answer(id)?;
    if answer["outcome"] != "connected" {
        bail!("the editor is not connected: {answer}");
    }
    if !complete(&mut client)? {
        bail!("{gate} is not completed");
    }
    let completable = begin.elapsed();
    std::thread::sleep(Duration::from_secs(1));
    let above = |now: Option<u64>| now.unwrap_or_default().saturating_sub(before) as f64 / 1e6;
    let (settled, most) = (above(client.memory()), above(client.peak()));
    client.stop()?;
    Ok(Editor { completable, settled, most })
}
