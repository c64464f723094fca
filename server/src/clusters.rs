//! Working with a real cluster: connecting to it when the user asks for that, the consent to run a credential plugin,
//! and what a program would write there. Shared by the command line and the language server.

pub(crate) mod connect;
pub(crate) mod consent;
pub(crate) mod writes;
