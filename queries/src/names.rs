//! What a name means that is no argument and no label (specification §3.3), and what to say when it means nothing.

use ecow::EcoString;
use ko_syntax::TextRange;

use crate::{
    builtins,
    circuit::{FunctionKey, Target},
    database::{Db, IDIOM_PACKAGE, Package, SourceFile, World},
    diagnostic::{Diagnostic, FileEdit, FileId, Fix, Severity},
    items::{ImportItem, PackageScope, package_scope},
    library::short_path,
    projects::{find_import, import_path, importable},
    suggest::{did_you_mean, suggest},
};

/// The functions of the package in which names are looked up.
pub(crate) enum OwnFunctions<'a> {
    /// A package of the database.
    Package(&'a PackageScope),
    /// A package of the database, and functions that it would have besides.
    PackageAnd(&'a PackageScope, Vec<EcoString>),
    /// Functions that no package of the database has.
    Local(&'a [EcoString]),
}

impl OwnFunctions<'_> {
    pub(crate) fn contains(&self, name: &str) -> bool {
        match self {
            OwnFunctions::Package(scope) => scope.functions.contains_key(name),
            OwnFunctions::PackageAnd(scope, more) => {
                scope.functions.contains_key(name) || more.iter().any(|own| own == name)
            }
            OwnFunctions::Local(names) => names.iter().any(|own| own == name),
        }
    }

    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = match self {
            OwnFunctions::Package(scope) => scope.functions.keys().map(EcoString::as_str).collect(),
            OwnFunctions::PackageAnd(scope, more) => {
                scope.functions.keys().chain(more).map(EcoString::as_str).collect()
            }
            OwnFunctions::Local(names) => names.iter().map(EcoString::as_str).collect(),
        };
        names.sort_unstable();
        names
    }
}

/// Where names are looked up: a file.
pub(crate) struct Names<'a> {
    pub(crate) db: &'a dyn Db,
    pub(crate) file: FileId,
    /// The name of the package of the file.
    pub(crate) package: EcoString,
    /// The package of the file, if it is one of the database.
    pub(crate) from: Option<Package>,
    pub(crate) own: OwnFunctions<'a>,
    pub(crate) imports: &'a [ImportItem],
    /// Finds where an import can be inserted: the start of a line.
    pub(crate) import_offset: &'a dyn Fn() -> text_size::TextSize,
}

/// Lists the arguments and labels that a name could have been.
pub(crate) type Local<'a> = dyn Fn() -> Vec<EcoString> + 'a;

/// A name in the text.
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
    pub(crate) range: TextRange,
}

