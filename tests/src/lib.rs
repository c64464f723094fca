//! End-to-end tests of the Ko tools.
