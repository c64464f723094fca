//! The language server under an editor: the release build of `ko lsp` beside `ty server`, driven by the same client with
//! the same script, on generated programs that say the same in as many lines.
//!
//! All figures of a table come from one run. Times to answers are those that a user feels; processor time is that of the
//! whole server, which is the steadier figure on a machine that does other things, too.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::{
    client::{Client, Diagnostics, Place},
    peers::{self, Peer},
    table::{Goal, Table, Unit},
};

/// What is typed, one character after the other, as the value of a new step.
const WORD: &str = "deployment";

/// How many edits a burst has.
const BURST: usize = 60;

/// Edits after which memory is looked at again.
const MANY: usize = 50_000;

/// How long an idle server is watched.
const IDLE: Duration = Duration::from_secs(5);

/// Measures both sides and prints a table.
///
/// # Errors
/// When `ko` cannot be built or fails. If `ty` fails, its column is empty.
pub(crate) fn run(filter: Option<&str>, times: u32) -> Result<()> {
    let ko = Peer::ko()?;
    let ty = Peer::ty();
    println!(
        "an editor with one open file, driven by the same script; {times} rounds, the best of each figure\n"
    );
    let mut table = Table::new(ko.name, ty.as_ref().map(|peer| peer.name));
    let ours = measure(&ko, filter, times)?;
    let theirs = match &ty {
        Some(ty) => match measure(ty, filter, times) {
            Ok(figures) => figures,
            Err(error) => {
                println!("SKIPPED ty: {error:#}");
                Figures::default()
            }
        },
        None => Figures::default(),
    };
    for (name, our) in ours.0 {
        let their = theirs.0.iter().find(|(other, _)| *other == name).map(|(_, it)| it.value);
        table.row(name, our.unit, our.value, their, our.goal);
    }
    table.print();
    Ok(())
}

