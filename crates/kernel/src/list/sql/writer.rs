//! The statement while it is being written.

use super::param::{Origins, Param};
use crate::list::grammar::{Field, Step};
use crate::list::quote::quote_qualified;
use crate::list::relation::{Fixed, Relation};
use crate::problem::Problem;
use postgres_types::Type;
use std::fmt::Write as _;

/// Origin of what the caller did not write.
pub(super) const OURS: &str = "";

pub(super) struct Writer<'r> {
    pub(super) relation: &'r Relation,
    pub(super) sql: String,
    pub(super) params: Vec<Param>,
    pub(super) origins: Origins,
    /// The number of the first placeholder.
    first: usize,
    /// Types of the values, when they are read from settings of the transaction instead.
    settings: Option<Vec<Type>>,
}

impl<'r> Writer<'r> {
    pub(super) fn new(relation: &'r Relation, first: usize) -> Self {
        let (sql, params, origins) = (String::with_capacity(512), Vec::new(), Origins::default());
        let mut writer = Self { relation, sql, params, origins, first, settings: None };
        for given in &relation.given {
            writer.bind_param(given.value.clone(), &given.parameter);
        }
        writer
    }

    /// Values are read from settings from now on, each as its type.
    pub(super) fn read_settings(&mut self, types: &[Type]) {
        self.settings = Some(types.to_vec());
    }

    pub(super) fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    /// Binds a value; gives its placeholder.
    pub(super) fn bind(&mut self, value: impl Into<String>, origin: &str) -> String {
        self.bind_param(Param(Some(value.into())), origin)
    }

    fn bind_param(&mut self, param: Param, origin: &str) -> String {
        let is_null = param.0.is_none();
        self.params.push(param);
        self.origins.params.push(origin.to_owned());
        if is_null && self.settings.is_some() {
            return "null".to_owned();
        }
        self.placeholder(self.first + self.params.len() - 1)
    }

    fn placeholder(&self, number: usize) -> String {
        let of_type = self.settings.as_ref().map(|types| number.checked_sub(self.first).and_then(|index| types.get(index)));
        match of_type {
            None => format!("${number}"),
            Some(None) => "null".to_owned(),
            Some(Some(ty)) => {
                format!("pg_catalog.current_setting('quarterdeck.p{number}')::{}", quote_qualified(ty.schema(), ty.name()))
            }
        }
    }

    /// Remembers that the SQL since `start` came from a request parameter.
    pub(super) fn mark(&mut self, start: usize, origin: &str) {
        self.origins.spans.push((start..self.sql.len(), origin.to_owned()));
    }

    /// A field as an expression; the keys of its path are bound.
    pub(super) fn field(&mut self, field: &Field, origin: &str) -> Result<String, Problem> {
        let column =
            self.relation.find(&field.column).ok_or_else(|| Problem::filter(origin, format!("there is no column “{}”", field.column)))?;
        let mut sql = column.sql();
        if field.steps.is_empty() {
            return Ok(sql);
        }
        for step in &field.steps {
            match step {
                Step::Key(key) => {
                    let key = self.bind(key.as_str(), origin);
                    let _ = write!(sql, "->{key}::text");
                }
                Step::KeyText(key) => {
                    let key = self.bind(key.as_str(), origin);
                    let _ = write!(sql, "->>{key}::text");
                }
                Step::Index(index) => {
                    let index = self.bind(index.to_string(), origin);
                    let _ = write!(sql, "->{index}::int4");
                }
                Step::IndexText(index) => {
                    let index = self.bind(index.to_string(), origin);
                    let _ = write!(sql, "->>{index}::int4");
                }
            }
        }
        Ok(format!("({sql})"))
    }

    /// A predicate of ours, its placeholders moved to where this statement's own begin.
    pub(super) fn fixed(&mut self, fixed: &Fixed) {
        let base = self.first + self.params.len() - 1;
        for value in &fixed.params {
            self.bind_param(Param(value.clone()), OURS);
        }
        self.sql.push('(');
        let mut rest = fixed.sql.as_str();
        while let Some((before, after)) = rest.split_once('$') {
            self.sql.push_str(before);
            let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            let (number, tail) = after.split_at(digits);
            match number.parse::<usize>() {
                Ok(number) => {
                    let placeholder = self.placeholder(base + number);
                    self.sql.push_str(&placeholder);
                }
                Err(_) => {
                    self.sql.push('$');
                    self.sql.push_str(number);
                }
            }
            rest = tail;
        }
        self.sql.push_str(rest);
        self.sql.push(')');
    }
}
