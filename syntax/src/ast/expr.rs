//! Terms and values (the specification's formulas).

use ecow::EcoString;
use rowan::ast::AstNode;

use super::{Function, ast_node, child, children, docs, token};
use crate::{
    KoLanguage, LiteralError, LiteralValue, SyntaxElement, SyntaxErrorCode,
    SyntaxKind::{self, *},
    SyntaxNode, SyntaxToken, TextRange, TextSize, literal,
};

ast_node! {
    /// A value with a label: a step of a body, or a labelled argument: `x: 1`.
    ///
    /// ```
    /// let file = ko_syntax::parse("F() {\n  return: 1 // one\n}").source_file();
    /// let step = file.functions().next().unwrap().body().unwrap().steps().next().unwrap();
    /// assert_eq!(step.label().unwrap(), "return");
    /// assert!(step.value().is_some());
    /// assert_eq!(step.doc().unwrap(), "one");
    /// ```
    LabelledTerm: LABELLED_TERM
}

impl LabelledTerm {
    /// The identifier that is the label.
    pub fn label_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, IDENT)
    }

    /// The label.
    pub fn label(&self) -> Option<EcoString> {
        self.label_token().map(|token| token.text().into())
    }

    /// The `:`.
    pub fn colon_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, COLON)
    }

    /// The value.
    pub fn value(&self) -> Option<Expr> {
        child(&self.syntax)
    }

    /// The comments that document the term, as text: those before it and the one on its line (Q5).
    pub fn doc(&self) -> Option<String> {
        docs::doc(&self.syntax)
    }
}

ast_node! {
    /// A value without a label, in an argument list.
    ///
    /// ```
    /// # use ko_syntax::ast::*;
    /// let file = ko_syntax::parse("F() { return: (1) }").source_file();
    /// let Some(Expr::Call(call)) = file.functions().next().unwrap().body().unwrap().return_value() else { panic!() };
    /// let Some(Term::Unlabelled(term)) = call.arg_list().unwrap().terms().next() else { panic!() };
    /// assert!(matches!(term.value(), Some(Expr::Literal(_))));
    /// ```
    UnlabelledTerm: UNLABELLED_TERM
}

impl UnlabelledTerm {
    /// The value.
    pub fn value(&self) -> Option<Expr> {
        child(&self.syntax)
    }

    /// The comments that document the term, as text: those before it and the one on its line (Q5).
    pub fn doc(&self) -> Option<String> {
        docs::doc(&self.syntax)
    }
}

/// One element of an argument list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Term {
    /// `x: 1`
    Labelled(LabelledTerm),
    /// `1`
    Unlabelled(UnlabelledTerm),
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

impl AstNode for Term {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        matches!(kind, LABELLED_TERM | UNLABELLED_TERM)
    }

    fn cast(syntax: SyntaxNode) -> Option<Term> {
        match syntax.kind() {
            LABELLED_TERM => LabelledTerm::cast(syntax).map(Term::Labelled),
            UNLABELLED_TERM => UnlabelledTerm::cast(syntax).map(Term::Unlabelled),
            _ => None,
        }
    }

    fn syntax(&self) -> &SyntaxNode {
        match self {
            Term::Labelled(it) => it.syntax(),
            Term::Unlabelled(it) => it.syntax(),
        }
    }
}

ast_node! {
    /// The arguments of a call, `(1, 2)`, or of an augmentation, `[a: 1]`.
    ///
    /// ```
    /// # use ko_syntax::ast::*;
    /// let file = ko_syntax::parse("F() { return: G(a: 1, b: 2) }").source_file();
    /// let Some(Expr::Call(call)) = file.functions().next().unwrap().body().unwrap().return_value() else { panic!() };
    /// let list = call.arg_list().unwrap();
    /// assert!(list.is_labelled());
    /// assert_eq!(list.terms().count(), 2);
    /// ```
    ArgList: ARG_LIST
}

impl ArgList {
    /// Whether the terms have labels, which the first term decides. A list without terms has none.
    pub fn is_labelled(&self) -> bool {
        matches!(self.terms().next(), Some(Term::Labelled(_)))
    }

