//! What calling a function may do to the cluster: the strongest effect of all the gates that it can reach by name.

use ko_queries::{
    RootDatabase,
    circuit::{FunctionKey, StepKind, Target},
    items::find_function,
    lower::circuit,
};
use ko_schema::{Effect, Schema};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::graph::stronger;

/// The most that a call of the function may do to the cluster; none if it reaches no gate or does not exist.
pub fn effect_of_function(db: &RootDatabase, key: &FunctionKey) -> Option<Effect> {
    Effects::new(db).of(key)
}

/// Remembers the answers for as long as one request lasts.
pub(crate) struct Effects<'db> {
    db: &'db RootDatabase,
    schema: Schema,
    known: FxHashMap<FunctionKey, Option<Effect>>,
}

impl<'db> Effects<'db> {
    pub(crate) fn new(db: &'db RootDatabase) -> Effects<'db> {
        Effects { db, schema: db.schema(), known: FxHashMap::default() }
    }

    pub(crate) fn of(&mut self, key: &FunctionKey) -> Option<Effect> {
        if let Some(known) = self.known.get(key) {
            return *known;
        }
        // Everything that can be reached counts, so one walk over the call graph does, cycles or not.
        let mut effect = None;
        let mut seen = FxHashSet::from_iter([key.clone()]);
        let mut queue = vec![key.clone()];
        while let Some(key) = queue.pop() {
            if let Some(known) = self.known.get(&key) {
                effect = stronger(effect, *known);
                continue;
            }
            let Some(function) = find_function(self.db, &key) else { continue };
            let Some(circuit) = circuit(self.db, function) else { continue };
            for step in &circuit.steps {
                if let StepKind::Target(Target::Gate(id)) = step.kind {
                    let gate = self.schema.find_gate(id);
                    effect = stronger(effect, gate.map(|gate| gate.effect));
                }
            }
            for callee in circuit.callees() {
                if seen.insert(callee.clone()) {
                    queue.push(callee.clone());
                }
            }
        }
        self.known.insert(key.clone(), effect);
        effect
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn effects_go_through_calls_and_recursion() {
        let fixture = Fixture::new(
            "Top() { return: middle() }\n\
             middle() { a: ListPods(), return: again(a: a) }\n\
             again(a) { d: DeletePods(namespace: \"x\", pods: a), return: middle(after: d) }\n\
             pure() { return: Sum(1, 2) }\n",
        );
        let effect = |name: &str| effect_of_function(&fixture.db, &fixture.key(name));
        assert_eq!(effect("Top"), Some(Effect::Destructive));
        assert_eq!(effect("middle"), Some(Effect::Destructive));
        assert_eq!(effect("pure"), None);
        assert_eq!(effect("missing"), None);
    }
}
