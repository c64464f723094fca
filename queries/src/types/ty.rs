//! The types of the language as immutable, cheaply cloned values with one form for each meaning.
//!
//! Constructors normalise (an optional sequence is a sequence, a field that is always Empty is no field) and keep every
//! type small and shallow: what would grow beyond the limits becomes [`Type::Unknown`], so that comparing, printing and
//! dropping types needs no care.

mod size;

use std::ops::Deref;
use std::sync::Arc;

use ecow::EcoString;
use ko_schema::{GateId, KindId, Schema, TypeId};

use crate::circuit::FunctionKey;

/// Types nest at most this deep. Kubernetes objects written by people stay below twenty.
const MAX_DEPTH: u16 = 64;
/// A type has at most this many nodes, counting shared ones as often as they occur.
const MAX_SIZE: u32 = 16_384;
/// The same for what waits for the arguments of a function, which is computed again for every call.
const MAX_DEFERRED: u32 = 512;
/// A value that may be one of more varieties than this may be any.
const MAX_VARIETIES: usize = 32;
/// A value that may be of more types than this may be of any.
const MAX_ALTERNATIVES: usize = 8;

/// Number of bits of an integer type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Width {
    /// 8 bits.
    W8,
    /// 16 bits.
    W16,
    /// 32 bits.
    W32,
    /// 64 bits.
    W64,
}

/// The type of a value (specification §6.1, with the additions that a checker needs).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Not known, or the result of something that was reported already: fits everywhere and is never complained about.
    Unknown,
    /// Anything that a Kubernetes schema leaves open.
    Any,
    /// No value at all: what never returns, such as `Panic`.
    Never,
    /// The missing value.
    Empty,
    /// `true` or `false`.
    Bool,
    /// Text.
    String,
    /// A signed integer.
    Int(Width),
    /// An unsigned integer.
    Uint(Width),
    /// A 32-bit float.
    Float32,
    /// A 64-bit float.
    Float64,
    /// Empty or the type inside, which is neither Empty nor optional nor a sequence.
    Optional(Node),
    /// Any number of elements, also none.
    Sequence(Node),
    /// Values by text.
    Map(Node),
    /// These fields and no others; a field that is absent is Empty.
    Structure(Fields),
    /// Functions, perhaps with arguments attached.
    Variety(Varieties),
    /// A type of the Kubernetes schema, by reference.
    Schema(SchemaType),
    /// A value of the host without parts that a program could see, such as a page of a document, by the name of its kind.
    Named(EcoString),
    /// A value of one of these types, which have different kinds (structures are one kind, integers another) and are neither Empty nor optional.
    Union(Alternatives),
    /// What a parameter of the function at hand is given, by its name.
    Var(EcoString),
    /// What depends on parameters and becomes a type when the function is called.
    Deferred(Deferred),
}

/// A type inside another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(Arc<(Meta, Type)>);

impl Deref for Node {
    type Target = Type;
    fn deref(&self) -> &Type {
        &self.0.1
    }
}

/// Named types in the order in which they were written: fields of a structure or arguments of a function. The name of
/// an unlabelled argument is empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fields(Arc<(Meta, Box<[Named]>)>);

type Named = (EcoString, Type);

impl Deref for Fields {
    type Target = [Named];
    fn deref(&self) -> &Self::Target {
        &self.0.1
    }
}

impl Fields {
    /// The fields given, as they are.
    pub fn new(list: impl IntoIterator<Item = (EcoString, Type)>) -> Fields {
        let list: Box<[_]> = list
            .into_iter()
            .map(|(name, ty)| (name, if ty.too_deep() { Type::Unknown } else { ty }))
            .collect();
        let meta = Meta::over(list.iter().map(|it| &it.1));
        Fields(Arc::new((meta, list)))
    }

    /// The type of the field of this name.
    pub fn field(&self, name: &str) -> Option<&Type> {
        self.iter().find(|it| it.0 == name).map(|it| &it.1)
    }
}

/// Types of which a value has one, in the order of their kinds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alternatives(Arc<(Meta, Box<[Type]>)>);

impl Deref for Alternatives {
    type Target = [Type];
    fn deref(&self) -> &Self::Target {
        &self.0.1
    }
}

/// What a variety refers to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Callee {
    /// A function written in Ko.
    Function(FunctionKey),
    /// A builtin, by its full name (`Range`, `integer.Sum`).
    Builtin(EcoString),
    /// A gate.
    Gate(GateId),
    /// The empty operator.
    Join,
    /// Something that a builtin made, such as `Wait`, with what it returns.
    Native(Node),
}