impl Names<'_> {
    /// What one name means (rules 5 and 6): a function of the package, an idiom, a builtin or a gate. `local` are the
    /// arguments and labels that it could have been.
    pub(crate) fn resolve_name(
        &self,
        name: &Word<'_>,
        local: &Local<'_>,
    ) -> Result<Target, Box<Diagnostic>> {
        if self.own.contains(name.text) {
            return Ok(self.function(self.package.clone(), name.text));
        }
        if self.idiom(name.text) {
            return Ok(self.function(IDIOM_PACKAGE.into(), name.text));
        }
        if let Some(id) = builtins::find("", name.text) {
            return Ok(Target::Builtin(id));
        }
        // A package of the library sees its own gates.
        if let Some(id) = builtins::find(short_path(import_path(&self.package)), name.text) {
            return Ok(Target::Builtin(id));
        }
        let schema = World::get(self.db).schema(self.db);
        if let Some(gate) = schema.gate(name.text) {
            return Ok(Target::Gate(gate.id));
        }
        Err(Box::new(self.unknown_name(name, local)))
    }

    fn function(&self, package: EcoString, name: &str) -> Target {
        Target::Function(FunctionKey { package, name: name.into() })
    }

    /// Whether the idioms have this function. Their inline functions are their own business.
    fn idiom(&self, name: &str) -> bool {
        let idioms = World::get(self.db).idioms(self.db);
        let scope = package_scope(self.db, idioms);
        scope.functions.get(name).is_some_and(|definition| !definition.inline)
    }

    /// What `alias.name` means (rule 4). Nothing, without a diagnostic, if the import itself is in error.
    pub(crate) fn resolve_imported(
        &self,
        alias: &Word<'_>,
        name: &Word<'_>,
        local: &Local<'_>,
    ) -> Result<Target, Option<Box<Diagnostic>>> {
        let import = self.imports.iter().find(|it| it.alias.as_deref() == Some(alias.text));
        let Some(import) = import else {
            return Err(Some(Box::new(self.unknown_alias(alias, name, local))));
        };
        let Some(path) = &import.path else { return Err(None) };
        if !package_exists(self.db, self.from, path) {
            return Err(None);
        }
        if let Some(package) = find_import(self.db, self.from, path)
            && package_scope(self.db, package).functions.contains_key(name.text)
        {
            return Ok(self.function(package.path(self.db), name.text));
        }
        if path == IDIOM_PACKAGE && self.idiom(name.text) {
            return Ok(self.function(IDIOM_PACKAGE.into(), name.text));
        }
        if let Some(id) = builtins::find(short_path(path), name.text) {
            return Ok(Target::Builtin(id));
        }
        let schema = World::get(self.db).schema(self.db);
        let gate = path.strip_prefix("k8s/").and_then(|group| schema.gate_in(group, name.text));
        match gate {
            Some(gate) => Ok(Target::Gate(gate.id)),
            None => Err(Some(Box::new(self.unknown_function(path, name)))),
        }
    }

    /// What to say about `a.b.c` where `a` is no argument and no label (rule 7).
    pub(crate) fn path_too_long(
        &self,
        alias: &Word<'_>,
        name: &Word<'_>,
        path: TextRange,
        local: &Local<'_>,
    ) -> Result<Target, Option<Box<Diagnostic>>> {
        // Only if the beginning means something, the length is what is wrong.
        self.resolve_imported(alias, name, local)?;
        let function = format!("{}.{}", alias.text, name.text);
        let message = format!(
            "`{function}` is a function; to select from it, put it in brackets: `({function})`, \
             or call it first: `{function}()`"
        );
        let mut diagnostic = Diagnostic::new(path, Severity::Error, "path-too-long", message);
        let bracket = |range, insert: &str| FileEdit {
            file: self.file,
            range: TextRange::empty(range),
            insert: insert.to_owned(),
        };
        diagnostic.fixes.push(Fix {
            title: format!("Call `{function}`"),
            edits: vec![bracket(name.range.end(), "()")],
            snippet: None,
        });
        Err(Some(Box::new(diagnostic)))
    }

    fn unknown_function(&self, path: &str, name: &Word<'_>) -> Diagnostic {
        let names = functions_of_package(self.db, self.from, path);
        let suggestions = suggest(name.text, names.iter().map(EcoString::as_str));
        let message = format!(
            "package \"{path}\" has no function `{}`{}",
            name.text,
            did_you_mean(&suggestions)
        );
        let mut diagnostic =
            Diagnostic::new(name.range, Severity::Error, "unknown-function", message);
        self.change_fixes(&mut diagnostic, &suggestions);
        diagnostic
    }

    fn unknown_alias(&self, alias: &Word<'_>, name: &Word<'_>, local: &Local<'_>) -> Diagnostic {
        let packages = packages_with_alias(self.db, self.from, alias.text, Some(name.text));
        let statement = |(path, renamed): &(EcoString, bool)| {
            let renamed = if *renamed { format!(" as {}", alias.text) } else { String::new() };
            format!("import \"{path}\"{renamed}")
        };
        let aliases = self.imports.iter().filter_map(|import| import.alias.as_deref());
        let local = local();
        let candidates = local.iter().map(EcoString::as_str).chain(aliases);
        let suggestions = suggest(alias.text, candidates);
        let what = format!("`{}` is no import, argument or label here", alias.text);
        let message = if !packages.is_empty() {
            let imports: Vec<_> =
                packages.iter().map(|it| format!("`{}`", statement(it))).collect();
            format!("{what}; add {}", imports.join(" or "))
        } else if self.own.contains(alias.text) {
            format!(
                "`{0}` is a function; to select from its result, call it first: `{0}().{1}`",
                alias.text, name.text
            )
        } else {
            format!("{what}{}", did_you_mean(&suggestions))
        };
        let mut diagnostic = Diagnostic::new(alias.range, Severity::Error, "unknown-name", message);
        diagnostic.fixes.extend(packages.iter().map(|it| self.import_fix(&statement(it))));
        self.change_fixes(&mut diagnostic, &suggestions);
        diagnostic
    }

    fn unknown_name(&self, name: &Word<'_>, local: &Local<'_>) -> Diagnostic {
        let text = name.text;
        let schema = World::get(self.db).schema(self.db);
        let gates: Vec<_> = schema.gates_named(text).collect();
        if !gates.is_empty() {
            let paths: Vec<_> = gates
                .iter()
                .map(|gate| format!("k8s/{}", schema.kind(gate.kind).import_path()))
                .collect();
            let quoted: Vec<_> = paths.iter().map(|path| format!("\"{path}\"")).collect();
            let message = format!(
                "`{text}` needs an import that says which one is meant: {}",
                quoted.join(" or ")
            );
            let mut diagnostic =
                Diagnostic::new(name.range, Severity::Error, "ambiguous-gate", message);
            diagnostic.fixes = paths.iter().map(|path| self.gate_fix(path, name)).collect();
            return diagnostic;
        }
        if self.imports.iter().any(|import| import.alias.as_deref() == Some(text)) {
            let message =
                format!("`{text}` is an import and no value; name a function of it: `{text}.…`");
            return Diagnostic::new(name.range, Severity::Error, "unknown-name", message);
        }
        let idioms = World::get(self.db).idioms(self.db);
        let idioms = package_scope(self.db, idioms);
        let local = local();
        let mut visible: Vec<&str> = local.iter().map(EcoString::as_str).collect();
        visible.extend(self.own.names());
        let mut more: Vec<&str> = idioms
            .functions
            .iter()
            .filter(|(_, definition)| !definition.inline)
            .map(|(name, _)| name.as_str())
            .collect();
        more.extend(builtins::of_package("").map(|builtin| builtin.name));
        more.sort_unstable();
        visible.extend(more);
        visible.extend(
            schema.gates().iter().filter(|gate| gate.unqualified).map(|gate| gate.name.as_str()),
        );
        let suggestions = suggest(text, visible);
        let message = format!(
            "`{text}` is no argument, label, function or builtin here{}",
            did_you_mean(&suggestions)
        );
        let mut diagnostic = Diagnostic::new(name.range, Severity::Error, "unknown-name", message);
        self.change_fixes(&mut diagnostic, &suggestions);
        diagnostic
    }

    fn change_fixes(&self, diagnostic: &mut Diagnostic, suggestions: &[&str]) {
        for name in suggestions {
            diagnostic.fixes.push(change(self.file, diagnostic.range, name));
        }
    }

    /// A fix that adds an import.
    fn import_fix(&self, statement: &str) -> Fix {
        let range = TextRange::empty((self.import_offset)());
        let insert = format!("{statement}\n");
        let edits = vec![FileEdit { file: self.file, range, insert }];
        Fix { title: format!("Add `{statement}`"), edits, snippet: None }
    }

    /// Imports the package of a gate, if it is not imported yet, and names it before the gate.
    fn gate_fix(&self, path: &str, name: &Word<'_>) -> Fix {
        let imported = self.imports.iter().find(|import| import.path.as_deref() == Some(path));
        let alias = match imported.and_then(|import| import.alias.clone()) {
            Some(alias) => alias,
            // `k8s/apps/v1` is called `apps`: its last part says little.
            None => path.split('/').nth(1).and_then(|group| group.split('.').next()).map_or_else(
                || EcoString::from("k8s"),
                |group| group.chars().filter(|c| c.is_alphanumeric()).collect(),
            ),
        };
        let prefix = FileEdit {
            file: self.file,
            range: TextRange::empty(name.range.start()),
            insert: format!("{alias}."),
        };
        let mut fix = self.import_fix(&format!("import \"{path}\" as {alias}"));
        if imported.is_some() {
            fix.edits.clear();
        }
        fix.title = format!("Use the one of \"{path}\"");
        fix.edits.push(prefix);
        fix
    }
}

