//! The thread that owns the database: the only one that writes.
//!
//! It takes messages in the order in which they came. Edits are collected; before the next question is answered, or when
//! nothing more is waiting, they become visible all at once. A question gets a snapshot of that moment and goes to the
//! [`Pool`]. Nothing here computes or waits for anybody, except for readers to notice that they are outdated.

use std::{
    collections::{BTreeSet, HashSet},
    path::PathBuf,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender};
use ko_queries::database::RootDatabase;
use ls_types::Uri;

use super::{
    captured::{Captured, CapturedStep},
    clusters::Session,
    diagnostics::{Diagnosed, Publisher},
    files::{Files, TextChange, library_file},
    manifests::Manifests,
    outbox::{Outbox, Outgoing},
    pool::{Job, Pool, STACK_SIZE, Stop, Task, Urgency},
    run_settings::RunSettings,
    runs::{RunOrder, Runs, Surroundings},
    settings::Settings,
    snapshot::Snapshot,
    token_cache::TokenCache,
    transport::Notifier,
};
use crate::packages::{
    LoadedFile, MANIFEST, Roots, projects_below, read, read_directory, read_tree,
};

/// Something for the main loop to do.
pub(crate) enum Message {
    /// The client has said who it is.
    Initialize(Settings),
    /// A text was opened.
    Open { uri: Uri, version: i32, text: String },
    /// An open text was changed.
    Change { uri: Uri, version: i32, changes: Vec<TextChange> },
    /// A text was closed.
    Close { uri: Uri },
    /// Files changed on the disk.
    Disk(Vec<PathBuf>),
    /// The folders of the workspace changed.
    Folders { added: Vec<PathBuf>, removed: Vec<PathBuf> },
    /// Files were read from the disk.
    Loaded(Vec<LoadedFile>),
    /// A scan of folders has ended.
    Scanned,
    /// Folders within those of the workspace that have a `ko.toml`.
    Projects(Vec<PathBuf>),
    /// A question.
    Query(Query),
    /// Diagnostics were computed.
    Diagnosed(Diagnosed),
    /// What runs may do is set anew.
    RunSettings(RunSettings),
    /// The user wants other hints between the characters.
    HintSettings(ko_ide::InlayHintConfig),
    /// A function is to be run.
    Run(RunOrder),
    /// The sandbox is to be emptied; the sender is told when it is.
    ResetSandbox(tokio::sync::oneshot::Sender<()>),
    /// A run left values of the steps of a function.
    Captured(CapturedValues),
    /// The Kubernetes API is another one from now on, and runs may go to this cluster.
    Cluster(ko_schema::Schema, Option<Arc<Session>>),
    /// It is known now what the user may do on the cluster.
    RulesKnown,
    /// Somebody wants to know where the memory is.
    Memory(tokio::sync::oneshot::Sender<crate::memory::Report>),
}

/// A question of the client, in its place among the edits.
pub(crate) struct Query {
    /// How long the client can wait.
    pub(crate) urgency: Urgency,
    /// What computes the answer.
    pub(crate) job: Box<dyn Job>,
    /// How to stop that.
    pub(crate) stop: Stop,
}

/// The values that a run gave to the steps of one function.
pub(crate) struct CapturedValues {
    /// The address of its file.
    pub(crate) uri: Uri,
    /// The version of the file that ran.
    pub(crate) text: Arc<str>,
    /// The function.
    pub(crate) function: String,
    /// Where it stood.
    pub(crate) range: text_size::TextRange,
    /// Its steps.
    pub(crate) steps: Vec<CapturedStep>,
}

