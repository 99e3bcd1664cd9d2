//! Rows as CSV (RFC 4180), in and out. NULL is nothing between the commas, an empty text is `""`, so that what was read
//! can be written again.

use super::record::{Record, plain};
use super::value;
use crate::catalogue::{Category, Column, Table};
use bytes::Bytes;
use kernel::list::{Encoding, Kind, Query, Relation, Scalar};
use kernel::{Problem, Result};
use serde_json::value::{RawValue, to_raw_value};

/// A page's rows, below the names of their columns.
///
/// # Errors
/// Never with rows that the list engine wrote.
pub fn page(relation: &Relation, query: &Query, body: &[u8]) -> Result<Bytes> {
    let rows: Vec<Record> = serde_json::from_slice(body).map_err(Problem::internal)?;
    let names: Vec<String> = match rows.first() {
        Some(first) => first.0.iter().map(|(name, _)| name.clone()).collect(),
        None if query.select.items.is_empty() => relation.columns.iter().filter(|c| c.selectable).map(|c| c.name.clone()).collect(),
        None => query.select.items.iter().map(|item| item.key.clone()).collect(),
    };
    let mut out = String::with_capacity(body.len());
    line(names.iter().map(|name| Some(name.clone())), &mut out);
    for row in &rows {
        line(row.0.iter().map(|(name, value)| cell(array(relation, query, name), value)), &mut out);
    }
    Ok(out.into())
}

/// Whether a name of the answer means an array column as it is, and whether its elements are JSON.
fn array(relation: &Relation, query: &Query, key: &str) -> Option<bool> {
    let item = query.select.items.iter().find(|item| item.key == key);
    let name = match item {
        Some(item) if item.cast.is_none() && item.field.steps.is_empty() => item.field.column.as_str(),
        Some(_) => return None,
        None => key,
    };
    let column = relation.find(name).filter(|column| column.ty.kind == Kind::Array)?;
    Some(matches!(column.ty.encoding, Some(Encoding::Array(Scalar::Json | Scalar::Jsonb))))
}

fn cell(array: Option<bool>, value: &RawValue) -> Option<String> {
    match array {
        // As PostgreSQL writes it, rather than as JSON.
        Some(json_elements) if value.get().starts_with('[') => value::array(value, json_elements),
        _ => plain(value),
    }
}

fn line(cells: impl Iterator<Item = Option<String>>, out: &mut String) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.push(',');
        }
        let Some(text) = cell else { continue };
        if text.is_empty() || text == "NULL" || text.contains([',', '"', '\n', '\r']) {
            out.push('"');
            out.push_str(&text.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&text);
        }
    }
    out.push_str("\r\n");
}

/// Rows of a body, whose first line names their columns.
///
/// # Errors
/// 400 with the line that is wrong.
pub fn records(table: &Table, body: &[u8]) -> Result<Vec<Record>> {
    let text = std::str::from_utf8(body).map_err(|_| Problem::malformed("The CSV is not UTF-8"))?;
    let mut lines = Lines { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1 };
    let Some(names) = lines.next().transpose()? else {
        return Err(Problem::malformed("The CSV is empty; its first line names the columns"));
    };
    let names: Vec<String> = names.into_iter().map(Option::unwrap_or_default).collect();
    if let Some(twice) = names.iter().enumerate().find_map(|(i, name)| names.iter().take(i).any(|before| before == name).then_some(name)) {
        return Err(Problem::malformed(format!("The CSV names the column {twice} twice")));
    }
    let mut records = Vec::new();
    loop {
        let at = lines.line;
        let Some(cells) = lines.next().transpose()? else { return Ok(records) };
        if cells.len() != names.len() {
            return Err(Problem::malformed(format!(
                "Line {at} of the CSV has {} values; its first line names {} columns",
                cells.len(),
                names.len()
            )));
        }
        let fields = names.iter().zip(cells).map(|(name, cell)| Ok((name.clone(), json(table.column(name), cell.as_deref(), at)?)));
        records.push(Record(fields.collect::<Result<_>>()?));
    }
}

