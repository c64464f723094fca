//! Tests of `ko lsp` as a client sees it: a process that is spoken to through pipes.
#![allow(clippy::unwrap_used)]

mod actions;
mod features;
mod lifecycle;
mod navigation;
mod projects;
mod runs;
#[cfg(target_os = "linux")]
mod stops;
mod story;
mod sync;
mod typing;
