//! What the cluster adds to answers, when the editor is connected: names and labels in completion, the state of an object
//! at the pointer, and hints at calls that the user may not make. The parts that only read are here; waiting for the cluster
//! is for the handlers.

use std::{collections::BTreeSet, sync::Arc};

use ko_cluster::{Glance, Named};
use ko_evaluator::cluster::Resource;
use ko_ide::{LiveSite, LiveText};
use ls_types::{
    Diagnostic, DiagnosticSeverity, Hover, HoverContents, MarkupContent, MarkupKind,
    NumberOrString, Range, TextDocumentPositionParams,
};

use super::cursor::place;
use crate::lsp::{clusters::Live, files::File, markup, snapshot::Snapshot, to_proto};

/// How many labels with values are offered at most.
const MOST_PAIRS: usize = 200;

/// A string that the cluster can say something about.
pub(crate) struct Site {
    /// Whom to ask.
    pub(crate) live: Arc<Live>,
    /// Of what.
    pub(crate) resource: Resource,
    /// What stands there.
    pub(crate) site: LiveSite,
    /// What a choice replaces: the text, or the part of a selector at the cursor.
    pub(crate) range: Range,
}

impl Site {
    /// Whether it names one object, and it is known where that is.
    pub(crate) fn is_a_name(&self) -> bool {
        let placed = !self.resource.namespaced || self.site.namespace.is_some();
        self.site.what == LiveText::Name && placed && !self.site.text.is_empty()
    }
}

/// What is known of an object, above what there was to say anyway.
pub(crate) fn with_glance(
    hover: Option<Hover>,
    text: String,
    range: Range,
    markdown: bool,
) -> Hover {
    let text = markup::content(text, markdown).value;
    let (rest, range) = match hover {
        Some(Hover { contents: HoverContents::Markup(rest), range: own }) => {
            (Some(rest.value), own.or(Some(range)))
        }
        _ => (None, Some(range)),
    };
    let value = [Some(text), rest].into_iter().flatten().collect::<Vec<_>>().join("\n\n---\n\n");
    let kind = if markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
    Hover { contents: HoverContents::Markup(MarkupContent { kind, value }), range }
}

/// The string at a place, if the editor is connected and the cluster can say something about it.
pub(crate) fn site(snapshot: &Snapshot, at: &TextDocumentPositionParams) -> Option<Site> {
    let live = snapshot.live.clone()?;
    let (file, position) = place(snapshot, at)?;
    let site = ko_ide::live_site(&snapshot.db, position)?;
    let schema = snapshot.db.schema();
    let mut range = site.range;
    if site.what == LiveText::LabelSelector {
        let before = usize::from(position.offset - range.start());
        let (before, behind) = site.text.split_at_checked(before)?;
        let start = before.rfind(',').map_or(0, |it| it + 1);
        let end = before.len() + behind.find(',').unwrap_or(behind.len());
        let at = |offset: usize| {
            range.start() + text_size::TextSize::try_from(offset).unwrap_or_default()
        };
        range = text_size::TextRange::new(at(start), at(end));
    }
    let range = to_proto::range(file, range, snapshot.settings.encoding);
    Some(Site { live, resource: Resource::from(schema.kind(site.kind)), site, range })
}

/// What is offered at a site: a text, and what is said beside it.
pub(crate) fn choices(site: &LiveSite, found: &[Named]) -> Vec<(String, String)> {
    match site.what {
        LiveText::Name => found
            .iter()
            .map(|it| (it.name.clone(), it.namespace.clone().unwrap_or_default()))
            .collect(),
        LiveText::LabelSelector => {
            let labels = found.iter().flat_map(|it| &it.labels);
            let keys: BTreeSet<&String> = labels.clone().map(|(key, _)| key).collect();
            let pairs: BTreeSet<(&String, &String)> = labels.collect();
            let keys = keys.into_iter().map(|key| (format!("{key}="), "label".to_owned()));
            let pairs = pairs.into_iter().take(MOST_PAIRS).map(|(key, value)| {
                let count = found.iter().filter(|it| it.labels.get(key) == Some(value)).count();
                (format!("{key}={value}"), crate::cli::count(count, "object"))
            });
            keys.chain(pairs).collect()
        }
    }
}

