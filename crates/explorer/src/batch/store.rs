//! Every statement about batches.

use super::asked::{Asked, Mode, Verb};
use super::pieces::{Piece, Waiting};
use super::{PERMISSION, view};
use crate::errand::Errand;
use chrono::{DateTime, Utc};
use kernel::actor::{Actor, ActorKind};
use kernel::db::Client;
use kernel::{Problem, Result};
use serde_json::Value;
use uuid::Uuid;

const INSERT: &str = "insert into explorer.batches (id, source, schema_name, table_name, table_oid, verb, mode, asked, expected, undoes, columns, no_undo, \
     job_id, actor_kind, actor_id, actor_label, leave_changed, created_at, started_at, said_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18, $18)";

/// What is read of a batch. A job that nobody will take up again has failed, whatever it was about to say.
macro_rules! read {
    ($rest:literal) => {
        concat!(
            "select b.id, b.source, b.schema_name, b.table_name, b.table_oid, b.verb, b.mode, b.asked, b.expected, b.undoes, \
             case when b.status = 'running' and not exists (select from kernel.jobs j where j.id = b.job_id) \
               then 'failed' else b.status end, \
             b.wish, b.collected, b.changed, b.skipped, b.columns, b.no_undo, b.error, b.txid, b.actor_kind, b.actor_id, b.actor_label, \
             b.created_at, b.started_at, b.said_at, b.finished_at, b.leave_changed, \
             (select u.id from explorer.batches u where u.undoes = b.id and u.status in ('running', 'paused', 'done') order by u.created_at desc limit 1), \
             exists (select from explorer.batch_pieces p where p.batch_id = b.id and p.done) \
             from explorer.batches b ",
            $rest
        )
    };
}
const FIND: &str = read!("where b.id = $1");
const LOCK: &str = read!("where b.id = $1 for update of b");
const LIST: &str = read!(
    "where b.source = $1 and b.schema_name = $2 and b.table_name = $3 and b.actor_id = $4 order by b.created_at desc, b.id desc limit $5"
);
const BUSY: &str = "select count(*) from explorer.batches b join kernel.jobs j on j.id = b.job_id \
     where b.status = 'running'";
const RESUME: &str = "update explorer.batches set status = 'running', wish = null, error = null, job_id = $2, said_at = $3, finished_at = null where id = $1";
const TAKE: &str = "update explorer.batches set attempt = attempt + 1, said_at = $2 where id = $1 and status = 'running' returning attempt";
const WISH: &str = "update explorer.batches set wish = $2 where id = $1";
const ADVANCE: &str = "update explorer.batches set changed = $3, skipped = $4, said_at = $5 where id = $1 and attempt = $2 and status = 'running' returning wish";
const HEARD: &str = "update explorer.batches set said_at = $3 where id = $1 and attempt = $2 and status = 'running' returning wish";
const CLEAR: &str = "with gone as (delete from explorer.batch_pieces where batch_id = $1) \
     update explorer.batches set changed = 0, skipped = 0, kept_bytes = 0, collected = false, txid = null where id = $1";
const KEEP: &str = "with mine as (update explorer.batches set kept_bytes = kept_bytes + length($6) where id = $1 and attempt = $2 and status = 'running' returning id) \
     insert into explorer.batch_pieces (batch_id, number, txid, rows, content, signature, done) select id, $3, $4, $5, $6, $7, true from mine";
const TOO_MUCH: &str = "with less as (update explorer.batch_pieces set content = null, signature = null where batch_id = $1 and content is not null) \
     update explorer.batches set no_undo = $3 where id = $1 and attempt = $2";
const COMMITTING: &str = "update explorer.batches set txid = $3, changed = $4, skipped = $5, said_at = $6 \
     where id = $1 and attempt = $2 and status = 'running' and wish is distinct from 'cancel'";
const END: &str = "update explorer.batches set status = $2, error = $3, finished_at = $4, wish = null where id = $1";

const WAIT: &str = "insert into explorer.batch_pieces (batch_id, number, keys, rows) \
     select id, $3, $4, $5 from explorer.batches where id = $1 and attempt = $2 and status = 'running'";
