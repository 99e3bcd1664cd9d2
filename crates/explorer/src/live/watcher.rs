//! One watcher for each source that somebody watches, whatever the number of grids. It begins with the first and ends
//! a little after the last, so that turning a page doesn't begin it again.

use super::change::{By, Changes};
use super::line::Name;
use super::mailbox::Mailbox;
use super::{decoding, listening};
use crate::source::open::Open;
use kernel::App;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// How long it waits for another grid.
const LINGER: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(500);
/// Between attempts to reach a source that is away.
const SOONEST: Duration = Duration::from_millis(500);
const LATEST: Duration = Duration::from_secs(10);

/// How changes are learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the log that PostgreSQL writes: every table.
    Log,
    /// From triggers that somebody had made: those tables.
    Triggers,
}

impl Way {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Triggers => "triggers",
        }
    }
}

/// How the watcher is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    Starting,
    /// Another transaction has to end first.
    Waiting,
    /// `why` is what stands against the better way.
    Live {
        way: Way,
        why: Option<String>,
    },
    Away(String),
}

/// Why following the source ended.
pub enum Ended {
    /// Nobody watches any more.
    Deserted,
    /// This way isn't open here.
    Closed(String),
    Lost(String),
}

/// A grid: what it watches, and what waits for it.
pub struct Grid {
    number: u64,
    pub mailbox: Mailbox,
}

/// What a grid watches: the table, and those of which it is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub tables: Vec<Name>,
    /// Columns of the primary key.
    pub key: Vec<String>,
}

/// A table that is watched.
struct Watched {
    key: Arc<[String]>,
    grids: Vec<Arc<Grid>>,
}

#[derive(Default)]
struct Inner {
    tables: HashMap<Name, Watched>,
    grids: usize,
}

/// Who watches what.
#[derive(Default)]
pub struct Index(Mutex<Inner>);

impl Index {
    /// The key of a table that somebody watches.
    pub fn key(&self, table: &Name) -> Option<Arc<[String]>> {
        self.inner().tables.get(table).map(|watched| watched.key.clone())
    }

    pub fn deliver(&self, table: &Name, by: &By, changes: &Changes) {
        if let Some(watched) = self.inner().tables.get(table) {
            watched.grids.iter().for_each(|grid| grid.mailbox.put(by, changes));
        }
    }

    fn is_empty(&self) -> bool {
        self.inner().grids == 0
    }

    fn add(&self, grid: &Arc<Grid>, wanted: &Wanted) {
        let mut inner = self.inner();
        inner.grids += 1;
        Self::put(&mut inner, grid, wanted);
    }

    /// The same grid, of which the table has changed.
    fn replace(&self, grid: &Arc<Grid>, wanted: &Wanted) {
        let mut inner = self.inner();
        Self::cut(&mut inner, grid);
        Self::put(&mut inner, grid, wanted);
    }

    fn remove(&self, grid: &Arc<Grid>) {
        let mut inner = self.inner();
        inner.grids -= 1;
        Self::cut(&mut inner, grid);
    }

    fn put(inner: &mut Inner, grid: &Arc<Grid>, wanted: &Wanted) {
        let key: Arc<[String]> = wanted.key.as_slice().into();
        for table in &wanted.tables {
            let watched = inner.tables.entry(table.clone()).or_insert_with(|| Watched { key: key.clone(), grids: Vec::new() });
            // The newest knows best what the key is.
            watched.key = key.clone();
            watched.grids.push(grid.clone());
        }
    }

