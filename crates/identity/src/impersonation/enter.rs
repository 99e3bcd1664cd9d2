//! From the link to the cookie, and out again.

use super::{ImpersonationEnded, store};
use crate::kind::Kind;
use crate::sign_in::person;
use crate::{cookie, memberships};
use http::{Method, StatusCode};
use kernel::audit::{Changes, Target};
use kernel::endpoint::{Response, empty, json};
use kernel::secret::Token;
use kernel::{Access, Call, Ctx, Endpoint, Problem, Result, Scope, secret};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

pub(crate) fn endpoints() -> [Endpoint; 2] {
    [
        Endpoint::new(Method::POST, "/impersonation", "impersonation.enter", Access::SignedIn, enter)
            .summary("Begin to see the platform as somebody, in this browser of whoever asked for it")
            .takes::<Enter>()
            .answer(
                json!({"type": "object", "required": ["expires_at"], "properties": {"expires_at": {"type": "string", "format": "date-time"}}}),
                json!({"expires_at": "2026-11-20T09:45:00Z"}),
            ),
        Endpoint::new(Method::DELETE, "/impersonation", "impersonation.leave", Access::SignedIn, leave)
            .summary("Stop seeing the platform as somebody else")
            .scope(Scope::Organization),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Enter {
    /// From the link
    #[schemars(length(min = 1, max = 200))]
    code: String,
}

async fn enter(call: Call) -> Result<Response> {
    let (caller, staff, session) = person(&call, Kind::Staff)?;
    let input: Enter = call.input()?;
    let token = Token::random();
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    let taken = store::take_code(ctx.db(), &secret::hash(input.code.trim()), (staff, session), &token.hash(), ctx.now()).await?;
    let Some((id, until)) = taken else {
        ctx.rollback().await?;
        return Err(Problem::new(
            kernel::problem::Kind::Gone,
            "This link was used, is older than two minutes, or was made by somebody else. Begin again.",
        ));
    };
    // Asked for on the command line, it is this browser's from now on, in place of what it had open.
    store::end_others_of_session(ctx.db(), session, ctx.now(), "replaced", id).await?;
    ctx.audit("impersonations.enter", Some(Target::new("impersonations", id, "")), Changes::new(), None).await?;
    let seconds = (until - ctx.now()).num_seconds();
    ctx.commit().await?;
    let mut response = json(StatusCode::OK, &json!({"expires_at": until}))?;
    cookie::set_impersonation(&mut response, token.reveal(), seconds, call.request.tls);
    Ok(response)
}

async fn leave(call: Call) -> Result<Response> {
    let caller = call.caller()?.clone();
    let id = caller.seen_as.as_ref().map(|seen| seen.id).or(caller.session);
    let (Some(subject), Some(id)) = (caller.subject.clone(), id) else {
        return Err(Problem::refused("You are yourself here"));
    };
    let is_portal = caller.seen_as.is_none();
    let mut ctx = Ctx::open(call.app.clone(), crate::sign_in::on_platform(caller), call.request.clone()).await?;
    store::end(ctx.db(), id, ctx.now(), "stopped").await?;
    ctx.audit("impersonations.leave", Some(Target::new("impersonations", id, &subject.label)), Changes::new(), None).await?;
    if let Some(user) = subject.id {
        memberships::tell(&mut ctx, user, "impersonation-ended", &Changes::new()).await?;
    }
    ctx.emit(ImpersonationEnded { id, user_id: subject.id }).await?;
    ctx.callers_changed();
    ctx.commit().await?;
    let mut response = empty();
    if is_portal {
        cookie::clear_impersonation(&mut response, call.request.tls);
    }
    Ok(response)
}
