//! The file as a table: what parts its fields, what its columns are called and probably mean.

use csv::{Reader, ReaderBuilder, StringRecord};
use kernel::{Problem, Result};
use serde::{Deserialize, Serialize};

/// Most rows of one file.
pub const MOST_ROWS: usize = 100_000;
const MOST_COLUMNS: usize = 100;
/// Values shown of each column, so that people see what is in it.
const SAMPLES: usize = 3;

/// What a column may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Email,
    Name,
    FirstName,
    LastName,
    Language,
    Organization,
    Role,
    Level,
}

/// Words that columns are called by, in the languages of the panel; letters only, small.
const WORDS: [(Target, &[&str]); 8] = [
    (Target::Email, &["email", "mail", "emailaddress", "mailaddress", "emailadresse", "mailadresse"]),
    (Target::Name, &["name", "fullname", "displayname", "vollername", "anzeigename"]),
    (Target::FirstName, &["firstname", "givenname", "forename", "vorname"]),
    (Target::LastName, &["lastname", "surname", "familyname", "nachname", "familienname"]),
    (Target::Language, &["language", "lang", "locale", "sprache"]),
    (Target::Organization, &["organization", "organisation", "company", "tenant", "firma", "unternehmen", "mandant"]),
    (Target::Role, &["role", "rolle"]),
    (Target::Level, &["level", "permissionlevel", "stufe"]),
];

/// A column as people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub samples: Vec<String>,
    /// What it probably is.
    pub guess: Option<Target>,
}

/// What is known of a file before it is mapped.
#[derive(Debug)]
pub struct Shape {
    pub delimiter: u8,
    pub columns: Vec<Column>,
    pub rows: usize,
}

/// The reader of a file whose first line names its columns.
pub fn reader(text: &str, delimiter: u8) -> Reader<&[u8]> {
    ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes())
}

/// Looks at the whole file once.
///
/// # Errors
/// 422 when there are no columns or rows, or too many.
pub fn shape(text: &str) -> Result<Shape> {
    let fault = |code: &str, message: String| Err(Problem::field("file", code, message));
    let delimiter = delimiter(text);
    let mut reader = reader(text, delimiter);
    let head = reader.headers().map_err(broken)?.clone();
    if head.iter().all(str::is_empty) {
        return fault("head", "The first line must name the columns".into());
    }
    if head.iter().any(|name| name.contains('@')) {
        return fault("head", "The first line looks like a person. Put a line with the names of the columns before it".into());
    }
    if head.len() > MOST_COLUMNS {
        return fault("columns", format!("A file has at most {MOST_COLUMNS} columns; this one has {}", head.len()));
    }
    let mut columns = named(&head);
    let (mut record, mut rows) = (StringRecord::new(), 0);
    while reader.read_record(&mut record).map_err(broken)? {
        if is_blank(&record) {
            continue;
        }
        rows += 1;
        if rows > MOST_ROWS {
            return fault("rows", format!("A file has at most {MOST_ROWS} rows. Split it; each part is imported whole or not at all"));
        }
        for (column, value) in columns.iter_mut().zip(&record) {
            if column.samples.len() < SAMPLES && !value.is_empty() {
                column.samples.push(value.chars().take(60).collect());
            }
        }
    }
    if rows == 0 {
        return fault("rows", "The file has no rows below its first line".into());
    }
    Ok(Shape { delimiter, columns, rows })
}

/// Lines of nothing but separators, as spreadsheets leave them at the end.
pub fn is_blank(record: &StringRecord) -> bool {
    record.iter().all(str::is_empty)
}

/// The reader itself only stops at what is no UTF-8, which a decoded text always is.
pub fn broken(error: csv::Error) -> Problem {
    Problem::field("file", "format", format!("This can't be read as CSV: {error}"))
}

/// The sign that parts the first line into most fields.
fn delimiter(text: &str) -> u8 {
    let (mut counts, mut quoted) = ([(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)], false);
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            byte if !quoted => counts.iter_mut().filter(|(sign, _)| *sign == byte).for_each(|(_, count)| *count += 1),
            _ => {}
        }
    }
    // The earlier one wins a draw.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(sign, _)| *sign)
}

/// Names that are there once: an empty one becomes its place, a second one is numbered.
fn named(head: &StringRecord) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for (at, name) in head.iter().enumerate() {
        let plain = if name.is_empty() { format!("Column {}", at + 1) } else { name.chars().take(120).collect() };
        let (mut unique, mut count) = (plain.clone(), 1);
        while columns.iter().any(|c| c.name == unique) {
            count += 1;
            unique = format!("{plain} ({count})");
        }
        let guess = guess(&plain).filter(|target| !columns.iter().any(|c| c.guess == Some(*target)));
        columns.push(Column { name: unique, samples: Vec::new(), guess });
    }
    columns
}

fn guess(name: &str) -> Option<Target> {
    let letters: String = name.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect();
    WORDS.iter().find(|(_, words)| words.contains(&letters.as_str())).map(|(target, _)| *target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_and_columns_are_found() {
        let found = shape("E-Mail;Vorname;Nachname;Firma;E-Mail\r\nada@x.de;Ada;\"Love;lace\";Navy;\r\n;;;;\r\n").unwrap();
        assert_eq!((found.delimiter, found.rows), (b';', 1));
        let guesses: Vec<Option<Target>> = found.columns.iter().map(|c| c.guess).collect();
        assert_eq!(guesses, [Some(Target::Email), Some(Target::FirstName), Some(Target::LastName), Some(Target::Organization), None]);
        assert_eq!(found.columns[4].name, "E-Mail (2)");
        assert_eq!(found.columns[2].samples, ["Love;lace"]);
        assert_eq!(shape("mail\tname\na@b.c\tA\n").unwrap().delimiter, b'\t');
        assert_eq!(shape("\"a,b\"|mail\n1|2\n").unwrap().delimiter, b'|');
    }

    #[test]
    fn a_file_without_head_or_rows_says_so() {
        for bad in ["ada@example.com,Ada\n", "email,name\n", "\n\n", ",,,\n1,2,3\n", "email\n\n  \n"] {
            assert!(shape(bad).is_err(), "{bad:?}");
        }
        let wide = vec!["c"; 101].join(",") + "\n1\n";
        assert!(shape(&wide).is_err());
        let long = format!("email\n{}", "a@b.c\n".repeat(MOST_ROWS + 1));
        assert!(shape(&long).is_err());
    }
}
