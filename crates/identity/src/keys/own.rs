//! Keys that app users make for themselves: within one organization, as far as they may do things there themselves at
//! every use, and only while they belong to it. Nobody needs a right for that; it adds none.

use super::create::Created;
pub use super::rotate::{Rotate, Rotated};
use super::store::{self, NewKey};
use super::{KeyCreated, KeyRevoked, by_role, limits};
use crate::{entry, key_text, member};
use chrono::{DateTime, Utc};
use kernel::audit::{Changes, Target};
use kernel::{Client, Ctx, Problem, Result, Scope};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateOwn {
    /// What uses it, so that you know it again
    #[schemars(length(min = 1, max = 120))]
    name: String,
    /// The organization it works in
    organization_id: Uuid,
    /// Permissions such as memberships:read; patterns with * count as far as you may yourself
    #[schemars(length(min = 1, max = 200))]
    scopes: Vec<String>,
    /// Without it, the key works until it is revoked, or as long as your role lets it
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
    /// Only from these addresses or networks; from anywhere without
    #[serde(default)]
    #[schemars(length(max = 50))]
    networks: Vec<String>,
    /// Most requests in any minute; as many as your role lets it without
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000))]
    per_minute: Option<i32>,
}

/// One of one's own keys.
#[derive(Serialize)]
pub struct OwnKey {
    id: Uuid,
    name: String,
    prefix: String,
    organization_id: Uuid,
    organization: String,
    scopes: Vec<String>,
    networks: Vec<String>,
    per_minute: Option<i32>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    last_used_address: Option<String>,
    /// It has a successor, and works on until it ends.
    replaced: bool,
}

impl OwnKey {
    pub(super) fn read(row: &tokio_postgres::Row) -> Self {
        Self {
            id: row.get(0),
            name: row.get(1),
            prefix: row.get(2),
            organization_id: row.get(3),
            organization: row.get(4),
            scopes: row.get(5),
            networks: row.get(6),
            per_minute: row.get(7),
            created_at: row.get(8),
            expires_at: row.get(9),
            last_used_at: row.get(10),
            last_used_address: row.get(11),
            replaced: row.get(12),
        }
    }
}

/// One request that was made with a key.
#[derive(Serialize)]
pub struct OwnAccess {
    at: DateTime<Utc>,
    method: String,
    route: String,
    status: i32,
    address: Option<String>,
}

impl OwnAccess {
    pub(super) fn read(row: &tokio_postgres::Row) -> Self {
        Self { at: row.get(0), method: row.get(1), route: row.get(2), status: row.get(3), address: row.get(4) }
    }
}

/// A key of somebody's own, before it is changed.
pub(super) struct Found {
    pub name: String,
    pub organization_id: Uuid,
    pub works: bool,
    pub replaced: bool,
}

/// The keys of an app user that still work.
///
/// # Errors
/// When the database is away.
pub async fn list(db: &Client, user: Uuid, now: DateTime<Utc>) -> Result<Vec<OwnKey>> {
    store::own(db, user, now).await
}

/// Makes a key of an app user, in the transaction of `ctx`.
///
/// # Errors
/// 422 where they don't belong to the organization, or don't hold a scope there.
pub async fn create(ctx: &mut Ctx, user: Uuid, session: Uuid, input: CreateOwn) -> Result<Created> {
    let Some(member) = member::find(ctx.db(), user, input.organization_id).await? else {
        return Err(Problem::field("organization_id", "reference", "You don't belong to an organization with this id"));
    };
    // What the organization asks of a session it asks of who makes a key in it, too.
    entry::admitted(ctx, user, session, input.organization_id).await?;
    limits::check_exist(ctx, &input.scopes, Scope::Organization)?;
    let held = member.permissions(&ctx.app().registry);
    if let Some(scope) = input.scopes.iter().find(|scope| !scope.contains('*') && !held.allow(scope)) {
        return Err(Problem::field("scopes", "not_held", format!("You don't hold {scope} there yourself, so no key of yours can")));
    }
    limits::check_end(ctx, input.expires_at)?;
    let networks = limits::networks_of(&input.networks)?;
    let (id, key, name) = (ctx.id(), key_text::new(), input.name.trim().to_owned());
    if name.is_empty() {
        return Err(Problem::field("name", "required", "This is required"));
    }
    crate::limits::key(ctx, input.organization_id).await?;
    let bounds = by_role::bounds(ctx, user, Some(input.organization_id), None).await?;
    let (expires_at, per_minute) = (bounds.end(input.expires_at, ctx.now())?, bounds.rate(input.per_minute)?);
    let new = NewKey {
        id,
        name: &name,
        prefix: &key.prefix,
        hash: &key.hash,
        staff_id: None,
        user_id: Some(user),
        organization_id: Some(input.organization_id),
        role_id: None,
        level: None,
        scopes: &input.scopes,
        networks: &networks,
        per_minute,
        per_month: None,
        expires_at,
        made_by: &ctx.actor().label,
        made_by_id: user,
    };
    store::insert(ctx.db(), &new).await?;
    ctx.audit("keys.create", Some(Target::new("keys", id, &name)), Changes::new(), None).await?;
    ctx.emit(KeyCreated { id, name, staff_id: None, organization_id: Some(input.organization_id) }).await?;
    Ok(Created { id, key: key.text })
}

/// Replaces a key of an app user by one with another text.
///
/// # Errors
/// 404 when it isn't theirs, 403 when it works no more or has a successor.
pub async fn rotate(ctx: &mut Ctx, user: Uuid, session: Uuid, key: Uuid, input: Rotate) -> Result<Rotated> {
    let found = store::lock_own(ctx.db(), user, key, ctx.now()).await?.ok_or_else(|| Problem::not_found("such key"))?;
    if found.replaced {
        return Err(Problem::refused("This key has a successor already"));
    }
    if !found.works {
        return Err(Problem::refused("This key works no more; make a new one"));
    }
    entry::admitted(ctx, user, session, found.organization_id).await?;
    ctx.audit("keys.rotate", Some(Target::new("keys", key, &found.name)), Changes::new(), None).await?;
    super::rotate::replace(ctx, (key, found.name), user, input).await
}

/// The last requests made with a key of an app user.
///
/// # Errors
/// 404 when it isn't theirs.
pub async fn accesses(db: &Client, user: Uuid, key: Uuid) -> Result<Vec<OwnAccess>> {
    match store::is_own(db, user, key).await? {
        true => store::accesses(db, key).await,
        false => Err(Problem::not_found("such key")),
    }
}

/// Ends a key of an app user.
///
/// # Errors
/// 404 when it isn't theirs, or has ended.
pub async fn revoke(ctx: &mut Ctx, user: Uuid, key: Uuid) -> Result<()> {
    let name = store::revoke_own(ctx.db(), user, key, ctx.now()).await?.ok_or_else(|| Problem::not_found("such key"))?;
    ctx.callers_changed();
    ctx.audit("keys.revoke", Some(Target::new("keys", key, &name)), Changes::new(), None).await?;
    ctx.emit(KeyRevoked { id: key, name }).await
}
