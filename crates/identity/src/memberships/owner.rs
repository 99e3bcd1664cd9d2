//! Who owns an organization, and how that passes on.

use super::{ADMIN, Level, Membership, MembershipChanged, may_give, store};
use crate::organizations::OrganizationHandedOver;
use kernel::actor::Scope as CallerScope;
use kernel::audit::{Changes, Target};
use kernel::{ActorKind, Ctx, Problem, Result};
use serde_json::{Value, json};
use uuid::Uuid;

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
    ctx.emit(MembershipChanged { id: new.id, organization_id, user_id }).await?;
    let name = store::organization_name(ctx.db(), organization_id).await?;
    ctx.emit(OrganizationHandedOver { id: organization_id, name, user_id }).await
}

/// The same, begun at the member.
pub(super) async fn make_owner(ctx: &mut Ctx, target: Membership, (): ()) -> Result<Value> {
    hand_over(ctx, target.organization_id, target.user_id).await?;
    Ok(Value::Null)
}

/// Both memberships get a row of their own in the audit log.
async fn note(ctx: &mut Ctx, of: &store::Owner, was: bool) -> Result<()> {
    let mut changes = Changes::new();
    changes.insert("owner".into(), json!({"before": was, "after": !was}));
    ctx.audit("memberships.update", Some(Target::new("memberships", of.id, &of.label)), changes, None).await
}
