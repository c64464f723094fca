//! `ko runs show`: one run as a tree of its calls, each step with its value.

use std::{
    collections::{BTreeMap, HashMap},
    process::ExitCode,
    time::Duration,
};

use anyhow::Result;
use clap::Args;
use ko_evaluator::journal::{Outcome, Record, StepRecord};

use super::{argument, ending, mark, unfinished, when};
use crate::{cli::live, journals};

/// Longer values are cut off in the tree.
const WIDTH: usize = 100;

/// Show the steps of a run
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The beginning of the run's id, or `last`
    #[arg(value_name = "RUN", default_value = "last")]
    id: String,
    /// Print its records, a line of JSON each
    #[arg(long)]
    json: bool,
}

impl Show {
    /// Prints it.
    pub(super) fn run(self) -> Result<ExitCode> {
        let records = journals::find(&self.id)?.read()?;
        if self.json {
            for record in &records {
                anstream::println!("{}", serde_json::to_string(record)?);
            }
        } else {
            for line in lines(&records) {
                anstream::println!("{line}");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What was called where, and which lines are inside each call.
#[derive(Default)]
struct Tree<'a> {
    /// The call that a call was made from, and the step there.
    callers: HashMap<u64, (u64, u32)>,
    /// What happened in each call, in order.
    inside: HashMap<u64, Vec<Item<'a>>>,
    /// The file of each function; empty for those of the language and the library.
    files: HashMap<u32, &'a str>,
    of_call: HashMap<u64, u32>,
}

enum Item<'a> {
    Step(&'a StepRecord),
    Output(&'a str),
}

fn lines(records: &[Record]) -> Vec<String> {
    let mut out = Vec::new();
    let mut tree = Tree::default();
    for record in records {
        match record {
            Record::Run(header) => {
                let arguments: Vec<_> = header.arguments.iter().map(argument).collect();
                out.push(format!(
                    "{}({}) in {}, {}, {}",
                    header.function,
                    arguments.join(", "),
                    header.package,
                    header.target,
                    when(header)
                ));
            }
            Record::Function { id, file, .. } => {
                tree.files.insert(*id, file);
            }
            Record::Call { frame, caller, step, function } => {
                tree.of_call.insert(*frame, *function);
                if let (Some(caller), Some(step)) = (caller, step) {
                    tree.callers.insert(*frame, (*caller, *step));
                }
            }
            Record::Step(step) => {
                tree.inside.entry(step.frame).or_default().push(Item::Step(step));
            }
            Record::Output { text, .. } => {
                tree.inside.entry(0).or_default().push(Item::Output(text));
            }
            Record::Progress { .. } | Record::Omitted { .. } | Record::End(_) | Record::Unknown => {
            }
        }
    }
    tree.print(&mut out);
    for record in records {
        if let Record::Omitted { records } = record {
            out.push(format!("… {records} more were not kept"));
        }
    }
    out.push(match ending(records) {
        Some(end) => {
            let took = live::duration(Duration::from_micros(end.micros));
            let at = end.at.as_ref().map(|at| format!("{at}: ")).unwrap_or_default();
            format!("{} {at}{}  ({took})", mark(end.outcome), end.text)
        }
        None => format!("{} it did not come to its end, or is still going on", unfinished()),
    });
    out
}

impl<'a> Tree<'a> {
    /// The calls that were made from each step, those of the library replaced by what these call.
    fn made_from(&self) -> BTreeMap<(u64, u32), Vec<u64>> {
        let mut made: BTreeMap<(u64, u32), Vec<u64>> = BTreeMap::new();
        let mut frames: Vec<_> = self.of_call.keys().copied().collect();
        frames.sort_unstable();
        for frame in frames {
            if self.is_library(frame) {
                continue;
            }
            let mut at = self.callers.get(&frame).copied();
            while let Some((caller, _)) = at.filter(|(caller, _)| self.is_library(*caller)) {
                at = self.callers.get(&caller).copied();
            }
            if let Some(at) = at {
                made.entry(at).or_default().push(frame);
            }
        }
        made
    }

    fn is_library(&self, frame: u64) -> bool {
        let function = self.of_call.get(&frame).and_then(|id| self.files.get(id));
        function.is_some_and(|file| file.is_empty())
    }

    /// All lines, inner calls below the step that made them, without recursion: calls nest as deep as programs like.
    fn print(&self, out: &mut Vec<String>) {
        let made = self.made_from();
        let mut open: Vec<(u64, usize, usize)> = vec![(0, 0, 0)];
        while let Some((frame, at, depth)) = open.pop() {
            let Some(item) = self.inside.get(&frame).and_then(|items| items.get(at)) else {
                continue;
            };
            open.push((frame, at + 1, depth));
            let indent = "  ".repeat(depth.min(20));
            match item {
                Item::Output(text) => {
                    for line in text.lines() {
                        out.push(format!("{indent}| {line}"));
                    }
                }
                Item::Step(step) => {
                    out.push(format!("{indent}{}", line(step)));
                    // Of a step that calls for every element of a sequence, the calls stand one below the other.
                    let inner = made.get(&(frame, step.step)).map_or(&[][..], Vec::as_slice);
                    open.extend(inner.iter().rev().map(|frame| (*frame, 0, depth + 1)));
                }
            }
        }
    }
}

fn line(step: &StepRecord) -> String {
    let label = step.label.as_deref().unwrap_or_default();
    let title = match step.calls.as_deref() {
        Some(calls) if label.is_empty() => calls.to_owned(),
        Some(calls) => format!("{label}: {calls}"),
        None => label.to_owned(),
    };
    let text = match step.text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &step.text[..end]),
        None => step.text.clone(),
    };
    let text = match step.outcome {
        Outcome::Cancelled => "cancelled".to_owned(),
        _ => text.replace('\n', " "),
    };
    let took = match step.micros {
        0..1_000 => String::new(),
        micros => format!("  ({})", live::duration(Duration::from_micros(micros))),
    };
    format!("{} {title}  {text}{took}", mark(step.outcome))
}
