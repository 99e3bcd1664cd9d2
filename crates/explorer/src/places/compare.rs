//! What two people see differently of a table: columns, policies, and how many rows only one of them finds.

use super::explain;
use super::keys::{Eye, Key, nth, window};
use super::look::{self, Look};
use super::policy::{self, Command};
use super::side::{self, Side, Who};
use super::standing::{Privileges, RowSecurity, Standing};
use crate::catalogue::Table;
use crate::state::State;
use crate::tables::admit;
use http::{Method, StatusCode};
use kernel::audit::Target as Audited;
use kernel::endpoint::{Access, Endpoint, Response, json as answer};
use kernel::{Call, Module, Result};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

/// How many rows are compared at most, and what is tried when that takes too long.
const LIMITS: [usize; 2] = [100_000, 1_000];
/// Each statement of a comparison.
const SECONDS: u32 = 5;

#[derive(Serialize)]
struct Seen {
    who: Who,
    role: String,
    row_security: RowSecurity,
    privileges: Privileges,
    policies: Vec<Applied>,
}

/// A policy that is about the role.
#[derive(Serialize)]
struct Applied {
    name: String,
    permissive: bool,
    command: Command,
}

#[derive(Serialize)]
struct ColumnSeen {
    name: String,
    #[serde(rename = "type")]
    type_name: String,
    first: bool,
    second: bool,
    /// Hidden from both here.
    sensitive: bool,
}

#[derive(Serialize)]
struct Counts {
    both: usize,
    first: usize,
    second: usize,
    /// Whether that is the whole table.
    complete: bool,
    /// The last key that was compared, where it isn't.
    up_to: Option<Key>,
}

#[derive(Serialize)]
struct Compared {
    first: Seen,
    second: Seen,
    columns: Vec<ColumnSeen>,
    key: Vec<String>,
    counts: Option<Counts>,
    /// Why rows could not be compared.
    reason: Option<String>,
}

pub(super) fn routes(module: Module, state: &Arc<State>) -> Module {
    let state = state.clone();
    let object = json!({"type": "object"});
    let side = json!({"type": "object", "properties": {"who": object, "role": {"type": "string"}, "row_security": object, "privileges": object,
        "policies": {"type": "array", "items": object}}});
    let seen = |kind: &str, policies: serde_json::Value| {
        json!({"who": {"kind": kind, "label": null, "impersonation": null}, "role": kind,
            "row_security": {"enabled": true, "forced": false, "active": kind != "own", "above": if kind == "own" { json!("bypass") } else { json!(null) }, "view_of": null},
            "privileges": {"schema": true, "select": true, "insert": false, "update": false, "delete": false}, "policies": policies})
    };
    module.route(
        Endpoint::new(
            Method::GET,
            "/explorer/{source}/tables/{schema}/{table}/compare",
            "explorer.compare",
            Access::Permission("rows:read".into()),
            move |call: Call| {
                let state = state.clone();
                async move { compare(&state, &call).await }
            },
        )
        .summary("What two people see differently of a table: columns, policies, and how many rows only one of them finds")
        .parameter("first", "query", side::DESCRIPTION)
        .parameter("second", "query", side::DESCRIPTION)
        .answer(
            json!({"type": "object", "properties": {"first": side, "second": side, "columns": {"type": "array", "items": object},
                "key": {"type": "array", "items": {"type": "string"}}, "counts": {"type": ["object", "null"]}, "reason": {"type": ["string", "null"]}}}),
            json!({"first": seen("own", json!([])), "second": seen("anon", json!([{"name": "published", "permissive": true, "command": "select"}])),
                "columns": [{"name": "id", "type": "bigint", "first": true, "second": true, "sensitive": false}], "key": ["id"],
                "counts": {"both": 12, "first": 3, "second": 0, "complete": true, "up_to": null}, "reason": null}),
        ),
    )
}

/// Both sides of a request, which may be looked from by who is themselves.
///
/// # Errors
/// As [`Side::named`].
pub(super) async fn sides(state: &Arc<State>, call: &Call) -> Result<(Side, Side)> {
    admit(call, "rows:read")?;
    side::only_as_oneself(call)?;
    Ok((Side::named(state, call, "first").await?, Side::named(state, call, "second").await?))
}

/// The columns by which rows are matched, or why they can't be.
pub(super) fn key_of<'t>(first: &'t Table, second: &Table) -> Result<&'t [String], String> {
    if first.primary_key.is_empty() {
        let what = match first.kind {
            crate::catalogue::TableKind::View => "A view",
            crate::catalogue::TableKind::MaterializedView => "A materialised view",
            _ => "This table",
        };
        return Err(format!("{what} has no primary key, so a row that one sees can't be told from one that the other sees"));
    }
    let is_sensitive = |table: &Table| first.primary_key.iter().any(|key| table.column(key).is_some_and(|column| column.sensitive));
    if is_sensitive(first) || is_sensitive(second) {
        return Err("The primary key is sensitive, so rows can't be told apart here".into());
    }
    if let Some(key) = first.primary_key.iter().find(|key| first.column(key).is_some_and(|column| !column.sortable)) {
        return Err(format!("{key} is part of the primary key and of a type without an order, so rows can't be gone through by it"));
    }
    Ok(&first.primary_key)
}

