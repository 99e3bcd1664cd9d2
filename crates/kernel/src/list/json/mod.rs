//! Rows as JSON, straight from PostgreSQL's binary values to bytes.
//!
//! Between them there is no tree of values: that is what makes a page of many columns cheap. What each type
//! looks like in JSON is in `docs/api.md` ("Conventions", "Beyond PostgREST").

mod array;
mod number;
mod record;
mod short;
mod text;
mod time;
mod value;

use super::sql::{Form, Output, Shorten};
use super::types::Encoding;
use postgres_types::{FromSql, Type};
use std::error::Error;
use tokio_postgres::Row;

pub(crate) use value::text_of;

/// A value that does not have the form its type promises.
#[derive(Debug, thiserror::Error)]
#[error("PostgreSQL sent a {0} that can't be read")]
pub struct Unreadable(pub(crate) &'static str);

/// The bytes of a value of any type, as they came.
pub(crate) struct Raw<'a>(pub(crate) &'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The raw value of a result column; `None` is NULL.
pub(crate) fn raw(row: &Row, index: usize) -> Result<Option<&[u8]>, Unreadable> {
    match row.try_get::<usize, Option<Raw<'_>>>(index) {
        Ok(value) => Ok(value.map(|Raw(bytes)| bytes)),
        Err(_) => Err(Unreadable("row with too few columns")),
    }
}

/// Writes rows of one shape as JSON objects.
#[derive(Debug)]
pub struct JsonWriter {
    fields: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    /// `"name":`, after a comma unless it is the first; escaped once for all rows. Nothing where the values bring their
    /// own names.
    lead: Vec<u8>,
    encoding: Encoding,
    index: usize,
    how: How,
}

#[derive(Debug)]
enum How {
    Value,
    Short(Shorten),
    Records(Form, JsonWriter),
}

impl JsonWriter {
    pub(crate) fn new(outputs: &[Output]) -> Self {
        Self::after(outputs, true)
    }

    /// `is_first`: nothing of the object is written before.
    fn after(outputs: &[Output], is_first: bool) -> Self {
        let fields = outputs.iter().enumerate().map(|(i, output)| Entry::new(output, is_first && i == 0)).collect();
        Self { fields }
    }

    /// For the rows of any statement, with the result's own column names.
    ///
    /// # Errors
    /// The name of the first column whose type the writer can't read; select it as text.
    pub fn for_statement(statement: &tokio_postgres::Statement) -> Result<Self, String> {
        let mut fields = Vec::with_capacity(statement.columns().len());
        for (i, column) in statement.columns().iter().enumerate() {
            let encoding = Encoding::of(column.type_()).ok_or_else(|| column.name().to_owned())?;
            fields.push(Entry { lead: lead(i == 0, column.name()), encoding, index: i, how: How::Value });
        }
        Ok(Self { fields })
    }

    /// Whether the values come in the types that were expected when the statement was made: a table can change in
    /// between, and a number read as another type is another number.
    ///
    /// # Errors
    /// When a column has come in another form.
    pub fn check(&self, row: &Row) -> Result<(), Unreadable> {
        self.check_types(|index| row.columns().get(index).map(|column| column.type_().clone()))
    }

    fn check_types(&self, type_of: impl Fn(usize) -> Option<Type>) -> Result<(), Unreadable> {
        let fits = |field: &Entry| {
            let actual = type_of(field.index).as_ref().and_then(Encoding::of);
            // JSON that may be shortened comes as text; a type that isn't known here is as good as declared.
            let expected = |actual| actual == field.encoding || (matches!(field.how, How::Short(_)) && actual == Encoding::TEXT);
            actual.is_none_or(expected)
        };
        if self.fields.iter().all(fits) { Ok(()) } else { Err(Unreadable("column of another type than it had")) }
    }

    /// Appends one row as a JSON object.
    ///
    /// # Errors
    /// When a value does not have the binary form of its type.
    pub fn row(&self, row: &Row, out: &mut Vec<u8>) -> Result<(), Unreadable> {
        out.push(b'{');
        for field in &self.fields {
            out.extend_from_slice(&field.lead);
            match &field.how {
                // Nearly all there is.
                How::Value => match raw(row, field.index)? {
                    Some(bytes) => value::write(field.encoding, bytes, out)?,
                    None => out.extend_from_slice(b"null"),
                },
                _ => field.value(&|index| raw(row, index), out)?,
            }
        }
        out.push(b'}');
        Ok(())
    }

    /// Appends what stands between the braces.
    fn values<'v>(&self, value: impl Fn(usize) -> Result<Option<&'v [u8]>, Unreadable>, out: &mut Vec<u8>) -> Result<(), Unreadable> {
        for field in &self.fields {
            out.extend_from_slice(&field.lead);
            field.value(&value, out)?;
        }
        Ok(())
    }
}

impl Entry {
    fn new(output: &Output, is_first: bool) -> Self {
        let own = || lead(is_first, &output.key);
        let (lead, how) = match (&output.records, output.shorten) {
            (Some(records), _) => match records.form {
                Form::One | Form::Many => (own(), How::Records(records.form, JsonWriter::new(&records.outputs))),
                Form::Spread | Form::SpreadMany => (Vec::new(), How::Records(records.form, JsonWriter::after(&records.outputs, is_first))),
            },
            (None, Some(shorten)) => (own(), How::Short(shorten)),
            (None, None) => (own(), How::Value),
        };
        Self { lead, encoding: output.encoding, index: output.index, how }
    }

    fn value<'v>(&self, value: &impl Fn(usize) -> Result<Option<&'v [u8]>, Unreadable>, out: &mut Vec<u8>) -> Result<(), Unreadable> {
        let bytes = value(self.index)?;
        match (&self.how, bytes) {
            (How::Records(form, writer), bytes) => record::write(*form, writer, bytes, out),
            (_, None) => {
                out.extend_from_slice(b"null");
                Ok(())
            }
            (How::Value, Some(bytes)) => value::write(self.encoding, bytes, out),
            (How::Short(shorten), Some(bytes)) => short::value(self.encoding, bytes, *shorten, value(shorten.size)?, out),
        }
    }
}

fn lead(is_first: bool, key: &str) -> Vec<u8> {
    let mut lead = if is_first { Vec::new() } else { vec![b','] };
    text::string(key.as_bytes(), &mut lead);
    lead.push(b':');
    lead
}
