use super::Fate::{Late, Merged, Ran, Skipped};
use super::{Fate, Why, of};
use crate::schedule::store::Plan;
use chrono::{DateTime, Utc};
use kernel::job::{Missed, Overlap};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// Slots at 00:00, 01:00, 02:00 and 03:00.
fn fates(missed: Missed, missed_most: i32, now: &str, paused_at: Option<&str>) -> Vec<Fate> {
    let plan = Plan {
        name: "s".into(),
        cron: "0 * * * *".into(),
        zone: "UTC".into(),
        jitter_seconds: 0,
        overlap: Overlap::Skip,
        missed,
        missed_most,
        paused_at: paused_at.map(at),
        next_at: DateTime::UNIX_EPOCH,
    };
    let slots = (0..4).map(|hour| at(&format!("2027-01-01T0{hour}:00:00Z"))).collect();
    of(&plan, &slots, at(now))
}

#[test]
fn missed_slots_go_as_their_schedule_says() {
    let now = "2027-01-01T03:00:30Z";
    assert_eq!(fates(Missed::Once, 1, now, None), [Merged, Merged, Merged, Ran]);
    assert_eq!(fates(Missed::All, 3, now, None), [Skipped(Why::TooMany), Late, Late, Ran]);
    assert_eq!(fates(Missed::Skip, 1, now, None), [Skipped(Why::Missed), Skipped(Why::Missed), Skipped(Why::Missed), Ran]);
    let later = "2027-01-01T03:30:00Z";
    assert_eq!(fates(Missed::Once, 1, later, None), [Merged, Merged, Merged, Late]);
    assert_eq!(fates(Missed::Skip, 1, later, None), [Skipped(Why::Missed); 4]);
}

#[test]
fn what_came_while_it_was_paused_is_not_made_up_for_and_what_was_missed_before_is() {
    let now = "2027-01-01T03:00:30Z";
    assert_eq!(fates(Missed::All, 9, now, Some("2026-12-31T23:00:00Z")), [Skipped(Why::Paused); 4]);
    assert_eq!(fates(Missed::Once, 1, now, Some("2027-01-01T01:30:00Z")), [Merged, Late, Skipped(Why::Paused), Skipped(Why::Paused)]);
}
