//! What somebody is, by what their provider says of them: decided at every sign-in where there are rules, and only for
//! new accounts and members where there is just a role for all. Owners, of the platform and of an organization, stay what
//! they are: they are made and unmade by hand.

use super::exchange::{Said, values};
use super::provider::Provider;
use super::refusal::{Reason, Refusal, Stop};
use crate::account::Account;
use crate::kind::Kind;
use crate::memberships::{self, Level, MembershipChanged};
use crate::role::OWNER;
use crate::staff::StaffRoleChanged;
use crate::{role, staff};
use kernel::audit::{Changes, Target};
use kernel::{Ctx, Problem, Result};
use serde_json::json;
use uuid::Uuid;

/// A role, and in an organization the most that may be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub role: Uuid,
    pub level: Level,
}

/// What the provider's rules come to for somebody.
///
/// # Errors
/// When there are rules, none holds and there is no role otherwise: then they don't get in.
pub(super) fn decide(provider: &Provider, said: &Said) -> Result<Option<Given>, Refusal> {
    let rule = provider.rules.iter().find(|rule| values(&said.claims, &rule.claim).contains(&rule.value));
    let given = match rule {
        Some(rule) => Some((rule.role_id, rule.level)),
        None => provider.default_role_id.map(|role| (role, provider.default_level)),
    };
    match given {
        Some((role, level)) => Ok(Some(Given { role, level: level.unwrap_or_default() })),
        None if provider.rules.is_empty() => Ok(None),
        None => Err(Refusal::new(Reason::NoAccount, "none of the rules for roles holds for them, and there is no role otherwise")),
    }
}

/// Makes an account what it has to be by now.
pub(super) async fn apply(ctx: &mut Ctx, provider: &Provider, account: &Account, given: Option<Given>) -> Result<(), Stop> {
    let Some(given) = given else { return Ok(()) };
    match (account.kind, provider.organization_id) {
        (Kind::Staff, _) => of_staff(ctx, provider, account, given).await,
        (Kind::User, Some(organization)) => of_member(ctx, provider, account, organization, given).await,
        (Kind::User, None) => Ok(()),
    }
}

/// Whether somebody is what they are whatever the provider says: owners, of the platform or of its organization.
pub(super) async fn stays(ctx: &Ctx, provider: &Provider, account: &Account) -> Result<bool> {
    match (account.kind, provider.organization_id) {
        (Kind::Staff, _) => Ok(account.role == OWNER),
        (Kind::User, Some(organization)) => {
            Ok(memberships::store::of_user(ctx.db(), account.id, organization).await?.is_some_and(|member| member.owner))
        }
        (Kind::User, None) => Ok(true),
    }
}

async fn of_staff(ctx: &mut Ctx, provider: &Provider, account: &Account, given: Given) -> Result<(), Stop> {
    let new = role::of_scope(ctx.db(), given.role, "platform").await?;
    if provider.rules.is_empty() || account.role == OWNER || new.name == OWNER || account.role == new.name {
        return Ok(());
    }
    staff::store::set_role(ctx.db(), account.id, new.id).await?;
    ctx.callers_changed();
    note(ctx, provider, "staff.change-role", Target::new("staff", account.id, &account.name), &account.role, &new.name).await?;
    ctx.emit(StaffRoleChanged { id: account.id, from: account.role.clone(), to: new.name }).await?;
    Ok(())
}

async fn of_member(ctx: &mut Ctx, provider: &Provider, account: &Account, organization: Uuid, given: Given) -> Result<(), Stop> {
    if !memberships::store::role_fits(ctx.db(), given.role, organization).await? {
        return Err(Refusal::new(Reason::NoAccount, "the role for them belongs to another organization").into());
    }
    memberships::store::lock(ctx.db(), organization).await?;
    let Some(member) = memberships::store::of_user(ctx.db(), account.id, organization).await? else {
        let id = memberships::join(ctx, organization, account.id, given.role, given.level).await?;
        note(ctx, provider, "memberships.create", Target::new("memberships", id, &account.name), "", given.level.as_str()).await?;
        return Ok(());
    };
    let same = member.role_id == given.role && member.level == given.level;
    if provider.rules.is_empty() || member.owner || same {
        return Ok(());
    }
    memberships::store::update(ctx.db(), member.id, Some(given.role), Some(given.level.as_str())).await?;
    ctx.callers_changed();
    let words = |role: Uuid, level: &str| format!("{role} ({level})");
    let (before, after) = (words(member.role_id, member.level.as_str()), words(given.role, given.level.as_str()));
    note(ctx, provider, "memberships.update", Target::new("memberships", member.id, &account.name), &before, &after).await?;
    ctx.emit(MembershipChanged { id: member.id, organization_id: organization, user_id: account.id }).await?;
    Ok(())
}

/// It is the provider who decided, so the log says so.
async fn note(ctx: &mut Ctx, provider: &Provider, action: &str, target: Target, before: &str, after: &str) -> Result<(), Problem> {
    let mut changes = Changes::new();
    changes.insert("role".into(), json!({"before": before, "after": after}));
    ctx.audit(action, Some(target), changes, Some(format!("By {}, as it says who they are", provider.label))).await
}
