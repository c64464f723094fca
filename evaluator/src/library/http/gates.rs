//! What the gates of `net/http` make of their arguments.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    super::{Call, Gate, json},
    client::{Client, Request},
    server::{self, Answer, Asked, Handler},
};
use crate::{
    failure::{Failure, FailureKind},
    host::Effect,
    machine::{Outcome, Remote},
    stack,
    value::{Opaque, Value},
};

pub(in crate::library) const GATES: &[(&str, Gate)] = &[
    ("BodyAsJSON", body_as_json),
    ("BodyAsString", body_as_string),
    ("Delete", |call| send(call, "DELETE")),
    ("Get", |call| send(call, "GET")),
    ("Head", |call| send(call, "HEAD")),
    ("NewClient", new_client),
    ("Patch", |call| send(call, "PATCH")),
    ("Post", |call| send(call, "POST")),
    ("Put", |call| send(call, "PUT")),
    ("Request", request),
    ("Send", send_body),
    ("SendJSON", send_json),
    ("Serve", serve),
    ("ServeLocalDir", serve_local_dir),
    ("SetHeader", set_header),
];

/// How long a request may take where a program does not say.
const TIMEOUT: i64 = 60_000_000_000;

/// Bytes that an answer may have where a program does not say.
const MAX_BODY: i64 = 64 << 20;

fn new_client(call: &mut Call<'_, '_>) -> Outcome {
    let (timeout, max_body) = (call.int("timeout", TIMEOUT)?, call.int("maxBody", MAX_BODY)?);
    if timeout < 1 || max_body < 0 {
        return call.fail("needs a timeout that is positive, and a maxBody that is not negative");
    }
    Ok(Value::structure([("timeout", Value::int(timeout)), ("maxBody", Value::int(max_body))]))
}

fn request(call: &mut Call<'_, '_>) -> Outcome {
    let method = call.text_or("method", "GET")?;
    send(call, &method)
}

fn send(call: &mut Call<'_, '_>, method: &str) -> Outcome {
    let setting = |name: &str, default: i64| {
        let value = call.arg("client").field(name).as_int().unwrap_or(default);
        u64::try_from(value).unwrap_or(0)
    };
    let request = Request {
        method: method.to_owned(),
        url: call.text("url")?,
        timeout: Duration::from_nanos(setting("timeout", TIMEOUT)),
        max_body: usize::try_from(setting("maxBody", MAX_BODY)).unwrap_or(usize::MAX),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let (body, is_json) = if matches!(method, "GET" | "HEAD" | "DELETE") && !has(call, "body") {
        (Vec::new(), false)
    } else {
        body_of(call)?
    };
    let mut headers = entries(call, "header")?;
    if is_json && !headers.iter().any(|it| it.0.eq_ignore_ascii_case("content-type")) {
        headers.push(("Content-Type".to_owned(), b"application/json".to_vec()));
    }
    let request = Request { headers, body, ..request };
    call.allow(Effect::Network)?;
    let what = match call.has_secret() {
        true => format!("{method} request"),
        false => format!("{method} {}", shown(&request.url)),
    };
    let client: Arc<Client> = call.machine.run.http.clone();
    let answer = call.wait(async {
        client.send(request).await.map_err(|reason| Failure::error(format!("{what}: {reason}")))
    })?;
    let headers = answer.headers.into_iter().map(|(name, value)| {
        Value::structure([("key", Value::from(name)), ("value", Value::string(value))])
    });
    Ok(Value::structure([
        ("statusCode", Value::int(answer.status.into())),
        ("header", super::super::sequence(headers.collect())?),
        ("body", Value::Blob(answer.body.into())),
    ]))
}

/// A URL without user and password.
fn shown(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let host = rest[..end].rfind('@').map_or(0, |at| at + 1);
            format!("{scheme}://{}", &rest[host..])
        }
        None => url.to_owned(),
    }
}

