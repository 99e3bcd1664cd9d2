//! Memberships: an app user in an organization, with a role and a level. The level is a cap on the role and never
//! grants anything. One of an organization's members owns it: see `docs/decisions/0008`. Rows belong to their organization; row policies show nobody else's.
//! Emits `membership.created`, `membership.changed`, `membership.suspended`, `membership.activated`, `membership.deleted`.

mod invite;
mod leave;
mod owner;
mod reset;
pub mod store;
mod told;

pub(crate) use leave::{OWNERS_STAY, joined, leave};
pub(crate) use owner::{hand_over, owns_nothing_of_others};
pub(crate) use told::tell;

use crate::fact::fact;
use crate::{entry, limits, permission, role, user_invitations};
use kernel::actor::Scope as CallerScope;
use kernel::field::{bool, choice, datetime, reference, text};
use kernel::resource::Scope;
use kernel::{Action, Caller, Ctx, Problem, Resource, Result, Risk};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// The most a member may do, whatever the role says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Level {
    ReadOnly,
    #[default]
    ReadWrite,
    Admin,
}

impl Level {
    /// As the database keeps it; a word it doesn't know gives the least.
    pub(crate) fn stored(text: &str) -> Self {
        match text {
            "admin" => Self::Admin,
            "read_write" => Self::ReadWrite,
            _ => Self::ReadOnly,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::ReadWrite => "read_write",
            Self::Admin => "admin",
        }
    }
}

/// The built-in role of organizations that runs them.
pub(crate) const ADMIN: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0011);

const OWNS: &str = "They own the organization. Hand it over to somebody else first.";

/// A membership as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct Membership {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub user_id: Uuid,
    pub role_id: Uuid,
    pub level: Level,
    pub owner: bool,
    pub status: String,
}

fact!(
    /// Somebody belongs to an organization.
    MembershipCreated = "membership.created" { id: Uuid, organization_id: Uuid, user_id: Uuid }
);
fact!(
    /// A member has another role or level.
    MembershipChanged = "membership.changed" { id: Uuid, organization_id: Uuid, user_id: Uuid }
);
fact!(
    /// A member does nothing in the organization until they are active again.
    MembershipSuspended = "membership.suspended" { id: Uuid, organization_id: Uuid, user_id: Uuid }
);
fact!(
    /// A member acts for the organization again.
    MembershipActivated = "membership.activated" { id: Uuid, organization_id: Uuid, user_id: Uuid }
);
fact!(
    /// Somebody no longer belongs to an organization.
    MembershipDeleted = "membership.deleted" { id: Uuid, organization_id: Uuid, user_id: Uuid }
);

/// The levels as people read them.
pub(crate) const LEVELS: [(&str, &str, &str); 3] =
    [("read_only", "Read only", "gray"), ("read_write", "Read and write", "blue"), ("admin", "Admin", "yellow")];

