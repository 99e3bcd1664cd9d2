//! What is in a source: its tables, and each table with its columns, keys and rules.
//!
//! Answers are kept for a few seconds, so that reading rows costs no look at the catalogue; a statement that finds
//! a table or column missing forgets them at once.

mod category;
pub mod known;
mod load;
pub mod operators;
pub mod queries;
pub mod relation;
mod rules;
pub mod same;
mod table;

pub use category::Category;
pub use table::{Allowed, Column, Gives, Junction, Listed, Reference, Table, TableKind};

use crate::masking;
use crate::source::open::Open;
use kernel::problem::Kind;
use kernel::{Problem, Result};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

const FRESH: Duration = Duration::from_secs(5);
/// Tables kept per source.
const MOST: usize = 1000;
/// Measuring a table waits for locks; not for long.
const BEGIN: &str = "begin read only; set local lock_timeout = '300ms'";

type Name = (String, String);

/// What is known of one source.
pub struct Catalogue {
    panel_schemas: Vec<String>,
    tables: Mutex<HashMap<Name, Kept>>,
}

/// A table as it was found.
struct Kept {
    table: Arc<Table>,
    at: Instant,
    /// Of the marks that hide its columns.
    generation: u64,
}

impl Catalogue {
    #[must_use]
    pub fn new(panel_schemas: Vec<String>) -> Self {
        Self { panel_schemas, tables: Mutex::new(HashMap::new()) }
    }

    /// The same source, seen by somebody else: nothing is known yet.
    #[must_use]
    pub fn empty(&self) -> Self {
        Self::new(self.panel_schemas.clone())
    }

    /// Whether a schema is the panel's own.
    #[must_use]
    pub fn is_panel(&self, schema: &str) -> bool {
        self.panel_schemas.iter().any(|s| s == schema)
    }

    /// The panel's own schemas.
    #[must_use]
    pub fn panel_schemas(&self) -> &[String] {
        &self.panel_schemas
    }

    /// Forgets a table of which a statement found that it has changed.
    pub fn forget(&self, table: &Table) {
        self.kept().remove(&(table.schema.clone(), table.name.clone()));
    }

