//! Organizations: the tenants. What belongs to one carries its id, and row policies keep it there.
//! A suspended one lets nobody act for it, asked at every use.
//! Emits `organization.created`, `organization.updated`, `organization.suspended`, `organization.activated`,
//! `organization.handed-over`, `organization.limits-set`, `organization.deleted`; adding a member emits `membership.created`.

use crate::entry;
use crate::fact::fact;
use crate::limits;
use crate::memberships::{self, Level};
use kernel::actor::Scope as Acting;
use kernel::audit::{self, Entry, Target};
use kernel::field::{bool, choice, datetime, int, json as json_field, text};
use kernel::{Action, Ctx, Problem, Resource, Result, Risk, Scope};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// An organization as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct Organization {
    pub id: Uuid,
    pub name: String,
    pub members: i64,
    pub status: String,
}

fact!(
    /// There is a new organization.
    OrganizationCreated = "organization.created" { id: Uuid, name: String }
);
fact!(
    /// An organization has other facts.
    OrganizationUpdated = "organization.updated" { id: Uuid, name: String }
);
fact!(
    /// Nobody acts for an organization until it is active again.
    OrganizationSuspended = "organization.suspended" { id: Uuid, name: String }
);
fact!(
    /// Its members act for an organization again.
    OrganizationActivated = "organization.activated" { id: Uuid, name: String }
);
fact!(
    /// An organization has another owner.
    OrganizationHandedOver = "organization.handed-over" { id: Uuid, name: String, user_id: Uuid }
);
fact!(
    /// An organization is gone.
    OrganizationDeleted = "organization.deleted" { id: Uuid, name: String }
);

pub(crate) fn resource() -> Resource<Organization> {
    limits::with(Resource::<Organization>::new("organizations", "identity.organizations")
        .called("Organizations", "Organization")
        .describe("building-2", "Companies and teams that share what is theirs")
        .group("people/organizations")
        .scope(Scope::Organization)
        .organizations()
        .administrative()
        .default_order("name.asc")
        .in_search()
        // Not unique: a name that is taken would tell which organizations there are.
        .field(text("name").required().max(120).search())
        .field(choice("status", &[("active", "Active", "green"), ("suspended", "Suspended", "red")]).always().read_only().sort())
        .field(int("members").always().sql("select count(*)::int from identity.memberships m where m.organization_id = t.id"))
        .field(text("owner").sql(
            "select coalesce(u.name, u.email) from identity.memberships m join auth.users u on u.id = m.user_id where m.organization_id = t.id and m.owner",
        ))
        .field(
            bool("second_factor")
                .label("Second factor needed")
                .always()
                .detail_only()
                .help("Members without one set it up before they come in"),
        )
        .field(json_field("metadata").always().help("Facts of your own, as a JSON object").detail_only().filter())
        .field(datetime("created_at").label("Created").always().read_only().filter().sort())
        .field(datetime("updated_at").label("Changed").always().read_only().detail_only())
        .action(Action::create(create).platform_only())
        .action(Action::update(update))
        .action(Action::new("add-member", add_member).label("Add member").icon("user-plus").platform_only())
        .action(
            Action::new("transfer-ownership", transfer_ownership)
                .label("Hand over")
                .icon("crown")
                .risk(Risk::Danger)
                .confirm("They become an admin who can't be removed. Who owns it now stays an admin."),
        )
        .action(
            Action::new("suspend", suspend)
                .platform_only()
                .icon("pause")
                .risk(Risk::Danger)
                .confirm("Nobody acts for it any more, no key of it works, at once. Nothing is deleted.")
                .bulk()
                .when(|o: &Organization| o.status == "active", "It is suspended already"),
        )
        .action(
            Action::new("activate", activate)
                .platform_only()
                .icon("play")
                .confirm("Its members and keys can act for it again.")
                .bulk()
                .when(|o: &Organization| o.status == "suspended", "It is active already"),
        )
        .action(Action::delete(delete).platform_only().confirm("It is gone for ever; the audit log keeps what was done.").guard(|_, o: &Organization| {
            (o.members > 0).then(|| format!("It still has {} member{}. Remove them first.", o.members, if o.members == 1 { "" } else { "s" }))
        }))
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000010", "name": "Analytical Engines", "status": "active", "members": 3, "owner": "Grace Hopper", "second_factor": false, "metadata": {"country": "GB"},
            "created_at": "2026-11-01T08:00:00Z", "updated_at": "2026-11-01T08:00:00Z", "members_limit": 25, "keys_limit": null, "roles_limit": null, "limits_reason": "As in their contract", "version": "1"
        })))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    #[schemars(length(min = 1, max = 120))]
    name: String,
    /// Facts of your own
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

#[derive(Serialize)]
struct Created {
    id: Uuid,
}

fn plain(name: &str) -> Result<&str> {
    let name = name.trim();
    if name.is_empty() { Err(Problem::field("name", "required", "This is required")) } else { Ok(name) }
}

async fn create(ctx: &mut Ctx, input: Create) -> Result<Created> {
    let (id, name) = (ctx.id(), plain(&input.name)?);
    store::insert(ctx.db(), id, name, &Value::Object(input.metadata.unwrap_or_default())).await?;
    ctx.emit(OrganizationCreated { id, name: name.to_owned() }).await?;
    Ok(Created { id })
}

/// Makes an organization for somebody who registers.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn found(ctx: &mut Ctx, name: &str) -> Result<Uuid> {
    let (id, name) = (ctx.id(), plain(name)?.to_owned());
    store::insert(ctx.db(), id, &name, &json!({})).await?;
    let entry = Entry::new(ctx, "organizations.create", Some(Target::new("organizations", id, &name)));
    let (app, entry) = (ctx.app().clone(), Entry { organization: Some(id), ..entry });
    audit::store::append(ctx.db(), &app.keys, &entry).await?;
    ctx.emit(OrganizationCreated { id, name }).await?;
    Ok(id)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
