//! Every statement about imports of users.

use super::rows::Report;
use super::settings::Settings;
use super::table::Column;
use chrono::{DateTime, Utc};
use kernel::{Actor, ActorKind, Client, Problem, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

const INSERT: &str = "insert into auth.user_imports (id, name, encoding, delimiter, rows, columns, settings, content, actor_kind, actor_id, actor_label, created_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const FIND: &str =
    "select delimiter, rows, columns, settings, content, actor_kind, actor_id, actor_label from auth.user_imports where id = $1";
const LOCK_RUNNING: &str = "select delimiter, rows, columns, settings, content, actor_kind, actor_id, actor_label from auth.user_imports \
     where id = $1 and status = 'running' for update";
const SETTLE: &str = "update auth.user_imports set settings = $2 where id = $1";
const CHECKED: &str = "update auth.user_imports set report = $2, status = 'new', error = null where id = $1";
const START: &str = "update auth.user_imports set status = 'running', job_id = $2, error = null, actor_kind = $3, actor_id = $4, actor_label = $5 where id = $1";
const FINISH: &str =
    "update auth.user_imports set status = 'done', report = $2, created = $3, finished_at = $4, content = null where id = $1";
const FAIL: &str =
    "update auth.user_imports set status = 'failed', report = coalesce($2, report), error = $3 where id = $1 and status = 'running'";
const DELETE: &str = "delete from auth.user_imports where id = $1";
const REPORT: &str = "select report from auth.user_imports where id = $1";
const SWEEP: &str = "update auth.user_imports set content = null, report = null where created_at < $1 and status <> 'running' and (content is not null or report is not null)";
const ARE_USERS: &str = "select lower(email) from auth.users where lower(email) = any($1) and deleted_at is null";
const ORGANIZATION: &str = "select id from identity.organizations where lower(name) = $1 or id::text = $1 limit 2";
const ROLE: &str = "select id from identity.roles where scope = 'organization' and (organization_id is null or organization_id = $2) \
     and (name = $1 or lower(label) = $1) order by organization_id nulls last limit 1";
const INSERT_USERS: &str = "insert into auth.users (id, email, name, language, metadata) \
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::jsonb[])";
const INSERT_MEMBERSHIPS: &str = "insert into identity.memberships (id, organization_id, user_id, role_id, level) \
     select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[])";

pub const STATEMENTS: &[&str] = &[
    INSERT,
    FIND,
    LOCK_RUNNING,
    SETTLE,
    CHECKED,
    START,
    FINISH,
    FAIL,
    DELETE,
    REPORT,
    SWEEP,
    ARE_USERS,
    ORGANIZATION,
    ROLE,
    INSERT_USERS,
    INSERT_MEMBERSHIPS,
];

/// A file as it is kept.
pub struct Stored {
    pub delimiter: u8,
    pub rows: usize,
    pub columns: Vec<Column>,
    pub settings: Settings,
    /// Gone once it was imported or has waited too long.
    pub content: Option<String>,
    /// Who imports it.
    pub actor: Actor,
}

pub(super) struct New<'a> {
    pub id: Uuid,
    pub name: &'a str,
    pub encoding: &'a str,
    pub delimiter: u8,
    pub rows: usize,
    pub columns: &'a [Column],
    pub settings: &'a Settings,
    pub content: &'a str,
    pub actor: &'a Actor,
}

fn json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(Problem::internal)
}

fn kept<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(Problem::internal)
}

fn count(rows: usize) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX)
}

pub(super) async fn insert(db: &Client, new: &New<'_>, now: DateTime<Utc>) -> Result<()> {
    let (delimiter, rows) = (char::from(new.delimiter).to_string(), count(new.rows));
    let (columns, settings, kind) = (json(&new.columns)?, json(new.settings)?, new.actor.kind.as_str());
    db.execute(
        INSERT,
        &[
            &new.id,
            &new.name,
            &new.encoding,
            &delimiter,
            &rows,
            &columns,
            &settings,
            &new.content,
            &kind,
            &new.actor.id,
            &new.actor.label,
            &now,
        ],
    )
    .await?;
    Ok(())
}

