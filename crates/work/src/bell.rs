//! Word of new jobs between processes: a hint after the commit, at most one every few milliseconds. Business transactions
//! carry no NOTIFY, which takes a lock of the whole server at their commit; and nothing is lost without the hint, because
//! every worker also looks by itself.

use kernel::{App, Result};
use std::sync::Arc;
use std::time::Duration;

const CHANNEL: &str = "quarterdeck_jobs";
/// The least time between two hints of one process.
const GAP: Duration = Duration::from_millis(10);
/// Before the next try to listen, or to say something.
const AGAIN: Duration = Duration::from_secs(1);

/// Says when this process has queued something; for as long as it is polled.
pub async fn ring(app: Arc<App>) {
    let mut queued = app.queued.subscribe();
    while queued.changed().await.is_ok() {
        let pause = match say(&app).await {
            Ok(()) => GAP,
            Err(problem) => {
                tracing::debug!(error = %problem, "other workers could not be told of new jobs; they look for themselves");
                AGAIN
            }
        };
        tokio::time::sleep(pause).await;
    }
}

async fn say(app: &App) -> Result<()> {
    // Nobody's rows are touched: the login itself may say this much.
    app.db.conn().await?.batch_execute(&format!("notify {CHANNEL}")).await?;
    Ok(())
}

/// Hears what other processes have queued; for as long as it is polled.
pub async fn hear(app: Arc<App>, heard: Arc<tokio::sync::Notify>) {
    loop {
        let ended = app.db.listen(CHANNEL, || heard.notify_one()).await;
        if let Err(problem) = ended {
            tracing::debug!(error = %problem, "the worker doesn't hear of new jobs and looks for itself");
        }
        tokio::time::sleep(AGAIN).await;
    }
}
