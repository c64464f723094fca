//! Clusters by `workspace/executeCommand`, for clients that have no commands of their own, such as Helix. What comes of a
//! command is said in a message, since such clients show nothing of its answer.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::Clusters;
use crate::lsp::pool::Failure;

/// Their names. Others than those of the VS Code extension: its client registers what the server offers.
pub(crate) const COMMANDS: [&str; 4] =
    ["ko.connect", "ko.reconnect", "ko.disconnect", "ko.contexts"];

impl Clusters {
    /// Carries out a command: its answer, and what to tell the user. Nothing if there is no such command.
    ///
    /// - `ko.connect` with the name of a context, else the current one, and with the path of a kubeconfig, else the usual one;
    /// - `ko.reconnect`, `ko.disconnect`;
    /// - `ko.contexts` with the path of a kubeconfig, else the usual one: what there is to connect to.
    ///
    /// # Errors
    /// As those of the requests, and when the arguments are no texts.
    pub(crate) async fn command(
        &self,
        name: &str,
        arguments: &[Value],
    ) -> Result<Option<(Value, String)>, Failure> {
        let answer = match name {
            "ko.connect" => {
                let context = text(arguments.first(), "the name of a context")?;
                let kubeconfig = text(arguments.get(1), "the path of a kubeconfig")?;
                let kubeconfig = kubeconfig.map(PathBuf::from);
                self.connect(&json!({"context": context, "kubeconfig": kubeconfig})).await?
            }
            "ko.reconnect" => self.reconnect().await?,
            "ko.disconnect" => json!({"status": self.disconnect().await}),
            "ko.contexts" => {
                let kubeconfig = text(arguments.first(), "the path of a kubeconfig")?;
                let found = self.contexts(&json!({"kubeconfig": kubeconfig.map(PathBuf::from)}))?;
                let said = listed(&found["contexts"]);
                return Ok(Some((found, said)));
            }
            _ => return Ok(None),
        };
        let said = match answer["outcome"].as_str() {
            Some("consent") => asks(&answer),
            _ => answer["status"]["message"].as_str().unwrap_or_default().to_owned(),
        };
        Ok(Some((answer, said)))
    }
}

/// One line for each context.
fn listed(contexts: &Value) -> String {
    let line = |it: &Value| {
        let word = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        let current = if it["current"] == true { " (current)" } else { "" };
        format!("{}{current}: {}, user {}", word("name"), word("server"), word("user"))
    };
    let lines: Vec<String> = contexts.as_array().into_iter().flatten().map(line).collect();
    lines.join("\n")
}

/// A command cannot ask: whoever wants the program to run says so in a terminal, which is remembered.
fn asks(answer: &Value) -> String {
    let word = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let (context, plugin) = (word(&answer["context"]), &answer["plugin"]);
    let arguments = plugin["arguments"].as_array().into_iter().flatten();
    let words: Vec<String> =
        [word(&plugin["command"])].into_iter().chain(arguments.map(word)).collect();
    format!(
        "Signing in to {context} runs the program `{}`, which needs your consent: give it in a terminal, \
         with `ko api --context {context}`, then connect again.",
        words.join(" ")
    )
}

fn text<'a>(argument: Option<&'a Value>, what: &str) -> Result<Option<&'a str>, Failure> {
    match argument {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => {
            Err(Failure::Refused(format!("an argument is {other}: it should be {what}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consent_names_the_program_and_the_way() {
        let said = asks(
            &json!({"context": "dev", "plugin": {"command": "aws", "arguments": ["eks", "get-token"]}}),
        );
        assert!(
            said.contains("`aws eks get-token`") && said.contains("`ko api --context dev`"),
            "{said}"
        );
    }

    #[test]
    fn contexts_are_lines() {
        let contexts = json!([
            {"name": "a", "server": "https://a", "user": "me", "current": true},
            {"name": "b", "server": "https://b", "user": "you", "current": false},
        ]);
        assert_eq!(listed(&contexts), "a (current): https://a, user me\nb: https://b, user you");
        assert!(text(Some(&json!(1)), "a name").is_err() && matches!(text(None, ""), Ok(None)));
    }
}
