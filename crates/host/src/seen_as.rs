//! The roles in whose place rows are seen (`anon`, `authenticated`, `service_role`), and the logins that take them.
//!
//! Each login is a member of its one role and nothing else, so that no function, view, trigger or policy that runs in it
//! can take another: PostgreSQL itself refuses. Roles that are there already belong to somebody else and stay as they
//! are. Where the owner may not make roles everything else works, and what is missing is kept as SQL to be shown.

use crate::logins::{Logins, scram_verifier};
use kernel::DatabaseRole;
use kernel::list::quote;
use kernel::problem::Result;
use kernel::secret::Keyring;
use secrecy::ExposeSecret;
use tokio_postgres::{Client, Config, Error};

/// How the roles that the panel made are known. The explorer gives such a `service_role` the tables it may read itself.
const MADE_HERE: &str = "Made by Quarterdeck";
/// Whether role and login are there, and whether the one may take the other.
const FACTS: &str = "select r.oid is not null, l.oid is not null, exists (select from pg_auth_members m where m.roleid = r.oid and m.member = l.oid), \
     r.oid is not null and has_schema_privilege(r.oid, 'auth', 'usage') \
     from (values (1)) one left join pg_roles r on r.rolname = $1 left join pg_roles l on l.rolname = $2";
/// One node at a time.
const LOCK: &str = "select pg_advisory_lock(29028, 3)";
const UNLOCK: &str = "select pg_advisory_unlock(29028, 3)";

/// What the explorer needs to see rows in somebody's place.
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub logins: Vec<(DatabaseRole, Config)>,
    /// Statements that somebody with more rights has to run; none when everything is there.
    pub missing: Vec<String>,
}

/// Makes what is missing. Runs as the owner, after the migrations.
///
/// # Errors
/// When the database is away; what the owner may not do is no error.
pub async fn ensure(owner: &Client, config: &Config, keys: &Keyring) -> Result<Places> {
    owner.batch_execute(LOCK).await?;
    let made = make(owner, config, keys).await;
    owner.batch_execute(UNLOCK).await?;
    made
}

async fn make(owner: &Client, config: &Config, keys: &Keyring) -> Result<Places> {
    let mut places = Places::default();
    for role in DatabaseRole::ALL {
        let (name, login) = (role.name(), format!("quarterdeck_{}_{}", role.name(), keys.fingerprint()));
        let facts = owner.query_one(FACTS, &[&name, &login]).await?;
        let (is_role, is_login, is_member, sees_auth): (bool, bool, bool, bool) = (facts.get(0), facts.get(1), facts.get(2), facts.get(3));
        if !is_role {
            let plain = format!("create role {} nologin noinherit nosuperuser nocreatedb nocreaterole", quote(name));
            let over_policies = format!("{plain} bypassrls");
            let is_made = match role {
                // Not everybody who may make roles may make one that policies don't bind.
                DatabaseRole::Service => may(owner, &over_policies).await? || may(owner, &plain).await?,
                _ => may(owner, &plain).await?,
            };
            let comment = format!("comment on role {} is '{MADE_HERE}'", quote(name));
            if !is_made {
                places.missing.push(if role == DatabaseRole::Service { over_policies } else { plain });
            }
            if !is_made || !may(owner, &comment).await? {
                places.missing.push(comment);
            }
        }
        if !is_login {
            let verifier = scram_verifier(keys.database_password(&login).expose_secret());
            let options = "login noinherit nosuperuser nobypassrls nocreatedb nocreaterole";
            attempt(owner, &mut places, format!("create role {} {options} password '{verifier}'", quote(&login))).await?;
        }
        if !is_member {
            attempt(owner, &mut places, format!("grant {} to {}", quote(name), quote(&login))).await?;
        }
        if !sees_auth {
            attempt(owner, &mut places, format!("grant usage on schema auth to {}", quote(name))).await?;
        }
        places.logins.push((role, Logins::config(config, keys, &login)));
    }
    if !places.missing.is_empty() {
        tracing::info!("seeing tables as somebody else needs roles that the database user may not make; the Tables page shows the SQL");
    }
    Ok(places)
}

async fn attempt(owner: &Client, places: &mut Places, sql: String) -> Result<()> {
    if !may(owner, &sql).await? {
        places.missing.push(sql);
    }
    Ok(())
}

/// Runs it, if this user may.
pub(crate) async fn may(owner: &Client, sql: &str) -> Result<bool> {
    let code = |e: &Error| e.code().map(|code| code.code().to_owned()).unwrap_or_default();
    match owner.batch_execute(sql).await {
        Ok(()) => Ok(true),
        // Made for another database of this server at the same moment.
        Err(e) if matches!(code(&e).as_str(), "42710" | "23505") => Ok(true),
        // Not allowed, or about a role that could not be made before.
        Err(e) if matches!(code(&e).as_str(), "42501" | "42704" | "0LP01") => Ok(false),
        Err(e) => Err(e.into()),
    }
}
