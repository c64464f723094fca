//! What each kind of problem means, with examples: `docs/diagnostics.md` taken to pieces. The page is written by hand,
//! and tests hold it against the checks: every code has a part, and its examples do what they say.

use std::sync::LazyLock;

use crate::{diagnostic::Severity, suggest::suggest};

/// The page.
const PAGE: &str = include_str!("../../docs/diagnostics.md");

/// What a kind of problem means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The stable name of the kind.
    pub code: &'static str,
    /// How serious it is, mostly.
    pub severity: Severity,
    /// What it means and what to do, in Markdown.
    pub text: &'static str,
    /// Programs: one that has the problem, then one that has not. A few kinds have none.
    pub examples: Vec<&'static str>,
}

/// All kinds of problems, in the order of the page.
pub fn explanations() -> &'static [Explanation] {
    static ALL: LazyLock<Vec<Explanation>> = LazyLock::new(|| {
        let parts = PAGE.split("\n### ").skip(1);
        parts.filter_map(|part| read(part.split("\n## ").next().unwrap_or(part))).collect()
    });
    &ALL
}

/// What the kind of this name means.
///
/// # Errors
/// The names that are near, the nearest first, if there is none of this name.
pub fn explain(code: &str) -> Result<&'static Explanation, Vec<&'static str>> {
    let found = explanations().iter().find(|it| it.code == code);
    found.ok_or_else(|| suggest(code, explanations().iter().map(|it| it.code)))
}

/// The part of the page about one kind: a line with the code, `*Severity.* Text`, and examples between fences.
fn read(part: &'static str) -> Option<Explanation> {
    let (code, body) = part.split_once('\n')?;
    let (word, rest) = body.trim_start().strip_prefix('*')?.split_once(".* ")?;
    let severity = match word {
        "Error" => Severity::Error,
        "Warning" => Severity::Warning,
        "Hint" => Severity::Hint,
        _ => return None,
    };
    let mut pieces = rest.split("```");
    let text = pieces.next()?.trim();
    let examples = pieces.filter_map(|it| it.strip_prefix("ko\n")).collect();
    Some(Explanation { code: code.trim(), severity, text, examples })
}
