//! From the tree of a function to its circuit, as described in [`crate::circuit`]; with the mistakes in its names.

mod finish;
mod labels;

use std::{collections::hash_map::Entry, sync::Arc};

use ecow::EcoString;
use ko_syntax::{
    LiteralValue, SyntaxKind, TextRange, TextSize,
    ast::{self, AstNode},
    placed::{PlacedNode, PlacedToken},
    rowan::NodeOrToken,
};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use self::labels::{LabelCycle, Labels};
use crate::{
    circuit::{
        Arg, Circuit, FunctionKey, Literal, Param, SourceMap, Step, StepId, StepKind, Target,
    },
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
        let source_map = Arc::new(body.source_map.map(|range| range + start));
        return Some(Lowered { source_map, ..body.clone() });
    }
    let broken = function_text(db, function).as_ref()?.broken;
    let lowered = lower_at(db, function, &function_node(db, function)?, broken);
    Some(Lowered { circuit: body.circuit.clone(), ..lowered })
}

/// A function as if its file began with it. This is computed again when its own text changes, or what its names mean.
/// Its diagnostics say whether there are any, and not where.
#[salsa::tracked(returns(ref), no_eq, lru = 4096, heap_size = crate::memory::heap_size)]
pub(crate) fn lower_body<'db>(db: &'db dyn Db, function: Function<'db>) -> Option<Lowered> {
    let text = function_text(db, function).as_ref()?;
    Some(lower_at(db, function, &text.node()?, text.broken))
}

/// A function lowered as if its file began with it: its places are those in it alone. What depends on this is not computed
/// again when the function moves. Of its diagnostics only counts whether there are any.
pub fn lower_alone<'db>(db: &'db dyn Db, function: Function<'db>) -> Option<&'db Lowered> {
    lower_body(db, function).as_ref()
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
    let node = PlacedNode::of(node.syntax());
    // Hardly any function has circles of labels, and to find one means to look at all names first. So this is done only
    // if lowering comes upon a circle, or cannot: it does not see the names within syntax errors.
    let first = if broken { None } else { Lowerer::new(names, node).lower(Circles::Unlikely) };
    let lowered = first.or_else(|| Lowerer::new(names, node).lower(Circles::Sought));
    let Some(lowerer) = lowered else { unreachable!("only unlikely circles are given up on") };
    lowerer.finish(broken)
}

/// What is known of the circles of labels before a body is lowered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Circles {
    /// Nothing; there is no circuit if there are any.
    Unlikely,
    /// All of them are looked for first, and reported.
    Sought,
}

/// What stands behind a value in the node that it is a part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Above {
    /// Arguments or names that the value is called, augmented or selected with.
    Tail,
    /// Nothing.
    Other,
}

/// A name that a parameter or label has.
enum Local {
    Step(StepId),
    /// A label that needs the one whose value names it.
    InCircle,
}

/// The place where a label names the step of another one.
struct Mention {
    /// The label whose value it stands in, as index into [`Labels`].
    from: usize,
    /// The label that it names.
    to: usize,
    range: TextRange,
}

/// A step of the body as it is written.
struct Labelled<'t> {
    name: EcoString,
    /// Where the label stands.
    range: TextRange,
    value: Option<PlacedNode<'t>>,
}

struct Lowerer<'a, 't> {
    names: &'a Names<'a>,
    node: PlacedNode<'t>,
    body: Vec<Labelled<'t>>,
    params: Vec<Param>,
    param_ranges: Vec<TextRange>,
    param_steps: FxHashMap<EcoString, StepId>,
    labels: Labels,
    /// The label whose value is being lowered, as index into `labels`.
    label: usize,
    steps: Vec<Step>,
    /// Where each step stands. One that is not written as a step has no text; it stands where its text would begin.
    ranges: Vec<TextRange>,
    /// Those of the arguments of all steps, and where those of each step end.
    arg_ranges: Vec<TextRange>,
    arg_ends: Vec<u32>,
    references: Vec<(TextRange, StepId)>,
    diagnostics: Vec<Diagnostic>,
    key: FunctionKey,
    /// The steps that are written in the value of each label.
    written: Vec<std::ops::Range<u32>>,
    /// Which parameters are read.
    read_params: Vec<bool>,
    /// The labels that labels name.
    mentions: Vec<Mention>,
    /// The imports that are read.
    aliases: Vec<EcoString>,
    /// What names without a dot mean that have been looked up.
    resolved: FxHashMap<&'t str, Target>,
}

