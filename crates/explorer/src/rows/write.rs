//! The life of a write: permission → target → input → audit → change → commit → answer.

use super::answer::{self, Written};
use super::audit::{Log, Pair};
use super::body;
use super::change::{Change, Verb};
use super::insert::Insert;
use super::prefer::Prefer;
use super::record;
use super::target::{self, Target};
use super::transaction::Transaction;
use crate::live::Signed;
use crate::state::State;
use http::Method;
use kernel::endpoint::Response;
use kernel::idempotency::{self, Claimed};
use kernel::{Call, Caller, Ctx, Problem, Result};
use std::sync::Arc;
use uuid::Uuid;

/// Runs a write; a refusal is written down.
///
/// # Errors
/// Whatever refused or failed; nothing was changed then.
pub async fn write(state: &Arc<State>, call: &Call, verb: &Method) -> Result<Response> {
    let caller = call.caller()?;
    answer::check_accept(call)?;
    let (action, permission) = match *verb {
        Method::POST => ("rows.create", "rows:create"),
        Method::PATCH => ("rows.update", "rows:update"),
        _ => ("rows.delete", "rows:delete"),
    };
    let outcome = attempt(state, call, caller, verb, action, permission).await;
    if let Err(problem) = &outcome {
        Target::refused(call, caller, action, problem).await;
    }
    outcome
}

async fn attempt(
    state: &Arc<State>,
    call: &Call,
    caller: &Caller,
    verb: &Method,
    action: &'static str,
    permission: &str,
) -> Result<Response> {
    let target = target::find(state, call, permission).await?;
    let log = Log { call, caller, target: &target, action, note: None };
    let done = if *verb == Method::POST { once(call, caller, insert(&log)).await } else { change(&log, verb).await };
    done.map_err(|problem| target.seen(problem))
}

/// What a POST does, at most once per `Idempotency-Key`.
///
/// The key is kept in the panel's database and the rows may be elsewhere, so the two commits follow each other:
/// a second request waits for the first, and only a crash exactly between them could repeat it.
pub async fn once(call: &Call, caller: &Caller, work: impl Future<Output = Result<Response>>) -> Result<Response> {
    if !call.headers.contains_key("idempotency-key") {
        return work.await;
    }
    let ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    let claim = match idempotency::claim(ctx.db(), call, caller, ctx.now()).await {
        Ok(Claimed::New(claim)) => Some(claim),
        Ok(Claimed::None) => None,
        Ok(Claimed::Replay(response)) => {
            ctx.rollback().await?;
            return Ok(response);
        }
        Err(problem) => {
            drop(ctx.rollback().await);
            return Err(problem);
        }
    };
    match work.await {
        Ok(response) => {
            if let Some(claim) = claim {
                idempotency::keep(ctx.db(), &claim, &response).await?;
            }
            ctx.commit().await?;
            Ok(response)
        }
        Err(problem) => {
            drop(ctx.rollback().await);
            Err(problem)
        }
    }
}

async fn insert(log: &Log<'_>) -> Result<Response> {
    let (call, target) = (log.call, log.target);
    let prefer = Prefer::of(call)?;
    let query = target.query(call)?;
    record::check(&query.select)?;
    if !query.filter.is_empty() {
        return Err(Problem::malformed("An insert takes no filter; its parameters are select, columns and on_conflict"));
    }
    let records = body::rows(call, &target.table)?;
    let (columns, on_conflict) = (call.query_value("columns"), call.query_value("on_conflict"));
    let insert = Insert::new(target, &records, columns.as_deref(), on_conflict.as_deref(), &prefer)?;
    let written = |pairs, versions| Written { target, pairs, versions, selection: &query.select, created: true, entry: None };
    if insert.is_empty() {
        return written(Vec::new(), Vec::new()).respond(call, &prefer);
    }
    log.start().await?;
    let signed = Signed::of(call, &target.source).await?;
    let transaction = Transaction::new(target.source.conn().await?, log.caller.seen_as.clone()).signed(signed);
    let done = match insert.run(&transaction).await {
        Ok(done) => Ok(written(done.pairs, done.versions)),
        Err(problem) => Err(problem),
    };
    finish(log, transaction, done, &prefer).await?.respond(call, &prefer)
}

async fn change(log: &Log<'_>, verb: &Method) -> Result<Response> {
    let (call, target) = (log.call, log.target);
    let prefer = Prefer::of(call)?;
    let query = target.query(call)?;
    record::check(&query.select)?;
    let verb = if *verb == Method::PATCH { Verb::Update(body::row(call)?) } else { Verb::Delete };
    let expected = call.header("if-match").map(|_| call.if_match()).transpose()?;
    let change = Change::new(target, &query, verb, expected)?;
    log.start().await?;
    let signed = Signed::of(call, &target.source).await?;
    let transaction = Transaction::new(target.source.conn().await?, log.caller.seen_as.clone()).signed(signed);
    let done = match change.run(&transaction).await {
        Ok(done) => {
            Ok(Written { target, pairs: done.pairs, versions: done.versions, selection: &query.select, created: false, entry: None })
        }
        Err(problem) => Err(problem),
    };
    finish(log, transaction, done, &prefer).await?.respond(call, &prefer)
}

/// Commits what was written, or gives everything up.
async fn finish<'a>(log: &Log<'_>, transaction: Transaction, done: Result<Written<'a>>, prefer: &Prefer) -> Result<Written<'a>> {
    let done = match done {
        Ok(written) => written.check(log.call, prefer).map(|()| written),
        Err(problem) => Err(problem),
    };
    let (written, entry) = settle(log, transaction, done, |written| &written.pairs, prefer.rolled_back).await?;
    Ok(Written { entry, ..written })
}

/// Commits with the audit entries, or gives everything up: where something failed, and where it was only tried. Gives the
/// first entry of what was changed, too.
///
/// # Errors
/// What failed; nothing was changed then.
pub async fn settle<T>(
    log: &Log<'_>,
    transaction: Transaction,
    done: Result<T>,
    pairs: fn(&T) -> &[Pair],
    is_tried: bool,
) -> Result<(T, Option<Uuid>)> {
    let committed = match done {
        Ok(done) if is_tried => {
            transaction.rollback().await;
            log.taken_back().await;
            return Ok((done, None));
        }
        Ok(done) => log.commit(&transaction, pairs(&done)).await.map(|first| (done, first)),
        Err(problem) => Err(problem),
    };
    match committed {
        Ok((done, first)) => {
            transaction.committed();
            let later = log.end(Ok(pairs(&done))).await;
            Ok((done, first.or(later)))
        }
        Err(problem) => {
            transaction.rollback().await;
            log.end(Err(&problem)).await;
            Err(problem)
        }
    }
}
