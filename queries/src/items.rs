//! What a file declares: imports and functions by name, without any position in the text, and what a package has.
//!
//! These are the firewalls between parsing and meaning: an edit inside a body leaves them equal, so nothing that
//! depends on them alone is computed again.

use std::sync::Arc;

use ecow::EcoString;
use ko_syntax::{
    GreenNode, Parse, SyntaxNode,
    ast::{self, AstNode, AstPtr},
    rowan::GreenNodeData,
};
use rustc_hash::FxHashMap;
use text_size::TextSize;

use crate::{
    circuit::{FunctionKey, Param},
    database::{Db, Package, SourceFile},
};

use crate::inputs::FunctionName;
pub use crate::{inputs::Function, library::find_package};

/// The tree of a file and its syntax errors.
#[salsa::tracked(returns(ref), no_eq, lru = 128, heap_size = crate::memory::heap_size)]
pub fn parse(db: &dyn Db, file: SourceFile) -> Parse {
    db.recent_parses().parse(file, &file.text(db))
}

/// The names that a file declares, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemTree {
    /// The imports.
    pub imports: Vec<ImportItem>,
    /// The functions that have a name, inline ones included, in the order of their names in the text.
    pub functions: Vec<FunctionItem>,
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportItem {
    /// The path of the package; nothing where the text lacks it.
    pub path: Option<EcoString>,
    /// The name by which the file calls the package: after `as`, or the last part of the path.
    pub alias: Option<EcoString>,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionItem {
    /// Its name.
    pub name: EcoString,
    /// How many functions of the same name stand before it in the file (mostly 0; more is an error).
    pub nth: u32,
    /// Its parameters, in order.
    pub params: Vec<Param>,
    /// Whether it stands inside another function.
    pub inline: bool,
}

/// What [`item_tree`] says about a file.
#[salsa::tracked(returns(ref), heap_size = crate::memory::heap_size)]
pub fn item_tree(db: &dyn Db, file: SourceFile) -> ItemTree {
    item_tree_of(&parse(db, file).source_file())
}

/// The names that a tree declares.
pub(crate) fn item_tree_of(file: &ast::SourceFile) -> ItemTree {
    let import = |import: ast::Import| ImportItem {
        path: import.path().map(EcoString::from),
        alias: import.alias(),
    };
    let function = |(name, nth, function): (EcoString, u32, ast::Function)| FunctionItem {
        name,
        nth,
        params: params_of(&function),
        inline: function.is_inline(),
    };
    ItemTree {
        imports: file.imports().map(import).collect(),
        functions: named_functions(file).map(function).collect(),
    }
}

/// The parameters of a function that have names.
pub(crate) fn params_of(function: &ast::Function) -> Vec<Param> {
    let param =
        |param: ast::Param| Some(Param { name: param.name()?, monadic: param.is_monadic() });
    function.params().filter_map(param).collect()
}

/// The functions of a file that have names, with the number of those of the same name before each.
pub(crate) fn named_functions(
    file: &ast::SourceFile,
) -> impl Iterator<Item = (EcoString, u32, ast::Function)> + use<> {
    let mut seen: FxHashMap<EcoString, u32> = FxHashMap::default();
    file.all_functions().filter_map(move |function| {
        let name = function.name()?;
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        Some((name, *count - 1, function))
    })
}

/// Where a function is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Definition {
    /// The file.
    pub file: SourceFile,
    /// Which of the functions of this name in the file, from 0.
    pub nth: u32,
    /// Whether it stands inside another function.
    pub inline: bool,
}

/// The functions of a package, by name (specification §3.2: one flat space of names, inline functions included).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackageScope {
    /// Where each function is defined; of several definitions of a name the first, by path and place in the file.
    pub functions: FxHashMap<EcoString, Definition>,
    /// Definitions of names that are defined before, in order.
    pub duplicates: Vec<(EcoString, Definition)>,
}

/// What [`PackageScope`] says about a package.
#[salsa::tracked(returns(ref), heap_size = crate::memory::heap_size)]
pub fn package_scope(db: &dyn Db, package: Package) -> PackageScope {
    let mut scope = PackageScope::default();
    for file in package.files(db).iter() {
        for item in &item_tree(db, *file).functions {
            let definition = Definition { file: *file, nth: item.nth, inline: item.inline };
            match scope.functions.entry(item.name.clone()) {
                std::collections::hash_map::Entry::Vacant(entry) => {
                    entry.insert(definition);
                }
                std::collections::hash_map::Entry::Occupied(entry) => {
                    scope.duplicates.push((entry.key().clone(), definition));
                }
            }
        }
    }
    scope
}

impl<'db> Function<'db> {
    /// The name by which programs know it.
    pub fn key(self, db: &'db dyn Db) -> FunctionKey {
        FunctionKey { package: self.file(db).package(db).path(db), name: self.name(db) }
    }
}

/// The function that a key names; of several definitions the first. Nothing if there is none.
pub fn find_function<'db>(db: &'db dyn Db, key: &FunctionKey) -> Option<Function<'db>> {
    definition(db, FunctionName::new(db, key.package.clone(), key.name.clone()))
}

