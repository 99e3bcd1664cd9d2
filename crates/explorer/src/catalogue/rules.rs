//! What may be changed in a table, and the words for why not.

use super::category::Category;
use super::table::{Allowed, Column, TableKind};

/// Rights of the source's login on one table.
pub struct Rights {
    pub schema: bool,
    /// On the whole table, not on some columns.
    pub select: bool,
    pub insert: bool,
    pub update: bool,
    pub delete: bool,
    /// Bits of `pg_relation_is_updatable`.
    pub updatable: i32,
}

const CAN_UPDATE: i32 = 1 << 2;
const CAN_INSERT: i32 = 1 << 3;
const CAN_DELETE: i32 = 1 << 4;

const PANEL: &str = "This table belongs to the panel. Change it on its own page, where the rules and the audit log see it";
const NO_KEY: &str = "This table has no primary key, so one row can't be told from another";

/// Why a column that can't be read is not shown.
#[must_use]
pub fn hidden(panel: bool, who: &str) -> String {
    if panel { "Secret: this never leaves the database".into() } else { format!("{who} may not read this column") }
}

/// A word in a column's comment that makes it the one that puts rows into the trash, whatever it is called.
const TRASH_MARK: &str = "@trash";
const TRASH_NAME: &str = "deleted_at";

/// The column that says when a row was put into the trash: a time that may be missing.
#[must_use]
pub fn trash(columns: &[Column]) -> Option<String> {
    let is_time = |column: &&Column| matches!(column.category, Category::Timestamptz | Category::Timestamp);
    let fits = || columns.iter().filter(is_time).filter(|column| column.nullable && column.writable);
    let is_marked =
        |column: &&Column| column.comment.as_deref().is_some_and(|comment| comment.split_whitespace().any(|word| word == TRASH_MARK));
    fits().find(is_marked).or_else(|| fits().find(|column| column.name == TRASH_NAME)).map(|column| column.name.clone())
}

/// Insert, update and delete, by `who`. `unfilled`: a column that needs a value which nobody can give.
#[must_use]
pub fn edits(
    kind: TableKind,
    panel: bool,
    primary_key: &[String],
    columns: &[Column],
    unfilled: Option<&Column>,
    rights: &Rights,
    who: &str,
) -> [Allowed; 3] {
    let everything = match kind {
        _ if panel => Some(PANEL.to_owned()),
        TableKind::MaterializedView => Some("A materialised view is changed by refreshing it".into()),
        _ if !rights.schema => Some(format!("{who} may not use this schema")),
        _ => None,
    };
    let what = |right: bool, bit: i32, verb: &str| {
        if rights.updatable & bit == 0 {
            let kind = if kind == TableKind::View { "view" } else { "table" };
            Some(format!("PostgreSQL can't {verb} this {kind}"))
        } else if !right {
            Some(format!("{who} may not {verb} this table"))
        } else {
            None
        }
    };
    let readable = |name: &String| columns.iter().any(|c| c.name == *name && c.readable);
    let key = if primary_key.is_empty() {
        Some(if kind == TableKind::View {
            "A view has no primary key, so one row can't be told from another".to_owned()
        } else {
            NO_KEY.into()
        })
    } else if let Some((name, ty)) = columns.iter().find_map(|c| Some((c.primary_key.map(|_| &c.name)?, c.unknown_type.as_ref()?))) {
        Some(format!("The type {ty} of {name} in the primary key is not known here, so one row can't be told from another for certain"))
    } else {
        (!primary_key.iter().all(readable)).then(|| format!("{who} may not read the primary key, so one row can't be told from another"))
    };
    let unfilled = unfilled.and_then(|column| {
        let (name, ty) = (&column.name, column.unknown_type.as_ref()?);
        Some(format!("Every row needs a value in {name}, and the type {ty} is not known here: insert rows with SQL"))
    });
    let of = |reason: Option<String>| Allowed::unless(everything.clone().or(reason));
    [
        of(what(rights.insert, CAN_INSERT, "insert into").or(unfilled)),
        of(what(rights.update, CAN_UPDATE, "update").or_else(|| key.clone())),
        of(what(rights.delete, CAN_DELETE, "delete from").or(key.clone())),
    ]
}
