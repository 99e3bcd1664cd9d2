//! Schedules: a row for each slot, each done once whoever is there, and nobody's plans thrown away.

use crate::lab;
use chrono::Duration;
use testkit::TestApp;
use work::worker;

async fn drain(app: &TestApp) {
    worker::drain(&app.app).await.unwrap();
}

async fn strings(app: &TestApp, read: &str) -> Vec<String> {
    app.database().await.query(read, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

async fn set(app: &TestApp, what: &str) {
    app.database().await.execute(&format!("update kernel.schedules set {what} where name = 'lab.hourly'"), &[]).await.unwrap();
}

/// The ledger of the lab's hourly schedule.
async fn ledger(app: &TestApp) -> Vec<String> {
    let read = "select concat_ws(' ', to_char(slot at time zone 'UTC', 'DD/HH24:MI'), outcome, reason, case when unlisted > 0 then '+' || unlisted end) \
        from kernel.schedule_slots where schedule = 'lab.hourly' order by slot";
    strings(app, read).await
}

/// The slots that were done, as their jobs were told them, oldest first.
async fn runs(app: &TestApp) -> Vec<String> {
    let read = "select to_char(scheduled_for at time zone 'UTC', 'DD/HH24:MI') || case state when 'completed' then '' else ' ' || state end \
        from kernel.finished_jobs where schedule = 'lab.hourly' order by scheduled_for";
    strings(app, read).await
}

/// A run of an earlier slot that goes on, on a node that is alive.
async fn busy(app: &TestApp, state: &str) {
    let token = if state == "running" { "gen_random_uuid()" } else { "null" };
    let insert = format!(
        "insert into kernel.jobs (id, kind, payload, state, run_at, max_attempts, request_id, created_at, schedule, scheduled_for, token, lease_until) \
         values (gen_random_uuid(), 'lab.patient', '{{}}', '{state}', '2999-01-01', 4, '', now(), 'lab.hourly', '2020-01-01', {token}, now() + interval '1 hour')"
    );
    app.database().await.execute(&insert, &[]).await.unwrap();
}

async fn free(app: &TestApp) {
    app.database().await.execute("delete from kernel.jobs where scheduled_for = '2020-01-01'", &[]).await.unwrap();
}

#[tokio::test]
async fn each_slot_has_a_row_and_its_job_knows_it() {
    let (app, _owner) = lab::start().await;
    drain(&app).await;
    app.advance(Duration::hours(1));
    drain(&app).await;
    app.advance(Duration::hours(4) + Duration::minutes(5));
    drain(&app).await;
    drain(&app).await;
    assert_eq!(ledger(&app).await, ["20/10:00 ran", "20/11:00 merged", "20/12:00 merged", "20/13:00 merged", "20/14:00 late"]);
    assert_eq!(runs(&app).await, ["20/10:00", "20/14:00"]);
    let told = strings(&app, "select slot from lab.slots order by slot").await;
    assert_eq!(told, ["2026-11-20T10:00:00+00:00", "2026-11-20T14:00:00+00:00"], "the job's handler is told");
}

#[tokio::test]
async fn two_schedulers_at_once_do_each_slot_once() {
    let (app, _owner) = lab::start().await;
    drain(&app).await;
    set(&app, "missed = 'all', missed_most = 100").await;
    let other = lab::another(&app, &[]).await;
    for _ in 0..4 {
        app.advance(Duration::hours(3));
        other.advance(Duration::hours(3));
        let (a, b) = tokio::join!(worker::drain(&app.app), worker::drain(&other.app));
        a.unwrap();
        b.unwrap();
    }
    let (slots, mut done) = (ledger(&app).await, runs(&app).await);
    done.sort();
    assert_eq!((slots.len(), done.len()), (12, 12));
    done.dedup();
    assert_eq!(done.len(), 12, "each is a slot of its own");
    // As if the word that they were done had been lost: nothing but the ledger knows.
    set(&app, "next_at = next_at - interval '12 hours'").await;
    let (a, b) = tokio::join!(worker::drain(&app.app), worker::drain(&other.app));
    a.unwrap();
    b.unwrap();
    assert_eq!((ledger(&app).await.len(), runs(&app).await.len()), (12, 12), "each slot has its row already");
}

#[tokio::test]
async fn what_was_missed_for_days_goes_as_its_schedule_says() {
    for (how, late, outcomes) in [
        ("missed = 'once'", vec!["23/09:00"], ["merged", "late"]),
        ("missed = 'skip'", vec![], ["skipped missed", "skipped missed"]),
        ("missed = 'all', missed_most = 3", vec!["23/07:00", "23/08:00", "23/09:00"], ["skipped too_many", "late"]),
    ] {
        let (app, _owner) = lab::start().await;
        drain(&app).await;
        set(&app, how).await;
        app.advance(Duration::days(3) + Duration::minutes(30));
        drain(&app).await;
        assert_eq!(runs(&app).await, late, "{how}");
        let slots = ledger(&app).await;
        assert_eq!(slots.len(), 72, "{how}");
        assert_eq!(slots[0], format!("20/10:00 {}", outcomes[0]));
        assert_eq!(slots[71], format!("23/09:00 {}", outcomes[1]));
        app.advance(Duration::minutes(30));
        drain(&app).await;
        assert_eq!(runs(&app).await.len(), late.len() + 1, "and then it goes on");
    }
}

#[tokio::test]
async fn an_outage_of_years_is_made_up_for_within_bounds() {
    let (app, _owner) = lab::start().await;
    drain(&app).await;
    app.advance(Duration::days(800));
    drain(&app).await;
    let slots = ledger(&app).await;
    assert_eq!((slots.len(), runs(&app).await.len()), (100, 1));
    assert!(slots[0].ends_with("merged +645"), "the others of 31 days are counted: {}", slots[0]);
}

#[tokio::test]
async fn a_slot_whose_one_before_goes_on_is_left_out() {
    let (app, _owner) = lab::start().await;
    drain(&app).await;
    busy(&app, "running").await;
    app.advance(Duration::hours(1));
    drain(&app).await;
    assert_eq!(ledger(&app).await, ["20/10:00 skipped unfinished"]);
    free(&app).await;
    app.advance(Duration::hours(1));
    drain(&app).await;
    assert_eq!(ledger(&app).await, ["20/10:00 skipped unfinished", "20/11:00 ran"]);
    assert_eq!(runs(&app).await, ["20/11:00"]);
}

#[tokio::test]
async fn slots_that_queue_wait_for_the_one_before_them() {
    let (app, _owner) = lab::start().await;
    drain(&app).await;
    set(&app, "overlap = 'queue'").await;
    busy(&app, "running").await;
    for _ in 0..2 {
        app.advance(Duration::hours(1));
        drain(&app).await;
    }
    assert_eq!(ledger(&app).await, ["20/10:00 ran", "20/11:00 ran"]);
    let waiting = "select state from kernel.jobs where scheduled_for > '2026-01-01' order by scheduled_for";
    assert_eq!((runs(&app).await.len(), strings(&app, waiting).await), (0, vec!["pending".to_owned(), "pending".to_owned()]));
    free(&app).await;
    work::schedule::release(&app.app).await.unwrap();
    work::schedule::release(&app.app).await.unwrap();
    assert_eq!(strings(&app, waiting).await, ["available", "pending"], "one after the other");
    drain(&app).await;
    assert_eq!(runs(&app).await, ["20/10:00", "20/11:00"]);
}

#[tokio::test]
async fn no_more_than_a_hundred_wait_for_the_one_before_them() {
    let (app, _owner) = lab::start().await;
    drain(&app).await;
    set(&app, "overlap = 'queue'").await;
    for _ in 0..100 {
        busy(&app, "scheduled").await;
    }
    app.advance(Duration::hours(1));
    drain(&app).await;
    assert_eq!(ledger(&app).await, ["20/10:00 skipped queue_full"]);
}

#[tokio::test]
async fn a_slot_that_replaces_ends_what_waits_and_stops_what_runs() {
    let (app, _owner) = lab::start().await;
    drain(&app).await;
    set(&app, "overlap = 'replace'").await;
    busy(&app, "scheduled").await;
    app.advance(Duration::hours(1));
    drain(&app).await;
    assert_eq!(runs(&app).await, ["01/00:00 cancelled", "20/10:00"], "what waited is cancelled, and kept in the history");
    busy(&app, "running").await;
    app.advance(Duration::hours(1));
    drain(&app).await;
    let left =
        strings(&app, "select state || ' ' || cancel_requested from kernel.jobs where schedule = 'lab.hourly' order by scheduled_for")
            .await;
    assert_eq!(left, ["running true", "pending false"], "it waits until the other has heard");
    free(&app).await;
    drain(&app).await;
    assert_eq!(runs(&app).await, ["01/00:00 cancelled", "20/10:00", "20/11:00"]);
}

#[tokio::test]
async fn a_clock_that_goes_back_does_no_slot_twice_and_one_that_was_wrong_delays_nothing() {
    let (app, _owner) = lab::start().await;
    drain(&app).await;
    app.advance(Duration::hours(2));
    drain(&app).await;
    let done = (ledger(&app).await, runs(&app).await);
    assert_eq!(done.1, ["20/11:00"]);
    app.advance(Duration::hours(-2));
    for _ in 0..4 {
        app.advance(Duration::minutes(30));
        drain(&app).await;
    }
    assert_eq!((ledger(&app).await, runs(&app).await), done, "10:00 and 11:00 came a second time");
    app.advance(Duration::hours(1));
    drain(&app).await;
    assert_eq!(runs(&app).await, ["20/11:00", "20/12:00"]);
    // A clock that was a year ahead for a while.
    app.advance(Duration::days(365));
    drain(&app).await;
    app.advance(Duration::days(-365));
    drain(&app).await;
    app.advance(Duration::hours(1));
    drain(&app).await;
    assert!(runs(&app).await.contains(&"20/13:00".to_owned()), "it doesn't wait for a year: {:?}", runs(&app).await);
}

#[tokio::test]
async fn a_schedule_whose_job_is_gone_stays_as_it_is_and_keeps_nobody_from_their_turn() {
    let (app, _owner) = lab::start().await;
    drain(&app).await;
    let db = app.database().await;
    let gone = "insert into kernel.schedules (name, kind, declared_cron, declared_zone, declared_jitter_seconds, declared_overlap, declared_missed, declared_missed_most, declared_at, next_at) \
        select 'newer', 'lab.unknown', declared_cron, declared_zone, declared_jitter_seconds, declared_overlap, declared_missed, declared_missed_most, now(), next_at \
        from kernel.schedules where name = 'lab.hourly'";
    db.execute(gone, &[]).await.unwrap();
    app.advance(Duration::hours(1));
    drain(&app).await;
    let left = strings(&app, "select name from kernel.schedules where name = 'newer'").await;
    assert_eq!((left.len(), runs(&app).await), (1, vec!["20/10:00".to_owned()]), "this node knows nothing of it, and leaves it");
    assert!(strings(&app, "select schedule from kernel.schedule_slots where schedule = 'newer'").await.is_empty());
    // When a month has passed by every clock it is forgotten, with its slots.
    db.execute("update kernel.schedules set declared_at = '2020-01-01' where name = 'newer'", &[]).await.unwrap();
    db.execute("update kernel.schedule_slots set slot = '2020-01-01'", &[]).await.unwrap();
    drain(&app).await;
    assert!(strings(&app, "select name from kernel.schedules where name = 'newer'").await.is_empty());
    assert!(ledger(&app).await.is_empty());
}

#[tokio::test]
async fn a_line_that_nobody_can_read_any_more_keeps_no_other_from_its_turn() {
    let (app, _owner) = lab::start().await;
    drain(&app).await;
    let spoil = "update kernel.schedules set zone = 'Europe/Atlantis', next_at = '2026-11-20 09:30Z' where name <> 'lab.hourly'";
    app.database().await.execute(spoil, &[]).await.unwrap();
    app.advance(Duration::hours(1));
    drain(&app).await;
    assert_eq!(runs(&app).await, ["20/10:00"]);
}

#[tokio::test]
async fn a_pause_over_several_slots_is_written_down_and_nothing_of_it_is_made_up_for() {
    let (app, _owner) = lab::start().await;
    drain(&app).await;
    set(&app, "missed = 'all', paused_at = '2026-11-20 10:30Z'").await;
    app.advance(Duration::hours(3));
    drain(&app).await;
    set(&app, "paused_at = null").await;
    app.advance(Duration::hours(1));
    drain(&app).await;
    assert_eq!(ledger(&app).await, ["20/10:00 late", "20/11:00 skipped paused", "20/12:00 skipped paused", "20/13:00 ran"]);
    assert_eq!(runs(&app).await, ["20/10:00", "20/13:00"]);
}

#[tokio::test]
async fn jitter_moves_the_run_and_not_the_slot() {
    let (app, _owner) = lab::start().await;
    drain(&app).await;
    set(&app, "jitter_seconds = 1800").await;
    app.advance(Duration::hours(1));
    drain(&app).await;
    let later = "select to_char(scheduled_for at time zone 'UTC', 'HH24:MI') || ' ' || state from kernel.jobs where schedule = 'lab.hourly' \
        and run_at between scheduled_for + interval '1 second' and scheduled_for + interval '30 minutes'";
    assert_eq!(strings(&app, later).await, ["10:00 scheduled"]);
    app.advance(Duration::minutes(30));
    drain(&app).await;
    assert_eq!((ledger(&app).await, runs(&app).await), (vec!["20/10:00 ran".to_owned()], vec!["20/10:00".to_owned()]));
}
