//! The sources that a command works on: files named on the command line, and every package that they import.
//!
//! A package is a directory. Where its path begins the project says that it is part of: see [`Roots`].

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use anyhow::{Result, bail};
use ko_queries::{
    Db, FileId, RootDatabase, database::EXPRESSION_FILE, diagnostic::Severity, items::item_tree,
};
use ko_schema::Schema;

use super::render;
use crate::packages::{self, LoadedFile, ReadError, Roots, project_folder};

/// A database with the sources of a command.
pub(crate) struct Sources {
    /// The database.
    pub(crate) db: RootDatabase,
    /// The files that were named or stand in a folder that was named, sorted by path.
    pub(crate) named: Vec<FileId>,
    /// Files that have no text, with the reason; of those that were named or imported.
    pub(crate) unreadable: Vec<(String, ReadError)>,
    /// The minor version of Kubernetes to check against, whatever `ko.toml` says.
    kubernetes: Option<u32>,
    roots: Roots,
    ids: BTreeMap<PathBuf, FileId>,
    /// Files whose text was read in this round; see [`Sources::refresh`].
    read: BTreeSet<FileId>,
    /// Packages that were looked for, found or not, with the number of the project that looked where there are several.
    sought: BTreeSet<(Option<usize>, String)>,
}

impl Sources {
    /// No sources yet; packages are looked for below these roots.
    pub(crate) fn new(roots: Roots) -> Sources {
        Sources {
            db: RootDatabase::new(Schema::builtin().clone()),
            named: Vec::new(),
            unreadable: Vec::new(),
            kubernetes: None,
            roots,
            ids: BTreeMap::new(),
            read: BTreeSet::new(),
            sought: BTreeSet::new(),
        }
    }

    /// Files and folders; folders with everything below them if `deep`, else only what stands in them.
    ///
    /// # Errors
    /// When a path does not exist, or there is no Ko file at all.
    pub(crate) fn of_paths(paths: &[PathBuf], deep: bool) -> Result<Sources> {
        let mut sources = Sources::new(Roots::with_kopath());
        sources.add_paths(paths, deep)?;
        sources.complete()
    }

    fn add_paths(&mut self, paths: &[PathBuf], deep: bool) -> Result<()> {
        let current = std::env::current_dir()?;
        for path in paths {
            let absolute = current.join(path);
            let absolute = absolute.canonicalize().unwrap_or(absolute);
            self.roots.add_project(&project_folder(&absolute, &current));
        }
        for path in paths {
            if path.is_dir() {
                if deep {
                    self.add_tree(path);
                } else {
                    self.add_all(packages::read_directory(path), true);
                }
            } else if path.exists() {
                let file = LoadedFile { text: packages::read(path), path: path.clone() };
                self.add_all(vec![file], true);
                // The other files of its package are part of what it means.
                self.add_all(packages::read_directory(folder_of(path)), false);
            } else {
                bail!("{}: there is no such file or folder", path.display());
            }
        }
        if self.read.is_empty() && self.unreadable.is_empty() {
            let names: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
            bail!("{}: no Ko files there (their names end in .ko)", names.join(", "));
        }
        Ok(())
    }

    /// Reads everything again, as [`Sources::of_paths`] does, into the same database: what depends on nothing that has
    /// changed is not computed again. After an error, what is there is not complete.
    ///
    /// # Errors
    /// As [`Sources::of_paths`].
    pub(crate) fn refresh(&mut self, paths: &[PathBuf], deep: bool) -> Result<()> {
        self.roots = Roots::with_kopath();
        self.named.clear();
        self.unreadable.clear();
        self.sought.clear();
        self.read.clear();
        let result = self.add_paths(paths, deep).and_then(|()| self.finish());
        for id in self.ids.values().filter(|id| !self.read.contains(id)) {
            self.db.remove_file(*id);
        }
        result
    }

