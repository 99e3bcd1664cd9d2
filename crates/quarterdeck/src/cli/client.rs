//! The HTTP client of the command line: time limits, problems as failures, and no key to anybody else.

use super::exit::{Exit, Failure};
use super::output;
use super::profile::Target;
use bytes::{Bytes, BytesMut};
use futures::SinkExt as _;
use futures::channel::mpsc;
use http_body::Frame;
use http_body_util::StreamBody;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, Method, Url};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _};

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// A bulk action on a thousand objects may take its time.
const TOTAL_LIMIT: Duration = Duration::from_secs(120);
/// A whole table over a slow line.
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(24 * 3600);

/// Bytes of a file that are sent together.
const PART: usize = 64 << 10;

/// A panel somewhere, and the key to it.
pub struct Api {
    http: reqwest::Client,
    base: Url,
}

/// A successful answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    /// `null` where there is no body.
    pub body: Value,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }
}

/// An answer that is on its way.
pub struct Download<'a> {
    api: &'a Api,
    response: reqwest::Response,
}

impl Download<'_> {
    /// The next bytes; none at the end.
    ///
    /// # Errors
    /// When it ended before all had come.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        self.response.chunk().await.map_err(|error| {
            let failure = Failure::new(Exit::Failed, format!("quarterdeck: {} stopped before all had come: {error}", self.api.base));
            failure.and("  What has come is only a part. The audit log of the panel says why.")
        })
    }
}

/// One request below `/api/v1`.
pub struct Request<'a> {
    pub method: Method,
    pub path: &'a str,
    pub query: &'a [(String, String)],
    pub headers: &'a [(&'a str, &'a str)],
    pub body: Option<&'a Value>,
}

impl<'a> Request<'a> {
    pub fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, query: &[], headers: &[], body: None }
    }

    pub fn post(path: &'a str, body: &'a Value) -> Self {
        Self { method: Method::POST, path, query: &[], headers: &[], body: Some(body) }
    }
}

impl Api {
    /// # Errors
    /// When the address is none, or the key has characters that no key has.
    pub fn new(target: &Target) -> Result<Self, Failure> {
        Self::saying(target, None)
    }

