//! `ko explain`: what a kind of problem means.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use ko_queries::{
    diagnostic::Severity,
    explain::{Explanation, explain, explanations},
};
use serde_json::json;

/// Say what a kind of problem means, with an example and a way out
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ko explain                       all kinds of problems
  ko explain label-cycle
  ko explain --json | jq -r '.[].code'

`ko check` prints the code of a problem in brackets behind its message.
Exit codes: 0 success, 2 there is no such code.")]
pub(crate) struct Explain {
    /// The code, such as `unknown-field`; all are listed without one
    #[arg(value_name = "CODE")]
    code: Option<String>,
    /// Print JSON: an object for a code, an array for all
    #[arg(long)]
    json: bool,
}

impl Explain {
    /// Prints what is known of the code, or all codes.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let Some(code) = self.code else {
            return Ok(self.list());
        };
        // As it stands in a message, brackets and all.
        let code = code.trim_matches(['[', ']']);
        let found = match explain(code) {
            Ok(found) => found,
            Err(near) if near.is_empty() => {
                bail!("there is no diagnostic `{code}`; `ko explain` lists all")
            }
            Err(near) => {
                let near: Vec<_> = near.iter().map(|it| format!("`{it}`")).collect();
                let near = near.join(" or ");
                bail!(
                    "there is no diagnostic `{code}`; did you mean {near}? `ko explain` lists all"
                )
            }
        };
        if self.json {
            anstream::println!("{:#}", to_json(found));
        } else {
            anstream::println!("{}", shown(found));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn list(&self) -> ExitCode {
        if self.json {
            let all: Vec<_> = explanations().iter().map(to_json).collect();
            anstream::println!("{:#}", serde_json::Value::Array(all));
            return ExitCode::SUCCESS;
        }
        let width = explanations().iter().map(|it| it.code.len()).max().unwrap_or_default();
        for it in explanations() {
            // The first sentence is enough to find the right one.
            let first = it.text.split(['.', ':', ';']).next().unwrap_or(it.text);
            anstream::println!("{:width$}  {:7}  {first}", it.code, word(it.severity));
        }
        ExitCode::SUCCESS
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    }
}

fn to_json(explanation: &Explanation) -> serde_json::Value {
    json!({
        "code": explanation.code,
        "severity": word(explanation.severity),
        "text": explanation.text,
        "problem": explanation.examples.first(),
        "mended": explanation.examples.get(1),
    })
}

fn shown(explanation: &Explanation) -> String {
    let bold = anstyle::Style::new().bold();
    let (code, severity) = (explanation.code, word(explanation.severity));
    let mut out = format!("{bold}{code}{bold:#} ({severity})\n\n{}\n", wrapped(explanation.text));
    for (title, example) in
        ["This has the problem:", "This has not:"].iter().zip(&explanation.examples)
    {
        out.push_str(&format!("\n{title}\n\n"));
        for line in example.trim_end().lines() {
            out.push_str(format!("    {line}").trim_end());
            out.push('\n');
        }
    }
    out.trim_end().to_owned()
}

/// Text in lines of at most 80 characters, as far as words are not longer.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > 80 {
            out.push('\n');
            width = 0;
        } else if width > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += length;
    }
    out
}
