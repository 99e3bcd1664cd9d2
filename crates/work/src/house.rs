//! What a worker does beside running jobs: it seals the audit log, hands out events, takes over from dead workers, begins
//! what comes round by the clock, and looks after the history.

use crate::{schedule, store};
use chrono::Duration;
use kernel::{App, Caller, Result};
use std::sync::Arc;
use std::time::{Duration as Pause, Instant};

/// How often everything is looked at, whether anybody rings or not.
pub const ROUND: Pause = Pause::from_secs(1);
/// Many changes in a short time are worth one round of handing out.
const DEBOUNCE: Pause = Pause::from_millis(50);
/// How often the history's days are looked after, how many are made ahead, and how many are kept.
const TURNS: Pause = Pause::from_secs(3600);
const DAYS_AHEAD: i32 = 3;
const DAYS_KEPT: i32 = 30;

/// Keeps the house for as long as it is polled.
pub async fn keep(app: Arc<App>, name: String) {
    let mut turned: Option<Instant> = None;
    loop {
        if turned.is_none_or(|at| at.elapsed() >= TURNS) {
            match look_ahead(&app).await {
                Ok(()) => turned = Some(Instant::now()),
                Err(problem) => {
                    tracing::warn!(worker = %name, error = %problem, "schedules and the history of jobs could not be looked after")
                }
            }
        }
        if let Err(problem) = round(&app, &name).await {
            tracing::warn!(worker = %name, error = %problem, "the worker could not keep the house and tries again");
        }
        tokio::time::sleep(ROUND).await;
    }
}

/// Hands out events for as long as it is polled.
pub async fn hand_out(app: Arc<App>, name: String) {
    loop {
        if let Err(problem) = kernel::event::dispatch(&app).await {
            tracing::warn!(worker = %name, error = %problem, "the worker could not hand out events and tries again");
        }
        tokio::select! {
            () = app.wake.notified() => tokio::time::sleep(DEBOUNCE).await,
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}

async fn round(app: &Arc<App>, name: &str) -> Result<()> {
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
    schedule::run(app).await
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

pub async fn say_goodbye(app: &Arc<App>, name: &str) -> Result<()> {
    kernel::audit::seal(app).await?;
    let tx = app.db.begin(&Caller::system("worker"), app.clock.now()).await?;
    store::leave(tx.db(), name, app.clock.now() - Duration::hours(1)).await?;
    tx.commit().await
}
