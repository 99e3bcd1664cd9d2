//! Imports in the audit log: that somebody asked for one, and how it ended, with counts. What was in the rows isn't there.

use super::settings::Settings;
use super::store::Import;
use super::write::Tally;
use crate::errand;
use kernel::audit::{Changes, Entry, Outcome, Target};
use kernel::{Ctx, Event, Result};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

const ACTION: &str = "rows.import";

/// A file was imported into a table.
#[derive(Clone, Debug, Serialize)]
pub struct RowsImported {
    pub id: Uuid,
    pub source: String,
    pub schema: String,
    pub table: String,
    pub inserted: u64,
    pub updated: u64,
}

impl Event for RowsImported {
    const NAME: &'static str = "rows.imported";
}

pub fn target(import: &Import) -> Target {
    errand::target(&import.source, &import.schema, &import.table, import.id)
}

/// That somebody asked for it.
///
/// # Errors
/// When the database refuses; then nothing begins.
pub async fn asked(ctx: &mut Ctx, import: &Import, action: &str, settings: &Settings) -> Result<()> {
    let mode = kernel::ctx::to_json(settings.mode)?;
    let whole = if settings.whole { ", all or nothing" } else { "" };
    let columns = settings.columns.iter().flatten().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let columns: String = columns.chars().take(500).collect();
    let detail = format!("{}, {} rows: {}{whole}; columns {columns}", import.name, import.rows, mode.as_str().unwrap_or_default());
    ctx.audit(action, Some(target(import)), Changes::new(), Some(detail)).await
}

/// How it ended; `why` it was not imported.
///
/// # Errors
/// When the database refuses.
pub async fn ended(ctx: &mut Ctx, import: &Import, tally: &Tally, why: Option<&str>) -> Result<()> {
    let said = why.map(|why| format!("; {why}")).unwrap_or_default();
    let counts = format!("{} rows read, {} refused", tally.rows, tally.rejected);
    let detail = format!("{}: {counts}, {} passed over{said}", import.name, tally.skipped);
    let mut changes = Changes::new();
    let outcome = if why.is_none() { Outcome::Ok } else { Outcome::Failed };
    if why.is_none() {
        changes.insert("inserted".into(), json!({"before": null, "after": tally.inserted}));
        changes.insert("updated".into(), json!({"before": null, "after": tally.updated}));
    }
    let entry = Entry::new(ctx, ACTION, Some(target(import))).changes(changes).outcome(outcome).detail(Some(detail));
    ctx.audit_all(&[entry]).await?;
    if why.is_none() {
        let Import { id, source, schema, table, .. } = import;
        let (source, schema, table) = (source.clone(), schema.clone(), table.clone());
        ctx.emit(RowsImported { id: *id, source, schema, table, inserted: tally.inserted, updated: tally.updated }).await?;
    }
    Ok(())
}
