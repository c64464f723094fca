//! Replacing what stands in a file, so that a crash in between leaves either the old text or the new one.

use std::{fs, io, io::Write as _, path::Path};

/// Puts `text` in place of what stands in an existing file. The new text is written beside the file and takes its name
/// when it is complete. Permissions stay, and a symbolic link goes on pointing to the same place.
///
/// In a folder in which no file can be made, or for a file with several names (hard links), the file is written in
/// place: better than not at all.
///
/// # Errors
///
/// When the operating system refuses; the file is then as it was, unless it had to be written in place. A file that is
/// read-only is not replaced.
pub(super) fn contents(path: &Path, text: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    // Opened for writing: what is read-only is so for a reason, even where its folder lets it be replaced.
    let file = fs::OpenOptions::new().write(true).open(&path)?;
    let metadata = file.metadata()?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let new = match has_one_name(&metadata) {
        true => tempfile::Builder::new().prefix(".ko-fmt-").tempfile_in(folder).ok(),
        false => None,
    };
    let Some(mut new) = new else {
        return write_in_place(file, text);
    };
    if !same_owner(&metadata, &new.as_file().metadata()?) {
        return write_in_place(file, text);
    }
    new.write_all(text)?;
    new.as_file().set_permissions(metadata.permissions())?;
    new.as_file().sync_all()?;
    new.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

fn write_in_place(mut file: fs::File, text: &[u8]) -> io::Result<()> {
    file.write_all(text)?;
    // Only now: what was there is not cut off before the new text is down.
    file.set_len(text.len() as u64)
}

#[cfg(unix)]
fn has_one_name(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) == 1
}

#[cfg(unix)]
fn same_owner(a: &fs::Metadata, b: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (a.uid(), a.gid()) == (b.uid(), b.gid())
}

#[cfg(not(unix))]
fn has_one_name(_: &fs::Metadata) -> bool {
    true
}

#[cfg(not(unix))]
fn same_owner(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn permissions_and_links_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a.ko"), folder.path().join("link.ko"));
        fs::write(&file, "a long text that was there before").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a.ko", &link).unwrap();
        contents(&link, b"new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside it");
    }

    #[test]
    fn a_file_with_two_names_keeps_them() {
        let folder = tempfile::tempdir().unwrap();
        let (file, other) = (folder.path().join("a.ko"), folder.path().join("b.ko"));
        fs::write(&file, "a long text that was there before").unwrap();
        fs::hard_link(&file, &other).unwrap();
        contents(&file, b"new").unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().nlink(), 2);
    }

    #[test]
    fn what_is_not_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.ko");
        assert_eq!(contents(&file, b"new").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(!file.exists());
    }
}
