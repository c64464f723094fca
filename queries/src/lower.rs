//! From the tree of a function to its circuit, as described in [`crate::circuit`]; with the mistakes in its names.

mod finish;
mod labels;

use std::{collections::hash_map::Entry, sync::Arc};

use ecow::EcoString;
use ko_syntax::{
    LiteralValue, TextRange, TextSize,
    ast::{self, AstNode, Expr},
};
use rustc_hash::{FxHashMap, FxHashSet};

use self::labels::{LabelCycle, Labels};
use crate::{
    circuit::{Arg, Circuit, FunctionKey, Literal, Param, SourceMap, StepId, StepKind, Target},
    database::Db,
    diagnostic::{Diagnostic, FileId, Related, Severity},
    items::{self, Function, function_node, import_nodes, item_tree, package_scope},
    names::{Names, OwnFunctions, Word},
    outline::{function_range, function_text},
};

/// Where an import can be added: behind the last one, or else at the start of the text.
pub(crate) fn import_offset(imports: &[ast::Import], text: &str) -> TextSize {
    let Some(last) = imports.last() else {
        // A byte-order mark stays first.
        return if text.starts_with('\u{feff}') { TextSize::of('\u{feff}') } else { 0.into() };
    };
    let end = last.syntax().text_range().end();
    let rest = text.get(usize::from(end)..).unwrap_or_default();
    let line_end = rest.find('\n').map(|offset| offset + 1);
    // Something else on the line of the last import: the new one goes before it.
    let blank = |line: &str| line.trim_start().is_empty() || line.trim_start().starts_with("//");
    match line_end {
        Some(length) if blank(&rest[..length]) => {
            end + TextSize::try_from(length).unwrap_or_default()
        }
        _ => last.syntax().text_range().start(),
    }
}

/// What a function is lowered to.
#[derive(Debug, Clone)]
pub struct Lowered {
    /// The circuit, which holds no positions.
    pub circuit: Arc<Circuit>,
    /// Where its steps stand.
    pub source_map: Arc<SourceMap>,
    /// What is wrong with its names, in the order of the text. Mistakes inside inline functions are theirs.
    pub diagnostics: Arc<[Diagnostic]>,
    /// Which of its names nobody reads, and which imports it reads.
    pub reads: Arc<Reads>,
}

/// Which names of a function are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reads {
    /// The parameters that no step reads, as indices into [`Circuit::params`].
    pub unread_params: Vec<u32>,
    /// The labels that no other label mentions and that are not `return`.
    pub unread_labels: Vec<UnreadLabel>,
    /// The names before a dot that the function reads, as far as they are imports of its file.
    pub aliases: Vec<EcoString>,
}

/// A label that nobody reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadLabel {
    /// Its index in [`Circuit::labels`].
    pub label: u32,
    /// The steps that are written in its value; none where it only repeats another name.
    pub steps: std::ops::Range<u32>,
}

/// Lowers a function. Nothing if its file does not have it (any more).
///
/// This is computed again whenever the file changes, which is cheap: only the places are moved, unless there is something
/// to be said about its names, for what is said may be about other places of the file, too.
#[salsa::tracked(returns(ref), no_eq, heap_size = crate::memory::heap_size)]
pub fn lower<'db>(db: &'db dyn Db, function: Function<'db>) -> Option<Lowered> {
    let body = lower_body(db, function).as_ref()?;
    if body.diagnostics.is_empty() {
        let start = function_range(db, function)?.start();
        let source_map = Arc::new(body.source_map.moved(start));
        return Some(Lowered { source_map, ..body.clone() });
    }
    let broken = function_text(db, function).as_ref()?.broken;
    let lowered = lower_at(db, function, &function_node(db, function)?, broken);
    Some(Lowered { circuit: body.circuit.clone(), ..lowered })
}

/// A function as if its file began with it. This is computed again when its own text changes, or what its names mean.
/// Its diagnostics say whether there are any, and not where.
#[salsa::tracked(returns(ref), no_eq, heap_size = crate::memory::heap_size)]
pub(crate) fn lower_body<'db>(db: &'db dyn Db, function: Function<'db>) -> Option<Lowered> {
    let text = function_text(db, function).as_ref()?;
    Some(lower_at(db, function, &text.node()?, text.broken))
}

