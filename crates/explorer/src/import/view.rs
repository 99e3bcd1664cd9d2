//! An import as the API shows it.

use super::batch::Reject;
use super::store::Import;
use super::write::Tally;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Refused rows that are shown with an import; the file has more of them.
pub const SHOWN: usize = 50;

/// What came of the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Whether it was only tried.
    pub tried: bool,
    #[serde(flatten)]
    pub tally: Tally,
    /// The first rows that don't fit.
    pub rejects: Vec<Refused>,
}

/// Why a row doesn't fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub line: u64,
    pub column: Option<String>,
    pub reason: String,
}

impl From<&Reject> for Refused {
    fn from(reject: &Reject) -> Self {
        Self { line: reject.line, column: reject.column.clone(), reason: reject.reason.clone() }
    }
}

pub fn shown(import: &Import) -> Value {
    let seconds = import.started_at.zip(import.said_at).map(|(from, to)| (to - from).as_seconds_f64());
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = seconds.filter(|seconds| *seconds > 0.0).map(|seconds| (import.done as f64 / seconds).round());
    json!({
        "id": import.id,
        "source": import.source,
        "schema": import.schema,
        "table": import.table,
        "name": import.name,
        "format": import.format,
        "encoding": import.encoding,
        "delimiter": import.delimiter.map(|sign| char::from(sign).to_string()),
        "header": import.header,
        "status": import.status,
        "bytes": import.bytes.to_string(),
        "rows": import.rows,
        "columns": import.columns,
        "settings": import.settings,
        "report": import.report,
        "error": import.error,
        "done": import.done,
        "percent": import.done.saturating_mul(100).checked_div(import.rows).unwrap_or(0).clamp(0, 100),
        "per_second": rate,
        "kept": import.kept,
        "by": import.actor.label,
        "created_at": import.created_at,
        "started_at": import.started_at,
        "finished_at": import.finished_at,
    })
}

/// The schema of [`shown`], for the documents.
pub fn schema() -> Value {
    json!({"type": "object", "properties": {
        "id": {"type": "string", "format": "uuid"}, "source": {"type": "string"}, "schema": {"type": "string"}, "table": {"type": "string"},
        "name": {"type": "string"}, "format": {"type": "string", "enum": ["csv", "ndjson"]}, "encoding": {"type": "string"},
        "delimiter": {"type": ["string", "null"]}, "header": {"type": "boolean"},
        "status": {"type": "string", "enum": ["new", "checking", "running", "done", "failed", "cancelled"]},
        "bytes": {"type": "string"}, "rows": {"type": "integer"},
        "columns": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}, "samples": {"type": "array", "items": {"type": ["string", "null"]}},
            "looks": {"type": "string"}, "target": {"type": ["string", "null"]}}}},
        "settings": {"type": ["object", "null"]},
        "report": {"type": ["object", "null"], "properties": {"tried": {"type": "boolean"}, "rows": {"type": "integer"}, "inserted": {"type": "integer"},
            "updated": {"type": "integer"}, "skipped": {"type": "integer"}, "rejected": {"type": "integer"}, "rejects": {"type": "array", "items": {"type": "object"}}}},
        "error": {"type": ["string", "null"]}, "done": {"type": "integer"}, "percent": {"type": "integer"}, "per_second": {"type": ["number", "null"]},
        "kept": {"type": "boolean"}, "by": {"type": "string"}, "created_at": {"type": "string"}, "started_at": {"type": ["string", "null"]},
        "finished_at": {"type": ["string", "null"]}
    }})
}

pub fn example() -> Value {
    json!({
        "id": "0190b6c8-0000-7000-8000-000000000080", "source": "main", "schema": "public", "table": "track", "name": "tracks.csv", "format": "csv",
        "encoding": "utf-8", "delimiter": ",", "header": true, "status": "done", "bytes": "120334", "rows": 3503,
        "columns": [{"name": "Track Id", "samples": ["1", "2"], "looks": "integer", "target": "track_id"}],
        "settings": {"columns": {"track_id": {"column": "Track Id"}}, "mode": "insert", "key": null, "null": null, "whole": false},
        "report": {"tried": false, "rows": 3503, "inserted": 3502, "updated": 0, "skipped": 0, "rejected": 1,
            "rejects": [{"line": 17, "column": "track_id", "reason": "Invalid input syntax for type integer: \"x\""}]},
        "error": null, "done": 3503, "percent": 100, "per_second": 84000.0, "kept": false, "by": "Ada Lovelace",
        "created_at": "2026-11-20T09:30:00Z", "started_at": "2026-11-20T09:31:00Z", "finished_at": "2026-11-20T09:31:01Z"
    })
}
