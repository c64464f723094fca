//! The command line: one file for each command.
//!
//! Exit codes: 0 success, 1 the program or the check failed, 2 nothing was run (usage, or refused before).

mod api;
pub(crate) mod arguments;
mod catalog;
mod check;
mod complete;
mod completions;
mod context;
mod debug;
mod doc;
mod eval;
mod execute;
mod explain;
mod failure;
mod fmt;
mod functions;
mod graph;
pub(crate) mod limits;
mod list;
mod live;
mod lowered;
mod lsp;
mod play;
mod render;
mod repl;
mod run;
mod run_worker;
mod runs;
mod sandboxes;
mod session;
mod sources;
mod syntax;
mod test;
mod version;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Exit code when nothing was run.
pub(crate) const REFUSED: u8 = 2;

/// Ko scripts Kubernetes: a function is a circuit of steps, arguments are named, types are never written.
#[derive(Debug, Parser)]
#[command(
    name = "ko",
    version,
    arg_required_else_help = false,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = HELP
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

const HELP: &str = "\
A first round, in a folder with Ko files:
  ko check                                        find errors before anything runs
  ko graph . StartShop                            see a function as the graph that it is
  ko run --sandbox . StartShop ns=demo            run it, in a Kubernetes inside this program

Nothing connects to a cluster unless you name one with --context, and no other program is started. Colours honour NO_COLOR.
Exit codes: 0 success, 1 errors found or a run failed, 2 nothing was run (usage, or refused before), 4 you did not agree.
`ko COMMAND --help` shows examples.";

#[derive(Debug, Subcommand)]
enum Command {
    Api(api::Api),
    Check(check::Check),
    Explain(explain::Explain),
    Run(Box<run::Run>),
    Runs(runs::Runs),
    Graph(graph::Graph),
    Lowered(lowered::Lowered),
    Eval(eval::Eval),
    Play(play::Play),
    Repl(Box<repl::Repl>),
    Test(Box<test::Test>),
    List(list::List),
    Doc(doc::Doc),
    Fmt(fmt::Fmt),
    Syntax(syntax::Syntax),
    Debug(debug::Debug),
    /// Speak the Language Server Protocol on standard input and output
    Lsp(lsp::Lsp),
    Completions(completions::Completions),
    #[command(hide = true)]
    RunWorker(run_worker::RunWorker),
    /// Print the version
    Version(version::Version),
}

/// Reads the command line and does what it says.
pub(crate) fn main() -> ExitCode {
    // A shell asks how a line goes on.
    clap_complete::CompleteEnv::with_factory(complete::command).var(complete::VARIABLE).complete();
    if let Some(lsp) = lsp::Lsp::at_once(std::env::args_os().skip(1)) {
        return lsp.run().unwrap_or_else(failed);
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { REFUSED } else { 0 });
        }
    };
    let Some(command) = cli.command else {
        use clap::CommandFactory;
        return match Cli::command().print_help() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(REFUSED),
        };
    };
    if let Command::Lsp(command) = command {
        return command.run().unwrap_or_else(failed);
    }
    // Queries and deep trees recurse; the stack of the main thread is the system's choice.
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(|| command.run());
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(result)) => result.unwrap_or_else(failed),
        // The panic has been printed.
        Ok(Err(_)) => ExitCode::from(REFUSED),
        Err(error) => failed(error.into()),
    }
}

/// Stack of the thread that carries out a command; only what is used costs memory.
const STACK: usize = 256 << 20;

impl Command {
    fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Command::Api(command) => command.run(),
            Command::Check(command) => command.run(),
            Command::Explain(command) => command.run(),
            Command::Run(command) => command.run(),
            Command::Runs(command) => command.run(),
            Command::Graph(command) => command.run(),
            Command::Lowered(command) => command.run(),
            Command::Eval(command) => command.run(),
            Command::Play(command) => command.run(),
            Command::Repl(command) => command.run(),
            Command::Test(command) => command.run(),
            Command::List(command) => command.run(),
            Command::Doc(command) => command.run(),
            Command::Completions(command) => command.run(),
            Command::Fmt(command) => command.run(),
            Command::Syntax(command) => command.run(),
            Command::Debug(command) => command.run(),
            Command::Lsp(command) => command.run(),
            Command::RunWorker(command) => command.run(),
            Command::Version(command) => command.run(),
        }
    }
}

fn failed(error: anyhow::Error) -> ExitCode {
    anstream::eprintln!("ko: {error:#}");
    ExitCode::from(REFUSED)
}

/// `1 file`, `2 files`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Text in the colour of errors.
fn red(text: &str) -> String {
    let style = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()));
    format!("{style}{text}{style:#}")
}
