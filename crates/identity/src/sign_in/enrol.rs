//! Setting up an authenticator app in the middle of a sign-in, where the rules ask for a second factor and there is none.

use super::enter::{self, Proved};
use super::second;
use crate::ceremonies::{self, Purpose};
use crate::factors::{self, recovery, totp};
use crate::kind::Kind;
use crate::{cookie, throttle};
use http::StatusCode;
use kernel::audit::{self, Entry, Target};
use kernel::endpoint::{Response, json};
use kernel::{Call, Caller, Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the person's app has to know; shown until the first code confirms it.
#[derive(Serialize)]
struct Started {
    secret: String,
    uri: String,
}

pub(super) fn schema() -> Value {
    json!({"type": "object", "required": ["secret", "uri"], "properties": {
        "secret": {"type": "string", "description": "To type into the app"}, "uri": {"type": "string", "description": "To scan as a QR code"}}})
}

pub(super) fn example() -> Value {
    json!({"secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "uri": "otpauth://totp/Quarterdeck:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"})
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirm {
    /// The six digits that the app shows now
    #[schemars(length(min = 1, max = 20))]
    code: String,
}

pub(super) async fn start(call: Call, kind: Kind) -> Result<Response> {
    let token = cookie::ceremony(&call.headers, kind, call.request.tls);
    let ceremony = ceremonies::look(&call.app, token, kind, Purpose::Enrol).await?;
    let ctx = Ctx::open(call.app.clone(), Caller::system("sign-in"), call.request.clone()).await?;
    let account = second::account(&ctx, kind, ceremony.account).await?;
    // A page that was loaded again shows the same secret.
    let seed: totp::Seed = match ceremony.state(&call.app) {
        Ok(seed) => seed,
        Err(_) => {
            let seed = totp::new_seed();
            ceremonies::leave(&ctx, ceremony.id, &seed).await?;
            seed
        }
    };
    ctx.commit().await?;
    let shown = totp::show(&seed, &call.app.name(), &account.email)?;
    json(StatusCode::OK, &Started { secret: shown.secret, uri: shown.uri })
}

pub(super) async fn confirm(call: Call, kind: Kind) -> Result<Response> {
    let input: Confirm = call.input()?;
    let token = cookie::ceremony(&call.headers, kind, call.request.tls);
    let ceremony = ceremonies::attempt(&call.app, token, kind, Purpose::Enrol).await?;
    let brakes = throttle::factor(kind, ceremony.account.unwrap_or_default());
    second::count(&call, &brakes).await?;
    let mut ctx = Ctx::open(call.app.clone(), Caller::system("sign-in"), call.request.clone()).await?;
    let account = second::account(&ctx, kind, ceremony.account).await?;
    ceremonies::use_up(&ctx, ceremony.id).await?;
    let seed: totp::Seed = ceremony.state(&call.app)?;
    let Some(step) = totp::step(&seed, &input.code, ctx.now(), None)? else {
        ctx.rollback().await?;
        return Err(Problem::field("code", "wrong", "This is not the code that the app shows now. Check the clock of the device"));
    };
    let id = ctx.id();
    let sealed = call.app.keys.seal(&factors::place(id), &seed)?;
    factors::store::insert(ctx.db(), kind, id, account.id, "totp", "Authenticator app", &sealed, None, ctx.now(), None).await?;
    factors::store::confirm(ctx.db(), id, ctx.now(), Some(step), "Authenticator app").await?;
    let codes = recovery::renew(&ctx, kind, account.id).await?;
    throttle::refund(ctx.db(), &brakes).await?;
    let target = Target::new(kind.collection(), account.id, &account.name);
    let entry = Entry::of(
        ctx.id(),
        ctx.now(),
        &account.caller(&call.app),
        ctx.request(),
        &format!("{}.add-factor", kind.collection()),
        Some(target),
    )
    .detail(Some("An authenticator app, because the rules ask for a second factor".into()));
    audit::store::append(ctx.db(), &call.app.keys, &entry).await?;
    let mut factors: Vec<&str> = ceremony.factors.iter().map(String::as_str).collect();
    factors.push("totp");
    let proved = Proved { factors: &factors, at: ctx.now(), by: ceremony.vouched };
    let response = enter::enter(&mut ctx, &call.headers, &account, &proved, StatusCode::OK, Some(("recovery_codes", json!(codes)))).await?;
    ctx.commit().await?;
    Ok(response)
}
