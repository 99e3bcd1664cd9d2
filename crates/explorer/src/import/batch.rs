//! A piece of the file as rows that COPY reads, each with the line it came from.

use super::fields::Fields;
use super::lines::Splitter;
use super::settings::{From, Plan};
use super::shape::{Format, is_blank};
use crate::rows::record::Record;
use crate::rows::value;
use bytes::Bytes;
use std::ops::Range;

/// Characters of a row that are kept with the reason why it was refused.
const KEPT: usize = 4000;

/// A row that fits as far as can be told without the database.
#[derive(Clone, Debug)]
pub struct Row {
    pub line: u64,
    /// Where it stands in the piece.
    raw: Range<usize>,
    /// Where it stands in what is copied.
    copy: Range<usize>,
}

/// A row that is not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    pub line: u64,
    /// The column of the table it is about.
    pub column: Option<String>,
    pub reason: String,
    /// The row as it stands in the file.
    pub content: String,
}

#[derive(Default)]
pub struct Batch {
    pub rows: Vec<Row>,
    pub rejects: Vec<Reject>,
    /// Rows of the file, those that don't fit among them.
    pub read: u64,
    raw: Vec<u8>,
    copy: Bytes,
    /// Whether each row begins with its number.
    numbered: bool,
}

impl Batch {
    /// `skip`: how many rows at the beginning are no rows of the table.
    pub fn of(plan: &Plan, raw: Vec<u8>, line: u64, skip: usize, numbered: bool) -> Self {
        let mut reader = Reader {
            plan,
            fields: Fields::default(),
            copy: Vec::with_capacity(raw.len() + raw.len() / 8),
            rows: Vec::new(),
            rejects: Vec::new(),
        };
        let is_csv = plan.format == Format::Csv;
        let mut splitter = Splitter::new(is_csv.then_some(plan.delimiter), line);
        let (mut skip, mut read, mut begun) = (skip, 0, line > 1);
        while let Some(found) = splitter.next(&raw) {
            let row = raw.get(found.start..found.end).unwrap_or_default();
            begun |= !row.is_empty();
            let blank = if is_csv { !begun || is_blank(row, plan.file.len()) } else { row.trim_ascii().is_empty() };
            if blank {
                continue;
            }
            if skip > 0 {
                skip -= 1;
                continue;
            }
            read += 1;
            let start = reader.copy.len();
            if numbered {
                reader.copy.extend_from_slice(reader.rows.len().to_string().as_bytes());
                reader.copy.push(b'\t');
            }
            match if is_csv { reader.csv(row) } else { reader.object(row) } {
                Ok(()) => {
                    // In place of the last separator.
                    reader.copy.pop();
                    reader.copy.push(b'\n');
                    reader.rows.push(Row { line: found.line, raw: found.start..found.end, copy: start..reader.copy.len() });
                }
                Err((column, reason)) => {
                    reader.copy.truncate(start);
                    reader.rejects.push(Reject { line: found.line, column, reason, content: kept(row) });
                }
            }
        }
        let Reader { copy, rows, rejects, .. } = reader;
        Self { rows, rejects, read, raw, copy: copy.into(), numbered }
    }

    /// What is copied for some of the rows.
    pub fn copied(&self, rows: Range<usize>) -> Bytes {
        let of = |place: usize| self.rows.get(place).map(|row| row.copy.clone());
        match (of(rows.start), rows.end.checked_sub(1).and_then(of)) {
            (Some(first), Some(last)) if first.start <= last.end => self.copy.slice(first.start..last.end),
            _ => Bytes::new(),
        }
    }

    pub fn reject(&self, place: usize, column: Option<String>, reason: String) -> Reject {
        let row = self.rows.get(place);
        let content = row.and_then(|row| self.raw.get(row.raw.clone())).map(kept).unwrap_or_default();
        Reject { line: row.map_or(0, |row| row.line), column, reason, content }
    }

    /// The value of a column that is written, as PostgreSQL is given it; none for NULL.
    pub fn value(&self, place: usize, column: usize) -> Option<String> {
        let row = self.copy.get(self.rows.get(place)?.copy.clone())?;
        let row = row.strip_suffix(b"\n").unwrap_or(row);
        let cell = row.split(|byte| *byte == b'\t').nth(column + usize::from(self.numbered))?;
        (cell != b"\\N").then(|| unescaped(cell))
    }
}

fn kept(row: &[u8]) -> String {
    let text = String::from_utf8_lossy(row);
    let mut kept: String = text.chars().take(KEPT).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

struct Reader<'a> {
    plan: &'a Plan,
    fields: Fields,
    copy: Vec<u8>,
    rows: Vec<Row>,
    rejects: Vec<Reject>,
}

type Fault = (Option<String>, String);

