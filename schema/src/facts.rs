//! The serialised form of a schema, for the snapshot in the program and for caches on disk: facts only, no prose.
//! The form is compact JSON; whoever stores it compresses it. Equal schemas have equal bytes.

use std::fmt;

use ecow::EcoString;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::constraints::Constraints;
use crate::kind::{Subresource, Verbs};
use crate::types::{ListType, Type, TypeId};

/// Grows with every change of the stored form, so that old caches are made anew and not misread.
pub(crate) const FORMAT: u32 = 2;

/// Everything that tells one schema from another. Turned into a [`Schema`](crate::Schema) by
/// [`Schema::from_facts`](crate::Schema::from_facts).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// [`FORMAT`] of the program that wrote it.
    #[serde(rename = "format")]
    pub(crate) format: u32,
    #[serde(rename = "version")]
    pub(crate) version: EcoString,
    #[serde(rename = "types")]
    pub(crate) types: Vec<Type>,
    /// What is asked of the values of some types besides, by the types, in order.
    #[serde(rename = "constraints", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) constraints: Vec<(TypeId, Constraints)>,
    #[serde(rename = "kinds")]
    pub(crate) kinds: Vec<KindFacts>,
}

/// A kind without what follows from its other parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KindFacts {
    #[serde(rename = "g", default, skip_serializing_if = "EcoString::is_empty")]
    pub(crate) group: EcoString,
    #[serde(rename = "v")]
    pub(crate) version: EcoString,
    #[serde(rename = "k")]
    pub(crate) kind: EcoString,
    #[serde(rename = "p")]
    pub(crate) plural: EcoString,
    #[serde(rename = "n")]
    pub(crate) namespaced: bool,
    #[serde(rename = "b")]
    pub(crate) verbs: Verbs,
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) short_names: Vec<EcoString>,
    #[serde(rename = "u", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) subresources: Vec<Subresource>,
    #[serde(rename = "o")]
    pub(crate) object: TypeId,
}

impl Facts {
    /// The serialised form.
    ///
    /// # Errors
    /// When a value cannot be serialised, which the types rule out except for lack of memory.
    pub fn to_bytes(&self) -> Result<Vec<u8>, FactsError> {
        serde_json::to_vec(self).map_err(FactsError::Json)
    }

    /// Reads what [`Facts::to_bytes`] wrote, and checks that every reference has a target.
    ///
    /// # Errors
    /// When the bytes are not that form (perhaps of another version of the program), naming the place.
    pub fn from_bytes(bytes: &[u8]) -> Result<Facts, FactsError> {
        let facts: Facts = serde_json::from_slice(bytes).map_err(FactsError::Json)?;
        facts.check()?;
        Ok(facts)
    }

    /// The Kubernetes version, such as `1.36`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How many types there are.
    #[must_use]
    pub fn type_count(&self) -> usize {
        self.types.len()
    }

    /// How many kinds there are.
    #[must_use]
    pub fn kind_count(&self) -> usize {
        self.kinds.len()
    }

    /// Checks what the rest of this crate relies on: references have targets and fields are sorted.
    pub(crate) fn check(&self) -> Result<(), FactsError> {
        if self.format != FORMAT {
            return Err(FactsError::Format(self.format));
        }
        let check = |id: TypeId, place: &str| {
            if id.index() < self.types.len() {
                Ok(())
            } else {
                Err(FactsError::Dangling(place.into()))
            }
        };
        for ty in &self.types {
            match ty {
                Type::Struct(it) => {
                    for field in &it.fields {
                        check(field.ty, &it.name)?;
                    }
                    if !it.fields.is_sorted_by(|a, b| a.name < b.name) {
                        return Err(FactsError::Unsorted(it.name.clone()));
                    }
                }
                Type::Map(item) | Type::List { item, .. } => check(*item, "a list or map")?,
                _ => {}
            }
        }
        for (id, _) in &self.constraints {
            check(*id, "a constraint")?;
        }
        for kind in &self.kinds {
            check(kind.object, &kind.kind)?;
            for object in kind.subresources.iter().filter_map(|it| it.object) {
                check(object, &kind.kind)?;
            }
        }
        Ok(())
    }

    /// Drops the types that no kind leads to, keeping the order of the rest.
    pub(crate) fn prune(&mut self) {
        let mut used = vec![false; self.types.len()];
        let mut todo: Vec<TypeId> = Vec::new();
        for kind in &self.kinds {
            todo.push(kind.object);
            todo.extend(kind.subresources.iter().filter_map(|it| it.object));
        }
        while let Some(id) = todo.pop() {
            match used.get_mut(id.index()) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            match self.types.get(id.index()) {
                Some(Type::Struct(it)) => todo.extend(it.fields.iter().map(|field| field.ty)),
                Some(Type::Map(item) | Type::List { item, .. }) => todo.push(*item),
                _ => {}
            }
        }
        let mut next = 0;
        let renamed: Vec<TypeId> = used
            .iter()
            .map(|used| {
                let id = TypeId(next);
                next += u32::from(*used);
                id
            })
            .collect();
        let mut at = 0;
        self.types.retain(|_| {
            at += 1;
            used.get(at - 1).copied().unwrap_or(false)
        });
        self.constraints.retain(|(id, _)| used.get(id.index()).copied().unwrap_or(false));
        self.rename(&renamed);
    }

