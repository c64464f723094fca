//! `ko runs`: what was run, and what came of it, from the journals.

mod show;

use std::{path::Path, process::ExitCode};

use anyhow::Result;
use clap::{Args, Subcommand};
use jiff::{Timestamp, tz::TimeZone};
use ko_evaluator::journal::{Ending, Header, Outcome, Record};
use serde_json::json;

use super::{count, live};
use crate::{journals, packages::project_folder};

/// List the runs of this project, or show one
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Every `ko run`, and every run of an editor, keeps a journal for the user alone: its steps with their values, what it
wrote, and how it ended. Secrets are not written. The last 200 are kept; KO_JOURNAL=off keeps none.

Examples:
  ko runs                      the last runs of this project
  ko runs show last            the steps of the last one
  ko runs show 20261124-1801 --json | jq 'select(.outcome == \"failed\")'
  ko runs clear"
)]
pub(crate) struct Runs {
    #[command(subcommand)]
    action: Option<Action>,
    /// Runs of all projects
    #[arg(long)]
    all: bool,
    /// At most so many
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 20)]
    number: usize,
    /// Print a line of JSON for each
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the steps of a run, what they gave, and how it ended
    Show(show::Show),
    /// Throw all journals away
    Clear,
}

impl Runs {
    /// Lists, shows or clears.
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self.action {
            Some(Action::Show(show)) => show.run(),
            Some(Action::Clear) => {
                let cleared = journals::clear()?;
                anstream::eprintln!("{} thrown away", count(cleared, "journal"));
                Ok(ExitCode::SUCCESS)
            }
            None => self.list(),
        }
    }

    fn list(&self) -> Result<ExitCode> {
        let current = std::env::current_dir()?;
        let project = project_folder(&current, &current);
        let mut shown = 0;
        for kept in journals::list()? {
            if shown == self.number {
                break;
            }
            // One that was thrown away in the meantime, or is none.
            let Ok(records) = kept.read() else { continue };
            let Some(Record::Run(header)) = records.first() else { continue };
            if !self.all && Path::new(&header.folder) != project {
                continue;
            }
            shown += 1;
            let end = ending(&records);
            if self.json {
                let mut line = json!({ "id": kept.id, "run": header });
                if let Some(end) = end {
                    line["end"] = serde_json::to_value(end)?;
                }
                anstream::println!("{line}");
            } else {
                anstream::println!("{}", line(&kept.id, header, end, self.all));
            }
        }
        if shown == 0 && !self.json {
            let place = project.display();
            let which = if self.all { String::new() } else { format!(" of {place}") };
            anstream::eprintln!("there are no runs{which} yet: `ko run` makes one");
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn ending(records: &[Record]) -> Option<&Ending> {
    match records.last() {
        Some(Record::End(end)) => Some(end),
        _ => None,
    }
}

fn line(id: &str, header: &Header, end: Option<&Ending>, all: bool) -> String {
    let (mark, how) = match end {
        Some(end) => {
            let took = live::duration(std::time::Duration::from_micros(end.micros));
            (mark(end.outcome), format!("{}, {took}", count(end.steps as usize, "step")))
        }
        None => (unfinished(), "not finished".to_owned()),
    };
    let arguments: Vec<_> = header.arguments.iter().map(argument).collect();
    let call = format!("{}({})", header.function, arguments.join(", "));
    let part = if header.selection { " (a part)" } else { "" };
    let place = if all { format!("  {}", header.folder) } else { String::new() };
    let when = when(header);
    format!("{mark} {id}  {when}  {call}{part}  {}  {how}{place}", header.target)
}

fn argument((name, value): &(String, String)) -> String {
    if name.is_empty() { value.clone() } else { format!("{name}: {value}") }
}

/// When a run began, in the time of the user.
fn when(header: &Header) -> String {
    match header.began.parse::<Timestamp>() {
        Ok(time) => {
            let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
            time.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
        }
        Err(_) => header.began.clone(),
    }
}

fn mark(outcome: Outcome) -> String {
    let (mark, color) = match outcome {
        Outcome::Value => ('✓', anstyle::AnsiColor::Green),
        Outcome::Failed => ('✗', anstyle::AnsiColor::Red),
        Outcome::Cancelled => ('–', anstyle::AnsiColor::Yellow),
    };
    let style = anstyle::Style::new().fg_color(Some(color.into()));
    format!("{style}{mark}{style:#}")
}

fn unfinished() -> String {
    let style = anstyle::Style::new().fg_color(Some(anstyle::AnsiColor::Yellow.into()));
    format!("{style}…{style:#}")
}
