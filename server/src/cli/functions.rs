//! Finding the function that a command line names, and saying what else there is.

use anyhow::{Result, bail};
use ko_queries::{Db, FileId, items::item_tree};

use super::sources::Sources;

/// The functions of the package that was named, with the file of each; inline functions last.
fn all(sources: &Sources) -> Vec<(FileId, String, bool)> {
    let package = sources.package().unwrap_or_default();
    let mut found = Vec::new();
    for file in sources.db.package_files(&package) {
        let Some(source) = sources.db.source_file(file) else { continue };
        // It is parsed for this as it is for running, once.
        let functions = item_tree(&sources.db, source).functions.iter();
        found.extend(functions.map(|it| (file, it.name.to_string(), it.inline)));
    }
    found.sort_by_key(|(_, _, inline)| *inline);
    found
}

/// The file and the full name of the function `name`; without a name the only function whose name begins with a capital.
///
/// # Errors
/// When there is none, with what there is instead.
pub(crate) fn find(sources: &Sources, name: Option<&str>) -> Result<(FileId, String)> {
    let functions = all(sources);
    let package = sources.package().unwrap_or_default();
    if let Some(name) = name {
        if let Some((file, name, _)) = functions.iter().find(|(_, other, _)| other == name) {
            return Ok((*file, name.clone()));
        }
        let names = functions.iter().map(|(_, name, _)| name.as_str());
        if let Some(close) = ko_queries::suggest::suggest(name, names).first() {
            bail!("package {package:?} has no function {name}; did you mean {close}?");
        }
    }
    let entries: Vec<_> = functions
        .iter()
        .filter(|(_, name, inline)| !inline && name.starts_with(char::is_uppercase))
        .collect();
    let list = entries.iter().map(|(_, name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    match (name, &*entries) {
        (None, [(file, only, _)]) => Ok((*file, only.clone())),
        (None, _) => bail!("which function? Package {package:?} has {list}"),
        (Some(name), []) => bail!("package {package:?} has no function {name}"),
        (Some(name), _) => bail!("package {package:?} has no function {name}; it has {list}"),
    }
}
