//! The worker: seals the audit log, hands out events, starts scheduled work, runs jobs. Any number may run on one
//! database; each piece of work is done by one of them.

use crate::store;
use chrono::{DateTime, Duration, Utc};
use kernel::job::{Failure, JobDef, Run, pause};
use kernel::{App, Caller, Problem, Result};
use std::sync::Arc;
use std::time::{Duration as Pause, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Jobs at once in one process.
const SLOTS: usize = 4;
/// How long to wait when there is nothing to do and nobody wakes us.
const IDLE: Pause = Pause::from_millis(1000);
/// Many changes in a short time are worth one round.
const DEBOUNCE: Pause = Pause::from_millis(50);
/// How long running jobs may take to end when the process stops.
const GRACE: Pause = Pause::from_secs(30);

/// Runs until `stop` becomes true, then lets running jobs end (≤ 30 s).
pub async fn run(app: Arc<App>, name: String, mut stop: watch::Receiver<bool>) {
    let mut running = JoinSet::new();
    let mut kept_house: Option<Instant> = None;
    while !*stop.borrow() {
        let due = kept_house.is_none_or(|at| at.elapsed() >= IDLE);
        if due {
            kept_house = Some(Instant::now());
        }
        if let Err(problem) = round(&app, &name, &mut running, due).await {
            tracing::warn!(worker = %name, error = %problem, "the worker could not work and tries again");
        }
        tokio::select! {
            () = app.wake.notified() => tokio::time::sleep(DEBOUNCE).await,
            () = tokio::time::sleep(IDLE) => {}
            Some(_) = running.join_next(), if !running.is_empty() => {}
            _ = stop.changed() => {}
        }
    }
    let ended = tokio::time::timeout(GRACE, async { while running.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        tracing::warn!(worker = %name, jobs = running.len(), "jobs were still running at the end and will be tried again");
    }
    if let Err(problem) = say_goodbye(&app, &name).await {
        tracing::debug!(worker = %name, error = %problem, "the worker could not say goodbye");
    }
}

/// Does what is due now; once a second also what keeps the house.
async fn round(app: &Arc<App>, name: &str, running: &mut JoinSet<()>, keep_house: bool) -> Result<()> {
    kernel::event::dispatch(app).await?;
    if keep_house {
        kernel::audit::seal(app).await?;
        app.settings.reload(app).await?;
        let now = app.clock.now();
        let tx = app.db.begin(&Caller::system("worker"), now).await?;
        store::beat(tx.db(), name, now).await?;
        store::rescue(tx.db(), now).await?;
        tx.commit().await?;
        schedule(app, now).await?;
    }
    while running.len() < SLOTS {
        let Some((def, claimed)) = claim(app, name).await? else { break };
        running.spawn(attempt(app.clone(), def, claimed));
    }
    Ok(())
}

async fn say_goodbye(app: &Arc<App>, name: &str) -> Result<()> {
    kernel::audit::seal(app).await?;
    let tx = app.db.begin(&Caller::system("worker"), app.clock.now()).await?;
    store::leave(tx.db(), name, app.clock.now() - Duration::hours(1)).await?;
    tx.commit().await
}

/// Runs every due job to its end, one after the other; for tests and for `quarterdeck worker --once`.
///
/// # Errors
/// When the database is away.
pub async fn drain(app: &Arc<App>) -> Result<usize> {
    let mut ran = 0;
    schedule(app, app.clock.now()).await?;
    while let Some((def, claimed)) = claim(app, "drain").await? {
        attempt(app.clone(), def, claimed).await;
        ran += 1;
    }
    Ok(ran)
}

/// Queues what the schedules say is due, and plans the next time. Missed times are caught up once, not one by one.
async fn schedule(app: &Arc<App>, now: DateTime<Utc>) -> Result<()> {
    let schedules = app.registry.schedules();
    let names: Vec<&str> = schedules.iter().map(|s| s.name).collect();
    let tx = app.db.begin(&Caller::system("scheduler"), now).await?;
    store::unplan(tx.db(), &names).await?;
    for schedule in schedules {
        store::plan(tx.db(), schedule.name, next(schedule.cron, now)?).await?;
    }
    for (name, next_at) in store::due(tx.db(), &names).await? {
        let Some(schedule) = schedules.iter().find(|s| s.name == name).filter(|_| next_at <= now) else { continue };
        let mut job = schedule.job.clone();
        job.run_at = now;
        job.unique_key = Some(format!("schedule:{name}"));
        kernel::job::store::insert(tx.db(), app.ids.next(&app.clock), &job, now, "schedule").await?;
        store::advance(tx.db(), &name, next(schedule.cron, now)?, now).await?;
    }
    tx.commit().await
}

/// The next time a cron line fires after `now` (UTC).
fn next(cron: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let cron: croner::Cron = cron.parse().map_err(|e| Problem::internal(format!("the schedule {cron:?}: {e}")))?;
    cron.find_next_occurrence(&now, false).map_err(|e| Problem::internal(e.to_string()))
}

async fn claim(app: &Arc<App>, worker: &str) -> Result<Option<(JobDef, store::Claimed)>> {
    let kinds: Vec<&str> = app.registry.jobs().iter().map(|job| job.kind).collect();
    let now = app.clock.now();
    let tx = app.db.begin(&Caller::system("worker"), now).await?;
    let Some(claimed) = store::claim(tx.db(), now, worker, now + Duration::seconds(300), &kinds).await? else {
        tx.rollback().await?;
        return Ok(None);
    };
    let def = app.registry.jobs().iter().find(|job| job.kind == claimed.kind).cloned();
    if let Some(def) = &def {
        store::lease(tx.db(), claimed.id, now + Duration::seconds(def.lease_seconds)).await?;
    }
    tx.commit().await?;
    Ok(def.map(|def| (def, claimed)))
}

async fn attempt(app: Arc<App>, def: JobDef, claimed: store::Claimed) {
    let run = Run { app: app.clone(), id: claimed.id, attempt: claimed.attempt };
    let outcome = (def.run)(run, claimed.payload.clone()).await;
    if let Err(problem) = settle(&app, &def, &claimed, outcome).await {
        tracing::error!(job.id = %claimed.id, job.kind = def.kind, error = %problem, "how a job ended could not be written; its lease will run out");
    }
}

async fn settle(app: &Arc<App>, def: &JobDef, claimed: &store::Claimed, outcome: Result<serde_json::Value, Failure>) -> Result<()> {
    let now = app.clock.now();
    let tx = app.db.begin(&Caller::system("worker"), now).await?;
    let db = tx.db();
    match outcome {
        Ok(result) => store::complete(db, claimed.id, now, &result).await?,
        Err(Failure::Cancelled) => store::end(db, claimed.id, now, None, "cancelled").await?,
        Err(Failure::Retry(problem)) if claimed.attempt < claimed.max_attempts => {
            tracing::warn!(job.id = %claimed.id, job.kind = def.kind, job.attempt = claimed.attempt, error = %problem, "a job failed and will be tried again");
            store::retry(db, claimed.id, now + pause(claimed.attempt), &problem.to_string()).await?;
        }
        Err(Failure::Retry(problem) | Failure::Fail(problem)) => {
            tracing::error!(job.id = %claimed.id, job.kind = def.kind, job.attempt = claimed.attempt, error = %problem, "a job failed for good");
            store::end(db, claimed.id, now, Some(&problem.to_string()), "discarded").await?;
        }
    }
    tx.commit().await
}
