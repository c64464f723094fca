//! The database: which files there are, in which packages, and what Kubernetes looks like.
//!
//! Everything else in this crate is computed from these inputs. One thread owns the database and writes; readers work
//! on clones, which a write cancels (salsa unwinds them with [`salsa::Cancelled`]). Nothing here reads a disk.

use std::{collections::BTreeMap, sync::Arc};

use dashmap::DashMap;
use ecow::{EcoString, eco_format};
use ko_schema::Schema;
use salsa::{Durability, Setter};

pub use crate::inputs::{GroupVersion, Package, SourceFile, World};
use crate::{diagnostic::FileId, kubernetes, library, projects::Place, recent::Recent};

/// The source of the idioms (specification §7.3), which every package sees.
const IDIOMS: &str = include_str!("lib_ko/idiom.ko");

/// The path of the package of the idioms.
pub const IDIOM_PACKAGE: &str = "idiom";

/// What the paths of the files of the library begin with: they have URIs of this scheme.
pub const LIBRARY_SCHEME: &str = "ko-library:";

/// The file that the idioms stand in. No file of a caller has this id.
pub const IDIOM_FILE: FileId = FileId(u32::MAX);

/// The file that an expression without file stands in (see [`crate::link::program_for_expression`]). No file of a
/// caller has this id.
pub const EXPRESSION_FILE: FileId = FileId(u32::MAX - 1);

/// What queries ask of a database.
#[salsa::db]
pub trait Db: salsa::Database {
    /// The file with this id, unless it was never set or has been removed.
    fn source_file(&self, id: FileId) -> Option<SourceFile>;

    /// The Kubernetes API. A query that looks at it does not depend on it by that, and has to depend on the groups and
    /// versions that it looks at: see [`Db::group_version`].
    fn kubernetes(&self) -> &Schema;

    /// The input of a group and version, by its name as `apiVersion` has it.
    fn group_version(&self, name: &str) -> Option<GroupVersion>;

    /// What was found in texts before they changed.
    fn recent(&self) -> &Recent;
}

/// The database. Clones share everything and may go to other threads; writing waits until they are gone.
#[salsa::db]
#[derive(Clone)]
pub struct RootDatabase {
    storage: salsa::Storage<Self>,
    files: Arc<DashMap<FileId, Entry>>,
    /// All packages there ever were, so that their inputs are reused.
    packages: Arc<DashMap<EcoString, Package>>,
    /// The same as that of [`World`].
    schema: Schema,
    /// The groups and versions that were ever asked for.
    group_versions: Arc<DashMap<EcoString, GroupVersion>>,
    recent: Arc<Recent>,
    /// The minor version of Kubernetes that the caller has said.
    kubernetes_minor: Option<u32>,
    /// That of the schema, if it is not the first one, which is not looked into before somebody asks.
    schema_minor: Option<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    source: SourceFile,
    /// Whether the file is there. One that was removed is kept, so that its input is reused when it comes back.
    live: bool,
}

#[salsa::db]
impl salsa::Database for RootDatabase {}

#[salsa::db]
impl Db for RootDatabase {
    fn source_file(&self, id: FileId) -> Option<SourceFile> {
        self.files.get(&id).filter(|entry| entry.live).map(|entry| entry.source)
    }

    fn kubernetes(&self) -> &Schema {
        &self.schema
    }

    fn group_version(&self, name: &str) -> Option<GroupVersion> {
        if let Some(known) = self.group_versions.get(name) {
            return Some(*known);
        }
        // Made when first asked for: to know them all the schema has to be unpacked, and most programs never ask.
        if !self.schema.group_versions().iter().any(|it| it == name) {
            return None;
        }
        let new = || GroupVersion::builder(name.into(), 0).durability(Durability::HIGH).new(self);
        Some(*self.group_versions.entry(name.into()).or_insert_with(new))
    }

    fn recent(&self) -> &Recent {
        &self.recent
    }
}

impl RootDatabase {
    /// A database with the idioms, the library and no other file.
    pub fn new(schema: Schema) -> RootDatabase {
        RootDatabase::build(schema, None)
    }

    /// As [`RootDatabase::new`], calling `event` on everything that salsa does. For tests and statistics: it is called
    /// often, from any thread.
    pub fn with_events(
        schema: Schema,
        event: impl Fn(salsa::Event) + Send + Sync + 'static,
    ) -> RootDatabase {
        RootDatabase::build(schema, Some(Box::new(event)))
    }

