//! What is wrong with `ko.toml`, told to the editor.

use ls_types::{Position, Range, Uri};

use super::{
    outbox::{Outbox, Outgoing},
    to_proto,
};
use crate::{
    line_index::{Encoding, LineIndex},
    packages::Manifest,
};

/// The files that the editor shows problems of.
#[derive(Debug, Default)]
pub(crate) struct Manifests {
    shown: Vec<Uri>,
}

impl Manifests {
    /// Sends the problems of these files, and takes back those of others.
    pub(crate) fn publish(&mut self, all: &[Manifest], encoding: Encoding, outbox: &Outbox) {
        let mut gone = std::mem::take(&mut self.shown);
        for manifest in all.iter().filter(|it| !it.problems.is_empty()) {
            let Some(uri) = Uri::from_file_path(&manifest.path) else { continue };
            let lines = LineIndex::new(&manifest.text);
            let at = |offset| {
                let position = lines.position(&manifest.text, offset, encoding);
                Position { line: position.line, character: position.col }
            };
            let problems = manifest.problems.iter().map(|problem| {
                let range =
                    Range { start: at(problem.range.start()), end: at(problem.range.end()) };
                to_proto::plain_diagnostic(range, problem)
            });
            outbox.send(Outgoing::Diagnostics(uri.clone(), problems.collect(), None));
            gone.retain(|other| *other != uri);
            self.shown.push(uri);
        }
        for uri in gone {
            outbox.send(Outgoing::Diagnostics(uri, Vec::new(), None));
        }
    }
}
