//! The rows that only one of two people sees, or both: a page at a time by key, each row as whoever sees it sees it.

use super::compare::{key_of, reads, sides};
use super::explain;
use super::keys::{Eye, Key, window};
use super::look::{self, Look};
use super::side::{self, Side};
use super::standing::Standing;
use crate::state::State;
use http::{Method, StatusCode};
use kernel::audit::Target as Audited;
use kernel::endpoint::{Access, Endpoint, Response, json as answer};
use kernel::list::grammar::{Condition, Direction, Field, Item, Operator, OrderKey, Value as Asked};
use kernel::list::{Column, Kind, Node, Query, Selection, within};
use kernel::{Call, Module, Problem, Result};
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

const LIMIT: usize = 50;
/// Keys of each that are compared at a time.
const STEP: usize = 2_000;
/// When a page is given out as far as it is, and goes on with the next.
const BUDGET: Duration = Duration::from_secs(5);
const SECONDS: u32 = 10;
/// Characters of a value.
const SHORT: u32 = 500;

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    First,
    Second,
    Both,
}

/// A row, as each of the two sees it.
#[derive(Serialize)]
struct Shown {
    key: Key,
    first: Option<Box<RawValue>>,
    second: Option<Box<RawValue>>,
}

#[derive(Serialize)]
struct Page {
    rows: Vec<Shown>,
    /// The last key that was looked at, where there may be more after it.
    next: Option<Key>,
}

pub(super) fn routes(module: Module, state: &Arc<State>) -> Module {
    let state = state.clone();
    let row = json!({"type": "object", "properties": {"key": {"type": "array", "items": {"type": "string"}}, "first": {"type": ["object", "null"]}, "second": {"type": ["object", "null"]}}});
    module.route(
        Endpoint::new(
            Method::GET,
            "/explorer/{source}/tables/{schema}/{table}/compare/rows",
            "explorer.compare.rows",
            Access::Permission("rows:read".into()),
            move |call: Call| {
                let state = state.clone();
                async move { rows(&state, &call).await }
            },
        )
        .summary("The rows that only the first of two people sees, only the second, or both")
        .parameter("first", "query", side::DESCRIPTION)
        .parameter("second", "query", side::DESCRIPTION)
        .parameter("seen_by", "query", "first, second or both")
        .parameter("after", "query", "next of the page before, a JSON array of texts")
        .parameter("json", "query", "text: JSON values as texts, for who would lose digits of their numbers")
        .answer(
            json!({"type": "object", "properties": {"rows": {"type": "array", "items": row}, "next": {"type": ["array", "null"], "items": {"type": "string"}}}}),
            json!({"rows": [{"key": ["7"], "first": {"id": 7, "task": "compile"}, "second": null}], "next": null}),
        ),
    )
}

async fn rows(state: &Arc<State>, call: &Call) -> Result<Response> {
    let by = match call.query_value("seen_by").as_deref() {
        None | Some("first") => By::First,
        Some("second") => By::Second,
        Some("both") => By::Both,
        Some(_) => return Err(Problem::filter("seen_by", "is first, second or both")),
    };
    let is_text = match call.query_value("json").as_deref() {
        None => false,
        Some("text") => true,
        Some(_) => return Err(Problem::filter("json", "is text, or left out")),
    };
    let after = explain::key_of(call, "after")?;
    let (first, second) = sides(state, call).await?;
    let _turn = state.turn().await?;
    let key = key_of(&first.table, &second.table).map_err(Problem::refused)?;
    if after.as_ref().is_some_and(|after| after.len() != key.len()) {
        return Err(Problem::filter("after", format!("is no key of this table, which is {}", key.join(", "))));
    }
    let target = Audited::new(first.table.kind_in(&first.source.name), "", &first.table.name);
    explain::log(call, &[&first, &second], "rows.compare", &target).await?;
    let ours = Look::begin(&first, SECONDS, None).await?;
    let moment = ours.moment().await?;
    let theirs = Look::begin(&second, SECONDS, Some(&moment)).await?;
    let may = async |look: &Look<'_>| reads(look.side, &Standing::of(look).await?, key).map_err(Problem::refused);
    let (one, other) = (Eye { look: &ours, reads: may(&ours).await? }, Eye { look: &theirs, reads: may(&theirs).await? });
    let (picked, next) = pick(&one, &other, key, after, by).await?;
    let shown = |is_wanted: bool| if is_wanted { picked.as_slice() } else { &[] };
    let mut left = seen(&ours, key, shown(by != By::Second), is_text).await?;
    let mut right = seen(&theirs, key, shown(by != By::First), is_text).await?;
    theirs.end().await?;
    ours.end().await?;
    let rows = picked.into_iter().map(|key| Shown { first: left.remove(&key), second: right.remove(&key), key }).collect();
    answer(StatusCode::OK, &Page { rows, next })
}

