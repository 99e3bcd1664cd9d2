//! What happened to a table, as far as a grid wants to know: how many rows, a bounded number of their keys, and by whom.

use kernel::{Actor, ActorKind};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Keys that are named; of more rows it is only known that they are many.
pub const NAMED: usize = 200;
/// Keys that are kept of more rows than can be named: room is left for what else happens meanwhile.
const SAMPLE: usize = 20;

/// The values of a row's primary key, as PostgreSQL writes them.
pub type Key = Vec<String>;

/// What was done to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    Inserted,
    Updated,
    Deleted,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// Somebody, through a panel.
    Panel { kind: String, id: Option<Uuid>, name: String },
    /// A client of the database, whose login may be known.
    Database(Option<String>),
    /// More than are kept apart.
    Several,
}

impl By {
    /// Whether it is this very actor.
    #[must_use]
    pub fn is(&self, actor: &Actor) -> bool {
        let same_kind = |kind: &str| kind == actor.kind.as_str() && actor.kind != ActorKind::Nobody;
        matches!(self, Self::Panel { kind, id, .. } if id.is_some() && *id == actor.id && same_kind(kind))
    }
}

/// Rows to which the same was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pub count: u64,
    /// Some of their keys: all of them when `all_named`.
    pub keys: BTreeSet<Key>,
    unnamed: bool,
}

impl Rows {
    fn add(&mut self, key: Option<Key>) {
        self.count += 1;
        match key {
            Some(key) if self.keys.len() < NAMED || self.keys.contains(&key) => drop(self.keys.insert(key)),
            _ => self.unnamed = true,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.unnamed |= other.unnamed;
        let worth = if other.unnamed { SAMPLE } else { NAMED };
        for key in other.keys.iter().take(worth) {
            if self.keys.len() < NAMED {
                self.keys.insert(key.clone());
            } else if !self.keys.contains(key) {
                self.unnamed = true;
                break;
            }
        }
    }

    #[must_use]
    pub fn all_named(&self) -> bool {
        !self.unnamed
    }
}

/// What one actor did to one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub inserted: Rows,
    pub updated: Rows,
    pub deleted: Rows,
    pub truncated: bool,
}

impl Changes {
    pub fn add(&mut self, done: Done, key: Option<Key>) {
        match done {
            Done::Inserted => self.inserted.add(key),
            Done::Updated => self.updated.add(key),
            Done::Deleted => self.deleted.add(key),
        }
    }

    /// Whether another key could still be named, so that it is worth looking for it.
    #[must_use]
    pub fn wants_key(&self, done: Done) -> bool {
        let rows = match done {
            Done::Inserted => &self.inserted,
            Done::Updated => &self.updated,
            Done::Deleted => &self.deleted,
        };
        rows.keys.len() < NAMED
    }

    /// Many rows of which nothing but their number is known.
    #[must_use]
    pub fn counted(done: Done, count: u64) -> Self {
        let rows = Rows { count, keys: BTreeSet::new(), unnamed: count > 0 };
        match done {
            Done::Inserted => Self { inserted: rows, ..Self::default() },
            Done::Updated => Self { updated: rows, ..Self::default() },
            Done::Deleted => Self { deleted: rows, ..Self::default() },
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.inserted.merge(&other.inserted);
        self.updated.merge(&other.updated);
        self.deleted.merge(&other.deleted);
        self.truncated |= other.truncated;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_rows_change_only_so_many_are_named() {
        let mut changes = Changes::default();
        for n in 0..100_000 {
            changes.add(Done::Inserted, Some(vec![n.to_string()]));
        }
        assert_eq!((changes.inserted.count, changes.inserted.keys.len(), changes.inserted.all_named()), (100_000, NAMED, false));
        let mut few = Changes::default();
        few.add(Done::Inserted, Some(vec!["0".into()]));
        few.add(Done::Inserted, Some(vec!["0".into()]));
        assert!(few.inserted.all_named() && few.inserted.keys.len() == 1);
        few.merge(&changes);
        assert!(!few.inserted.all_named() && few.inserted.keys.len() <= 1 + SAMPLE && few.inserted.count == 100_002);
        few.add(Done::Deleted, None);
        assert!(!few.deleted.all_named(), "a row without a key is one that isn't named");
    }
}
