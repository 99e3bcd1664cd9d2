//! Accounts of both kinds as sign-in, setup and links need them; the nouns themselves are in `staff` and `users`.

use crate::kind::Kind;
use chrono::{DateTime, Utc};
use kernel::actor::Scope;
use kernel::{Actor, App, Caller, Client, Result};
use uuid::Uuid;

/// Serialises what must not happen twice at once: the first owner, and taking ownership from somebody.
pub(crate) const LOCK: &str = "select pg_advisory_xact_lock(29028, 1)";

/// An account that is not deleted.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub kind: Kind,
    pub id: Uuid,
    pub email: String,
    /// What to call them: the name, or the address of somebody who gave none.
    pub name: String,
    /// The platform role of staff; app users have theirs per organization.
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
    /// No account yet: somebody registered, and has not confirmed the address.
    pub waits: bool,
}

impl Account {
    /// The account as a caller, on its way into a session.
    pub fn caller(&self, app: &App) -> Caller {
        Caller {
            actor: Actor { kind: self.kind.actor(), id: Some(self.id), label: self.name.clone() },
            subject: None,
            seen_as: None,
            // What a person does while signing in is written by the panel: the row policies of tenants know no sessions.
            scope: Scope::Platform,
            role: self.role.clone(),
            permissions: crate::permission::resolve(&app.registry, &self.patterns),
            session: None,
            proved_at: None,
        }
    }
}

/// A new account of staff.
pub(crate) struct NewAccount<'a> {
    pub id: Uuid,
    pub email: &'a str,
    pub name: &'a str,
    pub role_id: Uuid,
    /// None for whom a sign-in provider vouches.
    pub password_hash: Option<&'a str>,
}

pub mod store {
    use super::{Account, Candidate, Client, DateTime, Kind, LOCK, NewAccount, Result, Utc, Uuid};
    use crate::kind::{Pair, pair};

    const EXISTS: &str = "select exists (select from dashboard_auth.dashboard_users)";
    const STAFF_BY_EMAIL: &str = "select id, status = 'active', password_hash, false from dashboard_auth.dashboard_users where lower(email) = $1 and deleted_at is null";
    /// `$2` now: `identity.now()` is worked out only where there is a registration, which then takes some 20 µs longer than an
    /// account.
    const USER_BY_EMAIL: &str = "select id, status = 'active', password_hash, false from auth.users where lower(email) = $1 and deleted_at is null \
         union all (select id, true, password_hash, true from auth.registrations where email = $1 and expires_at > $2 \
         order by created_at desc limit 1) order by 4 limit 1";
    const LOCK_UNCHANGED: Pair = pair!("select status = 'active' and deleted_at is null and password_hash is not distinct from $2 from " accounts " where id = $1 for update");
    const LOCK_ACTIVE: Pair =
        pair!("select status = 'active' and deleted_at is null, password_hash from " accounts " where id = $1 for update");
    const FAMILIAR: Pair =
        pair!("select exists (select from " sessions " where user_id = $1 and address = $2::text::inet and created_at > $3)");
    const STAFF_BY_ID: &str = "select u.id, u.email, u.name, r.name, identity.permissions_of(r.id) \
         from dashboard_auth.dashboard_users u join identity.roles r on r.id = u.role_id where u.id = $1 and u.deleted_at is null";
    const USER_BY_ID: &str =
        "select id, email, coalesce(name, email), '', '{}'::text[] from auth.users where id = $1 and deleted_at is null";
    const INSERT: &str = "insert into dashboard_auth.dashboard_users (id, email, name, role_id, password_hash, password_set_at, created_at, updated_at) \
         values ($1, $2, $3, $4, $5, case when $5::text is not null then $6::timestamptz end, $6, $6)";
    const VERIFIED: &str = "update auth.users set email_verified_at = $2 where id = $1 and email_verified_at is null";
    const SET_NAME: Pair = pair!("update " accounts " set name = $2 where id = $1");
    const SET_PASSWORD: Pair = pair!("update " accounts " set password_hash = $2, password_set_at = $3 where id = $1");

