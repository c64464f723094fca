//! Tests of the command line as a user sees it: what is printed where, and with which code it ends.
#![allow(clippy::unwrap_used)]

mod catalog;
mod check;
mod completions;
mod first_implementation;
mod fmt;
mod interrupts;
mod proxies;
mod repl;
mod roots;
mod run;
mod runs;
mod small;
mod tests_of_packages;

use std::{
    io::{BufRead as _, BufReader, Read as _, Write},
    path::Path,
    process::{Command, Stdio},
};

use ko_tests::binary::ko;

/// What a command left.
struct Done {
    code: i32,
    out: String,
    err: String,
}

/// A command line in a folder, with nothing of the user's surroundings that could change what it does.
struct Ko {
    command: Command,
}

impl Ko {
    fn new(folder: &Path, arguments: &[&str]) -> Ko {
        Ko::by(Command::new(ko()), folder, arguments)
    }

    /// One that an interrupt ends also where whoever starts the tests ignores interrupts, as shells do with what they start
    /// in the background: that is inherited, and a program without a handler of its own would never end.
    #[cfg(unix)]
    fn interruptible(folder: &Path, arguments: &[&str]) -> Ko {
        let reset = "--default-signal=INT";
        let known = Command::new("env").args([reset, "true"]).stderr(Stdio::null()).status();
        if !known.is_ok_and(|it| it.success()) {
            // Only GNU's `env` can: without it, it is as whoever starts the tests wants it.
            return Ko::new(folder, arguments);
        }
        // It becomes the program: the process is the same.
        let mut command = Command::new("env");
        command.arg(reset).arg(ko());
        Ko::by(command, folder, arguments)
    }

    fn by(mut command: Command, folder: &Path, arguments: &[&str]) -> Ko {
        command
            .args(arguments)
            .current_dir(folder)
            .env_remove("KOPATH")
            .env_remove("GOPATH")
            .env("XDG_STATE_HOME", folder.join("state"))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ko { command }
    }

    fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Ko {
        self.command.env(name, value);
        self
    }

    fn done(mut self) -> Done {
        let output = self.command.output().unwrap();
        Done {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs until a line of its output contains `text`, and is then interrupted as by Ctrl+C.
    #[cfg(unix)]
    fn interrupted(mut self, text: &str) -> Done {
        let mut child = self.command.spawn().unwrap();
        let (mut lines, mut out) = (BufReader::new(child.stdout.take().unwrap()), String::new());
        while !out.lines().last().unwrap_or_default().contains(text) {
            assert!(lines.read_line(&mut out).unwrap() > 0, "{text} never came:\n{out}");
        }
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        lines.read_to_string(&mut out).unwrap();
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        Done { code: child.wait().unwrap().code().unwrap_or(-1), out, err }
    }

    fn with_input(mut self, input: &str) -> Done {
        let mut child = self.command.stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        Done {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Runs a command line in a folder.
fn run(folder: &Path, arguments: &[&str]) -> Done {
    Ko::new(folder, arguments).done()
}

/// A folder with files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}
