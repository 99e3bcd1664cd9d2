//! Every statement about the audit log.

use super::{Entry, Signed};
use crate::db;
use crate::problem::Result;
use crate::secret::Keyring;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

/// Writes an entry, see [`Signed::write`].
pub const APPEND: &str = "with entry as (insert into kernel.audit_log \
       (id, organization_id, entry, signature, at, actor_kind, actor_id, actor_label, subject_id, subject_label, action, \
        target_kind, target_id, target_label, changes, outcome, request_id, address, detail) \
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::text::json, $16, $17, $18, $19)) \
     insert into kernel.audit_unsealed (id) values ($1)";
/// Writes many entries, whose columns are read from their texts.
const APPEND_ALL: &str = "with entries as (insert into kernel.audit_log \
       (id, organization_id, entry, signature, at, actor_kind, actor_id, actor_label, subject_id, subject_label, action, \
        target_kind, target_id, target_label, changes, outcome, request_id, address, detail) \
       select e.id, e.organization_id, t.entry, t.signature, e.at, e.actor_kind, e.actor_id, e.actor_label, e.subject_id, e.subject_label, e.action, \
        e.target_kind, e.target_id, e.target_label, e.changes, e.outcome, e.request_id, e.address, e.detail \
       from unnest($2::text[], $3::bytea[]) t (entry, signature) \
       cross join lateral json_populate_record(null::kernel.audit_log, t.entry::json) e) \
     insert into kernel.audit_unsealed (id) select unnest($1::uuid[])";
const TAKE: &str =
    "delete from kernel.audit_unsealed where ctid = any(array(select ctid from kernel.audit_unsealed limit $1)) returning id";
const UNSEALED: &str = "select id, organization_id, entry, signature from kernel.audit_log where id = any($1) order by id";
const HEAD: &str = "select seq, hash, signature from kernel.audit_heads where chain = $1 for update";
const SET_HEAD: &str = "insert into kernel.audit_heads (chain, seq, hash, signature) values ($1, $2, $3, $4) \
     on conflict (chain) do update set seq = excluded.seq, hash = excluded.hash, signature = excluded.signature";
const SEAL: &str = "insert into kernel.audit_seals (chain, first, ids, hashes) values ($1, $2, $3, $4)";
const CHAINS: &str = "select chain from kernel.audit_seals union select chain from kernel.audit_heads order by chain";
/// The rows of the next seals; a row that is gone has no entry.
const ROWS: &str = "select s.first, s.first + u.n - 1, u.id, u.hash, l.entry, l.signature, l.organization_id, l.at, l.actor_kind, l.actor_id, \
       l.actor_label, l.subject_id, l.subject_label, l.action, l.target_kind, l.target_id, l.target_label, l.changes::text, l.outcome, \
       l.request_id, l.address, l.detail \
     from (select * from kernel.audit_seals where chain = $1 and first > $2 order by first limit $3) s \
     cross join lateral unnest(s.ids, s.hashes) with ordinality as u (id, hash, n) \
     left join kernel.audit_log l on l.id = u.id order by s.first, u.n";
/// Rows that the panel's sealer has neither seen nor has yet to see.
const STRAY: &str = "select id, organization_id from kernel.audit_log where id in ( \
       select id from kernel.audit_log except (select unnest(ids) from kernel.audit_seals union all select id from kernel.audit_unsealed)) \
     order by id limit $1";
const READ_HEAD: &str = "select seq, hash, signature from kernel.audit_heads where chain = $1";
const PRUNINGS: &str = "select id, at, ids, signature from kernel.audit_prunings where chain = $1 order by at, id";

/// Every fixed statement here, for the test that prepares them against the real schema.
pub const STATEMENTS: &[&str] = &[APPEND, APPEND_ALL, TAKE, UNSEALED, HEAD, SET_HEAD, SEAL, CHAINS, ROWS, STRAY, READ_HEAD, PRUNINGS];

/// Signature of an entry's exact text.
#[must_use]
pub fn signature(keys: &Keyring, entry: &str) -> Vec<u8> {
    keys.sign("audit-entry", entry.as_bytes())
}

/// Appends an entry in the transaction of `db`.
///
/// # Errors
/// When the database refuses.
pub async fn append(db: &db::Client, keys: &Keyring, entry: &Entry) -> Result<()> {
    let statement = pgprepared::prepare(db, APPEND).await?;
    Signed::of(keys, entry).write(db, &statement).await?;
    Ok(())
}

/// Appends many entries at once in the transaction of `db`.
pub(crate) async fn append_all(db: &Client, keys: &Keyring, entries: &[Entry]) -> Result<()> {
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
    let (texts, signatures): (Vec<String>, Vec<Vec<u8>>) = entries.iter().map(|entry| Signed::of(keys, entry).into_parts()).unzip();
    db.execute(APPEND_ALL, &[&ids, &texts, &signatures]).await?;
    Ok(())
}

/// Takes rows off the list of those that are in no chain.
pub(super) async fn take(db: &Client, most: i64) -> Result<Vec<Uuid>> {
    Ok(db.query(TAKE, &[&most]).await?.iter().map(|row| row.get(0)).collect())
}

pub(super) async fn unsealed(db: &Client, ids: &[Uuid]) -> Result<Vec<Row>> {
    Ok(db.query(UNSEALED, &[&ids]).await?)
}

pub(super) async fn lock_head(db: &Client, chain: &str) -> Result<Option<Row>> {
    Ok(db.query_opt(HEAD, &[&chain]).await?)
}

pub(super) async fn head(db: &Client, chain: &str) -> Result<Option<Row>> {
    Ok(db.query_opt(READ_HEAD, &[&chain]).await?)
}

pub(super) async fn set_head(db: &Client, chain: &str, seq: i64, hash: &[u8], signature: &[u8]) -> Result<()> {
    db.execute(SET_HEAD, &[&chain, &seq, &hash, &signature]).await?;
    Ok(())
}

/// Writes down which rows follow each other in a chain, the first of them as number `first`.
pub(super) async fn seal(db: &Client, chain: &str, first: i64, ids: &[Uuid], hashes: &[Vec<u8>]) -> Result<()> {
    db.execute(SEAL, &[&chain, &first, &ids, &hashes]).await?;
    Ok(())
}

pub(super) async fn chains(db: &Client) -> Result<Vec<String>> {
    Ok(db.query(CHAINS, &[]).await?.iter().map(|row| row.get(0)).collect())
}

/// The rows of at most `seals` seals that begin after number `after`.
pub(super) async fn rows(db: &Client, chain: &str, after: i64, seals: i64) -> Result<Vec<Row>> {
    Ok(db.query(ROWS, &[&chain, &after, &seals]).await?)
}

pub(super) async fn stray(db: &Client, most: i64) -> Result<Vec<Row>> {
    Ok(db.query(STRAY, &[&most]).await?)
}

/// What retention removed from a chain.
pub(super) async fn prunings(db: &Client, chain: &str) -> Result<Vec<Row>> {
    Ok(db.query(PRUNINGS, &[&chain]).await?)
}
