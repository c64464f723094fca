//! What can be written at each kind of place.

use ecow::EcoString;
use ko_queries::{
    builtins,
    circuit::StepId,
    database::IDIOM_PACKAGE,
    items::{find_package, item_tree, package_scope},
    library::short_path,
    names::{functions_of_package, importable_packages},
};
use ko_schema::{GateType, Schema, Type, TypeId};
use ko_syntax::{
    SyntaxKind,
    ast::{self, AstNode},
};

use super::{
    CompletionItem, CompletionKind, TextEdit,
    context::{Context, Place},
};
use crate::{
    FunctionKey,
    callable::{Callable, ParamInfo},
    expected::{self, Expected, Slot},
    source::Source,
    symbol, typing,
};

/// Groups of items, in the order in which they are shown.
mod rank {
    pub(super) const REQUIRED: char = '0';
    pub(super) const CHOICE: char = '1';
    pub(super) const OPTIONAL: char = '2';
    pub(super) const LOCAL: char = '3';
    pub(super) const FUNCTION: char = '4';
    pub(super) const IMPORT: char = '5';
    pub(super) const BUILTIN: char = '6';
    pub(super) const GATE: char = '7';
    pub(super) const ORDERING: char = '8';
}

pub(super) fn list(source: &Source<'_>, context: &Context) -> Vec<CompletionItem> {
    let mut list = List { source, context, schema: source.db.schema(), items: Vec::new() };
    match &context.place {
        Place::TopLevel => list.top_level(),
        Place::Step(body) => list.step(body),
        Place::Term(arguments) => list.term(arguments),
        Place::Value(term) => list.value(term),
        Place::Names(names) => list.behind_names(names),
        Place::Result { call, names } => list.behind_call(*call, names),
        Place::String(token) => list.string(token),
        Place::ImportPath => list.import_path(),
    }
    list.items
}

struct List<'a> {
    source: &'a Source<'a>,
    context: &'a Context,
    schema: Schema,
    items: Vec<CompletionItem>,
}

