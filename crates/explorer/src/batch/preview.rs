//! What a batch would do: how many rows it means, some of them before and after, what points to them, what else happens. The
//! change of those few is made and given up, so that rules and triggers of the table have their say.

use super::asked::{Asked, Verb};
use super::plan::{Bound, Plan, columns, unnested};
use super::store;
use super::work::ask;
use crate::references;
use crate::rows::audit::short;
use crate::rows::failure;
use crate::rows::record::Record;
use crate::rows::transaction::{Transaction, record};
use crate::rows::value::literal;
use crate::source::open::Open;
use kernel::list::grammar::{Field, Item};
use kernel::list::{Param, Returning, Selection, returning};
use kernel::{Problem, Result};
use serde_json::{Map, Value, json};

/// Rows that are shown.
const SHOWN: usize = 5;
/// Columns that are shown of a row that would be deleted.
const WIDE: usize = 8;
/// References are counted no further than this.
const COUNTED: i64 = 1_000_000;
const READ: &str = "begin read only; set local statement_timeout = '2min'";
/// What is tried holds rows for a moment, and waits for nobody.
const TRY: &str = "set local statement_timeout = '10s'; set local lock_timeout = '1s'";

/// `sees`: whether whoever asks may see rows.
pub async fn preview(source: &Open, asked: &Asked, plan: &Plan, sees: bool) -> Result<Value> {
    let (rows, keys) = look(source, plan).await?;
    let (sample, refused) = if asked.verb == Verb::Delete {
        (before(source, plan, &keys).await?.into_iter().map(|row| json!({"before": row, "after": null})).collect(), None)
    } else {
        tried(source, plan, &keys).await?
    };
    let conn = source.conn().await?;
    let mut found = Vec::new();
    if asked.verb == Verb::Delete {
        let condition = plan.condition();
        for reference in &plan.table.referenced_by {
            let over = (condition.sql.as_str(), condition.params.as_slice());
            let count = references::count(&conn, &plan.table, reference, over, COUNTED, None, |error| plan.filter.problem(error)).await?;
            found.push(json!({
                "schema": reference.schema, "table": reference.table, "constraint": reference.name, "columns": reference.columns,
                "on_delete": reference.on_delete, "count": count.map(|count| count.min(COUNTED)), "capped": count.is_none_or(|count| count > COUNTED)
            }));
        }
    }
    let triggers = store::triggers(&conn, plan.table.oid).await.map_err(|problem| source.named(problem))?;
    Ok(json!({
        "rows": rows,
        "sample": if sees { json!(sample) } else { Value::Null },
        "refused": refused,
        "references": found,
        "triggers": triggers.iter().filter_map(|trigger| fires(trigger, plan)).collect::<Vec<_>>(),
        "undo": {"allowed": plan.no_undo.is_none(), "reason": plan.no_undo},
    }))
}

/// How many rows are meant, and the keys of some.
async fn look(source: &Open, plan: &Plan) -> Result<(i64, Vec<Vec<String>>)> {
    let refused = |error| source.named(plan.filter.problem(error));
    let reading = source.reading().await?;
    reading.batch_execute(READ).await.map_err(|error| source.named(error.into()))?;
    let counted = ask(&reading, &plan.count()).await.map_err(refused)?;
    let some = ask(&reading, &plan.some(SHOWN)).await.map_err(refused)?;
    reading.batch_execute("commit").await.map_err(|error| source.named(error.into()))?;
    reading.done();
    let texts = |row: &tokio_postgres::Row| (0..row.len()).map(|i| row.get::<_, Option<String>>(i).unwrap_or_default()).collect();
    Ok((counted.first().map_or(0, |row| row.get(0)), some.iter().map(texts).collect()))
}

/// The columns that are shown: the key, and what is set or stands first.
fn shape(plan: &Plan) -> Result<Returning> {
    let bound = plan.set();
    let is_shown = |name: &str, place: usize| match plan.verb {
        Verb::Delete => place < WIDE,
        _ => bound.contains(&name),
    };
    let columns = plan
        .table
        .columns
        .iter()
        .enumerate()
        .filter(|(place, column)| column.readable && (column.primary_key.is_some() || is_shown(&column.name, *place)));
    let items = columns
        .map(|(_, column)| Item { key: column.name.clone(), field: Field { column: column.name.clone(), steps: Vec::new() }, cast: None })
        .collect();
    returning(&plan.table.relation, &Selection { items }, false, 1)
}

fn here(plan: &Plan, shape: &Returning, keys: &[Vec<String>]) -> Bound {
    let width = plan.key.len();
    let same: Vec<String> = plan.same("x").collect();
    let sql = format!(
        "select x.n, {} from {} join {} as t on {} order by x.n",
        shape.sql,
        unnested(width, 1, "x", true),
        plan.table.relation.from,
        same.join(" and ")
    );
    let params =
        columns(keys, width).iter().map(|values| Param::text(literal(&values.iter().map(String::as_str).collect::<Vec<_>>()))).collect();
    Bound { sql, params }
}

