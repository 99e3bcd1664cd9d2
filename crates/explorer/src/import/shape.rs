//! What is known of a file before it is mapped: how it is written, its columns, the first rows, and what is probably what.

use super::fields::Fields;
use crate::catalogue::Table;
use kernel::problem::Kind;
use kernel::{Problem, Result};
use schemars::JsonSchema;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use std::fmt;

/// PostgreSQL has no tables with more.
const MOST_COLUMNS: usize = 1600;
/// Rows that are shown before anything is decided.
const SHOWN: usize = 8;
/// Characters of a value that is shown.
const SHORT: usize = 120;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Csv,
    /// A JSON object a line.
    Ndjson,
}

impl Format {
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    /// By what somebody says, what the file is called, or what its type is; the first that tells.
    ///
    /// # Errors
    /// 400 when something else is asked for. A workbook is read as lines of CSV.
    pub fn told(asked: Option<&str>, name: &str, kind: Option<&str>) -> Result<Self> {
        match asked {
            Some("csv" | "xlsx") => return Ok(Self::Csv),
            Some("ndjson") => return Ok(Self::Ndjson),
            Some(other) => return Err(Problem::filter("format", format!("{other} can't be read; there are csv, ndjson and xlsx"))),
            None => {}
        }
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        let kind = kind.and_then(|kind| kind.split(';').next()).map(|kind| kind.trim().to_ascii_lowercase());
        Ok(match (ending.as_deref(), kind.as_deref()) {
            (Some("ndjson" | "jsonl" | "json"), _) => Self::Ndjson,
            (Some("csv" | "tsv" | "txt"), _) => Self::Csv,
            (_, Some("application/x-ndjson" | "application/jsonl" | "application/json")) => Self::Ndjson,
            _ => Self::Csv,
        })
    }
}

/// A column of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileColumn {
    pub name: String,
    /// Its values in the first rows.
    pub samples: Vec<Option<String>>,
    /// What they look like: `integer`, `number`, `boolean`, `date`, `uuid`, `json` or `text`.
    pub looks: String,
    /// The column of the table that is called the same.
    pub target: Option<String>,
}

/// Looks at rows as they come.
pub struct Shape {
    pub format: Format,
    pub delimiter: Option<u8>,
    /// Whether the first row names the columns; told or guessed once it is there.
    pub header: Option<bool>,
    pub rows: u64,
    pub columns: Vec<FileColumn>,
    fields: Fields,
}

impl Shape {
    pub fn new(format: Format, delimiter: Option<u8>, header: Option<bool>) -> Self {
        let header = if format == Format::Ndjson { Some(false) } else { header };
        Self { format, delimiter, header, rows: 0, columns: Vec::new(), fields: Fields::default() }
    }

    /// # Errors
    /// 422 when the file has too many columns.
    pub fn add(&mut self, row: &[u8], table: &Table) -> Result<()> {
        match self.delimiter {
            Some(delimiter) => self.csv(row, delimiter, table),
            None => self.object(row),
        }
    }

    fn csv(&mut self, row: &[u8], delimiter: u8, table: &Table) -> Result<()> {
        if self.columns.is_empty() {
            if row.is_empty() {
                return Ok(());
            }
            self.fields.read(row, delimiter);
            self.check(self.fields.len())?;
            let head: Vec<String> = self.fields.iter().map(|f| String::from_utf8_lossy(f.text).trim().to_owned()).collect();
            let header = *self.header.get_or_insert_with(|| is_header(&head, table));
            self.columns = named(if header { Some(&head) } else { None }, head.len());
            if header {
                return Ok(());
            }
        }
        if is_blank(row, self.columns.len()) {
            return Ok(());
        }
        self.rows += 1;
        if self.rows <= SHOWN as u64 {
            self.fields.read(row, delimiter);
            for (place, column) in self.columns.iter_mut().enumerate() {
                let field = self.fields.get(place).filter(|field| field.quoted || !field.text.is_empty());
                column.samples.push(field.map(|field| short(&String::from_utf8_lossy(field.text))));
            }
        }
        Ok(())
    }

