//! The types of the nodes and the accessors of their parts, generated from `ko.ungram`: do not edit by hand. What takes more
//! than finding a child by its kind is in the other files of this folder.
//! `UPDATE_EXPECT=1 cargo test -p ko-syntax --test grammar` generates this file anew.

use rowan::ast::AstNode;

use super::{child, children, token, tokens};
use crate::{
    KoLanguage, SyntaxElement,
    SyntaxKind::{self, *},
    SyntaxNode, SyntaxToken,
};

/// A whole file: imports and functions, in any order.
///
/// ```text
/// SourceFile = ','? (Item ','?)*
/// ```
///
/// ```ko
/// import "lib/strings" as str
///
/// Greet(name?) {
///     return: str.Join(string: ("Hello", name), delimiter: " ")
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SourceFile {
    pub(super) syntax: SyntaxNode,
}

impl AstNode for SourceFile {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        kind == SOURCE_FILE
    }

    fn cast(syntax: SyntaxNode) -> Option<SourceFile> {
        (syntax.kind() == SOURCE_FILE).then_some(SourceFile { syntax })
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.syntax
    }
}

impl SourceFile {
    /// The imports and functions at the top of the file, in order.
    pub fn items(&self) -> impl Iterator<Item = Item> + use<> {
        children(&self.syntax)
    }
}

/// Something at the top of a file.
///
/// ```text
/// Item =
///   Import
/// | Function
/// ```
///
/// ```ko
/// use "lib/strings"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Item {
    /// An import, which gives the functions of another package a name in this file.
    Import(Import),
    /// A function: its name, its parameters and its steps.
    Function(Function),
}

impl AstNode for Item {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        matches!(kind, IMPORT | FUNCTION)
    }

    fn cast(syntax: SyntaxNode) -> Option<Item> {
        Some(match syntax.kind() {
            IMPORT => Item::Import(Import { syntax }),
            FUNCTION => Item::Function(Function { syntax }),
            _ => return None,
        })
    }

    fn syntax(&self) -> &SyntaxNode {
        match self {
            Item::Import(it) => &it.syntax,
            Item::Function(it) => &it.syntax,
        }
    }
}

impl From<Import> for Item {
    fn from(node: Import) -> Item {
        Item::Import(node)
    }
}

impl From<Function> for Item {
    fn from(node: Function) -> Item {
        Item::Function(node)
    }
}

/// An import, which gives the functions of another package a name in this file.
///
/// ```text
/// Import = ('import' | 'use') path:('#string' | '#raw_string') ('as' alias:'#ident')?
/// ```
///
/// ```ko
/// import "lib/strings" as str
/// ```
///
/// ```ko
/// use `lib/lists`
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Import {
    pub(super) syntax: SyntaxNode,
}

impl AstNode for Import {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        kind == IMPORT
    }

    fn cast(syntax: SyntaxNode) -> Option<Import> {
        (syntax.kind() == IMPORT).then_some(Import { syntax })
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.syntax
    }
}

/// A function: its name, its parameters and its steps. At the top of a file, or inline as a value.
///
/// ```text
/// Function = name:'#ident' ParamList Body
/// ```
///
/// ```ko
/// Greet(name?) {
///     return: ("Hello", name)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Function {
    pub(super) syntax: SyntaxNode,
}

impl AstNode for Function {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        kind == FUNCTION
    }

    fn cast(syntax: SyntaxNode) -> Option<Function> {
        (syntax.kind() == FUNCTION).then_some(Function { syntax })
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.syntax
    }
}

impl Function {
    /// The identifier that names the function.
    pub fn name_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, IDENT)
    }

    /// The parameters, in their brackets.
    pub fn param_list(&self) -> Option<ParamList> {
        child(&self.syntax)
    }

    /// The steps, in their braces.
    pub fn body(&self) -> Option<Body> {
        child(&self.syntax)
    }
}

/// The parameters of a function, in their brackets.
///
/// ```text
/// ParamList = '(' ','? (Param (',' Param)*)? ','? ')'
/// ```
///
/// ```ko
/// Pair(first?, second) {
///     return: (first, second)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ParamList {
    pub(super) syntax: SyntaxNode,
}

