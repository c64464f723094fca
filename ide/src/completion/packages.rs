//! What packages have, and how a file gets at it: by an import that it has, or by one that is added.
//!
//! The names of a package are a query of their own, so that a keystroke inside a function leaves them as they are.

use std::sync::Arc;

use ecow::EcoString;
use ko_queries::{
    Db, RootDatabase, builtins,
    circuit::Param,
    database::{IDIOM_PACKAGE, Package, World},
    items::item_tree,
    library::{is_library, short_path},
    names::{importable_packages, packages_with_alias},
    projects::{find_import, import_path, importable},
    types::Fit,
};
use ko_syntax::SyntaxNode;

use super::{
    CompletionKind, NeededImport,
    list::{Group, List},
};

/// A function as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FunctionName {
    pub(super) name: EcoString,
    pub(super) params: Arc<[Param]>,
    /// Whether it stands inside of another function.
    pub(super) inline: bool,
    /// Whether it is in a file of tests.
    pub(super) test: bool,
}

/// The functions of a package, sorted, each name once.
#[salsa::tracked(returns(ref))]
pub(super) fn functions(db: &dyn Db, package: Package) -> Vec<FunctionName> {
    let mut all = Vec::new();
    for file in package.files(db).iter() {
        let test = file.path(db).ends_with("_test.ko");
        for function in &item_tree(db, *file).functions {
            all.push(FunctionName {
                name: function.name.clone(),
                params: function.params.clone(),
                inline: function.inline,
                test,
            });
        }
    }
    // The sort is stable: of several definitions the first counts, as everywhere.
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all.dedup_by(|a, b| a.name == b.name);
    all
}

/// With fewer letters than these, almost every function of every package would be offered.
const LETTERS_TO_IMPORT: usize = 2;

/// A package as a file names it.
struct Named<'a> {
    path: &'a str,
    alias: &'a str,
    import: Option<NeededImport>,
}

