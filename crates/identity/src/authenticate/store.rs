//! Statements about sessions and keys, on the way from a credential to whoever brings it.

use super::{DateTime, FoundKey, FoundSession, Kind, Level, Limits, Result, Staff, Utc, Uuid};
use crate::factors::showed;
use crate::kind::{Pair, pair};
use kernel::Client;
use tokio_postgres::Row;

const STAFF_SESSION: &str = concat!(
    "select u.id, u.name, r.name, identity.permissions_of(u.role_id), s.id, s.last_seen_at, least(s.expires_at, s.idle_expires_at), s.proved_at, ",
    showed!("s"),
    " from dashboard_auth.session_tokens t join dashboard_auth.sessions s on s.id = t.session_id \
     join dashboard_auth.dashboard_users u on u.id = s.user_id join identity.roles r on r.id = u.role_id \
     where t.token_hash = $1 and s.revoked_at is null and s.expires_at > $2 and s.idle_expires_at > $2 and u.status = 'active' and u.deleted_at is null"
);
const USER_SESSION: &str = concat!(
    "select u.id, coalesce(u.name, u.email), s.id, s.last_seen_at, least(s.expires_at, s.idle_expires_at), s.proved_at, ",
    showed!("s"),
    " from auth.session_tokens t join auth.sessions s on s.id = t.session_id join auth.users u on u.id = s.user_id \
     where t.token_hash = $1 and s.revoked_at is null and s.expires_at > $2 and s.idle_expires_at > $2 and u.status = 'active' and u.deleted_at is null"
);
const SESSION_SEEN: Pair =
    pair!("update " sessions " set last_seen_at = $2, idle_expires_at = least($3, expires_at) where id = $1 and revoked_at is null");
const KEY: &str = "select coalesce(u.id, p.id, o.id), coalesce(u.name, p.name, p.email, o.name), coalesce(r.name, ''), identity.permissions_of(r.id), \
     k.id, k.name, k.scopes, k.expires_at, coalesce(k.lineage_id, k.id), k.organization_id, k.networks, k.per_minute, k.per_month, coalesce(m.level, k.level, 'read_only') \
     from identity.api_keys k \
     left join dashboard_auth.dashboard_users u on u.id = k.staff_id and u.status = 'active' and u.deleted_at is null \
     left join auth.users p on p.id = k.user_id and p.status = 'active' and p.deleted_at is null \
     left join identity.organizations o on o.id = k.organization_id and o.status = 'active' \
     left join identity.memberships m on m.organization_id = k.organization_id and m.user_id = k.user_id and m.status = 'active' \
     left join identity.roles r on r.id = coalesce(u.role_id, m.role_id, k.role_id) \
     where k.token_hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2) \
     and case k.owner_kind when 'staff' then u.id is not null when 'person' then p.id is not null and o.id is not null and m.id is not null else o.id is not null end";

pub const STATEMENTS: &[&str] = &[STAFF_SESSION, USER_SESSION, SESSION_SEEN.staff, SESSION_SEEN.user, KEY];

fn staff(row: &Row) -> Staff {
    Staff { id: row.get(0), name: row.get(1), role: row.get(2), patterns: row.get(3) }
}

/// A session, from this column on.
fn session(row: &Row, from: usize) -> FoundSession {
    FoundSession {
        account: row.get(0),
        id: row.get(from),
        last_seen_at: row.get(from + 1),
        until: row.get(from + 2),
        proved_at: row.get(from + 3),
        showed: row.get(from + 4),
    }
}

pub(super) async fn staff_session(db: &Client, hash: &[u8], now: DateTime<Utc>) -> Result<Option<(FoundSession, Staff)>> {
    let row = db.query_opt(STAFF_SESSION, &[&hash, &now]).await?;
    Ok(row.map(|row| (session(&row, 4), staff(&row))))
}

/// The session, and what to call its user.
pub(super) async fn user_session(db: &Client, hash: &[u8], now: DateTime<Utc>) -> Result<Option<(FoundSession, String)>> {
    let row = db.query_opt(USER_SESSION, &[&hash, &now]).await?;
    Ok(row.map(|row| (session(&row, 2), row.get(1))))
}

pub(super) async fn session_seen(db: &Client, kind: Kind, id: Uuid, now: DateTime<Utc>, idle_until: DateTime<Utc>) -> Result<()> {
    db.execute(SESSION_SEEN.of(kind), &[&id, &now, &idle_until]).await?;
    Ok(())
}

pub(super) async fn key(db: &Client, hash: &[u8], now: DateTime<Utc>) -> Result<Option<FoundKey>> {
    let row = db.query_opt(KEY, &[&hash, &now]).await?;
    let limit = |value: Option<i32>| value.and_then(|n| u32::try_from(n).ok());
    Ok(row.map(|row| FoundKey {
        owner: staff(&row),
        name: row.get(5),
        scopes: row.get(6),
        expires_at: row.get(7),
        limits: Limits {
            key: row.get(4),
            lineage: row.get(8),
            organization: row.get(9),
            per_minute: limit(row.get(11)),
            per_month: limit(row.get(12)),
        },
        networks: row.get(10),
        level: Level::stored(row.get(13)),
    }))
}
