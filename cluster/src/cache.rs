//! What a cluster published, kept in a folder of the user: documents by their hash, and what was made of all of them.
//! An entry never goes stale, since its key is what it was made from. Damaged entries are as good as none.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ko_schema::{Docs, Facts, Schema};
use sha2::{Digest, Sha256};

use crate::whole_file::write_whole;

/// After what time without use an entry goes.
const KEPT: Duration = Duration::from_secs(60 * 60 * 24 * 60);

/// Grows when the meaning of what is kept changes.
const FORMAT: &str = "1";

/// The file that says which schema is the newest.
const LATEST: &str = "latest";

/// The cache of one cluster.
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The cache of the cluster with this identity below `folder`.
    pub(crate) fn new(folder: &Path, identity: &[u8]) -> Cache {
        Cache { folder: folder.join(name(&[identity])) }
    }

    /// A document that was kept under this hash.
    pub(crate) fn document(&self, path: &str, hash: &str) -> Option<Vec<u8>> {
        read(&self.at("document", &[path.as_bytes(), hash.as_bytes()]))
    }

    /// Keeps a document. What cannot be kept is fetched again; that is no reason to fail.
    pub(crate) fn keep_document(&self, path: &str, hash: &str, bytes: &[u8]) {
        let _ = write_whole(&self.at("document", &[path.as_bytes(), hash.as_bytes()]), bytes);
    }

    /// The schema that was made of these parts, and the file that it is in.
    pub(crate) fn schema(&self, parts: &[&[u8]]) -> Option<(Schema, PathBuf)> {
        let file = self.at("schema", parts);
        Some((schema_in(&file)?, file))
    }

    /// Keeps the schema that was made of these parts, and lets go what nobody used for long. The file, if it could be
    /// written.
    pub(crate) fn keep_schema(
        &self,
        parts: &[&[u8]],
        facts: &Facts,
        docs: &Docs,
    ) -> Option<PathBuf> {
        let facts = facts.to_bytes().ok()?;
        let length = u64::try_from(facts.len()).unwrap_or(u64::MAX).to_le_bytes();
        let bytes = [&length[..], &facts, docs.as_text().as_bytes()].concat();
        let file = self.at("schema", parts);
        write_whole(&file, &bytes).ok()?;
        self.sweep();
        Some(file)
    }

    /// Notes that the schema in this file is the newest, and the version of the server that published it.
    pub(crate) fn note_latest(&self, file: &Path, version: &str) {
        let name = file.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        let _ = write_whole(&self.folder.join(LATEST), format!("{name}\n{version}").as_bytes());
    }

    /// The newest schema that was kept, its file, and the version of the server that published it.
    pub(crate) fn latest(&self) -> Option<(Schema, PathBuf, String)> {
        let note = String::from_utf8(read(&self.folder.join(LATEST))?).ok()?;
        let (name, version) = note.split_once('\n')?;
        // A name, and no way out of the folder.
        let name = Path::new(name).file_name()?;
        let file = self.folder.join(name);
        Some((schema_in(&file)?, file, version.to_owned()))
    }

    fn at(&self, what: &str, parts: &[&[u8]]) -> PathBuf {
        let key: Vec<&[u8]> =
            [FORMAT.as_bytes()].into_iter().chain(parts.iter().copied()).collect();
        self.folder.join(format!("{what}-{}", name(&key)))
    }

    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.filter_map(Result::ok) {
            let used = entry.metadata().and_then(|it| it.modified());
            let age = used.ok().and_then(|it| SystemTime::now().duration_since(it).ok());
            if age.is_some_and(|it| it > KEPT) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// The schema in a file that [`Cache::keep_schema`] wrote.
pub(crate) fn schema_in(file: &Path) -> Option<Schema> {
    let bytes = read(file)?;
    let length: [u8; 8] = bytes.get(..8)?.try_into().ok()?;
    let end = usize::try_from(u64::from_le_bytes(length)).ok()?.checked_add(8)?;
    let facts = Facts::from_bytes(bytes.get(8..end)?).ok()?;
    let docs = String::from_utf8(bytes.get(end..)?.to_vec()).ok()?;
    Schema::from_facts(facts, Docs::from_text(docs)).ok()
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let bytes = fs::read(path).ok()?;
    // It is in use: the sweep leaves it.
    if let Ok(file) = fs::File::options().append(true).open(path) {
        let _ = file.set_modified(SystemTime::now());
    }
    Some(bytes)
}

/// A file name for a key of several parts, of which none can pass for two.
pub(crate) fn name(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_comes_back_and_what_is_damaged_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path(), b"cluster");
        assert_eq!(cache.document("api/v1", "1"), None);
        cache.keep_document("api/v1", "1", b"{}");
        assert_eq!(cache.document("api/v1", "1").unwrap(), b"{}");
        assert_eq!(cache.document("api/v1", "2"), None);
        assert_eq!(Cache::new(folder.path(), b"other").document("api/v1", "1"), None);

        let (facts, docs) = ko_schema::openapi::Importer::new("1.36").finish();
        let file = cache.keep_schema(&[b"a", b"b"], &facts, &docs).unwrap();
        assert_eq!(cache.schema(&[b"a", b"b"]).unwrap().0.version(), "1.36");
        assert!(cache.latest().is_none());
        cache.note_latest(&file, "v1.36.3");
        assert_eq!(cache.latest().unwrap().2, "v1.36.3");
        assert!(cache.schema(&[b"ab"]).is_none());
        fs::write(cache.at("schema", &[b"a", b"b"]), b"123456789").unwrap();
        assert!(cache.schema(&[b"a", b"b"]).is_none());
    }
}
