//! Running lists: a page as JSON bytes, one object, rows as values.

use super::count::{self, Count, Counting};
use super::cursor::Cursor;
use super::failure::problem;
use super::grammar::{Query, Selection};
use super::json::{JsonWriter, Unreadable, raw, text_of};
use super::relation::Relation;
use super::sql::{self, Built};
use super::transaction::{Preamble, READ, read};
use super::types::Scalar;
use crate::problem::Problem;
use bytes::Bytes;
use deadpool_postgres::ClientWrapper;

/// A page of a list.
#[derive(Debug)]
pub struct Page {
    /// A JSON array of objects.
    pub body: Bytes,
    /// Objects in it.
    pub rows: usize,
    /// Rows before it, for `Content-Range`; approximate when others write between two pages.
    pub offset: u64,
    /// Cursor of the page after it; `None` at the end.
    pub next: Option<String>,
    /// Cursor of the page before it; `None` at the beginning.
    pub prev: Option<String>,
    /// Filled when a count was asked for.
    pub total: Option<Count>,
}

/// One object.
#[derive(Debug)]
pub struct Object {
    /// A JSON object.
    pub body: Bytes,
    /// Its version where the relation has versions; for `ETag`.
    pub version: Option<String>,
}

/// A row as values, for callers that compute with it.
pub type Row = serde_json::Map<String, serde_json::Value>;

/// Reads a page, and counts when asked to. Everything runs in read-only transactions of its own that begin with
/// `preamble`; the connection must not be in a transaction.
///
/// # Errors
/// A `filter` problem that names the parameter when a value doesn't fit its column or the cursor is of another
/// order; otherwise what the database refuses, see `problem`.
pub async fn page(
    client: &ClientWrapper,
    preamble: &Preamble,
    relation: &Relation,
    query: &Query,
    counting: Option<Counting>,
) -> Result<Page, Problem> {
    let built = sql::list(relation, query)?;
    let mut rows = Rows::new(&built);
    read(client, READ, preamble, &built.sql, &built.params, |row| rows.add(row))
        .await
        .map_err(|failure| problem(failure, &built.sql, &built.params, &built.origins))?;
    let mut page = rows.page();
    if let Some(counting) = counting {
        page.total = Some(count::count(client, preamble, relation, query, counting).await?);
    }
    Ok(page)
}

/// Counts what the query matches, without its rows.
///
/// # Errors
/// As [`page`].
pub async fn count(
    client: &ClientWrapper,
    preamble: &Preamble,
    relation: &Relation,
    query: &Query,
    counting: Counting,
) -> Result<Count, Problem> {
    count::count(client, preamble, relation, query, counting).await
}

/// Reads one object by its primary key, given as text in the key's order; `None` when it isn't there or lies
/// outside of the relation's fixed predicate.
///
/// # Errors
/// `malformed` when the key has the wrong number of parts; a `filter` problem when a part doesn't fit its type.
pub async fn one(
    client: &ClientWrapper,
    preamble: &Preamble,
    relation: &Relation,
    key: &[String],
    selection: &Selection,
) -> Result<Option<Object>, Problem> {
    let built = sql::one(relation, key, selection)?;
    let writer = JsonWriter::new(&built.outputs);
    let mut found = None;
    read(client, READ, preamble, &built.sql, &built.params, |row| {
        let mut body = Vec::with_capacity(1024);
        writer.row(row, &mut body)?;
        let version = key_values(&built.keys, row)?.into_iter().next().flatten();
        found = Some(Object { body: body.into(), version });
        Ok(())
    })
    .await
    .map_err(|failure| problem(failure, &built.sql, &built.params, &built.origins))?;
    Ok(found)
}

/// Reads a page as values: the same objects that [`page`] gives as bytes.
///
/// # Errors
/// As [`page`].
pub async fn select(client: &ClientWrapper, preamble: &Preamble, relation: &Relation, query: &Query) -> Result<Vec<Row>, Problem> {
    let page = page(client, preamble, relation, query, None).await?;
    serde_json::from_slice(&page.body).map_err(Problem::internal)
}

