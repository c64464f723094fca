//! The way to a host: straight, or by the proxy that the environment names for it.
//!
//! `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` mean what they mean to curl; as in Go's client, from which
//! existing programs come, nothing that is sent to this machine itself passes a proxy.

use std::{
    error::Error,
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use hyper::{
    Uri,
    header::HeaderValue,
    http::uri::{Authority, Parts, Scheme},
    rt::{Read, ReadBufCursor, Write},
};
use hyper_util::{
    client::{
        legacy::connect::{
            Connected, Connection, HttpConnector,
            proxy::{SocksV5, Tunnel},
        },
        proxy::matcher::{Intercept, Matcher},
    },
    rt::TokioIo,
};
use tokio::net::TcpStream;
use tower_service::Service;

type Failure = Box<dyn Error + Send + Sync>;

/// Which hosts are reached by which proxy.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    matcher: Arc<Matcher>,
}

impl Rules {
    /// Those of this process's environment, as it is now.
    pub(super) fn of_environment() -> Rules {
        Rules { matcher: Arc::new(Matcher::from_env()) }
    }

    /// What the proxy on the way to this URL wants to be shown with each request; `None` for those that are not sent in
    /// the open by a proxy. Who connects through a tunnel has shown it before.
    pub(super) fn authorization(&self, url: &Uri) -> Option<HeaderValue> {
        let proxy = self.proxy(url).filter(|_| url.scheme() == Some(&Scheme::HTTP))?;
        let mut value = proxy.basic_auth()?.clone();
        value.set_sensitive(true);
        Some(value)
    }

    fn proxy(&self, url: &Uri) -> Option<Intercept> {
        let host = url.host()?.trim_matches(['[', ']']);
        let own = host.eq_ignore_ascii_case("localhost")
            || host.parse().is_ok_and(|it: std::net::IpAddr| it.is_loopback());
        if own { None } else { self.matcher.intercept(url) }
    }
}

/// Opens connections by these rules.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    straight: HttpConnector,
    rules: Rules,
}

impl Connector {
    /// What opens the connections themselves must not insist on `http`.
    pub(super) fn new(straight: HttpConnector, rules: Rules) -> Connector {
        Connector { straight, rules }
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, Failure>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.straight.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, url: Uri) -> Self::Future {
        let (mut straight, proxy) = (self.straight.clone(), self.rules.proxy(&url));
        Box::pin(async move {
            match proxy {
                None => Ok(Stream { tcp: straight.call(url).await?, by_proxy: false }),
                Some(proxy) => by(straight, &proxy, url).await.map_err(|error| {
                    // Neither user nor password: the URL that the library gives has none.
                    format!("by the proxy {}: {}", proxy.uri(), super::client::causes(&*error))
                        .into()
                }),
            }
        })
    }
}

async fn by(mut straight: HttpConnector, proxy: &Intercept, url: Uri) -> Result<Stream, Failure> {
    let to = proxy.uri();
    let tcp = match to.scheme_str() {
        Some("socks5" | "socks5h") => {
            let mut socks = SocksV5::new(with_port(to, 1080)?, straight);
            if let Some((user, password)) = proxy.raw_auth() {
                socks = socks.with_auth(user.to_owned(), password.to_owned());
            }
            let port = if url.scheme() == Some(&Scheme::HTTP) { 80 } else { 443 };
            socks.call(with_port(&url, port)?).await?
        }
        Some("http") if url.scheme() == Some(&Scheme::HTTP) => {
            let tcp = straight.call(to.clone()).await?;
            return Ok(Stream { tcp, by_proxy: true });
        }
        Some("http") => {
            let mut tunnel = Tunnel::new(to.clone(), straight);
            if let Some(value) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(value.clone());
            }
            tunnel.call(url).await?
        }
        _ => return Err("only proxies of http:// and socks5:// are spoken to".into()),
    };
    Ok(Stream { tcp, by_proxy: false })
}

fn with_port(url: &Uri, port: u16) -> Result<Uri, Failure> {
    let Some(host) = url.host().filter(|_| url.port().is_none()) else { return Ok(url.clone()) };
    let authority: Authority = format!("{host}:{port}").parse()?;
    let mut parts: Parts = url.clone().into_parts();
    parts.authority = Some(authority);
    Ok(Uri::from_parts(parts)?)
}

/// A connection. One to a proxy that sees the requests is told their whole URL (RFC 9112, §3.2.2).
#[derive(Debug)]
pub(super) struct Stream {
    tcp: TokioIo<TcpStream>,
    by_proxy: bool,
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        self.tcp.connected().proxy(self.by_proxy)
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(context, buffer)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write_vectored(context, slices)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let matcher = Matcher::builder()
            .http("http://u:p@proxy:3128")
            .https("socks5://proxy")
            .no("inner.example,10.0.0.0/8")
            .build();
        Rules { matcher: Arc::new(matcher) }
    }

    fn way(url: &str) -> Option<String> {
        rules().proxy(&url.parse().unwrap()).map(|it| it.uri().to_string())
    }

    #[test]
    fn each_host_has_its_way() {
        assert_eq!(way("http://h/x").as_deref(), Some("http://proxy:3128/"));
        assert_eq!(way("https://h/x").as_deref(), Some("socks5://proxy/"));
        for straight in
            ["http://a.inner.example", "https://10.1.2.3", "http://LOCALHOST:1", "http://[::1]:8"]
        {
            assert_eq!(way(straight), None, "{straight}");
        }
    }

    #[test]
    fn a_proxy_is_shown_who_asks_but_in_requests_that_it_sees_only() {
        let shown = |url: &str| rules().authorization(&url.parse().unwrap());
        assert_eq!(shown("http://h/x").unwrap(), "Basic dTpw");
        assert_eq!(shown("https://h/x"), None);
        assert_eq!(shown("http://127.0.0.1/x"), None);
    }

    #[test]
    fn ports_are_added_where_none_is_said() {
        for (url, expected) in [
            ("http://h/x", "http://h:80/x"),
            ("http://h:1/", "http://h:1/"),
            ("http://[::1]", "http://[::1]:80/"),
        ] {
            assert_eq!(with_port(&url.parse().unwrap(), 80).unwrap().to_string(), expected);
        }
    }
}
