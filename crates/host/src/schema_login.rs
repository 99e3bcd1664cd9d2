//! The login that changes tables: what a structure page does, it does with no more rights than this one has.
//!
//! Defaults, checks, views and policies are text that somebody wrote, so they must never run as the owner of the panel's
//! database. `quarterdeck_schema` owns what the panel makes for people and nothing of the panel's own. Where the owner may
//! not make roles everything else works, and what is missing is kept as SQL to be shown.

use crate::logins::{Logins, scram_verifier};
use crate::seen_as::may;
use kernel::list::quote;
use kernel::problem::Result;
use kernel::secret::Keyring;
use secrecy::ExposeSecret;
use tokio_postgres::{Client, Config};

/// Owner of what is made through the panel.
pub const SCHEMA_ROLE: &str = "quarterdeck_schema";
/// Whether group and login are there, whether the one has the rights of the other, whether the owner has them too, and
/// whether policies may ask `auth.uid()`.
const FACTS: &str = "select r.oid is not null, l.oid is not null, \
       exists (select from pg_auth_members m where m.roleid = r.oid and m.member = l.oid), \
       r.oid is not null and pg_has_role(current_user, r.oid, 'usage'), \
       r.oid is not null and has_schema_privilege(r.oid, 'auth', 'usage'), current_user::text \
     from (values (1)) one left join pg_roles r on r.rolname = $1 left join pg_roles l on l.rolname = $2";
/// One node at a time.
const LOCK: &str = "select pg_advisory_lock(29028, 4)";
const UNLOCK: &str = "select pg_advisory_unlock(29028, 4)";

/// How tables are changed.
#[derive(Clone, Debug, Default)]
pub struct SchemaLogin {
    pub config: Config,
    /// Statements that somebody with more rights has to run; none when everything is there.
    pub missing: Vec<String>,
}

/// Makes what is missing. Runs as the owner, after the migrations.
///
/// # Errors
/// When the database is away; what the owner may not do is no error.
pub async fn ensure(owner: &Client, config: &Config, keys: &Keyring) -> Result<SchemaLogin> {
    owner.batch_execute(LOCK).await?;
    let made = make(owner, config, keys).await;
    owner.batch_execute(UNLOCK).await?;
    made
}

async fn make(owner: &Client, config: &Config, keys: &Keyring) -> Result<SchemaLogin> {
    let login = format!("{SCHEMA_ROLE}_{}", keys.fingerprint());
    let facts = owner.query_one(FACTS, &[&SCHEMA_ROLE, &login]).await?;
    let (group, name): (String, String) = (quote(SCHEMA_ROLE), quote(&login));
    let verifier = scram_verifier(keys.database_password(&login).expose_secret());
    // With the rights of those whose tables were taken over, which a group that inherits nothing wouldn't have.
    let options = "inherit nosuperuser nobypassrls nocreatedb nocreaterole noreplication";
    let wanted = [
        format!("create role {group} nologin {options}"),
        format!("create role {name} login {options} password '{verifier}'"),
        format!("grant {group} to {name}"),
        // The owner goes on using what was its own, and gives the explorer its rights there.
        format!("grant {group} to {}", quote(facts.get(5))),
        // For nothing but the functions that policies ask.
        format!("grant usage on schema auth to {group}"),
    ];
    let mut missing = Vec::new();
    for (place, sql) in wanted.into_iter().enumerate() {
        if !facts.get::<_, bool>(place) && !may(owner, &sql).await? {
            missing.push(sql);
        }
    }
    if !missing.is_empty() {
        tracing::info!("changing tables needs a role that the database user may not make; the structure of a table shows the SQL");
    }
    Ok(SchemaLogin { config: Logins::config(config, keys, &login), missing })
}
