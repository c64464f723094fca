//! From what an API server publishes (OpenAPI v3 documents and aggregated discovery) to [`Facts`] and [`Docs`].
//!
//! Discovery says which kinds there are and what may be done with them, the documents say what objects look like. A kind
//! without a document is still a kind: its objects are [`Type::Any`]. Nothing here asks a server for anything.

mod discovery;
mod document;
mod translate;

use std::fmt;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use crate::docs::Docs;
use crate::facts::{FORMAT, Facts, KindFacts};
use crate::kind::{Subresource, Verbs};
use crate::types::Type;
use document::Document;
use translate::Translator;

/// Collects documents of one server. Call [`Importer::discovery`] and [`Importer::document`] in any number, then
/// [`Importer::finish`].
#[derive(Debug)]
pub struct Importer {
    version: EcoString,
    groups: Vec<discovery::Group>,
    documents: FxHashMap<EcoString, Document>,
}

/// A document that is not what it should be.
#[derive(Debug)]
pub struct ImportError {
    /// Which document, in words.
    pub document: EcoString,
    /// What the JSON reader has against it.
    pub source: serde_json::Error,
}

impl Importer {
    /// Begins; `version` is the server's, as major and minor (`1.36`).
    #[must_use]
    pub fn new(version: &str) -> Importer {
        Importer { version: version.into(), groups: Vec::new(), documents: FxHashMap::default() }
    }

    /// Takes the answer to `GET /api` or `GET /apis` in the form `APIGroupDiscoveryList` v2. The order of calls is the
    /// order of groups: the core group (`/api`) should come first.
    /// Source: <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery>.
    ///
    /// # Errors
    /// When the bytes have another form.
    pub fn discovery(&mut self, bytes: &[u8]) -> Result<(), ImportError> {
        let list: discovery::GroupList = serde_json::from_slice(bytes)
            .map_err(|source| ImportError { document: "the discovery document".into(), source })?;
        self.groups.extend(list.items);
        Ok(())
    }

    /// Takes the OpenAPI v3 document of a group and version, named as in the index of `/openapi/v3` (`api/v1`,
    /// `apis/apps/v1`). Documents of anything else are accepted and ignored.
    ///
    /// # Errors
    /// When the bytes are no such document.
    pub fn document(&mut self, path: &str, bytes: &[u8]) -> Result<(), ImportError> {
        let gv = path.strip_prefix("apis/").or_else(|| path.strip_prefix("api/"));
        let Some(gv) = gv else { return Ok(()) };
        let document = serde_json::from_slice(bytes).map_err(|source| ImportError {
            document: eco_format!("the OpenAPI document {path}"),
            source,
        })?;
        self.documents.insert(gv.into(), document);
        Ok(())
    }

    /// Translates what was collected. The result depends on the documents, not on the order in which they came.
    #[must_use]
    pub fn finish(self) -> (Facts, Docs) {
        let mut translator = Translator::default();
        let any = translator.intern(Type::Any);
        let mut kinds = Vec::new();
        for group in &self.groups {
            for version in &group.versions {
                let gv = match group.metadata.name.as_str() {
                    "" => version.version.clone(),
                    name => eco_format!("{name}/{}", version.version),
                };
                let document = self.documents.get(&gv);
                let mut object = |kind: &discovery::ResponseKind| {
                    let (group_name, version_name) = match kind.version.as_str() {
                        "" => (group.metadata.name.as_str(), version.version.as_str()),
                        own => (kind.group.as_str(), own),
                    };
                    let document = document?;
                    let name = document.find(group_name, version_name, &kind.kind)?;
                    Some(translator.named(&gv, document, name))
                };
                for resource in &version.resources {
                    let Some(kind) = &resource.response_kind else { continue };
                    let subresources = resource
                        .subresources
                        .iter()
                        .map(|it| Subresource {
                            name: it.subresource.clone(),
                            verbs: Verbs::from_names(&it.verbs),
                            // A subresource that carries the object itself needs no second reference.
                            object: it
                                .response_kind
                                .as_ref()
                                .filter(|sub| sub.kind != kind.kind)
                                .and_then(&mut object),
                        })
                        .collect();
                    kinds.push(KindFacts {
                        group: group.metadata.name.clone(),
                        version: version.version.clone(),
                        kind: kind.kind.clone(),
                        plural: resource.resource.clone(),
                        namespaced: resource.scope == "Namespaced",
                        verbs: Verbs::from_names(&resource.verbs),
                        short_names: resource.short_names.clone(),
                        subresources,
                        object: object(kind).unwrap_or(any),
                    });
                }
            }
        }
        let (types, constraints, docs) = translator.finish();
        let mut facts = Facts { format: FORMAT, version: self.version, types, constraints, kinds };
        facts.prune();
        facts.canonicalise();
        (facts, docs)
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be read: {}", self.document, self.source)
    }
}

impl std::error::Error for ImportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

#[cfg(test)]
mod tests;
