//! The library: the packages that every program can import without having their files (specification §10).
//!
//! A package of the library has functions written in Ko, in `lib_ko/PATH/*.ko`, or gates, which the table of
//! [`crate::builtins`] declares, or both. Its path is short, such as `strings`. Existing programs know the same
//! package by a longer path that ends with the short one, [`LIBRARY_PREFIX`] before it. A package of the caller with the
//! very path that a program imports comes first; of the library's package of this path it then gets the gates that it
//! has no functions for, as the packages with these paths expect.
//!
//! The texts become inputs when the database is made, and are parsed when a program that imports them is looked at.

use crate::{
    builtins,
    database::{Db, Package, World},
    diagnostic::FileId,
};

/// What stands before the path of a package of the library in programs for the first implementation of the language.
pub const LIBRARY_PREFIX: &str = "github.com/kocircuit/kocircuit/lib/";

/// The files of the library written in Ko: the short path of the package, the name of the file, the text.
///
/// A test compares this with what is in the directory.
pub(crate) const SOURCES: &[(&str, &str, &str)] = &[
    ("file", "file.ko", include_str!("lib_ko/file/file.ko")),
    ("integer", "integer.ko", include_str!("lib_ko/integer/integer.ko")),
    ("number", "number.ko", include_str!("lib_ko/number/number.ko")),
    ("redblack", "redblack.ko", include_str!("lib_ko/redblack/redblack.ko")),
    ("series", "series.ko", include_str!("lib_ko/series/series.ko")),
    ("set", "set.ko", include_str!("lib_ko/set/set.ko")),
    ("sync", "sync.ko", include_str!("lib_ko/sync/sync.ko")),
    ("testing", "testing.ko", include_str!("lib_ko/testing/testing.ko")),
    ("web/html", "html.ko", include_str!("lib_ko/web/html/html.ko")),
    ("web/svg", "svg.ko", include_str!("lib_ko/web/svg/svg.ko")),
    ("web/wiki/text", "text.ko", include_str!("lib_ko/web/wiki/text/text.ko")),
];

/// Files with this id and greater ones are not the caller's: idioms, library, expressions.
const FIRST_OWN_FILE: u32 = u32::MAX - 1024;

/// The id of a file of [`SOURCES`].
pub(crate) fn file_id(index: usize) -> FileId {
    // Far fewer than a thousand; a test counts them.
    FileId(FIRST_OWN_FILE + index as u32)
}

/// The files of the idioms and of the library, that every program can read.
pub fn own_files() -> impl Iterator<Item = FileId> {
    std::iter::once(crate::database::IDIOM_FILE).chain((0..SOURCES.len()).map(file_id))
}

/// Whether a file is part of this crate, with the idioms or the library in it, or that of expressions without file.
pub fn is_own_file(id: FileId) -> bool {
    id.0 >= FIRST_OWN_FILE
}

/// The short path of a package of the library, if it may be one: the path itself, or what stands behind
/// [`LIBRARY_PREFIX`].
pub fn short_path(path: &str) -> &str {
    path.strip_prefix(LIBRARY_PREFIX).unwrap_or(path)
}

/// The package with files of this name in the world: the caller's own one, or that of the library. In a world of one
/// project, that is what an import of this path means; see [`crate::projects::find_import`].
pub fn find_package(db: &dyn Db, path: &str) -> Option<Package> {
    let packages = World::get(db).packages(db);
    beside(db, path, |path| packages.get(path).copied())
}

/// The package that a path means: one of the caller's own, which `own` finds, or that of the library.
pub(crate) fn beside(
    db: &dyn Db,
    path: &str,
    own: impl Fn(&str) -> Option<Package>,
) -> Option<Package> {
    if let Some(package) = own(path) {
        return Some(package);
    }
    let world = World::get(db);
    if path == crate::database::IDIOM_PACKAGE {
        return Some(world.idioms(db));
    }
    let short = short_path(path);
    // By its short path, a package is the same as by its long one, also if the caller has that.
    if short == path && is_library(db, path) {
        let long = format!("{LIBRARY_PREFIX}{path}");
        if let Some(package) = own(&long) {
            return Some(package);
        }
    }
    world.library(db).get(short).copied()
}

/// Whether the library has a package with this short path.
pub fn is_library(db: &dyn Db, path: &str) -> bool {
    !path.is_empty()
        && (builtins::has_package(path) || World::get(db).library(db).contains_key(path))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test may look at the sources of this crate")]
    fn the_sources_are_those_in_the_directory() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib_ko");
        let mut found = Vec::new();
        let mut open = vec![root.clone()];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(&directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else if directory != root {
                    let package = directory.strip_prefix(&root).unwrap().to_str().unwrap();
                    let file = path.file_name().unwrap().to_str().unwrap().to_owned();
                    found.push((package.replace('\\', "/"), file));
                }
            }
        }
        found.sort();
        let listed: Vec<(String, String)> =
            SOURCES.iter().map(|it| (it.0.to_owned(), it.1.to_owned())).collect();
        assert_eq!(listed, found, "list every file in SOURCES, sorted");
        assert!(SOURCES.len() < 1000);
    }

    #[test]
    fn sources_are_laid_out_and_documented() {
        for (package, file, text) in SOURCES {
            let parse = ko_syntax::parse(text);
            assert!(parse.errors().is_empty(), "{package}/{file}: {:?}", parse.errors());
            for function in parse.source_file().functions() {
                let name = function.name().unwrap();
                if name.starts_with(char::is_uppercase) {
                    assert!(function.doc().is_some(), "{package}.{name} lacks documentation");
                    for param in function.params() {
                        assert!(param.doc().is_some(), "a parameter of {package}.{name} lacks it");
                    }
                }
            }
        }
    }

    #[test]
    fn the_list_for_users_has_every_function() {
        let list = include_str!("../../docs/library.md");
        let row = |package: &str| {
            let begin = format!("| `{package}` |");
            let found = list.lines().find(|line| line.starts_with(&begin));
            found.unwrap_or_else(|| panic!("docs/library.md lacks {package}"))
        };
        let gates = builtins::BUILTINS.iter().filter_map(|it| {
            // Some gates have a second name, for programs that know only that.
            let old =
                it.name.strip_prefix("Go").is_some_and(|it| it.starts_with(char::is_uppercase));
            matches!(it.id, builtins::BuiltinId::Library(_))
                .then_some((it.package, it.name))
                .filter(|_| !old)
        });
        for (package, name) in gates {
            assert!(row(package).contains(&format!("`{name}`")), "{package}.{name}");
        }
        for (package, _, text) in SOURCES {
            for function in ko_syntax::parse(text).source_file().functions() {
                let name = function.name().unwrap();
                let listed = row(package).contains(&format!("`{name}`"));
                assert_eq!(listed, name.starts_with(char::is_uppercase), "{package}.{name}");
            }
        }
    }
}
