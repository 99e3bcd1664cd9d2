//! A workbook of Excel (XLSX, ECMA-376) as lines of CSV: its first sheet, cell by cell, so that a sheet isn't held whole. Numbers come
//! with all digits that are stored, dates and times as PostgreSQL reads them.

use bytes::Bytes;
use calamine::{Data, DataRef, ExcelDateTime, Reader as _, Xlsx, XlsxError};
use kernel::body::StreamError;
use kernel::{Problem, Result};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use tokio::sync::mpsc::Sender;
use zip::ZipArchive;

/// What a workbook may unpack to: its texts are held in memory, and a small file can unpack to anything.
const MOST_BYTES: u64 = 256 << 20;
/// Bytes of CSV that are given on together.
const PART: usize = 64 << 10;
const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Whether a file is one, by what somebody says, its name or its type.
#[must_use]
pub fn is_workbook(asked: Option<&str>, name: &str, kind: Option<&str>) -> bool {
    if let Some(asked) = asked {
        return asked == "xlsx";
    }
    let ending = name.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("xlsx"));
    ending || kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with(KIND))
}

/// Reads it and gives its lines on; ends early when nobody takes them. Runs where it may block.
///
/// # Errors
/// 422 saying what is wrong with the workbook, and where.
pub fn read(file: File, lines: &Sender<Result<Bytes, StreamError>>) -> Result<()> {
    check_size(&file, MOST_BYTES)?;
    let mut book: Xlsx<_> = Xlsx::new(BufReader::new(file)).map_err(unreadable)?;
    let name = book.sheet_names().first().cloned().ok_or_else(|| wrong("The workbook has no sheet".into()))?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(unreadable)?;
    let mut text = String::new();
    // The next row and column to be written, from 0; and how wide the first row with cells is, which the others are, too.
    let (mut row, mut column, mut width) = (0, 0, 0);
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        let (to_row, to_column) = cell.get_position();
        if matches!(cell.get_value(), DataRef::Empty) {
            continue;
        }
        while row < to_row {
            width = width.max(column);
            end(&mut text, column, width);
            (row, column) = (row + 1, 0);
        }
        while column < to_column {
            text.push(',');
            column += 1;
        }
        if let DataRef::Error(error) = cell.get_value() {
            let place = place(to_row, to_column);
            return Err(wrong(format!(
                "{place} of the sheet {name} has the error {error}. Mend it or empty it, and upload the file again."
            )));
        }
        field(cell.get_value(), &mut text);
        if text.len() >= PART && lines.blocking_send(Ok(std::mem::take(&mut text).into())).is_err() {
            return Ok(());
        }
    }
    end(&mut text, column, width);
    // Nobody takes it any more: they know why.
    let _gone = lines.blocking_send(Ok(text.into()));
    Ok(())
}

/// Unpacks everything once, for a file can lie about its size.
fn check_size(file: &File, most: u64) -> Result<()> {
    let no_book = |_| wrong("This is no workbook of Excel (.xlsx); save it as one, or as CSV".into());
    let mut archive = ZipArchive::new(BufReader::new(file.try_clone().map_err(Problem::internal)?)).map_err(|e| no_book(e.to_string()))?;
    let mut left = most;
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(|e| no_book(e.to_string()))?;
        let unpacked = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(|e| no_book(e.to_string()))?;
        left = left.checked_sub(unpacked).ok_or_else(|| {
            wrong(format!("The workbook unpacks to more than {} MB. Save it as CSV: that is read as it comes.", most >> 20))
        })?;
    }
    (&*file).rewind().map_err(Problem::internal)
}

/// A row has the fields of the first, also where its last cells are empty.
fn end(text: &mut String, column: u32, width: u32) {
    (column..width).for_each(|_| text.push(','));
    text.push('\n');
}

fn field(value: &DataRef<'_>, text: &mut String) {
    match value {
        DataRef::Empty | DataRef::Error(_) => {}
        DataRef::String(value) | DataRef::DateTimeIso(value) | DataRef::DurationIso(value) => quoted(value, text),
        DataRef::SharedString(value) => quoted(value, text),
        DataRef::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        DataRef::DateTime(at) => moment(at, text),
        number => {
            let _ = write!(text, "{}", Data::from(number.clone()));
        }
    }
}

/// Always in quotes, so that an empty text is one.
fn quoted(value: &str, text: &mut String) {
    text.push('"');
    text.push_str(&value.replace('"', "\"\""));
    text.push('"');
}

fn moment(at: &ExcelDateTime, text: &mut String) {
    let _ = if at.is_duration() {
        let millis = (at.as_f64() * 86_400_000.0).round();
        write!(text, "{} milliseconds", millis)
    } else if at.as_f64() < 1.0 {
        // A time without a day.
        at.as_datetime().map_or(Ok(()), |at| write!(text, "{}", at.time().format("%H:%M:%S%.f")))
    } else if at.as_f64().fract() == 0.0 {
        at.as_datetime().map_or(Ok(()), |at| write!(text, "{}", at.date()))
    } else {
        at.as_datetime().map_or(Ok(()), |at| write!(text, "{}", at.format("%Y-%m-%dT%H:%M:%S%.f")))
    };
}

/// `B7`
fn place(row: u32, column: u32) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        letters.push(char::from(b'A' + u8::try_from((left - 1) % 26).unwrap_or_default()));
        left = (left - 1) / 26;
    }
    letters.iter().rev().collect::<String>() + &(row + 1).to_string()
}

fn unreadable(error: XlsxError) -> Problem {
    match error {
        XlsxError::Password => wrong("The workbook is protected by a password. Take it off and upload the file again.".into()),
        error => wrong(format!("The workbook can't be read: {error}")),
    }
}

fn wrong(message: String) -> Problem {
    Problem::field("file", "workbook", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    #[test]
    fn cells_are_called_as_excel_calls_them() {
        assert_eq!(
            [place(0, 0), place(6, 1), place(9, 25), place(0, 26), place(0, 701), place(0, 702)],
            ["A1", "B7", "Z10", "AA1", "ZZ1", "AAA1"]
        );
    }

    #[test]
    fn a_small_file_that_unpacks_to_very_much_is_refused() {
        let mut file = tempfile::tempfile().unwrap();
        let mut archive = ZipWriter::new(&mut file);
        archive.start_file("xl/sharedStrings.xml", SimpleFileOptions::default()).unwrap();
        archive.write_all(&vec![b' '; 3 << 20]).unwrap();
        archive.finish().unwrap();
        assert!(file.metadata().unwrap().len() < 100 << 10);
        assert!(check_size(&file, 2 << 20).unwrap_err().errors()[0].message.contains("more than 2 MB"));
        assert!(check_size(&file, 3 << 20).is_ok());
    }

    #[test]
    fn a_workbook_is_known_by_name_or_type() {
        assert!(is_workbook(None, "a.XLSX", None) && is_workbook(None, "a", Some(KIND)) && is_workbook(Some("xlsx"), "a.csv", None));
        assert!(
            !is_workbook(None, "a.csv", Some("text/csv")) && !is_workbook(None, "xlsx", None) && !is_workbook(Some("csv"), "a.xlsx", None)
        );
    }
}
