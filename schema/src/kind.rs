//! The kinds that a cluster serves, as its discovery documents list them.

use ecow::{EcoString, eco_format};
use serde::{Deserialize, Serialize};

use crate::types::TypeId;

/// The place of a [`Kind`] in its [`Schema`](crate::Schema). Means nothing to another schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindId(pub(crate) u32);

impl KindId {
    /// The number, for use as a key. Of a schema that was aligned to another one, not all numbers are in use.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A kind in one group and version. Verbs, scope and short names: see
/// <https://kubernetes.io/docs/reference/using-api/api-concepts/>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its place in the schema.
    pub id: KindId,
    /// The API group, empty for the core group.
    pub group: EcoString,
    /// The version within the group: `v1`.
    pub version: EcoString,
    /// The kind: `StatefulSet`.
    pub kind: EcoString,
    /// The resource name in request paths: `statefulsets`.
    pub plural: EcoString,
    /// The argument that takes one object: `statefulSet`.
    pub singular: EcoString,
    /// The many-form in gate names: `StatefulSets`.
    pub many_name: EcoString,
    /// The argument that takes many objects: `statefulSets`.
    pub many_arg: EcoString,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// What may be done with objects.
    pub verbs: Verbs,
    /// Abbreviations: `sts`.
    pub short_names: Box<[EcoString]>,
    /// Parts with requests of their own: `status`, `scale`, `log`.
    pub subresources: Box<[Subresource]>,
    /// The type of an object. [`Type::Any`](crate::Type::Any) when the server does not publish one.
    pub object: TypeId,
}

impl Kind {
    /// The value of `apiVersion` in an object: `apps/v1`, or `v1` for the core group.
    #[must_use]
    pub fn gv(&self) -> EcoString {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            eco_format!("{}/{}", self.group, self.version)
        }
    }

    /// The path after `k8s/` in an import: as [`Kind::gv`], the core group being called `core`.
    #[must_use]
    pub fn import_path(&self) -> EcoString {
        let group = if self.group.is_empty() { "core" } else { &self.group };
        eco_format!("{group}/{}", self.version)
    }

    /// The resource as access rules name it: `statefulsets.apps`, or `pods` for the core group.
    #[must_use]
    pub fn qualified_resource(&self) -> EcoString {
        if self.group.is_empty() {
            self.plural.clone()
        } else {
            eco_format!("{}.{}", self.plural, self.group)
        }
    }

    /// The type that requests on a part carry: the object itself for its status and most others. `None` if the server
    /// publishes none.
    #[must_use]
    pub fn type_of_part(&self, name: &str) -> Option<TypeId> {
        let part = self.subresource(name)?;
        // Scales are no kind of their group: without a reference their type is unknown.
        part.object.or_else(|| (name != "scale").then_some(self.object))
    }

    /// The subresource with the given name.
    #[must_use]
    pub fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.subresources.iter().find(|it| it.name == name)
    }

    /// Whether an object that was read has the field at `path` for certain, although the schema says it is optional.
    /// The server sets these on every stored object
    /// (<https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/>).
    #[must_use]
    pub fn guaranteed_on_read(&self, path: &[&str]) -> bool {
        match path {
            ["apiVersion" | "kind" | "metadata"] => true,
            // Reviews are answered, not stored: they have no metadata to speak of.
            ["metadata", "name" | "uid" | "resourceVersion" | "creationTimestamp"] => {
                self.verbs.has(Verb::Get)
            }
            ["metadata", "namespace"] => self.namespaced && self.verbs.has(Verb::Get),
            _ => false,
        }
    }
}

/// A part of an object with requests of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subresource {
    /// `scale`, `status`, `log`, …
    #[serde(rename = "n")]
    pub name: EcoString,
    /// What may be done with it.
    #[serde(rename = "v")]
    pub verbs: Verbs,
    /// The type that requests carry, if that is not the object itself; see [`Kind::type_of_part`].
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub object: Option<TypeId>,
}

/// A verb of the API, as discovery lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Verb {
    /// POST of a new object.
    Create,
    /// DELETE of one object.
    Delete,
    /// DELETE of all that a selector finds.
    DeleteCollection,
    /// GET of one object.
    Get,
    /// GET of many objects.
    List,
    /// PATCH, server-side apply included.
    Patch,
    /// PUT.
    Update,
    /// GET of a stream of changes.
    Watch,
}

impl Verb {
    /// All verbs, sorted by name.
    pub const ALL: [Verb; 8] = [
        Verb::Create,
        Verb::Delete,
        Verb::DeleteCollection,
        Verb::Get,
        Verb::List,
        Verb::Patch,
        Verb::Update,
        Verb::Watch,
    ];

    /// The name in discovery documents and access rules.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verb::Create => "create",
            Verb::Delete => "delete",
            Verb::DeleteCollection => "deletecollection",
            Verb::Get => "get",
            Verb::List => "list",
            Verb::Patch => "patch",
            Verb::Update => "update",
            Verb::Watch => "watch",
        }
    }
}

/// A set of [`Verb`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Verbs(u8);

impl Verbs {
    /// The set of the verbs with these names. Names that are no verb of [`Verb::ALL`] are ignored: aggregated servers
    /// have verbs of their own.
    pub fn from_names<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Verbs {
        let mut set = Verbs::default();
        for name in names {
            if let Some(verb) = Verb::ALL.into_iter().find(|it| it.name() == name.as_ref()) {
                set.0 |= 1 << verb as u8;
            }
        }
        set
    }

    /// Whether `verb` is in the set.
    #[must_use]
    pub fn has(self, verb: Verb) -> bool {
        self.0 & (1 << verb as u8) != 0
    }

    /// The verbs in the set, sorted by name.
    pub fn iter(self) -> impl Iterator<Item = Verb> {
        Verb::ALL.into_iter().filter(move |it| self.has(*it))
    }
}
