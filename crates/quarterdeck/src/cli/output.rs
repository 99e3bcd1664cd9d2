//! What a command prints: a table for people, JSON, YAML or CSV for programs. Nothing is ever shortened.

use super::exit::Failure;
use serde_json::Value;
use std::borrow::Cow;
use std::io::Write;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Aligned columns
    Table,
    /// One JSON document
    Json,
    /// One YAML document
    Yaml,
    /// Comma-separated values with a header line (RFC 4180)
    Csv,
}

/// One column of a table: the field and its heading.
#[derive(Clone, Debug)]
pub struct Column {
    pub field: String,
    pub heading: String,
}

impl Column {
    pub fn new(field: &str, heading: &str) -> Self {
        Self { field: field.into(), heading: heading.to_uppercase() }
    }
}

/// The columns that the rows themselves have, in the order they first appear.
pub fn columns_of(rows: &[Value]) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for name in rows.iter().filter_map(Value::as_object).flat_map(serde_json::Map::keys) {
        if !columns.iter().any(|c| c.field == *name) {
            columns.push(Column::new(name, &name.replace('_', " ")));
        }
    }
    columns
}

/// Prints a list; an empty one is a heading, `[]`, or the header line.
pub fn rows(format: Format, columns: &[Column], rows: &[Value]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match format {
        Format::Table => {
            let heading = columns.iter().map(|c| c.heading.clone()).collect();
            let lines = rows.iter().map(|row| columns.iter().map(|c| cell(&row[&c.field])).collect());
            table(&mut out, std::iter::once(heading).chain(lines).collect())?;
        }
        Format::Csv => {
            let all = columns_of(rows);
            csv(&mut out, if rows.is_empty() { columns } else { &all }, rows)?;
        }
        Format::Json | Format::Yaml => document(&mut out, format, &Value::Array(rows.to_vec()))?,
    }
    Ok(out.flush()?)
}

/// Prints one object, one field a line.
pub fn object(format: Format, value: &Value) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match (format, value) {
        (Format::Table, Value::Object(fields)) => {
            table(&mut out, fields.iter().map(|(name, value)| vec![name.clone(), cell(value)]).collect())?;
        }
        (Format::Table, Value::Null) => {}
        (Format::Table | Format::Csv, Value::Array(rows)) if rows.iter().all(Value::is_object) => {
            drop(out);
            return self::rows(format, &columns_of(rows), rows);
        }
        (Format::Table, other) => writeln!(out, "{}", cell(other))?,
        (Format::Csv, value) => {
            let rows = std::slice::from_ref(value);
            csv(&mut out, &columns_of(rows), rows)?;
        }
        (Format::Json | Format::Yaml, value) => document(&mut out, format, value)?,
    }
    Ok(out.flush()?)
}

/// Text of several lines, such as SQL.
pub fn text(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for line in text.lines() {
        writeln!(out, "{}", printable(line))?;
    }
    Ok(out.flush()?)
}

/// A sentence for people, kept off standard output.
pub fn note(text: &str) {
    drop(writeln!(std::io::stderr(), "{}", printable(text)));
}

fn document(out: &mut impl Write, format: Format, value: &Value) -> Result<(), Failure> {
    if format == Format::Yaml {
        let text = serde_yaml_ng::to_string(value).map_err(|e| Failure::new(super::exit::Exit::Failed, e.to_string()))?;
        write!(out, "{text}")?;
    } else {
        writeln!(out, "{value:#}")?;
    }
    Ok(())
}

fn table(out: &mut impl Write, lines: Vec<Vec<String>>) -> std::io::Result<()> {
    let count = lines.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..count).map(|i| lines.iter().map(|line| line[i].chars().count()).max().unwrap_or(0)).collect();
    for line in lines {
        let mut text = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
        }
        writeln!(out, "{}", text.trim_end())?;
    }
    Ok(())
}

fn csv(out: &mut impl Write, columns: &[Column], rows: &[Value]) -> std::io::Result<()> {
    let line = |cells: Vec<String>| cells.join(",") + "\r\n";
    write!(out, "{}", line(columns.iter().map(|c| quoted(&harmless(&c.field))).collect()))?;
    for row in rows {
        write!(out, "{}", line(columns.iter().map(|c| quoted(&harmless(&plain(&row[&c.field], "")))).collect()))?;
    }
    Ok(())
}

/// A cell that a spreadsheet takes for text. One that begins like a formula gets the apostrophe with which spreadsheets
/// mark text; a number stays a number.
fn harmless(text: &str) -> Cow<'_, str> {
    let number = || text.chars().all(|c| matches!(c, '0'..='9' | '.' | '-' | '+' | 'e' | 'E')) && text.parse::<f64>().is_ok();
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '|']) && !number() {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// A value in a table; `-` is NULL, which the empty text is not.
fn cell(value: &Value) -> String {
    printable(&plain(value, "-"))
}

fn plain(value: &Value, null: &str) -> String {
    match value {
        Value::Null => null.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|i| !i.is_object() && !i.is_array()) => {
            items.iter().map(|i| plain(i, "null")).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// The text without what would drive a terminal: control characters, and those that turn the direction of writing
/// around, become visible escapes.
pub fn printable(text: &str) -> String {
    let drives =
        |c: char| c.is_control() || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().flat_map(|c| if drives(c) { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tables_are_aligned_and_cut_nothing() {
        let mut out = Vec::new();
        let id = "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e";
        let lines = vec![vec!["ID".to_owned(), "NAME".to_owned()], vec![id.to_owned(), "Ada".to_owned()]];
        table(&mut out, lines).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, format!("{:36}  NAME\n{id}  Ada\n", "ID"));
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        let mut out = Vec::new();
        let rows = [json!({"a": "x,\"y\"", "b": null, "c": [1, 2]})];
        csv(&mut out, &columns_of(&rows), &rows).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a,b,c\r\n\"x,\"\"y\"\"\",,\"1, 2\"\r\n");
    }

    #[test]
    fn no_cell_is_a_formula_and_numbers_stay_numbers() {
        for formula in ["=1+1", "+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "-inf", "+49 30 1234"] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        for plain in ["-5", "+1.5e3", "1", "", "a=b", "ada@example.com", "2026-11-20T09:30:00Z"] {
            assert_eq!(harmless(plain), plain);
        }
        let mut out = Vec::new();
        let rows = [json!({"=cmd": "=HYPERLINK(\"http://evil.example\",\"x\")", "n": -5})];
        csv(&mut out, &columns_of(&rows), &rows).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("'=cmd,n\r\n\"'=HYPERLINK(") && text.ends_with(",-5\r\n"), "{text}");
    }

    #[test]
    fn null_is_told_from_empty_and_nothing_drives_the_terminal() {
        assert_eq!([cell(&json!(null)), cell(&json!("")), cell(&json!("a\u{1b}[2J\nb"))], ["-", "", "a\\u{1b}[2J\\nb"]);
        assert_eq!(cell(&json!("exe.\u{202e}gpj")), "exe.\\u{202e}gpj", "nothing is read backwards");
    }
}
