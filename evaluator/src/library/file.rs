//! Package `file`: files and directories of this machine.

use std::{
    fs::{self, File},
    io::Read as _,
    path::Path,
};

use super::{Call, Gate};
use crate::{host::Effect, machine::Outcome, value::Value};

pub(super) const GATES: &[(&str, Gate)] = &[
    ("Exists", exists),
    ("ListDir", list_dir),
    ("ReadLocalFile", read),
    ("WriteLocalFile", write),
];

/// Bytes of a file that are read.
const MAX_LENGTH: u64 = 1 << 30;

/// A path that is not empty.
pub(super) fn path_of(call: &Call<'_, '_>, param: &str) -> Outcome<String> {
    let path = call.text(param)?;
    if path.is_empty() || path.contains('\0') {
        return call.fail(format!("needs a path as its argument `{param}`"));
    }
    Ok(path)
}

/// Why something cannot be done with a path.
pub(super) fn failed<T>(
    call: &Call<'_, '_>,
    what: &str,
    path: &str,
    error: &std::io::Error,
) -> Outcome<T> {
    let shown =
        if call.has_secret() { "a path that is secret".to_owned() } else { format!("{path:?}") };
    call.fail(format!("cannot {what} {shown}: {error}"))
}

fn write(call: &mut Call<'_, '_>) -> Outcome {
    let path = path_of(call, "path")?;
    let body = call.bytes("body")?;
    call.allow(Effect::WriteFiles)?;
    if let Some(parent) = Path::new(&path).parent().filter(|it| !it.as_os_str().is_empty())
        && let Err(error) = fs::create_dir_all(parent)
    {
        return failed(call, "make the directories above", &path, &error);
    }
    if blocks(&path) {
        return call.fail(format!("cannot write {path:?}: it is a pipe or a socket, not a file"));
    }
    match fs::write(&path, body) {
        Ok(()) => Ok(true.into()),
        Err(error) => failed(call, "write", &path, &error),
    }
}

fn read(call: &mut Call<'_, '_>) -> Outcome {
    let path = path_of(call, "path")?;
    call.allow(Effect::ReadFiles)?;
    if blocks(&path) || fs::metadata(&path).is_ok_and(|it| !it.is_file() && !it.is_dir()) {
        return call
            .fail(format!("cannot read {path:?}: it is a device, a pipe or a socket, not a file"));
    }
    let mut body = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(MAX_LENGTH + 1).read_to_end(&mut body));
    match read {
        Ok(_) if body.len() as u64 > MAX_LENGTH => {
            call.fail(format!("cannot read {path:?}: it has more than {MAX_LENGTH} bytes"))
        }
        Ok(_) => Ok(Value::String(body.into())),
        Err(error) => failed(call, "read", &path, &error),
    }
}

/// Whether opening this may wait for somebody else.
fn blocks(path: &str) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        fs::metadata(path).is_ok_and(|it| it.file_type().is_fifo() || it.file_type().is_socket())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

fn exists(call: &mut Call<'_, '_>) -> Outcome {
    let path = path_of(call, "path")?;
    call.allow(Effect::ReadFiles)?;
    match Path::new(&path).try_exists() {
        Ok(exists) => Ok(exists.into()),
        Err(error) => failed(call, "look for", &path, &error),
    }
}

fn list_dir(call: &mut Call<'_, '_>) -> Outcome {
    let path = path_of(call, "path")?;
    call.allow(Effect::ReadFiles)?;
    let limit = call.machine.run.options.limits.elements;
    let mut entries = Vec::new();
    let listed = fs::read_dir(&path).and_then(|directory| {
        for entry in directory.take(limit.saturating_add(1)) {
            let entry = entry?;
            // What is gone meanwhile or may not be looked at counts as an empty file; links stand for what they link to.
            let about = fs::metadata(entry.path()).ok();
            let name = entry.file_name().to_string_lossy().into_owned();
            let size = about.as_ref().map_or(0, |it| if it.is_dir() { 0 } else { it.len() });
            entries.push((name, about.is_some_and(|it| it.is_dir()), size));
        }
        Ok(())
    });
    if let Err(error) = listed {
        return failed(call, "list", &path, &error);
    }
    if entries.len() > limit {
        return call.fail(format!("cannot list {path:?}: it has more than {limit} entries"));
    }
    entries.sort();
    let entries = entries.into_iter().map(|(name, is_dir, size)| {
        Value::structure([
            ("name", Value::from(name)),
            ("isDir", Value::from(is_dir)),
            ("size", Value::int(i64::try_from(size).unwrap_or(i64::MAX))),
        ])
    });
    super::sequence(entries.collect())
}
