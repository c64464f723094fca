//! Checking as programs grow: `ko check` and the language server on generated workspaces of 1, 4, 16 and 64 times a size,
//! beside `ty` on workspaces that say the same. What counts is that a line costs the same at every size.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::{
    client::{Client, Diagnostics},
    measure::{self, Usage},
    peers::{self, Language, Peer},
};

/// The sizes, as numbers of files of 50 lines: the last has 100,000 lines.
const FILES: [usize; 4] = [31, 125, 500, 2000];

/// How long the chain of functions is that give each other's results back.
const CHAIN: usize = 2000;

/// What a keystroke in that chain may cost, in milliseconds.
const CHAIN_BUDGET: f64 = 5.0;

/// Measures both sides and prints tables.
///
/// # Errors
/// When `ko` cannot be built or fails. What `ty` fails at is said in its place.
pub(crate) fn run(filter: Option<&str>, times: u32) -> Result<()> {
    let wanted = |name: &str| filter.is_none_or(|filter| name.contains(filter));
    let peers: Vec<Peer> = std::iter::once(Peer::ko()?).chain(Peer::ty()).collect();
    for peer in peers {
        let result = || -> Result<()> {
            if wanted("sizes") {
                sizes(&peer, times)?;
            }
            if wanted("chain") {
                chain(&peer)?;
            }
            Ok(())
        };
        match result() {
            Err(error) if peer.language == Language::Python => {
                println!("{} fails: {error:#}", peer.name);
            }
            result => result?,
        }
    }
    Ok(())
}

fn sizes(peer: &Peer, times: u32) -> Result<()> {
    println!(
        "\n{}: the least of {times} runs; in parentheses, what a line costs beside the size before",
        peer.name
    );
    println!(
        "{:>8} {:>6}  {:>10} {:>13} {:>8}  {:>10} {:>8}  {:>16} {:>12}",
        "lines", "files", "check", "1,000 lines", "", "memory", "", "CPU of an edit", "server"
    );
    let smallest = peers::folder(&format!("check-{}-1", peer.name), &peer.language.workspace(1))?;
    let empty = measure::best(times, || peer.check(&smallest))?;
    let mut before: Option<Sized> = None;
    for files in FILES {
        let sized = size(peer, files, times, &empty)?;
        let ratio = |of: fn(&Sized) -> f64| {
            before.as_ref().map_or(String::new(), |it| format!("({:.2} ×)", of(&sized) / of(it)))
        };
        println!(
            "{:>8} {files:>6}  {:>7.0} ms {:>10.2} ms {:>8}  {:>7.1} MB {:>8}  {:>13.2} ms {:>9.1} MB",
            sized.lines,
            sized.check.wall.as_secs_f64() * 1e3,
            sized.time_of_line() * 1e6,
            ratio(Sized::time_of_line),
            sized.check.memory as f64 / 1e6,
            ratio(Sized::memory_of_line),
            sized.edit.as_secs_f64() * 1e3,
            sized.server as f64 / 1e6,
        );
        before = Some(sized);
    }
    Ok(())
}

/// The figures of one size.
struct Sized {
    lines: usize,
    check: Usage,
    /// What the same costs with next to nothing to check.
    empty: Usage,
    /// Processor time for an edit with the questions of an editor after it.
    edit: Duration,
    /// Memory of the language server.
    server: u64,
}

impl Sized {
    /// Processor time for a line, in seconds, without what the start costs.
    fn time_of_line(&self) -> f64 {
        self.check.user.saturating_sub(self.empty.user).as_secs_f64() / self.lines as f64
    }

    /// Memory for a line, in bytes, without what the start costs.
    fn memory_of_line(&self) -> f64 {
        self.check.memory.saturating_sub(self.empty.memory) as f64 / self.lines as f64
    }
}

