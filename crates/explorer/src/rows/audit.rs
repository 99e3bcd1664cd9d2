//! Rows in the audit log: before and after of every row that was written.
//!
//! In `main` (unless in somebody's place) the entries are part of the change's own transaction, sent together with its commit. Elsewhere there
//! is no such transaction: that the change begins is written down first, and then how it ended.

use super::record::{Record, plain};
use super::target::Target;
use super::transaction::Transaction;
use crate::catalogue::{Category, Column, Table};
use crate::history::kept::{self, Kept};
use deadpool_postgres::ClientWrapper;
use futures::future::try_join_all;
use futures::join;
use kernel::audit::store::APPEND;
use kernel::audit::{Changes, Entry, Outcome, Signed, Target as Audited};
use kernel::{Call, Caller, Ctx, Problem, Result};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio_postgres::Client;
use uuid::Uuid;

/// Longest value in the log, in characters.
pub const LONGEST: usize = 500;

/// A sensitive value in the log.
pub const HIDDEN: &str = "•••";

/// One row as it was and as it is.
#[derive(Debug)]
pub struct Pair {
    pub before: Option<Record>,
    pub after: Option<Record>,
}

/// Who writes what, for the log.
pub struct Log<'a> {
    pub call: &'a Call,
    pub caller: &'a Caller,
    pub target: &'a Target,
    pub action: &'static str,
    /// What the rows by themselves don't tell.
    pub note: Option<String>,
}

