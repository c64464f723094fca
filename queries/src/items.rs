//! What a file declares: imports and functions by name, without any position in the text, and what a package has.
//!
//! These are the firewalls between parsing and meaning: an edit inside a body leaves them equal, so nothing that
//! depends on them alone is computed again.

use std::sync::Arc;

use ecow::EcoString;
use ko_syntax::{
    GreenNode, Parse, SyntaxNode,
    ast::{self, AstNode},
    rowan::GreenNodeData,
};
use rustc_hash::FxHashMap;
use text_size::TextSize;

use crate::{
    circuit::{FunctionKey, Param},
    database::{Db, Package, SourceFile},
};

pub use crate::{
    inputs::Function,
    library::find_package,
    outline::{function_alone, function_node, functions_by_item, functions_inside, import_nodes},
};
use crate::{inputs::FunctionName, outline::outline};

/// The tree of a file and its syntax errors.
#[salsa::tracked(returns(ref), no_eq, lru = 128, heap_size = crate::memory::heap_size)]
pub fn parse(db: &dyn Db, file: SourceFile) -> Parse {
    db.recent().parse(file, &file.text(db))
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
    pub params: Arc<[Param]>,
    /// Whether it stands inside another function.
    pub inline: bool,
}

/// What [`item_tree`] says about a file.
#[salsa::tracked(returns(ref), heap_size = crate::memory::heap_size)]
pub fn item_tree(db: &dyn Db, file: SourceFile) -> ItemTree {
    let items = &outline(db, file).0;
    let mut seen: FxHashMap<EcoString, u32> = FxHashMap::default();
    let functions = items.iter().flat_map(|it| &it.item.functions).map(|it| {
        let count = seen.entry(it.name.clone()).or_default();
        *count += 1;
        FunctionItem {
            name: it.name.clone(),
            nth: *count - 1,
            params: it.params.clone(),
            inline: it.inline,
        }
    });
    ItemTree {
        functions: functions.collect(),
        imports: items.iter().filter_map(|it| it.item.import.clone()).collect(),
    }
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
    functions(db, file).to_vec()
}

/// As [`functions_of_file`], kept.
#[salsa::tracked(returns(ref), heap_size = crate::memory::heap_size)]
pub fn functions<'db>(db: &'db dyn Db, file: SourceFile) -> Box<[Function<'db>]> {
    let items = &item_tree(db, file).functions;
    items.iter().map(|item| Function::new(db, file, item.name.clone(), item.nth)).collect()
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
    pub(crate) fn new(green: GreenNode, broken: bool) -> FunctionText {
        FunctionText { green, broken }
    }

    /// The function, as if its file began with it.
    pub(crate) fn node(&self) -> Option<ast::Function> {
        ast::Function::cast(SyntaxNode::new_root(self.green.clone()))
    }
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
