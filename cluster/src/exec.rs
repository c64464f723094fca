//! Running a program in a container, over a WebSocket
//! (<https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>, `PodExecOptions`).

use std::convert::Infallible;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use ko_evaluator::cluster::{ApiError, ExecOptions, ExecOutput};
use kube::api::{AttachParams, AttachedProcess};
use kube::{Api, Client};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};

use crate::answer;

/// The most that is kept of each output, in bytes.
const MOST: u64 = 64 << 20;

/// Ends the task behind a process when it is dropped: nobody is left to listen.
struct Running(AttachedProcess);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs a program to its end.
pub(crate) async fn run(
    client: Client,
    namespace: &str,
    pod: &str,
    options: &ExecOptions,
) -> Result<ExecOutput, ApiError> {
    let params = AttachParams {
        container: options.container.clone(),
        stdin: options.stdin.is_some(),
        stdout: true,
        stderr: true,
        tty: false,
        ..AttachParams::default()
    };
    let pods: Api<Pod> = Api::namespaced(client, namespace);
    let attached = pods.exec(pod, options.command.clone(), &params).await;
    let mut process = Running(attached.map_err(|error| once(&error))?);
    let gone =
        || failed("the connection to the container has no end that was asked for".to_owned());
    let (mut stdout, mut stderr) =
        (process.0.stdout().ok_or_else(gone)?, process.0.stderr().ok_or_else(gone)?);
    let stdin = process.0.stdin();
    let status = process.0.take_status();
    let feed = async {
        if let (Some(mut stdin), Some(text)) = (stdin, options.stdin.as_deref()) {
            // A program need not read all of it.
            let _ = stdin.write_all(text).await;
            let _ = stdin.shutdown().await;
        }
        std::future::pending::<Infallible>().await
    };
    // Outputs do not end when the connection breaks off, but then there is no status.
    let end = async {
        let status = match status {
            Some(status) => status.await,
            None => None,
        };
        let broken = || failed("the connection broke off while the program ran".to_owned());
        exit_code(&status.ok_or_else(broken)?)
    };
    let outputs = async { tokio::try_join!(end, all(&mut stdout), all(&mut stderr)) };
    // Nor does what feeds a program that has ended.
    let (exit_code, stdout, stderr) = tokio::select! {
        outputs = outputs => outputs?,
        never = feed => match never {},
    };
    Ok(ExecOutput { stdout, stderr, exit_code })
}

async fn all(stream: &mut (impl AsyncRead + Unpin)) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    let read = stream.take(MOST + 1).read_to_end(&mut bytes).await;
    read.map_err(|error| failed(format!("the output of the program: {error}")))?;
    if bytes.len() as u64 > MOST {
        return Err(failed(format!("the program writes more than {MOST} bytes")));
    }
    Ok(bytes)
}

/// The exit code in the status that ends a stream.
fn exit_code(status: &Status) -> Result<i64, ApiError> {
    if status.status.as_deref() == Some("Success") {
        return Ok(0);
    }
    let causes = status.details.iter().flat_map(|it| &it.causes).flatten();
    let code = causes
        .filter(|it| it.reason.as_deref() == Some("ExitCode"))
        .find_map(|it| it.message.as_deref()?.parse().ok());
    match code {
        Some(code) => Ok(code),
        None => Err(ApiError {
            // A server that is busy refuses the connection: what is said over it must not look as if nothing had run.
            code: status
                .code
                .and_then(|it| u16::try_from(it).ok())
                .filter(|it| !matches!(it, 429 | 503))
                .unwrap_or_default(),
            reason: status.reason.clone().unwrap_or_default(),
            message: status.message.clone().unwrap_or_default(),
            ..ApiError::default()
        }),
    }
}

fn failed(message: String) -> ApiError {
    ApiError { reason: "StreamFailed".to_owned(), message, ..ApiError::default() }
}

/// A failure after which nobody may try again: the program may have run.
fn once(error: &kube::Error) -> ApiError {
    let error = answer::failure(error);
    if error.code == 0 { failed(error.message) } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_code_is_in_a_cause() {
        let status = |it: serde_json::Value| serde_json::from_value::<Status>(it).unwrap();
        assert_eq!(exit_code(&status(json!({"status": "Success"}))), Ok(0));
        let failed = json!({"status": "Failure", "reason": "NonZeroExitCode", "message": "exit 3",
            "details": {"causes": [{"reason": "ExitCode", "message": "3"}]}});
        assert_eq!(exit_code(&status(failed)), Ok(3));
        let missing = json!({"status": "Failure", "reason": "InternalError", "code": 500,
            "message": "no such program"});
        assert_eq!(exit_code(&status(missing)).unwrap_err().message, "no such program");
    }
}
