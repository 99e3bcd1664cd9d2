//! One attempt at a job: its handler in a task of its own, watched over, and how it ended written down by who holds it.

use crate::acks::Acks;
use crate::claim::Claimed;
use crate::hands::{Hands, Order};
use crate::store::{self, Ended};
use kernel::job::{Failure, JobDef, Run, pause};
use kernel::problem::Kind;
use kernel::{App, Caller, Problem, Result};
use serde_json::Value;
use std::any::Any;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long a handler may take to hear that it is to stop, before it is stopped.
const HEARS: Duration = Duration::from_secs(10);
/// How long what a stopped handler held may take to be given back.
const LETS_GO: Duration = Duration::from_secs(5);
/// Pauses between the tries to write down how a job ended, while the database is away. Its lease is kept meanwhile.
const WRITES: [Duration; 5] =
    [Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(4), Duration::from_secs(10), Duration::from_secs(20)];

type Outcome = Result<Value, Failure>;

/// Runs a claimed job and writes down what became of it.
pub async fn run(app: Arc<App>, hands: Arc<Hands>, acks: Acks, def: JobDef, claimed: Claimed) {
    let orders = hands.take(claimed.id, claimed.token);
    let run = Run::new(app.clone(), claimed.id, claimed.attempt, claimed.token, claimed.scheduled_for);
    let work = tokio::spawn((def.run)(run.clone(), claimed.payload.clone()));
    let outcome = watched(work, def.time_limit, orders).await;
    let log = Value::Array(run.logged());
    write_down(&app, &acks, &def, &claimed, outcome, log).await;
    hands.release(claimed.id, claimed.token);
}

/// Waits for the handler, for as long as it may take and nobody stops it.
async fn watched(mut work: JoinHandle<Outcome>, limit: Duration, mut orders: watch::Receiver<Option<Order>>) -> Outcome {
    let late = tokio::time::sleep(limit);
    tokio::pin!(late);
    let stop = tokio::select! {
        done = &mut work => return ended(done),
        () = &mut late => Failure::Retry(Problem::unavailable(format!("It was stopped: it took longer than the {} s that it may", limit.as_secs()))),
        order = Order::given(&mut orders) => match order {
            Order::Lost => Failure::Overtaken,
            Order::Leave => Failure::Retry(Problem::unavailable("Its worker ended before it did")),
            // It hears of it itself where it says how far it is, and then puts things in order.
            Order::Cancel => match tokio::time::timeout(HEARS, &mut work).await {
                Ok(done) => return ended(done),
                Err(_) => Failure::Cancelled,
            },
        },
    };
    work.abort();
    if tokio::time::timeout(LETS_GO, &mut work).await.is_err() {
        tracing::error!("a handler that was stopped goes on: it doesn't wait for anything");
    }
    Err(stop)
}

fn ended(done: Result<Outcome, tokio::task::JoinError>) -> Outcome {
    match done {
        Ok(outcome) => outcome,
        Err(error) if error.is_panic() => Err(Failure::Retry(Problem::internal(format!("It panicked: {}", said(&*error.into_panic()))))),
        Err(error) => Err(Failure::Retry(Problem::internal(error))),
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|&s| s.to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "nothing was said".into())
}

/// What is shown of a failure: the cause of an internal one stands behind its words.
fn why(problem: &Problem) -> String {
    let cause = std::error::Error::source(problem).map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{problem}{cause}").replace('\0', "")
}

