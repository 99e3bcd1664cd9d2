//! Who somebody is at providers: their own list, connecting and disconnecting; and what staff see of it.
//! Emits `identity.connected`, `identity.disconnected`.

pub mod store;

use super::provider;
use super::refusal::Stop;
use super::visit::{self, Plan, Purpose};
use super::{Onward, address};
use crate::fact::fact;
use crate::kind::Kind;
use crate::sign_in::{note_owner, person};
use crate::{State, account, factors, role};
use chrono::{DateTime, Utc};
use http::StatusCode;
use kernel::endpoint::{Response, empty, json};
use kernel::field::{datetime, email, reference, text};
use kernel::{Action, Call, Client, Ctx, Problem, Resource, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

fact!(
    /// Somebody at a provider is this account from now on.
    IdentityConnected = "identity.connected" { kind: Kind, account: Uuid, issuer: String }
);
fact!(
    /// Somebody at a provider is this account no more.
    IdentityDisconnected = "identity.disconnected" { kind: Kind, account: Uuid, issuer: String }
);

/// A connection as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Identity {
    pub id: Uuid,
    pub user_id: Uuid,
    pub issuer: String,
}

pub(crate) fn of_staff() -> Resource<Identity> {
    declared(
        Resource::new("staff-identities", "dashboard_auth.identities").called("Sign-in connections", "Sign-in connection"),
        "staff",
        "coalesce((select p.label from identity.providers p where p.issuer = t.issuer and p.account_kind = 'staff' order by p.enabled desc, p.created_at limit 1), t.issuer)",
        Action::delete(disconnect_staff),
    )
}

pub(crate) fn of_users() -> Resource<Identity> {
    declared(
        Resource::new("user-identities", "auth.identities").called("User sign-in connections", "User sign-in connection"),
        "users",
        "coalesce((select p.label from identity.providers p where p.issuer = t.issuer and p.account_kind = 'user' order by p.enabled desc, p.created_at limit 1), t.issuer)",
        Action::delete(disconnect_user),
    )
}

fn declared(resource: Resource<Identity>, people: &'static str, provider: &'static str, delete: Action<Identity>) -> Resource<Identity> {
    resource
        .describe("link", "Who people are at the providers they sign in by")
        .group("people/providers")
        .administrative()
        .unversioned()
        .title("provider")
        .default_order("created_at.desc")
        .field(text("provider").always().sql(provider))
        .field(reference("user_id", people).label("Who").always().read_only())
        .field(email("email").label("E-mail there").read_only().search())
        .field(text("issuer").always().read_only().filter().detail_only())
        .field(text("subject").always().read_only().filter().detail_only().help("What the provider calls them; this and the issuer are who they are"))
        .field(datetime("created_at").label("Connected").always().read_only().filter().sort())
        .field(datetime("last_used_at").label("Last sign-in").always().read_only().filter().sort())
        .action(delete.label("Disconnect").in_person().confirm("They can't sign in this way any more until they connect again. Their account and sessions stay."))
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000061", "provider": "Keycloak", "user_id": "0190b6c8-0000-7000-8000-000000000001", "email": "ada@example.com",
            "issuer": "https://login.example.com/realms/main", "subject": "f3a1", "created_at": "2026-11-20T09:30:00Z", "last_used_at": "2026-11-20T09:30:00Z"
        }))
}

async fn disconnect_staff(ctx: &mut Ctx, target: Identity, (): ()) -> Result<Value> {
    // Nobody but an owner touches how an owner comes in.
    if store::is_owner(ctx.db(), target.user_id).await? && !role::is_owner(ctx.caller()) {
        return Err(Problem::refused("Only an owner can change another owner"));
    }
    disconnected(ctx, Kind::Staff, target).await
}

async fn disconnect_user(ctx: &mut Ctx, target: Identity, (): ()) -> Result<Value> {
    disconnected(ctx, Kind::User, target).await
}

async fn disconnected(ctx: &mut Ctx, kind: Kind, target: Identity) -> Result<Value> {
    store::delete(ctx.db(), kind, target.user_id, target.id).await?;
    ctx.emit(IdentityDisconnected { kind, account: target.user_id, issuer: target.issuer }).await?;
    Ok(Value::Null)
}

/// A connection as its owner sees it.
#[derive(Serialize)]
struct Own {
    id: Uuid,
    issuer: String,
    /// The provider by which it is used, when there is one that is on.
    provider: Option<String>,
    label: String,
    email: Option<String>,
    created_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
}

#[derive(Serialize)]
struct Offered {
    slug: String,
    label: String,
}

#[derive(Serialize)]
struct List {
    identities: Vec<Own>,
    /// Providers that can still be connected.
    offered: Vec<Offered>,
    /// Whether the account has a password.
    password: bool,
    /// Whether the provider of its domain is the only way in.
    exclusive: bool,
}

pub(super) fn list_schema() -> Value {
    let time = json!({"type": "string", "format": "date-time"});
    json!({"type": "object", "required": ["identities", "offered", "password", "exclusive"], "properties": {
        "identities": {"type": "array", "items": {"type": "object", "required": ["id", "issuer", "label"], "properties": {"id": {"type": "string", "format": "uuid"},
            "issuer": {"type": "string"}, "provider": {"type": ["string", "null"]}, "label": {"type": "string"}, "email": {"type": ["string", "null"]}, "created_at": time, "last_used_at": time}}},
        "offered": {"type": "array", "items": {"type": "object", "required": ["slug", "label"], "properties": {"slug": {"type": "string"}, "label": {"type": "string"}}}},
        "password": {"type": "boolean"}, "exclusive": {"type": "boolean"}}})
}

