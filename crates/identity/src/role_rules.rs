//! What a role asks of those who hold it: a second factor, and shorter sessions than everybody's. The strictest of all
//! roles that somebody holds counts. Built-in roles can have rules too, although what they give never changes.
//! An organization asks of its roles for itself, also of those that all organizations have: a second factor, when somebody
//! comes into it (see [`crate::entry`]). How long sessions live is the platform's, because a session isn't an organization's.
//! Emits `role.rules-changed`.

use crate::fact::fact;
use crate::role::OWNER;
use crate::roles::Role;
use crate::{entry, given, memberships, permission, role};
use kernel::actor::Scope as Acting;
use kernel::field::{bool, int};
use kernel::{Action, Caller, Ctx, Problem, Resource, Result, Scope};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

fact!(
    /// A role asks something else of those who hold it.
    RoleRulesChanged = "role.rules-changed" { id: Uuid, name: String }
);

/// The roles, with their rules.
pub(crate) fn with(roles: Resource<Role>) -> Resource<Role> {
    roles
        .field(
            bool("second_factor")
                .label("Second factor needed")
                .always()
                .detail_only()
                .sql("coalesce((select r.second_factor from identity.role_rules r where r.role_id = t.id and r.organization_id is not distinct from kernel.organization()), false)"),
        )
        .field(
            int("idle_minutes")
                .label("Idle limit")
                .help("Minutes without activity; empty for everybody's setting")
                .detail_only()
                .sql("select r.idle_minutes from identity.role_rules r where r.role_id = t.id and r.organization_id is null"),
        )
        .field(
            int("session_hours")
                .label("Session limit")
                .help("Hours at the latest; empty for everybody's setting")
                .detail_only()
                .sql("select r.session_hours from identity.role_rules r where r.role_id = t.id and r.organization_id is null"),
        )
        .action(
            Action::new("set-rules", set_rules)
                .label("Set sign-in rules")
                .icon("shield-check")
                .confirm("Sessions that are open keep their latest end; everything else counts from the next request on.")
                .in_person()
                .guard(|caller: &Caller, role: &Role| {
                    (role.name == OWNER && !role::is_owner(caller)).then(|| "Only an owner can change the rules of owners".to_owned())
                }),
        )
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
struct SetRules {
    /// Whoever has none sets one up at the next sign-in, or before they come into the organization that asks for it
    #[serde(default)]
    #[schemars(with = "bool")]
    second_factor: Option<bool>,
    /// Minutes without activity; empty for everybody's setting
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(with = "Option<i32>", range(min = 5, max = 43200))]
    idle_minutes: Option<Option<i32>>,
    /// Hours at the latest; empty for everybody's setting
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(with = "Option<i32>", range(min = 1, max = 8760))]
    session_hours: Option<Option<i32>>,
}

async fn set_rules(ctx: &mut Ctx, target: Role, input: SetRules) -> Result<Value> {
    let organization = if let Acting::Organization(own) = ctx.caller().scope { Some(own) } else { None };
    if let Some(organization) = organization {
        if input.second_factor == Some(true) && holds(ctx, organization, target.id).await? {
            entry::makers_have_one(ctx).await?;
        }
        if input.idle_minutes.is_some() || input.session_hours.is_some() {
            return Err(Problem::refused("How long sessions live is set by the platform's staff"));
        }
        // Who may do less than those who hold the role doesn't lower what is asked of them.
        let role = role::of_scope(ctx.db(), target.id, "organization").await?;
        role::covered(ctx, &permission::of_scope(&ctx.app().registry, Scope::Organization, &role.patterns), &role.label).await?;
    }
    store::begin(ctx.db(), target.id, organization).await?;
    if let Some(needed) = input.second_factor {
        store::set_second_factor(ctx.db(), target.id, organization, needed).await?;
    }
    if let Some(minutes) = input.idle_minutes {
        store::set_idle_minutes(ctx.db(), target.id, minutes).await?;
    }
    if let Some(hours) = input.session_hours {
        store::set_session_hours(ctx.db(), target.id, hours).await?;
    }
    ctx.callers_changed();
    ctx.emit(RoleRulesChanged { id: target.id, name: target.name }).await?;
    Ok(Value::Null)
}

/// Whether it is the caller's own role.
async fn holds(ctx: &Ctx, organization: Uuid, role: Uuid) -> Result<bool> {
    let own = memberships::store::of_user(ctx.db(), ctx.actor().id.unwrap_or_default(), organization).await?;
    Ok(own.is_some_and(|own| own.role_id == role))
}

pub mod store {
    use super::{Result, Uuid};
    use kernel::Client;

    const BEGIN: &str = "insert into identity.role_rules (role_id, organization_id) values ($1, $2) on conflict do nothing";
    const SECOND_FACTOR: &str =
        "update identity.role_rules set second_factor = $2 where role_id = $1 and organization_id is not distinct from $3";
    const IDLE_MINUTES: &str = "update identity.role_rules set idle_minutes = $2 where role_id = $1 and organization_id is null";
    const SESSION_HOURS: &str = "update identity.role_rules set session_hours = $2 where role_id = $1 and organization_id is null";

    pub const STATEMENTS: &[&str] = &[BEGIN, SECOND_FACTOR, IDLE_MINUTES, SESSION_HOURS];

    /// The rules of a role: the platform's, or an organization's own.
    pub(super) async fn begin(db: &Client, role: Uuid, organization: Option<Uuid>) -> Result<()> {
        db.execute(BEGIN, &[&role, &organization]).await?;
        Ok(())
    }

    pub(super) async fn set_second_factor(db: &Client, role: Uuid, organization: Option<Uuid>, needed: bool) -> Result<()> {
        db.execute(SECOND_FACTOR, &[&role, &needed, &organization]).await?;
        Ok(())
    }

    pub(super) async fn set_idle_minutes(db: &Client, role: Uuid, minutes: Option<i32>) -> Result<()> {
        db.execute(IDLE_MINUTES, &[&role, &minutes]).await?;
        Ok(())
    }

    pub(super) async fn set_session_hours(db: &Client, role: Uuid, hours: Option<i32>) -> Result<()> {
        db.execute(SESSION_HOURS, &[&role, &hours]).await?;
        Ok(())
    }
}
