//! Schedules as a noun, and their ledger as another.

use super::acts;
use crate::jobs::STATES;
use kernel::field::{bool, choice, datetime, int, text, uuid};
use kernel::{Action, Module, Resource, View};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// A schedule as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct Record {
    pub id: Uuid,
    pub name: String,
    pub state: String,
    pub is_edited: bool,
}

/// No node has declared it when the others were last declared.
const STATE: &str = "case when t.declared_at is null or t.declared_at < (select max(s.declared_at) from kernel.schedules s) - interval '3 hours' then 'gone' \
     when t.paused_at is not null then 'paused' else 'active' end";
const NEXT: &str = "case when t.paused_at is null and t.declared_at >= (select max(s.declared_at) from kernel.schedules s) - interval '3 hours' then t.next_at end";
const EDITED: &str = "num_nonnulls(t.cron, t.zone, t.jitter_seconds, t.overlap, t.missed, t.missed_most) > 0";

/// What was decided of the newest slot.
macro_rules! last {
    ($what:literal) => {
        concat!("(select ", $what, " from kernel.schedule_slots l where l.schedule = t.name order by l.slot desc limit 1)")
    };
}
/// Where a job stands, wherever it is.
macro_rules! job_state {
    ($id:literal) => {
        concat!(
            "coalesce((select j.state from kernel.jobs j where j.id = ",
            $id,
            "), (select f.state from kernel.finished_jobs f where f.id = ",
            $id,
            " limit 1))"
        )
    };
}
const LAST_JOB_STATE: &str =
    concat!("(select ", job_state!("l.job_id"), " from kernel.schedule_slots l where l.schedule = t.name order by l.slot desc limit 1)");

const OVERLAPS: &[(&str, &str, &str)] =
    &[("skip", "Leave the slot out", "gray"), ("queue", "Wait until it has ended", "gray"), ("replace", "Stop it and begin anew", "gray")];
const MISSES: &[(&str, &str, &str)] =
    &[("skip", "Leave them out", "gray"), ("once", "Run once for all of them", "gray"), ("all", "Make up for each", "gray")];
const OUTCOMES: &[(&str, &str, &str)] =
    &[("ran", "Ran", "green"), ("late", "Ran late", "yellow"), ("merged", "Merged", "gray"), ("skipped", "Skipped", "yellow")];
const GONE: &str = "No room that runs declares it any more";

pub fn declare(module: Module) -> Module {
    module
        .resource(schedules())
        .resource(slots())
        .view(
            View::new("schedule-runs", "schedules:read", "The next times that a cron line comes in a zone", acts::preview)
                .example(json!({"runs": ["2026-11-21T01:30:00Z", "2026-11-22T01:30:00Z"]})),
        )
        .event::<acts::ScheduleUpdated>()
        .event::<acts::SchedulePaused>()
        .event::<acts::ScheduleResumed>()
        .event::<acts::ScheduleStarted>()
}

