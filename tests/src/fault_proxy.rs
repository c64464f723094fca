//! A proxy between a client and a Kubernetes API server that does what networks and servers do at their worst: it delays,
//! cuts, truncates, and answers in the place of the server. The client speaks plain HTTP to it, on the loopback interface,
//! and it speaks TLS to the server, so that everything else is the real thing.
//!
//! One connection serves one request: whatever is cut, nothing else is cut along. A connection that becomes a WebSocket (running
//! a program in a container does that) is passed on both ways until one side ends it.

use std::{
    io::{self, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};

/// What the proxy does with a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Answers with this status, headers (each line with its end) and body; the server hears nothing.
    Answer(u16, &'static str, String),
    /// Cuts the connection; the server hears nothing.
    Refuse,
    /// The server does what it was asked to, and nobody hears the answer.
    Lose,
    /// Passes on so many bytes of the body of the answer, and cuts the connection.
    Truncate(usize),
    /// The server does what it was asked to at once, and its answer comes later.
    Late(Duration),
    /// Never answers, and keeps the connection open.
    Silence,
    /// Answers with a body that does not end, in one line.
    Endless,
}

impl Fault {
    /// The `Status` of a refusal, as the server would answer it.
    pub fn status(code: u16, reason: &str, more: &'static str) -> Fault {
        let body = format!(
            r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","code":{code},"reason":"{reason}","message":"refused by the proxy"}}"#
        );
        Fault::Answer(code, more, body)
    }
}

/// A fault with the requests that it meets.
struct Rule {
    method: String,
    path: String,
    times: usize,
    fault: Fault,
}

/// A request that came by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub target: String,
    /// The body.
    pub body: Vec<u8>,
    /// What the server answered: status and body, if it was asked and answered to the end.
    pub answer: Option<(u16, Vec<u8>)>,
}

#[derive(Default)]
struct State {
    rules: Mutex<Vec<Rule>>,
    seen: Mutex<Vec<Seen>>,
    closed: AtomicBool,
    open: AtomicUsize,
}

/// A running proxy; it ends when dropped.
pub struct FaultProxy {
    state: Arc<State>,
    port: u16,
    kubeconfig: PathBuf,
    token: String,
    _folder: tempfile::TempDir,
}

