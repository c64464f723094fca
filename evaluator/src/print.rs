//! Prints values and types as specification §8 says, to the byte; and within a size limit, for editors.
//!
//! Secrets print as `<secret>`, everywhere.

use crate::{
    stack,
    value::{Argument, Field, Value},
    vtype::Type,
};

mod scalar;
mod short;

pub use scalar::{print_float, quote};
pub use short::{short, short_type};

/// Width at the outermost level (specification §8.2).
const WIDTH: usize = 100;

/// What a secret prints as.
pub(crate) const REDACTED: &str = "<secret>";

/// A value in full, over several lines where it is wide.
pub fn print(value: &Value) -> String {
    print_within(value, usize::MAX).unwrap_or_default()
}

/// A value in full, unless its text is longer than about `limit` bytes. Values that share parts can have a text that
/// is far larger than themselves.
pub fn print_within(value: &Value, limit: usize) -> Option<String> {
    stack::with_room(value.depth(), || {
        let mut left = limit;
        Some(layout(&Doc::of_value(value, &mut left)?)).filter(|text| text.len() <= limit)
    })
}

/// A type in full, unless its text is longer than about `limit` bytes.
pub fn print_type_within(ty: &Type, limit: usize) -> Option<String> {
    let mut left = limit;
    Some(layout(&Doc::of_type(ty, &mut left)?)).filter(|text| text.len() <= limit)
}

/// A type in full, laid out like a value.
pub fn print_type(ty: &Type) -> String {
    print_type_within(ty, usize::MAX).unwrap_or_default()
}

fn layout(doc: &Doc) -> String {
    let mut out = String::new();
    doc.write(&mut out, WIDTH, 0);
    out
}

/// What is printed, with the width of each part, so that laying out is linear.
enum Doc {
    Scalar(String),
    Group { header: String, open: char, close: char, items: Vec<Item>, width: usize },
}

struct Item {
    /// With its `?`, without the colon; `None` in sequences.
    name: Option<String>,
    doc: Doc,
}

impl Doc {
    /// `None` when more than `left` bytes are needed.
    fn of_value(value: &Value, left: &mut usize) -> Option<Doc> {
        match value {
            Value::Sequence(sequence) => {
                let items = sequence.elements().iter().map(|value| (None, value));
                Doc::items(String::new(), ['(', ')'], items, left, Doc::of_value)
            }
            Value::Structure(structure) => {
                let items = structure
                    .fields()
                    .iter()
                    .map(|Field { name, value }| (Some(name.as_str()), value));
                Doc::items(String::new(), ['(', ')'], items, left, Doc::of_value)
            }
            Value::Variety(variety) if !variety.arguments.is_empty() => {
                let items = variety.arguments.iter();
                let items = items.map(|Argument { name, value }| {
                    (Some(name.as_deref().unwrap_or_default()), value)
                });
                Doc::items(
                    variety.callable.display_name().into(),
                    ['[', ']'],
                    items,
                    left,
                    Doc::of_value,
                )
            }
            scalar => Doc::scalar(scalar::print_scalar(scalar), left),
        }
    }

    fn of_type(ty: &Type, left: &mut usize) -> Option<Doc> {
        match ty {
            Type::Sequence(element) => {
                let items = std::iter::once((None, &**element));
                Doc::items(String::new(), ['(', ')'], items, left, Doc::of_type)
            }
            Type::Structure(fields) => {
                let items = fields.iter().map(|(name, ty)| (Some(name.as_str()), ty));
                Doc::items(String::new(), ['(', ')'], items, left, Doc::of_type)
            }
            Type::Optional(inner) => Some(match Doc::of_type(inner, left)? {
                Doc::Scalar(text) => Doc::Scalar(format!("*{text}")),
                Doc::Group { open, close, items, .. } => Doc::group("*".into(), open, close, items),
            }),
            scalar => Doc::scalar(scalar::type_name(scalar), left),
        }
    }

