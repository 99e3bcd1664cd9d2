//! The second step of a sign-in. It is bound to the password step by a cookie that only that browser has, good once; a
//! code counts once; wrong codes are counted per sign-in and per account.

use super::enter::{self, Proved};
use super::{given, note};
use crate::account::{self, Account};
use crate::ceremonies::{self, Ceremony, Purpose};
use crate::factors::{passkeys, recovery, totp};
use crate::kind::Kind;
use crate::{cookie, throttle};
use http::StatusCode;
use kernel::audit::Target;
use kernel::endpoint::{Response, json};
use kernel::{Call, Caller, Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// One of the three.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub(super) struct SecondFactor {
    /// The six digits of the authenticator app
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 20))]
    code: Option<String>,
    /// A recovery code
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 40))]
    recovery_code: Option<String>,
    /// What the browser answered for a passkey
    #[serde(default)]
    #[schemars(with = "serde_json::Map<String, Value>")]
    credential: Option<Value>,
}

/// The account of a sign-in, when it may still sign in; its row stays locked.
pub(crate) async fn account(ctx: &Ctx, kind: Kind, id: Option<Uuid>) -> Result<Account> {
    let over = || Problem::unauthenticated("The account can't sign in").titled("That didn't work");
    let id = id.ok_or_else(over)?;
    account::store::lock_active(ctx.db(), kind, id).await?.ok_or_else(over)?;
    account::store::by_id(ctx.db(), kind, id).await?.ok_or_else(over)
}

pub(super) async fn options(call: Call, kind: Kind) -> Result<Response> {
    let token = cookie::ceremony(&call.headers, kind, call.request.tls);
    let ceremony = ceremonies::look(&call.app, token, kind, Purpose::SignIn).await?;
    let ctx = Ctx::open(call.app.clone(), Caller::system("sign-in"), call.request.clone()).await?;
    let account = account(&ctx, kind, ceremony.account).await?;
    let (options, state) = passkeys::start(&ctx, kind, account.id).await?;
    ceremonies::leave(&ctx, ceremony.id, &state).await?;
    ctx.commit().await?;
    json(StatusCode::OK, &options)
}

pub(super) async fn finish(call: Call, kind: Kind) -> Result<Response> {
    let input: SecondFactor = call.input()?;
    let token = cookie::ceremony(&call.headers, kind, call.request.tls);
    let ceremony = ceremonies::attempt(&call.app, token, kind, Purpose::SignIn).await?;
    let brakes = throttle::factor(kind, ceremony.account.unwrap_or_default());
    count(&call, &brakes).await?;
    let mut ctx = Ctx::open(call.app.clone(), Caller::system("sign-in"), call.request.clone()).await?;
    let account = account(&ctx, kind, ceremony.account).await?;
    ceremonies::use_up(&ctx, ceremony.id).await?;
    let how = match fits(&ctx, &ceremony, &account, input).await {
        Ok(how) => how,
        Err(problem) => {
            // Giving up everything makes the sign-in good again, for the tries that are left.
            ctx.rollback().await?;
            let target = Target::new(kind.collection(), account.id, &account.name);
            note(&call.app, &call.request, kind, &account.email, target, "The second factor was wrong").await?;
            return Err(problem);
        }
    };
    throttle::refund(ctx.db(), &brakes).await?;
    let mut factors: Vec<&str> = ceremony.factors.iter().map(String::as_str).collect();
    factors.push(how);
    let proved = Proved { factors: &factors, at: ctx.now(), by: ceremony.vouched };
    let response = enter::enter(&mut ctx, &call.headers, &account, &proved, StatusCode::OK, None).await?;
    ctx.commit().await?;
    Ok(response)
}

/// Counts a try against the account, whatever sign-in it belongs to.
pub(super) async fn count(call: &Call, brakes: &[throttle::Bucket]) -> Result<()> {
    let now = call.app.clock.now();
    let tx = call.app.db.begin(&Caller::system("sign-in"), now).await?;
    let taken = throttle::take(tx.db(), brakes, now).await;
    tx.commit().await?;
    taken
}

async fn fits(ctx: &Ctx, ceremony: &Ceremony, account: &Account, input: SecondFactor) -> Result<&'static str> {
    let kind = account.kind;
    let wrong = || {
        let left = match ceremony.tries_left {
            0 => "Start again with your password.".to_owned(),
            1 => "One try is left.".to_owned(),
            left => format!("{left} tries are left."),
        };
        Problem::unauthenticated(format!("This code is wrong, or was used already. {left}")).titled("That didn't match")
    };
    match input {
        SecondFactor { code: Some(code), .. } => totp::take(ctx, kind, account.id, &code).await?.then_some("totp").ok_or_else(wrong),
        SecondFactor { recovery_code: Some(code), .. } => {
            recovery::take(ctx, kind, account.id, &code).await?.then_some("recovery").ok_or_else(wrong)
        }
        SecondFactor { credential: Some(answer), .. } => {
            passkeys::finish(ctx, kind, account.id, given(answer)?, &ceremony.state(ctx.app())?).await.map(|()| "passkey")
        }
        _ => Err(Problem::field("code", "required", "Enter the code")),
    }
}
