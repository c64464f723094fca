//! What the protocol has that the types of it used here lack: of version 3.18 `workspace/textDocumentContent`, by which a
//! client asks for documents that are in no file, and edits with places to fill in. The typed messages carry it among their experimental parts; here it is
//! put there and taken from there.

use ls_types::{AnnotatedTextEdit, DocumentChanges, OneOf, WorkspaceEdit};
use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::{Request, Response};

/// The name of the capability, on both sides.
pub(crate) const CONTENT: &str = "textDocumentContent";

/// The name of what a client says who takes edits with places to fill in (`SnippetTextEdit` of version 3.18).
pub(crate) const SNIPPETS: &str = "snippetEditSupport";

/// What marks such an edit until it is sent. No other edit of ours has an annotation.
const MARK: &str = "ko:snippet";

/// Keeps the capabilities of the client in `experimental`, which survives the types.
pub(crate) fn initialize_request(request: Request) -> Request {
    let content = |params: &Value| {
        params.pointer("/capabilities/workspace")?.get(CONTENT).filter(|it| it.is_object()).cloned()
    };
    // Such edits are parts of versioned ones.
    let snippets = |params: &Value| {
        let edits = params.pointer("/capabilities/workspace/workspaceEdit")?;
        let is = |name: &str| edits.get(name).and_then(Value::as_bool) == Some(true);
        (is(SNIPPETS) && is("documentChanges")).then_some(Value::Bool(true))
    };
    let request = keep(request, CONTENT, content);
    keep(request, SNIPPETS, snippets)
}

fn keep(request: Request, name: &str, offered: impl Fn(&Value) -> Option<Value>) -> Request {
    let Some(content) = request.params().and_then(offered) else { return request };
    let (method, id, params) = request.into_parts();
    let mut params = params.unwrap_or_default();
    if let Some(capabilities) = params.get_mut("capabilities").and_then(Value::as_object_mut) {
        let experimental = capabilities.entry("experimental").or_insert_with(|| json!({}));
        if let Some(experimental) = experimental.as_object_mut() {
            experimental.insert(name.to_owned(), content);
        }
    }
    let request = Request::build(method).params(params);
    match id {
        Some(id) => request.id(id).finish(),
        None => request.finish(),
    }
}

/// Marks the edits as ones with places to fill in.
pub(crate) fn snippet_edit(mut edit: WorkspaceEdit) -> WorkspaceEdit {
    if let Some(DocumentChanges::Edits(documents)) = &mut edit.document_changes {
        for edit in documents.iter_mut().flat_map(|it| &mut it.edits) {
            if let OneOf::Left(text_edit) = edit {
                let (text_edit, annotation_id) = (text_edit.clone(), MARK.to_owned());
                *edit = OneOf::Right(AnnotatedTextEdit { text_edit, annotation_id });
            }
        }
    }
    edit
}

/// Writes the edits that [`snippet_edit`] has marked as the protocol wants them.
pub(crate) fn code_action_response(response: Response) -> Response {
    let (id, body) = response.into_parts();
    let body = body.map(|mut result| {
        for action in result.as_array_mut().into_iter().flatten() {
            let documents = action.pointer_mut("/edit/documentChanges");
            for document in documents.and_then(Value::as_array_mut).into_iter().flatten() {
                let edits = document.get_mut("edits").and_then(Value::as_array_mut);
                for edit in edits.into_iter().flatten() {
                    if edit["annotationId"] == MARK {
                        let snippet = json!({"kind": "snippet", "value": edit["newText"]});
                        *edit = json!({"range": edit["range"], "snippet": snippet});
                    }
                }
            }
        }
        result
    });
    Response::from_parts(id, body)
}

/// Puts the capability of the server where the protocol wants it.
pub(crate) fn initialize_response(response: Response) -> Response {
    let (id, body) = response.into_parts();
    let body = body.map(|mut result| {
        if let Some(capabilities) = result.get_mut("capabilities").and_then(Value::as_object_mut)
            && let Some(experimental) = capabilities.get_mut("experimental")
            && let Some(content) = experimental.as_object_mut().and_then(|it| it.remove(CONTENT))
        {
            if experimental.as_object().is_some_and(serde_json::Map::is_empty) {
                capabilities.remove("experimental");
            }
            let workspace = capabilities.entry("workspace").or_insert_with(|| json!({}));
            if let Some(workspace) = workspace.as_object_mut() {
                workspace.insert(CONTENT.to_owned(), content);
            }
        }
        result
    });
    Response::from_parts(id, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_capabilities_go_through_the_experimental_parts() {
        let params =
            json!({"capabilities": {"workspace": {CONTENT: {"dynamicRegistration": true}}}});
        let request = Request::build("initialize").id(1).params(params).finish();
        let request = initialize_request(request);
        let kept =
            request.params().unwrap().pointer("/capabilities/experimental/textDocumentContent");
        assert_eq!(kept, Some(&json!({"dynamicRegistration": true})));
        let answer = json!({"capabilities": {"experimental": {CONTENT: {"schemes": ["a"]}}}});
        let answer = initialize_response(Response::from_ok(1.into(), answer));
        let wanted = json!({"capabilities": {"workspace": {CONTENT: {"schemes": ["a"]}}}});
        assert_eq!(answer.result(), Some(&wanted));
    }

    #[test]
    fn messages_of_any_shape_pass() {
        for params in [
            json!(null),
            json!([]),
            json!({"capabilities": 1}),
            json!({"capabilities": {"workspace": []}}),
        ] {
            let request = Request::build("initialize").id(1).params(params).finish();
            assert_eq!(initialize_request(request.clone()), request);
            let answer = Response::from_ok(1.into(), request.params().cloned().unwrap());
            assert_eq!(initialize_response(answer.clone()), answer);
        }
    }
}
