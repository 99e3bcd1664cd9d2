//! Every statement of the room.

use crate::checkpoint::{Head, Heads, Statement};
use crate::class::Class;
use crate::verify::{Pruned, Report};
use chrono::{DateTime, Utc};
use kernel::problem::Result;
use serde_json::{Value, json};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

const HEADS: &str = "select chain, seq, hash from kernel.audit_heads order by chain";
const HASHES_AT: &str = "select h.chain, h.seq, (select s.hashes[h.seq - s.first + 1] from kernel.audit_seals s \
       where s.chain = h.chain and s.first <= h.seq order by s.first desc limit 1) \
     from unnest($1::text[], $2::int8[]) h (chain, seq) order by h.chain";
const KEEP_CHECKPOINT: &str = "insert into kernel.audit_checkpoints (series, number, at, file, chains, problems) values ($1, $2, $3, $4, $5, $6) on conflict do nothing";
const NEWEST_OF_MONTH: &str = "select max(number) from kernel.audit_checkpoints where series = $1 \
     and date_trunc('month', at at time zone 'UTC') = date_trunc('month', $2::timestamptz at time zone 'UTC')";
const LAST_CHECKPOINT: &str = "select number, at, file, chains, problems from kernel.audit_checkpoints order by at desc limit 1";
/// Rows of a class that have had their time, with their place; those that are in no chain yet wait.
const PRUNABLE: &str = "with old as (select l.id, l.entry, l.signature from kernel.audit_log l \
       where kernel.audit_class(l.action) = $2 and l.at < $3 and coalesce('organization:' || l.organization_id, 'platform') = $1 \
       order by l.at, l.id limit $4) \
     select s.first + u.n - 1, o.id, u.hash, o.entry, o.signature from kernel.audit_seals s \
       cross join lateral unnest(s.ids, s.hashes) with ordinality as u (id, hash, n) join old o on o.id = u.id \
     where s.chain = $1 order by 1";
const KEEP_PRUNING: &str =
    "insert into kernel.audit_prunings (id, chain, class, before, at, ids, signature) values ($1, $2, $3, $4, $5, $6, $7)";
const PRUNE: &str = "select kernel.prune_audit($1)";
const PRUNED: &str = "select class, sum(cardinality(ids))::int8, max(at) from kernel.audit_prunings where $1::text is null or chain = $1 group by class order by class";
const CHAINS: &str = "select h.chain, h.seq, o.name, (select count(*) from kernel.audit_heads) from kernel.audit_heads h \
     left join identity.organizations o on 'organization:' || o.id = h.chain where $1::text is null or h.chain = $1 \
     order by (h.chain = 'platform') desc, h.seq desc limit 200";
const UNSEALED: &str = "select coalesce('organization:' || l.organization_id, 'platform'), count(*), min(l.at) \
     from kernel.audit_unsealed u join kernel.audit_log l on l.id = u.id group by 1";
const ASK: &str = "insert into kernel.audit_verifications (id, asked_by, created_at) values ($1, $2, $3)";
const RUNNING: &str = "select id from kernel.audit_verifications where state in ('queued', 'running') and created_at > $1 limit 1";
const BEGIN: &str = "insert into kernel.audit_verifications (id, asked_by, created_at, started_at, state) values ($1, $2, $3, $3, 'running') \
     on conflict (id) do update set state = 'running', started_at = excluded.started_at, percent = 0, error = null";
const PROGRESS: &str = "update kernel.audit_verifications set percent = $2 where id = $1";
const DONE: &str = "update kernel.audit_verifications set state = 'done', percent = 100, finished_at = $2, chains = $3, rows = $4, pruned = $5, \
     found = $6, findings = $7 where id = $1";
const FAILED: &str = "update kernel.audit_verifications set state = 'failed', finished_at = $2, error = $3 where id = $1";
const FORGET: &str = "delete from kernel.audit_verifications where created_at < $1";
const VERIFICATIONS: &str = "select jsonb_build_object('id', id, 'state', state, 'asked_by', asked_by, 'created_at', created_at, 'started_at', started_at, \
     'finished_at', finished_at, 'percent', percent, 'chains', chains, 'rows', rows, 'pruned', pruned, 'found', found, 'findings', findings, 'error', error) \
     from kernel.audit_verifications order by created_at desc, id desc limit $1";

pub const STATEMENTS: &[&str] = &[
    HEADS,
    HASHES_AT,
    KEEP_CHECKPOINT,
    NEWEST_OF_MONTH,
    LAST_CHECKPOINT,
    PRUNABLE,
    KEEP_PRUNING,
    PRUNE,
    PRUNED,
    CHAINS,
    UNSEALED,
    ASK,
    RUNNING,
    BEGIN,
    PROGRESS,
    DONE,
    FAILED,
    FORGET,
    VERIFICATIONS,
];

pub async fn heads(db: &Client) -> Result<Heads> {
    let rows = db.query(HEADS, &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), Head::new(row.get(1), row.get(2)))).collect())
}

