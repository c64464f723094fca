//! The files that the server knows, open in the editor or on the disk: ids, texts and versions.
//!
//! The text of an open file is exactly what the editor sent, line ends included, and changes together with its version.
//! Edits are collected in a buffer; [`Files::freeze`] makes them visible to readers, once for any number of edits.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use ko_queries::{database::EXPRESSION_FILE, diagnostic::FileId, projects::Place};
use ls_types::Uri;
use rustc_hash::FxHashMap;
use text_size::{TextRange, TextSize};

use crate::{
    line_index::{Encoding, LineCol, LineIndex},
    packages::Roots,
};

/// A file as readers see it; it does not change.
#[derive(Debug)]
pub(crate) struct File {
    /// Its id in the database.
    pub(crate) id: FileId,
    /// Its address, as the editor writes it where the editor has named it.
    pub(crate) uri: Uri,
    /// Where it is on the disk, if anywhere.
    pub(crate) path: Option<PathBuf>,
    /// The name of its package.
    pub(crate) package: String,
    /// Where that is, if there are several projects.
    pub(crate) place: Option<Arc<Place>>,
    /// Its text.
    pub(crate) text: Arc<str>,
    /// The version of the text, if it is open in the editor.
    pub(crate) version: Option<i32>,
    lines: OnceLock<LineIndex>,
}

impl File {
    /// Where its lines begin.
    pub(crate) fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// What messages call it: its path, or its address where it has none.
    pub(crate) fn name(&self) -> String {
        match &self.path {
            Some(path) => path.to_string_lossy().into_owned(),
            None => self.uri.as_str().to_owned(),
        }
    }

    /// The position of an offset.
    pub(crate) fn position(&self, offset: TextSize, encoding: Encoding) -> LineCol {
        self.lines().position(&self.text, offset, encoding)
    }

    /// The offset of a position, clamped to the text.
    pub(crate) fn offset(&self, position: LineCol, encoding: Encoding) -> TextSize {
        self.lines().offset(&self.text, position, encoding)
    }

    /// Whether it is a document that nobody can edit.
    pub(crate) fn is_read_only(&self) -> bool {
        is_virtual(&self.uri)
    }

    /// The text of a range; nothing where there is none.
    pub(crate) fn slice(&self, range: TextRange) -> Option<&str> {
        self.text.get(usize::from(range.start())..usize::from(range.end()))
    }
}

/// A file of the library, which is on no disk and does not change.
pub(crate) fn library_file(id: FileId, uri: Uri, package: String, text: Arc<str>) -> File {
    File { place: None, id, uri, path: None, package, text, version: None, lines: OnceLock::new() }
}

/// A page as a file: its text and its address, for positions in it. It has the id of no file.
pub(crate) fn page_file(uri: Uri, text: String) -> File {
    library_file(EXPRESSION_FILE, uri, String::new(), text.into())
}

/// Whether an address is one of the library or the schema, whose documents are in no file.
pub(crate) fn is_virtual(uri: &Uri) -> bool {
    ko_ide::SCHEMES.contains(&uri.scheme().as_str())
}

/// One change of a text, as the protocol has it.
#[derive(Debug, Clone)]
pub(crate) struct TextChange {
    /// What is replaced; nothing for the whole text.
    pub(crate) range: Option<(LineCol, LineCol)>,
    /// The new text.
    pub(crate) text: String,
}

/// What names a file: its path, or its address where it has none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Path(PathBuf),
    Uri(String),
}

impl Key {
    fn of(uri: &Uri) -> Key {
        match path_of(uri) {
            Some(path) => Key::Path(path),
            // Editors write an address without an authority with one slash or with three.
            None if is_virtual(uri) => Key::Uri(uri.as_str().replacen(":///", ":/", 1)),
            None => Key::Uri(uri.as_str().to_owned()),
        }
    }
}