    fn build(
        schema: Schema,
        event: Option<Box<dyn Fn(salsa::Event) + Send + Sync + 'static>>,
    ) -> RootDatabase {
        let db = RootDatabase {
            storage: salsa::Storage::new(event),
            files: Arc::default(),
            packages: Arc::default(),
            schema: schema.clone(),
            group_versions: Arc::default(),
            recent: Arc::default(),
            kubernetes_minor: None,
            schema_minor: None,
        };
        let package = Package::builder(IDIOM_PACKAGE.into(), None, Arc::from([]));
        let idioms = package.durability(Durability::HIGH).new(&db);
        let library = db.library();
        let by_path = library.iter().map(|(path, (package, _))| (path.clone(), *package));
        let by_path = Arc::new(by_path.collect::<BTreeMap<_, _>>());
        // A singleton: found by `World::get`.
        let _ = World::builder(Arc::default(), Arc::default(), idioms, by_path, schema, None)
            .library_durability(Durability::HIGH)
            .packages_durability(Durability::MEDIUM)
            .placed_durability(Durability::MEDIUM)
            .idioms_durability(Durability::HIGH)
            .schema_durability(Durability::HIGH)
            .kubernetes_minor_durability(Durability::HIGH)
            .new(&db);
        let source = SourceFile::builder(IDIOM_FILE, EcoString::new(), idioms, IDIOMS.into())
            .durability(Durability::HIGH)
            .new(&db);
        db.files.insert(IDIOM_FILE, Entry { source, live: true });
        let mut db = db;
        for (package, files) in library.into_values() {
            package.set_files(&mut db).with_durability(Durability::HIGH).to(files.into());
        }
        idioms.set_files(&mut db).with_durability(Durability::HIGH).to(Arc::from([source]));
        db
    }

    /// The packages of the library, which never change. Their texts are not parsed here.
    fn library(&self) -> BTreeMap<EcoString, (Package, Vec<SourceFile>)> {
        let mut packages: BTreeMap<EcoString, (Package, Vec<SourceFile>)> = BTreeMap::new();
        for (index, (short, name, text)) in library::SOURCES.iter().enumerate() {
            let (package, files) = packages.entry((*short).into()).or_insert_with(|| {
                let path = eco_format!("{}{short}", library::LIBRARY_PREFIX);
                let package = Package::builder(path, None, Arc::from([]));
                (package.durability(Durability::HIGH).new(self), Vec::new())
            });
            let (id, path) =
                (library::file_id(index), eco_format!("{LIBRARY_SCHEME}/{short}/{name}"));
            let source = SourceFile::builder(id, path, *package, Arc::from(*text))
                .durability(Durability::HIGH)
                .new(self);
            files.push(source);
            self.files.insert(id, Entry { source, live: true });
        }
        packages
    }

    /// Makes the file `id` have this path, package and text; it need not exist before. `path` is what messages call
    /// the file; `package` is the path of its package, as imports write it. Files that do not change cost nothing.
    /// The greatest ids are not the caller's (see [`library::is_own_file`]): setting them does nothing.
    pub fn set_file(&mut self, id: FileId, path: &str, package: &str, text: Arc<str>) {
        if library::is_own_file(id) {
            return;
        }
        let package = self.package_input(package.trim_end_matches('/'));
        let existing = self.files.get(&id).map(|entry| *entry);
        let Some(Entry { source, live }) = existing else {
            let source = SourceFile::new(self, id, path.into(), package, text);
            self.files.insert(id, Entry { source, live: true });
            self.add_to_package(package, source);
            return;
        };
        if *source.text(self) != *text {
            source.set_text(self).to(text);
        }
        let old = source.package(self);
        let moved = source.path(self) != path || old != package || !live;
        if moved {
            if live {
                self.remove_from_package(old, source);
            }
            source.set_path(self).to(path.into());
            source.set_package(self).to(package);
            self.files.insert(id, Entry { source, live: true });
            self.add_to_package(package, source);
        }
    }

    /// Says where a package is, by its name in the world, and whether it is anywhere at all: only in a world of several
    /// projects, see [`crate::projects`]. It keeps its place when its files are gone.
    pub fn place_package(&mut self, package: &str, place: Option<Arc<Place>>) {
        let package = self.package_input(package.trim_end_matches('/'));
        if package.place(self) != place {
            let known = !package.files(self).is_empty();
            if known {
                self.set_placed(package, false);
            }
            package.set_place(self).with_durability(Durability::MEDIUM).to(place);
            if known {
                self.set_placed(package, true);
            }
        }
    }

    /// Lists a package where imports find it by its place, or takes it out.
    fn set_placed(&mut self, package: Package, listed: bool) {
        let Some(place) = package.place(self) else { return };
        let world = World::get(self);
        let mut placed = world.placed(self);
        let map = Arc::make_mut(&mut placed);
        for (root, path) in &place.at {
            let all = map.entry(path.clone()).or_default();
            all.retain(|it| it.1 != package || it.0 != *root);
            if listed {
                all.push((root.clone(), package));
            }
            if all.is_empty() {
                map.remove(path);
            }
        }
        world.set_placed(self).with_durability(Durability::MEDIUM).to(placed);
    }

    /// Takes a file away. Unknown ids are ignored.
    pub fn remove_file(&mut self, id: FileId) {
        let Some(source) = self.source_file(id).filter(|_| !library::is_own_file(id)) else {
            return;
        };
        let package = source.package(self);
        self.remove_from_package(package, source);
        source.set_text(self).to(Arc::from(""));
        self.files.insert(id, Entry { source, live: false });
    }

