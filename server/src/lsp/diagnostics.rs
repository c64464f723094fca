//! When diagnostics are computed and when they are sent.
//!
//! Only open files have diagnostics. They are computed on the pool after every change of anything, the edited files
//! first, without any delay: the next change cancels what is under way. What comes back is sent if nothing has changed
//! meanwhile and if it is not what the client has already. Where the client asks for diagnostics itself, it need only be
//! told that an edit has changed those of other files, for which the end of a burst of edits is early enough.

use std::time::Duration;

use crossbeam_channel::Sender;
use ko_queries::diagnostic::FileId;
use ls_types::{Diagnostic, DiagnosticSeverity, NumberOrString, Uri};
use rustc_hash::FxHashMap;

use super::{
    main_loop::Message,
    outbox::{Outbox, Outgoing},
    pool::{Failure, Job},
    requests,
    settings::Settings,
    snapshot::Snapshot,
};

/// How long nothing must have come in before a client that asks for diagnostics is told about other files.
const PAUSE: Duration = Duration::from_millis(40);

/// The diagnostics of one file at one moment.
pub(crate) struct Diagnosed {
    /// The file.
    pub(crate) file: FileId,
    uri: Uri,
    version: Option<i32>,
    generation: u64,
    diagnostics: Vec<Diagnostic>,
}

/// What the client was told last about a file.
struct Published {
    version: Option<i32>,
    diagnostics: Vec<Diagnostic>,
}

/// Decides what is computed and sent.
pub(crate) struct Publisher {
    outbox: Outbox,
    sender: Sender<Message>,
    /// Counts the changes of anything.
    generation: u64,
    /// Whether there was one since the last [`Publisher::due`].
    changed: bool,
    /// Open files, the ones edited last at the end.
    open: Vec<FileId>,
    published: FxHashMap<FileId, Published>,
}

impl Publisher {
    /// Nothing is open yet. Results are sent to `sender`, diagnostics to `outbox`.
    pub(crate) fn new(outbox: Outbox, sender: Sender<Message>) -> Publisher {
        let (open, published) = (Vec::new(), FxHashMap::default());
        Publisher { outbox, sender, generation: 0, changed: false, open, published }
    }

    /// A file was opened.
    pub(crate) fn opened(&mut self, file: FileId) {
        self.edited(file);
    }

    /// The text or version of an open file changed.
    pub(crate) fn edited(&mut self, file: FileId) {
        self.open.retain(|open| *open != file);
        self.open.push(file);
        self.world_changed();
    }

    /// Any text changed.
    pub(crate) fn world_changed(&mut self) {
        self.generation += 1;
        self.changed = true;
    }

    /// All texts are there now, so that names that were unknown may be known.
    pub(crate) fn everything_changed(&mut self) {
        self.world_changed();
    }

    /// A file was closed: what the client shows of it is taken back.
    pub(crate) fn closed(&mut self, file: FileId, uri: Uri) {
        self.open.retain(|open| *open != file);
        if self.published.remove(&file).is_some() {
            self.outbox.send(Outgoing::Diagnostics(uri, Vec::new(), None));
        }
        self.world_changed();
    }

    /// How long it may take until changes are looked at. Nothing if there are none, or if the client waits for them.
    pub(crate) fn pause(&self, settings: &Settings) -> Option<Duration> {
        // A client that asks gets its answer when it asks. Only what an edit does to other files is left to tell.
        (self.changed && settings.pulls_diagnostics).then_some(PAUSE)
    }

    /// What is to be computed now, the most wanted first; nothing if nothing changed.
    pub(crate) fn due(&mut self) -> Option<Vec<Diagnose>> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        let job = |file: &FileId| Diagnose {
            file: *file,
            generation: self.generation,
            sender: self.sender.clone(),
            result: None,
        };
        Some(self.open.iter().rev().map(job).collect())
    }

    /// Sends what was computed, if it is current and new to the client. `version` is that of the file now.
    pub(crate) fn publish(
        &mut self,
        diagnosed: Diagnosed,
        version: Option<i32>,
        settings: &Settings,
    ) {
        let Diagnosed { file, uri, version: seen, generation, diagnostics } = diagnosed;
        if generation != self.generation || seen != version || !self.open.contains(&file) {
            return;
        }
        let old = self.published.get(&file);
        let changed = old.is_none_or(|old| old.diagnostics != diagnostics);
        if settings.pulls_diagnostics {
            // The client asks after its own edits. It has to be told of the effects of others.
            if old.is_some_and(|old| old.version == version) && changed {
                self.outbox.send(Outgoing::RefreshDiagnostics);
            }
        } else if changed {
            self.outbox.send(Outgoing::Diagnostics(uri, diagnostics.clone(), version));
        }
        self.published.insert(file, Published { version, diagnostics });
    }
}

/// Computes the diagnostics of one file.
pub(crate) struct Diagnose {
    file: FileId,
    generation: u64,
    sender: Sender<Message>,
    result: Option<Diagnosed>,
}

