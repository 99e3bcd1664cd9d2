//! Migrations: forward only, in one folder, each in its own transaction, under an advisory lock so that several
//! nodes may start at once. A file that was changed after it ran is refused.

use kernel::{Problem, Result};
use sha2::{Digest, Sha256};
use tokio_postgres::Client;

/// One file of `migrations/`: `<timestamp>_<room>_<what>`, and its SQL.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    pub name: &'static str,
    pub sql: &'static str,
}

const LOCK: &str = "select pg_advisory_lock(29028, 0)";
const UNLOCK: &str = "select pg_advisory_unlock(29028, 0)";
const TABLE: &str = "create schema if not exists kernel; create table if not exists kernel.migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())";
const APPLIED: &str = "select name, checksum from kernel.migrations order by name";
const EXISTS: &str = "select to_regclass('kernel.migrations') is not null";
const NOTE: &str = "insert into kernel.migrations (name, checksum) values ($1, $2)";

fn checksum(sql: &str) -> String {
    Sha256::digest(sql.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
}

/// Applies what is missing, as the database's owner; returns the names applied.
///
/// # Errors
/// When a file was changed after it ran, the database is newer than this binary, or a statement fails (that file
/// and those after it are then not applied).
pub async fn migrate(db: &mut Client, migrations: &[Migration]) -> Result<Vec<&'static str>> {
    db.execute(LOCK, &[]).await?;
    let outcome = apply(db, migrations).await;
    db.execute(UNLOCK, &[]).await?;
    outcome
}

async fn apply(db: &mut Client, migrations: &[Migration]) -> Result<Vec<&'static str>> {
    let version: i32 = db.query_one("select current_setting('server_version_num')::int", &[]).await?.get(0);
    if version < 140_000 {
        return Err(Problem::internal(format!("PostgreSQL 14 or newer is needed; this server is {}", version / 10_000)));
    }
    db.batch_execute(TABLE).await?;
    let applied: Vec<(String, String)> = db.query(APPLIED, &[]).await?.iter().map(|row| (row.get(0), row.get(1))).collect();
    if let Some((unknown, _)) = applied.iter().find(|(name, _)| !migrations.iter().any(|m| m.name == name)) {
        return Err(Problem::internal(format!(
            "the database has the migration {unknown}, which this version doesn't know: start the newer version that made it"
        )));
    }
    let mut done = Vec::new();
    for migration in migrations {
        let sum = checksum(migration.sql);
        if let Some((_, kept)) = applied.iter().find(|(name, _)| name == migration.name) {
            if *kept != sum {
                return Err(Problem::internal(format!(
                    "the migration {} was changed after it ran on this database; migrations are only ever added",
                    migration.name
                )));
            }
            continue;
        }
        let tx = db.transaction().await?;
        let failed = |e: tokio_postgres::Error| {
            let why = e.as_db_error().map_or_else(|| e.to_string(), |db| format!("{} ({})", db.message(), db.code().code()));
            Problem::internal(format!("the migration {} failed: {why}", migration.name)).because(e)
        };
        tx.batch_execute(migration.sql).await.map_err(failed)?;
        tx.execute(NOTE, &[&migration.name, &sum]).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        done.push(migration.name);
    }
    Ok(done)
}

/// Names of migrations that this database lacks.
///
/// # Errors
/// When the database is away.
pub async fn pending(db: &Client, migrations: &[Migration]) -> Result<Vec<&'static str>> {
    let exists: bool = db.query_one(EXISTS, &[]).await?.get(0);
    let applied: Vec<String> = if exists { db.query(APPLIED, &[]).await?.iter().map(|row| row.get(0)).collect() } else { Vec::new() };
    Ok(migrations.iter().map(|m| m.name).filter(|name| !applied.iter().any(|a| a == name)).collect())
}