async fn before(source: &Open, plan: &Plan, keys: &[Vec<String>]) -> Result<Vec<Value>> {
    let shape = shape(plan)?;
    let reading = source.reading().await?;
    let found = ask(&reading, &here(plan, &shape, keys)).await;
    reading.done();
    let found = found.map_err(|error| source.named(error.into()))?;
    found.iter().map(|row| Ok(cut(plan, &record(&shape.writer(1), row)?))).collect()
}

/// The few rows before and after, and why they can't be changed so.
async fn tried(source: &Open, plan: &Plan, keys: &[Vec<String>]) -> Result<(Vec<Value>, Option<Value>)> {
    let shape = shape(plan)?;
    let transaction = Transaction::new(source.conn().await?, None);
    let client = transaction.client()?;
    let begun = async {
        transaction.open(client).await?;
        client.batch_execute(TRY).await?;
        ask(client, &here(plan, &shape, keys)).await
    };
    let found = begun.await.map_err(|error| source.named(error.into()))?;
    let changed = ask(client, &plan.tried(keys, &shape.sql)).await;
    let read = |row: &tokio_postgres::Row| Ok::<_, Problem>((row.try_get::<_, i64>(0)?, cut(plan, &record(&shape.writer(1), row)?)));
    let before = found.iter().map(read).collect::<Result<Vec<_>>>()?;
    let (after, refused) = match changed {
        Ok(rows) => (rows.iter().map(read).collect::<Result<Vec<_>>>()?, None),
        Err(error) => {
            let names: Vec<&str> = std::iter::repeat_n("", plan.key.len()).chain(plan.bound()).collect();
            let problem = source.named(failure::problem(error, &plan.table, &names));
            (Vec::new(), Some(json!({"detail": problem.detail(), "errors": problem.errors()})))
        }
    };
    transaction.rollback().await;
    let of = |n: i64| after.iter().find(|(other, _)| *other == n).map(|(_, row)| row.clone());
    Ok((before.into_iter().map(|(n, row)| json!({"before": row, "after": of(n)})).collect(), refused))
}

/// A row for people: long values are cut.
fn cut(plan: &Plan, row: &Record) -> Value {
    let mut shown = Map::new();
    for (name, value) in &row.0 {
        let category = plan.table.column(name).map(|column| column.category);
        shown.insert(name.clone(), category.map_or(Value::Null, |category| short(category, value)));
    }
    Value::Object(shown)
}

/// A trigger of the table that such a change sets off; the bits are those of `pg_trigger.tgtype`.
fn fires((name, function, bits, watched): &store::Trigger, plan: &Plan) -> Option<Value> {
    let event = if plan.verb == Verb::Delete { 8 } else { 16 };
    let set = plan.set();
    let is_meant =
        bits & event != 0 && (watched.is_empty() || plan.verb == Verb::Delete || watched.iter().any(|name| set.contains(&name.as_str())));
    let timing = if bits & 64 != 0 {
        "instead of"
    } else if bits & 2 != 0 {
        "before"
    } else {
        "after"
    };
    let each = if bits & 1 != 0 { "row" } else { "statement" };
    is_meant.then(|| json!({"name": name, "function": function, "timing": timing, "each": each}))
}

/// The schema of a preview, for the documents.
pub fn schema() -> Value {
    json!({"type": "object", "properties": {
        "rows": {"type": "integer"},
        "sample": {"type": ["array", "null"], "items": {"type": "object", "properties": {"before": {"type": "object"}, "after": {"type": ["object", "null"]}}}},
        "refused": {"type": ["object", "null"], "properties": {"detail": {"type": "string"}, "errors": {"type": "array", "items": {"type": "object"}}}},
        "references": {"type": "array", "items": {"type": "object", "properties": {"schema": {"type": "string"}, "table": {"type": "string"},
            "constraint": {"type": "string"}, "columns": {"type": "array", "items": {"type": "string"}}, "on_delete": {"type": "string"},
            "count": {"type": ["integer", "null"]}, "capped": {"type": "boolean"}}}},
        "triggers": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}, "function": {"type": "string"},
            "timing": {"type": "string", "enum": ["before", "after", "instead of"]}, "each": {"type": "string", "enum": ["row", "statement"]}}}},
        "undo": {"type": "object", "properties": {"allowed": {"type": "boolean"}, "reason": {"type": ["string", "null"]}}}
    }})
}

pub fn example() -> Value {
    json!({
        "rows": 28, "sample": [{"before": {"invoice_id": 1, "paid": false}, "after": {"invoice_id": 1, "paid": true}}], "refused": null,
        "references": [], "triggers": [{"name": "stamp", "function": "stamp_row", "timing": "before", "each": "row"}],
        "undo": {"allowed": true, "reason": null}
    })
}