/// Where a new import goes: the start of a line, below the imports that a file has.
pub fn import_offset(db: &dyn Db, file: SourceFile) -> text_size::TextSize {
    crate::lower::import_offset(&crate::items::import_nodes(db, file), &file.text(db))
}

/// A fix that writes another name.
pub(crate) fn change(file: FileId, range: TextRange, name: &str) -> Fix {
    let edit = FileEdit { file, range, insert: name.to_owned() };
    Fix { title: format!("Change to `{name}`"), edits: vec![edit], snippet: None }
}

/// Whether an import of this path, in a file of the package `from`, can have functions: a package with files, a builtin one or one of Kubernetes.
pub fn package_exists(db: &dyn Db, from: Option<Package>, path: &str) -> bool {
    find_import(db, from, path).is_some()
        || builtins::has_package(short_path(path))
        || path
            .strip_prefix("k8s/")
            .is_some_and(|group| World::get(db).schema(db).has_package(group))
}

/// The names of the functions that an import of this path gives in a file of the package `from`, sorted, each once. Without
/// `from`, the path is the name of a package in the world.
pub fn functions_of_package(db: &dyn Db, from: Option<Package>, path: &str) -> Vec<EcoString> {
    let mut names: Vec<EcoString> = Vec::new();
    let world = World::get(db);
    if let Some(package) = find_import(db, from, path) {
        let own = package_scope(db, package).functions.iter();
        let hidden = package == world.idioms(db);
        names.extend(own.filter(|(_, it)| !(hidden && it.inline)).map(|(name, _)| name.clone()));
    }
    let gates = builtins::of_package(short_path(path)).filter(|_| !short_path(path).is_empty());
    names.extend(gates.map(|it| it.name.into()));
    if let Some(group) = path.strip_prefix("k8s/") {
        let schema = world.schema(db);
        let gates = schema.gates().iter().filter(|gate| {
            let import = schema.kind(gate.kind).import_path();
            import == group || import.split_once('/').is_some_and(|(name, _)| name == group)
        });
        names.extend(gates.map(|gate| gate.name.clone()));
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// The paths that a file of the package `from` can import: packages with files, those of the library by their short paths, builtin ones and those
/// of Kubernetes, sorted, each once.
pub fn importable_packages(db: &dyn Db, from: Option<Package>) -> Vec<EcoString> {
    let world = World::get(db);
    let mut paths: Vec<EcoString> = importable(db, from);
    paths.extend(builtins::packages().into_iter().map(EcoString::from));
    paths.extend(world.library(db).keys().cloned());
    paths.push(IDIOM_PACKAGE.into());
    let schema = world.schema(db);
    paths.extend(schema.kinds().iter().map(|kind| ecow::eco_format!("k8s/{}", kind.import_path())));
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// The packages that `alias` may mean in `alias.name` in a file of the package `from`: those whose path ends with it, and those of Kubernetes whose
/// group begins with it and that have the gate, or all of these where no name is given. At most three, each with whether
/// the import needs `as`.
pub fn packages_with_alias(
    db: &dyn Db,
    from: Option<Package>,
    alias: &str,
    name: Option<&str>,
) -> Vec<(EcoString, bool)> {
    let schema = World::get(db).schema(db);
    let fits = |path: &EcoString| -> Option<bool> {
        let Some(group_version) = path.strip_prefix("k8s/") else {
            return path.rsplit('/').next().is_some_and(|last| last == alias).then_some(false);
        };
        let group = group_version.split(['/', '.']).next();
        let has = |name| schema.gate_in(group_version, name).is_some();
        (group == Some(alias) && name.is_none_or(has)).then_some(true)
    };
    let all = importable_packages(db, from).into_iter();
    all.filter_map(|path| fits(&path).map(|renamed| (path, renamed))).take(3).collect()
}