/// The page while its rows arrive.
pub(super) struct Rows<'b> {
    built: &'b Built,
    writer: JsonWriter,
    body: Vec<u8>,
    /// Where each object ends, for pages that are read backwards.
    ends: Vec<usize>,
    rows: usize,
    has_more: bool,
    /// Keys of the first and of the last row that arrived within the limit.
    near: Option<Vec<Option<String>>>,
    far: Option<Vec<Option<String>>>,
}

impl<'b> Rows<'b> {
    pub(super) fn new(built: &'b Built) -> Self {
        let mut body = Vec::with_capacity(16 * 1024);
        body.push(b'[');
        Self {
            built,
            writer: JsonWriter::new(&built.outputs),
            body,
            ends: Vec::new(),
            rows: 0,
            has_more: false,
            near: None,
            far: None,
        }
    }

    pub(super) fn add(&mut self, row: &tokio_postgres::Row) -> Result<(), Unreadable> {
        if self.rows == self.built.limit {
            self.has_more = true;
            return Ok(());
        }
        if self.rows > 0 {
            self.body.push(b',');
        }
        self.writer.row(row, &mut self.body)?;
        self.rows += 1;
        if self.built.is_backward() {
            self.ends.push(self.body.len());
        }
        if self.rows == 1 {
            self.near = Some(key_values(&self.built.keys, row)?);
        }
        if self.rows == self.built.limit {
            self.far = Some(key_values(&self.built.keys, row)?);
        }
        Ok(())
    }

    pub(super) fn page(mut self) -> Page {
        let built = self.built;
        let backward = built.is_backward();
        if backward {
            self.reverse();
        }
        self.body.push(b']');
        let rows = self.rows as u64;
        let offset = match (backward, self.has_more) {
            (false, _) => built.offset,
            (true, true) => built.offset.saturating_sub(rows),
            (true, false) => 0,
        };
        let (next, prev) = if built.keys.is_empty() {
            self.by_offset(offset)
        } else {
            let (first, last) = if backward { (&self.far, &self.near) } else { (&self.near, &self.far) };
            let has_next = backward || self.has_more;
            let has_prev = if backward { self.has_more } else { built.cursor.is_some() || offset > 0 };
            let cursor = |wanted: bool, backward: bool, offset: u64, values: &Option<Vec<Option<String>>>| {
                let values = values.as_ref().filter(|_| wanted)?;
                Some(Cursor::new(&built.order, backward, offset, values.clone()).write())
            };
            (cursor(has_next, false, offset + rows, last), cursor(has_prev, true, offset, first))
        };
        Page { body: self.body.into(), rows: self.rows, offset, next, prev, total: None }
    }

    /// Cursors of a list without a key are offsets in disguise.
    fn by_offset(&self, offset: u64) -> (Option<String>, Option<String>) {
        let order = &self.built.order;
        let rows = self.rows as u64;
        let next = offset + rows;
        let reachable = next <= u64::from(super::grammar::MAX_OFFSET);
        let next = (self.has_more && reachable).then(|| Cursor::new(order, false, next, Vec::new()).write());
        let before = offset.saturating_sub(self.built.limit as u64);
        let prev = (offset > 0 && self.built.limit > 0).then(|| Cursor::new(order, false, before, Vec::new()).write());
        (next, prev)
    }

    /// Puts the objects of a page that was read backwards into the list's order.
    fn reverse(&mut self) {
        let mut body = Vec::with_capacity(self.body.len() + 1);
        body.push(b'[');
        for (i, &end) in self.ends.iter().enumerate().rev() {
            // After the bracket, or after the comma that follows the object before.
            let start = match i.checked_sub(1).and_then(|before| self.ends.get(before)) {
                Some(before) => before + 1,
                None => 1,
            };
            body.extend_from_slice(self.body.get(start..end).unwrap_or_default());
            if i > 0 {
                body.push(b',');
            }
        }
        self.body = body;
    }
}

pub(super) fn key_values(places: &[(usize, Scalar)], row: &tokio_postgres::Row) -> Result<Vec<Option<String>>, Unreadable> {
    places.iter().map(|&(index, scalar)| raw(row, index)?.map(|bytes| text_of(scalar, bytes)).transpose()).collect()
}
