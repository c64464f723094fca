//! Package `file/path`: paths as text.

use super::{Call, Gate};
use crate::{machine::Outcome, value::Value};

pub(super) const GATES: &[(&str, Gate)] =
    &[("Base", base), ("Dir", dir), ("Ext", ext), ("IsAbsolute", is_absolute), ("Join", join)];

fn join(call: &mut Call<'_, '_>) -> Outcome {
    let parts = call.list("paths")?;
    let parts: Vec<_> =
        parts.into_iter().filter(|part| !part.is_empty()).map(String::from_utf8_lossy).collect();
    Ok(match parts.is_empty() {
        true => Value::from(""),
        false => Value::from(clean(&parts.join("/"))),
    })
}

fn base(call: &mut Call<'_, '_>) -> Outcome {
    let path = call.text("path")?;
    let trimmed = path.trim_end_matches('/');
    Ok(Value::from(match trimmed.rsplit('/').next() {
        _ if path.is_empty() => ".",
        None | Some("") => "/",
        Some(last) => last,
    }))
}

fn dir(call: &mut Call<'_, '_>) -> Outcome {
    let path = call.text("path")?;
    let before = path.rfind('/').map_or("", |at| &path[..=at]);
    Ok(Value::from(clean(before)))
}

fn ext(call: &mut Call<'_, '_>) -> Outcome {
    let path = call.text("path")?;
    let last = path.rsplit('/').next().unwrap_or_default();
    Ok(Value::from(last.rfind('.').map_or("", |at| &last[at..])))
}

fn is_absolute(call: &mut Call<'_, '_>) -> Outcome {
    Ok(call.bytes("path")?.starts_with(b"/").into())
}

/// The shortest path that means the same without looking at a disk.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            // Above the root there is the root.
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn paths_are_tidied() {
        for (path, expected) in [
            ("", "."),
            ("/", "/"),
            ("a//b/./c/..", "a/b"),
            ("..", ".."),
            ("../../a", "../../a"),
            ("a/../../b", "../b"),
            ("/../a", "/a"),
            ("a/..", "."),
        ] {
            assert_eq!(clean(path), expected, "{path}");
        }
    }
}
