//! The gates of package `net/http`.

use super::{BuiltinParam, Native, monadic, optional, required};

const URL: BuiltinParam = monadic("url", "The URL, with http:// or https://.");
const CLIENT: BuiltinParam =
    optional("client", "What NewClient returned; its defaults if it is missing.");
const HEADER: BuiltinParam = optional("header", "Headers to send: structures (key, value).");
const BODY: BuiltinParam = optional(
    "body",
    "What to send: a string or bytes as they are, anything else as JSON. Nothing if it is missing.",
);
const RESPONSE: &[BuiltinParam] =
    &[monadic("response", "What a request returned, or ctx of a handler.")];
const CTX: BuiltinParam = required("ctx", "What the handler was called with.");
const STATUS: BuiltinParam = optional("statusCode", "The status; 200 if it is missing.");
const ADDRESS: BuiltinParam = required(
    "address",
    "Host and port to listen at, such as localhost:8080; without a host, all of this machine; port 0 is one that is free.",
);

const BARE: &[BuiltinParam] = &[URL, CLIENT, HEADER];
const WITH_BODY: &[BuiltinParam] = &[URL, CLIENT, BODY, HEADER];

pub(super) static GATES: &[Native] = &[
    Native {
        name: "NewClient",
        params: &[
            optional(
                "timeout",
                "How many nanoseconds a request may take; a minute if it is missing.",
            ),
            optional("maxBody", "How many bytes an answer may have; 64 MiB if it is missing."),
        ],
        signature: "NewClient(timeout: Integer, maxBody: Integer): (timeout: Int64, maxBody: Int64)",
        doc: "Settings for requests.",
        examples: &[
            ("http.NewClient(timeout: 1000000000).timeout", "1000000000"),
            ("http.NewClient()", "(timeout: 60000000000, maxBody: 67108864)"),
        ],
    },
    Native {
        name: "Request",
        params: &[
            CLIENT,
            optional("method", "Such as GET, which it is if it is missing."),
            required("url", "The URL, with http:// or https://."),
            BODY,
            HEADER,
        ],
        signature: "Request(client: Any, method: String, url: String, body: Any, header: ((key: String, value: String))): (statusCode: Int64, header: ((key: String, value: String)), body: Blob)",
        doc: "Sends a request and returns the answer. Redirects are followed. Statuses such as 404 are answers; no answer is an error.",
        examples: &[],
    },
    Native {
        name: "Get",
        params: BARE,
        signature: "Get(url?: String, client: Any, header: ((key: String, value: String))): (statusCode: Int64, header: ((key: String, value: String)), body: Blob)",
        doc: "Sends a GET request and returns the answer.",
        examples: &[],
    },
    Native {
        name: "Head",
        params: BARE,
        signature: "Head(url?: String, client: Any, header: ((key: String, value: String))): (statusCode: Int64, header: ((key: String, value: String)), body: Blob)",
        doc: "Sends a HEAD request, whose answer has no body, and returns that.",
        examples: &[],
    },
    Native {
        name: "Delete",
        params: BARE,
        signature: "Delete(url?: String, client: Any, header: ((key: String, value: String))): (statusCode: Int64, header: ((key: String, value: String)), body: Blob)",
        doc: "Sends a DELETE request and returns the answer.",
        examples: &[],
    },
    Native {
        name: "Post",
        params: WITH_BODY,
        signature: "Post(url?: String, client: Any, body: Any, header: ((key: String, value: String))): (statusCode: Int64, header: ((key: String, value: String)), body: Blob)",
        doc: "Sends a POST request and returns the answer.",
        examples: &[],
    },
    Native {
        name: "Put",
        params: WITH_BODY,
        signature: "Put(url?: String, client: Any, body: Any, header: ((key: String, value: String))): (statusCode: Int64, header: ((key: String, value: String)), body: Blob)",
        doc: "Sends a PUT request and returns the answer.",
        examples: &[],
    },
    Native {
        name: "Patch",
        params: WITH_BODY,
        signature: "Patch(url?: String, client: Any, body: Any, header: ((key: String, value: String))): (statusCode: Int64, header: ((key: String, value: String)), body: Blob)",
        doc: "Sends a PATCH request and returns the answer.",
        examples: &[],
    },
    Native {
        name: "BodyAsString",
        params: RESPONSE,
        signature: "BodyAsString(response?: Any): String",
        doc: "The body of an answer as text; in a handler of Serve, given ctx, that of the request.",
        examples: &[],
    },
    Native {
        name: "BodyAsJSON",
        params: RESPONSE,
        signature: "BodyAsJSON(response?: Any): Any",
        doc: "The value that the body of an answer, or of a request, stands for, read as json.Unmarshal does.",
        examples: &[],
    },
    Native {
        name: "Serve",
        params: &[
            ADDRESS,
            required(
                "handler",
                "Called with ctx, which has path, method, query, header and body of a request. What it is to answer it says by SetHeader and one of the functions Send and SendJSON.",
            ),
        ],
        signature: "Serve(address: String, handler: Variety): Bool",
        doc: "Answers requests, several at the same time, until the program is stopped. A handler that fails is written on standard error, and answered with status 500.",
        examples: &[],
    },
    Native {
        name: "SetHeader",
        params: &[CTX, optional("entry", "Headers: structures (key, value).")],
        signature: "SetHeader(ctx: T, entry: ((key: String, value: String))): T",
        doc: "Sets headers of the answer to a request. Returns ctx.",
        examples: &[],
    },
    Native {
        name: "SendJSON",
        params: &[CTX, STATUS, super::maybe("value", "The value.")],
        signature: "SendJSON(ctx: Any, statusCode: Integer, value?: Any): Bool",
        doc: "Answers a request with a value as JSON. Returns true.",
        examples: &[],
    },
    Native {
        name: "Send",
        params: &[CTX, STATUS, super::maybe("body", "A string or bytes.")],
        signature: "Send(ctx: Any, statusCode: Integer, body?: String): Bool",
        doc: "Answers a request with text or bytes. Returns true.",
        examples: &[],
    },
    Native {
        name: "ServeLocalDir",
        params: &[
            ADDRESS,
            required("dir", "The path of the directory."),
            optional("url", "What the paths of requests begin with; / if it is missing."),
        ],
        signature: "ServeLocalDir(address: String, dir: String, url: String): Bool",
        doc: "Serves the files of a directory, and of those in it, until the program is stopped.",
        examples: &[],
    },
];
