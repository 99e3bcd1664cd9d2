//! Every statement about exports that are kept.

use super::super::PERMISSION;
use super::super::file::Format;
use super::super::log::Sent;
use super::view;
use crate::errand::Errand;
use chrono::{DateTime, Utc};
use kernel::actor::{Actor, ActorKind};
use kernel::db::Client;
use kernel::{Problem, Result};
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

const INSERT: &str = "insert into explorer.exports (id, source, schema_name, table_name, format, query, revealed, expected, job_id, \
     actor_kind, actor_id, actor_label, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

/// What is read of an export. One whose job nobody will take up again has failed, whatever it was about to say.
macro_rules! read {
    ($rest:literal) => {
        concat!(
            "select e.id, e.source, e.schema_name, e.table_name, e.format, e.query, e.revealed, \
             case when e.status = 'running' and not exists (select from kernel.jobs j where j.id = e.job_id) \
               then 'failed' else e.status end, \
             e.rows, e.bytes, e.expected, e.error, e.attempt, e.actor_kind, e.actor_id, e.actor_label, \
             e.created_at, e.started_at, e.said_at, e.finished_at, e.expires_at \
             from explorer.exports e ",
            $rest
        )
    };
}
const FIND: &str = read!("where e.id = $1");
const LOCK: &str = read!("where e.id = $1 for update of e");
const LIST: &str = read!(
    "where ($1::text is null or e.source = $1) and ($2::text is null or e.schema_name = $2) and ($3::text is null or e.table_name = $3) \
     and e.actor_id = $4 order by e.created_at desc, e.id desc limit $5"
);
const BUSY: &str = "select count(*) from explorer.exports e join kernel.jobs j on j.id = e.job_id \
     where e.status = 'running'";
const KEPT: &str = "select count(*) from explorer.exports where actor_id = $1 and status = 'done' and expires_at > $2";
const TAKE: &str = "update explorer.exports set attempt = attempt + 1, rows = 0, bytes = 0, said_at = $2, started_at = $2 \
     where id = $1 and status = 'running' returning id";
const CLEAR: &str = "delete from explorer.export_pieces where export_id = $1";
const KEEP: &str = "with mine as (update explorer.exports set rows = $3, bytes = $4, said_at = $5 where id = $1 and attempt = $2 and status = 'running' returning id) \
     insert into explorer.export_pieces (export_id, number, content) select id, $6, $7 from mine";
const ADVANCE: &str =
    "update explorer.exports set rows = $3, bytes = $4, said_at = $5 where id = $1 and attempt = $2 and status = 'running'";
const FINISH: &str = "update explorer.exports set status = 'done', rows = $3, bytes = $4, said_at = $5, finished_at = $5, expires_at = $6 \
     where id = $1 and attempt = $2 and status = 'running'";
const FAIL: &str =
    "update explorer.exports set status = $3, error = $4, finished_at = $5 where id = $1 and attempt = $2 and status = 'running'";
const END: &str = "update explorer.exports set status = $2, error = $3, finished_at = $4 where id = $1";
const DELETE: &str = "delete from explorer.exports where id = $1";
const PIECE: &str = "select content from explorer.export_pieces where export_id = $1 and number = $2";
/// Whether a column of the source was marked as sensitive after something was read.
const MARKED: &str = "select exists (select from explorer.sensitive_columns c join explorer.sources s on s.id = c.source_id \
     where s.name = $1 and c.treatment = 'hidden' and c.updated_at > $2)";
const EXPIRE: &str = "delete from explorer.export_pieces p using explorer.exports e where e.id = p.export_id and (e.expires_at <= $1 \
     or (e.status <> 'done' and not exists (select from kernel.jobs j where j.id = e.job_id)))";
const SWEEP: &str = "delete from explorer.exports e where e.created_at < $1 \
     and not exists (select from kernel.jobs j where j.id = e.job_id)";

pub const STATEMENTS: &[&str] =
    &[INSERT, FIND, LOCK, LIST, BUSY, KEPT, TAKE, CLEAR, KEEP, ADVANCE, FINISH, FAIL, END, DELETE, PIECE, MARKED, EXPIRE, SWEEP];

/// An export as it is kept.
#[derive(Clone, Debug)]
pub struct Export {
    pub id: Uuid,
    pub source: String,
    pub schema: String,
    pub table: String,
    pub format: Format,
    pub query: String,
    /// Whether sensitive columns stand in the file.
    pub revealed: bool,
    pub status: String,
    pub rows: i64,
    pub bytes: i64,
    /// Rows that the planner expected.
    pub expected: i64,
    pub error: Option<String>,
    /// Which attempt made it, or is at it.
    pub attempt: i32,
    pub actor: Actor,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub said_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
}

impl Errand for Export {
    const NAMES: (&'static str, &'static str) = ("export", "exports");
    const PERMISSION: &'static str = PERMISSION;
    const OWN_ONLY: &'static str = "Nothing is exported in the background in somebody's place.";
    const FIND: &'static str = FIND;
    const LOCK: &'static str = LOCK;
    const LIST: &'static str = LIST;
    const BUSY: &'static str = BUSY;