async fn read(db: &Client, sql: &'static str, id: Uuid) -> Result<Option<Stored>> {
    let Some(row) = db.query_opt(sql, &[&id]).await? else { return Ok(None) };
    let kind: ActorKind = kept(Value::String(row.get(5)))?;
    Ok(Some(Stored {
        delimiter: row.get::<_, &str>(0).bytes().next().unwrap_or(b','),
        rows: usize::try_from(row.get::<_, i32>(1)).unwrap_or_default(),
        columns: kept(row.get(2))?,
        settings: kept(row.get(3))?,
        content: row.get(4),
        actor: Actor { kind, id: row.get(6), label: row.get(7) },
    }))
}

pub(super) async fn find(db: &Client, id: Uuid) -> Result<Option<Stored>> {
    read(db, FIND, id).await
}

/// Held until the transaction ends, so that it is imported once.
pub(super) async fn lock_running(db: &Client, id: Uuid) -> Result<Option<Stored>> {
    read(db, LOCK_RUNNING, id).await
}

pub(super) async fn settle(db: &Client, id: Uuid, settings: &Settings) -> Result<()> {
    db.execute(SETTLE, &[&id, &json(settings)?]).await?;
    Ok(())
}

pub(super) async fn checked(db: &Client, id: Uuid, report: &Report) -> Result<()> {
    db.execute(CHECKED, &[&id, &json(report)?]).await?;
    Ok(())
}

pub(super) async fn start(db: &Client, id: Uuid, job: Option<Uuid>, actor: &Actor) -> Result<()> {
    db.execute(START, &[&id, &job, &actor.kind.as_str(), &actor.id, &actor.label]).await?;
    Ok(())
}

pub(super) async fn finish(db: &Client, id: Uuid, report: &Report, now: DateTime<Utc>) -> Result<()> {
    db.execute(FINISH, &[&id, &json(report)?, &count(report.new), &now]).await?;
    Ok(())
}

pub(super) async fn fail(db: &Client, id: Uuid, report: Option<&Report>, error: &str) -> Result<()> {
    let report = report.map(json).transpose()?;
    db.execute(FAIL, &[&id, &report, &error]).await?;
    Ok(())
}

pub(super) async fn delete(db: &Client, id: Uuid) -> Result<()> {
    db.execute(DELETE, &[&id]).await?;
    Ok(())
}

/// None when there is no such import; an empty report when it was never checked.
pub(super) async fn report(db: &Client, id: Uuid) -> Result<Option<Report>> {
    let Some(row) = db.query_opt(REPORT, &[&id]).await? else { return Ok(None) };
    row.get::<_, Option<Value>>(0).map_or_else(|| Ok(Some(Report::default())), |report| kept(report).map(Some))
}

/// Forgets what files said that nobody imported.
pub(crate) async fn sweep(db: &Client, before: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(SWEEP, &[&before]).await?)
}

/// Which of these addresses are users already.
pub(super) async fn are_users(db: &Client, emails: &[&str]) -> Result<Vec<String>> {
    Ok(db.query(ARE_USERS, &[&emails]).await?.iter().map(|row| row.get(0)).collect())
}

/// The organizations of this name, or the one with this id; two where there are several.
pub(super) async fn organizations(db: &Client, name: &str) -> Result<Vec<Uuid>> {
    Ok(db.query(ORGANIZATION, &[&name]).await?.iter().map(|row| row.get(0)).collect())
}

pub(super) async fn role(db: &Client, name: &str, organization: Uuid) -> Result<Option<Uuid>> {
    Ok(db.query_opt(ROLE, &[&name, &organization]).await?.map(|row| row.get(0)))
}

/// Users by column, one statement for many.
#[derive(Default)]
pub(super) struct Users<'a> {
    pub ids: Vec<Uuid>,
    pub emails: Vec<&'a str>,
    pub names: Vec<Option<&'a str>>,
    pub languages: Vec<Option<&'a str>>,
    pub metadata: Vec<Value>,
}

pub(super) async fn insert_users(db: &Client, users: &Users<'_>) -> Result<()> {
    db.execute(INSERT_USERS, &[&users.ids, &users.emails, &users.names, &users.languages, &users.metadata]).await?;
    Ok(())
}

#[derive(Default)]
pub(super) struct Memberships {
    pub ids: Vec<Uuid>,
    pub organizations: Vec<Uuid>,
    pub users: Vec<Uuid>,
    pub roles: Vec<Uuid>,
    pub levels: Vec<&'static str>,
}

pub(super) async fn insert_memberships(db: &Client, made: &Memberships) -> Result<()> {
    db.execute(INSERT_MEMBERSHIPS, &[&made.ids, &made.organizations, &made.users, &made.roles, &made.levels]).await?;
    Ok(())
}
