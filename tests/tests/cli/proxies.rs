//! Programs reach the network by the proxy that the environment names.

use std::{
    io::{BufRead as _, BufReader, Read, Write as _},
    net::{TcpListener, TcpStream},
    thread::{self, JoinHandle},
};

use super::{Done, Ko, folder};

const PROGRAM: &str =
    "import \"net/http\"\nGet(url) { return: http.BodyAsString(http.Get(url)) }\n";

/// Asks for a URL where `variable` names a proxy that does `serve` with its one connection; what it returns is told, too.
fn asked(
    variable: &str,
    scheme: &str,
    url: &str,
    serve: impl FnOnce(TcpStream) -> String + Send + 'static,
) -> (Done, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let proxy: JoinHandle<String> = thread::spawn(move || serve(listener.accept().unwrap().0));
    let folder = folder(&[("p/p.ko", PROGRAM)]);
    let done = Ko::new(folder.path(), &["play", "p/Get", &format!("url={url}")])
        .env(variable, format!("{scheme}://ann:hidden@127.0.0.1:{port}"))
        .done();
    // Where nobody came, it must not wait forever.
    drop(TcpStream::connect(("127.0.0.1", port)));
    (done, proxy.join().unwrap())
}

fn head(stream: &mut impl Read) -> String {
    let lines = BufReader::new(stream).lines().map(|line| line.unwrap().to_lowercase());
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nfar";

#[test]
fn plain_requests_are_told_to_the_proxy_whole() {
    let (done, head) = asked("HTTP_PROXY", "http", "http://far.invalid/x?y", |mut stream| {
        let head = head(&mut stream);
        stream.write_all(ANSWER).unwrap();
        head
    });
    assert_eq!((done.code, done.out.trim()), (0, "\"far\""), "{}", done.err);
    assert!(head.starts_with("get http://far.invalid/x?y http/1.1"), "{head}");
    assert!(head.contains("proxy-authorization: basic yw5uomhpzgrlbg=="), "{head}");
}

#[test]
fn a_proxy_that_lets_nothing_through_is_named_without_its_password() {
    let (done, head) = asked("HTTPS_PROXY", "http", "https://far.invalid/x", |mut stream| {
        let head = head(&mut stream);
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").unwrap();
        head
    });
    assert_eq!(done.code, 1, "{}", done.out);
    assert!(head.starts_with("connect far.invalid:443 http/1.1"), "{head}");
    assert!(head.contains("proxy-authorization: basic yw5uomhpzgrlbg=="), "{head}");
    assert!(done.err.contains("by the proxy http://127.0.0.1:"), "{}", done.err);
    assert!(!done.err.contains("hidden"), "{}", done.err);
}

#[test]
fn socks_is_spoken() {
    let (done, head) = asked("ALL_PROXY", "socks5", "http://far.invalid/x", |stream| {
        let read = |count: usize| {
            let mut bytes = vec![0; count];
            (&stream).read_exact(&mut bytes).unwrap();
            bytes
        };
        // RFC 1928: one method is offered, that of RFC 1929, by user and password.
        assert_eq!(read(3), [5, 1, 2]);
        (&stream).write_all(&[5, 2]).unwrap();
        assert_eq!(read(12), *b"\x01\x03ann\x06hidden");
        (&stream).write_all(&[1, 0]).unwrap();
        // The name goes to the proxy as it is: this machine may not know it.
        assert_eq!(read(18), *b"\x05\x01\x00\x03\x0bfar.invalid\x00\x50");
        (&stream).write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 80]).unwrap();
        let head = head(&mut &stream);
        (&stream).write_all(ANSWER).unwrap();
        head
    });
    assert_eq!((done.code, done.out.trim()), (0, "\"far\""), "{}", done.err);
    assert!(head.starts_with("get /x http/1.1"), "{head}");
}
