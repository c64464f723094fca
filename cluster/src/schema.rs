//! The schema of a cluster: aggregated discovery says which kinds there are, OpenAPI v3 says what their objects look
//! like. What did not change since the last time comes from the cache.
//!
//! Sources: <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery>,
//! <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3>.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use ko_schema::Schema;
use ko_schema::openapi::Importer;
use serde::Deserialize;

use crate::cache::Cache;
use crate::connection::{Answer, ConnectError, Connection};

/// How often the schema is put together anew because it changed meanwhile.
const ATTEMPTS: usize = 3;

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
    /// What it was made of.
    pub published: Published,
    /// The file that it is kept in, for [`schema_in_file`].
    pub file: Option<PathBuf>,
    /// How many documents were fetched; the others were in the cache.
    pub fetched: usize,
    /// Groups and versions whose documents could not be had; their objects have no types.
    pub untyped: Vec<String>,
}

/// What a cluster published at some time, in short: equal as long as it publishes the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Of everything.
    stamp: String,
    /// Of each discovery document: what the server calls its content, and our own name for it.
    discovery: Vec<(String, String)>,
    /// Of the index of OpenAPI documents.
    documents: String,
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
    /// What the server calls each of these.
    etags: Vec<String>,
    documents: Vec<Entry>,
}

impl Index {
    /// The parts that a schema is made from, for the cache.
    fn parts(&self) -> Vec<&[u8]> {
        let discovery = self.discovery.iter().map(Vec::as_slice);
        let documents =
            self.documents.iter().flat_map(|(path, _, hash)| [path.as_bytes(), hash.as_bytes()]);
        [self.version.as_bytes()].into_iter().chain(discovery).chain(documents).collect()
    }

