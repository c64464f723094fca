//! Functions and their parts: names as text, the monadic parameter, the result.

use ecow::EcoString;
use rowan::ast::AstNode;

use super::{Body, Expr, Function, LabelledTerm, Param, ParamList, docs};
use crate::SyntaxKind::*;

impl Function {
    /// The name of the function.
    pub fn name(&self) -> Option<EcoString> {
        self.name_token().map(|token| token.text().into())
    }

    /// The parameters; none if the list is missing.
    pub fn params(&self) -> impl Iterator<Item = Param> + use<> {
        self.param_list().into_iter().flat_map(|list| list.params())
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

impl ParamList {
    /// The parameter marked with `?`, which an unlabelled argument is for.
    pub fn monadic(&self) -> Option<Param> {
        self.params().find(Param::is_monadic)
    }
}

impl Param {
    /// The name of the parameter.
    pub fn name(&self) -> Option<EcoString> {
        self.name_token().map(|token| token.text().into())
    }

    /// Whether the parameter is marked with `?`.
    pub fn is_monadic(&self) -> bool {
        self.monadic_token().is_some()
    }

    /// The comments that document the parameter, as text: those before it and the one on its line (Q5).
    pub fn doc(&self) -> Option<String> {
        docs::doc(&self.syntax)
    }
}

impl Body {
    /// The first step with the label `return`.
    pub fn return_step(&self) -> Option<LabelledTerm> {
        self.steps().find(|step| step.label_token().is_some_and(|token| token.text() == "return"))
    }

    /// What the first step with the label `return` says.
    pub fn return_value(&self) -> Option<Expr> {
        self.return_step()?.value()
    }
}
