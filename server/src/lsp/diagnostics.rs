//! When diagnostics are computed and when they are sent.
//!
//! Only open files have diagnostics. They are computed on the pool after every change of anything, the edited files
//! first, without any delay: the next change cancels what is under way. What comes back is sent if nothing has changed
//! meanwhile and if it is not what the client has already.

use crossbeam_channel::Sender;
use ko_queries::diagnostic::FileId;
use ls_types::{Diagnostic, Uri};
use rustc_hash::FxHashMap;

use super::{
    main_loop::Message,
    outbox::{Outbox, Outgoing},
    pool::{Failure, Job},
    requests,
    settings::Settings,
    snapshot::Snapshot,
};

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
        self.result = Some(Diagnosed {
            file: file.id,
            uri: file.uri.clone(),
            version: file.version,
            generation: self.generation,
            diagnostics: requests::diagnostics::of_file(snapshot, file),
        });
        Ok(())
    }

    fn finish(self: Box<Self>, result: Result<(), Failure>) {
        match result {
            Ok(()) => {
                if let Some(diagnosed) = self.result {
                    let _ = self.sender.send(Message::Diagnosed(diagnosed));
                }
            }
            // The change that cancelled it has already asked for a new computation.
            Err(Failure::Modified | Failure::Unwanted) => {}
            Err(failure) => {
                tracing::error!("diagnostics of {:?} failed: {failure:?}", self.file);
            }
        }
    }
}
