//! The rules that turn schemas into types. They are tried in the order in which [`Translator::type_of`] has them; what
//! only restricts values (`pattern`, `oneOf`, CEL rules, `nullable`) never changes a type: some of it is kept beside the types.

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;
use serde_json::Value;

use super::document::{Additional, Document, SchemaObject};
use crate::constraints::Constraints;
use crate::docs::{Docs, DocsBuilder};
use crate::naming::is_built_in;
use crate::types::{Field, ListType, StringFormat, StructType, Type, TypeId};

/// Schemas nested deeper than this, or references that go in a circle without an object between, become `Any`.
const MAX_DEPTH: u32 = 64;

/// The fields of `ObjectMeta` that only the server sets.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/>.
const SERVER_METADATA: [&str; 8] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Translates schemas of several documents into one table of types.
#[derive(Default)]
pub(super) struct Translator<'a> {
    types: Vec<Type>,
    /// Types without fields, which are equal if they look equal and the same is asked of their values.
    plain: FxHashMap<Type, Vec<(Constraints, TypeId)>>,
    constraints: Vec<(TypeId, Constraints)>,
    /// What a name means in a document.
    local: FxHashMap<(EcoString, EcoString), TypeId>,
    /// Schemas of all documents by name: each document repeats the common ones.
    global: FxHashMap<EcoString, Vec<(&'a SchemaObject, TypeId)>>,
    docs: DocsBuilder,
    depth: u32,
}

impl<'a> Translator<'a> {
    pub(super) fn finish(mut self) -> (Vec<Type>, Vec<(TypeId, Constraints)>, Docs) {
        self.constraints.sort_by_key(|it| it.0);
        (self.types, self.constraints, self.docs.finish())
    }

    /// The id of a type without fields of whose values nothing else is asked.
    pub(super) fn intern(&mut self, ty: Type) -> TypeId {
        self.constrained(ty, Constraints::default())
    }

    /// The id of a type without fields.
    fn constrained(&mut self, ty: Type, constraints: Constraints) -> TypeId {
        let known = self.plain.get(&ty).and_then(|all| all.iter().find(|it| it.0 == constraints));
        if let Some((_, id)) = known {
            return *id;
        }
        let id = self.push(ty.clone());
        self.note(id, &constraints);
        self.plain.entry(ty).or_default().push((constraints, id));
        id
    }

    fn note(&mut self, id: TypeId, constraints: &Constraints) {
        if !constraints.is_empty() {
            self.constraints.push((id, constraints.clone()));
        }
    }

    /// The type that `name` means in a document; `key` tells documents apart.
    pub(super) fn named(
        &mut self,
        key: &EcoString,
        document: &'a Document,
        name: &EcoString,
    ) -> TypeId {
        let local = (key.clone(), name.clone());
        if let Some(id) = self.local.get(&local) {
            return *id;
        }
        let Some(schema) = document.schema(name) else { return self.intern(Type::Any) };
        let same =
            self.global.get(name).and_then(|all| all.iter().find(|(other, _)| *other == schema));
        if let Some((_, id)) = same {
            self.local.insert(local, *id);
            return *id;
        }
        let place = Place { key, document, name: name.clone(), short: short_name(name) };
        if is_struct(name, schema) {
            // Known before its fields are, so that it may contain itself.
            let id = self.push(Type::Any);
            self.local.insert(local, id);
            self.global.entry(name.clone()).or_default().push((schema, id));
            let ty = self.structure(&place, schema);
            if let Some(slot) = self.types.get_mut(id.index()) {
                *slot = ty;
            }
            self.note(id, &constraints_of(&place, schema));
            id
        } else {
            let id = self.type_of(&place, schema);
            self.local.insert(local, id);
            id
        }
    }

