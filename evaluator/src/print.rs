//! Prints values and types as specification §8 says, to the byte; and within a size limit, for editors.
//!
//! Secrets print as `<secret>`, everywhere.

use crate::{stack, value::Value, vtype::Type, watch::Watch};

mod parts;
mod scalar;
mod short;

use parts::{Node, Shape};
pub use scalar::{print_float, quote};
pub use short::{short, short_type};

/// Width at the outermost level (specification §8.2).
const WIDTH: usize = 100;

/// What a secret prints as.
pub(crate) const REDACTED: &str = "<secret>";

/// The longest text that [`print()`] makes, in bytes. What is longer is cut there and ends in `…`.
pub const MAX_TEXT: usize = 64 << 20;

/// A value in full, over several lines where it is wide.
pub fn print(value: &Value) -> String {
    print_within(value, MAX_TEXT).unwrap_or_else(|mut text| {
        text.push('…');
        text
    })
}

/// A value in full, unless its text is longer than `limit` bytes: then what there is of it.
///
/// # Errors
/// The beginning of the text.
pub fn print_within(value: &Value, limit: usize) -> Result<String, String> {
    print_watched(value, limit, &mut Watch::never())
}

/// As [`print_within`]; what there is of the text, too, if the walk was stopped.
pub(crate) fn print_watched(
    value: &Value,
    limit: usize,
    watch: &mut Watch<'_>,
) -> Result<String, String> {
    stack::with_room(value.depth(), || layout(Node::Value(value), limit, watch))
}

/// A type in full, laid out like a value.
pub fn print_type(ty: &Type) -> String {
    layout(Node::Type(ty), MAX_TEXT, &mut Watch::never()).unwrap_or_else(|text| text)
}

/// Ends the printing of a text that is too long, or that nobody wants any more.
struct TooLong;

fn layout(node: Node<'_>, limit: usize, watch: &mut Watch<'_>) -> Result<String, String> {
    let mut printer = Printer { out: String::new(), limit, watch };
    match printer.node(node, "", WIDTH, 0) {
        Ok(()) => Ok(printer.out),
        Err(TooLong) => Err(printer.out),
    }
}

struct Printer<'w, 'r> {
    out: String,
    limit: usize,
    watch: &'w mut Watch<'r>,
}

impl Printer<'_, '_> {
    fn push(&mut self, text: &str) -> Result<(), TooLong> {
        self.out.push_str(text);
        if self.out.len() > self.limit { Err(TooLong) } else { Ok(()) }
    }

    /// Prints a part; `prefix` goes before its header (the `*` of optional types).
    fn node(
        &mut self,
        node: Node<'_>,
        prefix: &str,
        available: usize,
        indent: usize,
    ) -> Result<(), TooLong> {
        if !self.watch.go_on() {
            return Err(TooLong);
        }
        // Quoting all of a long string only to find it too long would take long.
        if let Node::Value(Value::String(bytes)) = node
            && !bytes.is_secret()
            && bytes.len() > self.limit
        {
            self.push(&quote(bytes.prefix(self.limit).as_slice()))?;
            return Err(TooLong);
        }
        let (header, [open, close]) = match node.shape() {
            Shape::Optional(inner) => return self.node(inner, "*", available, indent),
            Shape::Scalar(text) => {
                self.push(prefix)?;
                return self.push(&text);
            }
            Shape::Group { header, brackets, .. } => (header, brackets),
        };
        let broken = width(node, prefix.len(), available).is_none() && node.part(0).is_some();
        for text in [prefix, &*header, open] {
            self.push(text)?;
        }
        let mut index = 0;
        while let Some((name, part)) = node.part(index) {
            if broken {
                self.new_line(indent + 1)?;
            } else if index > 0 {
                self.push(", ")?;
            }
            if let Some(name) = name {
                self.push(label(name))?;
                self.push(": ")?;
            }
            self.node(part, "", available.saturating_sub(1), indent + 1)?;
            index += 1;
        }
        if broken {
            self.new_line(indent)?;
        }
        self.push(close)
    }

    fn new_line(&mut self, indent: usize) -> Result<(), TooLong> {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n('\t', indent));
        self.push("")
    }
}

/// The width of a part in one line (`W` of the specification), or nothing if it is more than `most`. Looks at no more
/// than about `most` bytes' worth of parts.
fn width(node: Node<'_>, prefix: usize, most: usize) -> Option<usize> {
    if let Node::Value(Value::String(bytes)) = node
        && !bytes.is_secret()
        && bytes.len() > most
    {
        return None;
    }
    let header = match node.shape() {
        Shape::Optional(inner) => return width(inner, 1, most),
        Shape::Scalar(text) => return Some(prefix + text.len()).filter(|width| *width <= most),
        Shape::Group { header, .. } => header,
    };
    let mut total = prefix + header.len() + 2;
    let mut index = 0;
    while let Some((name, part)) = node.part(index) {
        total += name.map_or(0, |name| label(name).len() + 2) + 2;
        total += width(part, 0, most.checked_sub(total)?)?;
        index += 1;
    }
    Some(total).filter(|total| *total <= most)
}

/// The name of an item: an unlabelled one is `?`.
fn label(name: &str) -> &str {
    if name.is_empty() { "?" } else { name }
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
    fn texts_that_are_too_long_are_cut() {
        let numbers = Value::sequence((0..1000).map(Value::int).collect()).unwrap();
        let cut = print_within(&numbers, 50).unwrap_err();
        assert!(cut.starts_with("(\n\t0\n\t1") && cut.len() <= 60);
        assert!(print_within(&numbers, 5000).is_ok());
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
