//! Whether running a step can be observed: it does something besides giving its value, or makes a memory, of which each run
//! makes another one. Such steps must keep their number and their order when a program is rewritten.
//!
//! That a step may fail (specification §5.7) does not count: what fails ends the run.

use ko_queries::{
    RootDatabase,
    builtins::BuiltinId,
    circuit::{Circuit, FunctionKey, StepId, StepKind, Target},
    effects::step_acts,
    items::find_function,
    lower::circuit,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// Remembers the answers for as long as one request lasts.
pub(super) struct Purity<'db> {
    db: &'db RootDatabase,
    makes_memory: FxHashMap<FunctionKey, bool>,
}

impl<'db> Purity<'db> {
    pub(super) fn new(db: &'db RootDatabase) -> Purity<'db> {
        Purity { db, makes_memory: FxHashMap::default() }
    }

    /// Whether running the step can be observed. Steps that invoke nothing never can.
    pub(super) fn observable(&mut self, circuit: &Circuit, id: StepId) -> bool {
        if step_acts(self.db, circuit, id) {
            return true;
        }
        let StepKind::Apply { callee, invoke: true, .. } = &circuit.step(id).kind else {
            return false;
        };
        let mut callee = *callee;
        while let StepKind::Apply { callee: inner, invoke: false, .. } = &circuit.step(callee).kind
        {
            callee = *inner;
        }
        match &circuit.step(callee).kind {
            StepKind::Target(Target::Builtin(BuiltinId::Memory)) => true,
            StepKind::Target(Target::Function(key)) => self.makes_memory(key),
            _ => false,
        }
    }

    /// Whether the function, or one that it mentions, makes a memory.
    fn makes_memory(&mut self, key: &FunctionKey) -> bool {
        if let Some(known) = self.makes_memory.get(key) {
            return *known;
        }
        let mut seen = FxHashSet::from_iter([key.clone()]);
        let mut queue = vec![key.clone()];
        let mut found = false;
        while let Some(key) = queue.pop().filter(|_| !found) {
            let circuit = find_function(self.db, &key).and_then(|it| circuit(self.db, it));
            let Some(circuit) = circuit else { continue };
            let memory = StepKind::Target(Target::Builtin(BuiltinId::Memory));
            found = circuit.steps.iter().any(|it| it.kind == memory);
            queue.extend(circuit.callees().filter(|it| seen.insert((*it).clone())).cloned());
        }
        self.makes_memory.insert(key.clone(), found);
        found
    }
}
