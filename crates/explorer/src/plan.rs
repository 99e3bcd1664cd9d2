//! What a list will cost, as the planner estimates before anything runs, and the index that would serve it.

use crate::catalogue::{self, Table};
use crate::source::place;
use crate::state::State;
use http::{Method, StatusCode};
use kernel::endpoint::{Access, Endpoint, Response, json as respond};
use kernel::list::grammar::{Condition, Direction, Field, Node, Nulls, Operator, Step};
use kernel::list::{Kind, Query, part, quote, quote_qualified};
use kernel::{Call, Module, Problem, Result};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio_postgres::types::{ToSql, Type};

/// Smaller tables are read quickly without any index.
const LARGE: f64 = 100_000.0;
/// A cost from which people notice that they wait, in the planner's units: some 40 MB read in passing.
const SLOW: f64 = 5_000.0;
/// What is found in fewer than one row of so many may take a while to be found.
const RARE: f64 = 20.0;
/// An index of more columns serves nobody.
const WIDEST: usize = 3;

#[derive(Serialize)]
struct Estimate {
    /// Whether the list will take long for want of an index.
    slow: bool,
    /// Rows of the table, as the planner estimates.
    rows: String,
    /// In the planner's units.
    cost: f64,
    /// What somebody may run to make it quick.
    indexes: Vec<String>,
}

pub(crate) fn routes(module: Module, state: &Arc<State>) -> Module {
    let state = state.clone();
    module.route(
        Endpoint::new(
            Method::GET,
            "/explorer/{source}/tables/{schema}/{table}/plan",
            "explorer.plan",
            Access::Permission("rows:read".into()),
            move |call: Call| {
                let state = state.clone();
                async move { estimate(&state, &call).await }
            },
        )
        .summary("Whether a list of this table will take long for want of an index, and which index would serve it; nothing is run")
        .list_parameters()
        .answer(
            json!({"type": "object", "properties": {"slow": {"type": "boolean"}, "rows": {"type": "string"}, "cost": {"type": "number"},
                "indexes": {"type": "array", "items": {"type": "string"}}}}),
            json!({"slow": true, "rows": "1000000", "cost": 25083.0, "indexes": ["create index concurrently on \"public\".\"invoice\" (\"billing_city\")"]}),
        ),
    )
}

async fn estimate(state: &Arc<State>, call: &Call) -> Result<Response> {
    crate::tables::admit(call, "rows:read")?;
    let source = state.for_caller(call).await?;
    let table = catalogue::table(&source, call.param("schema"), call.param("table")).await?;
    let query = Query::parse_string(&table.relation, &call.query)?;
    let parts = part(&table.relation, &query, 1)?;
    let sql = format!(
        "explain (format json) select {} from {} as t where {}{} limit {}",
        parts.columns,
        table.relation.from,
        parts.filter,
        parts.order,
        query.limit + 1
    );
    let params: Vec<(&(dyn ToSql + Sync), Type)> =
        parts.given.iter().map(|given| (&given.value as &(dyn ToSql + Sync), Type::UNKNOWN)).collect();
    let seen = call.caller()?.seen_as.as_deref();
    let conn = source.conn().await?;
    let taking = place::statement(&conn, seen).await?;
    let (begun, taken, rows, ended) = futures::join!(
        conn.batch_execute("begin read only"),
        place::take(&conn, taking.as_ref(), seen),
        conn.query_typed(&sql, &params),
        place::commit(&conn, seen)
    );
    begun?;
    taken?;
    // A value that doesn't fit is said better by the list itself.
    let rows = rows.map_err(|error| match error.as_db_error() {
        Some(db) => Problem::malformed(format!("This can't be planned: {}", db.message())).because(error),
        None => source.named(error.into()),
    })?;
    ended?;
    let plan: Value = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
    respond(StatusCode::OK, &judged(&table, &query, &plan))
}

fn judged(table: &Table, query: &Query, plan: &Value) -> Estimate {
    let top = plan.pointer("/0/Plan").unwrap_or(&Value::Null);
    let cost = top["Total Cost"].as_f64().unwrap_or_default();
    let rows: f64 = table.estimated_rows.as_deref().and_then(|rows| rows.parse().ok()).unwrap_or_default();
    let slow = rows >= LARGE && reads_all(top, rows);
    Estimate { slow, rows: format!("{rows:.0}"), cost, indexes: if slow { indexes(table, query) } else { Vec::new() } }
}

/// Whether a part of the plan may have to read a whole table, or sorts one. What is found in one row of twenty or more is
/// found soon, and the page is full; what is rarer may not be there at all, whatever the planner hopes.
fn reads_all(node: &Value, rows: f64) -> bool {
    let number = |name: &str| node[name].as_f64().unwrap_or_default();
    let is_dear = number("Total Cost") >= SLOW;
    let is_one = match node["Node Type"].as_str() {
        Some("Sort" | "Incremental Sort") => is_dear,
        Some("Seq Scan" | "Index Scan" | "Index Only Scan") => {
            let is_sieved = node.get("Filter").is_some() && node.get("Index Cond").is_none();
            is_dear && is_sieved && number("Plan Rows") * RARE < rows
        }
        _ => false,
    };
    is_one || node["Plans"].as_array().is_some_and(|inner| inner.iter().any(|node| reads_all(node, rows)))
}