/// How an object is, as Markdown.
pub(crate) fn glance_markdown(site: &Site, glance: Option<&Glance>) -> String {
    let (kind, name) = (&site.resource.kind, &site.site.text);
    let place = site.site.namespace.as_deref().map(|it| format!(" in `{it}`")).unwrap_or_default();
    let context = site.live.context();
    let Some(glance) = glance else {
        return format!("**{context}**: there is no {kind} `{name}`{place}, or you may not see it");
    };
    let mut parts = Vec::new();
    parts.extend(glance.phase.clone());
    parts.extend(glance.replicas.map(|(ready, wanted)| format!("{ready} of {wanted} ready")));
    let age = |since: &String| {
        let since: jiff::Timestamp = since.parse().ok()?;
        Some(short(jiff::Timestamp::now().duration_since(since).as_secs()))
    };
    parts.extend(glance.created.as_ref().and_then(age).map(|it| format!("{it} old")));
    parts.extend(glance.deleting.as_ref().map(|_| "**being deleted**".to_owned()));
    let mut text = format!("**{context}**: {kind} `{name}`{place}");
    if !parts.is_empty() {
        text.push_str(&format!(": {}", parts.join(", ")));
    }
    for (kind, name) in &glance.owners {
        text.push_str(&format!("\n\nbelongs to {kind} `{name}`"));
    }
    let conditions = glance.conditions.iter().map(|(name, status, reason)| {
        let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
        format!("{name}: {status}{reason}")
    });
    let conditions: Vec<String> = conditions.collect();
    if !conditions.is_empty() {
        text.push_str(&format!("\n\n{}", conditions.join(" · ")));
    }
    text
}

/// A length of time in the largest unit that says something.
fn short(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{} s", seconds.max(0)),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// Hints at calls that the user may not make, by the rules of the cluster.
pub(crate) fn forbidden(snapshot: &Snapshot, file: &File) -> Vec<Diagnostic> {
    let Some(live) = &snapshot.live else { return Vec::new() };
    let mut found = Vec::new();
    for call in ko_ide::live_calls(&snapshot.db, file.id) {
        let namespace = call.namespace.as_deref().unwrap_or(live.namespace());
        let Some(rules) = live.rules(namespace) else { continue };
        // Whoever may patch can apply to what is there; only a new object needs more.
        let certain = if call.gate.starts_with("Apply") { 1 } else { call.needs.len() };
        let denied = call
            .needs
            .iter()
            .take(certain)
            .find(|(verb, group, resource)| rules.deny(verb, group, resource));
        let Some((verb, group, resource)) = denied else { continue };
        let resource = match (group.as_str(), resource.split_once('/')) {
            ("", _) => resource.clone(),
            (group, Some((plural, part))) => format!("{plural}.{group}/{part}"),
            (group, None) => format!("{resource}.{group}"),
        };
        let place = call.namespace.map(|it| format!(" in namespace {it}")).unwrap_or_default();
        found.push(Diagnostic {
            range: to_proto::range(file, call.range, snapshot.settings.encoding),
            severity: Some(DiagnosticSeverity::HINT),
            code: Some(NumberOrString::String("not-allowed".to_owned())),
            source: Some("ko".to_owned()),
            message: format!(
                "{} needs {verb} {resource}, which you may not on {}{place}, by its rules",
                call.gate,
                live.context()
            ),
            ..Diagnostic::default()
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short() {
        let shown: Vec<_> = [5, 300, 7300, 900_000].map(short).into();
        assert_eq!(shown, ["5 s", "5 min", "2 h", "10 d"]);
    }
}
