//! What the API server asks of values beyond their type: limits such as `maxLength`, and rules written in CEL
//! (`x-kubernetes-validations`). Custom resources have them; those of built-in kinds are not published.
//! Source: <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation>.

use ecow::EcoString;
use serde::{Deserialize, Serialize};

/// What is asked of the values at one place, beyond their type.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Constraints {
    /// Rules in CEL.
    #[serde(rename = "r", skip_serializing_if = "<[_]>::is_empty")]
    pub rules: Box<[Rule]>,
    /// A regular expression, as Go reads them, that is found in the text.
    #[serde(rename = "p", skip_serializing_if = "Option::is_none")]
    pub pattern: Option<EcoString>,
    /// The form of a text, such as `ipv4`.
    #[serde(rename = "f", skip_serializing_if = "Option::is_none")]
    pub format: Option<EcoString>,
    /// The fewest characters of a text.
    #[serde(rename = "a", skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u32>,
    /// The most characters of a text.
    #[serde(rename = "b", skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// The fewest elements of a list.
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u32>,
    /// The most elements of a list.
    #[serde(rename = "d", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u32>,
    /// The fewest fields of an object.
    #[serde(rename = "g", skip_serializing_if = "Option::is_none")]
    pub min_properties: Option<u32>,
    /// The most fields of an object.
    #[serde(rename = "h", skip_serializing_if = "Option::is_none")]
    pub max_properties: Option<u32>,
    /// The least number, and whether it must be more than that.
    #[serde(rename = "i", skip_serializing_if = "Option::is_none")]
    pub minimum: Option<(f64, bool)>,
    /// The greatest number, and whether it must be less than that.
    #[serde(rename = "j", skip_serializing_if = "Option::is_none")]
    pub maximum: Option<(f64, bool)>,
    /// What a number must be a multiple of.
    #[serde(rename = "k", skip_serializing_if = "Option::is_none")]
    pub multiple_of: Option<f64>,
    /// Whether the values of a closed set are all that this server takes. Those of built-in kinds grow with its version.
    #[serde(rename = "s", skip_serializing_if = "is_false")]
    pub closed: bool,
}

// Numbers come from JSON, which has none that differ from themselves.
impl Eq for Constraints {}

/// A rule of `x-kubernetes-validations`.
/// Source: <https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#validationrule-v1-apiextensions-k8s-io>.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(default)]
pub struct Rule {
    /// The expression, which is true for what is accepted; `self` is the value.
    #[serde(rename = "r", alias = "rule")]
    pub rule: EcoString,
    /// What the server says where it is not true.
    #[serde(rename = "m", skip_serializing_if = "Option::is_none", alias = "message")]
    pub message: Option<EcoString>,
    /// An expression for what it says, which comes first.
    #[serde(rename = "x", skip_serializing_if = "Option::is_none", alias = "messageExpression")]
    pub message_expression: Option<EcoString>,
    /// The reason in the answer of the server; `FieldValueInvalid` if absent.
    #[serde(rename = "y", skip_serializing_if = "Option::is_none", alias = "reason")]
    pub reason: Option<EcoString>,
    /// Which field below the value is at fault, as a JSON path: `.spec.ports`.
    #[serde(rename = "f", skip_serializing_if = "Option::is_none", alias = "fieldPath")]
    pub field_path: Option<EcoString>,
}

impl Constraints {
    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Constraints::default()
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature that serde asks for
fn is_false(it: &bool) -> bool {
    !*it
}