    fn push(&mut self, ty: Type) -> TypeId {
        // Four thousand million types do not fit into any document that fits into memory.
        let id = TypeId(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        self.types.push(ty);
        id
    }

    fn type_of(&mut self, place: &Place<'a, '_>, schema: &'a SchemaObject) -> TypeId {
        if self.depth >= MAX_DEPTH {
            return self.intern(Type::Any);
        }
        self.depth += 1;
        let id = self.type_of_nested(place, schema);
        self.depth -= 1;
        id
    }

    fn type_of_nested(&mut self, place: &Place<'a, '_>, schema: &'a SchemaObject) -> TypeId {
        if let Some(name) =
            schema.reference.as_deref().and_then(|it| it.strip_prefix("#/components/schemas/"))
        {
            return self.named(place.key, place.document, &name.into());
        }
        // The form in which documents attach a default or prose to a reference.
        if let [only] = schema.all_of.as_slice()
            && schema.properties.is_empty()
        {
            return self.type_of(place, only);
        }
        let constraints = constraints_of(place, schema);
        if schema.int_or_string || schema.format.as_deref() == Some("int-or-string") {
            return self.constrained(Type::IntOrString, constraints);
        }
        if place.name.ends_with("resource.Quantity") {
            return self.intern(Type::Quantity);
        }
        if schema.embedded_resource {
            return self.intern(Type::Any);
        }
        if !schema.properties.is_empty() {
            let ty = self.structure(place, schema);
            let id = self.push(ty);
            self.note(id, &constraints);
            return id;
        }
        match schema.ty.as_deref() {
            Some("object") => match &schema.additional_properties {
                Some(Additional::Schema(item)) => {
                    let item = self.type_of(&place.inner("*"), item);
                    self.constrained(Type::Map(item), constraints)
                }
                _ => self.constrained(Type::Any, constraints),
            },
            Some("array") => {
                let item = match &schema.items {
                    Some(item) => self.type_of(&place.inner("*"), item),
                    None => self.intern(Type::Any),
                };
                let list_type = list_type(schema);
                self.constrained(Type::List { item, list_type }, constraints)
            }
            Some("string") => self.constrained(Type::String(string_format(schema)), constraints),
            Some("integer") if schema.format.as_deref() == Some("int32") => {
                self.constrained(Type::Int32, constraints)
            }
            Some("integer") => self.constrained(Type::Int64, constraints),
            Some("number") => self.constrained(Type::Float, constraints),
            Some("boolean") => self.constrained(Type::Bool, constraints),
            _ => self.intern(Type::Any),
        }
    }

    fn structure(&mut self, place: &Place<'a, '_>, schema: &'a SchemaObject) -> Type {
        if let Some(doc) = &schema.description.0 {
            self.docs.type_doc(&place.name, doc);
        }
        let has = |name: &str| schema.properties.contains_key(name);
        let is_kind =
            !schema.gvks.is_empty() && has("apiVersion") && has("kind") && has("metadata");
        let is_metadata = place.name.ends_with(".meta.v1.ObjectMeta");
        let mut fields = Vec::with_capacity(schema.properties.len());
        for (name, property) in &schema.properties {
            if let Some(doc) = &property.description.0 {
                self.docs.field_doc(&place.name, name, doc);
            }
            let ty = self.type_of(&place.inner(name), property);
            fields.push(Field {
                name: name.clone(),
                ty,
                required: schema.required.contains(name),
                default: property
                    .default
                    .as_ref()
                    .filter(|it| is_promised(place, it))
                    .cloned()
                    .map(Box::new),
                server_owned: is_kind && name == "status"
                    || is_metadata && SERVER_METADATA.contains(&name.as_str()),
                injected: is_kind && (name == "apiVersion" || name == "kind"),
            });
        }
        let additional =
            !matches!(&schema.additional_properties, None | Some(Additional::Allowed(false)));
        Type::Struct(StructType {
            name: place.name.clone(),
            short_name: place.short.clone(),
            fields: fields.into(),
            open: additional || schema.preserve_unknown_fields,
        })
    }
}

/// Where in which document a schema stands, for references and for the names of objects that have none.
struct Place<'a, 'k> {
    key: &'k EcoString,
    document: &'a Document,
    name: EcoString,
    short: EcoString,
}

impl<'a, 'k> Place<'a, 'k> {
    fn inner(&self, step: &str) -> Place<'a, 'k> {
        // Elements of lists and maps go by the name of the list or map.
        let (name, short) = match step {
            "*" => (self.name.clone(), self.short.clone()),
            _ => (eco_format!("{}.{step}", self.name), eco_format!("{}.{step}", self.short)),
        };
        Place { key: self.key, document: self.document, name, short }
    }
}

fn is_struct(name: &str, schema: &SchemaObject) -> bool {
    !schema.properties.is_empty()
        && schema.reference.is_none()
        && !schema.int_or_string
        && !schema.embedded_resource
        && !name.ends_with("resource.Quantity")
}

fn short_name(name: &str) -> EcoString {
    name.rsplit('.').next().unwrap_or(name).into()
}

fn list_type(schema: &SchemaObject) -> ListType {
    match schema.list_type.as_deref() {
        Some("set") => ListType::Set,
        Some("map") if !schema.list_map_keys.is_empty() => {
            ListType::Map(schema.list_map_keys.clone().into())
        }
        _ => ListType::Atomic,
    }
}

fn string_format(schema: &SchemaObject) -> StringFormat {
    let values: Box<[EcoString]> =
        schema.values.iter().filter_map(Value::as_str).map(EcoString::from).collect();
    match schema.format.as_deref() {
        _ if !values.is_empty() => StringFormat::Enum(values),
        Some("date-time") => StringFormat::DateTime,
        Some("byte") => StringFormat::Bytes,
        _ => StringFormat::Plain,
    }
}

/// Whether the server fills in this default. Those of built-in kinds say nothing where they are zero.
fn is_promised(place: &Place<'_, '_>, value: &Value) -> bool {
    !value.is_null() && (!is_zero(value) || !is_built_in(&place.name))
}

/// What is asked of values beyond their type.
fn constraints_of(place: &Place<'_, '_>, schema: &SchemaObject) -> Constraints {
    // Formats that say what the type is are part of the type.
    let of_type = ["byte", "date-time", "double", "float", "int-or-string", "int32", "int64"];
    let format = schema.format.clone().filter(|it| !of_type.contains(&it.as_str()));
    let custom = !is_built_in(&place.name);
    Constraints {
        rules: schema.validations.clone().into(),
        pattern: schema.pattern.clone(),
        // Of built-in kinds it is a word for people.
        format: format.filter(|_| custom),
        min_length: schema.min_length,
        max_length: schema.max_length,
        min_items: schema.min_items,
        max_items: schema.max_items,
        min_properties: schema.min_properties,
        max_properties: schema.max_properties,
        minimum: schema.minimum.map(|it| (it, schema.exclusive_minimum)),
        maximum: schema.maximum.map(|it| (it, schema.exclusive_maximum)),
        multiple_of: schema.multiple_of,
        closed: custom && schema.ty.as_deref() == Some("string") && !schema.values.is_empty(),
    }
}

/// Whether a default is what the server's generator writes for every field without one.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(it) => !it,
        Value::Number(it) => it.as_f64() == Some(0.0),
        Value::String(it) => it.is_empty(),
        Value::Array(it) => it.is_empty(),
        Value::Object(it) => it.is_empty(),
    }
}
