//! Which tables a table is made of: changes of its partitions, and of tables that inherit from it, are its own.

use super::trigger;
use super::watcher::Wanted;
use crate::catalogue::Table;
use crate::source::open::Open;
use kernel::Result;

/// The table and those below it; whether the log tells of them, and whether a trigger of ours does.
const TREE: &str = "with recursive tree (oid) as (select $1::oid union select i.inhrelid from pg_catalog.pg_inherits i join tree on i.inhparent = tree.oid) \
     select n.nspname::text, c.relname::text, c.relpersistence = 'p', \
       exists (select from pg_catalog.pg_trigger t where t.tgrelid = $1 and t.tgname::text = $2 and t.tgenabled in ('O', 'A')) \
     from tree join pg_catalog.pg_class c on c.oid = tree.oid join pg_catalog.pg_namespace n on n.oid = c.relnamespace";

pub const STATEMENTS: &[&str] = &[TREE];

pub struct Tree {
    pub wanted: Wanted,
    /// Whether its changes are in the server's log.
    pub is_logged: bool,
    pub has_trigger: bool,
}

/// # Errors
/// 503 when the source is away.
pub async fn tree(source: &Open, table: &Table) -> Result<Tree> {
    let conn = source.conn().await?;
    let rows = async {
        let statement = conn.prepare_cached(TREE).await?;
        conn.query(&statement, &[&table.oid, &trigger::NAMES[0]]).await
    };
    let rows = rows.await.map_err(|error| source.named(error.into()))?;
    Ok(Tree {
        is_logged: rows.iter().all(|row| row.get(2)),
        has_trigger: rows.iter().any(|row| row.get(3)),
        wanted: Wanted { tables: rows.iter().map(|row| (row.get(0), row.get(1))).collect(), key: table.primary_key.clone() },
    })
}
