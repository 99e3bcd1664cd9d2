//! Statements about what was run: the history of each person.

use super::log::Ended;
use chrono::{DateTime, Duration, Utc};
use kernel::{Client, Result};
use uuid::Uuid;

const BEGIN: &str = "insert into explorer.query_runs (id, owner_id, source, mode, sql, place, started_at) \
     values ($1, (select platform.me()), $2, $3, $4, $5, $6)";
const END: &str = "update explorer.query_runs set outcome = $2, statements = $3, rows = $4, milliseconds = $5, error = $6 where id = $1";
const DELETE: &str = "delete from explorer.query_runs where id = $1";
/// What is older than is kept, and of each person what goes beyond the newest.
const SWEEP: &str = "delete from explorer.query_runs r where r.started_at < $1 \
     or r.id in (select n.id from (select id, row_number() over (partition by owner_id order by started_at desc, id desc) as place \
       from explorer.query_runs) n where n.place > $2)";

pub const STATEMENTS: &[&str] = &[BEGIN, END, DELETE, SWEEP];

pub struct New<'a> {
    pub id: Uuid,
    pub source: &'a str,
    pub mode: &'a str,
    pub sql: &'a str,
    pub place: Option<&'a str>,
    pub at: DateTime<Utc>,
}

pub async fn begin(db: &Client, new: &New<'_>) -> Result<()> {
    let New { id, source, mode, sql, place, at } = new;
    db.execute(BEGIN, &[id, source, mode, sql, place, at]).await?;
    Ok(())
}

pub async fn end(db: &Client, id: Uuid, ended: &Ended) -> Result<()> {
    let counted = |count: u64| i32::try_from(count).unwrap_or(i32::MAX);
    let (done, rows, milliseconds) = (counted(ended.done as u64), counted(ended.rows), counted(ended.milliseconds));
    db.execute(END, &[&id, &ended.outcome, &done, &rows, &milliseconds, &ended.error]).await?;
    Ok(())
}

pub async fn delete(db: &Client, id: Uuid) -> Result<()> {
    db.execute(DELETE, &[&id]).await?;
    Ok(())
}

pub async fn sweep(db: &Client, now: DateTime<Utc>, days: i64, most: i64) -> Result<u64> {
    Ok(db.execute(SWEEP, &[&(now - Duration::days(days)), &most]).await?)
}
