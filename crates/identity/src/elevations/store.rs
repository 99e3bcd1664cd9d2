//! Statements about elevations.

use super::told::Candidate;
use crate::memberships::Level;
use chrono::{DateTime, Utc};
use kernel::{ActorKind, Client, Result};
use uuid::Uuid;

const INSERT: &str = "insert into identity.elevations (id, scope, organization_id, staff_id, user_id, requester, role_id, role, level, reason, minutes, approvals_needed, created_at, answer_by) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
const IS_OPEN: &str = "select exists (select from identity.elevations where coalesce(staff_id, user_id) = $1 and organization_id is not distinct from $2 and role_id = $3 \
     and denied_at is null and ended_at is null and coalesce(expires_at, answer_by) > identity.now())";
const OTHER_OWNERS: &str = "select count(*) from dashboard_auth.dashboard_users u join identity.roles r on r.id = u.role_id \
     where r.name = 'owner' and r.built_in and u.status = 'active' and u.deleted_at is null and u.id <> $1";
const APPROVE: &str = "insert into identity.elevation_approvals (elevation_id, organization_id, staff_id, user_id, approver, at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing";
const APPROVALS: &str = "select identity.approvals_of($1)::bigint";
const GRANT: &str = "update identity.elevations set granted_at = $2, expires_at = $3 where id = $1 and granted_at is null";
const DENY: &str = "update identity.elevations set denied_at = $2, decided_by = $3, decided_why = $4 where id = $1";
const END: &str = "update identity.elevations set ended_at = $2, decided_by = $3, decided_why = $4 where id = $1";
const STAFF: &str = "select u.email, u.name, null::text, r.name = 'owner' and r.built_in, identity.permissions_of(r.id), 'admin' \
     from dashboard_auth.dashboard_users u join identity.roles r on r.id = u.role_id \
     where u.id <> $1 and u.status = 'active' and u.deleted_at is null order by u.id limit 500";
const MEMBERS: &str = "select u.email, coalesce(u.name, u.email), u.language, false, identity.permissions_of(m.role_id), m.level \
     from identity.memberships m join auth.users u on u.id = m.user_id \
     where u.id <> $1 and m.organization_id = $2 and u.status = 'active' and u.deleted_at is null order by u.id limit 500";

pub const STATEMENTS: &[&str] = &[INSERT, IS_OPEN, OTHER_OWNERS, APPROVE, APPROVALS, GRANT, DENY, END, STAFF, MEMBERS];

/// A request as it is written.
pub struct New<'a> {
    pub id: Uuid,
    pub scope: &'a str,
    pub organization: Option<Uuid>,
    pub who: (ActorKind, Uuid),
    pub requester: &'a str,
    pub role: (Uuid, &'a str),
    pub level: Option<&'a str>,
    pub reason: &'a str,
    pub minutes: i32,
    pub needed: i32,
    pub now: DateTime<Utc>,
    pub answer_by: DateTime<Utc>,
}

/// A person as two columns: staff, user.
fn columns((kind, id): (ActorKind, Uuid)) -> (Option<Uuid>, Option<Uuid>) {
    if kind == ActorKind::Staff { (Some(id), None) } else { (None, Some(id)) }
}

pub(super) async fn insert(db: &Client, new: &New<'_>) -> Result<()> {
    let (staff, user) = columns(new.who);
    let (role, label) = new.role;
    db.execute(
        INSERT,
        &[
            &new.id,
            &new.scope,
            &new.organization,
            &staff,
            &user,
            &new.requester,
            &role,
            &label,
            &new.level,
            &new.reason,
            &new.minutes,
            &new.needed,
            &new.now,
            &new.answer_by,
        ],
    )
    .await?;
    Ok(())
}

/// Whether they wait for this already, or have it.
pub(super) async fn is_open(db: &Client, who: (ActorKind, Uuid), organization: Option<Uuid>, role: Uuid) -> Result<bool> {
    Ok(db.query_one(IS_OPEN, &[&who.1, &organization, &role]).await?.get(0))
}

pub(super) async fn other_owners(db: &Client, than: Uuid) -> Result<i64> {
    Ok(db.query_one(OTHER_OWNERS, &[&than]).await?.get(0))
}

/// False when they have approved it before.
pub(super) async fn approve(
    db: &Client,
    id: Uuid,
    organization: Option<Uuid>,
    who: (ActorKind, Uuid),
    approver: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let (staff, user) = columns(who);
    Ok(db.execute(APPROVE, &[&id, &organization, &staff, &user, &approver, &now]).await? == 1)
}

pub(super) async fn approvals(db: &Client, id: Uuid) -> Result<i64> {
    Ok(db.query_one(APPROVALS, &[&id]).await?.get(0))
}

pub(super) async fn grant(db: &Client, id: Uuid, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<()> {
    db.execute(GRANT, &[&id, &now, &until]).await?;
    Ok(())
}

pub(super) async fn deny(db: &Client, id: Uuid, now: DateTime<Utc>, by: &str, why: &str) -> Result<()> {
    db.execute(DENY, &[&id, &now, &by, &why]).await?;
    Ok(())
}

pub(super) async fn end(db: &Client, id: Uuid, now: DateTime<Utc>, by: &str, why: Option<&str>) -> Result<()> {
    db.execute(END, &[&id, &now, &by, &why]).await?;
    Ok(())
}

/// Who else is there, of staff or in the organization.
pub(super) async fn candidates(db: &Client, than: Uuid, organization: Option<Uuid>) -> Result<Vec<Candidate>> {
    let rows = match organization {
        None => db.query(STAFF, &[&than]).await?,
        Some(organization) => db.query(MEMBERS, &[&than, &organization]).await?,
    };
    let read = |row: &tokio_postgres::Row| Candidate {
        email: row.get(0),
        name: row.get(1),
        language: row.get(2),
        owner: row.get(3),
        patterns: row.get(4),
        level: Level::stored(row.get(5)),
    };
    Ok(rows.iter().map(read).collect())
}
