//! `ko graph`: a function as a picture.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCompleter;
use ko_ide::graph::{self, Theme, View};
use serde_json::json;

use super::{complete, functions, render, sources::Sources};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A picture for a terminal
    Text,
    /// A picture for a browser
    Svg,
    /// Nodes and edges with their places
    Json,
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
}

/// Draw a function as the graph that it is
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ko graph examples/cockroachdb StartCockroachDB
  ko graph --format svg -o start.svg examples/cockroachdb StartCockroachDB
  ko graph --depth 2 large.ko Main            only what is near the ends; the rest is folded, as `+12`
  ko graph --expand report large.ko Main      and what is folded into `report`
  ko graph --format dot examples/cockroachdb StartCockroachDB | dot -Tpng > start.png")]
pub(crate) struct Graph {
    /// A file, or the folder of a package
    path: PathBuf,
    /// The function; may be left out if there is only one that nobody else calls
    #[arg(add = ArgValueCompleter::new(complete::function))]
    function: Option<String>,
    /// What to write
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// How far from its ends to draw; what leads only to a call further on is folded into it. Unless given, graphs of
    /// more than 300 nodes are drawn as far as they stay below that
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
    /// Draw what is folded into this node, by its id; may be repeated. `all` draws everything
    #[arg(long, value_name = "NODE")]
    expand: Vec<String>,
    /// Where to write it, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Light lines on a dark ground (for svg)
    #[arg(long)]
    dark: bool,
}

impl Graph {
    /// Draws.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let sources = Sources::of_paths(std::slice::from_ref(&self.path), false)?;
        let (file, name) = functions::find(&sources, self.function.as_deref())?;
        let view = if self.expand.iter().any(|node| node == "all") {
            View::all()
        } else {
            View { depth: self.depth, expand: self.expand.iter().cloned().collect() }
        };
        let Some(graph) = ko_ide::graph_view(&sources.db, file, &name, &view) else {
            bail!("{name} cannot be drawn");
        };
        let text = sources.db.text(file).unwrap_or_default();
        let picture = match if self.json { Format::Json } else { self.format } {
            Format::Text => graph::text(&graph).text,
            Format::Svg => graph::svg(&graph, if self.dark { Theme::Dark } else { Theme::Light }),
            Format::Dot => graph::dot(&graph),
            Format::Mermaid => graph::mermaid(&graph),
            Format::Json => {
                let place = |offset| {
                    let (line, column) =
                        render::position(&text, ko_syntax::TextRange::empty(offset));
                    json!({ "line": line, "column": column })
                };
                let range = |range: ko_syntax::TextRange| json!({ "start": place(range.start()), "end": place(range.end()) });
                format!("{:#}\n", graph::json(&graph, &range))
            }
        };
        let end = if picture.ends_with('\n') { "" } else { "\n" };
        match self.output {
            Some(path) => fs::write(&path, format!("{picture}{end}"))
                .with_context(|| format!("cannot write {}", path.display()))?,
            None => anstream::print!("{picture}{end}"),
        }
        Ok(ExitCode::SUCCESS)
    }
}
