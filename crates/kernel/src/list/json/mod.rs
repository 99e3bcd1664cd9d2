//! Rows as JSON, straight from PostgreSQL's binary values to bytes.
//!
//! Between them there is no tree of values: that is what makes a page of many columns cheap. What each type
//! looks like in JSON is in `docs/api.md` ("Conventions", "Beyond PostgREST").

mod array;
mod number;
mod short;
mod text;
mod time;
mod value;

use super::sql::{Output, Shorten};
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
    /// `{"name":` for the first, `,"name":` for the others; escaped once for all rows.
    lead: Vec<u8>,
    encoding: Encoding,
    index: usize,
    shorten: Option<Shorten>,
}

impl JsonWriter {
    pub(crate) fn new(outputs: &[Output]) -> Self {
        let fields = outputs
            .iter()
            .enumerate()
            .map(|(i, output)| Entry {
                lead: lead(i, &output.key),
                encoding: output.encoding,
                index: output.index,
                shorten: output.shorten,
            })
            .collect();
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
            fields.push(Entry { lead: lead(i, column.name()), encoding, index: i, shorten: None });
        }
        Ok(Self { fields })
    }

    /// Whether the values come in the types that were expected when the statement was made: a table can change in
    /// between, and a number read as another type is another number.
    ///
    /// # Errors
    /// When a column has come in another form.
    pub fn check(&self, row: &Row) -> Result<(), Unreadable> {
        let fits = |field: &Entry| {
            let actual = row.columns().get(field.index).and_then(|column| Encoding::of(column.type_()));
            // JSON that may be shortened comes as text; a type that isn't known here is as good as declared.
            let expected = |actual| actual == field.encoding || (field.shorten.is_some() && actual == Encoding::TEXT);
            actual.is_none_or(expected)
        };
        if self.fields.iter().all(fits) { Ok(()) } else { Err(Unreadable("column of another type than it had")) }
    }

    /// Appends one row as a JSON object.
    ///
    /// # Errors
    /// When a value does not have the binary form of its type.
    pub fn row(&self, row: &Row, out: &mut Vec<u8>) -> Result<(), Unreadable> {
        if self.fields.is_empty() {
            out.extend_from_slice(b"{}");
            return Ok(());
        }
        for field in &self.fields {
            out.extend_from_slice(&field.lead);
            match raw(row, field.index)? {
                None => out.extend_from_slice(b"null"),
                Some(bytes) => match field.shorten {
                    Some(shorten) => short::value(field.encoding, bytes, shorten, raw(row, shorten.size)?, out)?,
                    None => value::write(field.encoding, bytes, out)?,
                },
            }
        }
        out.push(b'}');
        Ok(())
    }
}

fn lead(i: usize, key: &str) -> Vec<u8> {
    let mut lead = vec![if i == 0 { b'{' } else { b',' }];
    text::string(key.as_bytes(), &mut lead);
    lead.push(b':');
    lead
}