    /// Forgets everything: somebody changed tables.
    pub fn forget_all(&self) {
        self.kept().clear();
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Name, Kept>> {
        // Nothing panics while it is held.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is kept of a table, if it may still be used. The first to find it old renews it; the others go on
    /// with the old one meanwhile.
    fn known(&self, name: &Name, generation: u64) -> Option<Arc<Table>> {
        let mut kept = self.kept();
        let found = kept.get_mut(name).filter(|found| found.generation == generation)?;
        if found.at.elapsed() < FRESH {
            return Some(found.table.clone());
        }
        found.at = Instant::now();
        None
    }

    fn keep(&self, name: Name, table: Arc<Table>, generation: u64) {
        let mut kept = self.kept();
        if kept.len() >= MOST {
            kept.retain(|_, found| found.at.elapsed() < FRESH);
        }
        if kept.len() < MOST {
            kept.insert(name, Kept { table, at: Instant::now(), generation });
        }
    }
}

/// A table of a source, at most a few seconds old.
///
/// # Errors
/// 404 when there is no such table; 503 when the source is away.
pub async fn table(source: &Open, schema: &str, name: &str) -> Result<Arc<Table>> {
    let key = (schema.to_owned(), name.to_owned());
    match source.catalogue.known(&key, source.marks.generation()) {
        Some(table) => Ok(table),
        None => fresh(source, schema, name).await,
    }
}

/// A table of a source as it is now.
///
/// # Errors
/// As [`table`].
pub async fn fresh(source: &Open, schema: &str, name: &str) -> Result<Arc<Table>> {
    let key = (schema.to_owned(), name.to_owned());
    let panel = source.catalogue.is_panel(schema);
    let (generation, marks) = (source.marks.generation(), source.marks.all());
    let conn = source.conn().await?;
    let load = || async { load::load(&conn, schema, name, panel, source.who()).await.map_err(|problem| source.named(problem)) };
    let mut loaded = load().await?;
    if let (Some(found), Some(grants)) = (&loaded, &source.grants)
        && found.lacking
        && grants.cover(&[found.table.oid]).await
    {
        loaded = load().await?;
    }
    let Some(mut loaded) = loaded else {
        source.catalogue.kept().remove(&key);
        return Err(Problem::new(
            Kind::NotFound,
            format!("There is no table {schema}.{name} in the source {}; it may have been dropped or renamed", source.name),
        ));
    };
    if marks.iter().any(|mark| !mark.is_open) {
        loaded.table.forget_computed();
    }
    let masked = masking::mask(&conn, &marks, loaded.table).await.map_err(|error| source.named(error.into()))?;
    let table = Arc::new(masked);
    source.catalogue.keep(key, table.clone(), generation);
    Ok(table)
}

/// Every table of a source that can be looked at.
///
/// # Errors
/// 503 when the source is away.
pub async fn tables(source: &Open) -> Result<Vec<Listed>> {
    let conn = source.conn().await?;
    let mut found = list(source, &conn).await?;
    if let Some(grants) = &source.grants {
        let lacking: Vec<u32> = found.iter().filter(|t| t.lacking).map(|t| t.listed.oid).collect();
        if !lacking.is_empty() && grants.cover(&lacking).await {
            found = list(source, &conn).await?;
        }
    }
    Ok(found.into_iter().filter(|t| t.readable || !t.listed.panel).map(|t| t.listed).collect())
}

struct Found {
    listed: Listed,
    readable: bool,
    lacking: bool,
}

async fn list(source: &Open, conn: &deadpool_postgres::ClientWrapper) -> Result<Vec<Found>> {
    let rows = match measured(conn, true).await {
        // Somebody holds a table; its size can be told from statistics.
        Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => measured(conn, false).await,
        other => other,
    };
    let rows = rows.map_err(|error| source.named(error.into()))?;
    let found = rows.iter().map(|row| {
        let (schema, name): (String, String) = (row.get(1), row.get(2));
        let panel = source.catalogue.is_panel(&schema);
        Found {
            readable: row.get(9),
            lacking: !panel && row.get::<_, bool>(10),
            listed: Listed {
                oid: row.get(0),
                panel,
                kind: TableKind::of(row.get(3), row.get(4)),
                estimated_rows: load::rows(row.get(5)),
                size_bytes: row.get::<_, Option<i64>>(6).map(|size| size.to_string()),
                comment: row.get(7),
                parent: row.get(8),
                schema,
                name,
            },
        }
    });
    Ok(found.collect())
}

async fn measured(conn: &deadpool_postgres::ClientWrapper, measure: bool) -> Result<Vec<tokio_postgres::Row>, tokio_postgres::Error> {
    let statement = conn.prepare_cached(queries::TABLES).await?;
    let values: [&(dyn ToSql + Sync); 1] = [&measure];
    let (begun, rows, ended) = futures::join!(conn.batch_execute(BEGIN), conn.query(&statement, &values), conn.batch_execute("commit"));
    begun?;
    let rows = rows?;
    ended?;
    Ok(rows)
}

/// The measured size of a table, where nobody holds it.
///
/// # Errors
/// 503 when the source is away.
pub async fn size(source: &Open, table: &Table) -> Result<Option<String>> {
    let conn = source.conn().await?;
    let statement = conn.prepare_cached(queries::SIZE).await?;
    let values: [&(dyn ToSql + Sync); 1] = [&table.oid];
    let (begun, row, ended) = futures::join!(conn.batch_execute(BEGIN), conn.query_opt(&statement, &values), conn.batch_execute("commit"));
    begun?;
    let size = match row {
        Ok(row) => row.and_then(|row| row.get::<_, Option<i64>>(0)).map(|size| size.to_string()),
        // Locked, or dropped just now: the estimate stands.
        Err(error) if error.as_db_error().is_some() => table.size_bytes.clone(),
        Err(error) => return Err(source.named(error.into())),
    };
    // After a refused statement this ends the transaction all the same.
    ended?;
    Ok(size)
}
