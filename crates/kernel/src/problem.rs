//! What can go wrong, as the caller sees it: one type, rendered as `application/problem+json` (RFC 9457).
//!
//! A problem says who did what wrong, where, and what to do. Faults of the client never become a 5xx;
//! faults of ours never tell the client more than a request id.

pub use crate::problem_sql::is_raised;
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use std::fmt;

pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// The kinds of problem; each has one status and one stable `type` (see `docs/api.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Choices,
    Validation,
    Malformed,
    Filter,
    Unauthenticated,
    Forbidden,
    StepUp,
    CrossSite,
    NotFound,
    Method,
    NotAcceptable,
    Conflict,
    Gone,
    TooLarge,
    MediaType,
    Range,
    Precondition,
    Throttled,
    Unavailable,
    Timeout,
    Internal,
}

impl Kind {
    #[must_use]
    pub fn status(self) -> StatusCode {
        self.facts().0
    }

    /// The last segment of the `type` URI.
    #[must_use]
    pub fn slug(self) -> &'static str {
        self.facts().1
    }

    fn title(self) -> &'static str {
        self.facts().2
    }

    fn facts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Choices => (StatusCode::MULTIPLE_CHOICES, "choices", "This can mean several things"),
            Self::Validation => (StatusCode::UNPROCESSABLE_ENTITY, "validation", "The input has errors"),
            Self::Malformed => (StatusCode::BAD_REQUEST, "malformed", "The request can't be read"),
            Self::Filter => (StatusCode::BAD_REQUEST, "filter", "The filter can't be read"),
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated", "Sign in first"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "Not allowed"),
            Self::StepUp => (StatusCode::FORBIDDEN, "step-up", "Confirm that it is you"),
            Self::CrossSite => (StatusCode::FORBIDDEN, "cross-site", "This request came from another site"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "method", "Method not allowed"),
            Self::NotAcceptable => (StatusCode::NOT_ACCEPTABLE, "not-acceptable", "Not acceptable"),
            Self::Conflict => (StatusCode::CONFLICT, "conflict", "Changed meanwhile"),
            Self::Gone => (StatusCode::GONE, "gone", "No longer there"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large"),
            Self::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Unsupported media type"),
            Self::Range => (StatusCode::RANGE_NOT_SATISFIABLE, "range", "These rows are not there"),
            Self::Precondition => (StatusCode::PRECONDITION_REQUIRED, "precondition", "A version is needed"),
            Self::Throttled => (StatusCode::TOO_MANY_REQUESTS, "throttled", "Too many attempts"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available right now"),
            Self::Timeout => (StatusCode::GATEWAY_TIMEOUT, "timeout", "Took too long"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here"),
        }
    }
}

/// One input that is wrong: `field` is its path (`address.city`), `code` is stable, `message` is for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    pub field: String,
    pub code: String,
    pub message: String,
}

/// One field that two writers changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldConflict {
    pub field: String,
    /// The value both started from, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Value>,
    pub mine: Value,
    pub theirs: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Conflict {
    pub current_version: String,
    pub fields: Vec<FieldConflict>,
}