    fn cut(inner: &mut Inner, grid: &Arc<Grid>) {
        inner.tables.retain(|_, watched| {
            watched.grids.retain(|other| other.number != grid.number);
            !watched.grids.is_empty()
        });
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One source that is watched.
pub struct Watcher {
    pub app: Arc<App>,
    pub source: Arc<Open>,
    pub index: Index,
    status: watch::Sender<Status>,
}

impl Watcher {
    pub fn say(&self, status: Status) {
        self.status.send_if_modified(|there| {
            let is_new = *there != status;
            *there = status;
            is_new
        });
    }

    /// Until nobody has watched for a while, or the panel stops: a server that stops first sends to the end whatever it still has for
    /// us, which may be more than it has time for.
    pub async fn deserted(&self) {
        let mut stopping = self.app.stopping.subscribe();
        let mut since = None;
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stopping.wait_for(|stop| *stop) => return,
            }
            since = if self.index.is_empty() { since.or_else(|| Some(tokio::time::Instant::now())) } else { None };
            if since.is_some_and(|since| since.elapsed() >= LINGER) {
                return;
            }
        }
    }

    fn is_stopping(&self) -> bool {
        *self.app.stopping.borrow()
    }

    /// Follows the source for as long as somebody watches.
    async fn run(self: Arc<Self>, watchers: Arc<Watchers>) {
        let mut pause = SOONEST;
        loop {
            let began = tokio::time::Instant::now();
            let ended = match decoding::follow(&self).await {
                Ended::Closed(why) => listening::follow(&self, why).await,
                ended => ended,
            };
            match ended {
                Ended::Deserted if watchers.leave(&self) || self.is_stopping() => return,
                Ended::Deserted => continue,
                Ended::Lost(why) | Ended::Closed(why) => {
                    tracing::info!(source.name = %self.source.name, why, "changes of a source can't be followed now");
                    self.say(Status::Away(why));
                }
            }
            pause = if began.elapsed() > LATEST { SOONEST } else { (pause * 2).min(LATEST) };
            tokio::time::sleep(pause).await;
            if watchers.leave(&self) || self.is_stopping() {
                return;
            }
        }
    }
}

/// The watchers of this node, by the id of their source.
#[derive(Default)]
pub struct Watchers {
    running: Mutex<HashMap<Uuid, Arc<Watcher>>>,
    numbers: AtomicU64,
}

impl Watchers {
    /// Watches with those who do already, or begins to.
    pub fn join(self: &Arc<Self>, app: &Arc<App>, source: &Arc<Open>, wanted: &Wanted) -> Watching {
        let grid = Arc::new(Grid { number: self.numbers.fetch_add(1, Ordering::Relaxed), mailbox: Mailbox::default() });
        let mut running = self.running();
        let there = running.get(&source.id).filter(|watcher| watcher.source.version == source.version).cloned();
        let watcher = there.unwrap_or_else(|| {
            let (status, _) = watch::channel(Status::Starting);
            let watcher = Arc::new(Watcher { app: app.clone(), source: source.clone(), index: Index::default(), status });
            running.insert(source.id, watcher.clone());
            tokio::spawn(watcher.clone().run(self.clone()));
            watcher
        });
        watcher.index.add(&grid, wanted);
        let status = watcher.status.subscribe();
        Watching { watcher, grid, status }
    }

    /// Forgets a watcher that nobody needs; whether it may go.
    fn leave(&self, watcher: &Arc<Watcher>) -> bool {
        // While this is held nobody joins.
        let mut running = self.running();
        if !watcher.index.is_empty() {
            return false;
        }
        if running.get(&watcher.source.id).is_some_and(|there| Arc::ptr_eq(there, watcher)) {
            running.remove(&watcher.source.id);
        }
        true
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Watcher>>> {
        // Nothing panics while it is held.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One grid that watches, for as long as it is kept.
pub struct Watching {
    watcher: Arc<Watcher>,
    grid: Arc<Grid>,
    pub status: watch::Receiver<Status>,
}

impl Watching {
    #[must_use]
    pub fn mailbox(&self) -> &Mailbox {
        &self.grid.mailbox
    }

    pub fn wants(&self, wanted: &Wanted) {
        self.watcher.index.replace(&self.grid, wanted);
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.watcher.index.remove(&self.grid);
    }
}
