//! Every statement about the audit log.

use super::Entry;
use crate::problem::Result;
use crate::secret::Keyring;
use chrono::{DateTime, Utc};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

pub const APPEND: &str = "insert into kernel.audit_pending (id, organization_id, entry, signature) values ($1, $2, $3, $4)";
const PENDING: &str = "select id, organization_id, entry, signature from kernel.audit_pending order by id limit $1";
const FORGET: &str = "delete from kernel.audit_pending where id = any($1)";
const HEAD: &str = "select seq, hash, signature from kernel.audit_heads where chain = $1 for update";
const SET_HEAD: &str = "insert into kernel.audit_heads (chain, seq, hash, signature) values ($1, $2, $3, $4) \
     on conflict (chain) do update set seq = excluded.seq, hash = excluded.hash, signature = excluded.signature";
const INSERT: &str = "insert into kernel.audit_log (id, chain, seq, organization_id, entry, signature, previous, hash, at) \
     select * from unnest($1::uuid[], $2::text[], $3::int8[], $4::uuid[], $5::text[], $6::bytea[], $7::bytea[], $8::bytea[], $9::timestamptz[])";
const CHAINS: &str = "select chain from kernel.audit_log union select chain from kernel.audit_heads order by chain";
const ROWS: &str = "select id, seq, organization_id, entry, signature, previous, hash, at from kernel.audit_log where chain = $1 and seq > $2 order by seq limit $3";
const READ_HEAD: &str = "select seq, hash, signature from kernel.audit_heads where chain = $1";

/// Every fixed statement here, for the test that prepares them against the real schema.
pub const STATEMENTS: &[&str] = &[APPEND, PENDING, FORGET, HEAD, SET_HEAD, INSERT, CHAINS, ROWS, READ_HEAD];

/// Signature of an entry's exact text.
#[must_use]
pub fn signature(keys: &Keyring, entry: &str) -> Vec<u8> {
    keys.sign("audit-entry", entry.as_bytes())
}

/// Appends an entry in the transaction of `db`.
///
/// # Errors
/// When the database refuses.
pub async fn append(db: &Client, keys: &Keyring, entry: &Entry) -> Result<()> {
    let text = entry.text();
    let signature = signature(keys, &text);
    db.execute(APPEND, &[&entry.id, &entry.organization, &text, &signature]).await?;
    Ok(())
}

pub(super) async fn pending(db: &Client, limit: i64) -> Result<Vec<Row>> {
    Ok(db.query(PENDING, &[&limit]).await?)
}

pub(super) async fn forget(db: &Client, ids: &[Uuid]) -> Result<u64> {
    Ok(db.execute(FORGET, &[&ids]).await?)
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

/// Rows with their places in the chains, by column: one statement writes them all.
#[derive(Default)]
pub(super) struct Links {
    pub id: Vec<Uuid>,
    pub chain: Vec<String>,
    pub seq: Vec<i64>,
    pub organization: Vec<Option<Uuid>>,
    pub entry: Vec<String>,
    pub signature: Vec<Vec<u8>>,
    pub previous: Vec<Vec<u8>>,
    pub hash: Vec<Vec<u8>>,
    pub at: Vec<DateTime<Utc>>,
}

pub(super) async fn insert(db: &Client, links: &Links) -> Result<()> {
    db.execute(
        INSERT,
        &[
            &links.id,
            &links.chain,
            &links.seq,
            &links.organization,
            &links.entry,
            &links.signature,
            &links.previous,
            &links.hash,
            &links.at,
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn chains(db: &Client) -> Result<Vec<String>> {
    Ok(db.query(CHAINS, &[]).await?.iter().map(|row| row.get(0)).collect())
}

pub(super) async fn rows(db: &Client, chain: &str, after: i64, limit: i64) -> Result<Vec<Row>> {
    Ok(db.query(ROWS, &[&chain, &after, &limit]).await?)
}
