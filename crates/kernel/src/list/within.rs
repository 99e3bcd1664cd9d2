//! The same reads inside a transaction that is already open, for changes that look before they write.

use super::failure::problem;
use super::grammar::{Query, Selection};
use super::json::JsonWriter;
use super::relation::Relation;
use super::run::{Object, Row, Rows, key_values};
use super::sql;
use super::transaction::Failure;
use crate::problem::Problem;
use futures::TryStreamExt as _;
use std::pin::pin;
use tokio_postgres::Client;

/// Reads one object by its primary key, given as text in the key's order.
///
/// # Errors
/// As [`super::one`].
pub async fn one(client: &Client, relation: &Relation, key: &[String], selection: &Selection) -> Result<Option<Object>, Problem> {
    let built = sql::one(relation, key, selection)?;
    let writer = JsonWriter::new(&built.outputs);
    let found = async {
        let rows = client.query_raw(&built.sql, &built.params).await?;
        let mut rows = pin!(rows);
        let mut found = None;
        while let Some(row) = rows.try_next().await? {
            let mut body = Vec::with_capacity(1024);
            writer.row(&row, &mut body).map_err(Failure::Unreadable)?;
            let version = key_values(&built.keys, &row).map_err(Failure::Unreadable)?.into_iter().next().flatten();
            found = Some(Object { body: body.into(), version });
        }
        Ok(found)
    };
    found.await.map_err(|failure| problem(failure, &built.sql, &built.params, &built.origins))
}

/// Reads a page as values.
///
/// # Errors
/// As [`super::page`].
pub async fn select(client: &Client, relation: &Relation, query: &Query) -> Result<Vec<Row>, Problem> {
    let built = sql::list(relation, query)?;
    let page = async {
        let stream = client.query_raw(&built.sql, &built.params).await?;
        let mut stream = pin!(stream);
        let mut rows = Rows::new(&built);
        while let Some(row) = stream.try_next().await? {
            rows.add(&row).map_err(Failure::Unreadable)?;
        }
        Ok(rows.page())
    };
    let page = page.await.map_err(|failure| problem(failure, &built.sql, &built.params, &built.origins))?;
    serde_json::from_slice(&page.body).map_err(Problem::internal)
}
