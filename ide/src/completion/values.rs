//! Where a value stands: what is allowed there, arguments and steps, functions, builtins and gates.

use ko_queries::{
    availability::concern,
    builtins::{self, BuiltinInfo},
    circuit::StepId,
    database::{IDIOM_PACKAGE, World},
    items::{find_function, item_tree},
    types::{Fit, Type},
};
use ko_schema::{Gate, GateType};
use ko_syntax::{
    SyntaxKind, SyntaxNode,
    ast::{self, AstNode},
};

use super::{
    CompletionKind, TextEdit,
    context::{Labelled, Place},
    list::{Group, List, order},
    packages::{self, FunctionName},
    snippet::{Blank, Shape},
};
use crate::{
    FunctionKey,
    callable::Callable,
    expected::{self, Expected, Slot},
    typing,
};

/// The types of the results of at most this many functions are asked for: each may need the function to be inferred.
const MOST_RESULTS: usize = 64;

impl List<'_> {
    pub(super) fn value(&mut self, slot: &Labelled) {
        match &slot.list {
            Some(list) => {
                if slot.colon.is_some() && !self.is_label(list, &slot.label) {
                    return;
                }
                self.expected = expected::label_expected(self.source, list, &slot.label);
            }
            None if slot.label == "return" => {
                let scope = self.source.scope_of(&slot.around);
                self.expected = scope.and_then(|scope| typing::expected_of_result(&scope));
            }
            None => {}
        }
        self.structure();
        self.values(&slot.around);
        if let Some(colon) = slot.colon {
            let range = text_size::TextRange::empty(colon);
            self.all_need(&TextEdit { range, insert: ":".to_owned() });
        }
    }

    /// Whether a word can only be a label that lacks its colon.
    fn is_label(&self, list: &ast::ArgList, word: &str) -> bool {
        match expected::slot(self.source, list) {
            Slot::Call(callable) => callable.param(self.source.db, word).is_some(),
            Slot::Structure(owner) => expected::field(&self.schema, owner, word).is_some(),
            Slot::Fields(fields) => fields.field(word).is_some(),
            Slot::Unknown => false,
        }
    }

    /// The brackets of a structure, where one is asked for.
    fn structure(&mut self) {
        let Some(expected) = self.expected.clone().filter(|_| self.config.snippets) else { return };
        let wanted = match &expected {
            Expected::Structure(_) => true,
            _ => expected
                .type_id(&self.schema)
                .is_some_and(|ty| expected::element_structure(&self.schema, ty).is_some()),
        };
        if wanted && self.typed() == 0 {
            let item = self.add_always(Group::Choice, CompletionKind::Field, "(…)");
            item.insert = "($0)".to_owned();
            item.snippet = true;
            let description = expected::label(&self.schema, &expected);
            self.change_from(self.len() - 1, |it| it.description = Some(description.clone()));
        }
    }

    /// Everything that gives a value at a place within `at`.
    pub(super) fn values(&mut self, at: &SyntaxNode) {
        self.choices();
        self.locals(at);
        self.callables();
        self.imported();
        self.not_imported(at);
    }

    fn choices(&mut self) {
        let Some(expected) = self.expected.clone() else { return };
        let description = expected::label(&self.schema, &expected);
        let mut choices = expected::choices(&self.schema, &expected);
        choices.iter_mut().for_each(|it| *it = format!("\"{it}\""));
        if expected.is_bool(&self.schema) {
            choices.extend(["true".to_owned(), "false".to_owned()]);
        }
        for (at, choice) in choices.iter().enumerate() {
            let bare = choice.trim_matches('"').to_owned();
            if !self.may_mean(&bare) {
                continue;
            }
            let item = self.add_always(Group::Choice, CompletionKind::EnumValue, choice);
            order(item, Group::Choice, at);
            item.description = Some(description.clone());
            item.filter_text = (bare != *choice).then_some(bare);
        }
    }

    fn locals(&mut self, at: &SyntaxNode) {
        let Some(scope) = self.source.scope_of(at) else { return };
        // A step cannot use its own value.
        let in_body = |it: &ast::LabelledTerm| {
            it.syntax().parent().is_some_and(|it| it.kind() == SyntaxKind::BODY)
        };
        let own = match &self.context.place {
            Place::Value(slot) if slot.list.is_none() => Some(slot.label.clone()),
            _ => at
                .ancestors()
                .filter_map(ast::LabelledTerm::cast)
                .find(in_body)
                .and_then(|it| it.label()),
        };
        for (index, param) in scope.circuit().params.iter().enumerate() {
            if !self.may_mean(&param.name) {
                continue;
            }
            let ty = typing::step_type(&scope, StepId(index as u32));
            // Of a parameter that nothing is asked of, anything may be meant.
            let known = ty.as_ref().filter(|it| **it != Type::Unknown);
            let group = Group::Local(known.map_or(Fit::Yes, |it| self.fit(Some(it))));
            let doc = ko_queries::items::param_doc(scope.db, scope.function, &param.name);
            let item = self.add_always(group, CompletionKind::Parameter, &param.name);
            order(item, group, index);
            item.description = ty.as_ref().and_then(typing::short);
            item.documentation = doc;
            item.commits_at_dot = true;
        }
        let params = scope.circuit().params.len();
        for (index, (label, step)) in scope.circuit().labels.iter().enumerate() {
            if label == "return" || Some(label) == own.as_ref() || !self.may_mean(label) {
                continue;
            }
            let ty = typing::step_type(&scope, *step);
            let group = Group::Local(self.fit(ty.as_ref()));
            let item = self.add_always(group, CompletionKind::Label, label);
            order(item, group, params + index);
            item.description = ty.as_ref().and_then(typing::short);
            item.commits_at_dot = true;
        }
    }

    /// The functions of the package, the idioms, the builtins and the gates.
    pub(super) fn callables(&mut self) {
        let db = self.source.db;
        let package = self.source.file.package(db);
        let path = package.path(db);
        let own = packages::functions(db, package);
        let named: Vec<&FunctionName> = own.iter().filter(|it| self.may_mean(&it.name)).collect();
        let typed = self.expected.is_some() && named.len() <= MOST_RESULTS;
        for function in named {
            let key = FunctionKey { package: path.clone(), name: function.name.clone() };
            let ty = find_function(db, &key)
                .filter(|_| typed)
                .and_then(|it| typing::result_type(db, it));
            let group = Group::Function(self.callable_fit(ty.as_ref()));
            self.function(group, &path, function);
        }
        if path != IDIOM_PACKAGE {
            let idioms = World::get(db).idioms(db);
            for function in packages::functions(db, idioms).iter().filter(|it| !it.inline) {
                let fit = self.callable_fit(None);
                self.function(Group::Builtin(fit), IDIOM_PACKAGE, function);
            }
        }
        for builtin in builtins::of_package("") {
            self.builtin(builtin);
        }
        self.gates();
    }

    /// How likely a function is meant that returns this.
    pub(super) fn callable_fit(&self, result: Option<&Type>) -> Fit {
        match &self.expected {
            Some(expected) if expected.is_callable() => Fit::Yes,
            _ => self.fit(result),
        }
    }

    /// A function, with the call that it needs.
    pub(super) fn function(
        &mut self,
        group: Group,
        package: &str,
        function: &FunctionName,
    ) -> Option<&mut super::CompletionItem> {
        if !self.may_mean(&function.name) {
            return None;
        }
        let shape = match &*function.params {
            [] => Shape::Empty,
            [only] if only.monadic => Shape::Unlabelled(only.name.clone()),
            params => Shape::new(
                params.iter().map(|it| Blank { name: it.name.clone(), structure: false }).collect(),
            ),
        };
        let (insert, snippet) = self.call(&function.name, &shape, None);
        let params = function.params.iter();
        let params: Vec<String> =
            params.map(|it| format!("{}{}", it.name, if it.monadic { "?" } else { "" })).collect();
        let item = self.add_always(group, CompletionKind::Function, &function.name);
        (item.insert, item.snippet) = (insert, snippet);
        item.signature = Some(format!("({})", params.join(", ")));
        item.data = Some(format!("function {package} {}", function.name));
        Some(item)
    }

    /// The text that calls something: its name alone where brackets stand already, or where a function is asked for.
    /// Where a step begins, with a label before it: `step`, or a better one.
    fn call(&self, name: &str, shape: &Shape, step: Option<&str>) -> (String, bool) {
        let bracket =
            matches!(self.context.next, Some(SyntaxKind::L_PAREN | SyntaxKind::L_BRACKET));
        let passed = self.expected.as_ref().is_some_and(Expected::is_callable);
        let is_step = matches!(self.context.place, Place::Step(_));
        let (arguments, snippet) = match bracket || passed || !self.config.snippets {
            true => (String::new(), false),
            false => shape.write(1 + usize::from(is_step)),
        };
        match is_step {
            true => (format!("${{1:{}}}: {name}{arguments}", step.unwrap_or("step")), true),
            false => (format!("{name}{arguments}"), snippet),
        }
    }

    /// A builtin, with the call that it needs.
    pub(super) fn builtin(&mut self, builtin: &BuiltinInfo) -> Option<&mut super::CompletionItem> {
        if !self.may_mean(builtin.name) {
            return None;
        }
        let mut needed = builtin.params.iter().filter(|it| !it.optional);
        let shape = match (builtin.params, needed.next(), needed.next()) {
            ([], ..) if !builtin.any_arguments => Shape::Empty,
            (_, Some(only), None) if only.monadic => Shape::Unlabelled(only.name.into()),
            (_, Some(_), _) => {
                let wanted = builtin.params.iter().filter(|it| !it.optional || it.monadic);
                let blank =
                    |it: &builtins::BuiltinParam| Blank { name: it.name.into(), structure: false };
                Shape::new(wanted.map(blank).collect())
            }
            _ => Shape::Open,
        };
        let (insert, snippet) = self.call(builtin.name, &shape, None);
        let result = typing::builtin_result(builtin.id);
        let group = Group::Builtin(self.callable_fit(Some(&result)));
        let item = self.add_always(group, CompletionKind::Builtin, builtin.name);
        (item.insert, item.snippet) = (insert, snippet);
        let rest = builtin.signature.strip_prefix(builtin.name).unwrap_or(builtin.signature);
        item.signature = Some(rest.to_owned());
        item.data = Some(format!("builtin {} {}", builtin.package, builtin.name));
        Some(item)
    }

    fn gates(&mut self) {
        let schema = self.schema.clone();
        for gate in schema.gates().iter().filter(|it| it.unqualified) {
            self.gate(gate);
        }
    }

    /// A gate, with the call that it needs.
    pub(super) fn gate(&mut self, gate: &Gate) -> Option<&mut super::CompletionItem> {
        if !self.may_mean(&gate.name) {
            return None;
        }
        let blanks = gate.params.iter().filter(|it| it.required);
        let blanks: Vec<Blank> = blanks
            .map(|it| Blank {
                name: it.name.clone(),
                structure: matches!(it.ty, GateType::Object(_)),
            })
            .collect();
        let shape = match gate.params.is_empty() {
            true => Shape::Empty,
            false => Shape::new(blanks),
        };
        let kind = self.schema.kind(gate.kind);
        let step = match gate.result {
            GateType::ListOf(_) | GateType::DeleteReport => &kind.many_arg,
            _ => &kind.singular,
        };
        let (insert, snippet) = self.call(&gate.name, &shape, Some(step));
        let result = self.expected.as_ref().map(|_| typing::gate_result(&self.schema, gate.id));
        let group = Group::Gate(self.callable_fit(result.as_ref()));
        let path = self.schema.kind(gate.kind).import_path();
        let params = gate.params.iter();
        let params: Vec<String> =
            params.map(|it| format!("{}{}", it.name, if it.required { "" } else { "?" })).collect();
        let concern = concern(self.source.db, gate.id).is_some();
        let item = self.add_always(group, CompletionKind::Gate, &gate.name);
        (item.insert, item.snippet) = (insert, snippet);
        item.signature = Some(format!("({})", params.join(", ")));
        item.description = Some(format!("{path} · {}", gate.effect.name()));
        item.data = Some(format!("gate {path} {}", gate.name));
        item.deprecated = concern;
        Some(item)
    }

    /// The packages that the file imports, and what they have.
    fn imported(&mut self) {
        let fit = self.fit(None);
        for import in &item_tree(self.source.db, self.source.file).imports {
            let (Some(alias), Some(path)) = (&import.alias, &import.path) else { continue };
            if !ko_syntax::is_valid_ident(alias) {
                continue;
            }
            if let Some(item) = self.add(Group::Import(fit), CompletionKind::Module, alias) {
                item.description = Some(path.to_string());
                item.commits_at_dot = true;
                item.data = Some(format!("package {path}"));
            }
        }
    }

    /// What is allowed inside of a string.
    pub(super) fn string(&mut self, token: &ko_syntax::SyntaxToken) {
        let Some(literal) = token.parent() else { return };
        let Some(expected) = expected::expected(self.source, &literal) else { return };
        let choices = match &expected {
            Expected::Gate(GateType::FieldSelector) => self.selectable(&literal),
            _ => expected::choices(&self.schema, &expected),
        };
        let description = expected::label(&self.schema, &expected);
        for (at, choice) in choices.iter().enumerate() {
            // Whatever is there is replaced: the other values are wanted, too.
            let item = self.add_always(Group::Choice, CompletionKind::EnumValue, choice);
            order(item, Group::Choice, at);
            item.description = Some(description.clone());
        }
    }

    /// The beginnings of field selectors for the gate around a literal.
    fn selectable(&self, literal: &SyntaxNode) -> Vec<String> {
        let list = literal.ancestors().find_map(ast::ArgList::cast);
        let slot = list.map(|it| expected::slot(self.source, &it));
        let Some(Slot::Call(Callable::Gate(id))) = slot else { return Vec::new() };
        let kind = self.schema.kind(self.schema.gate_by_id(id).kind);
        kind.selectable_fields().map(|it| format!("{it}=")).collect()
    }
}
