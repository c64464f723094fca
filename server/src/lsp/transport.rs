//! Standard input and output for the framework, each on a thread of its own.
//!
//! Reading notices the end of the input at once, and lets only well-formed messages through: the framework takes the
//! first other one for the end of the input. Each of those gets an error as its answer, and is forgotten. Writing never
//! waits: a client that does not read must not keep the server from reading, for it may be waiting for just that.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    pin::Pin,
    task::{Context, Poll},
    thread,
    time::Duration,
};

use crossbeam_channel as channel;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{mpsc, oneshot},
};
use tower_lsp_server::jsonrpc::{Error, Request, Response};

/// The longest message that is read. The longest sensible one is a source file as a JSON string.
const MAX_MESSAGE: u64 = 1 << 30;

/// Standard input.
pub(crate) struct Input {
    chunks: mpsc::Receiver<Vec<u8>>,
    /// The part of a chunk that is not read yet, and how much of it was.
    rest: (Vec<u8>, usize),
}

impl Input {
    /// Starts reading standard input. Errors go to `output`. The second value is resolved when the input ends.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub(crate) fn start(output: &Output) -> io::Result<(Input, oneshot::Receiver<()>)> {
        let errors = output.chunks.clone();
        let (sender, chunks) = mpsc::channel(16);
        let (end, ended) = oneshot::channel();
        thread::Builder::new().name("ko-stdin".to_owned()).spawn(move || {
            let mut stdin = BufReader::new(io::stdin().lock());
            while let Ok(Some(body)) = read_message(&mut stdin) {
                let going = match check(&body) {
                    Ok(()) => sender.blocking_send(framed(&body)).is_ok(),
                    Err(error) => {
                        let answer = json!({"jsonrpc": "2.0", "id": null, "error": error});
                        errors.send(framed(answer.to_string().as_bytes())).is_ok()
                    }
                };
                if !going {
                    break;
                }
            }
            let _ = end.send(());
        })?;
        Ok((Input { chunks, rest: (Vec::new(), 0) }, ended))
    }
}

impl AsyncRead for Input {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.rest.1 >= self.rest.0.len() {
            match self.chunks.poll_recv(context) {
                Poll::Ready(Some(chunk)) => self.rest = (chunk, 0),
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                Poll::Pending => return Poll::Pending,
            }
        }
        let (chunk, start) = &self.rest;
        let end = chunk.len().min(start + buffer.remaining());
        buffer.put_slice(chunk.get(*start..end).unwrap_or_default());
        self.rest.1 = end;
        Poll::Ready(Ok(()))
    }
}

/// A message with its header.
fn framed(body: &[u8]) -> Vec<u8> {
    let mut message = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    message.extend_from_slice(body);
    message
}

/// Reads the body of the next message; nothing at the end of the input. Lines that are no header are skipped, so that
/// reading goes on with the next message after anything.
fn read_message(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if input.by_ref().take(MAX_MESSAGE).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        match (line.split_once(':'), length) {
            (None, Some(length)) if line.is_empty() => {
                let mut body = Vec::new();
                let read = input.by_ref().take(length).read_to_end(&mut body)?;
                return Ok((read as u64 == length).then_some(body));
            }
            (Some((name, value)), _) if name.trim().eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().ok().filter(|length| *length <= MAX_MESSAGE);
            }
            _ => {}
        }
    }
}

/// Whether a body is a message.
///
/// # Errors
/// What the client is to be told if it is not.
fn check(body: &[u8]) -> Result<(), Error> {
    let value: Value = serde_json::from_slice(body).map_err(|_| Error::parse_error())?;
    let valid = if value.get("method").is_some() {
        Request::deserialize(&value).is_ok()
    } else {
        Response::deserialize(&value).is_ok()
    };
    if valid { Ok(()) } else { Err(Error::invalid_request()) }
}

/// Standard output.
pub(crate) struct Output {
    chunks: channel::Sender<Vec<u8>>,
}

