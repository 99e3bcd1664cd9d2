//! Rows as Parquet (<https://parquet.apache.org/docs/file-format/>): columns with their types, in groups of rows, compressed
//! with Snappy. Numbers of any length, arrays and what has no type there are text; times are to the microsecond, as PostgreSQL has them.

use super::cells::{Cells, invalid, row_of};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use kernel::list::{Encoding, Scalar};
use kernel::{Problem, Result};
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, FloatType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use serde_json::value::RawValue;
use std::sync::Arc;

/// Bytes and rows that are written together, as one group.
const GROUP_BYTES: usize = 8 << 20;
const GROUP_ROWS: usize = 100_000;

pub struct Parquet {
    /// Holds what nobody has taken yet.
    writer: SerializedFileWriter<Vec<u8>>,
    cells: Cells,
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
    before: u64,
}

enum Values {
    Bool(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<ByteArray>),
}

struct Column {
    values: Values,
    /// 1 where there is a value, 0 for NULL.
    there: Vec<i16>,
}

impl Parquet {
    /// # Errors
    /// Never for names that PostgreSQL has.
    pub fn new(cells: Cells) -> Result<Self> {
        let field = |(name, encoding): &(String, Encoding)| {
            let (physical, logical) = kind(*encoding);
            Type::primitive_type_builder(name, physical)
                .with_repetition(Repetition::OPTIONAL)
                .with_logical_type(logical)
                .build()
                .map(Arc::new)
        };
        let fields = cells.columns.iter().map(field).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let schema = Type::group_type_builder("rows").with_fields(fields).build().map_err(failed)?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties)).map_err(failed)?;
        let columns = cells.columns.iter().map(|(_, encoding)| Column::of(*encoding)).collect();
        Ok(Self { writer, cells, columns, rows: 0, bytes: 0, before: 0 })
    }

    /// One row, as a JSON object; whether it made a group full, which can be taken.
    ///
    /// # Errors
    /// 422 for a time that the format doesn't have, with the row and the column.
    pub fn push(&mut self, json: &[u8]) -> Result<bool> {
        let values = row_of(json)?;
        for ((column, (name, encoding)), value) in self.columns.iter_mut().zip(&self.cells.columns).zip(&values) {
            if value.get() == "null" {
                column.there.push(0);
                continue;
            }
            column.there.push(1);
            if column.values.push(*encoding, value).is_none() {
                let row = self.before + self.rows as u64 + 1;
                return Err(invalid(format!("{name} of row {row} is {}, which Parquet can't hold; choose another format", value.get())));
            }
        }
        self.rows += 1;
        self.bytes += json.len();
        let is_full = self.bytes >= GROUP_BYTES || self.rows >= GROUP_ROWS;
        if is_full {
            self.group()?;
        }
        Ok(is_full)
    }

    fn group(&mut self) -> Result<()> {
        let mut group = self.writer.next_row_group().map_err(failed)?;
        for (column, (_, encoding)) in self.columns.iter_mut().zip(&self.cells.columns) {
            let full = std::mem::replace(column, Column::of(*encoding));
            let mut writer = group.next_column().map_err(failed)?.ok_or_else(|| Problem::internal("a column is missing"))?;
            full.write(&mut writer).map_err(failed)?;
            writer.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
        self.before += self.rows as u64;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    /// Appends what is made by now.
    ///
    /// # Errors
    /// Never into memory.
    pub fn take(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.writer.flush().map_err(Problem::internal)?;
        out.append(self.writer.inner_mut());
        Ok(())
    }

    /// Appends the end, with which the file is whole.
    ///
    /// # Errors
    /// Never into memory.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if self.rows > 0 {
            self.group()?;
        }
        self.writer.finish().map_err(failed)?;
        self.take(out)
    }
}