pub(crate) fn resource() -> Resource<Membership> {
    Resource::<Membership>::new("memberships", "identity.memberships")
        .called("Memberships", "Membership")
        .describe("contact", "Who belongs to which organization, as what")
        .group("people/organizations")
        .scope(Scope::Organization)
        .administrative()
        .title("member")
        .default_order("created_at.desc")
        .in_search()
        .field(text("member").always().sql("select coalesce(u.name, u.email) from auth.users u where u.id = t.user_id").search())
        .field(text("email").label("E-mail").always().sql("select u.email from auth.users u where u.id = t.user_id").search())
        .field(reference("user_id", "users").required().create_only().detail_only())
        .field(reference("organization_id", "organizations").required().create_only())
        .field(reference("role_id", "roles").required())
        .field(
            choice("level", &LEVELS)
                .always()
                .help("The most they may do, whatever the role says"),
        )
        .field(
            choice("status", &[("active", "Active", "green"), ("suspended", "Suspended", "red"), ("blocked", "Blocked", "red")])
                .always()
                .help("Blocked: the account itself is suspended on the platform")
                .sql("case when (select u.status from auth.users u where u.id = t.user_id) = 'active' then t.status else 'blocked' end"),
        )
        .field(bool("owner").always().read_only().filter().help("Owns the organization"))
        // These two are for those who look after members; others read nothing.
        .field(
            datetime("last_sign_in_at")
                .label("Last sign-in")
                .filter()
                .sort()
                .sql("case when (select identity.sees_sign_ins()) then (select u.last_sign_in_at from auth.users u where u.id = t.user_id) end"),
        )
        .field(bool("second_factor").label("Second factor").filter().sql(
            "case when (select identity.sees_sign_ins()) then exists (select from identity.factors f where f.user_id = t.user_id and f.confirmed_at is not null) end",
        ))
        .field(datetime("created_at").label("Since").always().read_only().filter().sort())
        .field(datetime("updated_at").label("Changed").always().read_only().detail_only())
        // Which users there are is the platform's business; an organization invites.
        .action(Action::create(create).platform_only())
        .action(Action::without_target("invite", invite::invite).icon("mail-plus"))
        .action(Action::update(update).when(|m: &Membership| !m.owner, OWNS))
        .action(
            Action::new("change-role", change_role)
                .icon("key-round")
                .bulk()
                .confirm("It counts at once, in every session and key of theirs.")
                .when(|m: &Membership| !m.owner, OWNS),
        )
        .action(
            Action::new("make-owner", owner::make_owner)
                .icon("crown")
                .risk(Risk::Danger)
                .confirm("They become an admin who can't be removed. Who owns it now stays an admin.")
                .when(|m: &Membership| !m.owner, "They own it already"),
        )
        .action(
            Action::new("suspend", suspend)
                .icon("pause")
                .bulk()
                .confirm("They can do nothing in this organization, at once, in every session and by every key. They keep their place and their role.")
                .when(|m: &Membership| !m.owner, OWNS)
                .when(|m: &Membership| m.status != "suspended", "They are suspended already"),
        )
        .action(
            Action::new("activate", activate)
                .icon("play")
                .bulk()
                .confirm("They can do again what their role gives them.")
                .when(|m: &Membership| m.status == "suspended", "They aren't suspended in this organization"),
        )
        .action(
            Action::new("end-sessions", entry::sessions::end_all)
                .label("End sessions")
                .icon("log-out")
                .bulk()
                .confirm("Every browser of theirs has to prove who sits there before it comes into the organization again. Elsewhere they stay signed in.")
                .guard(others_owner),
        )
        .action(
            Action::new("password-reset", reset::send)
                .label("Send password reset")
                .icon("mail")
                .confirm("They get a letter with a link to choose a new password. You don't see the link, and nothing changes before they use it.")
                .guard(others_owner),
        )
        .action(Action::delete(delete).label("Remove").confirm("They lose what they may do in this organization at once.").bulk())
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000020", "member": "Grace Hopper", "email": "grace@example.com", "user_id": "0190b6c8-0000-7000-8000-000000000002",
            "organization_id": "0190b6c8-0000-7000-8000-000000000010", "role_id": "01900000-0000-7000-8000-000000000013", "level": "read_write", "status": "active", "owner": false, "last_sign_in_at": "2026-11-20T08:12:00Z", "second_factor": true,
            "created_at": "2026-11-02T10:00:00Z", "updated_at": "2026-11-02T10:00:00Z", "version": "1"
        }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    #[schemars(extend("x-references" = "organizations"))]
    organization_id: Uuid,
    #[schemars(extend("x-references" = "users"))]
    user_id: Uuid,
    #[schemars(extend("x-references" = "roles", "x-filter" = "scope=eq.organization"))]
    role_id: Uuid,
    /// The most they may do, whatever the role says
    #[serde(default)]
    level: Level,
}

#[derive(Serialize)]
struct Created {
    id: Uuid,
}

