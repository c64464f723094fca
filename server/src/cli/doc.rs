//! `ko doc`: the documentation of packages, functions, and kinds of Kubernetes with their fields.

mod markdown;

use std::{collections::BTreeSet, process::ExitCode};

use anstyle::Style;
use anyhow::{Result, bail};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use ko_queries::{
    builtins,
    database::IDIOM_PACKAGE,
    names::{functions_of_package, importable_packages, package_exists},
    suggest::suggest,
};
use ko_schema::{Kind, Schema, render_type};
use serde_json::{Value, json};

use super::{
    catalog::{self, Entry},
    complete,
    sources::Sources,
};

/// Say what something does: a function, a package, a kind of Kubernetes or a field of one
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ko doc Range                     a builtin
  ko doc CreateDeployment          a function of Kubernetes
  ko doc Deployment                a kind of Kubernetes
  ko doc Deployment.spec.strategy  a field of it
  ko doc integer                   a package: what its functions are called with
  ko doc integer/Sum               a function of a package; integer.Sum does as well
  ko doc examples/guestbook        a package of this project

Exit codes: 0 it is documented, 2 there is no such thing.")]
pub(crate) struct Doc {
    /// PACKAGE, PACKAGE/FUNCTION, FUNCTION, KIND or KIND.FIELD
    #[arg(value_name = "NAME", required = true, add = ArgValueCompleter::new(complete::documented))]
    names: Vec<String>,
    /// Folders whose src holds packages, instead of those in KOPATH
    #[arg(long, value_name = "DIRS")]
    kopath: Option<String>,
    /// Print a JSON array, with documentation as Markdown
    #[arg(long)]
    json: bool,
}

/// What a name means.
enum Found {
    Function(Entry),
    Package(String, Vec<Entry>),
    Kind(Value, String),
}

impl Doc {
    /// Prints the documentation.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let sources = self.sources()?;
        let mut found = Vec::new();
        for name in &self.names {
            match find(&sources, name) {
                Some(it) => found.push(it),
                None => bail!("there is nothing called {name:?}{}", close(&sources, name)),
            }
        }
        if self.json {
            let all = found.iter().map(Found::to_json).collect();
            anstream::println!("{:#}", Value::Array(all));
            return Ok(ExitCode::SUCCESS);
        }
        for (at, it) in found.iter().enumerate() {
            if at > 0 {
                anstream::println!();
            }
            anstream::print!("{}", it.text());
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The packages that the names may mean, and what they import.
    fn sources(&self) -> Result<Sources> {
        let mut sources = Sources::of_project(self.kopath.as_deref())?;
        for name in &self.names {
            let name = name.trim_end_matches("...").trim_end_matches('/');
            sources.add_package(name);
            if let Some((package, _)) = name.rsplit_once('/') {
                sources.add_package(package);
            }
        }
        let bare = |name: &String| !name.contains('/');
        if self.names.iter().any(|it| bare(it) && find(&sources, it).is_none()) {
            // It may be a function of any package of the project.
            sources.add_project();
        }
        sources.complete()
    }
}

/// The documentation of a kind or a field of one, for programs, as `ko doc --json` has it; `None` if the name is neither.
pub(crate) fn kind_json(sources: &Sources, name: &str) -> Option<Value> {
    find(sources, name).filter(|it| matches!(it, Found::Kind(..))).map(|it| it.to_json())
}

/// The documentation of a name, for a terminal.
///
/// # Errors
/// When there is nothing of this name among the sources.
pub(crate) fn text_of(sources: &Sources, name: &str) -> Result<String> {
    match find(sources, name) {
        Some(found) => Ok(found.text()),
        None => bail!("there is nothing called {name:?}{}", close(sources, name)),
    }
}

/// What comes with the language comes first; then packages, kinds, functions of the project.
fn find(sources: &Sources, name: &str) -> Option<Found> {
    let db = &sources.db;
    let package = name.trim_end_matches("...").trim_end_matches('/');
    if !name.contains('/')
        && let Some(entry) = catalog::find(db, "", name)
    {
        return Some(Found::Function(entry));
    }
    if let Some((package, function)) = name.rsplit_once('/')
        && let Some(entry) = catalog::find(db, package, function)
    {
        return Some(Found::Function(entry));
    }
    // As programs write it: `strings.Join`, and `http.Get` for a package of a longer path.
    if let Some((alias, function)) = name.split_once('.') {
        let packages = importable_packages(db, None);
        let named = packages.iter().filter(|it| it.rsplit('/').next() == Some(alias));
        if let Some(entry) = named.filter_map(|it| catalog::find(db, it, function)).next() {
            return Some(Found::Function(entry));
        }
    }
    if package_exists(db, None, package) {
        return Some(Found::Package(package.to_owned(), catalog::of_package(db, package)));
    }
    if let Some(found) = kind(&db.schema(), name) {
        return Some(found);
    }
    let mut own = db.packages().into_iter().filter_map(|it| catalog::find(db, &it, name));
    own.next().map(Found::Function)
}

/// A kind by its name, `statefulset`, `statefulsets` or `sts`, or a field of it.
fn kind(schema: &Schema, name: &str) -> Option<Found> {
    let mut parts = name.split('.');
    let kind = kind_named(schema, parts.next()?)?;
    let path: Vec<&str> = parts.collect();
    let about = json!({ "kind": kind.kind, "apiVersion": kind.gv() });
    let import = kind.import_path();
    if path.is_empty() {
        let doc = schema.type_doc(kind.object).unwrap_or_default().trim();
        let gates: BTreeSet<&str> = schema
            .gates()
            .iter()
            .filter(|gate| std::ptr::eq(schema.kind(gate.kind), kind))
            .map(|gate| gate.name.as_str())
            .collect();
        let gates: Vec<String> = gates.iter().map(|gate| format!("`{gate}`")).collect();
        let scope = if kind.namespaced { "in a namespace" } else { "cluster-wide" };
        let markdown = format!(
            "```ko\n{} {}\n```\n\nkind of package `k8s/{import}` · {scope}\n\n{doc}\n\nFields:\n\n```ko\n{}\n```\n\nFunctions: {}.\n",
            kind.kind,
            kind.gv(),
            render_type(schema, kind.object, 2),
            gates.join(", "),
        );
        return Some(Found::Kind(about, markdown));
    }
    let field = schema.explain_field(kind.id, &path)?;
    let mark = if field.field.required { "" } else { "?" };
    let mut markdown = format!(
        "```ko\n{}{mark}: {}\n```\n\nfield of `{}`, k8s/{import}\n",
        name,
        render_type(schema, field.field.ty, 1),
        kind.kind
    );
    if let Some(doc) = field.doc {
        markdown.push_str(&format!("\n{}\n", doc.trim()));
    }
    let mut about = about;
    about["field"] = Value::String(path.join("."));
    Some(Found::Kind(about, markdown))
}

fn kind_named<'a>(schema: &'a Schema, name: &str) -> Option<&'a Kind> {
    let lower = name.to_lowercase();
    let matches = |kind: &&Kind| {
        kind.kind.to_lowercase() == lower
            || kind.plural == lower
            || kind.short_names.iter().any(|it| *it == lower)
    };
    // Several groups may have it: the bare gates say which is meant.
    let kinds: Vec<&Kind> = schema.kinds().iter().filter(matches).collect();
    let is_bare = |kind: &&&Kind| {
        schema
            .gates()
            .iter()
            .any(|gate| gate.unqualified && std::ptr::eq(schema.kind(gate.kind), **kind))
    };
    kinds.iter().find(is_bare).or(kinds.first()).copied()
}

