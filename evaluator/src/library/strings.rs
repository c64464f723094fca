//! Package `strings`.

use std::sync::Arc;

use super::{Call, Gate, strings};
use crate::{
    machine::Outcome,
    print,
    value::{Bytes, Opaque, Value},
};

pub(super) const GATES: &[(&str, Gate)] = &[
    ("Contains", contains),
    ("Equal", equal),
    ("Fields", fields),
    ("Flush", flush),
    ("HasPrefix", has_prefix),
    ("HasSuffix", has_suffix),
    ("Index", index),
    ("Join", join),
    ("Len", len),
    ("Lines", lines),
    ("Lower", lower),
    ("PadLeft", pad_left),
    ("PadRight", pad_right),
    ("Quote", quote),
    ("Repeat", repeat),
    ("Replace", replace),
    ("Split", split),
    ("Tree", tree),
    ("Trim", trim),
    ("TrimPrefix", trim_prefix),
    ("TrimSuffix", trim_suffix),
    ("Upper", upper),
];

/// A string may have this many bytes.
const MAX_LENGTH: usize = 1 << 30;

fn limited(call: &Call<'_, '_>, length: usize) -> Outcome<()> {
    if length > MAX_LENGTH {
        return call.fail(format!("would make a string of more than {MAX_LENGTH} bytes"));
    }
    call.machine.reserve(length)
}

fn join(call: &mut Call<'_, '_>) -> Outcome {
    let (parts, delimiter) = (call.strings("string")?, call.bytes("delimiter")?);
    let Some((first, rest)) = parts.split_first() else { return Ok(Value::string("")) };
    let between = delimiter.len().saturating_mul(rest.len());
    limited(call, parts.iter().fold(between, |sum, part| sum.saturating_add(part.len())))?;
    // A text that grows is not read here: that would copy it.
    let pieces = rest.iter().flat_map(|part| [delimiter, part.as_slice()]);
    let pieces: Vec<&[u8]> = pieces.filter(|piece| !piece.is_empty()).collect();
    Ok(Value::String(first.append(&pieces)))
}

fn split(call: &mut Call<'_, '_>) -> Outcome {
    let (text, separator) = (call.text("string")?, call.text_or("separator", "/")?);
    // Cutting a text at nothing gives its characters. There is always a part, also of the empty text.
    if separator.is_empty() && !text.is_empty() {
        return strings(text.chars().map(|it| it.to_string()));
    }
    if separator.is_empty() { strings([text]) } else { strings(text.split(&separator)) }
}

fn lines(call: &mut Call<'_, '_>) -> Outcome {
    strings(call.text("string")?.lines())
}

fn fields(call: &mut Call<'_, '_>) -> Outcome {
    strings(call.text("string")?.split_whitespace())
}

fn len(call: &mut Call<'_, '_>) -> Outcome {
    let bytes: usize = call.strings("string")?.iter().map(|part| part.len()).sum();
    Ok(Value::int(bytes as i64))
}

fn equal(call: &mut Call<'_, '_>) -> Outcome {
    let all = call.list("string")?;
    Ok(all.windows(2).all(|pair| pair[0] == pair[1]).into())
}

fn contains(call: &mut Call<'_, '_>) -> Outcome {
    Ok(call.text("string")?.contains(&call.text("subString")?).into())
}

fn has_prefix(call: &mut Call<'_, '_>) -> Outcome {
    Ok(call.bytes("string")?.starts_with(call.bytes("prefix")?).into())
}

fn has_suffix(call: &mut Call<'_, '_>) -> Outcome {
    Ok(call.bytes("string")?.ends_with(call.bytes("suffix")?).into())
}

fn index(call: &mut Call<'_, '_>) -> Outcome {
    let at = call.text("string")?.find(&call.text("subString")?);
    Ok(at.map_or(Value::Empty, |at| Value::int(at as i64)))
}

fn upper(call: &mut Call<'_, '_>) -> Outcome {
    Ok(Value::from(call.text("string")?.to_uppercase()))
}

fn lower(call: &mut Call<'_, '_>) -> Outcome {
    Ok(Value::from(call.text("string")?.to_lowercase()))
}

fn trim(call: &mut Call<'_, '_>) -> Outcome {
    let text = call.text("string")?;
    if call.arg("cutset").is_empty() {
        return Ok(Value::from(text.trim()));
    }
    let cut = call.text("cutset")?;
    Ok(Value::from(text.trim_matches(|it| cut.contains(it))))
}

fn trim_prefix(call: &mut Call<'_, '_>) -> Outcome {
    let (text, prefix) = (call.bytes("string")?, call.bytes("prefix")?);
    Ok(Value::string(text.strip_prefix(prefix).unwrap_or(text)))
}

fn trim_suffix(call: &mut Call<'_, '_>) -> Outcome {
    let (text, suffix) = (call.bytes("string")?, call.bytes("suffix")?);
    Ok(Value::string(text.strip_suffix(suffix).unwrap_or(text)))
}

