//! Statements about registrations that wait, and the account that one becomes.

use chrono::{DateTime, Utc};
use kernel::{Client, Result};
use tokio_postgres::Row;
use uuid::Uuid;

const INSERT: &str = "insert into auth.registrations (id, email, name, language, password_hash, organization, code_id, browser_hash, created_at, expires_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const BY_ID: &str = "select id, email, name, language, password_hash, organization, code_id, browser_hash, expires_at from auth.registrations where id = $1";
const FIND: &str = "select id, email, name, language, password_hash, organization, code_id, browser_hash, expires_at from auth.registrations where token_hash = $1";
const LOCK: &str = "select id, email, name, language, password_hash, organization, code_id, browser_hash, expires_at from auth.registrations where token_hash = $1 for update";
const OF_BROWSER: &str =
    "select id, email from auth.registrations where browser_hash = $1 and expires_at > $2 order by created_at desc limit 1";
const SET_TOKEN: &str = "update auth.registrations set token_hash = $2 where id = $1";
const SET_BROWSER: &str = "update auth.registrations set browser_hash = $2 where id = $1";
const CANCEL: &str = "delete from auth.registrations where id = $1";
const FORGET: &str = "delete from auth.registrations where email = $1";
const INSERT_USER: &str = "insert into auth.users (id, email, name, language, password_hash, password_set_at, email_verified_at, created_at, updated_at) \
     values ($1, $2, $3, $4, $5, $6, case when $7 then $6::timestamptz end, $6, $6)";
const SWEEP: &str = "delete from auth.registrations where expires_at < $1";

pub const STATEMENTS: &[&str] = &[INSERT, BY_ID, FIND, LOCK, OF_BROWSER, SET_TOKEN, SET_BROWSER, CANCEL, FORGET, INSERT_USER, SWEEP];

/// What somebody asked for when they registered.
#[derive(Clone, Debug)]
pub struct Registration {
    pub id: Uuid,
    pub email: String,
    pub name: String,
    pub language: Option<String>,
    pub password_hash: String,
    /// The name of the organization to be made for them.
    pub organization: Option<String>,
    pub code_id: Option<Uuid>,
    pub browser_hash: Vec<u8>,
    pub expires_at: DateTime<Utc>,
}

fn read(row: &Row) -> Registration {
    Registration {
        id: row.get(0),
        email: row.get(1),
        name: row.get(2),
        language: row.get(3),
        password_hash: row.get(4),
        organization: row.get(5),
        code_id: row.get(6),
        browser_hash: row.get(7),
        expires_at: row.get(8),
    }
}

pub(super) async fn insert(db: &Client, new: &Registration, now: DateTime<Utc>) -> Result<()> {
    let Registration { id, email, name, language, password_hash, organization, code_id, browser_hash, expires_at } = new;
    db.execute(INSERT, &[id, email, name, language, password_hash, organization, code_id, browser_hash, &now, expires_at]).await?;
    Ok(())
}

pub(super) async fn by_id(db: &Client, id: Uuid) -> Result<Option<Registration>> {
    Ok(db.query_opt(BY_ID, &[&id]).await?.map(|row| read(&row)))
}

pub(crate) async fn find(db: &Client, token_hash: &[u8]) -> Result<Option<Registration>> {
    Ok(db.query_opt(FIND, &[&token_hash]).await?.map(|row| read(&row)))
}

pub(super) async fn lock(db: &Client, token_hash: &[u8]) -> Result<Option<Registration>> {
    Ok(db.query_opt(LOCK, &[&token_hash]).await?.map(|row| read(&row)))
}

/// The registration that this browser began.
pub(super) async fn of_browser(db: &Client, browser_hash: &[u8], now: DateTime<Utc>) -> Result<Option<(Uuid, String)>> {
    Ok(db.query_opt(OF_BROWSER, &[&browser_hash, &now]).await?.map(|row| (row.get(0), row.get(1))))
}

pub(super) async fn set_token(db: &Client, id: Uuid, token_hash: &[u8]) -> Result<()> {
    db.execute(SET_TOKEN, &[&id, &token_hash]).await?;
    Ok(())
}

pub(super) async fn set_browser(db: &Client, id: Uuid, browser_hash: &[u8]) -> Result<()> {
    db.execute(SET_BROWSER, &[&id, &browser_hash]).await?;
    Ok(())
}

pub(super) async fn cancel(db: &Client, id: Uuid) -> Result<()> {
    db.execute(CANCEL, &[&id]).await?;
    Ok(())
}

/// Forgets whatever waits for this address.
pub(super) async fn forget(db: &Client, email: &str) -> Result<()> {
    db.execute(FORGET, &[&email]).await?;
    Ok(())
}

pub(super) async fn insert_user(db: &Client, id: Uuid, from: &Registration, verified: bool, now: DateTime<Utc>) -> Result<()> {
    db.execute(INSERT_USER, &[&id, &from.email, &from.name, &from.language, &from.password_hash, &now, &verified]).await?;
    Ok(())
}

pub(crate) async fn sweep(db: &Client, before: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(SWEEP, &[&before]).await?)
}
