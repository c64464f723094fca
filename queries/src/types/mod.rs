//! Types without annotations: what every step of a circuit has, what its consumers ask of it, and where the two differ.
//!
//! A pure library over [circuits](crate::circuit): no database, no text. One call types one component of the call graph,
//! given the schemes of what it calls. Rule number one: a program that works is never called wrong; what is not certain
//! is [`Type::Unknown`], and nobody complains about that.
//!
//! In Ko, values only flow forward through a circuit and functions are all at the top level, so types need no
//! unification variables. Each step's type is computed from what it reads, where parameters stand for themselves and
//! what depends on them [waits](Deferred); a call puts its arguments in. Demands go the other way, from consumers back
//! to the text that can be mended or to the parameters, where they bind the callers. A caller never changes what is
//! said about a callee.
//!
//! Functions that call themselves or each other are the exception: `recursion` writes down how their parameters and
//! results depend on each other, and solves that for each call. A value of one of several types is a
//! [union](Type::Union), and what panics carry goes its own way from [`Scheme::raises`] to the next `Recover`.

mod accept;
mod ask;
mod builtins;
mod callbacks;
mod calls;
mod check;
mod demand;
mod display;
mod errors;
mod eval;
mod forward;
mod infer;
mod lattice;
#[cfg(test)]
mod laws;
mod literal;
mod memory;
mod place;
mod query;
mod recursion;
mod report;
mod scheme;
mod select;
mod signature;
mod template;
mod ty;
mod values;
mod whole;
mod widen;

use std::sync::Arc;

use ko_schema::Schema;

pub use ask::{Fit, builtin_demand, builtin_result, fits, gate_result};
pub use errors::{At, Consumer, Origin, Suggestion, TypeError, locate};
pub use infer::{Inferred, infer_component};
pub use lattice::{Conflict, is_subtype, join, unify};
pub use place::place;
pub use query::{inferred, scheme_of};
pub use report::{Source, report};
pub use scheme::{Demand, ParamScheme, Scheme};
pub use select::{SelectFailure, schema_field, select};
pub use ty::{
    Alternatives, Callee, Deferred, Equation, Fields, Node, Op, SchemaType, System, Type,
    Varieties, Variety, View, Width,
};

use crate::circuit::FunctionKey;

/// What inference needs from outside of the component at hand.
pub trait Env {
    /// The schema that gates and objects come from.
    fn schema(&self) -> &Schema;

    /// The scheme of a function outside of the component; `None` where it is not known.
    fn scheme(&self, key: &FunctionKey) -> Option<Arc<Scheme>>;
}
