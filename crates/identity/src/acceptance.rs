//! Accepting an invitation, of staff and of app users: the same steps behind two doors. What the link offers, a good
//! password, the invitation locked and looked at again, the account, and signing in. Who joins acts, with no rights but this.
//! Where a provider is the only way in, it takes the place of the password: there would be no use for one.

use crate::kind::Kind;
use crate::{State, account, policy, sign_in, sso};
use chrono::{DateTime, Utc};
use http::StatusCode;
use kernel::actor::Scope;
use kernel::audit::Target;
use kernel::endpoint::{Response, json};
use kernel::{Actor, Call, Caller, Client, Ctx, Permissions, Problem, Result, problem, secret};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// An invitation of either kind, behind its token.
pub(crate) trait Offer: Sized + Send {
    const KIND: Kind;

    /// Whom it is for.
    fn email(&self) -> &str;

    /// Used, withdrawn, or past its time.
    fn over(&self, now: DateTime<Utc>) -> bool;

    /// What it offers, for whoever holds the link; and whether its address has an account meanwhile.
    fn shown(&self, account: bool) -> Value;

    fn find(db: &Client, hash: &[u8]) -> impl Future<Output = Result<Option<Self>>> + Send;

    /// The same, held until the transaction ends.
    fn lock(db: &Client, hash: &[u8]) -> impl Future<Output = Result<Option<Self>>> + Send;

    /// Whether its address has an account of this kind meanwhile.
    fn taken(&self, db: &Client) -> impl Future<Output = Result<bool>> + Send;

    /// Makes the account with all that was promised, and closes the invitation.
    fn join(self, ctx: &mut Ctx, id: Uuid, name: &str, password_hash: Option<&str>) -> impl Future<Output = Result<()>> + Send;
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accept {
    /// From the link
    #[schemars(length(min = 1, max = 200))]
    token: String,
    #[schemars(length(min = 1, max = 120))]
    name: String,
    #[schemars(length(min = 1, max = 1024), extend("format" = "password"))]
    password: String,
}

/// What was found, when it can still be taken.
pub(crate) fn open<O: Offer>(found: Option<O>, now: DateTime<Utc>) -> Result<O> {
    let found = found.ok_or_else(|| Problem::not_found("such invitation"))?;
    if found.over(now) {
        return Err(Problem::new(problem::Kind::Gone, "This invitation was used, withdrawn or has expired. Ask for a new one."));
    }
    Ok(found)
}

/// An invitation that can still be taken.
struct Looked<O> {
    offer: O,
    /// Whether its address has an account.
    account: bool,
    /// By which provider alone the address comes in.
    provider: Option<sso::Way>,
}

async fn look<O: Offer>(call: &Call, token: &str) -> Result<Looked<O>> {
    let now = call.app.clock.now();
    let tx = call.app.db.begin(&Caller::system("invitation"), now).await?;
    let found = O::find(tx.db(), &secret::hash(token.trim())).await?;
    let (account, provider) = match &found {
        Some(found) => (found.taken(tx.db()).await?, sso::only_way(tx.db(), O::KIND, found.email()).await?),
        None => (false, None),
    };
    tx.rollback().await?;
    Ok(Looked { offer: open(found, now)?, account, provider })
}

pub(crate) async fn show<O: Offer>(call: Call) -> Result<Response> {
    let looked: Looked<O> = look(&call, &call.query_value("token").unwrap_or_default()).await?;
    let mut shown = looked.offer.shown(looked.account);
    shown["provider"] = serde_json::json!(looked.provider);
    json(StatusCode::OK, &shown)
}

pub(crate) async fn accept<O: Offer>(call: Call, state: Arc<State>) -> Result<Response> {
    let input: Accept = call.input()?;
    let Looked { offer: found, provider, .. }: Looked<O> = look(&call, &input.token).await?;
    if let Some(provider) = provider {
        let detail =
            format!("Accounts of this domain come in by {} alone. Accept the invitation there; no password is needed", provider.label);
        return Err(Problem::refused(detail).titled("Not with a password"));
    }
    let name = input.name.trim();
    if name.is_empty() {
        return Err(Problem::field("name", "required", "This is required"));
    }
    policy::check(&call.app, O::KIND, &input.password, &[found.email(), name])?;
    let password_hash = state.hasher.hash(input.password.into()).await?;

    let id = call.app.ids.next(&call.app.clock);
    let mut ctx = Ctx::open(call.app.clone(), newcomer(O::KIND, id, name), call.request.clone()).await?;
    let found: O = match still_open(&ctx, &input.token).await {
        Ok(found) => found,
        Err(problem) => {
            drop(ctx.rollback().await);
            return Err(problem);
        }
    };
    found.join(&mut ctx, id, name, Some(&password_hash)).await?;
    let account = account::store::by_id(ctx.db(), O::KIND, id)
        .await?
        .ok_or_else(|| Problem::internal("the account that was just made is not there"))?;
    let response = sign_in::proceed(&mut ctx, &call.headers, &account, &["password"], StatusCode::CREATED).await?;
    ctx.commit().await?;
    Ok(response)
}

/// Accepts an invitation for somebody whom a provider vouches for, at the address that it says is theirs. The caller knows
/// that this can be believed.
///
/// # Errors
/// 403 when it is for another address, 404 and 410 when it can't be taken, 409 when there is an account.
pub(crate) async fn by_provider<O: Offer>(ctx: &mut Ctx, token: &str, email: &str, name: &str) -> Result<Uuid> {
    let found: O = still_open(ctx, token).await?;
    if found.email() != email {
        return Err(Problem::refused("The invitation is for another address than the one that they have at the provider"));
    }
    let id = ctx.id();
    found.join(ctx, id, name, None).await?;
    Ok(id)
}

/// Locked and looked at again: of two at once the second finds it used.
async fn still_open<O: Offer>(ctx: &Ctx, token: &str) -> Result<O> {
    let found: O = open(O::lock(ctx.db(), &secret::hash(token.trim())).await?, ctx.now())?;
    if found.taken(ctx.db()).await? {
        return Err(Problem::conflict("Somebody with this address has an account already. Sign in instead.", None));
    }
    Ok(found)
}

/// Writes down that somebody joined, and as what.
pub(crate) async fn note(ctx: &mut Ctx, kind: Kind, id: Uuid, name: &str, facts: &[(&str, Option<&String>)]) -> Result<()> {
    let changes = facts
        .iter()
        .filter_map(|(field, after)| Some(((*field).to_owned(), serde_json::json!({"before": null, "after": (*after)?}))))
        .collect();
    ctx.audit(&format!("{}.join", kind.collection()), Some(Target::new(kind.collection(), id, name)), changes, None).await
}

fn newcomer(kind: Kind, id: Uuid, name: &str) -> Caller {
    Caller {
        actor: Actor { kind: kind.actor(), id: Some(id), label: name.to_owned() },
        subject: None,
        seen_as: None,
        scope: Scope::Platform,
        role: "invitation".into(),
        permissions: Permissions::default(),
        session: None,
        proved_at: None,
    }
}
