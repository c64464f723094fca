//! Definition, hover, references, links, colours and outline on pages.

use ko_queries::RootDatabase;
use text_size::{TextRange, TextSize};

use super::{Named, PageId, PageName, Target, place, write};
use crate::{
    FileRange, SemanticToken,
    hover::{Hover, symbol_markdown},
    navigation::usages,
    symbols::DocumentSymbol,
};

/// The name at an offset, or the one that ends there.
fn at<'a, 'db>(names: &'a [PageName<'db>], offset: TextSize) -> Option<&'a PageName<'db>> {
    names
        .iter()
        .find(|it| it.range.contains(offset))
        .or_else(|| names.iter().find(|it| it.range.contains_inclusive(offset)))
}

/// What the name at an offset of a page stands for.
pub(crate) fn name_at<'db>(
    db: &'db RootDatabase,
    page: &PageId,
    offset: TextSize,
) -> Option<Named<'db>> {
    let page = write(db, page);
    Some(at(&page.names, offset)?.what.clone())
}

/// Where the name at an offset of a page is described.
pub fn page_definition(db: &RootDatabase, page: &PageId, offset: TextSize) -> Option<Target> {
    let page = write(db, page);
    place(db, &at(&page.names, offset)?.what)
}

/// What there is to say about the name at an offset of a page.
pub fn page_hover(db: &RootDatabase, page: &PageId, offset: TextSize) -> Option<Hover> {
    let page = write(db, page);
    let name = at(&page.names, offset)?;
    let markdown = match &name.what {
        Named::Symbol(symbol) => symbol_markdown(db, symbol)?,
        Named::Type(ty) => {
            let schema = db.schema();
            let shown = ko_schema::render_type(&schema, *ty, 1);
            let doc = schema.type_doc(*ty).unwrap_or_default();
            format!("```ko\n{shown}\n```\n\n{doc}\n")
        }
        Named::Group(path) => format!("The kinds of `{path}`.\n"),
    };
    Some(Hover { range: name.range, markdown })
}

/// Everywhere in the files that are known that the name at an offset of a page is used.
pub fn page_references(db: &RootDatabase, page: &PageId, offset: TextSize) -> Vec<FileRange> {
    let page = write(db, page);
    match at(&page.names, offset).map(|it| &it.what) {
        Some(Named::Symbol(symbol)) => usages(db, symbol).into_iter().map(|it| it.at).collect(),
        _ => Vec::new(),
    }
}

/// The names of a page that lead to other pages.
pub fn page_links(db: &RootDatabase, page: &PageId) -> Vec<(TextRange, PageId)> {
    let schema = db.schema();
    let here = page;
    let page = write(db, page);
    let mentions = page.names.iter().filter(|it| !it.definition);
    mentions
        .filter_map(|it| {
            let page = match &it.what {
                Named::Type(ty) => PageId::of_type(&schema, *ty),
                Named::Group(path) => PageId::Group(path.clone()),
                Named::Symbol(_) => return None,
            };
            (page != *here).then_some((it.range, page))
        })
        .collect()
}

/// The outline of a page.
pub fn page_symbols(db: &RootDatabase, page: &PageId) -> Vec<DocumentSymbol> {
    write(db, page).symbols
}

/// The tokens of a page, in the order of the text.
pub fn page_tokens(db: &RootDatabase, page: &PageId) -> Vec<SemanticToken> {
    write(db, page).tokens
}
