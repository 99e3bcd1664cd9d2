//! Sensitive columns: marked once, hidden wherever rows are read, and revealed only to who may and says why. Each read that
//! reveals one is in the audit log before a value leaves.
//!
//! What is hidden doesn't exist for the list engine, like a column that the login may not read: it can't be selected,
//! filtered, sorted, searched, exported or joined by, so nobody finds a value by asking for it. What SQL of somebody's own
//! reads can't be told in advance, so the console and functions ask for a reason on sources that have such columns.

mod known;
mod mark;
mod taint;

pub use known::{Mark, Marks};
pub use taint::mask;

use crate::catalogue::{self, Table};
use crate::source::open::Open;
use kernel::audit::{self, Entry, Target as Audited};
use kernel::{Call, Caller, Ctx, Module, Problem, Result, runner};
use percent_encoding::percent_decode_str;
use std::sync::Arc;

pub const PERMISSION: &str = "rows:reveal";
/// The header that says why, in percent-encoded UTF-8.
pub const HEADER: &str = "reveal-reason";
pub const DESCRIPTION: &str = "Why you want to see sensitive columns, percent-encoded; written to the audit log";
const ACTION: &str = "rows.reveal";
const SHORTEST: usize = 3;
const LONGEST: usize = 500;

/// Every fixed statement about sensitive columns.
#[must_use]
pub fn statements() -> Vec<&'static str> {
    [mark::store::STATEMENTS, known::STATEMENTS, taint::STATEMENTS].concat()
}

/// The noun and the permission.
pub(crate) fn declare(module: Module) -> Module {
    module.permission(PERMISSION, "See sensitive columns, with a reason").resource(mark::resource())
}

/// A table as a request may see it: without its sensitive columns, or with them where it says why.
///
/// # Errors
/// 403 without the permission, 422 when the reason says nothing, and as [`catalogue::table`].
pub async fn table(call: &Call, source: &Open, schema: &str, name: &str) -> Result<Arc<Table>> {
    revealed(call, source, catalogue::table(source, schema, name).await?).await
}

/// The same table as it is now.
///
/// # Errors
/// As [`table`].
pub async fn fresh(call: &Call, source: &Open, schema: &str, name: &str) -> Result<Arc<Table>> {
    revealed(call, source, catalogue::fresh(source, schema, name).await?).await
}

async fn revealed(call: &Call, source: &Open, table: Arc<Table>) -> Result<Arc<Table>> {
    let (Some(whole), Some(reason)) = (&table.whole, reason(call)?) else { return Ok(table) };
    let target = Audited::new(table.kind_in(&source.name), "", &table.name);
    told(call, target, &reason).await?;
    Ok(whole.clone())
}

/// For what may read anything of a source: nothing to say where no column is hidden.
///
/// # Errors
/// 403 without a reason or the permission.
pub async fn anything(call: &Call, source: &Open, what: &str) -> Result<()> {
    let hidden = source.marks.hidden();
    if hidden.is_empty() {
        return Ok(());
    }
    let target = Audited::new(source.name.clone(), "", &source.name);
    match reason(call)? {
        Some(reason) => told(call, target, &reason).await,
        None => {
            let caller = call.caller()?;
            let named = hidden.iter().take(3).map(Mark::name).collect::<Vec<_>>().join(", ");
            let more = if hidden.len() > 3 { format!(" and {} more", hidden.len() - 3) } else { String::new() };
            let then = match caller.require(PERMISSION) {
                Ok(()) => format!("Say why you need to (header {HEADER}, --reveal on the command line); it is written to the audit log."),
                Err(_) => format!("It needs the permission {PERMISSION}. Rows without these columns can be read as lists."),
            };
            let problem = Problem::refused(format!("{what} could read sensitive columns of {} ({named}{more}). {then}", source.name))
                .with("reveal", true);
            runner::note_refusal(&call.app, caller, &call.request, ACTION, Some(target), &problem).await;
            Err(problem)
        }
    }
}

/// Why the request wants to see sensitive columns.
fn reason(call: &Call) -> Result<Option<String>> {
    let Some(given) = call.header(HEADER) else { return Ok(None) };
    let decoded = percent_decode_str(given).decode_utf8().map_err(|_| wrong("is no percent-encoded UTF-8"))?;
    let reason = decoded.trim();
    let length = reason.chars().count();
    if length < SHORTEST || reason.chars().any(char::is_control) {
        return Err(wrong("must say why you want to see sensitive columns"));
    }
    if length > LONGEST {
        return Err(wrong("is longer than 500 characters"));
    }
    Ok(Some(reason.to_owned()))
}

fn wrong(what: &str) -> Problem {
    Problem::field("reveal_reason", "reason", format!("The header {HEADER} {what}"))
}

/// Writes down who wants to see what, and why; without that, nothing is shown.
async fn told(call: &Call, target: Audited, reason: &str) -> Result<()> {
    let caller = call.caller()?;
    if let Err(problem) = caller.require(PERMISSION) {
        runner::note_refusal(&call.app, caller, &call.request, ACTION, Some(target), &problem).await;
        return Err(problem);
    }
    let asked: String = call.query.chars().take(LONGEST).collect();
    let detail = if asked.is_empty() { reason.to_owned() } else { format!("{reason} ({asked})") };
    write(call, caller, target, detail).await
}

async fn write(call: &Call, caller: &Caller, target: Audited, detail: String) -> Result<()> {
    let ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    let entry = Entry::of(ctx.id(), ctx.now(), caller, &call.request, ACTION, Some(target)).detail(Some(detail));
    audit::store::append(ctx.db(), &call.app.keys, &entry).await?;
    ctx.commit().await
}
