//! The parts of aggregated discovery (`apidiscovery.k8s.io/v2`) that gates need.
//! Source: <https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/>, `APIGroupDiscoveryList`.

use ecow::EcoString;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct GroupList {
    #[serde(default)]
    pub(super) items: Vec<Group>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Group {
    #[serde(default)]
    pub(super) metadata: Metadata,
    #[serde(default)]
    pub(super) versions: Vec<Version>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Metadata {
    /// Absent for the core group.
    #[serde(default)]
    pub(super) name: EcoString,
}

#[derive(Debug, Deserialize)]
pub(super) struct Version {
    pub(super) version: EcoString,
    #[serde(default)]
    pub(super) resources: Vec<Resource>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resource {
    pub(super) resource: EcoString,
    pub(super) response_kind: Option<ResponseKind>,
    pub(super) scope: EcoString,
    #[serde(default)]
    pub(super) short_names: Vec<EcoString>,
    #[serde(default)]
    pub(super) subresources: Vec<SubresourceEntry>,
    #[serde(default)]
    pub(super) verbs: Vec<EcoString>,
}

/// Group and version are empty when they are those of the list.
#[derive(Debug, Deserialize)]
pub(super) struct ResponseKind {
    #[serde(default)]
    pub(super) group: EcoString,
    #[serde(default)]
    pub(super) version: EcoString,
    pub(super) kind: EcoString,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubresourceEntry {
    pub(super) subresource: EcoString,
    pub(super) response_kind: Option<ResponseKind>,
    #[serde(default)]
    pub(super) verbs: Vec<EcoString>,
}