    /// The folders in which a change could change what is known: those of the files that were read, those below the
    /// folders among `paths`, and those that have a `ko.toml` or could have one.
    pub(crate) fn folders(&self, paths: &[PathBuf]) -> BTreeSet<PathBuf> {
        let mut folders = BTreeSet::new();
        for path in paths {
            if path.is_dir() {
                folders.extend(packages::folders_below(path));
            } else {
                folders.insert(folder_of(path).to_owned());
            }
        }
        let files = self.ids.iter().filter(|(_, id)| self.read.contains(id)).map(|(path, _)| path);
        let manifests = self.roots.manifests.iter().map(|it| &it.path);
        folders.extend(files.chain(manifests).filter_map(|it| Some(it.parent()?.to_owned())));
        let absolute = |folder: PathBuf| folder.canonicalize().unwrap_or(folder);
        let mut folders: BTreeSet<PathBuf> = folders.into_iter().map(absolute).collect();
        // A new `ko.toml` may stand anywhere from the root of the project down to what was named.
        for root in self.roots.folders.iter().cloned().map(absolute) {
            for path in paths.iter().cloned().map(absolute) {
                let above = path.ancestors().skip(1).filter(|it| it.starts_with(&root));
                folders.extend(above.map(Path::to_owned));
            }
        }
        folders
    }

    /// What a command names: paths of files and folders, with everything below these; packages by their path, with
    /// all packages below for a path that ends in `/...`; and functions, as `PACKAGE/NAME`, whose names are returned.
    /// Of nothing all of the project.
    ///
    /// # Errors
    /// When something named is not there.
    pub(crate) fn of_targets(targets: &[String]) -> Result<(Sources, Vec<String>)> {
        let current = std::env::current_dir()?;
        let mut sources = Sources::new(Roots::with_kopath());
        sources.roots.add_project(&project_folder(&current, &current));
        let mut functions = Vec::new();
        if targets.is_empty() {
            sources.add_project();
        }
        for target in targets {
            sources.add_target(target, &current, &mut functions)?;
        }
        Ok((sources.complete()?, functions))
    }

    fn add_target(
        &mut self,
        target: &str,
        current: &Path,
        functions: &mut Vec<String>,
    ) -> Result<()> {
        let (name, deep) = match target.strip_suffix("...") {
            Some(rest) => (rest.trim_end_matches('/'), true),
            None => (target, false),
        };
        let path = current.join(name);
        // As in Go, `./x` is a folder and `x` a package first; where both are one, all below it is meant, too.
        let first = Path::new(name).components().next();
        let relative = matches!(first, Some(Component::CurDir | Component::ParentDir));
        let package = match relative || Path::new(name).is_absolute() {
            true => None,
            false => self.roots.directory(name.trim_end_matches('/')),
        };
        if let Some(directory) =
            package.filter(|it| path.is_dir() && !packages::same_directory(it, &path))
        {
            self.add_package_at(&directory, deep);
            return Ok(());
        }
        if path.is_dir() {
            self.add_root_of(&path, current);
            self.add_tree(&path);
            return Ok(());
        }
        if path.is_file() {
            self.add_root_of(&path, current);
            let folder = path.parent().unwrap_or(current).to_owned();
            self.add_all(vec![LoadedFile { text: packages::read(&path), path }], true);
            // The other files of its package are part of what it means.
            self.add_all(packages::read_directory(&folder), false);
            return Ok(());
        }
        let name = name.trim_end_matches('/');
        if let Some(directory) = self.roots.directory(name) {
            self.add_package_at(&directory, deep);
            return Ok(());
        }
        if let Some((package, function)) = name.rsplit_once('/').filter(|_| !deep)
            && ko_syntax::is_valid_ident(function)
            && (current.join(package).is_dir() || self.roots.directory(package).is_some())
        {
            let directory = self.roots.directory(package).unwrap_or_else(|| current.join(package));
            self.add_root_of(&directory, current);
            self.add_all(packages::read_directory(&directory), true);
            functions.push(function.to_owned());
            return Ok(());
        }
        bail!(
            "there is no file, folder or package {target:?}; packages are looked for in {}",
            self.roots()
        )
    }

    /// The package in a directory, with all packages below if `deep`.
    fn add_package_at(&mut self, directory: &Path, deep: bool) {
        if deep {
            self.add_tree(directory);
        } else {
            self.add_all(packages::read_directory(directory), true);
        }
    }

    /// Makes the project that a path is part of a root.
    fn add_root_of(&mut self, path: &Path, current: &Path) {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        self.roots.add_project(&project_folder(&path, current));
    }

    /// A package by its path, with its imports; see [`Roots`]. `kopath` replaces the variable of that name.
    ///
    /// # Errors
    /// When there is no current folder, or `ko.toml` is wrong.
    pub(crate) fn of_package(path: &str, kopath: Option<&str>) -> Result<Sources> {
        let mut sources = Sources::of_project(kopath)?;
        sources.add_package(path);
        sources.named = sources.db.package_files(path);
        sources.complete()
    }