struct Update {
    #[serde(default)]
    #[schemars(length(min = 1, max = 120))]
    name: Option<String>,
    /// Members without one set it up before they come in
    #[serde(default)]
    #[schemars(with = "bool")]
    second_factor: Option<bool>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

async fn update(ctx: &mut Ctx, target: Organization, input: Update) -> Result<Value> {
    if input.metadata.is_some() && ctx.caller().scope != Acting::Platform {
        return Err(Problem::refused("The facts about an organization are kept by the platform's staff"));
    }
    let name = input.name.as_deref().map(plain).transpose()?;
    store::update(ctx.db(), target.id, name, input.metadata.map(Value::Object).as_ref()).await?;
    if let Some(needed) = input.second_factor {
        if needed {
            entry::makers_have_one(ctx).await?;
        }
        store::set_second_factor(ctx.db(), target.id, needed).await?;
        ctx.callers_changed();
    }
    let name = name.map_or(target.name, str::to_owned);
    ctx.emit(OrganizationUpdated { id: target.id, name }).await?;
    Ok(Value::Null)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AddMember {
    #[schemars(extend("x-references" = "users"))]
    user_id: Uuid,
    /// What they may do in this organization
    #[schemars(extend("x-references" = "roles", "x-filter" = "scope=eq.organization"))]
    role_id: Uuid,
    /// The most they may do, whatever the role says
    #[serde(default)]
    level: Level,
}

async fn add_member(ctx: &mut Ctx, target: Organization, input: AddMember) -> Result<Value> {
    memberships::add(ctx, target.id, input.user_id, input.role_id, input.level).await?;
    Ok(Value::Null)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TransferOwnership {
    /// The member who is to own it
    #[schemars(extend("x-references" = "users"))]
    user_id: Uuid,
}

async fn transfer_ownership(ctx: &mut Ctx, target: Organization, input: TransferOwnership) -> Result<Value> {
    memberships::hand_over(ctx, target.id, input.user_id).await?;
    Ok(Value::Null)
}

async fn suspend(ctx: &mut Ctx, target: Organization, (): ()) -> Result<Value> {
    store::set_status(ctx.db(), target.id, "suspended").await?;
    ctx.callers_changed();
    ctx.emit(OrganizationSuspended { id: target.id, name: target.name }).await?;
    Ok(Value::Null)
}

async fn activate(ctx: &mut Ctx, target: Organization, (): ()) -> Result<Value> {
    store::set_status(ctx.db(), target.id, "active").await?;
    ctx.callers_changed();
    ctx.emit(OrganizationActivated { id: target.id, name: target.name }).await?;
    Ok(Value::Null)
}

async fn delete(ctx: &mut Ctx, target: Organization, (): ()) -> Result<Value> {
    if store::has_keys(ctx.db(), target.id).await? {
        return Err(Problem::refused("It still has API keys. Revoke them first; they are kept as evidence, so the organization is too."));
    }
    store::delete(ctx.db(), target.id).await?;
    ctx.emit(OrganizationDeleted { id: target.id, name: target.name }).await?;
    Ok(Value::Null)
}

pub mod store {
    use super::{Result, Uuid, Value};
    use kernel::Client;

    const INSERT: &str = "insert into identity.organizations (id, name, metadata) values ($1, $2, $3)";
    const RENAME: &str = "update identity.organizations set name = $2 where id = $1";
    const DESCRIBE: &str = "update identity.organizations set metadata = $2 where id = $1";
    const SET_SECOND_FACTOR: &str = "update identity.organizations set second_factor = $2 where id = $1";
    const SET_STATUS: &str = "update identity.organizations set status = $2 where id = $1";
    const HAS_KEYS: &str = "select exists (select from identity.api_keys where organization_id = $1)";
    const DELETE: &str = "delete from identity.organizations where id = $1";

    pub const STATEMENTS: &[&str] = &[INSERT, RENAME, DESCRIBE, SET_SECOND_FACTOR, SET_STATUS, HAS_KEYS, DELETE];

    pub(super) async fn insert(db: &Client, id: Uuid, name: &str, metadata: &Value) -> Result<()> {
        db.execute(INSERT, &[&id, &name, &metadata]).await?;
        Ok(())
    }

    /// Two statements, because an organization's own admins have no right to the second.
    pub(super) async fn update(db: &Client, id: Uuid, name: Option<&str>, metadata: Option<&Value>) -> Result<()> {
        if let Some(name) = name {
            db.execute(RENAME, &[&id, &name]).await?;
        }
        if let Some(metadata) = metadata {
            db.execute(DESCRIBE, &[&id, &metadata]).await?;
        }
        Ok(())
    }

    pub(super) async fn set_second_factor(db: &Client, id: Uuid, needed: bool) -> Result<()> {
        db.execute(SET_SECOND_FACTOR, &[&id, &needed]).await?;
        Ok(())
    }

    pub(super) async fn set_status(db: &Client, id: Uuid, status: &str) -> Result<()> {
        db.execute(SET_STATUS, &[&id, &status]).await?;
        Ok(())
    }

    pub(super) async fn has_keys(db: &Client, id: Uuid) -> Result<bool> {
        Ok(db.query_one(HAS_KEYS, &[&id]).await?.get(0))
    }

    pub(super) async fn delete(db: &Client, id: Uuid) -> Result<()> {
        db.execute(DELETE, &[&id]).await?;
        Ok(())
    }
}