impl Log<'_> {
    /// Before the change: that it begins, where the change can't carry its own entry.
    ///
    /// # Errors
    /// When the panel's database is away; then nothing is changed.
    pub async fn start(&self) -> Result<()> {
        if self.target.source.carries_audit() {
            return Ok(());
        }
        let entry = self.entry(self.action, &self.aimed(), Changes::new()).outcome(Outcome::Started).detail(self.what());
        self.write(&[entry], &[]).await
    }

    /// Ends the change's transaction. In `main` the entries go out with the commit, in one round trip.
    /// Gives the first of them, by which the change can be named.
    ///
    /// # Errors
    /// When the database refuses either; nothing was changed then.
    pub async fn commit(&self, transaction: &Transaction, pairs: &[Pair]) -> Result<Option<Uuid>> {
        if !self.target.source.carries_audit() {
            transaction.commit().await?;
            return Ok(None);
        }
        let (entries, kept) = self.pairs(pairs);
        append(transaction.client()?, self.call, &entries, &kept).await?;
        Ok(entries.first().map(|entry| entry.id))
    }

    /// After the change: how it ended, where the change didn't carry its own entry. Gives the first entry of rows.
    pub async fn end(&self, ended: Result<&[Pair], &Problem>) -> Option<Uuid> {
        if self.target.source.carries_audit() {
            return None;
        }
        let mut kept = Vec::new();
        let mut first = None;
        let entries: Vec<Entry> = match ended {
            Ok([]) => vec![self.entry(self.action, &self.aimed(), Changes::new()).detail(Some("no row was changed".into()))],
            Ok(pairs) => {
                let (entries, whole) = self.pairs(pairs);
                first = entries.first().map(|entry| entry.id);
                kept = whole;
                entries
            }
            Err(problem) => {
                vec![
                    self.entry(self.action, &self.aimed(), Changes::new())
                        .outcome(Outcome::Failed)
                        .detail(Some(problem.detail().to_owned())),
                ]
            }
        };
        // The change is done and can't be taken back: the started entry stays as the sign that something happened.
        if let Err(error) = self.write(&entries, &kept).await {
            tracing::error!(source.name = %self.target.source.name, error = %error, "the end of a change could not be written to the audit log");
            return None;
        }
        first
    }

    /// After a change that was only tried, as it was asked to be.
    pub async fn taken_back(&self) {
        if self.target.source.carries_audit() {
            return;
        }
        let entry = self.entry(self.action, &self.aimed(), Changes::new()).detail(Some("tried and taken back: tx=rollback".into()));
        if let Err(error) = self.write(&[entry], &[]).await {
            tracing::error!(source.name = %self.target.source.name, error = %error, "the end of a change could not be written to the audit log");
        }
    }

    async fn write(&self, entries: &[Entry], kept: &[Kept]) -> Result<()> {
        let ctx = Ctx::open(self.call.app.clone(), self.caller.clone(), self.call.request.clone()).await?;
        insert(ctx.db(), self.call, entries).await?;
        try_join_all(kept.iter().map(|one| kept::store::keep(ctx.db(), one))).await?;
        ctx.commit().await
    }

    /// The entry of each row, and beside them what they cut.
    fn pairs(&self, pairs: &[Pair]) -> (Vec<Entry>, Vec<Kept>) {
        let entries: Vec<Entry> = pairs.iter().map(|pair| self.pair(pair)).collect();
        let kept = kept::of(&self.call.app.keys, &self.target.table, entries.iter().zip(pairs));
        (entries, kept)
    }

    /// An upsert makes rows and changes others; each is logged as what it was.
    fn pair(&self, pair: &Pair) -> Entry {
        let table = &self.target.table;
        let action = match pair {
            Pair { before: None, after: None } => self.action,
            Pair { before: None, .. } => "rows.create",
            Pair { after: None, .. } => "rows.delete",
            _ => "rows.update",
        };
        let id = pair.before.as_ref().or(pair.after.as_ref()).map(|row| key(table, row)).unwrap_or_default();
        self.entry(action, &id, changes(table, pair)).detail(self.note.clone())
    }

    fn entry(&self, action: &str, id: &str, changes: Changes) -> Entry {
        let (app, table) = (&self.call.app, &self.target.table);
        let label = if id.is_empty() { table.name.clone() } else { format!("{} {id}", table.name) };
        let audited = Audited::new(table.kind_in(&self.target.source.name), id, label);
        Entry::of(app.ids.next(&app.clock), app.clock.now(), self.caller, &self.call.request, action, Some(audited)).changes(changes)
    }

    /// The key of the one row that the request means, when its filter gives it whole.
    fn aimed(&self) -> String {
        let given: Vec<(String, String)> = url::form_urlencoded::parse(self.call.query.as_bytes()).into_owned().collect();
        let value = |column: &String| given.iter().find(|(name, _)| name == column)?.1.strip_prefix("eq.").map(str::to_owned);
        let key: Option<Vec<String>> = self.target.table.primary_key.iter().map(value).collect();
        key.map(|key| key.join(",")).unwrap_or_default()
    }

    fn what(&self) -> Option<String> {
        if self.note.is_some() {
            return self.note.clone();
        }
        (!self.call.query.is_empty()).then(|| self.call.query.chars().take(LONGEST).collect())
    }
}

/// The primary key's values, joined; those of several columns so that they can be told apart again.
#[must_use]
pub fn key(table: &Table, row: &Record) -> String {
    joined(&table.primary_key.iter().map(|name| row.text(name)).collect::<Vec<_>>())
}

/// The text of a key in the log.
#[must_use]
pub fn joined(values: &[String]) -> String {
    let [only] = values else {
        return values.iter().map(|value| part(value)).collect::<Vec<_>>().join(",");
    };
    only.clone()
}

