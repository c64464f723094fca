//! Types as text, in the notation of the specification §6.1.

use std::fmt;

use ko_schema::Schema;

use super::ty::{Fields, Op, SchemaType, Type, View, Width};

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Unknown => f.write_str("_"),
            Type::Any => f.write_str("Any"),
            Type::Never => f.write_str("Never"),
            Type::Empty => f.write_str("Empty"),
            Type::Bool => f.write_str("Bool"),
            Type::String => f.write_str("String"),
            Type::Int(width) => write!(f, "Int{}", bits(*width)),
            Type::Uint(width) => write!(f, "Uint{}", bits(*width)),
            Type::Float32 => f.write_str("Float32"),
            Type::Float64 => f.write_str("Float64"),
            Type::Optional(it) => write!(f, "*{}", **it),
            Type::Sequence(it) => write!(f, "({})", **it),
            Type::Map(it) => write!(f, "Map<String:{}>", **it),
            Type::Structure(fields) => write_fields(f, fields, "(", ")"),
            Type::Variety(_) => f.write_str("Variety"),
            Type::Schema(it) => f.write_str(&it.name),
            Type::Named(name) => f.write_str(name),
            Type::Union(list) => write_parts(f, list, " | "),
            Type::Var(name) => f.write_str(name),
            Type::Deferred(it) => write_op(f, it.op()),
        }
    }
}

fn bits(width: Width) -> u32 {
    match width {
        Width::W8 => 8,
        Width::W16 => 16,
        Width::W32 => 32,
        Width::W64 => 64,
    }
}

fn write_fields(
    f: &mut fmt::Formatter<'_>,
    fields: &Fields,
    open: &str,
    close: &str,
) -> fmt::Result {
    f.write_str(open)?;
    for (at, (name, ty)) in fields.iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        if name.is_empty() { write!(f, "{ty}")? } else { write!(f, "{name}: {ty}")? }
    }
    f.write_str(close)
}

fn write_parts(f: &mut fmt::Formatter<'_>, parts: &[Type], between: &str) -> fmt::Result {
    for (at, it) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        write!(f, "{it}")?;
    }
    Ok(())
}

/// What waits for arguments reads as the expression that it is.
fn write_op(f: &mut fmt::Formatter<'_>, op: &Op) -> fmt::Result {
    match op {
        Op::Select(base, name) => write!(f, "{base}.{name}"),
        Op::Augment(callee, args) => {
            write!(f, "{callee}")?;
            write_fields(f, args, "[", "]")
        }
        Op::Invoke(Type::Deferred(it)) => match it.op() {
            Op::Augment(callee, args) => {
                write!(f, "{callee}")?;
                write_fields(f, args, "(", ")")
            }
            op => {
                write_op(f, op)?;
                f.write_str("()")
            }
        },
        Op::Invoke(callee) => write!(f, "{callee}()"),
        Op::Either(parts) => write_parts(f, parts, " | "),
        Op::Group(parts) => {
            f.write_str("(")?;
            write_parts(f, parts, " | ")?;
            f.write_str(")")
        }
        Op::Element(it) => write!(f, "Element<{it}>"),
        Op::Present(it) => write!(f, "{it}"),
        Op::Raised(it) => write!(f, "Panic<{it}>"),
        Op::Builtin(name, args) => {
            f.write_str(name)?;
            write_fields(f, args, "(", ")")
        }
        Op::Recursion(system, args) => {
            f.write_str(&system.name)?;
            write_fields(f, args, "(", ")")
        }
    }
}

impl Type {
    /// The type on one line of at most `width` characters: where it is longer, inner structures become `(…)`, the innermost
    /// ones first, and then the fields that come last `…`.
    #[must_use]
    pub fn brief(&self, width: usize) -> String {
        // Types have a size that is limited, so that writing all of it out is cheap enough.
        let full = self.to_string();
        if full.chars().count() <= width {
            return full;
        }
        let folded = (1..=4).rev().map(|depth| folded(self, depth));
        let fitting = folded.into_iter().find(|it| it.chars().count() <= width);
        fitting.unwrap_or_else(|| cut(self, width))
    }

    /// The type on several lines, structures and objects of the schema unfolded `depth` levels: one field a line, `?`
    /// after the names of those that may be absent.
    #[must_use]
    pub fn render(&self, schema: &Schema, depth: usize) -> String {
        let mut out = String::new();
        render(&mut out, self, schema, depth, 0);
        out
    }
}

