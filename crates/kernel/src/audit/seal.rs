//! The sealer: gives pending entries their place in a chain. One runs at a time over all nodes.

use super::{chain_of, store};
use crate::actor::{Actor, Caller};
use crate::app::App;
use crate::audit::{Entry, Outcome, Target};
use crate::ctx::RequestInfo;
use crate::problem::{Problem, Result};
use crate::secret;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use uuid::Uuid;

const BATCH: i64 = 1000;
/// Advisory lock of the sealer: "qd" and a number of our own.
const LOCK: &str = "select pg_try_advisory_xact_lock(29028, 1)";

/// `H(previous || entry)`; the first row of a chain hashes its name instead.
pub(super) fn link_hash(previous: &[u8], entry: &str) -> Vec<u8> {
    Sha256::new().chain_update(previous).chain_update(entry.as_bytes()).finalize().to_vec()
}

/// What stands before the first row.
pub(super) fn genesis(chain: &str) -> Vec<u8> {
    Sha256::digest(chain.as_bytes()).to_vec()
}

pub(super) fn head_message(chain: &str, seq: i64, hash: &[u8]) -> Vec<u8> {
    [chain.as_bytes(), b"|", &seq.to_be_bytes(), b"|", hash].concat()
}

struct Pending {
    id: Uuid,
    organization: Option<Uuid>,
    entry: String,
    signature: Vec<u8>,
}

/// Seals what is pending; returns how many rows. Another node's sealer at work means zero.
///
/// # Errors
/// When the database is away; pending rows stay for the next run.
pub async fn seal(app: &App) -> Result<usize> {
    let mut total = 0;
    loop {
        let sealed = batch(app).await?;
        total += sealed;
        if sealed < usize::try_from(BATCH).unwrap_or(usize::MAX) {
            return Ok(total);
        }
    }
}

async fn batch(app: &App) -> Result<usize> {
    let tx = app.db.begin(&Caller::system("audit sealer"), app.clock.now()).await?;
    let db = tx.db();
    let locked: bool = db.query_one(LOCK, &[]).await?.get(0);
    if !locked {
        tx.rollback().await?;
        return Ok(0);
    }
    let rows = store::pending(db, BATCH).await?;
    if rows.is_empty() {
        tx.rollback().await?;
        return Ok(0);
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.get(0)).collect();
    let mut chains: BTreeMap<String, Vec<Pending>> = BTreeMap::new();
    for row in rows {
        let row = Pending { id: row.get(0), organization: row.get(1), entry: row.get(2), signature: row.get(3) };
        let row = if secret::same(&store::signature(&app.keys, &row.entry), &row.signature) { row } else { forged(app, &row)? };
        chains.entry(chain_of(row.organization)).or_default().push(row);
    }
    let mut links = store::Links::default();
    for (chain, rows) in chains {
        let (mut seq, mut previous) = match store::lock_head(db, &chain).await? {
            Some(head) => (head.get(0), head.get(1)),
            None => (0_i64, genesis(&chain)),
        };
        for row in rows {
            seq += 1;
            let hash = link_hash(&previous, &row.entry);
            links.at.push(entry_time(&row.entry)?);
            links.id.push(row.id);
            links.chain.push(chain.clone());
            links.seq.push(seq);
            links.organization.push(row.organization);
            links.entry.push(row.entry);
            links.signature.push(row.signature);
            links.previous.push(previous);
            links.hash.push(hash.clone());
            previous = hash;
        }
        let signature = app.keys.sign("audit-head", &head_message(&chain, seq, &previous));
        store::set_head(db, &chain, seq, &previous, &signature).await?;
    }
    store::insert(db, &links).await?;
    store::forget(db, &ids).await?;
    tx.commit().await?;
    Ok(ids.len())
}

pub(super) fn entry_time(entry: &str) -> Result<DateTime<Utc>> {
    #[derive(serde::Deserialize)]
    struct At {
        at: DateTime<Utc>,
    }
    serde_json::from_str::<At>(entry).map(|e| e.at).map_err(Problem::internal)
}

/// A row that the panel didn't sign was written by somebody with a hand in the database. It is kept, as a finding.
fn forged(app: &App, row: &Pending) -> Result<Pending> {
    tracing::error!(audit.id = %row.id, "a pending audit row has no valid signature");
    let caller = Caller { actor: Actor::system("audit sealer"), ..Caller::system("audit sealer") };
    let entry = Entry::of(
        row.id,
        app.clock.now(),
        &caller,
        &RequestInfo::default(),
        "audit.forged",
        Some(Target::new("audit", row.id, "unsigned row")),
    )
    .outcome(Outcome::Failed)
    .detail(Some(row.entry.chars().take(4000).collect()));
    let text = entry.text();
    let signature = store::signature(&app.keys, &text);
    Ok(Pending { id: row.id, organization: None, entry: text, signature })
}