/// One index for all that must hold and the order, and one for each alternative or search that needs a kind of its own.
fn indexes(table: &Table, query: &Query) -> Vec<String> {
    let on = quote_qualified(&table.schema, &table.name);
    let (mut equal, mut range, mut made): (Vec<String>, Option<String>, Vec<String>) = Default::default();
    let mut also = |sql: String| {
        if !made.contains(&sql) {
            made.push(sql);
        }
    };
    for condition in conditions(&query.filter) {
        match suited(table, condition.0) {
            Some(Suited::Special(sql)) => also(format!("create index concurrently on {on} {sql}")),
            Some(Suited::Trigram(column)) => also(trigram(&on, &column)),
            Some(Suited::Equal(column)) if condition.1 => equal.push(column),
            Some(Suited::Range(column)) if condition.1 => range = range.or(Some(column)),
            Some(Suited::Equal(column) | Suited::Range(column)) => also(format!("create index concurrently on {on} ({column})")),
            None => {}
        }
    }
    if query.search.is_some() {
        for column in table.relation.columns.iter().filter(|column| column.searchable) {
            also(trigram(&on, &quote(&column.name)));
        }
    }
    let mut columns = equal;
    // What is looked for by range or sorted by comes after what must be equal.
    if query.order.is_empty() {
        columns.extend(range);
    } else {
        columns.extend(query.order.iter().filter_map(|key| {
            let column = expression(&key.field)?;
            let way = if key.direction == Direction::Descending { " desc" } else { "" };
            let nulls = match key.nulls {
                None => "",
                Some(Nulls::First) => " nulls first",
                Some(Nulls::Last) => " nulls last",
            };
            Some(format!("{column}{way}{nulls}"))
        }));
    }
    columns.dedup();
    columns.truncate(WIDEST);
    if !columns.is_empty() {
        made.insert(0, format!("create index concurrently on {on} ({})", columns.join(", ")));
    }
    made
}

fn trigram(on: &str, column: &str) -> String {
    format!("create extension if not exists pg_trgm;\ncreate index concurrently on {on} using gin ({column} gin_trgm_ops)")
}

/// Every condition, and whether it must hold by itself.
fn conditions(nodes: &[Node]) -> Vec<(&Condition, bool)> {
    fn collect<'n>(nodes: &'n [Node], must: bool, all: &mut Vec<(&'n Condition, bool)>) {
        for node in nodes {
            match node {
                Node::Condition(condition) => all.push((condition, must)),
                Node::Group { negated, any, nodes } => collect(nodes, must && !negated && !any, all),
            }
        }
    }
    let mut all = Vec::new();
    collect(nodes, true, &mut all);
    all
}

enum Suited {
    Equal(String),
    Range(String),
    Trigram(String),
    /// What stands after the table's name.
    Special(String),
}

/// The kind of index that serves a condition, if any does.
fn suited(table: &Table, condition: &Condition) -> Option<Suited> {
    let column = expression(&condition.field)?;
    let kind = table.relation.find(&condition.field.column)?.ty.kind;
    if condition.negated {
        return None;
    }
    Some(match condition.operator {
        Operator::Eq | Operator::In | Operator::Is => Suited::Equal(column),
        Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte => Suited::Range(column),
        Operator::Like | Operator::Ilike | Operator::Match | Operator::Imatch => Suited::Trigram(column),
        Operator::Contains | Operator::ContainedBy | Operator::Overlaps if kind == Kind::Range => {
            Suited::Special(format!("using gist ({column})"))
        }
        Operator::Contains | Operator::ContainedBy | Operator::Overlaps if kind == Kind::Network => {
            Suited::Special(format!("using gist ({column} inet_ops)"))
        }
        Operator::Contains | Operator::ContainedBy | Operator::Overlaps => Suited::Special(format!("using gin ({column})")),
        Operator::StrictlyLeft | Operator::StrictlyRight | Operator::NotRight | Operator::NotLeft | Operator::Adjacent => {
            Suited::Special(format!("using gist ({column})"))
        }
        Operator::Search | Operator::PlainSearch | Operator::PhraseSearch | Operator::WebSearch if kind == Kind::TextSearch => {
            Suited::Special(format!("using gin ({column})"))
        }
        // Which configuration the search uses is the session's; an index needs it written down, so it is not guessed.
        Operator::Search | Operator::PlainSearch | Operator::PhraseSearch | Operator::WebSearch | Operator::Neq | Operator::IsDistinct => {
            return None;
        }
    })
}

/// A column, or what a path gives of it, as an index names it.
fn expression(field: &Field) -> Option<String> {
    let column = quote(&field.column);
    if field.steps.is_empty() {
        return Some(column);
    }
    let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let mut path = column;
    for step in &field.steps {
        path = match step {
            Step::Key(key) => format!("{path} -> {}", literal(key)),
            Step::KeyText(key) => format!("{path} ->> {}", literal(key)),
            Step::Index(index) => format!("{path} -> {index}"),
            Step::IndexText(index) => format!("{path} ->> {index}"),
        };
    }
    Some(format!("({path})"))
}