async fn create(ctx: &mut Ctx, input: Create) -> Result<Created> {
    add(ctx, input.organization_id, input.user_id, input.role_id, input.level).await.map(|id| Created { id })
}

/// Makes somebody a member.
///
/// # Errors
/// 422 when user, organization or role don't exist, 409 when they are a member already.
pub(crate) async fn add(ctx: &mut Ctx, organization_id: Uuid, user_id: Uuid, role_id: Uuid, level: Level) -> Result<Uuid> {
    may_give(ctx, organization_id, role_id, level).await?;
    if !store::user_exists(ctx.db(), user_id).await? {
        return Err(Problem::field("user_id", "reference", "There is no user with this id"));
    }
    join(ctx, organization_id, user_id, role_id, level).await
}

/// Makes somebody a member of what somebody else was entitled to give them. The first full admin owns the organization.
///
/// # Errors
/// 409 when the organization is full, or they are a member already.
pub(crate) async fn join(ctx: &mut Ctx, organization_id: Uuid, user_id: Uuid, role_id: Uuid, level: Level) -> Result<Uuid> {
    limits::member(ctx, organization_id).await?;
    enter(ctx, organization_id, user_id, role_id, level).await
}

/// The same for somebody whose invitation holds a place for them.
pub(crate) async fn join_invited(ctx: &mut Ctx, organization_id: Uuid, user_id: Uuid, role_id: Uuid, level: Level) -> Result<Uuid> {
    limits::invited(ctx, organization_id).await?;
    enter(ctx, organization_id, user_id, role_id, level).await
}

async fn enter(ctx: &mut Ctx, organization_id: Uuid, user_id: Uuid, role_id: Uuid, level: Level) -> Result<Uuid> {
    let id = ctx.id();
    store::insert(ctx.db(), id, organization_id, user_id, role_id, level.as_str()).await?;
    if role_id == ADMIN && level == Level::Admin {
        store::own_if_nobody_does(ctx.db(), id, organization_id).await?;
    }
    ctx.callers_changed();
    ctx.emit(MembershipCreated { id, organization_id, user_id }).await?;
    Ok(id)
}

/// A role of organizations, this one's or everybody's, that gives with this level nothing the caller doesn't hold.
pub(crate) async fn may_give(ctx: &Ctx, organization: Uuid, id: Uuid, level: Level) -> Result<()> {
    let role = role::of_scope(ctx.db(), id, "organization").await?;
    if !store::role_fits(ctx.db(), id, organization).await? {
        return Err(Problem::field("role_id", "reference", "This role belongs to another organization"));
    }
    role::covered(ctx, &permission::resolve_member(&ctx.app().registry, &role.patterns, level), &role.label).await
}

/// The owner stays what they are until they hand the organization over. Asked under the lock, because who owns it may
/// have changed since the membership was read.
async fn not_owner(ctx: &Ctx, target: &Membership) -> Result<()> {
    store::lock(ctx.db(), target.organization_id).await?;
    if store::is_owner(ctx.db(), target.id).await? { Err(Problem::refused(OWNS)) } else { Ok(()) }
}

/// Members touch nobody who may do more than they; staff may take from anybody.
async fn may_touch(ctx: &Ctx, target: &Membership) -> Result<()> {
    match ctx.caller().scope {
        CallerScope::Platform => Ok(()),
        CallerScope::Organization(_) | CallerScope::Own => may_give(ctx, target.organization_id, target.role_id, target.level).await,
    }
}

/// What concerns the owner's own sign-in is begun by the owner, or by staff.
fn others_owner(caller: &Caller, member: &Membership) -> Option<String> {
    let own = caller.scope == CallerScope::Platform || caller.actor.id == Some(member.user_id) && caller.subject.is_none();
    (member.owner && !own).then(|| "They own the organization. Only they themselves and the platform's staff can do this.".to_owned())
}