/// The path that an address stands for, if it is one of the file system.
pub(crate) fn path_of(uri: &Uri) -> Option<PathBuf> {
    if uri.scheme().as_str() != "file" {
        return None;
    }
    uri.to_file_path().map(|path| path.into_owned()).filter(|path| path.is_absolute())
}

/// What readers share: all files of one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileTable {
    files: FxHashMap<FileId, Arc<File>>,
    /// The files of the library, if the client can show them.
    library: Arc<FxHashMap<FileId, Arc<File>>>,
    ids: Arc<FxHashMap<Key, FileId>>,
}

impl FileTable {
    /// The file at an address.
    pub(crate) fn by_uri(&self, uri: &Uri) -> Option<&Arc<File>> {
        self.by_id(*self.ids.get(&Key::of(uri))?)
    }

    /// The file with an id.
    pub(crate) fn by_id(&self, id: FileId) -> Option<&Arc<File>> {
        self.files.get(&id).or_else(|| self.library.get(&id))
    }

    /// All files, in no order, without those of the library.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<File>> {
        self.files.values()
    }
}

/// An open file that is being edited.
#[derive(Debug)]
struct Buffer {
    uri: Uri,
    text: String,
    version: i32,
    /// Where the lines of `text` begin; follows the edits once one has needed it.
    lines: Option<LineIndex>,
    /// Whether `text` or `version` is newer than what readers see.
    dirty: bool,
}

/// What [`Files::freeze`] changed for readers.
#[derive(Debug, Default)]
pub(crate) struct Frozen {
    /// Files that are new or have another text, in the order of their first change.
    pub(crate) set: Vec<Arc<File>>,
    /// Files that are gone.
    pub(crate) removed: Vec<FileId>,
}

/// All files; owned by the thread of the main loop.
#[derive(Debug, Default)]
pub(crate) struct Files {
    table: Arc<FileTable>,
    buffers: FxHashMap<FileId, Buffer>,
    changed: Vec<FileId>,
    removed: Vec<FileId>,
    next_id: u32,
    roots: Roots,
    encoding: Encoding,
}

impl Files {
    /// Sets what the client agreed on. Packages of files that are there already follow the new roots.
    pub(crate) fn configure(&mut self, roots: Roots, encoding: Encoding) {
        self.roots = roots;
        self.encoding = encoding;
        let files: Vec<_> = self.table.iter().cloned().collect();
        for file in files {
            let (package, place) = self.package(file.path.as_deref(), file.id);
            if package != file.package || place != file.place {
                self.put(File { package, place, ..copy(&file) });
            }
        }
    }

    /// Takes over the files of the library.
    pub(crate) fn set_library(&mut self, files: impl Iterator<Item = File>) {
        let table = Arc::make_mut(&mut self.table);
        let ids = Arc::make_mut(&mut table.ids);
        let mut library = FxHashMap::default();
        for file in files {
            ids.insert(Key::of(&file.uri), file.id);
            library.insert(file.id, Arc::new(file));
        }
        table.library = Arc::new(library);
    }

    /// The roots of packages.
    pub(crate) fn roots(&self) -> &Roots {
        &self.roots
    }

    /// All files as of the last [`Files::freeze`].
    pub(crate) fn table(&self) -> Arc<FileTable> {
        self.table.clone()
    }

    /// Whether a file is open in the editor.
    pub(crate) fn is_open(&self, id: FileId) -> bool {
        self.buffers.contains_key(&id)
    }

    /// The version of an open file.
    pub(crate) fn version(&self, id: FileId) -> Option<i32> {
        Some(self.buffers.get(&id)?.version)
    }

    /// Takes over a text from the editor; one that is open already is replaced.
    pub(crate) fn open(&mut self, uri: Uri, version: i32, text: String) -> FileId {
        let id = self.id(Key::of(&uri));
        self.buffers.insert(id, Buffer { uri, text, version, lines: None, dirty: true });
        self.touch(id);
        id
    }

