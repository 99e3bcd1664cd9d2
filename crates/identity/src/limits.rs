//! How much an organization may have: members with the invitations that are open, API keys that work, roles of its own.
//! The platform's settings say it for all, staff for one organization. Nothing is taken away where less is allowed than
//! there is; nothing comes on top.
//!
//! Whoever takes a place holds the lock of the organization until their change is done, so that two at once don't both
//! get the last one.

use crate::fact::fact;
use crate::organizations::Organization;
use crate::{given, memberships};
use kernel::actor::Scope as Acting;
use kernel::field::{int, text};
use kernel::setting::SettingDef;
use kernel::{Action, Ctx, Problem, Resource, Result, Scope, Setting, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

const MEMBERS: Setting<i64> = Setting::new("identity.organization_members");
const KEYS: Setting<i64> = Setting::new("identity.organization_keys");
const ROLES: Setting<i64> = Setting::new("identity.organization_roles");
/// By which a refusal for want of room is known.
const FULL: &str = "full";

pub(crate) fn settings() -> [SettingDef; 3] {
    let schema = |least: i64| json!({"type": "integer", "minimum": least, "maximum": 1_000_000});
    let help = "Staff can say something else for one organization. What is there already stays";
    [
        MEMBERS.declare("Members of an organization at most, with open invitations", help, schema(1), json!(1000)),
        KEYS.declare("API keys of an organization at most", help, schema(0), json!(100)),
        ROLES.declare("Roles of its own that an organization may make", help, schema(0), json!(50)),
    ]
}

fact!(
    /// Staff decided how much an organization may have.
    OrganizationLimitsSet = "organization.limits-set" { id: Uuid, name: String }
);

/// The organizations, with the limits that staff decided for them.
pub(crate) fn with(organizations: Resource<Organization>) -> Resource<Organization> {
    const HELP: &str = "Empty for everybody's setting";
    organizations
        .field(int("members_limit").label("Most members").help(HELP).read_only().detail_only())
        .field(int("keys_limit").label("Most API keys").help(HELP).read_only().detail_only())
        .field(int("roles_limit").label("Most roles of its own").help(HELP).read_only().detail_only())
        .field(
            // A remark of staff among themselves.
            text("limits_reason")
                .label("Why these limits")
                .read_only()
                .detail_only()
                .sql("case when current_user = 'quarterdeck_platform' then t.limits_reason end"),
        )
        .action(
            Action::new("set-limits", set_limits)
                .label("Set limits")
                .icon("gauge")
                .platform_only()
                .confirm("It counts from the next member, key or role on. What is there already stays."),
        )
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetLimits {
    /// With open invitations; empty for everybody's setting
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(title = "Most members", with = "Option<i32>", range(min = 1, max = 1_000_000))]
    members_limit: Option<Option<i32>>,
    /// Empty for everybody's setting
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(title = "Most API keys", with = "Option<i32>", range(min = 0, max = 1_000_000))]
    keys_limit: Option<Option<i32>>,
    /// Empty for everybody's setting
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(title = "Most roles of its own", with = "Option<i32>", range(min = 0, max = 1_000_000))]
    roles_limit: Option<Option<i32>>,
    /// The organization doesn't see it
    #[schemars(title = "Why these limits", length(min = 3, max = 500))]
    limits_reason: String,
}

async fn set_limits(ctx: &mut Ctx, target: Organization, input: SetLimits) -> Result<Value> {
    if input.limits_reason.trim().chars().count() < 3 {
        return Err(Problem::field("limits_reason", "required", "Say why, in a few words"));
    }
    // Whoever takes the last place now is done before the limit changes.
    memberships::store::lock(ctx.db(), target.id).await?;
    store::set(ctx.db(), target.id, &input).await?;
    ctx.emit(OrganizationLimitsSet { id: target.id, name: target.name }).await?;
    Ok(Value::Null)
}

