//! Statements of API keys.

use super::by_role::Bounds;
use chrono::{DateTime, Utc};
use kernel::{Client, Result};
use uuid::Uuid;

const INSERT: &str = "insert into identity.api_keys (id, lineage_id, name, prefix, token_hash, staff_id, user_id, organization_id, role_id, level, scopes, networks, \
     per_minute, per_month, expires_at, made_by, made_by_id) values ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
const SUCCEED: &str = "insert into identity.api_keys (id, lineage_id, replaces_id, name, prefix, token_hash, staff_id, user_id, organization_id, role_id, level, scopes, networks, \
     per_minute, per_month, expires_at, made_by, made_by_id) \
     select $2, coalesce(lineage_id, id), id, name, $3, $4, staff_id, user_id, organization_id, role_id, level, scopes, networks, per_minute, per_month, \
       coalesce($5, expires_at), $6, $7 from identity.api_keys where id = $1";
const END_AT: &str = "update identity.api_keys set expires_at = least(expires_at, $2), revoked_at = case when $2 <= $3 then $3 end, \
     revoked_reason = case when $2 <= $3 then 'rotated' end where id = $1 returning expires_at";
const UPDATE: &str = "update identity.api_keys set name = coalesce($2, name), scopes = coalesce($3, scopes), networks = coalesce($4, networks) where id = $1";
const SET_LIMITS: &str = "update identity.api_keys set per_minute = case when $2 then $3 else per_minute end, per_month = case when $4 then $5 else per_month end, \
     expires_at = case when $6 then $7 else expires_at end where id = $1";
const REVOKE: &str = "update identity.api_keys set revoked_at = $2, revoked_reason = 'revoked' where id = $1 and revoked_at is null";
const BELONGS_TO_OWNER: &str = "select exists (select from dashboard_auth.dashboard_users u join identity.roles r on r.id = u.role_id where u.id = $1 and r.name = 'owner')";
const OWN: &str = "select k.id, k.name, 'qd_' || k.prefix, o.id, o.name, k.scopes, k.networks, k.per_minute, k.created_at, k.expires_at, k.last_used_at, \
       host(k.last_used_address), exists (select from identity.api_keys n where n.replaces_id = k.id) \
     from identity.api_keys k join identity.organizations o on o.id = k.organization_id \
     where k.user_id = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2) order by k.created_at desc, k.id limit 200";
const REVOKE_OWN: &str = "update identity.api_keys set revoked_at = $3, revoked_reason = 'revoked' where id = $2 and user_id = $1 and revoked_at is null returning name";
const LOCK_OWN: &str = "select k.name, k.organization_id, k.revoked_at is null and (k.expires_at is null or k.expires_at > $3), \
       exists (select from identity.api_keys n where n.replaces_id = k.id) \
     from identity.api_keys k where k.id = $2 and k.user_id = $1 for update of k";
const IS_OWN: &str = "select exists (select from identity.api_keys where id = $2 and user_id = $1)";
const ACCESSES: &str =
    "select at, method, route, status, host(address) from identity.accesses where key_id = $1 order by at desc, id desc limit 100";

const ROLE_OF_STAFF: &str = "select role_id from dashboard_auth.dashboard_users where id = $1";
const ROLE_OF_MEMBER: &str = "select role_id from identity.memberships where user_id = $1 and organization_id = $2";
const BEFORE: &str = "select organization_id, role_id, expires_at from identity.api_keys where id = $1";
const CAP_RATE: &str = "update identity.api_keys set per_minute = least(per_minute, $2) where id = $1";
const BOUNDS: &str = "select min(days), min(per_minute) from identity.role_key_limits where role_id = any($1)";
const LIMIT_ROLE: &str = "insert into identity.role_key_limits as l (role_id, days, per_minute) values ($1, $3, $5) \
     on conflict (role_id) do update set days = case when $2 then excluded.days else l.days end, \
     per_minute = case when $4 then excluded.per_minute else l.per_minute end";

pub const STATEMENTS: &[&str] = &[
    ROLE_OF_STAFF,
    ROLE_OF_MEMBER,
    BEFORE,
    CAP_RATE,
    BOUNDS,
    LIMIT_ROLE,
    INSERT,
    SUCCEED,
    END_AT,
    UPDATE,
    SET_LIMITS,
    REVOKE,
    OWN,
    REVOKE_OWN,
    LOCK_OWN,
    IS_OWN,
    ACCESSES,
    BELONGS_TO_OWNER,
];

pub(super) async fn role_of_staff(db: &Client, staff: Uuid) -> Result<Option<Uuid>> {
    Ok(db.query_opt(ROLE_OF_STAFF, &[&staff]).await?.map(|row| row.get(0)))
}

pub(super) async fn role_of_member(db: &Client, user: Uuid, organization: Uuid) -> Result<Option<Uuid>> {
    Ok(db.query_opt(ROLE_OF_MEMBER, &[&user, &organization]).await?.map(|row| row.get(0)))
}

/// A key, as far as its successor depends on it.
pub(super) struct Before {
    pub organization_id: Option<Uuid>,
    pub role_id: Option<Uuid>,
    pub expires_at: Option<DateTime<Utc>>,
}

pub(super) async fn before(db: &Client, id: Uuid) -> Result<Before> {
    let row = db.query_one(BEFORE, &[&id]).await?;
    Ok(Before { organization_id: row.get(0), role_id: row.get(1), expires_at: row.get(2) })
}

