//! Statements about roles.

use super::rules::Draft;
use kernel::{Client, Result, Scope};
use uuid::Uuid;

const INSERT: &str = "insert into identity.roles (id, scope, organization_id, name, label, description, permissions, extends) values ($1, $2, $3, $4, $5, $6, $7, $8)";
const UPDATE: &str = "update identity.roles set label = $2, permissions = $3, extends = $4 where id = $1";
const DESCRIBE: &str = "update identity.roles set description = $2 where id = $1";
const LOCK: &str = "select pg_advisory_xact_lock(hashtext('identity.roles'))";
const REACHES: &str = "with recursive chain as (select r.id, r.extends from identity.roles r where r.id = $1 \
     union select r.id, r.extends from identity.roles r join chain c on r.id = c.extends) select exists (select from chain where id = $2)";
const PARENT: &str = "select identity.permissions_of(id), organization_id from identity.roles where id = $1 and scope = $2";
const HEIRS: &str = "with recursive heirs as (select r.id, r.label, r.scope from identity.roles r where r.extends = $1 \
     union select r.id, r.label, r.scope from identity.roles r join heirs h on r.extends = h.id) \
     select id, label, scope, identity.permissions_of(id) from heirs";
const PATTERNS: &str = "select scope, identity.permissions_of(id) from identity.roles where id = $1";
const FREE: &str = "update dashboard_auth.dashboard_users set role_id = (select id from identity.roles where name = 'developer' and scope = 'platform') \
     where role_id = $1 and deleted_at is not null";
const IS_EXTENDED: &str = "select exists (select from identity.roles where extends = $1)";
const IS_OFFERED: &str = "select exists (select from dashboard_auth.invitations where role_id = $1 and accepted_at is null and revoked_at is null and expires_at > identity.now())";
const DELETE: &str = "delete from identity.roles where id = $1";

pub const STATEMENTS: &[&str] = &[INSERT, UPDATE, DESCRIBE, LOCK, REACHES, PARENT, HEIRS, PATTERNS, FREE, IS_EXTENDED, IS_OFFERED, DELETE];

pub fn word(scope: Scope) -> &'static str {
    match scope {
        Scope::Platform => "platform",
        Scope::Organization => "organization",
    }
}

fn scope_of(word: &str) -> Scope {
    if word == "platform" { Scope::Platform } else { Scope::Organization }
}

pub(super) async fn insert(db: &Client, id: Uuid, name: &str, description: Option<&str>, new: &Draft) -> Result<()> {
    db.execute(INSERT, &[&id, &word(new.scope), &new.organization, &name, &new.label, &description, &new.permissions, &new.extends])
        .await?;
    Ok(())
}

pub(super) async fn update(db: &Client, id: Uuid, new: &Draft) -> Result<()> {
    db.execute(UPDATE, &[&id, &new.label, &new.permissions, &new.extends]).await?;
    Ok(())
}

pub(super) async fn describe(db: &Client, id: Uuid, description: Option<&str>) -> Result<()> {
    db.execute(DESCRIBE, &[&id, &description]).await?;
    Ok(())
}

/// One change of what roles extend at a time.
pub(super) async fn lock(db: &Client) -> Result<()> {
    db.execute(LOCK, &[]).await?;
    Ok(())
}

/// Whether `from` extends `to`, directly or through others.
pub(super) async fn reaches(db: &Client, from: Uuid, to: Uuid) -> Result<bool> {
    Ok(db.query_one(REACHES, &[&from, &to]).await?.get(0))
}

/// What a role of this scope gives with its own chain, and the organization it belongs to.
pub(super) async fn parent(db: &Client, id: Uuid, scope: Scope) -> Result<Option<(Vec<String>, Option<Uuid>)>> {
    Ok(db.query_opt(PARENT, &[&id, &word(scope)]).await?.map(|row| (row.get(0), row.get(1))))
}

pub(super) struct FoundHeir {
    pub id: Uuid,
    pub label: String,
    pub scope: Scope,
    pub patterns: Vec<String>,
}

pub(super) async fn heirs(db: &Client, id: Uuid) -> Result<Vec<FoundHeir>> {
    let rows = db.query(HEIRS, &[&id]).await?;
    Ok(rows.iter().map(|row| FoundHeir { id: row.get(0), label: row.get(1), scope: scope_of(row.get(2)), patterns: row.get(3) }).collect())
}

pub(super) async fn patterns(db: &Client, id: Uuid) -> Result<Option<(Scope, Vec<String>)>> {
    Ok(db.query_opt(PATTERNS, &[&id]).await?.map(|row| (scope_of(row.get(0)), row.get(1))))
}

/// Accounts that are gone keep no role from being deleted.
pub(super) async fn free(db: &Client, id: Uuid) -> Result<()> {
    db.execute(FREE, &[&id]).await?;
    Ok(())
}

pub(super) async fn is_extended(db: &Client, id: Uuid) -> Result<bool> {
    Ok(db.query_one(IS_EXTENDED, &[&id]).await?.get(0))
}

pub(super) async fn is_offered(db: &Client, id: Uuid) -> Result<bool> {
    Ok(db.query_one(IS_OFFERED, &[&id]).await?.get(0))
}

pub(super) async fn delete(db: &Client, id: Uuid) -> Result<()> {
    db.execute(DELETE, &[&id]).await?;
    Ok(())
}
