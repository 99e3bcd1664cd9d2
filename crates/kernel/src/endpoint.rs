//! Endpoints: every route of the product in one list, with what it needs. The router, the OpenAPI document, the
//! command line and the coverage sweeps are all made from it, so that no route can be forgotten by one of them.

use crate::actor::{self, Caller};
use crate::app::App;
use crate::body::{Body, StreamError};
use crate::ctx::RequestInfo;
use crate::problem::{Problem, Result};
use crate::resource::Scope;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::mpsc::Receiver;

pub type Response = http::Response<Body>;
pub type Handler = Arc<dyn Fn(Call) -> BoxFuture<'static, Result<Response>> + Send + Sync>;

/// What a caller must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody: sign-in, first launch, health.
    Public,
    /// Anybody who is signed in.
    SignedIn,
    /// Somebody who holds the permission.
    Permission(String),
}

impl Access {
    /// Whether it is this permission.
    #[must_use]
    pub fn names(&self, permission: &str) -> bool {
        matches!(self, Self::Permission(name) if name == permission)
    }
}

/// One parameter in the query string or the headers, for the documents.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: &'static str,
    pub place: &'static str,
    pub description: &'static str,
}

/// One route.
#[derive(Clone)]
pub struct Endpoint {
    pub method: Method,
    /// Below `/api/v1`: `/users/{id}/suspend`.
    pub path: String,
    /// A second address, outside `/api/v1`, where other programs were promised one.
    pub also_at: Option<&'static str>,
    /// Unique: `users.suspend`. Also the operation id.
    pub id: String,
    pub module: &'static str,
    pub summary: String,
    pub access: Access,
    /// Where it applies: to staff alone, or within an organization too.
    pub scope: Scope,
    pub parameters: Vec<Parameter>,
    /// JSON Schema of the body, when it takes one.
    pub body: Option<Value>,
    /// JSON Schema of the successful answer.
    pub answer: Option<Value>,
    /// What the answer comes as, one of them: a file has another type than JSON.
    pub answer_types: &'static [&'static str],
    pub status: StatusCode,
    /// An example of the answer.
    pub example: Option<Value>,
    /// Most bytes a body may have.
    pub body_limit: usize,
    /// Whether the handler reads the body as it comes, and bounds it itself.
    pub streams: bool,
    pub handler: Handler,
}

impl Endpoint {
    /// A route of a room's own. It names what the caller needs and is swept like any other.
    pub fn new<F, Fut>(method: Method, path: &str, id: &str, access: Access, handler: F) -> Self
    where
        F: Fn(Call) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Response>> + Send + 'static,
    {
        Self {
            status: if method == Method::DELETE { StatusCode::NO_CONTENT } else { StatusCode::OK },
            method,
            path: path.into(),
            also_at: None,
            id: id.into(),
            module: "",
            summary: String::new(),
            access,
            scope: Scope::Platform,
            parameters: Vec::new(),
            body: None,
            answer: None,
            answer_types: &["application/json"],
            example: None,
            body_limit: 1 << 20,
            streams: false,
            handler: Arc::new(move |call| Box::pin(handler(call))),
        }
    }

    #[must_use]
    pub fn summary(mut self, text: impl Into<String>) -> Self {
        self.summary = text.into();
        self
    }

    #[must_use]
    pub fn also_at(mut self, path: &'static str) -> Self {
        self.also_at = Some(path);
        self
    }

    #[must_use]
    pub fn body(mut self, schema: Value) -> Self {
        self.body = Some(schema);
        self
    }

    /// The body is an `I`; read it with [`Call::input`].
    #[must_use]
    pub fn takes<I: JsonSchema>(self) -> Self {
        self.body(crate::action::schema_of::<I>())
    }

    #[must_use]
    pub fn answer(mut self, schema: Value, example: Value) -> Self {
        self.answer = Some(schema);
        self.example = Some(example);
        self
    }

