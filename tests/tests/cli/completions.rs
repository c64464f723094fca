//! Completion as the shells do it: the script that `ko completions` prints, in a real shell that asks the real program.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use ko_tests::binary::ko;

use crate::{folder, run};

const SHOP: &str = "Start(ns?, size) { return: helper(ns) }\nhelper(x?) { return: x }\nTestStart() { return: 1 }\n";

/// Asks the shell, with `ko` on its path, in a folder. Nothing if the shell is not installed.
fn shell(name: &str, folder: &Path, script: &str) -> Option<String> {
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", ko().parent().unwrap().display());
    let mut command = Command::new(name);
    command.current_dir(folder).env("PATH", path).env_remove("KOPATH").args(["-c", script]);
    match command.stdin(Stdio::null()).output() {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(_) => {
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: completion in {name} is not tested; install {name} (apt-get install {name})"
            );
            None
        }
    }
}

/// What bash offers for a line whose last word is being written.
fn bash(folder: &Path, words: &[&str]) -> Option<Vec<String>> {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let script = format!(
        "source <(ko completions bash); COMP_WORDS=({}); COMP_CWORD={}; \
         _clap_complete_ko ko \"${{COMP_WORDS[COMP_CWORD]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        quoted.join(" "),
        words.len() - 1
    );
    let out = shell("bash", folder, &script)?;
    Some(out.lines().filter(|it| !it.starts_with("--")).map(str::to_owned).collect())
}

fn project() -> tempfile::TempDir {
    folder(&[
        ("ko.toml", ""),
        ("tools/shop/a.ko", SHOP),
        ("tools/empty/readme.md", ""),
        ("broken/a.ko", "F(x { return"),
    ])
}

#[test]
fn bash_completes_packages_functions_and_arguments() {
    let folder = project();
    for (line, offered) in [
        ("ko play ", &["broken/", "tools/"][..]),
        ("ko play tools/", &["tools/shop/"]),
        ("ko play tools/shop/", &["tools/shop/Start", "tools/shop/helper"]),
        ("ko play tools/shop/Start ", &["ns=", "size="]),
        ("ko play --timeout 5s tools/shop/Start s", &["size="]),
        // Bash takes `=` for a word.
        ("ko play tools/shop/Start ns = a ", &["size="]),
        ("ko run --sandbox tools/shop St", &["Start"]),
        ("ko run --sandbox=dev tools/shop Start s", &["size="]),
        ("ko run --sandbox tools/shop/a.ko Start n", &["ns="]),
        ("ko graph tools/shop h", &["helper"]),
        ("ko test tools/shop/", &["tools/shop/TestStart"]),
        ("ko eval --import tools/s", &["tools/shop/"]),
        ("ko eval --import stri", &["strings"]),
        ("ko doc strings/Rep", &["strings/Repeat", "strings/Replace"]),
        ("ko doc CreateDepl", &["CreateDeployment"]),
        ("ko list seri", &["series"]),
        ("ko play nowhere/", &[]),
        ("ko play nowhere/F ", &[]),
        ("ko play broken/F ", &["x="]),
        ("ko run --sandbox nowhere F", &[]),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let Some(found) = bash(folder.path(), &words) else { return };
        let found: Vec<&str> =
            found.iter().map(String::as_str).filter(|it| !it.is_empty()).collect();
        assert_eq!(found, offered, "{line}");
    }
}

#[test]
fn fish_completes_with_what_a_function_takes() {
    let folder = project();
    let ask = |line: &str| {
        let script = format!("ko completions fish | source; complete -C '{line}'");
        shell("fish", folder.path(), &script)
    };
    let Some(out) = ask("ko play tools/shop/") else { return };
    assert!(out.contains("tools/shop/Start\t(ns, size)"), "{out}");
    let out = ask("ko play tools/shop/Start s").unwrap();
    assert!(out.contains("size="), "{out}");
}

#[test]
fn every_shell_gets_a_script_that_asks_the_program() {
    let folder = folder(&[]);
    for name in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let done = run(folder.path(), &["completions", name]);
        assert_eq!(done.code, 0, "{name}: {}", done.err);
        assert!(done.out.contains("KO_COMPLETE"), "{name}: {}", done.out);
    }
    // zsh reads it without complaint.
    let script =
        "autoload -Uz compinit; compinit -u; source <(ko completions zsh); print $_comps[ko]";
    if let Some(out) = shell("zsh", folder.path(), script) {
        assert!(out.contains("_clap_dynamic_completer_ko"), "{out}");
    }
    let done = run(folder.path(), &["completions", "none"]);
    assert_eq!(done.code, 2);
}
