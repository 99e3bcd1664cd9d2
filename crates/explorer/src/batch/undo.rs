//! Taking a batch back: what its rows were is written again, in one transaction. A row that was changed since has another
//! version than the batch left; then nothing is taken back, or that row is left as it is.

use super::asked::Verb;
use super::atomic::{cleared, commit, was_committed};
use super::job::{Attempt, Tries};
use super::pieces::{Piece, Row};
use super::plan::{Bound, unnested};
use super::store::{self, Batch};
use super::work::{Stop, Work, ask, stopped};
use crate::catalogue::{Column, Table};
use crate::errand;
use crate::rows::failure;
use crate::rows::transaction::Transaction;
use crate::rows::value::nullable;
use crate::source::transactions;
use kernel::list::{Param, quote};
use kernel::problem::Kind;
use kernel::{Problem, Result};

/// The statement that takes back, by the table as it is now.
struct Back<'a> {
    table: &'a Table,
    verb: Verb,
    key: Vec<&'a Column>,
    kept: Vec<&'a Column>,
    leave: bool,
}

pub async fn run(attempt: &mut Attempt<'_>, table: &Table) -> Result<(), Stop> {
    if let Some(txid) = attempt.batch.txid
        && was_committed(attempt, txid).await?
    {
        return attempt.conclude().await;
    }
    let ctx = attempt.ctx().await?;
    let undone = match attempt.batch.undoes {
        Some(id) => errand::find::<Batch>(ctx.db(), id).await?,
        None => None,
    };
    ctx.rollback().await?;
    let undone = undone.ok_or_else(|| Stop::Fail(Problem::not_found("such batch any more")))?;
    let back = Back::new(table, &undone, attempt.batch.leave_changed).map_err(Stop::Fail)?;
    let mut tries = Tries::default();
    while tries.again(once(attempt, &back, &undone).await)?.is_none() {}
    attempt.conclude().await
}

/// Whether a batch can be taken back by this table as it is.
///
/// # Errors
/// 409 with the reason, 403 when the table may not be changed so.
pub fn possible(table: &Table, undone: &Batch) -> Result<()> {
    Back::new(table, undone, false).map(drop)
}

async fn once(attempt: &mut Attempt<'_>, back: &Back<'_>, undone: &Batch) -> Result<(), Stop> {
    cleared(attempt).await?;
    let transaction = Transaction::new(attempt.source.conn().await?, None);
    match all(attempt, back, undone, &transaction).await {
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

async fn all(attempt: &mut Attempt<'_>, back: &Back<'_>, undone: &Batch, transaction: &Transaction) -> Result<(), Stop> {
    let source = attempt.source.clone();
    let client = transaction.client()?;
    Work::begin(transaction, &source).await?;
    let (mut number, mut met, mut changed) = (0, 0_i64, 0_i64);
    while let Some(piece) = piece(attempt, undone, number).await? {
        number = piece.number;
        let rows = piece.read(&attempt.run.app.keys, undone.id).map_err(Stop::Fail)?;
        met += piece.rows;
        if rows.is_empty() {
            continue;
        }
        let bound = back.statement(&rows, &piece.version());
        let refused = |error| stopped(error, back.table, &source, |error| failure::problem(error, back.table, &[]));
        let found = attempt.during(client.cancel_token(), async { ask(client, &bound).await.map_err(refused) }).await?;
        changed += found.first().map_or(0, |row| row.get::<_, i64>(0));
        attempt.say(changed, met - changed).await?;
    }
    if met != undone.changed {
        return Err(Stop::Fail(Problem::new(Kind::Conflict, "What the rows were before is not all kept any more. Nothing was undone.")));
    }
    let left = met - changed;
    if left > 0 && !back.leave {
        return Err(Stop::Fail(Problem::conflict(
            format!("{left} of {met} rows were changed or deleted again since. Nothing was undone. The others can be undone without them."),
            None,
        )));
    }
    let txid = transactions::number(client).await?;
    commit(attempt, transaction, back.table, txid, (changed, left)).await
}

async fn piece(attempt: &Attempt<'_>, undone: &Batch, after: i32) -> Result<Option<Piece>, Stop> {
    let ctx = attempt.ctx().await?;
    let piece = store::piece(ctx.db(), undone.id, after).await?;
    ctx.rollback().await?;
    Ok(piece)
}

impl<'a> Back<'a> {
    fn new(table: &'a Table, undone: &Batch, leave: bool) -> Result<Self> {
        let reason = |why: String| Problem::new(Kind::Conflict, why).titled("This can't be undone");
        if let Some(why) = &undone.no_undo {
            return Err(reason(why.clone()));
        }
        let allowed = match undone.verb {
            Verb::Delete => &table.insert,
            Verb::Update => &table.update,
            Verb::Undo => return Err(reason("What was taken back is not taken back again; change the rows as they should be".into())),
        };
        allowed.check()?;
        if undone.verb == Verb::Update && table.relation.version.is_none() {
            return Err(reason("Rows of this table have no version any more, so it can't be told whether they were changed again".into()));
        }
        let whole = table.whole.as_deref().unwrap_or(table);
        let column = |name: &String| {
            let gone = || reason(format!("The column {name} is not there any more, or can't be read"));
            whole.column(name).filter(|column| column.readable).ok_or_else(gone)
        };
        let key = table.primary_key.iter().map(column).collect::<Result<_>>()?;
        let kept = undone.columns.iter().map(column).collect::<Result<_>>()?;
        Ok(Self { table, verb: undone.verb, key, kept, leave })
    }

    fn statement(&self, rows: &[Row], version: &str) -> Bound {
        let keys = (0..self.key.len()).map(|i| nullable(rows.iter().map(|(key, _)| key.get(i).map(String::as_str))));
        let values = (0..self.kept.len()).map(|i| nullable(rows.iter().map(|(_, kept)| kept.get(i).and_then(|value| value.as_deref()))));
        let mut params: Vec<Param> = keys.chain(values).map(Param::text).collect();
        let width = self.key.len();
        let given = unnested(params.len(), 1, "x", false);
        let from = &self.table.relation.from;
        let value = |(i, column): (usize, &&Column)| format!("x.k{}::{}", width + i, column.type_name);
        let change = if self.verb == Verb::Delete {
            let names: Vec<String> = self.kept.iter().map(|column| quote(&column.name)).collect();
            let values: Vec<String> = self.kept.iter().enumerate().map(value).collect();
            let there = if self.leave { " on conflict do nothing" } else { "" };
            format!(
                "insert into {from} as t ({}) overriding system value select {} from {given}{there} returning 1",
                names.join(", "),
                values.join(", ")
            )
        } else {
            params.push(Param::text(version));
            let sets: Vec<String> =
                self.kept.iter().enumerate().map(|(i, column)| format!("{} = {}", quote(&column.name), value((i, column)))).collect();
            let same: Vec<String> =
                self.key.iter().enumerate().map(|(i, column)| column.equals(&format!("x.k{i}::{}", column.type_name))).collect();
            let own = self.table.relation.version.as_deref().unwrap_or("null");
            format!(
                "update {from} as t set {} from {given} where {} and {own}::text = ${} returning 1",
                sets.join(", "),
                same.join(" and "),
                params.len()
            )
        };
        Bound { sql: format!("with done as ({change}) select pg_catalog.count(*) from done"), params }
    }
}
