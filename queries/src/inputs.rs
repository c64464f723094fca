//! The things that queries are about: files, packages, functions and the world. Only declarations.
#![allow(missing_docs, reason = "salsa adds constructors and setters without documentation")]

use std::{collections::BTreeMap, sync::Arc};

use ecow::EcoString;
use ko_schema::Schema;

use crate::{diagnostic::FileId, projects::Place};

/// A file of source text.
#[salsa::input(debug, heap_size = crate::memory::heap_size)]
pub struct SourceFile {
    /// The caller's name for it.
    #[returns(copy)]
    pub id: FileId,
    /// Where it is, as the caller says it: a path or a URI.
    #[returns(clone)]
    pub path: EcoString,
    /// The package that it is part of.
    #[returns(copy)]
    pub package: Package,
    /// Its text.
    #[returns(clone)]
    pub text: Arc<str>,
}

/// A package: the files of one directory (specification §3.1).
#[salsa::input(debug, heap_size = crate::memory::heap_size)]
pub struct Package {
    /// Its path as an import writes it, without a slash at the end; with the folder behind it where another package of the
    /// world has this path, see [`crate::projects`].
    #[returns(clone)]
    pub path: EcoString,
    /// Where it is, in a world of several projects.
    #[returns(clone)]
    pub place: Option<Arc<Place>>,
    /// Its files, sorted by path; none for a package that does not exist (any more).
    #[returns(clone)]
    pub files: Arc<[SourceFile]>,
}

/// A group and version of the Kubernetes API, as what inference depends on: it looks at the types of those that a function
/// reaches, and at no others.
#[salsa::input(debug, heap_size = crate::memory::heap_size)]
pub struct GroupVersion {
    /// Its name, as `apiVersion` has it.
    #[returns(clone)]
    pub name: EcoString,
    /// Counts its changes: of its kinds, its gates, or any type that these lead to.
    #[returns(copy)]
    pub revision: u32,
}

/// What there is in the world: packages and Kubernetes.
#[salsa::input(singleton, debug, heap_size = crate::memory::heap_size)]
pub struct World {
    /// The packages that have files, by path; without those of the idioms and the library.
    #[returns(clone)]
    pub packages: Arc<BTreeMap<EcoString, Package>>,
    /// The packages that have files and a place, by the paths that they have below some root, each with this root.
    #[returns(clone)]
    pub placed: Arc<BTreeMap<EcoString, Vec<(EcoString, Package)>>>,
    /// The package of the idioms.
    #[returns(copy)]
    pub idioms: Package,
    /// The packages of the library that have files, by their short paths.
    #[returns(clone)]
    pub library: Arc<BTreeMap<EcoString, Package>>,
    /// The Kubernetes API.
    #[returns(clone)]
    pub schema: Schema,
    /// The minor version of Kubernetes 1 that programs are checked against; nothing for that of the first schema.
    #[returns(copy)]
    pub kubernetes_minor: Option<u32>,
}

/// The name of a function as the key of queries: what calls say.
#[salsa::interned(debug, heap_size = crate::memory::heap_size)]
pub struct FunctionName<'db> {
    /// The path of its package.
    #[returns(clone)]
    pub package: EcoString,
    /// Its name in the package.
    #[returns(clone)]
    pub name: EcoString,
}

/// A function as the key of queries: one definition of a name.
#[salsa::interned(debug, heap_size = crate::memory::heap_size)]
pub struct Function<'db> {
    /// The file in which it is defined.
    #[returns(copy)]
    pub file: SourceFile,
    /// Its name.
    #[returns(clone)]
    pub name: EcoString,
    /// Which of the functions of this name in the file, from 0.
    #[returns(copy)]
    pub nth: u32,
}

/// Some functions of a file that follow each other, as the key of queries that look at them together.
#[salsa::interned(debug, heap_size = crate::memory::heap_size)]
pub struct FunctionChunk<'db> {
    /// The file.
    #[returns(copy)]
    pub file: SourceFile,
    /// Which of the chunks of the file, from 0.
    #[returns(copy)]
    pub number: u32,
}
