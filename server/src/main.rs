//! The `ko` command.

fn main() {}
