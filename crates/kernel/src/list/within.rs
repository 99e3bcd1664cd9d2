//! Reads inside a transaction that the caller has open: the targets of a change. One round trip each; nothing is
//! kept prepared, since changes come in many shapes and seldom.

use super::failure::problem;
use super::grammar::{Query, Selection};
use super::json::{JsonWriter, Unreadable};
use super::page::{Page, Rows, key_values};
use super::relation::Relation;
use super::run::{Object, Row};
use super::sql::{self, Built, Param};
use super::transaction::Failure;
use crate::problem::Problem;
use futures::TryStreamExt as _;
use std::pin::pin;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// One object by its primary key.
///
/// # Errors
/// As [`super::one`].
pub async fn one(client: &Client, relation: &Relation, key: &[String], selection: &Selection) -> Result<Option<Object>, Problem> {
    let built = sql::one(relation, key, selection)?;
    let writer = JsonWriter::new(&built.outputs);
    let mut found = None;
    run(client, &built, |row| {
        let mut body = Vec::with_capacity(1024);
        writer.row(row, &mut body)?;
        let version = key_values(&built.keys, row)?.into_iter().next().flatten();
        found = Some(Object { body: body.into(), version });
        Ok(())
    })
    .await?;
    Ok(found)
}

/// A page, without a count.
///
/// # Errors
/// As [`super::page`].
pub async fn page(client: &Client, relation: &Relation, query: &Query) -> Result<Page, Problem> {
    let built = sql::list(relation, query)?;
    let mut rows = Rows::new(&built);
    run(client, &built, |row| rows.add(row)).await?;
    Ok(rows.page())
}

/// The same as values.
///
/// # Errors
/// As [`super::page`].
pub async fn select(client: &Client, relation: &Relation, query: &Query) -> Result<Vec<Row>, Problem> {
    serde_json::from_slice(&page(client, relation, query).await?.body).map_err(Problem::internal)
}

async fn run(client: &Client, built: &Built, on_row: impl FnMut(&tokio_postgres::Row) -> Result<(), Unreadable>) -> Result<(), Problem> {
    rows(client, &built.sql, &built.params, on_row).await.map_err(|failure| problem(failure, &built.sql, &built.params, &built.origins))
}

/// Runs a statement whose values are all [`Param`]s; PostgreSQL finds out their types.
async fn rows(
    client: &Client,
    sql: &str,
    params: &[Param],
    mut on_row: impl FnMut(&tokio_postgres::Row) -> Result<(), Unreadable>,
) -> Result<(), Failure> {
    let stream = client.query_typed_raw(sql, params.iter().map(|p| (p, Type::UNKNOWN))).await?;
    let mut stream = pin!(stream);
    while let Some(row) = stream.try_next().await? {
        on_row(&row).map_err(Failure::Unreadable)?;
    }
    Ok(())
}