    /// With the reason for seeing sensitive columns in every request.
    ///
    /// # Errors
    /// As [`Api::new`].
    pub fn saying(target: &Target, reveal: Option<&str>) -> Result<Self, Failure> {
        let wrong = |why: String| Failure::usage(format!("quarterdeck: the address {} can't be used: {why}", target.url));
        let base = Url::parse(&format!("{}/", target.url.trim_end_matches('/')))
            .map_err(|e| wrong(format!("{e}; it looks like {}", super::profile::DEFAULT_URL)))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(wrong("http or https is expected".into()));
        }
        let mut headers = HeaderMap::new();
        if let Some(token) = &target.token {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
                .map_err(|_| Failure::usage("quarterdeck: the API key has characters that no key has"))?;
            value.set_sensitive(true);
            headers.insert(reqwest::header::AUTHORIZATION, value);
        } else if let Some(session) = &target.session {
            let mut value = HeaderValue::from_str(session.expose_secret())
                .map_err(|_| Failure::usage("quarterdeck: the profile's session can't be sent; sign in again"))?;
            value.set_sensitive(true);
            headers.insert(reqwest::header::COOKIE, value);
            // What a page of the panel would say of itself.
            headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
        }
        if !headers.is_empty() && base.scheme() == "http" && !is_local(&base) {
            output::note(&format!("Warning: {base} is not encrypted; the key can be read on the way. Use https."));
        }
        if let Some(reason) = reveal {
            let value = HeaderValue::from_str(&segment(reason)).map_err(|e| Failure::usage(format!("quarterdeck: --reveal: {e}")))?;
            headers.insert("reveal-reason", value);
        }
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_LIMIT)
            .timeout(TOTAL_LIMIT)
            // A key must not follow a redirect to somewhere else.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("quarterdeck/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .build()
            .map_err(|e| Failure::new(Exit::Failed, format!("quarterdeck: {e}")))?;
        Ok(Self { http, base })
    }

    /// Sends one request.
    ///
    /// # Errors
    /// What the panel refuses, as it says it; `Unavailable` when it can't be reached.
    pub async fn send(&self, request: Request<'_>) -> Result<Reply, Failure> {
        let mut url = self
            .base
            .join(&format!("api/v1{}", request.path))
            .map_err(|e| Failure::usage(format!("quarterdeck: {}: {e}", request.path)))?;
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(request.query);
        }
        let mut sent = self.http.request(request.method, url);
        for (name, value) in request.headers {
            let value = HeaderValue::from_str(value).map_err(|_| Failure::usage(format!("quarterdeck: {name} can't be {value:?}")))?;
            sent = sent.header(HeaderName::from_bytes(name.as_bytes()).map_err(|e| Failure::usage(e.to_string()))?, value);
        }
        if let Some(body) = request.body {
            sent = sent.json(body);
        }
        self.answer(sent).await
    }

    /// Sends a file as it is.
    ///
    /// # Errors
    /// As [`Api::send`].
    pub async fn upload(&self, path: &str, query: &[(&str, &str)], kind: &'static str, file: Vec<u8>) -> Result<Reply, Failure> {
        let url = self.base.join(&format!("api/v1{path}")).map_err(|e| Failure::usage(format!("quarterdeck: {path}: {e}")))?;
        self.answer(self.http.post(url).query(query).header(reqwest::header::CONTENT_TYPE, kind).body(file)).await
    }

    /// Sends a file of any length, read as it goes.
    ///
    /// # Errors
    /// As [`Api::send`].
    pub async fn send_file(
        &self,
        path: &str,
        query: &[(&str, &str)],
        file: impl AsyncRead + Send + Unpin + 'static,
    ) -> Result<Reply, Failure> {
        let url = self.base.join(&format!("api/v1{path}")).map_err(|e| Failure::usage(format!("quarterdeck: {path}: {e}")))?;
        let body = Body::wrap(StreamBody::new(parts(file)));
        self.answer(self.http.post(url).query(query).timeout(DOWNLOAD_LIMIT).body(body)).await
    }

    /// Asks for something too big to be held: it is read as it comes.
    ///
    /// # Errors
    /// As [`Api::send`].
    pub async fn download(&self, path: &str, query: &[(String, String)]) -> Result<Download<'_>, Failure> {
        let url = self.base.join(&format!("api/v1{path}")).map_err(|e| Failure::usage(format!("quarterdeck: {path}: {e}")))?;
        self.open(self.http.get(url).query(query)).await
    }

    /// The rest of a file, from a byte on.
    ///
    /// # Errors
    /// As [`Api::send`].
    pub async fn download_from(&self, path: &str, byte: u64) -> Result<Download<'_>, Failure> {
        let url = self.base.join(&format!("api/v1{path}")).map_err(|e| Failure::usage(format!("quarterdeck: {path}: {e}")))?;
        self.open(self.http.get(url).header(reqwest::header::RANGE, format!("bytes={byte}-"))).await
    }

    /// The same for what is asked with a body.
    ///
    /// # Errors
    /// As [`Api::send`].
    pub async fn ask(&self, path: &str, body: &Value) -> Result<Download<'_>, Failure> {
        let url = self.base.join(&format!("api/v1{path}")).map_err(|e| Failure::usage(format!("quarterdeck: {path}: {e}")))?;
        self.open(self.http.post(url).json(body)).await
    }

    async fn open(&self, sent: reqwest::RequestBuilder) -> Result<Download<'_>, Failure> {
        let response = sent.timeout(DOWNLOAD_LIMIT).send().await.map_err(|e| self.unreachable(&e))?;
        if response.status().is_success() {
            return Ok(Download { api: self, response });
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.map_err(|e| self.unreachable(&e))?;
        match serde_json::from_str::<Value>(&text) {
            Ok(body) if body["title"].is_string() => Err(Failure::of_problem(status.as_u16(), &body)),
            _ => Err(self.stranger(status, &headers, &text)),
        }
    }

    async fn answer(&self, sent: reqwest::RequestBuilder) -> Result<Reply, Failure> {
        let response = sent.send().await.map_err(|e| self.unreachable(&e))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.map_err(|e| self.unreachable(&e))?;
        let body: Option<Value> = if text.trim().is_empty() { Some(Value::Null) } else { serde_json::from_str(&text).ok() };
        match body {
            Some(body) if status.is_success() => Ok(Reply { status: status.as_u16(), headers, body }),
            Some(body) if body["title"].is_string() => Err(Failure::of_problem(status.as_u16(), &body)),
            _ => Err(self.stranger(status, &headers, &text)),
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let mut why = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(next) = cause {
            why = next.to_string();
            cause = next.source();
        }
        if error.is_timeout() {
            why = "it took too long to answer".into();
        }
        let failure = Failure::new(Exit::Unavailable, format!("quarterdeck: no panel at {}: {why}", self.base));
        failure.and("  Start one with quarterdeck serve, or say where it is with QUARTERDECK_URL or quarterdeck login.")
    }

    fn stranger(&self, status: reqwest::StatusCode, headers: &HeaderMap, text: &str) -> Failure {
        let moved = headers.get("location").and_then(|v| v.to_str().ok()).filter(|_| status.is_redirection());
        let what = moved.map_or_else(
            || text.lines().find(|line| !line.trim().is_empty()).unwrap_or("nothing").chars().take(200).collect(),
            |to| format!("it has moved to {to}; use that address"),
        );
        let exit = if status.is_server_error() { Exit::Unavailable } else { Exit::Failed };
        Failure::new(exit, format!("quarterdeck: {} answered {status}, not like a panel: {what}", self.base))
    }
}

fn is_local(base: &Url) -> bool {
    base.host_str().is_some_and(|host| {
        host == "localhost" || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

/// A file in parts, read by a task of its own.
fn parts(mut file: impl AsyncRead + Send + Unpin + 'static) -> mpsc::Receiver<io::Result<Frame<Bytes>>> {
    let (mut sender, receiver) = mpsc::channel(2);
    tokio::spawn(async move {
        loop {
            let mut part = BytesMut::with_capacity(PART);
            let read = file.read_buf(&mut part).await;
            let is_last = !matches!(read, Ok(some) if some > 0);
            if matches!(read, Ok(0)) || sender.send(read.map(|_| Frame::data(part.freeze()))).await.is_err() || is_last {
                break;
            }
        }
    });
    receiver
}

/// One segment of a path, escaped.
pub fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
