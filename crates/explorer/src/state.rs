//! The sources in use on this node. Another node's change to one is seen within a second.

use crate::Config;
use crate::console::Running;
use crate::source::address::Address;
use crate::source::open::Open;
use crate::source::{self, MAIN};
use kernel::problem::Kind;
use kernel::{App, Call, Problem, Result};
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// A source is looked up again after this.
const CHECK: Duration = Duration::from_secs(1);
const TIDY: Duration = Duration::from_secs(20);

pub(crate) struct State {
    pub config: Config,
    open: Mutex<HashMap<String, (Arc<Open>, Instant)>>,
    tidying: AtomicBool,
    /// What the console is doing on this node.
    pub(crate) running: Running,
}

impl State {
    pub fn new(config: Config) -> Arc<Self> {
        Arc::new(Self { config, open: Mutex::new(HashMap::new()), tidying: AtomicBool::new(false), running: Running::default() })
    }

    /// A source by its name, with its connections.
    ///
    /// # Errors
    /// 404 when there is none of that name; 503 when the panel's database is away.
    pub async fn open(self: &Arc<Self>, app: &Arc<App>, name: &str) -> Result<Arc<Open>> {
        if let Some((source, checked)) = self.sources().get(name)
            && (name == MAIN || checked.elapsed() < CHECK)
        {
            return Ok(source.clone());
        }
        let stored = source::store::find(app, name).await?;
        let Some(stored) = stored else {
            if let Some((gone, _)) = self.sources().remove(name) {
                gone.close();
            }
            return Err(Problem::new(Kind::NotFound, format!("There is no source {name}")));
        };
        let mut sources = self.sources();
        if let Some((source, checked)) = sources.get_mut(name)
            && (source.id, source.version) == (stored.id, stored.version)
        {
            *checked = Instant::now();
            return Ok(source.clone());
        }
        let opened = Arc::new(match &stored.url {
            None => Open::main(&self.config, stored.id, stored.version)?,
            Some(sealed) => {
                let url = app.keys.open(&source::place(stored.id), sealed)?;
                let url = SecretString::from(String::from_utf8_lossy(url.expose_secret()).into_owned());
                Open::other(&self.config, name, stored.id, stored.version, &Address::parse(&url)?)?
            }
        });
        if let Some((old, _)) = sources.insert(name.to_owned(), (opened.clone(), Instant::now())) {
            old.close();
        }
        drop(sources);
        self.start_tidying();
        Ok(opened)
    }

    /// A source as the caller of a request is to see it: with the explorer's rights, or in somebody's place and with no
    /// others.
    ///
    /// # Errors
    /// As [`Self::open`], and 403 with what is missing when the source has not the role.
    pub async fn for_caller(self: &Arc<Self>, call: &Call) -> Result<Arc<Open>> {
        let source = self.open(&call.app, call.param("source")).await?;
        match &call.caller()?.seen_as {
            Some(seen) => source.in_place_of(seen.role).await,
            None => Ok(source),
        }
    }

    fn sources(&self) -> MutexGuard<'_, HashMap<String, (Arc<Open>, Instant)>> {
        // Nothing panics while it is held, and a map of sources is never half changed.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes idle connections for as long as there is somebody to use them.
    fn start_tidying(self: &Arc<Self>) {
        if self.tidying.swap(true, Ordering::Relaxed) {
            return;
        }
        let state: Weak<Self> = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(TIDY).await;
                let Some(state) = state.upgrade() else { return };
                for (source, _) in state.sources().values() {
                    source.tidy();
                }
            }
        });
    }
}
