//! `ko check --watch`: checks again whenever something changes on the disk, in one database, so that a round costs what
//! the change costs.
//!
//! The folders are watched before they are read, so that no change between the two is missed.

use std::{
    collections::BTreeSet,
    io::IsTerminal as _,
    path::PathBuf,
    process::ExitCode,
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use ko_schema::Schema;
use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode},
};
use serde_json::json;

use super::{Check, Found};
use crate::{
    cli::sources::Sources,
    packages::{self, MANIFEST, Roots},
};

/// Editors write a file in several steps; this long after the last of them it is looked at.
const QUIET: Duration = Duration::from_millis(40);

/// However much goes on, it is looked at after this time.
const AT_LEAST: Duration = Duration::from_millis(500);

/// Clears a terminal, what has scrolled away included.
const CLEAR: &str = "\u{1b}[2J\u{1b}[3J\u{1b}[H";

/// Checks until the process is interrupted, against the built-in schema or another one.
///
/// # Errors
/// When the system does not say what changes, or one of the paths is not there to begin with.
pub(super) fn run(check: &Check, schema: Option<Schema>) -> Result<ExitCode> {
    let (sender, events) = channel();
    let watcher = notify::recommended_watcher(move |event| drop(sender.send(event)))
        .context("the system does not tell of changes of files")?;
    let mut watched = Watched { watcher, folders: BTreeSet::new() };
    if let Some(path) = check.paths.iter().find(|path| !path.exists()) {
        anyhow::bail!("{}: there is no such file or folder", path.display());
    }
    let mut sources = Sources::new(Roots::with_kopath());
    if let Some(schema) = schema {
        sources.use_cluster(schema);
    }
    sources.use_kubernetes(check.kubernetes_version);
    // What the first round finds out where to look for, the second one reads with all of it watched.
    watched.follow(sources.folders(&check.paths));
    for round in 1u64.. {
        let start = Instant::now();
        let mut result = sources.refresh(&check.paths, true);
        if watched.follow(sources.folders(&check.paths)) {
            result = sources.refresh(&check.paths, true);
        }
        match result {
            Ok(()) => show(check, &mut sources, round, start),
            Err(error) if check.json => {
                let error = format!("{error:#}");
                anstream::println!("{}", json!({ "round": round, "error": error }));
            }
            Err(error) => {
                separate(round);
                anstream::eprintln!("{}: {error:#}", crate::cli::red("error"));
            }
        }
        if !wait(&events) {
            break;
        }
    }
    Ok(ExitCode::from(crate::cli::REFUSED))
}

fn show(check: &Check, sources: &mut Sources, round: u64, start: Instant) {
    let found = Found::of(sources, check.hints);
    let took = start.elapsed().as_secs_f64() * 1e3;
    if check.json {
        anstream::println!(
            "{}",
            json!({
                "round": round,
                "files": sources.named.len(),
                "errors": found.errors,
                "warnings": found.warnings,
                "ms": (took * 10.0).round() / 10.0,
                "diagnostics": found.json(sources),
            })
        );
        return;
    }
    separate(round);
    found.print(sources);
    anstream::eprintln!("round {round}, {took:.0} ms; watching for changes, Ctrl+C ends");
}

/// Sets a round apart from the one before: a terminal is cleared, anything else gets a line.
fn separate(round: u64) {
    if std::io::stderr().is_terminal() {
        anstream::eprint!("{CLEAR}");
    } else if round > 1 {
        anstream::eprintln!("\n―――― round {round}");
    }
}

/// The folders that are watched.
struct Watched {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
}

impl Watched {
    /// Watches these and no others. Returns whether there are new ones among them.
    fn follow(&mut self, folders: BTreeSet<PathBuf>) -> bool {
        for gone in self.folders.difference(&folders) {
            // A folder that is deleted is no longer watched, which is no failure.
            let _ = self.watcher.unwatch(gone);
        }
        let mut more = false;
        for new in folders.difference(&self.folders) {
            more = true;
            if let Err(error) = self.watcher.watch(new, RecursiveMode::NonRecursive) {
                anstream::eprintln!("{} cannot be watched: {error}", new.display());
            }
        }
        self.folders = folders;
        more
    }
}

/// Waits for changes that matter and for the end of what belongs to them; false if there will be none any more.
fn wait(events: &Receiver<notify::Result<Event>>) -> bool {
    loop {
        let Ok(event) = events.recv() else { return false };
        if matters(&event) {
            break;
        }
    }
    let end = Instant::now() + AT_LEAST;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        if events.recv_timeout(QUIET.min(left)).is_err() {
            break;
        }
    }
    true
}

/// Whether something happened that can change what is found. Reading is not; what the system has lost count of is.
fn matters(event: &notify::Result<Event>) -> bool {
    let Ok(event) = event else { return true };
    match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => {}
        EventKind::Access(_) => return false,
        _ => {}
    }
    // Folders come and go with what is in them.
    let relevant = |path: &PathBuf| {
        packages::is_source(path)
            || path.file_name().is_some_and(|name| name == MANIFEST || name == ".gitignore")
            || path.extension().is_none()
            || path.is_dir()
    };
    event.need_rescan() || event.paths.iter().any(relevant)
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, ModifyKind};

    use super::*;

    #[test]
    fn only_changes_of_sources_matter() {
        let event = |kind, path: &str| Ok(Event::new(kind).add_path(path.into()));
        let changed = EventKind::Modify(ModifyKind::Any);
        assert!(matters(&event(changed, "/w/a.ko")));
        assert!(matters(&event(changed, "/w/ko.toml")));
        assert!(matters(&event(EventKind::Create(CreateKind::Folder), "/w/new")));
        assert!(!matters(&event(changed, "/w/notes.md")));
        assert!(!matters(&event(EventKind::Access(AccessKind::Read), "/w/a.ko")));
        assert!(matters(&Err(notify::Error::generic("lost"))));
    }
}
