//! The work on an export: one statement in one transaction of the source, so that the file is one state of the table. An
//! attempt that is killed leaves pieces that the next one throws away; one that was overtaken can neither keep nor finish.

use super::super::asked;
use super::super::file::File;
use super::super::log::Sent;
use super::super::pump::Reading;
use super::pieces::{Keeper, PIECE};
use super::store::{self, Export};
use super::{HOURS, MEGABYTES, log};
use crate::source::open::Open;
use crate::{Explorer, catalogue, errand};
use kernel::job::{Failure, Run};
use kernel::problem::Kind;
use kernel::{Ctx, Job, Problem, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io::{Read as _, Seek as _};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior};
use uuid::Uuid;

/// How often it is said that it is still at it while nothing comes.
const STILL_THERE: Duration = Duration::from_secs(2);
/// A statement that takes longer is given up.
const LONGEST: &str = "12h";
/// Rows between two looks at how far a file is of which nothing comes yet.
const LOOK_EVERY: u64 = 512;

/// Makes a file of the rows of a table.
#[derive(Serialize, Deserialize)]
pub struct ExportRows {
    pub id: Uuid,
}

impl Job for ExportRows {
    const KIND: &'static str = "explorer.export-rows";
    const DESCRIPTION: &'static str = "Makes a file of the rows of a table";
    const TIME_LIMIT: Duration = Duration::from_hours(24);

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let last = run.attempt >= Self::MAX_ATTEMPTS;
        let Some(work) = Work::take(&run, self.id).await? else { return Ok(Value::Null) };
        match work.make().await {
            Ok(sent) => Ok(json!({"rows": sent.rows, "bytes": sent.bytes})),
            Err(Stop::Overtaken) => Ok(Value::Null),
            Err(Stop::Retry(problem)) if !last => Err(Failure::Retry(problem)),
            Err(Stop::Retry(problem) | Stop::Fail(problem)) => {
                work.end("failed", problem.detail()).await?;
                Err(Failure::Fail(problem))
            }
            Err(Stop::Cancelled) => {
                work.end("cancelled", "It was cancelled").await?;
                Err(Failure::Cancelled)
            }
        }
    }
}

/// Why an attempt came to no file.
pub enum Stop {
    /// Trying again may help.
    Retry(Problem),
    Fail(Problem),
    Cancelled,
    /// It is not this attempt's any more.
    Overtaken,
}

impl Stop {
    /// With the name of the source that failed.
    fn named(self, source: &Open) -> Self {
        match self {
            Self::Retry(problem) => Self::Retry(source.named(problem)),
            stop => stop,
        }
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        match problem.kind() {
            Kind::Unavailable | Kind::Conflict | Kind::Internal => Self::Retry(problem),
            // What isn't there, may not be read or takes too long won't be otherwise by waiting.
            _ => Self::Fail(problem),
        }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Retry(problem) | Failure::RetryAfter(_, problem) => Self::Retry(problem),
            Failure::Fail(problem) => Self::Fail(problem),
            Failure::Cancelled => Self::Cancelled,
            Failure::Overtaken | Failure::Snooze(_) => Self::Overtaken,
        }
    }
}

/// One attempt at an export.
pub struct Work<'a> {
    pub run: &'a Run,
    pub export: Export,
}

impl<'a> Work<'a> {
    /// Takes it away from every earlier attempt; none when there is nothing to do any more.
    async fn take(run: &'a Run, id: Uuid) -> Result<Option<Self>> {
        let ctx = errand::working(run, "export").await?;
        let taken = store::take(ctx.db(), id, ctx.now()).await?;
        let found: Option<Export> = errand::find(ctx.db(), id).await?;
        ctx.commit().await?;
        Ok(found.filter(|_| taken).map(|export| Self { run, export }))
    }

    pub async fn ctx(&self) -> Result<Ctx> {
        errand::working(self.run, "export").await
    }

    async fn make(&self) -> Result<Sent, Stop> {
        let (app, export) = (&self.run.app, &self.export);
        let explorer = app.plugged.get::<Explorer>().ok_or_else(|| Problem::internal("the explorer was not plugged in"))?;
        // As it is this moment, and with it which of its columns are sensitive.
        let source = explorer.state.look(app, &export.source).await?;
        let reading = Reading::lasting(source.conn().await?, LONGEST).await?;
        let token = reading.client()?.cancel_token();
        let made = self.keep(&source, reading).await;
        if made.is_err() {
            // Otherwise it would go on with what nobody wants any more.
            source.stop(token);
        }
        self.finish(made?).await
    }

