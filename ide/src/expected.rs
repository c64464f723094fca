//! What the place of a value asks for, read off the text around it: the parameter of the call, and from there down
//! through the fields of nested structures. Works without types, so also where the text is broken; types add what only
//! they know (what a structure with a label is used for later on).

use ko_queries::types::{Demand, Fields};
use ko_schema::{Field, GateType, Schema, Type, TypeId};
use ko_syntax::{
    SyntaxKind, SyntaxNode,
    ast::{self, AstNode, Expr, Term},
};

use crate::{
    callable::{Callable, ParamInfo},
    source::Source,
    symbol, typing,
};

/// What the labels in a list of arguments are.
pub(crate) enum Slot<'db> {
    /// Arguments of a call.
    Call(Callable<'db>),
    /// Fields of an object that the schema knows.
    Structure(TypeId),
    /// Fields that a function reads of the structure that it is given.
    Fields(Fields),
    /// Nobody knows.
    Unknown,
}

/// What a value is asked to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expected {
    /// What a parameter of a gate takes.
    Gate(GateType),
    /// A value of a type of the schema; where that is a list, one element will do.
    Schema(TypeId),
    /// A structure with these fields.
    Structure(Fields),
    /// Something else that a function or builtin asks for.
    Other(Demand),
}

impl Expected {
    /// The type of the schema that is meant, if one is.
    pub(crate) fn type_id(&self, schema: &Schema) -> Option<TypeId> {
        match self {
            Expected::Schema(id) => Some(*id),
            Expected::Gate(GateType::Object(kind)) => Some(schema.kind(*kind).object),
            Expected::Gate(GateType::Typed(id)) => Some(*id),
            Expected::Gate(_) | Expected::Structure(_) | Expected::Other(_) => None,
        }
    }

    /// Whether a function is asked for.
    pub(crate) fn is_callable(&self) -> bool {
        matches!(
            self,
            Expected::Other(Demand::Callable)
                | Expected::Gate(
                    GateType::Predicate(_)
                        | GateType::Transform(_)
                        | GateType::Step(_)
                        | GateType::Stop
                )
        )
    }

    /// Whether `true` or `false` is asked for.
    pub(crate) fn is_bool(&self, schema: &Schema) -> bool {
        match self {
            Expected::Gate(ty) => *ty == GateType::Bool,
            Expected::Schema(id) => *schema.ty(*id) == Type::Bool,
            Expected::Other(demand) => is_bool(demand),
            Expected::Structure(_) => false,
        }
    }
}

fn is_bool(demand: &Demand) -> bool {
    match demand {
        Demand::Bool => true,
        Demand::Each(it) => is_bool(it),
        _ => false,
    }
}

/// How many levels of nesting are looked through.
const MAX_DEPTH: usize = 64;

/// What the labels in `list` are.
pub(crate) fn slot<'db>(source: &Source<'db>, list: &ast::ArgList) -> Slot<'db> {
    slot_at(source, list, MAX_DEPTH)
}

fn slot_at<'db>(source: &Source<'db>, list: &ast::ArgList, depth: usize) -> Slot<'db> {
    let Some(parent) = list.syntax().parent() else { return Slot::Unknown };
    let callee = match parent.kind() {
        SyntaxKind::CALL_EXPR => ast::CallExpr::cast(parent.clone()).and_then(|it| it.callee()),
        SyntaxKind::AUGMENT_EXPR => {
            ast::AugmentExpr::cast(parent.clone()).and_then(|it| it.callee())
        }
        _ => return Slot::Unknown,
    };
    if let Some(callee) = callee {
        return match symbol::callable(source, &callee) {
            Some(callable) => Slot::Call(callable),
            None => Slot::Unknown,
        };
    }
    let schema = source.db.schema();
    match expected_at(source, &parent, depth) {
        Some(Expected::Structure(fields)) => Slot::Fields(fields),
        Some(expected) => expected
            .type_id(&schema)
            .and_then(|ty| element_structure(&schema, ty))
            .map_or(Slot::Unknown, Slot::Structure),
        None => Slot::Unknown,
    }
}

/// What the expression `node` is asked to be.
pub(crate) fn expected(source: &Source<'_>, node: &SyntaxNode) -> Option<Expected> {
    expected_at(source, node, MAX_DEPTH)
}

fn expected_at(source: &Source<'_>, node: &SyntaxNode, depth: usize) -> Option<Expected> {
    let depth = depth.checked_sub(1)?;
    let by_text = match Term::cast(node.parent()?)? {
        Term::Labelled(term) => {
            let list = term.syntax().parent().and_then(ast::ArgList::cast);
            list.and_then(|list| label_expected_at(source, &list, &term.label()?, depth))
        }
        Term::Unlabelled(term) => unlabelled_expected(source, term.syntax(), depth),
    };
    by_text.or_else(|| {
        let scope = source.scope_of(node)?;
        let step = scope.step_at(node.text_range())?;
        typing::expected(&scope, step)
    })
}

