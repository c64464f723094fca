//! What the shell completes that only the files at hand know: packages, functions, names of arguments; and what can be
//! documented. It reads and parses the files of the one package that the words name, and runs nothing.

use std::{ffi::OsStr, path::Path};

use clap::{Arg, Command, CommandFactory};
use clap_complete::engine::CompletionCandidate;
use ko_queries::{
    RootDatabase, builtins,
    database::IDIOM_PACKAGE,
    names::{functions_of_package, importable_packages},
};
use ko_schema::Schema;
use ko_syntax::ast::Function;

use crate::packages::{self, Roots, project_folder};

/// The variable that makes this program complete a line rather than carry it out; its value names the shell.
pub(crate) const VARIABLE: &str = "KO_COMPLETE";

/// The commands as they are completed.
pub(crate) fn command() -> Command {
    // Its name must stand behind `=`, which completion does not know: it would take the next word for one.
    let flag = |arg: Arg| arg.num_args(0).require_equals(false);
    super::Cli::command().mut_subcommand("run", |run| run.mut_arg("sandbox", flag))
}

/// `PKG/FUNC`, for `ko play`.
pub(crate) fn playable(current: &OsStr) -> Vec<CompletionCandidate> {
    below_roots(current, |function| !is_test(function))
}

/// Packages and tests, for `ko test`.
pub(crate) fn testable(current: &OsStr) -> Vec<CompletionCandidate> {
    below_roots(current, is_test)
}

/// What can be imported: packages of the project and of the library.
pub(crate) fn importable(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(text) = current.to_str() else { return Vec::new() };
    // NAME=PACKAGE
    let (alias, path) = match text.split_once('=') {
        Some((alias, path)) => (format!("{alias}="), path),
        None => (String::new(), text),
    };
    let mut found = below_roots(OsStr::new(path), |_| false);
    let db = RootDatabase::new(Schema::builtin().clone());
    let library = importable_packages(&db, None);
    let library = library.iter().filter(|it| it.starts_with(path) && !it.starts_with("k8s/"));
    found.extend(library.map(|it| CompletionCandidate::new(it.as_str())));
    found.into_iter().map(|it| it.add_prefix(&alias)).collect()
}

/// A function of the package whose folder or file is the word before, for `ko run` and `ko graph`.
pub(crate) fn function(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(package) = positional(0) else { return Vec::new() };
    let functions = functions_in(Path::new(&package));
    let all = functions.iter().filter(|it| !it.is_inline()).filter_map(|it| candidate("", it));
    starting(current, all.collect())
}

/// `NAME=` for an argument of the function that the words before name, as `PACKAGE FUNCTION`.
pub(crate) fn argument(current: &OsStr) -> Vec<CompletionCandidate> {
    let (Some(package), Some(function)) = (positional(0), positional(1)) else {
        return Vec::new();
    };
    parameters(current, &functions_in(Path::new(&package)), &function)
}

/// `NAME=` for an argument of the function that the word before names, as `PKG/FUNC`.
pub(crate) fn played_argument(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(named) = positional(0) else { return Vec::new() };
    let Some((package, function)) = named.rsplit_once('/') else { return Vec::new() };
    let Some(directory) = roots().directory(package) else { return Vec::new() };
    parameters(current, &functions_in(&directory), function)
}

/// What `ko doc` knows: what comes with the language, kinds and functions of Kubernetes, packages and their functions.
pub(crate) fn documented(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(text) = current.to_str() else { return Vec::new() };
    let db = RootDatabase::new(Schema::builtin().clone());
    if let Some((package, _)) = text.rsplit_once('/') {
        let mut found = below_roots(current, |_| true);
        let names = functions_of_package(&db, None, package);
        found.extend(names.iter().map(|it| CompletionCandidate::new(format!("{package}/{it}"))));
        let deeper = importable_packages(&db, None);
        found.extend(deeper.iter().map(|it| CompletionCandidate::new(it.as_str())));
        return starting(current, found);
    }
    let mut found = library(&db);
    // There are more than a thousand; without a letter nobody wants to see them.
    if !text.is_empty() {
        let schema = Schema::builtin();
        found.extend(schema.gates().iter().map(|it| CompletionCandidate::new(it.name.to_string())));
        found.extend(schema.kinds().iter().map(|it| CompletionCandidate::new(it.kind.to_string())));
    }
    found.extend(below_roots(current, |_| false));
    starting(current, found)
}

/// What `ko list` can be asked for: packages and names that come with the language.
pub(crate) fn listed(current: &OsStr) -> Vec<CompletionCandidate> {
    let db = RootDatabase::new(Schema::builtin().clone());
    starting(current, library(&db))
}

/// The names that come with the language, and the packages of the library.
fn library(db: &RootDatabase) -> Vec<CompletionCandidate> {
    let mut found: Vec<CompletionCandidate> =
        builtins::of_package("").map(|it| CompletionCandidate::new(it.name)).collect();
    let idioms = functions_of_package(db, None, IDIOM_PACKAGE);
    found.extend(idioms.iter().map(|it| CompletionCandidate::new(it.as_str())));
    let packages = importable_packages(db, None);
    let packages = packages.iter().filter(|it| !it.starts_with("k8s/") && **it != IDIOM_PACKAGE);
    found.extend(packages.map(|it| CompletionCandidate::new(it.as_str())));
    found
}

