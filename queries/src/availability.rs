//! Which parts of the Kubernetes API the version at hand serves: warnings of what is deprecated, errors of what is no
//! longer there or not yet. The facts are those of [`ko_schema::lifecycle()`]; of custom resources there are none.
//!
//! The version is that of the schema, unless the caller [says another one](crate::RootDatabase::set_kubernetes_version).
//! Fields are those of the schema in any case: since when there is a field is not known here.

use ecow::EcoString;
use ko_schema::{Availability, GateId, Lifecycle, lifecycle, lifecycles};
use ko_syntax::TextRange;

use crate::{
    circuit::{StepId, StepKind, Target},
    database::{Db, SourceFile, World},
    diagnostic::{Diagnostic, FileEdit, Fix, Severity},
    items::{Function, item_tree},
    lower::{Lowered, lower},
    names::{change, import_offset},
};

/// The minor version of Kubernetes 1 that programs are checked against.
pub fn kubernetes_minor(db: &dyn Db) -> u32 {
    // The schema is not looked at before somebody asks: it is large. When it changes, the version is set.
    let set = World::get(db).kubernetes_minor(db);
    let of_schema = || ko_schema::minor(db.kubernetes().version());
    set.or_else(of_schema).unwrap_or(*ko_schema::KNOWN_VERSIONS.end())
}

/// What there is to say about the kind of a gate with the version at hand; nothing if it is served, or not of Kubernetes.
pub fn concern(db: &dyn Db, gate: GateId) -> Option<Concern> {
    let schema = db.kubernetes();
    let kind = schema.kind(schema.find_gate(gate)?.kind);
    concern_about(db, lifecycle(&kind.gv(), &kind.kind)?)
}

/// Why a kind had better not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concern {
    /// Whether it is there: never [`Availability::Served`].
    pub availability: Availability,
    /// Since when, until when, and what instead.
    pub lifecycle: &'static Lifecycle,
    /// The minor version that it is about.
    pub minor: u32,
}

fn concern_about(db: &dyn Db, lifecycle: &'static Lifecycle) -> Option<Concern> {
    let minor = kubernetes_minor(db);
    let availability = lifecycle.at(minor);
    let served = availability == Availability::Served;
    (!served).then_some(Concern { availability, lifecycle, minor })
}

impl Concern {
    /// What to use instead with this version, as group, version and kind.
    fn instead(&self) -> Option<(&'static str, &'static str)> {
        let served = |it: &Lifecycle| {
            matches!(it.at(self.minor), Availability::Served | Availability::Deprecated)
        };
        let named = self
            .lifecycle
            .replacement
            .filter(|(group_version, kind)| lifecycle(group_version, kind).is_some_and(&served));
        if named.is_some() || self.availability != Availability::NotYet {
            return named;
        }
        // What came before: an earlier version of the same group.
        let group = self.lifecycle.group_version.rsplit_once('/')?.0;
        let earlier = ["v2beta2", "v2beta1", "v1", "v1beta3", "v1beta2", "v1beta1"];
        earlier.iter().find_map(|version| {
            let found = lifecycles(&format!("{group}/{version}")).iter();
            let found = found.filter(|it| served(it)).find(|it| it.kind == self.lifecycle.kind)?;
            Some((found.group_version, found.kind))
        })
    }

    /// What is the matter and what to do, in a sentence without its end.
    pub fn message(&self) -> String {
        let Lifecycle { group_version, kind, introduced, deprecated, removed, .. } = self.lifecycle;
        let what = format!("{kind} of {group_version}");
        let since = |version: &Option<u32>| version.map(|it| format!("1.{it}")).unwrap_or_default();
        let mut message = match self.availability {
            Availability::Deprecated | Availability::Served => {
                let ends = removed.map(|it| format!(", and gone in 1.{it}")).unwrap_or_default();
                format!("{what} is deprecated since Kubernetes {}{ends}", since(deprecated))
            }
            Availability::Removed => {
                let removed = since(removed);
                format!("Kubernetes 1.{} has no {what}: it is gone since {removed}", self.minor)
            }
            Availability::NotYet => {
                format!(
                    "Kubernetes 1.{} has no {what} yet: it came with 1.{introduced}",
                    self.minor
                )
            }
        };
        if let Some((group_version, other)) = self.instead() {
            let other = if other == *kind { "that" } else { other };
            message.push_str(&format!("; use {other} of {group_version}"));
        }
        message
    }