fn close(sources: &Sources, name: &str) -> String {
    let db = &sources.db;
    let schema = db.schema();
    let mut all: BTreeSet<String> = BTreeSet::new();
    match name.rsplit_once('/') {
        Some((package, _)) if package_exists(db, None, package) => {
            let names = functions_of_package(db, None, package);
            all.extend(names.iter().map(|it| format!("{package}/{it}")));
        }
        _ => {
            all.extend(importable_packages(db, None).iter().map(ToString::to_string));
            all.extend(builtins::of_package("").map(|it| it.name.to_owned()));
            all.extend(
                functions_of_package(db, None, IDIOM_PACKAGE).iter().map(ToString::to_string),
            );
            all.extend(schema.gates().iter().map(|it| it.name.to_string()));
            all.extend(schema.kinds().iter().map(|it| it.kind.to_string()));
        }
    }
    match suggest(name, all.iter().map(String::as_str)).first() {
        Some(close) => format!("; did you mean {close}?"),
        None => "; `ko list --gates` shows what there is".to_owned(),
    }
}

impl Found {
    fn text(&self) -> String {
        match self {
            Found::Function(entry) => markdown::terminal(&entry.markdown),
            Found::Kind(_, text) => markdown::terminal(text),
            Found::Package(path, entries) => {
                let bold = Style::new().bold();
                let mut out = format!("package {bold}\"{path}\"{bold:#}\n\n");
                for entry in entries {
                    out.push_str(&format!("  {}\n", entry.signature()));
                    let summary = entry.summary();
                    if !summary.is_empty() {
                        let dim = Style::new().dimmed();
                        out.push_str(&format!("      {dim}{summary}{dim:#}\n"));
                    }
                }
                out
            }
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Found::Function(entry) => entry.to_json(),
            Found::Kind(about, text) => {
                let mut object = about.clone();
                object["doc"] = Value::String(text.clone());
                object
            }
            Found::Package(path, entries) => {
                let functions: Vec<_> = entries.iter().map(Entry::to_json).collect();
                json!({ "kind": "package", "package": path, "functions": functions })
            }
        }
    }
}