/// Whether somebody can be asked for keys: no, where they see nothing of the table; the reason, where only the key is closed to them.
pub(super) fn reads(side: &Side, standing: &Standing, key: &[String]) -> Result<bool, String> {
    if !standing.privileges.schema || !standing.privileges.select {
        return Ok(false);
    }
    match key.iter().find(|column| !standing.may_read(column)) {
        None => Ok(true),
        Some(column) => {
            Err(format!("{} may read some columns, but not {column} of the primary key, so its rows can't be matched", side.name()))
        }
    }
}

async fn compare(state: &Arc<State>, call: &Call) -> Result<Response> {
    let (first, second) = sides(state, call).await?;
    let _turn = state.turn().await?;
    let target = Audited::new(first.table.kind_in(&first.source.name), "", &first.table.name);
    explain::log(call, &[&first, &second], "rows.compare", &target).await?;
    let look = Look::begin(&first, SECONDS, None).await?;
    let (standing, policies) = (Standing::of(&look).await?, policy::all(&look).await?);
    look.end().await?;
    let look = Look::begin(&second, SECONDS, None).await?;
    let (other_standing, other_policies) = (Standing::of(&look).await?, policy::all(&look).await?);
    look.end().await?;
    let counted = match key_of(&first.table, &second.table) {
        Ok(key) => match (reads(&first, &standing, key), reads(&second, &other_standing, key)) {
            (Ok(ours), Ok(theirs)) => {
                // What the table has for the explorer bounds how far both are asked.
                let own = Side::named(state, call, "").await?;
                counts(&own, (&first, ours), (&second, theirs), key).await?
            }
            (Err(reason), _) | (_, Err(reason)) => Err(reason),
        },
        Err(reason) => Err(reason),
    };
    let columns = first.table.columns.iter().map(|column| ColumnSeen {
        name: column.name.clone(),
        type_name: column.type_name.clone(),
        first: standing.may_read(&column.name),
        second: other_standing.may_read(&column.name),
        sensitive: column.sensitive,
    });
    let columns = columns.collect();
    let (counts, reason) = match counted {
        Ok(counts) => (Some(counts), None),
        Err(reason) => (None, Some(reason)),
    };
    let key = first.table.primary_key.clone();
    let (first, second) = (seen(&first, standing, policies), seen(&second, other_standing, other_policies));
    answer(StatusCode::OK, &Compared { first, second, columns, key, counts, reason })
}

fn seen(side: &Side, standing: Standing, policies: Vec<policy::Policy>) -> Seen {
    let Standing { role, row_security, privileges, .. } = standing;
    let applied = policies.into_iter().filter(|policy| policy.applies);
    let policies = applied.map(|policy| Applied { name: policy.name, permissive: policy.permissive, command: policy.command }).collect();
    Seen { who: side.who(), role, row_security, privileges, policies }
}

/// Counts within the first rows of the table, fewer when that takes too long; the inner error is a reason for a person.
async fn counts(own: &Side, first: (&Side, bool), second: (&Side, bool), key: &[String]) -> Result<Result<Counts, String>> {
    for limit in LIMITS {
        match within(own, first, second, key, limit).await? {
            Ok(counts) => return Ok(Ok(counts)),
            Err(Stopped::Late) => {}
            Err(Stopped::Refused(reason)) => return Ok(Err(reason)),
        }
    }
    let fewest = LIMITS[LIMITS.len() - 1];
    Ok(Err(format!(
        "Even the first {fewest} rows by key take longer than {SECONDS} seconds to compare; a policy is slow, or an index is missing"
    )))
}

enum Stopped {
    Late,
    Refused(String),
}

/// Both of them at one moment.
async fn within(own: &Side, first: (&Side, bool), second: (&Side, bool), key: &[String], limit: usize) -> Result<Result<Counts, Stopped>> {
    let stopped = |error: &tokio_postgres::Error, side: &Side| {
        if look::is_late(error) {
            Stopped::Late
        } else {
            Stopped::Refused(format!("{} can't read {}: {}", side.name(), side.table.name, look::told(error, &side.table)))
        }
    };
    let bounds = Look::begin(own, SECONDS, None).await?;
    let bound = nth(&Eye { look: &bounds, reads: !own.table.relation.primary_key.is_empty() }, key, limit).await;
    let bound = match bound {
        Ok(bound) => bound,
        Err(error) => return Ok(Err(stopped(&error, own))),
    };
    bounds.end().await?;
    let ours = Look::begin(first.0, SECONDS, None).await?;
    let moment = ours.moment().await?;
    let theirs = Look::begin(second.0, SECONDS, Some(&moment)).await?;
    let (one, other) = (Eye { look: &ours, reads: first.1 }, Eye { look: &theirs, reads: second.1 });
    let found = match window(&one, &other, key, None, bound, limit).await {
        Ok(found) => found,
        Err(failed) => return Ok(Err(stopped(&failed.error, if failed.is_first { first.0 } else { second.0 }))),
    };
    theirs.end().await?;
    ours.end().await?;
    let counts = found.counts();
    let complete = found.up_to.is_none();
    Ok(Ok(Counts { both: counts.both, first: counts.first, second: counts.second, complete, up_to: found.up_to }))
}