    fn diagnostic(&self, range: TextRange) -> Diagnostic {
        let (severity, code) = match self.availability {
            Availability::Removed => (Severity::Error, "removed-api"),
            Availability::NotYet => (Severity::Error, "future-api"),
            _ => (Severity::Warning, "deprecated-api"),
        };
        let deprecated = severity == Severity::Warning;
        Diagnostic { deprecated, ..Diagnostic::new(range, severity, code, self.message()) }
    }
}

/// The gates that a function mentions and that there is something to say about, with the steps that mention them.
pub(crate) fn concerns(
    db: &dyn Db,
    body: &Lowered,
) -> impl Iterator<Item = (StepId, GateId, Concern)> {
    body.circuit.steps.iter().enumerate().filter_map(|(index, step)| match step.kind {
        StepKind::Target(Target::Gate(id)) => Some((StepId(index as u32), id, concern(db, id)?)),
        _ => None,
    })
}

/// Adds what there is to say about the gates that a function mentions.
pub(crate) fn gates(db: &dyn Db, function: Function<'_>, out: &mut Vec<Diagnostic>) {
    let Some(lowered) = lower(db, function) else { return };
    let file = function.file(db);
    for (step, gate, concern) in concerns(db, lowered) {
        let Some(range) = lowered.source_map.steps.get(step.0 as usize) else { continue };
        let mut diagnostic = concern.diagnostic(*range);
        diagnostic.fixes.extend(other_gate(db, file, *range, gate, &concern));
        out.push(diagnostic);
    }
}

/// A fix that calls the gate of this name in the group and version that is there.
fn other_gate(
    db: &dyn Db,
    file: SourceFile,
    range: TextRange,
    gate: GateId,
    concern: &Concern,
) -> Option<Fix> {
    let schema = db.kubernetes();
    let name = &schema.find_gate(gate)?.name;
    let (group_version, kind) = concern.instead()?;
    let text = file.text(db);
    let bare = text.get(usize::from(range.start())..usize::from(range.end()))? == name.as_str();
    if !bare || kind != concern.lifecycle.kind || schema.gate_in(group_version, name).is_none() {
        return None;
    }
    let path = format!("k8s/{group_version}");
    let imports = &item_tree(db, file).imports;
    let imported = imports.iter().find(|it| it.path.as_deref() == Some(&path));
    let alias: EcoString = match imported.and_then(|it| it.alias.clone()) {
        Some(alias) => alias,
        None => {
            let group = group_version.split(['/', '.']).next()?;
            group.chars().filter(|it| it.is_alphanumeric()).collect()
        }
    };
    let id = file.id(db);
    let edit = |range, insert| FileEdit { file: id, range, insert };
    let mut edits = Vec::new();
    if imported.is_none() {
        let at = TextRange::empty(import_offset(db, file));
        edits.push(edit(at, format!("import \"{path}\" as {alias}\n")));
    }
    edits.push(edit(TextRange::empty(range.start()), format!("{alias}.")));
    Some(Fix { title: format!("Use the one of \"{path}\""), edits, snippet: None })
}

/// What to say about an import of a part of Kubernetes that the version at hand has no longer, or not yet; nothing if that is
/// not why it is missing.
pub(crate) fn import(
    db: &dyn Db,
    file: SourceFile,
    range: TextRange,
    path: &str,
) -> Option<Diagnostic> {
    let group_version = path.strip_prefix("k8s/")?;
    let group_version = group_version.strip_prefix("core/").unwrap_or(group_version);
    // The kinds of one group and version may have gone at different times: the one that was there last is told.
    let all = lifecycles(group_version).iter().filter_map(|it| concern_about(db, it));
    let gone = all.filter(|it| it.availability != Availability::Deprecated);
    let last = gone.max_by_key(|it| (it.instead().is_some(), it.lifecycle.removed))?;
    let mut diagnostic = last.diagnostic(range);
    if let Some((other, _)) = last.instead() {
        let path = if other.contains('/') { other.to_owned() } else { format!("core/{other}") };
        let mut fix = change(file.id(db), range, &format!("k8s/{path}"));
        for edit in &mut fix.edits {
            edit.insert = format!("\"{}\"", edit.insert);
        }
        diagnostic.fixes.push(fix);
    }
    Some(diagnostic)
}
