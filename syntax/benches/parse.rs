//! How fast text becomes a tree, and canonical: `cargo bench -p ko-syntax`.

use divan::{Bencher, counter::BytesCount};

const COCKROACHDB: &str = include_str!("../../examples/cockroachdb/cockroachdb.ko");

fn main() {
    divan::main();
}

/// A program of about `bytes` bytes: a real one over and over, every time with other names, so that little is shared.
fn program(bytes: usize) -> String {
    let mut text = String::new();
    let mut round = 0;
    while text.len() < bytes {
        text += &COCKROACHDB.replace("CockroachDB", &format!("CockroachDB{round}"));
        round += 1;
    }
    text
}

#[divan::bench(args = [10_000, 100_000, 1_000_000, 10_000_000])]
fn parse(bencher: Bencher, bytes: usize) {
    let text = program(bytes);
    bencher.counter(BytesCount::of_str(&text)).bench(|| ko_syntax::parse(&text));
}

#[divan::bench(args = [1_000_000])]
fn walk(bencher: Bencher, bytes: usize) {
    let text = program(bytes);
    let parse = ko_syntax::parse(&text);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| parse.syntax_node().descendants_with_tokens().count());
}

/// The parse included. Canonical text needs no edits; in the other, every line is indented with spaces.
#[divan::bench(args = [10_000, 100_000, 1_000_000])]
fn format_canonical(bencher: Bencher, bytes: usize) {
    let text = program(bytes);
    bencher.counter(BytesCount::of_str(&text)).bench(|| ko_syntax::format::format_text(&text));
}

#[divan::bench(args = [10_000, 100_000, 1_000_000])]
fn format_messy(bencher: Bencher, bytes: usize) {
    let text = program(bytes).replace('\t', "  ");
    bencher.counter(BytesCount::of_str(&text)).bench(|| ko_syntax::format::format_text(&text));
}
