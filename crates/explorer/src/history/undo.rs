//! Taking a change back, as a change of its own: audited, and to be taken back again like any other.

use super::entry::Entry;
use super::{FORGED, plan, store};
use crate::live::Signed;
use crate::masking;
use crate::rows::answer;
use crate::rows::audit::{Log, exact, joined};
use crate::rows::steps::{Clash, Refusal, Step, Steps, What};
use crate::rows::target::Target;
use crate::rows::transaction::Transaction;
use crate::rows::write;
use crate::state::State;
use http::StatusCode;
use kernel::endpoint::{Response, json as respond};
use kernel::problem::{Conflict, FieldConflict, Kind};
use kernel::{Call, Caller, Problem, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// Most rows that are taken back at once: as many as one insert makes.
const MOST: usize = 10_000;
/// Rows that a conflict names.
const NAMED: usize = 20;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The audit entry of the change
    entry: Uuid,
    /// Only the row that this entry is about, rather than all that the same request changed
    #[serde(default)]
    only: bool,
    /// Everything is tried, and nothing changed
    #[serde(default)]
    dry_run: bool,
}

pub async fn undo(state: &Arc<State>, call: &Call) -> Result<Response> {
    let caller = call.caller()?;
    let outcome = attempt(state, call, caller).await;
    if let Err(problem) = &outcome {
        Target::refused(call, caller, "rows.undo", problem).await;
    }
    outcome
}

async fn attempt(state: &Arc<State>, call: &Call, caller: &Caller) -> Result<Response> {
    crate::tables::admit(call, "rows:update")?;
    let asked: Asked = call.input()?;
    let source = state.for_caller(call).await?;
    let table = masking::fresh(call, &source, call.param("schema"), call.param("table")).await?;
    let target = Target { source, table };
    write::once(call, caller, take_back(&target, call, caller, &asked)).await.map_err(|problem| target.seen(problem))
}

async fn take_back(target: &Target, call: &Call, caller: &Caller, asked: &Asked) -> Result<Response> {
    let entries = entries(target, call, caller, asked).await?;
    let steps = steps(target, call, caller, &entries).await?;
    let action = match steps.first().map(|step| &step.what) {
        Some(What::Delete) => "rows.delete",
        Some(What::Insert(_)) => "rows.create",
        _ => "rows.update",
    };
    let log = Log { call, caller, target, action, note: Some(format!("undo of {}", asked.entry)) };
    let steps = Steps::new(target, steps)?;
    log.start().await?;
    let signed = Signed::of(call, &target.source).await?;
    let transaction = Transaction::new(target.source.conn().await?, caller.seen_as.clone()).signed(signed);
    let done = steps.run(&transaction).await.map_err(|refusal| refused(steps.steps(), refusal));
    let (done, entry) = write::settle(&log, transaction, done, |done| &done.pairs, asked.dry_run).await?;
    let mut response = respond(StatusCode::OK, &json!({"rows": done.pairs.len(), "entry": entry}))?;
    answer::named(&mut response, entry);
    Ok(response)
}

/// What is to be taken back, the last change first.
async fn entries(target: &Target, call: &Call, caller: &Caller, asked: &Asked) -> Result<Vec<Entry>> {
    let kind = target.table.kind_in(&target.source.name);
    let missing = || Problem::not_found(format_args!("change of this table's rows {}", asked.entry));
    let found = store::one(&call.app, asked.entry, &kind).await?.ok_or_else(missing)?;
    found.0.kind()?;
    // One's own change has nothing in it that one hasn't seen.
    if found.0.actor_id != caller.actor.id || found.0.actor_kind != caller.actor.kind.as_str() {
        caller.require("audit:read")?;
    }
    let mut all = if asked.only { vec![found] } else { store::together(&call.app, asked.entry, MOST as i64 + 1).await? };
    if all.len() > MOST {
        return Err(Problem::new(Kind::TooLarge, format!("That request changed more than {MOST} rows; take them back one by one")));
    }
    if all.iter().any(|(_, is_ours)| !is_ours) {
        return Err(Problem::new(Kind::Conflict, format!("{FORGED}, so it is not taken back")).titled("This can't be undone"));
    }
    all.reverse();
    Ok(all.into_iter().map(|(entry, _)| entry).collect())
}

async fn steps(target: &Target, call: &Call, caller: &Caller, entries: &[Entry]) -> Result<Vec<Step>> {
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
    let kept = store::kept(&call.app, &ids).await?;
    let mut steps = Vec::with_capacity(entries.len());
    for entry in entries {
        let kind = entry.kind()?;
        plan::permitted(&target.table, caller, kind).map_err(Problem::refused)?;
        let fields = entry.fields(&target.table, kept.get(&entry.id));
        let step = plan::inverse(&target.table, entry, kind, fields).map_err(|reason| {
            let row = entry.target_id.as_deref().unwrap_or_default();
            Problem::new(Kind::Conflict, format!("{} {row} can't be taken back. {reason}. Nothing was changed.", target.table.name))
                .titled("This can't be undone")
        })?;
        steps.push(step);
    }
    Ok(steps)
}

fn refused(steps: &[Step], refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Whole(problem) => problem,
        Refusal::At(i, problem) if steps.len() > 1 => {
            let row = steps.get(i).map(|step| joined(&step.key)).unwrap_or_default();
            let errors = problem.errors().to_vec();
            Problem::new(problem.kind(), format!("Row {row}: {} Nothing was changed.", problem.detail()))
                .with_errors(errors)
                .because(problem)
        }
        Refusal::At(_, problem) => problem,
        Refusal::Clashes(clashes) => clash(steps, &clashes),
    }
}

/// Somebody changed a row since: what the change left, what undoing would write, and what is there.
fn clash(steps: &[Step], clashes: &[Clash]) -> Problem {
    let all: Vec<(String, bool, Vec<FieldConflict>)> = clashes
        .iter()
        .take(NAMED)
        .filter_map(|clash| steps.get(clash.step).map(|step| (joined(&step.key), clash.theirs.is_none(), fields(step, clash))))
        .collect();
    let rows: Vec<Value> = all.iter().map(|(key, gone, fields)| json!({"key": key, "gone": gone, "fields": fields})).collect();
    let (text, conflict) = match (clashes, all.as_slice()) {
        ([one], [(_, false, fields)]) if !matches!(steps.get(one.step).map(|s| &s.what), Some(What::Insert(_))) => (
            "This row was changed again since, so undoing would overwrite that. Nothing was changed.".to_owned(),
            Some(Conflict { current_version: one.version.clone().unwrap_or_default(), fields: fields.clone() }),
        ),
        ([_], [(_, true, _)]) => ("This row is not there any more, or has another key. Nothing was changed.".to_owned(), None),
        ([_], _) => ("A row with this key is there again. Nothing was changed.".to_owned(), None),
        (many, _) => (format!("{} rows were changed again since. Nothing was changed.", many.len()), None),
    };
    Problem::conflict(text, conflict).with("rows", rows)
}

fn fields(step: &Step, clash: &Clash) -> Vec<FieldConflict> {
    let value = |record: Option<&crate::rows::record::Record>, name: &str| {
        record.and_then(|record| record.get(name)).map(exact).unwrap_or_default()
    };
    let mine = match &step.what {
        What::Update(record) | What::Insert(record) => Some(record),
        What::Delete => None,
    };
    clash
        .fields
        .iter()
        .map(|(name, left)| FieldConflict {
            field: name.clone(),
            base: left.clone(),
            mine: value(mine, name),
            theirs: value(clash.theirs.as_ref(), name),
        })
        .collect()
}
