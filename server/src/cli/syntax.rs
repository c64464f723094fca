//! `ko syntax`: the syntax tree of a file.

use std::{
    io::{Read as _, Write},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use anstyle::{AnsiColor, Style};
use anyhow::{Context, Result, anyhow};
use clap::Args;
use ko_syntax::{Parse, SyntaxKind, TextRange, view};
use serde_json::json;

use super::{red, render};
use crate::packages;

/// Show the syntax tree of a file
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ko syntax shop.ko                          the tree: part, kind, place in bytes, text
  echo 'F() { return: 1 }' | ko syntax -     of standard input
  ko syntax --json shop.ko | jq '.tree[] | select(.kind == \"FUNCTION\")'

docs/syntax-tree.md describes each kind of node.
Exit codes: 0 the file has no syntax error, 1 it has (they are shown after the tree), 2 it cannot be read.")]
pub(crate) struct Syntax {
    /// The file, or `-` for standard input
    file: PathBuf,
    /// Print one JSON object: the nodes and tokens of the tree in the order of the text, and the errors
    #[arg(long)]
    json: bool,
}

impl Syntax {
    /// Prints the tree, and after it the errors.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let text = self.text()?;
        let parse = ko_syntax::parse(&text);
        let out = if self.json { json(&text, &parse) } else { picture(&parse) };
        let mut stdout = anstream::stdout().lock();
        match stdout.write_all(out.as_bytes()).and_then(|()| stdout.flush()) {
            // Who reads has seen enough, as `head` has.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
            result => result.context("cannot write to standard output")?,
        }
        Ok(ExitCode::from(u8::from(!parse.errors().is_empty())))
    }

    fn text(&self) -> Result<Arc<str>> {
        if self.file.as_os_str() != "-" {
            return packages::read(&self.file)
                .map_err(|error| anyhow!("{error}"))
                .with_context(|| self.file.display().to_string());
        }
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let offset = error.utf8_error().valid_up_to();
            anyhow!("standard input is not UTF-8: the byte at offset {offset} begins no character")
        })?;
        Ok(text.into())
    }
}

/// The tree and the errors, in colours.
fn picture(parse: &Parse) -> String {
    let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
    let (part, node, dim) = (colour(AnsiColor::Cyan), Style::new().bold(), Style::new().dimmed());
    let mut out = String::new();
    for line in view::lines(&parse.syntax_node()) {
        out.extend(std::iter::repeat_n("  ", line.depth));
        let style = match line.kind {
            SyntaxKind::ERROR => colour(AnsiColor::Red),
            kind if kind.is_trivia() => dim,
            _ if line.text.is_none() => node,
            _ => Style::new(),
        };
        let text = line.to_string();
        let label = line.part.map_or(0, |it| it.len() + ": ".len());
        let (label, rest) = text.split_at(label);
        if !label.is_empty() {
            out += &format!("{part}{label}{part:#}");
        }
        out += &format!("{style}{rest}{style:#}\n");
    }
    for error in parse.errors() {
        out += &format!("{} {}\n", red(&format!("error@{:?}:", error.range)), error.message);
    }
    out
}

fn json(text: &str, parse: &Parse) -> String {
    let place = |offset| {
        let (line, column) = render::position(text, TextRange::empty(offset));
        json!({ "offset": u32::from(offset), "line": line, "column": column })
    };
    let tree = view::lines(&parse.syntax_node()).into_iter().map(|line| {
        json!({
            "depth": line.depth,
            "part": line.part,
            "kind": format!("{:?}", line.kind),
            "start": u32::from(line.range.start()),
            "end": u32::from(line.range.end()),
            "text": line.text,
        })
    });
    let errors = parse.errors().iter().map(|error| {
        json!({
            "start": place(error.range.start()),
            "end": place(error.range.end()),
            "code": error.code.to_string(),
            "message": error.message,
        })
    });
    let (tree, errors): (Vec<_>, Vec<_>) = (tree.collect(), errors.collect());
    format!("{:#}\n", json!({ "tree": tree, "errors": errors }))
}