    /// What is no object is found again, and told with its line, when it is to be imported.
    fn object(&mut self, row: &[u8]) -> Result<()> {
        if row.trim_ascii().is_empty() {
            return Ok(());
        }
        self.rows += 1;
        let before = self.columns.len();
        if self.rows <= SHOWN as u64 {
            let Ok(record) = serde_json::from_slice::<crate::rows::record::Record>(row) else { return Ok(()) };
            let place = usize::try_from(self.rows).unwrap_or(SHOWN) - 1;
            for (name, value) in &record.0 {
                let column = self.column(name);
                column.samples.resize(place, None);
                column.samples.push(shown(value));
            }
        } else if let Ok(Names(names)) = serde_json::from_slice(row) {
            for name in &names {
                self.column(name);
            }
        }
        if self.columns.len() > before { self.check(self.columns.len()) } else { Ok(()) }
    }

    fn column(&mut self, name: &str) -> &mut FileColumn {
        let place = self.columns.iter().position(|column| column.name == name).unwrap_or_else(|| {
            self.columns.push(FileColumn { name: name.to_owned(), ..FileColumn::default() });
            self.columns.len() - 1
        });
        &mut self.columns[place]
    }

    fn check(&self, columns: usize) -> Result<()> {
        if columns <= MOST_COLUMNS {
            return Ok(());
        }
        Err(Problem::field("file", "columns", format!("The file has more than {MOST_COLUMNS} columns, and no table can have as many")))
    }

    /// What the columns look like and are probably meant for.
    ///
    /// # Errors
    /// 422 when there is nothing to import.
    pub fn settled(mut self, table: &Table) -> Result<Self> {
        if self.columns.is_empty() && self.rows == 0 {
            return Err(Problem::field("file", "required", "The file is empty"));
        }
        if self.rows == 0 {
            return Err(Problem::field("file", "rows", "The file has no rows below the names of its columns"));
        }
        if self.columns.is_empty() {
            return Err(Problem::new(Kind::Validation, "No line of the file is a JSON object, such as {\"name\": \"Ada\"}"));
        }
        let mut taken: Vec<String> = Vec::new();
        for column in &mut self.columns {
            column.looks = looks(&column.samples).to_owned();
            column.target = target(&column.name, table).filter(|name| !taken.contains(name));
            taken.extend(column.target.clone());
        }
        Ok(self)
    }
}

/// Nothing at all is no row, unless the one column there is may be NULL by it.
pub fn is_blank(row: &[u8], columns: usize) -> bool {
    row.is_empty() && columns != 1
}

struct Names(Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Names;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
                let mut names = Vec::new();
                while let Some((name, IgnoredAny)) = map.next_entry()? {
                    names.push(name);
                }
                Ok(Names(names))
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(SHORT).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn shown(value: &RawValue) -> Option<String> {
    crate::rows::record::plain(value).map(|text| short(&text))
}

/// Whether the first row names the columns: when one of them is a column of the table, or when all look like names.
fn is_header(head: &[String], table: &Table) -> bool {
    let is_name = |text: &String| !text.is_empty() && text.parse::<f64>().is_err() && !text.contains('@');
    head.iter().any(|name| target(name, table).is_some()) || head.iter().all(is_name)
}

/// Names that are there once: an empty one becomes its place, a second one is numbered.
fn named(head: Option<&[String]>, count: usize) -> Vec<FileColumn> {
    let mut columns: Vec<FileColumn> = Vec::with_capacity(count);
    for place in 0..count {
        let given = head.and_then(|head| head.get(place)).filter(|name| !name.is_empty());
        let plain = given.map_or_else(|| format!("Column {}", place + 1), |name| short(name));
        let (mut unique, mut number) = (plain.clone(), 1);
        while columns.iter().any(|column| column.name == unique) {
            number += 1;
            unique = format!("{plain} ({number})");
        }
        columns.push(FileColumn { name: unique, ..FileColumn::default() });
    }
    columns
}

/// The column of the table that this means; case, spaces and underscores don't count.
fn target(name: &str, table: &Table) -> Option<String> {
    if let Some(same) = table.column(name).filter(|column| column.readable) {
        return Some(same.name.clone());
    }
    let plain = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let wanted = plain(name);
    let found = table.columns.iter().find(|column| column.readable && plain(&column.name) == wanted);
    found.filter(|_| !wanted.is_empty()).map(|column| column.name.clone())
}

fn looks(samples: &[Option<String>]) -> &'static str {
    let values: Vec<&str> = samples.iter().flatten().map(String::as_str).filter(|text| !text.is_empty()).collect();
    let all = |is: fn(&str) -> bool| !values.is_empty() && values.iter().all(|value| is(value));
    if all(|text| text.parse::<i64>().is_ok()) {
        "integer"
    } else if all(|text| text.parse::<f64>().is_ok()) {
        "number"
    } else if all(|text| matches!(text.to_ascii_lowercase().as_str(), "t" | "f" | "true" | "false" | "yes" | "no")) {
        "boolean"
    } else if all(|text| uuid::Uuid::parse_str(text).is_ok()) {
        "uuid"
    } else if all(is_date) {
        "date"
    } else if all(|text| text.starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_ok()) {
        "json"
    } else {
        "text"
    }
}

