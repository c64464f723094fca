//! Takes the prose of the built-in schema (what the authors of Kubernetes say about kinds and fields) from the source of
//! the package `k8s-openapi`, which carries it as doc comments under the Apache License 2.0 (see `NOTICE`), and packs it
//! for inclusion in the program. The repository itself holds no such prose.
//!
//! The package is a build dependency, so its source is on this machine when this script runs, and its version is pinned.

#![allow(clippy::disallowed_methods)] // A build script reads files; the crate itself does not.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of the facts in `data/`, as the package names its folder.
const KUBERNETES: &str = "v1_36";
/// As in the workspace manifest.
const PACKAGE: &str = "k8s-openapi";
const PACKAGE_VERSION: &str = "0.29.0";

/// Separators of the text form: see `src/docs.rs`.
const PART: char = '\u{1f}';
const RECORD: char = '\u{1e}';

/// Prose of a type and of its fields.
type Docs = BTreeMap<String, (String, BTreeMap<String, String>)>;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../Cargo.lock");
    println!("cargo::rerun-if-env-changed=CARGO_HOME");

    let source = source_dir()?;
    let mut docs = Docs::new();
    collect(&source, &mut docs)?;
    // A kind that everyone has: if its prose is not found, the package has changed its form.
    let known = docs
        .get("io.k8s.api.apps.v1.StatefulSetSpec")
        .and_then(|(_, fields)| fields.get("podManagementPolicy"));
    if known.is_none_or(String::is_empty) {
        return Err(format!(
            "{} does not have doc comments in the form that schema/build.rs reads; \
             is {PACKAGE} still at version {PACKAGE_VERSION}?",
            source.display()
        )
        .into());
    }

    let mut text = String::new();
    for (name, (doc, fields)) in docs {
        text.push_str(&name);
        text.push(PART);
        text.push_str(&doc);
        for (field, doc) in fields {
            text.push(PART);
            text.push_str(&field);
            text.push(PART);
            text.push_str(&doc);
        }
        text.push(RECORD);
    }
    let packed = ruzstd::encoding::compress_to_vec(
        text.as_bytes(),
        ruzstd::encoding::CompressionLevel::Fastest,
    );
    let target = PathBuf::from(std::env::var("OUT_DIR")?).join("kubernetes.docs.zst");
    fs::write(target, packed)?;
    Ok(())
}

/// The folder of the package with the types of [`KUBERNETES`].
fn source_dir() -> Result<PathBuf, Box<dyn Error>> {
    let usable = |root: PathBuf| {
        let dir = root.join("src").join(KUBERNETES);
        dir.is_dir().then_some(dir)
    };
    if let Some(dir) = in_registry().into_iter().find_map(usable) {
        return Ok(dir);
    }
    // Vendored or replaced dependencies: cargo knows where they are.
    if let Some(dir) = from_metadata()?.and_then(usable) {
        return Ok(dir);
    }
    Err(format!(
        "the source of {PACKAGE} {PACKAGE_VERSION}, which carries the documentation of Kubernetes, was found neither in \
         cargo's registry nor through `cargo metadata --offline`; run `cargo fetch` and build again"
    )
    .into())
}

/// Where cargo unpacks packages. Looked at first: it costs nothing, while `cargo metadata` needs every package of the
/// workspace for it not to use the network.
fn in_registry() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| {
        let user = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"))?;
        Some(PathBuf::from(user).join(".cargo"))
    });
    let Some(home) = home else { return Vec::new() };
    let Ok(registries) = fs::read_dir(home.join("registry").join("src")) else { return Vec::new() };
    registries.flatten().map(|it| it.path().join(format!("{PACKAGE}-{PACKAGE_VERSION}"))).collect()
}

/// What cargo says.
fn from_metadata() -> Result<Option<PathBuf>, Box<dyn Error>> {
    let cargo = std::env::var("CARGO")?;
    let output =
        Command::new(cargo).args(["metadata", "--format-version", "1", "--offline"]).output()?;
    if !output.status.success() {
        return Ok(None);
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata
        .get("packages")
        .and_then(|it| it.as_array())
        .map(Vec::as_slice)
        .unwrap_or_default();
    let package = packages.iter().find(|it| {
        it.get("name").is_some_and(|it| it == PACKAGE)
            && it.get("version").is_some_and(|it| it == PACKAGE_VERSION)
    });
    let manifest = package.and_then(|it| it.get("manifest_path")).and_then(|it| it.as_str());
    Ok(manifest.and_then(|it| Path::new(it).parent()).map(Path::to_path_buf))
}

/// Reads all files under `dir`.
fn collect(dir: &Path, docs: &mut Docs) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, docs)?;
        } else if path.extension().is_some_and(|it| it == "rs") {
            read_type(&fs::read_to_string(&path)?, docs);
        }
    }
    Ok(())
}

/// Reads the type that a file defines. The files are generated, so their lines have fixed forms: the name of the
/// definition in a comment, doc comments before `pub struct` and `pub FIELD:`, and in the reader of the type the names
/// that fields have in JSON: `"minReadySeconds" => Field::Key_min_ready_seconds`.
fn read_type(text: &str, docs: &mut Docs) {
    let definition =
        text.lines().find_map(|line| line.strip_prefix("// Generated from definition "));
    let Some(name) = definition else { return };
    let json_names: BTreeMap<&str, &str> = text
        .lines()
        .filter_map(|line| {
            let (json, field) = line.trim().strip_suffix(',')?.split_once(" => Field::Key_")?;
            Some((field, json.strip_prefix('"')?.strip_suffix('"')?))
        })
        .collect();
    let mut type_doc = None;
    let mut fields = BTreeMap::new();
    let mut doc = String::new();
    for line in text.lines() {
        let line = line.trim();
        if let Some(prose) = line.strip_prefix("///") {
            doc.push_str(prose.strip_prefix(' ').unwrap_or(prose));
            doc.push('\n');
        } else if line.starts_with("pub struct ") || line.starts_with("pub enum ") {
            type_doc.get_or_insert_with(|| clean(&doc));
            doc.clear();
        } else if let Some((field, _)) =
            line.strip_prefix("pub ").and_then(|it| it.split_once(": "))
        {
            let field = field.strip_prefix("r#").unwrap_or(field);
            if let Some(json) = json_names.get(field)
                && !doc.trim().is_empty()
            {
                fields.insert((*json).to_owned(), clean(&doc));
            }
            doc.clear();
        } else if line.starts_with("impl ") {
            break;
        } else if !line.starts_with("#[") {
            doc.clear();
        }
    }
    if type_doc.is_some() || !fields.is_empty() {
        docs.insert(name.trim().to_owned(), (type_doc.unwrap_or_default(), fields));
    }
}

/// Cuts what servers append about enum values (types have those) and undoes the escapes of the package's generator.
fn clean(doc: &str) -> String {
    let prose = doc.split("Possible enum values:").next().unwrap_or_default().trim();
    let mut out = String::with_capacity(prose.len());
    let mut chars = prose.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(chars.next_if(|next| "<>[]\\".contains(*next)).unwrap_or(c)),
            PART | RECORD => out.push(' '),
            _ => out.push(c),
        }
    }
    out
}
