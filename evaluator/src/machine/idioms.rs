//! The idioms that nearly every program calls all the time, done at once instead of step by step.
//!
//! What they mean is written in Ko, in the library of idioms; this does the same without making frames. Where somebody
//! watches the steps of an idiom, and for arguments that are not the usual ones, the Ko definition runs.

use ko_queries::{database::IDIOM_PACKAGE, program::ProgramFunction};

use super::{Machine, Outcome};
use crate::value::{IntType, Value};

/// An idiom that has a short way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Idiom {
    Return,
    Nothing,
    Have,
    Pick,
    Invoke,
    Branch,
    Inc,
}

/// Which idiom a function is.
pub(super) fn find(function: &ProgramFunction) -> Option<Idiom> {
    let key = &function.circuit.key;
    // The library of idioms is the only part of its package, and has no file.
    if key.package != IDIOM_PACKAGE || !function.file.is_empty() {
        return None;
    }
    let params: Vec<_> = function.circuit.params.iter().map(|param| param.name.as_str()).collect();
    match (key.name.as_str(), &params[..]) {
        ("Return", ["pass"]) => Some(Idiom::Return),
        ("Nothing" | "Empty", []) => Some(Idiom::Nothing),
        ("Have", ["value"]) => Some(Idiom::Have),
        ("Pick", ["either", "or"]) => Some(Idiom::Pick),
        ("Invoke", ["variety"]) => Some(Idiom::Invoke),
        ("Branch", ["if", "then", "else"]) => Some(Idiom::Branch),
        ("Inc", ["number"]) => Some(Idiom::Inc),
        _ => None,
    }
}

impl Machine<'_> {
    /// The result of an idiom whose parameters stand on the stack from `base` on; nothing if its Ko definition must
    /// find it. Leaves the stack as it is, except for values that it moves into the result.
    pub(super) fn call_idiom(&mut self, idiom: Idiom, base: usize) -> Option<Outcome> {
        let mut take = |index: usize| std::mem::take(&mut self.values[base + index]);
        Some(match idiom {
            Idiom::Return => Ok(take(0)),
            Idiom::Nothing => Ok(Value::Empty),
            Idiom::Have => Ok(Value::Bool(!take(0).is_empty())),
            Idiom::Pick => {
                let either = take(0);
                Ok(if either.is_empty() { take(1) } else { either })
            }
            Idiom::Invoke => match &self.values[base] {
                Value::Variety(_) => {
                    let variety = std::mem::take(&mut self.values[base]);
                    self.call_value("the argument of Invoke", &variety, &mut [])
                }
                _ => return None,
            },
            Idiom::Branch => {
                let branch = match self.values[base] {
                    Value::Bool(true) => base + 1,
                    Value::Bool(false) => base + 2,
                    _ => return None,
                };
                match &self.values[branch] {
                    Value::Empty => Ok(Value::Empty),
                    Value::Variety(_) => {
                        let variety = std::mem::take(&mut self.values[branch]);
                        self.call_value("the branch of Branch", &variety, &mut [])
                    }
                    _ => return None,
                }
            }
            Idiom::Inc => match self.values[base] {
                Value::Empty => Ok(Value::int(1)),
                Value::Int(IntType::Int64, number) => Ok(Value::int(number.wrapping_add(1))),
                _ => return None,
            },
        })
    }
}
