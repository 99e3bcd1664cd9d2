//! A page of the list engine as an HTTP answer, the same for resources and for database rows.

use crate::actor::Caller;
use crate::app::App;
use crate::db;
use crate::endpoint::{Call, Response, bytes, set_header};
use crate::list::sql::Param;
use crate::list::{Counting, Page, Preamble};
use crate::problem::{Problem, Result};
use http::StatusCode;

/// The preamble of a read for this caller.
#[must_use]
pub fn preamble(app: &App, caller: &Caller) -> Preamble {
    let params = db::preamble_values(caller, app.clock.now()).into_iter().map(Param::text).collect();
    Preamble { sql: db::PREAMBLE.into(), params, ..Preamble::default() }
}

/// The values of every `Prefer` header (RFC 7240), such as `count=exact`.
pub fn preferences(call: &Call) -> impl Iterator<Item = &str> {
    call.headers.get_all("prefer").iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(',')).map(str::trim)
}

/// The count that `Prefer` asks for.
///
/// # Errors
/// 400 when it asks for a kind that doesn't exist.
pub fn counting(call: &Call) -> Result<Option<Counting>> {
    let Some(name) = preferences(call).find_map(|p| p.strip_prefix("count=")) else { return Ok(None) };
    Counting::named(name)
        .map(Some)
        .ok_or_else(|| Problem::malformed(format!("Prefer: count={name} is unknown; use exact, planned or estimated")))
}

/// The array with `Content-Range`, `Next-Cursor` and `Prev-Cursor`; 206 when a count says that there is more.
#[must_use]
pub fn respond(page: Page) -> Response {
    let rows = page.rows as u64;
    let total = page.total.map(|count| count.rows);
    let partial = total.is_some_and(|total| page.offset + rows < total || page.offset > 0);
    let mut response = bytes(if partial { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK }, page.body);
    let range = if rows == 0 { "*".to_owned() } else { format!("{}-{}", page.offset, page.offset + rows - 1) };
    let total = total.map_or_else(|| "*".to_owned(), |total| total.to_string());
    set_header(&mut response, "content-range", &format!("{range}/{total}"));
    for (name, cursor) in [("next-cursor", &page.next), ("prev-cursor", &page.prev)] {
        if let Some(cursor) = cursor {
            set_header(&mut response, name, cursor);
        }
    }
    if let Some(count) = page.total {
        set_header(&mut response, "preference-applied", &format!("count={}", count.applied.name()));
    }
    response
}