/// A text as the JSON that a column takes.
///
/// # Errors
/// 400 when the column takes JSON and the text is none.
pub fn json(column: Option<&Column>, text: Option<&str>, line: usize) -> Result<Box<RawValue>> {
    let Some(text) = text else { return Ok(RawValue::NULL.to_owned()) };
    if column.is_some_and(|column| column.category == Category::Json) {
        return RawValue::from_string(text.to_owned())
            .map_err(|e| Problem::malformed(format!("The JSON in line {line} can't be read: {e}")));
    }
    to_raw_value(text).map_err(Problem::internal)
}

/// The lines of a CSV; a line goes on within quotes.
struct Lines<'a> {
    rest: &'a str,
    line: usize,
}

impl Iterator for Lines<'_> {
    type Item = Result<Vec<Option<String>>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() { None } else { Some(self.cells()) }
    }
}

impl Lines<'_> {
    fn cells(&mut self) -> Result<Vec<Option<String>>> {
        let mut cells = Vec::new();
        loop {
            let cell = match self.rest.strip_prefix('"') {
                Some(rest) => {
                    self.rest = rest;
                    Some(self.quoted()?)
                }
                None => {
                    let (cell, rest) = self.rest.split_at(self.rest.find([',', '\n', '\r']).unwrap_or(self.rest.len()));
                    if cell.contains('"') {
                        return Err(self.wrong("has a double quote in a value without quotes around it"));
                    }
                    self.rest = rest;
                    (!cell.is_empty() && cell != "NULL").then(|| cell.to_owned())
                }
            };
            cells.push(cell);
            if let Some(rest) = self.rest.strip_prefix(',') {
                self.rest = rest;
                continue;
            }
            let Some(rest) = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix(['\n', '\r'])) else {
                return if self.rest.is_empty() { Ok(cells) } else { Err(self.wrong("goes on after the double quote that ends a value")) };
            };
            self.rest = rest;
            self.line += 1;
            return Ok(cells);
        }
    }

    /// The rest of a quoted value; `""` is a double quote in it.
    fn quoted(&mut self) -> Result<String> {
        let mut text = String::new();
        loop {
            let Some((inside, rest)) = self.rest.split_once('"') else { return Err(self.wrong("has a double quote that is not closed")) };
            self.line += inside.matches('\n').count();
            text.push_str(inside);
            match rest.strip_prefix('"') {
                Some(after) => {
                    text.push('"');
                    self.rest = after;
                }
                None => {
                    self.rest = rest;
                    return Ok(text);
                }
            }
        }
    }

    fn wrong(&self, what: &str) -> Problem {
        Problem::malformed(format!("Line {} of the CSV {what}", self.line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Result<Vec<Vec<Option<String>>>> {
        Lines { rest: text, line: 1 }.collect()
    }

    #[test]
    fn lines_are_read_as_they_were_written() {
        let rows =
            [vec![Some("a,b".to_owned()), None, Some(String::new())], vec![Some("q\"\r\n".into()), Some("NULL".into()), Some("ä".into())]];
        let mut text = String::new();
        rows.iter().for_each(|row| line(row.iter().cloned(), &mut text));
        assert_eq!(text, "\"a,b\",,\"\"\r\n\"q\"\"\r\n\",\"NULL\",ä\r\n");
        assert_eq!(cells(&text).unwrap(), rows);
        assert_eq!(cells("a,b\n1,NULL").unwrap(), [vec![Some("a".to_owned()), Some("b".into())], vec![Some("1".into()), None]]);
    }

    #[test]
    fn broken_quotes_are_named_by_their_line() {
        for (text, line) in [("a\n\"b", 2), ("a\nb\"c\n", 2), ("\"a\"b", 1), ("\"x\n\n\"\n\"", 4)] {
            let problem = cells(text).unwrap_err();
            assert!(problem.detail().starts_with(&format!("Line {line} ")), "{text}: {}", problem.detail());
        }
    }
}
