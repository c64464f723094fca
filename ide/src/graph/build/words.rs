//! What nodes say about themselves: excerpts of the text, and names of fields.

use ko_queries::circuit::{Step, StepId, StepKind, Target};

use super::Builder;
use crate::graph::is_ordering_argument;

/// The longest excerpt of the text that a node shows, in characters.
const MAX_EXCERPT: usize = 60;
impl Builder<'_> {
    pub(super) fn fields(&self, step: &Step) -> String {
        let StepKind::Apply { args, .. } = &step.kind else { return String::new() };
        let mut names: Vec<&str> = Vec::new();
        for name in args.iter().filter_map(|it| it.name.as_deref()) {
            if !names.contains(&name) && !is_ordering_argument(name) {
                names.push(name);
            }
        }
        match (names.len(), args.len()) {
            (0, 0) => "()".to_owned(),
            (0, 1) => "1 value".to_owned(),
            (0, count) => format!("{count} values"),
            _ => names.join(", "),
        }
    }

    /// The arguments that no node stands behind, as in the text.
    pub(super) fn constants(&self, step: &Step) -> Vec<String> {
        let StepKind::Apply { args, .. } = &step.kind else { return Vec::new() };
        let mut out = Vec::new();
        for arg in args {
            let mut any = false;
            self.sources(arg.value, Vec::new(), false, &mut |_| any = true);
            if !any {
                let value = self.summary(arg.value);
                out.push(match &arg.name {
                    Some(name) => format!("{name}: {value}"),
                    None => value,
                });
            }
        }
        out
    }

    /// A value in a few words: the text, or the names of the fields of a large structure.
    pub(super) fn summary(&self, id: StepId) -> String {
        let text = self.excerpt(id);
        match self.step(id) {
            Some(step) if text.ends_with('…') && matches!(self.target(id), Some(Target::Join)) => {
                format!("({})", self.fields(step))
            }
            _ => text,
        }
    }

    /// The text of a step on one line, cut to a bearable length.
    pub(super) fn excerpt(&self, id: StepId) -> String {
        let range = self.map.steps.get(id.0 as usize).copied().unwrap_or_default();
        let (start, end) = (usize::from(range.start()), usize::from(range.end()));
        let text = self.around.text.get(start..end).unwrap_or_default();
        // No more than can matter: the text of a step may be long.
        let head: String = text.chars().take(4 * MAX_EXCERPT).collect();
        let mut line = head.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() > MAX_EXCERPT {
            line = line.chars().take(MAX_EXCERPT - 1).collect();
            line.push('…');
        }
        line
    }
}