    fn scalar(text: String, left: &mut usize) -> Option<Doc> {
        *left = left.checked_sub(text.len())?;
        Some(Doc::Scalar(text))
    }

    fn items<'a, T: 'a>(
        header: String,
        [open, close]: [char; 2],
        parts: impl Iterator<Item = (Option<&'a str>, &'a T)>,
        left: &mut usize,
        doc: fn(&T, &mut usize) -> Option<Doc>,
    ) -> Option<Doc> {
        *left = left.checked_sub(2)?;
        let mut items = Vec::with_capacity(parts.size_hint().0.min(*left));
        for (name, part) in parts {
            *left = left.checked_sub(name.map_or(0, str::len) + 2)?;
            items.push(Item { name: name.map(label), doc: doc(part, left)? });
        }
        Some(Doc::group(header, open, close, items))
    }

    fn group(header: String, open: char, close: char, items: Vec<Item>) -> Doc {
        let width = header.len()
            + 2
            + items
                .iter()
                .map(|item| {
                    item.name.as_ref().map_or(0, |name| name.len() + 2) + item.doc.width() + 2
                })
                .sum::<usize>();
        Doc::Group { header, open, close, items, width }
    }

    fn width(&self) -> usize {
        match self {
            Doc::Scalar(text) => text.len(),
            Doc::Group { width, .. } => *width,
        }
    }

    fn write(&self, out: &mut String, available: usize, indent: usize) {
        let (header, open, close, items, width) = match self {
            Doc::Scalar(text) => return out.push_str(text),
            Doc::Group { header, open, close, items, width } => {
                (header, *open, *close, items, *width)
            }
        };
        out.push_str(header);
        out.push(open);
        let broken = width > available && !items.is_empty();
        for (index, item) in items.iter().enumerate() {
            if broken {
                new_line(out, indent + 1);
            } else if index > 0 {
                out.push_str(", ");
            }
            if let Some(name) = &item.name {
                out.push_str(name);
                out.push_str(": ");
            }
            item.doc.write(out, available.saturating_sub(1), indent + 1);
        }
        if broken {
            new_line(out, indent);
        }
        out.push(close);
    }
}

fn new_line(out: &mut String, indent: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n('\t', indent));
}

/// The name of an item: an unlabelled one is `?`.
fn label(name: &str) -> String {
    if name.is_empty() { "?".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_values_stay_on_a_line_and_wide_ones_break() {
        let narrow = Value::structure([
            ("a", Value::int(1)),
            ("b", Value::string("x")),
            ("c", Value::Empty),
        ]);
        assert_eq!(print(&narrow), r#"(a: 1, b: "x", c: empty)"#);
        assert_eq!(print(&Value::unit()), "()");
        assert_eq!(print(&Value::sequence(vec![Value::int(1)]).unwrap()), "(1)");
        let wide = Value::structure([
            ("first", Value::string("a".repeat(67))),
            (
                "second",
                Value::structure([("k", Value::string("b".repeat(37))), ("n", Value::int(1))]),
            ),
        ]);
        assert_eq!(
            print(&wide),
            format!(
                "(\n\tfirst: \"{}\"\n\tsecond: (k: \"{}\", n: 1)\n)",
                "a".repeat(67),
                "b".repeat(37)
            )
        );
    }

    #[test]
    fn the_limit_is_exact() {
        // W = 2 + (n + 2 quotes) + 2, so a string of 94 bytes has W = 100 and stays.
        let flat = Value::sequence(vec![Value::string("a".repeat(94))]).unwrap();
        assert!(!print(&flat).contains('\n'));
        let broken = Value::sequence(vec![Value::string("a".repeat(95))]).unwrap();
        assert!(print(&broken).contains('\n'));
    }

    #[test]
    fn secrets_are_redacted() {
        let value =
            Value::structure([("data", Value::string("hunter2")), ("raw", Value::blob("x"))])
                .into_secret();
        assert_eq!(print(&value), "(data: <secret>, raw: <secret>)");
        assert_eq!(short(&value, 100), "(data: <secret>, raw: <secret>)");
    }
}
