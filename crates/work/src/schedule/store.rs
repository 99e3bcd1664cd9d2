//! Every statement about schedules and their ledger.

use super::fate::Fate;
use chrono::{DateTime, Duration, Utc};
use kernel::db::Client;
use kernel::job::{Missed, Overlap, Schedule};
use kernel::{Actor, Problem, Result};
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

const DECLARE: &str = "insert into kernel.schedules as s (id, name, kind, next_at, declared_cron, declared_zone, declared_jitter_seconds, declared_overlap, \
       declared_missed, declared_missed_most) \
     select d.id, d.name, d.kind, d.next_at, d.cron, d.zone, d.jitter, d.overlap, d.missed, d.most \
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[], $9::int[], $10::timestamptz[]) \
         as d (id, name, kind, cron, zone, jitter, overlap, missed, most, next_at) \
     on conflict (name) do update set kind = excluded.kind, declared_cron = excluded.declared_cron, declared_zone = excluded.declared_zone, \
       declared_jitter_seconds = excluded.declared_jitter_seconds, declared_overlap = excluded.declared_overlap, declared_missed = excluded.declared_missed, \
       declared_missed_most = excluded.declared_missed_most \
     where (s.kind, s.declared_cron, s.declared_zone, s.declared_jitter_seconds, s.declared_overlap, s.declared_missed, s.declared_missed_most) is distinct from \
       (excluded.kind, excluded.declared_cron, excluded.declared_zone, excluded.declared_jitter_seconds, excluded.declared_overlap, excluded.declared_missed, excluded.declared_missed_most)";
const SEEN: &str = "update kernel.schedules set declared_at = $2 where name = any($1)";

/// By what is said of it, by operators or else by its room.
macro_rules! plan {
    () => {
        "select name, coalesce(cron, declared_cron), coalesce(zone, declared_zone), coalesce(jitter_seconds, declared_jitter_seconds), \
           coalesce(overlap, declared_overlap), coalesce(missed, declared_missed), coalesce(missed_most, declared_missed_most), paused_at, next_at \
         from kernel.schedules where declared_cron is not null and name = "
    };
}
const PLANS: &str = concat!(plan!(), "any($1)");
const TAKE: &str = concat!(plan!(), "$1 and (next_at <= $2 or last_at > $2) for update skip locked");
const LOCK: &str = concat!(plan!(), "$1 for update");
const DUE: &str = "select name from kernel.schedules where name = any($1) and (next_at <= $2 or last_at > $2)";
const ADVANCE: &str = "update kernel.schedules set next_at = $2, last_at = $3 where name = $1";
const LOOK_AGAIN: &str = "update kernel.schedules set next_at = $2 where name = $1";
/// What is as its room declares it goes on following its room.
const SAY: &str = "update kernel.schedules set cron = nullif($2, declared_cron), zone = nullif($3, declared_zone), jitter_seconds = nullif($4, declared_jitter_seconds), \
     overlap = nullif($5, declared_overlap), missed = nullif($6, declared_missed), missed_most = nullif($7, declared_missed_most), next_at = $8 where name = $1";
const PAUSE: &str = "update kernel.schedules set paused_at = $2 where name = $1";
const KEEP: &str = "insert into kernel.schedule_slots (id, schedule, slot, outcome, reason, unlisted, job_id, by_hand, decided_at) \
     select s.id, $1, s.slot, s.outcome, s.reason, s.unlisted, s.job_id, $8, $9 \
       from unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::int[], $7::uuid[]) as s (id, slot, outcome, reason, unlisted, job_id) \
     on conflict (schedule, slot) do nothing returning slot";
const UNFINISHED: &str = "select count(*) from kernel.jobs where schedule = $1";
/// Behind one that has not ended it waits; what is for later waits for its time.
const QUEUE: &str = "insert into kernel.jobs (id, kind, payload, state, run_at, max_attempts, request_id, created_at, schedule, scheduled_for, queue, priority, \
       actor_kind, actor_id) \
     select $1, $2, $3, case when exists (select from kernel.jobs where schedule = $8) then 'pending' when $4::timestamptz > $7 then 'scheduled' else 'available' end, \
       $4, $5, $6, $7, $8, $9, $10, $11, $12, $13";