impl AstNode for ParamList {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        kind == PARAM_LIST
    }

    fn cast(syntax: SyntaxNode) -> Option<ParamList> {
        (syntax.kind() == PARAM_LIST).then_some(ParamList { syntax })
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.syntax
    }
}

impl ParamList {
    /// The `(`.
    pub fn l_paren_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, L_PAREN)
    }

    /// The parameters, in order.
    pub fn params(&self) -> impl Iterator<Item = Param> + use<> {
        children(&self.syntax)
    }

    /// The `)`.
    pub fn r_paren_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, R_PAREN)
    }
}

/// The steps of a function, in their braces. The value of the step `return` is the result of the function.
///
/// ```text
/// Body = '{' ','? (step:LabelledTerm (',' step:LabelledTerm)*)? ','? '}'
/// ```
///
/// ```ko
/// Area(width, height) {
///     area: Product(width, height)
///     return: area
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Body {
    pub(super) syntax: SyntaxNode,
}

impl AstNode for Body {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        kind == BODY
    }

    fn cast(syntax: SyntaxNode) -> Option<Body> {
        (syntax.kind() == BODY).then_some(Body { syntax })
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.syntax
    }
}

impl Body {
    /// The `{`.
    pub fn l_brace_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, L_BRACE)
    }

    /// The steps, in order.
    pub fn steps(&self) -> impl Iterator<Item = LabelledTerm> + use<> {
        children(&self.syntax)
    }

    /// The `}`.
    pub fn r_brace_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, R_BRACE)
    }
}

/// One parameter of a function. The one with `?` is the monadic parameter: it takes an argument without label.
///
/// ```text
/// Param = name:'#ident' monadic:'?'?
/// ```
///
/// ```ko
/// Pair(first?, second) {
///     return: (first, second)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Param {
    pub(super) syntax: SyntaxNode,
}

impl AstNode for Param {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        kind == PARAM
    }

    fn cast(syntax: SyntaxNode) -> Option<Param> {
        (syntax.kind() == PARAM).then_some(Param { syntax })
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.syntax
    }
}

impl Param {
    /// The identifier that names the parameter.
    pub fn name_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, IDENT)
    }

    /// The `?`.
    pub fn monadic_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, QUESTION)
    }
}

/// A value with a label: a step of a body, or an argument that is passed by name. The break behind the `:` is only for a
/// function, which may start on a line of its own.
///
/// ```text
/// LabelledTerm = label:'#ident' ':' ','? value:Expr
/// ```
///
/// ```ko
/// Seven() {
///     return: 7
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LabelledTerm {
    pub(super) syntax: SyntaxNode,
}

impl AstNode for LabelledTerm {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        kind == LABELLED_TERM
    }

    fn cast(syntax: SyntaxNode) -> Option<LabelledTerm> {
        (syntax.kind() == LABELLED_TERM).then_some(LabelledTerm { syntax })
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.syntax
    }
}

impl LabelledTerm {
    /// The identifier that is the label.
    pub fn label_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, IDENT)
    }

    /// The `:`.
    pub fn colon_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, COLON)
    }

    /// The value.
    pub fn value(&self) -> Option<Expr> {
        child(&self.syntax)
    }
}

/// A value (the specification calls it a formula). Chains nest to the left: `F(x)[y].z` selects `z` from the augmentation,
/// by `y`, of the call of `F`.
///
/// ```text
/// Expr =
///   inline_function:Function
/// | Literal
/// | PathExpr
/// | CallExpr
/// | AugmentExpr
/// | SelectExpr
/// ```
///
/// ```ko
/// Seven() {
///     return: 7
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expr {
    /// A function: its name, its parameters and its steps.
    InlineFunction(Function),
    /// A number, with its sign, or a string.
    Literal(Literal),
    /// A name, or names joined by dots: a parameter, a step, a function, a function of an imported package, `true`, or a
    Path(PathExpr),
    /// A call; or, without callee, the empty operator, which builds structures and sequences.
    Call(CallExpr),
    /// An augmentation: a function with some of its arguments set, not called yet.
    Augment(AugmentExpr),
    /// A selection of fields from a value that is no name.
    Select(SelectExpr),
}