/// A function with the arguments attached to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variety {
    /// The function.
    pub callee: Callee,
    /// The arguments.
    pub fixed: Fields,
}

/// The varieties that a value may be; none listed means any.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Varieties(Arc<(Meta, Box<[Variety]>)>);

impl Deref for Varieties {
    type Target = [Variety];
    fn deref(&self) -> &Self::Target {
        &self.0.1
    }
}

/// From which side an object of the schema is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// As a program writes it: without what only the server sets.
    Write,
    /// As the server returns it.
    Read,
    /// A whole object of a kind as the server returns it: some fields are present for certain.
    Object(KindId),
    /// The metadata of such an object.
    Metadata(KindId),
}

/// A type of the Kubernetes schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemaType {
    /// Where it is in the schema.
    pub id: TypeId,
    /// The side from which it is seen.
    pub view: View,
    /// Its name for people.
    pub name: EcoString,
}

/// Something to do as soon as the types of the arguments are known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deferred(Arc<(Meta, Op)>);

impl Deferred {
    /// As a key: what is to be done with what is known.
    pub(super) fn closed(op: Op) -> Deferred {
        Deferred(Arc::new((Meta::over(op.operands()), op)))
    }

    /// What is to be done.
    pub fn op(&self) -> &Op {
        &self.0.1
    }
}

/// What a [`Deferred`] type waits to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// Select a field.
    Select(Type, EcoString),
    /// Attach arguments.
    Augment(Type, Fields),
    /// Invoke.
    Invoke(Type),
    /// The value of an argument that was given several times.
    Group(Box<[Type]>),
    /// Any one of these.
    Either(Box<[Type]>),
    /// The elements of the value as a sequence.
    Element(Type),
    /// The value without the case of it being Empty.
    Present(Type),
    /// The result of a builtin.
    Builtin(EcoString, Fields),
    /// What the panics carry that computing this may raise.
    Raised(Type),
    /// The result of a function that calls itself, with these arguments by the names of its parameters.
    Recursion(Arc<System>, Fields),
}

/// How the results and parameters of functions that call each other depend on each other, as seen from one of them. All
/// that call each other share the equations.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct System {
    /// The name of that function.
    pub name: EcoString,
    /// Which of the functions that is.
    pub function: u32,
    /// What is known of each result and parameter of all of them, by the name that the others use for it.
    pub equations: Arc<[Equation]>,
}

/// A result or a parameter in a [`System`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Equation {
    /// The name of the [variable](Type::Var) for it.
    pub name: EcoString,
    /// What it may be.
    pub parts: Box<[Type]>,
}

impl Op {
    fn operands(&self) -> Vec<&Type> {
        match self {
            Op::Select(it, _)
            | Op::Invoke(it)
            | Op::Element(it)
            | Op::Present(it)
            | Op::Raised(it) => vec![it],
            Op::Augment(it, args) => {
                std::iter::once(it).chain(args.iter().map(|it| &it.1)).collect()
            }
            Op::Group(parts) | Op::Either(parts) => parts.iter().collect(),
            Op::Builtin(_, args) | Op::Recursion(_, args) => args.iter().map(|it| &it.1).collect(),
        }
    }
}

/// What is known of a type without looking into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Meta {
    depth: u16,
    size: u32,
    open: bool,
    vague: bool,
}

impl Meta {
    const LEAF: Meta = Meta { depth: 0, size: 1, open: false, vague: false };

    fn over<'a>(children: impl IntoIterator<Item = &'a Type>) -> Meta {
        children.into_iter().fold(Meta::LEAF, |all, it| {
            let meta = it.meta();
            Meta {
                depth: all.depth.max(meta.depth + 1),
                size: all.size.saturating_add(meta.size),
                open: all.open || meta.open,
                vague: all.vague || meta.vague,
            }
        })
    }
}

impl Type {
    /// A literal whole number.
    pub const INT64: Type = Type::Int(Width::W64);

    fn meta(&self) -> Meta {
        match self {
            Type::Optional(it) | Type::Sequence(it) | Type::Map(it) => it.0.0,
            Type::Structure(it) => it.0.0,
            Type::Variety(it) => it.0.0,
            Type::Union(it) => it.0.0,
            Type::Deferred(it) => it.0.0,
            Type::Var(_) => Meta { open: true, ..Meta::LEAF },
            Type::Unknown => Meta { vague: true, ..Meta::LEAF },
            _ => Meta::LEAF,
        }
    }