/// The type with the structures below this depth left out.
fn folded(ty: &Type, depth: usize) -> String {
    match ty {
        Type::Optional(it) => format!("*{}", folded(it, depth)),
        Type::Sequence(it) => format!("({})", folded(it, depth)),
        Type::Map(it) => format!("Map<String:{}>", folded(it, depth)),
        Type::Union(list) => {
            list.iter().map(|it| folded(it, depth)).collect::<Vec<_>>().join(" | ")
        }
        Type::Structure(fields) if depth == 0 && !fields.is_empty() => "(…)".to_owned(),
        Type::Structure(fields) => {
            let field = |(name, ty): &(ecow::EcoString, Type)| match name.as_str() {
                "" => folded(ty, depth - 1),
                name => format!("{name}: {}", folded(ty, depth - 1)),
            };
            format!("({})", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        _ => ty.to_string(),
    }
}

/// The beginning of a type that is too long however much of it is left out inside.
fn cut(ty: &Type, width: usize) -> String {
    match ty {
        Type::Optional(it) => format!("*{}", cut(it, width.saturating_sub(1))),
        Type::Sequence(it) => format!("({})", cut(it, width.saturating_sub(2))),
        Type::Structure(fields) => {
            let mut out = String::from("(");
            // `…)` stands for the fields that have no room.
            let mut left = width.saturating_sub(3);
            for (name, ty) in fields.iter() {
                let field = format!("{name}: {}, ", folded(ty, 0));
                let len = field.chars().count();
                if len > left {
                    break;
                }
                left -= len;
                out.push_str(&field);
            }
            out.push_str("…)");
            out
        }
        _ => {
            let text = folded(ty, 0);
            match text.char_indices().nth(width.saturating_sub(1)) {
                Some((at, last)) if at + last.len_utf8() < text.len() => {
                    format!("{}…", &text[..at])
                }
                _ => text,
            }
        }
    }
}

fn render(out: &mut String, ty: &Type, schema: &Schema, depth: usize, indent: usize) {
    match ty {
        Type::Optional(it) => {
            out.push('*');
            render(out, it, schema, depth, indent);
        }
        Type::Sequence(it) => {
            out.push('(');
            render(out, it, schema, depth, indent);
            out.push(')');
        }
        Type::Structure(fields) if depth > 0 && !fields.is_empty() => {
            let fields = fields.iter().map(|(name, ty)| (name.as_str(), ty.clone()));
            render_fields(out, fields.collect(), schema, depth, indent);
        }
        Type::Union(list) => {
            for (at, it) in list.iter().enumerate() {
                if at > 0 {
                    out.push_str(" | ");
                }
                render(out, it, schema, depth, indent);
            }
        }
        Type::Schema(it) if depth > 0 => match schema_fields(it, schema) {
            Some(fields) => render_fields(out, fields, schema, depth, indent),
            None => out.push_str(&ko_schema::render_type(schema, it.id, 0)),
        },
        _ => out.push_str(&ty.to_string()),
    }
}

fn render_fields(
    out: &mut String,
    fields: Vec<(&str, Type)>,
    schema: &Schema,
    depth: usize,
    indent: usize,
) {
    let pad = |out: &mut String, by: usize| out.extend(std::iter::repeat_n(' ', by));
    out.push_str("(\n");
    for (name, ty) in fields {
        pad(out, indent + 2);
        let (mark, ty) = match &ty {
            Type::Optional(it) => ("?", (**it).clone()),
            Type::Sequence(_) | Type::Map(_) => ("", ty),
            _ => ("", ty),
        };
        out.push_str(name);
        out.push_str(mark);
        out.push_str(": ");
        render(out, &ty, schema, depth - 1, indent + 2);
        out.push('\n');
    }
    pad(out, indent);
    out.push(')');
}

/// The fields of an object of the schema that its view has, those that are always present first.
fn schema_fields<'a>(it: &SchemaType, schema: &'a Schema) -> Option<Vec<(&'a str, Type)>> {
    let structure = schema.ty(it.id).as_struct()?;
    let mut fields: Vec<(&str, Type)> = structure
        .fields
        .iter()
        .filter(|field| it.view != View::Write || field.writable())
        .map(|field| (field.name.as_str(), super::select::schema_field(schema, it, field)))
        .collect();
    fields.sort_by_key(|it| matches!(it.1, Type::Optional(_)));
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_types_are_shortened_from_the_inside_out() {
        let ty = |fields: &[(&str, Type)]| {
            Type::structure(fields.iter().map(|it| (it.0.into(), it.1.clone())))
        };
        let port = ty(&[("name", Type::String), ("number", Type::INT64)]);
        let spec = ty(&[("ports", port.sequence()), ("replicas", Type::INT64.optional())]);
        let object = ty(&[("name", Type::String), ("spec", spec)]).optional();
        let brief = |width: usize| object.brief(width);
        assert_eq!(
            brief(100),
            "*(name: String, spec: (ports: ((name: String, number: Int64)), replicas: *Int64))"
        );
        assert_eq!(brief(60), "*(name: String, spec: (ports: ((…)), replicas: *Int64))");
        assert_eq!(brief(32), "*(name: String, spec: (…))");
        assert_eq!(brief(20), "*(name: String, …)");
        assert_eq!(brief(8), "*(…)");
        assert_eq!(Type::String.sequence().brief(5), "(St…)");
        for width in 4..100 {
            assert!(brief(width).chars().count() <= width, "{width}: {}", brief(width));
        }
    }

    #[test]
    fn alternatives_and_functions_read_as_they_are_written() {
        let ty = super::super::lattice::join(&Type::INT64.sequence(), &Type::String.optional());
        assert_eq!(ty.to_string(), "String | (Int64)");
        assert_eq!(ty.sequence().to_string(), "(String | (Int64))");
        assert_eq!(Type::native(Type::String).to_string(), "Variety");
    }
}
