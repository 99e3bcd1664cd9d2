//! Who makes a change through a panel, written into the change's own transaction where no entry of the log is: for the
//! server's log as a message, for triggers as a setting. It is sealed, so that no client of the database can sign with
//! somebody's name, and counts for a minute, so that nobody can keep it for later.

use super::change::By;
use crate::source::open::Open;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use deadpool_postgres::ClientWrapper;
use kernel::list::Param;
use kernel::{Actor, App, Call};
use pgprepared::prepare;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use tokio_postgres::Error;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// How our messages are told from those of others.
pub const PREFIX: &str = "quarterdeck";
const COUNTS: Duration = Duration::minutes(1);

/// Whether triggers of ours may read it, and whether the server's log can carry it.
const NEEDED: &str = "select pg_catalog.to_regnamespace('quarterdeck_live') is not null, pg_catalog.current_setting('wal_level') = 'logical' and exists ( \
     select from pg_catalog.pg_proc where proname = 'pg_logical_emit_message' and pg_catalog.has_function_privilege(oid, 'execute'))";
const FOR_TRIGGERS: &str = "select pg_catalog.set_config('quarterdeck.actor', $1, true)";
const FOR_LOG: &str = "select pg_catalog.pg_logical_emit_message(true, 'quarterdeck', $1::text)";
const FOR_BOTH: &str =
    "select pg_catalog.set_config('quarterdeck.actor', $1, true), pg_catalog.pg_logical_emit_message(true, 'quarterdeck', $1::text)";
/// How long it is remembered what a source needs.
const FRESH: std::time::Duration = std::time::Duration::from_secs(30);

pub const STATEMENTS: &[&str] = &[NEEDED, FOR_TRIGGERS, FOR_LOG, FOR_BOTH];

/// What marks are needed for in a source.
#[derive(Default)]
pub struct Needs(Mutex<Option<(Instant, Option<&'static str>)>>);

/// A mark that goes with a change.
pub struct Signed {
    sql: &'static str,
    text: Param,
}

impl Signed {
    /// The mark of whoever calls; none where nobody could read it, or the entry of the log says it already.
    ///
    /// # Errors
    /// 503 when the source is away.
    pub async fn of(call: &Call, source: &Open) -> kernel::Result<Option<Self>> {
        let caller = call.caller()?;
        if caller.seen_as.as_ref().is_some_and(|seen| seen.read_only) {
            return Ok(None);
        }
        let Some(sql) = source.needs_marks.of(source).await? else { return Ok(None) };
        Ok(Some(Self { sql, text: Param::text(write(&call.app, &source.name, &caller.actor)?) }))
    }

    /// Writes it into the open transaction. Sent when it is first polled, so that it can leave together with what follows.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn write(&self, client: &ClientWrapper) -> Result<(), Error> {
        let statement = prepare(client, self.sql).await?;
        let values: [&(dyn ToSql + Sync); 1] = [&self.text];
        client.query(&statement, &values).await.map(drop)
    }

    /// Prepares it beforehand.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn prepare(&self, client: &ClientWrapper) -> Result<(), Error> {
        prepare(client, self.sql).await.map(drop)
    }
}

impl Needs {
    async fn of(&self, source: &Open) -> kernel::Result<Option<&'static str>> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, sql)) = known
            && at.elapsed() < FRESH
        {
            return Ok(sql);
        }
        let conn = source.conn().await?;
        let row = conn.query_one(NEEDED, &[]).await.map_err(|error| source.named(error.into()))?;
        let sql = match (row.get(0), row.get::<_, bool>(1) && !source.carries_audit()) {
            (true, true) => Some(FOR_BOTH),
            (true, false) => Some(FOR_TRIGGERS),
            (false, true) => Some(FOR_LOG),
            (false, false) => None,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), sql));
        Ok(sql)
    }
}

#[derive(Serialize, Deserialize)]
struct Mark {
    kind: String,
    id: Option<Uuid>,
    name: String,
    at: DateTime<Utc>,
}

fn place(source: &str) -> String {
    format!("explorer.live|by|{source}")
}

/// What is written for this actor.
///
/// # Errors
/// 500 when it can't be sealed.
fn write(app: &App, source: &str, actor: &Actor) -> kernel::Result<String> {
    let mark = Mark { kind: actor.kind.as_str().to_owned(), id: actor.id, name: actor.label.clone(), at: app.clock.now() };
    let plain = serde_json::to_vec(&mark).map_err(kernel::Problem::internal)?;
    Ok(STANDARD_NO_PAD.encode(app.keys.seal(&place(source), &plain)?))
}

/// Who it was, if a panel wrote it just now.
pub fn read(app: &App, source: &str, text: &str) -> Option<By> {
    let sealed = STANDARD_NO_PAD.decode(text.trim()).ok()?;
    let plain = app.keys.open(&place(source), &sealed).ok()?;
    let mark: Mark = serde_json::from_slice(plain.expose_secret()).ok()?;
    let age = app.clock.now() - mark.at;
    (age.abs() <= COUNTS).then_some(By::Panel { kind: mark.kind, id: mark.id, name: mark.name })
}