impl AstNode for Expr {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        matches!(kind, FUNCTION | LITERAL | PATH_EXPR | CALL_EXPR | AUGMENT_EXPR | SELECT_EXPR)
    }

    fn cast(syntax: SyntaxNode) -> Option<Expr> {
        Some(match syntax.kind() {
            FUNCTION => Expr::InlineFunction(Function { syntax }),
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
            Expr::InlineFunction(it) => &it.syntax,
            Expr::Literal(it) => &it.syntax,
            Expr::Path(it) => &it.syntax,
            Expr::Call(it) => &it.syntax,
            Expr::Augment(it) => &it.syntax,
            Expr::Select(it) => &it.syntax,
        }
    }
}

impl From<Function> for Expr {
    fn from(node: Function) -> Expr {
        Expr::InlineFunction(node)
    }
}

impl From<Literal> for Expr {
    fn from(node: Literal) -> Expr {
        Expr::Literal(node)
    }
}

impl From<PathExpr> for Expr {
    fn from(node: PathExpr) -> Expr {
        Expr::Path(node)
    }
}

impl From<CallExpr> for Expr {
    fn from(node: CallExpr) -> Expr {
        Expr::Call(node)
    }
}

impl From<AugmentExpr> for Expr {
    fn from(node: AugmentExpr) -> Expr {
        Expr::Augment(node)
    }
}

impl From<SelectExpr> for Expr {
    fn from(node: SelectExpr) -> Expr {
        Expr::Select(node)
    }
}

/// A value without a label, in a list of arguments.
///
/// ```text
/// UnlabelledTerm = value:Expr
/// ```
///
/// ```ko
/// Pair() {
///     return: (1, "one")
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UnlabelledTerm {
    pub(super) syntax: SyntaxNode,
}

impl AstNode for UnlabelledTerm {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        kind == UNLABELLED_TERM
    }

    fn cast(syntax: SyntaxNode) -> Option<UnlabelledTerm> {
        (syntax.kind() == UNLABELLED_TERM).then_some(UnlabelledTerm { syntax })
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.syntax
    }
}

impl UnlabelledTerm {
    /// The value.
    pub fn value(&self) -> Option<Expr> {
        child(&self.syntax)
    }
}

/// One element of a list of arguments.
///
/// ```text
/// Term =
///   LabelledTerm
/// | UnlabelledTerm
/// ```
///
/// ```ko
/// Pair() {
///     return: (1, "one")
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Term {
    /// A value with a label: a step of a body, or an argument that is passed by name.
    Labelled(LabelledTerm),
    /// A value without a label, in a list of arguments.
    Unlabelled(UnlabelledTerm),
}

impl AstNode for Term {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        matches!(kind, LABELLED_TERM | UNLABELLED_TERM)
    }

    fn cast(syntax: SyntaxNode) -> Option<Term> {
        Some(match syntax.kind() {
            LABELLED_TERM => Term::Labelled(LabelledTerm { syntax }),
            UNLABELLED_TERM => Term::Unlabelled(UnlabelledTerm { syntax }),
            _ => return None,
        })
    }

    fn syntax(&self) -> &SyntaxNode {
        match self {
            Term::Labelled(it) => &it.syntax,
            Term::Unlabelled(it) => &it.syntax,
        }
    }
}

impl From<LabelledTerm> for Term {
    fn from(node: LabelledTerm) -> Term {
        Term::Labelled(node)
    }
}

impl From<UnlabelledTerm> for Term {
    fn from(node: UnlabelledTerm) -> Term {
        Term::Unlabelled(node)
    }
}