impl List<'_> {
    /// The functions behind `alias.`, of the package that the file calls so or of those that it could import.
    pub(super) fn functions_behind(&mut self, alias: &str) {
        let imports = &item_tree(self.source.db, self.source.file).imports;
        let own = imports.iter().find(|it| it.alias.as_deref() == Some(alias));
        if let Some(import) = own {
            if let Some(path) = &import.path {
                self.package(path, None);
            }
            return;
        }
        if !self.config.auto_imports {
            return;
        }
        for (path, renamed) in packages_with_alias(self.source.db, self.from(), alias, None) {
            let alias = renamed.then(|| alias.to_owned());
            self.package(&path, Some(NeededImport { path: path.to_string(), alias }));
        }
    }

    /// The package of the file.
    fn from(&self) -> Option<Package> {
        Some(self.source.file.package(self.source.db))
    }

    /// What finds the documentation of a package later: its name in the world.
    fn package_data(&self, path: &str) -> String {
        let db = self.source.db;
        let name = find_import(db, self.from(), path).map(|it| it.path(db));
        format!("package {}", name.as_deref().unwrap_or(path))
    }

    /// What a package has. `import` is what it takes to get at it.
    fn package(&mut self, path: &str, import: Option<NeededImport>) {
        let first = self.len();
        self.package_items(path, |group| group, false);
        if let Some(import) = import {
            self.change_from(first, |it| {
                it.import = Some(import.clone());
                it.description = Some(format!("import \"{}\"", import.path));
            });
        }
    }

    /// Lists what a package has: its functions, builtins and gates. `only_public` leaves out what is not meant for
    /// others.
    fn package_items(&mut self, path: &str, group: impl Fn(Group) -> Group, only_public: bool) {
        let db = self.source.db;
        let library = is_library(db, short_path(path));
        if let Some(package) = find_import(db, self.from(), path) {
            // A package of the library goes by more than one path.
            let real = package.path(db);
            for function in functions(db, package) {
                let public = function.name.starts_with(char::is_uppercase);
                if function.inline || function.test || (!public && (library || only_public)) {
                    continue;
                }
                let fit = self.callable_fit(None);
                self.function(group(Group::Function(fit)), &real, function);
            }
        }
        for builtin in builtins::of_package(short_path(path)) {
            // Some gates have a second name, for programs that know only that.
            let old = builtin
                .name
                .strip_prefix("Go")
                .is_some_and(|it| it.starts_with(char::is_uppercase));
            if old || short_path(path).is_empty() {
                continue;
            }
            let written = find_import(db, self.from(), path)
                .is_some_and(|it| functions(db, it).iter().any(|it| it.name == builtin.name));
            if !written {
                let first = self.len();
                self.builtin(builtin);
                let fit = self.callable_fit(Some(&crate::typing::builtin_result(builtin.id)));
                let group = group(Group::Builtin(fit));
                self.change_from(first, |it| {
                    it.sort_text = super::list::sort_text(group, &it.label)
                });
            }
        }
        let schema = self.schema.clone();
        if let Some(gv) = path.strip_prefix("k8s/") {
            let gates = schema.gates().iter().filter(|gate| {
                let import = schema.kind(gate.kind).import_path();
                import == gv || import.split_once('/').is_some_and(|(name, _)| name == gv)
            });
            for gate in gates {
                self.gate(gate);
            }
        }
    }

    /// Functions by their bare names that need their package before them, and packages by their names: of those that are
    /// imported already, of the other ones of the workspace and of the library.
    pub(super) fn not_imported(&mut self, at: &SyntaxNode) {
        if self.typed() < LETTERS_TO_IMPORT {
            return;
        }
        let db = self.source.db;
        let own = self.source.file.package(db).path(db);
        let own = import_path(&own);
        let tree = item_tree(db, self.source.file);
        let scope = self.source.scope_of(at);
        // Arguments and steps hide packages of the same name.
        let hidden = |alias: &str| {
            scope.as_ref().is_some_and(|it| it.param(alias).is_some() || it.label(alias).is_some())
        };
        let mut known: Vec<EcoString> = Vec::new();
        for import in &tree.imports {
            let (Some(alias), Some(path)) = (&import.alias, &import.path) else { continue };
            known.push(path.clone());
            known.push(short_path(path).into());
            if ko_syntax::is_valid_ident(alias) && !hidden(alias) && !path.starts_with("k8s/") {
                self.qualified(&Named { path, alias, import: None });
            }
        }
        if !self.config.auto_imports {
            return;
        }
        for path in importable_without_kubernetes(db, self.from()) {
            if path == own || path == IDIOM_PACKAGE || known.contains(&path) {
                continue;
            }
            let taken = |alias: &str| {
                hidden(alias) || tree.imports.iter().any(|it| it.alias.as_deref() == Some(alias))
            };
            let (alias, renamed) = free_alias(&path, taken);
            let import =
                NeededImport { path: path.to_string(), alias: renamed.then(|| alias.clone()) };
            if self.may_mean(&alias) {
                let group = Group::NotImported(self.fit(None));
                let data = self.package_data(&path);
                let item = self.add_always(group, CompletionKind::Module, &alias);
                item.description = Some(format!("import \"{path}\""));
                item.import = Some(import.clone());
                item.commits_at_dot = true;
                item.data = Some(data);
            }
            self.qualified(&Named { path: &path, alias: &alias, import: Some(import) });
        }
    }

    /// The functions of a package by their bare names, written with the name of the package before them.
    fn qualified(&mut self, package: &Named<'_>) {
        let first = self.len();
        let imported = package.import.is_none();
        let regroup = |group| match group {
            _ if imported => group,
            Group::Function(fit) | Group::Builtin(fit) => Group::NotImported(fit),
            other => other,
        };
        self.package_items(package.path, regroup, true);
        self.change_from(first, |item| {
            let name = std::mem::take(&mut item.label);
            item.label = format!("{}.{name}", package.alias);
            item.insert = format!("{}.{}", package.alias, item.insert);
            item.filter_text = Some(name);
            item.description = Some(match &package.import {
                Some(import) => format!("import \"{}\"", import.path),
                None => package.path.to_owned(),
            });
            item.import.clone_from(&package.import);
        });
    }

    pub(super) fn import_path(&mut self) {
        let db = self.source.db;
        let own = self.source.file.package(db).path(db);
        let own = import_path(&own);
        let imports = &item_tree(db, self.source.file).imports;
        let typed = self.context.typed.clone();
        let imported =
            |path: &str| path != typed && imports.iter().any(|it| it.path.as_deref() == Some(path));
        for path in importable_packages(db, self.from())
            .into_iter()
            .filter(|it| *it != own && !imported(it))
        {
            let group = match path.starts_with("k8s/") {
                true => Group::Gate(Fit::Unknown),
                false => Group::Function(Fit::Unknown),
            };
            let data = self.package_data(&path);
            if let Some(item) = self.add(group, CompletionKind::Module, &path) {
                item.data = Some(data);
            }
        }
    }
}

/// The packages of the workspace and of the library.
fn importable_without_kubernetes(db: &RootDatabase, from: Option<Package>) -> Vec<EcoString> {
    let world = World::get(db);
    let mut paths: Vec<EcoString> = importable(db, from);
    paths.extend(builtins::packages().into_iter().map(EcoString::from));
    paths.extend(world.library(db).keys().cloned());
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// What a file can call a package, and whether its import must say so.
fn free_alias(path: &str, taken: impl Fn(&str) -> bool) -> (String, bool) {
    let last = path.rsplit('/').next().unwrap_or(path);
    let mut alias = last.to_owned();
    if !ko_syntax::is_valid_ident(&alias) {
        alias.retain(|c| c.is_alphanumeric() || c == '_');
        if !ko_syntax::is_valid_ident(&alias) {
            alias.insert(0, '_');
        }
    }
    let base = alias.clone();
    for number in 2..100 {
        if !taken(&alias) {
            break;
        }
        alias = format!("{base}{number}");
    }
    let renamed = alias != last;
    (alias, renamed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_get_names_that_are_free() {
        let alias = |path: &str, taken: &[&str]| free_alias(path, |it| taken.contains(&it));
        assert_eq!(alias("a/b", &[]), ("b".to_owned(), false));
        assert_eq!(alias("a/b", &["b", "b2"]), ("b3".to_owned(), true));
        assert_eq!(alias("my-pkg", &[]), ("mypkg".to_owned(), true));
        assert_eq!(alias("a/1x", &[]), ("_1x".to_owned(), true));
    }
}
