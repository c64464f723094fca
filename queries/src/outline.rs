//! What stands at the top of a file, item by item, with the functions that each has and where they are. An item that an
//! edit leaves alone is not looked at again, so that this costs an edit little however long the file is.
//!
//! Positions are those within the item: only the list of the items knows where they begin.

use std::sync::Arc;

use ecow::EcoString;
use ko_syntax::{
    GreenNode, Parse, SyntaxKind, SyntaxNode,
    ast::{self, AstNode, functions_within},
    rowan::{GreenNodeData, NodeOrToken},
};
use rustc_hash::FxHashMap;
use text_size::{TextRange, TextSize};

use crate::{
    circuit::Param,
    database::{Db, SourceFile},
    inputs::FunctionChunk,
    items::{Function, FunctionText, ImportItem, item_tree, parse},
};

/// How many functions are compared at once after an edit.
const CHUNK: u32 = 32;

/// An item at the top of a file: an import, a function, or what is neither.
#[derive(Debug)]
pub(crate) struct TopItem {
    /// The import, if it is one.
    pub(crate) import: Option<ImportItem>,
    /// Its functions that have names, inline ones included, in the order of their names in the text.
    pub(crate) functions: Box<[Named]>,
}

/// A function with a name.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) name: EcoString,
    pub(crate) params: Arc<[Param]>,
    /// Whether it stands inside another function.
    pub(crate) inline: bool,
    /// Where it is in its item.
    range: TextRange,
}

/// An item in its file.
#[derive(Debug)]
pub(crate) struct Placed {
    start: TextSize,
    /// How many functions stand before it.
    before: u32,
    pub(crate) item: Arc<TopItem>,
}

/// The items of a file, in the order of the text.
#[derive(Debug)]
pub(crate) struct Outline(pub(crate) Box<[Placed]>);

/// The items of a tree that was looked at.
pub(crate) type Known = Vec<(GreenNode, Arc<TopItem>)>;

impl TopItem {
    fn new(node: &GreenNodeData) -> TopItem {
        let node = SyntaxNode::new_root(node.to_owned());
        let import = ast::Import::cast(node.clone())
            .map(|it| ImportItem { path: it.path().map(EcoString::from), alias: it.alias() });
        let functions = functions_within(&node).filter_map(|function| {
            Some(Named {
                name: function.name()?,
                params: params_of(&function),
                inline: function.is_inline() || node.kind() != SyntaxKind::FUNCTION,
                range: function.syntax().text_range(),
            })
        });
        TopItem { import, functions: functions.collect() }
    }
}

/// The parameters of a function that have names.
fn params_of(function: &ast::Function) -> Arc<[Param]> {
    let param =
        |param: ast::Param| Some(Param { name: param.name()?, monadic: param.is_monadic() });
    function.params().filter_map(param).collect()
}

impl Outline {
    /// The items of a tree. `known` are those of another one, of which equal ones at the beginning and at the end are taken
    /// over; afterwards, it is those of this tree.
    pub(crate) fn new(parse: &Parse, known: &mut Known) -> Outline {
        let mut offset = TextSize::new(0);
        let nodes = parse.green().children().filter_map(|child| {
            let start = offset;
            match child {
                NodeOrToken::Node(node) => {
                    offset += node.text_len();
                    Some((start, node))
                }
                NodeOrToken::Token(token) => {
                    offset += token.text_len();
                    None
                }
            }
        });
        let nodes: Vec<(TextSize, &GreenNodeData)> = nodes.collect();
        let same = |a: &(TextSize, &GreenNodeData), b: &(GreenNode, Arc<TopItem>)| {
            std::ptr::eq::<GreenNodeData>(a.1, &*b.0)
        };
        let most = nodes.len().min(known.len());
        let head = nodes.iter().zip(&*known).take_while(|(a, b)| same(a, b)).count();
        let tail = nodes.iter().rev().zip(known.iter().rev()).take(most - head);
        let tail = tail.take_while(|(a, b)| same(a, b)).count();
        let new = nodes[head..nodes.len() - tail].iter();
        let new: Known = new.map(|it| (it.1.to_owned(), Arc::new(TopItem::new(it.1)))).collect();
        let end = known.len() - tail;
        known.splice(head..end, new);
        let mut before = 0;
        let placed = nodes.iter().zip(&*known).map(|((start, _), (_, item))| {
            let placed = Placed { start: *start, before, item: item.clone() };
            before += item.functions.len() as u32;
            placed
        });
        Outline(placed.collect())
    }

