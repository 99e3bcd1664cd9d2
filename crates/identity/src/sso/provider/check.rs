//! The test button: is the provider there, and is it the one that was meant?

use super::Provider;
use crate::State;
use futures::future::BoxFuture;
use kernel::App;
use kernel::connector::{Connector, Health, RetryClass};
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::sso::leave;
use crate::sso::refusal::{Reason, Stop};

/// A provider as a hand to the outside world.
struct Hand<'a> {
    state: &'a State,
    app: &'a App,
    provider: Provider,
}

impl Connector for Hand<'_> {
    fn kind(&self) -> &'static str {
        "openid-connect"
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(20)
    }

    fn check(&self) -> BoxFuture<'_, Health> {
        Box::pin(async move {
            let started = Instant::now();
            let found = self.state.sso.look(self.app, &self.provider).await;
            let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            match found {
                Ok(described) => {
                    let keys = described.keys.len();
                    let challenge =
                        if described.knows_challenge { "" } else { " It doesn't say that it knows PKCE (S256), which is always sent." };
                    let stays = self.provider.sign_out_there && described.end_session.is_none();
                    let stays = if stays { " It signs nobody out: it says no end_session_endpoint." } else { "" };
                    Health {
                        ok: true,
                        message: format!(
                            "{} answered in {milliseconds} ms and signs with {keys} keys.{challenge}{stays}",
                            described.issuer
                        ),
                        version: None,
                        milliseconds,
                        retry: None,
                    }
                }
                Err(stop) => {
                    let later = matches!(&stop, Stop::Refused(refusal) if refusal.reason == Reason::Unreachable);
                    let retry = Some(if later { RetryClass::Later } else { RetryClass::Never });
                    Health { ok: false, message: stop.problem().detail().to_owned(), version: None, milliseconds, retry }
                }
            }
        })
    }
}

/// What the page shows.
#[derive(Serialize)]
pub(super) struct Checked {
    #[serde(flatten)]
    health: Health,
    /// To be entered at the provider: where it sends people back to, where it says that somebody signed out there, and
    /// where it sends people back to who signed out there.
    redirect_uri: String,
    logout_uri: String,
    signed_out_uri: String,
}

pub(super) async fn check(state: &Arc<State>, app: &Arc<App>, provider: Provider) -> Checked {
    let (redirect_uri, logout_uri) = (crate::sso::redirect_uri(app, &provider.slug), crate::sso::logout_uri(app, &provider.slug));
    let signed_out_uri = leave::page(app, provider.account_kind);
    let hand = Hand { state, app, provider };
    let health = tokio::time::timeout(hand.timeout(), hand.check()).await.unwrap_or_else(|_| Health {
        ok: false,
        message: format!("{} doesn't answer within {} s", hand.provider.issuer, hand.timeout().as_secs()),
        version: None,
        milliseconds: 20_000,
        retry: Some(RetryClass::Later),
    });
    Checked { health, redirect_uri, logout_uri, signed_out_uri }
}
