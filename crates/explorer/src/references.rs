//! What references a row: asked before it is deleted.

use crate::catalogue::{self, Reference, Table};
use crate::source::place;
use crate::state::State;
use deadpool_postgres::ClientWrapper;
use http::StatusCode;
use kernel::endpoint::{Response, json};
use kernel::list::{Param, Query, predicate, quote, quote_qualified};
use kernel::{Call, Problem, Result, SeenAs};
use serde::Serialize;
use std::sync::Arc;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

/// Counted no further than this.
const CAP: i64 = 1000;
/// A reference without an index on it can take long to count.
const BEGIN: &str = "begin read only; set local statement_timeout = '3s'";

#[derive(Serialize)]
struct Found<'a> {
    schema: &'a str,
    table: &'a str,
    constraint: &'a str,
    columns: &'a [String],
    on_delete: &'static str,
    /// `None`: it took too long, or the login may not look.
    count: Option<i64>,
    capped: bool,
}

/// Rows that reference the rows matched; without a filter, any row.
///
/// # Errors
/// 400 when the filter can't be read, 404 without the table, 503 when the source is away.
pub async fn list(state: &Arc<State>, call: &Call) -> Result<Response> {
    crate::tables::admit(call, "rows:read")?;
    let source = state.for_caller(call).await?;
    let table = catalogue::table(&source, call.param("schema"), call.param("table")).await?;
    let query = Query::parse_string(&table.relation, &call.query)?;
    let filter = predicate(&table.relation, &query.filter, query.search.as_deref(), 1)?;
    let conn = source.conn().await?;
    let seen = call.caller()?.seen_as.as_deref();
    let mut found = Vec::with_capacity(table.referenced_by.len());
    for reference in &table.referenced_by {
        let count = count(&conn, &table, reference, (&filter.sql, &filter.params), CAP, seen, |error| filter.problem(error))
            .await
            .map_err(|problem| source.named(problem))?;
        found.push(Found {
            schema: &reference.schema,
            table: &reference.table,
            constraint: &reference.name,
            columns: &reference.columns,
            on_delete: reference.on_delete,
            count: count.map(|count| count.min(CAP)),
            capped: count.is_none_or(|count| count > CAP),
        });
    }
    json(StatusCode::OK, &found)
}

/// Rows that reference those that a condition over `t` finds, counted no further than `cap`; none where it takes too long
/// or may not be seen.
///
/// # Errors
/// What the database refuses.
pub async fn count(
    conn: &ClientWrapper,
    table: &Table,
    reference: &Reference,
    (condition, params): (&str, &[Param]),
    cap: i64,
    seen: Option<&SeenAs>,
    problem: impl FnOnce(Error) -> Problem,
) -> Result<Option<i64>> {
    let joined: Vec<String> = reference
        .columns
        .iter()
        .zip(&reference.target_columns)
        .map(|(own, target)| table.equals(target, &format!("r.{}", quote(own))))
        .collect();
    let sql = format!(
        "select count(*) from (select from {} as r join {} as t on {} where {} limit {}) as n",
        quote_qualified(&reference.schema, &reference.table),
        table.relation.from,
        joined.join(" and "),
        condition,
        cap + 1
    );
    let params: Vec<(&(dyn ToSql + Sync), Type)> = params.iter().map(|param| (param as &(dyn ToSql + Sync), Type::UNKNOWN)).collect();
    let taking = place::statement(conn, seen).await?;
    let (begun, taken, row, ended) = futures::join!(
        conn.batch_execute(BEGIN),
        place::take(conn, taking.as_ref(), seen),
        conn.query_typed(&sql, &params),
        place::commit(conn, seen)
    );
    begun?;
    match taken.and(row) {
        Ok(rows) => {
            ended?;
            Ok(rows.first().map(|row| row.get(0)))
        }
        Err(error)
            if matches!(error.code(), Some(&SqlState::QUERY_CANCELED | &SqlState::INSUFFICIENT_PRIVILEGE | &SqlState::UNDEFINED_TABLE)) =>
        {
            Ok(None)
        }
        Err(error) => Err(problem(error)),
    }
}
