//! End-to-end tests of the Ko tools, and what they share: the program under test and a client of its protocol.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod binary;
pub mod client;
pub mod control_plane;
pub mod fault_proxy;
pub mod http_server;
pub mod scale;
