//! The types of the gates of the library, read from the signatures in the table of builtins.
//!
//! A signature is `Name(arg?: T, other: U): R` in the notation for types (specification §6.1). One capital letter, with
//! a digit or not, stands for any type, the same at each place; `Integer` and `Number` for integers and numbers of any
//! width; `Variety` for functions. Other names are those of values of the host, of which nothing is known here.

use std::sync::{LazyLock, OnceLock};

use ecow::EcoString;

use super::lattice::{element, join, present};
use super::scheme::Demand;
use super::ty::{Fields, Op, Type, Width};
use crate::builtins::{BUILTINS, BuiltinInfo};

/// A type in a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// A type that is what it is.
    Known(Type),
    /// An integer of any width.
    Integer,
    /// A number of any kind.
    Number,
    /// Any type, the same for each place with this name.
    Var(EcoString),
    Optional(Box<Pattern>),
    Sequence(Box<Pattern>),
    Structure(Vec<(EcoString, Pattern)>),
    /// A value of the host, by the name of its kind.
    Host(EcoString),
}

/// What a signature says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signature {
    params: Vec<(EcoString, Pattern)>,
    result: Pattern,
    /// Whether the result depends on arguments.
    generic: bool,
}

/// The signature of a gate of the library; nothing if it has no form that is understood, which a test excludes.
pub(super) fn of(info: &BuiltinInfo) -> Option<&'static Signature> {
    static ALL: LazyLock<Box<[OnceLock<Option<Signature>>]>> =
        LazyLock::new(|| BUILTINS.iter().map(|_| OnceLock::new()).collect());
    ALL.get(info.id.index())?.get_or_init(|| parse(info.signature)).as_ref()
}

/// What the gate returns with these arguments. `later` is what it returns where they are not known yet.
pub(super) fn result(name: &EcoString, info: &BuiltinInfo, args: &Fields) -> Type {
    let Some(signature) = of(info) else { return Type::Unknown };
    if !signature.generic {
        return signature.result.instance(&[]);
    }
    let mut bound: Vec<(&EcoString, Type)> = Vec::new();
    for (param, pattern) in &signature.params {
        let monadic = info.monadic().is_some_and(|it| it.name == param);
        let unlabelled = args.field("").filter(|_| monadic);
        let given = unlabelled.or_else(|| args.field(param)).cloned().unwrap_or(Type::Empty);
        if given.is_blocked() && pattern.has_variable() {
            return Type::deferred(Op::Builtin(name.clone(), args.clone()));
        }
        pattern.bind(&given, &mut bound);
    }
    signature.result.instance(&bound)
}

/// The type of what a builtin returns, as far as its signature says it without knowing arguments.
pub(super) fn fixed_result(info: &BuiltinInfo) -> Type {
    of(info).map_or(Type::Unknown, |it| it.result.instance(&[]))
}

/// What the gate asks of an argument, and whether it fails without it.
pub(super) fn demand(info: &BuiltinInfo, arg: &str) -> Option<(Demand, bool)> {
    let param = if arg.is_empty() { info.monadic() } else { info.param(arg) }?;
    let (_, pattern) = of(info)?.params.iter().find(|it| it.0 == param.name)?;
    let optional = param.optional || matches!(pattern, Pattern::Optional(_) | Pattern::Sequence(_));
    pattern.demand().map(|demand| (demand, !optional))
}

impl Pattern {
    fn has_variable(&self) -> bool {
        match self {
            Pattern::Var(_) => true,
            Pattern::Optional(it) | Pattern::Sequence(it) => it.has_variable(),
            Pattern::Structure(fields) => fields.iter().any(|it| it.1.has_variable()),
            Pattern::Known(_) | Pattern::Integer | Pattern::Number | Pattern::Host(_) => false,
        }
    }

    fn bind<'a>(&'a self, given: &Type, bound: &mut Vec<(&'a EcoString, Type)>) {
        match self {
            Pattern::Var(name) => match bound.iter_mut().find(|it| it.0 == name) {
                Some((_, ty)) => *ty = join(ty, given),
                None => bound.push((name, given.clone())),
            },
            Pattern::Optional(it) => it.bind(&present(given), bound),
            Pattern::Sequence(it) => it.bind(&element(given), bound),
            Pattern::Structure(fields) => {
                for (name, pattern) in fields {
                    let field = match given {
                        Type::Structure(given) => given.field(name).cloned().unwrap_or(Type::Empty),
                        _ => Type::Unknown,
                    };
                    pattern.bind(&field, bound);
                }
            }
            Pattern::Known(_) | Pattern::Integer | Pattern::Number | Pattern::Host(_) => {}
        }
    }

    fn instance(&self, bound: &[(&EcoString, Type)]) -> Type {
        match self {
            Pattern::Known(ty) => ty.clone(),
            Pattern::Integer | Pattern::Number => Type::Unknown,
            Pattern::Host(name) => Type::Named(name.clone()),
            Pattern::Var(name) => {
                let ty = bound.iter().find(|it| it.0 == name);
                ty.map_or(Type::Unknown, |it| it.1.clone())
            }
            Pattern::Optional(it) => it.instance(bound).optional(),
            Pattern::Sequence(it) => it.instance(bound).sequence(),
            Pattern::Structure(fields) => {
                Type::structure(fields.iter().map(|it| (it.0.clone(), it.1.instance(bound))))
            }
        }
    }

