//! Rows into their table: copied in savepoints, as many at once as fit. What PostgreSQL refuses is taken out and the rest
//! is tried again, so that one bad row costs one row.

use super::batch::{Batch, Reject};
use super::culprit;
use super::settings::{Mode, Plan};
use super::sql::Sql;
use bytes::Bytes;
use deadpool_postgres::ClientWrapper;
use futures::SinkExt as _;
use kernel::Result;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::pin::pin;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Statement};

/// Rows at once while nothing is refused, and the fewest.
const MOST: usize = 1 << 20;
const FEWEST: usize = 16;
/// Bytes that are handed over together.
const SENT: usize = 128 << 10;
const SAVE: &str = "savepoint quarterdeck_import";
const KEEP: &str = "release savepoint quarterdeck_import";
const UNDO: &str = "rollback to savepoint quarterdeck_import; release savepoint quarterdeck_import";

/// What came of the rows so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub rows: u64,
    pub inserted: u64,
    pub updated: u64,
    /// Rows that are there already, or aren't where they should be changed.
    pub skipped: u64,
    pub rejected: u64,
}

pub struct Writer<'a> {
    client: &'a ClientWrapper,
    plan: &'a Plan,
    sql: Sql,
    copy: Statement,
    apply: Option<Statement>,
    /// Whether single rows may be refused by a policy.
    guarded: bool,
    /// Rows that are tried at once.
    step: usize,
    pub tally: Tally,
}

/// What a try did: how many rows were written, and how many of them are new.
type Done = (u64, u64);

impl<'a> Writer<'a> {
    /// Prepares the open transaction for it.
    ///
    /// # Errors
    /// What PostgreSQL refuses: the table or a column may be gone.
    pub async fn new(client: &'a ClientWrapper, plan: &'a Plan, direct: bool, guarded: bool) -> Result<Self, Error> {
        let sql = Sql::of(plan, direct);
        if let Some(make) = &sql.make {
            client.batch_execute(make).await?;
        }
        let copy = client.prepare(&sql.copy).await?;
        let apply = match &sql.apply {
            Some(apply) => Some(client.prepare(apply).await?),
            None => None,
        };
        Ok(Self { client, plan, sql, copy, apply, guarded, step: MOST, tally: Tally::default() })
    }

    /// Whether rows begin with a number.
    pub fn is_numbered(&self) -> bool {
        self.apply.is_some()
    }

    /// Writes what fits of a batch, and gives what doesn't.
    ///
    /// # Errors
    /// What is about the import as a whole; the transaction is of no use then.
    pub async fn write(&mut self, batch: &mut Batch) -> Result<Vec<Reject>, Error> {
        let mut rejects = std::mem::take(&mut batch.rejects);
        self.tally.rows += batch.read;
        if let Some(empty) = &self.sql.empty {
            self.client.batch_execute(empty).await?;
        }
        // Rows that wait, where they do.
        let all = 0..batch.rows.len();
        if self.apply.is_some() {
            let mut gone: Vec<usize> = Vec::new();
            self.each(batch, vec![all.clone()], true, &mut rejects, &mut gone).await?;
            gone.sort_unstable();
            self.each(batch, between(all, &gone), false, &mut rejects, &mut Vec::new()).await?;
        } else {
            self.each(batch, vec![all], true, &mut rejects, &mut Vec::new()).await?;
        }
        self.tally.rejected += rejects.len() as u64;
        rejects.sort_by_key(|reject| reject.line);
        Ok(rejects)
    }

