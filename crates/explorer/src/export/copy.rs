//! A whole result as a stream: CSV as PostgreSQL's own COPY makes it, or a JSON object a line. Both run in the
//! transaction that is open on the connection, whose memory use doesn't grow with the result.

use kernel::Problem;
use kernel::list::json::JsonWriter;
use kernel::list::{Encoding, Param, Query, Relation, whole};
use serde_json::Value;
use std::fmt::Write as _;
use std::pin::Pin;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, CopyOutStream, RowStream};

/// The names of the columns, and lines of CSV without them.
pub struct Csv {
    pub header: Vec<String>,
    pub rows: Pin<Box<CopyOutStream>>,
}

/// Rows, and what writes them as JSON.
pub struct Objects {
    /// Names of the columns, and the form of each.
    pub columns: Vec<(String, Encoding)>,
    pub writer: JsonWriter,
    pub rows: Pin<Box<RowStream>>,
}

/// Begins to copy every row that a query matches; its limit and cursor don't count.
///
/// # Errors
/// A `filter` problem that names the parameter when a value doesn't fit its column; what the database refuses.
pub async fn csv(client: &Client, relation: &Relation, query: &Query) -> Result<Csv, Problem> {
    let bound = whole(relation, query, None)?;
    // Bound once, so that a value that doesn't fit is refused by name, and the type of each is known.
    let statement = client.prepare(&format!("{} limit 0", bound.sql)).await.map_err(|e| bound.problem(e))?;
    client.query(&statement, &values(&bound.params)).await.map_err(|e| bound.problem(e))?;
    let read = whole(relation, query, Some(statement.params()))?;
    if !bound.params.is_empty() {
        client.query(&set(&bound.params), &values(&bound.params)).await?;
    }
    let sql = format!("copy ({}) to stdout (format csv)", read.sql);
    let rows = Box::pin(client.copy_out(&sql).await.map_err(|e| bound.problem(e))?);
    Ok(Csv { header: bound.header(), rows })
}

/// Begins to read every row that a query matches; its limit and cursor don't count.
///
/// # Errors
/// As [`csv`].
pub async fn objects(client: &Client, relation: &Relation, query: &Query) -> Result<Objects, Problem> {
    let bound = whole(relation, query, None)?;
    let statement = client.prepare(&bound.sql).await.map_err(|e| bound.problem(e))?;
    let rows = Box::pin(client.query_raw(&statement, values(&bound.params)).await.map_err(|e| bound.problem(e))?);
    let columns = bound.header().into_iter().zip(bound.encodings()).collect();
    Ok(Objects { columns, writer: bound.writer(), rows })
}

/// Lets PostgreSQL read the values and ask for rights, without reading a row; gives how many rows the planner expects.
///
/// # Errors
/// As [`csv`].
pub async fn expected(client: &Client, relation: &Relation, query: &Query) -> Result<u64, Problem> {
    let bound = whole(relation, query, None)?;
    client.query(&format!("{} limit 0", bound.sql), &values(&bound.params)).await.map_err(|e| bound.problem(e))?;
    let plan: Value = client.query_one(&format!("explain (format json) {}", bound.sql), &values(&bound.params)).await?.try_get(0)?;
    let rows = plan.pointer("/0/Plan/Plan Rows").and_then(Value::as_f64).unwrap_or_default();
    // The planner gives whole numbers, far below where a float would round them.
    Ok(rows.max(0.0) as u64)
}

/// Puts each value into a setting of the transaction.
fn set(params: &[Param]) -> String {
    let mut sql = String::from("select ");
    for number in 1..=params.len() {
        let comma = if number > 1 { ", " } else { "" };
        let _ = write!(sql, "{comma}pg_catalog.set_config('quarterdeck.p{number}', ${number}, true)");
    }
    sql
}

fn values(params: &[Param]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|param| param as &(dyn ToSql + Sync)).collect()
}
