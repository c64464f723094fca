//! The names that programs use for a kind: its many-form and its argument names. Pure functions of the kind and of the
//! resource name that the server publishes; English is never guessed.

use ecow::{EcoString, eco_format};

/// The many-form of a kind: the longest case-insensitive common beginning of `kind` and `resource` in the casing of
/// the kind, followed by the rest of `resource` (`NetworkPolicy` + `networkpolicies` is `NetworkPolicies`).
///
/// Where that is the kind itself (`Endpoints`) or the two differ by more than the last letter of the kind (`PodMetrics`,
/// served as `pods`), the many-form is the kind followed by `Items`.
pub(crate) fn many_name(kind: &str, resource: &str) -> EcoString {
    let common = common_prefix(kind, resource);
    let (Some(head), Some(tail)) = (kind.get(..common), resource.get(common..)) else {
        return eco_format!("{kind}Items");
    };
    if common + 1 < kind.len() || (common == kind.len() && tail.is_empty()) {
        return eco_format!("{kind}Items");
    }
    eco_format!("{head}{tail}")
}

/// The argument that takes one object of a kind: the kind with its first letter, or the acronym it begins with, in lower
/// case (`StatefulSet` is `statefulSet`, `CSINode` is `csiNode`).
pub(crate) fn arg_name(kind: &str) -> EcoString {
    let run = kind.chars().take_while(char::is_ascii_uppercase).count();
    let rest_is_word =
        kind.get(run..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
    // The last capital of a run begins the next word, unless the run is all there is.
    let lower = if run > 1 && rest_is_word { run - 1 } else { run };
    match (kind.get(..lower), kind.get(lower..)) {
        (Some(head), Some(tail)) => eco_format!("{}{tail}", head.to_ascii_lowercase()),
        _ => kind.into(),
    }
}

/// The argument that takes many objects of a kind: [`arg_name`] with the ending of [`many_name`].
pub(crate) fn many_arg_name(kind: &str, many: &str) -> EcoString {
    let common = common_prefix(kind, many);
    let one = arg_name(kind);
    match (one.get(..common), many.get(common..)) {
        (Some(head), Some(tail)) => eco_format!("{head}{tail}"),
        _ => one,
    }
}

/// Length in bytes of the longest common beginning, ASCII case aside.
fn common_prefix(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a.eq_ignore_ascii_case(b) && a.is_ascii()).count()
}

/// Whether a schema is that of a kind that every server has, or part of one; these are written by a generator.
pub(crate) fn is_built_in(name: &str) -> bool {
    let own = ["api.", "apimachinery.", "kube-aggregator.", "apiextensions-apiserver."];
    name.strip_prefix("io.k8s.").is_some_and(|rest| own.iter().any(|it| rest.starts_with(it)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_forms_follow_the_resource_not_english() {
        for (kind, resource, many, arg, many_arg) in [
            ("Pod", "pods", "Pods", "pod", "pods"),
            ("StatefulSet", "statefulsets", "StatefulSets", "statefulSet", "statefulSets"),
            (
                "NetworkPolicy",
                "networkpolicies",
                "NetworkPolicies",
                "networkPolicy",
                "networkPolicies",
            ),
            ("ServiceCIDR", "servicecidrs", "ServiceCIDRs", "serviceCIDR", "serviceCIDRs"),
            ("Ingress", "ingresses", "Ingresses", "ingress", "ingresses"),
            ("Endpoints", "endpoints", "EndpointsItems", "endpoints", "endpointsItems"),
            ("PodMetrics", "pods", "PodMetricsItems", "podMetrics", "podMetricsItems"),
            ("CSINode", "csinodes", "CSINodes", "csiNode", "csiNodes"),
            ("IPAddress", "ipaddresses", "IPAddresses", "ipAddress", "ipAddresses"),
            ("APIService", "apiservices", "APIServices", "apiService", "apiServices"),
            ("VPC", "vpcs", "VPCs", "vpc", "vpcs"),
            (
                "ComponentStatus",
                "componentstatuses",
                "ComponentStatuses",
                "componentStatus",
                "componentStatuses",
            ),
            ("Größe", "größen", "GrößeItems", "größe", "größeItems"),
        ] {
            assert_eq!(many_name(kind, resource), many);
            assert_eq!(arg_name(kind), arg);
            assert_eq!(many_arg_name(kind, many), many_arg);
        }
    }
}