fn schedules() -> Resource<Record> {
    Resource::<Record>::new("schedules", "kernel.schedules")
        .describe("calendar-clock", "What comes round by the clock, when, and what becomes of what was missed")
        .group("work/schedules")
        .always("t.declared_cron is not null")
        .title("name")
        .default_order("name.asc")
        .field(text("name").always().read_only().search())
        .field(choice("state", &[("active", "Active", "green"), ("paused", "Paused", "yellow"), ("gone", "Gone", "gray")]).sql(STATE).always())
        .field(text("cron").label("When").help("Minute, hour, day of the month, month, day of the week").sql("coalesce(t.cron, t.declared_cron)").always().filter())
        .field(text("zone").label("Time zone").sql("coalesce(t.zone, t.declared_zone)").always().filter())
        .field(datetime("next_at").label("Next run").sql(NEXT).sort().filter())
        .field(datetime("last_slot").label("Last slot").sql(last!("l.slot")))
        .field(choice("last_outcome", OUTCOMES).label("What became of it").sql(last!("l.outcome")))
        .field(choice("last_job_state", STATES).label("Its job").sql(LAST_JOB_STATE))
        .field(uuid("last_job_id").label("Last job").sql(last!("l.job_id")).detail_only())
        .field(text("kind").label("Job").read_only().filter().detail_only())
        .field(int("jitter_seconds").label("Spread").help("A run begins up to so many seconds after its slot").suffix("s").sql("coalesce(t.jitter_seconds, t.declared_jitter_seconds)").always().detail_only())
        .field(choice("overlap", OVERLAPS).label("While the one before goes on").sql("coalesce(t.overlap, t.declared_overlap)").always().detail_only())
        .field(choice("missed", MISSES).label("Slots that were missed").sql("coalesce(t.missed, t.declared_missed)").always().detail_only())
        .field(int("missed_most").label("Made up for at most").sql("coalesce(t.missed_most, t.declared_missed_most)").always().detail_only())
        .field(bool("is_edited").label("Edited").sql(EDITED).always().filter())
        .field(text("declared_cron").always().read_only().detail_only())
        .field(text("declared_zone").always().read_only().detail_only())
        .field(int("declared_jitter_seconds").always().read_only().detail_only())
        .field(choice("declared_overlap", OVERLAPS).always().read_only().detail_only())
        .field(choice("declared_missed", MISSES).always().read_only().detail_only())
        .field(int("declared_missed_most").always().read_only().detail_only())
        .field(datetime("paused_at").label("Paused since").read_only().detail_only())
        .field(datetime("updated_at").label("Changed").always().read_only().detail_only())
        .action(Action::update(acts::edit).when(|s: &Record| s.state != "gone", GONE))
        .action(Action::new("run-now", acts::run_now).icon("play").confirm("Its job begins now, besides its plan.").when(|s: &Record| s.state != "gone", GONE))
        .action(Action::new("pause", acts::pause).icon("pause").bulk().when(|s: &Record| s.state != "paused", "It is paused already"))
        .action(Action::new("resume", acts::resume).icon("play").bulk().when(|s: &Record| s.state == "paused", "It isn't paused"))
        .action(
            Action::new("restore", acts::restore)
                .icon("undo-2")
                .label("Restore declared")
                .confirm("It comes again when its room says, by the rules of its room.")
                .when(|s: &Record| s.is_edited, "It is as its room declares it")
                .when(|s: &Record| s.state != "gone", GONE),
        )
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000090", "name": "system.upkeep", "state": "active", "cron": "17 3 * * *", "zone": "UTC",
            "next_at": "2026-11-21T03:17:00Z", "last_slot": "2026-11-20T03:17:00Z", "last_outcome": "ran", "last_job_state": "completed",
            "last_job_id": "0190b6c8-0000-7000-8000-000000000091", "kind": "system.upkeep", "jitter_seconds": 0, "overlap": "skip", "missed": "once",
            "missed_most": 10, "is_edited": false, "declared_cron": "17 3 * * *", "declared_zone": "UTC", "declared_jitter_seconds": 0,
            "declared_overlap": "skip", "declared_missed": "once", "declared_missed_most": 10, "paused_at": null, "updated_at": "2026-11-20T09:30:00Z", "version": "1"
        }))
}

fn slots() -> Resource<Value> {
    Resource::<Value>::new("schedule-slots", "kernel.schedule_slots")
        .called("Slots", "Slot")
        .describe("calendar-check", "Each slot of every schedule, and what became of it; kept for 31 days")
        .group("work/schedules")
        .unversioned()
        .title("slot")
        .default_order("slot.desc")
        .field(datetime("slot").always().filter().sort())
        .field(text("schedule").always().search())
        .field(choice("outcome", OUTCOMES).always())
        .field(
            choice(
                "reason",
                &[
                    ("paused", "It was paused", "gray"),
                    ("missed", "Nobody was there, and it isn't made up for", "yellow"),
                    ("too_many", "More were missed than are made up for", "yellow"),
                    ("unfinished", "The one before had not ended", "yellow"),
                    ("queue_full", "Too many wait for the one before", "red"),
                ],
            )
            .label("Why"),
        )
        .field(choice("job_state", STATES).label("Its job").sql(job_state!("t.job_id")))
        .field(bool("by_hand").label("By hand").always().filter())
        .field(datetime("decided_at").label("Decided").always().filter().sort())
        .field(int("unlisted").label("Missed before it").help("Slots before it that were missed too and have no row of their own").always().detail_only())
        .field(uuid("job_id").label("Job").filter().detail_only())
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000092", "schedule": "system.upkeep", "slot": "2026-11-20T03:17:00Z", "outcome": "ran", "reason": null,
            "job_state": "completed", "by_hand": false, "decided_at": "2026-11-20T03:17:00Z", "unlisted": 0, "job_id": "0190b6c8-0000-7000-8000-000000000091"
        }))
}
