//! Changes of many rows that were collected and looked at before: all of them in one transaction, or none. Tried first, they
//! say what would come of each row.
//!
//! A row that somebody changed meanwhile is no conflict where they changed other columns: for that each change says which
//! values it began with.

use super::answer;
use super::audit::{Log, exact, joined};
use super::record::Record;
use super::steps::{Clash, Expected, Refusal, Step, Steps, What};
use super::target::{self, Target};
use super::transaction::Transaction;
use super::{failure, write};
use crate::live::Signed;
use crate::masking;
use crate::state::State;
use http::{Method, StatusCode};
use kernel::endpoint::{Access, Endpoint, Response, json as respond};
use kernel::problem::{FieldConflict, FieldError, Kind};
use kernel::{Call, Caller, Module, Problem, Result};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

/// Most rows in one request.
const MOST: usize = super::change::MOST;
const BODY: usize = 8 << 20;

pub(super) fn routes(module: Module, state: &Arc<State>) -> Module {
    let state = state.clone();
    let columns = json!({"type": "object"});
    module.route(
        Endpoint::new(
            Method::POST,
            "/explorer/{source}/tables/{schema}/{table}/changes",
            "rows.commit",
            Access::Permission("rows:update".into()),
            move |call: Call| {
                let state = state.clone();
                async move { commit(&state, &call).await.map_err(answer::foreign) }
            },
        )
        .summary("Change, insert and delete many rows, each in its own way, all of them or none; at most 1000")
        .body_limit(BODY)
        .parameter(masking::HEADER, "header", masking::DESCRIPTION)
        .body(json!({"type": "object", "required": ["changes"], "additionalProperties": false, "properties": {
            "dry_run": {"type": "boolean", "description": "Everything is tried, and nothing changed; the answer says of each row what it was and would be"},
            "changes": {"type": "array", "items": {
            "type": "object", "additionalProperties": false, "properties": {
                "key": {"type": "object", "description": "The primary key: every column of it and its value"},
                "version": {"type": ["string", "null"], "description": "$version of the row as it was read; without one the row is changed whatever it is"},
                "base": {"type": "object", "description": "What the columns in set were when the row was read: a row that was changed in others only is no conflict then"},
                "set": {"type": "object", "description": "Columns and their new values"},
                "delete": {"type": "boolean", "description": "The row of this key is deleted; takes rows:delete"},
                "insert": {"type": "object", "description": "A new row, without a key beside it; takes rows:create"}}}}}}))
        .answer(
            json!({"type": "object", "properties": {"rows": {"type": "array", "items": columns}, "merged": {"type": "integer"},
                "tried": {"type": "array", "items": {"type": "object", "properties": {"before": {"type": ["object", "null"]}, "after": {"type": ["object", "null"]}}}},
                "entry": {"type": ["string", "null"], "format": "uuid"}}}),
            json!({"rows": [{"track_id": 1, "name": "Restless and Wild", "$version": "812"}], "merged": 0, "entry": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e"}),
        ),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    changes: Vec<Change>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default)]
    key: Record,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    base: Record,
    #[serde(default)]
    set: Option<Record>,
    #[serde(default)]
    delete: bool,
    #[serde(default)]
    insert: Option<Record>,
}

#[derive(Serialize)]
struct Committed {
    rows: Vec<Record>,
    /// Rows that somebody had changed in other columns.
    merged: usize,
    entry: Option<Uuid>,
    /// In the order of the changes, where they were only tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    tried: Option<Vec<Tried>>,
}

#[derive(Serialize)]
struct Tried {
    before: Option<Record>,
    after: Option<Record>,
}

async fn commit(state: &Arc<State>, call: &Call) -> Result<Response> {
    let caller = call.caller()?;
    let outcome = attempt(state, call, caller).await;
    if let Err(problem) = &outcome {
        Target::refused(call, caller, "rows.update", problem).await;
    }
    outcome
}

async fn attempt(state: &Arc<State>, call: &Call, caller: &Caller) -> Result<Response> {
    crate::tables::admit(call, "rows:update")?;
    super::body::check_type(call)?;
    let source = state.for_caller(call).await?;
    let table = masking::table(call, &source, call.param("schema"), call.param("table")).await?;
    let target = Target { source, table };
    match perform(&target, call, caller).await {
        // The table changed a moment ago, and nothing was written: once more, as it is now.
        Err(problem) if failure::is_outdated(&problem) => perform(&target::find_fresh(target).await?, call, caller).await,
        done => done,
    }
}

async fn perform(target: &Target, call: &Call, caller: &Caller) -> Result<Response> {
    let body: Body = serde_json::from_slice(call.body.trim_ascii()).map_err(|error| {
        Problem::malformed(format!("The body is not a list of changes, as in {{\"changes\": [{{\"key\": …, \"set\": …}}]}}: {error}"))
    })?;
    write::once(call, caller, change(target, call, caller, body)).await.map_err(|problem| target.seen(problem))
}

async fn change(target: &Target, call: &Call, caller: &Caller, body: Body) -> Result<Response> {
    let dry_run = body.dry_run;
    let steps = Steps::new(target, steps(target, call, body)?)?;
    let log = Log { call, caller, target, action: "rows.update", note: None };
    log.start().await?;
    let signed = Signed::of(call, &target.source).await?;
    let transaction = Transaction::new(target.source.conn().await?, caller.seen_as.clone()).signed(signed);
    let done = steps.run(&transaction).await.map_err(|refusal| refused(steps.steps(), refusal));
    let (done, entry) = write::settle(&log, transaction, done, |done| &done.pairs, dry_run).await?;
    let tried = dry_run.then(|| done.pairs.iter().map(|pair| Tried { before: pair.before.clone(), after: pair.after.clone() }).collect());
    let rows: Vec<Record> = done
        .pairs
        .into_iter()
        .zip(done.versions)
        .filter_map(|(pair, version)| {
            let mut row = pair.after?;
            row.0.push(("$version".into(), serde_json::value::to_raw_value(&version).ok()?));
            Some(row)
        })
        .collect();
    let mut response = respond(StatusCode::OK, &Committed { rows, merged: done.merged, entry, tried })?;
    answer::named(&mut response, entry);
    Ok(response)
}

/// The changes as steps, with everything that can be said against them without the database.
fn steps(target: &Target, call: &Call, body: Body) -> Result<Vec<Step>> {
    if body.changes.is_empty() {
        return Err(Problem::malformed("There is nothing to change; send at least one row"));
    }
    if body.changes.len() > MOST {
        return Err(Problem::new(Kind::TooLarge, format!("{} rows at once are too many; send at most {MOST}", body.changes.len())));
    }
    let table = &target.table;
    let (mut steps, mut errors, mut seen) = (Vec::with_capacity(body.changes.len()), Vec::new(), HashSet::new());
    for (i, change) in body.changes.into_iter().enumerate() {
        let wrong = |part: &str, code: &str, message: &str| {
            at(i, part, FieldError { field: String::new(), code: code.into(), message: message.into() })
        };
        let what = match (change.set, change.delete, change.insert) {
            (Some(set), false, None) => What::Update(set),
            (None, true, None) => What::Delete,
            (None, false, Some(row)) => What::Insert(row),
            _ => {
                errors.push(wrong("", "shape", "Say one of set, delete and insert"));
                continue;
            }
        };
        let (allowed, permission, values) = match &what {
            What::Update(set) => (&table.update, "rows:update", set.0.as_slice()),
            What::Insert(row) => (&table.insert, "rows:create", row.0.as_slice()),
            What::Delete => (&table.delete, "rows:delete", &[][..]),
        };
        crate::tables::admit(call, permission)?;
        allowed.check()?;
        let part = part(&what);
        let key = if matches!(what, What::Insert(_)) {
            if !change.key.0.is_empty() {
                errors.push(wrong("key", "key", "A new row has its key among its values"));
            }
            Vec::new()
        } else {
            key(target, &change.key).unwrap_or_else(|error| {
                errors.push(at(i, "key", error));
                Vec::new()
            })
        };
        if !key.is_empty() && !seen.insert(key.clone()) {
            errors.push(wrong("key", "twice", "This row is in the list already"));
        }
        for (name, value) in values {
            let bound = super::body::writable(table, name).and_then(|column| super::body::bound(column, value));
            errors.extend(bound.err().map(|error| at(i, part, error)));
        }
        if values.is_empty() && !matches!(what, What::Delete) {
            errors.push(wrong(part, "empty", "Nothing is changed in this row"));
        }
        let base = change.base.0.into_iter().collect();
        steps.push(Step { key, what, expected: Expected::Version(change.version, base) });
    }
    if errors.is_empty() { Ok(steps) } else { Err(Problem::validation(errors)) }
}

/// Where a change says what it does.
fn part(what: &What) -> &'static str {
    match what {
        What::Update(_) => "set",
        What::Insert(_) => "insert",
        What::Delete => "delete",
    }
}

