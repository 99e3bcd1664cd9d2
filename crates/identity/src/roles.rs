//! Roles as a noun: the built-in ones to read, platform roles of one's own to make. Nobody puts into a role, or takes
//! out of it, what they don't hold.
//! Emits `role.created`, `role.updated`, `role.deleted`.

use crate::fact::fact;
use crate::given;
use crate::permission;
use crate::role;
use kernel::field::{bool, choice, datetime, int, list, reference, text};
use kernel::{Action, Ctx, Problem, Resource, Result, Scope};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// A role as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct Role {
    pub id: Uuid,
    pub name: String,
    pub label: String,
    pub built_in: bool,
    pub permissions: Vec<String>,
    pub extends: Option<Uuid>,
    pub holders: i64,
}

fact!(
    /// There is a new role.
    RoleCreated = "role.created" { id: Uuid, name: String }
);
fact!(
    /// A role gives something else.
    RoleUpdated = "role.updated" { id: Uuid, name: String }
);
fact!(
    /// A role is gone.
    RoleDeleted = "role.deleted" { id: Uuid, name: String }
);

const FIXED: &str = "Built-in roles can't be changed. Make a role of your own that extends it.";

pub(crate) fn resource() -> Resource<Role> {
    Resource::<Role>::new("roles", "identity.roles")
        .called("Roles", "Role")
        .describe("key-round", "Named sets of permissions for staff and for members of organizations")
        .group("people")
        .scope(Scope::Organization)
        .administrative()
        .title("label")
        .default_order("scope.desc,built_in.desc,label.asc")
        .field(text("label").label("Name").required().max(60).search())
        .field(text("name").label("Stable name").required().create_only().max(40).help("Lower case letters, digits and _; used by scripts").search())
        .field(choice("scope", &[("platform", "Staff", "blue"), ("organization", "Organization", "gray")]).always().read_only().sort())
        .field(text("description").max(200))
        .field(bool("built_in").always().read_only().filter().sort())
        .field(list("permissions").always().help("resource:verb; * for any; a leading - takes away").filter().detail_only())
        .field(reference("extends", "roles").help("Everything that role gives, too").detail_only())
        .field(int("holders").always().help("Counted up to 1,000").sql("select identity.holders_of(t.id, t.scope)"))
        .field(reference("organization_id", "organizations").read_only().detail_only())
        .field(datetime("created_at").label("Created").always().read_only().detail_only())
        .field(datetime("updated_at").label("Changed").always().read_only().detail_only())
        .action(Action::create(create).platform_only())
        .action(Action::update(update).platform_only().when(|r: &Role| !r.built_in, FIXED))
        .action(Action::delete(delete).platform_only().when(|r: &Role| !r.built_in, FIXED).guard(|_, r: &Role| {
            (r.holders > 0).then(|| format!("{} account{} it. Give them another role first.", r.holders, if r.holders == 1 { " has" } else { "s have" }))
        }))
        .sample(json!({
            "id": "01900000-0000-7000-8000-000000000003", "label": "Operator", "name": "operator", "scope": "platform",
            "description": "Daily work with people and data", "built_in": true, "permissions": ["*:read", "users:*"], "extends": null, "holders": 2,
            "organization_id": null, "created_at": "2026-11-01T08:00:00Z", "updated_at": "2026-11-01T08:00:00Z", "version": "1"
        }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    #[schemars(length(min = 1, max = 60))]
    label: String,
    /// Lower case letters, digits and _; used by scripts
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]{1,39}$"))]
    name: String,
    #[serde(default)]
    #[schemars(length(max = 200))]
    description: Option<String>,
    /// resource:verb; * for any; a leading - takes away
    #[schemars(length(max = 500))]
    permissions: Vec<String>,
    /// Everything that role gives, too
    #[serde(default)]
    #[schemars(extend("x-references" = "roles", "x-filter" = "scope=eq.platform"))]
    extends: Option<Uuid>,
}

#[derive(Serialize)]
struct Created {
    id: Uuid,
}

async fn create(ctx: &mut Ctx, input: Create) -> Result<Created> {
    known(ctx, &input.permissions)?;
    let id = ctx.id();
    may_define(ctx, &input.label, &input.permissions, input.extends).await?;
    store::insert(ctx.db(), id, &input.name, input.label.trim(), input.description.as_deref(), &input.permissions, input.extends).await?;
    ctx.emit(RoleCreated { id, name: input.name }).await?;
    Ok(Created { id })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
struct Update {
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 60))]
    label: Option<String>,
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(with = "Option<String>", length(max = 200))]
    description: Option<Option<String>>,
    /// resource:verb; * for any; a leading - takes away
    #[serde(default)]
    #[schemars(with = "Vec<String>", length(max = 500))]
    permissions: Option<Vec<String>>,
    /// Everything that role gives, too
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(with = "Option<Uuid>", extend("x-references" = "roles", "x-filter" = "scope=eq.platform"))]
    extends: Option<Option<Uuid>>,
}