    /// The terms, in order.
    pub fn terms(&self) -> impl Iterator<Item = Term> + use<> {
        children(&self.syntax)
    }

    /// The terms that have labels, in order.
    pub fn labelled_terms(&self) -> impl Iterator<Item = LabelledTerm> + use<> {
        children(&self.syntax)
    }

    /// The opening bracket.
    pub fn l_bracket_token(&self) -> Option<SyntaxToken> {
        self.brackets().find(|token| token.kind().is_opener())
    }

    /// The closing bracket.
    pub fn r_bracket_token(&self) -> Option<SyntaxToken> {
        self.brackets().find(|token| token.kind().is_closer())
    }

    fn brackets(&self) -> impl Iterator<Item = SyntaxToken> + use<> {
        self.syntax.children_with_tokens().filter_map(SyntaxElement::into_token)
    }
}

/// A value. Chains nest to the left: `F(x)[y].z` selects `z` from the augmentation, by `y`, of the call of `F`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expr {
    /// `f(x) { return: x }`
    InlineFunction(Function),
    /// `1`, `"s"`
    Literal(Literal),
    /// `a`, `a.b`, `true`
    Path(PathExpr),
    /// `f(x)`, `(x, y)`
    Call(CallExpr),
    /// `f[x: 1]`, `[x: 1]`
    Augment(AugmentExpr),
    /// `f(x).a.b`
    Select(SelectExpr),
}

impl AstNode for Expr {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        matches!(kind, FUNCTION | LITERAL | PATH_EXPR | CALL_EXPR | AUGMENT_EXPR | SELECT_EXPR)
    }

    fn cast(syntax: SyntaxNode) -> Option<Expr> {
        Some(match syntax.kind() {
            FUNCTION => Expr::InlineFunction(Function::cast(syntax)?),
            LITERAL => Expr::Literal(Literal { syntax }),
            PATH_EXPR => Expr::Path(PathExpr { syntax }),
            CALL_EXPR => Expr::Call(CallExpr { syntax }),
            AUGMENT_EXPR => Expr::Augment(AugmentExpr { syntax }),
            SELECT_EXPR => Expr::Select(SelectExpr { syntax }),
            _ => return None,
        })
    }

    fn syntax(&self) -> &SyntaxNode {
        match self {
            Expr::InlineFunction(it) => it.syntax(),
            Expr::Literal(it) => it.syntax(),
            Expr::Path(it) => it.syntax(),
            Expr::Call(it) => it.syntax(),
            Expr::Augment(it) => it.syntax(),
            Expr::Select(it) => it.syntax(),
        }
    }
}

ast_node! {
    /// A number, with its sign, or a string: `1`, `-1.5`, `"s"`. The values `true` and `false` are paths.
    ///
    /// ```
    /// # use ko_syntax::{ast::*, LiteralValue};
    /// let file = ko_syntax::parse("F() { return: -9223372036854775808 }").source_file();
    /// let Some(Expr::Literal(literal)) = file.functions().next().unwrap().body().unwrap().return_value() else { panic!() };
    /// assert_eq!(literal.value(), Ok(LiteralValue::Int(i64::MIN)));
    /// ```
    Literal: LITERAL
}

impl Literal {
    /// The number or string, without sign.
    pub fn token(&self) -> Option<SyntaxToken> {
        self.syntax
            .children_with_tokens()
            .filter_map(SyntaxElement::into_token)
            .find(|token| token.kind().is_literal_token())
    }

    /// Whether a `-` stands before the number.
    pub fn is_negative(&self) -> bool {
        token(&self.syntax, MINUS).is_some()
    }

    /// The value, sign included.
    ///
    /// # Errors
    ///
    /// A number out of range or malformed, or a string with a bad escape, has no value. The parser has reported each of
    /// these as a syntax error.
    pub fn value(&self) -> Result<LiteralValue, LiteralError> {
        let negative = self.is_negative();
        let Some(token) = self.token() else {
            let range = TextRange::empty(TextSize::new(0));
            let message = "expected a number or string".to_owned();
            return Err(LiteralError { range, code: SyntaxErrorCode::MissingValue, message });
        };
        match token.kind() {
            INT => literal::parse_int(token.text(), negative).map(LiteralValue::Int),
            FLOAT => literal::parse_float(token.text())
                .map(|value| LiteralValue::Float(if negative { -value } else { value })),
            _ => literal::parse_string(token.text()).map(LiteralValue::String),
        }
    }
}