impl List<'_> {
    /// Adds an item that writes its own label.
    fn add(&mut self, rank: char, kind: CompletionKind, label: &str) -> &mut CompletionItem {
        let edit = TextEdit { range: self.context.word, insert: label.to_owned() };
        self.items.push(CompletionItem {
            label: label.to_owned(),
            kind,
            detail: None,
            documentation: None,
            edit,
            snippet: false,
            sort_text: format!("{rank}{label}"),
            filter_text: None,
            additional: Vec::new(),
            data: None,
        });
        let last = self.items.len() - 1;
        &mut self.items[last]
    }

    fn top_level(&mut self) {
        let import = self.add(rank::LOCAL, CompletionKind::Keyword, "import");
        import.edit.insert = "import \"$0\"".to_owned();
        import.snippet = true;
        import.documentation = Some("Makes the functions of a package available.".to_owned());
        let function = self.add(rank::LOCAL, CompletionKind::Keyword, "function");
        function.edit.insert = "${1:Name}(${2:argument?}) {\n\treturn: $0\n}".to_owned();
        function.snippet = true;
        function.documentation = Some("A function: arguments, steps and a result.".to_owned());
    }

    fn step(&mut self, body: &ast::Body) {
        if self.context.next == Some(SyntaxKind::COLON) {
            return;
        }
        let word = self.context.word;
        let others = body
            .steps()
            .filter(|it| it.label_token().is_some_and(|label| label.text_range() != word));
        if !others.into_iter().any(|it| it.label().is_some_and(|label| label == "return")) {
            let item = self.add(rank::REQUIRED, CompletionKind::Keyword, "return");
            item.edit.insert = "return: ".to_owned();
            item.documentation = Some("What the function returns.".to_owned());
        }
        // A step needs a label: calls bring a place for it.
        let first = self.items.len();
        self.functions();
        self.builtins();
        self.gates();
        for item in self.items.iter_mut().skip(first) {
            item.edit.insert = format!("${{1:step}}: {}", item.edit.insert);
            item.snippet = true;
        }
    }

    fn term(&mut self, arguments: &ast::ArgList) {
        let word = self.context.word;
        let given: Vec<EcoString> = arguments
            .labelled_terms()
            .filter_map(|it| it.label_token())
            .filter(|it| it.text_range() != word)
            .map(|it| it.text().into())
            .collect();
        match expected::slot(self.source, arguments) {
            Slot::Call(callable) => self.arguments(&callable, &given),
            Slot::Structure(ty) => self.fields(ty, &given),
            Slot::Unknown => {}
        }
        // Labelled and unlabelled values do not mix.
        if given.is_empty() && self.context.next != Some(SyntaxKind::COLON) {
            let expected = expected::value_in_list(self.source, arguments);
            self.values(expected.as_ref(), arguments.syntax());
        }
    }

    fn arguments(&mut self, callable: &Callable<'_>, given: &[EcoString]) {
        let is_gate = matches!(callable, Callable::Gate(_));
        let free = |it: &ParamInfo| {
            !given.iter().any(|name| *name == it.name || it.aliases.contains(name))
        };
        for (at, param) in callable.params(self.source.db).iter().filter(|it| free(it)).enumerate()
        {
            let structure =
                matches!(param.gate_type, Some(GateType::Object(_) | GateType::Predicate(_)));
            let rank = if param.required || !is_gate { rank::REQUIRED } else { rank::OPTIONAL };
            let insert = self.labelled(&param.name, structure);
            let snippet = insert.contains("$0");
            let item = self.add(rank, CompletionKind::Argument, &param.name);
            item.sort_text = format!("{rank}{at:03}");
            item.edit.insert = insert;
            item.snippet = snippet;
            item.detail = Some(param.signature());
            item.documentation = param.doc.clone();
        }
        if is_gate && !given.iter().any(|it| crate::graph::is_ordering_argument(it)) {
            let insert = self.labelled("after_", false);
            let item = self.add(rank::ORDERING, CompletionKind::Argument, "after_");
            item.edit.insert = insert;
            item.detail = Some("waits for a value without using it".to_owned());
        }
    }

    fn fields(&mut self, owner: TypeId, given: &[EcoString]) {
        let schema = self.schema.clone();
        let Type::Struct(structure) = schema.ty(owner) else { return };
        for field in structure.writable_fields().filter(|it| !given.contains(&it.name)) {
            let nested = expected::element_structure(&schema, field.ty).is_some();
            let rank = if field.required { rank::REQUIRED } else { rank::OPTIONAL };
            let insert = self.labelled(&field.name, nested);
            let snippet = insert.contains("$0");
            let item = self.add(rank, CompletionKind::Field, &field.name);
            item.edit.insert = insert;
            item.snippet = snippet;
            let mut detail = ko_schema::render_type(&schema, field.ty, 0);
            if field.required {
                detail.push_str(" (required)");
            }
            item.detail = Some(detail);
            item.data = Some(format!("field {} {}", structure.name, field.name));
        }
    }

    /// The text that writes a label, with a bracket where a structure follows.
    fn labelled(&self, name: &str, structure: bool) -> String {
        match (self.context.next, structure) {
            (Some(SyntaxKind::COLON), _) => name.to_owned(),
            (_, true) => format!("{name}: ($0)"),
            (_, false) => format!("{name}: "),
        }
    }

    fn value(&mut self, term: &ast::LabelledTerm) {
        let expected = expected::label_expected(self.source, term);
        self.values(expected.as_ref(), term.syntax());
    }

    /// Everything that gives a value.
    fn values(&mut self, expected: Option<&Expected>, at: &ko_syntax::SyntaxNode) {
        if let Some(expected) = expected {
            let detail = expected::label(&self.schema, expected);
            for (at, choice) in expected::choices(&self.schema, expected).iter().enumerate() {
                let text = format!("\"{choice}\"");
                let item = self.add(rank::CHOICE, CompletionKind::EnumValue, &text);
                item.sort_text = format!("{}{at:03}", rank::CHOICE);
                item.detail = Some(detail.clone());
                item.filter_text = Some(choice.clone());
            }
            let is_bool = match expected {
                Expected::Gate(ty) => *ty == GateType::Bool,
                Expected::Schema(id) => *self.schema.ty(*id) == Type::Bool,
            };
            if is_bool {
                self.add(rank::CHOICE, CompletionKind::EnumValue, "true");
                self.add(rank::CHOICE, CompletionKind::EnumValue, "false");
            }
            let is_value = matches!(self.context.place, Place::Value(_));
            if is_value
                && expected
                    .type_id(&self.schema)
                    .is_some_and(|ty| expected::element_structure(&self.schema, ty).is_some())
            {
                let item = self.add(rank::CHOICE, CompletionKind::Field, "(…)");
                item.edit.insert = "($0)".to_owned();
                item.snippet = true;
                item.detail = Some(detail);
            }
        }
        self.locals(at);
        self.functions();
        self.imports();
        self.builtins();
        self.gates();
    }

    fn locals(&mut self, at: &ko_syntax::SyntaxNode) {
        let Some(scope) = self.source.scope_of(at) else { return };
        // A step cannot use its own value.
        let own = at.ancestors().filter_map(ast::LabelledTerm::cast).find(|it| {
            it.syntax().parent().is_some_and(|parent| parent.kind() == SyntaxKind::BODY)
        });
        let own = own.and_then(|it| it.label());
        for (index, param) in scope.circuit().params.iter().enumerate() {
            let detail = typing::param(scope.db, scope.function, &param.name).and_then(|it| it.ty);
            let doc = ko_queries::items::param_doc(scope.db, scope.function, &param.name);
            let item = self.add(rank::LOCAL, CompletionKind::Parameter, &param.name);
            item.sort_text = format!("{}0{index:03}", rank::LOCAL);
            item.detail = detail;
            item.documentation = doc;
        }
        for (label, step) in scope.circuit().labels.iter() {
            if label == "return" || Some(label) == own.as_ref() {
                continue;
            }
            let detail = typing::step(&scope, *step);
            let item = self.add(rank::LOCAL, CompletionKind::Label, label);
            item.sort_text = format!("{}1{label}", rank::LOCAL);
            item.detail = detail;
        }
    }

    fn functions(&mut self) {
        let db = self.source.db;
        let package = self.source.file.package(db);
        let path = package.path(db);
        let mut names: Vec<EcoString> =
            package_scope(db, package).functions.keys().cloned().collect();
        names.sort_unstable();
        for name in names {
            self.function(rank::FUNCTION, &path, &name);
        }
        if path != IDIOM_PACKAGE {
            for name in functions_of_package(db, IDIOM_PACKAGE) {
                self.function(rank::BUILTIN, IDIOM_PACKAGE, &name);
            }
        }
    }

    fn function(&mut self, rank: char, package: &str, name: &str) {
        let db = self.source.db;
        let key = FunctionKey { package: package.into(), name: name.into() };
        if ko_queries::items::find_function(db, &key).is_none() {
            return;
        }
        // Without the type of the result: the list must not wait until the whole package is inferred. The documentation
        // of an item has it.
        let definition = find_package(db, package)
            .and_then(|it| package_scope(db, it).functions.get(name).copied());
        let tree = definition.map(|it| (item_tree(db, it.file), it.nth));
        let params = tree.and_then(|(tree, nth)| {
            tree.functions.iter().find(|it| it.name == name && it.nth == nth)
        });
        let params: Vec<String> = params
            .into_iter()
            .flat_map(|it| &it.params)
            .map(|it| format!("{}{}", it.name, if it.monadic { "?" } else { "" }))
            .collect();
        let insert = self.call(name, !params.is_empty());
        let item = self.add(rank, CompletionKind::Function, name);
        item.snippet = insert.contains("$0");
        item.edit.insert = insert;
        item.detail = Some(format!("({})", params.join(", ")));
        item.data = Some(format!("function {package} {name}"));
    }

    /// The text that calls a function.
    fn call(&self, name: &str, has_params: bool) -> String {
        match (self.context.next, has_params) {
            (Some(SyntaxKind::L_PAREN | SyntaxKind::L_BRACKET), _) => name.to_owned(),
            (_, true) => format!("{name}($0)"),
            (_, false) => format!("{name}()"),
        }
    }

    fn imports(&mut self) {
        for import in &item_tree(self.source.db, self.source.file).imports {
            let (Some(alias), Some(path)) = (&import.alias, &import.path) else { continue };
            if !ko_syntax::is_valid_ident(alias) {
                continue;
            }
            let item = self.add(rank::IMPORT, CompletionKind::Module, alias);
            item.detail = Some(path.to_string());
            item.edit.insert = format!("{alias}.");
        }
    }

    fn builtins(&mut self) {
        for builtin in builtins::of_package("") {
            self.builtin(builtin);
        }
    }

    fn builtin(&mut self, builtin: &builtins::BuiltinInfo) {
        let insert = self.call(builtin.name, true);
        let item = self.add(rank::BUILTIN, CompletionKind::Builtin, builtin.name);
        item.snippet = insert.contains("$0");
        item.edit.insert = insert;
        item.detail = Some(builtin.signature.to_owned());
        item.data = Some(format!("builtin {} {}", builtin.package, builtin.name));
    }

    fn gates(&mut self) {
        let schema = self.schema.clone();
        for gate in schema.gates().iter().filter(|it| it.unqualified) {
            self.gate(&schema, gate);
        }
    }

    fn gate(&mut self, schema: &Schema, gate: &ko_schema::Gate) {
        let path = schema.kind(gate.kind).import_path();
        let insert = self.call(&gate.name, true);
        let item = self.add(rank::GATE, CompletionKind::Gate, &gate.name);
        item.snippet = insert.contains("$0");
        item.edit.insert = insert;
        item.detail = Some(format!("{path} · {}", gate.effect.name()));
        item.data = Some(format!("gate {path} {}", gate.name));
    }

    fn behind_names(&mut self, names: &[ko_syntax::SyntaxToken]) {
        let Some((first, rest)) = names.split_first() else { return };
        let Some(parent) = first.parent() else { return };
        if let Some(scope) = self.source.scope_of(&parent) {
            let param = scope.param(first.text()).map(|index| StepId(index as u32));
            let label = || {
                let index = scope.label(first.text())?;
                scope.circuit().labels.get(index).map(|it| it.1)
            };
            if let Some(base) = param.or_else(label) {
                let path: Vec<EcoString> = rest.iter().map(|it| it.text().into()).collect();
                self.known_fields(typing::fields(&scope, base, &path));
                return;
            }
        }
        if let ([], Some(symbol::Symbol::Import { path, .. })) =
            (rest, symbol::import(self.source, first.text()))
        {
            self.package(&path);
        }
    }

    fn package(&mut self, path: &str) {
        let db = self.source.db;
        let schema = self.schema.clone();
        for name in functions_of_package(db, path) {
            // A package of the library goes by more than one path.
            let package = find_package(db, path).map_or_else(|| path.into(), |it| it.path(db));
            let key = FunctionKey { package: package.clone(), name: name.clone() };
            if ko_queries::items::find_function(db, &key).is_some() {
                self.function(rank::FUNCTION, &package, &name);
            } else if let Some(id) = builtins::find(short_path(path), &name) {
                self.builtin(id.info());
            } else if let Some(gate) =
                path.strip_prefix("k8s/").and_then(|group| schema.gate_in(group, &name))
            {
                self.gate(&schema, gate);
            }
        }
    }

    fn behind_call(&mut self, call: text_size::TextRange, names: &[EcoString]) {
        let Some(scope) = self.source.scope_at(call.end()) else { return };
        let Some(base) = scope.step_at(call) else { return };
        self.known_fields(typing::fields(&scope, base, names));
    }

    fn known_fields(&mut self, fields: Vec<typing::KnownField>) {
        let schema = self.schema.clone();
        for field in fields {
            let item = self.add(rank::LOCAL, CompletionKind::Field, &field.name);
            item.detail = Some(field.ty);
            let owner = field.owner.and_then(|it| schema.ty(it).as_struct());
            item.data = owner.map(|it| format!("field {} {}", it.name, field.name));
        }
    }

    fn string(&mut self, token: &ko_syntax::SyntaxToken) {
        let Some(literal) = token.parent() else { return };
        let Some(expected) = expected::expected(self.source, &literal) else { return };
        let choices = match &expected {
            Expected::Gate(GateType::FieldSelector) => self.selectable(&literal),
            _ => expected::choices(&self.schema, &expected),
        };
        let detail = expected::label(&self.schema, &expected);
        for (at, choice) in choices.iter().enumerate() {
            let item = self.add(rank::CHOICE, CompletionKind::EnumValue, choice);
            item.sort_text = format!("{}{at:03}", rank::CHOICE);
            item.detail = Some(detail.clone());
        }
    }

    /// The beginnings of field selectors for the gate around a literal.
    fn selectable(&self, literal: &ko_syntax::SyntaxNode) -> Vec<String> {
        let list = literal.ancestors().find_map(ast::ArgList::cast);
        let slot = list.map(|it| expected::slot(self.source, &it));
        let Some(Slot::Call(Callable::Gate(id))) = slot else { return Vec::new() };
        let kind = self.schema.kind(self.schema.gate_by_id(id).kind);
        kind.selectable_fields().map(|it| format!("{it}=")).collect()
    }

    fn import_path(&mut self) {
        let db = self.source.db;
        let own = self.source.file.package(db).path(db);
        for path in importable_packages(db).into_iter().filter(|it| *it != own) {
            let rank = if path.starts_with("k8s/") { rank::GATE } else { rank::FUNCTION };
            self.add(rank, CompletionKind::Module, &path);
        }
    }
}