fn has(call: &Call<'_, '_>, param: &str) -> bool {
    call.declares(param) && !call.arg(param).is_empty()
}

/// What to send as the body, and whether that was made JSON.
fn body_of(call: &Call<'_, '_>) -> Outcome<(Vec<u8>, bool)> {
    match call.arg("body") {
        Value::Empty => Ok((Vec::new(), false)),
        Value::String(bytes) | Value::Blob(bytes) => Ok((bytes.as_slice().to_vec(), false)),
        value => match json::marshal(value, None) {
            Ok(text) => Ok((text.into_bytes(), true)),
            Err(reason) => call.fail(format!("cannot send its argument `body`: {reason}")),
        },
    }
}

/// Structures (key, value) as pairs.
fn entries(call: &Call<'_, '_>, param: &str) -> Outcome<Vec<(String, Vec<u8>)>> {
    let entries = call.arg(param).elements().iter();
    entries
        .map(|entry| match (entry.field("key"), entry.field("value")) {
            (Value::String(key), Value::String(value)) => Ok((
                String::from_utf8_lossy(key.as_slice()).into_owned(),
                value.as_slice().to_vec(),
            )),
            _ => call.wrong(param, "structures (key, value) of strings", entry),
        })
        .collect()
}

fn body_as_string(call: &mut Call<'_, '_>) -> Outcome {
    match call.arg("response").field("body") {
        Value::String(bytes) | Value::Blob(bytes) => Ok(Value::String(bytes.clone())),
        _ => call.wrong("response", "what a request returned", call.arg("response")),
    }
}

fn body_as_json(call: &mut Call<'_, '_>) -> Outcome {
    let body = body_as_string(call)?;
    let Value::String(text) = &body else { return Ok(Value::Empty) };
    json::unmarshal(text.as_slice()).or_else(|reason| json::unreadable(call, "JSON", &reason))
}

/// What a handler answers, until it is sent.
#[derive(Default)]
struct Writer(Mutex<Sending>);

#[derive(Default)]
struct Sending {
    answer: Answer,
    sent: bool,
}

impl Writer {
    fn change<T>(&self, change: impl FnOnce(&mut Sending) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn writer<'a>(call: &'a Call<'_, '_>) -> Outcome<&'a Writer> {
    let writer = match call.arg("ctx").field("writer") {
        Value::Opaque(opaque) => Opaque::content::<Arc<Writer>>(opaque),
        _ => None,
    };
    match writer {
        Some(writer) => Ok(writer),
        None => call.wrong("ctx", "what a handler is called with", call.arg("ctx")),
    }
}

fn set_header(call: &mut Call<'_, '_>) -> Outcome {
    for (name, value) in entries(call, "entry")? {
        let value = String::from_utf8_lossy(&value).into_owned();
        if !server::is_header(&name, &value) {
            return call
                .fail(format!("cannot set the header {name:?}: its name or value cannot be sent"));
        }
        writer(call)?.change(|it| it.answer.headers.push((name, value)));
    }
    Ok(call.take("ctx"))
}

fn send_json(call: &mut Call<'_, '_>) -> Outcome {
    match json::marshal(call.arg("value"), None) {
        Ok(text) => finish(call, text.into_bytes(), "text/json"),
        Err(reason) => call.fail(format!("cannot send its argument `value`: {reason}")),
    }
}

fn send_body(call: &mut Call<'_, '_>) -> Outcome {
    let body = call.bytes("body")?.to_vec();
    finish(call, body, "text/plain; charset=utf-8")
}

