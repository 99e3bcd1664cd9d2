//! Statements about coming into organizations.

use super::{Closed, DateTime, Duration, Entry, IpAddr, Result, Utc, Uuid};
use crate::factors::showed;
use kernel::Client;
use tokio_postgres::Row;

const FIND: &str = concat!(
    "select m.organization_id, m.id, v.last_seen_at, coalesce(v.ended_at >= s.proved_at, false), \
       (o.second_factor or exists (select from identity.role_rules r where r.role_id = m.role_id and r.organization_id = m.organization_id and r.second_factor)) \
         and not ",
    showed!("s"),
    ", exists (select from identity.factors f where f.user_id = m.user_id and f.confirmed_at is not null), \
       (select identity.words_of(h) from identity.hours h where h.role_id = m.role_id and h.organization_id = m.organization_id \
          and (h.every_request or v.last_seen_at is null or v.last_seen_at <= $5) and not identity.open_at(h, $4)), \
       v.ended_at is not null \
     from identity.memberships m join identity.organizations o on o.id = m.organization_id join auth.sessions s on s.id = $2 and s.user_id = m.user_id \
     left join identity.member_sessions v on v.membership_id = m.id and v.session_id = s.id \
     where m.user_id = $1 and ($3::uuid is null or m.organization_id = $3)"
);
const SEEN: &str = "insert into identity.member_sessions as v (id, organization_id, membership_id, session_id, device, address, created_at, last_seen_at) \
     select $1, $2, $3, s.id, s.device, $5::text::inet, $6, $6 from auth.sessions s where s.id = $4 \
     on conflict (session_id, organization_id) do update set last_seen_at = excluded.last_seen_at, address = excluded.address, \
       ended_at = case when v.ended_at >= (select s.proved_at from auth.sessions s where s.id = v.session_id) then v.ended_at end";
const ASKED_SOMEWHERE: &str = "select exists (select from identity.memberships m join identity.organizations o on o.id = m.organization_id \
     where m.user_id = $1 and m.status = 'active' and (o.second_factor \
       or exists (select from identity.role_rules r where r.role_id = m.role_id and r.organization_id = m.organization_id and r.second_factor)))";
const HAS_FACTOR: &str = concat!(
    "select exists (select from identity.factors where user_id = $1 and confirmed_at is not null) or exists (select from auth.sessions s where s.id = $2 and ",
    showed!("s"),
    ")"
);
const CLOSED_NOW: &str = "select identity.words_of(h) from identity.memberships m \
     join identity.hours h on h.role_id = m.role_id and h.organization_id = m.organization_id \
     where m.user_id = $1 and m.organization_id = $2 and not identity.open_at(h, $3)";
const END_ONE: &str = "update identity.member_sessions set ended_at = $2, ended_by = $3 where id = $1";
const END_OF: &str = "update identity.member_sessions v set ended_at = $2, ended_by = $3 from auth.sessions s \
     where v.membership_id = $1 and s.id = v.session_id and s.revoked_at is null and least(s.expires_at, s.idle_expires_at) > $2 and v.ended_at is null";

pub const STATEMENTS: &[&str] = &[FIND, SEEN, ASKED_SOMEWHERE, HAS_FACTOR, CLOSED_NOW, END_ONE, END_OF];

fn read(row: &Row) -> Entry {
    let (ended, lacks): (bool, bool) = (row.get(3), row.get(4));
    let hours: Option<String> = row.get(6);
    let closed = match hours {
        Some(hours) => Some(Closed::Hours { hours }),
        None if lacks => Some(Closed::SecondFactor { enrolled: row.get(5) }),
        None => ended.then_some(Closed::Ended),
    };
    // Whoever comes in again after an end is written down at once.
    let seen_at = if row.get(7) { None } else { row.get(2) };
    Entry { organization: row.get(0), membership: row.get(1), seen_at, closed }
}

pub(super) async fn find(
    db: &Client,
    user: Uuid,
    session: Uuid,
    organization: Option<Uuid>,
    now: DateTime<Utc>,
    away: Duration,
) -> Result<Vec<Entry>> {
    Ok(db.query(FIND, &[&user, &session, &organization, &now, &(now - away)]).await?.iter().map(read).collect())
}

pub(super) async fn seen(
    db: &Client,
    id: Uuid,
    membership: Uuid,
    session: Uuid,
    organization: Uuid,
    address: Option<IpAddr>,
    now: DateTime<Utc>,
) -> Result<()> {
    let address = address.map(|a| a.to_canonical().to_string());
    db.execute(SEEN, &[&id, &organization, &membership, &session, &address, &now]).await?;
    Ok(())
}

/// Whether any organization of theirs asks somebody for a second factor.
pub(crate) async fn asked_somewhere(db: &Client, user: Uuid) -> Result<bool> {
    Ok(db.query_one(ASKED_SOMEWHERE, &[&user]).await?.get(0))
}

/// Whether they have a second factor, or showed one to the provider by which their session came.
pub(super) async fn has_factor(db: &Client, user: Uuid, session: Option<Uuid>) -> Result<bool> {
    Ok(db.query_one(HAS_FACTOR, &[&user, &session]).await?.get(0))
}

/// The hours of a member's role in words, when they are closed at this moment.
pub(crate) async fn closed_now(db: &Client, user: Uuid, organization: Uuid, now: DateTime<Utc>) -> Result<Option<String>> {
    Ok(db.query_opt(CLOSED_NOW, &[&user, &organization, &now]).await?.map(|row| row.get(0)))
}

pub(super) async fn end_one(db: &Client, id: Uuid, now: DateTime<Utc>, by: &str) -> Result<()> {
    db.execute(END_ONE, &[&id, &now, &by]).await?;
    Ok(())
}

/// Ends all sessions of a member in the organization that go on; says how many there were.
pub(super) async fn end_of(db: &Client, membership: Uuid, now: DateTime<Utc>, by: &str) -> Result<u64> {
    Ok(db.execute(END_OF, &[&membership, &now, &by]).await?)
}
