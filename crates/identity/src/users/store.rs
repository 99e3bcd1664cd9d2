//! Every statement about app users.

use chrono::{DateTime, Utc};
use kernel::{Client, Result};
use serde_json::Value;
use uuid::Uuid;

const INSERT: &str = "insert into auth.users (id, email, name, language, metadata) values ($1, $2, $3, $4, $5)";
const SET_EMAIL: &str = "update auth.users set email = $2, email_verified_at = null where id = $1";
const SET_NAME: &str = "update auth.users set name = $2 where id = $1";
const SET_LANGUAGE: &str = "update auth.users set language = $2 where id = $1";
const SET_METADATA: &str = "update auth.users set metadata = $2 where id = $1";
const SET_STATUS: &str = "update auth.users set status = $2 where id = $1";
const END_SESSIONS: &str = "update auth.sessions set revoked_at = $2, revoked_reason = $3 where user_id = $1 and revoked_at is null";
const DELETE: &str = "update auth.users set deleted_at = $2, password_hash = null where id = $1";
const LEAVE: &str = "delete from identity.memberships where user_id = $1";
const REVOKE_KEYS: &str =
    "update identity.api_keys set revoked_at = $2, revoked_reason = 'owner deleted' where user_id = $1 and revoked_at is null";
const ERASE: &str = "update auth.users set email = 'erased-' || id || '@erased.invalid', name = null, language = null, metadata = '{}', staff_id = null, email_verified_at = null, \
     password_set_at = null, erased_at = $2 where id = $1 and deleted_at <= $3 and erased_at is null";
const FORGET_SESSIONS: &str = "delete from auth.sessions where user_id = $1";

pub const STATEMENTS: &[&str] = &[
    INSERT,
    SET_EMAIL,
    SET_NAME,
    SET_LANGUAGE,
    SET_METADATA,
    SET_STATUS,
    END_SESSIONS,
    DELETE,
    LEAVE,
    REVOKE_KEYS,
    ERASE,
    FORGET_SESSIONS,
];

pub(crate) async fn insert(db: &Client, id: Uuid, email: &str, name: Option<&str>, language: Option<&str>, metadata: &Value) -> Result<()> {
    db.execute(INSERT, &[&id, &email, &name, &language, &metadata]).await?;
    Ok(())
}

pub(crate) async fn set_email(db: &Client, id: Uuid, email: &str) -> Result<()> {
    db.execute(SET_EMAIL, &[&id, &email]).await?;
    Ok(())
}

pub(super) async fn set_name(db: &Client, id: Uuid, name: Option<&str>) -> Result<()> {
    db.execute(SET_NAME, &[&id, &name]).await?;
    Ok(())
}

pub(super) async fn set_language(db: &Client, id: Uuid, language: Option<&str>) -> Result<()> {
    db.execute(SET_LANGUAGE, &[&id, &language]).await?;
    Ok(())
}

pub(super) async fn set_metadata(db: &Client, id: Uuid, metadata: &Value) -> Result<()> {
    db.execute(SET_METADATA, &[&id, &metadata]).await?;
    Ok(())
}

pub(super) async fn set_status(db: &Client, id: Uuid, status: &str) -> Result<()> {
    db.execute(SET_STATUS, &[&id, &status]).await?;
    Ok(())
}

pub(super) async fn end_sessions(db: &Client, id: Uuid, now: DateTime<Utc>, reason: &str) -> Result<()> {
    db.execute(END_SESSIONS, &[&id, &now, &reason]).await?;
    Ok(())
}

pub(super) async fn delete(db: &Client, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    db.execute(DELETE, &[&id, &now]).await?;
    Ok(())
}

pub(super) async fn leave_organizations(db: &Client, id: Uuid) -> Result<()> {
    db.execute(LEAVE, &[&id]).await?;
    Ok(())
}

pub(super) async fn revoke_keys(db: &Client, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    db.execute(REVOKE_KEYS, &[&id, &now]).await?;
    Ok(())
}

pub(super) async fn erase(db: &Client, id: Uuid, now: DateTime<Utc>, deleted_before: DateTime<Utc>) -> Result<bool> {
    Ok(db.execute(ERASE, &[&id, &now, &deleted_before]).await? == 1)
}

pub(super) async fn forget_sessions(db: &Client, id: Uuid) -> Result<()> {
    db.execute(FORGET_SESSIONS, &[&id]).await?;
    Ok(())
}
