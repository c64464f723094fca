//! How fast text becomes tokens, a tree and canonical, and how much memory a tree takes: `cargo bench -p ko-syntax`.
//!
//! Every row is the best of several runs, on one thread. The rows go with the goals of the project, and the last table
//! compares with a peer: the tree-sitter parser of the same language, on the same texts, in the same run. Each parser uses
//! the allocator that it comes with: ours mimalloc, tree-sitter that of the system.
//! Numbers after `--` are sizes in bytes of the generated program (10,000,000 if there are none).
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)]

mod memory;
mod programs;
mod table;

use std::hint::black_box;

use ko_syntax::{format::format_text, parse, tokenize};

use crate::{
    programs::Program,
    table::{Goal, Table, best},
};

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![10_000_000] } else { sizes };
    let mut programs: Vec<Program> = sizes.into_iter().map(programs::generated).collect();
    programs.push(programs::examples());

    let mut speed = Table::new("Speed", "MB/s");
    let mut memory = Table::new("Memory of a tree", "bytes a byte");
    let mut format = Table::new("Formatting 2,000 lines", "ms");
    let mut peer = Table::new("Beside the tree-sitter parser of the same language", "MB/s");
    let mut tree_sitter = tree_sitter::Parser::new();
    tree_sitter.set_language(&tree_sitter_ko::LANGUAGE.into()).unwrap();
    for program in &programs {
        let run = |work: &dyn Fn(&str)| {
            program.bytes() / best(|| program.files.iter().for_each(|text| work(text))) / 1e6
        };
        let trees: Vec<_> = program.files.iter().map(|text| parse(text)).collect();
        let walk = || {
            for tree in &trees {
                black_box(tree.syntax_node().descendants_with_tokens().count());
            }
        };
        let lexer = run(&|text| drop(black_box(tokenize(text))));
        speed.row("lexer", program, lexer, Goal::AtLeast(400.0));
        let parser = run(&|text| drop(black_box(parse(text))));
        speed.row("parser, to the lossless tree", program, parser, Goal::AtLeast(60.0));
        speed.row(
            "walk over all nodes and tokens",
            program,
            program.bytes() / best(walk) / 1e6,
            Goal::None,
        );
        drop(trees);
        let formatter = run(&|text| drop(black_box(format_text(text))));
        speed.row("formatter, canonical text", program, formatter, Goal::None);
        let messy: Vec<_> = program.files.iter().map(|text| text.replace('\t', "  ")).collect();
        let bytes: usize = messy.iter().map(String::len).sum();
        let seconds = best(|| messy.iter().for_each(|text| drop(black_box(format_text(text)))));
        speed.row(
            "formatter, every line changes",
            program,
            bytes as f64 / seconds / 1e6,
            Goal::None,
        );
        let lines: usize = messy.iter().map(|text| text.lines().count()).sum();
        format.row(
            "formatter, every line changes",
            program,
            seconds * 1e3 * 2_000.0 / lines as f64,
            Goal::AtMost(50.0),
        );

        let seconds = best(|| {
            program.files.iter().for_each(|text| drop(black_box(tree_sitter.parse(text, None))));
        });
        let theirs = program.bytes() / seconds / 1e6;
        peer.row("tree-sitter parser", program, theirs, Goal::None);
        peer.row("parser, to the lossless tree", program, parser, Goal::AtLeast(5.0 * theirs));

        let (live, peak) =
            memory::of(|| program.files.iter().map(|text| parse(text)).collect::<Vec<_>>());
        memory.row("tree, kept", program, live as f64 / program.bytes(), Goal::AtMost(9.0));
        memory.row("tree, while it is made", program, peak as f64 / program.bytes(), Goal::None);
    }
    speed.print();
    format.print();
    memory.print();
    peer.print();
    println!("  The goal is five times the speed of the tree-sitter parser.");
}