const COLLECTED: &str = "update explorer.batches set collected = true where id = $1 and attempt = $2 and status = 'running'";
const NEXT: &str = "select number, keys, txid from explorer.batch_pieces where batch_id = $1 and not done order by number limit 1";
const PIECE_COMMITTING: &str = "update explorer.batch_pieces set txid = $4, rows = $5, content = $6, signature = $7 where batch_id = $1 and number = $3 and not done \
     and exists (select from explorer.batches b where b.id = $1 and b.attempt = $2 and b.status = 'running' and b.wish is null)";
const PIECE_ABORTED: &str =
    "update explorer.batch_pieces set txid = null, content = null, signature = null where batch_id = $1 and number = $2 and not done";
const PIECE_DONE: &str = "with done as (update explorer.batch_pieces set done = true, keys = null where batch_id = $1 and number = $2 and not done returning rows, length(content) as bytes) \
     update explorer.batches b set changed = b.changed + done.rows, skipped = b.skipped + $3 - done.rows, kept_bytes = b.kept_bytes + coalesce(done.bytes, 0), said_at = $4 \
     from done where b.id = $1 returning b.kept_bytes";
const PIECE: &str = "select number, txid, rows, content, signature from explorer.batch_pieces where batch_id = $1 and done and number > $2 order by number limit 1";
const FORGET_VALUES: &str = "delete from explorer.batch_pieces p using explorer.batches b where b.id = p.batch_id and b.status <> 'running' and b.status <> 'paused' and b.created_at < $1";
const SWEEP: &str = "delete from explorer.batches b where b.created_at < $1 \
     and not exists (select from kernel.jobs j where j.id = b.job_id)";

/// Asked of the source: what else happens when rows of a table are changed.
const TRIGGERS: &str = "select t.tgname::text, p.proname::text, t.tgtype::int4, coalesce(array(select a.attname::text from pg_catalog.unnest(t.tgattr::int2[]) n \
       join pg_catalog.pg_attribute a on a.attrelid = t.tgrelid and a.attnum = n), '{}') \
     from pg_catalog.pg_trigger t join pg_catalog.pg_proc p on p.oid = t.tgfoid \
     where t.tgrelid = $1 and not t.tgisinternal and t.tgenabled in ('O', 'A') order by t.tgname";

pub const STATEMENTS: &[&str] = &[
    INSERT,
    FIND,
    LOCK,
    LIST,
    BUSY,
    RESUME,
    TAKE,
    WISH,
    ADVANCE,
    HEARD,
    CLEAR,
    KEEP,
    TOO_MUCH,
    COMMITTING,
    END,
    WAIT,
    COLLECTED,
    NEXT,
    PIECE_COMMITTING,
    PIECE_ABORTED,
    PIECE_DONE,
    PIECE,
    FORGET_VALUES,
    SWEEP,
    TRIGGERS,
];

/// A batch as it is kept.
#[derive(Debug)]
pub struct Batch {
    pub id: Uuid,
    pub source: String,
    pub schema: String,
    pub table: String,
    pub oid: i64,
    pub verb: Verb,
    pub mode: Mode,
    /// None of an undo.
    pub asked: Option<Asked>,
    pub expected: i64,
    pub undoes: Option<Uuid>,
    pub leave_changed: bool,
    pub status: String,
    pub wish: Option<String>,
    pub collected: bool,
    pub changed: i64,
    pub skipped: i64,
    pub columns: Vec<String>,
    pub no_undo: Option<String>,
    pub error: Option<String>,
    pub txid: Option<i64>,
    pub actor: Actor,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub said_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    /// The batch that takes it back, or did.
    pub undone_by: Option<Uuid>,
    /// Whether what the rows were before is still there.
    pub kept: bool,
}

impl Errand for Batch {
    const NAMES: (&'static str, &'static str) = ("batch", "batches");
    const PERMISSION: &'static str = PERMISSION;
    const OWN_ONLY: &'static str = "No batches are run in somebody's place.";
    const FIND: &'static str = FIND;
    const LOCK: &'static str = LOCK;
    const LIST: &'static str = LIST;
    const BUSY: &'static str = BUSY;

    fn read(row: &tokio_postgres::Row) -> Result<Self> {
        batch(row)
    }

    fn actor(&self) -> &Actor {
        &self.actor
    }

    fn shown(&self, _now: DateTime<Utc>) -> Value {
        view::shown(self)
    }
}

