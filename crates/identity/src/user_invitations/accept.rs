//! The routes behind an invitation link: what it offers, taking it with a new account, and taking it with one's own.

use super::store::{self, Found};
use crate::fact::fact;
use crate::kind::Kind;
use crate::memberships::{self, Level};
use crate::sign_in::{self, for_members};
use crate::{State, account, policy};
use chrono::{DateTime, Utc};
use http::{Method, StatusCode};
use kernel::actor::Scope;
use kernel::audit::Target;
use kernel::endpoint::{Response, json as json_answer};
use kernel::problem;
use kernel::{Access, Actor, ActorKind, Call, Caller, Ctx, Endpoint, Permissions, Problem, Result, secret};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

fact!(
    /// Somebody accepted their invitation and has an account now.
    UserJoined = "user.joined" { id: Uuid, email: String, organization_id: Option<Uuid> }
);

pub(crate) fn endpoints(state: &Arc<State>) -> [Endpoint; 3] {
    let state = state.clone();
    [
        Endpoint::new(Method::GET, "/account/invitation", "account.invitation", Access::Public, show)
            .summary("What an invitation to use the platform offers")
            .parameter("token", "query", "From the link")
            .answer(
                json!({"type": "object", "properties": {"email": {"type": "string"}, "name": {"type": ["string", "null"]},
                    "organization": {"type": ["string", "null"]}, "role": {"type": ["string", "null"]}, "account": {"type": "boolean", "description": "Whether this address has an account, which joins"}, "expires_at": {"type": "string", "format": "date-time"}}}),
                json!({"email": "grace@example.com", "name": "Grace Hopper", "organization": "Navy", "role": "Member", "account": false, "expires_at": "2026-11-27T09:30:00Z"}),
            ),
        Endpoint::new(Method::POST, "/account/invitation", "account.accept-invitation", Access::Public, move |call| {
            accept(call, state.clone())
        })
        .summary("Accept an invitation to use the platform: makes the account, and signs in")
        .takes::<Accept>()
        .status(StatusCode::CREATED)
        .answer(
            sign_in::schema(),
            sign_in::example(Kind::User),
        ),
        for_members(
            Kind::User,
            Endpoint::new(Method::POST, "/account/invitation/join", "account.join", Access::SignedIn, join)
                .summary("Join an organization by an invitation, with the account you have")
                .takes::<Join>()
                .answer(
                    json!({"type": "object", "required": ["organization_id"], "properties": {"organization_id": {"type": "string", "format": "uuid"}}}),
                    json!({"organization_id": "0190b6c8-0000-7000-8000-000000000010"}),
                ),
        ),
    ]
}

/// The invitation behind a token, when it can still be taken.
fn open(found: Option<Found>, now: DateTime<Utc>) -> Result<Found> {
    let found = found.ok_or_else(|| Problem::not_found("such invitation"))?;
    if found.closed || found.expires_at <= now {
        return Err(Problem::new(problem::Kind::Gone, "This invitation was used, withdrawn or has expired. Ask for a new one."));
    }
    Ok(found)
}

/// The invitation, and whether its address has an account.
async fn look(call: &Call, token: &str) -> Result<(Found, bool)> {
    let tx = call.app.db.begin(&Caller::system("invitation"), call.app.clock.now()).await?;
    let found = store::find(tx.db(), &secret::hash(token.trim())).await?;
    let account = match &found {
        Some(found) => store::is_user(tx.db(), &found.email).await?,
        None => false,
    };
    tx.rollback().await?;
    Ok((open(found, call.app.clock.now())?, account))
}

