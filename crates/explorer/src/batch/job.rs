//! The work on a batch. Atomic: one transaction of the source, so that a process that is killed leaves nothing behind and the
//! next attempt begins anew. In pieces: the keys are fixed first, then each piece is a transaction of its own. Before a
//! commit it is written down which transaction it is: who comes later asks the source whether it was committed, so that
//! no row is changed twice or left out.

use super::asked::{Mode, Verb};
use super::plan::Plan;
use super::store::{self, Batch};
use super::work::Stop;
use super::{atomic, chunked, log, undo};
use crate::Explorer;
use crate::catalogue;
use crate::errand;
use crate::source::open::Open;
use kernel::job::{Failure, Run};
use kernel::problem::Kind;
use kernel::{Ctx, Job, Problem, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_postgres::CancelToken;
use uuid::Uuid;

/// How often it is said how far it is.
const SAY_EVERY: Duration = Duration::from_millis(300);
/// How often it is asked during a statement that takes long whether it is to stop.
const STILL_THERE: Duration = Duration::from_secs(2);
/// How often something is tried anew when others changed the same rows at the same moment.
const TRIES: usize = 5;

const UNSURE: &str = "The source went away while this was being saved, so it is not known whether it was. Look at the table.";

/// Changes the rows of a batch.
#[derive(Serialize, Deserialize)]
pub struct ChangeRows {
    pub id: Uuid,
}

impl Job for ChangeRows {
    const KIND: &'static str = "explorer.change-rows";
    const DESCRIPTION: &'static str = "Changes or deletes every row of a table that a filter finds";
    const TIME_LIMIT: Duration = Duration::from_hours(24);

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let is_last = run.attempt >= Self::MAX_ATTEMPTS;
        match attempt(&run, self.id).await {
            Ok(()) | Err(Stop::Overtaken) => Ok(Value::Null),
            Err(stop) => stopped(&run, self.id, stop, is_last).await,
        }
    }
}

/// One attempt at a batch.
pub struct Attempt<'a> {
    pub run: &'a Run,
    pub number: i32,
    pub batch: Batch,
    pub source: Arc<Open>,
    said: Option<Instant>,
    percent: i16,
}

async fn attempt(run: &Run, id: Uuid) -> Result<(), Stop> {
    let ctx = open(run).await?;
    let taken = store::take(ctx.db(), id, ctx.now()).await?;
    let found: Option<Batch> = errand::find(ctx.db(), id).await?;
    ctx.commit().await?;
    let (Some(number), Some(batch)) = (taken, found) else { return Err(Stop::Overtaken) };
    wished(batch.wish.as_deref())?;
    let explorer = run.app.plugged.get::<Explorer>().ok_or_else(|| Problem::internal("the explorer was not plugged in"))?;
    let source = explorer.state.open(&run.app, &batch.source).await.map_err(for_good)?;
    let mut attempt = Attempt { run, number, batch, source, said: None, percent: 0 };
    let table = catalogue::fresh(&attempt.source, &attempt.batch.schema, &attempt.batch.table).await.map_err(for_good)?;
    if i64::from(table.oid) != attempt.batch.oid {
        return Err(Stop::Fail(Problem::new(
            Kind::Conflict,
            "The table was dropped and made anew since this was asked for. Nothing more was changed.",
        )));
    }
    match (attempt.batch.verb, attempt.batch.mode, &attempt.batch.asked) {
        (Verb::Undo, ..) => undo::run(&mut attempt, &table).await,
        (_, mode, Some(asked)) => {
            let plan = Plan::new(table, asked).map_err(Stop::Fail)?;
            if mode == Mode::Atomic { atomic::run(&mut attempt, &plan).await } else { chunked::run(&mut attempt, &plan).await }
        }
        _ => Err(Stop::Fail(Problem::internal("a batch that asks for nothing"))),
    }
}

async fn open(run: &Run) -> Result<Ctx> {
    errand::working(run, "batch").await
}

/// What isn't there or may not be used won't be by waiting.
fn for_good(problem: Problem) -> Stop {
    match problem.kind() {
        Kind::NotFound | Kind::Forbidden | Kind::Validation => Stop::Fail(problem),
        _ => Stop::Retry(problem),
    }
}

fn wished(wish: Option<&str>) -> Result<(), Stop> {
    match wish {
        Some("pause") => Err(Stop::Paused),
        Some(_) => Err(Stop::Cancelled),
        None => Ok(()),
    }
}

