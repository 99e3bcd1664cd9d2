//! API keys of staff, of people and of organizations: shown once, kept as a hash; what one may do is its scopes within
//! what its owner may, asked anew at every use.
//! Emits `key.created`, `key.updated`, `key.rotated`, `key.revoked`.

pub(crate) mod by_role;
mod change;
mod create;
mod limits;
pub mod own;
mod rotate;
pub mod store;

use crate::fact::fact;
use crate::memberships::Level;
use crate::role;
use kernel::field::{choice, datetime, int, list, reference, text};
use kernel::resource::Scope;
use kernel::{Action, ActorKind, Ctx, Problem, Resource, Result, Risk};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// A key as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct Key {
    pub id: Uuid,
    pub name: String,
    pub staff_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    pub organization_id: Option<Uuid>,
    pub role_id: Option<Uuid>,
    pub level: Option<Level>,
    pub scopes: Vec<String>,
    pub status: String,
}

fact!(
    /// Somebody made a key.
    KeyCreated = "key.created" { id: Uuid, name: String, staff_id: Option<Uuid>, organization_id: Option<Uuid> }
);
fact!(
    /// A key has another name, other scopes or other limits.
    KeyUpdated = "key.updated" { id: Uuid, name: String }
);
fact!(
    /// A key has a successor, and works on until then.
    KeyRotated = "key.rotated" { id: Uuid, successor_id: Uuid, name: String, works_until: chrono::DateTime<chrono::Utc> }
);
fact!(
    /// A key works no more.
    KeyRevoked = "key.revoked" { id: Uuid, name: String }
);

const OWNERS: [(&str, &str, &str); 3] = [("staff", "Staff", "blue"), ("person", "User", "gray"), ("organization", "Organization", "grape")];
const STATES: [(&str, &str, &str); 4] = [
    ("active", "Active", "green"),
    ("replaced", "Being replaced", "yellow"),
    ("expired", "Expired", "gray"),
    ("revoked", "Revoked", "gray"),
];
const LEVELS: [(&str, &str, &str); 3] =
    [("read_only", "Read only", "gray"), ("read_write", "Read and write", "blue"), ("admin", "Admin", "grape")];

pub(crate) fn resource() -> Resource<Key> {
    Resource::<Key>::new("keys", "identity.api_keys")
        .called("Keys", "Key")
        .describe("key", "API keys for scripts, each with its own scopes and limits")
        .group("people/keys")
        .scope(Scope::Organization)
        .administrative()
        .default_order("created_at.desc")
        .field(text("name").required().max(120).search())
        .field(text("prefix").always().read_only().sql("'qd_' || t.prefix").help("How the key begins").filter())
        .field(
            choice("status", &STATES)
                .always()
                .sql("case when t.revoked_at is not null then 'revoked' when t.expires_at <= identity.now() then 'expired' \
                      when exists (select from identity.api_keys n where n.replaces_id = t.id) then 'replaced' else 'active' end"),
        )
        .field(list("scopes").always().filter())
        .field(choice("owner_kind", &OWNERS).label("Belongs to").always().read_only().detail_only())
        .field(reference("staff_id", "staff").label("Owner").read_only())
        .field(reference("user_id", "users").read_only().detail_only())
        .field(reference("organization_id", "organizations").read_only())
        .field(reference("role_id", "roles").read_only().detail_only())
        .field(choice("level", &LEVELS).read_only().detail_only())
        .field(list("networks").label("Only from").help("Addresses and networks it may be used from; anywhere when empty").always().detail_only())
        .field(int("per_minute").label("Requests per minute").min(1).detail_only())
        .field(int("per_month").label("Requests per month").min(1).detail_only())
        .field(
            int("used_this_month").label("Used this month").always().sql(
                "coalesce((select least(c.count, 2147483647) from identity.key_counts c where c.lineage_id = coalesce(t.lineage_id, t.id) and c.kind = 'month' \
                 and c.starts_at = date_trunc('month', identity.now() at time zone 'UTC') at time zone 'UTC'), 0)::int",
            ),
        )
        .field(datetime("last_used_at").label("Last used").read_only().filter().sort())
        .field(text("last_used_address").label("Last used from").sql("host(t.last_used_address)").detail_only())
        .field(datetime("expires_at").label("Expires").filter().sort())
        .field(datetime("created_at").label("Created").always().read_only().filter().sort())
        .field(text("made_by").label("Made by").read_only().detail_only())
        .field(reference("replaces_id", "keys").label("Replaces").read_only().detail_only())
        .field(datetime("revoked_at").label("Revoked").read_only().filter().detail_only())
        .field(text("revoked_reason").label("Why it was revoked").read_only().detail_only())
        .action(Action::create(create::create).in_person())
        .action(Action::update(change::update).when(|k: &Key| matches!(k.status.as_str(), "active" | "replaced"), "This key works no more"))
        .action(
            Action::new("rotate", rotate::rotate)
                .in_person()
                .icon("refresh-cw")
                .confirm("You get a new key that works at once. The old one works on for as long as you say, then never again.")
                .when(|k: &Key| k.status != "replaced", "This key has a successor already")
                .when(|k: &Key| k.status == "active", "This key works no more; make a new one"),
        )
        .action(
            Action::new("revoke", change::revoke)
                .icon("ban")
                .risk(Risk::Danger)
                .confirm("Scripts that use this key stop working at once, for ever.")
                .bulk()
                .when(|k: &Key| k.status != "revoked", "This key is revoked already"),
        )
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000030", "name": "Nightly report", "prefix": "qd_k3v9x2mf", "status": "active", "scopes": ["users:read"],
            "owner_kind": "staff", "staff_id": "0190b6c8-0000-7000-8000-000000000001", "user_id": null, "organization_id": null, "role_id": null, "level": null,
            "networks": ["203.0.113.0/24"], "per_minute": 60, "per_month": null, "used_this_month": 412, "last_used_at": "2026-11-20T03:00:00Z",
            "last_used_address": "203.0.113.7", "expires_at": null, "created_at": "2026-11-01T08:00:00Z", "made_by": "Ada Lovelace", "replaces_id": null,
            "revoked_at": null, "revoked_reason": null, "version": "1"
        }))
}

/// Keys are made and changed by people who are there: a key in the wrong hands must not be able to make itself at home.
fn in_person(ctx: &Ctx) -> Result<Uuid> {
    match (ctx.actor().kind, ctx.actor().id, ctx.subject()) {
        (ActorKind::Staff | ActorKind::Person, Some(id), None) => Ok(id),
        _ => Err(Problem::refused("Keys are made and changed by people who are signed in, not by other keys")),
    }
}

/// Only owners in person touch the keys of other owners.
async fn may_touch(ctx: &Ctx, target: &Key) -> Result<()> {
    if let Some(owner) = target.staff_id
        && role::acting_staff(ctx).await? != Some(owner)
        && !role::is_owner(ctx.caller())
        && store::belongs_to_owner(ctx.db(), owner).await?
    {
        return Err(Problem::refused("Only an owner can touch another owner's key"));
    }
    Ok(())
}
