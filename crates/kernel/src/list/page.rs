//! A page: its rows as they arrive, and its cursors.

use super::count::Count;
use super::cursor::Cursor;
use super::grammar::MAX_OFFSET;
use super::json::{JsonWriter, Unreadable, raw, text_of};
use super::sql::Built;
use super::types::Scalar;
use bytes::Bytes;

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

impl Page {
    /// Adds how many rows there are in all.
    pub fn counted(&mut self, mut total: Count) {
        if !total.is_exact {
            // An estimate is never less than what is seen.
            total.rows = total.rows.max(self.offset + self.rows as u64 + u64::from(self.next.is_some()));
        }
        self.total = Some(total);
    }
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
    near: Option<Keys>,
    far: Option<Keys>,
}

pub(super) type Keys = Vec<Option<String>>;

impl<'b> Rows<'b> {
    pub(super) fn new(built: &'b Built) -> Self {
        let mut body = Vec::with_capacity(16 * 1024);
        body.push(b'[');
        Self { built, writer: JsonWriter::new(&built.outputs), body, ends: Vec::new(), rows: 0, has_more: false, near: None, far: None }
    }

    pub(super) fn add(&mut self, row: &tokio_postgres::Row) -> Result<(), Unreadable> {
        if self.rows == self.built.limit {
            self.has_more = true;
            return Ok(());
        }
        if self.rows > 0 {
            self.body.push(b',');
        } else {
            self.writer.check(row)?;
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
            let next = last.as_ref().filter(|_| has_next);
            let prev = first.as_ref().filter(|_| has_prev);
            let cursor = |backward, offset, keys: &Keys| Cursor::new(&built.order, backward, offset, keys.clone()).write();
            (next.map(|keys| cursor(false, offset + rows, keys)), prev.map(|keys| cursor(true, offset, keys)))
        };
        Page { body: self.body.into(), rows: self.rows, offset, next, prev, total: None }
    }

    /// Cursors of a list without a key are offsets in disguise.
    fn by_offset(&self, offset: u64) -> (Option<String>, Option<String>) {
        let order = &self.built.order;
        let after = offset + self.rows as u64;
        let next = self.has_more && after <= u64::from(MAX_OFFSET);
        let before = offset.saturating_sub(self.built.limit as u64);
        let prev = offset > 0 && self.built.limit > 0;
        let cursor = |offset| Cursor::new(order, false, offset, Vec::new()).write();
        (next.then(|| cursor(after)), prev.then(|| cursor(before)))
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

pub(super) fn key_values(places: &[(usize, Scalar)], row: &tokio_postgres::Row) -> Result<Keys, Unreadable> {
    places.iter().map(|&(index, scalar)| raw(row, index)?.map(|bytes| text_of(scalar, bytes)).transpose()).collect()
}
