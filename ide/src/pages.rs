//! Pages: read-only texts for what has no file of its own. The builtins of a package, a kind of Kubernetes with its
//! fields and functions, a structure inside of kinds, the kinds of a group.
//!
//! A page is written when it is asked for and remembers what each of its names stands for, so that definition, hover,
//! links, colours and outline work on it as they do in a program. The files of the library are no pages but files of the
//! database; here they only get their addresses. Addresses are URIs of two schemes, [`SCHEMES`].

mod builtins;
mod features;
mod group;
mod schema;
mod writer;

use ecow::{EcoString, eco_format};
use ko_queries::{
    RootDatabase, builtins as table,
    database::{IDIOM_FILE, LIBRARY_SCHEME},
    library::{own_files, short_path},
};
use ko_schema::{KindId, Schema, TypeId};
use text_size::TextRange;

pub(crate) use self::features::name_at;
pub use self::features::{
    page_definition, page_hover, page_links, page_references, page_symbols, page_tokens,
};
use crate::{
    FileId, FileRange, SemanticToken, callable::Callable, symbol::Symbol, symbols::DocumentSymbol,
};

/// What the addresses of pages of the schema begin with.
const SCHEMA_SCHEME: &str = "ko-schema:";

/// The URI schemes of pages and of the files of the library, without the colon.
pub const SCHEMES: [&str; 2] = ["ko-library", "ko-schema"];

/// The name of the page of the builtins in the folder of their package.
const BUILTINS: &str = "builtins";

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PageId {
    /// The builtins of a package; those of the language itself if the path is empty.
    Builtins(EcoString),
    /// The kinds of a group and version, by the path of their import: `apps/v1`.
    Group(EcoString),
    /// A kind: its object and the functions for it.
    Kind(KindId),
    /// A structure that is no kind.
    Type(TypeId),
}

/// A place that a name leads to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// In a file.
    File(FileRange),
    /// On a page.
    Page(PageId, TextRange),
}

/// A file of the library, or the one of the idioms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryFile {
    /// Its id in the database.
    pub file: FileId,
    /// Its address.
    pub uri: String,
    /// The path of its package.
    pub package: String,
}

/// What a page shows.
pub(crate) struct Page<'db> {
    pub(crate) text: String,
    /// Its names, in the order of the text.
    pub(crate) names: Vec<PageName<'db>>,
    pub(crate) tokens: Vec<SemanticToken>,
    pub(crate) symbols: Vec<DocumentSymbol>,
}

/// A name on a page.
pub(crate) struct PageName<'db> {
    pub(crate) range: TextRange,
    pub(crate) what: Named<'db>,
    /// Whether this is where the page describes it.
    pub(crate) definition: bool,
}

/// What a name on a page stands for.
#[derive(Clone)]
pub(crate) enum Named<'db> {
    /// Something that a program can name, too.
    Symbol(Symbol<'db>),
    /// A structure of the schema.
    Type(TypeId),
    /// A group and version, by the path of its import.
    Group(EcoString),
}

impl PageId {
    /// The page of a structure: that of the kind, if it is the object of one.
    pub(crate) fn of_type(schema: &Schema, ty: TypeId) -> PageId {
        match schema.kinds().iter().find(|kind| kind.object == ty) {
            Some(kind) => PageId::Kind(kind.id),
            None => PageId::Type(ty),
        }
    }

    /// The page that has a builtin or gate; functions have files.
    pub(crate) fn of_callable(db: &RootDatabase, callable: &Callable<'_>) -> Option<PageId> {
        match callable {
            Callable::Function(_) => None,
            Callable::Builtin(id) => Some(PageId::Builtins(id.info().package.into())),
            Callable::Gate(id) => Some(PageId::Kind(db.schema().gate_by_id(*id).kind)),
        }
    }
}

/// The address of a page.
pub fn page_uri(db: &RootDatabase, page: &PageId) -> String {
    let schema = db.schema();
    match page {
        PageId::Builtins(package) if package.is_empty() => {
            format!("{LIBRARY_SCHEME}///{BUILTINS}.ko")
        }
        PageId::Builtins(package) => format!("{LIBRARY_SCHEME}///{package}/{BUILTINS}.ko"),
        PageId::Group(path) => format!("{SCHEMA_SCHEME}///{path}.ko"),
        PageId::Kind(id) => {
            let kind = schema.kind(*id);
            format!("{SCHEMA_SCHEME}///{}/{}.ko", kind.import_path(), kind.kind)
        }
        PageId::Type(id) => {
            let name = schema.ty(*id).as_struct().map(|it| it.name.clone()).unwrap_or_default();
            format!("{SCHEMA_SCHEME}///types/{name}.ko")
        }
    }
}

