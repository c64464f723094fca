//! What an input says: a command, which begins with `:`, or Ko.

use std::path::Path;

use ko_evaluator::{
    print::{short, short_type},
    vtype::Type,
};
use ko_queries::{FunctionKey, items::find_function};

use super::{Next, evaluation::Evaluation};
use crate::cli::{
    doc, red,
    session::{Input, Refusal, Session},
};

/// The commands: name, what follows it, what it does.
pub(super) const COMMANDS: &[(&str, &str, &str)] = &[
    ("type", "EXPRESSION", "the type of an expression, without evaluating it"),
    ("graph", "EXPRESSION", "the graph of an expression, or of a function by its name"),
    ("doc", "NAME", "what a function, package, kind or field is for"),
    ("load", "FILE", "take over the functions and imports of a file"),
    ("import", "PACKAGE", "import a package; NAME=PACKAGE gives it another name"),
    ("steps", "", "the steps that are kept, with their values"),
    ("reset", "", "empty the sandbox"),
    ("help", "", "this"),
    ("quit", "", "end the session"),
];

/// Does what an input says, and prints what comes of it.
pub(super) fn input(session: &mut Session, evaluation: &mut Evaluation, text: &str) -> Next {
    if let Some(command) = text.trim_start().strip_prefix(':') {
        return command_input(session, evaluation, command.trim());
    }
    let is_space = |kind: ko_syntax::SyntaxKind| kind.is_trivia() || kind.is_separator();
    if ko_syntax::tokenize(text).all(|(kind, _)| is_space(kind)) {
        return Next::Go;
    }
    match session.input(text) {
        Ok(Input::Ready(ready)) => evaluation.evaluate(session, &ready),
        other => defined(other),
    }
}

fn defined(input: Result<Input, Refusal>) -> Next {
    match input {
        Ok(Input::Defined { functions, imports }) => {
            if !functions.is_empty() {
                anstream::println!("defined {}", functions.join(", "));
            }
            if !imports.is_empty() {
                anstream::println!("imported {}", imports.join(", "));
            }
            Next::Go
        }
        Ok(Input::Ready(_)) => Next::Go,
        Err(refusal) => refused(&refusal),
    }
}

fn refused(refusal: &[String]) -> Next {
    for text in refusal {
        anstream::eprintln!("{text}");
    }
    Next::Failed
}

fn failed(message: &str) -> Next {
    anstream::eprintln!("{} {message}", red("error:"));
    Next::Failed
}

fn command_input(session: &mut Session, evaluation: &mut Evaluation, command: &str) -> Next {
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let rest = rest.trim();
    // As much of a name as is needed will do.
    let mut known = COMMANDS.iter().filter(|(it, ..)| !name.is_empty() && it.starts_with(name));
    let Some((command, needs, _)) = known.next() else {
        return failed(&format!("there is no command :{name}; :help lists them"));
    };
    if !needs.is_empty() && rest.is_empty() {
        return failed(&format!(":{command} needs {needs}"));
    }
    match *command {
        "type" => type_of(session, rest),
        "graph" => graph(session, rest),
        "doc" => match doc::text_of(&session.sources, &in_full(session, rest)) {
            Ok(text) => {
                anstream::print!("{text}");
                Next::Go
            }
            Err(error) => failed(&error.to_string()),
        },
        "load" => defined(session.load(Path::new(rest))),
        "import" => match session.import(rest.trim_matches('"')) {
            Ok(()) => Next::Go,
            Err(error) => failed(&error.to_string()),
        },
        "steps" => {
            for (name, value) in session.steps() {
                let ty = short_type(&Type::of(value), 60);
                anstream::println!("{name}: {ty} = {}", short(value, 100));
            }
            Next::Go
        }
        "reset" => {
            if !evaluation.reset() {
                return failed("there is no sandbox: this session works on a cluster");
            }
            anstream::println!("the sandbox is empty");
            Next::Go
        }
        "quit" => Next::Quit,
        _ => {
            help();
            Next::Go
        }
    }
}

/// A function of an imported package, `text.Join`, with the path of the package: `tools/text/Join`.
fn in_full(session: &Session, name: &str) -> String {
    let known = name.split_once('.').and_then(|(alias, name)| {
        Some((session.imported(alias)?, name)).filter(|_| ko_syntax::is_valid_ident(name))
    });
    match known {
        Some((path, name)) => format!("{path}/{name}"),
        None => session.imported(name).unwrap_or(name).to_owned(),
    }
}

fn help() {
    for (name, needs, what) in COMMANDS {
        let command = format!(":{name} {needs}");
        anstream::println!("  {command:19}  {what}");
    }
    anstream::println!(
        "\nAnything else is Ko: an expression; a step to keep, such as `x: Sum(1, 2)`; a function; an import.\n\
         A line goes on while a bracket is open. The tab key completes."
    );
}

fn type_of(session: &mut Session, text: &str) -> Next {
    if let Some((_, value)) = session.steps().iter().find(|(name, _)| *name == text) {
        anstream::println!("{}", short_type(&Type::of(value), 2000));
        return Next::Go;
    }
    let ready = match session.evaluate(text) {
        Ok(ready) => ready,
        Err(refusal) => return refused(&refusal),
    };
    let key = &ready.entry.function;
    let data = format!("function {} {}", key.package, key.name);
    let markdown = ko_ide::resolve_completion(session.db(), &data).unwrap_or_default();
    let signature = markdown.lines().nth(1).unwrap_or_default();
    match signature.split_once(" → ") {
        Some((_, ty)) => anstream::println!("{ty}"),
        None => anstream::println!("it depends on values that are known when it runs"),
    }
    Next::Go
}

fn graph(session: &mut Session, text: &str) -> Next {
    let named = |package: &str, name: &str| {
        let key = FunctionKey { package: package.into(), name: name.into() };
        let function = find_function(session.db(), &key)?;
        ko_ide::graph(session.db(), function.file(session.db()).id(session.db()), name)
    };
    let full = in_full(session, text);
    let found = match full.rsplit_once('/') {
        Some((package, name)) => named(package, name),
        None => named(session.package(), text),
    };
    let graph = match found {
        Some(graph) => Some(graph),
        None => match session.evaluate(text) {
            Ok(ready) => ko_ide::graph(session.db(), ready.file, &ready.entry.function.name),
            Err(refusal) => return refused(&refusal),
        },
    };
    match graph {
        Some(graph) => {
            anstream::println!("{}", ko_ide::graph::text(&graph).text.trim_end());
            Next::Go
        }
        None => failed("this cannot be drawn"),
    }
}