impl Reader<'_> {
    fn csv(&mut self, row: &[u8]) -> Result<(), Fault> {
        let plan = self.plan;
        self.fields.read(row, plan.delimiter);
        if self.fields.len() != plan.file.len() {
            let (has, wants) = (self.fields.len(), plan.file.len());
            return Err((
                None,
                format!("This row has {has} fields and the file {wants} columns; put fields with separators in them in quotes"),
            ));
        }
        for (_, from) in &plan.columns {
            match from {
                From::Value(value) => cell(value.as_deref().map(str::as_bytes), &mut self.copy),
                From::Field(place) => {
                    let field = self.fields.get(*place);
                    let empty = plan.null.as_deref().unwrap_or_default().as_bytes();
                    let value = field.filter(|field| field.quoted || !(field.text == empty || field.text == b"\\N"));
                    cell(value.map(|field| field.text), &mut self.copy);
                }
            }
        }
        Ok(())
    }

    fn object(&mut self, row: &[u8]) -> Result<(), Fault> {
        let plan = self.plan;
        let record: Record = serde_json::from_slice(row).map_err(|error| (None, format!("This line is no JSON object: {error}")))?;
        for (column, from) in &plan.columns {
            let value = match from {
                From::Value(value) => value.clone(),
                From::Field(place) => match plan.file.get(*place).and_then(|name| record.get(name)) {
                    Some(json) => value::text(column, json).map_err(|error| (Some(error.field), error.message))?,
                    None => None,
                },
            };
            cell(value.as_deref().map(str::as_bytes), &mut self.copy);
        }
        Ok(())
    }
}

/// Appends a value in COPY's text form, and a separator.
fn cell(value: Option<&[u8]>, out: &mut Vec<u8>) {
    match value {
        None => out.extend_from_slice(b"\\N"),
        Some(mut text) => {
            while let Some(at) = text.iter().position(|byte| matches!(byte, b'\\' | b'\t' | b'\n' | b'\r')) {
                let (plain, rest) = text.split_at(at);
                out.extend_from_slice(plain);
                let sign = match rest.first() {
                    Some(b'\t') => b't',
                    Some(b'\n') => b'n',
                    Some(b'\r') => b'r',
                    _ => b'\\',
                };
                out.extend_from_slice(&[b'\\', sign]);
                text = rest.get(1..).unwrap_or_default();
            }
            out.extend_from_slice(text);
        }
    }
    out.push(b'\t');
}

fn unescaped(cell: &[u8]) -> String {
    let mut out = Vec::with_capacity(cell.len());
    let mut bytes = cell.iter();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'\\' => match bytes.next() {
                Some(b't') => b'\t',
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                _ => b'\\',
            },
            byte => *byte,
        });
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Category, Column, Table};
    use crate::import::settings::Mode;
    use kernel::list::Relation;
    use std::sync::Arc;

    fn plan(format: Format, columns: Vec<(Column, From)>, file: &[&str]) -> Plan {
        Plan {
            table: Arc::new(Table::of_relation("public", "t", Relation::new(""))),
            format,
            delimiter: b',',
            file: file.iter().map(|name| (*name).to_owned()).collect(),
            columns,
            mode: Mode::Insert,
            key: Vec::new(),
            null: None,
            whole: false,
        }
    }

    fn text(name: &str, from: From) -> (Column, From) {
        (Column::named(name), from)
    }

    #[test]
    fn rows_are_written_as_copy_reads_them() {
        let columns = vec![text("b", From::Field(1)), text("k", From::Value(Some("x\ty".into()))), text("a", From::Field(0))];
        let plan = plan(Format::Csv, columns, &["a", "b"]);
        let raw = b"a,b\n1,\"two\nlines\\\"\n,\"\"\n\n\\N,\"\\N\"\n1,2,3\n=1+1,x\n".to_vec();
        let batch = Batch::of(&plan, raw, 1, 1, false);
        let copied = String::from_utf8(batch.copied(0..4).to_vec()).unwrap();
        assert_eq!(copied, "two\\nlines\\\\\tx\\ty\t1\n\tx\\ty\t\\N\n\\\\N\tx\\ty\t\\N\nx\tx\\ty\t=1+1\n");
        assert_eq!(batch.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4, 6, 8]);
        assert_eq!(batch.read, 5);
        assert_eq!((batch.rejects[0].line, batch.rejects[0].content.as_str()), (7, "1,2,3"));
        assert_eq!(batch.value(0, 0).as_deref(), Some("two\nlines\\"));
        assert_eq!((batch.value(1, 2), batch.value(2, 0).as_deref()), (None, Some("\\N")));
        assert_eq!(batch.copied(1..2), Bytes::from_static(b"\tx\\ty\t\\N\n"));
        assert_eq!(batch.copied(4..4), Bytes::new());
        assert_eq!(batch.reject(3, None, "no".into()).content, "=1+1,x");
    }

    #[test]
    fn what_means_null_can_be_said() {
        let mut plan = plan(Format::Csv, vec![text("a", From::Field(0))], &["a", "b"]);
        plan.null = Some("NULL".into());
        let batch = Batch::of(&plan, b"NULL,1\n,1\n\"NULL\",1\n".to_vec(), 1, 0, true);
        assert_eq!(batch.copied(0..3), Bytes::from_static(b"0\t\\N\n1\t\n2\tNULL\n"));
        assert_eq!(batch.value(2, 0).as_deref(), Some("NULL"));
    }

    #[test]
    fn objects_keep_their_digits_and_say_what_is_no_object() {
        let list = Column { category: Category::Array, ..Column::named("l") };
        let plan = plan(Format::Ndjson, vec![text("n", From::Field(0)), (list, From::Field(1))], &["n", "l"]);
        let raw = b"{\"n\":12345678901234567890.10,\"l\":[\"a\",null]}\n{\"l\":null}\n[1]\n{\"n\":{}}\n".to_vec();
        let batch = Batch::of(&plan, raw, 1, 0, false);
        assert_eq!(batch.copied(0..2), Bytes::from_static(b"12345678901234567890.10\t{\"a\",NULL}\n\\N\t\\N\n"));
        assert_eq!(batch.rejects.iter().map(|r| r.line).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(batch.rejects[1].column.as_deref(), Some("n"));
    }
}
