//! Which gate a bare name means. The rule is frozen, so that what someone installs in a cluster never changes what an
//! existing program does: built-in groups by a fixed order first, then a kind that exactly one other group has.

use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::gate::Gate;
use crate::kind::Kind;

/// The groups of Kubernetes itself, in the order in which bare names are looked up in them: the core group, then the
/// order in which an API server lists them. Append only: the order is part of the language.
const BUILT_IN_GROUPS: [&str; 23] = [
    "",
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
    "resource.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "storagemigration.k8s.io",
];

/// The place of a group in the order of look-up, if it is one of Kubernetes itself.
fn built_in_rank(group: &str) -> Option<usize> {
    BUILT_IN_GROUPS.iter().position(|it| *it == group)
}

/// Sorts versions of a group from the preferred one on: stable before beta before alpha, newer before older, anything
/// else last. Source: <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority>.
pub(crate) fn version_rank(version: &str) -> (u8, Reverse<u64>, Reverse<u64>, &str) {
    let parsed = || {
        let rest = version.strip_prefix('v')?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let major: u64 = rest.get(..digits)?.parse().ok()?;
        let rest = rest.get(digits..)?;
        if rest.is_empty() {
            return Some((0, major, 0));
        }
        let (class, rest) = match rest.strip_prefix("beta") {
            Some(rest) => (1, rest),
            None => (2, rest.strip_prefix("alpha")?),
        };
        Some((class, major, rest.parse().ok()?))
    };
    match parsed() {
        Some((class, major, minor)) => (class, Reverse(major), Reverse(minor), ""),
        None => (3, Reverse(0), Reverse(0), version),
    }
}

/// Marks the gates that their bare names mean. A kind wins or loses with all its gates.
pub(crate) fn mark_unqualified(gates: &mut [Gate], kinds: &[Kind]) {
    let mut order: Vec<&Kind> = kinds.iter().collect();
    order.sort_by(|a, b| {
        let rank = |kind: &Kind| built_in_rank(&kind.group).unwrap_or(usize::MAX);
        rank(a).cmp(&rank(b)).then_with(|| version_rank(&a.version).cmp(&version_rank(&b.version)))
    });

    let mut foreign_groups: FxHashMap<&str, FxHashSet<&str>> = FxHashMap::default();
    for kind in kinds.iter().filter(|kind| built_in_rank(&kind.group).is_none()) {
        foreign_groups.entry(&kind.kind).or_default().insert(&kind.group);
    }

    let mut taken: FxHashSet<&str> = FxHashSet::default();
    let mut winners = FxHashSet::default();
    for kind in order {
        let foreign = built_in_rank(&kind.group).is_none();
        let ambiguous = foreign
            && foreign_groups.get(kind.kind.as_str()).is_some_and(|groups| groups.len() > 1);
        if !ambiguous && taken.insert(&kind.kind) {
            winners.insert(kind.id);
        }
    }

    // Two kinds may still make the same name (`Foos` beside `Foo`): built-in kinds first, then neither.
    let mut count: FxHashMap<ecow::EcoString, (u32, u32)> = FxHashMap::default();
    let own = kinds.iter().filter(|kind| built_in_rank(&kind.group).is_some());
    let own: FxHashSet<_> = own.map(|kind| kind.id).collect();
    let won = |gate: &Gate| winners.contains(&gate.kind);
    let built_in = |gate: &Gate| own.contains(&gate.kind);
    for gate in gates.iter().filter(|gate| won(gate)) {
        let (own, foreign) = count.entry(gate.name.clone()).or_default();
        *(if built_in(gate) { own } else { foreign }) += 1;
    }
    for gate in gates {
        let (own, foreign) = count.get(&gate.name).copied().unwrap_or_default();
        let clear = if built_in(gate) { own == 1 } else { own == 0 && foreign == 1 };
        gate.unqualified = won(gate) && clear && !gate.verb.needs_import();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_sort_as_the_server_prefers_them() {
        let mut versions = [
            "v1alpha1",
            "foo",
            "v2",
            "v1",
            "v11beta2",
            "v10beta3",
            "v3beta1",
            "v12alpha1",
            "v10",
            "vé",
        ];
        versions.sort_by(|a, b| version_rank(a).cmp(&version_rank(b)));
        assert_eq!(
            versions,
            [
                "v10",
                "v2",
                "v1",
                "v11beta2",
                "v10beta3",
                "v3beta1",
                "v12alpha1",
                "v1alpha1",
                "foo",
                "vé"
            ]
        );
    }
}