/// What the database has at the numbers of these heads.
pub async fn hashes_at(db: &Client, heads: &Heads) -> Result<Vec<(String, i64, Option<Vec<u8>>)>> {
    let chains: Vec<&String> = heads.keys().collect();
    let numbers: Vec<i64> = heads.values().map(|head| head.seq).collect();
    let rows = db.query(HASHES_AT, &[&chains, &numbers]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
}

pub async fn keep_checkpoint(db: &Client, of: &Statement, file: &str, chains: usize, problems: &[String]) -> Result<()> {
    let chains = i64::try_from(chains).unwrap_or(i64::MAX);
    db.execute(KEEP_CHECKPOINT, &[&of.series, &of.number, &of.at, &file, &chains, &json!(problems)]).await?;
    Ok(())
}

pub async fn newest_of_month(db: &Client, series: Uuid, at: DateTime<Utc>) -> Result<Option<i64>> {
    Ok(db.query_one(NEWEST_OF_MONTH, &[&series, &at]).await?.get(0))
}

pub async fn last_checkpoint(db: &Client) -> Result<Option<Row>> {
    Ok(db.query_opt(LAST_CHECKPOINT, &[]).await?)
}

/// Old rows of a class: place, text and signature.
pub async fn prunable(db: &Client, chain: &str, class: Class, before: DateTime<Utc>, most: i64) -> Result<Vec<(Pruned, String, Vec<u8>)>> {
    let rows = db.query(PRUNABLE, &[&chain, &class.name(), &before, &most]).await?;
    let place = |row: &Row| Pruned { seq: row.get(0), id: row.get(1), hash: row.get(2) };
    Ok(rows.iter().map(|row| (place(row), row.get(3), row.get(4))).collect())
}

/// One pruning, written down and done; how many rows it removed.
pub async fn prune(db: &Client, of: &Pruning<'_>) -> Result<i64> {
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
        [&of.id, &of.chain, &of.class.name(), &of.before, &of.at, &of.ids, &of.signature];
    db.execute(KEEP_PRUNING, &values).await?;
    Ok(db.query_one(PRUNE, &[&of.id]).await?.get(0))
}

pub struct Pruning<'a> {
    pub id: Uuid,
    pub chain: &'a str,
    pub class: Class,
    pub before: DateTime<Utc>,
    pub at: DateTime<Utc>,
    pub ids: Vec<Uuid>,
    pub signature: Vec<u8>,
}

pub async fn pruned(db: &Client, chain: Option<&str>) -> Result<Vec<Row>> {
    Ok(db.query(PRUNED, &[&chain]).await?)
}

pub async fn chains(db: &Client, chain: Option<&str>) -> Result<Vec<Row>> {
    Ok(db.query(CHAINS, &[&chain]).await?)
}

pub async fn unsealed(db: &Client) -> Result<Vec<(String, i64, DateTime<Utc>)>> {
    Ok(db.query(UNSEALED, &[]).await?.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
}

pub async fn ask(db: &Client, id: Uuid, by: &str, now: DateTime<Utc>) -> Result<()> {
    db.execute(ASK, &[&id, &by, &now]).await?;
    Ok(())
}

/// One that isn't done, unless it is older than this.
pub async fn running(db: &Client, since: DateTime<Utc>) -> Result<Option<Uuid>> {
    Ok(db.query_opt(RUNNING, &[&since]).await?.map(|row| row.get(0)))
}

pub async fn begin(db: &Client, id: Uuid, by: &str, now: DateTime<Utc>) -> Result<()> {
    db.execute(BEGIN, &[&id, &by, &now]).await?;
    Ok(())
}

pub async fn progress(db: &Client, id: Uuid, percent: i16) -> Result<()> {
    db.execute(PROGRESS, &[&id, &percent]).await?;
    Ok(())
}

/// Findings that are kept of one verification; their number is told beside.
const FINDINGS: usize = 500;

pub async fn done(db: &Client, id: Uuid, now: DateTime<Utc>, report: &Report) -> Result<()> {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let findings = json!(report.findings.iter().take(FINDINGS).collect::<Vec<_>>());
    let (chains, found) = (number(report.chains as u64), number(report.findings.len() as u64));
    db.execute(DONE, &[&id, &now, &chains, &number(report.rows), &number(report.pruned), &found, &findings]).await?;
    Ok(())
}

pub async fn failed(db: &Client, id: Uuid, now: DateTime<Utc>, why: &str) -> Result<()> {
    db.execute(FAILED, &[&id, &now, &why]).await?;
    Ok(())
}

pub async fn forget(db: &Client, before: DateTime<Utc>) -> Result<()> {
    db.execute(FORGET, &[&before]).await?;
    Ok(())
}

/// The newest first.
pub async fn verifications(db: &Client, most: i64) -> Result<Vec<Value>> {
    Ok(db.query(VERIFICATIONS, &[&most]).await?.iter().map(|row| row.get(0)).collect())
}