fn key(target: &Target, given: &Record) -> Result<Vec<String>, FieldError> {
    let columns = &target.table.primary_key;
    let wrong = |message: String| FieldError { field: String::new(), code: "key".into(), message };
    if given.0.len() != columns.len() {
        return Err(wrong(format!("A row is told by {}", columns.join(", "))));
    }
    let value = |name: &String| {
        let value = given.get(name).ok_or_else(|| wrong(format!("{name} is missing; a row is told by {}", columns.join(", "))))?;
        super::record::plain(value).ok_or_else(|| wrong(format!("{name} can't be NULL")))
    };
    columns.iter().map(value).collect()
}

/// `changes.3.set.name`
fn at(i: usize, part: &str, error: FieldError) -> FieldError {
    let place = i.to_string();
    let words = ["changes", &place, part, &error.field];
    let field = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(".");
    FieldError { field, ..error }
}

fn refused(steps: &[Step], refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Whole(problem) => problem,
        Refusal::At(i, problem) => {
            let part = steps.get(i).map_or("set", |step| part(&step.what));
            let errors: Vec<FieldError> = problem.errors().iter().map(|error| at(i, part, error.clone())).collect();
            let row = match steps.get(i) {
                Some(Step { what: What::Insert(_), .. }) | None => "New row".to_owned(),
                Some(step) => format!("Row {}", joined(&step.key)),
            };
            let detail = format!("{row}: {}", problem.detail());
            Problem::new(problem.kind(), detail).with_errors(errors).with("row", i).because(problem)
        }
        Refusal::Clashes(clashes) => {
            let rows: Vec<Value> = clashes.iter().map(|clash| row(steps, clash)).collect();
            let text = match rows.len() {
                1 => "Somebody changed one of these rows in the same place after you read it. Nothing was changed.".to_owned(),
                many => format!("Somebody changed {many} of these rows in the same places after you read them. Nothing was changed."),
            };
            Problem::conflict(text, None).with("rows", rows)
        }
    }
}

fn row(steps: &[Step], clash: &Clash) -> Value {
    let value = |raw: Option<&RawValue>| raw.map(exact).unwrap_or_default();
    let mine = match steps.get(clash.step).map(|step| &step.what) {
        Some(What::Update(set)) => Some(set),
        _ => None,
    };
    let fields: Vec<FieldConflict> = clash
        .fields
        .iter()
        // Of a row that is to be deleted no column by itself stands in the way.
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, base)| FieldConflict {
            field: name.clone(),
            base: base.clone(),
            mine: value(mine.and_then(|set| set.get(name))),
            theirs: value(clash.theirs.as_ref().and_then(|row| row.get(name))),
        })
        .collect();
    let key = steps.get(clash.step).map(|step| joined(&step.key)).unwrap_or_default();
    json!({"change": clash.step, "key": key, "gone": clash.theirs.is_none(), "current_version": clash.version, "fields": fields})
}