/// As [`find_function`]. What depends on it depends on this name alone, not on what else there is in the package.
#[salsa::tracked(returns(copy), heap_size = crate::memory::heap_size)]
fn definition<'db>(db: &'db dyn Db, name: FunctionName<'db>) -> Option<Function<'db>> {
    let package = find_package(db, &name.package(db))?;
    let name = name.name(db);
    let definition = package_scope(db, package).functions.get(&name)?;
    Some(Function::new(db, definition.file, name, definition.nth))
}

/// The functions of a file that have names, in the order of the text, inline and duplicate ones included.
pub fn functions_of_file<'db>(db: &'db dyn Db, file: SourceFile) -> Vec<Function<'db>> {
    let items = &item_tree(db, file).functions;
    items.iter().map(|item| Function::new(db, file, item.name.clone(), item.nth)).collect()
}

/// Where the functions of a file are in its tree.
#[salsa::tracked(returns(ref), no_eq, heap_size = crate::memory::heap_size)]
fn function_pointers(
    db: &dyn Db,
    file: SourceFile,
) -> FxHashMap<(EcoString, u32), AstPtr<ast::Function>> {
    named_functions(&parse(db, file).source_file())
        .map(|(name, nth, function)| ((name, nth), AstPtr::new(&function)))
        .collect()
}

/// Where a function begins in the text of its file.
pub(crate) fn function_start(db: &dyn Db, function: Function<'_>) -> Option<TextSize> {
    let pointers = function_pointers(db, function.file(db));
    let pointer = pointers.get(&(function.name(db), function.nth(db)))?;
    Some(pointer.syntax_node_ptr().text_range().start())
}

/// A function by itself: its tree without its place, and whether there are syntax errors in it. Equal as long as its
/// text is, wherever it moves to.
#[derive(Debug, Clone, Eq)]
pub(crate) struct FunctionText {
    green: GreenNode,
    /// Whether there are syntax errors in it.
    pub(crate) broken: bool,
}

impl PartialEq for FunctionText {
    fn eq(&self, other: &FunctionText) -> bool {
        // An edit shares what it leaves alone.
        let same = std::ptr::eq::<GreenNodeData>(&*self.green, &*other.green);
        self.broken == other.broken && (same || self.green == other.green)
    }
}

impl FunctionText {
    /// The function, as if its file began with it.
    pub(crate) fn node(&self) -> Option<ast::Function> {
        ast::Function::cast(SyntaxNode::new_root(self.green.clone()))
    }
}

/// A function by itself. Nothing if the file does not have it (any more). It keeps its part of the tree alive, so that
/// there are not to be too many.
#[salsa::tracked(returns(ref), lru = 2048, heap_size = crate::memory::heap_size)]
pub(crate) fn function_text<'db>(db: &'db dyn Db, function: Function<'db>) -> Option<FunctionText> {
    let node = function_node(db, function)?;
    let range = node.syntax().text_range();
    let errors = parse(db, function.file(db)).errors();
    let broken = errors.iter().any(|error| range.contains_range(error.range));
    Some(FunctionText { green: node.syntax().green().to_owned(), broken })
}

/// The function in the tree of its file. Nothing if the file does not have it (any more).
pub fn function_node(db: &dyn Db, function: Function<'_>) -> Option<ast::Function> {
    let file = function.file(db);
    let pointers = function_pointers(db, file);
    let pointer = pointers.get(&(function.name(db), function.nth(db)))?;
    pointer.try_to_node(parse(db, file).source_file().syntax())
}

/// The comments that document a function (specification §2.2), as text.
pub fn function_doc(db: &dyn Db, function: Function<'_>) -> Option<String> {
    function_node(db, function)?.doc()
}

/// The comments that document a parameter, as text.
pub fn param_doc(db: &dyn Db, function: Function<'_>, param: &str) -> Option<String> {
    let node = function_node(db, function)?;
    let param = node.params().find(|it| it.name().is_some_and(|name| name == param))?;
    param.doc()
}

/// The offsets at which the lines of a text start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines(Arc<[TextSize]>);

impl Lines {
    /// The lines of `text`.
    pub fn new(text: &str) -> Lines {
        let ends = text.bytes().zip(1u32..).filter(|(byte, _)| *byte == b'\n');
        let starts = ends.map(|(_, offset)| TextSize::new(offset));
        Lines(std::iter::once(TextSize::new(0)).chain(starts).collect())
    }

    pub(crate) fn starts(&self) -> &Arc<[TextSize]> {
        &self.0
    }

    /// Line and column of an offset into `text`, both from 1, the column in code points (specification §1).
    pub fn position(&self, text: &str, offset: TextSize) -> (u32, u32) {
        let line = self.0.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = usize::from(self.0[line]);
        let before = text.get(start..usize::from(offset)).unwrap_or_default();
        (line as u32 + 1, before.chars().count() as u32 + 1)
    }
}

/// The lines of a file.
#[salsa::tracked(returns(ref), no_eq, heap_size = crate::memory::heap_size)]
pub fn lines(db: &dyn Db, file: SourceFile) -> Lines {
    Lines::new(&file.text(db))
}
