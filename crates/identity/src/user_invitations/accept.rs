//! The routes behind an invitation link: what it offers, taking it with a new account, and taking it with one's own.

use super::store::{self, Found};
use crate::acceptance::{self, Accept, Offer};
use crate::fact::fact;
use crate::kind::Kind;
use crate::memberships::{self, Level};
use crate::sign_in::{self, for_members};
use crate::{State, account, sso};
use chrono::{DateTime, Utc};
use http::{Method, StatusCode};
use kernel::endpoint::{Response, json as json_answer};
use kernel::{Access, Call, Client, Ctx, Endpoint, Problem, Result, secret};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

fact!(
    /// Somebody accepted their invitation and has an account now.
    UserJoined = "user.joined" { id: Uuid, email: String, organization_id: Option<Uuid> }
);

pub(crate) fn endpoints(state: &Arc<State>) -> [Endpoint; 3] {
    let state = state.clone();
    [
        Endpoint::new(Method::GET, "/account/invitation", "account.invitation", Access::Public, acceptance::show::<Found>)
            .summary("What an invitation to use the platform offers")
            .parameter("token", "query", "From the link")
            .answer(
                json!({"type": "object", "properties": {"email": {"type": "string"}, "name": {"type": ["string", "null"]},
                    "organization": {"type": ["string", "null"]}, "role": {"type": ["string", "null"]}, "account": {"type": "boolean", "description": "Whether this address has an account, which joins"}, "expires_at": {"type": "string", "format": "date-time"}, "provider": sso::way_schema()}}),
                json!({"email": "grace@example.com", "name": "Grace Hopper", "organization": "Navy", "role": "Member", "account": false, "expires_at": "2026-11-27T09:30:00Z", "provider": {"slug": "keycloak", "label": "Keycloak"}}),
            ),
        Endpoint::new(Method::POST, "/account/invitation", "account.accept-invitation", Access::Public, move |call| {
            acceptance::accept::<Found>(call, state.clone())
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

impl Offer for Found {
    const KIND: Kind = Kind::User;

    fn email(&self) -> &str {
        &self.email
    }

    fn over(&self, now: DateTime<Utc>) -> bool {
        self.closed || self.expires_at <= now
    }

    fn shown(&self, account: bool) -> Value {
        json!({"email": self.email, "name": self.name, "organization": self.organization, "role": self.role, "account": account, "expires_at": self.expires_at})
    }

    async fn find(db: &Client, hash: &[u8]) -> Result<Option<Self>> {
        store::find(db, hash).await
    }

    async fn lock(db: &Client, hash: &[u8]) -> Result<Option<Self>> {
        store::lock(db, hash).await
    }

    async fn taken(&self, db: &Client) -> Result<bool> {
        store::is_user(db, &self.email).await
    }

    async fn join(self, ctx: &mut Ctx, id: Uuid, name: &str, password_hash: Option<&str>) -> Result<()> {
        store::insert_user(ctx.db(), id, &self, name, password_hash, ctx.now()).await?;
        if let (Some(organization_id), Some(role), Some(level)) = (self.organization_id, self.role_id, self.level.as_deref()) {
            let membership = memberships::join_invited(ctx, organization_id, id, role, Level::stored(level)).await?;
            memberships::joined(ctx, organization_id, membership).await?;
        }
        store::accept(ctx.db(), self.id, id, ctx.now()).await?;
        let facts = [("email", Some(&self.email)), ("organization", self.organization.as_ref()), ("role", self.role.as_ref())];
        acceptance::note(ctx, Kind::User, id, name, &facts).await?;
        ctx.emit(UserJoined { id, email: self.email, organization_id: self.organization_id }).await
    }
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
    let found = acceptance::open(store::lock(ctx.db(), &secret::hash(token.trim())).await?, ctx.now())?;
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
    let membership = memberships::join_invited(ctx, organization, user, role, Level::stored(level)).await?;
    store::accept(ctx.db(), found.id, user, ctx.now()).await?;
    memberships::joined(ctx, organization, membership).await?;
    Ok(organization)
}
