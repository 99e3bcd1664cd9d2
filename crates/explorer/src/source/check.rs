//! The test button: is the source there, and what is it?

use crate::state::State;
use futures::future::BoxFuture;
use kernel::connector::{Connector, Health, RetryClass};
use kernel::problem::Kind;
use kernel::{App, Problem};
use std::sync::Arc;
use std::time::Duration;

const VERSION: &str = "show server_version";

/// A source as a hand to the outside world.
struct Hand {
    state: Arc<State>,
    app: Arc<App>,
    name: String,
}

impl Connector for Hand {
    fn kind(&self) -> &'static str {
        "postgresql"
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn check(&self) -> BoxFuture<'_, Health> {
        Box::pin(async move {
            match self.reach().await {
                Ok((version, time)) => {
                    let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
                    Health {
                        ok: true,
                        message: format!("PostgreSQL {version} answered in {milliseconds} ms"),
                        version: Some(format!("PostgreSQL {version}")),
                        milliseconds,
                        retry: None,
                    }
                }
                Err(problem) => {
                    let retry = if problem.kind() == Kind::Unavailable { RetryClass::Later } else { RetryClass::Never };
                    Health { ok: false, message: problem.detail().to_owned(), version: None, milliseconds: 0, retry: Some(retry) }
                }
            }
        })
    }
}

impl Hand {
    async fn reach(&self) -> kernel::Result<(String, Duration)> {
        let source = self.state.open(&self.app, &self.name).await?;
        let (conn, time) = source.reach().await?;
        let version = conn.query_one(VERSION, &[]).await?.get(0);
        Ok((version, time))
    }
}

/// Reaches for a source within its time.
pub async fn check(state: &Arc<State>, app: &Arc<App>, name: &str) -> Health {
    let hand = Hand { state: state.clone(), app: app.clone(), name: name.to_owned() };
    match tokio::time::timeout(hand.timeout(), hand.check()).await {
        Ok(health) => health,
        Err(_) => {
            let problem =
                Problem::unavailable(format!("The {} source {name} doesn't answer within {} s", hand.kind(), hand.timeout().as_secs()));
            Health { ok: false, message: problem.detail().to_owned(), version: None, milliseconds: 10_000, retry: Some(RetryClass::Later) }
        }
    }
}