fn kind(encoding: Encoding) -> (Physical, Option<LogicalType>) {
    let moment = |is_utc| Some(LogicalType::timestamp(is_utc, TimeUnit::MICROS));
    let Encoding::Scalar(scalar) = encoding else { return (Physical::BYTE_ARRAY, Some(LogicalType::Json)) };
    match scalar {
        Scalar::Bool => (Physical::BOOLEAN, None),
        Scalar::Int2 | Scalar::Int4 => (Physical::INT32, None),
        Scalar::Int8 => (Physical::INT64, None),
        Scalar::Float4 => (Physical::FLOAT, None),
        Scalar::Float8 => (Physical::DOUBLE, None),
        Scalar::Date => (Physical::INT32, Some(LogicalType::Date)),
        Scalar::Timestamp => (Physical::INT64, moment(false)),
        Scalar::TimestampTz => (Physical::INT64, moment(true)),
        Scalar::Bytea => (Physical::BYTE_ARRAY, None),
        Scalar::Json | Scalar::Jsonb => (Physical::BYTE_ARRAY, Some(LogicalType::Json)),
        Scalar::Numeric | Scalar::Text | Scalar::Uuid | Scalar::Time => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    }
}

impl Values {
    /// Nothing when the type can't hold it.
    fn push(&mut self, encoding: Encoding, value: &RawValue) -> Option<()> {
        let json = value.get();
        let text = || if json.starts_with('"') { serde_json::from_str::<String>(json).unwrap_or_default() } else { json.to_owned() };
        let scalar = if let Encoding::Scalar(scalar) = encoding { Some(scalar) } else { None };
        match self {
            Self::Bool(values) => values.push(json == "true"),
            Self::Int32(values) if scalar == Some(Scalar::Date) => {
                let day = NaiveDate::parse_from_str(&text(), "%Y-%m-%d").ok()?;
                values.push((day - NaiveDate::default()).num_days().try_into().ok()?);
            }
            Self::Int32(values) => values.push(text().parse().ok()?),
            Self::Int64(values) if scalar == Some(Scalar::Int8) => values.push(text().parse().ok()?),
            Self::Int64(values) => values.push(moment(&text())?),
            Self::Float(values) => values.push(text().parse().ok()?),
            Self::Double(values) => values.push(text().parse().ok()?),
            Self::Bytes(values) if scalar == Some(Scalar::Bytea) => values.push(bytes(&text())?.into()),
            // JSON stays as it was written, arrays as the API gives them.
            Self::Bytes(values) if matches!(scalar, None | Some(Scalar::Json | Scalar::Jsonb)) => {
                values.push(json.as_bytes().to_vec().into())
            }
            Self::Bytes(values) => values.push(text().into_bytes().into()),
        }
        Some(())
    }
}

/// Microseconds since 1970.
fn moment(text: &str) -> Option<i64> {
    let at = NaiveDateTime::parse_from_str(text.trim_end_matches('Z'), "%Y-%m-%dT%H:%M:%S%.f").ok()?;
    (at.and_utc() - DateTime::UNIX_EPOCH).num_microseconds()
}

/// `\x0a1b` as bytes.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x")?.as_bytes();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

impl Column {
    fn of(encoding: Encoding) -> Self {
        let values = match kind(encoding).0 {
            Physical::BOOLEAN => Values::Bool(Vec::new()),
            Physical::INT32 => Values::Int32(Vec::new()),
            Physical::INT64 => Values::Int64(Vec::new()),
            Physical::FLOAT => Values::Float(Vec::new()),
            Physical::DOUBLE => Values::Double(Vec::new()),
            _ => Values::Bytes(Vec::new()),
        };
        Self { values, there: Vec::new() }
    }

    fn write(&self, writer: &mut SerializedColumnWriter<'_>) -> Result<usize, ParquetError> {
        let there = Some(self.there.as_slice());
        match &self.values {
            Values::Bool(values) => writer.typed::<BoolType>().write_batch(values, there, None),
            Values::Int32(values) => writer.typed::<Int32Type>().write_batch(values, there, None),
            Values::Int64(values) => writer.typed::<Int64Type>().write_batch(values, there, None),
            Values::Float(values) => writer.typed::<FloatType>().write_batch(values, there, None),
            Values::Double(values) => writer.typed::<DoubleType>().write_batch(values, there, None),
            Values::Bytes(values) => writer.typed::<ByteArrayType>().write_batch(values, there, None),
        }
    }
}

fn failed(error: ParquetError) -> Problem {
    Problem::internal(error)
}

#[cfg(test)]
mod tests {
    use super::{bytes, moment};

    #[test]
    fn values_keep_what_they_are() {
        assert_eq!(bytes("\\x00ff").unwrap(), [0, 255]);
        assert_eq!(bytes("x"), None);
        assert_eq!(moment("1970-01-01T00:00:01.000002Z"), Some(1_000_002));
        assert_eq!(moment("infinity"), None);
    }
}
