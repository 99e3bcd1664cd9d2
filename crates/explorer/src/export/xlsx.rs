//! Rows as a sheet of Excel. Each row goes to disk as it comes; the file is whole only at its end.
//!
//! What Excel can't hold as a number or a time without loss is written as text: numbers of more than 15 digits, years before
//! 1900, infinity. Times are kept to the millisecond, as Excel keeps them.

use super::cells::{Cells, invalid, row_of};
use crate::rows::value::array;
use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};
use kernel::list::{Encoding, Scalar};
use kernel::{Problem, Result};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, XlsxError};
use serde_json::value::RawValue;
use std::fs::File;

/// Rows of a sheet below its header.
const MOST_ROWS: u32 = 1_048_575;
const MOST_COLUMNS: usize = 16_384;
/// Characters of a cell, as UTF-16 counts them.
const LONGEST: usize = 32_767;
/// Digits of a number that is still exact.
const DIGITS: usize = 15;

pub struct Xlsx {
    book: Workbook,
    cells: Cells,
    row: u32,
    date: Format,
    moment: Format,
}

impl Xlsx {
    /// # Errors
    /// 422 when there are more columns than a sheet has.
    pub fn new(cells: Cells) -> Result<Self> {
        if cells.columns.len() > MOST_COLUMNS {
            return Err(invalid(format!("A sheet has at most {MOST_COLUMNS} columns; choose fewer, or another format")));
        }
        let mut book = Workbook::new();
        let bold = Format::new().set_bold();
        let sheet = book.add_worksheet_with_constant_memory().map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        for (place, (name, _)) in (0u16..).zip(&cells.columns) {
            sheet.write_string_with_format(0, place, name, &bold).map_err(failed)?;
        }
        let date = Format::new().set_num_format("yyyy-mm-dd");
        let moment = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss.000");
        Ok(Self { book, cells, row: 0, date, moment })
    }

    /// One row, as a JSON object.
    ///
    /// # Errors
    /// 422 when a sheet can't hold it, with the row and the column.
    pub fn push(&mut self, json: &[u8]) -> Result<()> {
        self.row += 1;
        if self.row > MOST_ROWS {
            return Err(invalid(format!("A sheet has at most {MOST_ROWS} rows below its header; filter, or choose another format")));
        }
        let values = row_of(json)?;
        let sheet = self.book.worksheet_from_index(0).map_err(failed)?;
        for ((place, (name, encoding)), value) in (0u16..).zip(&self.cells.columns).zip(&values) {
            let Some(cell) = cell(*encoding, value) else { continue };
            match cell {
                Cell::Bool(value) => sheet.write_boolean(self.row, place, value),
                Cell::Number(value) => sheet.write_number(self.row, place, value),
                Cell::Date(value) => sheet.write_datetime_with_format(self.row, place, &value, &self.date),
                Cell::Moment(value) => sheet.write_datetime_with_format(self.row, place, &value, &self.moment),
                Cell::Text(text) if text.encode_utf16().count() > LONGEST => {
                    let row = self.row;
                    return Err(invalid(format!(
                        "{name} of row {row} has more than {LONGEST} characters, which no cell holds; choose another format"
                    )));
                }
                Cell::Text(text) => sheet.write_string(self.row, place, text),
            }
            .map_err(failed)?;
        }
        Ok(())
    }

    /// The whole file, to be read from its beginning.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn finish(mut self) -> Result<File> {
        let mut file = tempfile::tempfile().map_err(Problem::internal)?;
        self.book.save_to_writer(&mut file).map_err(failed)?;
        Ok(file)
    }
}

enum Cell {
    Bool(bool),
    Number(f64),
    Date(ExcelDateTime),
    Moment(ExcelDateTime),
    Text(String),
}

/// Nothing for NULL.
fn cell(encoding: Encoding, value: &RawValue) -> Option<Cell> {
    let json = value.get();
    if json == "null" {
        return None;
    }
    let text = || if json.starts_with('"') { serde_json::from_str(json).unwrap_or_default() } else { json.to_owned() };
    let scalar = match encoding {
        // As PostgreSQL reads it again.
        Encoding::Array(element) => {
            let literal = array(value, matches!(element, Scalar::Json | Scalar::Jsonb));
            return Some(Cell::Text(literal.unwrap_or_else(text)));
        }
        Encoding::Scalar(Scalar::Json | Scalar::Jsonb) => return Some(Cell::Text(json.to_owned())),
        Encoding::Scalar(scalar) => scalar,
    };
    let exact = match scalar {
        Scalar::Bool => Some(Cell::Bool(json == "true")),
        Scalar::Int2 | Scalar::Int4 | Scalar::Int8 | Scalar::Float4 | Scalar::Float8 | Scalar::Numeric => number(&text()).map(Cell::Number),
        Scalar::Date => NaiveDate::parse_from_str(&text(), "%Y-%m-%d").ok().and_then(day).map(Cell::Date),
        Scalar::Timestamp | Scalar::TimestampTz => {
            NaiveDateTime::parse_from_str(text().trim_end_matches('Z'), "%Y-%m-%dT%H:%M:%S%.f").ok().and_then(moment).map(Cell::Moment)
        }
        _ => None,
    };
    Some(exact.unwrap_or_else(|| Cell::Text(text())))
}

/// A number that Excel shows as it is.
fn number(text: &str) -> Option<f64> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.parse::<f64>().ok().filter(|value| value.is_finite() && digits <= DIGITS)
}

fn day(date: NaiveDate) -> Option<ExcelDateTime> {
    let year = u16::try_from(date.year()).ok().filter(|year| (1900..=9999).contains(year))?;
    ExcelDateTime::from_ymd(year, u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?).ok()
}

fn moment(at: NaiveDateTime) -> Option<ExcelDateTime> {
    let millis = at.nanosecond() / 1_000_000;
    let part = |number: u32| u8::try_from(number).ok();
    day(at.date())?.and_hms_milli(at.hour().try_into().ok()?, part(at.minute())?, part(at.second())?, millis.try_into().ok()?).ok()
}

fn failed(error: XlsxError) -> Problem {
    Problem::internal(error)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn no_digit_of_a_number_is_lost() {
        assert_eq!(number("123456789.25"), Some(123_456_789.25));
        assert_eq!(number("-0.5"), Some(-0.5));
        for text in ["9007199254740993", "0.1234567890123456", "NaN", "Infinity", "1e999"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