    /// No sources yet, and the roots of the project that the current folder is part of.
    ///
    /// # Errors
    /// When there is no current folder.
    pub(crate) fn of_project(kopath: Option<&str>) -> Result<Sources> {
        let current = std::env::current_dir()?;
        let library = |root| current.join::<PathBuf>(root).join("src");
        let mut roots = match kopath {
            Some(dirs) => Roots::with_libraries(std::env::split_paths(dirs).map(library).collect()),
            None => Roots::with_kopath(),
        };
        roots.add_project(&project_folder(&current, &current));
        Ok(Sources::new(roots))
    }

    /// Adds what is imported, and says what is wrong with `ko.toml`.
    ///
    /// # Errors
    /// When a `ko.toml` is wrong.
    pub(crate) fn complete(mut self) -> Result<Sources> {
        self.finish()?;
        Ok(self)
    }

    fn finish(&mut self) -> Result<()> {
        self.add_imports();
        self.place();
        self.db.set_kubernetes_version(self.kubernetes.or_else(|| self.roots.kubernetes()));
        let named = &mut self.named;
        named.sort_by_key(|file| self.db.path(*file));
        let mut wrong = Vec::new();
        for manifest in &self.roots.manifests {
            let path = render::shown(&manifest.path.to_string_lossy());
            for problem in &manifest.problems {
                let file = EXPRESSION_FILE;
                let text = render::excerpt_of(&self.db, file, &path, &manifest.text, problem);
                anstream::eprintln!("{text}\n");
                if problem.severity == Severity::Error && !wrong.contains(&path) {
                    wrong.push(path.clone());
                }
            }
        }
        if !wrong.is_empty() {
            bail!("nothing was done: mend {}", wrong.join(", "));
        }
        Ok(())
    }

    /// Checks against this minor version of Kubernetes, whatever `ko.toml` says; nothing changes nothing.
    pub(crate) fn use_kubernetes(&mut self, minor: Option<u32>) {
        if minor.is_some() {
            self.kubernetes = minor;
            self.db.set_kubernetes_version(minor);
        }
    }

    /// Checks against what a cluster has.
    pub(crate) fn use_cluster(&mut self, schema: Schema) {
        let minor = ko_schema::minor(schema.version());
        self.db.set_schema(schema);
        self.use_kubernetes(minor);
    }

    /// The package that the first named file is part of.
    pub(crate) fn package(&self) -> Option<String> {
        self.named.first().and_then(|file| self.db.package(*file)).map(|it| it.to_string())
    }

    /// The roots that packages are looked for in, for messages.
    pub(crate) fn roots(&self) -> String {
        self.roots.all().map(|it| it.display().to_string()).collect::<Vec<_>>().join(", ")
    }

    /// Adds all packages of the projects at hand.
    pub(crate) fn add_project(&mut self) {
        for root in self.roots.folders.clone() {
            self.add_tree(&root);
        }
    }

    /// Adds everything below a directory. The projects there come first, as they say what the packages are called.
    fn add_tree(&mut self, directory: &Path) {
        for project in packages::projects_below(directory) {
            self.roots.add_project(&project.canonicalize().unwrap_or(project));
        }
        packages::read_tree(directory, |files| self.add_all(files, true));
    }

    /// The roots that packages are looked for in, for programs: the one that this package is in comes first.
    pub(crate) fn roots_of(&self, package: &str) -> Vec<PathBuf> {
        let first = self.named.first();
        let file = first.and_then(|id| self.ids.iter().find(|it| it.1 == id)).map(|it| it.0);
        self.roots.for_package(package, file.map(PathBuf::as_path))
    }

    fn add_all(&mut self, files: Vec<LoadedFile>, named: bool) {
        self.add_files(files, named, None);
    }

    fn add_files(&mut self, files: Vec<LoadedFile>, named: bool, package: Option<&str>) {
        for LoadedFile { path, text } in files {
            let absolute = path.canonicalize().unwrap_or_else(|_| path.clone());
            let shown = render::shown(&path.strip_prefix(".").unwrap_or(&path).to_string_lossy());
            if let Some(id) = self.ids.get(&absolute).filter(|id| self.read.contains(id)) {
                if named && !self.named.contains(id) {
                    self.named.push(*id);
                }
                continue;
            }
            match text {
                Ok(text) => self.add(absolute, &shown, text, named, package),
                Err(error) if !self.unreadable.iter().any(|(other, _)| *other == shown) => {
                    self.unreadable.push((shown, error));
                }
                Err(_) => {}
            }
        }
    }