pub(super) fn list_example() -> Value {
    json!({"identities": [{"id": "0190b6c8-0000-7000-8000-000000000061", "issuer": "https://login.example.com/realms/main", "provider": "keycloak", "label": "Keycloak",
        "email": "ada@example.com", "created_at": "2026-11-20T09:30:00Z", "last_used_at": "2026-11-20T09:30:00Z"}],
        "offered": [{"slug": "google", "label": "Google"}], "password": true, "exclusive": false})
}

pub(super) async fn list(call: Call, kind: Kind) -> Result<Response> {
    let (caller, id, _) = person(&call, kind)?;
    let tx = call.app.db.begin(&caller, call.app.clock.now()).await?;
    let own = account::store::by_id(tx.db(), kind, id).await?.ok_or_else(|| Problem::not_found("such account"))?;
    let shown = List {
        identities: store::own(tx.db(), kind, id).await?,
        offered: store::offered(tx.db(), kind, id).await?,
        password: store::has_password(tx.db(), kind, id).await?,
        exclusive: super::is_exclusive(tx.db(), kind, &own.email).await?,
    };
    tx.rollback().await?;
    json(StatusCode::OK, &shown)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Connect {
    /// The short name of the provider
    #[schemars(length(min = 1, max = 40))]
    provider: String,
    /// The page to come back to
    #[serde(default)]
    #[schemars(with = "String", length(max = 500))]
    return_to: Option<String>,
}

/// Sends somebody who is signed in to a provider, to connect their account to themself there, or to prove again who they are.
pub(super) async fn visit(call: Call, kind: Kind, state: Arc<State>, purpose: Purpose) -> Result<Response> {
    let (caller, id, session) = person(&call, kind)?;
    if purpose == Purpose::Connect {
        caller.prove(true, call.app.clock.now())?;
    }
    let input: Connect = call.input()?;
    let tx = call.app.db.begin(&caller, call.app.clock.now()).await?;
    let stored = provider::store::find(tx.db(), &input.provider)
        .await?
        .filter(|stored| stored.provider.account_kind == kind)
        .ok_or_else(|| Problem::field("provider", "reference", "There is no such provider"))?;
    let connected = store::has(tx.db(), kind, id, &stored.provider.issuer).await?;
    let email = account::store::by_id(tx.db(), kind, id).await?.map(|own| own.email);
    tx.rollback().await?;
    if purpose == Purpose::Proof && !connected {
        return Err(Problem::field("provider", "reference", "Your account isn't connected to this provider"));
    }
    // Nothing is held while the provider is asked: it may be slow.
    let described = state.sso.of(&call.app, &stored.provider).await.map_err(Stop::problem)?;
    let ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    let return_to = address::page_here(input.return_to.as_deref());
    let plan = Plan {
        purpose,
        who: Some((id, session)),
        return_to,
        hint: email.as_deref().filter(|_| purpose == Purpose::Proof),
        invitation: None,
    };
    let begun = visit::begin(&ctx, &stored, &described, plan).await?;
    ctx.commit().await?;
    let mut response = json(StatusCode::OK, &Onward { location: &begun.location })?;
    begun.remember(&mut response, call.request.tls);
    Ok(response)
}

/// Whether an account can come in by a provider that is on.
///
/// # Errors
/// When the database is away.
pub(crate) async fn let_in(db: &Client, kind: Kind, account: Uuid) -> Result<bool> {
    Ok(store::own(db, kind, account).await?.iter().any(|one| one.provider.is_some()))
}

/// Takes a connection from one's own account, unless nothing would be left to sign in by.
pub(super) async fn disconnect(call: Call, kind: Kind) -> Result<Response> {
    let (caller, own, _) = person(&call, kind)?;
    caller.prove(true, call.app.clock.now())?;
    let id = Uuid::parse_str(call.param("identity")).map_err(|_| Problem::not_found("such connection"))?;
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    // The account's row is what keeps two at once from leaving none.
    account::store::lock_active(ctx.db(), kind, own).await?;
    let issuer = store::delete(ctx.db(), kind, own, id).await?.ok_or_else(|| Problem::not_found("such connection"))?;
    let email = account::store::by_id(ctx.db(), kind, own).await?.map(|account| account.email).unwrap_or_default();
    let exclusive = super::is_exclusive(ctx.db(), kind, &email).await?;
    let by_hand =
        !exclusive && (store::has_password(ctx.db(), kind, own).await? || factors::store::methods(ctx.db(), kind, own).await?.passkey);
    if !by_hand && !let_in(ctx.db(), kind, own).await? {
        ctx.rollback().await?;
        return Err(Problem::refused(
            "This is the only way you can sign in. Set a password, add a passkey or connect another provider first.",
        ));
    }
    note_owner(&mut ctx, kind, own, "disconnect-identity", &issuer).await?;
    ctx.emit(IdentityDisconnected { kind, account: own, issuer }).await?;
    ctx.commit().await?;
    Ok(empty())
}