fn lower_at(db: &dyn Db, function: Function<'_>, node: &ast::Function, broken: bool) -> Lowered {
    let file = function.file(db);
    let package = file.package(db);
    let names = Names {
        db,
        file: file.id(db),
        package: package.path(db),
        from: Some(package),
        own: OwnFunctions::Package(package_scope(db, package)),
        imports: &item_tree(db, file).imports,
        import_offset: &|| import_offset(&import_nodes(db, file), &file.text(db)),
    };
    lower_node(&names, node, broken)
}

/// Lowers the functions of a text that could stand in a file, inline ones included: names mean what they mean in the file,
/// or are functions of the text. So a change of a function can be judged before it is made. Nothing if the text has
/// syntax errors.
///
/// This is not kept, and takes time in proportion to the text alone.
pub fn lower_fragment(
    db: &dyn Db,
    file: crate::database::SourceFile,
    text: &str,
) -> Option<Vec<Lowered>> {
    let parse = ko_syntax::parse(text);
    if !parse.errors().is_empty() {
        return None;
    }
    let package = file.package(db);
    let tree = parse.source_file();
    let functions: Vec<_> = items::named_functions(&tree).map(|(_, _, it)| it).collect();
    let names = Names {
        db,
        file: file.id(db),
        package: package.path(db),
        from: Some(package),
        own: OwnFunctions::PackageAnd(
            package_scope(db, package),
            functions.iter().filter_map(ast::Function::name).collect(),
        ),
        imports: &item_tree(db, file).imports,
        import_offset: &|| TextSize::new(0),
    };
    Some(functions.iter().map(|it| lower_node(&names, it, false)).collect())
}

/// The circuit of a function. It stays equal, and what depends on it is not computed again, when only the text
/// around the function or its layout and comments change.
#[salsa::tracked(returns(clone), heap_size = crate::memory::heap_size)]
pub fn circuit<'db>(db: &'db dyn Db, function: Function<'db>) -> Option<Arc<Circuit>> {
    Some(lower_body(db, function).as_ref()?.circuit.clone())
}

/// Lowers one function of a tree. `broken` says whether there are syntax errors in it.
pub(crate) fn lower_node(names: &Names<'_>, node: &ast::Function, broken: bool) -> Lowered {
    let mut lowerer = Lowerer::new(names, node);
    lowerer.params(node);
    let body: Vec<_> = node.body().into_iter().flat_map(|body| body.steps()).collect();
    let labelled = body.iter().filter_map(|step| Some((step.label_token()?, step.value())));
    let labelled: Vec<_> = labelled.collect();
    lowerer.declare_labels(&labelled);
    for (index, (_, value)) in labelled.iter().enumerate() {
        lowerer.label = index;
        let place = TextRange::empty(labelled[index].0.text_range().end());
        let first = lowerer.steps.len() as u32;
        let operand = lowerer.value(value.as_ref(), place);
        lowerer.labels.values.push(operand);
        lowerer.written.push(first..lowerer.steps.len() as u32);
    }
    lowerer.finish(node, &labelled, broken)
}

/// A step that is not written as one has no text; it stands where its text would begin.
struct Draft {
    kind: StepKind,
    range: TextRange,
    args: Box<[TextRange]>,
}

struct Lowerer<'a> {
    names: &'a Names<'a>,
    params: Vec<Param>,
    param_ranges: Vec<TextRange>,
    param_steps: FxHashMap<EcoString, StepId>,
    labels: Labels,
    /// The label whose value is being lowered, as index into `labels`.
    label: usize,
    steps: Vec<Draft>,
    references: Vec<(TextRange, StepId)>,
    diagnostics: Vec<Diagnostic>,
    key: FunctionKey,
    /// The steps that are written in the value of each label.
    written: Vec<std::ops::Range<u32>>,
    /// The parameters that are read.
    read_params: FxHashSet<StepId>,
    /// What labels mention.
    mentioned: FxHashSet<EcoString>,
    /// The imports that are read.
    aliases: Vec<EcoString>,
}