fn size(peer: &Peer, files: usize, times: u32, empty: &Usage) -> Result<Sized> {
    let sources = peer.language.workspace(files);
    let lines = sources.iter().map(|(_, text)| text.lines().count()).sum();
    let folder = peers::folder(&format!("check-{}-{files}", peer.name), &sources)?;
    let check = measure::best(times, || peer.check(&folder))?;
    let (mut client, _) = Client::start(&mut peer.server(&folder), &folder, Diagnostics::Pull)?;
    // A file in the middle, with folders before and after it that it is connected with.
    let (path, text) = sources.get(files / 2 / 10 * 10 + 1).context("too few files")?;
    client.open(&folder.join(path), peer.language.id(), text)?;
    let line = text.lines().position(|line| line.contains("count")).context("no line to edit")?;
    let column = text.lines().nth(line).map_or(0, str::len);
    // Everything is there before anything is measured.
    let mut edit = |times: u32| -> Result<Duration> {
        let before = client.cpu().unwrap_or_default();
        for at in 0..times {
            if at % 2 == 0 {
                client.change((line, column), column, " ")?;
            } else {
                client.change((line, column), column + 1, "")?;
            }
            let asked = [
                client.ask_of_text("textDocument/diagnostic")?,
                client.ask_at("textDocument/hover", (line, column.saturating_sub(8)))?,
            ];
            client.answers(&asked)?;
        }
        Ok(client.cpu().unwrap_or_default().saturating_sub(before) / times)
    };
    edit(50)?;
    std::thread::sleep(Duration::from_secs(1));
    edit(50)?;
    let edit = edit(200)?;
    let server = client.memory().unwrap_or_default();
    client.stop()?;
    Ok(Sized { lines, check, empty: empty.clone(), edit, server })
}

/// A keystroke at the bottom of the chain, which all the others are on top of.
fn chain(peer: &Peer) -> Result<()> {
    let text = peer.language.chain(CHAIN);
    let name = format!("main.{}", peer.language.extension());
    let folder = peers::folder(&format!("chain-{}", peer.name), &[(name.clone(), text.clone())])?;
    let (mut client, _) = Client::start(&mut peer.server(&folder), &folder, Diagnostics::Pull)?;
    client.open(&folder.join(&name), peer.language.id(), &text)?;
    let id = client.ask_of_text("textDocument/diagnostic")?;
    client.answer(id)?;
    println!(
        "\n{}: {CHAIN} functions that give each other's results back, a keystroke in one of them",
        peer.name
    );
    let lines: Vec<&str> = text.lines().collect();
    let places = [("the name of a step", CHAIN / 2), ("the result of the first", 0)];
    for (what, function) in places {
        let line = match peer.language {
            Language::Ko => function,
            Language::Python => function * 3 + 1,
        };
        let column = lines.get(line).and_then(|line| line.rfind([')', '}'])).context("no place")?;
        // At the bottom the number that is returned becomes another number: a result of the same type.
        let column = if function == 0 { lines[line].rfind('1').unwrap_or(column) } else { column };
        let typed = if function == 0 { "2" } else { " " };
        let mut worst = Duration::ZERO;
        let before = client.cpu().unwrap_or_default();
        const TIMES: u32 = 60;
        for at in 0..TIMES {
            let start = Instant::now();
            if at % 2 == 0 {
                client.change((line, column), column, typed)?;
            } else {
                client.change((line, column), column + 1, "")?;
            }
            let asked = [
                client.ask_of_text("textDocument/diagnostic")?,
                client.ask_at("textDocument/hover", (line, 5))?,
            ];
            client.answers(&asked)?;
            worst = worst.max(start.elapsed());
        }
        let cpu = client.cpu().unwrap_or_default().saturating_sub(before) / TIMES;
        let cpu = cpu.as_secs_f64() * 1e3;
        let verdict = match peer.language {
            Language::Ko if cpu <= CHAIN_BUDGET => "met",
            Language::Ko => "MISSED",
            Language::Python => "",
        };
        println!(
            "  {what:28} CPU {cpu:>8.2} ms (budget {CHAIN_BUDGET} ms {verdict}), longest {:.1} ms",
            worst.as_secs_f64() * 1e3
        );
    }
    client.stop()
}
