//! What a viewer may learn of a change. The database says it, in the viewer's own role and claims: rows that they don't
//! see have not changed for them. Of rows that are gone nobody can be asked, so who sees only some rows isn't told of
//! them; their grid reads its page again now and then, whether anything happened or not.

use super::change::{By, Changes, Key, NAMED, Rows};
use crate::rows::target::Target;
use crate::source::place;
use chrono::{DateTime, Utc};
use kernel::list::grammar::{Condition, Field, Item, Operator, Value as Asked};
use kernel::list::{self, Node, Query, Selection};
use kernel::problem::Kind;
use kernel::{Caller, Result, SeenAs};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Whether policies bind whoever asks.
const BOUND: &str = "select pg_catalog.row_security_active($1::oid)";

pub const STATEMENTS: &[&str] = &[BOUND];

/// One event, for one viewer.
#[derive(Debug, Serialize)]
pub struct Event {
    pub at: DateTime<Utc>,
    pub changes: Vec<Part>,
    /// Keys of rows that are there and have changed, with values as a list gives them; null when they aren't all known.
    pub keys: Option<Vec<Vec<Value>>>,
    /// Keys of rows that are gone, as text; null when they aren't all known.
    pub deleted: Option<Vec<Key>>,
}

/// What one actor did; null is a number that isn't known.
#[derive(Debug, Serialize)]
pub struct Part {
    pub by: Named,
    pub inserted: Option<u64>,
    pub updated: Option<u64>,
    pub deleted: Option<u64>,
    pub truncated: bool,
}

/// Who it was, as far as the viewer may know.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Named {
    /// The viewer, here or in another window.
    You,
    /// Through a panel; without a name for who may not read names.
    Panel {
        name: Option<String>,
    },
    /// A client of the database.
    Database {
        login: Option<String>,
    },
    Several,
}

impl Named {
    fn of(by: &By, viewer: &Caller) -> Self {
        let is_told = || ["audit:read", "staff:read"].iter().any(|permission| viewer.permissions.allow(permission));
        match by {
            by if by.is(&viewer.actor) => Self::You,
            By::Panel { name, .. } => Self::Panel { name: is_told().then(|| name.clone()) },
            By::Database(login) => Self::Database { login: login.clone().filter(|_| is_told()) },
            By::Several => Self::Several,
        }
    }
}

/// Whether the viewer sees only some of the rows.
///
/// # Errors
/// 503 when the source is away, 404 when the table is gone.
pub async fn is_bound(target: &Target) -> Result<bool> {
    let conn = target.source.conn().await?;
    let asked = async {
        let statement = conn.prepare_cached(BOUND).await?;
        conn.query_one(&statement, &[&target.table.oid]).await
    };
    let row = asked.await.map_err(|error| target.seen(error.into()))?;
    Ok(row.get::<_, Option<bool>>(0).unwrap_or(true))
}

/// What the viewer is told of it; nothing when nothing happened that they see.
///
/// # Errors
/// 403 when they may not read the table any more, 404 when it is gone.
pub async fn event(target: &Target, viewer: &Caller, at: DateTime<Utc>, waiting: &[(By, Changes)]) -> Result<Option<Event>> {
    let bound = is_bound(target).await?;
    let all: Vec<&Rows> = waiting.iter().flat_map(|(_, changes)| [&changes.inserted, &changes.updated]).collect();
    let asked: BTreeSet<&Key> = all.iter().flat_map(|rows| &rows.keys).collect();
    let is_whole = asked.len() <= NAMED;
    let asked = asked.into_iter().take(NAMED).collect();
    let seen = visible(target, viewer.seen_as.as_deref(), &asked).await?;
    let part = |(by, changes): &(By, Changes)| {
        let counted = |rows: &Rows| {
            let visible = rows.keys.iter().filter(|key| seen.contains_key(&trimmed(key))).count() as u64;
            match (bound, is_whole && rows.all_named()) {
                (false, _) => Some(rows.count),
                (true, true) => Some(visible),
                // Many, all of which seem to be the viewer's. Otherwise their number would tell of rows that are not.
                (true, false) if visible > 0 && visible == rows.keys.len() as u64 => None,
                (true, false) => Some(visible),
            }
        };
        let deleted = if bound { Some(0) } else { Some(changes.deleted.count) };
        let (inserted, updated, truncated) = (counted(&changes.inserted), counted(&changes.updated), !bound && changes.truncated);
        let is_nothing = [inserted, updated, deleted].iter().all(|count| *count == Some(0)) && !truncated;
        (!is_nothing).then(|| Part { by: Named::of(by, viewer), inserted, updated, deleted, truncated })
    };
    let changes: Vec<Part> = waiting.iter().filter_map(part).collect();
    if changes.is_empty() {
        return Ok(None);
    }
    let key_is_readable = readable_key(target);
    let is_known = if bound {
        changes.iter().all(|part| part.inserted.is_some() && part.updated.is_some())
    } else {
        is_whole && all.iter().all(|rows| rows.all_named())
    };
    let keys = (key_is_readable && is_known).then(|| seen.into_values().collect());
    let gone = || waiting.iter().map(|(_, changes)| changes);
    let deleted = if bound {
        Some(Vec::new())
    } else {
        let is_known = key_is_readable && gone().all(|changes| changes.deleted.all_named() && !changes.truncated);
        is_known.then(|| gone().flat_map(|changes| changes.deleted.keys.clone()).take(NAMED).collect())
    };
    Ok(Some(Event { at, changes, keys, deleted }))
}

