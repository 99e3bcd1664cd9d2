//! The sealer: gives entries their place in a chain. One runs at a time over all nodes.

use super::{chain_of, store};
use crate::actor::Caller;
use crate::app::App;
use crate::audit::{Entry, Outcome, Target};
use crate::ctx::RequestInfo;
use crate::db::Client;
use crate::problem::Result;
use crate::secret;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const BATCH: i64 = 1000;
const SEALER: &str = "audit sealer";
/// Advisory lock of the sealer: "qd" and a number of our own.
const LOCK: &str = "select pg_try_advisory_xact_lock(29028, 1)";

/// `H(previous || entry)`; the first row of a chain hashes its name instead.
#[must_use]
pub fn link_hash(previous: &[u8], entry: &str) -> Vec<u8> {
    Sha256::new().chain_update(previous).chain_update(entry.as_bytes()).finalize().to_vec()
}

/// What stands before the first row.
#[must_use]
pub fn genesis(chain: &str) -> Vec<u8> {
    Sha256::digest(chain.as_bytes()).to_vec()
}

#[must_use]
pub fn head_message(chain: &str, seq: i64, hash: &[u8]) -> Vec<u8> {
    [chain.as_bytes(), b"|", &seq.to_be_bytes(), b"|", hash].concat()
}

/// Gives a place to every row that has none yet; returns how many. Another node's sealer at work means zero.
///
/// # Errors
/// When the database is away; the rows stay for the next run.
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
    let tx = app.db.begin(&Caller::system(SEALER), app.clock.now()).await?;
    let db = tx.db();
    let locked: bool = db.query_one(LOCK, &[]).await?.get(0);
    let ids = if locked { store::take(db, BATCH).await? } else { Vec::new() };
    if ids.is_empty() {
        tx.rollback().await?;
        return Ok(0);
    }
    let rows = store::unsealed(db, &ids).await?;
    let mut missing: BTreeSet<Uuid> = ids.iter().copied().collect();
    let mut chains: BTreeMap<String, Vec<(Uuid, String)>> = BTreeMap::new();
    for row in rows {
        let (id, organization, entry): (Uuid, Option<Uuid>, String) = (row.get(0), row.get(1), row.get(2));
        missing.remove(&id);
        if !secret::same(&store::signature(&app.keys, &entry), row.get(3)) {
            note(app, db, id, "audit.forged", "a row of the audit log that the panel didn't write").await?;
        }
        chains.entry(chain_of(organization)).or_default().push((id, entry));
    }
    for id in missing {
        note(app, db, id, "audit.removed", "a row of the audit log that was removed before it was sealed").await?;
    }
    for (chain, rows) in chains {
        let (before, mut previous) = match store::lock_head(db, &chain).await? {
            Some(head) => (head.get(0), head.get(1)),
            None => (0_i64, genesis(&chain)),
        };
        let (mut seq, mut ids, mut hashes) = (before, Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for (id, entry) in rows {
            previous = link_hash(&previous, &entry);
            seq += 1;
            ids.push(id);
            hashes.push(previous.clone());
        }
        store::seal(db, &chain, before + 1, &ids, &hashes).await?;
        let signature = app.keys.sign("audit-head", &head_message(&chain, seq, &previous));
        store::set_head(db, &chain, seq, &previous, &signature).await?;
    }
    tx.commit().await?;
    Ok(ids.len())
}

/// Somebody with a hand in the database was at the log: that is itself an entry.
async fn note(app: &App, db: &Client, id: Uuid, action: &str, what: &str) -> Result<()> {
    tracing::error!(audit.id = %id, "{what}");
    let target = Target::new("audit", id, "Audit row");
    let entry =
        Entry::of(app.ids.next(&app.clock), app.clock.now(), &Caller::system(SEALER), &RequestInfo::default(), action, Some(target))
            .outcome(Outcome::Failed)
            .detail(Some(what.into()));
    store::append(db, &app.keys, &entry).await
}