const RELEASE: &str = "update kernel.jobs j set state = case when j.run_at > $1 then 'scheduled' else 'available' end \
     where j.state = 'pending' and j.id in (select distinct on (w.schedule) w.id from kernel.jobs w where w.schedule is not null and w.state = 'pending' \
       and not exists (select from kernel.jobs b where b.schedule = w.schedule and b.state <> 'pending') order by w.schedule, w.scheduled_for, w.id)";
const STOP: &str = "update kernel.jobs set cancel_requested = true where schedule = $1 and state = 'running'";
/// What people say by their own clock and by the database's is long ago.
const FORGET: &str = "delete from kernel.schedule_slots where slot < least($1, now() - make_interval(secs => $2))";
const FORGET_GONE: &str = "delete from kernel.schedules where declared_at < least($1, now() - make_interval(secs => $2))";

pub const STATEMENTS: &[&str] =
    &[LOCK, SAY, PAUSE, DECLARE, SEEN, PLANS, TAKE, DUE, ADVANCE, LOOK_AGAIN, KEEP, UNFINISHED, QUEUE, RELEASE, STOP, FORGET, FORGET_GONE];

/// What is said of a schedule now, and when somebody looks at it next.
#[derive(Clone, Debug)]
pub struct Plan {
    pub name: String,
    pub cron: String,
    pub zone: String,
    pub jitter_seconds: i32,
    pub overlap: Overlap,
    pub missed: Missed,
    pub missed_most: i32,
    pub paused_at: Option<DateTime<Utc>>,
    pub next_at: DateTime<Utc>,
}

impl Plan {
    fn of(row: &Row) -> Result<Self> {
        Ok(Self {
            name: row.get(0),
            cron: row.get(1),
            zone: row.get(2),
            jitter_seconds: row.get(3),
            overlap: word(row.get(4))?,
            missed: word(row.get(5))?,
            missed_most: row.get(6),
            paused_at: row.get(7),
            next_at: row.get(8),
        })
    }
}

fn word<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T> {
    let reader: StrDeserializer<Error> = text.into_deserializer();
    T::deserialize(reader).map_err(Problem::internal)
}

/// As it stands in the database.
fn word_of<T: Serialize>(word: T) -> Result<String> {
    Ok(kernel::ctx::to_json(word)?.as_str().unwrap_or_default().to_owned())
}

/// What rooms declare, with when each would come next if nobody says otherwise.
pub async fn declare(db: &Client, ids: &[Uuid], schedules: &[Schedule], next: &[DateTime<Utc>], now: DateTime<Utc>) -> Result<()> {
    let names: Vec<&str> = schedules.iter().map(|s| s.name).collect();
    let kinds: Vec<&str> = schedules.iter().map(|s| s.job.kind).collect();
    let crons: Vec<&str> = schedules.iter().map(|s| s.cron).collect();
    let zones: Vec<&str> = schedules.iter().map(|s| s.zone).collect();
    let jitters: Vec<i32> = schedules.iter().map(|s| s.jitter_seconds).collect();
    let overlaps = schedules.iter().map(|s| word_of(s.overlap)).collect::<Result<Vec<_>>>()?;
    let missed = schedules.iter().map(|s| word_of(s.missed)).collect::<Result<Vec<_>>>()?;
    let most: Vec<i32> = schedules.iter().map(|s| s.missed_most).collect();
    db.execute(DECLARE, &[&ids, &names, &kinds, &crons, &zones, &jitters, &overlaps, &missed, &most, &next]).await?;
    db.execute(SEEN, &[&names, &now]).await?;
    Ok(())
}

pub async fn plans(db: &Client, names: &[&str]) -> Result<Vec<Plan>> {
    db.query(PLANS, &[&names]).await?.iter().map(Plan::of).collect()
}

/// Whose turn it is.
pub async fn due(db: &Client, known: &[&str], now: DateTime<Utc>) -> Result<Vec<String>> {
    Ok(db.query(DUE, &[&known, &now]).await?.iter().map(|row| row.get(0)).collect())
}

/// Locks a schedule whose turn it is; none when another node does.
pub async fn take(db: &Client, name: &str, now: DateTime<Utc>) -> Result<Option<Plan>> {
    db.query_opt(TAKE, &[&name, &now]).await?.as_ref().map(Plan::of).transpose()
}

/// Everything that has come is decided.
pub async fn advance(db: &Client, name: &str, next: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    db.execute(ADVANCE, &[&name, &next, &now]).await?;
    Ok(())
}

pub async fn look_again(db: &Client, name: &str, next: DateTime<Utc>) -> Result<()> {
    db.execute(LOOK_AGAIN, &[&name, &next]).await?;
    Ok(())
}

