//! The types of the language as immutable, cheaply cloned values with one form for each meaning.
//!
//! Constructors normalise (an optional sequence is a sequence, a field that is always Empty is no field) and keep every
//! type small and shallow: what would grow beyond the limits becomes [`Type::Unknown`], so that comparing, printing and
//! dropping types needs no care.

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
}

impl Op {
    fn operands(&self) -> Vec<&Type> {
        match self {
            Op::Select(it, _) | Op::Invoke(it) | Op::Element(it) | Op::Present(it) => vec![it],
            Op::Augment(it, args) => {
                std::iter::once(it).chain(args.iter().map(|it| &it.1)).collect()
            }
            Op::Group(parts) | Op::Either(parts) => parts.iter().collect(),
            Op::Builtin(_, args) => args.iter().map(|it| &it.1).collect(),
        }
    }
}

/// What is known of a type without looking into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Meta {
    depth: u16,
    size: u32,
    open: bool,
}

impl Meta {
    const LEAF: Meta = Meta { depth: 0, size: 1, open: false };

    fn over<'a>(children: impl IntoIterator<Item = &'a Type>) -> Meta {
        children.into_iter().fold(Meta::LEAF, |all, it| {
            let meta = it.meta();
            Meta {
                depth: all.depth.max(meta.depth + 1),
                size: all.size.saturating_add(meta.size),
                open: all.open || meta.open,
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
            Type::Deferred(it) => it.0.0,
            Type::Var(_) => Meta { open: true, ..Meta::LEAF },
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
            _ => Type::Optional(self.node()).limited(),
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
            }
            Meta {
                depth: all.depth.max(meta.depth + 1),
                size: all.size.saturating_add(meta.size),
                open: all.open || meta.open,
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
