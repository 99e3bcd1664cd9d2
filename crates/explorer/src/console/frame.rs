//! What the answer of a run is made of: one JSON object a line, in the order in which things happened.

use super::session::Column;
use super::split::{Sent, line_and_column};
use crate::wire::message::{Row, ServerError};
use serde::Serialize;
use std::io::Write as _;
use uuid::Uuid;

#[derive(Serialize)]
#[serde(tag = "frame", rename_all = "snake_case")]
pub enum Frame<'a> {
    /// The first: by this id it can be cancelled.
    Run {
        run: Uuid,
        mode: &'static str,
        statements: usize,
    },
    /// A statement begins, on this line.
    Statement {
        index: usize,
        line: usize,
        column: usize,
        sql: &'a str,
    },
    Columns {
        index: usize,
        columns: &'a [Column],
    },
    Notice {
        index: usize,
        severity: &'a str,
        code: &'a str,
        message: &'a str,
        detail: &'a Option<String>,
        hint: &'a Option<String>,
    },
    /// A statement is done. `more`: it has more rows than were shown.
    Done {
        index: usize,
        command: &'a str,
        rows: Option<u64>,
        shown: usize,
        more: bool,
        milliseconds: u64,
    },
    Error(Failed),
    /// The last: what became of the whole.
    End {
        outcome: &'static str,
        kept: &'static str,
        done: usize,
        milliseconds: u64,
    },
}

/// Why a run failed, and where in the text.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Failed {
    pub index: Option<usize>,
    pub code: Option<String>,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
    pub context: Option<String>,
    /// In characters of the whole text, from 1.
    pub line: Option<usize>,
    pub column: Option<usize>,
}

impl Failed {
    #[must_use]
    pub fn of(message: impl Into<String>, index: Option<usize>) -> Self {
        Self { index, message: message.into(), ..Self::default() }
    }

    /// What PostgreSQL said, at its place in the text.
    #[must_use]
    pub fn told(error: ServerError, index: Option<usize>, text: &str, sent: Option<&Sent>) -> Self {
        let place = error.position.zip(sent).map(|(position, sent)| line_and_column(text, sent.place(position)));
        Self {
            index,
            code: Some(error.code),
            message: error.message,
            detail: error.detail,
            hint: error.hint,
            context: error.context,
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
        }
    }
}

impl Frame<'_> {
    /// Appends it as a line.
    ///
    /// # Errors
    /// Never: what is in it can be written.
    pub fn line(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(&mut *out, self)?;
        out.push(b'\n');
        Ok(())
    }
}

/// Rows of one statement on their way into lines.
pub struct Rows {
    index: usize,
    most: usize,
    out: Vec<u8>,
}

impl Rows {
    /// `most`: characters of a value that are shown.
    #[must_use]
    pub fn new(index: usize, most: usize) -> Self {
        Self { index, most, out: Vec::new() }
    }

    /// Appends a row: each value a text, null, or a text that was cut with the length of the whole.
    ///
    /// # Errors
    /// Never: text can be written.
    pub fn add(&mut self, row: &Row) -> serde_json::Result<()> {
        if self.out.is_empty() {
            self.out.extend_from_slice(format!("{{\"frame\":\"rows\",\"index\":{},\"rows\":[", self.index).as_bytes());
        } else {
            self.out.push(b',');
        }
        self.out.push(b'[');
        for (at, cell) in row.cells().enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            match cell.map(String::from_utf8_lossy) {
                None => self.out.extend_from_slice(b"null"),
                Some(text) => match text.char_indices().nth(self.most) {
                    None => serde_json::to_writer(&mut self.out, &text)?,
                    Some((end, _)) => {
                        self.out.extend_from_slice(b"{\"text\":");
                        serde_json::to_writer(&mut self.out, text.get(..end).unwrap_or_default())?;
                        // Writing to memory doesn't fail.
                        drop(write!(self.out, ",\"bytes\":{}}}", text.len()));
                    }
                },
            }
        }
        self.out.push(b']');
        Ok(())
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// The line of what there is, if there is anything.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        if self.out.is_empty() {
            return None;
        }
        self.out.extend_from_slice(b"]}\n");
        Some(std::mem::take(&mut self.out))
    }
}
