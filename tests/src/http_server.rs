//! A small HTTP/1.1 server on the loopback interface for servers of ours that stand in for a real one: what answers is a
//! function. Connections are kept open between requests, as clients of Kubernetes expect, and an answer may be a stream.
//!
//! It reads what clients of Kubernetes send and no more: no pieces in requests, no continuation, no upgrade.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// The longest body of a request, in bytes.
const LONGEST: usize = 64 << 20;

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query as they came.
    pub target: String,
    /// Names, in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The parameters of the query, decoded, in their order.
    pub fn query(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let pair = |it: &str| {
            let (key, value) = it.split_once('=').unwrap_or((it, ""));
            (decoded(key), decoded(value))
        };
        query.split('&').filter(|it| !it.is_empty()).map(pair).collect()
    }

    /// The value of a parameter; empty if it is not there.
    pub fn parameter(&self, name: &str) -> String {
        self.query().into_iter().find(|(key, _)| key == name).map(|it| it.1).unwrap_or_default()
    }

    /// The value of a header, whose name is in lower case; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// Decodes percent signs and pluses (application/x-www-form-urlencoded, which is how queries are written).
fn decoded(text: &str) -> String {
    let (mut out, mut bytes) = (Vec::with_capacity(text.len()), text.as_bytes().iter());
    while let Some(byte) = bytes.next() {
        let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        match (byte, bytes.as_slice().get(..2).and_then(hex)) {
            (b'%', Some(value)) => {
                out.push(value);
                bytes.nth(1);
            }
            (b'+', _) => out.push(b' '),
            _ => out.push(*byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The next piece of a stream: waits for it as long as it likes, up to a second or so; an empty one says that there is
/// nothing yet, `None` that there is nothing more.
pub type Pieces = Box<dyn FnMut() -> Option<Vec<u8>> + Send>;

/// The body of an answer.
pub enum Body {
    /// All of it.
    Whole(Arc<[u8]>),
    /// Piece by piece.
    Stream(Pieces),
}

/// An answer.
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names and values, without those that say how long the body is.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

impl Answer {
    /// An answer in JSON.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        Answer::typed(status, "application/json", Arc::from(body.into()))
    }

    /// An answer of some media type.
    pub fn typed(status: u16, media_type: &str, body: Arc<[u8]>) -> Answer {
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        Answer { status, headers, body: Body::Whole(body) }
    }

    /// That the client has what it asks for. Says nothing of a body, which clients would take for that of what they have.
    pub fn unchanged() -> Answer {
        Answer { status: 304, headers: Vec::new(), body: Body::Whole(Arc::default()) }
    }

    /// A stream of events in JSON.
    pub fn events(pieces: Pieces) -> Answer {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Answer { status: 200, headers, body: Body::Stream(pieces) }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Answer {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A running server; it takes no more connections once it is dropped.
pub struct HttpServer {
    port: u16,
    closed: Arc<AtomicBool>,
}

impl HttpServer {
    /// Starts a server that answers with a function.
    ///
    /// # Errors
    /// When the system gives no port.
    pub fn start(
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> io::Result<HttpServer> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let (closed, answer) = (Arc::new(AtomicBool::new(false)), Arc::new(answer));
        let ends = closed.clone();
        thread::spawn(move || {
            for connection in listener.incoming() {
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(connection) = connection else { continue };
                let (answer, ends) = (answer.clone(), ends.clone());
                // A client that goes away is no news.
                thread::spawn(move || serve(connection, &*answer, &ends));
            }
        });
        Ok(HttpServer { port, closed })
    }

    /// The address, such as `http://127.0.0.1:1234`.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The text of a kubeconfig with one context of this name that leads here, with a token in the place of a credential.
    pub fn kubeconfig(&self, context: &str) -> String {
        let address = self.address();
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: {context}\n\
             clusters:\n- name: stand-in\n  cluster: {{server: \"{address}\"}}\n\
             users:\n- name: {context}\n  user: {{token: none}}\n\
             contexts:\n- name: {context}\n  context: {{cluster: stand-in, user: {context}}}\n"
        )
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(
    connection: TcpStream,
    answer: &(impl Fn(&Request) -> Answer + ?Sized),
    ends: &AtomicBool,
) -> io::Result<()> {
    // Small answers are not to wait for the acknowledgement of the ones before.
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut writer = connection;
    while let Some(request) = read(&mut reader)? {
        let Answer { status, headers, body } = answer(&request);
        let mut head = format!("HTTP/1.1 {status} Answer\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        match body {
            Body::Whole(_) if status == 304 => {
                head.push_str("\r\n");
                writer.write_all(head.as_bytes())?;
            }
            Body::Whole(body) => {
                head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
                writer.write_all(head.as_bytes())?;
                if request.method != "HEAD" {
                    writer.write_all(&body)?;
                }
            }
            Body::Stream(mut pieces) => {
                head.push_str("transfer-encoding: chunked\r\n\r\n");
                writer.write_all(head.as_bytes())?;
                while let Some(piece) = pieces() {
                    if ends.load(Ordering::Relaxed) {
                        return Ok(());
                    }
                    if !piece.is_empty() {
                        let chunk =
                            [format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat();
                        writer.write_all(&chunk)?;
                    } else if is_gone(&writer)? {
                        return Ok(());
                    }
                }
                writer.write_all(b"0\r\n\r\n")?;
            }
        }
    }
    Ok(())
}

/// Whether the client has closed its end.
fn is_gone(stream: &TcpStream) -> io::Result<bool> {
    stream.set_read_timeout(Some(Duration::from_millis(1)))?;
    let peeked = stream.peek(&mut [0]);
    stream.set_read_timeout(None)?;
    Ok(match peeked {
        Ok(length) => length == 0,
        Err(error) => !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut),
    })
}

/// The next request; `None` at the end of the connection.
fn read(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_ascii_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut request = Request { method, target, ..Request::default() };
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let Some((name, value)) = line.split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length: usize = request.header("content-length").parse().unwrap_or_default();
    if length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    request.body.resize(length, 0);
    reader.read_exact(&mut request.body)?;
    Ok(Some(request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_one_after_the_other_and_answered_whole_or_in_pieces() {
        let server = HttpServer::start(|request| {
            let said = format!("{} {:?} {}", request.path(), request.query(), request.body.len());
            if request.path() == "/pieces" {
                let mut left = vec!["c", "", "b", "a"];
                return Answer::events(Box::new(move || {
                    left.pop().map(|it| it.as_bytes().to_vec())
                }));
            }
            Answer::json(200, said).with("etag", "x")
        })
        .unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        stream.write_all(b"POST /a?b=c%20d+e&f HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        stream.write_all(b"GET /pieces HTTP/1.1\r\n\r\n").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let whole = "HTTP/1.1 200 Answer\r\ncontent-type: application/json\r\netag: x\r\ncontent-length: 38\r\n\r\n\
                     /a [(\"b\", \"c d e\"), (\"f\", \"\")] 2";
        let (first, second) = text
            .split_once("HTTP/1.1 200 Answer\r\ncontent-type: application/json\r\ntransfer")
            .unwrap();
        assert_eq!(
            first.split_once("\r\n\r\n").unwrap().1,
            whole.split_once("\r\n\r\n").unwrap().1
        );
        assert!(second.contains("1\r\na\r\n1\r\nb\r\n"), "{second}");
    }
}
