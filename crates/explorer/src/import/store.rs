//! Every statement about imports.

use super::PERMISSION;
use super::batch::Reject;
use super::intake::Piece;
use super::settings::Settings;
use super::shape::{FileColumn, Format, Shape};
use super::view::{self, Report};
use crate::errand::Errand;
use chrono::{DateTime, Utc};
use deadpool_postgres::ClientWrapper;
use kernel::actor::{Actor, ActorKind};
use kernel::db::Client;
use kernel::{Problem, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

const INSERT: &str = "insert into explorer.imports (id, source, schema_name, table_name, name, format, actor_kind, actor_id, actor_label, created_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const PIECE: &str = "insert into explorer.import_pieces (import_id, number, line, rows, content) values ($1, $2, $3, $4, $5)";
const RECEIVED: &str = "update explorer.imports set status = 'new', encoding = $2, delimiter = $3, header = $4, bytes = $5, rows = $6, columns = $7 where id = $1";
const DELETE: &str = "delete from explorer.imports where id = $1";

/// What is read of an import. A job that nobody will take up again has failed, whatever it was about to say.
macro_rules! read {
    ($rest:literal) => {
        concat!(
            "select i.id, i.source, i.schema_name, i.table_name, i.name, i.format, i.encoding, i.delimiter, i.header, \
             case when i.status in ('checking', 'running') and not exists (select from kernel.jobs j where j.id = i.job_id) \
               then 'failed' else i.status end, \
             i.bytes, i.rows, i.columns, i.settings, i.report, i.error, i.done, i.txid, i.actor_kind, i.actor_id, i.actor_label, \
             i.created_at, i.started_at, i.said_at, i.finished_at, \
             i.status <> 'done' and exists (select from explorer.import_pieces p where p.import_id = i.id) \
             from explorer.imports i ",
            $rest
        )
    };
}
const FIND: &str = read!("where i.id = $1 and i.status <> 'uploading'");
const LOCK: &str = read!("where i.id = $1 and i.status <> 'uploading' for update of i");
const LIST: &str = read!(
    "where i.source = $1 and i.schema_name = $2 and i.table_name = $3 and i.actor_id = $4 and i.status <> 'uploading' order by i.created_at desc, i.id desc limit $5"
);
const BUSY: &str = "select count(*) from explorer.imports i join kernel.jobs j on j.id = i.job_id \
     where i.status in ('checking', 'running')";
const BEGIN: &str = "update explorer.imports set status = $2, settings = $3, job_id = $4, actor_kind = $5, actor_label = $6, report = null, error = null, \
     done = 0, cancel = false, started_at = $7, said_at = $7, finished_at = null where id = $1";
const TAKE: &str = "update explorer.imports set attempt = attempt + 1, done = 0, said_at = $2, started_at = $2 where id = $1 and status in ('checking', 'running') returning attempt";
const CLEAR: &str = "delete from explorer.import_rejects where import_id = $1";
const ADVANCE: &str = "update explorer.imports set done = $3, report = $4, said_at = $5 where id = $1 and attempt = $2 and status in ('checking', 'running') returning cancel";
const COMMITTING: &str = "update explorer.imports set txid = $3, report = $4, done = rows, said_at = $5 where id = $1 and attempt = $2 and status = 'running' and not cancel";
const END: &str = "update explorer.imports set status = $2, report = coalesce($3, report), error = $4, finished_at = $5 where id = $1";
/// In a transaction of its own: a file of a gigabyte takes a while to delete, and nobody is to wait for that.
const FORGET_PIECES: &str = "delete from explorer.import_pieces where import_id = $1";
const FORGET_LEFT: &str = "delete from explorer.import_pieces p using explorer.imports i where i.id = p.import_id and i.status = 'done'";
const CANCEL: &str = "update explorer.imports set cancel = true where id = $1";
const READ_PIECE: &str = "select line, content from explorer.import_pieces where import_id = $1 and number = $2";
const REJECTS: &str = "insert into explorer.import_rejects (import_id, number, line, column_name, reason, content) \
     select $1, n, l, c, r, t from unnest($2::int[], $3::int8[], $4::text[], $5::text[], $6::text[]) as x (n, l, c, r, t)";
const READ_REJECTS: &str = "select line, column_name, reason, content, number from explorer.import_rejects where import_id = $1 and number > $2 order by number limit $3";
const SWEEP: &str = "delete from explorer.imports i where (i.status = 'uploading' and i.created_at < $1) \
     or (i.created_at < $2 and not exists (select from kernel.jobs j where j.id = i.job_id))";

/// Asked of the source: whether policies decide which rows there are.
const SECURED: &str = "select pg_catalog.row_security_active($1::pg_catalog.oid)";

pub const STATEMENTS: &[&str] = &[
    INSERT,
    PIECE,
    RECEIVED,
    DELETE,
    FIND,
    LOCK,
    LIST,
    BUSY,
    BEGIN,
    TAKE,
    CLEAR,
    ADVANCE,
    COMMITTING,
    END,
    FORGET_PIECES,
    FORGET_LEFT,
    CANCEL,
    READ_PIECE,
    REJECTS,
    READ_REJECTS,
    SWEEP,
    SECURED,
];

/// An import as it is kept.
#[derive(Debug)]
pub struct Import {
    pub id: Uuid,
    pub source: String,
    pub schema: String,
    pub table: String,
    pub name: String,
    pub format: Format,
    pub encoding: String,
    pub delimiter: Option<u8>,
    pub header: bool,
    pub status: String,
    pub bytes: i64,
    pub rows: i64,
    pub columns: Vec<FileColumn>,
    pub settings: Option<Settings>,
    pub report: Option<Report>,
    pub error: Option<String>,
    pub done: i64,
    pub txid: Option<i64>,
    pub actor: Actor,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub said_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    /// Whether the file is still there.
    pub kept: bool,
}

impl Import {
    /// Whether a job works on it, or will.
    pub fn is_busy(&self) -> bool {
        matches!(self.status.as_str(), "checking" | "running")
    }
}

fn json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(Problem::internal)
}