    fn too_deep(&self) -> bool {
        self.meta().depth >= MAX_DEPTH
    }

    fn limited(self) -> Type {
        if self.meta().size > MAX_SIZE { Type::Unknown } else { self }
    }

    fn node(self) -> Node {
        let ty = if self.too_deep() { Type::Unknown } else { self };
        Node(Arc::new((Meta::over([&ty]), ty)))
    }

    /// Whether it depends on parameters.
    pub fn is_open(&self) -> bool {
        self.meta().open
    }

    /// The number of its nodes.
    pub(super) fn size(&self) -> u32 {
        self.meta().size
    }

    /// Calls `each` with the name of every variable in it.
    pub(super) fn variables(&self, each: &mut impl FnMut(&EcoString)) {
        if !self.is_open() {
            return;
        }
        match self {
            Type::Var(name) => each(name),
            Type::Optional(it) | Type::Sequence(it) | Type::Map(it) => it.variables(each),
            Type::Structure(fields) => fields.iter().for_each(|it| it.1.variables(each)),
            Type::Union(list) => list.iter().for_each(|it| it.variables(each)),
            Type::Variety(list) => {
                for it in list.iter() {
                    if let Callee::Native(result) = &it.callee {
                        result.variables(each);
                    }
                    it.fixed.iter().for_each(|it| it.1.variables(each));
                }
            }
            Type::Deferred(it) => it.op().operands().into_iter().for_each(|it| it.variables(each)),
            _ => {}
        }
    }

    /// Whether something in it is [not known](Type::Unknown).
    pub fn is_vague(&self) -> bool {
        self.meta().vague
    }

    /// Whether nothing at all is known of it before the parameters are: it has no outermost form.
    pub fn is_blocked(&self) -> bool {
        match self {
            Type::Var(_) | Type::Deferred(_) => true,
            Type::Optional(it) => it.is_blocked(),
            _ => false,
        }
    }

    /// Whether a value of this type is certainly not Empty.
    pub fn is_present(&self) -> bool {
        match self {
            Type::Bool
            | Type::String
            | Type::Int(_)
            | Type::Uint(_)
            | Type::Float32
            | Type::Float64
            | Type::Structure(_)
            | Type::Variety(_)
            | Type::Map(_) => true,
            Type::Schema(it) => it.view != View::Write,
            Type::Union(list) => list.iter().all(Type::is_present),
            _ => false,
        }
    }

    /// Whether it is one of the integer types.
    pub fn is_integer(&self) -> bool {
        matches!(self, Type::Int(_) | Type::Uint(_))
    }

    /// Empty or `self`.
    pub fn optional(self) -> Type {
        match self {
            Type::Never | Type::Empty => Type::Empty,
            Type::Unknown | Type::Any | Type::Optional(_) | Type::Sequence(_) => self,
            // A sequence may be without elements, which is Empty.
            Type::Union(list) if list.iter().any(|it| matches!(it, Type::Sequence(_))) => {
                Type::Union(list)
            }
            _ => Type::Optional(self.node()).limited(),
        }
    }

    /// What distinguishes the alternatives of a union: types of one kind become one type when they are joined. `None` for
    /// what is no alternative.
    pub(super) fn rank(&self) -> Option<(u8, Option<&Type>)> {
        Some(match self {
            Type::Bool => (0, None),
            Type::String => (1, None),
            Type::Int(_) => (2, None),
            Type::Uint(_) => (3, None),
            Type::Float32 | Type::Float64 => (4, None),
            Type::Structure(_) => (5, None),
            Type::Map(_) => (6, None),
            Type::Schema(_) => (7, Some(self)),
            Type::Named(_) => (8, Some(self)),
            Type::Variety(_) => (9, None),
            Type::Sequence(_) => (10, None),
            _ => return None,
        })
    }

    /// One of these types, which have different ranks. Not known if one of them has none.
    pub(super) fn union(list: impl IntoIterator<Item = Type>) -> Type {
        let mut list: Vec<Type> = list.into_iter().collect();
        if list.len() > MAX_ALTERNATIVES
            || list.iter().any(|it| it.rank().is_none() || it.too_deep())
        {
            return if list.len() == 1 { list.remove(0) } else { Type::Unknown };
        }
        list.sort_by(|a, b| a.rank().cmp(&b.rank()));
        match list.len() {
            0 => Type::Never,
            1 => list.remove(0),
            _ => Type::Union(Alternatives(Arc::new((Meta::over(&list), list.into())))).limited(),
        }
    }

