//! Statements about registration codes.

use chrono::{DateTime, Utc};
use kernel::{Client, Result};
use tokio_postgres::Row;
use uuid::Uuid;

const INSERT: &str = "insert into identity.registration_codes (id, note, code_hash, organization_id, role_id, level, max_uses, expires_at, made_by, staff_id, user_id, created_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
/// Row security lets an organization write no column of the staff.
const INSERT_OF_ORGANIZATION: &str = "insert into identity.registration_codes (id, note, code_hash, organization_id, role_id, level, max_uses, expires_at, made_by, user_id, created_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const FIND: &str = "select c.id, c.organization_id, o.name, c.role_id, r.label, identity.permissions_of(c.role_id), c.level, c.user_id, \
     c.revoked_at is null and (c.expires_at is null or c.expires_at > $2) and (c.max_uses is null or c.uses < c.max_uses) and coalesce(o.status, 'active') = 'active' \
     from identity.registration_codes c left join identity.organizations o on o.id = c.organization_id left join identity.roles r on r.id = c.role_id where c.code_hash = $1";
const BY_ID: &str = "select c.id, c.organization_id, o.name, c.role_id, r.label, identity.permissions_of(c.role_id), c.level, c.user_id, coalesce(o.status, 'active') = 'active' \
     from identity.registration_codes c left join identity.organizations o on o.id = c.organization_id left join identity.roles r on r.id = c.role_id where c.id = $1";
const OF_MEMBERS: &str = "select c.id, c.organization_id, o.name, c.role_id, r.label, identity.permissions_of(c.role_id), c.level, c.user_id, true \
     from identity.registration_codes c join identity.organizations o on o.id = c.organization_id left join identity.roles r on r.id = c.role_id \
     where c.user_id is not null and c.revoked_at is null and (c.expires_at is null or c.expires_at > $1) and (c.max_uses is null or c.uses < c.max_uses)";
const SET_LAPSED: &str = "update identity.registration_codes set lapsed_at = case when $2 then $3::timestamptz end where id = $1 and (lapsed_at is not null) <> $2";
const TAKE: &str =
    "update identity.registration_codes set uses = uses + 1 where id = $1 and revoked_at is null and (max_uses is null or uses < max_uses)";
const REVOKE: &str = "update identity.registration_codes set revoked_at = $2 where id = $1 and revoked_at is null";
const REVOKE_BY: &str = "update identity.registration_codes set revoked_at = $2 where staff_id = $1 and revoked_at is null";

pub const STATEMENTS: &[&str] = &[INSERT, INSERT_OF_ORGANIZATION, FIND, BY_ID, OF_MEMBERS, SET_LAPSED, TAKE, REVOKE, REVOKE_BY];

/// Who answers for a code.
#[derive(Clone, Copy, Debug)]
pub(super) enum Maker {
    Staff(Uuid),
    /// An admin of the code's organization.
    User(Uuid),
}

pub(super) struct New<'a> {
    pub id: Uuid,
    pub note: Option<&'a str>,
    pub hash: &'a [u8],
    pub organization_id: Option<Uuid>,
    pub role_id: Option<Uuid>,
    pub level: Option<&'a str>,
    pub max_uses: Option<i32>,
    pub expires_at: Option<DateTime<Utc>>,
    pub made_by: &'a str,
    pub maker: Maker,
}

/// A code with the words of what it gives.
pub struct Found {
    pub id: Uuid,
    pub organization_id: Option<Uuid>,
    pub organization: Option<String>,
    pub role_id: Option<Uuid>,
    pub role: Option<String>,
    pub patterns: Vec<String>,
    pub level: Option<String>,
    /// The admin of the organization who made it, and has to be one still.
    pub user_id: Option<Uuid>,
    pub open: bool,
}

fn read(row: &Row) -> Found {
    Found {
        id: row.get(0),
        organization_id: row.get(1),
        organization: row.get(2),
        role_id: row.get(3),
        role: row.get(4),
        patterns: row.get::<_, Option<Vec<String>>>(5).unwrap_or_default(),
        level: row.get(6),
        user_id: row.get(7),
        open: row.get(8),
    }
}

pub(super) async fn insert(db: &Client, new: &New<'_>, now: DateTime<Utc>) -> Result<()> {
    let New { id, note, hash, organization_id, role_id, level, max_uses, expires_at, made_by, maker } = new;
    match maker {
        Maker::Staff(staff) => {
            let nobody: Option<Uuid> = None;
            db.execute(INSERT, &[id, note, hash, organization_id, role_id, level, max_uses, expires_at, made_by, staff, &nobody, &now])
                .await?
        }
        Maker::User(user) => {
            db.execute(
                INSERT_OF_ORGANIZATION,
                &[id, note, hash, organization_id, role_id, level, max_uses, expires_at, made_by, user, &now],
            )
            .await?
        }
    };
    Ok(())
}

pub(super) async fn find(db: &Client, hash: &[u8], now: DateTime<Utc>) -> Result<Option<Found>> {
    Ok(db.query_opt(FIND, &[&hash, &now]).await?.map(|row| read(&row)))
}

pub(super) async fn by_id(db: &Client, id: Uuid) -> Result<Option<Found>> {
    Ok(db.query_opt(BY_ID, &[&id]).await?.map(|row| read(&row)))
}

/// Codes that could be used still, and that members of organizations answer for.
pub(super) async fn of_members(db: &Client, now: DateTime<Utc>) -> Result<Vec<Found>> {
    Ok(db.query(OF_MEMBERS, &[&now]).await?.iter().map(read).collect())
}

pub(super) async fn set_lapsed(db: &Client, id: Uuid, lapsed: bool, now: DateTime<Utc>) -> Result<()> {
    db.execute(SET_LAPSED, &[&id, &lapsed, &now]).await?;
    Ok(())
}

/// Counts a use; `false` when it was the last one that another took, or the code was withdrawn.
pub(super) async fn take(db: &Client, id: Uuid) -> Result<bool> {
    Ok(db.execute(TAKE, &[&id]).await? == 1)
}

pub(super) async fn revoke(db: &Client, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    db.execute(REVOKE, &[&id, &now]).await?;
    Ok(())
}

/// Withdraws the codes of somebody of the staff who is shut out.
pub(crate) async fn revoke_by(db: &Client, staff: Uuid, now: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(REVOKE_BY, &[&staff, &now]).await?)
}