    /// Sorts the types by their names and structure, so that the order in which documents were read leaves no trace.
    pub(crate) fn canonicalise(&mut self) {
        let mut order: Vec<usize> = (0..self.types.len()).collect();
        let keys = self.sort_keys();
        order.sort_by(|a, b| keys.get(*a).cmp(&keys.get(*b)).then(a.cmp(b)));
        let mut renamed = vec![TypeId(0); order.len()];
        for (new, old) in (0u32..).zip(&order) {
            if let Some(slot) = renamed.get_mut(*old) {
                *slot = TypeId(new);
            }
        }
        let mut old: Vec<Option<Type>> =
            std::mem::take(&mut self.types).into_iter().map(Some).collect();
        self.types = order.iter().filter_map(|at| old.get_mut(*at)?.take()).collect();
        self.rename(&renamed);
    }

    /// For each type a text that orders types independently of their ids. Structures have their names, whatever is in
    /// them or asked of them.
    pub(crate) fn sort_keys(&self) -> Vec<String> {
        let constraints = self.constraints.iter().map(|(id, it)| (*id, it)).collect();
        (0..)
            .map(TypeId)
            .zip(&self.types)
            .map(|(id, _)| self.sort_key(id, 0, &constraints))
            .collect()
    }

    /// Lists of lists are followed to a small depth.
    fn sort_key(
        &self,
        id: TypeId,
        depth: u8,
        constraints: &FxHashMap<TypeId, &Constraints>,
    ) -> String {
        let inner = |id: TypeId| match depth {
            0..4 => self.sort_key(id, depth + 1, constraints),
            _ => String::new(),
        };
        let Some(ty) = self.types.get(id.index()) else { return String::new() };
        let mut key = match ty {
            Type::Struct(it) => format!("5 {}", it.name),
            Type::Map(item) => format!("4 {}", inner(*item)),
            Type::List { item, list_type: ListType::Map(keys) } => {
                format!("3 {} {}", inner(*item), keys.join(","))
            }
            Type::List { item, list_type } => format!("3 {} {list_type:?}", inner(*item)),
            Type::String(format) => format!("2 {format:?}"),
            _ => format!("1 {ty:?}"),
        };
        if let Some(constraints) = constraints.get(&id)
            && ty.as_struct().is_none()
        {
            key.push_str(&format!(" {constraints:?}"));
        }
        key
    }

    /// Replaces each reference to a type by what `renamed` has in its place.
    pub(crate) fn rename(&mut self, renamed: &[TypeId]) {
        let new = |id: &mut TypeId| {
            if let Some(to) = renamed.get(id.index()) {
                *id = *to;
            }
        };
        for ty in &mut self.types {
            match ty {
                Type::Struct(it) => it.fields.iter_mut().for_each(|field| new(&mut field.ty)),
                Type::Map(item) | Type::List { item, .. } => new(item),
                _ => {}
            }
        }
        self.constraints.iter_mut().for_each(|it| new(&mut it.0));
        self.constraints.sort_by_key(|it| it.0);
        for kind in &mut self.kinds {
            new(&mut kind.object);
            kind.subresources.iter_mut().filter_map(|it| it.object.as_mut()).for_each(new);
        }
    }
}

/// Why stored facts are of no use.
#[derive(Debug)]
pub enum FactsError {
    /// Not the form that this version of the program writes.
    Json(serde_json::Error),
    /// The form of another version of the program; holds its number.
    Format(u32),
    /// Something refers to a type that is not there; holds the name of what refers to it.
    Dangling(EcoString),
    /// The fields of the named structure are not in order.
    Unsorted(EcoString),
    /// The stored bytes cannot be decompressed.
    Compression(EcoString),
}

impl fmt::Display for FactsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FactsError::Format(format) => {
                write!(
                    f,
                    "the stored schema has form {format}, this program reads {FORMAT}: make it anew"
                )
            }
            FactsError::Json(error) => write!(f, "the stored schema has an unknown form: {error}"),
            FactsError::Dangling(name) => {
                write!(f, "the stored schema is damaged: {name} refers to no type")
            }
            FactsError::Unsorted(name) => {
                write!(f, "the stored schema is damaged: the fields of {name} are unsorted")
            }
            FactsError::Compression(error) => {
                write!(f, "the stored schema cannot be unpacked: {error}")
            }
        }
    }
}

impl std::error::Error for FactsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            FactsError::Json(error) => Some(error),
            _ => None,
        }
    }
}
