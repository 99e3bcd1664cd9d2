//! What a rows request answers with, in PostgREST's way.

use super::audit::Pair;
use super::prefer::{Prefer, Return};
use super::record::{Record, project};
use super::target::Target;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use kernel::endpoint::{Response, bytes, set_header};
use kernel::list::{Counting, Page, Selection};
use kernel::problem::Kind;
use kernel::{Call, Problem, Result, list};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

const OBJECT: &str = "application/vnd.pgrst.object+json";
const CSV: &str = "text/csv";

/// Whether exactly one row is asked for, as an object.
#[must_use]
pub fn wants_object(call: &Call) -> bool {
    call.header("accept").is_some_and(|accept| accept.contains(OBJECT))
}

/// Whether rows are asked for as CSV, and as nothing else.
#[must_use]
pub fn wants_csv(call: &Call) -> bool {
    let kinds = call.header("accept").into_iter().flat_map(|accept| accept.split(','));
    let mut kinds = kinds.map(|kind| kind.split(';').next().unwrap_or_default().trim()).filter(|kind| !kind.is_empty()).peekable();
    kinds.peek() == Some(&CSV)
}

/// Rows as CSV.
#[must_use]
pub fn as_csv(mut response: Response, body: Bytes) -> Response {
    *response.body_mut() = body.into();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    response
}

/// Refuses to pretend: only JSON is spoken here, and CSV where a table is read.
///
/// # Errors
/// 406 when the caller takes no JSON.
pub fn check_accept(call: &Call) -> Result<()> {
    let Some(accept) = call.header("accept") else { return Ok(()) };
    let speaks = |kind: &str| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        matches!(kind, "" | "*/*" | "application/*" | "application/json" | OBJECT | "application/vnd.pgrst.array+json")
    };
    if accept.split(',').any(speaks) {
        return Ok(());
    }
    Err(Problem::new(Kind::NotAcceptable, format!("{accept} can't be answered; rows come as application/json or {OBJECT}"))
        .with("code", "PGRST107"))
}

/// A page of rows.
///
/// # Errors
/// 406 when one row was asked for and there isn't exactly one.
pub fn list(call: &Call, page: Page, prefer: &Prefer) -> Result<Response> {
    let counted: Option<Counting> = page.total.map(|count| count.applied);
    let rows = page.rows;
    let mut response = list::answer::respond(page);
    if wants_object(call) {
        if rows != 1 {
            return Err(not_one(rows));
        }
        let body = response.body().bytes();
        *response.body_mut() = body.slice(1..body.len() - 1).into();
        *response.status_mut() = StatusCode::OK;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(OBJECT));
    }
    if let Some(applied) = prefer.applied(counted) {
        set_header(&mut response, "preference-applied", &applied);
    }
    Ok(response)
}

/// Says by which audit entry a change can be taken back.
pub fn named(response: &mut Response, entry: Option<Uuid>) {
    if let Some(entry) = entry {
        set_header(response, "audit-entry", &entry.to_string());
    }
}

/// The refusal of an answer that is not exactly one row.
pub fn not_one(rows: usize) -> Problem {
    let details = format!("The result contains {rows} rows");
    Problem::new(Kind::NotAcceptable, format!("One row was asked for, but the result has {rows}"))
        .with("code", "PGRST116")
        .with("details", details)
}

/// Rows as they are after a write (before it, when they were deleted).
pub struct Written<'a> {
    pub target: &'a Target,
    pub pairs: Vec<Pair>,
    pub versions: Vec<Option<String>>,
    pub selection: &'a Selection,
    /// 201 for an insert, 200 otherwise.
    pub created: bool,
    /// The first audit entry of what was changed.
    pub entry: Option<Uuid>,
}

