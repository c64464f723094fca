//! The two sides of a comparison: the release build of `ko`, and `ty`, each with a generated program in its language.
//!
//! The programs say the same things in the same number of lines: functions that make a record, call the function before
//! them and give back some fields. Parameters and results have annotations in Python, which is what its checker is
//! fastest with; Ko has none to write.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{places, process, tools};

/// Lines of the blocks that the programs are made of, in both languages.
pub(crate) const BLOCK: usize = 10;

/// A side.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// What tables call it.
    pub(crate) name: &'static str,
    /// The program.
    pub(crate) program: PathBuf,
    /// The language it is for.
    pub(crate) language: Language,
}

/// A language of generated programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// Ours.
    Ko,
    /// The one that `ty` checks.
    Python,
}

impl Peer {
    /// Us: a release build, or the program that `KO_PROGRAM` names.
    ///
    /// # Errors
    /// When the build fails.
    pub(crate) fn ko() -> Result<Peer> {
        if let Some(program) = crate::binary::given()? {
            println!("measuring {}", program.display());
            return Ok(Peer { name: "ko", program, language: Language::Ko });
        }
        println!("building the release of ko …");
        process::run(process::cargo().args([
            "build",
            "--quiet",
            "--release",
            "--package",
            "ko-server",
        ]))?;
        let program = places::target().join("release/ko");
        Ok(Peer { name: "ko", program, language: Language::Ko })
    }

    /// The other side; nothing, and a word about it, if it cannot be had.
    pub(crate) fn ty() -> Option<Peer> {
        match tools::ty::install() {
            Ok(program) => Some(Peer { name: "ty", program, language: Language::Python }),
            Err(reason) => {
                println!("SKIPPED ty, so there are no ratios: {reason:#}");
                println!("{}", tools::ty::HOW);
                None
            }
        }
    }

    /// The command that starts its language server.
    pub(crate) fn server(&self, folder: &Path) -> Command {
        let mut command = process::command(&self.program, folder);
        command.arg(match self.language {
            Language::Ko => "lsp",
            Language::Python => "server",
        });
        command.env_remove("KOPATH");
        command
    }

    /// The command that checks a folder.
    pub(crate) fn check(&self, folder: &Path) -> Command {
        let mut command = process::command(&self.program, folder);
        command.arg("check").env_remove("KOPATH");
        if self.language == Language::Python {
            command.args(["--no-progress", "--output-format", "concise"]);
        }
        command
    }
}

impl Language {
    /// How the names of files end, without the dot.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Language::Ko => "ko",
            Language::Python => "py",
        }
    }

    /// What the protocol calls it.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Language::Ko => "ko",
            Language::Python => "python",
        }
    }

    /// A program of about this many lines: [`BLOCK`] for each function, which calls the one before it.
    pub(crate) fn program(self, lines: usize) -> String {
        let count = (lines / BLOCK).max(2);
        let mut text = String::new();
        for at in 0..count {
            let called = at.checked_sub(1);
            // Writing to a string never fails.
            let _ = match self {
                Language::Ko => ko_block(&mut text, at, called),
                Language::Python => python_block(&mut text, at, called),
            };
        }
        text
    }

    /// A workspace of this many files of about 50 lines, [`PACKAGE`] to a folder. The functions of a file call each other
    /// in a chain, and each folder uses the one before it. Paths and texts.
    pub(crate) fn workspace(self, files: usize) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for number in 0..files {
            let (package, at) = (number / PACKAGE, number % PACKAGE);
            let first = at * FUNCTIONS;
            let mut text = String::new();
            let uses = package.checked_sub(1).filter(|_| at == 0);
            // Writing to a string never fails.
            let _ = match (self, uses) {
                (Language::Ko, Some(used)) => ko_use(&mut text, package, used),
                (Language::Python, Some(used)) => python_use(&mut text, used),
                (_, None) => Ok(()),
            };
            if self == Language::Python {
                match number {
                    0 => {}
                    _ => text.push_str("from p0.kinds import *\n\n\n"),
                }
            }
            for function in first..first + FUNCTIONS {
                let called = function.checked_sub(1).filter(|_| function > first);
                let _ = match self {
                    Language::Ko => ko_block(&mut text, function, called),
                    Language::Python => python_block(&mut text, function, called),
                };
            }
            let name = match (self, number) {
                (Language::Python, 0) => "kinds".to_owned(),
                _ => format!("f{at}"),
            };
            all.push((format!("p{package}/{name}.{}", self.extension()), text));
        }
        all
    }

    /// A chain of functions that give each other's results back, with nothing written of their types.
    pub(crate) fn chain(self, count: usize) -> String {
        let mut text = String::new();
        for at in 0..count {
            let before = at.checked_sub(1);
            let _ = match (self, before) {
                (Language::Ko, None) => writeln!(text, "F0(x) {{ return: (value: x, n: 1) }}"),
                (Language::Ko, Some(before)) => {
                    writeln!(text, "F{at}(x) {{ return: F{before}(x: x) }}")
                }
                (Language::Python, None) => {
                    writeln!(text, "def f0(x):\n    return {{\"value\": x, \"n\": 1}}\n")
                }
                (Language::Python, Some(before)) => {
                    writeln!(text, "def f{at}(x):\n    return f{before}(x)\n")
                }
            };
        }
        text
    }
}

