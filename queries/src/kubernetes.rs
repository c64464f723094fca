//! The Kubernetes API as inputs, one for each group and version, so that a change of one concerns only those who use it.

use std::sync::Arc;

use ecow::EcoString;
use ko_schema::{GateType, Kind, Schema, Type, TypeId};
use rustc_hash::FxHashSet;

use crate::{
    circuit::{Circuit, StepKind, Target},
    database::Db,
};

/// Whether all that a function can see through a group and version is the same in both schemas, ids included: its kinds,
/// their gates, and every type that these lead to.
pub(crate) fn is_same(old: &Schema, new: &Schema, group_version: &str) -> bool {
    let kinds = |schema: &Schema| -> Vec<Kind> {
        schema.kinds().iter().filter(|it| it.gv() == group_version).cloned().collect()
    };
    let kinds_now = kinds(new);
    if kinds(old) != kinds_now {
        return false;
    }
    let ids: FxHashSet<_> = kinds_now.iter().map(|it| it.id).collect();
    let gates_of = |schema: &Schema| {
        let gates = schema.gates().iter().filter(|it| ids.contains(&it.kind));
        gates.cloned().collect::<Vec<_>>()
    };
    let gates = gates_of(new);
    if gates_of(old) != gates {
        return false;
    }
    let typed = gates.iter().flat_map(|gate| {
        let params = gate.params.iter().map(|it| &it.ty).chain([&gate.result]);
        params.filter_map(|it| if let GateType::Typed(id) = it { Some(*id) } else { None })
    });
    let mut open: Vec<TypeId> = kinds_now.iter().map(|it| it.object).chain(typed).collect();
    let mut seen: FxHashSet<TypeId> = FxHashSet::default();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        if id.index() >= old.type_count() || id.index() >= new.type_count() {
            return false;
        }
        let ty = new.ty(id);
        if old.ty(id) != ty || old.constraints(id) != new.constraints(id) {
            return false;
        }
        match ty {
            Type::Struct(it) => open.extend(it.fields.iter().map(|field| field.ty)),
            Type::Map(it) | Type::List { item: it, .. } => open.push(*it),
            _ => {}
        }
    }
    true
}

/// The groups and versions of the gates that a circuit mentions.
pub(crate) fn mentioned<'a>(
    circuit: &'a Circuit,
    schema: &'a Schema,
) -> impl Iterator<Item = EcoString> + 'a {
    circuit.steps.iter().filter_map(|step| match &step.kind {
        StepKind::Target(Target::Gate(id)) => {
            let gate = schema.find_gate(*id)?;
            Some(schema.kind(gate.kind).gv())
        }
        _ => None,
    })
}

/// Makes the query at hand depend on these groups and versions.
pub(crate) fn depend_on(db: &dyn Db, group_versions: &Arc<[EcoString]>) {
    for name in group_versions.iter() {
        if let Some(group_version) = db.group_version(name) {
            group_version.revision(db);
        }
    }
}
