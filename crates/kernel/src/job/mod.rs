//! Jobs: durable background work, as rooms declare and queue it. Enqueued in the caller's transaction, run at least once,
//! retried with growing pauses, cancelled by request. What runs it is the room `work`.
//!
//! States are River's and Oban's: available, scheduled, pending → running → completed | retryable | discarded | cancelled.

pub mod form;
mod limits;
mod schedule;
pub mod store;
mod unique;

pub use limits::{Limits, Starts};
pub use schedule::{Missed, Overlap, Schedule};
pub use unique::{Twin, Unique};

use crate::app::App;
use crate::problem::{Problem, Result};
use chrono::{DateTime, Duration, Utc};
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// How a run ended when it didn't succeed.
#[derive(Debug)]
pub enum Failure {
    /// Trying again may help: a connection, a lock, a limit.
    Retry(Problem),
    /// As [`Failure::Retry`], but no earlier than this: the other side said when.
    RetryAfter(Duration, Problem),
    /// It never will: what it was about is gone, or the input is wrong.
    Fail(Problem),
    /// Somebody asked for it to stop, and it did.
    Cancelled,
    /// It is too early: tried again after a while, and this attempt doesn't count.
    Snooze(Duration),
    /// Another worker has it now. Everything is left as it is, and how this run ended changes nothing.
    Overtaken,
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
    /// Queues are what operators pause and limit together.
    const QUEUE: &'static str = "default";
    /// 0 goes first, 9 last.
    const PRIORITY: i16 = 5;
    /// What may run and begin at once, over all workers; operators may say otherwise.
    const LIMITS: Limits = Limits::NONE;
    /// A run that takes longer is stopped; the attempt has failed then.
    const TIME_LIMIT: std::time::Duration = std::time::Duration::from_hours(1);

    fn run(self, run: Run) -> impl Future<Output = Result<Value, Failure>> + Send;
}

/// Lines that are kept of one attempt, and how long each may be.
const LINES: usize = 500;
const LINE: usize = 1000;

/// What a running job gets.
#[derive(Clone)]
pub struct Run {
    pub app: Arc<App>,
    pub id: Uuid,
    pub attempt: i16,
    /// Says which claim this is: who holds another one changes nothing.
    pub token: Uuid,
    /// The slot of its schedule, which may be long ago when it is made up for.
    pub scheduled_for: Option<DateTime<Utc>>,
    log: Arc<Mutex<Vec<Value>>>,
}

impl Run {
    #[must_use]
    pub fn new(app: Arc<App>, id: Uuid, attempt: i16, token: Uuid, scheduled_for: Option<DateTime<Utc>>) -> Self {
        Self { app, id, attempt, token, scheduled_for, log: Arc::default() }
    }

    /// Reports progress in percent with a sentence, and stops the job if somebody asked for it.
    ///
    /// # Errors
    /// [`Failure::Cancelled`] when somebody asked for it to stop, [`Failure::Overtaken`] when another worker has it.
    pub async fn progress(&self, percent: i16, message: &str) -> Result<(), Failure> {
        let conn = self.app.db.begin(&crate::actor::Caller::system("worker"), self.app.clock.now()).await?;
        let stop = store::progress(conn.db(), self.id, self.token, percent, message).await?;
        conn.commit().await?;
        match stop {
            Some(false) => Ok(()),
            Some(true) => Err(Failure::Cancelled),
            None => Err(Failure::Overtaken),
        }
    }

    /// Keeps a line with the attempt.
    pub fn log(&self, line: &str) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() < LINES {
            let line: String = line.chars().filter(|&c| c != '\0').take(LINE).collect();
            log.push(json!({"at": self.app.clock.now(), "line": line}));
        }
    }

    /// What was kept so far.
    #[must_use]
    pub fn logged(&self) -> Vec<Value> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub type RunJob = Arc<dyn Fn(Run, Value) -> BoxFuture<'static, Result<Value, Failure>> + Send + Sync>;

/// A kind of job, its type forgotten.
#[derive(Clone)]
pub struct JobDef {
    pub kind: &'static str,
    pub description: &'static str,
    pub max_attempts: i16,
    pub queue: &'static str,
    pub limits: Limits,
    pub time_limit: std::time::Duration,
    pub run: RunJob,
}

impl JobDef {
    #[must_use]
    pub fn of<J: Job>() -> Self {
        Self {
            kind: J::KIND,
            description: J::DESCRIPTION,
            max_attempts: J::MAX_ATTEMPTS,
            queue: J::QUEUE,
            limits: J::LIMITS,
            time_limit: J::TIME_LIMIT,
            run: Arc::new(|run, payload| {
                Box::pin(async move {
                    let job: J = serde_json::from_value(payload).map_err(|e| Failure::Fail(Problem::internal(e)))?;
                    job.run(run).await
                })
            }),
        }
    }
}

#[derive(Clone, Debug)]
pub struct NewJob {
    pub kind: &'static str,
    pub payload: Value,
    pub max_attempts: i16,
    pub queue: &'static str,
    pub priority: i16,
    pub run_at: DateTime<Utc>,
    pub unique: Option<Unique>,
}

impl NewJob {
    pub(crate) fn of<J: Job>(job: &J, run_at: DateTime<Utc>) -> Result<Self> {
        Ok(Self {
            kind: J::KIND,
            payload: serde_json::to_value(job).map_err(Problem::internal)?,
            max_attempts: J::MAX_ATTEMPTS,
            queue: J::QUEUE,
            priority: J::PRIORITY,
            run_at,
            unique: None,
        })
    }
}

/// Pause before the next attempt: 15 s, 1 min, 4 min, 16 min, … at most 6 h; a tenth more or less, so that what failed
/// together isn't tried again together.
#[must_use]
pub fn pause(attempt: i16, id: Uuid) -> Duration {
    let exponent = u32::try_from(attempt.clamp(1, 10) - 1).unwrap_or(0);
    let seconds = (15 * 4_i64.pow(exponent)).min(6 * 3600);
    // The id's last bytes are random, and a job's pauses are its own at each attempt.
    let chance = i64::from(id.as_bytes()[15].wrapping_add(id.as_bytes()[14].wrapping_mul(attempt.to_le_bytes()[0])));
    Duration::milliseconds(seconds * 900 + seconds * 200 * chance / 255)
}

#[cfg(test)]
mod tests {
    use super::{Uuid, pause};

    #[test]
    fn pauses_grow_and_end() {
        let least = Uuid::from_u128(0);
        let most = Uuid::from_u128(0xff);
        assert_eq!([1, 2, 3, 30].map(|n| pause(n, least).num_milliseconds()), [13_500, 54_000, 216_000, 19_440_000]);
        assert_eq!([1, 2, 3, 30].map(|n| pause(n, most).num_milliseconds()), [16_500, 66_000, 264_000, 23_760_000]);
    }
}
