//! Where something is named: functions and imports of a file, steps of a function, arguments of a call, fields.

use ecow::EcoString;
use ko_queries::circuit::StepKind;
use ko_schema::{GateType, Type, TypeId};
use ko_syntax::{
    SyntaxKind,
    ast::{self, AstNode},
};

use super::{
    CompletionKind,
    list::{Group, List, order},
    snippet,
};
use crate::{
    callable::{Callable, ParamInfo},
    expected::{self, Slot},
};

/// A label that can be written.
struct Label<'a> {
    group: Group,
    kind: CompletionKind,
    name: &'a str,
    /// Whether a structure follows.
    structure: bool,
    /// Its place in the group.
    at: usize,
}

impl List<'_> {
    pub(super) fn top_level(&mut self) {
        if self.context.next == Some(SyntaxKind::L_PAREN) {
            return;
        }
        let snippets = self.config.snippets;
        let kind = CompletionKind::Keyword;
        if let Some(item) = self.add(Group::Required, kind, "import") {
            item.insert = if snippets { "import \"$0\"" } else { "import " }.to_owned();
            item.snippet = snippets;
            item.documentation = Some("Makes the functions of a package available.".to_owned());
        }
        if !snippets {
            return;
        }
        if let Some(item) = self.add(Group::Required, kind, "function") {
            item.insert = "${1:Name}(${2:argument?}) {\n\treturn: $0\n}".to_owned();
            item.snippet = true;
            item.documentation = Some("A function: arguments, steps and a result.".to_owned());
        }
        let path = self.source.file.path(self.source.db);
        if path.ends_with("_test.ko")
            && let Some(item) = self.add(Group::Required, kind, "test")
        {
            item.insert = "Test${1:Name}() {\n\treturn: $0\n}".to_owned();
            item.snippet = true;
            item.documentation =
                Some("A function that `ko test` runs: it fails if the function does.".to_owned());
        }
    }

    pub(super) fn keyword_as(&mut self) {
        if let Some(item) = self.add(Group::Required, CompletionKind::Keyword, "as") {
            item.insert = "as ".to_owned();
            item.documentation = Some("Another name for the package in this file.".to_owned());
        }
    }

    pub(super) fn step(&mut self, body: &ast::Body) {
        if self.context.next == Some(SyntaxKind::COLON) {
            return;
        }
        let word = self.context.word;
        let others: Vec<EcoString> = body
            .steps()
            .filter(|it| it.label_token().is_some_and(|label| label.text_range() != word))
            .filter_map(|it| it.label())
            .collect();
        if !others.iter().any(|it| it == "return")
            && let Some(item) = self.add(Group::Required, CompletionKind::Keyword, "return")
        {
            item.insert = "return: ".to_owned();
            item.documentation = Some("What the function returns.".to_owned());
        }
        for name in self.missing_steps(body) {
            if let Some(item) = self.add(Group::Choice, CompletionKind::Label, &name) {
                item.insert = format!("{name}: ");
                item.description = Some("used below, not there yet".to_owned());
            }
        }
        if !self.config.snippets {
            return;
        }
        // A step needs a label: calls bring a place for it.
        self.callables();
    }

    /// Names that the steps of a function use and nothing has.
    fn missing_steps(&self, body: &ast::Body) -> Vec<EcoString> {
        let Some(scope) = self.source.scope_of(body.syntax()) else { return Vec::new() };
        let mut names: Vec<EcoString> = Vec::new();
        let word = self.context.word;
        let errors = scope.circuit().steps.iter().zip(scope.map().steps.iter());
        let errors = errors.filter(|(step, _)| step.kind == StepKind::Error).map(|it| *it.1);
        for range in errors.filter(|it| !it.is_empty() && it.intersect(word).is_none()) {
            let element = self.source.root().covering_element(range);
            let Some(path) = element.ancestors().find_map(ast::PathExpr::cast) else { continue };
            let Some(first) = path.idents().next() else { continue };
            let called = path
                .syntax()
                .next_sibling_or_token()
                .is_some_and(|it| matches!(it.kind(), SyntaxKind::ARG_LIST | SyntaxKind::L_PAREN));
            // What is called, or selected from as from a package, is meant to be something else.
            if !called && path.idents().count() == 1 && !names.iter().any(|it| it == first.text()) {
                names.push(first.text().into());
            }
        }
        names
    }

    pub(super) fn term(&mut self, arguments: &ast::ArgList) {
        let word = self.context.word;
        let given: Vec<EcoString> = arguments
            .labelled_terms()
            .filter_map(|it| it.label_token())
            .filter(|it| it.text_range() != word)
            .map(|it| it.text().into())
            .collect();
        let other = |it: ast::Term| match it {
            ast::Term::Unlabelled(it) => !it.syntax().text_range().contains_range(word),
            ast::Term::Labelled(_) => false,
        };
        // Behind values without labels come more of them.
        let slot = match given.is_empty() && arguments.terms().any(other) {
            true => Slot::Unknown,
            false => expected::slot(self.source, arguments),
        };
        match slot {
            Slot::Call(callable) => self.arguments(&callable, &given),
            Slot::Structure(ty) => self.fields(ty, &given),
            Slot::Fields(fields) => {
                for (name, ty) in fields.iter() {
                    let at = 0;
                    if !given.contains(name) {
                        let group = Group::Required;
                        let structure = matches!(ty, ko_queries::types::Type::Structure(_));
                        let kind = CompletionKind::Field;
                        if let Some(item) = self.label(&Label { group, kind, name, structure, at })
                        {
                            item.sort_text.push_str(name);
                            item.description = Some(ty.to_string());
                        }
                    }
                }
            }
            Slot::Unknown => {}
        }
        // Labelled and unlabelled values do not mix.
        if given.is_empty() && self.context.next != Some(SyntaxKind::COLON) {
            self.expected = expected::value_in_list(self.source, arguments);
            self.values(arguments.syntax());
        }
    }

    fn arguments(&mut self, callable: &Callable<'_>, given: &[EcoString]) {
        let is_gate = matches!(callable, Callable::Gate(_));
        let is_function = matches!(callable, Callable::Function(_));
        let free = |it: &&ParamInfo| {
            !given.iter().any(|name| *name == it.name || it.aliases.contains(name))
        };
        let params = callable.params(self.source.db);
        // Nothing says that a function of the user can do without an argument.
        let required =
            |it: &ParamInfo| it.required || (is_function && !params.iter().any(|it| it.required));
        for (at, param) in params.iter().enumerate().filter(|it| free(&it.1)) {
            let structure = match &param.gate_type {
                Some(ty) => matches!(ty, GateType::Object(_)),
                None => param.structure,
            };
            let required = required(param);
            let group = if required { Group::Required } else { Group::Optional };
            let kind = CompletionKind::Argument;
            let label = Label { group, kind, name: &param.name, structure, at };
            if let Some(item) = self.label(&label) {
                item.description = Some(match (&param.ty, required) {
                    (Some(ty), true) => format!("{ty} (required)"),
                    (Some(ty), false) => match param.default {
                        Some(default) => format!("{ty} = {default}"),
                        None => ty.clone(),
                    },
                    (None, true) => "(required)".to_owned(),
                    (None, false) => String::new(),
                })
                .filter(|it| !it.is_empty());
                item.documentation = param.doc.clone();
            }
        }
        if is_gate && !given.iter().any(|it| crate::graph::is_ordering_argument(it)) {
            let group = Group::Ordering;
            let kind = CompletionKind::Argument;
            let label = Label { group, kind, name: "after_", structure: false, at: 0 };
            if let Some(item) = self.label(&label) {
                item.description = Some("waits for a value without using it".to_owned());
            }
        }
    }

    fn fields(&mut self, owner: TypeId, given: &[EcoString]) {
        let schema = self.schema.clone();
        let Type::Struct(structure) = schema.ty(owner) else { return };
        for field in structure.writable_fields().filter(|it| !given.contains(&it.name)) {
            let structure_follows = expected::element_structure(&schema, field.ty).is_some();
            let group = if field.required { Group::Required } else { Group::Optional };
            let kind = CompletionKind::Field;
            let name = field.name.as_str();
            let label = Label { group, kind, name, structure: structure_follows, at: 0 };
            if let Some(item) = self.label(&label) {
                item.sort_text.push_str(name);
                let mut description = ko_schema::render_type(&schema, field.ty, 0);
                if field.required {
                    description.push_str(" (required)");
                }
                item.description = Some(description);
                item.deprecated = crate::hover::is_deprecated(schema.field_doc(owner, name));
                item.data = Some(format!("field {} {name}", structure.name));
            }
        }
    }

    fn label(&mut self, label: &Label<'_>) -> Option<&mut super::CompletionItem> {
        let (next, snippets) = (self.context.next, self.config.snippets);
        let item = self.add(label.group, label.kind, label.name)?;
        order(item, label.group, label.at);
        (item.insert, item.snippet) = snippet::label(label.name, label.structure, next, snippets);
        Some(item)
    }
}
