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
/// Every fixed statement here, for the test that prepares them against the real schema.
pub const STATEMENTS: &[&str] = &[APPEND, APPEND_ALL, TAKE, UNSEALED, HEAD, SET_HEAD, SEAL];

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

pub(super) async fn set_head(db: &Client, chain: &str, seq: i64, hash: &[u8], signature: &[u8]) -> Result<()> {
    db.execute(SET_HEAD, &[&chain, &seq, &hash, &signature]).await?;
    Ok(())
}

/// Writes down which rows follow each other in a chain, the first of them as number `first`.
pub(super) async fn seal(db: &Client, chain: &str, first: i64, ids: &[Uuid], hashes: &[Vec<u8>]) -> Result<()> {
    db.execute(SEAL, &[&chain, &first, &ids, &hashes]).await?;
    Ok(())
}
