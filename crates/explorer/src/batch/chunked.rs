//! A batch in pieces. First the keys are fixed, then each piece is changed and committed by itself: what is done stays,
//! whatever comes, and who goes on begins with the first piece that isn't done.

use super::atomic::{MEGABYTES, TOO_MUCH, cleared, expected, keeps, save, was_committed};
use super::job::{Attempt, Tries};
use super::pieces::{Piece, Waiting};
use super::plan::Plan;
use super::store::{self, Batch};
use super::work::{Stop, Work};
use crate::errand;
use crate::rows::transaction::Transaction;
use crate::source::transactions;
use kernel::{Problem, Result};

pub async fn run(attempt: &mut Attempt<'_>, plan: &Plan) -> Result<(), Stop> {
    if !attempt.batch.collected {
        let mut tries = Tries::default();
        while tries.again(collect(attempt, plan).await)?.is_none() {}
    }
    while let Some(waiting) = next(attempt).await? {
        attempt.say(attempt.batch.changed, attempt.batch.skipped).await?;
        if let Some(txid) = waiting.txid {
            if was_committed(attempt, txid).await? {
                done(attempt, &waiting).await?;
                continue;
            }
            let ctx = attempt.ctx().await?;
            store::piece_aborted(ctx.db(), attempt.batch.id, waiting.number).await?;
            ctx.commit().await?;
        }
        let mut tries = Tries::default();
        while tries.again(once(attempt, plan, &waiting).await)?.is_none() {}
        done(attempt, &waiting).await?;
    }
    attempt.conclude().await
}

async fn next(attempt: &Attempt<'_>) -> Result<Option<Waiting>, Stop> {
    let ctx = attempt.ctx().await?;
    let waiting = store::next(ctx.db(), attempt.batch.id).await?;
    ctx.rollback().await?;
    Ok(waiting)
}

/// Fixes which rows are meant: those that one look at the table finds.
async fn collect(attempt: &mut Attempt<'_>, plan: &Plan) -> Result<(), Stop> {
    cleared(attempt).await?;
    let source = attempt.source.clone();
    let transaction = Transaction::new(source.conn().await?, None);
    let client = transaction.client()?;
    let work = Work { client, plan, source: &source };
    Work::begin(&transaction, &source).await?;
    work.walk(false).await?;
    let (mut number, mut met) = (0, 0);
    loop {
        let rows = attempt.during(client.cancel_token(), work.fetch()).await?;
        if rows.is_empty() {
            break;
        }
        number += 1;
        met += rows.len() as u64;
        let keys: Vec<&Vec<String>> = rows.iter().map(|(key, _)| key).collect();
        let keys = serde_json::to_string(&keys).map_err(Problem::internal)?;
        let ctx = attempt.ctx().await?;
        let many = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let may = store::wait(ctx.db(), attempt.batch.id, attempt.number, number, &keys, many).await?;
        ctx.commit().await?;
        if !may {
            return Err(attempt.why_not().await);
        }
        attempt.say(0, 0).await?;
    }
    transaction.rollback().await;
    expected(met, attempt.batch.expected)?;
    let ctx = attempt.ctx().await?;
    let may = store::collected(ctx.db(), attempt.batch.id, attempt.number).await?;
    ctx.commit().await?;
    if may { Ok(()) } else { Err(attempt.why_not().await) }
}

async fn once(attempt: &Attempt<'_>, plan: &Plan, waiting: &Waiting) -> Result<(), Stop> {
    let transaction = Transaction::new(attempt.source.conn().await?, None);
    match change(attempt, plan, waiting, &transaction).await {
        Ok(()) => {
            transaction.committed();
            Ok(())
        }
        Err(stop @ (Stop::Cancelled | Stop::Paused | Stop::Retry(_))) => Err(stop),
        Err(stop) => {
            transaction.rollback().await;
            Err(stop)
        }
    }
}

async fn change(attempt: &Attempt<'_>, plan: &Plan, waiting: &Waiting, transaction: &Transaction) -> Result<(), Stop> {
    let client = transaction.client()?;
    let work = Work { client, plan, source: &attempt.source };
    Work::begin(transaction, &attempt.source).await?;
    let mut rows = attempt.during(client.cancel_token(), work.find(&waiting.keys)).await?;
    attempt.during(client.cancel_token(), work.change(&mut rows)).await?;
    let txid = transactions::number(client).await?;
    let piece = Piece::of(&attempt.run.app.keys, attempt.batch.id, waiting.number, txid, &rows, keeps(attempt, plan))?;
    let ctx = attempt.ctx().await?;
    let may = store::piece_committing(ctx.db(), attempt.batch.id, attempt.number, &piece).await?;
    ctx.commit().await?;
    if !may {
        return Err(attempt.why_not().await);
    }
    save(attempt, transaction, &plan.table).await
}

/// A piece is known to have been committed.
async fn done(attempt: &mut Attempt<'_>, waiting: &Waiting) -> Result<(), Stop> {
    let meant = i64::try_from(waiting.keys.len()).unwrap_or(i64::MAX);
    let ctx = attempt.ctx().await?;
    let bytes = store::piece_done(ctx.db(), attempt.batch.id, waiting.number, meant, ctx.now()).await?;
    if attempt.batch.no_undo.is_none() && bytes.unsigned_abs() > MEGABYTES.get(&attempt.run.app)? << 20 {
        store::too_much(ctx.db(), attempt.batch.id, attempt.number, TOO_MUCH).await?;
        attempt.batch.no_undo = Some(TOO_MUCH.to_owned());
    }
    let batch: Batch = errand::find(ctx.db(), attempt.batch.id).await?.ok_or_else(|| Problem::internal("the batch is gone"))?;
    ctx.commit().await?;
    (attempt.batch.changed, attempt.batch.skipped) = (batch.changed, batch.skipped);
    Ok(())
}
