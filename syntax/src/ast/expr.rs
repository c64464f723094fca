//! Terms and values (the specification's formulas): labels as text, values of literals.

use ecow::EcoString;
use rowan::{GreenTokenData, Language as _, NodeOrToken};

use super::{
    ArgList, Expr, LabelledTerm, Literal, PathExpr, Term, UnlabelledTerm, all_tokens, children,
    docs,
};
use crate::{
    KoLanguage, LiteralError, LiteralValue, SyntaxErrorCode, SyntaxKind::*, SyntaxToken, TextRange,
    TextSize, literal,
};

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
        // Programs are full of literals, and nobody asks where these tokens are: so this looks at them without positions.
        let green = self.syntax.green();
        let kind = |token: &GreenTokenData| KoLanguage::kind_from_raw(token.kind());
        let mut tokens = green.children().filter_map(NodeOrToken::into_token);
        let negative = tokens.clone().any(|token| kind(token) == MINUS);
        let Some(token) = tokens.find(|token| kind(token).is_literal_token()) else {
            let range = TextRange::empty(TextSize::new(0));
            let message = "expected a number or string".to_owned();
            return Err(LiteralError { range, code: SyntaxErrorCode::MissingValue, message });
        };
        match kind(token) {
            INT => literal::parse_int(token.text(), negative).map(LiteralValue::Int),
            FLOAT => literal::parse_float(token.text())
                .map(|value| LiteralValue::Float(if negative { -value } else { value })),
            _ => literal::parse_string(token.text()).map(LiteralValue::String),
        }
    }
}

impl PathExpr {
    /// Whether the path is the one name `name`.
    pub fn is_single(&self, name: &str) -> bool {
        let mut idents = self.idents();
        idents.next().is_some_and(|ident| ident.text() == name) && idents.next().is_none()
    }
}
