//! The commands of the project itself (`cargo xtask …`).

fn main() {}
