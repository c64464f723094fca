//! What Kubernetes objects are made of: a flat table of types that refer to each other by [`TypeId`] only, so that
//! recursive schemas need no boxes and a type is cheap to pass on. Prose is not here (see [`crate::Docs`]).

use ecow::EcoString;
use serde::{Deserialize, Serialize};

/// The place of a [`Type`] in the table of its [`Schema`](crate::Schema). Means nothing to another schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TypeId(pub(crate) u32);

impl TypeId {
    /// The position in the table of types, for use as a dense key.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A type as the API server publishes it, reduced to what checking, completion and the evaluator need.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Type {
    /// An object with known fields.
    #[serde(rename = "o")]
    Struct(StructType),
    /// An object with arbitrary keys whose values all have the given type.
    #[serde(rename = "m")]
    Map(TypeId),
    /// An array.
    #[serde(rename = "l")]
    List {
        /// The type of every element.
        #[serde(rename = "i")]
        item: TypeId,
        /// How elements are told apart when two writers merge their lists.
        #[serde(rename = "t", default, skip_serializing_if = "ListType::is_atomic")]
        list_type: ListType,
    },
    /// Text, perhaps of a known form.
    #[serde(rename = "s")]
    String(StringFormat),
    /// A whole number of 32 bits.
    #[serde(rename = "i")]
    Int32,
    /// A whole number of 64 bits.
    #[serde(rename = "I")]
    Int64,
    /// A number with a fraction.
    #[serde(rename = "f")]
    Float,
    /// True or false.
    #[serde(rename = "b")]
    Bool,
    /// A whole number, or text (a port by number or by name).
    #[serde(rename = "p")]
    IntOrString,
    /// An amount such as `250m` or `1Gi`: text with a checked form; numbers are accepted, too.
    #[serde(rename = "q")]
    Quantity,
    /// Anything: the server does not say.
    #[serde(rename = "a")]
    Any,
}

impl Type {
    /// The structure, if this is one.
    #[must_use]
    pub fn as_struct(&self) -> Option<&StructType> {
        match self {
            Type::Struct(it) => Some(it),
            _ => None,
        }
    }
}

/// An object with known fields.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StructType {
    /// The name in the server's document, such as `io.k8s.api.apps.v1.StatefulSet`. An object without a name of its own
    /// (in custom resources) is named after its place: `com.example.v1.Backup.spec.target`.
    #[serde(rename = "n")]
    pub name: EcoString,
    /// The last part of the name, for people: `StatefulSet`, `Backup.spec.target`.
    #[serde(rename = "s")]
    pub short_name: EcoString,
    /// The fields, sorted by name.
    #[serde(rename = "f")]
    pub fields: Box<[Field]>,
    /// Whether fields beyond the known ones are allowed (their type is [`Type::Any`]).
    #[serde(rename = "o", default, skip_serializing_if = "is_false")]
    pub open: bool,
}

impl StructType {
    /// The field with the given name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        let at = self.fields.binary_search_by(|it| it.name.as_str().cmp(name)).ok()?;
        self.fields.get(at)
    }

    /// Whether it belongs to a kind that every server has, not to a custom resource.
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        crate::naming::is_built_in(&self.name)
    }

    /// The fields a program may write: all but the server's own.
    pub fn writable_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|it| it.writable())
    }
}

/// A field of a [`StructType`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Field {
    /// The name in the server's document, in its casing.
    #[serde(rename = "n")]
    pub name: EcoString,
    /// The type of the value.
    #[serde(rename = "t")]
    pub ty: TypeId,
    /// Whether the server refuses an object without this field.
    #[serde(rename = "r", default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// The value the document promises for an absent field. Zero values are left out: the server's generator states
    /// them for every field, meaning nothing.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Box<serde_json::Value>>,
    /// Whether only the server sets it: `status` of a kind, and `uid`, `resourceVersion`, … in its metadata.
    #[serde(rename = "x", default, skip_serializing_if = "is_false")]
    pub server_owned: bool,
    /// Whether the gate itself fills it in: `apiVersion` and `kind` of a kind.
    #[serde(rename = "k", default, skip_serializing_if = "is_false")]
    pub injected: bool,
}

impl Field {
    /// Whether the field belongs to the write view of its object, that is, whether a program may set it. The read view
    /// has all fields.
    #[must_use]
    pub fn writable(&self) -> bool {
        !self.server_owned && !self.injected
    }
}

/// How the elements of a list are told apart (`x-kubernetes-list-type`).
/// Source: <https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy>.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ListType {
    /// The list is one value: it is replaced as a whole.
    #[default]
    #[serde(rename = "a")]
    Atomic,
    /// Elements are scalars, each at most once.
    #[serde(rename = "s")]
    Set,
    /// Elements are objects, told apart by the values of the named fields.
    #[serde(rename = "m")]
    Map(Box<[EcoString]>),
}

impl ListType {
    fn is_atomic(&self) -> bool {
        *self == ListType::Atomic
    }
}

/// What is known of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StringFormat {
    /// Nothing.
    #[default]
    #[serde(rename = "p")]
    Plain,
    /// A moment as in RFC 3339: `2006-01-02T15:04:05Z`.
    #[serde(rename = "t")]
    DateTime,
    /// Bytes in base64.
    #[serde(rename = "b")]
    Bytes,
    /// One of these, in the server's order. Other values deserve a warning, not an error: newer servers add some.
    #[serde(rename = "e")]
    Enum(Box<[EcoString]>),
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature that serde asks for
fn is_false(it: &bool) -> bool {
    !*it
}
