//! What operators do with schedules. Whatever has come by then is decided first, by what was said until now.

use super::fate::{Fate, Why};
use super::noun::Record;
use super::store::{self, Entry, Plan, Queued, Said};
use super::timetable::Timetable;
use super::{obstacle, settle};
use chrono::{DateTime, Utc};
use kernel::job::{Missed, Overlap, Schedule};
use kernel::{Ctx, Event, Problem, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident = $event:literal),* $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize)]
        pub struct $name { id: Uuid, name: String }
        impl Event for $name {
            const NAME: &'static str = $event;
        }
        impl From<Record> for $name {
            fn from(record: Record) -> Self {
                Self { id: record.id, name: record.name }
            }
        }
    )* };
}
facts!(
    /// It comes at other times or by other rules.
    ScheduleUpdated = "schedule.updated",
    /// Its slots are left out until somebody resumes it.
    SchedulePaused = "schedule.paused",
    /// Its slots count again.
    ScheduleResumed = "schedule.resumed",
    /// Somebody let its job begin besides its plan.
    ScheduleStarted = "schedule.started",
);

/// As a room of this node declares it.
fn declared(ctx: &Ctx, target: &Record) -> Result<Schedule> {
    let declared = ctx.app().registry.schedules().iter().find(|s| s.name == target.name).cloned();
    declared.ok_or_else(|| Problem::refused("No room that runs here declares it any more"))
}

/// The plan as it is said now, locked, with everything decided that has come. A line that can't be read has no slots.
async fn settled(ctx: &Ctx, target: &Record) -> Result<Plan> {
    let schedule = declared(ctx, target)?;
    let plan = store::lock(ctx.db(), &target.name).await?;
    if Timetable::read(&plan.cron, &plan.zone).is_ok() {
        settle(ctx.app(), ctx.db(), &schedule, &plan, ctx.now()).await?;
    }
    Ok(plan)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub struct Edit {
    /// Minute, hour, day of the month, month, day of the week
    #[serde(default)]
    #[schemars(title = "When", length(min = 1, max = 100))]
    cron: Option<String>,
    /// Such as Europe/Berlin
    #[serde(default)]
    #[schemars(title = "Time zone", length(min = 1, max = 60))]
    zone: Option<String>,
    /// A run begins up to so many seconds after its slot
    #[serde(default)]
    #[schemars(title = "Spread", range(min = 0, max = 86400))]
    jitter_seconds: Option<i32>,
    /// When a slot comes and the one before goes on
    #[serde(default)]
    #[schemars(title = "While the one before goes on")]
    overlap: Option<Overlap>,
    /// What becomes of them
    #[serde(default)]
    #[schemars(title = "Slots that were missed")]
    missed: Option<Missed>,
    /// How many of those that were missed, the newest
    #[serde(default)]
    #[schemars(title = "Made up for at most", range(min = 1, max = 100))]
    missed_most: Option<i32>,
}

pub async fn edit(ctx: &mut Ctx, target: Record, input: Edit) -> Result<Value> {
    let plan = settled(ctx, &target).await?;
    let said = Said {
        cron: input.cron.as_deref().unwrap_or(&plan.cron).trim(),
        zone: input.zone.as_deref().unwrap_or(&plan.zone).trim(),
        jitter_seconds: input.jitter_seconds.unwrap_or(plan.jitter_seconds),
        overlap: input.overlap.unwrap_or(plan.overlap),
        missed: input.missed.unwrap_or(plan.missed),
        missed_most: input.missed_most.unwrap_or(plan.missed_most),
    };
    let next = Timetable::read(said.cron, said.zone)?.next(ctx.now())?;
    store::say(ctx.db(), &target.name, &said, next).await?;
    ctx.emit(ScheduleUpdated::from(target)).await?;
    Ok(Value::Null)
}

pub async fn restore(ctx: &mut Ctx, target: Record, (): ()) -> Result<Value> {
    settled(ctx, &target).await?;
    let schedule = declared(ctx, &target)?;
    let said = Said {
        cron: schedule.cron,
        zone: schedule.zone,
        jitter_seconds: schedule.jitter_seconds,
        overlap: schedule.overlap,
        missed: schedule.missed,
        missed_most: schedule.missed_most,
    };
    let next = Timetable::read(schedule.cron, schedule.zone)?.next(ctx.now())?;
    store::say(ctx.db(), &target.name, &said, next).await?;
    ctx.emit(ScheduleUpdated::from(target)).await?;
    Ok(Value::Null)
}

pub async fn pause(ctx: &mut Ctx, target: Record, (): ()) -> Result<Value> {
    store::pause(ctx.db(), &target.name, Some(ctx.now())).await?;
    ctx.emit(SchedulePaused::from(target)).await?;
    Ok(Value::Null)
}

/// What came during the pause is written down as left out.
pub async fn resume(ctx: &mut Ctx, target: Record, (): ()) -> Result<Value> {
    settled(ctx, &target).await?;
    store::pause(ctx.db(), &target.name, None).await?;
    ctx.emit(ScheduleResumed::from(target)).await?;
    Ok(Value::Null)
}

#[derive(Serialize)]
pub struct Started {
    job_id: Uuid,
}

pub async fn run_now(ctx: &mut Ctx, target: Record, (): ()) -> Result<Started> {
    let (schedule, now, job_id) = (declared(ctx, &target)?, ctx.now(), ctx.id());
    let plan = store::lock(ctx.db(), &target.name).await?;
    match obstacle(ctx.db(), &plan, 1, now).await? {
        Some(Why::QueueFull) => return Err(Problem::refused("Too many runs wait already for the one before them")),
        Some(_) => return Err(Problem::refused("The run before has not ended, and this schedule leaves out what comes meanwhile")),
        None => {}
    }
    let entry = Entry { id: ctx.id(), slot: now, fate: Fate::Ran, unlisted: 0, job: Some(job_id) };
    if store::keep(ctx.db(), &target.name, &[entry], true, now).await?.is_empty() {
        return Err(Problem::refused("It has a slot at this very moment; try again"));
    }
    let queued = Queued { id: job_id, schedule: &schedule, slot: now, run_at: now, request_id: &ctx.request().id, actor: ctx.actor() };
    store::queue(ctx.db(), &queued, now).await?;
    ctx.emit(ScheduleStarted::from(target)).await?;
    Ok(Started { job_id })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Minute, hour, day of the month, month, day of the week
    #[schemars(length(min = 1, max = 100))]
    cron: String,
    /// Such as Europe/Berlin; UTC without
    #[serde(default)]
    #[schemars(length(min = 1, max = 60))]
    zone: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub struct Preview {
    /// The next ten
    runs: Vec<DateTime<Utc>>,
}

pub async fn preview(ctx: &mut Ctx, asked: Asked) -> Result<Preview> {
    let timetable = Timetable::read(asked.cron.trim(), asked.zone.as_deref().unwrap_or("UTC").trim())?;
    let mut runs = Vec::with_capacity(10);
    let mut after = ctx.now();
    for _ in 0..10 {
        after = match timetable.next(after) {
            Ok(next) => next,
            // The last one that will ever be.
            Err(_) if !runs.is_empty() => break,
            Err(problem) => return Err(problem),
        };
        runs.push(after);
    }
    Ok(Preview { runs })
}
