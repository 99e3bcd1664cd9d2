//! What comes round by the clock. Every slot of a schedule has one row in the ledger, written with the job it queued or with
//! why it queued none; that row is unique, so two schedulers never do one slot twice, and neither does a clock that goes back.
//!
//! `next_at` is only when somebody looks again, and `last_at` when somebody did; where that lies ahead, a clock was wrong, and
//! one looks at once. Which slots there are follows from the cron line, the zone and the ledger.

mod acts;
mod fate;
pub mod noun;
pub mod store;
mod timetable;

use chrono::{DateTime, Duration, Utc};
use fate::Why;
use kernel::db::Client;
use kernel::job::{Overlap, Schedule};
use kernel::{Actor, App, Caller, Result};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use store::{Entry, Plan, Queued};
use timetable::Timetable;

/// How long slots stay in the ledger; older ones that were missed are not made up for either.
const KEPT: Duration = Duration::days(31);
/// Jobs of one schedule that may wait for the one before them.
const WAITING: i64 = 100;

/// Writes down what this node's rooms declare, and when each comes next where its cron line is another now. Schedules that this node doesn't know are those of another version, and stay.
///
/// # Errors
/// When the database is away, or a schedule can't be read.
pub async fn plan(app: &Arc<App>) -> Result<()> {
    let now = app.clock.now();
    let schedules = app.registry.schedules();
    let names: Vec<&str> = schedules.iter().map(|s| s.name).collect();
    let ids: Vec<_> = schedules.iter().map(|_| app.ids.next(&app.clock)).collect();
    let next = schedules.iter().map(|s| Timetable::read(s.cron, s.zone)?.next(now)).collect::<Result<Vec<_>>>()?;
    let tx = app.db.begin(&Caller::system("scheduler"), now).await?;
    store::declare(tx.db(), &ids, schedules, &next, now).await?;
    for plan in store::plans(tx.db(), &names).await? {
        match Timetable::read(&plan.cron, &plan.zone).and_then(|timetable| timetable.next(now)) {
            Ok(next) if next < plan.next_at => store::look_again(tx.db(), &plan.name, next).await?,
            Ok(_) => {}
            Err(problem) => tracing::warn!(schedule = plan.name, error = %problem, "when a schedule comes next can't be read"),
        }
    }
    store::forget(tx.db(), now - KEPT, KEPT).await?;
    tx.commit().await
}

/// Queues what is due, each schedule by itself: one that can't be done keeps no other from its turn.
///
/// # Errors
/// When the database is away.
pub async fn run(app: &Arc<App>) -> Result<()> {
    release(app).await?;
    let now = app.clock.now();
    let schedules = app.registry.schedules();
    let names: Vec<&str> = schedules.iter().map(|s| s.name).collect();
    let tx = app.db.begin(&Caller::system("scheduler"), now).await?;
    let due = store::due(tx.db(), &names, now).await?;
    tx.rollback().await?;
    for schedule in schedules.iter().filter(|s| due.iter().any(|name| name == s.name)) {
        if let Err(problem) = turn(app, schedule, now).await {
            tracing::warn!(schedule = schedule.name, error = %problem, "what a schedule has to do now could not be queued");
        }
    }
    Ok(())
}

/// Lets those begin that waited for the one before them.
///
/// # Errors
/// When the database is away.
pub async fn release(app: &Arc<App>) -> Result<()> {
    let now = app.clock.now();
    let tx = app.db.begin(&Caller::system("scheduler"), now).await?;
    let released = store::release(tx.db(), now).await?;
    tx.commit().await?;
    if released > 0 {
        app.queued.send_replace(());
    }
    Ok(())
}

async fn turn(app: &Arc<App>, schedule: &Schedule, now: DateTime<Utc>) -> Result<()> {
    let tx = app.db.begin(&Caller::system("scheduler"), now).await?;
    // Another node is at it, or was.
    let Some(plan) = store::take(tx.db(), schedule.name, now).await? else { return tx.rollback().await };
    settle(app, tx.db(), schedule, &plan, now).await?;
    tx.commit().await?;
    app.queued.send_replace(());
    Ok(())
}

/// Writes down what becomes of every slot that has come, queues what is to be done, and says when the next one comes. The
/// row of the schedule is locked.
///
/// # Errors
/// When the database refuses, or the cron line can't be read any more.
async fn settle(app: &App, db: &Client, schedule: &Schedule, plan: &Plan, now: DateTime<Utc>) -> Result<()> {
    let timetable = Timetable::read(&plan.cron, &plan.zone)?;
    let span = timetable.between(plan.next_at.max(now - KEPT), now)?;
    let mut fates = fate::of(plan, &span.slots, now);
    let queued = fates.iter().filter(|fate| fate.is_queued()).count();
    if queued > 0
        && let Some(why) = obstacle(db, plan, queued, now).await?
    {
        fates.iter_mut().for_each(|fate| *fate = fate.instead(why));
    }
    let entries: Vec<Entry> = span
        .slots
        .iter()
        .zip(&fates)
        .enumerate()
        .map(|(at, (&slot, &fate))| Entry {
            id: app.ids.next(&app.clock),
            slot,
            fate,
            unlisted: if at == 0 { span.unlisted } else { 0 },
            job: fate.is_queued().then(|| app.ids.next(&app.clock)),
        })
        .collect();
    let actor = Actor::system("scheduler");
    // Whoever writes the row queues the job; a slot that has one already was done.
    let ours = store::keep(db, &plan.name, &entries, false, now).await?;
    for entry in entries.iter().filter(|entry| ours.contains(&entry.slot)) {
        metrics::counter!("quarterdeck_schedule_slots_total", "schedule" => schedule.name, "outcome" => entry.fate.outcome()).increment(1);
        if let Some(id) = entry.job {
            let run_at = now.max(entry.slot + spread(&plan.name, entry.slot, plan.jitter_seconds));
            store::queue(db, &Queued { id, schedule, slot: entry.slot, run_at, request_id: "schedule", actor: &actor }, now).await?;
        }
    }
    store::advance(db, &plan.name, timetable.next(now)?, now).await
}

/// What stands in the way of so many new jobs of a schedule, once those before them were asked to stop where it says so.
///
/// Slots that are made up for wait for each other, whatever is said of overlaps.
///
/// # Errors
/// When the database is away.
async fn obstacle(db: &Client, plan: &Plan, queued: usize, now: DateTime<Utc>) -> Result<Option<Why>> {
    let unfinished = store::unfinished(db, &plan.name).await?;
    let one = queued == 1;
    Ok(match plan.overlap {
        Overlap::Skip if one && unfinished > 0 => Some(Why::Unfinished),
        Overlap::Replace if one && unfinished > 0 => {
            store::stop(db, &plan.name, now).await?;
            None
        }
        _ if unfinished >= WAITING => Some(Why::QueueFull),
        _ => None,
    })
}

/// How much later than its slot a job begins: the same on every node.
fn spread(name: &str, slot: DateTime<Utc>, jitter_seconds: i32) -> Duration {
    let mut hasher = DefaultHasher::new();
    (name, slot.timestamp()).hash(&mut hasher);
    let most = u64::try_from(jitter_seconds).unwrap_or(0) * 1000;
    Duration::milliseconds(i64::try_from(hasher.finish() % (most + 1)).unwrap_or(0))
}
