//! How a file becomes rows of a table: what goes into which column, and what happens with rows that are there already.

use super::shape::{FileColumn, Format};
use crate::catalogue::{Column, Table, TableKind};
use crate::rows::body;
use kernel::problem::FieldError;
use kernel::{Problem, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Mode {
    /// Every row is new.
    #[default]
    Insert,
    /// A row that is there is changed, any other is new.
    Upsert,
    /// Rows that are there are changed; others are passed over.
    Update,
    /// Rows that are there are passed over.
    Skip,
}

/// Where the values of a column come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Fill {
    /// A column of the file
    Column {
        /// Its name
        column: String,
    },
    /// The same value in every row
    Value {
        /// As PostgreSQL reads it; null is NULL
        value: Option<String>,
    },
}

/// What somebody says about an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Columns of the table, and what goes into them; others get their default. Guessed by the names without
    #[serde(default)]
    pub columns: Option<BTreeMap<String, Fill>>,
    /// insert: every row is new; upsert: rows that are there are changed; update: only those are; skip: those are passed over
    #[serde(default)]
    pub mode: Mode,
    /// The unique columns that tell whether a row is there; the primary key without
    #[serde(default)]
    pub key: Option<Vec<String>>,
    /// Text that means NULL when it stands without quotes; without, nothing at all means it. \N always does
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub null: Option<String>,
    /// Import nothing unless every row fits
    #[serde(default)]
    pub whole: bool,
}

/// Where one column's values come from, found in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    Field(usize),
    Value(Option<String>),
}

/// An import that fits its table.
#[derive(Clone, Debug)]
pub struct Plan {
    pub table: Arc<Table>,
    pub format: Format,
    pub delimiter: u8,
    /// Columns of the file.
    pub file: Vec<String>,
    /// Columns of the table that are written, and from what.
    pub columns: Vec<(Column, From)>,
    pub mode: Mode,
    pub key: Vec<String>,
    pub null: Option<String>,
    pub whole: bool,
}

impl Settings {
    /// The same with every column that is called as in the file.
    pub fn guessed(self, file: &[FileColumn], table: &Table) -> Self {
        if self.columns.is_some() {
            return self;
        }
        let fits = |name: &String| self.mode == Mode::Update || body::writable(table, name).is_ok();
        let columns =
            file.iter().filter_map(|column| Some((column.target.clone().filter(fits)?, Fill::Column { column: column.name.clone() })));
        Self { columns: Some(columns.collect()), ..self }
    }
}

impl Plan {
    /// # Errors
    /// 403 when the table takes no such rows; 422 at what doesn't fit.
    pub fn new(table: Arc<Table>, format: Format, delimiter: Option<u8>, file: &[FileColumn], settings: &Settings) -> Result<Self> {
        if settings.mode != Mode::Update {
            table.insert.check()?;
        }
        if matches!(settings.mode, Mode::Update | Mode::Upsert) {
            table.update.check()?;
        }
        let key = match &settings.key {
            Some(key) => key.clone(),
            None => table.primary_key.clone(),
        };
        let mut plan = Self {
            format,
            delimiter: delimiter.unwrap_or(b','),
            file: file.iter().map(|column| column.name.clone()).collect(),
            columns: Vec::new(),
            mode: settings.mode,
            key: if settings.mode == Mode::Insert { Vec::new() } else { key },
            null: settings.null.clone(),
            whole: settings.whole,
            table,
        };
        let mut errors = Vec::new();
        for (name, fill) in settings.columns.iter().flatten() {
            match plan.column(name, fill) {
                Ok(column) => plan.columns.push(column),
                Err(error) => errors.push(error),
            }
        }
        // As they stand in the table: what was given has no order.
        let place = |name: &str| plan.table.columns.iter().position(|c| c.name == name);
        plan.columns.sort_by_key(|(column, _)| place(&column.name));
        errors.extend(plan.key_errors());
        if plan.columns.is_empty() && errors.is_empty() {
            errors.push(wrong("columns", "required", "Say which column of the file goes into which of the table: none is called the same"));
        }
        if errors.is_empty() { Ok(plan) } else { Err(Problem::validation(errors)) }
    }

    fn column(&self, name: &str, fill: &Fill) -> Result<(Column, From), FieldError> {
        // What only finds the row isn't written.
        let finds = self.mode == Mode::Update && self.key.iter().any(|key| key == name);
        let column = match self.table.column(name).filter(|column| finds && column.readable && column.unknown_type.is_none()) {
            Some(column) => column,
            None => body::writable(&self.table, name).map_err(|error| FieldError { field: format!("columns.{name}"), ..error })?,
        };
        let from = match fill {
            Fill::Value { value } => From::Value(value.clone()),
            Fill::Column { column } => match self.file.iter().position(|known| known == column) {
                Some(place) => From::Field(place),
                None => return Err(wrong(&format!("columns.{name}"), "unknown", &format!("The file has no column {column}"))),
            },
        };
        Ok((column.clone(), from))
    }

    fn key_errors(&self) -> Vec<FieldError> {
        match self.mode {
            Mode::Insert => return Vec::new(),
            // Then any rule that two rows differ counts.
            Mode::Skip if self.key.is_empty() => return Vec::new(),
            _ => {}
        }
        if self.key.is_empty() {
            return vec![wrong("key", "required", "The table has no primary key: say by which unique columns a row is found")];
        }
        if self.mode == Mode::Update && self.changed().next().is_none() {
            return vec![wrong("columns", "required", "Nothing would be changed: only the columns that find a row are filled")];
        }
        let same = |columns: &[String]| columns.len() == self.key.len() && self.key.iter().all(|key| columns.contains(key));
        let table = &self.table;
        let is_key = same(&table.primary_key)
            || table.uniques.iter().any(|unique| same(&unique.columns))
            || table.indexes.iter().any(|index| index.unique && same(&index.columns));
        // A view has no keys of its own; PostgreSQL says whether it can tell rows by them.
        if !is_key && table.kind != TableKind::View {
            return vec![wrong(
                "key",
                "unique",
                &format!("Two rows may be the same in {}: choose columns with a unique index", self.key.join(", ")),
            )];
        }
        let missing: Vec<&String> = self.key.iter().filter(|key| !self.columns.iter().any(|(column, _)| column.name == **key)).collect();
        missing.iter().map(|name| wrong("key", "required", &format!("{name} tells which row is meant: say what goes into it"))).collect()
    }

    /// Columns that are changed in a row that is there.
    pub fn changed(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().map(|(column, _)| column).filter(|column| !self.key.contains(&column.name))
    }
}

fn wrong(field: &str, code: &str, message: &str) -> FieldError {
    FieldError { field: field.to_owned(), code: code.to_owned(), message: message.to_owned() }
}
