//! What a meter counts, and what it lets through.

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap() + Duration::seconds(seconds)
}

fn meter(per_minute: Option<u32>, per_month: Option<u32>) -> (Meter, Uuid) {
    let (meter, key) = (Meter::default(), Uuid::from_u128(1));
    let limits = Limits { key, lineage: key, organization: None, per_minute, per_month };
    assert!(meter.know(limits.clone()));
    meter.begin(&limits, &[], at(0));
    assert!(!meter.know(limits));
    (meter, key)
}

fn wait(problem: &Problem) -> i64 {
    problem.seconds_to_wait().unwrap().into()
}

#[test]
fn a_minute_slides_and_the_wait_it_names_is_right() {
    let (meter, key) = meter(Some(10), None);
    for _ in 0..10 {
        meter.take(key, at(30)).unwrap();
    }
    let refused = meter.take(key, at(31)).unwrap_err();
    assert_eq!(refused.kind(), kernel::problem::Kind::Throttled);
    let again = 31 + wait(&refused);
    assert!(meter.take(key, at(again - 1)).is_err(), "a second earlier it doesn't fit");
    meter.take(key, at(again)).unwrap();
    // Half of the first minute still lies within sixty seconds.
    assert_eq!((0..10).filter(|_| meter.take(key, at(90)).is_ok()).count(), 4);
    assert_eq!((0..20).filter(|_| meter.take(key, at(300)).is_ok()).count(), 10, "later all of them are free");
}

#[test]
fn a_month_is_the_calendars() {
    let (meter, key) = meter(None, Some(2));
    meter.take(key, at(0)).unwrap();
    meter.take(key, at(86_400)).unwrap();
    let refused = meter.take(key, at(2 * 86_400)).unwrap_err();
    let next = Utc.with_ymd_and_hms(2026, 12, 1, 0, 0, 0).unwrap();
    assert!((at(2 * 86_400) + Duration::seconds(wait(&refused)) - next).num_seconds().abs() <= 1);
    meter.take(key, next).unwrap();
}

#[test]
fn what_others_used_counts_and_nothing_is_lost_when_writing_fails() {
    let (meter, key) = meter(Some(10), None);
    meter.take(key, at(1)).unwrap();
    let batch = meter.drain(at(1));
    assert_eq!(batch.counts.iter().map(|c| (c.span.as_str(), c.count)).collect::<Vec<_>>(), [("minute", 1), ("month", 1)]);
    meter.take(key, at(2)).unwrap();
    meter.learn(key, Span::Minute, at(0), 8);
    assert_eq!(meter.left(key, at(2)).unwrap().state, "\"minute\";r=1;t=58");
    meter.give_back(batch);
    let all: u64 = meter.drain(at(70)).counts.iter().filter(|c| c.span == Span::Minute).map(|c| c.count).sum();
    assert_eq!(all, 2);
    let refused = Meter::default();
    assert!(refused.take(key, at(0)).is_ok(), "an unknown key has no limits here; the database says no to it");
}

#[test]
fn requests_that_are_alike_are_one_line_with_their_number() {
    let meter = Meter::default();
    let note = |status: u16, id: u128| {
        let request = Request { key: Uuid::from_u128(1), method: Method::GET, route: "/users".into(), status, address: None };
        let first = |organization| Access { id: Uuid::from_u128(id), organization, at: at(0), request_id: id.to_string(), requests: 1 };
        meter.note(request, first)
    };
    assert!(note(200, 1), "somebody has to write it");
    assert!(!note(200, 2) && !note(404, 3) && !note(200, 4));
    let lines = |batch: &Batch| {
        let mut lines: Vec<_> = batch.log.iter().map(|(r, a)| (r.status, a.request_id.clone(), a.requests)).collect();
        lines.sort_unstable();
        lines
    };
    let batch = meter.drain(at(1));
    assert_eq!(lines(&batch), [(200, "1".into(), 3), (404, "3".into(), 1)]);
    assert!(note(200, 5), "a new second has lines of its own");
    meter.give_back(batch);
    assert_eq!(lines(&meter.drain(at(2))), [(200, "1".into(), 4), (404, "3".into(), 1)], "what couldn't be written joins them");
}

#[test]
fn the_headers_name_each_limit() {
    let (meter, key) = meter(Some(60), Some(1000));
    meter.take(key, at(0)).unwrap();
    let left = meter.left(key, at(0)).unwrap();
    assert_eq!(left.policy, "\"minute\";q=60;w=60, \"month\";q=1000;w=2592000");
    assert!(left.state.starts_with("\"minute\";r=59;t=60, \"month\";r=999;t="), "{}", left.state);
}
