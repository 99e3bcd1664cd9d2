//! `quarterdeck audit verify`: walks every chain and says which rows were edited, removed or moved.

use super::seal::{entry_time, genesis, head_message, link_hash};
use super::store;
use crate::problem::Result;
use crate::secret::{Keyring, same};
use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

const BATCH: i64 = 5000;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub chain: String,
    pub seq: i64,
    pub id: Option<Uuid>,
    pub problem: String,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    pub chains: usize,
    pub rows: u64,
    pub findings: Vec<Finding>,
}

/// Checks every chain. Needs a role that may read the whole log.
///
/// # Errors
/// When the database is away.
pub async fn verify(db: &Client, keys: &Keyring) -> Result<Report> {
    let mut report = Report::default();
    for chain in store::chains(db).await? {
        report.chains += 1;
        verify_chain(db, keys, &chain, &mut report).await?;
    }
    Ok(report)
}

async fn verify_chain(db: &Client, keys: &Keyring, chain: &str, report: &mut Report) -> Result<()> {
    let (mut seq, mut previous) = (0_i64, genesis(chain));
    loop {
        let rows = store::rows(db, chain, seq, BATCH).await?;
        for row in &rows {
            report.rows += 1;
            let link = Stored::of(row);
            for problem in link.problems(keys, seq, &previous) {
                report.findings.push(Finding { chain: chain.into(), seq: link.seq, id: Some(link.id), problem });
            }
            seq = link.seq;
            previous = link.hash;
        }
        if rows.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
            break;
        }
    }
    let wrong = match store::head(db, chain).await? {
        None => Some("the chain's head is missing".to_owned()),
        Some(head) => {
            let (head_seq, hash, signature): (i64, Vec<u8>, Vec<u8>) = (head.get(0), head.get(1), head.get(2));
            if !same(&signature, &keys.sign("audit-head", &head_message(chain, head_seq, &hash))) {
                Some("the chain's head was edited".into())
            } else if head_seq > seq {
                Some(format!("rows {} to {head_seq} were removed from the end", seq + 1))
            } else if head_seq < seq || hash != previous {
                Some("the chain doesn't end where its head says".into())
            } else {
                None
            }
        }
    };
    if let Some(problem) = wrong {
        report.findings.push(Finding { chain: chain.into(), seq, id: None, problem });
    }
    Ok(())
}

struct Stored {
    id: Uuid,
    seq: i64,
    organization: Option<Uuid>,
    entry: String,
    signature: Vec<u8>,
    previous: Vec<u8>,
    hash: Vec<u8>,
    at: DateTime<Utc>,
}

impl Stored {
    fn of(row: &Row) -> Self {
        Self {
            id: row.get(0),
            seq: row.get(1),
            organization: row.get(2),
            entry: row.get(3),
            signature: row.get(4),
            previous: row.get(5),
            hash: row.get(6),
            at: row.get(7),
        }
    }

    fn problems(&self, keys: &Keyring, before: i64, previous: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        if self.seq != before + 1 {
            found.push(format!("rows {} to {} are missing", before + 1, self.seq - 1));
        }
        if !same(&store::signature(keys, &self.entry), &self.signature) {
            found.push("the row was edited: its signature doesn't fit its text".into());
        }
        // After a gap the row before is unknown; the row's own memory of it is all there is to check against.
        let expected = if self.seq == before + 1 { previous } else { &self.previous };
        if self.previous != expected || link_hash(expected, &self.entry) != self.hash {
            found.push("the row doesn't follow the one before it: it was edited or moved".into());
        }
        let copied = serde_json::from_str::<serde_json::Value>(&self.entry).ok();
        let same_org =
            copied.as_ref().is_some_and(|e| e["organization_id"].as_str().map(str::to_owned) == self.organization.map(|o| o.to_string()));
        let same_id = copied.as_ref().is_some_and(|e| e["id"].as_str() == Some(self.id.to_string().as_str()));
        if !same_org || !same_id || entry_time(&self.entry).ok() != Some(self.at) {
            found.push("the row's columns don't match its text".into());
        }
        found
    }
}