/// Whether the viewer may know what tells one row from another.
fn readable_key(target: &Target) -> bool {
    let key = &target.table.primary_key;
    !key.is_empty() && key.iter().all(|name| target.table.column(name).is_some_and(|column| column.readable))
}

/// Those of the rows that the viewer sees, with the values of their keys. Also without a key something is asked of the
/// table, so that a right that was taken away is missed.
async fn visible(target: &Target, seen_as: Option<&SeenAs>, keys: &BTreeSet<&Key>) -> Result<BTreeMap<Key, Vec<Value>>> {
    let key = &target.table.primary_key;
    let by_key = !keys.is_empty() && readable_key(target);
    let query = if by_key { asked(key, keys) } else { nothing(target) };
    let reading = target.source.reading().await?;
    let rows = list::select(&reading, &place::preamble(seen_as), &target.table.relation, &query).await;
    reading.done();
    let rows = match rows {
        // A key that PostgreSQL can't read is none of a row's: a notice can say anything.
        Err(problem) if by_key && matches!(problem.kind(), Kind::Filter | Kind::Validation | Kind::Malformed) => Vec::new(),
        rows => rows.map_err(|problem| target.seen(problem))?,
    };
    if !by_key {
        return Ok(BTreeMap::new());
    }
    let named = |row: &list::Row| {
        let text = (0..key.len()).map(|n| row.get(&format!("text{n}")).and_then(Value::as_str).unwrap_or_default().to_owned());
        let values = (0..key.len()).map(|n| row.get(&format!("key{n}")).cloned().unwrap_or_default());
        (trimmed(&text.collect()), values.collect())
    };
    Ok(rows.iter().map(named).collect())
}

/// As little as can be read of a table.
fn nothing(target: &Target) -> Query {
    let first = target.table.relation.columns.first();
    let items = first.map(|column| Item { key: column.name.clone(), field: Field::column(&column.name), cast: None }).into_iter().collect();
    Query { select: Selection { items }, limit: 0, ..Query::default() }
}

fn asked(key: &[String], keys: &BTreeSet<&Key>) -> Query {
    let mut items = Vec::with_capacity(2 * key.len());
    for (n, column) in key.iter().enumerate() {
        items.push(Item { key: format!("key{n}"), field: Field::column(column), cast: None });
        items.push(Item { key: format!("text{n}"), field: Field::column(column), cast: list::grammar::cast("text") });
    }
    let filter = match key {
        [only] => {
            let values = keys.iter().filter_map(|key| key.first().cloned()).collect();
            Node::Condition(Condition { operator: Operator::In, value: Asked::List(values), ..Condition::equals(only, "") })
        }
        _ => {
            let row = |values: &&Key| {
                let nodes = key.iter().zip(values.iter()).map(|(column, value)| Node::Condition(Condition::equals(column, value)));
                Node::Group { negated: false, any: false, nodes: nodes.collect() }
            };
            Node::Group { negated: false, any: true, nodes: keys.iter().map(row).collect() }
        }
    };
    Query { filter: vec![filter], select: Selection { items }, limit: list::grammar::MAX_LIMIT, ..Query::default() }
}

/// The padding of `character(n)` is there or not, as one asks.
fn trimmed(key: &Key) -> Key {
    key.iter().map(|value| value.trim_end_matches(' ').to_owned()).collect()
}
