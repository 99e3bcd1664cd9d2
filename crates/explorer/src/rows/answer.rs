//! What a rows request answers with, in PostgREST's way.

use super::audit::Pair;
use super::form::Form;
use super::prefer::{Prefer, Return};
use super::target::Target;
use bytes::Bytes;
use http::StatusCode;
use kernel::endpoint::{Response, bytes, set_header};
use kernel::list::{Counting, Page, Query, Relation};
use kernel::problem::Kind;
use kernel::{Call, Problem, Result, list};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

/// A page of rows.
///
/// # Errors
/// 406 when one row was asked for and there isn't exactly one; 416 when it begins after the last row.
pub fn list(form: Form, page: Page, prefer: &Prefer, relation: &Relation, query: &Query) -> Result<Response> {
    let counted: Option<Counting> = page.total.map(|count| count.applied);
    if let Some(total) = page.total.filter(|total| total.is_exact && page.rows == 0 && page.offset > total.rows) {
        return Err(Problem::new(Kind::Range, format!("There are {} rows, so none begins at {}", total.rows, page.offset))
            .with("code", "PGRST103")
            .with("message", "Requested range not satisfiable"));
    }
    let body = form.of_rows(page.body.clone(), page.rows, relation, query)?;
    let mut response = list::answer::respond(page);
    *response.body_mut() = body.into();
    if form.is_object() {
        *response.status_mut() = StatusCode::OK;
    }
    form.name(&mut response);
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
    /// Whether it was asked to make rows, and whether all of its rows are new.
    pub inserts: bool,
    pub created: bool,
    /// The rows as they are shown, where they are.
    pub body: Option<Bytes>,
    /// The first audit entry of what was changed.
    pub entry: Option<Uuid>,
}

impl Written<'_> {
    /// Refuses before the commit what could only be refused after it.
    ///
    /// # Errors
    /// 406 when one row was asked for and there isn't exactly one; 400 when more changed than the caller allows.
    pub fn check(&self, form: Form, prefer: &Prefer) -> Result<()> {
        let rows = self.pairs.len();
        if form.is_object() && prefer.returning == Return::Representation && rows != 1 {
            return Err(not_one(rows));
        }
        prefer.check_affected(rows)
    }

    /// # Errors
    /// Never.
    pub fn respond(self, call: &Call, form: Form, prefer: &Prefer) -> Result<Response> {
        let rows = self.pairs.len();
        let created = self.created;
        let location = created.then(|| self.location(call)).flatten();
        let etag = match self.versions.as_slice() {
            [Some(version)] if rows == 1 => Some(format!("\"{version}\"")),
            _ => None,
        };
        let is_delete = self.pairs.iter().all(|pair| pair.after.is_none()) && rows > 0;
        let mut response = match self.body {
            Some(body) => {
                let mut response = bytes(if created { StatusCode::CREATED } else { StatusCode::OK }, body);
                form.name(&mut response);
                response
            }
            None => {
                let mut response = Response::default();
                *response.status_mut() = if created { StatusCode::CREATED } else { StatusCode::NO_CONTENT };
                response
            }
        };
        let range = if self.inserts || is_delete || rows == 0 { "*".to_owned() } else { format!("0-{}", rows - 1) };
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
        named(&mut response, self.entry);
        Ok(response)
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
