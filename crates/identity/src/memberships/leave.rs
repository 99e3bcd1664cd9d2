//! Coming and going of one's own accord: who joins by an invitation, and who leaves.

use super::{remove, store};
use kernel::audit::{self, Entry, Target};
use kernel::{Ctx, Problem, Result};
use uuid::Uuid;

pub(crate) const OWNERS_STAY: &str = "You own this organization. Hand it over to somebody else first.";

/// Lets somebody go who wants to. Nobody who owns the organization does, before they hand it over.
///
/// # Errors
/// 404 when they aren't in it, 403 when they own it.
pub(crate) async fn leave(ctx: &mut Ctx, user_id: Uuid, organization_id: Uuid) -> Result<()> {
    store::lock(ctx.db(), organization_id).await?;
    let own = store::of_user(ctx.db(), user_id, organization_id).await?.ok_or_else(|| Problem::not_found("such organization of yours"))?;
    if own.owner {
        return Err(Problem::refused(OWNERS_STAY));
    }
    remove(ctx, &own).await?;
    let label = ctx.actor().label.clone();
    ctx.audit("memberships.leave", Some(Target::new("memberships", own.id, label)), audit::Changes::new(), None).await
}

/// Writes into the organization's own log that somebody joined; they acted on the platform, where their account is.
pub(crate) async fn joined(ctx: &mut Ctx, organization: Uuid, membership: Uuid) -> Result<()> {
    let target = Target::new("memberships", membership, &ctx.actor().label);
    let entry = Entry { organization: Some(organization), ..Entry::new(ctx, "memberships.join", Some(target)) };
    let app = ctx.app().clone();
    audit::store::append(ctx.db(), &app.keys, &entry).await
}
