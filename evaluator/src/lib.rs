//! The shared evaluator of Ko programs.
//!
//! It runs the circuits that the checker typed. Kubernetes is behind the trait [`cluster::Cluster`]; nothing here
//! knows editors, protocols or syntax trees.
//!
//! [`run::run`] is the way in: a program, an entry, limits and who watches; out comes a [`value::Value`] or a
//! [`failure::Failure`]. Inside, `machine` runs circuits step by step, `builtins` holds what the language brings along,
//! `library` the gates of the packages that every program can import, [`host`] what of them a run may use,
//! `pool` the threads of `Spin` and `Parallel`. Gates are called through [`gate_call::GateRunner`], which [`gates`]
//! implements for every [`cluster::Cluster`]. Values print by [`mod@print`], for machines by [`json`].
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod account;
mod builtins;
pub mod cancel;
pub mod cluster;
mod cycles;
mod deadlock;
pub mod event;
pub mod failure;
pub mod gate_call;
pub mod gates;
pub mod host;
pub mod journal;
pub mod json;
mod library;
mod machine;
pub mod memory;
mod pool;
pub mod print;
pub mod run;
pub mod stack;
pub mod task;
pub mod value;
pub mod vtype;
mod watch;
