//! The folder in which the program keeps what belongs to the user and not to a project.

use std::path::PathBuf;

use anyhow::{Context, Result};

/// `ko/NAME` in the user's state folder (XDG Base Directory Specification). It need not exist.
///
/// # Errors
///
/// When neither `XDG_STATE_HOME` nor a home folder is known.
pub(crate) fn folder(name: &str) -> Result<PathBuf> {
    let absolute =
        |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME")
        .or_else(|| std::env::home_dir().map(|home| home.join(".local/state")))
        .context("neither XDG_STATE_HOME nor a home folder is known, so nothing can be kept")?;
    Ok(state.join("ko").join(name))
}

/// `ko/NAME` in the user's cache folder (the same specification): what can be fetched again. It need not exist.
///
/// # Errors
///
/// When neither `XDG_CACHE_HOME` nor a home folder is known.
pub(crate) fn cache(name: &str) -> Result<PathBuf> {
    let absolute =
        |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME")
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .context("neither XDG_CACHE_HOME nor a home folder is known, so nothing can be kept")?;
    Ok(cache.join("ko").join(name))
}