/// How long edits without a break may hold up what is not waited for.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Starts the main loop. It ends when all senders of messages are gone.
///
/// # Errors
/// When the operating system gives no threads.
pub(crate) fn start(
    sender: Sender<Message>,
    receiver: Receiver<Message>,
    outbox: Outbox,
    notifier: Notifier,
) -> std::io::Result<()> {
    let pool = Pool::start()?;
    let runs = Runs::start(notifier, sender.clone())?;
    thread::Builder::new().name("ko-main".to_owned()).stack_size(STACK_SIZE).spawn(move || {
        let mut main = MainLoop {
            db: RootDatabase::new(ko_schema::Schema::builtin().clone()),
            files: Files::default(),
            pool,
            publisher: Publisher::new(outbox.clone(), sender.clone()),
            runs,
            sender,
            outbox,
            settings: Arc::default(),
            captured: Arc::default(),
            session: None,
            tokens: Arc::default(),
            scans: 0,
            directories: HashSet::new(),
            projects: BTreeSet::new(),
            manifests: Manifests::default(),
        };
        while let Ok(message) = receiver.recv() {
            main.handle(message);
            // What is waiting already, and, while nobody waits for diagnostics, what follows at once.
            let until = Instant::now() + LONGEST_PAUSE;
            let pause = |main: &MainLoop| main.publisher.pause(&main.settings);
            while let Ok(message) = receiver.try_recv().or_else(|_| match pause(&main) {
                Some(pause) if Instant::now() < until => receiver.recv_timeout(pause).map_err(drop),
                _ => Err(()),
            }) {
                main.handle(message);
            }
            main.settle();
        }
    })?;
    Ok(())
}

struct MainLoop {
    db: RootDatabase,
    files: Files,
    pool: Pool,
    publisher: Publisher,
    runs: Runs,
    sender: Sender<Message>,
    outbox: Outbox,
    settings: Arc<Settings>,
    captured: Arc<Captured>,
    tokens: Arc<TokenCache>,
    /// The cluster that the editor is connected to.
    session: Option<Arc<Session>>,
    /// Scans under way.
    scans: usize,
    /// Directories outside of the roots that were read because a file of theirs is open.
    directories: HashSet<PathBuf>,
    /// Folders within those of the workspace that have, or had, a `ko.toml`.
    projects: BTreeSet<PathBuf>,
    manifests: Manifests,
}

impl MainLoop {
    fn handle(&mut self, message: Message) {
        match message {
            Message::Initialize(settings) => self.initialize(settings),
            // Their texts are known, and do not change.
            Message::Open { uri, .. } | Message::Change { uri, .. } | Message::Close { uri }
                if super::files::is_virtual(&uri) => {}
            Message::Open { uri, version, text } => self.open(uri, version, text),
            Message::Change { uri, version, changes } => {
                match self.files.change(&uri, version, changes) {
                    Some(id) => self.publisher.edited(id),
                    None => tracing::warn!("an edit of {} is dropped: not open", uri.as_str()),
                }
            }
            Message::Close { uri } => {
                if let Some(id) = self.files.close(&uri) {
                    self.publisher.closed(id, uri);
                }
            }
            Message::Disk(paths) => self.disk(paths),
            Message::Folders { added, removed } => self.folders(added, &removed),
            Message::Loaded(files) => self.load(files),
            Message::Scanned => self.scanned(),
            Message::Projects(folders) => {
                if !folders.iter().all(|folder| self.projects.contains(folder)) {
                    self.projects.extend(folders);
                    self.find_roots();
                }
                self.scanned();
            }
            Message::Query(query) => self.query(query),
            Message::Diagnosed(diagnosed) => {
                let version = self.files.version(diagnosed.file);
                self.publisher.publish(diagnosed, version, &self.settings);
            }
            Message::RunSettings(run) => Arc::make_mut(&mut self.settings).run = run,
            Message::HintSettings(hints) => {
                Arc::make_mut(&mut self.settings).hints.config = hints;
                if self.settings.refreshes_hints {
                    self.outbox.send(Outgoing::RefreshHints);
                }
            }
            Message::Run(order) => {
                self.freeze();
                Arc::make_mut(&mut self.captured).remember_arguments(
                    &order.uri,
                    &order.function,
                    &order.arguments,
                );
                let surroundings = Surroundings {
                    files: self.files.table(),
                    roots: self.files.roots().clone(),
                    settings: self.settings.run.clone(),
                    session: self.session.clone(),
                };
                self.runs.run(order, surroundings);
            }
            Message::ResetSandbox(done) => {
                Arc::make_mut(&mut self.captured).clear();
                self.runs.reset(done);
            }
            Message::Captured(values) => self.capture(values),
            Message::Cluster(schema, session) => {
                self.session = session;
                self.db.set_schema(schema);
                self.loaded();
            }
            Message::RulesKnown => {
                self.publisher.everything_changed();
                if self.settings.pulls_diagnostics {
                    self.outbox.send(Outgoing::RefreshDiagnostics);
                }
            }
            Message::Memory(reply) => {
                self.freeze();
                // Who asked may have gone.
                let _ = reply.send(crate::memory::Report::of(&mut self.db));
                // It cancelled what was under way.
                self.publisher.world_changed();
            }
        }
    }