    fn read(row: &Row) -> Result<Self> {
        let kind: ActorKind = serde_json::from_value(Value::String(row.get(13))).map_err(Problem::internal)?;
        Ok(Self {
            id: row.get(0),
            source: row.get(1),
            schema: row.get(2),
            table: row.get(3),
            format: Format::named(row.get(4))?,
            query: row.get(5),
            revealed: row.get(6),
            status: row.get(7),
            rows: row.get(8),
            bytes: row.get(9),
            expected: row.get(10),
            error: row.get(11),
            attempt: row.get(12),
            actor: Actor { kind, id: row.get(14), label: row.get(15) },
            created_at: row.get(16),
            started_at: row.get(17),
            said_at: row.get(18),
            finished_at: row.get(19),
            expires_at: row.get(20),
        })
    }

    fn actor(&self) -> &Actor {
        &self.actor
    }

    fn shown(&self, now: DateTime<Utc>) -> Value {
        view::shown(self, now)
    }
}

pub(super) struct New<'a> {
    pub id: Uuid,
    pub source: &'a str,
    pub schema: &'a str,
    pub table: &'a str,
    pub format: Format,
    pub query: &'a str,
    pub revealed: bool,
    pub expected: i64,
    pub job: Uuid,
    pub actor: &'a Actor,
}

pub(super) async fn insert(db: &Client, new: &New<'_>, now: DateTime<Utc>) -> Result<()> {
    let New { id, source, schema, table, query, revealed, expected, job, .. } = new;
    let (format, kind, actor) = (new.format.name(), new.actor.kind.as_str(), new.actor);
    db.execute(INSERT, &[id, source, schema, table, &format, query, revealed, expected, job, &kind, &actor.id, &actor.label, &now]).await?;
    Ok(())
}

/// How many files of somebody are kept.
pub(super) async fn kept(db: &Client, actor: Option<Uuid>, now: DateTime<Utc>) -> Result<i64> {
    Ok(db.query_one(KEPT, &[&actor, &now]).await?.get(0))
}

/// Takes it away from every earlier attempt, with what that had kept; whether there is still something to do. A file that is
/// whole stays, though its job is begun again because its node died before it could say so.
pub(super) async fn take(db: &Client, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let taken = db.execute(TAKE, &[&id, &now]).await? == 1;
    if taken {
        db.execute(CLEAR, &[&id]).await?;
    }
    Ok(taken)
}

fn counts(sent: Sent) -> (i64, i64) {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    (number(sent.rows), number(sent.bytes))
}

/// Keeps a piece, and says how far it is; whether it is still this attempt's.
pub(super) async fn keep(db: &Client, export: &Export, number: i32, sent: Sent, sealed: &[u8], now: DateTime<Utc>) -> Result<bool> {
    let (rows, bytes) = counts(sent);
    Ok(db.execute(KEEP, &[&export.id, &export.attempt, &rows, &bytes, &now, &number, &sealed]).await? == 1)
}

/// Says how far it is; whether it is still this attempt's.
pub(super) async fn advance(db: &Client, export: &Export, sent: Sent, now: DateTime<Utc>) -> Result<bool> {
    let (rows, bytes) = counts(sent);
    Ok(db.execute(ADVANCE, &[&export.id, &export.attempt, &rows, &bytes, &now]).await? == 1)
}

/// The file is whole; whether it is still this attempt's.
pub(super) async fn finish(db: &Client, export: &Export, sent: Sent, now: DateTime<Utc>, expires: DateTime<Utc>) -> Result<bool> {
    let (rows, bytes) = counts(sent);
    Ok(db.execute(FINISH, &[&export.id, &export.attempt, &rows, &bytes, &now, &expires]).await? == 1)
}

/// There will be no file; whether it was still this attempt's.
pub(super) async fn fail(db: &Client, export: &Export, status: &str, error: Option<&str>, now: DateTime<Utc>) -> Result<bool> {
    let failed = db.execute(FAIL, &[&export.id, &export.attempt, &status, &error, &now]).await? == 1;
    if failed {
        db.execute(CLEAR, &[&export.id]).await?;
    }
    Ok(failed)
}

/// Ends it whoever is at it.
pub(super) async fn end(db: &Client, id: Uuid, status: &str, error: Option<&str>, now: DateTime<Utc>) -> Result<()> {
    db.execute(END, &[&id, &status, &error, &now]).await?;
    db.execute(CLEAR, &[&id]).await?;
    Ok(())
}

pub(super) async fn delete(db: &Client, id: Uuid) -> Result<()> {
    db.execute(DELETE, &[&id]).await?;
    Ok(())
}

pub(super) async fn piece(db: &Client, id: Uuid, number: i32) -> Result<Option<Vec<u8>>> {
    Ok(db.query_opt(PIECE, &[&id, &number]).await?.map(|row| row.get(0)))
}

/// Whether a column of the source was marked as sensitive since.
pub(super) async fn marked(db: &Client, source: &str, since: DateTime<Utc>) -> Result<bool> {
    Ok(db.query_one(MARKED, &[&source, &since]).await?.get(0))
}

/// Forgets files whose time is over or that will never be whole, and exports that ended long ago.
pub(super) async fn sweep(db: &Client, now: DateTime<Utc>, old: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(EXPIRE, &[&now]).await? + db.execute(SWEEP, &[&old]).await?)
}