fn replace(call: &mut Call<'_, '_>) -> Outcome {
    let (text, old, new) = (call.text("string")?, call.text("old")?, call.text("new")?);
    if old.is_empty() {
        return call.fail("needs a text that is not empty as its argument `old`");
    }
    let found = text.matches(&old).count();
    limited(call, text.len().saturating_add(found.saturating_mul(new.len())))?;
    Ok(Value::from(text.replace(&old, &new)))
}

fn repeat(call: &mut Call<'_, '_>) -> Outcome {
    let count = call.int("count", 0)?;
    let text = call.bytes("string")?;
    let Ok(count) = usize::try_from(count) else {
        return call.fail(format!("needs a count that is not negative, not {count}"));
    };
    limited(call, text.len().saturating_mul(count))?;
    Ok(Value::string(text.repeat(count)))
}

/// What is missing for the width that is asked for.
fn padding(call: &Call<'_, '_>, text: &str) -> Outcome<String> {
    let (width, with) = (call.int("width", 0)?, call.text_or("with", " ")?);
    if with.is_empty() {
        return call.fail("needs a text that is not empty as its argument `with`");
    }
    let missing = usize::try_from(width).unwrap_or(0).saturating_sub(text.chars().count());
    limited(call, missing.saturating_mul(4))?;
    Ok(with.chars().cycle().take(missing).collect())
}

fn pad_left(call: &mut Call<'_, '_>) -> Outcome {
    let text = call.text("string")?;
    Ok(Value::from(padding(call, &text)? + &text))
}

fn pad_right(call: &mut Call<'_, '_>) -> Outcome {
    let text = call.text("string")?;
    let padding = padding(call, &text)?;
    Ok(Value::from(text + &padding))
}

fn quote(call: &mut Call<'_, '_>) -> Outcome {
    // A secret comes in with its flag off, as it must be quoted rather than hidden; the result is secret again.
    let text = Value::String(Bytes::new(call.bytes("string")?));
    Ok(Value::from(print::print(&text)))
}

/// The type of trees in messages and types.
const TREE: &str = "Text";

/// A text that is put together from others.
struct Tree {
    parts: Vec<Part>,
    /// How many bytes it stands for.
    length: usize,
    /// How many levels of trees are in it.
    depth: usize,
}

enum Part {
    Text(Bytes),
    Tree(Arc<Opaque>),
}

impl Tree {
    fn write(&self, out: &mut Vec<u8>) {
        let mut open = vec![self.parts.iter()];
        while let Some(parts) = open.last_mut() {
            match parts.next() {
                Some(Part::Text(text)) => out.extend_from_slice(text.as_slice()),
                Some(Part::Tree(tree)) => {
                    open.extend(tree.content::<Tree>().map(|it| it.parts.iter()));
                }
                None => {
                    open.pop();
                }
            }
        }
    }
}

/// Trees with more levels than this are written out when they are put into another one: dropping them recurses.
const MAX_DEPTH: usize = 500;

fn tree(call: &mut Call<'_, '_>) -> Outcome {
    let delimiter = Bytes::new(call.bytes("delimiter")?);
    let text = |call: &Call<'_, '_>, name| -> Outcome<Vec<Part>> {
        Ok(call.list(name)?.into_iter().map(|it| Part::Text(Bytes::new(it))).collect())
    };
    let mut parts = text(call, "prefix")?;
    for (index, part) in call.arg("middle").elements().iter().enumerate() {
        let Value::Opaque(opaque) = part else { return call.wrong("middle", "trees", part) };
        let Some(tree) = opaque.content::<Tree>() else {
            return call.wrong("middle", "trees", part);
        };
        if index > 0 {
            parts.push(Part::Text(delimiter.clone()));
        }
        parts.push(match tree.depth < MAX_DEPTH {
            true => Part::Tree(opaque.clone()),
            false => {
                let mut text = Vec::with_capacity(tree.length);
                tree.write(&mut text);
                Part::Text(text.into())
            }
        });
    }
    parts.extend(text(call, "suffix")?);
    let (mut length, mut depth) = (0usize, 0);
    for part in &parts {
        match part {
            Part::Text(text) => length = length.saturating_add(text.len()),
            Part::Tree(tree) => {
                let Some(tree) = tree.content::<Tree>() else { continue };
                length = length.saturating_add(tree.length);
                depth = depth.max(tree.depth);
            }
        }
    }
    limited(call, length)?;
    Ok(Value::opaque(TREE, Tree { parts, length, depth: depth + 1 }))
}

fn flush(call: &mut Call<'_, '_>) -> Outcome {
    let mut out = Vec::new();
    for tree in call.arg("tree").elements() {
        let content = match tree {
            Value::Opaque(opaque) => opaque.content::<Tree>(),
            _ => None,
        };
        let Some(content) = content else { return call.wrong("tree", "trees", tree) };
        limited(call, out.len().saturating_add(content.length))?;
        content.write(&mut out);
    }
    Ok(Value::string(out))
}
