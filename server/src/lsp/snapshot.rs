//! What a request reads: one moment of the database, the files and what the client agreed on.

use std::sync::Arc;

use ko_queries::database::RootDatabase;
use ls_types::Uri;

use super::{
    captured::Captured,
    clusters::Live,
    files::{File, FileTable},
    pool::Failure,
    settings::Settings,
    token_cache::TokenCache,
};

/// One moment of everything. It must not be kept: a write waits until it is dropped.
pub(crate) struct Snapshot {
    /// The database.
    pub(crate) db: RootDatabase,
    /// The files.
    pub(crate) files: Arc<FileTable>,
    /// What the client can do and wants.
    pub(crate) settings: Arc<Settings>,
    /// Values of past runs.
    pub(crate) captured: Arc<Captured>,
    /// The semantic tokens that the client has.
    pub(crate) tokens: Arc<TokenCache>,
    /// What can be asked of the cluster that the editor is connected to.
    pub(crate) live: Option<Arc<Live>>,
    /// Whether files of the workspace may still be missing, so that a name without definition means nothing.
    pub(crate) loading: bool,
}

impl Snapshot {
    /// The file at an address.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn file(&self, uri: &Uri) -> Result<&File, Failure> {
        self.files.by_uri(uri).map(|file| &**file).ok_or_else(|| {
            Failure::Refused(format!("there is no open or saved Ko file at {}", uri.as_str()))
        })
    }
}
