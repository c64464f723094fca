//! `cargo xtask install`: the program for daily use, and how to tell each editor about it.

use anyhow::Result;

use crate::{binary, extension, places, process};

/// Installs `ko` with cargo and packages the extension.
pub(crate) fn run() -> Result<()> {
    process::run(process::cargo().args(["install", "--locked", "--path", "server"]))?;
    let vsix = extension::package(&extension::stage(&binary::build()?)?)?;
    let root = places::root();
    println!("\nVS Code:  code --install-extension {}", vsix.display());
    println!("Neovim:   vim.opt.runtimepath:append('{}')", root.join("editors/nvim").display());
    println!("Others:   the language server is `ko lsp`, for files *.ko");
    Ok(())
}
