//! First launch: the first administrator. Possible once, whoever comes first; gone for ever after.

use crate::account::{self, NewAccount};
use crate::fact::fact;
use crate::kind::Kind;
use crate::{State, email, policy, role, sign_in};
use http::{Method, StatusCode};
use kernel::audit::{Changes, Target};
use kernel::endpoint::Response;
use kernel::{Access, App, Call, Caller, Ctx, Endpoint, Problem, RequestInfo, Result, secret};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

fact!(
    /// The platform has its first owner.
    PlatformSetUp = "platform.set-up" { id: Uuid, email: String }
);

pub(crate) fn endpoint(state: &Arc<State>) -> Endpoint {
    let state = state.clone();
    Endpoint::new(Method::POST, "/setup", "session.setup", Access::Public, move |call| set_up(call, state.clone()))
        .summary("Create the first administrator; not there any more once one exists")
        .takes::<SetUp>()
        .status(StatusCode::CREATED)
        .answer(json!({"type": "object"}), json!({"state": "signed_in"}))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetUp {
    #[schemars(length(min = 1, max = 254))]
    email: String,
    #[schemars(length(min = 1, max = 120))]
    name: String,
    #[schemars(length(min = 1, max = 1024), extend("format" = "password"))]
    password: String,
    /// The one-time setup token from the console; not needed on the machine itself
    #[serde(default)]
    token: Option<String>,
}

fn gone() -> Problem {
    Problem::not_found("first launch: this platform has its administrator. Sign in instead")
}

async fn set_up(call: Call, state: Arc<State>) -> Result<Response> {
    let tx = call.app.db.begin(&Caller::system("first launch"), call.app.clock.now()).await?;
    let done = state.is_administered(tx.db()).await;
    tx.rollback().await?;
    if done? {
        return Err(gone());
    }
    let input: SetUp = call.input()?;
    if !call.request.local {
        check_token(&state, input.token.as_deref())?;
    }
    let (email, name) = check(&call.app, &input.email, &input.name, &input.password)?;
    let hash = state.hasher.hash(input.password.into()).await?;
    let ctx = Ctx::open(call.app.clone(), Caller::system("first launch"), call.request.clone()).await?;
    let (mut ctx, id) = insert(ctx, &email, &name, &hash).await?;
    let account = account::store::by_id(ctx.db(), Kind::Staff, id)
        .await?
        .ok_or_else(|| Problem::internal("the owner who was just made is not there"))?;
    let response = sign_in::proceed(&mut ctx, &call.headers, &account, &["password"], StatusCode::CREATED).await?;
    ctx.commit().await?;
    Ok(response)
}

fn check_token(state: &State, given: Option<&str>) -> Result<()> {
    let Some(expected) = &state.setup_token else {
        return Err(Problem::refused("The first administrator is made on the machine itself, or with: quarterdeck setup"));
    };
    match given.map(str::trim).filter(|token| !token.is_empty()) {
        None => Err(Problem::field("token", "required", "Enter the setup token that the panel printed on its console when it started")),
        Some(token) if secret::same(&secret::hash(token), expected) => Ok(()),
        Some(_) => {
            Err(Problem::field("token", "wrong", "This is not the setup token. The panel printed it on its console when it started"))
        }
    }
}

/// Everything wrong with the input at once, or its normal form.
fn check(app: &App, given_email: &str, name: &str, password: &str) -> Result<(String, String)> {
    let name = name.trim();
    let mut errors = Vec::new();
    let email = email::normalise(given_email).inspect_err(|problem| errors.extend_from_slice(problem.errors()));
    if name.is_empty() {
        errors.extend_from_slice(Problem::field("name", "required", "This is required").errors());
    }
    errors.extend(policy::fault(app, Kind::Staff, password, &[given_email, name])?);
    match email {
        Ok(email) if errors.is_empty() => Ok((email, name.to_owned())),
        _ => Err(Problem::validation(errors)),
    }
}

/// The owner's row, under a lock: of two at once one finds the other's.
async fn insert(mut ctx: Ctx, email: &str, name: &str, hash: &str) -> Result<(Ctx, Uuid)> {
    account::store::lock(ctx.db()).await?;
    if account::store::any(ctx.db()).await? {
        ctx.rollback().await?;
        return Err(gone());
    }
    let owner = role::store::by_name(ctx.db(), role::OWNER, "platform")
        .await?
        .ok_or_else(|| Problem::internal("the built-in role owner is missing"))?;
    let id = ctx.id();
    account::store::insert(ctx.db(), &NewAccount { id, email, name, role_id: owner.id, password_hash: Some(hash) }, ctx.now()).await?;
    let changes: Changes = [("email", email), ("role", role::OWNER)]
        .into_iter()
        .map(|(field, after)| (field.to_owned(), json!({"before": null, "after": after})))
        .collect();
    ctx.audit("staff.set-up", Some(Target::new("staff", id, name)), changes, None).await?;
    ctx.emit(PlatformSetUp { id, email: email.to_owned() }).await?;
    Ok((ctx, id))
}

/// Makes the first administrator from the command line of the machine; who may run that needs no token.
///
/// # Errors
/// 404 when there is an administrator already, 422 when the input is not good enough.
pub async fn create_owner(app: &Arc<App>, email: &str, name: &str, password: SecretString) -> Result<Uuid> {
    use secrecy::ExposeSecret as _;
    let (email, name) = check(app, email, name, password.expose_secret())?;
    let hash = crate::hasher::Hasher::default().hash(password).await?;
    let ctx = Ctx::open(app.clone(), Caller::system("command line"), RequestInfo::default()).await?;
    let (ctx, id) = insert(ctx, &email, &name, &hash).await?;
    ctx.commit().await?;
    Ok(id)
}
