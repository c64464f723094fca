//! Gives the types and kinds of a new schema the ids that they have in an old one, where they can keep them: whoever
//! remembers something by id then has to think again only about what changed. What a schema says does not depend on ids.

use rustc_hash::FxHashMap;

use crate::facts::Facts;
use crate::gate::{Gate, GateId};
use crate::kind::KindId;
use crate::model::{Ids, Schema};
use crate::types::{Type, TypeId};

/// How many ids of kinds or gates may be out of use besides four times those in use.
const MAX_GAPS: usize = 50_000;

impl Schema {
    /// The same schema, with the ids of `old` for what both have: types by name and structure, kinds by group, version and
    /// name, gates by their kind. Types that are gone leave gaps, which new types fill.
    #[must_use]
    pub fn aligned_to(&self, old: &Schema) -> Schema {
        let facts = self.to_facts();
        let olds = old.to_facts();
        let mut places: FxHashMap<String, Vec<TypeId>> = FxHashMap::default();
        for (id, key) in (0..).map(TypeId).zip(olds.sort_keys()) {
            places.entry(key).or_default().push(id);
        }
        // Of several with one name, the first takes the first place.
        places.values_mut().for_each(|it| it.reverse());
        let mut ids: Vec<Option<TypeId>> =
            facts.sort_keys().iter().map(|key| places.get_mut(key).and_then(Vec::pop)).collect();
        let mut free: Vec<TypeId> = places.into_values().flatten().collect();
        free.sort_by(|a, b| b.cmp(a));
        let mut next = (0..).map(TypeId).skip(olds.types.len());
        for id in ids.iter_mut().filter(|it| it.is_none()) {
            *id = free.pop().or_else(|| next.next());
        }
        let ids: Vec<TypeId> = ids.into_iter().flatten().collect();
        // Where most of what was given out is gone, everybody thinks again.
        let (kinds, gates) = old.ids_given();
        let crowded =
            kinds > 4 * self.kinds().len() + MAX_GAPS || gates > 4 * self.gates().len() + MAX_GAPS;
        let own = (!crowded).then(|| self.ids_of(old));
        self.with_facts(renumbered(facts, &ids), own.as_ref())
    }

    /// The ids of `old` for the kinds that it has, too, and for their gates where these are the same; ids that were never
    /// given out for the others. What is gone leaves gaps.
    fn ids_of(&self, old: &Schema) -> Ids {
        let (mut kinds, mut gates) = old.ids_given();
        let mut own: FxHashMap<KindId, Vec<&Gate>> = FxHashMap::default();
        self.gates().iter().for_each(|it| own.entry(it.kind).or_default().push(it));
        let mut olds: FxHashMap<KindId, Vec<&Gate>> = FxHashMap::default();
        old.gates().iter().for_each(|it| olds.entry(it.kind).or_default().push(it));
        let fresh = |next: &mut usize, count: usize| {
            let id = u32::try_from(*next).unwrap_or(u32::MAX);
            *next += count;
            id
        };
        let mut ids = Ids::new();
        for kind in self.kinds() {
            let own = own.get(&kind.id).map(Vec::as_slice).unwrap_or_default();
            let before = old.find_kind(&kind.gv(), &kind.kind);
            let gates_before = before.and_then(|it| olds.get(&it.id));
            let same = gates_before.filter(|before| {
                before.iter().map(|it| &it.name).eq(own.iter().map(|it| &it.name))
            });
            let first = match same.and_then(|it| it.first()) {
                Some(gate) => gate.id,
                None => GateId(fresh(&mut gates, own.len())),
            };
            let id = before.map_or_else(|| KindId(fresh(&mut kinds, 1)), |it| it.id);
            ids.push((id, first));
        }
        ids
    }
}

