//! The database logins that the panel makes for itself, so that it never works as the database's owner.
//!
//! Names carry the fingerprint of the secret key: two panels on one server don't take each other's, and every node
//! of one panel derives the same password from the same key.

use kernel::db::{PLATFORM_ROLE, TENANT_ROLE};
use kernel::list::quote;
use kernel::problem::{Problem, Result};
use kernel::secret::Keyring;
use secrecy::ExposeSecret;
use tokio_postgres::Client;

/// Group of those who look at data: no secrets, nothing of ours to write.
pub const EXPLORER_ROLE: &str = "quarterdeck_explorer";

#[derive(Clone, Debug)]
pub struct Logins {
    /// Owns nothing and may nothing, until a transaction takes on a role.
    pub app: String,
    pub explorer: String,
}

impl Logins {
    #[must_use]
    pub fn of(keys: &Keyring) -> Self {
        let print = keys.fingerprint();
        Self { app: format!("quarterdeck_app_{print}"), explorer: format!("quarterdeck_explorer_{print}") }
    }

    /// A connection configuration for one of the logins, on the server of `owner`.
    #[must_use]
    pub fn config(owner: &tokio_postgres::Config, keys: &Keyring, login: &str) -> tokio_postgres::Config {
        let mut config = owner.clone();
        config.user(login).password(keys.database_password(login).expose_secret()).application_name("quarterdeck");
        config
    }

    /// Looks, before anything is made, whether the owner may make the roles that are missing.
    ///
    /// # Errors
    /// When it may not: the message has the SQL for somebody who may.
    pub async fn possible(&self, owner: &Client, keys: &Keyring) -> Result<()> {
        let row =
            owner.query_one("select rolsuper or rolcreaterole, current_user::text from pg_roles where rolname = current_user", &[]).await?;
        if row.get(0) {
            return Ok(());
        }
        let mut missing = Vec::new();
        for group in [PLATFORM_ROLE, TENANT_ROLE, EXPLORER_ROLE] {
            if !exists(owner, group).await? {
                missing.push(format!("create role {} nologin noinherit;", quote(group)));
            }
        }
        for login in [&self.app, &self.explorer] {
            if !exists(owner, login).await? {
                missing.push(self.making(keys, login));
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(Problem::internal(format!(
            "the database user {} may not create roles (CREATEROLE), and some are missing. Let somebody who may run:\n  {}\nthen start again",
            row.get::<_, String>(1),
            missing.join("\n  ")
        )))
    }

    /// The SQL that makes one of the logins. It holds no password, only what the server keeps instead of one.
    fn making(&self, keys: &Keyring, login: &str) -> String {
        let (groups, inherit): (&[&str], &str) =
            if login == self.app { (&[PLATFORM_ROLE, TENANT_ROLE], "noinherit") } else { (&[EXPLORER_ROLE], "inherit") };
        let verifier = scram_verifier(keys.database_password(login).expose_secret());
        let grants: Vec<String> = groups.iter().map(|role| format!("grant {} to {};", quote(role), quote(login))).collect();
        format!(
            "create role {} login {inherit} nosuperuser nobypassrls nocreatedb nocreaterole password '{verifier}'; {}",
            quote(login),
            grants.join(" ")
        )
    }

    /// Makes the logins where they are missing. Runs as the owner, after the migrations.
    ///
    /// # Errors
    /// When the owner may not create roles: the message has the SQL for somebody who may.
    pub async fn ensure(&self, owner: &Client, keys: &Keyring) -> Result<()> {
        see_every_row(owner).await?;
        for login in [&self.app, &self.explorer] {
            if exists(owner, login).await? {
                continue;
            }
            let sql = self.making(keys, login);
            match owner.batch_execute(&sql).await {
                Ok(()) => {}
                // Another node made it between our look and our hand.
                Err(e) if e.code().is_some_and(|c| matches!(c.code(), "42710" | "23505")) => {}
                Err(e) if e.code().is_some_and(|c| c.code() == "42501") => {
                    return Err(Problem::internal(format!(
                        "the database user may not create roles. Let somebody who may run:\n  {sql}\nthen start again"
                    ))
                    .because(e));
                }
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }
}

async fn exists(owner: &Client, role: &str) -> Result<bool> {
    Ok(owner.query_opt("select 1 from pg_roles where rolname = $1", &[&role]).await?.is_some())
}

/// Row policies of the platform's tables are about its users. Staff who may look at a table see all of it; what is
/// secret in ours is kept by grants. Only a superuser may give this; without it, such tables show what their policies
/// let the explorer see.
async fn see_every_row(owner: &Client) -> Result<()> {
    let sees: bool = owner.query_one("select rolbypassrls from pg_roles where rolname = $1", &[&EXPLORER_ROLE]).await?.get(0);
    if sees {
        return Ok(());
    }
    match owner.batch_execute(&format!("alter role {} bypassrls", quote(EXPLORER_ROLE))).await {
        Err(e) if e.code().is_some_and(|c| c.code() == "42501") => {
            tracing::info!("tables with row policies show the explorer what their policies allow: the database user may not give it more");
            Ok(())
        }
        done => Ok(done?),
    }
}

/// What PostgreSQL keeps instead of the password (RFC 5803), so that the password itself is in no server log.
pub(crate) fn scram_verifier(password: &str) -> String {
    postgres_protocol::password::scram_sha_256(password.as_bytes())
}
