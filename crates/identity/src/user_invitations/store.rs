//! Every statement about invitations of app users.

use chrono::{DateTime, Utc};
use kernel::{Client, Result};
use tokio_postgres::Row;
use uuid::Uuid;

const FIND: &str = "select i.id, i.email, i.name, i.language, i.organization_id, o.name, i.role_id, r.label, i.level, i.accepted_at is not null or i.revoked_at is not null, i.expires_at \
     from auth.invitations i left join identity.organizations o on o.id = i.organization_id left join identity.roles r on r.id = i.role_id where i.token_hash = $1";
const LOCK: &str = "select i.id, i.email, i.name, i.language, i.organization_id, o.name, i.role_id, r.label, i.level, i.accepted_at is not null or i.revoked_at is not null, i.expires_at \
     from auth.invitations i left join identity.organizations o on o.id = i.organization_id left join identity.roles r on r.id = i.role_id where i.token_hash = $1 for update of i";
const BY_ID: &str = "select i.id, i.email, i.name, i.language, i.organization_id, o.name, i.role_id, r.label, i.level, i.accepted_at is not null or i.revoked_at is not null, i.expires_at \
     from auth.invitations i left join identity.organizations o on o.id = i.organization_id left join identity.roles r on r.id = i.role_id where i.id = $1";
const IS_USER: &str = "select exists (select from auth.users where lower(email) = $1 and deleted_at is null)";
const ORGANIZATION_EXISTS: &str = "select exists (select from identity.organizations where id = $1)";
const IS_MEMBER: &str = "select exists (select from auth.users u join identity.memberships m on m.user_id = u.id where lower(u.email) = $1 and m.organization_id = $2 and u.deleted_at is null)";
const OPEN_INTO: &str =
    "select count(*) from auth.invitations where organization_id = $1 and accepted_at is null and revoked_at is null and expires_at > $2";
const LETTERS_SINCE: &str =
    "select coalesce(sum(sends), 0)::bigint from auth.invitations where email = $1 and organization_id = $2 and created_at > $3";
const INSERT: &str = "insert into auth.invitations (id, email, name, language, organization_id, role_id, level, token_hash, invited_by, invited_by_user, inviter, created_at, expires_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
const REPLACE: &str = "update auth.invitations set revoked_at = $3 \
     where email = $1 and organization_id is not distinct from $2 and accepted_at is null and revoked_at is null";
const RENEW: &str = "update auth.invitations set token_hash = $2, expires_at = $3, sends = sends + 1 where id = $1";
const REVOKE: &str = "update auth.invitations set revoked_at = $2 where id = $1 and accepted_at is null and revoked_at is null";
const REVOKE_BY: &str = "update auth.invitations set revoked_at = $2 where invited_by = $1 and accepted_at is null and revoked_at is null";
const REVOKE_BY_MEMBER: &str = "update auth.invitations set revoked_at = $3 where invited_by_user = $1 and organization_id = $2 and accepted_at is null and revoked_at is null";
const ACCEPT: &str = "update auth.invitations set accepted_at = $3, accepted_by = $2 where id = $1";
const INSERT_USER: &str = "insert into auth.users (id, email, name, language, password_hash, password_set_at, email_verified_at, created_at, updated_at) \
     values ($1, $2, $3, $4, $5, case when $5::text is not null then $6::timestamptz end, $6, $6, $6)";
const SWEEP: &str = "delete from auth.invitations where accepted_at is null and expires_at < $1";
const FORGET_OF: &str = "delete from auth.invitations where accepted_by = $1";

pub const STATEMENTS: &[&str] = &[
    FIND,
    LOCK,
    BY_ID,
    IS_USER,
    IS_MEMBER,
    OPEN_INTO,
    LETTERS_SINCE,
    ORGANIZATION_EXISTS,
    INSERT,
    REPLACE,
    RENEW,
    REVOKE,
    REVOKE_BY,
    REVOKE_BY_MEMBER,
    ACCEPT,
    INSERT_USER,
    SWEEP,
    FORGET_OF,
];

/// An invitation with the words of what it offers.
pub struct Found {
    pub id: Uuid,
    pub email: String,
    pub name: Option<String>,
    pub language: Option<String>,
    pub organization_id: Option<Uuid>,
    pub organization: Option<String>,
    pub role_id: Option<Uuid>,
    pub role: Option<String>,
    pub level: Option<String>,
    pub closed: bool,
    pub expires_at: DateTime<Utc>,
}

pub(super) struct New<'a> {
    pub id: Uuid,
    pub email: &'a str,
    pub name: Option<&'a str>,
    pub language: Option<&'a str>,
    pub organization_id: Option<Uuid>,
    pub role_id: Option<Uuid>,
    pub level: Option<&'a str>,
    pub token_hash: &'a [u8],
    pub invited_by: Option<Uuid>,
    pub invited_by_user: Option<Uuid>,
    pub inviter: &'a str,
    pub expires_at: DateTime<Utc>,
}