fn kept<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(Problem::internal)
}

impl Errand for Import {
    const NAMES: (&'static str, &'static str) = ("import", "imports");
    const PERMISSION: &'static str = PERMISSION;
    const OWN_ONLY: &'static str = "Nothing is imported in somebody's place.";
    const FIND: &'static str = FIND;
    const LOCK: &'static str = LOCK;
    const LIST: &'static str = LIST;
    const BUSY: &'static str = BUSY;

    fn read(row: &tokio_postgres::Row) -> Result<Self> {
        import(row)
    }

    fn actor(&self) -> &Actor {
        &self.actor
    }

    fn shown(&self, _now: DateTime<Utc>) -> Value {
        view::shown(self)
    }
}

fn import(row: &tokio_postgres::Row) -> Result<Import> {
    Ok(Import {
        id: row.get(0),
        source: row.get(1),
        schema: row.get(2),
        table: row.get(3),
        name: row.get(4),
        format: kept(Value::String(row.get(5)))?,
        encoding: row.get(6),
        delimiter: row.get::<_, Option<String>>(7).and_then(|sign| sign.bytes().next()),
        header: row.get(8),
        status: row.get(9),
        bytes: row.get(10),
        rows: row.get(11),
        columns: kept(row.get(12))?,
        settings: row.get::<_, Option<Value>>(13).map(kept).transpose()?,
        report: row.get::<_, Option<Value>>(14).map(kept).transpose()?,
        error: row.get(15),
        done: row.get(16),
        txid: row.get(17),
        actor: Actor { kind: kept::<ActorKind>(Value::String(row.get(18)))?, id: row.get(19), label: row.get(20) },
        created_at: row.get(21),
        started_at: row.get(22),
        said_at: row.get(23),
        finished_at: row.get(24),
        kept: row.get(25),
    })
}

pub(super) struct New<'a> {
    pub id: Uuid,
    pub source: &'a str,
    pub schema: &'a str,
    pub table: &'a str,
    pub name: &'a str,
    pub format: Format,
    pub actor: &'a Actor,
}

pub(super) async fn insert(db: &Client, new: &New<'_>, now: DateTime<Utc>) -> Result<()> {
    let (format, kind) = (new.format.name(), new.actor.kind.as_str());
    db.execute(INSERT, &[&new.id, &new.source, &new.schema, &new.table, &new.name, &format, &kind, &new.actor.id, &new.actor.label, &now])
        .await?;
    Ok(())
}

pub(super) async fn piece(db: &Client, id: Uuid, piece: &Piece) -> Result<()> {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    db.execute(PIECE, &[&id, &piece.number, &number(piece.line), &number(piece.rows), &piece.content]).await?;
    Ok(())
}

pub(super) async fn received(db: &Client, id: Uuid, shape: &Shape, encoding: &str, bytes: u64) -> Result<()> {
    let delimiter = shape.delimiter.map(|sign| char::from(sign).to_string());
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let (header, columns) = (shape.header.unwrap_or(false), json(&shape.columns)?);
    db.execute(RECEIVED, &[&id, &encoding, &delimiter, &header, &number(bytes), &number(shape.rows), &columns]).await?;
    Ok(())
}

pub(super) async fn delete(db: &Client, id: Uuid) -> Result<()> {
    db.execute(DELETE, &[&id]).await?;
    Ok(())
}