async fn update(ctx: &mut Ctx, target: Role, input: Update) -> Result<Value> {
    if let Some(permissions) = &input.permissions {
        known(ctx, permissions)?;
    }
    // Both what it gave and what it will give: taking a right from others needs to hold it as well.
    may_define(ctx, &target.label, &target.permissions, target.extends).await?;
    let permissions = input.permissions.unwrap_or(target.permissions);
    let extends = input.extends.unwrap_or(target.extends);
    if let Some(parent) = extends
        && store::reaches(ctx.db(), parent, target.id).await?
    {
        return Err(Problem::field("extends", "circle", "That role extends this one already, directly or through others"));
    }
    may_define(ctx, &target.label, &permissions, extends).await?;
    store::update(ctx.db(), target.id, input.label.as_deref().map(str::trim), &permissions, extends).await?;
    if let Some(description) = input.description {
        store::describe(ctx.db(), target.id, description.as_deref()).await?;
    }
    ctx.callers_changed();
    ctx.emit(RoleUpdated { id: target.id, name: target.name }).await?;
    Ok(Value::Null)
}

async fn delete(ctx: &mut Ctx, target: Role, (): ()) -> Result<Value> {
    may_define(ctx, &target.label, &target.permissions, target.extends).await?;
    if store::is_used(ctx.db(), target.id).await? {
        return Err(Problem::refused("An open invitation or another role still refers to it. Revoke or change that first."));
    }
    store::free(ctx.db(), target.id).await?;
    store::delete(ctx.db(), target.id).await?;
    ctx.emit(RoleDeleted { id: target.id, name: target.name }).await?;
    Ok(Value::Null)
}

/// Every pattern must name something that exists, so that a slip of the pen gives an error rather than nothing.
fn known(ctx: &Ctx, patterns: &[String]) -> Result<()> {
    let all = ctx.app().registry.permissions();
    for pattern in patterns {
        let plain = pattern.strip_prefix('-').unwrap_or(pattern);
        if !all.iter().any(|p| permission::matches(plain, &p.name)) {
            return Err(Problem::field(
                "permissions",
                "unknown",
                format!("There is no permission {plain}. GET /api/v1/meta lists them all."),
            ));
        }
    }
    Ok(())
}

/// Nobody defines more than they hold.
async fn may_define(ctx: &Ctx, label: &str, permissions: &[String], extends: Option<Uuid>) -> Result<()> {
    let mut patterns = permissions.to_vec();
    if let Some(parent) = extends {
        let parent = role::of_scope(ctx.db(), parent, "platform")
            .await
            .map_err(|_| Problem::field("extends", "reference", "There is no platform role with this id"))?;
        patterns.extend(parent.patterns);
    }
    role::covered(ctx, &permission::resolve(&ctx.app().registry, &patterns), label)
}

pub mod store {
    use super::{Result, Uuid};
    use tokio_postgres::Client;

    const INSERT: &str = "insert into identity.roles (id, scope, name, label, description, permissions, extends) values ($1, 'platform', $2, $3, $4, $5, $6)";
    const UPDATE: &str = "update identity.roles set label = coalesce($2, label), permissions = $3, extends = $4 where id = $1";
    const DESCRIBE: &str = "update identity.roles set description = $2 where id = $1";
    const REACHES: &str = "with recursive chain as (select r.id, r.extends from identity.roles r where r.id = $1 \
         union select r.id, r.extends from identity.roles r join chain c on r.id = c.extends) select exists (select from chain where id = $2)";
    const FREE: &str = "update dashboard_auth.dashboard_users set role_id = (select id from identity.roles where name = 'developer' and scope = 'platform') \
         where role_id = $1 and deleted_at is not null";
    const IS_USED: &str = "select exists (select from dashboard_auth.invitations where role_id = $1 and accepted_at is null and revoked_at is null and expires_at > identity.now()) \
         or exists (select from identity.roles where extends = $1)";
    const DELETE: &str = "delete from identity.roles where id = $1";

    pub const STATEMENTS: &[&str] = &[INSERT, UPDATE, DESCRIBE, REACHES, FREE, IS_USED, DELETE];

    pub(super) async fn insert(
        db: &Client,
        id: Uuid,
        name: &str,
        label: &str,
        description: Option<&str>,
        permissions: &[String],
        extends: Option<Uuid>,
    ) -> Result<()> {
        db.execute(INSERT, &[&id, &name, &label, &description, &permissions, &extends]).await?;
        Ok(())
    }

    pub(super) async fn update(db: &Client, id: Uuid, label: Option<&str>, permissions: &[String], extends: Option<Uuid>) -> Result<()> {
        db.execute(UPDATE, &[&id, &label, &permissions, &extends]).await?;
        Ok(())
    }

    pub(super) async fn describe(db: &Client, id: Uuid, description: Option<&str>) -> Result<()> {
        db.execute(DESCRIBE, &[&id, &description]).await?;
        Ok(())
    }

    /// Whether `from` extends `to`, directly or through others.
    pub(super) async fn reaches(db: &Client, from: Uuid, to: Uuid) -> Result<bool> {
        Ok(db.query_one(REACHES, &[&from, &to]).await?.get(0))
    }

    /// Accounts that are gone keep no role from being deleted.
    pub(super) async fn free(db: &Client, id: Uuid) -> Result<()> {
        db.execute(FREE, &[&id]).await?;
        Ok(())
    }

    pub(super) async fn is_used(db: &Client, id: Uuid) -> Result<bool> {
        Ok(db.query_one(IS_USED, &[&id]).await?.get(0))
    }

    pub(super) async fn delete(db: &Client, id: Uuid) -> Result<()> {
        db.execute(DELETE, &[&id]).await?;
        Ok(())
    }
}
