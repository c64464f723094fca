//! Gives the types and kinds of a new schema the ids that they have in an old one, where they can keep them: whoever
//! remembers something by id then has to think again only about what changed. What a schema says does not depend on ids.

use rustc_hash::FxHashMap;

use crate::facts::{Facts, KindFacts};
use crate::model::Schema;
use crate::types::{Type, TypeId};

impl Schema {
    /// The same schema, with the ids of `old` for what both have. Types keep theirs by name and structure; kinds keep
    /// theirs as long as no kind before them is gone. Types that are gone leave gaps, which new types fill.
    #[must_use]
    pub fn aligned_to(&self, old: &Schema) -> Schema {
        let facts = self.with_kinds_in_order_of(old);
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
        self.with_facts(renumbered(facts, &ids))
    }

    /// The facts of this schema, kinds in the order of `old`: groups in which nothing was added or removed first, in their
    /// old order, then the others. The order decides nothing but ids.
    fn with_kinds_in_order_of(&self, old: &Schema) -> Facts {
        let mut facts = self.to_facts();
        let mut groups: Vec<(ecow::EcoString, Vec<KindFacts>)> = Vec::new();
        for kind in facts.kinds.drain(..) {
            match groups.iter_mut().find(|(name, _)| *name == kind.group) {
                Some((_, kinds)) => kinds.push(kind),
                None => groups.push((kind.group.clone(), vec![kind])),
            }
        }
        let mut olds: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
        for kind in old.kinds() {
            let name = (kind.version.as_str(), kind.kind.as_str());
            match olds.iter_mut().find(|(group, _)| *group == kind.group) {
                Some((_, kinds)) => kinds.push(name),
                None => olds.push((&kind.group, vec![name])),
            }
        }
        let place = |(group, kinds): &(ecow::EcoString, Vec<KindFacts>)| {
            let same = |(name, olds): &(&str, Vec<(&str, &str)>)| {
                let now = kinds.iter().map(|it| (it.version.as_str(), it.kind.as_str()));
                name == group && now.eq(olds.iter().copied())
            };
            olds.iter().position(same).unwrap_or(usize::MAX)
        };
        groups.sort_by_key(place);
        facts.kinds = groups.into_iter().flat_map(|(_, kinds)| kinds).collect();
        facts
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
        assert_eq!(ids(&less, "m.x").1, ids(&old, "m.x").1);
        let more = schema(&["b.x", "m.x"]).aligned_to(&less);
        assert_eq!(ids(&more, "m.x").1, ids(&old, "m.x").1);
        assert!(more.type_count() <= old.type_count(), "gaps grow");
        assert!(more.aligned_to(&more) == more);
    }
}
