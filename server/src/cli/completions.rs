//! `ko completions`: what makes a shell complete command lines.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use clap_complete::{Shell, env::Shells};

use super::complete::VARIABLE;

/// Print what makes a shell complete commands, options, packages, functions and arguments
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
        let name = self.shell.to_string();
        let shells = Shells::builtins();
        let Some(shell) = shells.completer(&name) else { bail!("{name} cannot be told") };
        let mut script = Vec::new();
        // The shell asks the `ko` that it finds then, so that one that is installed later is asked.
        shell.write_registration(VARIABLE, "ko", "ko", "ko", &mut script)?;
        anstream::print!("{}", String::from_utf8_lossy(&script));
        Ok(ExitCode::SUCCESS)
    }
}