    fn published(&self) -> Published {
        let own = self.discovery.iter().map(|it| crate::cache::name(&[it]));
        Published {
            stamp: crate::cache::name(&self.parts()),
            discovery: self.etags.iter().cloned().zip(own).collect(),
            documents: name_of(&self.documents),
        }
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
    let mut index = index(connection).await?;
    let mut attempt = 1;
    loop {
        let found = schema_of(connection, cache.as_ref(), &index).await?;
        if found.untyped.is_empty() || attempt == ATTEMPTS {
            return Ok(found);
        }
        // What the index names may be gone, or be something else, because somebody changes the cluster just now.
        let newer = self::index(connection).await?;
        if newer.parts() == index.parts() {
            return Ok(found);
        }
        index = newer;
        attempt += 1;
    }
}

/// The schema that a cluster publishes according to this index.
async fn schema_of(
    connection: &Connection,
    cache: Option<&Cache>,
    index: &Index,
) -> Result<ClusterSchema, SchemaError> {
    let published = index.published();
    let version = index.version.clone();
    if let Some(cache) = cache
        && let Some((schema, file)) = cache.schema(&index.parts())
    {
        cache.note_latest(&file, &version);
        let (file, untyped) = (Some(file), Vec::new());
        return Ok(ClusterSchema { schema, version, published, file, fetched: 0, untyped });
    }

    let fetched = std::sync::atomic::AtomicUsize::new(0);
    let documents: Vec<(&str, Option<Vec<u8>>)> = stream::iter(&index.documents)
        .map(|(path, address, hash)| {
            let fetched = &fetched;
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
    let mut file = None;
    if let Some(cache) = cache.filter(|_| untyped.is_empty()) {
        file = cache.keep_schema(&index.parts(), &facts, &docs);
        if let Some(file) = &file {
            cache.note_latest(file, &version);
        }
    }
    let schema = Schema::from_facts(facts, docs)
        .map_err(|error| SchemaError::Strange(format!("the schema of the cluster: {error}")))?;
    let fetched = fetched.into_inner();
    Ok(ClusterSchema { schema, version, published, file, fetched, untyped })
}

/// The newest schema of this cluster that is kept in `folder`: what to go on with when the cluster cannot be asked.
/// Nothing is sent.
#[must_use]
pub fn last_schema(connection: &Connection, folder: &Path) -> Option<ClusterSchema> {
    let (schema, file, version) = Cache::new(folder, &connection.identity()).latest()?;
    let (published, untyped) = (Published::default(), Vec::new());
    Some(ClusterSchema { schema, version, published, file: Some(file), fetched: 0, untyped })
}

/// The schema in a file that a [`ClusterSchema`] names, for another process of the same program.
#[must_use]
pub fn schema_in_file(file: &Path) -> Option<Schema> {
    crate::cache::schema_in(file)
}

/// Whether the cluster still publishes this. Three small requests; most of the time the server has little more to say
/// than that nothing changed.
///
/// # Errors
/// As [`schema`].
pub async fn is_current(
    connection: &Connection,
    published: &Published,
) -> Result<bool, SchemaError> {
    if published.discovery.len() != DISCOVERED.len() {
        return Ok(false);
    }
    let asked =
        DISCOVERED.iter().zip(&published.discovery).map(|(path, (etag, name))| async move {
            let answer = connection.get_unless(path, DISCOVERY, etag).await?;
            if answer.status.as_u16() == 304 {
                return Ok(true);
            }
            // The old form of discovery says less, and is told apart by what is made of it.
            if !is_aggregated(&answer) {
                return Ok(false);
            }
            Ok::<_, SchemaError>(crate::cache::name(&[&allowed(answer)?]) == *name)
        });
    let (discovery, documents) =
        tokio::try_join!(futures_util::future::try_join_all(asked), documents(connection))?;
    Ok(discovery.into_iter().all(|it| it) && name_of(&documents) == published.documents)
}

/// Where the kinds are listed: of the core group, and of all others.
const DISCOVERED: [&str; 2] = ["/api", "/apis"];

fn is_aggregated(answer: &Answer) -> bool {
    answer.media_type.contains("APIGroupDiscoveryList")
}

async fn index(connection: &Connection) -> Result<Index, SchemaError> {
    let (version, core, groups, documents) = tokio::join!(
        connection.get("/version", "application/json"),
        connection.get(DISCOVERED[0], DISCOVERY),
        connection.get(DISCOVERED[1], DISCOVERY),
        documents(connection),
    );
    let version: Version = parse("the version", &allowed(version?)?)?;
    let (mut discovery, mut etags) = (Vec::new(), Vec::new());
    for answer in [core?, groups?] {
        let aggregated = is_aggregated(&answer);
        etags.push(answer.etag.clone());
        let body = allowed(answer)?;
        discovery.push(match aggregated {
            true => body,
            false => crate::discovery::aggregate(connection, &body).await?,
        });
    }
    Ok(Index { version: version.git_version, discovery, etags, documents: documents? })
}

/// A document of the index: its path there (`apis/apps/v1`), its address, its hash.
type Entry = (String, String, String);

/// The index of the OpenAPI documents of groups and versions.
async fn documents(connection: &Connection) -> Result<Vec<Entry>, SchemaError> {
    let answer = connection.get("/openapi/v3", "application/json").await?;
    let documents: Documents = parse("the index of OpenAPI documents", &allowed(answer)?)?;
    // Paths without a version, and what is no API, hold no kinds.
    let holds_kinds = |path: &str| {
        let mut parts = path.split('/');
        match parts.next() {
            Some("api") => parts.count() == 1,
            Some("apis") => parts.count() == 2,
            _ => false,
        }
    };
    let found = documents.paths.into_iter().filter(|(path, _)| holds_kinds(path));
    let entry = |(path, document): (String, Document)| {
        let address = document.address;
        let hash = address.split_once("hash=").map(|(_, hash)| hash).unwrap_or_default();
        (path, address.clone(), hash.to_owned())
    };
    Ok(found.map(entry).collect())
}

fn name_of(documents: &[Entry]) -> String {
    let parts = documents.iter().flat_map(|(path, _, hash)| [path.as_bytes(), hash.as_bytes()]);
    crate::cache::name(&parts.collect::<Vec<_>>())
}

pub(crate) fn allowed(answer: Answer) -> Result<Vec<u8>, SchemaError> {
    match answer.status.as_u16() {
        200..=299 => Ok(answer.body),
        403 => Err(SchemaError::Forbidden(
            "the user may not read what the cluster publishes of its API".to_owned(),
        )),
        code => {
            let error = crate::answer::read(code, None, &answer.body).err();
            let text = error.map(|it| it.message).unwrap_or_default();
            Err(SchemaError::Strange(format!(
                "the server answers {code} to a question about its API: {text}"
            )))
        }
    }
}

pub(crate) fn parse<'a, T: Deserialize<'a>>(what: &str, bytes: &'a [u8]) -> Result<T, SchemaError> {
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