    fn demand(&self) -> Option<Demand> {
        match self {
            Pattern::Known(Type::Bool) => Some(Demand::Bool),
            Pattern::Known(Type::String) => Some(Demand::String),
            Pattern::Known(Type::Int(_) | Type::Uint(_)) | Pattern::Integer => {
                Some(Demand::Integer)
            }
            Pattern::Known(Type::Float32 | Type::Float64) | Pattern::Number => Some(Demand::Number),
            Pattern::Known(Type::Variety(_)) => Some(Demand::Callable),
            Pattern::Optional(it) => it.demand(),
            Pattern::Sequence(it) => it.demand().map(|it| Demand::Each(Box::new(it))),
            Pattern::Known(_) | Pattern::Var(_) | Pattern::Structure(_) | Pattern::Host(_) => None,
        }
    }
}

/// Reads a signature.
fn parse(text: &str) -> Option<Signature> {
    let mut reader = Reader { rest: text };
    reader.name()?;
    let params = reader.fields()?;
    reader.sign(':')?;
    let result = reader.pattern(0)?;
    reader.rest.trim().is_empty().then(|| Signature {
        generic: result.has_variable(),
        params,
        result,
    })
}

/// Types nest at most this deep in a signature.
const MAX_DEPTH: usize = 16;

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn sign(&mut self, sign: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(sign)?;
        Some(())
    }

    fn name(&mut self) -> Option<&'a str> {
        let text = self.rest.trim_start();
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        self.rest = rest;
        (!name.is_empty()).then_some(name)
    }

    /// `(a: T, b?: U)`.
    fn fields(&mut self) -> Option<Vec<(EcoString, Pattern)>> {
        self.sign('(')?;
        let mut fields = Vec::new();
        while self.sign(')').is_none() {
            if !fields.is_empty() {
                self.sign(',')?;
            }
            let name = self.name()?;
            let _ = self.sign('?');
            self.sign(':')?;
            fields.push((name.into(), self.pattern(1)?));
        }
        Some(fields)
    }

    fn pattern(&mut self, depth: usize) -> Option<Pattern> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.sign('*').is_some() {
            return Some(Pattern::Optional(Box::new(self.pattern(depth + 1)?)));
        }
        if self.rest.trim_start().starts_with('(') {
            let before = self.rest;
            if let Some(fields) = self.fields() {
                return Some(Pattern::Structure(fields));
            }
            self.rest = before;
            self.sign('(')?;
            let inner = self.pattern(depth + 1)?;
            self.sign(')')?;
            return Some(Pattern::Sequence(Box::new(inner)));
        }
        Some(match self.name()? {
            "Empty" => Pattern::Known(Type::Empty),
            "Never" => Pattern::Known(Type::Never),
            "Bool" => Pattern::Known(Type::Bool),
            "String" => Pattern::Known(Type::String),
            "Int8" => Pattern::Known(Type::Int(Width::W8)),
            "Int16" => Pattern::Known(Type::Int(Width::W16)),
            "Int32" => Pattern::Known(Type::Int(Width::W32)),
            "Int64" => Pattern::Known(Type::INT64),
            "Uint8" => Pattern::Known(Type::Uint(Width::W8)),
            "Uint16" => Pattern::Known(Type::Uint(Width::W16)),
            "Uint32" => Pattern::Known(Type::Uint(Width::W32)),
            "Uint64" => Pattern::Known(Type::Uint(Width::W64)),
            "Float32" => Pattern::Known(Type::Float32),
            "Float64" => Pattern::Known(Type::Float64),
            "Variety" => Pattern::Known(Type::any_variety()),
            "Any" => Pattern::Known(Type::Any),
            "Integer" => Pattern::Integer,
            "Number" => Pattern::Number,
            name if is_variable(name) => Pattern::Var(name.into()),
            name if name.starts_with(char::is_uppercase) => Pattern::Host(name.into()),
            _ => return None,
        })
    }
}

fn is_variable(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(char::is_uppercase) && chars.all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtins::BuiltinId;

    #[test]
    fn every_gate_of_the_library_has_a_signature_that_is_understood() {
        let gates = BUILTINS.iter().filter(|it| matches!(it.id, BuiltinId::Library(_)));
        for gate in gates {
            let signature = of(gate).unwrap_or_else(|| panic!("{}", gate.signature));
            let names: Vec<&str> = gate.params.iter().map(|it| it.name).collect();
            let read: Vec<&str> = signature.params.iter().map(|it| it.0.as_str()).collect();
            assert_eq!(names, read, "{}", gate.signature);
        }
    }

    #[test]
    fn signatures_are_read_and_instantiated() {
        let signature =
            parse("F(over?: (T), with: Variety, n: *Int64): (first: T, all: (T))").unwrap();
        let mut bound = Vec::new();
        signature.params[0].1.bind(&Type::String.sequence(), &mut bound);
        assert_eq!(signature.result.instance(&bound).to_string(), "(first: String, all: (String))");
        assert_eq!(signature.params[1].1.demand(), Some(Demand::Callable));
        assert_eq!(signature.params[2].1.demand(), Some(Demand::Integer));
        assert!(
            parse("F(").is_none() && parse("F(): ((a: T)").is_none() && parse("F(): x").is_none()
        );
        assert_eq!(parse("F(): Response").unwrap().result, Pattern::Host("Response".into()));
    }
}
