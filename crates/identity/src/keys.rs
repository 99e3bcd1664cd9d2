//! API keys of staff: shown once, kept as a hash; what one may do is its scopes within what its owner may, asked anew
//! at every use.
//! Emits `key.created`, `key.revoked`.

use crate::fact::fact;
use crate::{key_text, permission, role};
use chrono::{DateTime, Duration, Utc};
use kernel::field::{choice, datetime, list, reference, text};
use kernel::{Action, ActorKind, Ctx, Problem, Resource, Result, Risk};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// A key as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct Key {
    pub id: Uuid,
    pub name: String,
    pub staff_id: Option<Uuid>,
    pub status: String,
}

fact!(
    /// Somebody made a key.
    KeyCreated = "key.created" { id: Uuid, name: String, staff_id: Uuid }
);
fact!(
    /// A key works no more.
    KeyRevoked = "key.revoked" { id: Uuid, name: String }
);

pub(crate) fn resource() -> Resource<Key> {
    Resource::<Key>::new("keys", "identity.api_keys")
        .called("Keys", "Key")
        .describe("key", "API keys for scripts, each with its own scopes")
        .group("people")
        .default_order("created_at.desc")
        .field(text("name").required().max(120).search())
        .field(text("prefix").always().read_only().sql("'qd_' || t.prefix").help("How the key begins").filter())
        .field(
            choice("status", &[("active", "Active", "green"), ("expired", "Expired", "gray"), ("revoked", "Revoked", "gray")])
                .always()
                .sql("case when t.revoked_at is not null then 'revoked' when t.expires_at <= identity.now() then 'expired' else 'active' end"),
        )
        .field(list("scopes").always().create_only().filter())
        .field(reference("staff_id", "staff").label("Owner").read_only())
        .field(choice("owner_kind", &[("staff", "Staff", "blue"), ("person", "User", "gray"), ("organization", "Organization", "gray")]).label("Kind of owner").always().read_only().detail_only())
        .field(reference("user_id", "users").read_only().detail_only())
        .field(reference("organization_id", "organizations").read_only().detail_only())
        .field(datetime("last_used_at").label("Last used").read_only().filter().sort())
        .field(datetime("expires_at").label("Expires").create_only().filter().sort())
        .field(datetime("created_at").label("Created").always().read_only().filter().sort())
        .field(datetime("revoked_at").label("Revoked").read_only().filter().detail_only())
        .field(text("revoked_reason").label("Why it was revoked").read_only().detail_only())
        .action(Action::create(create))
        .action(
            Action::new("revoke", revoke)
                .icon("ban")
                .risk(Risk::Danger)
                .confirm("Scripts that use this key stop working at once, for ever.")
                .bulk()
                .when(|k: &Key| k.status != "revoked", "This key is revoked already"),
        )
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000030", "name": "Nightly report", "prefix": "qd_k3v9x2mf", "status": "active", "scopes": ["users:read"],
            "staff_id": "0190b6c8-0000-7000-8000-000000000001", "owner_kind": "staff", "user_id": null, "organization_id": null,
            "last_used_at": "2026-11-20T03:00:00Z", "expires_at": null, "created_at": "2026-11-01T08:00:00Z", "revoked_at": null, "revoked_reason": null, "version": "1"
        }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// What uses it, so that you know it again
    #[schemars(length(min = 1, max = 120))]
    name: String,
    /// Permissions such as users:read; patterns with * count as far as you may yourself
    #[schemars(length(min = 1, max = 200))]
    scopes: Vec<String>,
    /// Without it, the key works until it is revoked
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
}

/// The new key; its text is shown this once.
#[derive(Serialize)]
struct Created {
    id: Uuid,
    key: String,
}

async fn create(ctx: &mut Ctx, input: Create) -> Result<Created> {
    let owner = match (ctx.actor().kind, ctx.actor().id, ctx.subject()) {
        (ActorKind::Staff, Some(id), None) => id,
        _ => return Err(Problem::refused("Keys are made by people who are signed in, not by other keys")),
    };
    check_scopes(ctx, &input.scopes)?;
    if input.expires_at.is_some_and(|at| at <= ctx.now() + Duration::minutes(1)) {
        return Err(Problem::field("expires_at", "past", "Choose a time in the future"));
    }
    let (id, key) = (ctx.id(), key_text::new());
    let name = input.name.trim();
    store::insert(ctx.db(), id, name, &key.prefix, &key.hash, owner, &input.scopes, input.expires_at).await?;
    ctx.emit(KeyCreated { id, name: name.to_owned(), staff_id: owner }).await?;
    Ok(Created { id, key: key.text })
}

/// A scope must exist, and be held when it is named outright.
fn check_scopes(ctx: &Ctx, scopes: &[String]) -> Result<()> {
    let all = ctx.app().registry.permissions();
    for scope in scopes {
        if scope.starts_with('-') || !all.iter().any(|p| permission::matches(scope, &p.name)) {
            return Err(Problem::field("scopes", "unknown", format!("There is no permission {scope}. GET /api/v1/meta lists them all.")));
        }
        if !scope.contains('*') && !ctx.caller().permissions.allow(scope) {
            return Err(Problem::field("scopes", "not_held", format!("You don't hold {scope} yourself, so no key of yours can")));
        }
    }
    Ok(())
}

async fn revoke(ctx: &mut Ctx, target: Key, (): ()) -> Result<Value> {
    if let Some(owner) = target.staff_id
        && role::acting_staff(ctx).await? != Some(owner)
        && !role::is_owner(ctx.caller())
        && store::belongs_to_owner(ctx.db(), owner).await?
    {
        return Err(Problem::refused("Only an owner can revoke another owner's key"));
    }
    store::revoke(ctx.db(), target.id, ctx.now()).await?;
    ctx.callers_changed();
    ctx.emit(KeyRevoked { id: target.id, name: target.name }).await?;
    Ok(Value::Null)
}

pub mod store {
    use super::{DateTime, Result, Utc, Uuid};
    use tokio_postgres::Client;

    const INSERT: &str =
        "insert into identity.api_keys (id, name, prefix, token_hash, staff_id, scopes, expires_at) values ($1, $2, $3, $4, $5, $6, $7)";
    const REVOKE: &str = "update identity.api_keys set revoked_at = $2, revoked_reason = 'revoked' where id = $1 and revoked_at is null";
    const BELONGS_TO_OWNER: &str = "select exists (select from dashboard_auth.dashboard_users u join identity.roles r on r.id = u.role_id where u.id = $1 and r.name = 'owner')";

    pub const STATEMENTS: &[&str] = &[INSERT, REVOKE, BELONGS_TO_OWNER];

    #[expect(clippy::too_many_arguments, reason = "one per column")]
    pub(super) async fn insert(
        db: &Client,
        id: Uuid,
        name: &str,
        prefix: &str,
        hash: &[u8],
        owner: Uuid,
        scopes: &[String],
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<()> {
        db.execute(INSERT, &[&id, &name, &prefix, &hash, &owner, &scopes, &expires_at]).await?;
        Ok(())
    }

    pub(super) async fn revoke(db: &Client, id: Uuid, now: DateTime<Utc>) -> Result<()> {
        db.execute(REVOKE, &[&id, &now]).await?;
        Ok(())
    }

    pub(super) async fn belongs_to_owner(db: &Client, staff: Uuid) -> Result<bool> {
        Ok(db.query_one(BELONGS_TO_OWNER, &[&staff]).await?.get(0))
    }
}
