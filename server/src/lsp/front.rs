//! The outermost service. It makes the order of handling the order of arrival.
//!
//! The framework promises no order after a handler's first `await`, and starts handlers when it polls them. So every
//! future is polled once right here, in [`Front::call`], which runs in the order in which messages arrive: up to its
//! first `await`, a handler puts its edit or its question into the queue of the main loop, and that order holds. It also
//! makes a cancellation take effect at once, and keeps a handler's panic from ending the process.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
};
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Request, Response};
use tower_service::Service;

use super::newer;

/// The name under which we answer `textDocument/completion`. The framework has that method, with types that lack a part
/// of the answer, and lets nobody replace it.
pub(crate) const COMPLETION: &str = "ko/completion";

/// The request with the name under which it is answered here.
fn renamed(request: Request) -> Request {
    if request.method() != "textDocument/completion" {
        return request;
    }
    let (_, id, params) = request.into_parts();
    let mut renamed = Request::build(COMPLETION);
    if let Some(id) = id {
        renamed = renamed.id(id);
    }
    if let Some(params) = params {
        renamed = renamed.params(params);
    }
    renamed.finish()
}

/// Wraps the framework's service.
pub(crate) struct Front<S> {
    inner: S,
    shutdown: Arc<AtomicBool>,
}

impl<S> Front<S> {
    /// Wraps `inner`. `shutdown` is set once the client has asked for it, which decides the exit code.
    pub(crate) fn new(inner: S, shutdown: Arc<AtomicBool>) -> Self {
        Front { inner, shutdown }
    }
}

impl<S> Service<Request> for Front<S>
where
    S: Service<Request, Response = Option<Response>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Option<Response>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if request.method() == "shutdown" {
            self.shutdown.store(true, Ordering::Release);
        }
        let request = match request.method() {
            "initialize" => newer::initialize_request(request),
            _ => request,
        };
        let (id, method) = (request.id().cloned(), request.method().to_owned());
        let answer = AssertUnwindSafe(self.inner.call(renamed(request))).catch_unwind();
        let answer = answer.map(move |result| {
            let result = match method.as_str() {
                "initialize" => result.map(|it| it.map(|it| it.map(newer::initialize_response))),
                "textDocument/codeAction" => {
                    result.map(|it| it.map(|it| it.map(newer::code_action_response)))
                }
                _ => result,
            };
            result.unwrap_or_else(|_| {
                tracing::error!("the handler of {method} panicked");
                let message = "the server failed at this request and goes on".into();
                let error = Error { code: ErrorCode::InternalError, message, data: None };
                Ok(id.map(|id| Response::from_error(id, error)))
            })
        });
        let mut answer = answer.boxed();
        match (&mut answer).now_or_never() {
            Some(done) => future::ready(done).boxed(),
            None => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Notes a request at the first poll, then waits for ever; panics at requests named so.
    struct Inner(Arc<Mutex<Vec<String>>>);

    impl Service<Request> for Inner {
        type Response = Option<Response>;
        type Error = ();
        type Future = BoxFuture<'static, Result<Option<Response>, ()>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request) -> Self::Future {
            let seen = self.0.clone();
            async move {
                assert_ne!(request.method(), "panic");
                seen.lock().unwrap().push(request.method().to_owned());
                future::pending().await
            }
            .boxed()
        }
    }

    #[test]
    fn handlers_begin_in_the_order_of_arrival_and_before_anything_is_awaited() {
        let seen = Arc::default();
        let mut front = Front::new(Inner(Arc::clone(&seen)), Arc::default());
        let calls: Vec<_> = (0..100)
            .map(|number| front.call(Request::build(format!("m{number}")).finish()))
            .collect();
        let expected: Vec<_> = (0..100).map(|number| format!("m{number}")).collect();
        assert_eq!(*seen.lock().unwrap(), expected);
        drop(calls);
    }

    #[test]
    fn a_panicking_handler_is_an_internal_error() {
        let mut front = Front::new(Inner(Arc::default()), Arc::default());
        let call = front.call(Request::build("panic").id(7).finish());
        let response = call.now_or_never().unwrap().unwrap().unwrap();
        assert_eq!(response.error().unwrap().code, ErrorCode::InternalError);
        assert_eq!(response.id(), &7.into());
        let none = front.call(Request::build("panic").finish()).now_or_never().unwrap().unwrap();
        assert!(none.is_none(), "a notification has no answer");
    }

    #[test]
    fn a_shutdown_is_noted() {
        let shutdown = Arc::new(AtomicBool::new(false));
        let mut front = Front::new(Inner(Arc::default()), shutdown.clone());
        drop(front.call(Request::build("shutdown").id(1).finish()));
        assert!(shutdown.load(Ordering::Acquire));
    }
}
