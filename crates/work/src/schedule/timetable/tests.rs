use super::Timetable;
use chrono::{DateTime, Utc};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn read(cron: &str, zone: &str) -> Timetable {
    Timetable::read(cron, zone).unwrap_or_else(|e| panic!("{e}"))
}

fn slots(cron: &str, zone: &str, from: &str, to: &str) -> Vec<String> {
    let span = read(cron, zone).between(at(from), at(to)).unwrap_or_else(|e| panic!("{e}"));
    span.slots.iter().map(|slot| slot.format("%m-%d %H:%M").to_string()).collect()
}

#[test]
fn an_hour_that_is_left_out_runs_once_at_the_first_valid_moment() {
    // Berlin goes from 02:00 to 03:00 on 2027-03-28, at 01:00 UTC.
    assert_eq!(
        slots("30 2 * * *", "Europe/Berlin", "2027-03-26T12:00:00Z", "2027-03-29T12:00:00Z"),
        ["03-27 01:30", "03-28 01:00", "03-29 00:30"]
    );
    // Sydney goes from 02:00 to 03:00 on 2027-10-03, at 16:00 UTC the day before.
    assert_eq!(
        slots("30 2 * * *", "Australia/Sydney", "2027-10-01T12:00:00Z", "2027-10-03T20:00:00Z"),
        ["10-01 16:30", "10-02 16:00", "10-03 15:30"]
    );
    // Lord Howe goes from 02:00 to 02:30 only.
    assert_eq!(
        slots("15 2 * * *", "Australia/Lord_Howe", "2027-10-01T12:00:00Z", "2027-10-03T20:00:00Z"),
        ["10-01 15:45", "10-02 15:30", "10-03 15:15"]
    );
}

#[test]
fn an_hour_that_comes_twice_runs_once() {
    // Berlin goes from 03:00 back to 02:00 on 2027-10-31, at 01:00 UTC.
    assert_eq!(slots("30 2 * * *", "Europe/Berlin", "2027-10-30T12:00:00Z", "2027-11-01T12:00:00Z"), ["10-31 00:30", "11-01 01:30"]);
    // Sydney goes from 03:00 back to 02:00 on 2027-04-04, at 16:00 UTC the day before.
    assert_eq!(
        slots("30 2 * * *", "Australia/Sydney", "2027-04-02T12:00:00Z", "2027-04-04T20:00:00Z"),
        ["04-02 15:30", "04-03 15:30", "04-04 16:30"]
    );
}

#[test]
fn looking_again_within_the_hour_that_comes_twice_finds_nothing_new() {
    // 02:30 was at 00:30 UTC; the clock on the wall says 02:10 again at 01:10 UTC.
    assert_eq!(slots("30 2 * * *", "Europe/Berlin", "2027-10-31T01:10:00Z", "2027-10-31T12:00:00Z"), Vec::<String>::new());
}

#[test]
fn what_comes_every_half_an_hour_goes_on_through_the_hour_that_comes_twice() {
    assert_eq!(slots("*/30 * * * *", "Europe/Berlin", "2027-10-31T00:30:00Z", "2027-10-31T02:00:00Z").len(), 4);
}

#[test]
fn what_cannot_be_read_names_its_field() {
    let refused = |cron: &str, zone: &str| match Timetable::read(cron, zone).and_then(|t| t.next(at("2027-01-01T00:00:00Z"))) {
        Err(problem) => problem.errors().first().map(|e| (e.field.clone(), e.code.clone())).unwrap_or_default(),
        Ok(next) => panic!("{cron} in {zone} comes at {next}"),
    };
    assert_eq!(refused("0 * * * *", "Europe/Atlantis").0, "zone");
    for cron in ["", "every day", "0 * * *", "60 * * * *", "0 0 0 * * *", "0 0 32 1 *", "0 0 30 2 *", "*/0 * * * *", "5-1 * * * *"] {
        assert_eq!(refused(cron, "UTC").0, "cron", "{cron:?}");
    }
    assert_eq!(refused("0 0 30 2 *", "UTC").1, "never");
}

#[test]
fn an_outage_of_a_week_is_listed_in_part() {
    let span = read("* * * * *", "UTC").between(at("2027-01-01T00:00:00Z"), at("2027-01-08T00:00:00Z")).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((span.slots.len(), span.unlisted), (100, 7 * 24 * 60 + 1 - 100));
    assert_eq!(span.slots.back(), Some(&at("2027-01-08T00:00:00Z")), "the newest ones");
}
