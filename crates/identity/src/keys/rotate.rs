//! Rotation: a successor that works at once, while the key it replaces works on for a while, so that no script has to
//! be changed at a certain second. Both are listed, and they share their limits.

use super::{Key, KeyRotated, by_role, in_person, may_touch, store};
use crate::{key_text, memberships};
use chrono::{DateTime, Duration, Utc};
use kernel::{Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotate {
    /// Hours that the old key works on, at most 168 (7 days); 0 ends it at once
    #[serde(default = "a_day")]
    #[schemars(range(min = 0, max = 168), extend("default" = 24))]
    overlap_hours: i64,
    /// When the new key ends; when the old one would have, without
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
}

const fn a_day() -> i64 {
    24
}

/// The successor; its text is shown this once.
#[derive(Serialize)]
pub struct Rotated {
    id: Uuid,
    successor_id: Uuid,
    key: String,
    /// Until when the old key works.
    works_until: DateTime<Utc>,
    message: String,
}

pub async fn rotate(ctx: &mut Ctx, target: Key, input: Rotate) -> Result<Rotated> {
    let maker = in_person(ctx)?;
    may_touch(ctx, &target).await?;
    if target.user_id.or(target.staff_id).is_some_and(|owner| owner != maker) {
        // Whoever gets the text of a key acts as its owner.
        return Err(Problem::refused("Only its owner can rotate this key; revoke it instead"));
    }
    if let (Some(organization), Some(role)) = (target.organization_id, target.role_id) {
        memberships::may_give(ctx, organization, role, target.level.unwrap_or_default()).await?;
    }
    replace(ctx, (target.id, target.name), maker, input).await
}

/// Makes the successor of a key that works and has none, for its owner.
pub(super) async fn replace(ctx: &mut Ctx, (old, name): (Uuid, String), maker: Uuid, input: Rotate) -> Result<Rotated> {
    super::limits::check_end(ctx, input.expires_at)?;
    let before = store::before(ctx.db(), old).await?;
    let bounds = by_role::bounds(ctx, maker, before.organization_id, before.role_id).await?;
    let latest = bounds.end(input.expires_at, ctx.now())?;
    // What nobody asked for stays as it was, as far as it may.
    let expires_at = if input.expires_at.is_some() { latest } else { [before.expires_at, latest].into_iter().flatten().min() };
    let (id, key) = (ctx.id(), key_text::new());
    let until = ctx.now() + Duration::hours(input.overlap_hours);
    store::succeed(ctx.db(), old, id, &key.prefix, &key.hash, expires_at, &ctx.actor().label, maker).await?;
    if let Some(most) = bounds.per_minute {
        store::cap_rate(ctx.db(), id, most).await?;
    }
    let works_until = store::end_at(ctx.db(), old, until, ctx.now()).await?;
    ctx.callers_changed();
    ctx.emit(KeyRotated { id: old, successor_id: id, name, works_until }).await?;
    let message = if input.overlap_hours == 0 {
        "The old key has ended.".to_owned()
    } else {
        format!("The old key works until {}.", works_until.to_rfc3339())
    };
    Ok(Rotated { id: old, successor_id: id, key: key.text, works_until, message })
}