pub(super) async fn begin(
    db: &Client,
    id: Uuid,
    status: &str,
    settings: &Settings,
    job: Uuid,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    db.execute(BEGIN, &[&id, &status, &json(settings)?, &job, &actor.kind.as_str(), &actor.label, &now]).await?;
    clear(db, id).await
}

/// Takes it away from every earlier attempt; none when it has ended already.
pub(super) async fn take(db: &Client, id: Uuid, now: DateTime<Utc>) -> Result<Option<i32>> {
    Ok(db.query_opt(TAKE, &[&id, &now]).await?.map(|row| row.get(0)))
}

/// Forgets the rows that an earlier attempt refused.
pub(super) async fn clear(db: &Client, id: Uuid) -> Result<()> {
    db.execute(CLEAR, &[&id]).await?;
    Ok(())
}

/// Says how far an attempt is; whether it is to stop, and none when it was taken away from it.
pub(super) async fn advance(db: &Client, id: Uuid, attempt: i32, done: i64, report: &Report, now: DateTime<Utc>) -> Result<Option<bool>> {
    Ok(db.query_opt(ADVANCE, &[&id, &attempt, &done, &json(report)?, &now]).await?.map(|row| row.get(0)))
}

/// Writes down which transaction is about to be committed; whether the attempt may.
pub(super) async fn committing(db: &Client, id: Uuid, attempt: i32, txid: i64, report: &Report, now: DateTime<Utc>) -> Result<bool> {
    Ok(db.execute(COMMITTING, &[&id, &attempt, &txid, &json(report)?, &now]).await? == 1)
}

pub(super) async fn end(
    db: &Client,
    id: Uuid,
    status: &str,
    report: Option<&Report>,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    let report = report.map(json).transpose()?;
    db.execute(END, &[&id, &status, &report, &error, &now]).await?;
    Ok(())
}

/// Forgets the file of an import that is done.
pub(super) async fn forget_pieces(db: &Client, id: Uuid) -> Result<()> {
    db.execute(FORGET_PIECES, &[&id]).await?;
    Ok(())
}

pub(super) async fn cancel(db: &Client, id: Uuid) -> Result<()> {
    db.execute(CANCEL, &[&id]).await?;
    Ok(())
}

/// The line that a piece begins with, and its rows.
pub(super) async fn read_piece(db: &Client, id: Uuid, number: i32) -> Result<Option<(i64, Vec<u8>)>> {
    Ok(db.query_opt(READ_PIECE, &[&id, &number]).await?.map(|row| (row.get(0), row.get(1))))
}

/// Keeps refused rows; `first` is the number of the first of them.
pub(super) async fn keep_rejects(db: &Client, id: Uuid, first: i32, rejects: &[Reject]) -> Result<()> {
    let numbers: Vec<i32> = (first..).take(rejects.len()).collect();
    let lines: Vec<i64> = rejects.iter().map(|r| i64::try_from(r.line).unwrap_or(i64::MAX)).collect();
    let columns: Vec<Option<&str>> = rejects.iter().map(|r| r.column.as_deref()).collect();
    let reasons: Vec<&str> = rejects.iter().map(|r| r.reason.as_str()).collect();
    let contents: Vec<&str> = rejects.iter().map(|r| r.content.as_str()).collect();
    db.execute(REJECTS, &[&id, &numbers, &lines, &columns, &reasons, &contents]).await?;
    Ok(())
}

/// Refused rows after a number, with the number of the last.
pub(super) async fn rejects(db: &Client, id: Uuid, after: i32, most: i64) -> Result<(Vec<Reject>, i32)> {
    let rows = db.query(READ_REJECTS, &[&id, &after, &most]).await?;
    let last = rows.last().map_or(after, |row| row.get(4));
    let line = |n: i64| u64::try_from(n).unwrap_or_default();
    let reject = |row: &tokio_postgres::Row| Reject { line: line(row.get(0)), column: row.get(1), reason: row.get(2), content: row.get(3) };
    Ok((rows.iter().map(reject).collect(), last))
}

/// Forgets uploads that were cut off, old imports, and files that were imported by a process which then ended.
pub(super) async fn sweep(db: &Client, cut_off: DateTime<Utc>, old: DateTime<Utc>) -> Result<u64> {
    db.execute(FORGET_LEFT, &[]).await?;
    Ok(db.execute(SWEEP, &[&cut_off, &old]).await?)
}

/// Whether row policies apply to who asks.
pub(super) async fn is_secured(source: &ClientWrapper, oid: u32) -> Result<bool> {
    Ok(source.query_one(SECURED, &[&oid]).await?.get(0))
}
