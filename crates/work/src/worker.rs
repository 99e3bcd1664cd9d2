//! The worker: seals the audit log, hands out events, starts scheduled work, runs jobs. Any number may run on one
//! database; each piece of work is done by one of them.

use crate::hands::{Hands, LEASE};
use crate::store::{self, Claim, Claimed};
use crate::{attempt, schedule};
use chrono::Duration;
use kernel::job::JobDef;
use kernel::{App, Caller, Result};
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
/// How long running jobs may take to end when the process stops, and then to be given back.
const GRACE: Pause = Pause::from_secs(30);
const GIVES_BACK: Pause = Pause::from_secs(10);
/// How often the history's days are looked after, how many are made ahead, and how many are kept.
const TURNS: Pause = Pause::from_secs(3600);
const DAYS_AHEAD: i32 = 3;
const DAYS_KEPT: i32 = 30;

/// Runs until `stop` becomes true, then lets running jobs end (≤ 30 s).
pub async fn run(app: Arc<App>, name: String, mut stop: watch::Receiver<bool>) {
    let mut running = JoinSet::new();
    let hands = Arc::new(Hands::default());
    let mut beating = JoinSet::new();
    beating.spawn(hands.clone().go_on_beating(app.clone()));
    let (mut kept_house, mut turned): (Option<Instant>, Option<Instant>) = (None, None);
    while !*stop.borrow() {
        let due = kept_house.is_none_or(|at| at.elapsed() >= IDLE);
        if due {
            kept_house = Some(Instant::now());
        }
        if turned.is_none_or(|at| at.elapsed() >= TURNS) {
            match look_ahead(&app).await {
                Ok(()) => turned = Some(Instant::now()),
                Err(problem) => {
                    tracing::warn!(worker = %name, error = %problem, "schedules and the history of jobs could not be looked after")
                }
            }
        }
        if let Err(problem) = round(&app, &name, &hands, &mut running, due).await {
            tracing::warn!(worker = %name, error = %problem, "the worker could not work and tries again");
        }
        tokio::select! {
            () = app.wake.notified() => tokio::time::sleep(DEBOUNCE).await,
            () = tokio::time::sleep(IDLE) => {}
            Some(_) = running.join_next(), if !running.is_empty() => {}
            _ = stop.changed() => {}
        }
    }
    if tokio::time::timeout(GRACE, async { while running.join_next().await.is_some() {} }).await.is_err() {
        tracing::warn!(worker = %name, jobs = running.len(), "jobs were still running at the end and will be tried again");
        hands.leave();
        drop(tokio::time::timeout(GIVES_BACK, async { while running.join_next().await.is_some() {} }).await);
    }
    if let Err(problem) = say_goodbye(&app, &name).await {
        tracing::debug!(worker = %name, error = %problem, "the worker could not say goodbye");
    }
}

/// Does what is due now; once a second also what keeps the house.
async fn round(app: &Arc<App>, name: &str, hands: &Arc<Hands>, running: &mut JoinSet<()>, keep_house: bool) -> Result<()> {
    kernel::event::dispatch(app).await?;
    if keep_house {
        kernel::audit::seal(app).await?;
        app.settings.reload(app).await?;
        let now = app.clock.now();
        let tx = app.db.begin(&Caller::system("worker"), now).await?;
        store::beat(tx.db(), name, now).await?;
        let lost = store::rescue(tx.db(), now).await?;
        tx.commit().await?;
        if lost > 0 {
            tracing::warn!(jobs = lost, "jobs of workers that stopped without a word were taken over");
        }
        schedule::run(app).await?;
    }
    let free = SLOTS.saturating_sub(running.len());
    if free > 0 {
        for (def, claimed) in claim(app, name, free).await? {
            running.spawn(attempt::run(app.clone(), hands.clone(), def, claimed));
        }
    }
    Ok(())
}

async fn look_ahead(app: &Arc<App>) -> Result<()> {
    schedule::plan(app).await?;
    turn(app).await
}

/// Makes the next days of the history and drops those that have had their time.
///
/// # Errors
/// When the database is away.
pub async fn turn(app: &App) -> Result<()> {
    let now = app.clock.now();
    let tx = app.db.begin(&Caller::system("worker"), now).await?;
    let dropped = store::turn(tx.db(), now, DAYS_AHEAD, DAYS_KEPT).await?;
    tx.commit().await?;
    if dropped > 0 {
        tracing::info!(days = dropped, "the oldest days of the history of jobs were dropped");
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
    schedule::plan(app).await?;
    schedule::run(app).await?;
    let hands = Arc::new(Hands::default());
    let mut beating = JoinSet::new();
    beating.spawn(hands.clone().go_on_beating(app.clone()));
    while let Some((def, claimed)) = claim(app, "drain", 1).await?.pop() {
        attempt::run(app.clone(), hands.clone(), def, claimed).await;
        schedule::release(app).await?;
        ran += 1;
    }
    Ok(ran)
}

/// Claims the jobs that are due, as many as there are hands for, in one statement.
async fn claim(app: &Arc<App>, worker: &str, most: usize) -> Result<Vec<(JobDef, Claimed)>> {
    let kinds: Vec<&str> = app.registry.jobs().iter().map(|job| job.kind).collect();
    let now = app.clock.now();
    let claim = Claim {
        worker,
        token: app.ids.next(&app.clock),
        lease: LEASE.as_secs_f64(),
        kinds: &kinds,
        most: i64::try_from(most).unwrap_or(i64::MAX),
    };
    let tx = app.db.begin(&Caller::system("worker"), now).await?;
    let claimed = store::claim(tx.db(), now, &claim).await?;
    tx.commit().await?;
    let def = |kind: &str| app.registry.jobs().iter().find(|job| job.kind == kind).cloned();
    Ok(claimed.into_iter().filter_map(|claimed| def(&claimed.kind).map(|def| (def, claimed))).collect())
}
