//! Values that the audit log cuts, kept whole beside it for some time, so that a change of them can be taken back.
//! Signed like the log's entries: what somebody put there by hand is never written into a row.

use crate::catalogue::Table;
use crate::rows::audit::{Pair, is_cut};
use crate::rows::record::Record;
use chrono::{DateTime, Duration, Utc};
use deadpool_postgres::ClientWrapper;
use kernel::audit::Entry;
use kernel::job::{Failure, Run};
use kernel::secret::{Keyring, same};
use kernel::setting::{Setting, SettingDef};
use kernel::{App, Caller, Job, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

const DAYS: Setting<i64> = Setting::new("explorer.undo_days");
/// Most bytes that are kept of one row, and of one request.
const MOST_OF_ROW: usize = 1 << 20;
const MOST_OF_REQUEST: usize = 16 << 20;

/// How long values are kept that were overwritten.
///
/// # Errors
/// When the setting can't be read.
pub fn days(app: &App) -> Result<Duration> {
    DAYS.get(app).map(Duration::days)
}

pub fn setting() -> SettingDef {
    DAYS.declare(
        "Keep long values for undoing for days",
        "Long texts and binary values that a change of rows overwrote. The audit log keeps the first 500 characters of each; after these days such a change can't be undone any more",
        json!({"type": "integer", "minimum": 1, "maximum": 3650}),
        json!(30),
    )
}

/// What one entry cuts, whole.
pub struct Kept {
    entry: Uuid,
    at: DateTime<Utc>,
    changes: String,
    signature: Vec<u8>,
}

/// Both sides of a column; one that the log has whole is missing.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Sides {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Box<RawValue>>,
}

/// The sides of each column that was cut.
pub type Whole = BTreeMap<String, Sides>;

/// What the entries of one request cut, as far as it isn't too much.
#[must_use]
pub fn of<'a>(keys: &Keyring, table: &Table, written: impl Iterator<Item = (&'a Entry, &'a Pair)>) -> Vec<Kept> {
    let mut room = MOST_OF_REQUEST;
    let mut all = Vec::new();
    for (entry, pair) in written {
        let Some(changes) = cut(table, pair, MOST_OF_ROW.min(room)) else { continue };
        room = room.saturating_sub(changes.len());
        let signature = sign(keys, entry.id, &changes);
        all.push(Kept { entry: entry.id, at: entry.at, changes, signature });
    }
    all
}

/// The values that the log cuts; nothing when there is none, or too much.
fn cut(table: &Table, pair: &Pair, most: usize) -> Option<String> {
    let mut whole = Whole::new();
    let mut size = 0;
    for column in table.columns.iter().filter(|column| column.readable) {
        let side = |row: &'_ Option<Record>| row.as_ref().and_then(|row| row.get(&column.name)).map(RawValue::to_owned);
        let (before, after) = (side(&pair.before), side(&pair.after));
        if before.as_ref().map(|value| value.get()) == after.as_ref().map(|value| value.get()) {
            continue;
        }
        let cut = |value: Option<Box<RawValue>>| value.filter(|value| is_cut(column, value));
        let sides = Sides { before: cut(before), after: cut(after) };
        size += [&sides.before, &sides.after].into_iter().flatten().map(|value| value.get().len()).sum::<usize>();
        if size > most {
            return None;
        }
        if sides.before.is_some() || sides.after.is_some() {
            whole.insert(column.name.clone(), sides);
        }
    }
    if whole.is_empty() { None } else { serde_json::to_string(&whole).ok() }
}

fn sign(keys: &Keyring, entry: Uuid, changes: &str) -> Vec<u8> {
    keys.sign("explorer-kept", format!("{entry}|{changes}").as_bytes())
}

/// Keeps values in the open transaction of a source that carries its own audit entries.
///
/// # Errors
/// When the database refuses.
pub async fn keep_all(client: &ClientWrapper, kept: &[Kept]) -> Result<(), tokio_postgres::Error> {
    if kept.is_empty() {
        return Ok(());
    }
    let statement = client.prepare_cached(store::KEEP).await?;
    for one in kept {
        client.execute(&statement, &[&one.entry, &one.at, &one.changes, &one.signature]).await?;
    }
    Ok(())
}

/// Forgets what nobody would take back any more.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forget {}

impl Job for Forget {
    const KIND: &'static str = "explorer.forget-values";
    const DESCRIPTION: &'static str = "Forgets long values of changed rows that were kept for undoing";

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let now = run.app.clock.now();
        let tx = run.app.db.begin(&Caller::system("explorer"), now).await?;
        let forgotten = store::forget(tx.db(), now - days(&run.app)?).await?;
        tx.commit().await?;
        Ok(json!({"forgotten": forgotten}))
    }
}

/// Every statement about kept values.
pub mod store {
    use super::{Kept, Whole, same, sign};
    use chrono::{DateTime, Utc};
    use kernel::secret::Keyring;
    use kernel::{Client, Result};
    use std::collections::HashMap;
    use uuid::Uuid;

    pub(super) const KEEP: &str = "insert into explorer.kept_values (entry, at, changes, signature) values ($1, $2, $3, $4)";
    const FIND: &str = "select entry, changes, signature from explorer.kept_values where entry = any($1)";
    const FORGET: &str = "delete from explorer.kept_values where at < $1";

    pub const STATEMENTS: &[&str] = &[KEEP, FIND, FORGET];

    /// # Errors
    /// When the database refuses.
    pub async fn keep(db: &Client, kept: &Kept) -> Result<()> {
        db.execute(KEEP, &[&kept.entry, &kept.at, &kept.changes, &kept.signature]).await?;
        Ok(())
    }

    /// What was kept beside these entries; what the panel didn't sign is left out.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn find(db: &Client, keys: &Keyring, entries: &[Uuid]) -> Result<HashMap<Uuid, Whole>> {
        let rows = db.query(FIND, &[&entries]).await?;
        let read = |row: &tokio_postgres::Row| {
            let (entry, changes, signature): (Uuid, &str, &[u8]) = (row.get(0), row.get(1), row.get(2));
            let whole = same(&sign(keys, entry, changes), signature).then(|| serde_json::from_str(changes).ok()).flatten()?;
            Some((entry, whole))
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    pub(super) async fn forget(db: &Client, before: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(FORGET, &[&before]).await?)
    }
}
