//! Running lists in read-only transactions of their own. For reads inside a transaction that is open already,
//! see `within`.

use super::count::{self, Counting};
use super::failure::problem;
use super::grammar::{Query, Selection};
use super::json::JsonWriter;
use super::page::{Page, Rows, key_values};
use super::relation::Relation;
use super::sql;
use super::transaction::{Preamble, READ, read};
use crate::problem::Problem;
use bytes::Bytes;
use deadpool_postgres::ClientWrapper;

/// One object.
#[derive(Debug)]
pub struct Object {
    /// A JSON object.
    pub body: Bytes,
    /// Its version where the relation has versions; for `ETag`.
    pub version: Option<String>,
}

/// A row as values, for callers that compute with it.
pub type Row = serde_json::Map<String, serde_json::Value>;

/// Reads a page, and counts when asked to. Everything runs in read-only transactions of its own that begin with
/// `preamble`; the connection must not be in a transaction.
///
/// # Errors
/// A `filter` problem that names the parameter when a value doesn't fit its column or the cursor is of another
/// order; otherwise what the database refuses, see `problem`.
pub async fn page(
    client: &ClientWrapper,
    preamble: &Preamble,
    relation: &Relation,
    query: &Query,
    counting: Option<Counting>,
) -> Result<Page, Problem> {
    let built = sql::list(relation, query)?;
    let mut rows = Rows::new(&built);
    read(client, READ, preamble, &built.sql, &built.params, |row| rows.add(row))
        .await
        .map_err(|failure| problem(failure, &built.sql, &built.params, &built.origins))?;
    let mut page = rows.page();
    if let Some(counting) = counting {
        page.counted(count::count(client, preamble, relation, query, counting).await?);
    }
    Ok(page)
}

/// Reads one object by its primary key, given as text in the key's order; `None` when it isn't there or lies
/// outside of the relation's fixed predicate.
///
/// # Errors
/// `malformed` when the key has the wrong number of parts; a `filter` problem when a part doesn't fit its type.
pub async fn one(
    client: &ClientWrapper,
    preamble: &Preamble,
    relation: &Relation,
    key: &[String],
    selection: &Selection,
) -> Result<Option<Object>, Problem> {
    let built = sql::one(relation, key, selection)?;
    let writer = JsonWriter::new(&built.outputs);
    let mut found = None;
    read(client, READ, preamble, &built.sql, &built.params, |row| {
        let mut body = Vec::with_capacity(1024);
        writer.check(row)?;
        writer.row(row, &mut body)?;
        let version = key_values(&built.keys, row)?.into_iter().next().flatten();
        found = Some(Object { body: body.into(), version });
        Ok(())
    })
    .await
    .map_err(|failure| problem(failure, &built.sql, &built.params, &built.origins))?;
    Ok(found)
}

/// Reads a page as values: the same objects that [`page`] gives as bytes.
///
/// # Errors
/// As [`page`].
pub async fn select(client: &ClientWrapper, preamble: &Preamble, relation: &Relation, query: &Query) -> Result<Vec<Row>, Problem> {
    let page = page(client, preamble, relation, query, None).await?;
    serde_json::from_slice(&page.body).map_err(Problem::internal)
}
