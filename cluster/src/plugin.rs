//! Runs a credential plugin, once the user has agreed to it: without standard input, with a time limit, and with nothing
//! of what it says in any message but the end of its standard error.
//!
//! The client library could run it too, but lets it prompt and wait for ever.
//! Source of the protocol: <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>.

use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::{AuthInfo, ExecConfig};
use serde::Deserialize;
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

/// How long a plugin may take.
const LIMIT: Duration = Duration::from_secs(30);

/// How much a plugin may say; a credential is a few kilobytes.
const MOST: u64 = 1 << 20;

/// What a plugin gives.
#[derive(Debug, Deserialize)]
struct Answer {
    status: Option<Status>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
    expiration_timestamp: Option<String>,
}

/// The user's entry with the credential that its plugin gives in place of the plugin, and until when it is good.
///
/// # Errors
/// When the plugin cannot be started, takes too long, fails, or answers something else. The text says which.
pub(crate) async fn sign_in(
    credentials: &AuthInfo,
    exec: &ExecConfig,
) -> Result<(AuthInfo, Option<jiff::Timestamp>), String> {
    let name = exec.command.clone().unwrap_or_default();
    let hint =
        exec.install_hint.as_deref().map(|it| format!("\n{}", it.trim())).unwrap_or_default();
    let mut command = Command::new(&name);
    command.args(exec.args.iter().flatten());
    for variable in exec.env.iter().flatten() {
        if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
            command.env(name, value);
        }
    }
    let mut spec = json!({"interactive": false});
    if exec.provide_cluster_info {
        spec["cluster"] = serde_json::to_value(&exec.cluster).unwrap_or_default();
    }
    let info = json!({
        "apiVersion": exec.api_version.as_deref().unwrap_or("client.authentication.k8s.io/v1"),
        "kind": "ExecCredential",
        "spec": spec,
    });
    command.env("KUBERNETES_EXEC_INFO", info.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut process = command.spawn().map_err(|error| {
        format!("the credential plugin `{name}` cannot be started: {error}{hint}")
    })?;
    let (out, err) = (process.stdout.take(), process.stderr.take());
    let read = async {
        let (mut answer, mut complaint) = (Vec::new(), Vec::new());
        let one = async {
            if let Some(out) = out {
                let _ = out.take(MOST).read_to_end(&mut answer).await;
            }
        };
        let two = async {
            if let Some(err) = err {
                let _ = err.take(MOST).read_to_end(&mut complaint).await;
            }
        };
        tokio::join!(one, two);
        (process.wait().await, answer, complaint)
    };
    let (status, answer, complaint) = tokio::time::timeout(LIMIT, read).await.map_err(|_| {
        format!("the credential plugin `{name}` did not end within {} s; does it want to ask something? Sign in with it in a terminal first", LIMIT.as_secs())
    })?;
    let status = status.map_err(|error| format!("the credential plugin `{name}`: {error}"))?;
    if !status.success() {
        let complaint = String::from_utf8_lossy(&complaint);
        let last = complaint.lines().rev().find(|it| !it.trim().is_empty()).unwrap_or_default();
        let last: String = last.chars().take(300).collect();
        return Err(format!("the credential plugin `{name}` failed ({status}): {last}{hint}"));
    }
    // Its answer holds the credential: no part of it may get into a message.
    let unusable = || format!("the credential plugin `{name}` answered no credential");
    let status = serde_json::from_slice::<Answer>(&answer)
        .ok()
        .and_then(|it| it.status)
        .ok_or_else(unusable)?;
    let mut credentials = credentials.clone();
    credentials.exec = None;
    if status.token.is_none() && status.client_certificate_data.is_none() {
        return Err(unusable());
    }
    credentials.token = status.token.map(Into::into);
    if let (Some(certificate), Some(key)) = (status.client_certificate_data, status.client_key_data)
    {
        // The kubeconfig holds both in base64, the plugin gives them as they are.
        credentials.client_certificate_data = Some(STANDARD.encode(certificate));
        credentials.client_key_data = Some(STANDARD.encode(key).into());
    }
    let until = status.expiration_timestamp.and_then(|it| it.parse().ok());
    Ok((credentials, until))
}