    fn initialize(&mut self, settings: Settings) {
        if settings.virtual_documents {
            let files = ko_ide::library_files(&self.db);
            self.files.set_library(files.into_iter().filter_map(|it| {
                Some(library_file(
                    it.file,
                    it.uri.parse().ok()?,
                    it.package,
                    self.db.text(it.file)?,
                ))
            }));
        }
        let folders = settings.folders.clone();
        self.settings = Arc::new(settings);
        self.find_roots();
        self.find_projects(folders);
    }

    /// Takes over where the packages of the workspace are: reads the roots that are new, forgets those that are gone.
    fn find_roots(&mut self) {
        let mut roots = Roots::with_kopath();
        for folder in &self.settings.folders {
            roots.add_workspace_folder(folder);
        }
        for folder in &self.projects {
            roots.add_project_around(folder);
        }
        let encoding = self.settings.encoding;
        self.manifests.publish(&roots.manifests, encoding, &self.outbox);
        let old = self.files.roots().clone();
        if old.kubernetes() != roots.kubernetes() {
            self.db.set_kubernetes_version(roots.kubernetes());
            self.publisher.world_changed();
        }
        self.files.configure(roots.clone(), encoding);
        let mut known: Vec<PathBuf> = Vec::new();
        for root in old.all() {
            if roots.contain(root) {
                known.push(root.clone());
            } else {
                self.files.disk_removed(root);
            }
        }
        let mut new = Vec::new();
        for root in roots.all() {
            if !known.iter().any(|above| root.starts_with(above)) {
                known.push(root.clone());
                new.push(root.clone());
            }
        }
        self.scan(new);
    }

    /// Looks for projects below these directories, on a thread of its own; they come back as a message.
    fn find_projects(&mut self, directories: Vec<PathBuf>) {
        let sender = self.sender.clone();
        let scan = thread::Builder::new().name("ko-projects".to_owned()).spawn(move || {
            let found = directories.iter().flat_map(|it| projects_below(it)).collect();
            let _ = sender.send(Message::Projects(found));
        });
        match scan {
            Ok(_) => self.scans += 1,
            Err(error) => tracing::error!("the folders cannot be read: {error}"),
        }
    }

    fn scanned(&mut self) {
        self.scans = self.scans.saturating_sub(1);
        if self.scans == 0 {
            self.loaded();
        }
    }

    /// Reads directories on a thread of its own; the files come back as messages.
    fn scan(&mut self, directories: Vec<PathBuf>) {
        let sender = self.sender.clone();
        let scan = thread::Builder::new().name("ko-scan".to_owned()).spawn(move || {
            for directory in directories {
                read_tree(&directory, |files| drop(sender.send(Message::Loaded(files))));
            }
            let _ = sender.send(Message::Scanned);
        });
        match scan {
            Ok(_) => self.scans += 1,
            Err(error) => tracing::error!("the folders cannot be read: {error}"),
        }
    }

    /// Everything that the scans had to find is there.
    fn loaded(&mut self) {
        self.publisher.everything_changed();
        if self.settings.pulls_diagnostics {
            self.outbox.send(Outgoing::RefreshDiagnostics);
        }
        if self.settings.refreshes_tokens {
            self.outbox.send(Outgoing::RefreshTokens);
        }
        if self.settings.refreshes_hints {
            self.outbox.send(Outgoing::RefreshHints);
        }
        let lenses = self.settings.lenses || self.settings.references_lens;
        if self.settings.refreshes_lenses && lenses {
            self.outbox.send(Outgoing::RefreshLenses);
        }
    }

    fn open(&mut self, uri: Uri, version: i32, text: String) {
        if let Some(path) = super::files::path_of(&uri)
            && let Some(directory) = path.parent()
        {
            // A file that is opened from nowhere still is part of a package: its directory.
            let outside = !self.files.roots().contain(directory);
            if outside && self.directories.insert(directory.to_owned()) {
                self.load(read_directory(directory));
            }
        }
        let id = self.files.open(uri, version, text);
        self.publisher.opened(id);
    }

