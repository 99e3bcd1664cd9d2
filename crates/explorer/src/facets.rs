//! Which values a column has most often, from the planner's statistics: nothing is read of the table itself.
//!
//! `pg_stats` shows a role only columns that it may read, of tables whose policies don't bind it; and here the role is the
//! one that rows are read as. A column that the explorer may not read does not exist.

use crate::catalogue::{self, Category, Column};
use crate::source::place;
use crate::state::State;
use http::{Method, StatusCode};
use kernel::endpoint::{Access, Endpoint, Response, json as respond};
use kernel::{Call, Module, Problem, Result};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use tokio_postgres::types::ToSql;

/// Of a table with the oid `$1`, the column `$2`; statistics of all its partitions together where there are some.
const COMMON: &str = "
select s.attname is not null, pg_catalog.row_security_active(c.oid),
  coalesce(s.most_common_vals, s.most_common_elems)::text::text[], coalesce(case when s.most_common_vals is null then null else s.most_common_freqs end, s.most_common_elem_freqs)::float8[],
  s.null_frac::float8, s.n_distinct::float8, greatest(c.reltuples, 0)::float8
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname and s.attname = $2::text
where c.oid = $1 order by s.inherited desc nulls last limit 1";

pub const STATEMENTS: &[&str] = &[COMMON];

const MOST: usize = 50;
/// A longer value is nothing to choose from a list.
const LONGEST: usize = 200;

#[derive(Serialize)]
struct Facets {
    values: Vec<Facet>,
    /// Share of rows without a value, from 0 to 1; none without statistics.
    nulls: Option<f64>,
    /// How many different values there are, as the planner estimates.
    distinct: Option<String>,
    /// Why there are no values.
    reason: Option<&'static str>,
}

#[derive(Serialize)]
struct Facet {
    value: String,
    /// Share of all rows, from 0 to 1.
    share: f64,
}

pub(crate) fn routes(module: Module, state: &Arc<State>) -> Module {
    let state = state.clone();
    module.route(
        Endpoint::new(
            Method::GET,
            "/explorer/{source}/tables/{schema}/{table}/facets",
            "explorer.facets",
            Access::Permission("rows:read".into()),
            move |call: Call| {
                let state = state.clone();
                async move { list(&state, &call).await }
            },
        )
        .summary("The most common values of a column with their shares, as the planner knows them")
        .parameter("column", "query", "The column; required")
        .answer(
            json!({"type": "object", "properties": {"values": {"type": "array", "items": {"type": "object", "properties": {"value": {"type": "string"}, "share": {"type": "number"}}}},
                "nulls": {"type": ["number", "null"]}, "distinct": {"type": ["string", "null"]}, "reason": {"type": ["string", "null"]}}}),
            json!({"values": [{"value": "USA", "share": 0.22}], "nulls": 0.0, "distinct": "24", "reason": null}),
        ),
    )
}

async fn list(state: &Arc<State>, call: &Call) -> Result<Response> {
    crate::tables::admit(call, "rows:read")?;
    let source = state.for_caller(call).await?;
    let table = catalogue::table(&source, call.param("schema"), call.param("table")).await?;
    let name = call.query_value("column").ok_or_else(|| Problem::malformed("Say which column: ?column=name"))?;
    let column = table.column(&name).filter(|column| column.readable);
    let column = column.ok_or_else(|| Problem::filter("column", format!("there is no column {name}")))?;
    let seen = call.caller()?.seen_as.as_deref();
    let conn = source.conn().await?;
    let statement = conn.prepare_cached(COMMON).await.map_err(|error| source.named(error.into()))?;
    let taking = place::statement(&conn, seen).await?;
    let named: [&(dyn ToSql + Sync); 2] = [&table.oid, &name];
    let (begun, taken, row, ended) = futures::join!(
        conn.batch_execute("begin read only"),
        place::take(&conn, taking.as_ref(), seen),
        conn.query_opt(&statement, &named),
        place::commit(&conn, seen)
    );
    begun?;
    taken?;
    let row = row?;
    ended?;
    let row = row.ok_or_else(|| Problem::new(kernel::problem::Kind::NotFound, "The table is not there any more"))?;
    respond(StatusCode::OK, &facets(&row, column)?)
}

fn facets(row: &tokio_postgres::Row, column: &Column) -> Result<Facets> {
    let (is_known, is_bound): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
    let (values, shares): (Option<Vec<String>>, Option<Vec<f64>>) = (row.try_get(2)?, row.try_get(3)?);
    let (distinct, rows): (Option<f64>, f64) = (row.try_get(5)?, row.try_get(6)?);
    let shown = |value: String| match (column.category, value.as_str()) {
        (Category::Bool, "t") => "true".to_owned(),
        (Category::Bool, "f") => "false".to_owned(),
        _ => value,
    };
    let values: Vec<Facet> = values
        .unwrap_or_default()
        .into_iter()
        .zip(shares.unwrap_or_default())
        .filter(|(value, _)| value.len() <= LONGEST)
        .take(MOST)
        .map(|(value, share)| Facet { value: shown(value), share })
        .collect();
    let reason = match (is_known, is_bound) {
        _ if !values.is_empty() => None,
        (true, _) => Some("No value stands out"),
        (false, true) => Some("Row policies bind who looks, so the statistics of all rows are hidden"),
        (false, false) => Some("The database has no statistics of this column yet; ANALYZE makes them"),
    };
    // A negative number is a share of all rows.
    let distinct = distinct.map(|n| if n < 0.0 { -n * rows } else { n }).map(|n| format!("{n:.0}"));
    Ok(Facets { values, nulls: row.try_get(4)?, distinct, reason })
}
