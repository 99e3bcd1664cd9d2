//! A client of the whole product: a real request through the real router, with a cookie jar.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Index;
use std::sync::Mutex;
use tower::ServiceExt as _;

/// One person or script.
pub struct Client {
    router: Router,
    cookies: Mutex<BTreeMap<String, String>>,
    headers: Vec<(String, String)>,
    address: SocketAddr,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Answer {
    /// Stops the test unless the status is this one; gives the body.
    #[track_caller]
    #[must_use = "use .expect_status() when the body doesn't matter"]
    pub fn body_of(self, status: u16) -> Value {
        self.expect_status(status);
        self.body
    }

    #[track_caller]
    pub fn expect_status(&self, status: u16) {
        assert_eq!(self.status, status, "the answer was {}", self.text);
    }

    /// Like [`Answer::body_of`], for chaining.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        self.expect_status(status);
        self
    }

    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }
}

impl Index<&str> for Answer {
    type Output = Value;
    fn index(&self, name: &str) -> &Value {
        &self.body[name]
    }
}

impl Index<usize> for Answer {
    type Output = Value;
    fn index(&self, place: usize) -> &Value {
        &self.body[place]
    }
}

impl Client {
    pub(crate) fn new(router: Router) -> Self {
        Self { router, cookies: Mutex::default(), headers: Vec::new(), address: SocketAddr::from(([127, 0, 0, 1], 50000)) }
    }

    /// The same router and no cookie, from another address.
    #[must_use]
    pub fn from_address(&self, address: &str) -> Self {
        Self {
            router: self.router.clone(),
            cookies: Mutex::default(),
            headers: self.headers.clone(),
            address: format!("{address}:50000").parse().unwrap(),
        }
    }

    /// The same router, no cookie, this bearer key.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        let mut made = self.from_address("127.0.0.1");
        made.headers.push(("authorization".into(), format!("Bearer {key}")));
        made
    }

    /// Sends this header with every request.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    /// With `If-Match`: a version, or `*`.
    pub async fn patch(&self, path: &str, version: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, &[("if-match", version)], Some(body)).await
    }

    /// With `If-Match: *`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[("if-match", "*")], None).await
    }

    /// Any JSON request.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
        let bytes = body.map(|body| body.to_string().into_bytes());
        self.send_bytes(method, path, headers, bytes).await
    }

    /// Any request at all, for bad input.
    pub async fn send_bytes(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Vec<u8>>) -> Answer {
        let (parts, body) = self.open(method, path, headers, body).await.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        assert!(parts.status != StatusCode::INTERNAL_SERVER_ERROR, "a 500 is always a fault of ours: {path}: {text}");
        Answer { status: parts.status.as_u16(), headers: parts.headers, body, text }
    }

    /// An answer whose body is still to be read.
    pub async fn open(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Vec<u8>>) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(path).extension(ConnectInfo(self.address));
        let given = |name: &str| {
            headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name)) || self.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name))
        };
        if !given("host") {
            request = request.header(header::HOST, "localhost:8080");
        }
        if body.is_some() && !given("content-type") {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if let Some(cookie) = self.cookie() {
            request = request.header(header::COOKIE, cookie);
            if !given("sec-fetch-site") && !given("origin") {
                request = request.header("sec-fetch-site", "same-origin");
            }
        }
        for (name, value) in self.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).chain(headers.iter().copied()) {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body.unwrap_or_default())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            let mut jar = self.cookies.lock().unwrap();
            if value.is_empty() {
                jar.remove(name)
            } else {
                jar.insert(name.to_owned(), value.to_owned())
            };
        }
        response
    }

    /// The cookies, as they are sent; none when the jar is empty.
    #[must_use]
    pub fn cookie(&self) -> Option<String> {
        let jar = self.cookies.lock().unwrap();
        let pairs: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Replaces the jar by these cookies, written as in the `Cookie` header.
    pub fn set_cookie(&self, cookies: Option<&str>) {
        let pairs = cookies.unwrap_or_default().split("; ").filter_map(|pair| pair.split_once('='));
        *self.cookies.lock().unwrap() = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    }
}