/// What there is of one thing, and how much there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Limit {
    pub used: i64,
    pub limit: i64,
    /// Whether staff decided it for this organization
    pub own: bool,
}

impl Limit {
    fn of(used: i64, own: Option<i32>, everybody: i64) -> Self {
        Self { used, limit: own.map_or(everybody, i64::from), own: own.is_some() }
    }

    pub(crate) fn room(self) -> i64 {
        self.limit - self.used
    }
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Limits {
    pub organization_id: Uuid,
    /// With the invitations that are open
    pub members: Limit,
    /// Open ones, among the members
    pub invitations: i64,
    /// Keys that work; one and its successor count once
    pub keys: Limit,
    /// Roles of its own
    pub roles: Limit,
}

/// What the limits of an organization are, and what of them is used.
async fn of(ctx: &Ctx, organization: Uuid) -> Result<Limits> {
    let found = store::count(ctx.db(), organization, ctx.now()).await?;
    let found = found.ok_or_else(|| Problem::field("organization_id", "reference", "There is no organization with this id"))?;
    Ok(Limits {
        organization_id: organization,
        invitations: found.invitations,
        members: Limit::of(found.members + found.invitations, found.members_limit, MEMBERS.get(ctx.app())?),
        keys: Limit::of(found.keys, found.keys_limit, KEYS.get(ctx.app())?),
        roles: Limit::of(found.roles, found.roles_limit, ROLES.get(ctx.app())?),
    })
}

/// The same, unchanged by others until the transaction ends.
async fn held(ctx: &Ctx, organization: Uuid) -> Result<Limits> {
    memberships::store::lock(ctx.db(), organization).await?;
    of(ctx, organization).await
}

/// Takes a place among the members, for somebody or for an invitation.
///
/// # Errors
/// 409 when none is left.
pub(crate) async fn member(ctx: &Ctx, organization: Uuid) -> Result<()> {
    taken(ctx, held(ctx, organization).await?.members, "members, with open invitations")
}

/// Gives an invited person the place that their invitation holds. It is lost when the limit was lowered meanwhile and
/// others were quicker.
///
/// # Errors
/// 409 when there are as many members as there may be.
pub(crate) async fn invited(ctx: &Ctx, organization: Uuid) -> Result<()> {
    let limits = held(ctx, organization).await?;
    taken(ctx, Limit { used: limits.members.used - limits.invitations, ..limits.members }, "members")
}

/// How many more members there is room for. `locked` when they are about to be taken.
pub(crate) async fn room(ctx: &Ctx, organization: Uuid, locked: bool) -> Result<i64> {
    let limits = if locked { held(ctx, organization).await? } else { of(ctx, organization).await? };
    Ok(limits.members.room())
}

/// Takes a place among the keys.
///
/// # Errors
/// 409 when none is left.
pub(crate) async fn key(ctx: &Ctx, organization: Uuid) -> Result<()> {
    taken(ctx, held(ctx, organization).await?.keys, "API keys")
}

/// Takes a place among the roles.
///
/// # Errors
/// 409 when none is left.
pub(crate) async fn role(ctx: &Ctx, organization: Uuid) -> Result<()> {
    taken(ctx, held(ctx, organization).await?.roles, "roles of its own")
}

fn taken(ctx: &Ctx, limit: Limit, what: &str) -> Result<()> {
    if limit.room() > 0 {
        return Ok(());
    }
    let Limit { used, limit, .. } = limit;
    let why = match ctx.caller().scope {
        Acting::Platform if ctx.caller().permissions.allow("organizations:set-limits") => {
            format!("The organization may have {limit} {what}, and has {used}. Raise its limit, or take something away first.")
        }
        Acting::Platform | Acting::Organization(_) if ctx.caller().permissions.allow("organizations:read") => {
            format!("The organization may have {limit} {what}, and has {used}. Take something away, or ask the platform's staff for more.")
        }
        // Somebody who is about to come in: how many are in it is not theirs to know.
        _ => format!("The organization is full: there is no room left for more {what}. Ask whoever invited you, or one of its admins."),
    };
    Err(Problem::conflict(why, None).titled("The organization is full").with(FULL, true))
}

/// Whether it is for want of room that somebody was refused.
pub(crate) fn is_full(problem: &Problem) -> bool {
    problem.body("")[FULL] == true
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ask {
    /// Which; who acts for one is answered about that one
    #[serde(default)]
    organization_id: Option<Uuid>,
}

/// `GET /identity/limits`.
pub(crate) fn view() -> View {
    View::new("limits", "organizations:read", "How much an organization may have, and how much it has", show)
        .scope(Scope::Organization)
        .example(json!({
            "organization_id": "0190b6c8-0000-7000-8000-000000000010", "members": {"used": 12, "limit": 25, "own": true}, "invitations": 2,
            "keys": {"used": 3, "limit": 100, "own": false}, "roles": {"used": 0, "limit": 50, "own": false}
        }))
}

async fn show(ctx: &mut Ctx, asked: Ask) -> Result<Limits> {
    let organization = match (ctx.caller().scope, asked.organization_id) {
        (Acting::Organization(own), given) if given.is_none_or(|given| given == own) => own,
        (Acting::Platform, Some(given)) => given,
        (Acting::Platform, None) => return Err(Problem::field("organization_id", "required", "Say of which organization")),
        _ => return Err(Problem::field("organization_id", "reference", "There is no organization with this id")),
    };
    of(ctx, organization).await
}

pub mod store {
    use chrono::{DateTime, Utc};
    use kernel::{Client, Result};
    use uuid::Uuid;

    const COUNT: &str = "select o.members_limit, o.keys_limit, o.roles_limit, \
           (select count(*) from identity.memberships m where m.organization_id = o.id), \
           (select count(*) from auth.invitations i where i.organization_id = o.id and i.accepted_at is null and i.revoked_at is null and i.expires_at > $2), \
           (select count(distinct coalesce(k.lineage_id, k.id)) from identity.api_keys k where k.organization_id = o.id and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2)), \
           (select count(*) from identity.roles r where r.organization_id = o.id) \
         from identity.organizations o where o.id = $1";
    const SET: &str = "update identity.organizations set members_limit = case when $2 then $3 else members_limit end, \
         keys_limit = case when $4 then $5 else keys_limit end, roles_limit = case when $6 then $7 else roles_limit end, limits_reason = $8 where id = $1";

    pub const STATEMENTS: &[&str] = &[COUNT, SET];

    pub(super) struct Counted {
        pub members_limit: Option<i32>,
        pub keys_limit: Option<i32>,
        pub roles_limit: Option<i32>,
        pub members: i64,
        pub invitations: i64,
        pub keys: i64,
        pub roles: i64,
    }

    pub(super) async fn count(db: &Client, organization: Uuid, now: DateTime<Utc>) -> Result<Option<Counted>> {
        let row = db.query_opt(COUNT, &[&organization, &now]).await?;
        Ok(row.map(|row| Counted {
            members_limit: row.get(0),
            keys_limit: row.get(1),
            roles_limit: row.get(2),
            members: row.get(3),
            invitations: row.get(4),
            keys: row.get(5),
            roles: row.get(6),
        }))
    }

    /// What is said is set; empty goes back to what counts for everybody.
    pub(super) async fn set(db: &Client, organization: Uuid, limits: &super::SetLimits) -> Result<()> {
        let (members, keys, roles) = (limits.members_limit, limits.keys_limit, limits.roles_limit);
        let reason = limits.limits_reason.trim();
        db.execute(
            SET,
            &[
                &organization,
                &members.is_some(),
                &members.flatten(),
                &keys.is_some(),
                &keys.flatten(),
                &roles.is_some(),
                &roles.flatten(),
                &reason,
            ],
        )
        .await?;
        Ok(())
    }
}
