//! What the protocol has that the types of it used here lack: `workspace/textDocumentContent` of version 3.18, by which a
//! client asks for documents that are in no file. The typed messages carry it among their experimental parts; here it is
//! put there and taken from there.

use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::{Request, Response};

/// The name of the capability, on both sides.
pub(crate) const CONTENT: &str = "textDocumentContent";

/// Keeps the capability of the client in `experimental`, which survives the types.
pub(crate) fn initialize_request(request: Request) -> Request {
    let offered = |params: &Value| {
        params.pointer("/capabilities/workspace")?.get(CONTENT).filter(|it| it.is_object()).cloned()
    };
    let Some(content) = request.params().and_then(offered) else { return request };
    let (method, id, params) = request.into_parts();
    let mut params = params.unwrap_or_default();
    if let Some(capabilities) = params.get_mut("capabilities").and_then(Value::as_object_mut) {
        let experimental = capabilities.entry("experimental").or_insert_with(|| json!({}));
        if let Some(experimental) = experimental.as_object_mut() {
            experimental.insert(CONTENT.to_owned(), content);
        }
    }
    let request = Request::build(method).params(params);
    match id {
        Some(id) => request.id(id).finish(),
        None => request.finish(),
    }
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
