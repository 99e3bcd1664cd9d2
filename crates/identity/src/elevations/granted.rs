//! What counts at this moment: elevations that were granted, whose hour lasts, that nobody ended, and whose approvers
//! are still there. Asked with every lookup of a person, in the transaction's clock; keys never have any of it. What the
//! role asks of those who hold it, it asks of who holds it for a while, too: without it the elevation doesn't count, and
//! they keep what they have otherwise.

use crate::memberships::Level;
use crate::permission;
use chrono::{DateTime, Utc};
use kernel::{Client, Permissions, Registry, Result, Scope};
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
    /// Whether it counts only in sessions that showed a second factor.
    pub second_factor: bool,
    /// The hours of the role in words, when they are closed at this moment.
    pub closed: Option<String>,
}

impl Granted {
    /// What keeps it from counting in a session that did, or did not, show a second factor; none when it counts.
    #[must_use]
    pub fn asks(&self, showed: bool) -> Option<&'static str> {
        match &self.closed {
            Some(_) => Some("hours"),
            None => (self.second_factor && !showed).then_some("second_factor"),
        }
    }
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

/// What somebody holds with their elevations in a session that did, or did not, show a second factor, and until when the answer may be believed at most.
#[must_use]
pub fn over(
    registry: &Registry,
    standing: Permissions,
    granted: &[Granted],
    within: Scope,
    showed: bool,
    until: DateTime<Utc>,
) -> (Permissions, DateTime<Utc>) {
    let counting: Vec<&Granted> = granted.iter().filter(|one| one.asks(showed).is_none()).collect();
    let Some(first_over) = counting.iter().map(|one| one.until).min() else { return (standing, until) };
    let of = |one: &Granted| match within {
        Scope::Organization => permission::resolve_member(registry, &one.patterns, one.level),
        Scope::Platform => permission::resolve(registry, &one.patterns),
    };
    let all = std::iter::once(standing).chain(counting.into_iter().map(of));
    (permission::united(all), first_over.min(until))
}

pub mod store {
    use super::{Client, Granted, Level, Result, Uuid};
    use tokio_postgres::Row;

    const OF_STAFF: &str = "select e.id, r.id, r.label, identity.permissions_of(r.id), e.level, e.reason, e.expires_at, \
           exists (select from identity.role_rules a where a.role_id = r.id and a.organization_id is null and a.second_factor), \
           (select identity.words_of(h) from identity.hours h where h.role_id = r.id and h.organization_id is null and not identity.open_at(h, identity.now())) \
         from identity.elevations e join identity.roles r on r.id = e.role_id where e.staff_id = $1 and e.scope = 'platform' and r.scope = 'platform' \
         and e.granted_at <= identity.now() and e.expires_at > identity.now() and e.ended_at is null and e.denied_at is null \
         and identity.approvals_of(e.id) >= e.approvals_needed order by e.expires_at";
    const OF_MEMBER: &str = "select e.id, r.id, r.label, identity.permissions_of(r.id), e.level, e.reason, e.expires_at, \
           exists (select from identity.role_rules a where a.role_id = r.id and (a.organization_id is null or a.organization_id = e.organization_id) and a.second_factor), \
           (select identity.words_of(h) from identity.hours h where h.role_id = r.id and h.organization_id = e.organization_id and not identity.open_at(h, identity.now())) \
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
            second_factor: row.get(7),
            closed: row.get(8),
        }
    }

    pub(super) async fn of_staff(db: &Client, staff: Uuid) -> Result<Vec<Granted>> {
        Ok(db.query(OF_STAFF, &[&staff]).await?.iter().map(read).collect())
    }

    pub(super) async fn of_member(db: &Client, user: Uuid, organization: Uuid) -> Result<Vec<Granted>> {
        Ok(db.query(OF_MEMBER, &[&user, &organization]).await?.iter().map(read).collect())
    }
}