async fn show(call: Call) -> Result<Response> {
    let (found, account) = look(&call, &call.query_value("token").unwrap_or_default()).await?;
    json_answer(
        StatusCode::OK,
        &json!({"email": found.email, "name": found.name, "organization": found.organization, "role": found.role, "account": account, "expires_at": found.expires_at}),
    )
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Join {
    /// From the link
    #[schemars(length(min = 1, max = 200))]
    token: String,
}

async fn join(call: Call) -> Result<Response> {
    let (caller, user, _) = sign_in::person(&call, Kind::User)?;
    let input: Join = call.input()?;
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    match take(&mut ctx, user, &input.token).await {
        Ok(organization) => {
            ctx.commit().await?;
            json_answer(StatusCode::OK, &json!({"organization_id": organization}))
        }
        Err(problem) => {
            drop(ctx.rollback().await);
            Err(problem)
        }
    }
}

/// Takes an invitation for somebody who is signed in: it must be theirs, and lead into an organization.
async fn take(ctx: &mut Ctx, user: Uuid, token: &str) -> Result<Uuid> {
    let found = open(store::lock(ctx.db(), &secret::hash(token.trim())).await?, ctx.now())?;
    let own = account::store::by_id(ctx.db(), Kind::User, user).await?.is_some_and(|own| own.email == found.email);
    if !own {
        return Err(Problem::refused("This invitation is for another address than the one you are signed in with"));
    }
    let (Some(organization), Some(role), Some(level)) = (found.organization_id, found.role_id, found.level.as_deref()) else {
        return Err(Problem::conflict("You have an account already, and this invitation leads into no organization", None));
    };
    if store::is_member(ctx.db(), &found.email, organization).await? {
        return Err(Problem::conflict("You are a member already", None));
    }
    let membership = memberships::join(ctx, organization, user, role, Level::stored(level)).await?;
    store::accept(ctx.db(), found.id, user, ctx.now()).await?;
    memberships::joined(ctx, organization, membership).await?;
    Ok(organization)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Accept {
    /// From the link
    #[schemars(length(min = 1, max = 200))]
    token: String,
    #[schemars(length(min = 1, max = 120))]
    name: String,
    #[schemars(length(min = 1, max = 1024), extend("format" = "password"))]
    password: String,
}

async fn accept(call: Call, state: Arc<State>) -> Result<Response> {
    let input: Accept = call.input()?;
    let (found, _) = look(&call, &input.token).await?;
    let name = input.name.trim().to_owned();
    if name.is_empty() {
        return Err(Problem::field("name", "required", "This is required"));
    }
    policy::check(&call.app, Kind::User, &input.password, &[&found.email, &name])?;
    let password_hash = state.hasher.hash(input.password.into()).await?;

    // It is the new person who acts, with no rights but this.
    let id = call.app.ids.next(&call.app.clock);
    let mut ctx = Ctx::open(call.app.clone(), person(id, &name), call.request.clone()).await?;
    let found = match still_open(&ctx, &input.token).await {
        Ok(found) => found,
        Err(problem) => {
            drop(ctx.rollback().await);
            return Err(problem);
        }
    };
    store::insert_user(ctx.db(), id, &found, &name, &password_hash, ctx.now()).await?;
    if let (Some(organization_id), Some(role), Some(level)) = (found.organization_id, found.role_id, found.level.as_deref()) {
        let membership = memberships::join(&mut ctx, organization_id, id, role, Level::stored(level)).await?;
        memberships::joined(&mut ctx, organization_id, membership).await?;
    }
    store::accept(ctx.db(), found.id, id, ctx.now()).await?;
    let changes = [("email", Some(&found.email)), ("organization", found.organization.as_ref()), ("role", found.role.as_ref())]
        .into_iter()
        .filter_map(|(field, after)| Some((field.to_owned(), json!({"before": null, "after": after?}))))
        .collect();
    ctx.audit("users.join", Some(Target::new("users", id, &name)), changes, None).await?;
    ctx.emit(UserJoined { id, email: found.email.clone(), organization_id: found.organization_id }).await?;
    let account = account::store::by_id(ctx.db(), Kind::User, id)
        .await?
        .ok_or_else(|| Problem::internal("the account that was just made is not there"))?;
    let response = sign_in::proceed(&mut ctx, &call.headers, &account, &["password"], StatusCode::CREATED).await?;
    ctx.commit().await?;
    Ok(response)
}

/// Locked and looked at again: of two at once the second finds it used.
async fn still_open(ctx: &Ctx, token: &str) -> Result<Found> {
    let found = open(store::lock(ctx.db(), &secret::hash(token.trim())).await?, ctx.now())?;
    if store::is_user(ctx.db(), &found.email).await? {
        return Err(Problem::conflict("Somebody with this address has an account already. Sign in instead.", None));
    }
    Ok(found)
}

fn person(id: Uuid, name: &str) -> Caller {
    Caller {
        actor: Actor { kind: ActorKind::Person, id: Some(id), label: name.to_owned() },
        subject: None,
        scope: Scope::Platform,
        role: "invitation".into(),
        permissions: Permissions::default(),
        session: None,
        proved_at: None,
    }
}
