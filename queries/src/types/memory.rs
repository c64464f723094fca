//! What the memories of a function hold (specification §7.1, `Memory`). A memory that stays within the function that
//! makes it holds what that function stores; of one that is passed on or returned, nothing is known.

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::lattice::{join, present};
use super::ty::{Fields, Type};
use crate::circuit::{Arg, Circuit, StepId, StepKind, Target};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Remember,
    Recall,
    Flush,
}

/// The memories of a circuit that stay within it, with what is stored in them as far as that is known.
pub(super) struct Memories {
    calls: FxHashMap<StepId, (StepId, Method)>,
    stored: FxHashMap<StepId, (Type, Type)>,
}

impl Memories {
    /// Nothing is stored yet.
    pub(super) fn new(circuit: &Circuit) -> Memories {
        let (mut calls, mut stored) = (FxHashMap::default(), FxHashMap::default());
        let is_memory = |id: StepId| matches!(&circuit.step(id).kind, StepKind::Target(Target::Builtin(it)) if it.info().name == "Memory");
        for id in circuit.ids() {
            if let StepKind::Apply { callee, invoke: true, .. } = &circuit.step(id).kind
                && is_memory(*callee)
            {
                stored.insert(id, (Type::Never, Type::Never));
            }
        }
        if stored.is_empty() {
            return Memories { calls, stored };
        }
        let mut methods: FxHashMap<StepId, (StepId, Method)> = FxHashMap::default();
        for id in circuit.ids() {
            if let StepKind::Select { base, path } = &circuit.step(id).kind
                && stored.contains_key(base)
            {
                let method = match path.first().map(EcoString::as_str) {
                    Some("Remember") => Method::Remember,
                    Some("Recall") => Method::Recall,
                    Some("Flush") => Method::Flush,
                    _ => continue,
                };
                methods.insert(id, (*base, method));
            }
        }
        let memory_of = |id: StepId| methods.get(&id).map(|it| it.0).unwrap_or(id);
        // Whatever uses a memory or a method of it in another way than calling the method may store anything.
        for id in circuit.ids() {
            if let StepKind::Apply { callee, args, invoke } = &circuit.step(id).kind {
                match methods.get(callee) {
                    Some(method) if *invoke => _ = calls.insert(id, *method),
                    _ => _ = stored.remove(&memory_of(*callee)),
                }
                for arg in args {
                    stored.remove(&memory_of(arg.value));
                }
            }
        }
        if let Some(result) = circuit.result {
            stored.remove(&memory_of(result));
        }
        calls.retain(|_, it| stored.contains_key(&it.0));
        Memories { calls, stored }
    }

    /// Takes over what the calls store, given the types of the steps; true if it is more than before.
    pub(super) fn store(&mut self, circuit: &Circuit, ty: impl Fn(StepId) -> Type) -> bool {
        let mut changed = false;
        for (call, (memory, method)) in &self.calls {
            let StepKind::Apply { args, .. } = &circuit.step(*call).kind else { continue };
            let Some((key, value)) = self.stored.get_mut(memory) else { continue };
            if *method != Method::Remember {
                continue;
            }
            let given = |name: &str| {
                let mut given = args.iter().filter(|it| it.name.as_deref() == Some(name));
                match (given.next(), given.next()) {
                    (None, _) => Type::Empty,
                    (Some(Arg { value, .. }), None) => ty(*value),
                    _ => Type::Unknown,
                }
            };
            let new = (join(key, &given("key")), join(value, &present(&given("value"))));
            if new != (key.clone(), value.clone()) {
                (*key, *value) = new;
                changed = true;
            }
        }
        changed
    }

    /// Gives up: anything may be stored.
    pub(super) fn forget(&mut self) {
        self.stored.values_mut().for_each(|it| *it = (Type::Unknown, Type::Unknown));
    }

    /// The result of a call of a method of one of the memories; `None` for other calls.
    pub(super) fn result(&self, call: StepId, args: &Fields) -> Option<Type> {
        let (memory, method) = self.calls.get(&call)?;
        let (key, value) = self.stored.get(memory)?;
        Some(match method {
            Method::Remember => join(value, &Type::Empty),
            Method::Recall => join(value, args.field("otherwise").unwrap_or(&Type::Empty)),
            Method::Flush if *value == Type::Never => Type::Empty,
            Method::Flush => {
                let entry = [("key".into(), key.clone()), ("value".into(), value.clone())];
                Type::structure(entry).sequence()
            }
        })
    }
}