impl Attempt<'_> {
    pub async fn ctx(&self) -> Result<Ctx> {
        open(self.run).await
    }

    /// Says how far it is, at times; stops when it is to.
    pub async fn say(&mut self, changed: i64, skipped: i64) -> Result<(), Stop> {
        if self.said.is_some_and(|at| at.elapsed() < SAY_EVERY) {
            return Ok(());
        }
        self.said = Some(Instant::now());
        let ctx = self.ctx().await?;
        let heard = store::advance(ctx.db(), self.batch.id, self.number, changed, skipped, ctx.now()).await?;
        ctx.commit().await?;
        self.heed(heard)?;
        let (done, all) = (changed + skipped, self.batch.expected);
        self.percent = i16::try_from(done.saturating_mul(99).checked_div(all).unwrap_or(0)).unwrap_or(99);
        self.progress(&format!("{done} of {all} rows")).await
    }

    /// Waits for something that the source does; stops it when it is to stop.
    pub async fn during<T>(&self, token: CancelToken, doing: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
        let mut doing = pin!(doing);
        loop {
            tokio::select! {
                done = &mut doing => return done,
                () = tokio::time::sleep(STILL_THERE) => {
                    if let Err(stop) = self.still().await {
                        self.source.stop(token);
                        return Err(stop);
                    }
                }
            }
        }
    }

    async fn still(&self) -> Result<(), Stop> {
        let ctx = self.ctx().await?;
        let heard = store::heard(ctx.db(), self.batch.id, self.number, ctx.now()).await?;
        ctx.commit().await?;
        self.heed(heard)?;
        self.progress("waiting for the database").await
    }

    /// Why a step of this attempt was not allowed to end.
    pub async fn why_not(&self) -> Stop {
        match self.still().await {
            Err(stop) => stop,
            Ok(()) => Stop::Retry(Problem::internal("it was neither stopped nor overtaken")),
        }
    }

    fn heed(&self, heard: Option<Option<String>>) -> Result<(), Stop> {
        wished(heard.ok_or(Stop::Overtaken)?.as_deref())
    }

    async fn progress(&self, message: &str) -> Result<(), Stop> {
        self.run.progress(self.percent, message).await.map_err(|failure| match failure {
            Failure::Cancelled => Stop::Cancelled,
            Failure::Overtaken | Failure::Snooze(_) => Stop::Overtaken,
            Failure::Retry(problem) | Failure::RetryAfter(_, problem) => Stop::Retry(problem),
            Failure::Fail(problem) => Stop::Fail(problem),
        })
    }

    /// All of it was done.
    pub async fn conclude(&self) -> Result<(), Stop> {
        let mut ctx = errand::acting(self.run, &self.batch).await?;
        store::end(ctx.db(), self.batch.id, "done", None, ctx.now()).await?;
        let batch: Batch = errand::find(ctx.db(), self.batch.id).await?.ok_or_else(|| Problem::internal("the batch is gone"))?;
        log::ended(&mut ctx, &batch, None).await?;
        Ok(ctx.commit().await?)
    }
}

/// How often something was tried that others came between.
#[derive(Default)]
pub struct Tries(usize);

impl Tries {
    /// What came of a try; none when it is to be tried again.
    ///
    /// # Errors
    /// Why there is no use in it.
    pub fn again<T>(&mut self, ended: Result<T, Stop>) -> Result<Option<T>, Stop> {
        self.0 += 1;
        match ended {
            Err(Stop::Again(_)) if self.0 < TRIES => Ok(None),
            Err(Stop::Again(problem)) => Err(Stop::Held(
                Problem::conflict(
                    "Others keep changing the same rows at the same moment. Try again when they are done, or go in pieces.",
                    None,
                )
                .because(problem),
            )),
            ended => ended.map(Some),
        }
    }
}

/// How a batch ends that was not done.
async fn stopped(run: &Run, id: Uuid, stop: Stop, is_last: bool) -> Result<Value, Failure> {
    let ctx = open(run).await?;
    let found: Option<Batch> = errand::find(ctx.db(), id).await?;
    ctx.rollback().await?;
    let Some(batch) = found else { return Ok(Value::Null) };
    // The one thing that can't be said then is that nothing was changed.
    let unsure = matches!(stop, Stop::Retry(_)) && batch.txid.is_some();
    let in_pieces = batch.mode == Mode::Chunked && batch.verb != Verb::Undo;
    match stop {
        Stop::Retry(problem) if !is_last => Err(Failure::Retry(problem)),
        Stop::Paused => end(run, batch, "paused", None).await.map(|()| json!({"paused": true})),
        Stop::Retry(problem) | Stop::Again(problem) | Stop::Held(problem) if in_pieces => {
            end(run, batch, "paused", Some(problem.detail())).await.map(|()| json!({"paused": true}))
        }
        Stop::Retry(problem) | Stop::Again(problem) | Stop::Held(problem) | Stop::Fail(problem) => {
            let problem = if unsure { Problem::unavailable(UNSURE).because(problem) } else { problem };
            end(run, batch, "failed", Some(problem.detail())).await?;
            Err(Failure::Fail(problem))
        }
        Stop::Cancelled | Stop::Overtaken => {
            end(run, batch, "cancelled", None).await?;
            Err(Failure::Cancelled)
        }
    }
}

async fn end(run: &Run, batch: Batch, status: &str, why: Option<&str>) -> Result<(), Failure> {
    let mut ctx = errand::acting(run, &batch).await?;
    if batch.mode == Mode::Atomic && why != Some(UNSURE) {
        store::clear(ctx.db(), batch.id).await?;
    }
    store::end(ctx.db(), batch.id, status, why, ctx.now()).await?;
    let batch: Batch = errand::find(ctx.db(), batch.id).await?.ok_or_else(|| Problem::internal("the batch is gone"))?;
    if status != "paused" {
        log::ended(&mut ctx, &batch, Some(why.unwrap_or("cancelled"))).await?;
    }
    Ok(ctx.commit().await?)
}
