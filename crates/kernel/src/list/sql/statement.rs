//! The whole statements: a page, one object, a count, and the pieces for the explorer's writes.

use super::order::{self, SortKey};
use super::param::{Origins, Param};
use super::records::{Form, Records};
use super::select::Output;
use super::writer::{OURS, Writer};
use crate::list::cursor::{Cursor, fingerprint};
use crate::list::failure;
use crate::list::grammar::{MAX_OFFSET, Node, Query, Selection};
use crate::list::json::JsonWriter;
use crate::list::relation::Relation;
use crate::list::types::{Encoding, Scalar};
use crate::problem::Problem;
use std::fmt::Write as _;

/// A statement that is ready to run.
#[derive(Debug, Default)]
pub(crate) struct Built {
    pub(crate) sql: String,
    pub(crate) params: Vec<Param>,
    pub(crate) origins: Origins,
    pub(crate) outputs: Vec<Output>,
    /// Where the values of the order's keys are, for the cursors; empty when the pages go by offset.
    pub(crate) keys: Vec<(usize, Scalar)>,
    /// Identifies the order; part of every cursor.
    pub(crate) order: String,
    pub(crate) cursor: Option<Cursor>,
    /// Rows of the page begin here, as far as that is known.
    pub(crate) offset: u64,
    pub(crate) limit: usize,
}

impl Built {
    pub(crate) fn is_backward(&self) -> bool {
        self.cursor.as_ref().is_some_and(|c| c.backward)
    }
}

/// A page of a list. One row more than the page is asked for, to know whether there is a next one.
pub(crate) fn list(relation: &Relation, query: &Query) -> Result<Built, Problem> {
    let mut writer = Writer::new(relation, 1);
    let (order, total) = order::complete(relation, query);
    let order_id = fingerprint(&order);
    let cursor = query.cursor.as_deref().map(|text| Cursor::read(text, &order_id, if total { order.len() } else { 0 })).transpose()?;

    let mut columns = writer.columns(&query.select, query.versions, query.shorten)?;
    let mut keys: Vec<SortKey> = Vec::with_capacity(order.len());
    for key in &order {
        keys.push(writer.sort_key(key)?);
    }
    let mut places = Vec::new();
    if total {
        for key in &keys {
            let index = match columns.position(&key.field).filter(|_| key.cast.is_empty()) {
                Some(index) => index,
                None => columns.add(&format!("{}{}", key.expr, key.cast)),
            };
            places.push((index, key.scalar));
        }
    }
    let backward = cursor.as_ref().is_some_and(|c| c.backward);
    if backward {
        keys = keys.iter().map(SortKey::reversed).collect();
    }
    let segments = match &cursor {
        Some(cursor) if total => writer.segments(&keys, &cursor.values),
        _ => Vec::new(),
    };
    let fetch = if query.limit == 0 { 0 } else { query.limit + 1 };
    let skip = match &cursor {
        Some(cursor) if !total => cursor.offset,
        Some(_) => 0,
        None => u64::from(query.offset),
    };
    if skip > u64::from(MAX_OFFSET) {
        return Err(Problem::filter("offset", format!("is at most {MAX_OFFSET}; narrow the filter to see the other rows")));
    }

    if segments.len() > 1 {
        writer.push("(");
    }
    let start = writer.sql.len();
    writer.push("select ");
    writer.push(columns.list());
    writer.mark(start, if query.select.items.is_empty() { OURS } else { "select" });
    writer.push(" from ");
    writer.push(&relation.from);
    writer.push(" as t");
    let mut any = writer.wheres(&query.filter, query.search.as_deref())?;
    // Said again for each further segment.
    let head = if segments.len() > 1 { writer.sql.get(start..).unwrap_or_default().to_owned() } else { String::new() };
    let has_where = any;
    for (i, segment) in segments.iter().enumerate() {
        if i > 0 {
            writer.push(") union all (");
            writer.push(&head);
            any = has_where;
        }
        writer.conjunction(&mut any);
        writer.push("(");
        writer.push(segment);
        writer.push(")");
        if i + 1 < segments.len() {
            writer.order_by(&keys);
            let _ = write!(writer.sql, " limit {fetch}");
        }
    }
    writer.order_by(&keys);
    let _ = write!(writer.sql, " limit {fetch}");
    if segments.len() > 1 {
        // The segments are in order, each is sorted, and PostgreSQL reads them one after the other (a subquery
        // with a limit is never run in parallel), stopping as soon as the page is full.
        let _ = write!(writer.sql, ") limit {fetch}");
    }
    if skip > 0 {
        let skip = writer.bind(skip.to_string(), "offset");
        let _ = write!(writer.sql, " offset {skip}");
    }
    let offset = cursor.as_ref().map_or(skip, |c| c.offset);
    Ok(Built {
        sql: writer.sql,
        params: writer.params,
        origins: writer.origins,
        outputs: columns.outputs,
        keys: places,
        order: order_id,
        cursor,
        offset,
        limit: query.limit as usize,
    })
}

