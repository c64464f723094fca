//! The status of pod disruption budgets (<https://kubernetes.io/docs/tasks/run-application/configure-pdb/>).

use serde_json::Value as Json;

use super::{pods, set_condition};
use crate::json;
use crate::selectors::Labels;
use crate::state::{Key, State};

/// Does what is due.
pub(crate) fn reconcile(state: &mut State, key: &Key, budget: &Json) {
    let selector = Labels::from_json(json::at(budget, "spec.selector"));
    let (mut expected, mut healthy) = (0, 0);
    for (_, stored) in state.list_named("v1", "Pod", Some(&key.namespace)) {
        let pod = &stored.object;
        if selector.matches(pod) && pods::active(pod) {
            expected += 1;
            healthy += i64::from(pods::ready(pod));
        }
    }
    let desired =
        match (budget.pointer("/spec/minAvailable"), budget.pointer("/spec/maxUnavailable")) {
            (Some(minimum), _) => share(minimum, expected),
            (None, Some(maximum)) => (expected - share(maximum, expected)).max(0),
            (None, None) => expected - 1,
        };
    let allowed = if expected == 0 { 0 } else { (healthy - desired).max(0) };
    let stamp = state.stamp();
    state.update(key, |it| {
        json::set(it, "status.currentHealthy", healthy);
        json::set(it, "status.desiredHealthy", desired);
        json::set(it, "status.expectedPods", expected);
        json::set(it, "status.disruptionsAllowed", allowed);
        let generation = json::int(it, "metadata.generation").unwrap_or(1);
        json::set(it, "status.observedGeneration", generation);
        let reason = if allowed > 0 { "SufficientPods" } else { "InsufficientPods" };
        set_condition(it, &stamp, "DisruptionAllowed", allowed > 0, reason, "");
    });
}

/// A number, or a percentage of `whole` rounded up.
pub(crate) fn share(value: &Json, whole: i64) -> i64 {
    match value {
        Json::String(text) => match text.strip_suffix('%').map(str::parse::<i64>) {
            Some(Ok(percent)) => (whole.saturating_mul(percent) + 99).div_euclid(100),
            _ => text.parse().unwrap_or(0),
        },
        _ => value.as_i64().unwrap_or(0),
    }
}
