//! Jobs: durable background work, as rooms declare and queue it. Enqueued in the caller's transaction, run at least once,
//! retried with growing pauses, cancelled by request. What runs it is the room `work`.
//!
//! States are River's and Oban's: available, scheduled, pending → running → completed | retryable | discarded | cancelled.

pub mod store;

use crate::app::App;
use crate::problem::{Problem, Result};
use chrono::{DateTime, Duration, Utc};
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// How a run ended when it didn't succeed.
#[derive(Debug)]
pub enum Failure {
    /// Trying again may help: a connection, a lock, a limit.
    Retry(Problem),
    /// It never will: what it was about is gone, or the input is wrong.
    Fail(Problem),
    /// Somebody asked for it to stop, and it did.
    Cancelled,
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Retry(problem)
    }
}

/// A kind of work. The payload is the serialised struct.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// `room.verb-noun`, kept in the database: never rename it without a migration.
    const KIND: &'static str;
    /// What the board says it does.
    const DESCRIPTION: &'static str;
    /// The first try counts: 4 attempts are 3 retries.
    const MAX_ATTEMPTS: i16 = 4;
    /// Seconds after which a run that has not reported is taken to be dead.
    const LEASE_SECONDS: i64 = 300;

    fn run(self, run: Run) -> impl Future<Output = Result<Value, Failure>> + Send;
}

/// What a running job gets.
#[derive(Clone)]
pub struct Run {
    pub app: Arc<App>,
    pub id: Uuid,
    pub attempt: i16,
}

impl Run {
    /// Reports progress in percent with a sentence, extends the lease, and stops the job if somebody asked for it.
    ///
    /// # Errors
    /// [`Failure::Cancelled`] when somebody asked for it to stop.
    pub async fn progress(&self, percent: i16, message: &str) -> Result<(), Failure> {
        let conn = self.app.db.begin(&crate::actor::Caller::system("worker"), self.app.clock.now()).await?;
        let stop = store::progress(conn.db(), self.id, percent, message, self.app.clock.now() + Duration::seconds(300)).await?;
        conn.commit().await?;
        if stop { Err(Failure::Cancelled) } else { Ok(()) }
    }
}

pub type RunJob = Arc<dyn Fn(Run, Value) -> BoxFuture<'static, Result<Value, Failure>> + Send + Sync>;

/// A kind of job, its type forgotten.
#[derive(Clone)]
pub struct JobDef {
    pub kind: &'static str,
    pub description: &'static str,
    pub max_attempts: i16,
    pub lease_seconds: i64,
    pub run: RunJob,
}

impl JobDef {
    #[must_use]
    pub fn of<J: Job>() -> Self {
        Self {
            kind: J::KIND,
            description: J::DESCRIPTION,
            max_attempts: J::MAX_ATTEMPTS,
            lease_seconds: J::LEASE_SECONDS,
            run: Arc::new(|run, payload| {
                Box::pin(async move {
                    let job: J = serde_json::from_value(payload).map_err(|e| Failure::Fail(Problem::internal(e)))?;
                    job.run(run).await
                })
            }),
        }
    }
}

/// Work that comes round by the clock (cron, UTC).
#[derive(Clone)]
pub struct Schedule {
    /// Unique.
    pub name: &'static str,
    /// Five fields: minute, hour, day, month, weekday.
    pub cron: &'static str,
    pub job: NewJob,
}

#[derive(Clone, Debug)]
pub struct NewJob {
    pub kind: &'static str,
    pub payload: Value,
    pub max_attempts: i16,
    pub run_at: DateTime<Utc>,
    /// At most one unfinished job has it.
    pub unique_key: Option<String>,
}

impl NewJob {
    pub(crate) fn of<J: Job>(job: &J, run_at: DateTime<Utc>) -> Result<Self> {
        Ok(Self {
            kind: J::KIND,
            payload: serde_json::to_value(job).map_err(Problem::internal)?,
            max_attempts: J::MAX_ATTEMPTS,
            run_at,
            unique_key: None,
        })
    }
}

/// Pause before the next attempt: 15 s, 1 min, 4 min, 16 min, … at most 6 h.
#[must_use]
pub fn pause(attempt: i16) -> Duration {
    let exponent = u32::try_from(attempt.clamp(1, 10) - 1).unwrap_or(0);
    Duration::seconds((15 * 4_i64.pow(exponent)).min(6 * 3600))
}

#[cfg(test)]
mod tests {
    use super::pause;

    #[test]
    fn pauses_grow_and_end() {
        assert_eq!([1, 2, 3, 30].map(|n| pause(n).num_seconds()), [15, 60, 240, 21600]);
    }
}
