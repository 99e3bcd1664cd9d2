//! What is known on this node of the sensitive columns of a source. Read again with the source, so at most a second old.

use kernel::{Client, Result};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

const OF_SOURCE: &str =
    "select schema_name, table_name, column_name, treatment = 'open' from explorer.sensitive_columns where source_id = $1 order by 1, 2, 3";

pub const STATEMENTS: &[&str] = &[OF_SOURCE];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub schema: String,
    pub table: String,
    pub column: String,
    /// Made from a hidden column, and shown all the same.
    pub is_open: bool,
}

impl Mark {
    /// As a person names it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}.{}.{}", self.schema, self.table, self.column)
    }
}

/// The marks of one source.
#[derive(Debug, Default)]
pub struct Marks {
    marks: Mutex<Arc<[Mark]>>,
    generation: AtomicU64,
}

impl Marks {
    #[must_use]
    pub fn all(&self) -> Arc<[Mark]> {
        // Nothing panics while it is held.
        self.marks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    #[must_use]
    pub fn hidden(&self) -> Vec<Mark> {
        self.all().iter().filter(|mark| !mark.is_open).cloned().collect()
    }

    /// Another number after each change: what was made of older marks is no longer true.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Takes over what the panel's database says now.
    ///
    /// # Errors
    /// When it is away.
    pub async fn read(&self, db: &Client, source: Uuid) -> Result<()> {
        let rows = db.query(OF_SOURCE, &[&source]).await?;
        let read: Arc<[Mark]> =
            rows.iter().map(|row| Mark { schema: row.get(0), table: row.get(1), column: row.get(2), is_open: row.get(3) }).collect();
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        if *marks != read {
            *marks = read;
            self.generation.fetch_add(1, Ordering::Release);
        }
        Ok(())
    }
}