    /// Applies changes to an open file, one after the other. Returns its id, or nothing if it is not open: then the
    /// changes are of no text that we know, and are dropped.
    pub(crate) fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextChange>,
    ) -> Option<FileId> {
        let id = *self.table.ids.get(&Key::of(uri))?;
        let encoding = self.encoding;
        let buffer = self.buffers.get_mut(&id)?;
        for change in changes {
            let Some((start, end)) = change.range else {
                buffer.text = change.text;
                buffer.lines = None;
                continue;
            };
            let mut lines = buffer.lines.take().unwrap_or_else(|| LineIndex::new(&buffer.text));
            let range = lines.range(&buffer.text, start, end, encoding);
            let range = std::ops::Range::<usize>::from(range);
            buffer.text.replace_range(range.clone(), &change.text);
            lines.replaced(range, change.text.len(), &buffer.text);
            buffer.lines = Some(lines);
        }
        buffer.version = version;
        buffer.dirty = true;
        self.touch(id);
        Some(id)
    }

    /// Gives an open file back to the disk. Returns its id, or nothing if it was not open.
    pub(crate) fn close(&mut self, uri: &Uri) -> Option<FileId> {
        let id = *self.table.ids.get(&Key::of(uri))?;
        self.buffers.remove(&id)?;
        match path_of(uri).map(|path| (crate::packages::read(&path), path)) {
            Some((Ok(text), path)) => self.disk(path, text),
            _ => self.remove(id),
        }
        Some(id)
    }

    /// Takes over a text from the disk, unless the file is open: then the editor's text counts.
    pub(crate) fn disk(&mut self, path: PathBuf, text: Arc<str>) {
        let known = self.table.ids.get(&Key::Path(path.clone())).copied();
        if known.is_some_and(|id| self.is_open(id)) {
            return;
        }
        let Some(uri) = Uri::from_file_path(&path) else { return };
        let id = self.id(Key::Path(path.clone()));
        if let Some(file) = self.table.by_id(id)
            && file.text == text
            && file.version.is_none()
        {
            return;
        }
        let (package, place) = self.package(Some(&path), id);
        let path = Some(path);
        self.put(File {
            place,
            id,
            uri,
            path,
            package,
            text,
            version: None,
            lines: OnceLock::new(),
        });
    }

    /// Forgets the file or the files below a path that is gone from the disk, unless they are open.
    pub(crate) fn disk_removed(&mut self, path: &Path) {
        let table = self.table.clone();
        for file in table.iter() {
            let below = file.path.as_deref().is_some_and(|file| file.starts_with(path));
            if below && !self.is_open(file.id) {
                self.remove(file.id);
            }
        }
    }

    /// Makes all changes since the last call visible in [`Files::table`], and says what changed.
    pub(crate) fn freeze(&mut self) -> Frozen {
        let changed = std::mem::take(&mut self.changed);
        for id in &changed {
            let Some(buffer) = self.buffers.get_mut(id) else { continue };
            if !std::mem::take(&mut buffer.dirty) {
                continue;
            }
            let path = path_of(&buffer.uri);
            let (package, place) = self.package(path.as_deref(), *id);
            let Some(buffer) = self.buffers.get(id) else { continue };
            let old = self.table.by_id(*id);
            let same = old.filter(|old| *old.text == *buffer.text);
            let file = File {
                id: *id,
                uri: buffer.uri.clone(),
                text: same.map_or_else(|| buffer.text.as_str().into(), |old| old.text.clone()),
                version: Some(buffer.version),
                lines: buffer.lines.clone().map_or_else(OnceLock::new, OnceLock::from),
                package,
                place,
                path,
            };
            Arc::make_mut(&mut self.table).files.insert(*id, Arc::new(file));
        }
        let set = changed.iter().filter_map(|id| self.table.by_id(*id).cloned()).collect();
        Frozen { set, removed: std::mem::take(&mut self.removed) }
    }

    fn package(&self, path: Option<&Path>, id: FileId) -> (String, Option<Arc<Place>>) {
        match path {
            Some(path) if self.roots.several() => {
                let (name, place) = self.roots.placed_package_of(path);
                (name, Some(place))
            }
            Some(path) => (self.roots.visible_package_of(path), None),
            None => (format!("untitled-{}", id.0), None),
        }
    }

    fn id(&mut self, key: Key) -> FileId {
        if let Some(id) = self.table.ids.get(&key) {
            return *id;
        }
        let id = FileId(self.next_id);
        self.next_id += 1;
        let table = Arc::make_mut(&mut self.table);
        Arc::make_mut(&mut table.ids).insert(key, id);
        id
    }

    fn put(&mut self, file: File) {
        let id = file.id;
        Arc::make_mut(&mut self.table).files.insert(id, Arc::new(file));
        self.touch(id);
    }

    fn remove(&mut self, id: FileId) {
        if Arc::make_mut(&mut self.table).files.remove(&id).is_some() {
            self.changed.retain(|changed| *changed != id);
            self.removed.push(id);
        }
    }

    fn touch(&mut self, id: FileId) {
        self.removed.retain(|removed| *removed != id);
        if !self.changed.contains(&id) {
            self.changed.push(id);
        }
    }
}

