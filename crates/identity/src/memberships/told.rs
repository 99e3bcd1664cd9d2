//! What staff do with somebody's account stands in the log of every organization they are in: that it was done, and by
//! whom. Why it was done is not told: it may be about another organization.

use super::store;
use kernel::audit::{self, Changes, Entry, Target};
use kernel::{Ctx, Result};
use uuid::Uuid;

/// Writes an entry into each of these organizations. `what` is one of `account-suspended`, `account-activated`,
/// `account-deleted`, `account-signed-out`, `impersonation-started`, `impersonation-ended`.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn tell(ctx: &mut Ctx, user: Uuid, what: &str, changes: &Changes) -> Result<()> {
    let app = ctx.app().clone();
    for (id, organization, name) in store::all_of(ctx.db(), user).await? {
        let target = Target::new("memberships", id, name);
        let entry = Entry::new(ctx, &format!("memberships.{what}"), Some(target)).changes(changes.clone());
        let entry = Entry { organization: Some(organization), ..entry };
        audit::store::append(ctx.db(), &app.keys, &entry).await?;
    }
    Ok(())
}
