//! The values of Ko (language specification §5.2): immutable, cheap to clone, shared across threads.

/// A value. (The representation follows in this module.)
#[derive(Debug, Clone)]
pub enum Value {
    /// No value.
    Empty,
}
