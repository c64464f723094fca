//! One line within a size limit, for inlay hints, hovers and error messages.

use super::{label, scalar};
use crate::{value::Value, vtype::Type};

/// Deeper parts print as `…`.
const MAX_NESTING: usize = 12;

/// A value on one line of at most `max` characters (at least 1); what is cut off is marked by `…`. The work done is
/// bounded by `max`, however large the value.
pub fn short(value: &Value, max: usize) -> String {
    let mut out = Line::new(max);
    write_value(value, 0, &mut out);
    out.finish()
}

/// A type on one line of at most `max` characters.
pub fn short_type(ty: &Type, max: usize) -> String {
    let mut out = Line::new(max);
    write_type(ty, 0, &mut out);
    out.finish()
}

struct Line {
    text: String,
    /// Characters that still fit.
    left: usize,
    cut: bool,
}

impl Line {
    fn new(max: usize) -> Line {
        Line { text: String::new(), left: max, cut: false }
    }

    fn push(&mut self, text: &str) {
        for c in text.chars() {
            if self.left == 0 {
                self.cut = true;
                return;
            }
            self.left -= 1;
            self.text.push(c);
        }
    }

    fn finish(mut self) -> String {
        if self.cut {
            self.text.pop();
            self.text.push('…');
        }
        self.text
    }
}

fn write_value(value: &Value, nesting: usize, out: &mut Line) {
    if out.cut {
        return;
    }
    if nesting > MAX_NESTING && value.depth() > 0 {
        return out.push("…");
    }
    match value {
        Value::Sequence(sequence) => {
            let items = sequence.elements().iter().map(|value| (None, value));
            write_group(("", "(", ")"), items, nesting, out, write_value);
        }
        Value::Structure(structure) => {
            let items =
                structure.fields().iter().map(|field| (Some(field.name.as_str()), &field.value));
            write_group(("", "(", ")"), items, nesting, out, write_value);
        }
        Value::Variety(variety) if !variety.arguments.is_empty() => {
            let items = variety
                .arguments
                .iter()
                .map(|arg| (Some(arg.name.as_deref().unwrap_or_default()), &arg.value));
            write_group(
                (&variety.callable.display_name(), "[", "]"),
                items,
                nesting,
                out,
                write_value,
            );
        }
        // Quote only as much of a long string as can be seen.
        Value::String(bytes) if !bytes.is_secret() && bytes.len() > 4 * (out.left + 1) => {
            let visible = bytes.prefix(4 * (out.left + 1));
            out.push(&scalar::print_scalar(&Value::String(visible)));
            out.cut = true;
        }
        scalar => out.push(&scalar::print_scalar(scalar)),
    }
}

fn write_type(ty: &Type, nesting: usize, out: &mut Line) {
    if out.cut {
        return;
    }
    if nesting > MAX_NESTING {
        return out.push("…");
    }
    match ty {
        Type::Sequence(element) => {
            write_group(
                ("", "(", ")"),
                std::iter::once((None, &**element)),
                nesting,
                out,
                write_type,
            );
        }
        Type::Structure(fields) => {
            let items = fields.iter().map(|(name, ty)| (Some(name.as_str()), ty));
            write_group(("", "(", ")"), items, nesting, out, write_type);
        }
        Type::Optional(inner) => {
            out.push("*");
            write_type(inner, nesting + 1, out);
        }
        scalar => out.push(&scalar::type_name(scalar)),
    }
}

fn write_group<'a, T: 'a>(
    (header, open, close): (&str, &str, &str),
    items: impl Iterator<Item = (Option<&'a str>, &'a T)>,
    nesting: usize,
    out: &mut Line,
    write: fn(&T, usize, &mut Line),
) {
    out.push(header);
    out.push(open);
    for (index, (name, item)) in items.enumerate() {
        if out.cut {
            return;
        }
        if index > 0 {
            out.push(", ");
        }
        if let Some(name) = name {
            out.push(label(name));
            out.push(": ");
        }
        write(item, nesting + 1, out);
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut() {
        let numbers = Value::sequence((0..100_000).map(Value::int).collect()).unwrap();
        assert_eq!(short(&numbers, 10), "(0, 1, 2,…");
        assert_eq!(short(&Value::string("a".repeat(1000)), 5), "\"aaa…");
        assert_eq!(short(&Value::int(7), 10), "7");
    }

    #[test]
    fn deep_values_are_cut() {
        let mut value = Value::int(0);
        for _ in 0..15_000 {
            value = Value::structure([("a", value)]);
        }
        assert_eq!(short(&value, 1000).matches("a: ").count(), MAX_NESTING + 1);
    }
}
