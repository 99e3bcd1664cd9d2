//! Signing in by a passkey alone: it verifies its person, so it is two factors in one.

use super::enter::{self, Proved};
use super::{given, note, second};
use crate::ceremonies::{self, Purpose};
use crate::factors::passkeys;
use crate::kind::Kind;
use crate::{cookie, sso, throttle};
use http::StatusCode;
use kernel::audit::Target;
use kernel::endpoint::{Response, json};
use kernel::{Call, Caller, Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    /// What the browser answered
    #[schemars(with = "serde_json::Map<String, Value>")]
    credential: Value,
}

pub(super) async fn options(call: Call, kind: Kind) -> Result<Response> {
    let (options, state) = passkeys::start_alone(&call.app)?;
    // Anybody may ask, and each time something is kept for five minutes.
    second::count(&call, &throttle::by_passkey(kind, call.request.address)).await?;
    let ctx = Ctx::open(call.app.clone(), Caller::system("sign-in"), call.request.clone()).await?;
    let (id, token) = ceremonies::begin(&ctx, Purpose::Passkey, kind, None, &[]).await?;
    ceremonies::leave(&ctx, id, &state).await?;
    ctx.commit().await?;
    let mut response = json(StatusCode::OK, &options)?;
    cookie::set_ceremony(&mut response, kind, token.reveal(), ceremonies::GOOD_FOR.num_seconds(), call.request.tls);
    Ok(response)
}

pub(super) async fn finish(call: Call, kind: Kind) -> Result<Response> {
    let input: Answer = call.input()?;
    let answer = given(input.credential)?;
    let token = cookie::ceremony(&call.headers, kind, call.request.tls);
    let ceremony = ceremonies::attempt(&call.app, token, kind, Purpose::Passkey).await?;
    let mut ctx = Ctx::open(call.app.clone(), Caller::system("sign-in"), call.request.clone()).await?;
    ceremonies::use_up(&ctx, ceremony.id).await?;
    let found = match passkeys::finish_alone(&ctx, kind, answer, ceremony.state(&call.app)?).await {
        Ok(account) => second::account(&ctx, kind, Some(account)).await,
        Err(problem) => Err(problem),
    };
    let found = match found {
        Ok(account) if sso::is_exclusive(ctx.db(), kind, &account.email).await? => {
            Err(Problem::unauthenticated("The account comes in by its sign-in provider alone").titled("That didn't work"))
        }
        found => found,
    };
    let account = match found {
        Ok(account) => account,
        Err(problem) => {
            ctx.rollback().await?;
            note(&call.app, &call.request, kind, "a passkey", Target::new(kind.collection(), "", ""), problem.detail()).await?;
            return Err(problem);
        }
    };
    let proved = Proved { factors: &["passkey"], at: ctx.now(), by: None };
    let response = enter::enter(&mut ctx, &call.headers, &account, &proved, StatusCode::OK, None).await?;
    ctx.commit().await?;
    Ok(response)
}
