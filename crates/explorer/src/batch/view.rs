//! A batch as the API shows it.

use super::store::Batch;
use serde_json::{Value, json};

pub fn shown(batch: &Batch) -> Value {
    let seconds = batch.started_at.zip(batch.said_at).map(|(from, to)| (to - from).as_seconds_f64());
    let done = batch.changed + batch.skipped;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = seconds.filter(|seconds| *seconds > 0.0 && done > 0).map(|seconds| (done as f64 / seconds).round());
    let no_undo = no_undo(batch);
    json!({
        "id": batch.id,
        "source": batch.source,
        "schema": batch.schema,
        "table": batch.table,
        "verb": batch.verb.name(),
        "mode": batch.mode.name(),
        "filter": batch.asked.as_ref().map(|asked| &asked.filter),
        "set": batch.asked.as_ref().map(|asked| &asked.set),
        "defaults": batch.asked.as_ref().map(|asked| &asked.defaults),
        "except": batch.asked.as_ref().map_or(0, |asked| asked.except.len()),
        "expected": batch.expected,
        "status": batch.status,
        "wish": batch.wish,
        "changed": batch.changed,
        "skipped": batch.skipped,
        "percent": if batch.status == "done" { 100 } else { done.saturating_mul(100).checked_div(batch.expected).unwrap_or(0).clamp(0, 100) },
        "per_second": rate,
        "error": batch.error,
        "undo": {"allowed": no_undo.is_none(), "reason": no_undo},
        "undoes": batch.undoes,
        "undone_by": batch.undone_by,
        "by": batch.actor.label,
        "created_at": batch.created_at,
        "started_at": batch.started_at,
        "finished_at": batch.finished_at,
    })
}

/// Why a batch can't be taken back, as far as it is known without its table.
pub fn no_undo(batch: &Batch) -> Option<String> {
    if batch.undoes.is_some() {
        return Some("What was taken back is not taken back again; change the rows as they should be".into());
    }
    if matches!(batch.status.as_str(), "running" | "paused") {
        return Some("It has not ended yet".into());
    }
    if batch.changed == 0 {
        return Some("It changed nothing".into());
    }
    if batch.undone_by.is_some() {
        return Some("It was undone already, or is being undone".into());
    }
    batch.no_undo.clone().or_else(|| (!batch.kept).then(|| "What the rows were before is not kept any more".into()))
}

/// The schema of [`shown`], for the documents.
pub fn schema() -> Value {
    let maybe = |kind: &str| json!({"type": [kind, "null"]});
    json!({"type": "object", "properties": {
        "id": {"type": "string", "format": "uuid"}, "source": {"type": "string"}, "schema": {"type": "string"}, "table": {"type": "string"},
        "verb": {"type": "string", "enum": ["update", "delete", "undo"]}, "mode": {"type": "string", "enum": ["atomic", "chunked"]},
        "filter": maybe("string"), "set": maybe("object"), "defaults": {"type": ["array", "null"], "items": {"type": "string"}},
        "except": {"type": "integer"}, "expected": {"type": "integer"},
        "status": {"type": "string", "enum": ["running", "paused", "done", "failed", "cancelled"]},
        "wish": {"type": ["string", "null"], "enum": ["pause", "cancel", null]},
        "changed": {"type": "integer"}, "skipped": {"type": "integer"}, "percent": {"type": "integer"}, "per_second": maybe("number"),
        "error": maybe("string"),
        "undo": {"type": "object", "properties": {"allowed": {"type": "boolean"}, "reason": maybe("string")}},
        "undoes": {"type": ["string", "null"], "format": "uuid"}, "undone_by": {"type": ["string", "null"], "format": "uuid"},
        "by": {"type": "string"}, "created_at": {"type": "string"}, "started_at": maybe("string"), "finished_at": maybe("string")
    }})
}

pub fn example() -> Value {
    json!({
        "id": "0190b6c8-0000-7000-8000-000000000090", "source": "main", "schema": "public", "table": "invoice", "verb": "update", "mode": "atomic",
        "filter": "billing_country=eq.Germany", "set": {"paid": true}, "defaults": [], "except": 0, "expected": 28, "status": "done", "wish": null,
        "changed": 28, "skipped": 0, "percent": 100, "per_second": 2800.0, "error": null, "undo": {"allowed": true, "reason": null}, "undoes": null,
        "undone_by": null, "by": "Ada Lovelace", "created_at": "2026-11-20T09:30:00Z", "started_at": "2026-11-20T09:30:00Z",
        "finished_at": "2026-11-20T09:30:01Z"
    })
}