/// Figures by name, in the order of the table.
#[derive(Default)]
struct Figures(Vec<(&'static str, Figure)>);

#[derive(Clone, Copy)]
struct Figure {
    value: f64,
    unit: Unit,
    goal: Goal,
}

impl Figures {
    /// Adds a figure, or lowers it: what disturbs a run only adds.
    fn least(&mut self, name: &'static str, value: f64, unit: Unit, goal: Goal) {
        match self.0.iter_mut().find(|(other, _)| *other == name) {
            Some((_, figure)) => figure.value = figure.value.min(value),
            None => self.0.push((name, Figure { value, unit, goal })),
        }
    }
}

/// Budgets in milliseconds and megabytes of the project for two quiet processors, and half of the other's figure.
fn measure(peer: &Peer, filter: Option<&str>, times: u32) -> Result<Figures> {
    let wanted = |name: &str| filter.is_none_or(|filter| name.contains(filter));
    let mut figures = Figures::default();
    for _ in 0..times {
        if wanted("start") {
            start(peer, &mut figures)?;
        }
        if wanted("typing") {
            typing(peer, &mut figures)?;
        }
        if wanted("burst") {
            burst(peer, &mut figures, Diagnostics::Pull, "60 edits → hover, pull")?;
            burst(peer, &mut figures, Diagnostics::Push, "60 edits → hover, push")?;
        }
        if wanted("large") {
            large(peer, &mut figures)?;
        }
    }
    if wanted("memory") {
        memory(peer, &mut figures)?;
    }
    Ok(figures)
}

/// A server with a text open in it, all of whose diagnostics are known.
struct Session {
    client: Client,
    /// Where the word is typed.
    at: Place,
    /// The name of a function that can be hovered.
    hover: Place,
    /// From the start of the process to the answer to `initialize`, and to the first diagnostics.
    started: (Duration, Duration),
}

fn session(peer: &Peer, text: &str, diagnostics: Diagnostics) -> Result<Session> {
    let name = format!("main.{}", peer.language.extension());
    let folder =
        peers::folder(&format!("editor-{}", peer.name), &[(name.clone(), text.to_owned())])?;
    let (text, at, hover) = with_place(text).context("the program has no place to type at")?;
    let begin = Instant::now();
    let (mut client, initialized) = Client::start(&mut peer.server(&folder), &folder, diagnostics)?;
    client.open(&folder.join(Path::new(&name)), peer.language.id(), &text)?;
    match diagnostics {
        Diagnostics::Pull => {
            let id = client.ask_of_text("textDocument/diagnostic")?;
            client.answer(id)?;
        }
        Diagnostics::Push => client.diagnostics()?,
    }
    let started = (initialized, begin.elapsed());
    Ok(Session { client, at, hover, started })
}

/// Adds a step without value in the middle of a program: the text, the place of the value, and that of the name of the
/// function around it.
fn with_place(text: &str) -> Option<(String, Place, Place)> {
    let mut lines: Vec<&str> = text.lines().collect();
    let returns = |line: &&str| line.trim_start().starts_with("return");
    let middle = lines.len() / 2;
    let before = middle + lines.get(middle..)?.iter().position(returns)?;
    let defines = |line: &&str| line.starts_with("def ") || line.starts_with("Deploy");
    let defined = lines.get(..before)?.iter().rposition(defines)?;
    let name = lines.get(defined)?.find("eploy")?;
    let step = if text.contains("def ") { "    note = " } else { "  note: " };
    lines.insert(before, step);
    Some((lines.join("\n") + "\n", (before, step.len()), (defined, name)))
}

fn start(peer: &Peer, figures: &mut Figures) -> Result<()> {
    let text = peer.language.program(1000);
    let session = session(peer, &text, Diagnostics::Pull)?;
    let (initialized, diagnosed) = session.started;
    figures.least("start → initialized", ms(initialized), Unit::Ms, Goal::of(5.0));
    figures.least("start → first diagnostics", ms(diagnosed), Unit::Ms, Goal::of(150.0));
    session.client.stop()
}

/// What some words cost to type.
struct Typed {
    /// From each keystroke to the answer of completion.
    completion: Vec<Duration>,
    /// From each keystroke to the last of the other answers.
    rest: Vec<Duration>,
    /// Processor time of the server for a keystroke.
    cpu: Duration,
}

/// Types words and takes them away again. After each keystroke comes completion and, with `everything`, what an editor
/// asks besides.
fn type_words(session: &mut Session, words: usize, everything: bool) -> Result<Typed> {
    let (line, column) = session.at;
    let hover = session.hover;
    let client = &mut session.client;
    let (mut completion, mut rest) = (Vec::new(), Vec::new());
    let before = client.cpu().unwrap_or_default();
    for _ in 0..words {
        for (at, _) in WORD.char_indices() {
            let start = Instant::now();
            client.change((line, column + at), column + at, &WORD[at..=at])?;
            let id = client.ask_at("textDocument/completion", (line, column + at + 1))?;
            client.answer(id)?;
            completion.push(start.elapsed());
            if everything {
                let mut asked = vec![
                    client.ask_of_text("textDocument/semanticTokens/full")?,
                    client.ask_of_text("textDocument/diagnostic")?,
                ];
                if at % 3 == 0 {
                    asked.push(client.ask_at("textDocument/hover", hover)?);
                }
                client.answers(&asked)?;
                rest.push(start.elapsed());
            }
        }
        client.change((line, column), column + WORD.len(), "")?;
    }
    // The last edit is part of the last word.
    let id = client.ask_at("textDocument/hover", hover)?;
    client.answer(id)?;
    let keystrokes = u32::try_from(completion.len()).unwrap_or(u32::MAX).max(1);
    let cpu = client.cpu().unwrap_or_default().saturating_sub(before) / keystrokes;
    Ok(Typed { completion, rest, cpu })
}

fn typing(peer: &Peer, figures: &mut Figures) -> Result<()> {
    let text = peer.language.program(1000);
    let mut session = session(peer, &text, Diagnostics::Pull)?;
    type_words(&mut session, 1, true)?;
    let typed = type_words(&mut session, 15, true)?;
    figures.least("CPU per keystroke, all requests", ms(typed.cpu), Unit::Ms, Goal::half(5.0));
    let (p50, p95) = percentiles(typed.completion);
    figures.least("completion p50, 1,000 lines", p50, Unit::Ms, Goal::half(4.0));
    figures.least("completion p95, 1,000 lines", p95, Unit::Ms, Goal::half(4.0));
    let (p50, p95) = percentiles(typed.rest);
    figures.least("tokens and diagnostics p50", p50, Unit::Ms, Goal::half(f64::INFINITY));
    figures.least("tokens and diagnostics p95", p95, Unit::Ms, Goal::half(f64::INFINITY));
    session.client.stop()
}

fn burst(
    peer: &Peer,
    figures: &mut Figures,
    diagnostics: Diagnostics,
    name: &'static str,
) -> Result<()> {
    let text = peer.language.program(1000);
    let mut session = session(peer, &text, diagnostics)?;
    type_words(&mut session, 1, false)?;
    for _ in 0..5 {
        // Nothing is left to do of the burst before.
        thread::sleep(Duration::from_millis(300));
        let start = Instant::now();
        edit(&mut session, BURST)?;
        let id = session.client.ask_at("textDocument/hover", session.hover)?;
        session.client.answer(id)?;
        figures.least(name, ms(start.elapsed()), Unit::Ms, Goal::half(8.0));
    }
    session.client.stop()
}

/// Writes and removes a character, without a question.
fn edit(session: &mut Session, times: usize) -> Result<()> {
    let (line, column) = session.at;
    for at in 0..times {
        if at % 2 == 0 {
            session.client.change((line, column), column, "d")?;
        } else {
            session.client.change((line, column), column + 1, "")?;
        }
    }
    Ok(())
}

fn large(peer: &Peer, figures: &mut Figures) -> Result<()> {
    let text = peer.language.program(10_000);
    let mut session = session(peer, &text, Diagnostics::Pull)?;
    type_words(&mut session, 1, false)?;
    let typed = type_words(&mut session, 10, false)?;
    let (p50, p95) = percentiles(typed.completion);
    figures.least("completion p50, 10,000 lines", p50, Unit::Ms, Goal::half(15.0));
    figures.least("completion p95, 10,000 lines", p95, Unit::Ms, Goal::half(15.0));
    figures.least(
        "CPU per keystroke and completion, 10,000 lines",
        ms(typed.cpu),
        Unit::Ms,
        Goal::half(f64::INFINITY),
    );
    session.client.stop()
}

fn memory(peer: &Peer, figures: &mut Figures) -> Result<()> {
    let text = peer.language.program(1000);
    let mut session = session(peer, &text, Diagnostics::Pull)?;
    type_words(&mut session, 1, true)?;
    let ready = session.client.memory().unwrap_or_default();
    figures.least("memory, ready", mb(ready), Unit::Mb, Goal::of(60.0));
    thread::sleep(Duration::from_secs(1));
    let before = session.client.cpu().unwrap_or_default();
    thread::sleep(IDLE);
    let idle = session.client.cpu().unwrap_or_default().saturating_sub(before);
    let percent = idle.as_secs_f64() / IDLE.as_secs_f64() * 100.0;
    figures.least("CPU while idle", percent, Unit::Percent, Goal::of(0.0));
    for _ in 0..MANY / 100 {
        edit(&mut session, 100)?;
        let id = session.client.ask_at("textDocument/hover", session.hover)?;
        let diagnostics = session.client.ask_of_text("textDocument/diagnostic")?;
        session.client.answers(&[id, diagnostics])?;
    }
    let after = session.client.memory().unwrap_or_default();
    figures.least("memory, after 50,000 edits", mb(after), Unit::Mb, Goal::of(mb(ready) * 1.2));
    session.client.stop()
}

/// The time within which half and 95 of 100 are there, in milliseconds.
fn percentiles(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort_unstable();
    let at = |part: usize| {
        let index = (times.len() * part / 100).min(times.len().saturating_sub(1));
        times.get(index).copied().map_or(0.0, ms)
    };
    (at(50), at(95))
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::peers::Language;

    #[test]
    fn the_place_to_type_at_is_in_the_middle_of_both_programs() {
        for (language, step) in [(Language::Ko, "  note: "), (Language::Python, "    note = ")] {
            let program = language.program(1000);
            let (text, at, hover) = with_place(&program).unwrap_or_default();
            let line = |at: usize| text.lines().nth(at).unwrap_or_default();
            assert_eq!((line(at.0), line(at.0).len()), (step, at.1));
            assert!(line(hover.0)[hover.1..].starts_with("eploy"), "{}", line(hover.0));
        }
    }

    #[test]
    fn percentiles_are_of_what_was_measured() {
        let times = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(percentiles(times), (51.0, 96.0));
        assert_eq!(percentiles(Vec::new()), (0.0, 0.0));
    }
}
