//! What narrows a key: scopes that exist and are held, networks, limits, an end.

use crate::memberships::Level;
use crate::{networks, permission};
use chrono::{DateTime, Duration, Utc};
use kernel::actor::Scope as CallerScope;
use kernel::{Ctx, Permissions, Problem, Result, Scope};
use uuid::Uuid;

/// A scope must exist where the key works.
pub fn check_exist(ctx: &Ctx, scopes: &[String], within: Scope) -> Result<()> {
    let all = ctx.app().registry.permissions();
    for scope in scopes {
        if scope.starts_with('-') || !all.iter().any(|p| permission::matches(scope, &p.name)) {
            return Err(Problem::field("scopes", "unknown", format!("There is no permission {scope}. GET /api/v1/meta lists them all.")));
        }
        if within == Scope::Organization && !all.iter().any(|p| permission::matches(scope, &p.name) && permission::applies(p, within)) {
            return Err(Problem::field("scopes", "platform", format!("{scope} is the platform's; a key of an organization can't hold it")));
        }
    }
    Ok(())
}

/// It must be held, too, when it is named outright.
pub fn check_scopes(ctx: &Ctx, scopes: &[String], within: Scope) -> Result<()> {
    check_exist(ctx, scopes, within)?;
    match scopes.iter().find(|scope| !scope.contains('*') && !ctx.caller().permissions.allow(scope)) {
        Some(scope) => Err(Problem::field("scopes", "not_held", format!("You don't hold {scope} yourself, so no key of yours can"))),
        None => Ok(()),
    }
}

/// What scopes give at most, whoever owns the key.
pub fn resolved(ctx: &Ctx, scopes: &[String], within: Scope) -> Permissions {
    match within {
        Scope::Platform => permission::resolve(&ctx.app().registry, scopes),
        Scope::Organization => permission::resolve_member(&ctx.app().registry, scopes, Level::Admin),
    }
}

/// Where a key of this organization, or of none, works.
pub fn scope_of(organization: Option<Uuid>) -> Scope {
    if organization.is_some() { Scope::Organization } else { Scope::Platform }
}

/// Who acts for an organization makes keys of that one.
pub fn organization_of(ctx: &Ctx, asked: Option<Uuid>) -> Result<Option<Uuid>> {
    match ctx.caller().scope {
        CallerScope::Organization(own) if asked.is_none_or(|asked| asked == own) => Ok(Some(own)),
        CallerScope::Organization(_) => Err(Problem::field("organization_id", "reference", "There is no organization with this id")),
        CallerScope::Platform => Ok(asked),
        CallerScope::Own => Err(Problem::refused("Keys are made within an organization. Choose one first.")),
    }
}

pub fn check_end(ctx: &Ctx, expires_at: Option<DateTime<Utc>>) -> Result<()> {
    if expires_at.is_some_and(|at| at <= ctx.now() + Duration::minutes(1)) {
        return Err(Problem::field("expires_at", "past", "Choose a time in the future"));
    }
    Ok(())
}

/// The networks in their normal form. Nobody makes a key that only others can use by a slip: an empty list is anywhere.
pub fn networks_of(given: &[String]) -> Result<Vec<String>> {
    networks::normalise("networks", given)
}