impl<'a> Lowerer<'a> {
    fn new(names: &'a Names<'a>, node: &ast::Function) -> Lowerer<'a> {
        let name = node.name().unwrap_or_default();
        Lowerer {
            names,
            params: Vec::new(),
            param_ranges: Vec::new(),
            param_steps: FxHashMap::default(),
            labels: Labels::default(),
            label: 0,
            steps: Vec::new(),
            references: Vec::new(),
            diagnostics: Vec::new(),
            key: FunctionKey { package: names.package.clone(), name },
            written: Vec::new(),
            read_params: FxHashSet::default(),
            mentioned: FxHashSet::default(),
            aliases: Vec::new(),
        }
    }

    fn file(&self) -> FileId {
        self.names.file
    }

    fn report(
        &mut self,
        range: TextRange,
        severity: Severity,
        code: &'static str,
        message: String,
    ) {
        self.diagnostics.push(Diagnostic::new(range, severity, code, message));
    }

    fn report_again(
        &mut self,
        range: TextRange,
        first: TextRange,
        code: &'static str,
        message: String,
    ) {
        let mut diagnostic = Diagnostic::new(range, Severity::Error, code, message);
        let message = "the first one".to_owned();
        diagnostic.related.push(Related { file: self.file(), range: first, message });
        self.diagnostics.push(diagnostic);
    }

    fn params(&mut self, node: &ast::Function) {
        for param in node.params() {
            let Some(token) = param.name_token() else { continue };
            let name = EcoString::from(token.text());
            let index = self.params.len() as u32;
            let step = self.push(StepKind::Param(index), param.syntax().text_range());
            self.params.push(Param { name: name.clone(), monadic: param.is_monadic() });
            self.param_ranges.push(token.text_range());
            self.check_boolean_name("parameter", &name, token.text_range());
            match self.param_steps.entry(name) {
                Entry::Vacant(entry) => {
                    entry.insert(step);
                }
                Entry::Occupied(entry) => {
                    let first = self.param_ranges[entry.get().0 as usize];
                    let message = format!(
                        "there is already a parameter `{}`; each needs a name of its own",
                        entry.key()
                    );
                    self.report_again(token.text_range(), first, "duplicate-parameter", message);
                }
            }
        }
    }

    fn check_boolean_name(&mut self, what: &str, name: &str, range: TextRange) {
        if matches!(name, "true" | "false") {
            let message =
                format!("a {what} `{name}` cannot be read by its name, which means the Boolean");
            self.report(range, Severity::Warning, "boolean-name", message);
        }
    }

    fn declare_labels(&mut self, labelled: &[(ko_syntax::SyntaxToken, Option<Expr>)]) {
        for (token, _) in labelled {
            let (name, range) = (EcoString::from(token.text()), token.text_range());
            self.check_boolean_name("label", &name, range);
            if self.param_steps.contains_key(&name) {
                let message = format!(
                    "the label `{name}` hides behind the parameter of the same name: `{name}` \
                     means the parameter everywhere in this function"
                );
                self.report(range, Severity::Warning, "label-shadows-parameter", message);
            }
            if let Some(first) = self.labels.declare(name.clone(), range) {
                let message =
                    format!("there is already a step `{name}`; each needs a label of its own");
                self.report_again(range, first, "duplicate-label", message);
            }
        }
        let mentions = labelled.iter().map(|(_, value)| {
            value.as_ref().map_or_else(Vec::new, |value| labels::mentions(value, &self.param_steps))
        });
        let mentions: Vec<_> = mentions.collect();
        for cycle in self.labels.find_cycles(&mentions) {
            self.report_cycle(&cycle);
        }
        self.mentioned.extend(mentions.into_iter().flatten().map(|(name, _)| name));
    }

    /// Reports labels that need each other's values, with each place where one reads the next.
    fn report_cycle(&mut self, cycle: &LabelCycle) {
        let path: Vec<_> = cycle.path.iter().map(|name| format!("`{name}`")).collect();
        let message = match path.as_slice() {
            [one, _] if self.names.own.contains(&cycle.path[0]) => format!(
                "{one} needs its own value: the label hides the function {one}; give the label another name"
            ),
            [one, _] => format!("{one} needs its own value"),
            _ => format!("these steps need each other's values: {}", path.join(" → ")),
        };
        let place = cycle.mentions.first().copied().unwrap_or_default();
        let mut diagnostic = Diagnostic::new(place, Severity::Error, "label-cycle", message);
        for (range, both) in cycle.mentions.iter().zip(path.windows(2)).skip(1) {
            let message = format!("{} reads {} here", both[0], both[1]);
            diagnostic.related.push(Related { file: self.file(), range: *range, message });
        }
        self.diagnostics.push(diagnostic);
    }

    fn push(&mut self, kind: StepKind, range: TextRange) -> StepId {
        self.push_with_args(kind, range, Box::default())
    }

    fn push_with_args(
        &mut self,
        kind: StepKind,
        range: TextRange,
        args: Box<[TextRange]>,
    ) -> StepId {
        // Texts are shorter than 4 GiB, and each step takes at least one character of its own or of a bracket.
        let id = StepId(self.steps.len() as u32);
        self.steps.push(Draft { kind, range, args });
        id
    }

    fn error(&mut self, range: TextRange) -> StepId {
        self.push(StepKind::Error, range)
    }

    /// The step that gives the value of an expression. A missing one, which is a syntax error at `place`, is an error
    /// step.
    fn value(&mut self, expr: Option<&Expr>, place: TextRange) -> StepId {
        let Some(expr) = expr else { return self.error(place) };
        let range = expr.syntax().text_range();
        match expr {
            Expr::Literal(literal) => self.literal(literal, range),
            Expr::InlineFunction(function) => self.inline_function(function, range),
            Expr::Path(path) => self.path(path, range),
            Expr::Call(call) => self.apply(call.callee(), call.arg_list(), true, range),
            Expr::Augment(it) => self.apply(it.callee(), it.arg_list(), false, range),
            Expr::Select(select) => {
                let base = self.value(select.base().as_ref(), TextRange::empty(range.start()));
                self.select(base, select.idents().map(|ident| ident.text().into()), range)
            }
        }
    }

    /// The value of an inline function is what its name means, so an argument or label of that name is in the way.
    fn inline_function(&mut self, function: &ast::Function, range: TextRange) -> StepId {
        let Some(token) = function.name_token() else { return self.error(range) };
        let name = EcoString::from(token.text());
        let hidden_by = if self.param_steps.contains_key(&name) {
            Some("parameter")
        } else {
            self.labels.find(&name).map(|_| "label")
        };
        let Some(what) = hidden_by else {
            let key = FunctionKey { package: self.key.package.clone(), name };
            return self.push(StepKind::Target(Target::Function(key)), range);
        };
        let in_cycle =
            self.labels.find(&name).is_some_and(|it| self.labels.in_cycle(self.label, it));
        if what == "parameter" || !in_cycle {
            let message = format!(
                "the {what} `{name}` hides this function: `{name}` means the {what} here; give the function another name"
            );
            self.report(token.text_range(), Severity::Error, "hidden-function", message);
        }
        self.error(range)
    }

    fn literal(&mut self, literal: &ast::Literal, range: TextRange) -> StepId {
        let kind = match literal.value() {
            Ok(LiteralValue::Int(value)) => StepKind::Literal(Literal::Int(value)),
            Ok(LiteralValue::Float(value)) => StepKind::Literal(Literal::Float(value)),
            Ok(LiteralValue::String(value)) => StepKind::Literal(Literal::String(value)),
            Err(_) => StepKind::Error,
        };
        self.push(kind, range)
    }

    fn select(
        &mut self,
        base: StepId,
        path: impl Iterator<Item = EcoString>,
        range: TextRange,
    ) -> StepId {
        let path: Box<[EcoString]> = path.collect();
        // Without a name after the dot, which is a syntax error, there is nothing to select.
        if path.is_empty() { base } else { self.push(StepKind::Select { base, path }, range) }
    }

    fn path(&mut self, path: &ast::PathExpr, range: TextRange) -> StepId {
        let idents: Vec<_> = path.idents().collect();
        let Some((first, rest)) = idents.split_first() else { return self.error(range) };
        if let Some(value) = labels::boolean(path) {
            return self.push(StepKind::Literal(Literal::Bool(value)), range);
        }
        if let Some(base) = self.local(first) {
            self.read_params.insert(base);
            self.references.push((first.text_range(), base));
            return self.select(base, rest.iter().map(|ident| ident.text().into()), range);
        }
        if self.labels.find(first.text()).is_some() {
            // It is part of a cycle, which is reported.
            return self.error(range);
        }
        let alias = self.names.imports.iter().filter_map(|it| it.alias.as_ref());
        let alias = alias.clone().find(|it| **it == first.text());
        if let Some(alias) = alias.filter(|it| !self.aliases.contains(it)) {
            self.aliases.push(alias.clone());
        }
        let local = || self.local_names();
        let found = match rest {
            [] => {
                let name = Word { text: first.text(), range: first.text_range() };
                self.names.resolve_name(&name, &local).map_err(Some)
            }
            [second] => {
                let alias = Word { text: first.text(), range: first.text_range() };
                let name = Word { text: second.text(), range: second.text_range() };
                self.names.resolve_imported(&alias, &name, &local)
            }
            [second, ..] => {
                let alias = Word { text: first.text(), range: first.text_range() };
                let name = Word { text: second.text(), range: second.text_range() };
                self.names.path_too_long(&alias, &name, range, &local)
            }
        };
        match found {
            Ok(target) => self.push(StepKind::Target(target), range),
            Err(diagnostic) => {
                self.diagnostics.extend(diagnostic.map(|diagnostic| *diagnostic));
                self.error(range)
            }
        }
    }

    /// The parameter or label of this name; a label as a placeholder, since its step may not be there yet. Nothing for
    /// a label that needs the one being lowered.
    fn local(&self, token: &ko_syntax::SyntaxToken) -> Option<StepId> {
        if let Some(step) = self.param_steps.get(token.text()) {
            return Some(*step);
        }
        let label = self.labels.find(token.text())?;
        (!self.labels.in_cycle(self.label, label)).then(|| Labels::placeholder(label))
    }

    fn local_names(&self) -> Vec<EcoString> {
        let params = self.params.iter().map(|param| param.name.clone());
        params.chain(self.labels.names().cloned()).collect()
    }

    fn apply(
        &mut self,
        callee: Option<Expr>,
        args: Option<ast::ArgList>,
        invoke: bool,
        range: TextRange,
    ) -> StepId {
        let callee = match callee {
            Some(callee) => self.value(Some(&callee), range),
            None => {
                let bracket = args.as_ref().and_then(|args| args.open_token());
                let place = bracket.map_or(range, |bracket| bracket.text_range());
                self.push(StepKind::Target(Target::Join), place)
            }
        };
        let mut lowered = Vec::new();
        let mut ranges = Vec::new();
        for term in args.into_iter().flat_map(|args| args.terms()) {
            let label = match &term {
                ast::Term::Labelled(term) => term.label_token(),
                ast::Term::Unlabelled(_) => None,
            };
            let value = term.value();
            let place = match (&label, &value) {
                (Some(label), _) => label.text_range(),
                (None, Some(value)) => value.syntax().text_range(),
                (None, None) => TextRange::empty(term.syntax().text_range().end()),
            };
            let value = self.value(value.as_ref(), TextRange::empty(place.end()));
            lowered.push(Arg { name: label.map(|label| label.text().into()), value });
            ranges.push(place);
        }
        if lowered.is_empty() && !invoke {
            return callee;
        }
        let kind = StepKind::Apply { callee, args: lowered.into(), invoke };
        self.push_with_args(kind, range, ranges.into())
    }
}

/// The functions written in Ko that a function mentions, each once, in the order of the text.
#[salsa::tracked(returns(ref), heap_size = crate::memory::heap_size)]
pub fn callees<'db>(db: &'db dyn Db, function: Function<'db>) -> Vec<FunctionKey> {
    let circuit = circuit(db, function);
    circuit.iter().flat_map(|circuit| circuit.callees()).cloned().collect()
}

/// As [`lower`], of the function that a key names.
pub fn lower_key<'db>(db: &'db dyn Db, key: &FunctionKey) -> Option<&'db Lowered> {
    lower(db, items::find_function(db, key)?).as_ref()
}