impl Written<'_> {
    /// Refuses before the commit what could only be refused after it.
    ///
    /// # Errors
    /// 406 when one row was asked for and there isn't exactly one; 400 when more changed than the caller allows.
    pub fn check(&self, call: &Call, prefer: &Prefer) -> Result<()> {
        let rows = self.pairs.len();
        if wants_object(call) && prefer.returning == Return::Representation && rows != 1 {
            return Err(not_one(rows));
        }
        match prefer.max_affected {
            Some(most) if rows as u64 > most => {
                Err(Problem::malformed(format!("{rows} rows would change, more than max-affected={most}. Nothing was changed."))
                    .with("code", "PGRST124"))
            }
            _ => Ok(()),
        }
    }

    /// # Errors
    /// Never with rows that were read.
    pub fn respond(self, call: &Call, prefer: &Prefer) -> Result<Response> {
        let rows = self.pairs.len();
        let location = self.created.then(|| self.location(call)).flatten();
        let etag = match self.versions.as_slice() {
            [Some(version)] if rows == 1 => Some(format!("\"{version}\"")),
            _ => None,
        };
        let (created, entry) = (self.created, self.entry);
        let is_delete = self.pairs.iter().all(|pair| pair.after.is_none()) && rows > 0;
        let mut response = if prefer.returning == Return::Representation {
            let body = self.body(prefer.versions)?;
            let is_object = wants_object(call);
            let body = if is_object { body.slice(1..body.len() - 1) } else { body };
            let mut response = bytes(if created { StatusCode::CREATED } else { StatusCode::OK }, body);
            if is_object {
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(OBJECT));
            }
            response
        } else {
            let mut response = Response::default();
            *response.status_mut() = if created { StatusCode::CREATED } else { StatusCode::NO_CONTENT };
            response
        };
        let range = if created || is_delete || rows == 0 { "*".to_owned() } else { format!("0-{}", rows - 1) };
        let total = prefer.count.map_or_else(|| "*".to_owned(), |_| rows.to_string());
        set_header(&mut response, "content-range", &format!("{range}/{total}"));
        if let Some(location) = location.filter(|_| prefer.returning != Return::Minimal) {
            set_header(&mut response, "location", &location);
        }
        if let Some(etag) = etag.filter(|_| !is_delete) {
            set_header(&mut response, "etag", &etag);
        }
        if let Some(applied) = prefer.applied(prefer.count.map(|_| Counting::Exact)) {
            set_header(&mut response, "preference-applied", &applied);
        }
        named(&mut response, entry);
        Ok(response)
    }

    fn body(self, versions: bool) -> Result<Bytes> {
        let rows = self.pairs.into_iter().zip(self.versions).filter_map(|(pair, version)| {
            let mut record = project(pair.after.or(pair.before)?, self.selection);
            if versions {
                let version = version.and_then(|v| to_raw_value(&v).ok()).unwrap_or_else(|| RawValue::NULL.to_owned());
                record.0.push(("$version".into(), version));
            }
            Some(record)
        });
        let rows: Vec<Record> = rows.collect();
        serde_json::to_vec(&rows).map(Bytes::from).map_err(Problem::internal)
    }

    /// Where the one new row is.
    fn location(&self, call: &Call) -> Option<String> {
        let [pair] = self.pairs.as_slice() else { return None };
        let (row, table) = (pair.after.as_ref()?, &self.target.table);
        if table.primary_key.is_empty() {
            return None;
        }
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let key: Vec<String> = table.primary_key.iter().map(|name| format!("{}=eq.{}", encode(name), encode(&row.text(name)))).collect();
        Some(format!("/api/v1/data/{}/{}?{}", encode(call.param("source")), encode(&table.name), key.join("&")))
    }
}

/// Adds the members that PostgREST's clients read.
#[must_use]
pub fn foreign(problem: Problem) -> Problem {
    use std::error::Error as _;
    let code = problem
        .source()
        .and_then(|source| source.downcast_ref::<tokio_postgres::Error>())
        .and_then(tokio_postgres::Error::code)
        .map_or_else(|| problem.kind().slug().to_owned(), |code| code.code().to_owned());
    let message = problem.detail().to_owned();
    let details = match problem.errors() {
        [] => serde_json::Value::Null,
        errors => errors
            .iter()
            .map(|e| if e.field.is_empty() { e.message.clone() } else { format!("{}: {}", e.field, e.message) })
            .collect::<Vec<_>>()
            .join("; ")
            .into(),
    };
    problem
        .with_default("message", message)
        .with_default("code", code)
        .with_default("details", details)
        .with_default("hint", serde_json::Value::Null)
}