/// Locks a schedule, whoever is at it; waits for them.
pub async fn lock(db: &Client, name: &str) -> Result<Plan> {
    Plan::of(&db.query_one(LOCK, &[&name]).await?)
}

/// When it is to come and by which rules.
pub struct Said<'a> {
    pub cron: &'a str,
    pub zone: &'a str,
    pub jitter_seconds: i32,
    pub overlap: Overlap,
    pub missed: Missed,
    pub missed_most: i32,
}

pub async fn say(db: &Client, name: &str, said: &Said<'_>, next: DateTime<Utc>) -> Result<()> {
    let (overlap, missed) = (word_of(said.overlap)?, word_of(said.missed)?);
    db.execute(SAY, &[&name, &said.cron, &said.zone, &said.jitter_seconds, &overlap, &missed, &said.missed_most, &next]).await?;
    Ok(())
}

pub async fn pause(db: &Client, name: &str, since: Option<DateTime<Utc>>) -> Result<()> {
    db.execute(PAUSE, &[&name, &since]).await?;
    Ok(())
}

/// A row of the ledger.
pub struct Entry {
    pub id: Uuid,
    pub slot: DateTime<Utc>,
    pub fate: Fate,
    pub unlisted: i32,
    pub job: Option<Uuid>,
}

/// Writes them down; those that had no row yet.
pub async fn keep(db: &Client, schedule: &str, entries: &[Entry], by_hand: bool, now: DateTime<Utc>) -> Result<HashSet<DateTime<Utc>>> {
    let ids: Vec<Uuid> = entries.iter().map(|e| e.id).collect();
    let slots: Vec<DateTime<Utc>> = entries.iter().map(|e| e.slot).collect();
    let outcomes: Vec<&str> = entries.iter().map(|e| e.fate.outcome()).collect();
    let reasons: Vec<Option<&str>> = entries.iter().map(|e| e.fate.reason()).collect();
    let unlisted: Vec<i32> = entries.iter().map(|e| e.unlisted).collect();
    let jobs: Vec<Option<Uuid>> = entries.iter().map(|e| e.job).collect();
    let kept = db.query(KEEP, &[&schedule, &ids, &slots, &outcomes, &reasons, &unlisted, &jobs, &by_hand, &now]).await?;
    Ok(kept.iter().map(|row| row.get(0)).collect())
}

/// Jobs of a schedule that wait or run.
pub async fn unfinished(db: &Client, schedule: &str) -> Result<i64> {
    Ok(db.query_one(UNFINISHED, &[&schedule]).await?.get(0))
}

/// A job for a slot.
pub struct Queued<'a> {
    pub id: Uuid,
    pub schedule: &'a Schedule,
    pub slot: DateTime<Utc>,
    pub run_at: DateTime<Utc>,
    pub request_id: &'a str,
    /// Whose doing it is.
    pub actor: &'a Actor,
}

pub async fn queue(db: &Client, queued: &Queued<'_>, now: DateTime<Utc>) -> Result<()> {
    let Queued { id, schedule, slot, run_at, request_id, actor } = queued;
    let (job, actor_kind) = (&schedule.job, word_of(actor.kind)?);
    let values: [&(dyn ToSql + Sync); 13] = [
        id,
        &job.kind,
        &job.payload,
        run_at,
        &job.max_attempts,
        request_id,
        &now,
        &schedule.name,
        slot,
        &job.queue,
        &job.priority,
        &actor_kind,
        &actor.id,
    ];
    db.execute(QUEUE, &values).await?;
    Ok(())
}

/// Lets the next one of each schedule begin whose one before has ended; how many.
pub async fn release(db: &Client, now: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(RELEASE, &[&now]).await?)
}

/// Cancels what waits and asks what runs to stop.
pub async fn stop(db: &Client, schedule: &str, now: DateTime<Utc>) -> Result<()> {
    crate::store::cancel_waiting(db, schedule, now).await?;
    db.execute(STOP, &[&schedule]).await?;
    Ok(())
}

/// Forgets slots of long ago, and schedules that nobody has declared for as long.
pub async fn forget(db: &Client, before: DateTime<Utc>, kept: Duration) -> Result<()> {
    let seconds = kept.as_seconds_f64();
    db.execute(FORGET, &[&before, &seconds]).await?;
    db.execute(FORGET_GONE, &[&before, &seconds]).await?;
    Ok(())
}
