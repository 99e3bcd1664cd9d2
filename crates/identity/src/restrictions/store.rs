//! Statements of restrictions.

use chrono::{DateTime, NaiveTime, Utc};
use kernel::{Client, Result};
use uuid::Uuid;

const NETWORKS: &str = "select network from identity.restrictions where organization_id is not distinct from $1 order by network";
const ORGANIZATION_EXISTS: &str = "select exists (select from identity.organizations where id = $1)";
const INSERT: &str = "insert into identity.restrictions (id, organization_id, network, note, made_by) values ($1, $2, $3, $4, $5)";
const UPDATE: &str = "update identity.restrictions set network = $2, note = case when $3 then $4 else note end where id = $1";
const DELETE: &str = "delete from identity.restrictions where id = $1";
const CLOSED: &str = "select identity.words_of(h) \
     from dashboard_auth.dashboard_users u join identity.hours h on h.role_id = u.role_id \
     where u.id = $1 and (h.every_request or $3) and not identity.open_at(h, $2)";
const ZONE_EXISTS: &str = "select exists (select from pg_timezone_names where name = $1)";
const HOURS_INSERT: &str = "insert into identity.hours (id, role_id, time_zone, weekdays, opens, closes, every_request, organization_id) values ($1, $2, $3, $4, $5, $6, $7, $8)";
const HOURS_UPDATE: &str = "update identity.hours set time_zone = coalesce($2, time_zone), weekdays = coalesce($3, weekdays), opens = coalesce($4, opens), \
     closes = coalesce($5, closes), every_request = coalesce($6, every_request) where id = $1";
const HOURS_DELETE: &str = "delete from identity.hours where id = $1";
const LIFT_NETWORKS: &str = "delete from identity.restrictions where organization_id is null";
const LIFT_HOURS: &str =
    "delete from identity.hours where role_id in (select id from identity.roles where name = 'owner' and scope = 'platform')";

pub const STATEMENTS: &[&str] = &[
    NETWORKS,
    ORGANIZATION_EXISTS,
    INSERT,
    UPDATE,
    DELETE,
    CLOSED,
    ZONE_EXISTS,
    HOURS_INSERT,
    HOURS_UPDATE,
    HOURS_DELETE,
    LIFT_NETWORKS,
    LIFT_HOURS,
];

/// The networks allowed by an organization, or by the platform.
pub(super) async fn networks(db: &Client, organization: Option<Uuid>) -> Result<Vec<String>> {
    Ok(db.query(NETWORKS, &[&organization]).await?.iter().map(|row| row.get(0)).collect())
}

pub(crate) async fn organization_exists(db: &Client, id: Uuid) -> Result<bool> {
    Ok(db.query_one(ORGANIZATION_EXISTS, &[&id]).await?.get(0))
}

pub(super) async fn insert(
    db: &Client,
    id: Uuid,
    organization: Option<Uuid>,
    network: &str,
    note: Option<&str>,
    made_by: &str,
) -> Result<()> {
    db.execute(INSERT, &[&id, &organization, &network, &note, &made_by]).await?;
    Ok(())
}

pub(super) async fn update(db: &Client, id: Uuid, network: &str, note: Option<Option<&str>>) -> Result<()> {
    db.execute(UPDATE, &[&id, &network, &note.is_some(), &note.flatten()]).await?;
    Ok(())
}

pub(super) async fn delete(db: &Client, id: Uuid) -> Result<()> {
    db.execute(DELETE, &[&id]).await?;
    Ok(())
}

/// The hours of an account's role in words, when they are closed at this moment.
pub(super) async fn closed(db: &Client, account: Uuid, now: DateTime<Utc>, signing_in: bool) -> Result<Option<String>> {
    Ok(db.query_opt(CLOSED, &[&account, &now, &signing_in]).await?.map(|row| row.get(0)))
}

pub(super) async fn zone_exists(db: &Client, name: &str) -> Result<bool> {
    Ok(db.query_one(ZONE_EXISTS, &[&name]).await?.get(0))
}

/// Hours as they are written; none keeps what is there.
pub(super) struct NewHours<'a> {
    pub time_zone: Option<&'a str>,
    pub weekdays: Option<Vec<&'static str>>,
    pub opens: Option<NaiveTime>,
    pub closes: Option<NaiveTime>,
    pub every_request: Option<bool>,
}

pub(super) async fn hours_insert(db: &Client, id: Uuid, organization: Option<Uuid>, role: Uuid, h: &NewHours<'_>) -> Result<()> {
    db.execute(HOURS_INSERT, &[&id, &role, &h.time_zone, &h.weekdays, &h.opens, &h.closes, &h.every_request, &organization]).await?;
    Ok(())
}

pub(super) async fn hours_update(db: &Client, id: Uuid, h: &NewHours<'_>) -> Result<()> {
    db.execute(HOURS_UPDATE, &[&id, &h.time_zone, &h.weekdays, &h.opens, &h.closes, &h.every_request]).await?;
    Ok(())
}

pub(super) async fn hours_delete(db: &Client, id: Uuid) -> Result<()> {
    db.execute(HOURS_DELETE, &[&id]).await?;
    Ok(())
}

/// Break-glass: nothing keeps an owner out any more. Says how many networks and hours there were.
pub(crate) async fn lift(db: &Client) -> Result<(u64, u64)> {
    Ok((db.execute(LIFT_NETWORKS, &[]).await?, db.execute(LIFT_HOURS, &[]).await?))
}
