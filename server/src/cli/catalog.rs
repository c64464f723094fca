//! Everything that can be called, with its documentation: builtins, idioms, functions of packages and gates. The one
//! source of `ko list` and `ko doc`.

use ecow::EcoString;
use ko_queries::{
    FunctionKey, RootDatabase, builtins,
    database::IDIOM_PACKAGE,
    items::{find_function, find_package, functions_of_file},
    names::{functions_of_package, importable_packages},
};
use serde_json::{Value, json};

/// What something that can be called is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// Built into the language.
    Builtin,
    /// Written in Ko, and visible everywhere.
    Idiom,
    /// Of a package, written in Ko.
    Function,
    /// Of Kubernetes.
    Gate,
}

impl Origin {
    /// Its name for people and programs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Origin::Builtin => "builtin",
            Origin::Idiom => "idiom",
            Origin::Function => "function",
            Origin::Gate => "gate",
        }
    }
}

/// Something that can be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// What it is.
    pub(crate) origin: Origin,
    /// The package to import; empty for what needs no import.
    pub(crate) package: String,
    /// Its name.
    pub(crate) name: String,
    /// Its documentation, which begins with its signature in a block of code.
    pub(crate) markdown: String,
}

impl Entry {
    /// The call on a line, with types where they are known.
    pub(crate) fn signature(&self) -> &str {
        let code = self.markdown.strip_prefix("```ko\n").unwrap_or(&self.markdown);
        code.lines().next().unwrap_or(&self.name)
    }

    /// The first sentence of what is said about it.
    pub(crate) fn summary(&self) -> String {
        let after = self.markdown.split("```\n").nth(1).unwrap_or_default();
        // The first paragraph says what it is, the second what it does.
        let text = after.trim_start().split("\n\n").nth(1).unwrap_or_default();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.starts_with("- `") {
            return String::new();
        }
        match text.find(". ") {
            Some(end) => text[..=end].to_owned(),
            None => text,
        }
    }

    /// For programs.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "kind": self.origin.name(), "package": self.package, "name": self.name,
            "signature": self.signature(), "doc": self.markdown,
        })
    }
}

/// The function of a package, whatever it is written in; the package `""` has what needs no import.
pub(crate) fn find(db: &RootDatabase, package: &str, name: &str) -> Option<Entry> {
    let entry = |origin, package: &str, data: String| {
        let markdown = ko_ide::resolve_completion(db, &data)?;
        Some(Entry { origin, package: package.to_owned(), name: name.to_owned(), markdown })
    };
    let function = |package: &str| {
        let key = FunctionKey { package: package.into(), name: name.into() };
        find_function(db, &key)?;
        Some(format!("function {package} {name}"))
    };
    if package.is_empty() {
        if builtins::find("", name).is_some() {
            return entry(Origin::Builtin, "", format!("builtin  {name}"));
        }
        if let Some(data) = function(IDIOM_PACKAGE) {
            return entry(Origin::Idiom, "", data);
        }
        let schema = db.schema();
        let gate = schema.gate(name).or_else(|| schema.gates_named(name).next())?;
        let path = schema.kind(gate.kind).import_path();
        return entry(Origin::Gate, &format!("k8s/{path}"), format!("gate {path} {name}"));
    }
    if let Some(data) = function(package) {
        let idiom = package == IDIOM_PACKAGE;
        return entry(if idiom { Origin::Idiom } else { Origin::Function }, package, data);
    }
    if builtins::find(package, name).is_some() {
        return entry(Origin::Builtin, package, format!("builtin {package} {name}"));
    }
    let path = package.strip_prefix("k8s/")?;
    db.schema().gate_in(path, name)?;
    entry(Origin::Gate, package, format!("gate {path} {name}"))
}

/// What a package has, in the order in which it is declared.
pub(crate) fn of_package(db: &RootDatabase, package: &str) -> Vec<Entry> {
    let mut names: Vec<EcoString> = Vec::new();
    if let Some(input) = find_package(db, package) {
        for file in input.files(db).iter() {
            let functions = functions_of_file(db, *file);
            let items = &ko_queries::items::item_tree(db, *file).functions;
            let named = functions.iter().zip(items).filter(|(_, item)| !item.inline);
            names.extend(named.map(|(function, _)| function.name(db)));
        }
    }
    names.extend(builtins::of_package(package).map(|it| EcoString::from(it.name)));
    if package.starts_with("k8s/") {
        names.extend(functions_of_package(db, None, package));
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names.iter().filter_map(|name| find(db, package, name)).collect()
}

/// What comes with the language: builtins, idioms, packages of the library; gates if `gates`.
pub(crate) fn all(db: &RootDatabase, gates: bool) -> Vec<Entry> {
    let mut entries: Vec<Entry> =
        builtins::of_package("").filter_map(|it| find(db, "", it.name)).collect();
    for entry in of_package(db, IDIOM_PACKAGE) {
        // As with a builtin, nothing has to be imported.
        entries.push(Entry { package: String::new(), ..entry });
    }
    for package in importable_packages(db, None) {
        if package != IDIOM_PACKAGE && !package.starts_with("k8s/") {
            entries.extend(of_package(db, &package));
        }
    }
    if gates {
        let schema = db.schema();
        let mut of_kinds: Vec<Entry> = schema
            .gates()
            .iter()
            .filter_map(|gate| {
                let path = format!("k8s/{}", schema.kind(gate.kind).import_path());
                find(db, &path, &gate.name)
            })
            .collect();
        of_kinds.sort_by(|a, b| (&a.package, &a.name).cmp(&(&b.package, &b.name)));
        entries.extend(of_kinds);
    }
    entries
}
