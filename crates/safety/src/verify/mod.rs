//! `quarterdeck audit verify`: walks every chain and says which rows were edited, removed or moved.

mod pruned;
pub mod store;

pub use pruned::{Pruned, sign_pruning};

use kernel::audit::store::signature;
use kernel::audit::{chain_of, genesis, head_message, link_hash, says_the_same};
use kernel::problem::Result;
use kernel::secret::{Keyring, same};
use pruned::Prunings;
use serde::Serialize;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

/// Seals that are read at a time, of at most a thousand rows each.
const SEALS: i64 = 20;
/// Most rows outside of any chain that are named.
const STRAYS: i64 = 1000;

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
    /// Rows that retention removed, as the panel signed.
    pub pruned: u64,
    pub findings: Vec<Finding>,
}

/// Checks every chain. Needs a role that may read the whole log, and a transaction that sees one moment (`repeatable
/// read`) where others go on writing it.
///
/// # Errors
/// When the database is away.
pub async fn verify(db: &Client, keys: &Keyring) -> Result<Report> {
    let mut report = Report::default();
    for chain in chains(db).await? {
        verify_chain(db, keys, &chain, &mut report).await?;
    }
    strays(db, &mut report).await?;
    Ok(report)
}

/// The names of all chains, for whoever walks them one by one.
///
/// # Errors
/// When the database is away.
pub async fn chains(db: &Client) -> Result<Vec<String>> {
    store::chains(db).await
}

/// Checks one chain, see [`verify`].
///
/// # Errors
/// When the database is away.
pub async fn verify_chain(db: &Client, keys: &Keyring, chain: &str, report: &mut Report) -> Result<()> {
    report.chains += 1;
    let prunings = Prunings::of(db, chain).await?;
    Walk { chain, keys, seq: 0, previous: Some(genesis(chain)), prunings, report }.run(db).await
}

/// Finds rows that are in no chain.
///
/// # Errors
/// When the database is away.
pub async fn strays(db: &Client, report: &mut Report) -> Result<()> {
    for row in store::stray(db, STRAYS).await? {
        let problem = "the row is in no chain: it was put in by hand, or its seal was removed".into();
        report.findings.push(Finding { chain: chain_of(row.get(1)), seq: 0, id: Some(row.get(0)), problem });
    }
    Ok(())
}

/// Along one chain.
struct Walk<'a> {
    chain: &'a str,
    keys: &'a Keyring,
    /// Number and hash of the row before; the hash is unknown after a gap.
    seq: i64,
    previous: Option<Vec<u8>>,
    prunings: Prunings,
    report: &'a mut Report,
}

impl Walk<'_> {
    async fn run(mut self, db: &Client) -> Result<()> {
        let mut after = 0;
        loop {
            let rows = store::rows(db, self.chain, after, SEALS).await?;
            let Some(last) = rows.last() else { break };
            after = last.get(0);
            for row in &rows {
                self.row(row)?;
            }
        }
        for (seq, problem) in self.prunings.problems(self.keys, self.chain) {
            self.report.findings.push(Finding { chain: self.chain.into(), seq, id: None, problem });
        }
        let head = store::head(db, self.chain).await?;
        if let Some(problem) = self.end(head.as_ref()) {
            self.report.findings.push(Finding { chain: self.chain.into(), seq: self.seq, id: None, problem });
        }
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<()> {
        let (seq, id, hash): (i64, Uuid, Vec<u8>) = (row.get(1), row.get(2), row.get(3));
        self.report.rows += 1;
        let mut found = Vec::new();
        if seq != self.seq + 1 {
            found.push(format!("rows {} to {} are missing", self.seq + 1, seq - 1));
            self.previous = None;
        }
        let was_pruned = self.prunings.meet(seq, id, &hash);
        match row.get::<_, Option<&str>>(4) {
            None if was_pruned => self.report.pruned += 1,
            None => found.push("the row was removed".into()),
            Some(entry) => {
                if !same(&signature(self.keys, entry), row.get(5)) {
                    found.push("the row was edited: its signature doesn't fit its text".into());
                }
                if self.previous.as_ref().is_some_and(|previous| link_hash(previous, entry) != hash) {
                    found.push("the row doesn't follow the one before it: it was edited or moved".into());
                }
                if !says_the_same(id, entry, row, 6)? {
                    found.push("the row's columns don't match its text".into());
                }
            }
        }
        self.report.findings.extend(found.into_iter().map(|problem| Finding { chain: self.chain.into(), seq, id: Some(id), problem }));
        (self.seq, self.previous) = (seq, Some(hash));
        Ok(())
    }

    fn end(&self, head: Option<&Row>) -> Option<String> {
        let Some(head) = head else { return Some("the chain's head is missing".into()) };
        let (seq, hash): (i64, Vec<u8>) = (head.get(0), head.get(1));
        if !same(&self.keys.sign("audit-head", &head_message(self.chain, seq, &hash)), head.get(2)) {
            Some("the chain's head was edited".into())
        } else if seq > self.seq {
            Some(format!("rows {} to {seq} were removed from the end", self.seq + 1))
        } else if seq < self.seq || self.previous.as_ref() != Some(&hash) {
            Some("the chain doesn't end where its head says".into())
        } else {
            None
        }
    }
}
