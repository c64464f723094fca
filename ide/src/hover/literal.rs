//! What is said about literals: their type, what is asked of them, and what a length of time or a quantity amounts to.
//! Never more of a text than the reader sees anyway.

use ko_schema::{GateType, Type};
use ko_syntax::{
    LiteralValue, SyntaxToken,
    ast::{self, AstNode},
};

use super::{code, symbol_markdown};
use crate::{
    expected::{self, Expected},
    source::Source,
    symbol::symbol,
    typing,
};

/// The text for a literal; nothing for other tokens.
pub(super) fn of_literal(source: &Source<'_>, token: &SyntaxToken) -> Option<String> {
    if !token.kind().is_literal_token() {
        return None;
    }
    let literal = ast::Literal::cast(token.parent()?)?;
    let schema = source.db.schema();
    let expected = expected::expected(source, literal.syntax());
    let amount = expected.as_ref().and_then(|it| amount(source, &literal, it));
    let amount = amount.map(|it| format!("\n{it}\n")).unwrap_or_default();
    let term = literal.syntax().parent().and_then(ast::LabelledTerm::cast);
    if let Some(label) = term.and_then(|it| it.label_token()).filter(|_| expected.is_some())
        && let Some(more) = symbol(source, &label).and_then(|it| symbol_markdown(source.db, &it))
    {
        return Some(format!("{more}{amount}"));
    }
    if let Some(expected) = expected {
        let shown = code(&expected::label(&schema, &expected));
        return Some(format!("{shown}\nwhat is expected here\n{amount}"));
    }
    let scope = source.scope_of(literal.syntax())?;
    let step = scope.step_at(literal.syntax().text_range())?;
    Some(code(&typing::step(&scope, step)?))
}

/// What a text or number means where a length of time or a quantity is asked for.
fn amount(source: &Source<'_>, literal: &ast::Literal, expected: &Expected) -> Option<String> {
    let text = match literal.value().ok()? {
        LiteralValue::String(text) => String::from_utf8(text.to_vec()).ok()?,
        _ => return None,
    };
    match expected {
        Expected::Gate(GateType::Duration) => duration(&text),
        Expected::Schema(id) if *source.db.schema().ty(*id) == Type::Quantity => quantity(&text),
        _ => None,
    }
}

/// `1h30m` in words.
fn duration(text: &str) -> Option<String> {
    let mut rest = text;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at(digits);
        number.parse::<f64>().ok()?;
        let end = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(end);
        let unit = match unit {
            "h" => "hour",
            "m" => "minute",
            "s" => "second",
            "ms" => "millisecond",
            _ => return None,
        };
        parts.push(format!("{number} {unit}{}", if number == "1" { "" } else { "s" }));
        rest = behind;
    }
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// What a quantity of Kubernetes amounts to
/// (<https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>): `500Mi`, `250m`.
fn quantity(text: &str) -> Option<String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, suffix) = text.split_at(split);
    let number: f64 = number.parse().ok()?;
    let factor: f64 = match suffix {
        "m" => return Some(format!("{} of one", number / 1000.0)),
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        "Ti" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let digits = format!("{:.0}", number * factor);
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    Some(format!("= {grouped}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_in_words() {
        assert_eq!(duration("1h30m").as_deref(), Some("1 hour 30 minutes"));
        assert_eq!(duration("90s").as_deref(), Some("90 seconds"));
        assert_eq!(
            [duration("5"), duration("x"), duration(""), duration("1y")],
            [None, None, None, None]
        );
        assert_eq!(quantity("500Mi").as_deref(), Some("= 524,288,000"));
        assert_eq!(quantity("250m").as_deref(), Some("0.25 of one"));
        assert_eq!([quantity("3"), quantity("Mi"), quantity("1x")], [None, None, None]);
    }
}
