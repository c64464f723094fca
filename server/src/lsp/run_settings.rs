//! What runs from an editor may do and use up, as the user has set it: the part `ko.run` of `initializationOptions` and of
//! `workspace/didChangeConfiguration`.
//!
//! Whoever opens somebody else's folder must not thereby give its programs the disk or the network. So nothing is allowed
//! unless the user says so, and clients take these settings from the user alone, never from the workspace.

use std::time::Duration;

use ko_evaluator::host::HostAccess;
use serde_json::Value;

use crate::cli::limits;

/// How runs from an editor are limited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunSettings {
    /// What a program may do besides Kubernetes (`allow`).
    pub(crate) allow: HostAccess,
    /// How long a run may take in real time (`timeout`). The sandbox's clock is virtual: waiting in it costs none of this.
    pub(crate) timeout: Duration,
    /// The memory that the values of a run may take, in bytes (`maxMemory`).
    pub(crate) max_memory: u64,
    /// How long a run that is to stop has to end by itself before its process is killed (`stopGrace`).
    pub(crate) stop_grace: Duration,
}

impl Default for RunSettings {
    fn default() -> Self {
        RunSettings {
            allow: HostAccess::NONE,
            timeout: Duration::from_secs(300),
            max_memory: 1 << 30,
            stop_grace: Duration::from_millis(200),
        }
    }
}

impl RunSettings {
    /// Reads the settings of `{"ko": {"run": …}}`, and says what is wrong with them. What is missing or wrong is as if
    /// nothing had been set. `None` if there is no such part.
    pub(crate) fn read(settings: &Value) -> Option<(RunSettings, Vec<String>)> {
        let run = settings.get("ko")?.get("run").filter(|run| !run.is_null())?;
        let mut read = RunSettings::default();
        let mut problems = Vec::new();
        let Some(fields) = run.as_object() else {
            return Some((read, vec![format!("ko.run must be an object, not {run}")]));
        };
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            let done = match name.as_str() {
                "allow" => allow(value).map(|it| read.allow = it),
                "timeout" => {
                    text(value).and_then(|it| limits::duration(&it)).map(|it| read.timeout = it)
                }
                "maxMemory" => {
                    text(value).and_then(|it| limits::size(&it)).map(|it| read.max_memory = it)
                }
                "stopGrace" => {
                    text(value).and_then(|it| limits::duration(&it)).map(|it| read.stop_grace = it)
                }
                _ => {
                    Err("there is no such setting; there are allow, timeout, maxMemory, stopGrace"
                        .to_owned())
                }
            };
            if let Err(problem) = done {
                problems.push(format!("ko.run.{name}: {problem}"));
            }
        }
        Some((read, problems))
    }
}

/// `"files,network"`, or `["files", "network"]`.
fn allow(value: &Value) -> Result<HostAccess, String> {
    let names = match value {
        Value::Array(names) => {
            let names: Result<Vec<String>, String> = names.iter().map(text).collect();
            names?.join(",")
        }
        other => text(other)?,
    };
    names.parse().map_err(|error: ko_evaluator::host::UnknownEffect| error.to_string())
}

/// A text; a number as it is written.
fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(format!("{other} is no text")),
    }
}

#[cfg(test)]
mod tests {
    use ko_evaluator::host::Effect;
    use serde_json::json;

    use super::*;

    fn read(run: Value) -> (RunSettings, Vec<String>) {
        RunSettings::read(&json!({"ko": {"run": run}})).unwrap()
    }

    #[test]
    fn nothing_is_allowed_unless_it_is_said() {
        assert!(RunSettings::read(&json!({"ko": {"lenses": true}})).is_none());
        assert_eq!(RunSettings::default().allow, HostAccess::NONE);
        assert_eq!(read(json!({})), (RunSettings::default(), Vec::new()));
        let (settings, problems) = read(json!({"allow": "read, network", "timeout": "2s"}));
        assert!(problems.is_empty(), "{problems:?}");
        assert!(settings.allow.allows(Effect::Network) && settings.allow.allows(Effect::ReadFiles));
        assert!(!settings.allow.allows(Effect::WriteFiles));
        assert_eq!(settings.timeout, Duration::from_secs(2));
        let (settings, problems) = read(json!({"allow": ["files"], "maxMemory": "64M"}));
        assert!(problems.is_empty(), "{problems:?}");
        assert!(settings.allow.allows(Effect::WriteFiles));
        assert_eq!(settings.max_memory, 64 << 20);
    }

    #[test]
    fn what_is_wrong_allows_nothing_and_is_said() {
        let (settings, problems) =
            read(json!({"allow": ["network", "disk"], "timeout": true, "x": 1}));
        assert_eq!(settings, RunSettings::default());
        let all = problems.join("\n");
        for part in
            ["ko.run.allow: \"disk\"", "ko.run.timeout: true is no text", "ko.run.x: there is no"]
        {
            assert!(all.contains(part), "{part} is missing in\n{all}");
        }
        assert_eq!(read(json!("all")).0, RunSettings::default());
    }
}
