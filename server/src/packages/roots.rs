//! Where the paths of packages begin: in the projects at hand, in the libraries that they name, and in `KOPATH`.
//!
//! A project is a folder with `ko.toml`, or else one under version control. Its own folders are looked in first, then
//! the libraries that its `ko.toml` names, then `src` in every directory of `KOPATH` (specification §9.1). Where several
//! projects are at hand, each sees its own folders and libraries, as if it were alone.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use ko_queries::{
    database::IDIOM_PACKAGE,
    library::LIBRARY_PREFIX,
    projects::{Place, import_path, name_in},
};

use super::manifest::{self, Manifest};

/// The directories below which the paths of packages begin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Roots {
    /// Of the projects at hand.
    pub(crate) folders: Vec<PathBuf>,
    /// Of libraries.
    pub(crate) libraries: Vec<PathBuf>,
    /// The `ko.toml` files that say so.
    pub(crate) manifests: Vec<Manifest>,
    /// `src` in the directories of `KOPATH`.
    kopath: Vec<PathBuf>,
    projects: Vec<Project>,
}

/// The folders of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Project {
    folders: Vec<PathBuf>,
    libraries: Vec<PathBuf>,
}

impl Roots {
    /// None but the libraries that `KOPATH` names.
    pub(crate) fn with_kopath() -> Roots {
        let kopath = std::env::var_os("KOPATH").unwrap_or_default();
        let absolute = std::env::split_paths(&kopath).filter(|root| root.is_absolute());
        Roots::with_libraries(absolute.map(|root| root.join("src")).collect())
    }

    /// None but these libraries, which come after those of projects.
    pub(crate) fn with_libraries(kopath: Vec<PathBuf>) -> Roots {
        Roots { kopath, ..Roots::default() }
    }

    /// All roots in the order in which packages are looked for.
    pub(crate) fn all(&self) -> impl Iterator<Item = &PathBuf> {
        self.folders.iter().chain(&self.libraries).chain(&self.kopath)
    }

    /// The directory of a package: below the first root that has such a directory (specification §3.1).
    pub(crate) fn directory(&self, package: &str) -> Option<PathBuf> {
        self.all().map(|root| root.join(package)).find(|directory| directory.is_dir())
    }

    /// The minor version of Kubernetes that the projects are for: what the first one says that says anything.
    pub(crate) fn kubernetes(&self) -> Option<u32> {
        self.manifests.iter().find_map(|it| it.kubernetes)
    }

    /// Whether there is more than one project, so that a path may mean several packages.
    pub(crate) fn several(&self) -> bool {
        self.projects.len() > 1
    }

    /// The number of the project that a directory is part of; of two that share a library, the first one.
    pub(crate) fn project_of(&self, directory: &Path) -> Option<usize> {
        let deepest = |roots: &[PathBuf]| {
            let above = roots.iter().filter(|root| directory.starts_with(root));
            above.map(|root| root.components().count()).max()
        };
        let all = self.projects.iter().enumerate().filter_map(|(at, it)| {
            let (own, library) = (deepest(&it.folders), deepest(&it.libraries));
            Some((own.max(library)?, own >= library, std::cmp::Reverse(at)))
        });
        all.max().map(|(_, _, at)| at.0)
    }

    /// The roots in the order in which the imports of a package in this directory are looked up.
    pub(crate) fn seen_from(&self, directory: &Path) -> Vec<&PathBuf> {
        match self.project_of(directory) {
            Some(at) if self.several() => {
                let project = &self.projects[at];
                project.folders.iter().chain(&project.libraries).chain(&self.kopath).collect()
            }
            _ => self.all().collect(),
        }
    }

    /// The directory of the package that an import of this path means, in a file in the directory `from`.
    pub(crate) fn directory_from(&self, from: &Path, package: &str) -> Option<PathBuf> {
        let roots = self.seen_from(from).into_iter();
        roots.map(|root| root.join(package)).find(|directory| directory.is_dir())
    }