fn read(row: &Row) -> Found {
    Found {
        id: row.get(0),
        email: row.get(1),
        name: row.get(2),
        language: row.get(3),
        organization_id: row.get(4),
        organization: row.get(5),
        role_id: row.get(6),
        role: row.get(7),
        level: row.get(8),
        closed: row.get(9),
        expires_at: row.get(10),
    }
}

pub(super) async fn find(db: &Client, hash: &[u8]) -> Result<Option<Found>> {
    Ok(db.query_opt(FIND, &[&hash]).await?.map(|row| read(&row)))
}

pub(super) async fn lock(db: &Client, hash: &[u8]) -> Result<Option<Found>> {
    Ok(db.query_opt(LOCK, &[&hash]).await?.map(|row| read(&row)))
}

pub(super) async fn by_id(db: &Client, id: Uuid) -> Result<Option<Found>> {
    Ok(db.query_opt(BY_ID, &[&id]).await?.map(|row| read(&row)))
}

pub(crate) async fn is_user(db: &Client, email: &str) -> Result<bool> {
    Ok(db.query_one(IS_USER, &[&email]).await?.get(0))
}

pub(super) async fn is_member(db: &Client, email: &str, organization: Uuid) -> Result<bool> {
    Ok(db.query_one(IS_MEMBER, &[&email, &organization]).await?.get(0))
}

/// How many invitations into an organization can still be accepted.
pub(super) async fn open_into(db: &Client, organization: Uuid, now: DateTime<Utc>) -> Result<i64> {
    Ok(db.query_one(OPEN_INTO, &[&organization, &now]).await?.get(0))
}

/// How often an address was asked into an organization, also by invitations that were replaced or withdrawn.
pub(super) async fn letters_since(db: &Client, email: &str, organization: Uuid, since: DateTime<Utc>) -> Result<i64> {
    Ok(db.query_one(LETTERS_SINCE, &[&email, &organization, &since]).await?.get(0))
}

pub(crate) async fn organization_exists(db: &Client, id: Uuid) -> Result<bool> {
    Ok(db.query_one(ORGANIZATION_EXISTS, &[&id]).await?.get(0))
}

pub(super) async fn insert(db: &Client, new: &New<'_>, now: DateTime<Utc>) -> Result<()> {
    db.execute(
        INSERT,
        &[
            &new.id,
            &new.email,
            &new.name,
            &new.language,
            &new.organization_id,
            &new.role_id,
            &new.level,
            &new.token_hash,
            &new.invited_by,
            &new.invited_by_user,
            &new.inviter,
            &now,
            &new.expires_at,
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn replace(db: &Client, email: &str, organization: Option<Uuid>, now: DateTime<Utc>) -> Result<()> {
    db.execute(REPLACE, &[&email, &organization, &now]).await?;
    Ok(())
}

pub(super) async fn renew(db: &Client, id: Uuid, hash: &[u8], expires_at: DateTime<Utc>) -> Result<()> {
    db.execute(RENEW, &[&id, &hash, &expires_at]).await?;
    Ok(())
}

pub(super) async fn revoke(db: &Client, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    db.execute(REVOKE, &[&id, &now]).await?;
    Ok(())
}

/// Withdraws what somebody of the staff who is shut out left open.
pub(crate) async fn revoke_by(db: &Client, by: Uuid, now: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(REVOKE_BY, &[&by, &now]).await?)
}

/// Withdraws what a member who is out left open.
pub(crate) async fn revoke_by_member(db: &Client, by: Uuid, organization: Uuid, now: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(REVOKE_BY_MEMBER, &[&by, &organization, &now]).await?)
}

pub(super) async fn accept(db: &Client, id: Uuid, user: Uuid, now: DateTime<Utc>) -> Result<()> {
    db.execute(ACCEPT, &[&id, &user, &now]).await?;
    Ok(())
}

pub(super) async fn insert_user(db: &Client, id: Uuid, from: &Found, name: &str, hash: Option<&str>, now: DateTime<Utc>) -> Result<()> {
    db.execute(INSERT_USER, &[&id, &from.email, &name, &from.language, &hash, &now]).await?;
    Ok(())
}

/// Forgets how somebody came in, and by which address, when they are erased.
pub(crate) async fn forget_of(db: &Client, user: Uuid) -> Result<()> {
    db.execute(FORGET_OF, &[&user]).await?;
    Ok(())
}

pub(crate) async fn sweep(db: &Client, before: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(SWEEP, &[&before]).await?)
}
