//! The schema of a cluster: aggregated discovery says which kinds there are, OpenAPI v3 says what their objects look
//! like. What did not change since the last time comes from the cache.
//!
//! Sources: <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery>,
//! <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3>.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use ko_schema::Schema;
use ko_schema::openapi::Importer;
use serde::Deserialize;

use crate::cache::Cache;
use crate::connection::{Answer, ConnectError, Connection};

/// How many documents are fetched at once.
const AT_ONCE: usize = 16;

/// Aggregated discovery.
const DISCOVERY: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// A schema and how it was come by.
#[derive(Clone, Debug)]
pub struct ClusterSchema {
    /// The schema.
    pub schema: Schema,
    /// The version of the server, such as `v1.36.3`.
    pub version: String,
    /// What it was made of: equal as long as the cluster publishes the same.
    pub stamp: String,
    /// How many documents were fetched; the others were in the cache.
    pub fetched: usize,
    /// Groups and versions whose documents could not be had; their objects have no types.
    pub untyped: Vec<String>,
}

/// Why there is no schema.
#[derive(Debug)]
pub enum SchemaError {
    /// There is no connection.
    Connect(ConnectError),
    /// The user may not read it; the built-in one must do.
    Forbidden(String),
    /// The server answers something else than a Kubernetes API server does.
    Strange(String),
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SchemaError::Connect(error) => error.fmt(f),
            SchemaError::Forbidden(text) | SchemaError::Strange(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for SchemaError {}

impl From<ConnectError> for SchemaError {
    fn from(error: ConnectError) -> SchemaError {
        SchemaError::Connect(error)
    }
}

/// What a cluster publishes, but for the documents themselves.
struct Index {
    version: String,
    discovery: Vec<Vec<u8>>,
    /// Path in the index (`apis/apps/v1`), address of the document, hash.
    documents: Vec<(String, String, String)>,
}

impl Index {
    /// The parts that a schema is made from, for the cache.
    fn parts(&self) -> Vec<&[u8]> {
        let discovery = self.discovery.iter().map(Vec::as_slice);
        let documents =
            self.documents.iter().flat_map(|(path, _, hash)| [path.as_bytes(), hash.as_bytes()]);
        [self.version.as_bytes()].into_iter().chain(discovery).chain(documents).collect()
    }
}

/// Asks the cluster for its schema. `folder` is where what it publishes is kept; `None` keeps nothing.
///
/// # Errors
/// When the cluster cannot be reached, or refuses, or is none.
pub async fn schema(
    connection: &Connection,
    folder: Option<&Path>,
) -> Result<ClusterSchema, SchemaError> {
    let cache = folder.map(|it| Cache::new(it, &connection.identity()));
    let index = index(connection).await?;
    let stamp = crate::cache::name(&index.parts());
    let version = index.version.clone();
    if let Some(schema) = cache.as_ref().and_then(|it| it.schema(&index.parts())) {
        return Ok(ClusterSchema { schema, version, stamp, fetched: 0, untyped: Vec::new() });
    }

    let fetched = std::sync::atomic::AtomicUsize::new(0);
    let documents: Vec<(&str, Option<Vec<u8>>)> = stream::iter(&index.documents)
        .map(|(path, address, hash)| {
            let (cache, fetched) = (cache.as_ref(), &fetched);
            async move {
                if let Some(bytes) = cache.and_then(|it| it.document(path, hash)) {
                    return Ok((path.as_str(), Some(bytes)));
                }
                let answer = connection.get(address, "application/json").await?;
                if !answer.status.is_success() {
                    // The server of an aggregated API may be down, and a user may be allowed less than all.
                    return Ok((path.as_str(), None));
                }
                fetched.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if let Some(cache) = cache.filter(|_| !hash.is_empty()) {
                    cache.keep_document(path, hash, &answer.body);
                }
                Ok::<_, ConnectError>((path.as_str(), Some(answer.body)))
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;

    let mut importer = Importer::new(&short(&version));
    for bytes in &index.discovery {
        importer.discovery(bytes).map_err(|error| SchemaError::Strange(error.to_string()))?;
    }
    let mut untyped = Vec::new();
    for (path, bytes) in documents {
        // A document that makes no sense costs its types, and nothing else.
        if bytes.is_none_or(|it| importer.document(path, &it).is_err()) {
            untyped.push(path.to_owned());
        }
    }
    untyped.sort();
    let (facts, docs) = importer.finish();
    if let Some(cache) = cache.as_ref().filter(|_| untyped.is_empty()) {
        cache.keep_schema(&index.parts(), &facts, &docs);
    }
    let schema = Schema::from_facts(facts, docs)
        .map_err(|error| SchemaError::Strange(format!("the schema of the cluster: {error}")))?;
    Ok(ClusterSchema { schema, version, stamp, fetched: fetched.into_inner(), untyped })
}

/// Whether the cluster still publishes what the schema with this `stamp` was made of. Four small requests.
///
/// # Errors
/// As [`schema`].
pub async fn is_current(connection: &Connection, stamp: &str) -> Result<bool, SchemaError> {
    Ok(crate::cache::name(&index(connection).await?.parts()) == stamp)
}

async fn index(connection: &Connection) -> Result<Index, SchemaError> {
    let (version, core, groups, documents) = tokio::join!(
        connection.get("/version", "application/json"),
        connection.get("/api", DISCOVERY),
        connection.get("/apis", DISCOVERY),
        connection.get("/openapi/v3", "application/json"),
    );
    let version: Version = parse("the version", &allowed(version?)?)?;
    let mut discovery = Vec::new();
    for answer in [core?, groups?] {
        let aggregated = answer.media_type.contains("APIGroupDiscoveryList");
        let body = allowed(answer)?;
        if !aggregated {
            return Err(SchemaError::Strange(format!(
                "the server ({}) has no aggregated discovery; Kubernetes 1.30 or newer has it",
                version.git_version
            )));
        }
        discovery.push(body);
    }
    let documents: Documents = parse("the index of OpenAPI documents", &allowed(documents?)?)?;
    let documents = documents
        .paths
        .into_iter()
        // Paths without a version, and what is no API, hold no kinds.
        .filter(|(path, _)| {
            let mut parts = path.split('/');
            match parts.next() {
                Some("api") => parts.count() == 1,
                Some("apis") => parts.count() == 2,
                _ => false,
            }
        })
        .map(|(path, document)| {
            let address = document.address;
            let hash = address.split_once("hash=").map(|(_, hash)| hash).unwrap_or_default();
            (path, address.clone(), hash.to_owned())
        })
        .collect();
    Ok(Index { version: version.git_version, discovery, documents })
}

fn allowed(answer: Answer) -> Result<Vec<u8>, SchemaError> {
    match answer.status.as_u16() {
        200..=299 => Ok(answer.body),
        403 => Err(SchemaError::Forbidden(
            "the user may not read what the cluster publishes of its API".to_owned(),
        )),
        code => {
            let error = crate::answer::read(code, &answer.body).err();
            let text = error.map(|it| it.message).unwrap_or_default();
            Err(SchemaError::Strange(format!(
                "the server answers {code} to a question about its API: {text}"
            )))
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(what: &str, bytes: &'a [u8]) -> Result<T, SchemaError> {
    serde_json::from_slice(bytes).map_err(|error| {
        SchemaError::Strange(format!("the server answers no Kubernetes: {what}: {error}"))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    git_version: String,
}

#[derive(Deserialize)]
struct Documents {
    paths: BTreeMap<String, Document>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "serverRelativeURL")]
    address: String,
}

/// Major and minor of a version such as `v1.36.3-eks-1`.
fn short(version: &str) -> String {
    let mut parts = version.trim_start_matches('v').split('.');
    let (major, minor) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let digits = minor.split(|it: char| !it.is_ascii_digit()).next().unwrap_or_default();
    format!("{major}.{digits}")
}
