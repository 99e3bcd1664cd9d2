//! Elevations: more rights for a while. Asked for in person, approved by others who hold what is asked for, and over at a
//! moment that counts whenever the rights are looked at; see [`granted`]. Nobody approves their own, no key approves
//! any, and nobody gives on what they hold for a while.
//! Emits `elevation.requested`, `elevation.approved`, `elevation.granted`, `elevation.denied`, `elevation.ended`.

pub mod granted;
mod request;
pub mod store;
mod told;
pub mod waiting;

use crate::fact::fact;
use crate::memberships::Level;
use crate::role::{self, OWNER};
use crate::{memberships, permission};
use chrono::{DateTime, Utc};
use kernel::actor::Scope as Acting;
use kernel::field::{bool, choice, datetime, int, list, long_text, reference, text};
use kernel::setting::SettingDef;
use kernel::{Action, ActorKind, Caller, Ctx, Permissions, Problem, Resource, Result, Risk, Scope, Setting};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// How many others must approve.
pub const APPROVALS: Setting<i64> = Setting::new("identity.elevation_approvals");

pub(crate) fn setting() -> SettingDef {
    APPROVALS.declare(
        "People who must approve an elevation",
        "Counts for requests after the change. For the role owner it is at least two, as soon as there are two other owners",
        json!({"type": "integer", "minimum": 1, "maximum": 5}),
        json!(1),
    )
}

/// An elevation as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct Elevation {
    pub id: Uuid,
    pub scope: Scope,
    pub organization_id: Option<Uuid>,
    pub staff_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    pub requester: String,
    pub role_id: Option<Uuid>,
    pub role: String,
    pub level: Option<Level>,
    pub minutes: i32,
    pub status: String,
    pub approvals_needed: i64,
}

fact!(
    /// Somebody asks for more rights.
    ElevationRequested = "elevation.requested" { id: Uuid, requester: String, role: String }
);
fact!(
    /// Somebody said yes; others may still have to.
    ElevationApproved = "elevation.approved" { id: Uuid, requester: String, role: String, approver: String }
);
fact!(
    /// Somebody has more rights until then.
    ElevationGranted = "elevation.granted" { id: Uuid, requester: String, role: String, until: DateTime<Utc> }
);
fact!(
    /// Somebody said no.
    ElevationDenied = "elevation.denied" { id: Uuid, requester: String, role: String }
);
fact!(
    /// A request was withdrawn, or an elevation ended before its time.
    ElevationEnded = "elevation.ended" { id: Uuid, requester: String, role: String }
);

const STATUS: &str = "case when t.denied_at is not null then 'denied' when t.ended_at is not null then 'ended' \
     when t.granted_at is not null then case when t.expires_at <= identity.now() then 'over' \
       when identity.approvals_of(t.id) < t.approvals_needed then 'void' else 'active' end \
     when t.answer_by <= identity.now() then 'unanswered' else 'pending' end";