    /// The alternatives that it has, itself where it is no union.
    pub(super) fn alternatives(&self) -> &[Type] {
        match self {
            Type::Union(list) => list,
            it => std::slice::from_ref(it),
        }
    }

    /// A sequence whose elements have type `self`; Empty where there can be none.
    pub fn sequence(self) -> Type {
        match self {
            Type::Never | Type::Empty => Type::Empty,
            Type::Optional(it) => Type::Sequence(it),
            _ => Type::Sequence(self.node()).limited(),
        }
    }

    /// Values of type `self` by text.
    pub fn map(self) -> Type {
        Type::Map(self.node()).limited()
    }

    /// A structure; fields that are always Empty are left out.
    pub fn structure(fields: impl IntoIterator<Item = (EcoString, Type)>) -> Type {
        Type::Structure(Fields::new(fields.into_iter().filter(|it| it.1 != Type::Empty))).limited()
    }

    /// One of these varieties.
    pub fn varieties(list: impl IntoIterator<Item = Variety>) -> Type {
        let mut list: Vec<Variety> = list.into_iter().collect();
        list.sort();
        list.dedup();
        if list.len() > MAX_VARIETIES {
            return Type::any_variety();
        }
        let meta = list.iter().fold(Meta::LEAF, |all, it| {
            let mut meta = it.fixed.0.0;
            if let Callee::Native(result) = &it.callee {
                meta.depth = meta.depth.max(result.0.0.depth);
                meta.size = meta.size.saturating_add(result.0.0.size);
                meta.open |= result.0.0.open;
                meta.vague |= result.0.0.vague;
            }
            Meta {
                depth: all.depth.max(meta.depth + 1),
                size: all.size.saturating_add(meta.size),
                open: all.open || meta.open,
                vague: all.vague || meta.vague,
            }
        });
        if meta.depth > MAX_DEPTH {
            return Type::any_variety();
        }
        Type::Variety(Varieties(Arc::new((meta, list.into())))).limited()
    }

    /// The reference to one function, without arguments.
    pub fn reference(callee: Callee) -> Type {
        Type::varieties([Variety { callee, fixed: Fields::new([]) }])
    }

    /// A function that returns `result` whatever it is given.
    pub fn native(result: Type) -> Type {
        Type::reference(Callee::Native(result.node()))
    }

    /// A variety of which nothing more is known.
    pub fn any_variety() -> Type {
        Type::Variety(Varieties(Arc::new((Meta::LEAF, Box::default()))))
    }

    /// What `op` gives as soon as it can be done. The caller has seen that it cannot be done now.
    pub fn deferred(op: Op) -> Type {
        let meta = Meta::over(op.operands());
        if meta.size > MAX_DEFERRED || meta.depth > MAX_DEPTH || !meta.open {
            return Type::Unknown;
        }
        Type::Deferred(Deferred(Arc::new((meta, op))))
    }

    /// The type that the schema has at `id`. Lists and maps are unfolded, structures stay references. What a program
    /// reads is as plain as its values are; what it writes keeps the finer types that the language lacks (texts with a
    /// closed set of values, quantities, numbers that may be text).
    pub fn of_schema(schema: &Schema, id: TypeId, view: View) -> Type {
        Type::of_schema_within(schema, id, view, 8)
    }

    fn of_schema_within(schema: &Schema, id: TypeId, view: View, depth: u32) -> Type {
        use ko_schema::Type as S;
        let named = |name: &str| Type::Schema(SchemaType { id, view, name: name.into() });
        let inner = if view == View::Write { View::Write } else { View::Read };
        let write = view == View::Write;
        match schema.ty(id) {
            _ if depth == 0 => Type::Unknown,
            S::Struct(it) => named(&it.short_name),
            S::Map(item) => Type::of_schema_within(schema, *item, inner, depth - 1).map(),
            S::List { item, .. } => {
                Type::of_schema_within(schema, *item, inner, depth - 1).sequence()
            }
            S::String(ko_schema::StringFormat::Enum(_)) if write => named("String"),
            S::String(_) => Type::String,
            // What is read is as wide as literals are: `Equal(deployment.status.readyReplicas, 3)` compares equals.
            S::Int32 if write => Type::Int(Width::W32),
            S::Int32 | S::Int64 => Type::INT64,
            S::Float => Type::Float64,
            S::Bool => Type::Bool,
            S::IntOrString if write => named("Int64 | String"),
            S::Quantity if write => named("Quantity"),
            S::Quantity => Type::String,
            S::IntOrString | S::Any => Type::Any,
        }
    }
}