/// What the value behind a label of a list is asked to be.
pub(crate) fn label_expected(
    source: &Source<'_>,
    list: &ast::ArgList,
    label: &str,
) -> Option<Expected> {
    label_expected_at(source, list, label, MAX_DEPTH)
}

fn label_expected_at(
    source: &Source<'_>,
    list: &ast::ArgList,
    label: &str,
    depth: usize,
) -> Option<Expected> {
    match slot_at(source, list, depth) {
        Slot::Call(callable) => of_param(source, &callable, &callable.param(source.db, label)?),
        Slot::Fields(fields) => typing::expected_of(fields.field(label)?),
        Slot::Structure(owner) => {
            let schema = source.db.schema();
            field(&schema, owner, label).map(|it| Expected::Schema(it.1))
        }
        Slot::Unknown => None,
    }
}

/// What a value without a label is asked to be, given its term or the list itself.
pub(crate) fn unlabelled_expected(
    source: &Source<'_>,
    term: &SyntaxNode,
    depth: usize,
) -> Option<Expected> {
    let list = ast::ArgList::cast(term.parent()?)?;
    element_expected(source, &list, depth)
}

/// What an unlabelled value in `list` is asked to be.
pub(crate) fn value_in_list(source: &Source<'_>, list: &ast::ArgList) -> Option<Expected> {
    element_expected(source, list, MAX_DEPTH)
}

fn element_expected(source: &Source<'_>, list: &ast::ArgList, depth: usize) -> Option<Expected> {
    let parent = list.syntax().parent()?;
    let callee = match Expr::cast(parent.clone())? {
        Expr::Call(call) => call.callee(),
        Expr::Augment(augment) => augment.callee(),
        _ => return None,
    };
    match callee {
        Some(callee) => {
            let callable = symbol::callable(source, &callee)?;
            of_param(source, &callable, &callable.monadic(source.db)?)
        }
        // Elements of a sequence are asked what the sequence is asked.
        None => expected_at(source, &parent, depth),
    }
}

fn of_param(source: &Source<'_>, callable: &Callable<'_>, param: &ParamInfo) -> Option<Expected> {
    match (&param.gate_type, callable) {
        (Some(ty), _) => Some(Expected::Gate(ty.clone())),
        (None, Callable::Function(function)) => {
            typing::param(source.db, *function, &param.name)?.expected
        }
        (None, Callable::Builtin(id)) => typing::builtin_expected(*id, &param.name),
        (None, Callable::Gate(_)) => None,
    }
}

/// The structure that a value of type `ty`, or one element of it, is written as; also a map, whose keys are free.
pub(crate) fn element_structure(schema: &Schema, ty: TypeId) -> Option<TypeId> {
    let mut id = ty;
    for _ in 0..8 {
        match schema.ty(id) {
            Type::Struct(_) | Type::Map(_) => return Some(id),
            Type::List { item, .. } => id = *item,
            _ => return None,
        }
    }
    None
}

/// The field of a structure or map, with its type; a map has every key and no field.
pub(crate) fn field<'a>(
    schema: &'a Schema,
    owner: TypeId,
    name: &str,
) -> Option<(Option<&'a Field>, TypeId)> {
    match schema.ty(owner) {
        Type::Struct(it) => it.field(name).map(|field| (Some(field), field.ty)),
        Type::Map(value) => Some((None, *value)),
        _ => None,
    }
}

/// The texts that are allowed, or well known, at a place; empty where there is no such list.
pub(crate) fn choices(schema: &Schema, expected: &Expected) -> Vec<String> {
    match expected {
        Expected::Gate(GateType::OneOf(values) | GateType::Condition(values)) => {
            values.iter().map(|it| (*it).to_owned()).collect()
        }
        Expected::Gate(_) => Vec::new(),
        Expected::Schema(id) => match schema.ty(*id) {
            Type::String(ko_schema::StringFormat::Enum(values)) => {
                values.iter().map(ToString::to_string).collect()
            }
            Type::List { item, .. } => choices(schema, &Expected::Schema(*item)),
            _ => Vec::new(),
        },
        Expected::Structure(_) | Expected::Other(_) => Vec::new(),
    }
}

/// The type in a few words.
pub(crate) fn label(schema: &Schema, expected: &Expected) -> String {
    match expected {
        Expected::Gate(ty) => ty.label(schema),
        Expected::Schema(id) => ko_schema::render_type(schema, *id, 0),
        Expected::Structure(fields) => typing::fields_in_short(fields),
        Expected::Other(demand) => typing::demand_in_short(demand),
    }
}