/// The keys of a page, and where the next one begins.
async fn pick(one: &Eye<'_>, other: &Eye<'_>, key: &[String], after: Option<Key>, by: By) -> Result<(Vec<Key>, Option<Key>)> {
    let (begun, mut after, mut picked) = (Instant::now(), after, Vec::new());
    loop {
        let found = window(one, other, key, after.as_ref(), None, STEP).await;
        let found = found.map_err(|failed| {
            let side: &Side = if failed.is_first { one.look.side } else { other.look.side };
            look::refusal(failed.error, side)
        })?;
        let (lead, against) = if by == By::Second { (found.second, found.first) } else { (found.first, found.second) };
        let known: HashSet<Key> = against.into_iter().collect();
        for key in lead {
            if known.contains(&key) == (by == By::Both) {
                picked.push(key);
            }
            if picked.len() == LIMIT {
                let next = picked.last().cloned();
                return Ok((picked, next));
            }
        }
        if found.up_to.is_none() || begun.elapsed() > BUDGET {
            return Ok((picked, found.up_to));
        }
        after = found.up_to;
    }
}

/// The rows of these keys as a look shows them, by their key.
async fn seen(look: &Look<'_>, key: &[String], keys: &[Key], is_text: bool) -> Result<HashMap<Key, Box<RawValue>>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let relation = &look.side.table.relation;
    let order = key.iter().map(|column| OrderKey { field: Field::column(column), direction: Direction::Ascending, nulls: None }).collect();
    let limit = u32::try_from(keys.len()).unwrap_or(u32::MAX);
    let select = if is_text { with_text(look) } else { Selection::default() };
    let query = Query { filter: vec![one_of(key, keys)], select, order, limit, shorten: Some(SHORT), ..Query::default() };
    let page = within::page(look.client(), relation, &query).await?;
    let rows: Vec<Box<RawValue>> = serde_json::from_slice(&page.body).map_err(Problem::internal)?;
    if rows.len() != keys.len() {
        return Err(Problem::conflict("A policy answers otherwise each time it is asked, so rows can't be told apart", None));
    }
    // All of them, and in the order of the key, as the keys are.
    Ok(keys.iter().cloned().zip(rows).collect())
}

/// Every column, JSON as text.
fn with_text(look: &Look<'_>) -> Selection {
    let table = &look.side.table;
    let item = |column: &Column| {
        let is_list = table.column(&column.name).is_some_and(|known| known.json_elements);
        let cast = if is_list { Some("text[]") } else { matches!(column.ty.kind, Kind::Json | Kind::Jsonb).then_some("text") };
        Item { key: column.name.clone(), field: Field::column(&column.name), cast }
    };
    Selection { items: table.relation.columns.iter().map(item).collect() }
}

fn one_of(key: &[String], keys: &[Key]) -> Node {
    match key {
        [only] => {
            let values = keys.iter().filter_map(|key| key.first().cloned()).collect();
            Node::Condition(Condition { operator: Operator::In, value: Asked::List(values), ..Condition::equals(only, "") })
        }
        _ => {
            let row = |values: &Key| {
                let nodes = key.iter().zip(values).map(|(column, value)| Node::Condition(Condition::equals(column, value)));
                Node::Group { negated: false, any: false, nodes: nodes.collect() }
            };
            Node::Group { negated: false, any: true, nodes: keys.iter().map(row).collect() }
        }
    }
}