/// Members end sessions of nobody who may do more than they, and nobody but staff ends the owner's; one's own are one's own.
pub(crate) async fn may_end_sessions(ctx: &Ctx, member: &Membership) -> Result<()> {
    if let Some(reason) = others_owner(ctx.caller(), member) {
        return Err(Problem::refused(reason));
    }
    if ctx.actor().id == Some(member.user_id) { Ok(()) } else { may_touch(ctx, member).await }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
struct Update {
    #[serde(default)]
    #[schemars(with = "Uuid", extend("x-references" = "roles", "x-filter" = "scope=eq.organization"))]
    role_id: Option<Uuid>,
    #[serde(default)]
    #[schemars(with = "Level")]
    level: Option<Level>,
}

async fn update(ctx: &mut Ctx, target: Membership, input: Update) -> Result<Value> {
    not_owner(ctx, &target).await?;
    may_touch(ctx, &target).await?;
    may_give(ctx, target.organization_id, input.role_id.unwrap_or(target.role_id), input.level.unwrap_or(target.level)).await?;
    store::update(ctx.db(), target.id, input.role_id, input.level.map(Level::as_str)).await?;
    ctx.callers_changed();
    ctx.emit(MembershipChanged { id: target.id, organization_id: target.organization_id, user_id: target.user_id }).await?;
    Ok(Value::Null)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangeRole {
    /// What they may do from now on
    #[schemars(extend("x-references" = "roles", "x-filter" = "scope=eq.organization"))]
    role_id: Uuid,
    /// The most they may do, whatever the role says; stays as it is when nothing is said
    #[serde(default)]
    #[schemars(with = "Level")]
    level: Option<Level>,
}

async fn change_role(ctx: &mut Ctx, target: Membership, input: ChangeRole) -> Result<Value> {
    update(ctx, target, Update { role_id: Some(input.role_id), level: input.level }).await
}

/// Nobody locks themself out, and nobody does it to who may do more.
async fn suspend(ctx: &mut Ctx, target: Membership, (): ()) -> Result<Value> {
    if ctx.subject().unwrap_or(ctx.actor()).id == Some(target.user_id) {
        return Err(Problem::refused("You can't suspend yourself. Leave the organization instead."));
    }
    not_owner(ctx, &target).await?;
    may_touch(ctx, &target).await?;
    store::set_status(ctx.db(), target.id, "suspended").await?;
    user_invitations::store::revoke_by_member(ctx.db(), target.user_id, target.organization_id, ctx.now()).await?;
    ctx.callers_changed();
    ctx.emit(MembershipSuspended { id: target.id, organization_id: target.organization_id, user_id: target.user_id }).await?;
    Ok(Value::Null)
}

async fn activate(ctx: &mut Ctx, target: Membership, (): ()) -> Result<Value> {
    may_touch(ctx, &target).await?;
    store::set_status(ctx.db(), target.id, "active").await?;
    ctx.callers_changed();
    ctx.emit(MembershipActivated { id: target.id, organization_id: target.organization_id, user_id: target.user_id }).await?;
    Ok(Value::Null)
}

/// Staff may let the owner go together with everybody else; what else goes in the same request counts, not its order.
async fn delete(ctx: &mut Ctx, target: Membership, (): ()) -> Result<Value> {
    let nobody_stays = ctx.caller().scope == CallerScope::Platform
        && store::nobody_stays(ctx.db(), target.organization_id, target.id, ctx.together()).await?;
    if !nobody_stays {
        not_owner(ctx, &target).await?;
    }
    may_touch(ctx, &target).await?;
    remove(ctx, &target).await?;
    Ok(Value::Null)
}

/// Takes somebody out, with the invitations that are open in their name.
async fn remove(ctx: &mut Ctx, target: &Membership) -> Result<()> {
    store::delete(ctx.db(), target.id).await?;
    user_invitations::store::revoke_by_member(ctx.db(), target.user_id, target.organization_id, ctx.now()).await?;
    ctx.callers_changed();
    ctx.emit(MembershipDeleted { id: target.id, organization_id: target.organization_id, user_id: target.user_id }).await
}