    fn disk(&mut self, paths: Vec<PathBuf>) {
        let of_workspace = |path: &PathBuf| {
            let folders = &self.settings.folders;
            let above = path.parent().unwrap_or(path);
            let related = |it: &PathBuf| path.starts_with(it) || it.starts_with(above);
            folders.iter().any(related)
        };
        let manifest = |path: &&PathBuf| path.file_name().is_some_and(|name| name == MANIFEST);
        let changed: Vec<_> = paths.iter().filter(manifest).filter(|it| of_workspace(it)).collect();
        if !changed.is_empty() {
            self.projects
                .extend(changed.into_iter().filter_map(|it| Some(it.parent()?.to_owned())));
            self.find_roots();
        }
        if self.files.roots().all().nth(1).is_some() {
            // A directory in one root may hide one in another from now on, or no longer.
            self.files.configure(self.files.roots().clone(), self.settings.encoding);
        }
        for path in paths {
            // A client may tell of anything; what is none of ours must not make us read it.
            let parent = path.parent().unwrap_or(&path);
            if !self.files.roots().contain(&path) && !self.directories.contains(parent) {
                continue;
            }
            if path.is_dir() {
                self.find_projects(vec![path.clone()]);
                self.scan(vec![path]);
            } else if !path.exists() {
                self.files.disk_removed(&path);
            } else if crate::packages::is_source(&path) {
                let text = read(&path);
                self.load(vec![LoadedFile { path, text }]);
            }
        }
    }

    fn folders(&mut self, added: Vec<PathBuf>, removed: &[PathBuf]) {
        let mut settings = Settings::clone(&self.settings);
        settings.folders.retain(|folder| !removed.contains(folder));
        settings.folders.extend(added.iter().cloned());
        self.settings = Arc::new(settings);
        for folder in removed {
            self.files.disk_removed(folder);
            self.projects.retain(|project| !project.starts_with(folder));
        }
        self.find_roots();
        self.scan(added.clone());
        self.find_projects(added);
    }

    fn load(&mut self, files: Vec<LoadedFile>) {
        for file in files {
            match file.text {
                Ok(text) => self.files.disk(file.path, text),
                Err(error) => {
                    tracing::warn!("{}: {error}", file.path.display());
                    self.files.disk_removed(&file.path);
                }
            }
        }
    }

    fn query(&mut self, query: Query) {
        if query.stop.is_stopped() {
            return;
        }
        self.freeze();
        let snapshot = self.snapshot();
        self.pool.submit(query.urgency, Task { snapshot, job: query.job, stop: query.stop });
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot {
            db: self.db.clone(),
            files: self.files.table(),
            settings: self.settings.clone(),
            captured: self.captured.clone(),
            tokens: self.tokens.clone(),
            live: self.session.as_ref().map(|it| it.live.clone()),
            loading: self.scans > 0,
        }
    }

    /// Makes all edits so far visible. The inputs of the database are set once, however many edits there were.
    fn freeze(&mut self) {
        let frozen = self.files.freeze();
        for id in frozen.removed {
            self.db.remove_file(id);
            self.publisher.world_changed();
        }
        for file in frozen.set {
            let same = self.db.text(file.id).is_some_and(|text| text == file.text)
                && self.db.package(file.id).is_some_and(|package| package == *file.package)
                && self.db.place(file.id) == file.place;
            if !same {
                self.db.set_file(file.id, &file.name(), &file.package, file.text.clone());
                self.db.place_package(&file.package, file.place.clone());
                self.publisher.world_changed();
            }
        }
    }

    /// Nothing more is waiting: brings diagnostics up to date.
    fn settle(&mut self) {
        self.freeze();
        let Some(jobs) = self.publisher.due() else { return };
        for job in jobs {
            let stop = Stop::default();
            let (job, snapshot) = (Box::new(job), self.snapshot());
            self.pool.submit(Urgency::Low, Task { snapshot, job, stop });
        }
    }

    fn capture(&mut self, values: CapturedValues) {
        self.freeze();
        let table = self.files.table();
        let Some(file) = table.by_uri(&values.uri) else { return };
        Arc::make_mut(&mut self.captured).set(
            file.id,
            &values.text,
            &values.function,
            values.range,
            values.steps,
        );
    }
}
