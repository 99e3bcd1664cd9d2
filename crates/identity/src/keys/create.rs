//! A new key: of the person who makes it, or of an organization, whose keys outlive whoever made them.

use super::store::NewKey;
use super::{KeyCreated, by_role, in_person, limits, store};
use crate::key_text;
use crate::memberships::{self, Level};
use chrono::{DateTime, Utc};
use kernel::{ActorKind, Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// What uses it, so that you know it again
    #[schemars(length(min = 1, max = 120))]
    name: String,
    /// Permissions such as users:read; patterns with * count as far as you may yourself
    #[schemars(length(min = 1, max = 200))]
    scopes: Vec<String>,
    /// Without it, the key works until it is revoked, or as long as your role lets it
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
    /// Only from these addresses or networks, such as 203.0.113.0/24; from anywhere without
    #[serde(default)]
    #[schemars(length(max = 50))]
    networks: Vec<String>,
    /// Most requests in any minute; as many as your role lets it without
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000))]
    per_minute: Option<i32>,
    /// Most requests in a calendar month (UTC); no limit without
    #[serde(default)]
    #[schemars(range(min = 1, max = 2_147_483_647))]
    per_month: Option<i32>,
    /// A key of this organization instead of your own; it stays when you go
    #[serde(default)]
    #[schemars(extend("x-references" = "organizations"))]
    organization_id: Option<Uuid>,
    /// What the organization's key may do at most
    #[serde(default)]
    #[schemars(extend("x-references" = "roles", "x-filter" = "scope=eq.organization"))]
    role_id: Option<Uuid>,
    /// The most it may do, whatever the role says
    #[serde(default)]
    level: Option<Level>,
}

/// The new key; its text is shown this once.
#[derive(Serialize)]
pub struct Created {
    pub id: Uuid,
    pub key: String,
}

pub async fn create(ctx: &mut Ctx, input: Create) -> Result<Created> {
    let maker = in_person(ctx)?;
    let organization_id = limits::organization_of(ctx, input.organization_id)?;
    limits::check_scopes(ctx, &input.scopes, limits::scope_of(organization_id))?;
    limits::check_end(ctx, input.expires_at)?;
    let networks = limits::networks_of(&input.networks)?;
    let level = input.role_id.map(|_| input.level.unwrap_or_default());
    let (staff_id, user_id) = match (organization_id, input.role_id) {
        (Some(organization), Some(role)) => {
            memberships::may_give(ctx, organization, role, level.unwrap_or_default()).await?;
            (None, None)
        }
        (Some(_), None) if ctx.actor().kind == ActorKind::Person => (None, Some(maker)),
        (Some(_), None) => return Err(Problem::field("role_id", "required", "Say with a role what the organization's key may do")),
        (None, Some(_)) => {
            return Err(Problem::field("organization_id", "required", "A role belongs to a key of an organization; say which"));
        }
        (None, None) => (Some(maker), None),
    };
    if let Some(organization) = organization_id {
        crate::limits::key(ctx, organization).await?;
    }
    let bounds = by_role::bounds(ctx, maker, organization_id, input.role_id).await?;
    let (expires_at, per_minute) = (bounds.end(input.expires_at, ctx.now())?, bounds.rate(input.per_minute)?);
    let (id, key) = (ctx.id(), key_text::new());
    let name = input.name.trim().to_owned();
    let new = NewKey {
        id,
        name: &name,
        prefix: &key.prefix,
        hash: &key.hash,
        staff_id,
        user_id,
        organization_id,
        role_id: input.role_id,
        level: level.map(Level::as_str),
        scopes: &input.scopes,
        networks: &networks,
        per_minute,
        per_month: input.per_month,
        expires_at,
        made_by: &ctx.actor().label,
        made_by_id: maker,
    };
    store::insert(ctx.db(), &new).await?;
    ctx.emit(KeyCreated { id, name, staff_id, organization_id }).await?;
    Ok(Created { id, key: key.text })
}