impl<'a, 't> Lowerer<'a, 't> {
    fn new(names: &'a Names<'a>, node: PlacedNode<'t>) -> Lowerer<'a, 't> {
        let name = node.token(SyntaxKind::IDENT).map_or_else(EcoString::new, |it| it.text().into());
        Lowerer {
            names,
            node,
            body: Vec::new(),
            params: Vec::new(),
            param_ranges: Vec::new(),
            param_steps: FxHashMap::default(),
            labels: Labels::default(),
            label: 0,
            steps: Vec::new(),
            ranges: Vec::new(),
            arg_ranges: Vec::new(),
            arg_ends: Vec::new(),
            references: Vec::new(),
            diagnostics: Vec::new(),
            key: FunctionKey { package: names.package.clone(), name },
            written: Vec::new(),
            read_params: Vec::new(),
            mentions: Vec::new(),
            aliases: Vec::new(),
            resolved: FxHashMap::default(),
        }
    }

    /// Lowers parameters and body. Nothing if there is a circle that was unlikely.
    fn lower(mut self, circles: Circles) -> Option<Self> {
        self.params();
        if let Some(body) = self.node.node(SyntaxKind::BODY) {
            let steps = body.nodes().filter(|it| it.kind() == SyntaxKind::LABELLED_TERM);
            let labelled = |step: PlacedNode<'t>| {
                let (label, value) = parts_of_term(step);
                let label = label?;
                Some(Labelled { name: label.text().into(), range: label.range(), value })
            };
            self.body = steps.filter_map(labelled).collect();
        }
        self.declare_labels();
        if circles == Circles::Sought {
            self.find_circles();
        }
        for index in 0..self.body.len() {
            let Labelled { value, range, .. } = self.body[index];
            self.label = index;
            let first = self.steps.len() as u32;
            let operand = self.value(value, TextRange::empty(range.end()), Above::Other);
            self.labels.values.push(operand);
            self.written.push(first..self.steps.len() as u32);
        }
        // Without a label that names itself or a later one there is no way round.
        let unlikely = circles == Circles::Unlikely
            && self.mentions.iter().any(|mention| mention.to >= mention.from)
            && !self.labels.find_cycles(&self.mentions).is_empty();
        (!unlikely).then_some(self)
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

