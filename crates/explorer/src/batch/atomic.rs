//! A batch in one transaction: all of it or nothing.

use super::job::{Attempt, Tries};
use super::pieces::Piece;
use super::plan::Plan;
use super::store;
use super::work::{Stop, Work, stopped};
use crate::catalogue::Table;
use crate::rows::failure;
use crate::rows::transaction::Transaction;
use crate::source::transactions;
use kernel::problem::Kind;
use kernel::setting::Setting;
use kernel::{Problem, Result};

/// Most megabytes that are kept of one batch.
pub const MEGABYTES: Setting<u64> = Setting::new("explorer.undo_megabytes");

pub async fn run(attempt: &mut Attempt<'_>, plan: &Plan) -> Result<(), Stop> {
    if let Some(txid) = attempt.batch.txid
        && was_committed(attempt, txid).await?
    {
        return attempt.conclude().await;
    }
    let mut tries = Tries::default();
    while tries.again(once(attempt, plan).await)?.is_none() {}
    attempt.conclude().await
}

/// Whether an earlier attempt was saved after all, though nobody heard of it.
pub async fn was_committed(attempt: &Attempt<'_>, txid: i64) -> Result<bool, Stop> {
    let gone = || {
        Stop::Fail(Problem::new(
            Kind::Gone,
            "An earlier attempt broke off while it was saving, and the source no longer knows whether it was saved. Look at the table before you try again.",
        ))
    };
    transactions::was_committed(&attempt.source, txid).await?.ok_or_else(gone)
}

async fn once(attempt: &mut Attempt<'_>, plan: &Plan) -> Result<(), Stop> {
    cleared(attempt).await?;
    let transaction = Transaction::new(attempt.source.conn().await?, None);
    match all(attempt, plan, &transaction).await {
        Ok(()) => {
            transaction.committed();
            Ok(())
        }
        // What is still running is stopped; its connection is closed.
        Err(stop @ (Stop::Cancelled | Stop::Paused | Stop::Retry(_))) => Err(stop),
        Err(stop) => {
            transaction.rollback().await;
            Err(stop)
        }
    }
}

/// Forgets what an earlier attempt kept.
pub async fn cleared(attempt: &Attempt<'_>) -> Result<(), Stop> {
    let ctx = attempt.ctx().await?;
    store::clear(ctx.db(), attempt.batch.id).await?;
    Ok(ctx.commit().await?)
}

async fn all(attempt: &mut Attempt<'_>, plan: &Plan, transaction: &Transaction) -> Result<(), Stop> {
    let source = attempt.source.clone();
    let client = transaction.client()?;
    let work = Work { client, plan, source: &source };
    Work::begin(transaction, &source).await?;
    let met = attempt.during(client.cancel_token(), work.count()).await?;
    expected(met, attempt.batch.expected)?;
    let txid = transactions::number(client).await?;
    work.walk(true).await?;
    let (mut number, mut changed, mut bytes) = (0, 0_i64, 0_u64);
    loop {
        let mut rows = attempt.during(client.cancel_token(), work.fetch()).await?;
        if rows.is_empty() {
            break;
        }
        let held = attempt.during(client.cancel_token(), work.change(&mut rows)).await?;
        if held > 0 {
            return Err(Stop::Fail(Problem::conflict(
                format!("A trigger or a policy of the table leaves {held} rows or more as they are. Nothing was changed."),
                None,
            )));
        }
        number += 1;
        let piece = Piece::of(&attempt.run.app.keys, attempt.batch.id, number, txid, &rows, keeps(attempt, plan))?;
        changed += piece.rows;
        bytes += piece.content.as_ref().map_or(0, String::len) as u64;
        keep(attempt, &piece, bytes).await?;
        attempt.say(changed, 0).await?;
    }
    commit(attempt, transaction, &plan.table, txid, (changed, 0)).await
}

/// # Errors
/// 409 with both numbers.
pub fn expected(met: u64, expected: i64) -> Result<(), Stop> {
    if i64::try_from(met).ok() == Some(expected) {
        return Ok(());
    }
    Err(Stop::Fail(Problem::conflict(
        format!(
            "{met} rows are meant now, and {expected} were expected: somebody changed the table meanwhile. Nothing was changed; look again and then decide."
        ),
        None,
    )))
}

/// Whether what rows were is still kept.
pub fn keeps(attempt: &Attempt<'_>, plan: &Plan) -> bool {
    plan.no_undo.is_none() && attempt.batch.no_undo.is_none()
}

/// Why a batch that is too large can't be taken back.
pub const TOO_MUCH: &str = "What the rows were before was more than may be kept (setting explorer.undo_megabytes)";

pub async fn keep(attempt: &mut Attempt<'_>, piece: &Piece, bytes: u64) -> Result<(), Stop> {
    let ctx = attempt.ctx().await?;
    let may = store::keep(ctx.db(), attempt.batch.id, attempt.number, piece).await?;
    if may && attempt.batch.no_undo.is_none() && bytes > MEGABYTES.get(&attempt.run.app)? << 20 {
        store::too_much(ctx.db(), attempt.batch.id, attempt.number, TOO_MUCH).await?;
        attempt.batch.no_undo = Some(TOO_MUCH.to_owned());
    }
    ctx.commit().await?;
    if may { Ok(()) } else { Err(attempt.why_not().await) }
}

/// Writes down which transaction it is, then commits it.
pub async fn commit(
    attempt: &Attempt<'_>,
    transaction: &Transaction,
    table: &Table,
    txid: i64,
    (changed, skipped): (i64, i64),
) -> Result<(), Stop> {
    let ctx = attempt.ctx().await?;
    let may = store::committing(ctx.db(), attempt.batch.id, attempt.number, txid, changed, skipped, ctx.now()).await?;
    ctx.commit().await?;
    if !may {
        return Err(attempt.why_not().await);
    }
    save(attempt, transaction, table).await
}

/// Commits; rules that wait for the end of a transaction may refuse it still.
pub async fn save(attempt: &Attempt<'_>, transaction: &Transaction, table: &Table) -> Result<(), Stop> {
    let client = transaction.client()?;
    let refused = |error| stopped(error, table, &attempt.source, |error| failure::problem(error, table, &[]));
    client.batch_execute("commit").await.map_err(refused)
}