pub(crate) fn resource() -> Resource<Elevation> {
    Resource::<Elevation>::new("elevations", "identity.elevations")
        .called("Elevations", "Elevation")
        .describe("arrow-up-from-dot", "More rights for a while, approved by somebody else, over by themselves")
        .group("people/elevations")
        .scope(Scope::Organization)
        .title("requester")
        .default_order("created_at.desc")
        .field(text("requester").always().read_only().label("Who").search())
        .field(text("role").always().read_only().search())
        .field(
            choice(
                "status",
                &[
                    ("pending", "Waiting", "yellow"),
                    ("active", "Active", "green"),
                    ("over", "Over", "gray"),
                    ("ended", "Ended early", "gray"),
                    ("denied", "Denied", "red"),
                    ("unanswered", "Not answered in time", "gray"),
                    ("void", "Approver left", "red"),
                ],
            )
            .always()
            .sql(STATUS),
        )
        .field(long_text("reason").always().read_only().search())
        .field(int("minutes").always().read_only().label("For minutes"))
        .field(choice("scope", &[("platform", "Staff", "blue"), ("organization", "Organization", "gray")]).always().read_only().sort())
        .field(reference("organization_id", "organizations").read_only())
        .field(
            choice("level", &[("read_only", "Read only", "gray"), ("read_write", "Read and write", "blue"), ("admin", "Admin", "yellow")])
                .read_only()
                .detail_only(),
        )
        .field(int("approvals_needed").always().read_only().label("Approvals needed").detail_only())
        .field(
            list("approved_by")
                .always()
                .read_only()
                .label("Approved by")
                .sql("array(select a.approver from identity.elevation_approvals a where a.elevation_id = t.id order by a.at)"),
        )
        .field(
            bool("approved_by_you")
                .always()
                .read_only()
                .detail_only()
                .sql("exists (select from identity.elevation_approvals a where a.elevation_id = t.id and coalesce(a.staff_id, a.user_id) = nullif(current_setting('app.actor_id', true), '')::uuid)"),
        )
        .field(reference("role_id", "roles").read_only().detail_only())
        .field(reference("staff_id", "staff").label("Staff").read_only().detail_only())
        .field(reference("user_id", "users").label("User").read_only().detail_only())
        .field(
            bool("mine")
                .always()
                .read_only()
                .filter()
                .sql("coalesce(t.staff_id, t.user_id) = nullif(current_setting('app.actor_id', true), '')::uuid"),
        )
        .field(datetime("created_at").label("Asked").always().read_only().filter().sort())
        .field(datetime("answer_by").label("To be answered by").always().read_only().detail_only())
        .field(datetime("granted_at").label("Granted").read_only().filter().sort().detail_only())
        .field(datetime("expires_at").label("Until").read_only().filter().sort())
        .field(text("decided_by").label("Denied or ended by").read_only().detail_only())
        .field(text("decided_why").label("Why").read_only().detail_only())
        .action(Action::create(request::create).label("Ask for"))
        .action(
            Action::new("approve", approve)
                .in_person()
                .administrative()
                .icon("check")
                .confirm("They may do what the role gives, from now on, for the time they asked for.")
                .when(|e: &Elevation| e.status == "pending", "It doesn't wait for an answer any more")
                .guard(|caller, e: &Elevation| in_person(caller).err().or_else(|| own(caller, e).then(|| NOT_OWN.to_owned()))),
        )
        .action(
            Action::new("deny", deny)
                .administrative()
                .icon("x")
                .when(|e: &Elevation| e.status == "pending", "It doesn't wait for an answer any more")
                .guard(|caller, e: &Elevation| {
                    in_person(caller).err().or_else(|| own(caller, e).then(|| "Withdraw your own request instead".to_owned()))
                }),
        )
        .action(
            Action::new("revoke", revoke)
                .label("End now")
                .icon("undo-2")
                .risk(Risk::Confirm)
                .confirm("It counts at once, everywhere.")
                .when(|e: &Elevation| matches!(e.status.as_str(), "pending" | "active"), "It is over already")
                .guard(|caller, e: &Elevation| {
                    (!own(caller, e) && !caller.permissions.allow("elevations:approve"))
                        .then(|| "Only who asked for it, or who may approve elevations, can end it".to_owned())
                }),
        )
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000040", "requester": "Grace Hopper", "role": "Administrator", "status": "active",
            "reason": "Invoice 4711 can't wait until Monday", "minutes": 60, "scope": "platform", "organization_id": null, "level": null,
            "approvals_needed": 1, "approved_by": ["Ada Lovelace"], "approved_by_you": false, "role_id": "01900000-0000-7000-8000-000000000002",
            "staff_id": "0190b6c8-0000-7000-8000-000000000001", "user_id": null, "mine": false, "created_at": "2026-11-20T09:00:00Z",
            "answer_by": "2026-11-21T09:00:00Z", "granted_at": "2026-11-20T09:05:00Z", "expires_at": "2026-11-20T10:05:00Z",
            "decided_by": null, "decided_why": null, "version": "2"
        }))
}

const NOT_OWN: &str = "Nobody approves their own request";

/// The account that acts, when a person does: no key, nobody in somebody else's name.
fn in_person(caller: &Caller) -> Result<(ActorKind, Uuid), String> {
    match (caller.actor.kind, caller.actor.id, &caller.subject) {
        (kind @ (ActorKind::Staff | ActorKind::Person), Some(id), None) => Ok((kind, id)),
        _ => Err("This is for people who are signed in, not for keys".to_owned()),
    }
}

