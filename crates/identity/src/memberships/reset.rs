//! A password reset that a member's organization begins. It is the same as when they ask for it themselves at the
//! sign-in page: a letter to the address of the account, from a job that says nothing about it. Never a link for the
//! admin, because the account is the person's: it may belong to other organizations, or to a member of staff.

use super::{Membership, may_end_sessions, store};
use crate::forgotten;
use crate::kind::Kind;
use kernel::{Ctx, Result};
use serde_json::Value;

pub(super) async fn send(ctx: &mut Ctx, target: Membership, (): ()) -> Result<Value> {
    may_end_sessions(ctx, &target).await?;
    let email = store::email_of(ctx.db(), target.user_id).await?;
    forgotten::send(ctx, Kind::User, &email).await?;
    Ok(Value::Null)
}