/// The arguments of a call, in round brackets, or of an augmentation, in square ones. All of them have labels, or none has.
///
/// ```text
/// ArgList =
///   '(' ','? (LabelledTerm (',' LabelledTerm)*)? ','? ')'
/// | '(' ','? (UnlabelledTerm (',' UnlabelledTerm)*)? ','? ')'
/// | '[' ','? (LabelledTerm (',' LabelledTerm)*)? ','? ']'
/// | '[' ','? (UnlabelledTerm (',' UnlabelledTerm)*)? ','? ']'
/// ```
///
/// ```ko
/// Total() {
///     return: Sum(1, 2)
/// }
/// ```
///
/// ```ko
/// Greeter() {
///     return: Greet[greeting: "Hello"]
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ArgList {
    pub(super) syntax: SyntaxNode,
}

impl AstNode for ArgList {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        kind == ARG_LIST
    }

    fn cast(syntax: SyntaxNode) -> Option<ArgList> {
        (syntax.kind() == ARG_LIST).then_some(ArgList { syntax })
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.syntax
    }
}

impl ArgList {
    /// The `(`.
    pub fn l_paren_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, L_PAREN)
    }

    /// The arguments, in order, if they have labels.
    pub fn labelled_terms(&self) -> impl Iterator<Item = LabelledTerm> + use<> {
        children(&self.syntax)
    }

    /// The `)`.
    pub fn r_paren_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, R_PAREN)
    }

    /// The arguments, in order, if they have no labels.
    pub fn unlabelled_terms(&self) -> impl Iterator<Item = UnlabelledTerm> + use<> {
        children(&self.syntax)
    }

    /// The `[`.
    pub fn l_bracket_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, L_BRACKET)
    }

    /// The `]`.
    pub fn r_bracket_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, R_BRACKET)
    }
}

/// A number, with its sign, or a string. (`true` and `false` are paths: they are names like any others.)
///
/// ```text
/// Literal =
///   '-'? ('#int' | '#float')
/// | '#string'
/// | '#raw_string'
/// ```
///
/// ```ko
/// Answer() {
///     return: -42
/// }
/// ```
///
/// ```ko
/// Half() {
///     return: 0.5
/// }
/// ```
///
/// ```ko
/// Hello() {
///     return: "Hello\n"
/// }
/// ```
///
/// ```ko
/// Manifest() {
///     return: `kind: Pod
/// metadata: {}`
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Literal {
    pub(super) syntax: SyntaxNode,
}

impl AstNode for Literal {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        kind == LITERAL
    }

    fn cast(syntax: SyntaxNode) -> Option<Literal> {
        (syntax.kind() == LITERAL).then_some(Literal { syntax })
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.syntax
    }
}

impl Literal {
    /// The `-`.
    pub fn minus_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, MINUS)
    }

    /// The int.
    pub fn int_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, INT)
    }

    /// The float.
    pub fn float_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, FLOAT)
    }

    /// The string.
    pub fn string_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, STRING)
    }

    /// The raw string.
    pub fn raw_string_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, RAW_STRING)
    }
}

/// A name, or names joined by dots: a parameter, a step, a function, a function of an imported package, `true`, or a
/// selection from one of them. What it is, names and not syntax decide.
///
/// ```text
/// PathExpr = '#ident' ('.' '#ident')*
/// ```
///
/// ```ko
/// Name(deployment?) {
///     return: deployment.metadata.name
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PathExpr {
    pub(super) syntax: SyntaxNode,
}

impl AstNode for PathExpr {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        kind == PATH_EXPR
    }

    fn cast(syntax: SyntaxNode) -> Option<PathExpr> {
        (syntax.kind() == PATH_EXPR).then_some(PathExpr { syntax })
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.syntax
    }
}

impl PathExpr {
    /// The names, in order; at least one.
    pub fn idents(&self) -> impl Iterator<Item = SyntaxToken> + use<> {
        tokens(&self.syntax, IDENT)
    }

    /// The dots between them.
    pub fn dots(&self) -> impl Iterator<Item = SyntaxToken> + use<> {
        tokens(&self.syntax, DOT)
    }
}

