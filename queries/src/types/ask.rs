//! What editors want to know about types: whether a value would do at a place, and what a builtin asks of an argument.

use ko_schema::{GateId, Schema};

use super::accept::Acceptor;
use super::scheme::Demand;
use super::ty::Type;
use super::{builtins, signature};
use crate::builtins::BuiltinId;

/// Whether values of a type do where something is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fit {
    /// They do.
    Yes,
    /// Not enough is known.
    Unknown,
    /// They certainly do not.
    No,
}

/// Whether values of type `ty` meet the demand.
#[must_use]
pub fn fits(schema: &Schema, ty: &Type, demand: &Demand) -> Fit {
    match ty {
        Type::Unknown | Type::Any | Type::Never | Type::Var(_) | Type::Deferred(_) => {
            return Fit::Unknown;
        }
        Type::Empty => return Fit::No,
        _ => {}
    }
    let mut acceptor = Acceptor { schema, found: Vec::new() };
    acceptor.accept(ty, demand, &mut Vec::new());
    if acceptor.found.is_empty() { Fit::Yes } else { Fit::No }
}

/// What a builtin asks of the argument of this name; nothing where it takes anything.
#[must_use]
pub fn builtin_demand(id: BuiltinId, argument: &str) -> Option<Demand> {
    builtins::demand(&builtins::name(id), argument).map(|it| it.0)
}

/// The type of what a gate returns.
#[must_use]
pub fn gate_result(schema: &Schema, gate: GateId) -> Type {
    super::eval::gate_result(schema, &schema.gate_by_id(gate).result)
}

/// The type of what a builtin returns, as far as it does not depend on its arguments.
#[must_use]
pub fn builtin_result(id: BuiltinId) -> Type {
    signature::fixed_result(id.info())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtins::find;

    #[test]
    fn values_fit_or_do_not() {
        let schema = Schema::builtin();
        let id = find("strings", "Contains").unwrap();
        let demand = builtin_demand(id, "subString").unwrap();
        assert_eq!(fits(schema, &Type::String, &demand), Fit::Yes);
        assert_eq!(fits(schema, &Type::String.optional(), &demand), Fit::Yes);
        assert_eq!(fits(schema, &Type::INT64, &demand), Fit::No);
        assert_eq!(fits(schema, &Type::Unknown, &demand), Fit::Unknown);
        assert_eq!(builtin_result(id), Type::Bool);
        assert_eq!(builtin_result(find("", "Len").unwrap()), Type::INT64);
        assert_eq!(builtin_result(find("", "Loop").unwrap()), Type::Unknown);
    }
}