    /// Tries ranges of rows until each row is written or refused.
    async fn each(
        &mut self,
        batch: &Batch,
        ranges: Vec<Range<usize>>,
        copying: bool,
        rejects: &mut Vec<Reject>,
        gone: &mut Vec<usize>,
    ) -> Result<(), Error> {
        // The last one is the next.
        let mut todo: Vec<Range<usize>> = ranges.into_iter().rev().collect();
        while let Some(range) = todo.pop() {
            if range.is_empty() {
                continue;
            }
            let (now, later) = (range.start..range.end.min(range.start + self.step), range.start + self.step..range.end);
            if !later.is_empty() {
                todo.push(later);
            }
            match self.attempt(batch, now.clone(), copying).await {
                Ok(done) => {
                    self.count(done, now.len() as u64, copying);
                    self.step = (self.step * 2).min(MOST);
                }
                Err(error) => {
                    let Some(db) = error.as_db_error().filter(|db| culprit::is_about_a_row(db, self.guarded)) else { return Err(error) };
                    self.client.batch_execute(UNDO).await?;
                    let mut found = culprit::of(db, self.plan, batch, &now);
                    if found.is_empty() && now.len() == 1 {
                        found.push(now.start);
                    }
                    if found.is_empty() {
                        let middle = now.start + now.len() / 2;
                        todo.extend([middle..now.end, now.start..middle]);
                        self.step = (now.len() / 2).max(FEWEST);
                        continue;
                    }
                    let (column, reason) = culprit::reason(error, self.plan);
                    rejects.extend(found.iter().map(|place| batch.reject(*place, column.clone(), reason.clone())));
                    let rest = between(now.clone(), &found);
                    todo.extend(rest.into_iter().rev());
                    gone.append(&mut found);
                    // About as many at once as were fine before the one that wasn't.
                    self.step = (self.step.min(now.len()) / 2).max(FEWEST);
                }
            }
        }
        Ok(())
    }

    async fn attempt(&self, batch: &Batch, rows: Range<usize>, copying: bool) -> Result<Done, Error> {
        if copying { self.copied(batch.copied(rows)).await } else { self.applied(rows).await }
    }

    async fn copied(&self, mut bytes: Bytes) -> Result<Done, Error> {
        let (saved, sink) = futures::join!(self.client.batch_execute(SAVE), self.client.copy_in::<_, Bytes>(&self.copy));
        saved?;
        let mut sink = pin!(sink?);
        while !bytes.is_empty() {
            let part = bytes.split_to(bytes.len().min(SENT));
            // Why it takes no more is said at its end.
            if sink.send(part).await.is_err() {
                break;
            }
        }
        let (written, kept) = futures::join!(sink.finish(), self.client.batch_execute(KEEP));
        let written = written?;
        kept?;
        Ok((written, written))
    }

    async fn applied(&self, rows: Range<usize>) -> Result<Done, Error> {
        let Some(apply) = &self.apply else { return Ok((0, 0)) };
        let place = |at: usize| i64::try_from(at).unwrap_or(i64::MAX);
        let (from, to) = (place(rows.start), place(rows.end));
        let values: [&(dyn ToSql + Sync); 2] = [&from, &to];
        let (saved, done, kept) =
            futures::join!(self.client.batch_execute(SAVE), self.client.query_one(apply, &values), self.client.batch_execute(KEEP));
        saved?;
        let done = done?;
        kept?;
        let number = |at: usize| u64::try_from(done.get::<_, i64>(at)).unwrap_or_default();
        Ok((number(0), number(1)))
    }

    fn count(&mut self, (written, new): Done, rows: u64, copying: bool) {
        if copying && self.apply.is_some() {
            return;
        }
        let tally = &mut self.tally;
        match self.plan.mode {
            Mode::Insert | Mode::Skip => {
                tally.inserted += written;
                tally.skipped += rows.saturating_sub(written);
            }
            Mode::Upsert => {
                tally.inserted += new;
                // Rows that mean the same one change it one after the other.
                tally.updated += rows.saturating_sub(new);
            }
            Mode::Update => {
                tally.updated += written;
                tally.skipped += rows.saturating_sub(written);
            }
        }
    }
}

/// What of a range lies between some of its places, which are sorted.
fn between(range: Range<usize>, places: &[usize]) -> Vec<Range<usize>> {
    let mut start = range.start;
    let mut parts: Vec<Range<usize>> = Vec::new();
    for place in places {
        parts.push(start..*place);
        start = place + 1;
    }
    parts.push(start..range.end);
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn what_lies_between_is_whole() {
        assert_eq!(between(0..5, &[]).first(), Some(&(0..5)));
        assert_eq!(between(0..5, &[0, 2, 4]), [1..2, 3..4]);
        assert!(between(3..4, &[3]).is_empty());
    }
}