/// A call; or, without callee, the empty operator, which builds structures and sequences.
///
/// ```text
/// CallExpr = callee:Expr? ArgList
/// ```
///
/// ```ko
/// Total() {
///     return: Sum(1, 2)
/// }
/// ```
///
/// ```ko
/// Point() {
///     return: (x: 1, y: 2)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallExpr {
    pub(super) syntax: SyntaxNode,
}

impl AstNode for CallExpr {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        kind == CALL_EXPR
    }

    fn cast(syntax: SyntaxNode) -> Option<CallExpr> {
        (syntax.kind() == CALL_EXPR).then_some(CallExpr { syntax })
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.syntax
    }
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

/// An augmentation: a function with some of its arguments set, not called yet. Without callee, that of the empty operator.
///
/// ```text
/// AugmentExpr = callee:Expr? ArgList
/// ```
///
/// ```ko
/// Greeter() {
///     return: Greet[greeting: "Hello"]
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AugmentExpr {
    pub(super) syntax: SyntaxNode,
}

impl AstNode for AugmentExpr {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        kind == AUGMENT_EXPR
    }

    fn cast(syntax: SyntaxNode) -> Option<AugmentExpr> {
        (syntax.kind() == AUGMENT_EXPR).then_some(AugmentExpr { syntax })
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.syntax
    }
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

/// A selection of fields from a value that is no name. (`x.a` is a path.)
///
/// ```text
/// SelectExpr = base:Expr '.' '#ident' ('.' '#ident')*
/// ```
///
/// ```ko
/// Host() {
///     return: Service().spec.clusterIP
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SelectExpr {
    pub(super) syntax: SyntaxNode,
}

impl AstNode for SelectExpr {
    type Language = KoLanguage;

    fn can_cast(kind: SyntaxKind) -> bool {
        kind == SELECT_EXPR
    }

    fn cast(syntax: SyntaxNode) -> Option<SelectExpr> {
        (syntax.kind() == SELECT_EXPR).then_some(SelectExpr { syntax })
    }

    fn syntax(&self) -> &SyntaxNode {
        &self.syntax
    }
}

impl SelectExpr {
    /// What is selected from.
    pub fn base(&self) -> Option<Expr> {
        child(&self.syntax)
    }

    /// The dots before the names.
    pub fn dots(&self) -> impl Iterator<Item = SyntaxToken> + use<> {
        tokens(&self.syntax, DOT)
    }

    /// The names of the fields, in order.
    pub fn idents(&self) -> impl Iterator<Item = SyntaxToken> + use<> {
        tokens(&self.syntax, IDENT)
    }
}