/// Lets a key ask no more often than this.
pub(super) async fn cap_rate(db: &Client, id: Uuid, most: i32) -> Result<()> {
    db.execute(CAP_RATE, &[&id, &most]).await?;
    Ok(())
}

/// The strictest limits of these roles.
pub(super) async fn bounds(db: &Client, roles: &[Uuid]) -> Result<Bounds> {
    let row = db.query_one(BOUNDS, &[&roles]).await?;
    Ok(Bounds { days: row.get(0), per_minute: row.get(1) })
}

/// What is said is set; what is said to be nothing is no limit.
pub(super) async fn limit_role(db: &Client, role: Uuid, days: Option<Option<i32>>, per_minute: Option<Option<i32>>) -> Result<()> {
    db.execute(LIMIT_ROLE, &[&role, &days.is_some(), &days.flatten(), &per_minute.is_some(), &per_minute.flatten()]).await?;
    Ok(())
}

/// A key on its way into the database.
pub(super) struct NewKey<'a> {
    pub id: Uuid,
    pub name: &'a str,
    pub prefix: &'a str,
    pub hash: &'a [u8],
    pub staff_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    pub organization_id: Option<Uuid>,
    pub role_id: Option<Uuid>,
    pub level: Option<&'a str>,
    pub scopes: &'a [String],
    pub networks: &'a [String],
    pub per_minute: Option<i32>,
    pub per_month: Option<i32>,
    pub expires_at: Option<DateTime<Utc>>,
    pub made_by: &'a str,
    pub made_by_id: Uuid,
}

pub(super) async fn insert(db: &Client, k: &NewKey<'_>) -> Result<()> {
    db.execute(
        INSERT,
        &[
            &k.id,
            &k.name,
            &k.prefix,
            &k.hash,
            &k.staff_id,
            &k.user_id,
            &k.organization_id,
            &k.role_id,
            &k.level,
            &k.scopes,
            &k.networks,
            &k.per_minute,
            &k.per_month,
            &k.expires_at,
            &k.made_by,
            &k.made_by_id,
        ],
    )
    .await?;
    Ok(())
}

/// A key like this one, with another secret.
#[expect(clippy::too_many_arguments, reason = "one per column")]
pub(super) async fn succeed(
    db: &Client,
    of: Uuid,
    id: Uuid,
    prefix: &str,
    hash: &[u8],
    expires_at: Option<DateTime<Utc>>,
    made_by: &str,
    made_by_id: Uuid,
) -> Result<()> {
    db.execute(SUCCEED, &[&of, &id, &prefix, &hash, &expires_at, &made_by, &made_by_id]).await?;
    Ok(())
}

/// Ends a key at a time, never later than it would have anyway.
pub(super) async fn end_at(db: &Client, id: Uuid, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    Ok(db.query_one(END_AT, &[&id, &until, &now]).await?.get(0))
}

pub(super) async fn update(
    db: &Client,
    id: Uuid,
    name: Option<&str>,
    scopes: Option<&[String]>,
    networks: Option<&[String]>,
) -> Result<()> {
    db.execute(UPDATE, &[&id, &name, &scopes, &networks]).await?;
    Ok(())
}

pub(super) async fn set_limits(
    db: &Client,
    id: Uuid,
    per_minute: Option<Option<i32>>,
    per_month: Option<Option<i32>>,
    expires_at: Option<Option<DateTime<Utc>>>,
) -> Result<()> {
    let (minute, month, end) = (per_minute.is_some(), per_month.is_some(), expires_at.is_some());
    db.execute(SET_LIMITS, &[&id, &minute, &per_minute.flatten(), &month, &per_month.flatten(), &end, &expires_at.flatten()]).await?;
    Ok(())
}

pub(super) async fn revoke(db: &Client, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    db.execute(REVOKE, &[&id, &now]).await?;
    Ok(())
}

pub(super) async fn belongs_to_owner(db: &Client, staff: Uuid) -> Result<bool> {
    Ok(db.query_one(BELONGS_TO_OWNER, &[&staff]).await?.get(0))
}

pub(super) async fn own(db: &Client, user: Uuid, now: DateTime<Utc>) -> Result<Vec<super::own::OwnKey>> {
    Ok(db.query(OWN, &[&user, &now]).await?.iter().map(super::own::OwnKey::read).collect())
}

/// Ends a key of this user; its name, when there was one to end.
pub(super) async fn revoke_own(db: &Client, user: Uuid, id: Uuid, now: DateTime<Utc>) -> Result<Option<String>> {
    Ok(db.query_opt(REVOKE_OWN, &[&user, &id, &now]).await?.map(|row| row.get(0)))
}

/// A key of this user, held until the transaction ends, so that it gets one successor.
pub(super) async fn lock_own(db: &Client, user: Uuid, id: Uuid, now: DateTime<Utc>) -> Result<Option<super::own::Found>> {
    let row = db.query_opt(LOCK_OWN, &[&user, &id, &now]).await?;
    Ok(row.map(|row| super::own::Found { name: row.get(0), organization_id: row.get(1), works: row.get(2), replaced: row.get(3) }))
}

pub(super) async fn is_own(db: &Client, user: Uuid, id: Uuid) -> Result<bool> {
    Ok(db.query_one(IS_OWN, &[&user, &id]).await?.get(0))
}

pub(super) async fn accesses(db: &Client, key: Uuid) -> Result<Vec<super::own::OwnAccess>> {
    Ok(db.query(ACCESSES, &[&key]).await?.iter().map(super::own::OwnAccess::read).collect())
}
