//! What PostgreSQL's server says (manual, "Message Formats").

use bytes::{Buf as _, Bytes};

#[derive(Debug)]
pub enum Message {
    Authentication {
        kind: i32,
        data: Bytes,
    },
    Key {
        process: i32,
        secret: i32,
    },
    /// Between statements. `transaction`: `I` none, `T` open, `E` failed.
    Ready {
        transaction: u8,
    },
    /// What a statement gives; nothing for those that give no rows.
    Columns(Vec<Column>),
    Row(Row),
    /// A portal has given as many rows as were asked for.
    Suspended,
    /// `SELECT 5`.
    Complete(String),
    /// Nothing but comments.
    Empty,
    Notice(ServerError),
    Error(ServerError),
    CopyOut,
    CopyIn,
    /// Both sides send from now on.
    CopyBoth,
    /// What is sent meanwhile.
    Data(Bytes),
    /// What a console has no use for.
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: u32,
    pub modifier: i32,
}

/// An error or a notice, with those of its parts that people read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerError {
    pub severity: String,
    pub code: String,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
    pub context: Option<String>,
    /// A character of the statement, from 1.
    pub position: Option<usize>,
}

/// A row whose values are still as they came.
#[derive(Debug)]
pub struct Row(Bytes);

impl Row {
    /// Each value as text; `None` is NULL.
    pub fn cells(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let count = self.0.get(..2).map_or(0, |count| count.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)));
        let mut rest = self.0.get(2..).unwrap_or_default();
        (0..count).map(move |_| {
            let length = rest.try_get_i32().ok()?;
            let length = usize::try_from(length).ok()?;
            let (cell, after) = rest.split_at_checked(length)?;
            rest = after;
            Some(cell)
        })
    }
}

impl Message {
    /// `None` when it is not in the form that its tag has.
    #[must_use]
    pub fn read(tag: u8, mut body: Bytes) -> Option<Self> {
        Some(match tag {
            b'R' => Self::Authentication { kind: body.try_get_i32().ok()?, data: body },
            b'K' => Self::Key { process: body.try_get_i32().ok()?, secret: body.try_get_i32().ok()? },
            b'Z' => Self::Ready { transaction: body.try_get_u8().ok()? },
            b'T' => Self::Columns(columns(body)?),
            b'D' => Self::Row(Row(body)),
            b's' => Self::Suspended,
            b'C' => Self::Complete(text(&mut body)?),
            b'I' => Self::Empty,
            b'N' => Self::Notice(error(body)?),
            b'E' => Self::Error(error(body)?),
            b'H' => Self::CopyOut,
            b'W' => Self::CopyBoth,
            b'd' => Self::Data(body),
            b'G' => Self::CopyIn,
            _ => Self::Other,
        })
    }
}

fn text(body: &mut Bytes) -> Option<String> {
    let end = body.iter().position(|byte| *byte == 0)?;
    let text = String::from_utf8_lossy(&body.split_to(end)).into_owned();
    body.advance(1);
    Some(text)
}

fn columns(mut body: Bytes) -> Option<Vec<Column>> {
    let count = body.try_get_u16().ok()?;
    (0..count)
        .map(|_| {
            let name = text(&mut body)?;
            // Where it comes from, which PostgreSQL only knows of plain columns.
            (body.len() >= 18).then(|| body.advance(6))?;
            let kind = body.get_u32();
            body.advance(2);
            let modifier = body.get_i32();
            body.advance(2);
            Some(Column { name, kind, modifier })
        })
        .collect()
}

fn error(mut body: Bytes) -> Option<ServerError> {
    let mut error = ServerError::default();
    loop {
        let field = body.try_get_u8().ok()?;
        if field == 0 {
            return Some(error);
        }
        let value = text(&mut body)?;
        match field {
            // Of the two severities the one that isn't translated.
            b'V' => error.severity = value,
            b'C' => error.code = value,
            b'M' => error.message = value,
            b'D' => error.detail = Some(value),
            b'H' => error.hint = Some(value),
            b'W' => error.context = Some(value),
            b'P' => error.position = value.parse().ok(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tag: u8, body: &'static [u8]) -> Option<Message> {
        Message::read(tag, Bytes::from_static(body))
    }

    #[test]
    fn a_row_tells_null_from_nothing() {
        let Some(Message::Row(row)) = read(b'D', b"\0\x03\0\0\0\x02hi\xff\xff\xff\xff\0\0\0\0") else { panic!("no row") };
        assert_eq!(row.cells().collect::<Vec<_>>(), [Some(b"hi".as_slice()), None, Some(b"")]);
        let Some(Message::Row(cut)) = read(b'D', b"\0\x02\0\0\0\x09hi") else { panic!("no row") };
        assert_eq!(cut.cells().collect::<Vec<_>>(), [None, None], "what is cut off is no value");
    }

    #[test]
    fn columns_and_errors_are_read_and_what_is_broken_is_not() {
        let Some(Message::Columns(columns)) = read(b'T', b"\0\x01n\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0") else {
            panic!("no columns")
        };
        assert_eq!(columns, [Column { name: "n".into(), kind: 23, modifier: -1 }]);
        let Some(Message::Error(error)) = read(b'E', b"SFEHLER\0VERROR\0C42601\0Mno\0P7\0\0") else { panic!("no error") };
        assert_eq!((error.severity.as_str(), error.code.as_str(), error.position), ("ERROR", "42601", Some(7)));
        assert!(read(b'T', b"\0\x02n\0\0\0").is_none() && read(b'E', b"Mno end").is_none() && read(b'C', b"").is_none());
    }
}
