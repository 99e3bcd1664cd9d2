//! Codes that have no effect any more, because whoever made them may no longer give what they give. At a use that is
//! asked in the moment; so that the list says it too, it is looked at again whenever rights of members may have changed.

use super::{still_given, store};
use kernel::event::Fact;
use kernel::{App, Caller, Ctx, RequestInfo, Result};
use std::sync::Arc;

/// After which facts; the names keep their places in the outbox.
pub(crate) const HEARD: [(&str, &str); 9] = [
    ("registration-codes.membership-changed", "membership.changed"),
    ("registration-codes.membership-suspended", "membership.suspended"),
    ("registration-codes.membership-activated", "membership.activated"),
    ("registration-codes.membership-deleted", "membership.deleted"),
    ("registration-codes.membership-created", "membership.created"),
    ("registration-codes.role-updated", "role.updated"),
    ("registration-codes.user-suspended", "user.suspended"),
    ("registration-codes.user-activated", "user.activated"),
    ("registration-codes.user-deleted", "user.deleted"),
];

/// Hearing twice does no harm: what counts is how things are now.
pub(crate) async fn look_again(app: Arc<App>, fact: Fact) -> Result<()> {
    let request = RequestInfo { id: fact.request_id, ..RequestInfo::default() };
    let ctx = Ctx::open(app, Caller::system("registration codes"), request).await?;
    for code in store::of_members(ctx.db(), ctx.now()).await? {
        let lapsed = !still_given(&ctx, ctx.db(), &code).await?;
        store::set_lapsed(ctx.db(), code.id, lapsed, ctx.now()).await?;
    }
    ctx.commit().await
}
