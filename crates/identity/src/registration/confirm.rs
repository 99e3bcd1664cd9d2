//! From a registration to an account.

use super::settings::Rules;
use super::store::{self, Registration};
use crate::cookie::{self, Asked};
use crate::fact::fact;
use crate::kind::Kind;
use crate::memberships::{self, Level};
use crate::verification::Opened;
use crate::{account, organizations, registration_codes, sign_in, user_invitations};
use chrono::{DateTime, Utc};
use http::StatusCode;
use kernel::actor::Scope;
use kernel::audit::Target;
use kernel::endpoint::{Response, json as answer};
use kernel::{Actor, ActorKind, Call, Caller, Ctx, Permissions, Problem, Result, problem, secret};
use serde_json::json;
use uuid::Uuid;

fact!(
    /// Somebody registered and has an account now.
    UserRegistered = "user.registered" { id: Uuid, email: String, organization_id: Option<Uuid> }
);

/// A transaction in which a new person acts, with no rights but this, and their id.
///
/// # Errors
/// 503 when the database is away.
pub(super) async fn open(call: &Call, name: &str) -> Result<(Ctx, Uuid)> {
    let id = call.app.ids.next(&call.app.clock);
    let caller = Caller {
        actor: Actor { kind: ActorKind::Person, id: Some(id), label: name.to_owned() },
        subject: None,
        seen_as: None,
        scope: Scope::Platform,
        role: "registration".into(),
        permissions: Permissions::default(),
        session: None,
        proved_at: None,
    };
    Ok((Ctx::open(call.app.clone(), caller, call.request.clone()).await?, id))
}

/// The registration behind a link, when it can still be confirmed.
///
/// # Errors
/// 404 for an unknown link, 410 for one that is over.
pub(crate) fn usable(found: Option<Registration>, now: DateTime<Utc>) -> Result<Registration> {
    let found = found.ok_or_else(|| Problem::not_found("such link"))?;
    if found.expires_at <= now {
        return Err(Problem::new(problem::Kind::Gone, "This link has expired. Register again."));
    }
    Ok(found)
}

pub(super) async fn confirm(call: Call) -> Result<Response> {
    let input: Opened = call.input()?;
    let hash = secret::hash(input.token.trim());
    let tx = call.app.db.begin(&Caller::system("registration"), call.app.clock.now()).await?;
    let found = store::find(tx.db(), &hash).await?;
    tx.rollback().await?;
    let found = usable(found, call.app.clock.now())?;
    let (mut ctx, id) = open(&call, &found.name).await?;
    match finish(&mut ctx, &call, id, &hash).await {
        Ok(response) => {
            ctx.commit().await?;
            Ok(response)
        }
        Err(problem) => {
            drop(ctx.rollback().await);
            Err(problem)
        }
    }
}

/// Locked and looked at again: of two at once the second finds it gone.
async fn finish(ctx: &mut Ctx, call: &Call, id: Uuid, token_hash: &[u8]) -> Result<Response> {
    let found = usable(store::lock(ctx.db(), token_hash).await?, ctx.now())?;
    if !Rules::of(ctx.app())?.admit(found.code_id.is_some()) {
        return Err(Problem::refused("Registration was closed in the meantime").titled("Registration is closed"));
    }
    if user_invitations::store::is_user(ctx.db(), &found.email).await? {
        return Err(Problem::conflict("Somebody with this address has an account already. Sign in instead.", None));
    }
    make(ctx, id, &found, true).await?;
    let account = account::store::by_id(ctx.db(), Kind::User, id)
        .await?
        .ok_or_else(|| Problem::internal("the account that was just made is not there"))?;
    // Only who typed the password here is signed in here: a link that was forwarded, or opened by the owner of an address
    // that somebody else registered, lets nobody in without it.
    let browser = cookie::asked(&call.headers, Asked::Registration, call.request.tls).map(secret::hash);
    let mut response = if browser.is_some_and(|browser| secret::same(&browser, &found.browser_hash)) {
        sign_in::proceed(ctx, &call.headers, &account, &["password"], StatusCode::CREATED).await?
    } else {
        answer(StatusCode::CREATED, &sign_in::Shown::nobody(ctx.app(), Kind::User, "signed_out")?)?
    };
    cookie::clear_asked(&mut response, Asked::Registration, call.request.tls);
    Ok(response)
}

/// Makes the account with what goes with it: the use of a code, a membership, an organization of its own.
///
/// # Errors
/// 410 when the code is not good any more.
pub(super) async fn make(ctx: &mut Ctx, id: Uuid, from: &Registration, verified: bool) -> Result<()> {
    let promise = match from.code_id {
        Some(code) => registration_codes::take(ctx, code).await?,
        None => None,
    };
    store::insert_user(ctx.db(), id, from, verified, ctx.now()).await?;
    store::forget(ctx.db(), &from.email).await?;
    let organization_id = match (promise, from.organization.as_deref()) {
        (Some(promise), _) => {
            memberships::join(ctx, promise.organization_id, id, promise.role_id, promise.level).await?;
            Some(promise.organization_id)
        }
        (None, Some(name)) => {
            let organization = organizations::found(ctx, name).await?;
            memberships::join(ctx, organization, id, memberships::ADMIN, Level::Admin).await?;
            Some(organization)
        }
        (None, None) => None,
    };
    let changes = [
        ("email", Some(from.email.clone())),
        ("organization_id", organization_id.map(|id| id.to_string())),
        ("code_id", from.code_id.map(|id| id.to_string())),
    ]
    .into_iter()
    .filter_map(|(field, after)| Some((field.to_owned(), json!({"before": null, "after": after?}))))
    .collect();
    ctx.audit("users.join", Some(Target::new("users", id, &from.name)), changes, None).await?;
    ctx.emit(UserRegistered { id, email: from.email.clone(), organization_id }).await
}
