//! What literals in the text must look like beyond their type: ranges, closed sets of values, quantities, durations.

use ko_schema::{GateType, Schema, StringFormat, TypeId};

use ecow::eco_format;

use super::accept::Acceptor;
use super::errors::{Suggestion, closest};
use super::scheme::Demand;
use super::ty::Type;
use crate::circuit::{Literal, StepId};
use crate::diagnostic::Severity;

/// What is wrong with a literal of the right type.
pub(super) struct LiteralProblem {
    pub(super) severity: Severity,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) suggestion: Option<Suggestion>,
}

/// What is wrong with the literal of this step where `demand` is asked of it.
pub(super) fn check(
    schema: &Schema,
    step: StepId,
    literal: &Literal,
    demand: &Demand,
) -> Option<LiteralProblem> {
    match (demand, literal) {
        (Demand::Each(inner), _) => check(schema, step, literal, inner),
        (Demand::Schema(id), _) => check_schema(schema, step, literal, *id),
        (Demand::Gate(GateType::OneOf(values)), Literal::String(text)) => {
            let text = std::str::from_utf8(text).ok()?;
            one_of(step, text, values.iter().copied(), Severity::Error)
        }
        // Gates take numbers of replicas and objects.
        (Demand::Gate(GateType::Int), Literal::Int(value)) => {
            (!(0..=i64::from(i32::MAX)).contains(value)).then(|| LiteralProblem {
                severity: Severity::Error,
                code: "out-of-range",
                message: format!("{value} is no number of objects (0 to 2147483647)"),
                suggestion: None,
            })
        }
        (Demand::Gate(GateType::Duration), Literal::String(text)) => {
            let text = std::str::from_utf8(text).ok()?;
            (!is_duration(text)).then(|| LiteralProblem {
                severity: Severity::Error,
                code: "invalid-duration",
                message: format!("`{text}` is no duration; write it as `90s`, `5m` or `1h30m`"),
                suggestion: None,
            })
        }
        _ => None,
    }
}

fn check_schema(
    schema: &Schema,
    step: StepId,
    literal: &Literal,
    id: TypeId,
) -> Option<LiteralProblem> {
    use ko_schema::Type as S;
    match (schema.ty(id), literal) {
        (S::List { item, .. }, _) => match schema.ty(*item) {
            S::List { .. } => None,
            _ => check_schema(schema, step, literal, *item),
        },
        (S::Int32 | S::IntOrString, Literal::Int(value)) => {
            i32::try_from(*value).is_err().then(|| LiteralProblem {
                severity: Severity::Error,
                code: "out-of-range",
                message: format!("{value} does not fit Int32 (-2147483648 to 2147483647)"),
                suggestion: None,
            })
        }
        (S::String(StringFormat::Enum(values)), Literal::String(text)) => {
            let text = std::str::from_utf8(text).ok()?;
            let closed = schema.constraints(id).is_some_and(|it| it.closed);
            let severity = if closed { Severity::Error } else { Severity::Warning };
            one_of(step, text, values.iter().map(|it| it.as_str()), severity)
        }
        (S::Quantity, Literal::String(text)) => {
            let text = std::str::from_utf8(text).ok()?;
            (!is_quantity(text)).then(|| LiteralProblem {
                severity: Severity::Error,
                code: "invalid-quantity",
                message: format!("`{text}` is no quantity; write it as `250m`, `0.5` or `1Gi`"),
                suggestion: None,
            })
        }
        _ => None,
    }
}

/// The literal as it should be written where its type is wrong: a number out of its quotes, or in quotes.
pub(super) fn replacement(
    schema: &Schema,
    step: StepId,
    literal: &Literal,
    demand: &Demand,
) -> Option<Suggestion> {
    let fits = |ty: &Type| {
        let mut acceptor = Acceptor { schema, found: Vec::new() };
        acceptor.accept(ty, demand, &mut Vec::new());
        acceptor.found.is_empty()
    };
    let text = match literal {
        Literal::String(text) => {
            let text = std::str::from_utf8(text).ok()?;
            let ty = match text {
                "true" | "false" => Type::Bool,
                _ if text.parse::<i64>().is_ok() => Type::INT64,
                _ => return None,
            };
            fits(&ty).then(|| text.into())?
        }
        Literal::Int(value) => fits(&Type::String).then(|| eco_format!("\"{value}\""))?,
        Literal::Bool(value) => fits(&Type::String).then(|| eco_format!("\"{value}\""))?,
        Literal::Float(_) => return None,
    };
    Some(Suggestion::ReplaceLiteral { step, text })
}

fn one_of<'a>(
    step: StepId,
    text: &str,
    values: impl Iterator<Item = &'a str> + Clone,
    severity: Severity,
) -> Option<LiteralProblem> {
    if values.clone().any(|it| it == text) {
        return None;
    }
    let near = closest(text, values.clone());
    let list = values.map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    let message = match near {
        Some(near) => format!("`{text}` is none of {list}; did you mean `{near}`?"),
        None => format!("`{text}` is none of {list}"),
    };
    let suggestion =
        near.map(|near| Suggestion::ReplaceLiteral { step, text: format!("\"{near}\"").into() });
    Some(LiteralProblem { severity, code: "unknown-value", message, suggestion })
}

/// Whether `text` is a quantity
/// (<https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>).
fn is_quantity(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let dots = number.bytes().filter(|it| *it == b'.').count();
    if dots > 1 || number.len() == dots {
        return false;
    }
    let exponent = suffix.strip_prefix(['e', 'E']).is_some_and(|digits| {
        let digits = digits.strip_prefix(['+', '-']).unwrap_or(digits);
        !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit())
    });
    exponent
        || matches!(
            suffix,
            "" | "n"
                | "u"
                | "m"
                | "k"
                | "M"
                | "G"
                | "T"
                | "P"
                | "E"
                | "Ki"
                | "Mi"
                | "Gi"
                | "Ti"
                | "Pi"
                | "Ei"
        )
}

/// Whether `text` is a length of time: numbers, each with a unit, as in `1h30m`.
fn is_duration(text: &str) -> bool {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, tail) = rest.split_at(number);
        let unit = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let known = matches!(unit, "ms" | "s" | "m" | "h" | "d");
        if digits.parse::<u64>().is_err() || !known {
            return false;
        }
        rest = tail;
    }
    !text.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_and_durations_have_a_form() {
        for good in ["250m", "1Gi", "0.5", ".5", "1e3", "-1", "10k", "1.5E"] {
            assert!(is_quantity(good), "{good}");
        }
        for bad in ["", "Gi", "1 Gi", "1GB", "1.2.3", "1e", "ten"] {
            assert!(!is_quantity(bad), "{bad}");
        }
        for good in ["90s", "5m", "1h30m", " 2d", "250ms"] {
            assert!(is_duration(good), "{good}");
        }
        for bad in ["", " ", "5", "m", "5 m", "5min", "1h30", "1.5h"] {
            assert!(!is_duration(bad), "{bad}");
        }
    }
}