fn own(caller: &Caller, elevation: &Elevation) -> bool {
    in_person(caller).is_ok_and(|(kind, id)| match kind {
        ActorKind::Staff => elevation.staff_id == Some(id),
        _ => elevation.user_id == Some(id),
    })
}

/// What an elevation gives.
fn gives(ctx: &Ctx, scope: Scope, patterns: &[String], level: Option<Level>) -> Permissions {
    let registry = &ctx.app().registry;
    match scope {
        Scope::Platform => permission::resolve(registry, patterns),
        Scope::Organization => permission::resolve_member(registry, patterns, level.unwrap_or_default()),
    }
}

async fn approve(ctx: &mut Ctx, target: Elevation, (): ()) -> Result<Value> {
    let who = in_person(ctx.caller()).map_err(Problem::refused)?;
    if own(ctx.caller(), &target) {
        return Err(Problem::refused(NOT_OWN));
    }
    let word = crate::roles::store::word(target.scope);
    let role = match target.role_id {
        Some(id) => role::of_scope(ctx.db(), id, word).await?,
        None => return Err(Problem::refused("The role is gone. Ask for another one.")),
    };
    if target.scope == Scope::Platform && role.name == OWNER && !role::is_owner(ctx.caller()) {
        return Err(Problem::refused("Only owners approve who is an owner for a while"));
    }
    // What an approver holds for a while they don't pass on.
    role::covered(ctx, &gives(ctx, target.scope, &role.patterns, target.level), &role.label).await?;
    let approver = ctx.actor().label.clone();
    if !store::approve(ctx.db(), target.id, target.organization_id, who, &approver, ctx.now()).await? {
        return Err(Problem::refused("You have approved it already. Somebody else must, too."));
    }
    let (id, requester) = (target.id, target.requester.clone());
    ctx.emit(ElevationApproved { id, requester: requester.clone(), role: target.role.clone(), approver }).await?;
    if store::approvals(ctx.db(), target.id).await? >= target.approvals_needed {
        let until = ctx.now() + chrono::Duration::minutes(i64::from(target.minutes));
        store::grant(ctx.db(), target.id, ctx.now(), until).await?;
        ctx.callers_changed();
        told::granted(ctx, &target, until).await?;
        ctx.emit(ElevationGranted { id, requester, role: target.role, until }).await?;
    }
    Ok(Value::Null)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Deny {
    /// What the person who asked is told
    #[schemars(length(min = 1, max = 500))]
    why: String,
}

async fn deny(ctx: &mut Ctx, target: Elevation, input: Deny) -> Result<Value> {
    let why = input.why.trim();
    if why.is_empty() {
        return Err(Problem::field("why", "required", "Say why"));
    }
    store::deny(ctx.db(), target.id, ctx.now(), &ctx.actor().label, why).await?;
    told::denied(ctx, &target, why).await?;
    ctx.emit(ElevationDenied { id: target.id, requester: target.requester, role: target.role }).await?;
    Ok(Value::Null)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Revoke {
    #[serde(default)]
    #[schemars(length(max = 500))]
    why: Option<String>,
}

async fn revoke(ctx: &mut Ctx, target: Elevation, input: Revoke) -> Result<Value> {
    let why = input.why.as_deref().map(str::trim).filter(|why| !why.is_empty());
    store::end(ctx.db(), target.id, ctx.now(), &ctx.actor().label, why).await?;
    ctx.callers_changed();
    ctx.emit(ElevationEnded { id: target.id, requester: target.requester, role: target.role }).await?;
    Ok(Value::Null)
}

/// Where the caller acts, as a role's scope.
fn acts(caller: &Caller) -> Scope {
    if caller.scope == Acting::Platform { Scope::Platform } else { Scope::Organization }
}

/// Whether a role may be asked for there: of that kind, and of no other organization.
async fn fits(ctx: &Ctx, role: Uuid) -> Result<role::Role> {
    let found = role::of_scope(ctx.db(), role, crate::roles::store::word(acts(ctx.caller()))).await?;
    if let Acting::Organization(organization) = ctx.caller().scope
        && !memberships::store::role_fits(ctx.db(), role, organization).await?
    {
        return Err(Problem::field("role_id", "reference", "This role belongs to another organization"));
    }
    Ok(found)
}