    /// Where the function with this number is, counted from 0.
    fn range(&self, number: u32) -> Option<(TextRange, &Named)> {
        let at = self.0.partition_point(|it| it.before <= number).checked_sub(1)?;
        let placed = self.0.get(at)?;
        let named = placed.item.functions.get((number - placed.before) as usize)?;
        Some((named.range + placed.start, named))
    }

    /// How many functions have names.
    fn len(&self) -> u32 {
        self.0.last().map_or(0, |it| it.before + it.item.functions.len() as u32)
    }
}

/// The items of a file.
#[salsa::tracked(returns(ref), no_eq, heap_size = crate::memory::heap_size)]
pub(crate) fn outline(db: &dyn Db, file: SourceFile) -> Outline {
    db.recent().outline(file, parse(db, file))
}

/// The numbers of the functions of a file, by their names and how many of the same name stand before them.
#[salsa::tracked(returns(ref), heap_size = crate::memory::heap_size)]
fn function_numbers(db: &dyn Db, file: SourceFile) -> FxHashMap<(EcoString, u32), u32> {
    let functions = item_tree(db, file).functions.iter();
    functions.zip(0..).map(|(it, number)| ((it.name.clone(), it.nth), number)).collect()
}

fn number(db: &dyn Db, function: Function<'_>) -> Option<u32> {
    let numbers = function_numbers(db, function.file(db));
    numbers.get(&(function.name(db), function.nth(db))).copied()
}

/// Where a function is in the text of its file. Nothing if the file does not have it (any more).
pub(crate) fn function_range(db: &dyn Db, function: Function<'_>) -> Option<TextRange> {
    Some(outline(db, function.file(db)).range(number(db, function)?)?.0)
}

/// The function in the tree of its file. Nothing if the file does not have it (any more).
pub fn function_node(db: &dyn Db, function: Function<'_>) -> Option<ast::Function> {
    let root = parse(db, function.file(db)).syntax_node();
    node_at(&root, function_range(db, function)?)
}

fn node_at(root: &SyntaxNode, range: TextRange) -> Option<ast::Function> {
    let mut node = root.child_or_token_at_range(range)?.into_node()?;
    loop {
        if node.text_range() == range && node.kind() == SyntaxKind::FUNCTION {
            return ast::Function::cast(node);
        }
        node = node.child_or_token_at_range(range)?.into_node()?;
    }
}

/// The imports in the tree of a file, in order: as many as [`item_tree`] has.
pub fn import_nodes(db: &dyn Db, file: SourceFile) -> Vec<ast::Import> {
    let placed = outline(db, file).0.iter().filter(|it| it.item.import.is_some());
    let mut placed = placed.peekable();
    if placed.peek().is_none() {
        return Vec::new();
    }
    let root = parse(db, file).syntax_node();
    let node = |it: &Placed| {
        // Imports are never empty, so their first character is theirs alone.
        let first = TextRange::at(it.start, TextSize::new(1));
        ast::Import::cast(root.child_or_token_at_range(first)?.into_node()?)
    };
    placed.filter_map(node).collect()
}

/// Some functions of a file that follow each other, each by itself. Equal as long as their texts are: an edit has to look
/// at the chunks of its file, and not at each function.
#[salsa::tracked(returns(ref), lru = 128, heap_size = crate::memory::heap_size)]
fn chunk_texts<'db>(db: &'db dyn Db, chunk: FunctionChunk<'db>) -> Box<[FunctionText]> {
    let file = chunk.file(db);
    let (parse, outline) = (parse(db, file), outline(db, file));
    let root = parse.syntax_node();
    let errors = parse.errors();
    let first = chunk.number(db) * CHUNK;
    let numbers = first..outline.len().min(first.saturating_add(CHUNK));
    let text = |number| {
        let (range, _) = outline.range(number)?;
        let node = node_at(&root, range)?;
        let from = errors.partition_point(|error| error.range.start() < range.start());
        let within = errors[from..].iter().take_while(|error| error.range.start() <= range.end());
        let broken = within.clone().any(|error| range.contains_range(error.range));
        Some(FunctionText::new(node.syntax().green().to_owned(), broken))
    };
    numbers.filter_map(text).collect()
}

/// A function by itself. Nothing if the file does not have it (any more). It keeps its part of the tree alive, so that
/// there are not to be too many.
#[salsa::tracked(returns(ref), lru = 2048, heap_size = crate::memory::heap_size)]
pub(crate) fn function_text<'db>(db: &'db dyn Db, function: Function<'db>) -> Option<FunctionText> {
    let number = number(db, function)?;
    let chunk = FunctionChunk::new(db, function.file(db), number / CHUNK);
    chunk_texts(db, chunk).get((number % CHUNK) as usize).cloned()
}