    /// Replaces the Kubernetes API. An equal one costs nothing; of another one only the functions are typed again that use
    /// a group and version which is not the same, as long as the ids of the others stay.
    pub fn set_schema(&mut self, schema: Schema) {
        let world = World::get(self);
        if world.schema(self) == schema {
            return;
        }
        let old = std::mem::replace(&mut self.schema, schema.clone());
        let known: Vec<GroupVersion> = self.group_versions.iter().map(|it| *it).collect();
        for group_version in known {
            if !kubernetes::is_same(&old, &schema, &group_version.name(self)) {
                let next = group_version.revision(self).wrapping_add(1);
                group_version.set_revision(self).with_durability(Durability::HIGH).to(next);
            }
        }
        world.set_schema(self).with_durability(Durability::HIGH).to(schema);
        self.schema_minor = ko_schema::minor(self.schema.version());
        self.update_kubernetes_version();
    }

    /// Checks programs against this minor version of Kubernetes 1, whatever version the schema is of; or against that one
    /// again. See [`crate::availability`].
    pub fn set_kubernetes_version(&mut self, minor: Option<u32>) {
        self.kubernetes_minor = minor;
        self.update_kubernetes_version();
    }

    fn update_kubernetes_version(&mut self) {
        let minor = self.kubernetes_minor.or(self.schema_minor);
        let world = World::get(self);
        if world.kubernetes_minor(self) != minor {
            world.set_kubernetes_minor(self).with_durability(Durability::HIGH).to(minor);
        }
    }

    /// The Kubernetes API.
    pub fn schema(&self) -> Schema {
        World::get(self).schema(self)
    }

    /// The ids of all files, in order, without those of the idioms and the library.
    pub fn file_ids(&self) -> Vec<FileId> {
        let live =
            self.files.iter().filter(|entry| entry.live && !library::is_own_file(*entry.key()));
        let mut ids: Vec<_> = live.map(|entry| *entry.key()).collect();
        ids.sort_unstable();
        ids
    }

    /// The text of a file; nothing for an unknown one.
    pub fn text(&self, id: FileId) -> Option<Arc<str>> {
        Some(self.source_file(id)?.text(self))
    }

    /// The path of a file, as the caller gave it; nothing for an unknown one.
    pub fn path(&self, id: FileId) -> Option<EcoString> {
        Some(self.source_file(id)?.path(self))
    }

    /// The path of the package of a file; nothing for an unknown one.
    pub fn package(&self, id: FileId) -> Option<EcoString> {
        Some(self.source_file(id)?.package(self).path(self))
    }

    /// Where the package of a file is, if it has a place; see [`RootDatabase::place_package`].
    pub fn place(&self, id: FileId) -> Option<Arc<Place>> {
        self.source_file(id)?.package(self).place(self)
    }

    /// The names of the packages that have files, in order, without those of the idioms and the library.
    pub fn packages(&self) -> Vec<EcoString> {
        World::get(self).packages(self).keys().cloned().collect()
    }

    /// The files of a package in the order of their paths; none for an unknown package.
    pub fn package_files(&self, package: &str) -> Vec<FileId> {
        let package = World::get(self).packages(self).get(package).copied();
        let files = package.map(|package| package.files(self));
        files.iter().flat_map(|files| files.iter()).map(|file| file.id(self)).collect()
    }

    /// Forgets values that can be computed again, when memory is short.
    pub fn evict(&mut self) {
        salsa::Database::trigger_lru_eviction(self);
    }

    fn package_input(&self, path: &str) -> Package {
        let new = || {
            let package = Package::builder(path.into(), None, Arc::from([]));
            package.durability(Durability::MEDIUM).path_durability(Durability::HIGH).new(self)
        };
        *self.packages.entry(path.into()).or_insert_with(new)
    }

    fn add_to_package(&mut self, package: Package, file: SourceFile) {
        let mut files = package.files(self).to_vec();
        files.push(file);
        files.sort_by_cached_key(|file| (file.path(self), file.id(self)));
        self.set_package_files(package, files);
    }

    fn remove_from_package(&mut self, package: Package, file: SourceFile) {
        let mut files = package.files(self).to_vec();
        files.retain(|other| *other != file);
        self.set_package_files(package, files);
    }

    fn set_package_files(&mut self, package: Package, files: Vec<SourceFile>) {
        let exists = !files.is_empty();
        package.set_files(self).with_durability(Durability::MEDIUM).to(files.into());
        let world = World::get(self);
        let path = package.path(self);
        let mut packages = world.packages(self);
        if packages.contains_key(&path) != exists {
            if exists {
                Arc::make_mut(&mut packages).insert(path, package);
            } else {
                Arc::make_mut(&mut packages).remove(&path);
            }
            world.set_packages(self).with_durability(Durability::MEDIUM).to(packages);
            self.set_placed(package, exists);
        }
    }
}
