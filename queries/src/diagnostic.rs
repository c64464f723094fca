//! Diagnostics as data: what is wrong, where, and how it can be mended.

use text_size::TextRange;

/// Identifies a file for as long as the process lives. The caller that loads files hands them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// How serious a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The program is refused.
    Error,
    /// The program runs, and probably does not do what was meant.
    Warning,
    /// Worth knowing.
    Hint,
}

/// A problem at a place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The exact characters.
    pub range: TextRange,
    /// How serious it is.
    pub severity: Severity,
    /// Stable name of the kind of problem, in kebab case, such as `unknown-field`.
    pub code: &'static str,
    /// What is wrong and what to do, in one or two sentences.
    pub message: String,
    /// Other places that explain it.
    pub related: Vec<Related>,
    /// Ways to mend it, the most likely one first.
    pub fixes: Vec<Fix>,
    /// Whether the text has no effect, so that editors may fade it.
    pub unnecessary: bool,
    /// Whether the text means something that is going to be removed, so that editors may strike it through.
    pub deprecated: bool,
}

impl Diagnostic {
    /// A diagnostic without related places and fixes.
    pub fn new(
        range: TextRange,
        severity: Severity,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        let (related, fixes) = (Vec::new(), Vec::new());
        debug_assert!(
            crate::explain::explain(code).is_ok(),
            "docs/diagnostics.md has no part about {code}"
        );
        Diagnostic {
            range,
            severity,
            code,
            message: message.into(),
            related,
            fixes,
            unnecessary: false,
            deprecated: false,
        }
    }
}

/// A place that explains a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// The file.
    pub file: FileId,
    /// The characters.
    pub range: TextRange,
    /// What is to be seen there.
    pub message: String,
}

/// A change of the text that mends a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as a command: ``Change to `replicas` ``.
    pub title: String,
    /// The replacements, sorted and disjoint within a file.
    pub edits: Vec<FileEdit>,
    /// What its only edit inserts, with places to fill in, in the syntax of snippets of LSP. Nothing where there is nothing
    /// to fill in.
    pub snippet: Option<String>,
}

/// One replacement of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEdit {
    /// The file.
    pub file: FileId,
    /// What is replaced.
    pub range: TextRange,
    /// The new text.
    pub insert: String,
}