/// The next part of a path below the roots of packages: folders, and behind the path of a package the functions that
/// `wanted` wants.
fn below_roots(current: &OsStr, wanted: impl Fn(&Function) -> bool) -> Vec<CompletionCandidate> {
    let Some(text) = current.to_str() else { return Vec::new() };
    let (above, prefix) = match text.rsplit_once('/') {
        Some((above, _)) => (above, &text[..=above.len()]),
        None => ("", ""),
    };
    let roots = roots();
    let mut found = Vec::new();
    for root in roots.all() {
        let entries = std::fs::read_dir(root.join(above)).into_iter().flatten().flatten();
        for entry in entries.filter(|it| it.path().is_dir()) {
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|it| !it.starts_with('.')) else { continue };
            let path = format!("{prefix}{name}");
            if path.starts_with(text) && has_sources(&entry.path(), 3) {
                found.push(CompletionCandidate::new(format!("{path}/")));
            }
        }
    }
    if !above.is_empty()
        && let Some(directory) = roots.directory(above)
    {
        let functions = functions_in(&directory);
        let own = functions.iter().filter(|it| !it.is_inline() && wanted(it));
        found.extend(own.filter_map(|it| candidate(prefix, it)));
    }
    starting(current, found)
}

/// Whether there are Ko files in a directory, or not far below it.
fn has_sources(directory: &Path, depth: u32) -> bool {
    let entries = || std::fs::read_dir(directory).into_iter().flatten().flatten().take(1_000);
    entries().any(|it| packages::is_source(&it.path()))
        || depth > 0
            && entries().any(|it| {
                let hidden = it.file_name().to_string_lossy().starts_with('.');
                !hidden && it.path().is_dir() && has_sources(&it.path(), depth - 1)
            })
}

/// The roots of packages, as the commands look for them.
fn roots() -> Roots {
    let mut roots = Roots::with_kopath();
    if let Ok(current) = std::env::current_dir() {
        roots.add_project(&project_folder(&current, &current));
    }
    roots
}

/// The functions in a folder, or in the folder of a file.
fn functions_in(path: &Path) -> Vec<Function> {
    let directory = match path.parent() {
        Some(parent) if path.is_file() && parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) if path.is_file() => parent,
        _ => path,
    };
    let texts = packages::read_directory(directory).into_iter().filter_map(|it| it.text.ok());
    let functions = texts
        .flat_map(|text| ko_syntax::parse(&text).source_file().all_functions().collect::<Vec<_>>());
    functions.collect()
}

/// A function as a candidate, with its parameters beside it.
fn candidate(prefix: &str, function: &Function) -> Option<CompletionCandidate> {
    let name = function.name()?;
    let params: Vec<String> =
        function.params().filter_map(|it| Some(it.name()?.to_string())).collect();
    let help = format!("({})", params.join(", "));
    Some(CompletionCandidate::new(format!("{prefix}{name}")).help(Some(help.into())))
}

fn parameters(current: &OsStr, functions: &[Function], name: &str) -> Vec<CompletionCandidate> {
    let of = functions.iter().find(|it| it.name().is_some_and(|it| *it == *name));
    let names = of.into_iter().flat_map(|it| it.params()).filter_map(|it| it.name());
    let given = words();
    let missing = names.filter(|name| {
        let start = format!("{name}=");
        !given.iter().any(|word| word.starts_with(&start))
    });
    starting(current, missing.map(|it| CompletionCandidate::new(format!("{it}="))).collect())
}

fn is_test(function: &Function) -> bool {
    function.name().is_some_and(|it| it.starts_with("Test"))
}

/// Those that begin as the word does, sorted, each once.
fn starting(current: &OsStr, mut found: Vec<CompletionCandidate>) -> Vec<CompletionCandidate> {
    let begin = current.as_encoded_bytes();
    found.retain(|it| it.get_value().as_encoded_bytes().starts_with(begin));
    found.sort_by(|a, b| a.get_value().cmp(b.get_value()));
    found.dedup_by(|a, b| a.get_value() == b.get_value());
    found
}

/// The words of the line before the one that is completed. The shells hand them over behind `--`.
fn words() -> Vec<String> {
    let mut line: Vec<String> = std::env::args_os()
        .skip_while(|it| it != "--")
        .skip(1)
        .map(|it| it.to_string_lossy().into_owned())
        .collect();
    // Bash, zsh and elvish say which word it is; for the others it is the last.
    let index = std::env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|it| it.parse().ok());
    line.truncate(index.unwrap_or_else(|| line.len().saturating_sub(1)));
    // Bash takes `=` for a word of its own.
    let mut words: Vec<String> = Vec::new();
    for word in line {
        match words.last_mut() {
            Some(last) if word == "=" || last.ends_with('=') => last.push_str(&word),
            _ => words.push(word),
        }
    }
    words
}

/// The word before that is the positional argument of this number of the command.
fn positional(number: usize) -> Option<String> {
    let words = words();
    let mut words = words.iter().skip(1);
    let root = super::Cli::command();
    let command = root.find_subcommand(words.next()?)?;
    let takes_word = |word: &str| {
        let mut options = command.get_opts();
        options.any(|option| {
            let named = match word.strip_prefix("--") {
                Some(long) => option.get_long() == Some(long),
                None => option.get_short().is_some_and(|short| word == format!("-{short}")),
            };
            named && option.get_num_args().is_none_or(|it| it.min_values() > 0)
        })
    };
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            found.push(word.clone());
        } else if takes_word(word) {
            words.next();
        }
    }
    found.into_iter().nth(number)
}
