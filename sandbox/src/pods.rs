//! What happens inside of containers, of which the sandbox has none: logs say what became of the container; programs do
//! not run.

use ko_evaluator::cluster::{ApiError, ExecOptions, ExecOutput, LogOptions, Resource};
use serde_json::Value as Json;

use crate::requests::Target;
use crate::state::State;
use crate::{errors, json};

/// The log of a container: a line for its start and one for its end.
pub(crate) fn logs(
    state: &State,
    namespace: &str,
    name: &str,
    options: &LogOptions,
) -> Result<Vec<u8>, ApiError> {
    let pod = pod(state, namespace, name)?;
    let container = container(&pod, name, options.container.as_deref())?;
    let status = json::items(&pod, "status.containerStatuses")
        .iter()
        .find(|it| json::text(it, "name") == container);
    let which = if options.previous { "lastState" } else { "state" };
    let Some(known) = status.map(|it| json::at(it, which)).filter(|it| started(it).is_some())
    else {
        let what = if options.previous { "previous terminated " } else { "" };
        return Err(errors::bad_request(format!(
            "{what}container {container:?} in pod {name:?} is waiting to start: ContainerCreating"
        )));
    };
    let mut lines = Vec::new();
    let line = |time: &str, text: String| {
        if options.timestamps { format!("{time} {text}\n") } else { format!("{text}\n") }
    };
    let begun = started(known).unwrap_or_default();
    lines.push(line(begun, format!("sandbox: {container} started at {begun}")));
    if let Some(code) = json::int(known, "terminated.exitCode") {
        let ended = json::text(known, "terminated.finishedAt");
        lines.push(line(ended, format!("sandbox: {container} ended at {ended} with code {code}")));
    }
    let tail = options.tail.and_then(|it| usize::try_from(it).ok()).unwrap_or(lines.len());
    let first = lines.len().saturating_sub(tail);
    Ok(lines.split_off(first).concat().into_bytes())
}

/// Refuses: there is nothing that could run.
pub(crate) fn exec(
    state: &State,
    namespace: &str,
    name: &str,
    options: &ExecOptions,
) -> Result<ExecOutput, ApiError> {
    let pod = pod(state, namespace, name)?;
    let container = container(&pod, name, options.container.as_deref())?;
    let program = options.command.first().map_or("", |it| it);
    Err(errors::not_simulated(&format!(
        "the sandbox runs no programs: {program} in container {container} of pod {name} needs a cluster"
    )))
}

fn started(state: &Json) -> Option<&str> {
    let times = [json::text(state, "running.startedAt"), json::text(state, "terminated.startedAt")];
    times.into_iter().find(|it| !it.is_empty())
}

fn pod(state: &State, namespace: &str, name: &str) -> Result<std::sync::Arc<Json>, ApiError> {
    let kind = state.schema.find_kind("v1", "Pod").ok_or_else(errors::no_such_resource)?;
    let target = Target::find(state, &Resource::from(kind))?;
    Ok(target.existing(state, Some(namespace), name)?.1)
}

/// The container that is meant, in the words of the server if none is.
fn container(pod: &Json, name: &str, wanted: Option<&str>) -> Result<String, ApiError> {
    let all: Vec<&str> = ["spec.containers", "spec.initContainers"]
        .into_iter()
        .flat_map(|it| json::items(pod, it))
        .map(|it| json::text(it, "name"))
        .collect();
    match (wanted, all.as_slice()) {
        (Some(wanted), _) if all.contains(&wanted) => Ok(wanted.to_owned()),
        (Some(wanted), _) => {
            Err(errors::bad_request(format!("container {wanted} is not valid for pod {name}")))
        }
        (None, [only]) => Ok((*only).to_owned()),
        (None, _) => Err(errors::bad_request(format!(
            "a container name must be specified for pod {name}, choose one of: [{}]",
            all.join(" ")
        ))),
    }
}