async fn write_down(app: &Arc<App>, acks: &Acks, def: &JobDef, claimed: &Claimed, outcome: Outcome, log: Value) {
    let Some(mut end) = End::of(app, def, claimed, outcome, log) else { return };
    let mut unsure = false;
    for pause in WRITES.iter().map(Some).chain([None]) {
        match end.write(app, acks, claimed).await {
            Ok(true) => return,
            // The word that an earlier try had worked was lost with its connection, perhaps.
            Ok(false) if unsure => return,
            Ok(false) => {
                metrics::counter!("quarterdeck_jobs_stale_ends_total").increment(1);
                tracing::warn!(job.id = %claimed.id, job.kind = def.kind, job.attempt = claimed.attempt, "a job ended that its worker no longer held; that changed nothing");
                return;
            }
            Err(problem) => {
                tracing::warn!(job.id = %claimed.id, job.kind = def.kind, error = %problem, "how a job ended could not be written");
                // What the database can't keep now it can't keep later: the job is done all the same.
                if problem.kind() != Kind::Unavailable && end.without_result(&problem) {
                    continue;
                }
                unsure = true;
            }
        }
        if let Some(pause) = pause {
            tokio::time::sleep(*pause).await;
        }
    }
    tracing::error!(job.id = %claimed.id, job.kind = def.kind, "how a job ended could not be written; its lease will run out and it will be done again");
}

/// What is to be written.
enum End {
    Done(Ended),
    Again { after: chrono::Duration, error: String, log: Value },
    Snooze(chrono::Duration),
}

impl End {
    /// None when another worker has it.
    fn of(app: &App, def: &JobDef, claimed: &Claimed, outcome: Outcome, log: Value) -> Option<Self> {
        let done = |state, result, error, log| {
            Some(Self::Done(Ended { id: claimed.id, token: claimed.token, state, result, error, log, at: app.clock.now() }))
        };
        match outcome {
            Ok(result) => done("completed", Some(result), None, log),
            Err(Failure::Cancelled) => done("cancelled", None, None, log),
            Err(Failure::Overtaken) => {
                tracing::warn!(job.id = %claimed.id, job.kind = def.kind, job.attempt = claimed.attempt, "a job was taken over by another worker");
                None
            }
            Err(Failure::Snooze(after)) => Some(Self::Snooze(after)),
            Err(Failure::Retry(ref problem) | Failure::RetryAfter(_, ref problem)) if claimed.attempt < claimed.max_attempts => {
                tracing::warn!(job.id = %claimed.id, job.kind = def.kind, job.attempt = claimed.attempt, error = %problem, "a job failed and will be tried again");
                let pause = pause(claimed.attempt, claimed.id);
                let after = if let Err(Failure::RetryAfter(said, _)) = outcome { pause.max(said) } else { pause };
                Some(Self::Again { after, error: why(problem), log })
            }
            Err(Failure::Retry(problem) | Failure::RetryAfter(_, problem) | Failure::Fail(problem)) => {
                tracing::error!(job.id = %claimed.id, job.kind = def.kind, job.attempt = claimed.attempt, error = %problem, "a job failed for good");
                done("discarded", None, Some(why(&problem)), log)
            }
        }
    }

    /// Leaves out what the job gave, and says why; false where nothing is left to be left out.
    fn without_result(&mut self, why: &Problem) -> bool {
        let Self::Done(ended) = self else { return false };
        let there = ended.result.take().is_some();
        if there {
            ended.error = Some(format!("What it gave can't be kept: {why}"));
        }
        there
    }

    /// Whether the job was still held.
    async fn write(&self, app: &Arc<App>, acks: &Acks, claimed: &Claimed) -> Result<bool> {
        if let Self::Done(ended) = self {
            return acks.write(ended.clone()).await;
        }
        let now = app.clock.now();
        let tx = app.db.begin(&Caller::system("worker"), now).await?;
        let (waits, error, log) = match self {
            Self::Again { after, error, log } => {
                (store::again(tx.db(), claimed, now + *after, error, log, now).await?, Some(error.as_str()), log.clone())
            }
            Self::Snooze(after) => (store::snooze(tx.db(), claimed, now + *after).await?, None, Value::Array(vec![])),
            Self::Done(_) => return Ok(false),
        };
        let held = waits || {
            let error = error.map_or_else(|| TWIN.to_owned(), |error| format!("{error} ({TWIN})"));
            let ended = Ended { id: claimed.id, token: claimed.token, state: "cancelled", result: None, error: Some(error), log, at: now };
            !store::end(tx.db(), &[ended]).await?.is_empty()
        };
        tx.commit().await?;
        Ok(held)
    }
}

/// What is said of a job that would be tried again, where another one like it came to wait meanwhile.
const TWIN: &str = "Another one like it waits and does it";