    /// The answer is a file, or a stream of lines, of one of these types.
    #[must_use]
    pub fn answers_as(mut self, types: &'static [&'static str]) -> Self {
        self.answer_types = types;
        self
    }

    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    #[must_use]
    pub fn parameter(mut self, name: &'static str, place: &'static str, description: &'static str) -> Self {
        self.parameters.push(Parameter { name, place, description });
        self
    }

    /// The parameters that every list takes. `docs/api.md`, "Lists: one grammar".
    #[must_use]
    pub fn list_parameters(self) -> Self {
        self.parameter("select", "query", "Columns to return, such as id,name,price:unit_price,details->>color")
            .parameter("order", "query", "Columns to sort by, such as name.asc,created_at.desc.nullslast")
            .parameter("limit", "query", "Rows per page, at most 1000; 100 without")
            .parameter("cursor", "query", "Next-Cursor or Prev-Cursor of another page")
            .parameter("offset", "query", "Rows to skip, at most 100000; prefer cursor")
            .parameter("search", "query", "Text that a searchable column contains")
    }

    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The handler reads the body from [`Call::stream`], at its own pace.
    #[must_use]
    pub fn streams(mut self) -> Self {
        self.streams = true;
        self
    }

    /// Who acts for an organization may call it too, and is answered within it.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Whether this caller may knock at all; what they hold is asked after.
    ///
    /// # Errors
    /// 401 for nobody, 403 for who acts for an organization where only the platform's staff do.
    pub fn admit(&self, caller: Option<&Caller>) -> Result<()> {
        match (&self.access, caller) {
            (Access::Public, _) => Ok(()),
            (_, None) => Err(Problem::unauthenticated("Sign in, or send an API key as a bearer token")),
            (_, Some(caller)) if self.scope == Scope::Platform && caller.scope != actor::Scope::Platform => {
                Err(Problem::refused("Only the platform's staff can do this, and you act for an organization"))
            }
            _ => Ok(()),
        }
    }

    /// Whether it may change something.
    #[must_use]
    pub fn mutates(&self) -> bool {
        !self.method.is_safe()
    }
}

/// One request that reached its endpoint, authenticated.
pub struct Call {
    pub app: Arc<App>,
    pub operation: String,
    pub caller: Option<Caller>,
    /// Values of the path's parameters, decoded.
    pub path: Vec<(String, String)>,
    /// The raw query string.
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// The body of an endpoint that reads it as it comes; an error when it was cut off.
    pub stream: Option<Receiver<Result<Bytes, StreamError>>>,
    pub request: RequestInfo,
}

impl Call {
    /// # Errors
    /// 401 when nobody is signed in.
    pub fn caller(&self) -> Result<&Caller> {
        self.caller.as_ref().ok_or_else(|| Problem::unauthenticated("Sign in, or send an API key as a bearer token"))
    }

    /// The value of a path parameter; empty when the path has none of that name.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        self.path.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// The first value of a query parameter, decoded.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes()).find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
    }

    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The version from `If-Match`, without quotes; `None` for `*`.
    ///
    /// # Errors
    /// 428 when the header is missing.
    pub fn if_match(&self) -> Result<Option<String>> {
        let value = self.header("if-match").ok_or_else(|| {
            Problem::new(
                crate::problem::Kind::Precondition,
                "Send If-Match with the version you read (its ETag), or * to overwrite whatever is there",
            )
        })?;
        Ok((value.trim() != "*").then(|| value.trim().trim_start_matches("W/").trim_matches('"').to_owned()))
    }

    /// The JSON body.
    ///
    /// # Errors
    /// 400 when it isn't JSON, 415 when it says it isn't.
    pub fn json(&self) -> Result<Value> {
        if let Some(kind) = self.header("content-type")
            && !self.body.is_empty()
            && !kind.split(';').next().is_some_and(|k| k.trim().eq_ignore_ascii_case("application/json") || k.trim().ends_with("+json"))
        {
            return Err(Problem::new(crate::problem::Kind::MediaType, format!("{kind} can't be read here; send application/json")));
        }
        crate::input::json(&self.body)
    }

    /// The JSON body as the type that the endpoint takes.
    ///
    /// # Errors
    /// As [`Call::json`], and 422 with every error at its field.
    pub fn input<I: DeserializeOwned + JsonSchema>(&self) -> Result<I> {
        let given = self.json()?;
        crate::input::check(&crate::action::schema_of::<I>(), &given)?;
        crate::input::parse(given)
    }
}

/// An answer with a JSON body.
///
/// # Errors
/// 500 when the value can't be serialised.
pub fn json(status: StatusCode, value: &impl Serialize) -> Result<Response> {
    let body = serde_json::to_vec(value).map_err(Problem::internal)?;
    Ok(bytes(status, Bytes::from(body)))
}

/// An answer whose JSON is already bytes.
#[must_use]
pub fn bytes(status: StatusCode, body: Bytes) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// 204.
#[must_use]
pub fn empty() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// Sets a header whose value may come from outside; one that can't be sent is left out.
pub fn set_header(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}