impl FaultProxy {
    /// A proxy to the server of a kubeconfig, in the name of one of its users.
    ///
    /// # Errors
    /// When the kubeconfig is not like those that the control plane of these tests writes.
    pub fn start(kubeconfig: &Path, user: &str) -> Result<FaultProxy> {
        let text = std::fs::read_to_string(kubeconfig)?;
        let after = |key: &str, from: &str| -> Result<String> {
            let rest = from.split_once(key).with_context(|| format!("no {key}"))?.1;
            Ok(rest.lines().next().unwrap_or_default().trim().to_owned())
        };
        let address = after("server: https://", &text)?;
        let users = text.rsplit_once("users:").context("no users")?.1;
        let own = users.split_once(&format!("name: {user}\n")).context("no such user")?.1;
        let token = after("token: ", own)?;
        let mut roots = RootCertStore::empty();
        let pem = STANDARD.decode(after("certificate-authority-data: ", &text)?)?;
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            roots.add(certificate?)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();

        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("kubeconfig");
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: {user}\n\
             clusters:\n- name: proxied\n  cluster: {{server: \"http://127.0.0.1:{port}\"}}\n\
             users:\n- name: {user}\n  user: {{token: {token}}}\n\
             contexts:\n- name: {user}\n  context: {{cluster: proxied, user: {user}}}\n"
        );
        std::fs::write(&path, text)?;
        let state = Arc::new(State::default());
        let upstream = Upstream { address, config: Arc::new(config) };
        let shared = state.clone();
        thread::spawn(move || {
            for connection in listener.incoming() {
                if shared.closed.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(connection) = connection else { continue };
                let (state, upstream) = (shared.clone(), upstream.clone());
                // A client that goes away is no news.
                thread::spawn(move || {
                    state.open.fetch_add(1, Ordering::SeqCst);
                    let _ = state.serve(connection, &upstream);
                    state.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Ok(FaultProxy { state, port, kubeconfig: path, token, _folder: folder })
    }

    /// A kubeconfig that leads to the proxy, with one context, named as the user is.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Lets a fault meet the next `times` requests of a method (empty for any) whose path with query contains `path`.
    pub fn meet(&self, method: &str, path: &str, times: usize, fault: Fault) {
        let rule = Rule { method: method.to_owned(), path: path.to_owned(), times, fault };
        lock(&self.state.rules).push(rule);
    }

    /// Reads a path in the name of the user, in JSON.
    ///
    /// # Errors
    /// When the server does not answer, or refuses.
    pub fn get(&self, path: &str) -> Result<Vec<u8>> {
        match self.send("GET", path, "")? {
            (200..=299, body) => Ok(body),
            (code, body) => bail!("{code}: {}", String::from_utf8_lossy(&body)),
        }
    }

    /// Sends a request with a body in JSON in the name of the user. Returns the status and the body of the answer.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn send(&self, method: &str, path: &str, body: &str) -> Result<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nauthorization: Bearer {}\r\n\r\n{body}",
            body.len(),
            self.token
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(split_answer(&answer))
    }

    /// How many connections there are at this moment.
    pub fn open(&self) -> usize {
        self.state.open.load(Ordering::SeqCst)
    }

    /// Forgets all faults.
    pub fn heal(&self) {
        lock(&self.state.rules).clear();
    }

    /// The requests since the last call, in the order in which they came.
    pub fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut lock(&self.state.seen))
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.state.closed.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn lock<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The real server.
#[derive(Clone)]
struct Upstream {
    address: String,
    config: Arc<ClientConfig>,
}

impl Upstream {
    fn send(&self, request: &[u8]) -> Result<StreamOwned<ClientConnection, TcpStream>> {
        let host = self.address.split(':').next().unwrap_or_default().to_owned();
        let tls = ClientConnection::new(self.config.clone(), ServerName::try_from(host)?)?;
        let mut stream = StreamOwned::new(tls, TcpStream::connect(&self.address)?);
        stream.write_all(request)?;
        stream.flush()?;
        Ok(stream)
    }
}

impl State {
    fn serve(&self, connection: TcpStream, upstream: &Upstream) -> Result<()> {
        let mut client = BufReader::new(connection);
        let (head, body) = read_request(&mut client)?;
        let mut client = client.into_inner();
        let mut words = head.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (method, target) = (method.to_owned(), target.to_owned());
        let number = {
            let mut seen = lock(&self.seen);
            seen.push(Seen {
                method: method.clone(),
                target: target.clone(),
                body: body.clone(),
                answer: None,
            });
            seen.len() - 1
        };
        let forward = || upstream.send(&[one_request(&head).as_bytes(), &body].concat());
        let upgrades = header(&head, "upgrade").is_some();
        match self.fault(&method, &target) {
            None if upgrades => tunnel(client.try_clone()?, forward()?)?,
            Some(Fault::Lose) if upgrades => {
                // It has begun then.
                read_head(&mut BufReader::new(forward()?))?;
            }
            None => {
                let mut answer = Vec::new();
                copy(&mut forward()?, &mut client, &mut answer)?;
                if let Some(seen) = lock(&self.seen).get_mut(number)
                    && seen.target == target
                {
                    seen.answer = Some(split_answer(&answer));
                }
            }
            Some(Fault::Answer(code, headers, body)) => {
                let length = body.len();
                write!(
                    client,
                    "HTTP/1.1 {code} Fault\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
                )?;
            }
            Some(Fault::Refuse) => {}
            Some(Fault::Lose) => {
                let mut answer = Vec::new();
                let _ = forward()?.read_to_end(&mut answer);
            }
            Some(Fault::Truncate(length)) => {
                let mut server = BufReader::new(forward()?);
                let head = read_head(&mut server)?;
                client.write_all(head.as_bytes())?;
                io::copy(&mut server.take(length as u64), &mut client)?;
            }
            Some(Fault::Late(delay)) => {
                let mut answer = Vec::new();
                let _ = forward()?.read_to_end(&mut answer);
                thread::sleep(delay);
                client.write_all(&answer)?;
            }
            Some(Fault::Silence) => {
                // Until the client has had enough.
                let _ = client.read(&mut [0]);
            }
            Some(Fault::Endless) => {
                client.write_all(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"a\":\"",
                )?;
                let piece = vec![b'x'; 1 << 16];
                while client.write_all(&piece).is_ok() {}
            }
        }
        let _ = client.shutdown(Shutdown::Both);
        Ok(())
    }

    /// The fault that meets a request, which has one occasion less then.
    fn fault(&self, method: &str, target: &str) -> Option<Fault> {
        let mut rules = lock(&self.rules);
        let rule = rules.iter_mut().find(|it| {
            it.times > 0
                && (it.method.is_empty() || it.method == method)
                && target.contains(&it.path)
        })?;
        rule.times -= 1;
        Some(rule.fault.clone())
    }
}

/// Passes on an answer as it comes, and keeps what was passed on.
fn copy(from: &mut impl Read, to: &mut TcpStream, kept: &mut Vec<u8>) -> Result<()> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                to.write_all(&buffer[..length])?;
                to.flush()?;
                kept.extend_from_slice(&buffer[..length]);
            }
            // Many servers do not say farewell before they close.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Passes on bytes both ways until one side ends. One thread does both, since an encrypted stream cannot be shared.
fn tunnel(
    mut client: TcpStream,
    mut server: StreamOwned<ClientConnection, TcpStream>,
) -> Result<()> {
    let moment = Some(Duration::from_millis(5));
    client.set_read_timeout(moment)?;
    server.sock.set_read_timeout(moment)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        if !pass(&mut client, &mut server, &mut buffer)?
            || !pass(&mut server, &mut client, &mut buffer)?
        {
            return Ok(());
        }
    }
}

/// Passes on what is there at this moment; false when there will be no more.
fn pass(from: &mut impl Read, to: &mut impl Write, buffer: &mut [u8]) -> Result<bool> {
    match from.read(buffer) {
        Ok(0) => Ok(false),
        Ok(length) => {
            to.write_all(&buffer[..length])?;
            to.flush()?;
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) =>
        {
            Ok(true)
        }
        Err(error) => Err(error.into()),
    }
}

/// Head and body of a request.
fn read_request(client: &mut BufReader<TcpStream>) -> Result<(String, Vec<u8>)> {
    let head = read_head(client)?;
    let length = header(&head, "content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
    if header(&head, "transfer-encoding").is_some() {
        bail!("a request of unknown length");
    }
    let mut body = vec![0; length];
    client.read_exact(&mut body)?;
    Ok((head, body))
}

fn read_head(from: &mut impl io::BufRead) -> Result<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if from.read_line(&mut head)? == 0 {
            bail!("the connection ended");
        }
    }
    Ok(head)
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The head of a request after which the connection ends, and whose answer is not compressed; one for a WebSocket is as it was.
fn one_request(head: &str) -> String {
    if header(head, "upgrade").is_some() {
        return head.to_owned();
    }
    let left_out = ["connection", "accept-encoding"];
    let lines = head.lines().filter(|line| {
        let key = line.split(':').next().unwrap_or_default();
        !line.is_empty() && !left_out.iter().any(|it| key.eq_ignore_ascii_case(it))
    });
    let mut text: String = lines.map(|line| format!("{line}\r\n")).collect();
    text.push_str("connection: close\r\n\r\n");
    text
}

/// Status and body of a whole answer.
fn split_answer(answer: &[u8]) -> (u16, Vec<u8>) {
    let at = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap_or(answer.len());
    let head = String::from_utf8_lossy(&answer[..at]).into_owned();
    let code = head.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or_default();
    let body = answer.get(at + 4..).unwrap_or_default();
    let chunked = header(&head, "transfer-encoding").is_some_and(|it| it.contains("chunked"));
    (code, if chunked { unchunk(body) } else { body.to_vec() })
}

/// Puts the pieces of a body together (RFC 9112 §7.1).
fn unchunk(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|it| it == b"\r\n") {
        let size = String::from_utf8_lossy(&body[..end]).into_owned();
        let Ok(size) = usize::from_str_radix(size.split(';').next().unwrap_or_default(), 16) else {
            break;
        };
        let (from, to) = (end + 2, end + 2 + size);
        let Some(piece) = body.get(from..to).filter(|_| size > 0) else { break };
        whole.extend_from_slice(piece);
        body = body.get(to + 2..).unwrap_or_default();
    }
    whole
}