/// The parts of a node, in the order of the text, with their names in the grammar (`ko.ungram`): of a function its `name`,
/// its `param_list` and its `body`. White space, comments, separators, error nodes and what an error node holds are no parts.
///
/// ```
/// let file = ko_syntax::parse("F() { return: 1 }").source_file();
/// let function = file.functions().next().unwrap();
/// let parts = ko_syntax::ast::fields(ko_syntax::ast::AstNode::syntax(&function));
/// let names: Vec<_> = parts.iter().map(|(name, _)| *name).collect();
/// assert_eq!(names, ["name", "param_list", "body"]);
/// ```
pub fn fields(node: &SyntaxNode) -> Vec<(&'static str, SyntaxElement)> {
    let syntax = node.clone();
    let mut out: Vec<(&'static str, SyntaxElement)> = Vec::new();
    match node.kind() {
        SOURCE_FILE => {
            let it = SourceFile { syntax };
            out.extend(it.items().map(|it| ("item", it.syntax().clone().into())));
        }
        IMPORT => {
            let it = Import { syntax };
            out.extend(it.import_token().into_iter().map(|it| ("import", it.into())));
            out.extend(it.use_token().into_iter().map(|it| ("use", it.into())));
            out.extend(it.path_token().into_iter().map(|it| ("path", it.into())));
            out.extend(it.as_token().into_iter().map(|it| ("as", it.into())));
            out.extend(it.alias_token().into_iter().map(|it| ("alias", it.into())));
        }
        FUNCTION => {
            let it = Function { syntax };
            out.extend(it.name_token().into_iter().map(|it| ("name", it.into())));
            out.extend(it.param_list().into_iter().map(|it| ("param_list", it.syntax().clone().into())));
            out.extend(it.body().into_iter().map(|it| ("body", it.syntax().clone().into())));
        }
        PARAM_LIST => {
            let it = ParamList { syntax };
            out.extend(it.l_paren_token().into_iter().map(|it| ("l_paren", it.into())));
            out.extend(it.params().map(|it| ("param", it.syntax().clone().into())));
            out.extend(it.r_paren_token().into_iter().map(|it| ("r_paren", it.into())));
        }
        BODY => {
            let it = Body { syntax };
            out.extend(it.l_brace_token().into_iter().map(|it| ("l_brace", it.into())));
            out.extend(it.steps().map(|it| ("step", it.syntax().clone().into())));
            out.extend(it.r_brace_token().into_iter().map(|it| ("r_brace", it.into())));
        }
        PARAM => {
            let it = Param { syntax };
            out.extend(it.name_token().into_iter().map(|it| ("name", it.into())));
            out.extend(it.monadic_token().into_iter().map(|it| ("monadic", it.into())));
        }
        LABELLED_TERM => {
            let it = LabelledTerm { syntax };
            out.extend(it.label_token().into_iter().map(|it| ("label", it.into())));
            out.extend(it.colon_token().into_iter().map(|it| ("colon", it.into())));
            out.extend(it.value().into_iter().map(|it| ("value", it.syntax().clone().into())));
        }
        UNLABELLED_TERM => {
            let it = UnlabelledTerm { syntax };
            out.extend(it.value().into_iter().map(|it| ("value", it.syntax().clone().into())));
        }
        ARG_LIST => {
            let it = ArgList { syntax };
            out.extend(it.l_paren_token().into_iter().map(|it| ("l_paren", it.into())));
            out.extend(it.labelled_terms().map(|it| ("labelled_term", it.syntax().clone().into())));
            out.extend(it.r_paren_token().into_iter().map(|it| ("r_paren", it.into())));
            out.extend(it.unlabelled_terms().map(|it| ("unlabelled_term", it.syntax().clone().into())));
            out.extend(it.l_bracket_token().into_iter().map(|it| ("l_bracket", it.into())));
            out.extend(it.r_bracket_token().into_iter().map(|it| ("r_bracket", it.into())));
        }
        LITERAL => {
            let it = Literal { syntax };
            out.extend(it.minus_token().into_iter().map(|it| ("minus", it.into())));
            out.extend(it.int_token().into_iter().map(|it| ("int", it.into())));
            out.extend(it.float_token().into_iter().map(|it| ("float", it.into())));
            out.extend(it.string_token().into_iter().map(|it| ("string", it.into())));
            out.extend(it.raw_string_token().into_iter().map(|it| ("raw_string", it.into())));
        }
        PATH_EXPR => {
            let it = PathExpr { syntax };
            out.extend(it.idents().map(|it| ("ident", it.into())));
            out.extend(it.dots().map(|it| ("dot", it.into())));
        }
        CALL_EXPR => {
            let it = CallExpr { syntax };
            out.extend(it.callee().into_iter().map(|it| ("callee", it.syntax().clone().into())));
            out.extend(it.arg_list().into_iter().map(|it| ("arg_list", it.syntax().clone().into())));
        }
        AUGMENT_EXPR => {
            let it = AugmentExpr { syntax };
            out.extend(it.callee().into_iter().map(|it| ("callee", it.syntax().clone().into())));
            out.extend(it.arg_list().into_iter().map(|it| ("arg_list", it.syntax().clone().into())));
        }
        SELECT_EXPR => {
            let it = SelectExpr { syntax };
            out.extend(it.base().into_iter().map(|it| ("base", it.syntax().clone().into())));
            out.extend(it.dots().map(|it| ("dot", it.into())));
            out.extend(it.idents().map(|it| ("ident", it.into())));
        }
        _ => {}
    }
    out.sort_by_key(|(_, part)| part.text_range().start());
    out
}