fn batch(row: &tokio_postgres::Row) -> Result<Batch> {
    let kind = Value::String(row.get(19));
    Ok(Batch {
        id: row.get(0),
        source: row.get(1),
        schema: row.get(2),
        table: row.get(3),
        oid: row.get(4),
        verb: Verb::named(row.get(5))?,
        mode: Mode::named(row.get(6)),
        asked: serde_json::from_str(row.get(7)).map_err(Problem::internal)?,
        expected: row.get(8),
        undoes: row.get(9),
        status: row.get(10),
        wish: row.get(11),
        collected: row.get(12),
        changed: row.get(13),
        skipped: row.get(14),
        columns: row.get(15),
        no_undo: row.get(16),
        error: row.get(17),
        txid: row.get(18),
        actor: Actor { kind: serde_json::from_value::<ActorKind>(kind).map_err(Problem::internal)?, id: row.get(20), label: row.get(21) },
        created_at: row.get(22),
        started_at: row.get(23),
        said_at: row.get(24),
        finished_at: row.get(25),
        leave_changed: row.get(26),
        undone_by: row.get(27),
        kept: row.get(28),
    })
}

pub(super) struct New<'a> {
    pub id: Uuid,
    pub source: &'a str,
    pub schema: &'a str,
    pub table: &'a str,
    pub oid: u32,
    pub verb: Verb,
    pub mode: Mode,
    pub asked: Option<&'a Asked>,
    pub expected: i64,
    pub undoes: Option<Uuid>,
    pub leave_changed: bool,
    pub columns: Vec<String>,
    pub no_undo: Option<&'a str>,
    pub job: Uuid,
    pub actor: &'a Actor,
}

