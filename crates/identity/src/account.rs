//! Staff accounts as sign-in, setup and links need them; the noun itself is in `staff`.

use chrono::{DateTime, Utc};
use kernel::actor::Scope;
use kernel::{Actor, ActorKind, App, Caller, Result};
use tokio_postgres::Client;
use uuid::Uuid;

/// Serialises what must not happen twice at once: the first owner, and taking ownership from somebody.
pub(crate) const LOCK: &str = "select pg_advisory_xact_lock(29028, 1)";

/// An account that is not deleted.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub id: Uuid,
    pub name: String,
    pub role: String,
    pub patterns: Vec<String>,
}

/// As much of an account as an attempt to sign in needs. What only a known account would cost is read after the
/// password was right, so that the time tells nothing.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub id: Uuid,
    pub active: bool,
    pub password_hash: Option<String>,
}

impl Account {
    /// The account as a caller, on its way into a session.
    pub fn caller(&self, app: &App) -> Caller {
        Caller {
            actor: Actor { kind: ActorKind::Staff, id: Some(self.id), label: self.name.clone() },
            subject: None,
            scope: Scope::Platform,
            role: self.role.clone(),
            permissions: crate::permission::resolve(&app.registry, &self.patterns),
            session: None,
        }
    }
}

/// A new account.
pub(crate) struct NewAccount<'a> {
    pub id: Uuid,
    pub email: &'a str,
    pub name: &'a str,
    pub role_id: Uuid,
    pub password_hash: &'a str,
}

pub mod store {
    use super::{Account, Candidate, Client, DateTime, LOCK, NewAccount, Result, Utc, Uuid};

    const EXISTS: &str = "select exists (select from dashboard_auth.dashboard_users)";
    const BY_EMAIL: &str =
        "select id, status = 'active', password_hash from dashboard_auth.dashboard_users where lower(email) = $1 and deleted_at is null";
    const LOCK_UNCHANGED: &str = "select status = 'active' and deleted_at is null and password_hash is not distinct from $2 from dashboard_auth.dashboard_users where id = $1 for update";
    const FAMILIAR: &str =
        "select exists (select from dashboard_auth.sessions where user_id = $1 and address = $2::text::inet and created_at > $3)";
    const BY_ID: &str = "select u.id, u.name, r.name, identity.permissions_of(r.id) \
         from dashboard_auth.dashboard_users u join identity.roles r on r.id = u.role_id where u.id = $1 and u.deleted_at is null";
    const INSERT: &str = "insert into dashboard_auth.dashboard_users (id, email, name, role_id, password_hash, password_set_at, created_at, updated_at) \
         values ($1, $2, $3, $4, $5, $6, $6, $6)";

    pub const STATEMENTS: &[&str] = &[LOCK, EXISTS, BY_EMAIL, LOCK_UNCHANGED, FAMILIAR, BY_ID, INSERT];

    fn read(row: &tokio_postgres::Row) -> Account {
        Account { id: row.get(0), name: row.get(1), role: row.get(2), patterns: row.get(3) }
    }

    /// Held until the transaction ends.
    pub(crate) async fn lock(db: &Client) -> Result<()> {
        db.execute(LOCK, &[]).await?;
        Ok(())
    }

    /// Whether anybody ever administered this platform.
    pub(crate) async fn any(db: &Client) -> Result<bool> {
        Ok(db.query_one(EXISTS, &[]).await?.get(0))
    }

    pub(crate) async fn by_email(db: &Client, email: &str) -> Result<Option<Candidate>> {
        let row = db.query_opt(BY_EMAIL, &[&email]).await?;
        Ok(row.map(|row| Candidate { id: row.get(0), active: row.get(1), password_hash: row.get(2) }))
    }

    /// Whether the account is as it was when it was found; it stays so until the transaction ends.
    pub(crate) async fn lock_unchanged(db: &Client, candidate: &Candidate) -> Result<bool> {
        let row = db.query_opt(LOCK_UNCHANGED, &[&candidate.id, &candidate.password_hash]).await?;
        Ok(row.is_some_and(|row| row.get(0)))
    }

    /// Whether the account was signed in to from this address since then.
    pub(crate) async fn familiar(db: &Client, id: Uuid, address: Option<&str>, since: DateTime<Utc>) -> Result<bool> {
        Ok(db.query_one(FAMILIAR, &[&id, &address, &since]).await?.get(0))
    }

    pub(crate) async fn by_id(db: &Client, id: Uuid) -> Result<Option<Account>> {
        Ok(db.query_opt(BY_ID, &[&id]).await?.map(|row| read(&row)))
    }

    pub(crate) async fn insert(db: &Client, account: &NewAccount<'_>, now: DateTime<Utc>) -> Result<()> {
        db.execute(INSERT, &[&account.id, &account.email, &account.name, &account.role_id, &account.password_hash, &now]).await?;
        Ok(())
    }
}
