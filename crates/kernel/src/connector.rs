//! Connectors: hands to the outside world. Each can be asked whether it works, and says how a failure is meant.

use futures::future::BoxFuture;
use serde::Serialize;
use std::time::Duration;

/// Whether trying again may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryClass {
    /// A network, a limit, a restart.
    Later,
    /// Wrong credentials, a missing object: somebody has to change something.
    Never,
}

/// What a check found.
#[derive(Clone, Debug, Serialize)]
pub struct Health {
    pub ok: bool,
    /// One sentence for people: what works, or what failed and what to do.
    pub message: String,
    /// What the other side says it is, such as `PostgreSQL 15.18`.
    pub version: Option<String>,
    pub milliseconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryClass>,
}

/// A hand to something outside.
pub trait Connector: Send + Sync {
    /// What kind of thing is at the other end.
    fn kind(&self) -> &'static str;

    /// The longest a check may take.
    fn timeout(&self) -> Duration {
        Duration::from_secs(5)
    }

    /// Reaches for the other side; never fails, says what it found.
    fn check(&self) -> BoxFuture<'_, Health>;
}
