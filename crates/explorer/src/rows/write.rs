//! The life of a write: permission → target → input → audit → change → commit → answer.

use super::answer::Written;
use super::audit::{Log, Pair};
use super::change::{Change, Verb};
use super::form::Form;
use super::insert::Insert;
use super::prefer::{Prefer, Resolution};
use super::returned::Asked;
use super::target::{self, Target};
use super::transaction::Transaction;
use super::{body, failure, put};
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
    let (action, permission) = match *verb {
        Method::POST => ("rows.create", "rows:create"),
        Method::PATCH | Method::PUT => ("rows.update", "rows:update"),
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
    let form = Form::of(call)?;
    let target = target::find(state, call, permission).await?;
    match perform(call, caller, &target, form, verb, action).await {
        // The table changed a moment ago, and nothing was written: once more, as it is now.
        Err(problem) if failure::is_outdated(&problem) => {
            tracing::debug!(table = %target.table.name, error = %problem, "a table is written to again after it changed");
            let target = target::find_fresh(target).await?;
            perform(call, caller, &target, form, verb, action).await
        }
        answer => answer,
    }
}

async fn perform(call: &Call, caller: &Caller, target: &Target, form: Form, verb: &Method, action: &'static str) -> Result<Response> {
    let log = Log { call, caller, target, action, note: None };
    let done = match *verb {
        Method::POST => once(call, caller, insert(&log, form, verb)).await,
        Method::PUT => match caller.require("rows:create") {
            Ok(()) => insert(&log, form, verb).await,
            Err(problem) => Err(problem),
        },
        _ => change(&log, form, verb).await,
    };
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

async fn insert(log: &Log<'_>, form: Form, verb: &Method) -> Result<Response> {
    let (call, target) = (log.call, log.target);
    let mut prefer = Prefer::of(call)?;
    let asked = Box::pin(Asked::of(target, call, &prefer)).await?;
    let records = body::rows(call, &target.table)?;
    if *verb == Method::PUT {
        put::check(call, &target.table, &asked.rows.filter, &records, &prefer)?;
        prefer.resolution = Some(Resolution::Merge);
    } else if !asked.rows.filter.is_empty() {
        return Err(Problem::malformed("An insert takes no filter; its parameters are select, order, columns and on_conflict"));
    }
    let insert = Insert::new(target, &records, body::named(call, "columns"), body::named(call, "on_conflict"), &prefer)?;
    let written = |pairs: Vec<Pair>, versions, body| {
        let created = *verb == Method::POST || pairs.iter().all(|pair| pair.before.is_none());
        Written { target, pairs, versions, inserts: true, created, body, entry: None }
    };
    if insert.is_empty() {
        return written(Vec::new(), Vec::new(), asked.nothing(target, form, &prefer)?).respond(call, form, &prefer);
    }
    log.start().await?;
    let signed = Signed::of(call, &target.source).await?;
    let transaction = Transaction::new(target.source.conn().await?, log.caller.seen_as.clone()).signed(signed);
    let done = async {
        let done = insert.run(&transaction).await?;
        let body = asked.body(target, &transaction, (&done.pairs, &done.versions), form, &prefer).await?;
        Ok(written(done.pairs, done.versions, body))
    };
    let done = done.await;
    finish(log, transaction, done, form, &prefer).await?.respond(call, form, &prefer)
}

async fn change(log: &Log<'_>, form: Form, verb: &Method) -> Result<Response> {
    let (call, target) = (log.call, log.target);
    let prefer = Prefer::of(call)?;
    let asked = Box::pin(Asked::of(target, call, &prefer)).await?;
    let verb = if *verb == Method::PATCH { Verb::Update(body::row(call, &target.table)?) } else { Verb::Delete };
    let expected = call.header("if-match").map(|_| call.if_match()).transpose()?;
    let change = Change::new(target, &asked.rows, verb, expected)?;
    log.start().await?;
    let signed = Signed::of(call, &target.source).await?;
    let transaction = Transaction::new(target.source.conn().await?, log.caller.seen_as.clone()).signed(signed);
    let done = async {
        let done = change.run(&transaction).await?;
        let body = asked.body(target, &transaction, (&done.pairs, &done.versions), form, &prefer).await?;
        Ok(Written { target, pairs: done.pairs, versions: done.versions, inserts: false, created: false, body, entry: None })
    };
    let done = done.await;
    finish(log, transaction, done, form, &prefer).await?.respond(call, form, &prefer)
}

/// Commits what was written, or gives everything up.
async fn finish<'a>(
    log: &Log<'_>,
    transaction: Transaction,
    done: Result<Written<'a>>,
    form: Form,
    prefer: &Prefer,
) -> Result<Written<'a>> {
    let done = done.and_then(|written| written.check(form, prefer).map(|()| written));
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
