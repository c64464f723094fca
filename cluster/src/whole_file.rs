//! Files that are kept for the user: written whole or not at all.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

/// Writes a file, and the folder that it is in if need be: whoever reads it sees what was there before or all of the new,
/// whatever ends the process in between. The file is readable for the user alone.
///
/// # Errors
/// When the operating system refuses; the file is then as it was, and nothing is left beside it.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Several threads of several processes may write the same file.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    let part = path.with_extension(format!("{}-{number}.part", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        fs::rename(&part, path)
    });
    if written.is_err() {
        // It may not even be there.
        let _ = fs::remove_file(&part);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_whole_and_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/a.json");
        write_whole(&file, b"old").unwrap();
        write_whole(&file, b"new").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        let beside = |it: &Path| fs::read_dir(it.parent().unwrap()).unwrap().count();
        assert_eq!(beside(&file), 1);
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(
                &fs::metadata(&file).unwrap().permissions(),
            );
            assert_eq!(mode & 0o777, 0o600);
        }
        // A folder of that name is in the way: it stays, and nothing else does.
        let taken = folder.path().join("taken/b.json");
        fs::create_dir_all(taken.join("c")).unwrap();
        assert!(write_whole(&taken, b"new").is_err());
        assert_eq!(beside(&taken), 1);
    }
}
