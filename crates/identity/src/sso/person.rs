//! Which account it is that a provider speaks of: by issuer and subject, and by nothing else. An address is what
//! somebody says; it never opens an account that is there already, unless an owner allowed it for addresses of domains
//! that the provider answers for, and the provider says it verified this one.

use super::exchange::Said;
use super::identities;
use super::provider::Provider;
use super::refusal::{Reason, Refusal, Stop};
use super::{domain_of, roles};
use crate::account::{self, Account, NewAccount};
use crate::kind::Kind;
use crate::role::OWNER;
use crate::staff::StaffJoined;
use crate::users::UserCreated;
use crate::{acceptance, invitations, limits, role, sign_in, user_invitations, users};
use kernel::audit::{Changes, Target};
use kernel::{Ctx, Problem, Result, problem};
use serde_json::json;
use uuid::Uuid;

fn nobody(why: impl Into<String>) -> Stop {
    Refusal::new(Reason::NoAccount, why).into()
}

/// The account behind a person at a provider, as they come to sign in; connected or made where the provider may, or where
/// they were invited.
pub(super) async fn of(ctx: &mut Ctx, provider: &Provider, said: &Said, invitation: Option<&str>) -> Result<Account, Stop> {
    let kind = provider.account_kind;
    let decided = roles::decide(provider, said);
    let id = match identities::store::find(ctx.db(), kind, &provider.issuer, &said.subject).await? {
        Some(known) if known.deleted => return Err(nobody("the account was deleted")),
        Some(known) => {
            identities::store::used(ctx.db(), kind, known.id, said.email.as_deref(), ctx.now()).await?;
            known.account
        }
        None => match invitation {
            Some(token) => invited(ctx, provider, said, token).await?,
            None => new_here(ctx, provider, said, decided.as_ref().copied().unwrap_or_default()).await?,
        },
    };
    let account = sign_in::active_account(ctx, kind, Some(id)).await.map_err(closed)?;
    match decided {
        Ok(given) => roles::apply(ctx, provider, &account, given).await?,
        // Whom the rules don't touch they don't keep out either.
        Err(_) if roles::stays(ctx, provider, &account).await? => {}
        Err(refusal) => return Err(refusal.into()),
    }
    // As it is after the rules.
    account::store::by_id(ctx.db(), kind, id).await?.ok_or_else(|| nobody("the account is gone"))
}

fn closed(problem: Problem) -> Stop {
    match Stop::from(problem) {
        Stop::Refused(refusal) => nobody(refusal.detail),
        fault @ Stop::Fault(_) => fault,
    }
}

fn address_of(said: &Said) -> Result<&str, Stop> {
    said.email.as_deref().ok_or_else(|| nobody("the provider says no address of theirs that could be taken"))
}

fn of_own_domain(provider: &Provider, email: &str) -> bool {
    domain_of(email).is_some_and(|domain| provider.domains.iter().any(|one| one == domain))
}

/// Somebody who was asked in, and comes this way. The provider need not make accounts: who invited them did.
async fn invited(ctx: &mut Ctx, provider: &Provider, said: &Said, token: &str) -> Result<Uuid, Stop> {
    let wrong = |why: &str| Stop::from(Refusal::new(Reason::Invitation, why));
    let email = address_of(said)?;
    if !of_own_domain(provider, email) && !said.email_verified {
        return Err(wrong("the provider didn't verify their address"));
    }
    let name: String = said.name.as_deref().unwrap_or(email).chars().take(120).collect();
    let joined = match provider.account_kind {
        Kind::Staff => acceptance::by_provider::<invitations::Found>(ctx, token, email, &name).await,
        Kind::User => acceptance::by_provider::<user_invitations::store::Found>(ctx, token, email, &name).await,
    };
    let account = joined.map_err(|problem| match problem.kind() {
        _ if limits::is_full(&problem) => problem.into(),
        problem::Kind::NotFound | problem::Kind::Gone | problem::Kind::Forbidden | problem::Kind::Conflict => wrong(problem.detail()),
        _ => Stop::Fault(problem),
    })?;
    identities::store::connect(ctx, provider.account_kind, account, &provider.issuer, said).await?;
    Ok(account)
}

/// Somebody who was never here by this provider.
async fn new_here(ctx: &mut Ctx, provider: &Provider, said: &Said, given: Option<roles::Given>) -> Result<Uuid, Stop> {
    let kind = provider.account_kind;
    let email = address_of(said)?;
    let own_domain = of_own_domain(provider, email);
    let account = match account::store::by_email(ctx.db(), kind, email, ctx.now()).await? {
        Some(there) if provider.connect_by_email && own_domain && said.email_verified => {
            let known = account::store::by_id(ctx.db(), kind, there.id).await?;
            // Owners connect by hand, so that no provider can ever become one.
            if known.is_none_or(|known| kind == Kind::Staff && known.role == OWNER) {
                return Err(nobody("an owner is connected by hand only"));
            }
            if kind == Kind::User && !identities::store::connectable(ctx.db(), there.id).await? {
                return Err(nobody("the account was used by somebody whose address was never verified"));
            }
            note(ctx, provider, "connect-identity", there.id, email).await?;
            there.id
        }
        Some(_) => return Err(nobody("an account with this address is there and not connected")),
        None if !provider.create_accounts => return Err(nobody("there is no account, and the provider makes none")),
        None if !provider.domains.is_empty() && !own_domain => return Err(nobody("the address is of none of the provider's domains")),
        // Of its own domains a provider knows who has which address; of others it must have looked.
        None if !own_domain && !said.email_verified => return Err(nobody("the provider didn't verify their address")),
        None => make(ctx, provider, said, email, given).await?,
    };
    identities::store::connect(ctx, kind, account, &provider.issuer, said).await?;
    Ok(account)
}

async fn make(ctx: &mut Ctx, provider: &Provider, said: &Said, email: &str, given: Option<roles::Given>) -> Result<Uuid, Stop> {
    let id = ctx.id();
    match provider.account_kind {
        Kind::Staff => {
            let role = given.ok_or_else(|| nobody("there is no role for new staff"))?.role;
            let role = role::of_scope(ctx.db(), role, "platform").await?;
            if role.name == OWNER {
                return Err(nobody("owners are made by owners"));
            }
            let name = said.name.as_deref().unwrap_or(email);
            let name: String = name.chars().take(120).collect();
            let new = NewAccount { id, email, name: &name, role_id: role.id, password_hash: None };
            account::store::insert(ctx.db(), &new, ctx.now()).await?;
            note(ctx, provider, "join", id, email).await?;
            ctx.emit(StaffJoined { id, email: email.to_owned(), role: role.name }).await?;
        }
        Kind::User => {
            users::store::insert(ctx.db(), id, email, said.name.as_deref(), None, &json!({})).await?;
            identities::store::verified(ctx.db(), id, ctx.now()).await?;
            note(ctx, provider, "create", id, email).await?;
            ctx.emit(UserCreated { id, email: email.to_owned() }).await?;
        }
    }
    Ok(id)
}

async fn note(ctx: &mut Ctx, provider: &Provider, what: &str, account: Uuid, email: &str) -> Result<()> {
    let noun = provider.account_kind.collection();
    let mut changes = Changes::new();
    changes.insert("email".into(), json!({"before": null, "after": email}));
    ctx.audit(&format!("{noun}.{what}"), Some(Target::new(noun, account, email)), changes, Some(format!("By {}", provider.label))).await
}