    /// Every row into the file, and the file into pieces.
    async fn keep(&self, source: &Open, reading: Reading) -> Result<Sent, Stop> {
        let export = &self.export;
        let table = catalogue::fresh(source, &export.schema, &export.table).await?;
        let table = if export.revealed { table.whole.clone().unwrap_or(table) } else { table };
        let query = asked(&table.relation, &export.query)?;
        let named = |problem| Stop::from(source.named(problem));
        let mut file = File::of(reading.client()?, export.format, &table.relation, &query).await.map_err(named)?;
        let mut keeper = Keeper::new(self, MEGABYTES.get(&self.run.app)?);
        let mut still = still();
        let mut come = file.head()?;
        while self.during(&mut still, keeper.sent, file.next(&mut come)).await.map_err(|stop| stop.named(source))? {
            keeper.sent.rows += 1;
            keeper.take(&mut come).await?;
            if keeper.sent.rows.is_multiple_of(LOOK_EVERY) {
                keeper.tell().await?;
            }
        }
        reading.end().await.map_err(named)?;
        keeper.take(&mut come).await?;
        if let Some(made) = self.during(&mut still, keeper.sent, file.rest()).await? {
            let made = Arc::new(made);
            keeper.fits(made.metadata().map_err(Problem::internal)?.len())?;
            (&*made).rewind().map_err(Problem::internal)?;
            loop {
                let piece = next(made.clone()).await?;
                if piece.is_empty() {
                    break;
                }
                keeper.keep(piece).await?;
            }
        }
        keeper.keep(come).await?;
        Ok(keeper.sent)
    }

    /// Waits for something that takes its time, and says meanwhile that it is still at it.
    async fn during<T>(&self, still: &mut Interval, sent: Sent, doing: impl Future<Output = Result<T>>) -> Result<T, Stop> {
        let mut doing = pin!(doing);
        loop {
            tokio::select! {
                biased;
                done = &mut doing => return Ok(done?),
                _ = still.tick() => self.say(sent).await?,
            }
        }
    }

    /// Says how far it is; stops when it is not this attempt's any more.
    pub async fn say(&self, sent: Sent) -> Result<(), Stop> {
        let ctx = self.ctx().await?;
        let is_ours = store::advance(ctx.db(), &self.export, sent, ctx.now()).await?;
        ctx.commit().await?;
        if !is_ours {
            return Err(Stop::Overtaken);
        }
        let expected = self.export.expected.unsigned_abs();
        let percent = i16::try_from(sent.rows.saturating_mul(100).checked_div(expected).unwrap_or(0).min(99)).unwrap_or(99);
        Ok(self.run.progress(percent, &format!("{} of about {expected} rows", sent.rows)).await?)
    }

    async fn finish(&self, sent: Sent) -> Result<Sent, Stop> {
        let hours = chrono::Duration::hours(HOURS.get(&self.run.app)?);
        let mut ctx = errand::acting(self.run, &self.export).await?;
        if !store::finish(ctx.db(), &self.export, sent, ctx.now(), ctx.now() + hours).await? {
            ctx.rollback().await?;
            return Err(Stop::Overtaken);
        }
        log::ended(&mut ctx, &self.export, sent, None).await?;
        ctx.commit().await?;
        Ok(sent)
    }

    async fn end(&self, status: &str, why: &str) -> Result<()> {
        let mut ctx = errand::acting(self.run, &self.export).await?;
        if !store::fail(ctx.db(), &self.export, status, Some(why), ctx.now()).await? {
            return ctx.rollback().await;
        }
        log::ended(&mut ctx, &self.export, Sent::default(), Some(why)).await?;
        ctx.commit().await
    }
}

fn still() -> Interval {
    let mut still = tokio::time::interval(STILL_THERE);
    still.set_missed_tick_behavior(MissedTickBehavior::Delay);
    still
}

/// What comes next of a file on disk; nothing at its end.
async fn next(file: Arc<std::fs::File>) -> Result<Vec<u8>> {
    let read = tokio::task::spawn_blocking(move || {
        let mut piece = Vec::with_capacity(PIECE);
        (&*file).take(PIECE as u64).read_to_end(&mut piece).map(|_| piece)
    });
    read.await.map_err(Problem::internal)?.map_err(Problem::internal)
}
