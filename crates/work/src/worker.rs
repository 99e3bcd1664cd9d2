//! The worker: claims jobs and runs them, as many at once as it has hands. Any number may run on one database; each piece
//! of work is done by one of them.

use crate::acks::Acks;
use crate::claim::Claimer;
use crate::hands::Hands;
use crate::{attempt, bell, house, schedule};
use chrono::{DateTime, Utc};
use kernel::{App, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

pub use crate::acks::Pace;
pub use crate::house::turn;

/// The least time between two looks of which the first found nothing.
const GAP: Duration = Duration::from_millis(5);
/// How long running jobs may take to end when the process stops, and then to be given back.
const GRACE: Duration = Duration::from_secs(30);
const GIVES_BACK: Duration = Duration::from_secs(10);

/// Runs until `stop` becomes true, then lets running jobs end (≤ 30 s). `slots` jobs run at once.
pub async fn run(app: Arc<App>, name: String, slots: usize, stop: watch::Receiver<bool>) {
    run_at(app, name, slots, Pace::default(), stop).await;
}

/// As [`run`], and ends are written at this pace.
pub async fn run_at(app: Arc<App>, name: String, slots: usize, pace: Pace, stop: watch::Receiver<bool>) {
    let hands = Arc::new(Hands::default());
    let heard = Arc::new(Notify::new());
    let mut beside = JoinSet::new();
    let acks = Acks::new(&app, pace, &mut beside);
    beside.spawn(hands.clone().go_on_beating(app.clone()));
    beside.spawn(bell::hear(app.clone(), heard.clone()));
    let mut house = JoinSet::new();
    house.spawn(house::keep(app.clone(), name.clone()));
    house.spawn(house::hand_out(app.clone(), name.clone()));
    let mut worker =
        Worker { app: app.clone(), claimer: Claimer::new(app.clone(), name.clone()), hands, acks, slots, running: JoinSet::new() };
    worker.work(&name, &heard, stop).await;
    house.shutdown().await;
    worker.end(&name).await;
    if let Err(problem) = house::say_goodbye(&app, &name).await {
        tracing::debug!(worker = %name, error = %problem, "the worker could not say goodbye");
    }
}

struct Worker {
    app: Arc<App>,
    claimer: Claimer,
    hands: Arc<Hands>,
    acks: Acks,
    slots: usize,
    /// Each gives back its kind.
    running: JoinSet<&'static str>,
}

impl Worker {
    async fn work(&mut self, name: &str, heard: &Notify, mut stop: watch::Receiver<bool>) {
        let mut queued = self.app.queued.subscribe();
        let mut looked: Option<Instant> = None;
        let mut due: Option<DateTime<Utc>> = None;
        while !*stop.borrow_and_update() {
            if looked.is_none_or(|at| at.elapsed() >= house::ROUND) || due.is_some_and(|at| at <= self.app.clock.now()) {
                looked = Some(Instant::now());
                due = self.look_round(name).await;
            }
            queued.borrow_and_update();
            let began = Instant::now();
            let begun = self.begin(name).await;
            let full = self.running.len() >= self.slots;
            if begun > 0 && !full {
                continue;
            }
            let asleep = tokio::time::sleep(self.until(due));
            tokio::pin!(asleep);
            loop {
                tokio::select! {
                    () = &mut asleep => break,
                    // While every hand is busy nothing can begin, however much is queued.
                    Ok(()) = queued.changed(), if !full => break,
                    () = heard.notified(), if !full => break,
                    Some(ended) = self.running.join_next() => if self.tidy(ended.ok()) || full { break },
                    _ = stop.changed() => break,
                }
            }
            if begun == 0 && !full {
                tokio::time::sleep(GAP.saturating_sub(began.elapsed())).await;
            }
        }
    }

    /// Learns what is limited, and lets those wait no longer whose time has come; when the next one's comes.
    async fn look_round(&mut self, name: &str) -> Option<DateTime<Utc>> {
        let learnt = match self.claimer.learn().await {
            Ok(()) => self.claimer.stage().await,
            Err(problem) => Err(problem),
        };
        learnt.unwrap_or_else(|problem| {
            tracing::warn!(worker = %name, error = %problem, "the worker could not look for what is due and tries again");
            None
        })
    }

    /// Begins what there are hands for; how much that was.
    async fn begin(&mut self, name: &str) -> usize {
        let free = self.slots.saturating_sub(self.running.len());
        if free == 0 {
            return 0;
        }
        match self.claimer.claim(free).await {
            Ok(claimed) => {
                let begun = claimed.len();
                for (def, claimed) in claimed {
                    let kind = def.kind;
                    let attempt = attempt::run(self.app.clone(), self.hands.clone(), self.acks.clone(), def, claimed);
                    self.running.spawn(async move {
                        attempt.await;
                        kind
                    });
                }
                begun
            }
            Err(problem) => {
                tracing::warn!(worker = %name, error = %problem, "the worker could not claim jobs and tries again");
                0
            }
        }
    }

    /// Forgets every attempt that has ended; whether one of them may be what another job waits for.
    fn tidy(&mut self, first: Option<&'static str>) -> bool {
        let mut awaited = first.is_some_and(|kind| self.claimer.is_limited(kind));
        while let Some(ended) = self.running.try_join_next() {
            awaited |= ended.is_ok_and(|kind| self.claimer.is_limited(kind));
        }
        awaited
    }

    /// How long nothing is due.
    fn until(&self, due: Option<DateTime<Utc>>) -> Duration {
        let due = due.map(|at| (at - self.app.clock.now()).to_std().unwrap_or(Duration::ZERO));
        due.unwrap_or(house::ROUND).clamp(GAP, house::ROUND)
    }

    /// Lets running jobs end, then gives back those that didn't.
    async fn end(&mut self, name: &str) {
        if tokio::time::timeout(GRACE, async { while self.running.join_next().await.is_some() {} }).await.is_err() {
            tracing::warn!(worker = %name, jobs = self.running.len(), "jobs were still running at the end and will be tried again");
            self.hands.leave();
            drop(tokio::time::timeout(GIVES_BACK, async { while self.running.join_next().await.is_some() {} }).await);
        }
    }
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
    let mut beside = JoinSet::new();
    let acks = Acks::new(app, Pace::default(), &mut beside);
    beside.spawn(hands.clone().go_on_beating(app.clone()));
    let mut claimer = Claimer::new(app.clone(), "drain");
    claimer.learn().await?;
    loop {
        claimer.stage().await?;
        let Some((def, claimed)) = claimer.claim(1).await?.pop() else { return Ok(ran) };
        attempt::run(app.clone(), hands.clone(), acks.clone(), def, claimed).await;
        schedule::release(app).await?;
        ran += 1;
    }
}
