//! Statements about who is who at providers.

use super::{Offered, Own};
use crate::kind::{Kind, Pair, pair};
use crate::sso::exchange::Said;
use chrono::{DateTime, Utc};
use kernel::{Client, Ctx, Problem, Result};
use uuid::Uuid;

const FIND: Pair = pair!("select i.id, i.user_id, u.deleted_at is not null from " identities " i join " accounts " u on u.id = i.user_id where i.issuer = $1 and i.subject = $2 for update of i");
const HAS: Pair = pair!("select exists (select from " identities " where user_id = $1 and issuer = $2)");
const USED: Pair = pair!("update " identities " set last_used_at = $2, email = coalesce($3, email) where id = $1");
// Somebody at a provider whose account here was deleted may become another account; nobody else changes hands.
const CONNECT: Pair = pair!("insert into " identities " as i (id, user_id, issuer, subject, email, created_at, last_used_at) values ($1, $2, $3, $4, $5, $6, $6) \
     on conflict (issuer, subject) do update set user_id = excluded.user_id, email = excluded.email, created_at = excluded.created_at, last_used_at = excluded.last_used_at \
     where i.user_id = excluded.user_id or exists (select from " accounts " u where u.id = i.user_id and u.deleted_at is not null) returning id");
const DELETE: Pair = pair!("delete from " identities " where user_id = $1 and id = $2 returning issuer");
const FORGET: Pair = pair!("delete from " identities " where user_id = $1");
const HAS_PASSWORD: Pair = pair!("select password_hash is not null from " accounts " where id = $1");
const OWN: Pair = pair!("select i.id, i.issuer, p.slug, coalesce(p.label, i.issuer), i.email, i.created_at, i.last_used_at from " identities " i \
     left join lateral (select p.slug, p.label from identity.providers p where p.issuer = i.issuer and p.account_kind = $2 and p.enabled order by p.created_at limit 1) p on true \
     where i.user_id = $1 order by i.created_at, i.id");
const OFFERED: Pair = pair!("select p.slug, p.label from identity.providers p where p.account_kind = $2 and p.enabled \
     and not exists (select from " identities " i where i.user_id = $1 and i.issuer = p.issuer) \
     and (p.organization_id is null or exists (select from identity.memberships m where m.user_id = $1 and m.organization_id = p.organization_id)) order by p.label, p.slug");
const CONNECTABLE: &str =
    "select email_verified_at is not null or (password_hash is null and last_sign_in_at is null) from auth.users where id = $1";
const VERIFIED: &str = "update auth.users set email_verified_at = coalesce(email_verified_at, $2) where id = $1";
const IS_OWNER: &str = "select exists (select from dashboard_auth.dashboard_users u join identity.roles r on r.id = u.role_id where u.id = $1 and r.name = 'owner')";
const END_SESSIONS: Pair = pair!("update " sessions " s set revoked_at = $4, revoked_reason = 'signed out at the provider' from " identities " i \
     where i.issuer = $1 and i.subject = $2 and s.user_id = i.user_id and s.factors @> array[$3] and s.revoked_at is null");

pub const STATEMENTS: &[&str] = &[
    FIND.staff,
    FIND.user,
    HAS.staff,
    HAS.user,
    USED.staff,
    USED.user,
    CONNECT.staff,
    CONNECT.user,
    DELETE.staff,
    DELETE.user,
    FORGET.user,
    HAS_PASSWORD.staff,
    HAS_PASSWORD.user,
    OWN.staff,
    OWN.user,
    OFFERED.staff,
    OFFERED.user,
    CONNECTABLE,
    VERIFIED,
    IS_OWNER,
    END_SESSIONS.staff,
    END_SESSIONS.user,
];

/// A person at a provider who is known here.
pub(crate) struct Known {
    pub id: Uuid,
    pub account: Uuid,
    /// Their account was deleted.
    pub deleted: bool,
}

