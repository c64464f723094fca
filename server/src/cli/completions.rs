//! `ko completions`: what makes a shell complete command lines.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Print what makes a shell complete commands and options
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  source <(ko completions bash)                                  # now, in bash
  ko completions bash > ~/.local/share/bash-completion/completions/ko
  ko completions zsh > \"${fpath[1]}/_ko\"
  ko completions fish > ~/.config/fish/completions/ko.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints the script.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::Cli::command(), "ko", &mut script);
        anstream::print!("{}", String::from_utf8_lossy(&script));
        Ok(ExitCode::SUCCESS)
    }
}
