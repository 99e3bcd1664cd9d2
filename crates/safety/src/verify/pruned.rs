//! What retention removed, signed. The seals keep the place and the hash of every row for ever; a pruning names rows whose
//! text is gone, and its signature is over each one's place, id and hash: it covers nothing else, and nowhere else.

use super::store;
use chrono::{DateTime, Utc};
use kernel::problem::Result;
use kernel::secret::{Keyring, same};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use tokio_postgres::Client;
use uuid::Uuid;

/// A row's place in its chain.
#[derive(Clone, Debug)]
pub struct Pruned {
    pub seq: i64,
    pub id: Uuid,
    pub hash: Vec<u8>,
}

fn take_in(digest: &mut Sha256, seq: i64, id: Uuid, hash: &[u8]) {
    digest.update(seq.to_be_bytes());
    digest.update(id.as_bytes());
    digest.update(hash);
}

fn sign(keys: &Keyring, id: Uuid, chain: &str, rows: u64, digest: Sha256) -> Vec<u8> {
    let message = [id.as_bytes().as_slice(), chain.as_bytes(), b"|", &rows.to_be_bytes(), &digest.finalize()].concat();
    keys.sign("audit-pruning", &message)
}

/// The signature of a pruning of these rows, which are in the order of their chain.
#[must_use]
pub fn sign_pruning(keys: &Keyring, id: Uuid, chain: &str, rows: &[Pruned]) -> Vec<u8> {
    let mut digest = Sha256::new();
    for row in rows {
        take_in(&mut digest, row.seq, row.id, &row.hash);
    }
    sign(keys, id, chain, rows.len() as u64, digest)
}

struct Pruning {
    id: Uuid,
    at: DateTime<Utc>,
    signature: Vec<u8>,
    digest: Sha256,
    of: u64,
    met: u64,
    first: i64,
}

/// All prunings of a chain, while it is walked.
pub(super) struct Prunings {
    all: Vec<Pruning>,
    rows: HashMap<Uuid, usize>,
}

impl Prunings {
    pub(super) async fn of(db: &Client, chain: &str) -> Result<Self> {
        let mut prunings = Self { all: Vec::new(), rows: HashMap::new() };
        for row in store::prunings(db, chain).await? {
            let ids: Vec<Uuid> = row.get(2);
            let of = ids.len() as u64;
            let place = prunings.all.len();
            prunings.rows.extend(ids.into_iter().map(|id| (id, place)));
            prunings.all.push(Pruning {
                id: row.get(0),
                at: row.get(1),
                signature: row.get(3),
                digest: Sha256::new(),
                of,
                met: 0,
                first: 0,
            });
        }
        Ok(prunings)
    }

    /// Whether a pruning names the row that the walk comes to.
    pub(super) fn meet(&mut self, seq: i64, id: Uuid, hash: &[u8]) -> bool {
        let Some(pruning) = self.rows.get(&id).and_then(|&place| self.all.get_mut(place)) else { return false };
        if pruning.met == 0 {
            pruning.first = seq;
        }
        pruning.met += 1;
        take_in(&mut pruning.digest, seq, id, hash);
        true
    }

    /// Those that the panel didn't sign, or not for these rows.
    pub(super) fn problems(&mut self, keys: &Keyring, chain: &str) -> Vec<(i64, String)> {
        let wrong = |p: &Pruning| p.met != p.of || !same(&sign(keys, p.id, chain, p.of, p.digest.clone()), &p.signature);
        let words = |p: Pruning| {
            let problem = format!(
                "{} rows from here on were removed by the pruning {} of {}, which the panel didn't sign for them",
                p.of, p.id, p.at
            );
            (p.first, problem)
        };
        std::mem::take(&mut self.all).into_iter().filter(|pruning| wrong(pruning)).map(words).collect()
    }
}
