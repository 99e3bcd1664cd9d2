//! Memberships: an app user in an organization, with a role and a level. The level is a cap on the role and never
//! grants anything. One of an organization's members owns it: see `docs/decisions/0008`. Rows belong to their organization; row policies show nobody else's.
//! Emits `membership.created`, `membership.changed`, `membership.deleted`.

pub mod store;

use crate::fact::fact;
use crate::{permission, role};
use kernel::actor::Scope as CallerScope;
use kernel::audit::{Changes, Target};
use kernel::field::{bool, choice, datetime, reference, text};
use kernel::resource::Scope;
use kernel::{Action, ActorKind, Ctx, Problem, Resource, Result};
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
        .group("people")
        .scope(Scope::Organization)
        .administrative()
        .title("member")
        .default_order("created_at.desc")
        .field(text("member").always().sql("select coalesce(u.name, u.email) from auth.users u where u.id = t.user_id"))
        .field(text("email").label("E-mail").always().sql("select u.email from auth.users u where u.id = t.user_id"))
        .field(reference("user_id", "users").required().create_only().detail_only())
        .field(reference("organization_id", "organizations").required().create_only())
        .field(reference("role_id", "roles").required())
        .field(
            choice("level", &LEVELS)
                .always()
                .help("The most they may do, whatever the role says"),
        )
        .field(bool("owner").always().read_only().filter().help("Owns the organization"))
        .field(datetime("created_at").label("Since").always().read_only().filter().sort())
        .field(datetime("updated_at").label("Changed").always().read_only().detail_only())
        // Which users there are is the platform's business; an organization invites.
        .action(Action::create(create).platform_only())
        .action(Action::update(update).when(|m: &Membership| !m.owner, OWNS))
        .action(
            Action::new("change-role", change_role)
                .icon("key-round")
                .bulk()
                .confirm("It counts at once, in every session and key of theirs.")
                .when(|m: &Membership| !m.owner, OWNS),
        )
        .action(Action::delete(delete).label("Remove").confirm("They lose what they may do in this organization at once.").bulk())
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000020", "member": "Grace Hopper", "email": "grace@example.com", "user_id": "0190b6c8-0000-7000-8000-000000000002",
            "organization_id": "0190b6c8-0000-7000-8000-000000000010", "role_id": "01900000-0000-7000-8000-000000000013", "level": "read_write", "owner": false,
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
pub(crate) async fn join(ctx: &mut Ctx, organization_id: Uuid, user_id: Uuid, role_id: Uuid, level: Level) -> Result<Uuid> {
    let id = ctx.id();
    store::lock(ctx.db(), organization_id).await?;
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

/// Refuses to let somebody go who owns an organization that others are in.
///
/// # Errors
/// 403 naming the organization.
pub(crate) async fn owns_nothing_of_others(ctx: &Ctx, user_id: Uuid) -> Result<()> {
    match store::owned_with_others(ctx.db(), user_id).await? {
        Some(name) => Err(Problem::refused(format!("They own the organization {name}, and others are in it. Hand it over first."))),
        None => Ok(()),
    }
}

/// Hands an organization to one of its members, who becomes an admin with it.
///
/// # Errors
/// 422 when they are no active member, 403 when the caller is neither its owner nor staff, or holds less than an admin.
pub(crate) async fn hand_over(ctx: &mut Ctx, organization_id: Uuid, user_id: Uuid) -> Result<()> {
    store::lock(ctx.db(), organization_id).await?;
    let old = store::owner_of(ctx.db(), organization_id).await?;
    if let CallerScope::Organization(_) = ctx.caller().scope {
        let in_person = ctx.actor().kind == ActorKind::Person && ctx.subject().is_none();
        if !in_person || old.as_ref().is_none_or(|old| ctx.actor().id != Some(old.user_id)) {
            return Err(Problem::refused("Only the owner, in person, can hand the organization over"));
        }
    }
    let new = store::active_member(ctx.db(), organization_id, user_id)
        .await?
        .ok_or_else(|| Problem::field("user_id", "reference", "This is no active member of the organization"))?;
    if old.as_ref().is_some_and(|old| old.id == new.id) {
        return Err(Problem::field("user_id", "same", "They own it already"));
    }
    may_give(ctx, organization_id, ADMIN, Level::Admin).await?;
    if let Some(old) = &old {
        store::disown(ctx.db(), old.id).await?;
        note(ctx, old, true).await?;
        ctx.emit(MembershipChanged { id: old.id, organization_id, user_id: old.user_id }).await?;
    }
    store::own(ctx.db(), new.id, ADMIN).await?;
    note(ctx, &new, false).await?;
    ctx.callers_changed();
    ctx.emit(MembershipChanged { id: new.id, organization_id, user_id }).await
}

/// Both memberships get a row of their own in the audit log.
async fn note(ctx: &mut Ctx, of: &store::Owner, was: bool) -> Result<()> {
    let mut changes = Changes::new();
    changes.insert("owner".into(), json!({"before": was, "after": !was}));
    ctx.audit("memberships.update", Some(Target::new("memberships", of.id, &of.label)), changes, None).await
}

/// Members touch nobody who may do more than they; staff may take from anybody.
async fn may_touch(ctx: &Ctx, target: &Membership) -> Result<()> {
    match ctx.caller().scope {
        CallerScope::Platform => Ok(()),
        CallerScope::Organization(_) | CallerScope::Own => may_give(ctx, target.organization_id, target.role_id, target.level).await,
    }
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

async fn delete(ctx: &mut Ctx, target: Membership, (): ()) -> Result<Value> {
    let alone = ctx.caller().scope == CallerScope::Platform && store::is_alone(ctx.db(), target.organization_id).await?;
    if !alone {
        not_owner(ctx, &target).await?;
    }
    may_touch(ctx, &target).await?;
    store::delete(ctx.db(), target.id).await?;
    ctx.callers_changed();
    ctx.emit(MembershipDeleted { id: target.id, organization_id: target.organization_id, user_id: target.user_id }).await?;
    Ok(Value::Null)
}
