//! Roles as a noun: the built-in ones to read, others to make: roles of staff, roles that every organization may use, and
//! roles of one organization, which its own admins make. Nobody puts into a role, or takes out of it, what they don't
//! hold: see [`rules`].
//! Emits `role.created`, `role.updated`, `role.deleted`.

mod rules;
pub mod store;

use crate::fact::fact;
use crate::role_rules;
use crate::{given, keys, limits};
use kernel::actor::Scope as Acting;
use kernel::field::{bool, choice, datetime, int, list, reference, text};
use kernel::{Action, Caller, Ctx, Problem, Resource, Result, Scope};
use rules::Draft;
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
    pub scope: Scope,
    pub organization_id: Option<Uuid>,
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

/// What it takes, beside the verb, where the role is one of staff.
pub(crate) const OF_STAFF: &str = "roles:staff";

fn of_staff(caller: &Caller, role: &Role) -> Option<String> {
    (role.scope == Scope::Platform && !caller.permissions.allow(OF_STAFF))
        .then(|| format!("Changing a role of staff needs the permission {OF_STAFF}"))
}

/// Who acts for an organization changes only its own roles.
fn of_others(caller: &Caller, role: &Role) -> Option<String> {
    match caller.scope {
        Acting::Organization(id) if role.organization_id != Some(id) => {
            Some("Every organization uses this role. Make one of your own that extends it.".to_owned())
        }
        _ => None,
    }
}

const FIXED: &str = "Built-in roles can't be changed. Make a role of your own that extends it.";

pub(crate) fn resource() -> Resource<Role> {
    keys::by_role::with(role_rules::with(Resource::<Role>::new("roles", "identity.roles")
        .called("Roles", "Role")
        .describe("key-round", "Named sets of permissions for staff and for members of organizations")
        .group("people/roles")
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
        .action(Action::create(create))
        .action(Action::update(update).when(|r: &Role| !r.built_in, FIXED).guard(of_others).guard(of_staff))
        .action(Action::delete(delete).when(|r: &Role| !r.built_in, FIXED).guard(of_others).guard(of_staff).guard(|_, r: &Role| {
            (r.holders > 0).then(|| format!("{} account{} it. Give them another role first.", r.holders, if r.holders == 1 { " has" } else { "s have" }))
        }))
        .sample(json!({
            "id": "01900000-0000-7000-8000-000000000003", "label": "Operator", "name": "operator", "scope": "platform",
            "description": "Daily work with people and data", "built_in": true, "second_factor": true, "idle_minutes": 30, "session_hours": null, "key_days": 90, "key_per_minute": null, "permissions": ["*:read", "users:*"], "extends": null, "holders": 2,
            "organization_id": null, "created_at": "2026-11-01T08:00:00Z", "updated_at": "2026-11-01T08:00:00Z", "version": "1"
        }))))
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
    /// For staff, or for members of organizations
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("enum" = ["platform", "organization"]))]
    scope: Option<Scope>,
    /// The only organization that may use it; every one may without
    #[serde(default)]
    #[schemars(extend("x-references" = "organizations"))]
    organization_id: Option<Uuid>,
    /// resource:verb; * for any; a leading - takes away
    #[schemars(length(max = 500))]
    permissions: Vec<String>,
    /// Everything that role gives, too
    #[serde(default)]
    #[schemars(extend("x-references" = "roles"))]
    extends: Option<Uuid>,
}

#[derive(Serialize)]
struct Created {
    id: Uuid,
}

async fn create(ctx: &mut Ctx, input: Create) -> Result<Created> {
    let label = input.label.trim().to_owned();
    let (scope, organization) = match ctx.caller().scope {
        Acting::Organization(id) => (Scope::Organization, Some(id)),
        Acting::Platform => (input.scope.unwrap_or(Scope::Platform), input.organization_id),
        Acting::Own => return Err(Problem::refused("Roles are made within an organization. Choose one first.")),
    };
    if label.is_empty() {
        return Err(Problem::field("label", "required", "This is required"));
    }
    if scope == Scope::Platform {
        ctx.caller().require(OF_STAFF)?;
    }
    if scope == Scope::Platform && organization.is_some() {
        return Err(Problem::field("organization_id", "scope", "A role of staff belongs to no organization"));
    }
    let draft = Draft { label, scope, organization, permissions: input.permissions, extends: input.extends };
    draft.check(ctx).await?;
    if let Some(organization) = organization {
        limits::role(ctx, organization).await?;
    }
    let id = ctx.id();
    store::insert(ctx.db(), id, &input.name, input.description.as_deref(), &draft).await?;
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
    #[schemars(with = "Option<Uuid>", extend("x-references" = "roles"))]
    extends: Option<Option<Uuid>>,
}

async fn update(ctx: &mut Ctx, target: Role, input: Update) -> Result<Value> {
    let old = Draft::of(&target);
    let new = Draft {
        label: input.label.as_deref().map_or(&*old.label, str::trim).to_owned(),
        permissions: input.permissions.unwrap_or_else(|| old.permissions.clone()),
        extends: input.extends.unwrap_or(old.extends),
        ..old.clone()
    };
    let gives_else = new.permissions != old.permissions || new.extends != old.extends;
    if gives_else {
        // Two who extend each other's role at once would each see no circle.
        store::lock(ctx.db()).await?;
        if let Some(parent) = new.extends
            && store::reaches(ctx.db(), parent, target.id).await?
        {
            return Err(Problem::field("extends", "circle", "That role extends this one already, directly or through others"));
        }
        // Both what it gave and what it will give: taking a right from others needs to hold it as well.
        old.covered(ctx).await?;
        new.check(ctx).await?;
    }
    let before = if gives_else { rules::heirs(ctx, target.id).await? } else { Vec::new() };
    store::update(ctx.db(), target.id, &new).await?;
    if gives_else {
        rules::heirs_change_within(ctx, &before).await?;
    }
    if let Some(description) = input.description {
        store::describe(ctx.db(), target.id, description.as_deref()).await?;
    }
    ctx.callers_changed();
    ctx.emit(RoleUpdated { id: target.id, name: target.name }).await?;
    Ok(Value::Null)
}

async fn delete(ctx: &mut Ctx, target: Role, (): ()) -> Result<Value> {
    Draft::of(&target).covered(ctx).await?;
    if store::is_extended(ctx.db(), target.id).await? {
        return Err(Problem::refused("Another role extends it. Change that first."));
    }
    if target.scope == Scope::Platform {
        if store::is_offered(ctx.db(), target.id).await? {
            return Err(Problem::refused("An open invitation still refers to it. Revoke that first."));
        }
        store::free(ctx.db(), target.id).await?;
    }
    store::delete(ctx.db(), target.id).await?;
    ctx.callers_changed();
    ctx.emit(RoleDeleted { id: target.id, name: target.name }).await?;
    Ok(Value::Null)
}
