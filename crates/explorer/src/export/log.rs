//! Exports in the audit log: that one began, before anything leaves, and how it ended.

use super::file::Format;
use crate::rows::target::Target;
use kernel::audit::{self, Entry, Outcome, Target as Audited};
use kernel::{App, Call, Caller, Ctx, RequestInfo, Result};
use std::sync::Arc;

const ACTION: &str = "rows.export";
/// Longest query in the log, in characters.
const LONGEST: usize = 500;

pub struct Log {
    app: Arc<App>,
    caller: Caller,
    request: RequestInfo,
    target: Audited,
    format: Format,
}

/// How far an export came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    pub rows: u64,
    pub bytes: u64,
}

impl Log {
    /// # Errors
    /// When the panel's database is away; then nothing leaves.
    pub async fn start(call: &Call, target: &Target, format: Format) -> Result<Self> {
        let (source, table) = (&target.source.name, &target.table);
        let log = Self {
            app: call.app.clone(),
            caller: call.caller()?.clone(),
            request: call.request.clone(),
            target: Audited::new(table.kind_in(source), "", &table.name),
            format,
        };
        let asked: String = call.query.chars().take(LONGEST).collect();
        let asked = if asked.is_empty() { "all rows".to_owned() } else { asked };
        log.write(Outcome::Started, format!("{}: {asked}", format.name())).await?;
        Ok(log)
    }

    /// `why`: what ended it before all was sent.
    pub async fn end(self, sent: Sent, why: Option<String>) {
        let (outcome, said) = match why {
            None => (Outcome::Ok, String::new()),
            Some(why) => (Outcome::Failed, format!("; {why}")),
        };
        let detail = format!("{}: {} rows, {} bytes sent{said}", self.format.name(), sent.rows, sent.bytes);
        // What was sent is gone; the entry of the start stays as the sign of it.
        if let Err(error) = self.write(outcome, detail).await {
            tracing::error!(error = %error, "the end of an export could not be written to the audit log");
        }
    }

    async fn write(&self, outcome: Outcome, detail: String) -> Result<()> {
        let ctx = Ctx::open(self.app.clone(), self.caller.clone(), self.request.clone()).await?;
        let id = ctx.id();
        let entry = Entry::of(id, ctx.now(), &self.caller, &self.request, ACTION, Some(self.target.clone()));
        audit::store::append(ctx.db(), &self.app.keys, &entry.outcome(outcome).detail(Some(detail))).await?;
        ctx.commit().await
    }
}
