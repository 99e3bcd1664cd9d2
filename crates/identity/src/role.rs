//! What other nouns need to know about roles: the owner's name, and the rules every grant keeps.

use crate::{member, permission};
use kernel::actor::Scope;
use kernel::{Actor, ActorKind, Caller, Client, Ctx, Permissions, Problem, Result};
use uuid::Uuid;

/// The role that holds everything. The last account that has it can't lose it.
pub const OWNER: &str = "owner";

/// Whether the caller may touch owners: an owner in person, or the panel itself. An API key never is.
#[must_use]
pub fn is_owner(caller: &Caller) -> bool {
    match caller.actor.kind {
        ActorKind::Staff => caller.role == OWNER && caller.subject.is_none(),
        ActorKind::System => true,
        _ => false,
    }
}

/// A role as grants need it.
#[derive(Clone, Debug)]
pub struct Role {
    pub id: Uuid,
    pub name: String,
    pub label: String,
    pub patterns: Vec<String>,
}

/// The role of a scope, for a grant.
///
/// # Errors
/// 422 at the field `role_id` when there is none.
pub async fn of_scope(db: &Client, id: Uuid, scope: &str) -> Result<Role> {
    store::find(db, id, scope)
        .await?
        .ok_or_else(|| Problem::field("role_id", "reference", format!("There is no {scope} role with this id")))
}

/// A platform role that the caller may give: nobody grants what they don't hold, and only owners make owners.
///
/// # Errors
/// 422 when there is no such role, 403 when it gives more than the caller holds.
pub async fn grantable(ctx: &Ctx, id: Uuid) -> Result<Role> {
    let role = of_scope(ctx.db(), id, "platform").await?;
    if role.name == OWNER && !is_owner(ctx.caller()) {
        return Err(Problem::refused("Only an owner can make somebody an owner"));
    }
    covered(ctx, &permission::resolve(&ctx.app().registry, &role.patterns), &role.label).await?;
    Ok(role)
}

/// # Errors
/// 403 naming what is missing, when more is given than the caller holds.
pub async fn covered(ctx: &Ctx, given: &Permissions, label: &str) -> Result<()> {
    let held = standing(ctx).await?;
    if held.cover(given) {
        return Ok(());
    }
    let missing = missing(&held, given).unwrap_or_else(|| "*".into());
    Err(Problem::refused(format!("{label} can do more than you ({missing}). Nobody grants what they don't hold; ask an owner.")))
}

/// What the caller may give on: what they hold, as far as their role gives it and not an elevation. Nobody gives for
/// ever what they hold for an hour.
///
/// # Errors
/// When the database is away.
pub async fn standing(ctx: &Ctx) -> Result<Permissions> {
    let (caller, registry) = (ctx.caller(), &ctx.app().registry);
    let held = match (caller.actor.kind, caller.actor.id, caller.scope) {
        (ActorKind::Staff, Some(id), Scope::Platform) => {
            store::of_staff(ctx.db(), id).await?.map(|patterns| permission::resolve(registry, &patterns))
        }
        (ActorKind::Person, Some(id), Scope::Organization(organization)) => {
            member::find(ctx.db(), id, organization).await?.map(|member| member.permissions(registry))
        }
        _ => None,
    };
    Ok(held.map_or_else(|| caller.permissions.clone(), |held| caller.permissions.within(&held)))
}

fn missing(held: &Permissions, given: &Permissions) -> Option<String> {
    given.iter().find(|p| !held.allow(p)).map(str::to_owned)
}

/// The staff account that acts: the person, or the owner of the key.
///
/// # Errors
/// When the database is away.
pub async fn acting_staff(ctx: &Ctx) -> Result<Option<Uuid>> {
    match ctx.actor() {
        Actor { kind: ActorKind::Staff, id, .. } => Ok(*id),
        Actor { kind: ActorKind::Key, id: Some(id), .. } => store::owner_of_key(ctx.db(), *id).await,
        _ => Ok(None),
    }
}

pub mod store {
    use super::{Client, Result, Role, Uuid};

    const FIND: &str = "select id, name, label, identity.permissions_of(id) from identity.roles where id = $1 and scope = $2";
    const BY_NAME: &str = "select id, name, label, identity.permissions_of(id) from identity.roles where name = $1 and scope = $2 and organization_id is null";
    const OF_STAFF: &str =
        "select identity.permissions_of(role_id) from dashboard_auth.dashboard_users where id = $1 and deleted_at is null";
    const OWNER_OF_KEY: &str = "select staff_id from identity.api_keys where id = $1";

    pub const STATEMENTS: &[&str] = &[FIND, BY_NAME, OF_STAFF, OWNER_OF_KEY];

    fn read(row: &tokio_postgres::Row) -> Role {
        Role { id: row.get(0), name: row.get(1), label: row.get(2), patterns: row.get(3) }
    }

    pub(super) async fn find(db: &Client, id: Uuid, scope: &str) -> Result<Option<Role>> {
        Ok(db.query_opt(FIND, &[&id, &scope]).await?.map(|row| read(&row)))
    }

    pub(crate) async fn by_name(db: &Client, name: &str, scope: &str) -> Result<Option<Role>> {
        Ok(db.query_opt(BY_NAME, &[&name, &scope]).await?.map(|row| read(&row)))
    }

    pub(super) async fn of_staff(db: &Client, id: Uuid) -> Result<Option<Vec<String>>> {
        Ok(db.query_opt(OF_STAFF, &[&id]).await?.map(|row| row.get(0)))
    }

    pub(super) async fn owner_of_key(db: &Client, id: Uuid) -> Result<Option<Uuid>> {
        Ok(db.query_opt(OWNER_OF_KEY, &[&id]).await?.and_then(|row| row.get(0)))
    }
}
