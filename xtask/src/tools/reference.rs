//! The first implementation of Ko, written in Go: what benchmarks and comparisons run beside ours.
//!
//! It is old: it knows no Go modules, so the versions of what it needs are pinned here. It is not always to be had from a
//! module proxy; then its source tree can be given, and only what it needs comes from there.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::process;

/// What to do when it cannot be had.
pub(crate) const HOW: &str = "\
Install Go (Debian: golang-go, or https://go.dev/dl), and if its module proxy does not hold \
github.com/kocircuit/kocircuit, set KO_REFERENCE_TREE to a folder with src/github.com/kocircuit/kocircuit in it, or \
KO_REFERENCE to a program that is built already.";

const MODULE: &str = "github.com/kocircuit/kocircuit";

/// The commit of October 2018, the last one.
const VERSION: &str = "v0.0.0-20181008130333-dc6f9f82b574";

const REQUIRED: &str = "
require (
	github.com/fatih/color v1.4.1
	github.com/fsnotify/fsnotify v0.0.0-20170329110642-4da3e2cfbabc
	github.com/golang/protobuf v1.2.0
	github.com/hashicorp/hcl v0.0.0-20171017181929-23c074d0eceb
	github.com/magiconair/properties v0.0.0-20170902060319-8d7837e64d3c
	github.com/mattn/go-colorable v0.0.0-20170816031813-ad5389df28cd
	github.com/mattn/go-isatty v0.0.0-20170925054904-a5cdd64afdee
	github.com/mattn/go-runewidth v0.0.0-20170510074858-97311d9f7767
	github.com/mitchellh/go-homedir v0.0.0-20161203194507-b8bc1bf76747
	github.com/mitchellh/mapstructure v0.0.0-20171017171808-06020f85339e
	github.com/olekukonko/tablewriter v0.0.0-20170925234030-a7a4c189eb47
	github.com/pelletier/go-toml v0.0.0-20171022022338-8c31c2ec65b2
	github.com/spf13/afero v0.0.0-20171021110813-5660eeed305f
	github.com/spf13/cast v1.1.0
	github.com/spf13/cobra v0.0.1
	github.com/spf13/jwalterweatherman v0.0.0-20170901151539-12bd96e66386
	github.com/spf13/pflag v0.0.0-20171020110617-97afa5e7ca8a
	github.com/spf13/viper v0.0.0-20171020104009-8ef37cbca716
	golang.org/x/sys v0.0.0-20171017063910-8dbc5d05d6ed
	golang.org/x/text v0.0.0-20180302201248-b7ef84aaf62a
	gopkg.in/yaml.v2 v2.0.0-20170812160011-eb3733d160e7
)
";

/// The folder that holds its source tree below `src`, as an element of `KOPATH`; `None` before it is installed from there.
pub(crate) fn tree() -> Option<PathBuf> {
    let given = env::var_os("KO_REFERENCE_TREE").map(PathBuf::from);
    let built = crate::places::tool("ko-reference").join("tree");
    given.or(Some(built)).filter(|tree| tree.join("src").join(MODULE).is_dir())
}

/// The folder that holds its source tree below `src`, fetched if need be: no Go program is built for it.
pub(crate) fn fetch_tree() -> Result<PathBuf> {
    if let Some(tree) = tree() {
        return Ok(tree);
    }
    let folder = super::once("ko-reference-tree", VERSION, |folder| {
        download(folder, &folder.join("src").join(MODULE))
    })?;
    Ok(folder)
}

/// Builds it if need be; returns the program.
pub(crate) fn install() -> Result<PathBuf> {
    if let Some(given) = env::var_os("KO_REFERENCE").map(PathBuf::from) {
        if !given.is_file() {
            bail!("KO_REFERENCE names {}, which is no file", given.display());
        }
        return Ok(given);
    }
    let given = env::var_os("KO_REFERENCE_TREE").map(PathBuf::from);
    let from = given.as_ref().map_or_else(|| "module".to_owned(), |it| it.display().to_string());
    let folder = super::once("ko-reference", &format!("{VERSION} {from}"), |folder| {
        let source = folder.join("tree/src").join(MODULE);
        match &given {
            Some(tree) => copy(&tree.join("src").join(MODULE), &source)?,
            None => download(folder, &source)?,
        }
        fs::write(source.join("go.mod"), format!("module {MODULE}\n\ngo 1.17\n{REQUIRED}"))?;
        let mut build = go(&source)?;
        build.args(["build", "-mod=mod", "-buildvcs=false", "-o"]).arg(folder.join("ko"));
        process::run_quietly(build.arg("./lang/ko")).context("cannot build it with Go")?;
        Ok(())
    })?;
    Ok(folder.join("ko"))
}

fn go(directory: &Path) -> Result<std::process::Command> {
    let go = process::need("go", "install it (Debian: golang-go)")?;
    let mut command = process::command(go, directory);
    // The library that reads its messages predates the module checksums' database and its own later rules.
    command.env("GO111MODULE", "on").env_remove("GOPATH");
    Ok(command)
}

/// Fetches the module with Go's own client and copies it out of the cache, which is read-only.
fn download(folder: &Path, to: &Path) -> Result<()> {
    let mut command = go(folder)?;
    command.args(["mod", "download", "-json", &format!("{MODULE}@{VERSION}")]);
    let output = process::run_quietly(&mut command)
        .context("the Go module proxy does not give the first implementation")?;
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let Some(directory) = answer["Dir"].as_str() else {
        bail!("go mod download says no folder: {answer}");
    };
    copy(Path::new(directory), to)
}

/// Copies the sources of Go and Ko, and what they embed; not what version control keeps.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            if entry.file_name() != ".git" {
                copy(&path, &target)?;
            }
        } else {
            // Written anew rather than copied: files of the module cache are read-only.
            fs::write(&target, fs::read(&path)?)?;
        }
    }
    Ok(())
}