/// A copy without the line index, which is cheap to make again.
fn copy(file: &File) -> File {
    File {
        id: file.id,
        uri: file.uri.clone(),
        path: file.path.clone(),
        package: file.package.clone(),
        place: file.place.clone(),
        text: file.text.clone(),
        version: file.version,
        lines: OnceLock::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(range: Option<((u32, u32), (u32, u32))>, text: &str) -> TextChange {
        let at = |(line, col)| LineCol { line, col };
        TextChange { range: range.map(|(start, end)| (at(start), at(end))), text: text.to_owned() }
    }

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    #[test]
    fn edits_are_applied_in_order_and_seen_at_once() {
        let mut files = Files::default();
        let a = uri("file:///w/a.ko");
        files.open(a.clone(), 1, "one\r\ntwo😀\r\n".into());
        let changes = vec![
            change(Some(((1, 5), (1, 5))), "!"),
            change(Some(((0, 0), (0, 3))), "1"),
            change(Some(((9, 9), (9, 9))), "end"),
        ];
        files.change(&a, 2, changes).unwrap();
        assert!(files.table().by_uri(&a).is_none(), "not before it is frozen");
        let frozen = files.freeze();
        assert_eq!(frozen.set.len(), 1);
        let table = files.table();
        let file = table.by_uri(&a).unwrap();
        assert_eq!((&*file.text, file.version), ("1\r\ntwo😀!\r\nend", Some(2)));
        assert!(files.freeze().set.is_empty());
    }

    #[test]
    fn edits_of_files_that_are_not_open_are_dropped() {
        let mut files = Files::default();
        let a = uri("untitled:Untitled-1");
        assert!(files.change(&a, 1, vec![change(None, "x")]).is_none());
        assert!(files.close(&a).is_none());
        files.open(a.clone(), 1, String::new());
        assert!(files.change(&a, 2, vec![change(None, "x")]).is_some());
        files.close(&a).unwrap();
        let frozen = files.freeze();
        assert!(frozen.set.is_empty());
        assert!(files.table().by_uri(&a).is_none());
    }

    #[test]
    fn the_editor_counts_before_the_disk() {
        let mut files = Files::default();
        let a = uri("file:///w/a.ko");
        files.disk("/w/a.ko".into(), "disk".into());
        files.open(a.clone(), 1, "editor".into());
        files.disk("/w/a.ko".into(), "disk again".into());
        files.disk_removed(Path::new("/w"));
        files.freeze();
        assert_eq!(&*files.table().by_uri(&a).unwrap().text, "editor");
        let other = uri("file:///w/%61.ko");
        assert!(files.table().by_uri(&other).is_some(), "another way to write the same address");
    }
}
