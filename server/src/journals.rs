//! The journals of runs, where they are kept: one file each, in the user's state folder, readable for the user alone. The
//! oldest are thrown away.

use std::{
    fs, io,
    io::{BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use anyhow::{Context, Result, bail};
use jiff::{Timestamp, tz::TimeZone};
use ko_evaluator::{
    cluster::Cluster,
    event::Observer,
    journal::{self, Header, Journal, MAX_TEXT, Record},
    print::short,
    run::Entry,
};
use ko_queries::program::Program;

use crate::{packages::project_folder, state};

/// So many journals are kept.
const KEPT: usize = 200;

/// How the names of journals end.
const EXTENSION: &str = "jsonl";

/// Set to `off`, it keeps journals from being written.
const SWITCH: &str = "KO_JOURNAL";

/// A journal that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// What people call it: the time at which its run began, and some letters.
    pub(crate) id: String,
    path: PathBuf,
}

impl Kept {
    /// Its records.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub(crate) fn read(&self) -> Result<Vec<Record>> {
        let file = fs::File::open(&self.path).and_then(|file| journal::read(BufReader::new(file)));
        file.with_context(|| format!("cannot read {}", self.path.display()))
    }
}

/// What is run, for the journal: a function with its arguments, against `target`, of the project that `path` is part of. Its
/// beginning is now.
fn header(entry: &Entry, target: String, path: &Path, current: &Path) -> Header {
    let (key, arguments) = (&entry.function, &entry.arguments);
    let arguments = arguments.iter().map(|(name, value)| {
        (name.as_ref().map(ToString::to_string).unwrap_or_default(), short(value, MAX_TEXT))
    });
    Header {
        ko: env!("CARGO_PKG_VERSION").to_owned(),
        package: key.package.to_string(),
        function: key.name.to_string(),
        target,
        selection: entry.selection.is_some(),
        folder: project_folder(path, current).display().to_string(),
        arguments: arguments.collect(),
        began: Timestamp::now().to_string(),
    }
}

/// Begins the journal of a run of a program at `path`; `None` if the user wants none, or if it cannot be written: that keeps
/// nobody from running, so `warn` is told why, and the run goes on. Relative paths are below `current`.
pub(crate) fn begin(
    program: &Arc<Program>,
    entry: &Entry,
    cluster: Arc<dyn Cluster>,
    next: Arc<dyn Observer>,
    (target, path, current): (String, &Path, &Path),
    warn: impl FnOnce(anyhow::Error),
) -> Option<Arc<Journal>> {
    let path = current.join(path);
    let path = path.canonicalize().unwrap_or(path);
    let header = header(entry, target, &path, current);
    create_journal(program.clone(), cluster, next, header).unwrap_or_else(|error| {
        warn(error);
        None
    })
}

/// # Errors
///
/// When no file can be made for it.
fn create_journal(
    program: Arc<Program>,
    cluster: Arc<dyn Cluster>,
    next: Arc<dyn Observer>,
    header: Header,
) -> Result<Option<Arc<Journal>>> {
    if std::env::var_os(SWITCH).is_some_and(|value| value == "off") {
        return Ok(None);
    }
    let folder = state::folder("runs")?;
    let file = create(&folder).with_context(|| {
        format!("no journal can be written in {} ({SWITCH}=off does without)", folder.display())
    })?;
    // What is thrown away is not worth a failure.
    let _ = prune(&folder);
    let out: Box<dyn Write + Send> = Box::new(BufWriter::new(file));
    Ok(Some(Arc::new(Journal::new(program, Some(cluster), next, out, header))))
}

fn create(folder: &std::path::Path) -> io::Result<fs::File> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    builder.create(folder)?;
    let now = Timestamp::now();
    let time = now.to_zoned(TimeZone::UTC).strftime("%Y%m%d-%H%M%S").to_string();
    let mut salt = now.subsec_nanosecond() as u32 ^ std::process::id();
    loop {
        let path = folder.join(format!("{time}-{:04x}.{EXTENSION}", salt & 0xffff));
        match options.open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                salt = salt.wrapping_add(1);
            }
            result => return result,
        }
    }
}

/// The journals that are kept, the newest first.
///
/// # Errors
///
/// When their folder cannot be read; if there is none yet, there are no journals.
pub(crate) fn list() -> Result<Vec<Kept>> {
    let folder = state::folder("runs")?;
    list_in(&folder).with_context(|| format!("cannot read {}", folder.display()))
}

fn list_in(folder: &std::path::Path) -> io::Result<Vec<Kept>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut all = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let Some(id) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            all.push(Kept { id: id.to_owned(), path });
        }
    }
    all.sort_by(|a, b| (modified(b), &b.id).cmp(&(modified(a), &a.id)));
    Ok(all)
}

fn modified(kept: &Kept) -> Option<SystemTime> {
    fs::metadata(&kept.path).and_then(|it| it.modified()).ok()
}

/// The journal whose id begins so, or `last`.
///
/// # Errors
///
/// When there is none, or more than one.
pub(crate) fn find(id: &str) -> Result<Kept> {
    let all = list()?;
    if id == "last" {
        return all.into_iter().next().context("there is no run yet: `ko run` makes one");
    }
    let mut fits = all.into_iter().filter(|kept| kept.id.starts_with(id));
    match (fits.next(), fits.next()) {
        (Some(kept), None) => Ok(kept),
        (None, _) => bail!("there is no run {id:?}; `ko runs --all` lists them"),
        (Some(a), Some(b)) => bail!("{id:?} is the beginning of {} and {}", a.id, b.id),
    }
}

/// Throws all journals away; how many there were.
///
/// # Errors
///
/// When one cannot be removed.
pub(crate) fn clear() -> Result<usize> {
    let all = list()?;
    for kept in &all {
        fs::remove_file(&kept.path)
            .with_context(|| format!("cannot remove {}", kept.path.display()))?;
    }
    Ok(all.len())
}

fn prune(folder: &std::path::Path) -> io::Result<()> {
    for kept in list_in(folder)?.into_iter().skip(KEPT) {
        fs::remove_file(kept.path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_thrown_away() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("runs");
        for _ in 0..KEPT + 5 {
            create(&folder).unwrap();
        }
        assert_eq!(list_in(&folder).unwrap().len(), KEPT + 5, "every name is new");
        prune(&folder).unwrap();
        assert_eq!(list_in(&folder).unwrap().len(), KEPT);
        assert!(list_in(&folder.join("none")).unwrap().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = create(&folder.path().join("runs")).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