    /// The name of the package that a file is part of, and its place, where there are [several](Roots::several) projects.
    pub(crate) fn placed_package_of(&self, file: &Path) -> (String, Arc<Place>) {
        let path = self.package_of(file);
        let directory = file.parent().unwrap_or(file);
        let text = |path: &Path| path.to_string_lossy().into();
        let below = self.all().filter_map(|root| {
            let parts = directory.strip_prefix(root).ok()?.components();
            let parts: Vec<_> = parts.map(|it| it.as_os_str().to_string_lossy()).collect();
            (!parts.is_empty()).then(|| (text(root), parts.join("/").into()))
        });
        let roots = self.seen_from(directory).into_iter().map(|root| text(root)).collect();
        let place = Arc::new(Place { at: below.collect(), roots });
        let of_library = path.starts_with(LIBRARY_PREFIX) || path == IDIOM_PACKAGE;
        let first = self.directory(&path).filter(|_| !of_library);
        match first {
            Some(first) if same_directory(&first, directory) => (path, place),
            _ => (name_in(&path, &directory.to_string_lossy()).into(), place),
        }
    }

    /// As [`Roots::package_of`], but where an earlier root has another directory for this path, that one is the package
    /// (specification §3.1), and the files of this one are apart, under a name that nobody can import.
    pub(crate) fn visible_package_of(&self, file: &Path) -> String {
        let package = self.package_of(file);
        let Some(directory) = file.parent() else { return package };
        match self.directory(&package) {
            Some(first) if !same_directory(&first, directory) => {
                name_in(&package, &directory.to_string_lossy()).into()
            }
            _ => package,
        }
    }

    /// All roots of a project, the one that this package is in first, as programs see them. `file` is a file of the package,
    /// which says what project that is.
    pub(crate) fn for_package(&self, package: &str, file: Option<&Path>) -> Vec<PathBuf> {
        let mut roots: Vec<PathBuf> = match file.and_then(Path::parent) {
            Some(directory) => self.seen_from(directory).into_iter().cloned().collect(),
            None => self.all().cloned().collect(),
        };
        let package = import_path(package);
        if let Some(at) = roots.iter().position(|root| root.join(package).is_dir()) {
            roots[..=at].rotate_right(1);
        }
        roots
    }

    /// Makes the project with this folder one of those at hand: the roots that its `ko.toml` says, or the folder.
    pub(crate) fn add_project(&mut self, folder: &Path) {
        if self.manifests.iter().any(|it| it.path.parent() == Some(folder)) {
            return;
        }
        let Some(manifest) = Manifest::read(folder) else {
            add(&mut self.folders, folder);
            let project = Project { folders: vec![folder.to_owned()], libraries: Vec::new() };
            if !self.projects.contains(&project) {
                self.projects.push(project);
            }
            return;
        };
        self.projects.push(Project {
            folders: manifest.roots.clone(),
            libraries: manifest.libraries.clone(),
        });
        manifest.roots.iter().for_each(|root| add(&mut self.folders, root));
        manifest.libraries.iter().for_each(|root| add(&mut self.libraries, root));
        self.manifests.push(manifest);
    }

    /// Makes the project at hand that a folder is part of, if a `ko.toml` in it or above it says so; otherwise the folder
    /// itself.
    pub(crate) fn add_workspace_folder(&mut self, folder: &Path) {
        let marked = folder.ancestors().find(|it| it.join(manifest::NAME).is_file());
        self.add_project(marked.unwrap_or(folder));
    }

    /// Makes the project at hand that a `ko.toml` in the folder or above it marks, if there is one.
    pub(crate) fn add_project_around(&mut self, folder: &Path) {
        if let Some(marked) = folder.ancestors().find(|it| it.join(manifest::NAME).is_file()) {
            self.add_project(marked);
        }
    }

    /// Whether a path is a root or below one.
    pub(crate) fn contain(&self, path: &Path) -> bool {
        self.all().any(|root| path.starts_with(root))
    }

    /// The path of the package that a file is part of. A file directly in a root, or in none, is in the package named as
    /// its directory.
    pub(crate) fn package_of(&self, file: &Path) -> String {
        let Some(directory) = file.parent() else { return String::new() };
        let root = self.all().filter(|root| directory.starts_with(root));
        let root = root.max_by_key(|root| root.components().count());
        let below = root.and_then(|root| directory.strip_prefix(root).ok());
        let parts: Vec<_> = below
            .into_iter()
            .flat_map(Path::components)
            .map(|part| part.as_os_str().to_string_lossy())
            .collect();
        if parts.is_empty() {
            let name = directory.file_name().unwrap_or_default();
            return name.to_string_lossy().into_owned();
        }
        parts.join("/")
    }
}

