//! `ko/run` and `ko/functionArguments`: what the client orders, and what it has to give.

use std::collections::BTreeMap;

use crossbeam_channel::Receiver;
use ko_ide::{FileRange, FunctionKey};
use ls_types::{Range, TextDocumentIdentifier};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::{
    line_index::Encoding,
    lsp::{from_proto, pool::Failure, runs::RunOrder, snapshot::Snapshot},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    text_document: TextDocumentIdentifier,
    function: String,
    #[serde(default)]
    arguments: BTreeMap<String, String>,
    selection: Option<Range>,
    mode: String,
    run_id: String,
    /// What the answer `confirm` has given, when the user agreed to it.
    agreement: Option<String>,
    work_done_token: Option<Value>,
}

/// Reads the parameters of `ko/run`. `reply` takes the answer; `cancelled` is disconnected to cancel.
///
/// # Errors
/// When the parameters lack something, or ask for a mode that there is not.
pub(crate) fn order(
    params: &Value,
    encoding: Encoding,
    reply: oneshot::Sender<Value>,
    cancelled: Receiver<()>,
) -> Result<RunOrder, Failure> {
    let params: Params = super::params(params)?;
    let on_cluster = match params.mode.as_str() {
        "sandbox" => false,
        "cluster" => true,
        other => {
            let message = format!("there is no mode `{other}`; use `sandbox` or `cluster`");
            return Err(Failure::Refused(message));
        }
    };
    Ok(RunOrder {
        uri: params.text_document.uri,
        function: params.function,
        arguments: params.arguments,
        selection: params.selection,
        on_cluster,
        agreement: params.agreement,
        run_id: params.run_id,
        token: params.work_done_token,
        encoding,
        reply,
        cancelled,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ArgumentsParams {
    text_document: TextDocumentIdentifier,
    function: String,
    selection: Option<Range>,
}

/// Answers `ko/functionArguments`: the arguments that a run of the function, or of the selected steps, needs.
///
/// # Errors
/// When the parameters are not as they should be, or the file is not known.
pub(crate) fn arguments(snapshot: &Snapshot, params: &Value) -> Result<Value, Failure> {
    let params: ArgumentsParams = super::params(params)?;
    let file = snapshot.file(&params.text_document.uri)?;
    let selection = params.selection.and_then(|range| {
        let range = from_proto::text_range(file, range, snapshot.settings.encoding);
        ko_ide::selection(&snapshot.db, FileRange { file: file.id, range })
    });
    let (function, steps) = match selection {
        Some(selection) => (selection.function, Some(selection.steps)),
        None => {
            let package = file.package.as_str().into();
            (FunctionKey { package, name: params.function.as_str().into() }, None)
        }
    };
    let needed = ko_ide::needed_arguments(&snapshot.db, &function, steps.as_deref());
    let argument = |it: &ko_ide::NeededArgument| {
        let mut argument = json!({"name": it.name, "monadic": it.monadic});
        if let Some(doc) = &it.doc {
            argument["doc"] = doc.as_str().into();
        }
        if let Some(ty) = &it.ty {
            argument["type"] = ty.as_str().into();
        }
        let last =
            snapshot.captured.last_argument(&params.text_document.uri, &params.function, &it.name);
        if let Some(last) = last {
            argument["last"] = last.into();
        }
        argument
    };
    Ok(needed.iter().map(argument).collect())
}
