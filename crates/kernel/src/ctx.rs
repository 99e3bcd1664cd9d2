//! What a feature's function gets: the transaction, who asks, the time, the next id, and what it leaves behind.

use crate::actor::{Actor, Caller};
use crate::app::App;
use crate::audit::{self, Changes};
use crate::db::Client;
use crate::db::Tx;
use crate::event::{Event, NewEvent};
use crate::job::{Job, NewJob, Unique};
use crate::problem::{Problem, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::net::IpAddr;
use std::sync::Arc;
use uuid::Uuid;

/// The request as far as a feature may care.
#[derive(Clone, Debug, Default)]
pub struct RequestInfo {
    /// W3C trace id: 32 hex digits.
    pub id: String,
    pub address: Option<IpAddr>,
    pub user_agent: Option<String>,
    /// Whether the browser spoke TLS (to us or to a trusted proxy).
    pub tls: bool,
    /// Whether the connection came straight from this machine, with a local `Host` and no forwarding header.
    pub local: bool,
    /// Whether it is asked again for a stream that goes on, which is no sign that somebody is there.
    pub is_idle: bool,
}

/// The life of one change.
pub struct Ctx {
    pub(crate) app: Arc<App>,
    pub(crate) tx: Tx,
    pub(crate) caller: Caller,
    pub(crate) request: RequestInfo,
    pub(crate) now: DateTime<Utc>,
    pub(crate) wake: bool,
    /// Whether jobs were queued, here or by a room's own statement: workers hear of them after the commit.
    pub queued: bool,
    pub(crate) together: Vec<Uuid>,
    /// What is written down of many objects, with one statement before the commit.
    pub(crate) entries: Vec<audit::Entry>,
    /// Whose log the entries of staff belong to; the platform's own without.
    pub(crate) concerns: Option<Uuid>,
    callers_changed: bool,
}

impl Ctx {
    /// Opens a transaction for the caller.
    ///
    /// # Errors
    /// 503 when the database is away.
    pub async fn open(app: Arc<App>, caller: Caller, request: RequestInfo) -> Result<Self> {
        let now = app.clock.now();
        let tx = app.db.begin(&caller, now).await?;
        Ok(Self {
            app,
            tx,
            caller,
            request,
            now,
            wake: false,
            queued: false,
            together: vec![],
            entries: vec![],
            concerns: None,
            callers_changed: false,
        })
    }

    /// The connection, inside the transaction.
    #[must_use]
    pub fn db(&self) -> &Client {
        self.tx.db()
    }

    /// The same moment for the whole change.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The next id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.app.ids.next(&self.app.clock)
    }

    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.caller.actor
    }

    /// Whom the actor impersonates.
    #[must_use]
    pub fn subject(&self) -> Option<&Actor> {
        self.caller.subject.as_ref()
    }

    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The ids of everything that one request changes, for rules about the whole; empty where it is a single object.
    #[must_use]
    pub fn together(&self) -> &[Uuid] {
        &self.together
    }

    #[must_use]
    pub fn request(&self) -> &RequestInfo {
        &self.request
    }

    #[must_use]
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Writes a fact to the outbox, in this transaction.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn emit<E: Event>(&mut self, event: E) -> Result<()> {
        let event = NewEvent::of(&event)?;
        crate::event::store::insert(self.db(), self.id(), &event, &self.caller, &self.request.id, self.now).await?;
        self.wake = true;
        Ok(())
    }

    /// Queues background work, in this transaction.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn enqueue<J: Job>(&mut self, job: J) -> Result<Uuid> {
        self.enqueue_at(job, self.now).await
    }

    /// Queues background work that starts no earlier than `at`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn enqueue_at<J: Job>(&mut self, job: J, at: DateTime<Utc>) -> Result<Uuid> {
        self.queue(NewJob::of(&job, at)?).await.map(|(id, _)| id)
    }

    /// Queues background work of which there is to be one at a time; the id of the one there is, and whether it is new.
    ///
    /// # Errors
    /// 409 when there is one already and a second is to be refused; when the database refuses.
    pub async fn enqueue_once<J: Job>(&mut self, job: J, unique: Unique) -> Result<(Uuid, bool)> {
        self.queue(NewJob { unique: Some(unique), ..NewJob::of(&job, self.now)? }).await
    }

    async fn queue(&mut self, job: NewJob) -> Result<(Uuid, bool)> {
        let queued = crate::job::store::insert(self.db(), self.id(), &job, self.now, self.cause()).await?;
        self.queued = true;
        Ok(queued)
    }

    /// Writes an audit row of the feature's own, beside the one the runner writes.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn audit(&mut self, action: &str, target: Option<audit::Target>, changes: Changes, detail: Option<String>) -> Result<()> {
        let entry = audit::Entry::new(self, action, target).changes(changes).detail(detail);
        if self.together.is_empty() {
            audit::store::append(self.db(), &self.app.keys, &entry).await?;
        } else {
            self.entries.push(entry);
        }
        self.wake = true;
        Ok(())
    }

    /// Writes many audit rows of the feature's own in one statement.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn audit_all(&mut self, entries: &[audit::Entry]) -> Result<()> {
        audit::store::append_all(self.db(), &self.app.keys, entries).await?;
        self.wake = true;
        Ok(())
    }

    /// Says that this change touches who may do what, so that it counts on this node as soon as it is committed.
    pub fn callers_changed(&mut self) {
        self.callers_changed = true;
    }

    /// Commits, then wakes who waits for what was left behind.
    ///
    /// # Errors
    /// When the commit fails; nothing was changed then.
    pub async fn commit(self) -> Result<()> {
        let Self { app, tx, wake, queued, callers_changed, .. } = self;
        tx.commit().await?;
        if callers_changed {
            app.auth.forget();
        }
        if wake {
            app.wake.notify_one();
        }
        if queued {
            app.queued.send_replace(());
        }
        Ok(())
    }

    /// # Errors
    /// When the database is away; nothing was changed in that case either.
    pub async fn rollback(self) -> Result<()> {
        self.tx.rollback().await
    }
}

/// Turns a value into JSON; what we declare always can be.
///
/// # Errors
/// 500 when a `Serialize` implementation fails.
pub fn to_json<T: Serialize>(value: T) -> Result<serde_json::Value> {
    serde_json::to_value(value).map_err(Problem::internal)
}