/// Who it is that a provider calls so; the row stays locked.
pub(crate) async fn find(db: &Client, kind: Kind, issuer: &str, subject: &str) -> Result<Option<Known>> {
    let row = db.query_opt(FIND.of(kind), &[&issuer, &subject]).await?;
    Ok(row.map(|row| Known { id: row.get(0), account: row.get(1), deleted: row.get(2) }))
}

/// Whether an account is connected to this issuer.
pub(crate) async fn has(db: &Client, kind: Kind, account: Uuid, issuer: &str) -> Result<bool> {
    Ok(db.query_one(HAS.of(kind), &[&account, &issuer]).await?.get(0))
}

pub(crate) async fn used(db: &Client, kind: Kind, id: Uuid, email: Option<&str>, now: DateTime<Utc>) -> Result<()> {
    db.execute(USED.of(kind), &[&id, &now, &email]).await?;
    Ok(())
}

/// From now on somebody at a provider is this account.
///
/// # Errors
/// 409 when they are another account already.
pub(crate) async fn connect(ctx: &Ctx, kind: Kind, account: Uuid, issuer: &str, said: &Said) -> Result<()> {
    let made = ctx.db().query_opt(CONNECT.of(kind), &[&ctx.id(), &account, &issuer, &said.subject, &said.email, &ctx.now()]).await?;
    made.map(|_| ()).ok_or_else(|| Problem::conflict("They are connected to another account", None))
}

/// Takes a connection away; gives its issuer.
pub(crate) async fn delete(db: &Client, kind: Kind, account: Uuid, id: Uuid) -> Result<Option<String>> {
    Ok(db.query_opt(DELETE.of(kind), &[&account, &id]).await?.map(|row| row.get(0)))
}

/// Forgets what is personal about a user who is erased.
pub(crate) async fn forget(db: &Client, user: Uuid) -> Result<()> {
    db.execute(FORGET.user, &[&user]).await?;
    Ok(())
}

pub(super) async fn has_password(db: &Client, kind: Kind, account: Uuid) -> Result<bool> {
    Ok(db.query_one(HAS_PASSWORD.of(kind), &[&account]).await?.get(0))
}

pub(super) async fn own(db: &Client, kind: Kind, account: Uuid) -> Result<Vec<Own>> {
    let rows = db.query(OWN.of(kind), &[&account, &kind.word()]).await?;
    let read = |row: &tokio_postgres::Row| Own {
        id: row.get(0),
        issuer: row.get(1),
        provider: row.get(2),
        label: row.get(3),
        email: row.get(4),
        created_at: row.get(5),
        last_used_at: row.get(6),
    };
    Ok(rows.iter().map(read).collect())
}

/// Providers that an account can still connect; those of organizations are for their members.
pub(super) async fn offered(db: &Client, kind: Kind, account: Uuid) -> Result<Vec<Offered>> {
    let rows = db.query(OFFERED.of(kind), &[&account, &kind.word()]).await?;
    Ok(rows.iter().map(|row| Offered { slug: row.get(0), label: row.get(1) }).collect())
}

/// Whether nobody but the owner of the address can have had a hand in this user's account: they verified it, or nobody
/// has ever come in. Else somebody could make an account for another's address and wait for them to be connected to it.
pub(crate) async fn connectable(db: &Client, user: Uuid) -> Result<bool> {
    Ok(db.query_one(CONNECTABLE, &[&user]).await?.get(0))
}

pub(crate) async fn verified(db: &Client, user: Uuid, now: DateTime<Utc>) -> Result<()> {
    db.execute(VERIFIED, &[&user, &now]).await?;
    Ok(())
}

pub(super) async fn is_owner(db: &Client, staff: Uuid) -> Result<bool> {
    Ok(db.query_one(IS_OWNER, &[&staff]).await?.get(0))
}

/// Ends the sessions that somebody opened by a provider.
pub(crate) async fn end_sessions(db: &Client, kind: Kind, issuer: &str, subject: &str, factor: &str, now: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(END_SESSIONS.of(kind), &[&issuer, &subject, &factor, &now]).await?)
}