ast_node! {
    /// A name, or names joined by dots: `a.b.c`.
    ///
    /// ```
    /// # use ko_syntax::ast::*;
    /// let file = ko_syntax::parse("F(a) { return: a.b }").source_file();
    /// let Some(Expr::Path(path)) = file.functions().next().unwrap().body().unwrap().return_value() else { panic!() };
    /// let names: Vec<_> = path.idents().map(|ident| ident.text().to_owned()).collect();
    /// assert_eq!(names, ["a", "b"]);
    /// ```
    PathExpr: PATH_EXPR
}

impl PathExpr {
    /// The names, in order; at least one.
    pub fn idents(&self) -> impl Iterator<Item = SyntaxToken> + use<> {
        idents(&self.syntax)
    }

    /// Whether the path is the one name `name`.
    pub fn is_single(&self, name: &str) -> bool {
        let mut idents = self.idents();
        idents.next().is_some_and(|ident| ident.text() == name) && idents.next().is_none()
    }
}

fn idents(node: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> + use<> {
    node.children_with_tokens()
        .filter_map(SyntaxElement::into_token)
        .filter(|token| token.kind() == IDENT)
}

ast_node! {
    /// A call, `f(x)`; or without callee the empty operator, which builds sequences and structures: `(1, 2)`.
    ///
    /// ```
    /// # use ko_syntax::ast::*;
    /// let file = ko_syntax::parse("F() { return: (1, 2) }").source_file();
    /// let Some(Expr::Call(call)) = file.functions().next().unwrap().body().unwrap().return_value() else { panic!() };
    /// assert!(call.callee().is_none());
    /// assert_eq!(call.arg_list().unwrap().terms().count(), 2);
    /// ```
    CallExpr: CALL_EXPR
}

impl CallExpr {
    /// What is called; nothing for the empty operator.
    pub fn callee(&self) -> Option<Expr> {
        child(&self.syntax)
    }

    /// The arguments.
    pub fn arg_list(&self) -> Option<ArgList> {
        child(&self.syntax)
    }
}

ast_node! {
    /// An augmentation, `f[x: 1]`: a function with some of its arguments set; or without callee that of the empty
    /// operator, `[x: 1]`.
    ///
    /// ```
    /// # use ko_syntax::ast::*;
    /// let file = ko_syntax::parse("F() { return: G[x: 1] }").source_file();
    /// let Some(Expr::Augment(it)) = file.functions().next().unwrap().body().unwrap().return_value() else { panic!() };
    /// assert!(matches!(it.callee(), Some(Expr::Path(_))));
    /// assert!(it.arg_list().unwrap().is_labelled());
    /// ```
    AugmentExpr: AUGMENT_EXPR
}

impl AugmentExpr {
    /// What is augmented; nothing for the empty operator.
    pub fn callee(&self) -> Option<Expr> {
        child(&self.syntax)
    }

    /// The arguments.
    pub fn arg_list(&self) -> Option<ArgList> {
        child(&self.syntax)
    }
}

ast_node! {
    /// A selection from a value that is not a name: `f(x).a.b`. (A path such as `x.a` is a [`PathExpr`].)
    ///
    /// ```
    /// # use ko_syntax::ast::*;
    /// let file = ko_syntax::parse("F() { return: G().a.b }").source_file();
    /// let Some(Expr::Select(it)) = file.functions().next().unwrap().body().unwrap().return_value() else { panic!() };
    /// assert!(matches!(it.base(), Some(Expr::Call(_))));
    /// assert_eq!(it.idents().count(), 2);
    /// ```
    SelectExpr: SELECT_EXPR
}

impl SelectExpr {
    /// What is selected from.
    pub fn base(&self) -> Option<Expr> {
        child(&self.syntax)
    }

    /// The names of the fields, in order; none where a name is missing after the `.`.
    pub fn idents(&self) -> impl Iterator<Item = SyntaxToken> + use<> {
        idents(&self.syntax)
    }
}
