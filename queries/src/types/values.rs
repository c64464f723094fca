//! What the API server asks of values that are written out in full, beyond their types: rules and limits of custom
//! resources, and entries of lists that must differ.

use ecow::EcoString;
use ko_schema::{GateType, ListType, Type as S, TypeId};
use serde_json::{Value as Json, json};

use super::check::{Checker, Item};
use super::errors::{At, TypeError};
use super::scheme::Demand;
use super::whole::{self, Reader};
use crate::circuit::{Arg, StepId, StepKind};
use crate::diagnostic::Severity;

/// Longer rules are not shown whole.
const MAX_SHOWN: usize = 120;

impl Checker<'_> {
    /// Looks at a value where it is written, in the place that `item` asks of it.
    pub(super) fn check_value(&mut self, item: &Item) {
        let schema = self.engine.schema();
        let id = match &item.demand {
            Demand::Schema(id) | Demand::Gate(GateType::Typed(id)) => *id,
            Demand::Gate(GateType::Object(kind)) => schema.kind(*kind).object,
            _ => return,
        };
        let built = whole::built(self.circuit, item.step);
        let is_literal = matches!(self.circuit.step(item.step).kind, StepKind::Literal(_));
        // What stands alone in brackets is looked at without them.
        let alone = matches!(built, Some([Arg { name: None, .. }]));
        if self.circuit.has_errors || alone || built.is_none() && !is_literal {
            return;
        }
        if let (S::List { .. }, Some([Arg { name: None, .. }, ..])) = (schema.ty(id), built) {
            let steps: Vec<StepId> = built.unwrap_or_default().iter().map(|it| it.value).collect();
            return self.check_list(item, id, &steps);
        }
        if let S::List { item: inner, .. } = schema.ty(id) {
            self.check_list(item, id, &[item.step]);
            return self.check_place(item, *inner, &[]);
        }
        self.check_place(item, id, &[]);
    }

    /// Looks at a list of these elements.
    pub(super) fn check_list(&mut self, item: &Item, id: TypeId, steps: &[StepId]) {
        self.check_place(item, id, steps);
        let schema = self.engine.schema();
        let S::List { item: inner, list_type } = schema.ty(id) else { return };
        let keys: &[EcoString] = match list_type {
            ListType::Atomic => return,
            ListType::Set => &[],
            ListType::Map(keys) => keys,
        };
        let mut seen: Vec<(Json, StepId)> = Vec::new();
        for step in steps {
            let Some(key) = self.key_of(*step, *inner, keys) else { continue };
            let Some((_, first)) = seen.iter().find(|it| it.0 == key) else {
                seen.push((key, *step));
                continue;
            };
            let shown = match &key {
                Json::Array(values) => {
                    let pairs = keys.iter().zip(values).filter(|it| !it.1.is_null());
                    pairs.map(|(name, it)| format!("{name}: {it}")).collect::<Vec<_>>().join(", ")
                }
                it => it.to_string(),
            };
            let message = format!("`{}`: there are two entries with {shown}", item.path);
            // Of built-in kinds the server finds some doubles strange and takes them all the same, except when it merges.
            let custom = schema.ty(*inner).as_struct().is_none_or(|it| !it.is_built_in());
            let severity = if custom { Severity::Error } else { Severity::Warning };
            let error = TypeError::new(At::Step(*step), severity, "duplicate-entry", message);
            self.error(error.relate(At::Step(*first), "the first one".to_owned()));
        }
    }

    /// What tells an element of a list from the others; nothing if that is not written out.
    fn key_of(&self, step: StepId, ty: TypeId, keys: &[EcoString]) -> Option<Json> {
        let schema = self.engine.schema();
        let mut reader = Reader::new(schema, self.circuit, self.types);
        if keys.is_empty() {
            return reader.value(step, ty, 0).ok()?;
        }
        let structure = schema.ty(ty).as_struct()?;
        let args = whole::built(self.circuit, step)?;
        let mut values = Vec::new();
        for key in keys {
            let field = structure.field(key)?;
            let mut given = args.iter().filter(|it| it.name.as_ref() == Some(key));
            let value = match (given.next(), given.next()) {
                (Some(arg), None) => reader.value(arg.value, field.ty, 0).ok()?,
                (None, _) => None,
                _ => return None,
            };
            values.push(value.or_else(|| field.default.as_deref().cloned()).unwrap_or(Json::Null));
        }
        // Without any key, nothing can be told.
        values.iter().any(|it| !it.is_null()).then_some(Json::Array(values))
    }

    /// Asks for the limits and rules of one place. `elements` are those of a list that is written one by one.
    fn check_place(&mut self, item: &Item, id: TypeId, elements: &[StepId]) {
        let schema = self.engine.schema();
        let Some(constraints) = schema.constraints(id) else { return };
        let mut reader = Reader::new(schema, self.circuit, self.types);
        let value = match schema.ty(id) {
            S::List { item, .. } => reader.elements(elements, *item, 0),
            _ => reader.value(item.step, id, 0),
        };
        let Ok(Some(mut value)) = value else { return };
        if let (Some(structure), Json::Object(map)) = (schema.ty(id).as_struct(), &mut value)
            && structure.fields.iter().any(|it| it.injected)
            && let Some(kind) = schema.kinds().iter().find(|it| it.object == id)
        {
            map.insert("apiVersion".into(), json!(kind.gv().as_str()));
            map.insert("kind".into(), json!(kind.kind.as_str()));
        }
        // An object that is applied may have more in it than is written here.
        let certain = item.whole || !matches!(value, Json::Array(_) | Json::Object(_));
        let severity = if certain { Severity::Error } else { Severity::Warning };
        if let Some(problem) = schema.broken_limit(id, &value) {
            let message = format!("`{}` {problem}", item.path);
            self.error(TypeError::new(item.at, severity, "invalid-value", message));
        }
        if constraints.rules.is_empty() {
            return;
        }
        for broken in schema.violations(id, &value) {
            let mut message = format!("`{}`: {}", item.path, broken.message);
            if !broken.message.contains(broken.rule.trim()) {
                message.push_str(&format!(" (rule `{}`)", shortened(broken.rule.trim())));
            }
            let at = match whole::below(self.circuit, item.step, &broken.path) {
                Some((step, index)) => At::ArgValue(step, index),
                None => item.at,
            };
            let error = TypeError::new(at, severity, "broken-rule", message);
            self.error(error.relate(At::Step(item.step), "the rule is about this".to_owned()));
        }
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
