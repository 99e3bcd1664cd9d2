//! What counts at this moment: elevations that were granted, whose hour lasts, that nobody ended, and whose approvers
//! are still there. Asked with every lookup of a person, in the transaction's clock; keys never have any of it.

use crate::memberships::Level;
use crate::permission;
use chrono::{DateTime, Utc};
use kernel::{Client, Permissions, Registry, Result};
use uuid::Uuid;

/// One elevation in force.
#[derive(Clone, Debug)]
pub struct Granted {
    pub id: Uuid,
    pub role_id: Uuid,
    pub role: String,
    pub patterns: Vec<String>,
    pub level: Level,
    pub reason: String,
    pub until: DateTime<Utc>,
}

/// Those of a member of staff.
///
/// # Errors
/// When the database is away.
pub async fn of_staff(db: &Client, staff: Uuid) -> Result<Vec<Granted>> {
    store::of_staff(db, staff).await
}

/// Those of a user in an organization.
///
/// # Errors
/// When the database is away.
pub async fn of_member(db: &Client, user: Uuid, organization: Uuid) -> Result<Vec<Granted>> {
    store::of_member(db, user, organization).await
}

/// What somebody holds with their elevations, and until when the answer may be believed at most.
#[must_use]
pub fn over(
    registry: &Registry,
    standing: Permissions,
    granted: &[Granted],
    within_organization: bool,
    until: DateTime<Utc>,
) -> (Permissions, DateTime<Utc>) {
    let of = |one: &Granted| match within_organization {
        true => permission::resolve_member(registry, &one.patterns, one.level),
        false => permission::resolve(registry, &one.patterns),
    };
    let first_over = granted.iter().map(|one| one.until).min().map_or(until, |first| first.min(until));
    if granted.is_empty() {
        return (standing, until);
    }
    (permission::united(std::iter::once(standing).chain(granted.iter().map(of))), first_over)
}

pub mod store {
    use super::{Client, Granted, Level, Result, Uuid};
    use tokio_postgres::Row;

    const OF_STAFF: &str = "select e.id, r.id, r.label, identity.permissions_of(r.id), e.level, e.reason, e.expires_at \
         from identity.elevations e join identity.roles r on r.id = e.role_id where e.staff_id = $1 and e.scope = 'platform' and r.scope = 'platform' \
         and e.granted_at <= identity.now() and e.expires_at > identity.now() and e.ended_at is null and e.denied_at is null \
         and identity.approvals_of(e.id) >= e.approvals_needed order by e.expires_at";
    const OF_MEMBER: &str = "select e.id, r.id, r.label, identity.permissions_of(r.id), e.level, e.reason, e.expires_at \
         from identity.elevations e join identity.roles r on r.id = e.role_id where e.user_id = $1 and e.organization_id = $2 and r.scope = 'organization' \
         and e.granted_at <= identity.now() and e.expires_at > identity.now() and e.ended_at is null and e.denied_at is null \
         and identity.approvals_of(e.id) >= e.approvals_needed order by e.expires_at";

    pub const STATEMENTS: &[&str] = &[OF_STAFF, OF_MEMBER];

    fn read(row: &Row) -> Granted {
        Granted {
            id: row.get(0),
            role_id: row.get(1),
            role: row.get(2),
            patterns: row.get(3),
            level: row.get::<_, Option<&str>>(4).map_or(Level::Admin, Level::stored),
            reason: row.get(5),
            until: row.get(6),
        }
    }

    pub(super) async fn of_staff(db: &Client, staff: Uuid) -> Result<Vec<Granted>> {
        Ok(db.query(OF_STAFF, &[&staff]).await?.iter().map(read).collect())
    }

    pub(super) async fn of_member(db: &Client, user: Uuid, organization: Uuid) -> Result<Vec<Granted>> {
        Ok(db.query(OF_MEMBER, &[&user, &organization]).await?.iter().map(read).collect())
    }
}
