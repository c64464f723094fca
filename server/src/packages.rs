//! Which package a file belongs to, and which files there are on the disk.
//!
//! A package is a directory (specification §3.1). Its path is that of the directory below one of the [`Roots`]. The command
//! line and the language server share this. It is the only place that walks directories.

mod manifest;
mod roots;

pub(crate) use self::{
    manifest::{Manifest, NAME as MANIFEST},
    roots::{Roots, project_folder, same_directory},
};

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// More files than this are not loaded from one root: it is no workspace then, but a home directory.
const MAX_FILES: usize = 20_000;

/// Larger files are not loaded; nobody wrote them.
const MAX_FILE_SIZE: u64 = 64 << 20;

/// A source file read from the disk.
#[derive(Debug)]
pub(crate) struct LoadedFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its text, or why there is none.
    pub(crate) text: Result<Arc<str>, ReadError>,
}

/// Why a file has no text.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The operating system refuses it.
    Io(io::Error),
    /// It is not UTF-8.
    NotUtf8 {
        /// Offset of the first byte that is not.
        offset: usize,
    },
    /// It is larger than source files may be.
    TooLarge,
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ReadError::Io(error) => write!(f, "the file cannot be read: {error}"),
            ReadError::NotUtf8 { offset } => {
                write!(f, "the file is not UTF-8: the byte at offset {offset} begins no character")
            }
            ReadError::TooLarge => write!(f, "the file is larger than 64 MiB"),
        }
    }
}

/// Whether a path is that of a file of Ko source.
pub(crate) fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "ko")
}

/// Reads a source file.
///
/// # Errors
/// When the operating system refuses, or the file is too large or not UTF-8.
pub(crate) fn read(path: &Path) -> Result<Arc<str>, ReadError> {
    let size = fs::metadata(path).map_err(ReadError::Io)?.len();
    if size > MAX_FILE_SIZE {
        return Err(ReadError::TooLarge);
    }
    match String::from_utf8(fs::read(path).map_err(ReadError::Io)?) {
        Ok(text) => Ok(text.into()),
        Err(error) => Err(ReadError::NotUtf8 { offset: error.utf8_error().valid_up_to() }),
    }
}

/// Reads the source files directly in a directory, sorted by name; none where it cannot be read.
pub(crate) fn read_directory(directory: &Path) -> Vec<LoadedFile> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<_> =
        entries.map(|entry| entry.path()).filter(|p| is_source(p) && p.is_file()).collect();
    paths.sort();
    paths.truncate(MAX_FILES);
    paths.into_iter().map(|path| LoadedFile { text: read(&path), path }).collect()
}

/// Reads all source files below a directory that version control would not ignore, in batches.
pub(crate) fn read_tree(root: &Path, mut batch: impl FnMut(Vec<LoadedFile>)) {
    let mut files = Vec::new();
    let mut count = 0;
    for entry in ignore::WalkBuilder::new(root).build().flatten() {
        if !entry.file_type().is_some_and(|kind| kind.is_file()) || !is_source(entry.path()) {
            continue;
        }
        count += 1;
        if count > MAX_FILES {
            tracing::warn!("{}: only the first {MAX_FILES} files are loaded", root.display());
            break;
        }
        let path = entry.into_path();
        files.push(LoadedFile { text: read(&path), path });
        if files.len() == 200 {
            batch(std::mem::take(&mut files));
        }
    }
    batch(files);
}

/// A directory and the folders below it that version control would not ignore.
pub(crate) fn folders_below(root: &Path) -> Vec<PathBuf> {
    let entries = ignore::WalkBuilder::new(root).build().flatten().take(20 * MAX_FILES);
    let folders = entries.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_dir()));
    folders.map(ignore::DirEntry::into_path).collect()
}

/// The folders below a directory that have a `ko.toml`, those that version control would ignore left out.
pub(crate) fn projects_below(root: &Path) -> Vec<PathBuf> {
    let files = ignore::WalkBuilder::new(root).build().flatten().take(20 * MAX_FILES);
    let manifests = files.filter(|entry| entry.file_name() == MANIFEST);
    manifests.filter_map(|entry| entry.path().parent().map(Path::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_utf8_says_where() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.ko"), b"F() { return: \xff }").unwrap();
        fs::write(directory.path().join("b.ko"), b"G() { return: 1 }").unwrap();
        let files = read_directory(directory.path());
        assert!(matches!(files[0].text, Err(ReadError::NotUtf8 { offset: 14 })));
        assert_eq!(files[1].text.as_deref().unwrap(), "G() { return: 1 }");
        let mut all = 0;
        read_tree(directory.path(), |files| all += files.len());
        assert_eq!(all, 2);
    }
}
