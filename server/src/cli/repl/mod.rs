//! `ko repl`: read, evaluate, print, again and again.

mod commands;
mod editor;
mod evaluation;

use std::{
    cell::RefCell,
    io::{BufRead as _, IsTerminal as _},
    process::ExitCode,
    rc::Rc,
};

use anstyle::Style;
use anyhow::Result;
use clap::Args;
use rustyline::error::ReadlineError;

use self::evaluation::Evaluation;
use super::{
    context::LiveOptions,
    limits::LimitOptions,
    session::{self, Session},
    sources::Sources,
};

/// The package of what is entered.
const PACKAGE: &str = "repl";

/// Evaluate what you type, line by line
#[derive(Debug, Args)]
#[command(after_help = "\
An expression is evaluated and shown with its type. `x: Sum(1, 2)` keeps x for later lines, `double(n?) {
return: Prod(n, 2) }` defines a function, `import \"strings\"` imports a package. A line goes on while a bracket
is open. Functions of Kubernetes work in a sandbox that lasts as long as the session. The tab key completes,
Ctrl+C ends an evaluation, Ctrl+D ends the session; :help lists the commands.

Examples:
  ko repl
  ko repl --load shop/prices.ko
  echo 'Sum(1, 2)' | ko repl
  ko repl --context staging        # on a cluster instead of the sandbox; asks before anything is written

Exit codes: 0; or 1 if input that comes through a pipe has failed.")]
pub(crate) struct Repl {
    /// Load the functions and imports of this file first; it may be given several times
    #[arg(long, value_name = "FILE")]
    load: Vec<String>,
    /// Import this package first; NAME=PACKAGE gives it another name
    #[arg(long, value_name = "PACKAGE")]
    import: Vec<String>,
    /// Folders whose src holds packages, instead of those in KOPATH
    #[arg(long, value_name = "DIRS")]
    kopath: Option<String>,
    /// Keep no history
    #[arg(long)]
    no_history: bool,
    #[command(flatten)]
    cluster: LiveOptions,
    #[command(flatten)]
    limits: LimitOptions,
}

/// What becomes of the session after an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// It goes on.
    Go,
    /// It goes on, though the input has failed.
    Failed,
    /// It ends.
    Quit,
}

impl Repl {
    /// Reads, evaluates and prints until the input ends.
    pub(crate) fn run(mut self) -> Result<ExitCode> {
        let mut sources = Sources::of_project(self.kopath.as_deref())?.complete()?;
        let options = std::mem::take(&mut self.cluster);
        let live = options.connect()?.map(|live| (live, options));
        if let Some((live, _)) = &live {
            sources.db.set_schema(live.schema.clone());
        }
        let mut session = Session::new(sources, PACKAGE);
        for package in &self.import {
            session.import(package)?;
        }
        let mut evaluation = Evaluation::new(self.limits.limits(), live);
        for file in &self.load {
            let loaded = commands::input(&mut session, &mut evaluation, &format!(":load {file}"));
            if loaded == Next::Failed {
                return Ok(ExitCode::from(super::REFUSED));
            }
        }
        if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
            self.interactive(session, evaluation)
        } else {
            piped(session, evaluation)
        }
    }

    fn interactive(&self, session: Session, mut evaluation: Evaluation) -> Result<ExitCode> {
        let session = Rc::new(RefCell::new(session));
        let mut editor = editor::Editor::new(session.clone(), !self.no_history)?;
        let dim = Style::new().dimmed();
        let version = env!("CARGO_PKG_VERSION");
        anstream::println!(
            "{dim}Ko {version}. :help lists the commands, Ctrl+D ends the session.{dim:#}"
        );
        loop {
            match editor.read() {
                Ok(text) => {
                    editor.remember(&text);
                    let next = commands::input(&mut session.borrow_mut(), &mut evaluation, &text);
                    if next == Next::Quit {
                        break;
                    }
                }
                // Of the line that is being typed.
                Err(ReadlineError::Interrupted) => {}
                Err(ReadlineError::Eof) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn piped(mut session: Session, mut evaluation: Evaluation) -> Result<ExitCode> {
    let mut failed = false;
    let mut text = String::new();
    let mut lines = std::io::stdin().lock().lines();
    loop {
        let line = lines.next().transpose()?;
        let ended = line.is_none();
        if let Some(line) = line {
            text.push_str(&line);
            text.push('\n');
            if session::is_open(&text) && !text.trim_start().starts_with(':') {
                continue;
            }
        }
        match commands::input(&mut session, &mut evaluation, std::mem::take(&mut text).trim_end()) {
            Next::Go => {}
            Next::Failed => failed = true,
            Next::Quit => break,
        }
        if ended {
            break;
        }
    }
    Ok(ExitCode::from(u8::from(failed)))
}