pub(super) async fn insert(db: &Client, new: &New<'_>, now: DateTime<Utc>) -> Result<()> {
    let asked = serde_json::to_string(&new.asked).map_err(Problem::internal)?;
    let (verb, mode, kind, oid) = (new.verb.name(), new.mode.name(), new.actor.kind.as_str(), i64::from(new.oid));
    db.execute(
        INSERT,
        &[
            &new.id,
            &new.source,
            &new.schema,
            &new.table,
            &oid,
            &verb,
            &mode,
            &asked,
            &new.expected,
            &new.undoes,
            &new.columns,
            &new.no_undo,
            &new.job,
            &kind,
            &new.actor.id,
            &new.actor.label,
            &new.leave_changed,
            &now,
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn resume(db: &Client, id: Uuid, job: Uuid, now: DateTime<Utc>) -> Result<()> {
    db.execute(RESUME, &[&id, &job, &now]).await?;
    Ok(())
}

/// Takes it away from every earlier attempt; none when it has ended already.
pub(super) async fn take(db: &Client, id: Uuid, now: DateTime<Utc>) -> Result<Option<i32>> {
    Ok(db.query_opt(TAKE, &[&id, &now]).await?.map(|row| row.get(0)))
}

/// `pause` or `cancel`.
pub(super) async fn wish(db: &Client, id: Uuid, wish: &str) -> Result<()> {
    db.execute(WISH, &[&id, &wish]).await?;
    Ok(())
}

/// What it is to do; none when it was taken away from this attempt.
type Heard = Option<Option<String>>;

/// Says how far an attempt is.
pub(super) async fn advance(db: &Client, id: Uuid, attempt: i32, changed: i64, skipped: i64, now: DateTime<Utc>) -> Result<Heard> {
    Ok(db.query_opt(ADVANCE, &[&id, &attempt, &changed, &skipped, &now]).await?.map(|row| row.get(0)))
}

/// Says that an attempt is still at it.
pub(super) async fn heard(db: &Client, id: Uuid, attempt: i32, now: DateTime<Utc>) -> Result<Heard> {
    Ok(db.query_opt(HEARD, &[&id, &attempt, &now]).await?.map(|row| row.get(0)))
}

/// Forgets what an attempt did that came to nothing.
pub(super) async fn clear(db: &Client, id: Uuid) -> Result<()> {
    db.execute(CLEAR, &[&id]).await?;
    Ok(())
}

/// Keeps what rows were before; whether the attempt may go on.
pub(super) async fn keep(db: &Client, id: Uuid, attempt: i32, piece: &Piece) -> Result<bool> {
    let done = db.execute(KEEP, &[&id, &attempt, &piece.number, &piece.txid, &piece.rows, &piece.content, &piece.signature]).await?;
    Ok(done == 1)
}

/// Forgets what was kept, since it would be more than may be.
pub(super) async fn too_much(db: &Client, id: Uuid, attempt: i32, why: &str) -> Result<()> {
    db.execute(TOO_MUCH, &[&id, &attempt, &why]).await?;
    Ok(())
}

/// Writes down which transaction is about to be committed; whether the attempt may.
pub(super) async fn committing(
    db: &Client,
    id: Uuid,
    attempt: i32,
    txid: i64,
    changed: i64,
    skipped: i64,
    now: DateTime<Utc>,
) -> Result<bool> {
    Ok(db.execute(COMMITTING, &[&id, &attempt, &txid, &changed, &skipped, &now]).await? == 1)
}

pub(super) async fn end(db: &Client, id: Uuid, status: &str, error: Option<&str>, now: DateTime<Utc>) -> Result<()> {
    db.execute(END, &[&id, &status, &error, &now]).await?;
    Ok(())
}

/// Fixes keys whose rows are to be changed; whether the attempt may go on.
pub(super) async fn wait(db: &Client, id: Uuid, attempt: i32, number: i32, keys: &str, rows: i64) -> Result<bool> {
    Ok(db.execute(WAIT, &[&id, &attempt, &number, &keys, &rows]).await? == 1)
}

pub(super) async fn collected(db: &Client, id: Uuid, attempt: i32) -> Result<bool> {
    Ok(db.execute(COLLECTED, &[&id, &attempt]).await? == 1)
}

/// The next piece that is not done.
pub(super) async fn next(db: &Client, id: Uuid) -> Result<Option<Waiting>> {
    let Some(row) = db.query_opt(NEXT, &[&id]).await? else { return Ok(None) };
    let keys = row.get::<_, Option<&str>>(1).unwrap_or("[]");
    Ok(Some(Waiting { number: row.get(0), keys: serde_json::from_str(keys).map_err(Problem::internal)?, txid: row.get(2) }))
}

/// Writes down which transaction of a piece is about to be committed, and what its rows were; whether the attempt may.
pub(super) async fn piece_committing(db: &Client, id: Uuid, attempt: i32, piece: &Piece) -> Result<bool> {
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
        [&id, &attempt, &piece.number, &piece.txid, &piece.rows, &piece.content, &piece.signature];
    Ok(db.execute(PIECE_COMMITTING, &values).await? == 1)
}

pub(super) async fn piece_aborted(db: &Client, id: Uuid, number: i32) -> Result<()> {
    db.execute(PIECE_ABORTED, &[&id, &number]).await?;
    Ok(())
}

/// A piece was committed, once. `meant`: rows that it had. Gives the bytes that are kept by now.
pub(super) async fn piece_done(db: &Client, id: Uuid, number: i32, meant: i64, now: DateTime<Utc>) -> Result<i64> {
    Ok(db.query_opt(PIECE_DONE, &[&id, &number, &meant, &now]).await?.map_or(0, |row| row.get(0)))
}

/// The first piece after a number that was committed.
pub(super) async fn piece(db: &Client, id: Uuid, after: i32) -> Result<Option<Piece>> {
    let made = |row: tokio_postgres::Row| Piece {
        number: row.get(0),
        txid: row.get::<_, Option<i64>>(1).unwrap_or_default(),
        rows: row.get(2),
        content: row.get(3),
        signature: row.get(4),
    };
    Ok(db.query_opt(PIECE, &[&id, &after]).await?.map(made))
}

/// Forgets what rows were before, and batches that ended long ago.
pub(super) async fn sweep(db: &Client, values: DateTime<Utc>, batches: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(FORGET_VALUES, &[&values]).await? + db.execute(SWEEP, &[&batches]).await?)
}

/// A trigger: name, function, `pg_trigger.tgtype`, and the columns that it watches when it doesn't watch all.
pub(super) type Trigger = (String, String, i32, Vec<String>);

pub(super) async fn triggers(source: &deadpool_postgres::ClientWrapper, oid: u32) -> Result<Vec<Trigger>> {
    let rows = source.query(TRIGGERS, &[&oid]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect())
}