/// Whether two paths are of one directory.
pub(crate) fn same_directory(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

fn add(roots: &mut Vec<PathBuf>, root: &Path) {
    if !roots.iter().any(|other| other == root) {
        roots.push(root.to_owned());
    }
}

/// The folder of the project that a path is part of: the nearest one above with `ko.toml`, else the nearest one under
/// version control, else `current` if the path is below it, else the folder of the path.
pub(crate) fn project_folder(path: &Path, current: &Path) -> PathBuf {
    let marked = |name: &str| path.ancestors().find(|folder| folder.join(name).exists());
    if let Some(folder) = marked(manifest::NAME).or_else(|| marked(".git")) {
        return folder.to_owned();
    }
    if path.starts_with(current) {
        return current.to_owned();
    }
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    folder.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_directories_below_roots() {
        let mut roots = Roots::with_libraries(vec!["/k/src".into()]);
        roots.add_workspace_folder(Path::new("/w"));
        let package = |file: &str| roots.package_of(Path::new(file));
        assert_eq!(package("/w/examples/cockroachdb/x.ko"), "examples/cockroachdb");
        assert_eq!(package("/w/x.ko"), "w");
        assert_eq!(package("/k/src/github.com/a/b/x.ko"), "github.com/a/b");
        assert_eq!(package("/elsewhere/pkg/x.ko"), "pkg");
        assert_eq!(package("x.ko"), "");
    }

    #[test]
    fn each_of_several_projects_is_as_if_it_were_alone() {
        let directory = tempfile::tempdir().unwrap();
        let top = directory.path().canonicalize().unwrap();
        for folder in ["a/shop", "a/own", "b/src/shop", "lib/shared", "k/src/shop"] {
            std::fs::create_dir_all(top.join(folder)).unwrap();
        }
        std::fs::write(top.join("a/ko.toml"), "").unwrap();
        let text = "[package]\nroots = [\"src\"]\nlibraries = [\"../lib\"]\n";
        std::fs::write(top.join("b/ko.toml"), text).unwrap();
        let mut roots = Roots::with_libraries(vec![top.join("k/src")]);
        roots.add_project(&top.join("a"));
        assert!(!roots.several());
        roots.add_project(&top.join("b"));
        assert!(roots.several());
        let found = |from: &str, package: &str| roots.directory_from(&top.join(from), package);
        assert_eq!(found("a/own", "shop"), Some(top.join("a/shop")));
        assert_eq!(found("b/src/shop", "shop"), Some(top.join("b/src/shop")));
        assert_eq!(found("b/src/shop", "own"), None);
        assert_eq!(found("lib/shared", "shop"), Some(top.join("b/src/shop")));
        let name = |file: &str| roots.placed_package_of(&top.join(file)).0;
        assert_eq!(name("a/shop/x.ko"), "shop");
        assert_eq!(
            name("b/src/shop/x.ko"),
            format!("shop in {}", top.join("b/src/shop").display())
        );
        assert_eq!(
            name("k/src/shop/x.ko"),
            format!("shop in {}", top.join("k/src/shop").display())
        );
        assert_eq!(name("lib/shared/x.ko"), "shared");
        let first = roots.for_package(&name("b/src/shop/x.ko"), Some(&top.join("b/src/shop/x.ko")));
        assert_eq!(first, [top.join("b/src"), top.join("lib"), top.join("k/src")]);
    }

    #[test]
    fn the_project_says_where_its_packages_are_and_comes_first() {
        let directory = tempfile::tempdir().unwrap();
        let top = directory.path().canonicalize().unwrap();
        for folder in ["p/code/a", "p/code/b/deep", "lib/a", "lib/c", "k/src/c", "k/src/d"] {
            std::fs::create_dir_all(top.join(folder)).unwrap();
        }
        let text = "[package]\nroots = [\"code\"]\nlibraries = [\"../lib\"]\n";
        std::fs::write(top.join("p/ko.toml"), text).unwrap();
        let mut roots = Roots::with_libraries(vec![top.join("k/src")]);
        roots.add_workspace_folder(&top.join("p/code/b"));
        let found = |package: &str| roots.directory(package);
        assert_eq!(found("a"), Some(top.join("p/code/a")));
        assert_eq!(found("c"), Some(top.join("lib/c")));
        assert_eq!(found("d"), Some(top.join("k/src/d")));
        assert_eq!(found("e"), None);
        assert_eq!(roots.package_of(&top.join("p/code/b/deep/x.ko")), "b/deep");
        assert_eq!(project_folder(&top.join("p/code/b/x.ko"), &top), top.join("p"));
        assert_eq!(project_folder(&top.join("lib/a"), &top.join("k")), top.join("lib/a"));
    }
}
