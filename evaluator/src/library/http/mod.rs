//! `net/http`: a client and a server of HTTP/1.1.

mod client;
mod gates;
mod proxy;
mod server;

pub(crate) use client::Client;
pub(super) use gates::GATES;