/// One object by its primary key.
pub(crate) fn one(relation: &Relation, key: &[String], selection: &Selection) -> Result<Built, Problem> {
    let mut writer = Writer::new(relation, 1);
    let mut columns = writer.columns(selection, false, None)?;
    // The version stands beside the object, not in it.
    let version = relation.version.as_ref().map(|version| columns.add(&format!("({version})::text")));
    writer.push("select ");
    writer.push(columns.list());
    writer.push(" from ");
    writer.push(&relation.from);
    writer.push(" as t");
    let mut any = writer.wheres(&[], None)?;
    for (name, value) in relation.primary_key.iter().zip(key) {
        let Some(column) = relation.find(name) else { continue };
        let value = writer.bind(value.as_str(), name);
        writer.conjunction(&mut any);
        let start = writer.sql.len();
        writer.push(&format!("{} = {value}", column.sql()));
        writer.mark(start, name);
    }
    if relation.primary_key.len() != key.len() || key.is_empty() {
        return Err(Problem::malformed(format!(
            "The key has {} parts; {} are needed ({})",
            key.len(),
            relation.primary_key.len(),
            relation.primary_key.join(", ")
        )));
    }
    writer.push(" limit 1");
    let keys = version.map(|index| (index, Scalar::Text)).into_iter().collect();
    let Writer { sql, params, origins, .. } = writer;
    Ok(Built { sql, params, origins, outputs: columns.outputs, keys, limit: 1, ..Built::default() })
}

/// How many rows match. `cap`: count no further than this.
pub(crate) fn count(relation: &Relation, query: &Query, form: CountForm) -> Result<Built, Problem> {
    let mut writer = Writer::new(relation, 1);
    writer.push(match form {
        CountForm::Exact => "select count(*) from ",
        CountForm::Capped(_) => "select count(*) from (select 1 from ",
        CountForm::Plan => "explain (format json) select 1 from ",
    });
    writer.push(&relation.from);
    writer.push(" as t");
    writer.wheres(&query.filter, query.search.as_deref())?;
    if let CountForm::Capped(cap) = form {
        let _ = write!(writer.sql, " limit {cap}) as c");
    }
    let Writer { sql, params, origins, .. } = writer;
    Ok(Built { sql, params, origins, limit: 1, ..Built::default() })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CountForm {
    Exact,
    Capped(u64),
    Plan,
}

/// A condition for a statement of the caller's own, over the alias `t`.
#[derive(Debug)]
pub struct Predicate {
    /// Without `where`; `true` when nothing is asked.
    pub sql: String,
    pub params: Vec<Param>,
    origins: Origins,
    first: usize,
}

impl Predicate {
    /// What the database said about a statement that this is part of: a value that doesn't fit its column is a
    /// `filter` problem that names the parameter, everything else what it always is.
    #[must_use]
    pub fn problem(&self, error: tokio_postgres::Error) -> Problem {
        failure::part(error, &self.origins, self.first)
    }
}

/// The relation's fixed predicate, the filters and the search, with placeholders from `$first` on.
///
/// # Errors
/// A `filter` problem when a filter names a column that is not there.
pub fn predicate(relation: &Relation, filters: &[Node], search: Option<&str>, first: usize) -> Result<Predicate, Problem> {
    let mut writer = Writer::new(relation, first);
    let sql = if writer.wheres(filters, search)? {
        writer.sql.strip_prefix(" where ").unwrap_or(&writer.sql).to_owned()
    } else {
        "true".to_owned()
    };
    Ok(Predicate { sql, params: writer.params, origins: writer.origins, first })
}

/// A select list for a statement of the caller's own (`returning …`), and the way its rows become JSON.
#[derive(Debug)]
pub struct Returning {
    pub sql: String,
    pub params: Vec<Param>,
    pub(crate) outputs: Vec<Output>,
}

impl Returning {
    /// The same in one column, as a record: a statement has at most 1,664 columns.
    #[must_use]
    pub fn packed(self) -> Self {
        let records = Records { form: Form::Spread, outputs: self.outputs.into() };
        let output = Output { key: String::new(), encoding: Encoding::TEXT, index: 0, shorten: None, records: Some(records) };
        Self { sql: format!("row({})", self.sql), outputs: vec![output], ..self }
    }

    /// The writer of rows that have these columns from `first` on.
    #[must_use]
    pub fn writer(&self, first: usize) -> JsonWriter {
        let moved = |output: &Output| Output { index: output.index + first, ..output.clone() };
        JsonWriter::new(&self.outputs.iter().map(moved).collect::<Vec<_>>())
    }
}

/// Columns of the relation as the alias `t` gives them, with placeholders from `$first` on.
///
/// # Errors
/// A `filter` problem when the selection names a column that is not there.
pub fn returning(relation: &Relation, selection: &Selection, versions: bool, first: usize) -> Result<Returning, Problem> {
    let mut writer = Writer::new(relation, first);
    let columns = writer.columns(selection, versions, None)?;
    Ok(Returning { sql: columns.list().to_owned(), params: writer.params, outputs: columns.outputs })
}
