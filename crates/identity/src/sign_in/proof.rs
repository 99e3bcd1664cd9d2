//! Proving again who sits there ("step-up"): for ten minutes, for this session, never by a key nor while acting as
//! somebody else. A passkey is enough; otherwise the password, and a code where the account has an authenticator app.

use super::enter::{on_platform, other};
use super::{given, note, second};
use crate::account::{self, Account};
use crate::ceremonies::{self, Purpose};
use crate::factors::{self, passkeys, recovery, totp};
use crate::kind::Kind;
use crate::{State, cookie, notices, sessions, sso, throttle};
use http::StatusCode;
use kernel::audit::{Changes, Target};
use kernel::endpoint::{Response, empty, json};
use kernel::{Call, Caller, Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub(super) struct Proof {
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 1024), extend("format" = "password"))]
    password: Option<String>,
    /// The six digits of the authenticator app
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 20))]
    code: Option<String>,
    /// A recovery code instead of the six digits
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 40))]
    recovery_code: Option<String>,
    /// What the browser answered for a passkey
    #[serde(default)]
    #[schemars(with = "serde_json::Map<String, Value>")]
    credential: Option<Value>,
}

/// The person of this kind who calls, and their session.
///
/// # Errors
/// 403 for anybody else: keys, the other kind, and who acts as somebody.
pub(crate) fn person(call: &Call, kind: Kind) -> Result<(Caller, Uuid, Uuid)> {
    let caller = call.caller()?;
    match (caller.actor.id, caller.session) {
        (Some(id), Some(session)) if caller.actor.kind == kind.actor() && caller.subject.is_none() => {
            Ok((on_platform(caller.clone()), id, session))
        }
        _ if caller.subject.is_some() => Err(Problem::refused("This can't be done while you act as somebody else")),
        _ => Err(Problem::refused(other(kind))),
    }
}

/// Writes down what somebody did to their own account, and tells them where it concerns its protection.
pub(crate) async fn note_owner(ctx: &mut Ctx, kind: Kind, account: Uuid, what: &str, detail: &str) -> Result<()> {
    let label = ctx.actor().label.clone();
    let target = Target::new(kind.collection(), account, label);
    ctx.audit(&format!("{}.{what}", kind.collection()), Some(target), Changes::new(), Some(detail.to_owned())).await?;
    notices::changed(ctx, kind, account, what).await
}

pub(super) async fn options(call: Call, kind: Kind) -> Result<Response> {
    let (caller, id, _) = person(&call, kind)?;
    let ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    let (options, state) = passkeys::start(&ctx, kind, id).await?;
    let (ceremony, token) = ceremonies::begin(&ctx, Purpose::Proof, kind, Some(id), &[]).await?;
    ceremonies::leave(&ctx, ceremony, &state).await?;
    ctx.commit().await?;
    let mut response = json(StatusCode::OK, &options)?;
    cookie::set_ceremony(&mut response, kind, token.reveal(), ceremonies::GOOD_FOR.num_seconds(), call.request.tls);
    Ok(response)
}

pub(super) async fn prove(call: Call, kind: Kind, state: Arc<State>) -> Result<Response> {
    let (caller, id, session) = person(&call, kind)?;
    let input: Proof = call.input()?;
    // Whoever found an open session can guess no faster than at the door.
    let brakes = throttle::proof(kind, id);
    second::count(&call, &brakes).await?;
    let password = match &input.password {
        Some(password) => {
            let tx = call.app.db.begin(&caller, call.app.clock.now()).await?;
            let stored = account::store::lock_active(tx.db(), kind, id).await?.flatten();
            tx.rollback().await?;
            let fits = state.hasher.verify(state.hasher.place(true)?, true, password.clone().into(), stored.clone()).await?;
            Some((fits, stored))
        }
        None => None,
    };
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    let gone = || Problem::unauthenticated("The account can't sign in any more");
    let now_stored = account::store::lock_active(ctx.db(), kind, id).await?.ok_or_else(gone)?;
    let account = account::store::by_id(ctx.db(), kind, id).await?.ok_or_else(gone)?;
    // A password that was changed while it was checked proves nothing.
    // Nor does one where a provider is the only way in.
    let counts = !sso::is_exclusive(ctx.db(), kind, &account.email).await?;
    let by_password = counts && password.is_some_and(|(fits, stored)| fits && stored == now_stored);
    let way = match check(&ctx, &call, &account, by_password, input).await {
        Ok(way) => way,
        Err(problem) => {
            ctx.rollback().await?;
            let target = Target::new(kind.collection(), id, &account.name);
            note(&call.app, &call.request, kind, &account.email, target, "A proof of identity was wrong").await?;
            return Err(problem);
        }
    };
    throttle::refund(ctx.db(), &brakes).await?;
    sessions::store::proved(ctx.db(), kind, session, ctx.now()).await?;
    // An organization that asks for a second factor opens to a session that showed one, at its sign-in or here.
    sessions::store::proved_by(ctx.db(), kind, session, way).await?;
    ctx.audit(&format!("{}.prove", kind.sessions()), Some(Target::new(kind.sessions(), session, &account.name)), Changes::new(), None)
        .await?;
    ctx.callers_changed();
    ctx.commit().await?;
    let mut response = empty();
    cookie::clear_ceremony(&mut response, kind, call.request.tls);
    Ok(response)
}

/// How they proved it.
async fn check(ctx: &Ctx, call: &Call, account: &Account, by_password: bool, input: Proof) -> Result<&'static str> {
    let kind = account.kind;
    if let Some(answer) = input.credential {
        let token = cookie::ceremony(&call.headers, kind, call.request.tls);
        let ceremony = ceremonies::attempt(ctx.app(), token, kind, Purpose::Proof).await?;
        if ceremony.account != Some(account.id) {
            return Err(Problem::refused("This passkey was asked of another account"));
        }
        ceremonies::use_up(ctx, ceremony.id).await?;
        return passkeys::finish(ctx, kind, account.id, given(answer)?, &ceremony.state(ctx.app())?).await.map(|()| "passkey");
    }
    if !by_password {
        return Err(Problem::field("password", "wrong", "This is not your password"));
    }
    let methods = factors::store::methods(ctx.db(), kind, account.id).await?;
    if !methods.totp {
        return Ok("password");
    }
    let wrong = |field: &str| Problem::field(field, "wrong", "This code is wrong, or was used already");
    match (input.code, input.recovery_code) {
        (Some(code), _) => totp::take(ctx, kind, account.id, &code).await?.then_some("totp").ok_or_else(|| wrong("code")),
        (None, Some(code)) => {
            recovery::take(ctx, kind, account.id, &code).await?.then_some("recovery").ok_or_else(|| wrong("recovery_code"))
        }
        (None, None) => Err(Problem::field("code", "required", "Enter the six digits of your authenticator app, too")),
    }
}
