//! `cargo xtask schema import DIR`: makes the built-in schema from what an API server published. Keeps facts only; the
//! prose belongs to others and comes into the program when it is built (see `schema/build.rs`).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use ko_schema::openapi::Importer;

const USAGE: &str = "\
usage: cargo xtask schema import DIR

Reads DIR/discovery-api.json, DIR/discovery-apis.json and DIR/openapi/*.json, as an API server answers
`GET /api`, `GET /apis` (both as aggregated discovery v2) and `GET /openapi/v3/PATH`, the slashes of PATH
written as `__`; writes schema/data/kubernetes-VERSION.facts.zst.";

/// Runs the command; `args` are the words after `schema`.
///
/// # Errors
/// When the arguments are wrong, or a file cannot be read, understood or written.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["import", dir] => import(Path::new(dir)),
        _ => bail!("{USAGE}"),
    }
}

fn import(dir: &Path) -> Result<()> {
    let documents = documents(&dir.join("openapi"))?;
    let version = documents.iter().find_map(|(_, bytes)| version(bytes)).with_context(|| {
        format!(
            "no document under {} names the version of Kubernetes",
            dir.join("openapi").display()
        )
    })?;
    let mut importer = Importer::new(&version);
    for name in ["discovery-api.json", "discovery-apis.json"] {
        let path = dir.join(name);
        importer.discovery(&read(&path)?).with_context(|| format!("in {}", path.display()))?;
    }
    for (path, bytes) in &documents {
        importer.document(path, bytes)?;
    }
    let (facts, _prose) = importer.finish();

    let bytes = facts.to_bytes()?;
    let packed = zstd::encode_all(bytes.as_slice(), 19)?;
    let target = root().join("schema/data").join(format!("kubernetes-{version}.facts.zst"));
    fs::write(&target, &packed).with_context(|| format!("cannot write {}", target.display()))?;
    eprintln!(
        "{}: {} kinds, {} types, {} bytes ({} unpacked)",
        target.display(),
        facts.kind_count(),
        facts.type_count(),
        packed.len(),
        bytes.len()
    );
    Ok(())
}

/// The documents in `dir` with their paths in the index of the server, sorted.
fn documents(dir: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let entries = fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))?;
    let mut documents = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if let Some(name) =
            path.file_name().and_then(|it| it.to_str()).and_then(|it| it.strip_suffix(".json"))
        {
            documents.push((name.replace("__", "/"), read(&path)?));
        }
    }
    documents.sort();
    Ok(documents)
}

/// Major and minor version of Kubernetes according to an OpenAPI document.
fn version(document: &[u8]) -> Option<String> {
    let document: serde_json::Value = serde_json::from_slice(document).ok()?;
    let full = document.pointer("/info/version")?.as_str()?.trim_start_matches('v');
    let mut parts = full.split('.');
    Some(format!("{}.{}", parts.next()?, parts.next()?))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
