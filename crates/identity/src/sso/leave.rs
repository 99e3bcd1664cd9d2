//! Signing out at the provider, too (OpenID Connect RP-Initiated Logout 1.0): after the session here has ended, the
//! browser is sent there, and back to the sign-in page. Only where the provider takes it, and its switch is on.

use super::{opened, provider};
use crate::State;
use crate::kind::Kind;
use kernel::{App, Caller, Problem, Result};
use secrecy::ExposeSecret as _;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Nobody waits longer than this for signing out.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where a provider sends people back to after they signed out there; to be entered at the provider.
pub(super) fn page(app: &App, kind: Kind) -> String {
    format!("{}{}", app.site.base_url, path(kind))
}

/// The page itself.
pub(super) fn path(kind: Kind) -> &'static str {
    match kind {
        Kind::Staff => "/admin/login",
        Kind::User => "/auth/login",
    }
}

/// Where the browser goes on to after the session of this token, so that the provider that opened it ends its own.
///
/// # Errors
/// When the database is away. That the provider doesn't answer is no error: who signs out here is signed out.
pub(crate) async fn onward(app: &Arc<App>, state: &State, kind: Kind, token_hash: &[u8]) -> Result<Option<String>> {
    let tx = app.db.begin(&Caller::system("sign-out"), app.clock.now()).await?;
    let behind = opened::store::behind(tx.db(), kind, token_hash).await?;
    let stored = match &behind {
        Some(behind) => provider::store::find(tx.db(), &behind.slug).await?,
        None => None,
    };
    tx.rollback().await?;
    let (Some(behind), Some(stored)) = (behind, stored) else { return Ok(None) };
    let provider = &stored.provider;
    let described = match tokio::time::timeout(PATIENCE, state.sso.of(app, provider)).await {
        Ok(Ok(described)) => described,
        Ok(Err(_)) | Err(_) => {
            tracing::warn!(provider = provider.slug, "somebody signed out while their sign-in provider didn't answer");
            return Ok(None);
        }
    };
    let Some(end) = &described.end_session else { return Ok(None) };
    let mut url = Url::parse(end).map_err(Problem::internal)?;
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("client_id", &provider.client_id).append_pair("post_logout_redirect_uri", &page(app, kind));
        if let Some(hint) = opened::hint(app, &behind)? {
            query.append_pair("id_token_hint", hint.expose_secret());
        }
    }
    Ok(Some(url.into()))
}
