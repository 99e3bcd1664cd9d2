//! Passkeys (WebAuthn). The relying party is the host of the platform's address, so they work where a browser lets them:
//! over TLS, or on localhost. They verify their person, so one is enough to sign in.

use crate::kind::Kind;
use kernel::{App, Ctx, Problem, Result};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::{
    CredentialID, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder,
};

/// What a browser says when it doesn't fit: one answer for everything that can be wrong with it.
fn unfit(error: &impl std::fmt::Display) -> Problem {
    Problem::unauthenticated("This passkey didn't fit. Try again, or choose another way.")
        .titled("That didn't work")
        .because(error.to_string())
}

fn party(app: &App) -> Result<Webauthn> {
    let site = &app.site;
    let refused = || {
        Problem::refused(format!(
            "Passkeys need the platform's address to be a host name, over TLS or on localhost; it is {}",
            site.base_url
        ))
    };
    let origin = Url::parse(&site.base_url).map_err(|_| refused())?;
    let host = origin.domain().ok_or_else(refused)?;
    if origin.scheme() != "https" && host != "localhost" {
        return Err(refused());
    }
    WebauthnBuilder::new(host, &origin).and_then(|builder| builder.rp_name(&app.name()).build()).map_err(|_| refused())
}

/// Whether browsers can use passkeys at this platform's address.
#[must_use]
pub fn possible(app: &App) -> bool {
    party(app).is_ok()
}

async fn of(ctx: &Ctx, kind: Kind, account: Uuid) -> Result<Vec<(Uuid, Passkey)>> {
    let mut found = Vec::new();
    for (id, sealed, _) in super::store::secrets(ctx.db(), kind, account, "passkey").await? {
        let plain = ctx.app().keys.open(&super::place(id), &sealed)?;
        found.push((id, serde_json::from_slice(plain.expose_secret()).map_err(Problem::internal)?));
    }
    Ok(found)
}

fn asked(options: impl serde::Serialize) -> Result<Value> {
    let mut options = serde_json::to_value(options).map_err(Problem::internal)?;
    // The browser is asked at once, by a button, not in the background of a form.
    options.as_object_mut().map(|o| o.remove("mediation"));
    Ok(options)
}

/// What the browser needs to make a passkey, and what has to be remembered until it did.
///
/// # Errors
/// 403 where passkeys can't work.
pub async fn start_registration(ctx: &Ctx, kind: Kind, account: Uuid, email: &str, name: &str) -> Result<(Value, PasskeyRegistration)> {
    let have: Vec<CredentialID> = of(ctx, kind, account).await?.iter().map(|(_, key)| key.cred_id().clone()).collect();
    let (options, state) =
        party(ctx.app())?.start_passkey_registration(account, email, name, Some(have)).map_err(|e| Problem::internal(e.to_string()))?;
    let mut options = asked(options)?;
    // One that lives in the device can be used without typing an address first.
    options["publicKey"]["authenticatorSelection"]["residentKey"] = json!("preferred");
    options["publicKey"]["authenticatorSelection"]["userVerification"] = json!("required");
    Ok((options, state))
}

/// Keeps the passkey that the browser made.
///
/// # Errors
/// 401 when it doesn't fit what was asked, 409 when somebody has it already.
pub async fn finish_registration(
    ctx: &Ctx,
    kind: Kind,
    account: Uuid,
    label: &str,
    answer: Value,
    state: &PasskeyRegistration,
) -> Result<Uuid> {
    let answer: RegisterPublicKeyCredential = serde_json::from_value(answer).map_err(|e| malformed(&e))?;
    let key = party(ctx.app())?.finish_passkey_registration(&answer, state).map_err(|e| unfit(&e))?;
    let id = ctx.id();
    let plain = serde_json::to_vec(&key).map_err(Problem::internal)?;
    let sealed = ctx.app().keys.seal(&super::place(id), &plain)?;
    super::store::insert(ctx.db(), kind, id, account, "passkey", label, &sealed, Some(key.cred_id().as_ref()), ctx.now(), Some(ctx.now()))
        .await?;
    Ok(id)
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::field("credential", "malformed", format!("This is not what a browser's passkey answers: {error}"))
}

/// What the browser needs to use one of the account's passkeys.
///
/// # Errors
/// 403 where passkeys can't work.
pub async fn start(ctx: &Ctx, kind: Kind, account: Uuid) -> Result<(Value, PasskeyAuthentication)> {
    let keys: Vec<Passkey> = of(ctx, kind, account).await?.into_iter().map(|(_, key)| key).collect();
    if keys.is_empty() {
        return Err(Problem::refused("This account has no passkey"));
    }
    let (options, state) = party(ctx.app())?.start_passkey_authentication(&keys).map_err(|e| Problem::internal(e.to_string()))?;
    Ok((asked(options)?, state))
}

/// Checks the answer of one of the account's passkeys, and remembers its counter.
///
/// # Errors
/// 401 when it doesn't fit.
pub async fn finish(ctx: &Ctx, kind: Kind, account: Uuid, answer: Value, state: &PasskeyAuthentication) -> Result<()> {
    let answer: PublicKeyCredential = serde_json::from_value(answer).map_err(|e| malformed(&e))?;
    let result = party(ctx.app())?.finish_passkey_authentication(&answer, state).map_err(|e| unfit(&e))?;
    remember(ctx, kind, account, &result).await
}

async fn remember(ctx: &Ctx, kind: Kind, account: Uuid, result: &webauthn_rs::prelude::AuthenticationResult) -> Result<()> {
    let mut keys = of(ctx, kind, account).await?;
    let (id, key) = keys.iter_mut().find(|(_, key)| key.cred_id() == result.cred_id()).ok_or_else(|| unfit(&"removed meanwhile"))?;
    let changed = key.update_credential(result).unwrap_or(false);
    let sealed = if changed {
        let plain = serde_json::to_vec(key).map_err(Problem::internal)?;
        Some(ctx.app().keys.seal(&super::place(*id), &plain)?)
    } else {
        None
    };
    super::store::used(ctx.db(), *id, ctx.now(), None, sealed.as_deref()).await
}

/// What the browser needs to use any passkey of this platform.
///
/// # Errors
/// 403 where passkeys can't work.
pub fn start_alone(app: &App) -> Result<(Value, DiscoverableAuthentication)> {
    let (options, state) = party(app)?.start_discoverable_authentication().map_err(|e| Problem::internal(e.to_string()))?;
    Ok((asked(options)?, state))
}

/// Whose passkey answered, once its answer was checked.
///
/// # Errors
/// 401 when it doesn't fit, or is nobody's of this kind.
pub async fn finish_alone(ctx: &Ctx, kind: Kind, answer: Value, state: DiscoverableAuthentication) -> Result<Uuid> {
    let answer: PublicKeyCredential = serde_json::from_value(answer).map_err(|e| malformed(&e))?;
    let party = party(ctx.app())?;
    let (said, credential) = party.identify_discoverable_authentication(&answer).map_err(|e| unfit(&e))?;
    let Some((_, account)) = super::store::by_credential(ctx.db(), kind, credential).await?.filter(|(_, owner)| *owner == said) else {
        return Err(unfit(&"unknown credential"));
    };
    let keys = of(ctx, kind, account).await?;
    let (_, key) = keys.iter().find(|(_, key)| key.cred_id()[..] == *credential).ok_or_else(|| unfit(&"removed meanwhile"))?;
    let result = party.finish_discoverable_authentication_v2(&answer, state, DiscoverableKey::from(key)).map_err(|e| unfit(&e))?;
    remember(ctx, kind, account, &result).await?;
    Ok(account)
}
