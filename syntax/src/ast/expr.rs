//! Terms and values (the specification's formulas): labels as text, values of literals.

use ecow::EcoString;

use super::{
    ArgList, Expr, LabelledTerm, Literal, PathExpr, Term, UnlabelledTerm, all_tokens, children,
    docs,
};
use crate::{LiteralError, LiteralValue, SyntaxToken, placed};

impl LabelledTerm {
    /// The label.
    pub fn label(&self) -> Option<EcoString> {
        self.label_token().map(|token| token.text().into())
    }

    /// The comments that document the term, as text: those before it and the one on its line (Q5).
    pub fn doc(&self) -> Option<String> {
        docs::doc(&self.syntax)
    }
}

impl UnlabelledTerm {
    /// The comments that document the term, as text: those before it and the one on its line (Q5).
    pub fn doc(&self) -> Option<String> {
        docs::doc(&self.syntax)
    }
}

impl Term {
    /// The value.
    pub fn value(&self) -> Option<Expr> {
        match self {
            Term::Labelled(it) => it.value(),
            Term::Unlabelled(it) => it.value(),
        }
    }
}

impl ArgList {
    /// Whether the terms have labels, which the first term decides. A list without terms has none.
    pub fn is_labelled(&self) -> bool {
        matches!(self.terms().next(), Some(Term::Labelled(_)))
    }

    /// The opening bracket, of either shape.
    pub fn open_token(&self) -> Option<SyntaxToken> {
        all_tokens(&self.syntax).find(|token| token.kind().is_opener())
    }

    /// The closing bracket, of either shape.
    pub fn close_token(&self) -> Option<SyntaxToken> {
        all_tokens(&self.syntax).find(|token| token.kind().is_closer())
    }

    /// The terms, in order.
    pub fn terms(&self) -> impl Iterator<Item = Term> + use<> {
        children(&self.syntax)
    }
}

impl Literal {
    /// The number or string, without sign.
    pub fn token(&self) -> Option<SyntaxToken> {
        all_tokens(&self.syntax).find(|token| token.kind().is_literal_token())
    }

    /// Whether a `-` stands before the number.
    pub fn is_negative(&self) -> bool {
        self.minus_token().is_some()
    }

    /// The value, sign included.
    ///
    /// # Errors
    ///
    /// A number out of range or malformed, or a string with a bad escape, has no value. The parser has reported each of
    /// these as a syntax error.
    pub fn value(&self) -> Result<LiteralValue, LiteralError> {
        placed::literal_value(self.syntax.green())
    }
}

impl PathExpr {
    /// Whether the path is the one name `name`.
    pub fn is_single(&self, name: &str) -> bool {
        let mut idents = self.idents();
        idents.next().is_some_and(|ident| ident.text() == name) && idents.next().is_none()
    }
}