impl Job for Diagnose {
    fn run(&mut self, snapshot: &Snapshot) -> Result<(), Failure> {
        let Some(file) = snapshot.files.by_id(self.file) else { return Ok(()) };
        let result = self.result.insert(Diagnosed {
            file: file.id,
            uri: file.uri.clone(),
            version: file.version,
            generation: self.generation,
            diagnostics: Vec::new(),
        });
        result.diagnostics = requests::diagnostics::of_file(snapshot, file);
        Ok(())
    }

    fn finish(mut self: Box<Self>, result: Result<(), Failure>) {
        match result {
            Ok(()) => {}
            // The change that cancelled it has already asked for a new computation.
            Err(Failure::Modified | Failure::Unwanted) => return,
            Err(Failure::Panicked(why) | Failure::Refused(why)) => {
                tracing::error!("diagnostics of {:?} failed: {why}", self.file);
                if let Some(result) = &mut self.result {
                    result.diagnostics = vec![broken_checker(&why)];
                }
            }
        }
        if let Some(diagnosed) = self.result {
            let _ = self.sender.send(Message::Diagnosed(diagnosed));
        }
    }
}

/// What a file shows instead of its mistakes when the checker itself fails at it.
fn broken_checker(why: &str) -> Diagnostic {
    Diagnostic {
        severity: Some(DiagnosticSeverity::ERROR),
        code: Some(NumberOrString::String("internal-error".to_owned())),
        source: Some("ko".to_owned()),
        message: format!("the checker failed at this file, which is a defect of Ko: {why}"),
        ..Diagnostic::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publisher() -> (Publisher, tokio::sync::mpsc::UnboundedReceiver<Outgoing>) {
        let (outbox, sent) = Outbox::new();
        (Publisher::new(outbox, crossbeam_channel::unbounded().0), sent)
    }

    fn result(publisher: &Publisher, version: i32, message: &str) -> Diagnosed {
        Diagnosed {
            file: FileId(1),
            uri: "untitled:a".parse().unwrap(),
            version: Some(version),
            generation: publisher.generation,
            diagnostics: vec![broken_checker(message)],
        }
    }

    #[test]
    fn what_is_outdated_or_known_already_is_not_sent() {
        let (mut publisher, mut sent) = publisher();
        let settings = Settings::default();
        publisher.opened(FileId(1));
        let first = result(&publisher, 1, "a");
        publisher.edited(FileId(1));
        publisher.publish(first, Some(2), &settings);
        assert!(sent.try_recv().is_err(), "of an older text");
        publisher.publish(result(&publisher, 2, "a"), Some(2), &settings);
        assert!(matches!(sent.try_recv(), Ok(Outgoing::Diagnostics(_, _, Some(2)))));
        publisher.publish(result(&publisher, 2, "a"), Some(2), &settings);
        assert!(sent.try_recv().is_err(), "the same again");
        publisher.publish(result(&publisher, 2, "b"), Some(2), &settings);
        assert!(sent.try_recv().is_ok());
        let late = result(&publisher, 2, "c");
        publisher.closed(FileId(1), "untitled:a".parse().unwrap());
        assert!(
            matches!(sent.try_recv(), Ok(Outgoing::Diagnostics(_, none, None)) if none.is_empty())
        );
        publisher.publish(late, None, &settings);
        assert!(sent.try_recv().is_err(), "of a closed file");
    }

    #[test]
    fn a_client_that_asks_is_told_of_the_effects_of_other_files_only() {
        let (mut publisher, mut sent) = publisher();
        let settings = Settings { pulls_diagnostics: true, ..Settings::default() };
        publisher.opened(FileId(1));
        publisher.publish(result(&publisher, 1, "a"), Some(1), &settings);
        publisher.edited(FileId(1));
        publisher.publish(result(&publisher, 2, "b"), Some(2), &settings);
        assert!(sent.try_recv().is_err(), "it asks after its own edits");
        publisher.world_changed();
        publisher.publish(result(&publisher, 2, "c"), Some(2), &settings);
        assert!(matches!(sent.try_recv(), Ok(Outgoing::RefreshDiagnostics)));
    }

    #[test]
    fn only_a_client_that_does_not_ask_waits() {
        let (mut publisher, _sent) = publisher();
        let asks = Settings { pulls_diagnostics: true, ..Settings::default() };
        assert_eq!(publisher.pause(&asks), None, "nothing has changed");
        publisher.opened(FileId(1));
        assert_eq!(publisher.pause(&asks), Some(PAUSE));
        assert_eq!(publisher.pause(&Settings::default()), None);
        publisher.due();
        assert_eq!(publisher.pause(&asks), None);
    }

    #[test]
    fn the_file_edited_last_is_computed_first_and_nothing_without_a_change() {
        let (mut publisher, _sent) = publisher();
        publisher.opened(FileId(1));
        publisher.opened(FileId(2));
        publisher.edited(FileId(1));
        let files: Vec<_> = publisher.due().unwrap().iter().map(|job| job.file).collect();
        assert_eq!(files, [FileId(1), FileId(2)]);
        assert!(publisher.due().is_none());
    }
}