/// The function as if its file began with it. Nothing if the file does not have it (any more). What depends on this is not
/// computed again when the function moves.
pub fn function_alone<'db>(db: &'db dyn Db, function: Function<'db>) -> Option<ast::Function> {
    function_text(db, function).as_ref()?.node()
}

/// The functions that have names in each node at the top of a file, in the order of the text; inline ones follow the one
/// that they are in.
pub fn functions_by_item(db: &dyn Db, file: SourceFile) -> impl Iterator<Item = &[Function<'_>]> {
    let all = crate::items::functions(db, file);
    outline(db, file).0.iter().map(|it| {
        let first = (it.before as usize).min(all.len());
        &all[first..all.len().min(first + it.item.functions.len())]
    })
}

/// A function and the functions inside of it that have names, in the order of the text.
pub fn functions_inside<'db>(db: &'db dyn Db, function: Function<'db>) -> &'db [Function<'db>] {
    let file = function.file(db);
    let Some(first) = number(db, function).map(|it| it as usize) else { return &[] };
    let rest = item_tree(db, file).functions.iter().skip(first + 1);
    let inline = rest.take_while(|it| it.inline).count();
    crate::items::functions(db, file).get(first..=first + inline).unwrap_or_default()
}

/// The chunks of the functions of a file, in the order of the text.
pub(crate) fn chunks<'db>(
    db: &'db dyn Db,
    file: SourceFile,
) -> impl Iterator<Item = FunctionChunk<'db>> {
    let count = item_tree(db, file).functions.len() as u32;
    (0..count.div_ceil(CHUNK)).map(move |number| FunctionChunk::new(db, file, number))
}

impl<'db> FunctionChunk<'db> {
    /// The functions of the chunk, in the order of the text.
    pub(crate) fn functions(self, db: &'db dyn Db) -> &'db [Function<'db>] {
        let all = crate::items::functions(db, self.file(db));
        let first = (self.number(db) as usize).saturating_mul(CHUNK as usize).min(all.len());
        &all[first..all.len().min(first + CHUNK as usize)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(text: &str) -> (Parse, Known) {
        let (parse, mut known) = (ko_syntax::parse(text), Known::new());
        Outline::new(&parse, &mut known);
        (parse, known)
    }

    /// What stands where.
    fn shown(outline: &Outline) -> Vec<String> {
        let functions = (0..outline.len()).filter_map(|it| outline.range(it));
        functions.map(|(range, it)| format!("{} {range:?} {}", it.name, it.inline)).collect()
    }

    #[test]
    fn items_that_stay_are_taken_over_wherever_they_move() {
        let text = "import \"a\"\nF() { return: f() { return: 1 } }\nG(x?) { return: x }\nx\nH() { return: 2 }\n";
        let (old, before) = known(text);
        for new in [
            text.replace("1 }", "12 }"),
            text.replace("G(x?)", "// new\nN() { return: 1 }\nG(x?)"),
            text.replace("G(x?) { return: x }\n", ""),
            text.replace("import \"a\"\n", ""),
            format!("{text}Z() {{ return: 3 }}"),
            String::new(),
        ] {
            let parse =
                ko_syntax::reparse(text, &old, &new).unwrap_or_else(|| ko_syntax::parse(&new));
            let mut all = before.clone();
            let outline = Outline::new(&parse, &mut all);
            let (_, fresh) = known(&new);
            assert_eq!(shown(&outline), shown(&Outline::new(&parse, &mut Known::new())), "{new}");
            assert_eq!(all.len(), fresh.len());
            let root = parse.syntax_node();
            for (range, named) in (0..outline.len()).filter_map(|it| outline.range(it)) {
                let node = node_at(&root, range).unwrap();
                assert_eq!(node.name().as_ref(), Some(&named.name), "{new}");
                assert_eq!(node.is_inline(), named.inline, "{new}");
            }
        }
        // The first edit leaves all but one as they are.
        let new = text.replace("1 }", "12 }");
        let (parse, mut all) = (ko_syntax::reparse(text, &old, &new).unwrap(), before.clone());
        Outline::new(&parse, &mut all);
        let same = all.iter().zip(&before).filter(|(a, b)| Arc::ptr_eq(&a.1, &b.1)).count();
        assert_eq!(same, before.len() - 1);
    }
}