/// Puts each type where `ids` says. Places that nothing is put into hold [`Type::Any`].
fn renumbered(mut facts: Facts, ids: &[TypeId]) -> Facts {
    let size = ids.iter().map(|it| it.index() + 1).max().unwrap_or_default();
    let mut types = vec![Type::Any; size];
    for (ty, id) in std::mem::take(&mut facts.types).into_iter().zip(ids) {
        if let Some(place) = types.get_mut(id.index()) {
            *place = ty;
        }
    }
    facts.types = types;
    facts.rename(ids);
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::Importer;

    fn schema(groups: &[&str]) -> Schema {
        let mut importer = Importer::new("1.99");
        for group in groups {
            let kind = group.split('.').next().unwrap();
            let discovery = format!(
                r#"{{"items": [{{"metadata": {{"name": "{group}"}}, "versions": [{{"version": "v1", "resources": [{{
                "resource": "{kind}s", "responseKind": {{"kind": "{kind}"}}, "scope": "Namespaced", "verbs": ["get", "create"]}}]}}]}}]}}"#
            );
            importer.discovery(discovery.as_bytes()).unwrap();
            let document = format!(
                r#"{{"components": {{"schemas": {{"{group}.{kind}": {{"type": "object", "properties": {{
                "spec": {{"type": "object", "properties": {{"{kind}": {{"type": "string"}}}}}}, "many": {{"type": "array",
                "items": {{"type": "integer"}}}}}},
                "x-kubernetes-group-version-kind": [{{"group": "{group}", "version": "v1", "kind": "{kind}"}}]}}}}}}}}"#
            );
            importer.document(&format!("apis/{group}/v1"), document.as_bytes()).unwrap();
        }
        let (facts, docs) = importer.finish();
        Schema::from_facts(facts, docs).unwrap()
    }

    /// The ids of a kind, its object, and its gates.
    fn ids(schema: &Schema, group: &str) -> (usize, usize, Vec<usize>) {
        let kind = schema.kinds().iter().find(|it| it.group == group).unwrap();
        let gates = schema.gates().iter().filter(|it| it.kind == kind.id);
        (kind.id.index(), kind.object.index(), gates.map(|it| it.id.index()).collect())
    }

    #[test]
    fn what_is_added_leaves_the_ids_of_the_rest() {
        let old = schema(&["m.x", "t.x"]);
        let new = schema(&["a.x", "m.x", "t.x"]);
        assert_ne!(ids(&new, "m.x"), ids(&old, "m.x"), "the test would show nothing");
        let aligned = new.aligned_to(&old);
        for group in ["m.x", "t.x"] {
            assert_eq!(ids(&aligned, group), ids(&old, group), "{group}");
        }
        let kind = aligned.find_kind("a.x/v1", "a").unwrap();
        let shown = |schema: &Schema, id| crate::render_type(schema, id, 3);
        let fresh = new.find_kind("a.x/v1", "a").unwrap();
        assert_eq!(shown(&aligned, kind.object), shown(&new, fresh.object));
        assert_eq!(aligned.gates().len(), new.gates().len());
    }

    #[test]
    fn what_goes_leaves_gaps_that_are_filled() {
        let old = schema(&["a.x", "m.x"]);
        let less = schema(&["m.x"]).aligned_to(&old);
        assert_eq!(ids(&less, "m.x"), ids(&old, "m.x"));
        let gone = old.kinds().iter().find(|it| it.group == "a.x").unwrap();
        let gates: Vec<GateId> =
            old.gates().iter().filter(|it| it.kind == gone.id).map(|it| it.id).collect();
        assert!(gates.iter().all(|id| less.find_gate(*id).is_none()));
        assert_eq!((less.kinds().len(), less.gates().len() + gates.len()), (1, old.gates().len()));
        for gate in less.gates() {
            assert_eq!(less.gate_by_id(gate.id), gate);
            assert_eq!(less.gate(&gate.name).map(|it| it.id), gate.unqualified.then_some(gate.id));
        }
        let back = old.aligned_to(&less);
        assert_eq!(ids(&back, "m.x"), ids(&old, "m.x"));
        assert_eq!(back.gates().len(), old.gates().len());
        let more = schema(&["b.x", "m.x"]).aligned_to(&less);
        assert_eq!(ids(&more, "m.x").1, ids(&old, "m.x").1);
        assert!(more.type_count() <= old.type_count(), "gaps grow");
        assert!(more.aligned_to(&more) == more);
    }
}