/// How many files a folder of a workspace has.
const PACKAGE: usize = 10;

/// How many functions a file of a workspace has.
const FUNCTIONS: usize = 5;

fn ko_block(text: &mut String, at: usize, called: Option<usize>) -> std::fmt::Result {
    writeln!(text, "// Deploys the part {at} of the shop, with what it needs.")?;
    writeln!(text, "Deploy{at}(namespace, name, replicas) {{")?;
    writeln!(text, "  labels: (app: name, part: \"p{at}\")")?;
    writeln!(text, "  container: (name: name, image: \"shop/p{at}:1\", args: (\"-v\", name))")?;
    writeln!(text, "  template: (metadata: (labels: labels), spec: (containers: container))")?;
    writeln!(
        text,
        "  made: CreateDeployment(namespace: namespace, deployment: (metadata: (name: name, labels: labels), spec: \
         (replicas: replicas, selector: (matchLabels: labels), template: template)))"
    )?;
    match called {
        Some(before) => writeln!(
            text,
            "  before: Deploy{before}(namespace: namespace, name: name, replicas: replicas)"
        )?,
        None => writeln!(text, "  before: (count: 1)")?,
    }
    writeln!(
        text,
        "  return: (name: made.metadata.name, count: Sum(before.count, 1), labels: labels)"
    )?;
    writeln!(text, "}}\n")
}

fn ko_use(text: &mut String, package: usize, used: usize) -> std::fmt::Result {
    writeln!(text, "import \"p{used}\"\n")?;
    writeln!(text, "Use{package}(ns) {{")?;
    writeln!(text, "  one: p{used}.Deploy1(namespace: ns, name: \"n\", replicas: 1)")?;
    writeln!(text, "  return: Sum(one.count, 1)\n}}\n")
}

fn python_use(text: &mut String, used: usize) -> std::fmt::Result {
    let module = if used == 0 { "kinds" } else { "f0" };
    writeln!(text, "from p{used}.{module} import deploy_1 as used\n")?;
    writeln!(text, "def use(ns: str) -> int:")?;
    writeln!(text, "    one = used(namespace=ns, name=\"n\", replicas=1)")?;
    writeln!(text, "    return one.count + 1\n\n")
}

fn python_block(text: &mut String, at: usize, called: Option<usize>) -> std::fmt::Result {
    if at == 0 {
        text.push_str(PYTHON_KINDS);
    }
    writeln!(text, "# Deploys the part {at} of the shop, with what it needs.")?;
    writeln!(text, "def deploy_{at}(namespace: str, name: str, replicas: int) -> Result:")?;
    writeln!(text, "    labels = {{\"app\": name, \"part\": \"p{at}\"}}")?;
    writeln!(
        text,
        "    container = Container(name=name, image=\"shop/p{at}:1\", args=[\"-v\", name])"
    )?;
    writeln!(
        text,
        "    template = PodTemplate(metadata=Metadata(labels=labels), spec=PodSpec([container]))"
    )?;
    writeln!(
        text,
        "    made = create_deployment(namespace, Deployment(metadata=Metadata(name=name, labels=labels), \
         spec=DeploymentSpec(replicas=replicas, selector=labels, template=template)))"
    )?;
    match called {
        Some(before) => writeln!(text, "    before = deploy_{before}(namespace, name, replicas)")?,
        None => writeln!(text, "    before = Result(name=name, count=1, labels=labels)")?,
    }
    writeln!(
        text,
        "    return Result(name=made.metadata.name, count=before.count + 1, labels=labels)\n\n"
    )
}

/// The kinds that Ko has from its schema.
const PYTHON_KINDS: &str = r#"from dataclasses import dataclass, field


@dataclass
class Metadata:
    name: str = ""
    labels: dict[str, str] = field(default_factory=dict)


@dataclass
class Container:
    name: str
    image: str
    args: list[str]


@dataclass
class PodSpec:
    containers: list[Container]


@dataclass
class PodTemplate:
    metadata: Metadata
    spec: PodSpec


@dataclass
class DeploymentSpec:
    replicas: int
    selector: dict[str, str]
    template: PodTemplate


@dataclass
class Deployment:
    metadata: Metadata
    spec: DeploymentSpec


@dataclass
class Result:
    name: str
    count: int
    labels: dict[str, str]


def create_deployment(namespace: str, deployment: Deployment) -> Deployment:
    return deployment


"#;

/// Writes an empty folder with these files for one side.
///
/// # Errors
/// When the disk refuses.
pub(crate) fn folder(name: &str, files: &[(String, String)]) -> Result<PathBuf> {
    let folder = places::target().join("bench").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    for (path, text) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)
                .with_context(|| format!("cannot create {}", parent.display()))?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_have_as_many_lines_as_asked_for() {
        let lines = |language: Language| language.program(1000).lines().count();
        assert_eq!(lines(Language::Ko), 1000);
        let python = lines(Language::Python);
        assert!((1000..1060).contains(&python), "{python}: the kinds come on top");
    }

    #[test]
    fn chains_are_as_long_as_asked_for() {
        assert!(Language::Ko.chain(3).ends_with("F2(x) { return: F1(x: x) }\n"));
        assert_eq!(Language::Python.chain(3).matches("def ").count(), 3);
    }
}
