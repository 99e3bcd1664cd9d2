//! The running platform as features see it: registry, database, clock, keys, settings.

use crate::actor::Caller;
use crate::clock::{Clock, Ids};
use crate::ctx::RequestInfo;
use crate::db::Db;
use crate::endpoint::Endpoint;
use crate::problem::Result;
use crate::registry::Registry;
use crate::secret::Keyring;
use crate::setting::{PLATFORM_NAME, Settings};
use futures::future::BoxFuture;
use http::{HeaderMap, StatusCode};
use std::sync::Arc;
use tokio::sync::{Notify, watch};

/// Tells who is asking. Implemented by the room that keeps sessions; plugged in by the binary.
pub trait Authenticate: Send + Sync {
    /// Nobody is `None`; a credential that is not valid is nobody too, unless it must be told apart.
    fn authenticate<'a>(
        &'a self,
        app: &'a Arc<App>,
        headers: &'a HeaderMap,
        request: &'a RequestInfo,
    ) -> BoxFuture<'a, Result<Option<Caller>>>;

    /// Counts a caller's request, and refuses it when they may make no more.
    fn admit(&self, _app: &App, _caller: &Caller) -> Result<()> {
        Ok(())
    }

    /// What became of a caller's request, for logs and headers of theirs.
    fn answered(&self, _app: &Arc<App>, _caller: &Caller, _from: &RequestInfo, _to: &Endpoint, _status: StatusCode, _out: &mut HeaderMap) {}

    /// Writes what is still in memory; before the process ends.
    fn settle<'a>(&'a self, _app: &'a Arc<App>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// Who may do what has changed: what was kept in memory about callers no longer counts.
    fn forget(&self) {}
}

/// What the installation is called and where it is.
#[derive(Clone, Debug)]
pub struct Site {
    pub name: String,
    pub version: &'static str,
    /// `development`, `staging`, `production` …; the badge in the shell.
    pub environment: String,
    /// Without a trailing slash.
    pub base_url: String,
}

pub struct App {
    pub registry: Registry,
    pub db: Db,
    pub clock: Clock,
    pub ids: Ids,
    pub keys: Keyring,
    pub settings: Settings,
    pub site: Site,
    pub auth: Arc<dyn Authenticate>,
    /// What the binary plugged in for libraries that jobs reach, by type: the way out for mail.
    pub plugged: http::Extensions,
    /// Rung after a commit that left something for the worker; polling goes on without it.
    pub wake: Notify,
    /// Rung after a commit that left a job; polling goes on without it.
    pub queued: watch::Sender<()>,
    /// Becomes true when the process is to end, for answers that would go on for ever.
    pub stopping: watch::Sender<bool>,
}

impl App {
    /// What the platform is called where its people read it: on hosted pages and in letters.
    #[must_use]
    pub fn name(&self) -> String {
        PLATFORM_NAME.get(self).unwrap_or_else(|_| self.site.name.clone())
    }
}