/// The page at an address; nothing if there is none. One, two or three slashes and an ending `.ko` more or less make no
/// difference: editors write addresses in their own ways.
pub fn page_at(db: &RootDatabase, uri: &str) -> Option<PageId> {
    let schema = db.schema();
    let path = |scheme: &str| {
        let path = uri.strip_prefix(scheme)?.trim_start_matches('/');
        Some(path.strip_suffix(".ko").unwrap_or(path))
    };
    if let Some(path) = path(LIBRARY_SCHEME) {
        let package =
            if path == BUILTINS { "" } else { path.strip_suffix(BUILTINS)?.strip_suffix('/')? };
        let known = package.is_empty() || table::has_package(package);
        return known.then(|| PageId::Builtins(package.into()));
    }
    let path = path(SCHEMA_SCHEME)?;
    if let Some(name) = path.strip_prefix("types/") {
        return schema.find_type(name).map(|ty| PageId::of_type(&schema, ty));
    }
    if has_kinds(&schema, path) {
        return Some(PageId::Group(path.into()));
    }
    let (group, name) = path.rsplit_once('/')?;
    let kind = schema.kinds().iter().find(|it| it.kind == name && it.import_path() == group)?;
    Some(PageId::Kind(kind.id))
}

/// Whether kinds are imported by exactly this path.
fn has_kinds(schema: &Schema, path: &str) -> bool {
    schema.kinds().iter().any(|kind| kind.import_path() == path)
}

/// The text of a page.
pub fn page_text(db: &RootDatabase, page: &PageId) -> String {
    write(db, page).text
}

/// Writes a page.
pub(crate) fn write<'db>(db: &'db RootDatabase, page: &PageId) -> Page<'db> {
    match page {
        PageId::Builtins(package) => builtins::page(db, package),
        PageId::Group(path) => group::page(db, path),
        PageId::Kind(kind) => schema::kind_page(db, *kind),
        PageId::Type(ty) => schema::type_page(db, *ty),
    }
}

/// The files of the library and that of the idioms, with their addresses.
pub fn library_files(db: &RootDatabase) -> Vec<LibraryFile> {
    own_files()
        .filter_map(|file| {
            let package = db.package(file)?.to_string();
            Some(LibraryFile { file, uri: library_uri(db, file)?, package })
        })
        .collect()
}

fn library_uri(db: &RootDatabase, file: FileId) -> Option<String> {
    if file == IDIOM_FILE {
        return Some(format!("{LIBRARY_SCHEME}///idiom.ko"));
    }
    let path = db.path(file)?;
    let path = path.strip_prefix(LIBRARY_SCHEME)?.trim_start_matches('/');
    Some(format!("{LIBRARY_SCHEME}///{path}"))
}

/// The page that an import of this path means, where no files are behind it.
pub(crate) fn of_import(db: &RootDatabase, path: &str) -> Option<PageId> {
    let short = short_path(path);
    if table::has_package(short) {
        return Some(PageId::Builtins(short.into()));
    }
    let group = path.strip_prefix("k8s/")?;
    let schema = db.schema();
    if has_kinds(&schema, group) {
        return Some(PageId::Group(group.into()));
    }
    // Without a version: the first one that the server has.
    let of_group =
        |path: &EcoString| path.strip_prefix(group).is_some_and(|rest| rest.starts_with('/'));
    let found = schema.kinds().iter().map(|it| it.import_path()).find(of_group)?;
    Some(PageId::Group(eco_format!("{found}")))
}

/// Where a page describes what a name stands for.
pub(crate) fn place(db: &RootDatabase, named: &Named<'_>) -> Option<Target> {
    let schema = db.schema();
    let page = match named {
        Named::Symbol(Symbol::Callable(it) | Symbol::Argument { callable: it, .. }) => {
            PageId::of_callable(db, it)?
        }
        Named::Symbol(Symbol::Field { owner, .. }) => PageId::of_type(&schema, *owner),
        Named::Type(ty) => PageId::of_type(&schema, *ty),
        Named::Group(path) => PageId::Group(path.clone()),
        Named::Symbol(_) => return None,
    };
    let written = write(db, &page);
    let found = written.names.iter().find(|it| it.definition && same(db, &it.what, named));
    // A page without the name still is the right one.
    let range = found.map_or_else(TextRange::default, |it| it.range);
    Some(Target::Page(page, range))
}

/// Whether two names stand for the same.
pub(crate) fn same(db: &RootDatabase, a: &Named<'_>, b: &Named<'_>) -> bool {
    match (a, b) {
        (Named::Type(a), Named::Type(b)) => a == b,
        (Named::Group(a), Named::Group(b)) => a == b,
        (Named::Symbol(a), Named::Symbol(b)) => crate::navigation::same(db, a, b),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
