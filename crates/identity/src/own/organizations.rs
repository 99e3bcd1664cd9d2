//! Where one belongs, and going from there.

use crate::kind::Kind;
use crate::memberships;
use crate::sign_in::person;
use kernel::actor::Scope;
use kernel::endpoint::{Response, empty};
use kernel::{Call, Caller, Ctx, Problem, Result};
use uuid::Uuid;

/// Done within the organization, so that it stands in its log.
pub(super) async fn leave(call: Call) -> Result<Response> {
    let (caller, user, _) = person(&call, Kind::User)?;
    let organization = Uuid::parse_str(call.param("id")).map_err(|_| Problem::not_found("such organization of yours"))?;
    let caller = Caller { scope: Scope::Organization(organization), ..caller };
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    match memberships::leave(&mut ctx, user, organization).await {
        Ok(()) => {
            ctx.commit().await?;
            Ok(empty())
        }
        Err(problem) => {
            drop(ctx.rollback().await);
            Err(problem)
        }
    }
}