/// Writes notifications past the framework, which promises no order between them and answers: whatever is answered after
/// one was sent is written after it.
#[derive(Debug, Clone)]
pub(crate) struct Notifier(channel::Sender<Vec<u8>>);

impl Notifier {
    /// One whose notifications nobody gets.
    #[cfg(test)]
    pub(crate) fn to_nobody() -> Notifier {
        Notifier(channel::unbounded().0)
    }

    /// Sends a notification. Returns at once; one after the end is dropped.
    pub(crate) fn send(&self, method: &str, params: &Value) {
        let message = json!({"jsonrpc": "2.0", "method": method, "params": params});
        // The framework writes whole messages, too: they do not mix.
        let _ = self.0.send(framed(message.to_string().as_bytes()));
    }
}

/// The end of standard output.
pub(crate) struct Written {
    chunks: channel::Sender<Vec<u8>>,
    done: channel::Receiver<()>,
}

impl Written {
    /// Waits until everything is written that was sent before, but not for ever: the client may have gone.
    pub(crate) fn wait(self, patience: Duration) {
        // An empty chunk is the end.
        let _ = self.chunks.send(Vec::new());
        let _ = self.done.recv_timeout(patience);
    }
}

impl Output {
    /// Starts writing to standard output. The second value tells when all is written.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub(crate) fn start() -> io::Result<(Output, Written)> {
        let (chunks, receiver) = channel::unbounded::<Vec<u8>>();
        let (sender, done) = channel::bounded(1);
        thread::Builder::new().name("ko-stdout".to_owned()).spawn(move || {
            let _ = write_all(&receiver);
            let _ = sender.send(());
        })?;
        Ok((Output { chunks: chunks.clone() }, Written { chunks, done }))
    }

    /// Where to send notifications whose order matters.
    pub(crate) fn notifier(&self) -> Notifier {
        Notifier(self.chunks.clone())
    }
}

/// Writes chunks until an empty one comes.
fn write_all(chunks: &channel::Receiver<Vec<u8>>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    while let Ok(chunk) = chunks.recv() {
        // What is there already goes out in the same flush.
        for chunk in std::iter::once(chunk).chain(chunks.try_iter()) {
            if chunk.is_empty() {
                return stdout.flush();
            }
            stdout.write_all(&chunk)?;
        }
        stdout.flush()?;
    }
    Ok(())
}

impl AsyncWrite for Output {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        match self.chunks.send(bytes.to_vec()) {
            Ok(()) => Poll::Ready(Ok(bytes.len())),
            Err(_) => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_goes_on_after_anything() {
        let text = b"garbage\n\r\nContent-Length: x\r\n\r\ncontent-length:2\r\nOther: 7\r\n\r\n{}\
                     Content-Length: 3\r\n\r\n[1]Content-Length: 9\r\n\r\nshort";
        let mut input = &text[..];
        assert_eq!(read_message(&mut input).unwrap().unwrap(), b"{}");
        assert_eq!(read_message(&mut input).unwrap().unwrap(), b"[1]");
        assert!(read_message(&mut input).unwrap().is_none(), "cut off");
    }

    #[test]
    fn only_messages_pass() {
        for body in ["", "{", "7", "[]", "{}", "\u{0}", r#"{"jsonrpc":"1.0","method":"a"}"#] {
            assert!(check(body.as_bytes()).is_err(), "{body}");
        }
        assert!(check(b"{\"jsonrpc\":\"2.0\",\"method\":\"\xff\"}").is_err());
        assert!(check(["[".repeat(100_000), "]".repeat(100_000)].concat().as_bytes()).is_err());
        for body in [
            r#"{"jsonrpc":"2.0","method":"a"}"#,
            r#"{"jsonrpc":"2.0","method":"a","id":"x","params":[]}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":null}"#,
        ] {
            assert!(check(body.as_bytes()).is_ok(), "{body}");
        }
    }
}
