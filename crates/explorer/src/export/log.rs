//! What leaves the panel as a file, in the audit log: that it began, before anything leaves, and how it ended.

use super::file::Format;
use kernel::audit::{self, Entry, Outcome, Target as Audited};
use kernel::{App, Call, Caller, Ctx, RequestInfo, Result};
use std::sync::Arc;

/// Longest query in the log, in characters.
const LONGEST: usize = 500;

pub struct Log {
    app: Arc<App>,
    caller: Caller,
    request: RequestInfo,
    action: &'static str,
    target: Audited,
    format: Format,
}

/// How far an export came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    pub rows: u64,
    pub bytes: u64,
}

/// What was asked for, for the log.
#[must_use]
pub fn asked(query: &str) -> String {
    let asked: String = query.chars().take(LONGEST).collect();
    if asked.is_empty() { "all rows".to_owned() } else { asked }
}

impl Log {
    /// # Errors
    /// When the panel's database is away; then nothing leaves.
    pub async fn start(call: &Call, action: &'static str, target: Audited, format: Format, what: &str) -> Result<Self> {
        let (app, caller, request) = (call.app.clone(), call.caller()?.clone(), call.request.clone());
        let log = Self { app, caller, request, action, target, format };
        log.write(Outcome::Started, format!("{}: {what}", format.name())).await?;
        Ok(log)
    }

    /// `how_much` was sent; `why` it ended before its end.
    pub async fn end(self, how_much: &str, why: Option<String>) {
        let (outcome, said) = match why {
            None => (Outcome::Ok, String::new()),
            Some(why) => (Outcome::Failed, format!("; {why}")),
        };
        // What was sent is gone; the entry of the start stays as the sign of it.
        if let Err(error) = self.write(outcome, format!("{}: {how_much}{said}", self.format.name())).await {
            tracing::error!(error = %error, "the end of an export could not be written to the audit log");
        }
    }

    async fn write(&self, outcome: Outcome, detail: String) -> Result<()> {
        let ctx = Ctx::open(self.app.clone(), self.caller.clone(), self.request.clone()).await?;
        let id = ctx.id();
        let entry = Entry::of(id, ctx.now(), &self.caller, &self.request, self.action, Some(self.target.clone()));
        audit::store::append(ctx.db(), &self.app.keys, &entry.outcome(outcome).detail(Some(detail))).await?;
        ctx.commit().await
    }
}