/// A refusal or failure on its way to the caller.
#[derive(Debug)]
pub struct Problem {
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    kind: Kind,
    title: Option<String>,
    detail: String,
    errors: Vec<FieldError>,
    conflict: Option<Conflict>,
    permission: Option<String>,
    retry_after: Option<u32>,
    extra: serde_json::Map<String, Value>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Problem {
    #[must_use]
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                title: None,
                detail: detail.into(),
                errors: Vec::new(),
                conflict: None,
                permission: None,
                retry_after: None,
                extra: serde_json::Map::new(),
                source: None,
            }),
        }
    }

    /// 422: the named inputs are wrong.
    #[must_use]
    pub fn validation(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.message.clone(),
            many => format!("{} fields need attention", many.len()),
        };
        let mut problem = Self::new(Kind::Validation, detail);
        problem.inner.errors = errors;
        problem
    }

    /// 422 for a single field.
    #[must_use]
    pub fn field(field: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self::validation(vec![FieldError { field: field.into(), code: code.into(), message: message.into() }])
    }

    /// 400: the body or a header can't be read at all.
    #[must_use]
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Kind::Malformed, detail)
    }

    /// 400: a list parameter breaks the grammar; `parameter` names it.
    #[must_use]
    pub fn filter(parameter: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut problem = Self::new(Kind::Filter, format!("{parameter}: {message}"));
        problem.inner.errors = vec![FieldError { field: parameter.into(), code: "filter".into(), message }];
        problem
    }

    #[must_use]
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(Kind::Unauthenticated, detail)
    }

    /// 403: seen, but not allowed; names the permission that is missing.
    #[must_use]
    pub fn forbidden(permission: &str) -> Self {
        let mut problem =
            Self::new(Kind::Forbidden, format!("This needs the permission {permission}. Someone who may change roles can grant it."));
        problem.inner.permission = Some(permission.into());
        problem
    }

    /// 403 for a reason that is not a permission (a rule of the object or of the caller).
    #[must_use]
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, reason)
    }

    /// 404; `what` is a noun phrase such as `users/0190…`.
    #[must_use]
    pub fn not_found(what: impl fmt::Display) -> Self {
        Self::new(Kind::NotFound, format!("There is no {what}, or you may not see it"))
    }

    /// 409 with the fields that differ.
    #[must_use]
    pub fn conflict(detail: impl Into<String>, conflict: Option<Conflict>) -> Self {
        let mut problem = Self::new(Kind::Conflict, detail);
        problem.inner.conflict = conflict;
        problem
    }

    /// 500; the cause goes to the log, never to the client.
    #[must_use]
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(Kind::Internal, "The fault is ours and has been logged. Give the request id to support.").because(source)
    }

    #[must_use]
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, detail).retry_after(5)
    }

    /// 429; seconds until the next attempt makes sense.
    #[must_use]
    pub fn throttled(seconds: u32) -> Self {
        Self::new(Kind::Throttled, format!("Too many attempts. Try again in {seconds} s.")).retry_after(seconds)
    }

    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.inner.title = Some(title.into());
        self
    }

    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.inner.errors = errors;
        self
    }

    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.inner.retry_after = Some(seconds);
        self
    }

    /// Adds a member of its own to the body (RFC 9457, 3.2), for clients of a foreign protocol.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.inner.extra.insert(member.into(), value.into());
        self
    }

    /// [`Self::with`], unless the member is there already.
    #[must_use]
    pub fn with_default(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.inner.extra.entry(member).or_insert(value.into());
        self
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    #[must_use]
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    #[must_use]
    pub fn detail(&self) -> &str {
        &self.inner.detail
    }

    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.inner.errors
    }

    #[must_use]
    pub fn seconds_to_wait(&self) -> Option<u32> {
        self.inner.retry_after
    }

    /// The body for the client.
    #[must_use]
    pub fn body(&self, request_id: &str) -> Value {
        #[derive(Serialize)]
        struct Body<'a> {
            r#type: String,
            title: &'a str,
            status: u16,
            detail: &'a str,
            request_id: &'a str,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            errors: &'a [FieldError],
            #[serde(skip_serializing_if = "Option::is_none")]
            conflict: &'a Option<Conflict>,
            #[serde(skip_serializing_if = "Option::is_none")]
            permission: &'a Option<String>,
            #[serde(flatten)]
            extra: &'a serde_json::Map<String, Value>,
        }
        let inner = &self.inner;
        serde_json::to_value(Body {
            r#type: format!("/problems/{}", inner.kind.slug()),
            title: inner.title.as_deref().unwrap_or(inner.kind.title()),
            status: inner.kind.status().as_u16(),
            detail: &inner.detail,
            request_id,
            errors: &inner.errors,
            conflict: &inner.conflict,
            permission: &inner.permission,
            extra: &inner.extra,
        })
        .unwrap_or(Value::Null)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.inner.kind.slug(), self.inner.detail)
    }
}

impl std::error::Error for Problem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner.source.as_deref().map(|e| e as &(dyn std::error::Error + 'static))
    }
}

/// What PostgreSQL says, as a sentence among ours: with a capital.
#[must_use]
pub fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
