//! An export as the API shows it.

use super::store::Export;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// Whether its file can be taken.
pub fn is_there(export: &Export, now: DateTime<Utc>) -> bool {
    export.status == "done" && export.expires_at.is_some_and(|until| now < until)
}

pub fn shown(export: &Export, now: DateTime<Utc>) -> Value {
    let seconds = export.started_at.zip(export.said_at).map(|(from, to)| (to - from).as_seconds_f64());
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = seconds.filter(|seconds| *seconds > 0.0 && export.rows > 0).map(|seconds| (export.rows as f64 / seconds).round());
    let status = if export.status == "done" && !is_there(export, now) { "expired" } else { &export.status };
    // What the planner expects may be less than there is.
    let percent = export.rows.saturating_mul(100).checked_div(export.expected).unwrap_or(0).clamp(0, 99);
    json!({
        "id": export.id,
        "source": export.source,
        "schema": export.schema,
        "table": export.table,
        "name": format!("{}.{}", export.table, export.format.name()),
        "format": export.format,
        "query": export.query,
        "revealed": export.revealed,
        "status": status,
        "rows": export.rows,
        "expected": export.expected,
        "bytes": export.bytes.to_string(),
        "percent": if export.status == "done" { 100 } else { percent },
        "per_second": rate,
        "error": export.error,
        "by": export.actor.label,
        "created_at": export.created_at,
        "started_at": export.started_at,
        "finished_at": export.finished_at,
        "expires_at": export.expires_at,
    })
}

/// The schema of [`shown`], for the documents.
pub fn schema() -> Value {
    let maybe = |kind: &str| json!({"type": [kind, "null"]});
    json!({"type": "object", "properties": {
        "id": {"type": "string", "format": "uuid"}, "source": {"type": "string"}, "schema": {"type": "string"}, "table": {"type": "string"},
        "name": {"type": "string", "description": "What the file is called"}, "format": {"type": "string", "enum": ["csv", "ndjson", "xlsx", "parquet"]},
        "query": {"type": "string"}, "revealed": {"type": "boolean", "description": "Whether sensitive columns stand in the file"},
        "status": {"type": "string", "enum": ["running", "done", "failed", "cancelled", "expired"]},
        "rows": {"type": "integer"}, "expected": {"type": "integer", "description": "Rows that the planner expects"}, "bytes": {"type": "string"},
        "percent": {"type": "integer"}, "per_second": maybe("number"), "error": maybe("string"), "by": {"type": "string"},
        "created_at": {"type": "string"}, "started_at": maybe("string"), "finished_at": maybe("string"), "expires_at": maybe("string")
    }})
}

pub fn example() -> Value {
    json!({
        "id": "0190b6c8-0000-7000-8000-0000000000a0", "source": "main", "schema": "public", "table": "track", "name": "track.parquet", "format": "parquet",
        "query": "genre_id=eq.1&select=track_id,name", "revealed": false, "status": "done", "rows": 1297, "expected": 1300, "bytes": "48211",
        "percent": 100, "per_second": 25940.0, "error": null, "by": "Ada Lovelace", "created_at": "2026-11-20T09:30:00Z",
        "started_at": "2026-11-20T09:30:00Z", "finished_at": "2026-11-20T09:30:01Z", "expires_at": "2026-11-21T09:30:01Z"
    })
}