    pub const STATEMENTS: &[&str] = &[
        LOCK,
        EXISTS,
        STAFF_BY_EMAIL,
        USER_BY_EMAIL,
        LOCK_UNCHANGED.staff,
        LOCK_UNCHANGED.user,
        LOCK_ACTIVE.staff,
        LOCK_ACTIVE.user,
        FAMILIAR.staff,
        FAMILIAR.user,
        STAFF_BY_ID,
        USER_BY_ID,
        INSERT,
        VERIFIED,
        SET_NAME.staff,
        SET_NAME.user,
        SET_PASSWORD.staff,
        SET_PASSWORD.user,
    ];

    /// Held until the transaction ends.
    pub(crate) async fn lock(db: &Client) -> Result<()> {
        db.execute(LOCK, &[]).await?;
        Ok(())
    }

    /// Whether anybody ever administered this platform.
    pub(crate) async fn any(db: &Client) -> Result<bool> {
        Ok(db.query_one(EXISTS, &[]).await?.get(0))
    }

    /// An account, or the newest registration that is good at this time.
    pub(crate) async fn by_email(db: &Client, kind: Kind, email: &str, now: DateTime<Utc>) -> Result<Option<Candidate>> {
        let row = match kind {
            Kind::Staff => db.query_opt(STAFF_BY_EMAIL, &[&email]).await?,
            Kind::User => db.query_opt(USER_BY_EMAIL, &[&email, &now]).await?,
        };
        Ok(row.map(|row| Candidate { id: row.get(0), active: row.get(1), password_hash: row.get(2), waits: row.get(3) }))
    }

    /// Whether the account is as it was when it was found; it stays so until the transaction ends.
    pub(crate) async fn lock_unchanged(db: &Client, kind: Kind, candidate: &Candidate) -> Result<bool> {
        let row = db.query_opt(LOCK_UNCHANGED.of(kind), &[&candidate.id, &candidate.password_hash]).await?;
        Ok(row.is_some_and(|row| row.get(0)))
    }

    /// The account's password hash, when it may sign in; it stays so until the transaction ends.
    pub(crate) async fn lock_active(db: &Client, kind: Kind, id: Uuid) -> Result<Option<Option<String>>> {
        let row = db.query_opt(LOCK_ACTIVE.of(kind), &[&id]).await?;
        Ok(row.filter(|row| row.get(0)).map(|row| row.get(1)))
    }

    /// Whether the account was signed in to from this address since then.
    pub(crate) async fn familiar(db: &Client, kind: Kind, id: Uuid, address: Option<&str>, since: DateTime<Utc>) -> Result<bool> {
        Ok(db.query_one(FAMILIAR.of(kind), &[&id, &address, &since]).await?.get(0))
    }

    pub(crate) async fn by_id(db: &Client, kind: Kind, id: Uuid) -> Result<Option<Account>> {
        let statement = match kind {
            Kind::Staff => STAFF_BY_ID,
            Kind::User => USER_BY_ID,
        };
        Ok(db.query_opt(statement, &[&id]).await?.map(|row| Account {
            kind,
            id: row.get(0),
            email: row.get(1),
            name: row.get(2),
            role: row.get(3),
            patterns: row.get(4),
        }))
    }

    pub(crate) async fn insert(db: &Client, account: &NewAccount<'_>, now: DateTime<Utc>) -> Result<()> {
        db.execute(INSERT, &[&account.id, &account.email, &account.name, &account.role_id, &account.password_hash, &now]).await?;
        Ok(())
    }

    /// The mailbox of a user was shown to be theirs.
    pub(crate) async fn verified(db: &Client, id: Uuid, now: DateTime<Utc>) -> Result<()> {
        db.execute(VERIFIED, &[&id, &now]).await?;
        Ok(())
    }

    pub(crate) async fn set_name(db: &Client, kind: Kind, id: Uuid, name: &str) -> Result<()> {
        db.execute(SET_NAME.of(kind), &[&id, &name]).await?;
        Ok(())
    }

    pub(crate) async fn set_password(db: &Client, kind: Kind, id: Uuid, hash: &str, now: DateTime<Utc>) -> Result<()> {
        db.execute(SET_PASSWORD.of(kind), &[&id, &hash, &now]).await?;
        Ok(())
    }
}