/// `2024-01-01`, whatever follows.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| bytes.get(from..to).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    digits(0, 4) && digits(5, 7) && digits(8, 10) && bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Column;
    use kernel::list::Relation;

    fn table(names: &[&str]) -> Table {
        let mut table = Table::of_relation("public", "t", Relation::new(""));
        table.columns = names.iter().map(|name| Column::named(name)).collect();
        table
    }

    fn shape(format: Format, rows: &[&str], table: &Table) -> Result<Shape, String> {
        let delimiter = (format == Format::Csv).then_some(b',');
        let mut shape = Shape::new(format, delimiter, None);
        for row in rows {
            shape.add(row.as_bytes(), table).map_err(|p| p.detail().to_owned())?;
        }
        shape.settled(table).map_err(|p| p.detail().to_owned())
    }

    #[test]
    fn columns_are_guessed_by_their_names() {
        let table = table(&["track_id", "UnitPrice", "größe"]);
        let found = shape(Format::Csv, &["Track Id,unit_price,GRÖSSE,Größe,Größe,", "1,0.99,x,y,z,"], &table).unwrap();
        let names: Vec<&str> = found.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["Track Id", "unit_price", "GRÖSSE", "Größe", "Größe (2)", "Column 6"]);
        let targets: Vec<Option<&str>> = found.columns.iter().map(|c| c.target.as_deref()).collect();
        assert_eq!(targets, [Some("track_id"), Some("UnitPrice"), None, Some("größe"), None, None]);
        assert_eq!((found.columns[0].looks.as_str(), found.columns[1].looks.as_str()), ("integer", "number"));
        assert_eq!((found.rows, found.header), (1, Some(true)));
        assert_eq!(found.columns[5].samples, [None]);
    }

    #[test]
    fn a_file_without_names_has_columns_by_place() {
        let found = shape(Format::Csv, &["1,2024-01-01 10:00:00+00", "2,2024-01-02"], &table(&["id", "at"])).unwrap();
        assert_eq!((found.rows, found.header), (2, Some(false)));
        assert_eq!((found.columns[1].name.as_str(), found.columns[1].looks.as_str()), ("Column 2", "date"));
    }

    #[test]
    fn lines_of_objects_have_the_columns_of_all_of_them() {
        let found = shape(Format::Ndjson, &[r#"{"id":1,"a":[1]}"#, "", "broken", r#"{"b":null,"id":2}"#], &table(&["id"])).unwrap();
        assert_eq!(found.rows, 3);
        assert_eq!(found.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["id", "a", "b"]);
        assert_eq!(found.columns[0].samples, [Some("1".to_owned()), None, Some("2".into())]);
    }

    #[test]
    fn what_has_no_rows_says_so() {
        let table = table(&["id"]);
        assert!(shape(Format::Csv, &[], &table).err().unwrap().contains("empty"));
        assert!(shape(Format::Csv, &["id"], &table).err().unwrap().contains("no rows"));
        assert!(shape(Format::Ndjson, &["nothing"], &table).err().unwrap().contains("No line"));
        let wide = vec!["c"; 1601].join(",");
        assert!(shape(Format::Csv, &[&wide], &table).err().unwrap().contains("1600"));
    }
}
