//! One's own password and name.

use crate::kind::Kind;
use crate::sign_in::{note_owner, person};
use crate::{State, account, ceremonies, link, policy, sessions, sso};
use kernel::endpoint::{Response, empty};
use kernel::{Call, Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetPassword {
    #[schemars(length(min = 1, max = 1024), extend("format" = "password"))]
    password: String,
}

/// Sets a new password. The fresh proof stands for the old one; open reset links and other sessions end.
pub(super) async fn set(call: Call, kind: Kind, state: Arc<State>) -> Result<Response> {
    let (caller, id, session) = person(&call, kind)?;
    caller.prove(true, call.app.clock.now())?;
    let input: SetPassword = call.input()?;
    let tx = call.app.db.begin(&caller, call.app.clock.now()).await?;
    let whose = account::store::by_id(tx.db(), kind, id).await?.ok_or_else(|| Problem::not_found("such account"))?;
    sso::has_own_password(tx.db(), kind, &whose.email).await?;
    tx.rollback().await?;
    policy::check(&call.app, kind, &input.password, &[&whose.email, &whose.name])?;
    let hash = state.hasher.hash(input.password.into()).await?;
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    account::store::set_password(ctx.db(), kind, id, &hash, ctx.now()).await?;
    link::store::forget(ctx.db(), kind, id).await?;
    if kind == Kind::User {
        super::email_change::store::forget(ctx.db(), id).await?;
    }
    ceremonies::store::end_of(ctx.db(), id).await?;
    sessions::store::revoke_of(ctx.db(), kind, id, ctx.now(), "password changed", Some(session)).await?;
    ctx.callers_changed();
    note_owner(&mut ctx, kind, id, "set-password", "A new password").await?;
    ctx.commit().await?;
    Ok(empty())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rename {
    #[schemars(length(min = 1, max = 120))]
    name: String,
}

pub(super) async fn rename(call: Call, kind: Kind) -> Result<Response> {
    let (caller, id, _) = person(&call, kind)?;
    let input: Rename = call.input()?;
    let name = input.name.trim();
    if name.is_empty() {
        return Err(Problem::field("name", "required", "This is required"));
    }
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    account::store::set_name(ctx.db(), kind, id, name).await?;
    ctx.callers_changed();
    note_owner(&mut ctx, kind, id, "rename", name).await?;
    ctx.commit().await?;
    Ok(empty())
}