fn part(value: &str) -> String {
    let is_plain = !value.is_empty() && !value.contains(['"', ',', '\\']);
    if is_plain { value.to_owned() } else { format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")) }
}

fn changes(table: &Table, pair: &Pair) -> Changes {
    let mut changes = Changes::new();
    for column in table.columns.iter().filter(|c| c.readable) {
        let side = |row: &Option<Record>| row.as_ref().and_then(|row| row.get(&column.name)).map(RawValue::to_owned);
        let (before, after) = (side(&pair.before), side(&pair.after));
        if before.as_ref().map(|v| v.get()) == after.as_ref().map(|v| v.get()) {
            continue;
        }
        let shown = |value: Option<Box<RawValue>>| match value {
            Some(value) if column.sensitive && value.get() != "null" => HIDDEN.into(),
            Some(value) => short(column.category, &value),
            None => Value::Null,
        };
        // What a new row leaves empty says nothing.
        let (before, after) = (shown(before), shown(after));
        if before != after || column.sensitive || pair.before.is_some() && pair.after.is_some() {
            changes.insert(column.name.clone(), json!({"before": before, "after": after}));
        }
    }
    changes
}

/// Whether the log doesn't hold the whole of a value.
#[must_use]
pub fn is_cut(column: &Column, value: &RawValue) -> bool {
    value.get() != "null" && (column.sensitive || is_long(column.category, value))
}

fn is_long(category: Category, value: &RawValue) -> bool {
    let json = value.get();
    match category {
        _ if json == "null" => false,
        Category::Bytea => true,
        Category::Json | Category::Array => json.len() > LONGEST || !reads_back(json),
        _ => json.len() > LONGEST,
    }
}

/// A value as it is; as text where a reader would lose a part of it.
#[must_use]
pub fn exact(value: &RawValue) -> Value {
    let json = value.get();
    if reads_back(json) { serde_json::from_str(json).unwrap_or_default() } else { json.into() }
}

/// Whether every number can be read as a double, which is what browsers do.
fn is_double(value: &Value) -> bool {
    const LAST: u64 = 1 << 53;
    match value {
        Value::Number(number) => number.as_i64().map(i64::unsigned_abs).or(number.as_u64()).is_none_or(|size| size <= LAST),
        Value::Array(items) => items.iter().all(is_double),
        Value::Object(members) => members.values().all(is_double),
        _ => true,
    }
}

/// Whether reading JSON and writing it again gives the same: no digit lost, no name dropped.
fn reads_back(json: &str) -> bool {
    let read = serde_json::from_str::<Value>(json).unwrap_or_default();
    if !is_double(&read) {
        return false;
    }
    let again = read.to_string();
    let mut is_text = false;
    let mut is_escaped = false;
    let mut letters = again.chars();
    for letter in json.chars() {
        if !is_text && letter.is_ascii_whitespace() {
            continue;
        }
        if letters.next() != Some(letter) {
            return false;
        }
        is_text ^= letter == '"' && !is_escaped;
        is_escaped = is_text && letter == '\\' && !is_escaped;
    }
    letters.next().is_none()
}

/// A value as the log keeps it.
#[must_use]
pub fn short(category: Category, value: &RawValue) -> Value {
    let json = value.get();
    if category == Category::Bytea && json != "null" {
        // `"\\x…"`: two quotes, the doubled backslash and the x, then two digits a byte.
        return format!("{} bytes", json.len().saturating_sub(5) / 2).into();
    }
    if json.len() <= LONGEST && !is_long(category, value) {
        return serde_json::from_str(json).unwrap_or(Value::Null);
    }
    let text = plain(value).unwrap_or_default();
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short.into()
}

/// Appends entries in the open transaction of `client` and commits; one entry goes out together with the commit.
async fn append(client: &ClientWrapper, call: &Call, entries: &[Entry], kept: &[Kept]) -> Result<()> {
    let statement = client.prepare_cached(APPEND).await?;
    kept::keep_all(client, kept).await?;
    let records: Vec<Signed<'_>> = entries.iter().map(|entry| Signed::of(&call.app.keys, entry)).collect();
    let Some((last, others)) = records.split_last() else {
        client.batch_execute("commit").await?;
        return Ok(());
    };
    try_join_all(others.iter().map(|record| record.write(client, &statement))).await?;
    let (written, committed) = join!(last.write(client, &statement), client.batch_execute("commit"));
    // Without its entry a change is not committed: PostgreSQL rolls back what has failed.
    written?;
    committed?;
    Ok(())
}

async fn insert(client: &Client, call: &Call, entries: &[Entry]) -> Result<()> {
    let statement = client.prepare(APPEND).await?;
    let records: Vec<Signed<'_>> = entries.iter().map(|entry| Signed::of(&call.app.keys, entry)).collect();
    try_join_all(records.iter().map(|record| record.write(client, &statement))).await?;
    Ok(())
}
