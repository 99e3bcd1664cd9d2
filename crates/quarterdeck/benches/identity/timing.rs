//! Whether an answer, or the time it takes, tells which accounts there are: at every door where a stranger can name an
//! address, for every kind of account there, in random order, through the whole request. Passwords cost as little as
//! argon2id can, so that the rest isn't hidden behind it: what is left is what an attacker with endless patience would see.

use crate::Effort;
use crate::doors::{self, DOORS, Door};
use crate::place::Place;
use crate::stats::{Dice, note, welch};
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Attempts at one account before its brakes would answer instead.
const EACH: usize = 8;
/// The slowest of all are the machine's moods, not the panel's.
const KEPT: f64 = 0.95;
/// Answers before the caches are warm.
const WARM: usize = 200;
const BAR: f64 = 4.5;

/// `only`: the one door that is of interest.
pub async fn run(effort: &Effort, only: Option<&str>) {
    let place = Place::with_cheap_passwords(&doors::SETTINGS).await;
    place.owner().await;
    doors::furnish(&place, effort.samples.div_ceil(EACH)).await;
    let mut dice = Dice(99);
    for door in DOORS.into_iter().filter(|door| only.is_none_or(|only| only == door.name)) {
        let (times, answers) = knock(&place, &door, effort.samples, &mut dice).await;
        report(&door, &times, &answers);
    }
}

/// The times of every kind in microseconds, and the different answers that there were.
async fn knock(place: &Place, door: &Door, samples: usize, dice: &mut Dice) -> (Vec<Vec<f64>>, BTreeSet<String>) {
    let mut order: Vec<(usize, usize)> = (0..door.kinds.len()).flat_map(|kind| (0..samples).map(move |n| (kind, n / EACH + 1))).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, dice.below(at + 1));
    }
    let mut times = vec![Vec::new(); door.kinds.len()];
    let mut answers = BTreeSet::new();
    for (warm, (kind, account)) in order.into_iter().enumerate() {
        let body = (door.asks)(&door.kinds[kind].email(account));
        let answer = place.send(Method::POST, door.path, dice.address(), None, Some(body)).await;
        assert_eq!(answer.status, door.status, "{}: {}", door.name, answer.body);
        let mut body = answer.body;
        body["request_id"] = Value::Null;
        let cookies = answer.headers.get_all(http::header::SET_COOKIE).iter().count();
        answers.insert(format!("{} {cookies} {body}", answer.status));
        if warm >= WARM {
            times[kind].push(answer.took.as_secs_f64() * 1e6);
        }
    }
    (times, answers)
}

fn report(door: &Door, times: &[Vec<f64>], answers: &BTreeSet<String>) {
    note(
        &format!("{}: every kind of account", door.name),
        Some(answers.len() == 1),
        &format!("{} different answers (bar 1)", answers.len()),
        json!({"answers": answers.len()}),
    );
    let mut all: Vec<f64> = times.iter().flatten().copied().collect();
    all.sort_unstable_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index into the list")]
    let limit = all[(all.len() as f64 * KEPT) as usize];
    let kept: Vec<Vec<f64>> = times.iter().map(|t| t.iter().copied().filter(|v| *v <= limit).collect()).collect();
    let (first, others) = kept.split_first().expect("a door has kinds");
    for (kind, other) in door.kinds[1..].iter().zip(others) {
        let t = welch(first, other);
        #[expect(clippy::cast_precision_loss, reason = "a mean of samples")]
        let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
        note(
            &format!("time of a {}, {} against {}", door.name, door.kinds[0].name(), kind.name()),
            Some(t.abs() < BAR),
            &format!(
                "Welch |t| {:.2} (bar {BAR}) over {} and {} samples at the lowest cost of argon2id, the slowest 5 % left out; means {:.1} and {:.1} µs",
                t.abs(),
                first.len(),
                other.len(),
                mean(first),
                mean(other)
            ),
            json!({"t": t, "samples": other.len()}),
        );
    }
}
