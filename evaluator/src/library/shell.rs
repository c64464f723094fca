//! Package `shell`.

use std::{fs, io, path::Path};

use super::{Call, Gate, file::path_of};
use crate::{host::Effect, machine::Outcome};

pub(super) const GATES: &[(&str, Gate)] = &[("CopyFile", copy), ("GoShellCopy", copy)];

fn copy(call: &mut Call<'_, '_>) -> Outcome {
    let (source, sink) = (path_of(call, "source")?, path_of(call, "sink")?);
    call.allow(Effect::WriteFiles)?;
    if let Err(error) = copy_file(Path::new(&source), Path::new(&sink)) {
        let paths = match call.has_secret() {
            true => "a file, whose path is secret".to_owned(),
            false => format!("{source:?} to {sink:?}"),
        };
        call.machine.run.write(format!("{}: cannot copy {paths}: {error}\n", call.name()), true)?;
        return Ok(false.into());
    }
    Ok(true.into())
}

fn copy_file(source: &Path, sink: &Path) -> io::Result<()> {
    if !fs::metadata(source)?.is_file() {
        return Err(io::Error::other("only files can be copied"));
    }
    if let (Ok(from), Ok(to)) = (source.canonicalize(), sink.canonicalize())
        && from == to
    {
        return Err(io::Error::other("both are the same file"));
    }
    if let Some(parent) = sink.parent().filter(|it| !it.as_os_str().is_empty()) {
        fs::create_dir_all(parent)?;
    }
    fs::copy(source, sink).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_copied_but_not_onto_themselves() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("x/y/b"));
        fs::write(&a, "text").unwrap();
        copy_file(&a, &b).unwrap();
        assert_eq!(fs::read_to_string(&b).unwrap(), "text");
        assert!(copy_file(&a, &a).is_err() && copy_file(folder.path(), &b).is_err());
        assert_eq!(fs::read_to_string(&a).unwrap(), "text");
    }
}
