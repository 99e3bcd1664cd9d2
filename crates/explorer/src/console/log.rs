//! Runs in the audit log, and in the history of whoever ran them: that one began, before anything is sent, and how it
//! ended. Passwords in the text are not kept.

use super::ask::Plan;
use super::lexer::{Kind, Tokens};
use super::store;
use crate::source::open::Open;
use kernel::audit::{self, Entry, Outcome, Target};
use kernel::{App, Call, Caller, Ctx, RequestInfo, Result, secret};
use std::sync::Arc;
use uuid::Uuid;

/// Longest text in the audit log, in characters; the history has all of it.
const LONGEST: usize = 500;

pub struct Log {
    pub id: Uuid,
    app: Arc<App>,
    caller: Caller,
    request: RequestInfo,
    action: &'static str,
    target: Target,
    mode: &'static str,
}

/// How a run ended.
pub struct Ended {
    /// `ok`, `failed` or `cancelled`.
    pub outcome: &'static str,
    pub done: usize,
    pub rows: u64,
    pub milliseconds: u64,
    pub error: Option<String>,
}

impl Log {
    /// # Errors
    /// When the panel's database is away; then nothing is run.
    pub async fn start(call: &Call, source: &Open, plan: &Plan, action: &'static str) -> Result<Self> {
        let (app, caller, request) = (call.app.clone(), call.caller()?.clone(), call.request.clone());
        let target = Target::new("sources", source.id, &source.name);
        let ctx = Ctx::open(app.clone(), caller.clone(), request.clone()).await?;
        let log = Self { id: ctx.id(), app, caller, request, action, target, mode: plan.mode.name() };
        let text = without_passwords(&plan.text);
        let place = log.caller.seen_as.as_ref().map(|seen| seen.role.name());
        store::begin(ctx.db(), &store::New { id: log.id, source: &source.name, mode: log.mode, sql: &text, place, at: ctx.now() }).await?;
        let hash: String = secret::hash(&plan.text).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let shown: String = text.chars().take(LONGEST).collect();
        let cut = if shown.len() < text.len() { "…" } else { "" };
        log.write(&ctx, Outcome::Started, format!("{}, sha256 {hash}…: {shown}{cut}", log.mode)).await?;
        ctx.commit().await?;
        Ok(log)
    }

    pub async fn end(&self, ended: Ended) {
        let outcome = if ended.outcome == "ok" { Outcome::Ok } else { Outcome::Failed };
        let why = ended.error.as_deref().map(|why| format!("; {why}")).unwrap_or_default();
        let detail = format!(
            "{}: {}, {} statements done, {} rows, {} ms{why}",
            self.mode, ended.outcome, ended.done, ended.rows, ended.milliseconds
        );
        let written = async {
            let ctx = Ctx::open(self.app.clone(), self.caller.clone(), self.request.clone()).await?;
            store::end(ctx.db(), self.id, &ended).await?;
            self.write(&ctx, outcome, detail).await?;
            ctx.commit().await
        };
        // What was done is done; the entry of the start stays as the sign of it.
        if let Err(error) = written.await {
            tracing::error!(error = %error, "the end of a run of the console could not be written to the audit log");
        }
    }

    async fn write(&self, ctx: &Ctx, outcome: Outcome, detail: String) -> Result<()> {
        let entry = Entry::of(ctx.id(), ctx.now(), &self.caller, &self.request, self.action, Some(self.target.clone()));
        audit::store::append(ctx.db(), &self.app.keys, &entry.outcome(outcome).detail(Some(detail))).await
    }
}

/// The text with the string after each word `password` masked.
fn without_passwords(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let (mut from, mut follows) = (0, false);
    for token in Tokens::of(text) {
        let word = text.get(token.at.clone()).unwrap_or_default();
        if follows && token.kind == Kind::Text {
            shown.push_str(text.get(from..token.at.start).unwrap_or_default());
            shown.push_str(&format!("'{}'", audit::MASK));
            from = token.at.end;
        }
        // Options of foreign servers and user mappings are written without =, connection strings of dblink are one string.
        follows = token.kind == Kind::Word && word.eq_ignore_ascii_case("password");
    }
    shown.push_str(text.get(from..).unwrap_or_default());
    shown
}

#[cfg(test)]
mod tests {
    use super::without_passwords;

    #[test]
    fn passwords_are_not_kept() {
        assert_eq!(without_passwords("alter role a PASSWORD 'it''s secret'; select 1"), "alter role a PASSWORD '•••'; select 1");
        assert_eq!(without_passwords("options (user 'a', password $x$b$x$)"), "options (user 'a', password '•••')");
        assert_eq!(without_passwords("select password, 'shown' from t"), "select password, 'shown' from t");
    }
}