    fn add(
        &mut self,
        absolute: PathBuf,
        shown: &str,
        text: Arc<str>,
        named: bool,
        package: Option<&str>,
    ) {
        let next = FileId(self.ids.len() as u32);
        let id = *self.ids.entry(absolute.clone()).or_insert(next);
        let package = match package {
            Some(package) => package.to_owned(),
            None => self.roots.package_of(&absolute),
        };
        self.db.set_file(id, shown, &package, text);
        self.read.insert(id);
        self.sought.insert((None, package));
        if named {
            self.named.push(id);
        }
    }

    /// Adds a package by its path, if there is one, with its imports.
    pub(crate) fn import(&mut self, package: &str) {
        self.add_package(package);
        self.add_imports();
        self.place();
    }

    /// Where there are several projects, each package gets its name in the world of all of them: a project that was found
    /// last may have a package of the same path as the first one.
    fn place(&mut self) {
        if !self.roots.several() {
            return;
        }
        for (path, id) in self.ids.iter().filter(|(_, id)| self.read.contains(id)) {
            let (name, place) = self.roots.placed_package_of(path);
            if let (Some(shown), Some(text)) = (self.db.path(*id), self.db.text(*id)) {
                self.db.set_file(*id, &shown, &name, text);
            }
            self.db.place_package(&name, Some(place));
        }
    }

    /// Sets a text that is in no file, by a name.
    pub(crate) fn set_text(&mut self, name: &str, package: &str, text: Arc<str>) -> FileId {
        let next = FileId(self.ids.len() as u32);
        let id = *self.ids.entry(PathBuf::from(name)).or_insert(next);
        self.db.set_file(id, name, package, text);
        id
    }

    /// The text of [`Sources::set_text`].
    pub(crate) fn text_of(&self, name: &str) -> Option<Arc<str>> {
        self.db.text(*self.ids.get(Path::new(name))?)
    }

    /// Takes a text of [`Sources::set_text`] away.
    pub(crate) fn remove_text(&mut self, name: &str) {
        // The id stays, so that it is nobody else's.
        if let Some(id) = self.ids.get(Path::new(name)) {
            self.db.remove_file(*id);
        }
    }

    /// Adds a package by its path, if there is one.
    pub(crate) fn add_package(&mut self, package: &str) {
        if !package.is_empty()
            && self.sought.insert((None, package.to_owned()))
            && let Some(directory) = self.roots.directory(package)
        {
            self.add_files(packages::read_directory(&directory), false, Some(package));
        }
    }

    /// Adds the package that an import in this file means, if there is one.
    fn add_import(&mut self, file: &Path, package: &str) {
        if !self.roots.several() {
            return self.add_package(package);
        }
        let folder = folder_of(file);
        let project = self.roots.project_of(folder);
        if !package.is_empty()
            && self.sought.insert((Some(project.unwrap_or(usize::MAX)), package.to_owned()))
            && let Some(directory) = self.roots.directory_from(folder, package)
        {
            self.add_files(packages::read_directory(&directory), false, None);
        }
    }

    fn add_imports(&mut self) {
        let live = self.ids.iter().filter(|(_, id)| self.db.text(**id).is_some());
        let mut open: VecDeque<(PathBuf, FileId)> =
            live.map(|(path, id)| (path.clone(), *id)).collect();
        while let Some((path, file)) = open.pop_front() {
            for package in imports(&self.db, file) {
                let before = self.ids.len();
                self.add_import(&path, &package);
                if self.ids.len() == before {
                    continue;
                }
                // Ids are given one after the other.
                let new = self.ids.iter().filter(|(_, id)| id.0 as usize >= before);
                open.extend(new.map(|(path, id)| (path.clone(), *id)));
            }
        }
    }
}

/// The folder that a file stands in.
fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The packages that a file imports. It is parsed for this as it is for everything after, once.
fn imports(db: &RootDatabase, file: FileId) -> Vec<String> {
    let Some(file) = db.source_file(file) else { return Vec::new() };
    let imports = item_tree(db, file).imports.iter();
    imports.filter_map(|import| Some(import.path.as_ref()?.to_string())).collect()
}
