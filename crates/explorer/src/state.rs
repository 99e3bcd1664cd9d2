//! The sources in use on this node. Another node's change to one is seen within a second.

use crate::Config;
use crate::console::Running;
use crate::live::Live;
use crate::source;
use crate::source::address::Address;
use crate::source::open::Open;
use kernel::problem::Kind;
use kernel::{App, Call, Caller, Problem, Result};
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, SemaphorePermit};

/// A source is looked up again after this.
const CHECK: Duration = Duration::from_secs(1);
const TIDY: Duration = Duration::from_secs(20);
/// Comparisons and explanations at the same time; what a source in somebody's place has connections for.
const LOOKS: usize = 2;
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(15);

pub(crate) struct State {
    pub config: Config,
    open: Mutex<HashMap<String, (Arc<Open>, Instant)>>,
    tidying: AtomicBool,
    /// What the console is doing on this node.
    pub(crate) running: Running,
    /// What is followed live.
    pub(crate) live: Live,
    /// Each comparison holds several connections.
    looks: Semaphore,
}

impl State {
    pub fn new(config: Config) -> Arc<Self> {
        Arc::new(Self {
            config,
            open: Mutex::new(HashMap::new()),
            tidying: AtomicBool::new(false),
            running: Running::default(),
            live: Live::default(),
            looks: Semaphore::new(LOOKS),
        })
    }

    /// A source by its name, with its connections.
    ///
    /// # Errors
    /// 404 when there is none of that name; 503 when the panel's database is away.
    pub async fn open(self: &Arc<Self>, app: &Arc<App>, name: &str) -> Result<Arc<Open>> {
        if let Some((source, checked)) = self.sources().get_mut(name) {
            if checked.elapsed() < CHECK {
                return Ok(source.clone());
            }
            // The first to find it old looks again; the others go on meanwhile.
            *checked = Instant::now();
        }
        self.look(app, name).await
    }

    /// A source as it is now.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn look(self: &Arc<Self>, app: &Arc<App>, name: &str) -> Result<Arc<Open>> {
        let tx = app.db.begin(&Caller::system("explorer"), app.clock.now()).await?;
        let Some(stored) = source::store::find(tx.db(), name).await? else {
            if let Some((gone, _)) = self.sources().remove(name) {
                gone.close();
            }
            return Err(Problem::new(Kind::NotFound, format!("There is no source {name}")));
        };
        let is_it = |source: &Open| (source.id, source.version) == (stored.id, stored.version);
        let known = self.sources().get(name).map(|(source, _)| source.clone()).filter(|source| is_it(source));
        let source = match known {
            Some(source) => source,
            None => Arc::new(self.opened(app, name, &stored)?),
        };
        // Before anybody reads a row through it.
        source.marks.read(tx.db(), source.id).await?;
        tx.rollback().await?;
        let mut sources = self.sources();
        if let Some((known, checked)) = sources.get_mut(name)
            && is_it(known)
        {
            // Perhaps somebody else's, who was quicker.
            *checked = Instant::now();
            return Ok(known.clone());
        }
        if let Some((old, _)) = sources.insert(name.to_owned(), (source.clone(), Instant::now())) {
            old.close();
        }
        drop(sources);
        self.start_tidying();
        Ok(source)
    }

    fn opened(&self, app: &App, name: &str, stored: &source::store::Stored) -> Result<Open> {
        let Some(sealed) = &stored.url else { return Open::main(&self.config, stored.id, stored.version) };
        let url = app.keys.open(&source::place(stored.id), sealed)?;
        let url = SecretString::from(String::from_utf8_lossy(url.expose_secret()).into_owned());
        Open::other(&self.config, name, stored.id, stored.version, &Address::parse(&url)?)
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

    /// Waits for the others who look with somebody's eyes.
    ///
    /// # Errors
    /// 503 when they take too long.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>> {
        let turn = tokio::time::timeout(PATIENCE, self.looks.acquire()).await;
        turn.ok()
            .and_then(|turn| turn.ok())
            .ok_or_else(|| Problem::unavailable("Others are comparing. Nothing was read; try again in a moment."))
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
