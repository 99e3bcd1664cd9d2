//! Batches in the audit log: that somebody asked for one, and how it ended: its predicate, its values and its counts. What each
//! row was before is kept beside it, signed.

use super::asked::{Asked, Verb};
use super::store::Batch;
use crate::errand;
use crate::rows::record::plain;
use kernel::audit::{Changes, Entry, Outcome, Target};
use kernel::{Ctx, Event, Result};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

const ACTION: &str = "rows.batch";
/// Longest predicate and longest value in the log, in characters.
const LONGEST: usize = 500;

/// Rows of a table were changed by a predicate.
#[derive(Clone, Debug, Serialize)]
pub struct RowsBatched {
    pub id: Uuid,
    pub source: String,
    pub schema: String,
    pub table: String,
    pub verb: &'static str,
    pub rows: i64,
}

impl Event for RowsBatched {
    const NAME: &'static str = "rows.batched";
}

pub fn target(batch: &Batch) -> Target {
    errand::target(&batch.source, &batch.schema, &batch.table, batch.id)
}

/// What it does to which rows, in a line.
pub fn what(verb: Verb, asked: Option<&Asked>, undoes: Option<Uuid>) -> String {
    let Some(asked) = asked else { return format!("undo of {}", undoes.unwrap_or_default()) };
    let rows: String = asked.filter.chars().take(LONGEST).collect();
    let rows = if rows.is_empty() { "every row".to_owned() } else { rows };
    let without = if asked.except.is_empty() { String::new() } else { format!(" without {} of them", asked.except.len()) };
    format!("{} {rows}{without}, {}", verb.name(), asked.mode.name())
}

/// The values that are set. What was there before differs from row to row.
fn values(asked: Option<&Asked>) -> Changes {
    let mut changes = Changes::new();
    for (name, value) in asked.iter().flat_map(|asked| &asked.set.0) {
        let after = plain(value).map(|text| text.chars().take(LONGEST).collect::<String>());
        changes.insert(name.clone(), json!({"after": after}));
    }
    for name in asked.iter().flat_map(|asked| &asked.defaults) {
        changes.insert(name.clone(), json!({"after": "its default"}));
    }
    changes
}

/// That somebody asked for something.
///
/// # Errors
/// When the database refuses; then nothing begins.
pub async fn asked(ctx: &mut Ctx, batch: &Batch, action: &str) -> Result<()> {
    let what = what(batch.verb, batch.asked.as_ref(), batch.undoes);
    let changes = if action == "row-batches.create" { values(batch.asked.as_ref()) } else { Changes::new() };
    ctx.audit(action, Some(target(batch)), changes, Some(format!("{what}; {} rows expected", batch.expected))).await
}

/// How it ended; `why` it did not go to its end.
///
/// # Errors
/// When the database refuses.
pub async fn ended(ctx: &mut Ctx, batch: &Batch, why: Option<&str>) -> Result<()> {
    let said = why.map(|why| format!("; {why}")).unwrap_or_default();
    let what = what(batch.verb, batch.asked.as_ref(), batch.undoes);
    let detail = format!("{what}: {} of {} rows changed, {} left as they were{said}", batch.changed, batch.expected, batch.skipped);
    let mut changes = values(batch.asked.as_ref());
    changes.insert("rows".into(), json!({"before": null, "after": batch.changed}));
    let outcome = if why.is_none() { Outcome::Ok } else { Outcome::Failed };
    let entry = Entry::new(ctx, ACTION, Some(target(batch))).changes(changes).outcome(outcome).detail(Some(detail));
    ctx.audit_all(&[entry]).await?;
    if batch.changed > 0 {
        let Batch { id, source, schema, table, verb, changed, .. } = batch;
        let (source, schema, table) = (source.clone(), schema.clone(), table.clone());
        ctx.emit(RowsBatched { id: *id, source, schema, table, verb: verb.name(), rows: *changed }).await?;
    }
    Ok(())
}
