//! What actions look at: the file, what is selected in it, and the means to judge a change before it is offered.

use std::sync::Arc;

use ecow::EcoString;
use ko_queries::{
    RootDatabase,
    circuit::Circuit,
    diagnostic::Severity,
    lower::{Lowered, lower_fragment},
};
use ko_syntax::{
    SyntaxKind, SyntaxNode, SyntaxToken,
    ast::{self, AstNode, Expr},
};
use rustc_hash::FxHashMap;
use text_size::{TextRange, TextSize};

use super::meaning::{Difference, Meanings, difference};
use crate::{
    FileEdit, FileRange,
    source::{Scope, Source},
};

/// A place in a file.
pub(super) struct Context<'db> {
    pub(super) db: &'db RootDatabase,
    pub(super) source: Source<'db>,
    pub(super) text: Arc<str>,
    /// What is selected, without white space at its ends; empty at a cursor.
    pub(super) range: TextRange,
    /// What ends a line in the file.
    pub(super) newline: &'static str,
}

impl<'db> Context<'db> {
    /// Nothing if the file is not known.
    pub(super) fn new(db: &'db RootDatabase, at: FileRange) -> Option<Context<'db>> {
        let source = Source::new(db, at.file)?;
        let text = db.text(at.file)?;
        let whole = TextRange::up_to(TextSize::of(&*text));
        let range = trimmed(&text, at.range.intersect(whole)?);
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Some(Context { db, source, text, range, newline })
    }

    /// The token at the cursor, or at the start of what is selected.
    pub(super) fn token(&self) -> Option<SyntaxToken> {
        if self.range.is_empty() {
            return self.source.token_at(self.range.start());
        }
        let around = self.source.root().covering_element(self.range);
        match around {
            ko_syntax::SyntaxElement::Token(token) => Some(token),
            ko_syntax::SyntaxElement::Node(node) => {
                let start = self.range.start();
                ko_syntax::algo::tokens_at_offset(&node, start).right_biased()
            }
        }
    }

    /// The smallest node around what is selected.
    pub(super) fn node(&self) -> Option<SyntaxNode> {
        if self.range.is_empty() {
            return self.token()?.parent();
        }
        match self.source.root().covering_element(self.range) {
            ko_syntax::SyntaxElement::Token(token) => token.parent(),
            ko_syntax::SyntaxElement::Node(node) => Some(node),
        }
    }

    /// The value that is selected, exactly; at a cursor, the call whose callee or bracket it is at.
    pub(super) fn value(&self) -> Option<Expr> {
        let node = self.node()?;
        if self.range.is_empty() {
            return self.call_at(&node);
        }
        let exact = node.ancestors().take_while(|it| it.text_range() == self.range);
        exact.filter_map(Expr::cast).last()
    }

    fn call_at(&self, node: &SyntaxNode) -> Option<Expr> {
        let expr = node.ancestors().find_map(Expr::cast)?;
        match &expr {
            Expr::Call(_) | Expr::Augment(_) => Some(expr),
            Expr::Path(path) => {
                let parent = Expr::cast(path.syntax().parent()?)?;
                let callee = match &parent {
                    Expr::Call(call) => call.callee(),
                    Expr::Augment(augment) => augment.callee(),
                    _ => None,
                };
                (callee? == expr).then_some(parent)
            }
            _ => None,
        }
    }

    /// The text of a node.
    pub(super) fn slice(&self, range: TextRange) -> &str {
        self.text.get(std::ops::Range::<usize>::from(range)).unwrap_or_default()
    }

    /// Replaces a part of the file.
    pub(super) fn replace(&self, range: TextRange, insert: impl Into<String>) -> FileEdit {
        FileEdit { file: self.source.file.id(self.db), range, insert: insert.into() }
    }

    /// The names that a new step or parameter of a function must not have, since they mean something there.
    pub(super) fn taken(&self, scope: &Scope<'_>) -> Vec<EcoString> {
        let mut taken: Vec<EcoString> =
            scope.circuit().params.iter().map(|it| it.name.clone()).collect();
        taken.extend(scope.circuit().labels.iter().map(|it| it.0.clone()));
        let Some(node) = scope.node() else { return taken };
        for node in own_nodes(node.syntax()) {
            if let Some(path) = ast::PathExpr::cast(node.clone()) {
                taken.extend(path.idents().next().map(|it| it.text().into()));
            }
            taken.extend(ast::Function::cast(node).and_then(|it| it.name()));
        }
        taken
    }

    /// Whether a change of one function at the top of the file keeps what its functions do. `added` is text of new
    /// functions, which the changed ones may call.
    ///
    /// # Errors
    /// When it does not, with the reason in a sentence.
    pub(super) fn same_meaning(
        &self,
        function: &ast::Function,
        edits: &[FileEdit],
        added: &str,
    ) -> Result<(), String> {
        let (before, after) = self.lowered(function, edits, added)?;
        let made: FxHashMap<_, _> = after
            .iter()
            .filter(|it| !before.iter().any(|old| old.circuit().key == it.circuit.key))
            .map(|it| (it.circuit.key.clone(), it.circuit.clone()))
            .collect();
        let mut meanings = Meanings::new(self.db, made);
        for old in &before {
            let new = after.iter().find(|it| it.circuit.key == old.circuit().key);
            let Some(new) = new else { continue };
            if *new.circuit == *old.circuit() {
                continue;
            }
            let (was, is) = (meanings.of(old.circuit()), meanings.of(&new.circuit));
            match difference(&was, &is) {
                None => {}
                Some(Difference::Order(step)) => {
                    let range = old.map().steps.get(step.0 as usize).copied().unwrap_or_default();
                    let what = short(self.slice(range));
                    return Err(format!("`{what}` would run at another time or not as often"));
                }
                Some(Difference::More) => return Err("steps would run more than once".to_owned()),
                Some(Difference::Result) => return Err("the result would change".to_owned()),
            }
        }
        Ok(())
    }

    /// Whether a change of one function at the top of the file makes no new mistakes of syntax and names in it.
    ///
    /// # Errors
    /// When it does, with the reason in a sentence.
    pub(super) fn no_new_mistakes(
        &self,
        function: &ast::Function,
        edits: &[FileEdit],
    ) -> Result<(), String> {
        self.lowered(function, edits, "").map(|_| ())
    }

    /// The functions of the one at the top, before and after the edits.
    fn lowered(
        &self,
        function: &ast::Function,
        edits: &[FileEdit],
        added: &str,
    ) -> Result<(Vec<Scope<'db>>, Vec<Lowered>), String> {
        let range = function.syntax().text_range();
        let mut text = self.slice(range).to_owned();
        let start = usize::from(range.start());
        for edit in edits.iter().rev().filter(|it| range.contains_range(it.range)) {
            let (from, to) = (usize::from(edit.range.start()), usize::from(edit.range.end()));
            text.replace_range(from - start..to - start, &edit.insert);
        }
        text.push('\n');
        text.push_str(added);
        let after = lower_fragment(self.db, self.source.file, &text)
            .ok_or("the result would not be Ko: brackets are needed that Ko does not have")?;
        let nodes = function.syntax().descendants().filter_map(ast::Function::cast);
        let before: Vec<_> = nodes.filter_map(|it| self.source.scope_of_function(&it)).collect();
        let errors = |all: &[ko_queries::diagnostic::Diagnostic]| -> Vec<String> {
            let errors = all.iter().filter(|it| it.severity == Severity::Error);
            errors.map(|it| it.message.clone()).collect()
        };
        let old: Vec<String> = before.iter().flat_map(|it| errors(it.diagnostics())).collect();
        let new = after.iter().flat_map(|it| errors(&it.diagnostics));
        match new.into_iter().find(|it| !old.contains(it)) {
            Some(message) => Err(message),
            None => Ok((before, after)),
        }
    }

    /// Whether running the step can be observed.
    pub(super) fn observable(&self, circuit: &Circuit, step: ko_queries::circuit::StepId) -> bool {
        super::purity::Purity::new(self.db).observable(circuit, step)
    }
}

/// The step of a body that a node stands in.
pub(super) fn step_around(node: &SyntaxNode) -> Option<ast::LabelledTerm> {
    node.ancestors().filter_map(ast::LabelledTerm::cast).find(is_step)
}

/// Whether the term is a step of a body.
pub(super) fn is_step(term: &ast::LabelledTerm) -> bool {
    term.syntax().parent().is_some_and(|it| it.kind() == SyntaxKind::BODY)
}

/// The function at the top of the file around a node.
pub(super) fn top_function(node: &SyntaxNode) -> Option<ast::Function> {
    node.ancestors().filter_map(ast::Function::cast).find(|it| !it.is_inline())
}

/// The nodes of a function without those inside its inline functions, which are in it themselves.
pub(super) fn own_nodes(function: &SyntaxNode) -> Vec<SyntaxNode> {
    let mut nodes = Vec::new();
    let mut events = function.preorder();
    while let Some(event) = events.next() {
        let ko_syntax::rowan::WalkEvent::Enter(node) = event else { continue };
        if node.kind() == SyntaxKind::FUNCTION && node != *function {
            events.skip_subtree();
        }
        nodes.push(node);
    }
    nodes
}

/// The beginning of a text, for a message.
pub(super) fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let cut: String = line.chars().take(30).collect();
    if cut.len() < text.len() { format!("{}…", cut.trim_end()) } else { cut }
}

fn trimmed(text: &str, range: TextRange) -> TextRange {
    let Some(part) = text.get(std::ops::Range::<usize>::from(range)) else {
        return TextRange::empty(range.start());
    };
    let before = TextSize::of(part) - TextSize::of(part.trim_start());
    let inside = TextSize::of(part.trim());
    if inside == TextSize::new(0) {
        return TextRange::empty(range.start());
    }
    TextRange::at(range.start() + before, inside)
}
