//! Exports in the audit log: that somebody asked for one, and how it ended. What stands in the file isn't there.

use super::super::log::{Sent, asked as spelled};
use super::store::Export;
use crate::errand;
use kernel::audit::{Changes, Entry, Outcome, Target};
use kernel::{Ctx, Event, Result};
use serde::Serialize;
use uuid::Uuid;

/// Rows of a table were made into a file that is kept.
#[derive(Clone, Debug, Serialize)]
pub struct RowsExported {
    pub id: Uuid,
    pub source: String,
    pub schema: String,
    pub table: String,
    pub format: &'static str,
    pub rows: u64,
    pub bytes: u64,
}

impl Event for RowsExported {
    const NAME: &'static str = "rows.exported";
}

pub fn target(export: &Export) -> Target {
    errand::target(&export.source, &export.schema, &export.table, export.id)
}

/// That somebody asked for it.
///
/// # Errors
/// When the database refuses; then nothing begins.
pub async fn asked(ctx: &mut Ctx, export: &Export) -> Result<()> {
    let revealed = if export.revealed { ", with sensitive columns" } else { "" };
    let detail = format!("{}{revealed}: {}", export.format.name(), spelled(&export.query));
    ctx.audit("row-exports.create", Some(target(export)), Changes::new(), Some(detail)).await
}

/// How it ended; `why` there is no file.
///
/// # Errors
/// When the database refuses.
pub async fn ended(ctx: &mut Ctx, export: &Export, sent: Sent, why: Option<&str>) -> Result<()> {
    let said = why.map(|why| format!("; {why}")).unwrap_or_default();
    let detail = format!("{}: {} rows, {} bytes kept{said}", export.format.name(), sent.rows, sent.bytes);
    let outcome = if why.is_none() { Outcome::Ok } else { Outcome::Failed };
    let entry = Entry::new(ctx, super::super::ACTION, Some(target(export))).outcome(outcome).detail(Some(detail));
    ctx.audit_all(&[entry]).await?;
    if why.is_none() {
        let Export { id, source, schema, table, format, .. } = export;
        let (source, schema, table) = (source.clone(), schema.clone(), table.clone());
        let Sent { rows, bytes } = sent;
        ctx.emit(RowsExported { id: *id, source, schema, table, format: format.name(), rows, bytes }).await?;
    }
    Ok(())
}