    fn params(&mut self) {
        let list = self.node.node(SyntaxKind::PARAM_LIST);
        let params = list.into_iter().flat_map(PlacedNode::nodes);
        for param in params.filter(|it| it.kind() == SyntaxKind::PARAM) {
            let Some(token) = param.token(SyntaxKind::IDENT) else { continue };
            let (name, range) = (EcoString::from(token.text()), token.range());
            let index = self.params.len() as u32;
            let step = self.push(StepKind::Param(index), param.range());
            let monadic = param.token(SyntaxKind::QUESTION).is_some();
            self.params.push(Param { name: name.clone(), monadic });
            self.param_ranges.push(range);
            self.read_params.push(false);
            self.check_boolean_name("parameter", &name, range);
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
                    self.report_again(range, first, "duplicate-parameter", message);
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

    fn declare_labels(&mut self) {
        self.labels.reserve(self.body.len());
        for index in 0..self.body.len() {
            let (name, range) = (self.body[index].name.clone(), self.body[index].range);
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
    }

    /// Finds what labels name, and the circles in that.
    fn find_circles(&mut self) {
        for (from, step) in self.body.iter().enumerate() {
            let Some(value) = step.value else { continue };
            labels::names(value, |name, range| {
                if !self.param_steps.contains_key(name)
                    && let Some(to) = self.labels.find(name)
                {
                    self.mentions.push(Mention { from, to, range });
                }
            });
        }
        for cycle in self.labels.find_cycles(&self.mentions) {
            self.report_cycle(&cycle);
        }
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
        self.push_with_args(kind, range, &[])
    }

    fn push_with_args(&mut self, kind: StepKind, range: TextRange, args: &[TextRange]) -> StepId {
        // Texts are shorter than 4 GiB, and each step takes at least one character of its own or of a bracket.
        let id = StepId(self.steps.len() as u32);
        self.steps.push(Step { kind, label: None });
        self.ranges.push(range);
        self.arg_ranges.extend_from_slice(args);
        self.arg_ends.push(self.arg_ranges.len() as u32);
        id
    }

    fn error(&mut self, range: TextRange) -> StepId {
        self.push(StepKind::Error, range)
    }

    /// The step that gives the value of an expression. A missing one, which is a syntax error at `place`, is an error
    /// step.
    fn value(&mut self, node: Option<PlacedNode<'t>>, place: TextRange, above: Above) -> StepId {
        let Some(node) = node else { return self.error(place) };
        let range = node.range();
        match node.kind() {
            SyntaxKind::LITERAL => self.literal(node, range),
            SyntaxKind::PATH_EXPR => self.path(node, range, above),
            SyntaxKind::CALL_EXPR => self.apply(node, true, range),
            SyntaxKind::AUGMENT_EXPR => self.apply(node, false, range),
            SyntaxKind::SELECT_EXPR => {
                let base = self.value(node.value(), TextRange::empty(range.start()), Above::Tail);
                self.select(base, node.tokens(SyntaxKind::IDENT), range)
            }
            // The only value that is left.
            _ => self.inline_function(node, range),
        }
    }

    /// The value of an inline function is what its name means, so an argument or label of that name is in the way.
    fn inline_function(&mut self, function: PlacedNode<'t>, range: TextRange) -> StepId {
        let Some(token) = function.token(SyntaxKind::IDENT) else { return self.error(range) };
        let label = self.labels.find(token.text());
        let what = if self.param_steps.contains_key(token.text()) {
            "parameter"
        } else if let Some(to) = label {
            self.mentions.push(Mention { from: self.label, to, range: token.range() });
            "label"
        } else {
            let (package, name) = (self.key.package.clone(), token.text().into());
            let target = Target::Function(FunctionKey { package, name });
            return self.push(StepKind::Target(target), range);
        };
        let in_cycle = label.is_some_and(|it| self.labels.in_cycle(self.label, it));
        if what == "parameter" || !in_cycle {
            let name = token.text();
            let message = format!(
                "the {what} `{name}` hides this function: `{name}` means the {what} here; give the function another name"
            );
            self.report(token.range(), Severity::Error, "hidden-function", message);
        }
        self.error(range)
    }

    fn literal(&mut self, literal: PlacedNode<'t>, range: TextRange) -> StepId {
        let kind = match literal.literal() {
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
        path: impl Iterator<Item = PlacedToken<'t>>,
        range: TextRange,
    ) -> StepId {
        let path: Box<[EcoString]> = path.map(|ident| ident.text().into()).collect();
        // Without a name after the dot, which is a syntax error, there is nothing to select.
        if path.is_empty() { base } else { self.push(StepKind::Select { base, path }, range) }
    }

    fn path(&mut self, path: PlacedNode<'t>, range: TextRange, above: Above) -> StepId {
        let mut idents = path.tokens(SyntaxKind::IDENT);
        let Some(first) = idents.next() else { return self.error(range) };
        let second = idents.next();
        if above == Above::Other
            && second.is_none()
            && let Some(value) = labels::boolean_name(first.text())
        {
            return self.push(StepKind::Literal(Literal::Bool(value)), range);
        }
        match self.local(first) {
            Some(Local::Step(base)) => {
                self.references.push((first.range(), base));
                return self.select(base, second.into_iter().chain(idents), range);
            }
            // That is reported.
            Some(Local::InCircle) => return self.error(range),
            None => {}
        }
        let alias = self.names.imports.iter().filter_map(|it| it.alias.as_ref());
        let alias = alias.clone().find(|it| **it == first.text());
        if let Some(alias) = alias.filter(|it| !self.aliases.contains(it)) {
            self.aliases.push(alias.clone());
        }
        let word = |token: PlacedToken<'t>| Word { text: token.text(), range: token.range() };
        let local = || self.local_names();
        let found = match (second, idents.next()) {
            (None, _) => {
                if let Some(target) = self.resolved.get(first.text()) {
                    return self.push(StepKind::Target(target.clone()), range);
                }
                let found = self.names.resolve_name(&word(first), &local);
                if let Ok(target) = &found {
                    self.resolved.insert(first.text(), target.clone());
                }
                found.map_err(Some)
            }
            (Some(second), None) => {
                self.names.resolve_imported(&word(first), &word(second), &local)
            }
            (Some(second), Some(_)) => {
                self.names.path_too_long(&word(first), &word(second), range, &local)
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

    /// The parameter or label that a name means; a label as a placeholder, since its step may not be there yet.
    fn local(&mut self, token: PlacedToken<'t>) -> Option<Local> {
        if let Some(step) = self.param_steps.get(token.text()) {
            self.read_params[step.0 as usize] = true;
            return Some(Local::Step(*step));
        }
        let to = self.labels.find(token.text())?;
        self.mentions.push(Mention { from: self.label, to, range: token.range() });
        let in_circle = self.labels.in_cycle(self.label, to);
        Some(if in_circle { Local::InCircle } else { Local::Step(Labels::placeholder(to)) })
    }

    fn local_names(&self) -> Vec<EcoString> {
        let params = self.params.iter().map(|param| param.name.clone());
        params.chain(self.labels.names().cloned()).collect()
    }

    fn apply(&mut self, node: PlacedNode<'t>, invoke: bool, range: TextRange) -> StepId {
        let args = node.node(SyntaxKind::ARG_LIST);
        let callee = match node.value() {
            Some(callee) => self.value(Some(callee), range, Above::Tail),
            None => {
                let mut tokens = args.into_iter().flat_map(PlacedNode::elements);
                let bracket =
                    tokens.find_map(|it| it.into_token().filter(|it| it.kind().is_opener()));
                let place = bracket.map_or(range, PlacedToken::range);
                self.push(StepKind::Target(Target::Join), place)
            }
        };
        let mut lowered: SmallVec<[Arg; 4]> = SmallVec::new();
        let mut ranges: SmallVec<[TextRange; 8]> = SmallVec::new();
        for term in args.into_iter().flat_map(PlacedNode::nodes) {
            let (label, value) = match term.kind() {
                SyntaxKind::LABELLED_TERM => parts_of_term(term),
                SyntaxKind::UNLABELLED_TERM => (None, term.value()),
                _ => continue,
            };
            let place = match (label, value) {
                (Some(label), _) => label.range(),
                (None, Some(value)) => value.range(),
                (None, None) => TextRange::empty(term.range().end()),
            };
            let value = self.value(value, TextRange::empty(place.end()), Above::Other);
            lowered.push(Arg { name: label.map(|label| label.text().into()), value });
            ranges.push(place);
        }
        if lowered.is_empty() && !invoke {
            return callee;
        }
        let kind = StepKind::Apply { callee, args: lowered.into_boxed_slice(), invoke };
        self.push_with_args(kind, range, &ranges)
    }
}

/// The label and the value of a term with a label.
fn parts_of_term<'t>(term: PlacedNode<'t>) -> (Option<PlacedToken<'t>>, Option<PlacedNode<'t>>) {
    let (mut label, mut value) = (None, None);
    for element in term.elements() {
        match element {
            NodeOrToken::Token(token) if label.is_none() && token.kind() == SyntaxKind::IDENT => {
                label = Some(token);
            }
            NodeOrToken::Node(node) if value.is_none() && node.is_value() => value = Some(node),
            _ => {}
        }
    }
    (label, value)
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
