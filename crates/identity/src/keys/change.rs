//! Changing and ending a key. Its owner may widen it as far as they may themselves; others only narrow it.

use super::{Key, KeyRevoked, KeyUpdated, by_role, in_person, limits, may_touch, store};
use crate::{given, role};
use chrono::{DateTime, Utc};
use kernel::{Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub struct Update {
    /// What uses it, so that you know it again
    #[serde(default)]
    #[schemars(length(min = 1, max = 120))]
    name: Option<String>,
    /// Permissions; what you add you must hold yourself
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    scopes: Option<Vec<String>>,
    /// Only from these addresses or networks; from anywhere when empty
    #[serde(default)]
    #[schemars(length(max = 50))]
    networks: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(with = "Option<i32>", range(min = 1, max = 1_000_000))]
    per_minute: Option<Option<i32>>,
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(with = "Option<i32>", range(min = 1, max = 2_147_483_647))]
    per_month: Option<Option<i32>>,
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(with = "Option<DateTime<Utc>>")]
    expires_at: Option<Option<DateTime<Utc>>>,
}

pub async fn update(ctx: &mut Ctx, target: Key, input: Update) -> Result<Value> {
    let who = in_person(ctx)?;
    may_touch(ctx, &target).await?;
    if let Some(scopes) = &input.scopes {
        widened(ctx, &target, scopes, target.staff_id.or(target.user_id) == Some(who)).await?;
    }
    let networks = input.networks.as_deref().map(limits::networks_of).transpose()?;
    limits::check_end(ctx, input.expires_at.flatten())?;
    let name = input.name.as_deref().map(str::trim);
    if name == Some("") {
        return Err(Problem::field("name", "required", "This is required"));
    }
    let bounds = by_role::bounds(ctx, who, target.organization_id, target.role_id).await?;
    let expires_at = input.expires_at.map(|asked| bounds.end(asked, ctx.now())).transpose()?;
    let per_minute = input.per_minute.map(|asked| bounds.rate(asked)).transpose()?;
    store::update(ctx.db(), target.id, name, input.scopes.as_deref(), networks.as_deref()).await?;
    store::set_limits(ctx.db(), target.id, per_minute, input.per_month, expires_at).await?;
    ctx.callers_changed();
    ctx.emit(KeyUpdated { id: target.id, name: name.unwrap_or(&target.name).to_owned() }).await?;
    Ok(Value::Null)
}

/// What is added must be held. The owner may write patterns, which count as far as they may themselves.
async fn widened(ctx: &Ctx, target: &Key, scopes: &[String], own: bool) -> Result<()> {
    let within = limits::scope_of(target.organization_id);
    let added: Vec<String> = scopes.iter().filter(|scope| !target.scopes.contains(scope)).cloned().collect();
    let (before, after) = (limits::resolved(ctx, &target.scopes, within), limits::resolved(ctx, scopes, within));
    if before.cover(&after) {
        // Narrower, or the same in other words; it only has to exist.
        return limits::check_exist(ctx, &added, within);
    }
    limits::check_scopes(ctx, &added, within)?;
    if own || role::standing(ctx).await?.cover(&limits::resolved(ctx, &added, within)) {
        return Ok(());
    }
    Err(Problem::field("scopes", "not_held", "You don't hold all of this yourself, and the key isn't yours"))
}

pub async fn revoke(ctx: &mut Ctx, target: Key, (): ()) -> Result<Value> {
    may_touch(ctx, &target).await?;
    store::revoke(ctx.db(), target.id, ctx.now()).await?;
    ctx.callers_changed();
    ctx.emit(KeyRevoked { id: target.id, name: target.name }).await?;
    Ok(Value::Null)
}
