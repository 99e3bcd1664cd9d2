//! Every statement of who walks the chains.

use kernel::problem::Result;
use tokio_postgres::{Client, Row};

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

pub const STATEMENTS: &[&str] = &[CHAINS, ROWS, STRAY, READ_HEAD, PRUNINGS];

pub(super) async fn head(db: &Client, chain: &str) -> Result<Option<Row>> {
    Ok(db.query_opt(READ_HEAD, &[&chain]).await?)
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