fn finish(call: &Call<'_, '_>, body: Vec<u8>, content_type: &str) -> Outcome {
    let status = call.int("statusCode", 200)?;
    let Some(status) = u16::try_from(status).ok().filter(|it| (200..=999).contains(it)) else {
        return call.fail(format!("needs a status from 200 to 999, not {status}"));
    };
    let first = writer(call)?.change(|it| {
        let first = !std::mem::replace(&mut it.sent, true);
        if first {
            it.answer.status = status;
            it.answer.body = body;
            if !it.answer.headers.iter().any(|it| it.0.eq_ignore_ascii_case("content-type")) {
                it.answer.headers.push(("Content-Type".to_owned(), content_type.to_owned()));
            }
        }
        first
    });
    if !first {
        return call.fail("cannot answer this request: it is answered already");
    }
    Ok(true.into())
}

fn serve(call: &mut Call<'_, '_>) -> Outcome {
    let address = call.text("address")?;
    let handler = call.arg("handler").clone();
    if !matches!(handler, Value::Variety(_)) {
        return call.wrong("handler", "a function", &handler);
    }
    call.allow(Effect::Network)?;
    let remote = call.machine.remote();
    let handler: Handler = Arc::new(move |asked| {
        let (remote, function) = (remote.clone(), handler.clone());
        Box::pin(respond(remote, function, asked))
    });
    let run = call.machine.run.clone();
    call.wait(async move {
        let listener = server::listen(&address).await.map_err(Failure::error)?;
        let local = listener.local_addr().map_or(address, |it| it.to_string());
        run.write(format!("serving http://{local}\n"), true).map_err(|it| *it)?;
        match server::serve(listener, handler).await {}
    })
}

/// Calls the handler, on a thread of its own, and returns what it answered.
async fn respond(remote: Remote, handler: Value, asked: Asked) -> Answer {
    let failed = || Answer { status: 500, ..Answer::default() };
    let writer = Arc::new(Writer::default());
    let headers = asked.headers.into_iter().map(|(name, value)| {
        Value::structure([("key", Value::from(name)), ("value", Value::string(value))])
    });
    let ctx = Value::structure([
        ("path", Value::from(asked.path)),
        ("method", Value::from(asked.method)),
        ("query", Value::from(asked.query)),
        ("header", Value::sequence(headers.collect()).unwrap_or_default()),
        ("body", Value::Blob(asked.body.into())),
        ("writer", Value::opaque("ResponseWriter", writer.clone())),
    ]);
    let (tell, told) = tokio::sync::oneshot::channel();
    let body = move || {
        let result =
            remote.call("the argument `handler` of http.Serve", &handler, vec![(Some("ctx"), ctx)]);
        if let Err(failure) = &result
            && !matches!(failure.kind, FailureKind::Cancelled)
        {
            remote.report(format!("a handler of http.Serve failed: {failure}\n"));
        }
        // Nobody listens any more if the client has gone.
        let _ = tell.send(result.is_ok());
    };
    if stack::spawn("ko-serve", body).is_err() {
        return Answer { status: 503, ..Answer::default() };
    }
    match told.await {
        Ok(true) => writer.change(|it| std::mem::take(&mut it.answer)),
        _ => failed(),
    }
}

fn serve_local_dir(call: &mut Call<'_, '_>) -> Outcome {
    let (address, url) = (call.text("address")?, call.text_or("url", "/")?);
    let folder = super::super::file::path_of(call, "dir")?;
    if !url.starts_with('/') {
        return call.wrong("url", "a path that begins with /", call.arg("url"));
    }
    call.allow(Effect::Network)?;
    call.allow(Effect::ReadFiles)?;
    let run = call.machine.run.clone();
    call.wait(async move {
        let listener = server::listen(&address).await.map_err(Failure::error)?;
        let local = listener.local_addr().map_or(address, |it| it.to_string());
        run.write(format!("serving {folder:?} at http://{local}{url}\n"), true)
            .map_err(|it| *it)?;
        match server::serve_folder(listener, std::path::Path::new(&folder), &url).await {}
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_passwords_are_not_shown() {
        for (url, expected) in [
            ("http://u:p@h/a@b", "http://h/a@b"),
            ("https://h?x@y", "https://h?x@y"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(shown(url), expected);
        }
    }
}
