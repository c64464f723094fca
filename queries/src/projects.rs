//! Several projects in one world, such as the folders of an editor: the packages of each have paths of their own.
//!
//! Within one project a path means one package (specification §3.1), and nothing here is needed. Of two projects, both may
//! have a package `shop`. Then the packages have a [`Place`], an import is looked up below the roots of the project that it
//! stands in, and the path of one of the two packages is its *name* in the world: the path, and the folder behind it. Who
//! shows a name to the user, or to a program, takes [`import_path`] of it.

use ecow::EcoString;

use crate::{
    database::{Db, Package, World},
    library::{beside, find_package},
};

/// Where a package is, and where its imports are looked up. Roots are names that the caller gives, such as folders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The roots that the package is below, each with its path from there.
    pub at: Vec<(EcoString, EcoString)>,
    /// The roots below which its imports are looked up, the first one first.
    pub roots: Vec<EcoString>,
}

/// What stands between the path of a package and its folder, in its name.
const IN: &str = " in ";

/// The name of a package whose path another package has.
pub fn name_in(path: &str, folder: &str) -> EcoString {
    ecow::eco_format!("{path}{IN}{folder}")
}

/// The path of a package, as an import writes it, from its name in the world.
pub fn import_path(name: &str) -> &str {
    let is_folder = |rest: &str| rest.starts_with('/') || rest.get(1..2) == Some(":");
    let found = name.match_indices(IN).find(|(at, _)| is_folder(&name[at + IN.len()..]));
    found.map_or(name, |(at, _)| &name[..at])
}

/// The package with files that an import means which stands in a file of the package `from`; without one, the package of
/// this name in the world.
pub fn find_import(db: &dyn Db, from: Option<Package>, path: &str) -> Option<Package> {
    let Some(place) = from.and_then(|it| it.place(db)) else { return find_package(db, path) };
    let placed = World::get(db).placed(db);
    beside(db, path, |path| {
        let all = placed.get(path)?;
        place.roots.iter().find_map(|root| Some(all.iter().find(|it| it.0 == *root)?.1))
    })
}

/// The paths of the packages with files that a file of `from` can import, sorted, without those of the library.
pub fn importable(db: &dyn Db, from: Option<Package>) -> Vec<EcoString> {
    let world = World::get(db);
    let Some(place) = from.and_then(|it| it.place(db)) else {
        return world.packages(db).keys().cloned().collect();
    };
    let placed = world.placed(db);
    let below = placed.iter().filter(|it| it.1.iter().any(|it| place.roots.contains(&it.0)));
    below.map(|it| it.0.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_path_in_front() {
        assert_eq!(import_path(&name_in("a/shop", "/w/b/a/shop")), "a/shop");
        assert_eq!(import_path(&name_in("shop", "C:\\w\\shop")), "shop");
        assert_eq!(import_path("made in china/shop"), "made in china/shop");
        assert_eq!(import_path(""), "");
    }
}
