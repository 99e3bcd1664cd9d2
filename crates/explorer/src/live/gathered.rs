//! One transaction while it is read: what it did to tables that somebody watches, and by whom.

use super::change::{By, Changes};
use super::line::{Line, Name, Values, key, named};
use super::watcher::Index;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Entries of the panel's log are part of the transaction that they tell about, and nobody else can write them.
const LOG: &str = "kernel.audit_log";

/// A table that somebody watches.
struct Watched {
    key: Arc<[String]>,
    changes: Changes,
}

#[derive(Default)]
pub struct Gathered {
    /// By the name as it is written; `None` is a table that nobody watches.
    tables: HashMap<String, Option<Watched>>,
    by: Option<By>,
    /// Whether the log of this database is a panel's own.
    has_log: bool,
}

impl Gathered {
    #[must_use]
    pub fn new(has_log: bool) -> Self {
        Self { has_log, ..Self::default() }
    }

    /// Takes in what happened; `true` at its end.
    pub fn add(&mut self, line: &Line<'_>, index: &Index, mark: impl Fn(&str) -> Option<By>) -> bool {
        match line {
            Line::Begin => self.clear(),
            Line::Commit => return true,
            Line::Row { table, values, .. } if self.has_log && *table == LOG => self.by = self.by.take().or_else(|| entry(values)),
            Line::Row { table, done, values } => {
                if let Some(watched) = self.watched(table, index) {
                    let key = if watched.changes.wants_key(*done) { key(values, &watched.key) } else { None };
                    watched.changes.add(*done, key);
                }
            }
            Line::Truncate(tables) => {
                for table in tables {
                    if let Some(watched) = self.watched(table, index) {
                        watched.changes.truncated = true;
                    }
                }
            }
            Line::Message { prefix: super::mark::PREFIX, content } => self.by = self.by.take().or_else(|| mark(content)),
            Line::Message { .. } | Line::Other => {}
        }
        false
    }

    /// Gives it to those who watch, and begins anew.
    pub fn deliver(&mut self, index: &Index) {
        let by = self.by.take().unwrap_or(By::Database(None));
        for (table, watched) in self.tables.drain() {
            if let (Some(watched), Some(name)) = (watched, named(&table)) {
                index.deliver(&name, &by, &watched.changes);
            }
        }
    }

    fn clear(&mut self) {
        self.tables.clear();
        self.by = None;
    }

    fn watched(&mut self, table: &str, index: &Index) -> Option<&mut Watched> {
        if !self.tables.contains_key(table) {
            let name: Option<Name> = named(table);
            let watched = name.and_then(|name| index.key(&name)).map(|key| Watched { key, changes: Changes::default() });
            self.tables.insert(table.to_owned(), watched);
        }
        self.tables.get_mut(table)?.as_mut()
    }
}

/// Whose entry in the log it is.
fn entry(values: &str) -> Option<By> {
    let (mut kind, mut id, mut name) = (None, None, None);
    for (column, value) in Values(values) {
        match (&*column, value) {
            ("actor_kind", value) => kind = value,
            ("actor_id", value) => id = value,
            ("actor_label", value) => name = value,
            _ => {}
        }
    }
    Some(By::Panel { kind: kind?.into_owned(), id: id.and_then(|id| Uuid::parse_str(&id).ok()), name: name?.into_owned() })
}
