//! Functions and their parts: parameters and steps.

use ecow::EcoString;
use rowan::ast::AstNode;

use super::{Expr, LabelledTerm, ast_node, child, children, docs, token};
use crate::{SyntaxKind::*, SyntaxToken};

ast_node! {
    /// A function, at the top of a file or inline as a value: `F(a?, b) { return: a }`.
    ///
    /// ```
    /// let file = ko_syntax::parse("// Says hello.\nGreet(name?) { return: name }").source_file();
    /// let function = file.functions().next().unwrap();
    /// assert_eq!(function.name().unwrap(), "Greet");
    /// assert_eq!(function.param_list().unwrap().params().count(), 1);
    /// assert_eq!(function.body().unwrap().steps().count(), 1);
    /// assert_eq!(function.doc().unwrap(), "Says hello.");
    /// ```
    Function: FUNCTION
}

impl Function {
    /// The identifier that names the function.
    pub fn name_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, IDENT)
    }

    /// The name of the function.
    pub fn name(&self) -> Option<EcoString> {
        self.name_token().map(|token| token.text().into())
    }

    /// The parameters, in their brackets.
    pub fn param_list(&self) -> Option<ParamList> {
        child(&self.syntax)
    }

    /// The parameters; none if the list is missing.
    pub fn params(&self) -> impl Iterator<Item = Param> + use<> {
        self.param_list().into_iter().flat_map(|list| list.params())
    }

    /// The steps, in their braces.
    pub fn body(&self) -> Option<Body> {
        child(&self.syntax)
    }

    /// Whether the function stands inside another.
    pub fn is_inline(&self) -> bool {
        self.syntax.parent().is_some_and(|parent| !matches!(parent.kind(), SOURCE_FILE))
    }

    /// The function in whose body this one stands.
    pub fn enclosing_function(&self) -> Option<Function> {
        self.syntax.ancestors().skip(1).find_map(Function::cast)
    }

    /// The comments that document the function, as text: those before it (specification §2.2) and the one that follows
    /// on its last line (Q5). An inline function that is the value of a step shares the comments of the step.
    pub fn doc(&self) -> Option<String> {
        docs::doc(&self.syntax).or_else(|| {
            let parent = self.syntax.parent()?;
            matches!(parent.kind(), LABELLED_TERM | UNLABELLED_TERM)
                .then(|| docs::doc(&parent))
                .flatten()
        })
    }
}

ast_node! {
    /// The parameters of a function: `(a?, b)`.
    ///
    /// ```
    /// let file = ko_syntax::parse("F(a?, b) { return: a }").source_file();
    /// let list = file.functions().next().unwrap().param_list().unwrap();
    /// let names: Vec<_> = list.params().filter_map(|param| param.name()).collect();
    /// assert_eq!(names, ["a", "b"]);
    /// assert_eq!(list.monadic().unwrap().name().unwrap(), "a");
    /// ```
    ParamList: PARAM_LIST
}

impl ParamList {
    /// The parameters, in order.
    pub fn params(&self) -> impl Iterator<Item = Param> + use<> {
        children(&self.syntax)
    }

    /// The parameter marked with `?`, which an unlabelled argument is for.
    pub fn monadic(&self) -> Option<Param> {
        self.params().find(Param::is_monadic)
    }
}

ast_node! {
    /// One parameter: `a` or, if monadic, `a?`.
    ///
    /// ```
    /// let file = ko_syntax::parse("F(\n  a? // Who it is.\n) { return: a }").source_file();
    /// let param = file.functions().next().unwrap().params().next().unwrap();
    /// assert!(param.is_monadic());
    /// assert_eq!(param.doc().unwrap(), "Who it is.");
    /// ```
    Param: PARAM
}

impl Param {
    /// The identifier that names the parameter.
    pub fn name_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, IDENT)
    }

    /// The name of the parameter.
    pub fn name(&self) -> Option<EcoString> {
        self.name_token().map(|token| token.text().into())
    }

    /// Whether the parameter is marked with `?`.
    pub fn is_monadic(&self) -> bool {
        self.monadic_token().is_some()
    }

    /// The `?`.
    pub fn monadic_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, QUESTION)
    }

    /// The comments that document the parameter, as text: those before it and the one on its line (Q5).
    pub fn doc(&self) -> Option<String> {
        docs::doc(&self.syntax)
    }
}

ast_node! {
    /// The steps of a function: `{ x: 1, return: x }`.
    ///
    /// ```
    /// let file = ko_syntax::parse("F() { x: 1, return: x }").source_file();
    /// let body = file.functions().next().unwrap().body().unwrap();
    /// let labels: Vec<_> = body.steps().filter_map(|step| step.label()).collect();
    /// assert_eq!(labels, ["x", "return"]);
    /// assert!(body.return_value().is_some());
    /// ```
    Body: BODY
}

impl Body {
    /// The steps, in order.
    pub fn steps(&self) -> impl Iterator<Item = LabelledTerm> + use<> {
        children(&self.syntax)
    }

    /// The first step with the label `return`.
    pub fn return_step(&self) -> Option<LabelledTerm> {
        self.steps().find(|step| step.label_token().is_some_and(|token| token.text() == "return"))
    }

    /// What the first step with the label `return` says.
    pub fn return_value(&self) -> Option<Expr> {
        self.return_step()?.value()
    }

    /// The `{`.
    pub fn l_brace_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, L_BRACE)
    }

    /// The `}`.
    pub fn r_brace_token(&self) -> Option<SyntaxToken> {
        token(&self.syntax, R_BRACE)
    }
}
