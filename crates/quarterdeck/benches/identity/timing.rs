//! Whether the time of a refusal tells which accounts there are: unknown, known, suspended, and without a password, in
//! random order, through the whole sign-in. Passwords cost as little as argon2id can, so that the rest isn't hidden
//! behind it: what is left is what an attacker with endless patience would see.

use crate::Effort;
use crate::place::Place;
use crate::stats::{Dice, note, welch};
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const KINDS: [&str; 4] = ["known", "unknown", "suspended", "without a password"];
/// Attempts at one account before its brakes would answer instead.
const EACH: usize = 8;
/// The slowest of all are the machine's moods, not the panel's.
const KEPT: f64 = 0.95;
const BAR: f64 = 4.5;

pub async fn run(effort: &Effort) {
    let place = Place::with_cheap_passwords().await;
    place.owner().await;
    let accounts = effort.samples.div_ceil(EACH);
    let sql = format!(
        "insert into dashboard_auth.dashboard_users (id, email, name, role_id, status, password_hash, password_set_at) \
         select gen_random_uuid(), k.word || n || '@example.com', 'Staff', u.role_id, k.status, case when k.has then u.password_hash end, now() \
         from dashboard_auth.dashboard_users u, generate_series(1, {accounts}) n, (values ('known', 'active', true), ('suspended', 'suspended', true), ('sso', 'active', false)) k (word, status, has)"
    );
    place.db.batch_execute(&sql).await.unwrap();
    place.db.batch_execute("vacuum analyze dashboard_auth.dashboard_users").await.unwrap();

    let mut dice = Dice(99);
    let mut order: Vec<(usize, usize)> = (0..KINDS.len()).flat_map(|kind| (0..effort.samples).map(move |n| (kind, n / EACH + 1))).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, dice.below(at + 1));
    }
    let mut times: [Vec<f64>; 4] = Default::default();
    let mut bodies: BTreeSet<String> = BTreeSet::new();
    for (warm, (kind, account)) in order.into_iter().enumerate() {
        let word = ["known", "unknown", "suspended", "sso"][kind];
        let answer = place.sign_in(&format!("{word}{account}@example.com"), "wrong-horse-battery", dice.address(), None).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
        let mut body = answer.body;
        body["request_id"] = Value::Null;
        bodies.insert(body.to_string());
        if warm >= 200 {
            times[kind].push(answer.took.as_secs_f64() * 1e6);
        }
    }
    note(
        "refusals of every kind of account",
        Some(bodies.len() == 1),
        &format!("{} different bodies (bar 1)", bodies.len()),
        json!({"bodies": bodies.len()}),
    );
    let mut all: Vec<f64> = times.iter().flatten().copied().collect();
    all.sort_unstable_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index into the list")]
    let limit = all[(all.len() as f64 * KEPT) as usize];
    let kept: Vec<Vec<f64>> = times.iter().map(|t| t.iter().copied().filter(|v| *v <= limit).collect()).collect();
    for kind in 1..KINDS.len() {
        let t = welch(&kept[0], &kept[kind]);
        #[expect(clippy::cast_precision_loss, reason = "a mean of samples")]
        let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
        note(
            &format!("time of a refusal, known against {}", KINDS[kind]),
            Some(t.abs() < BAR),
            &format!(
                "Welch |t| {:.2} (bar {BAR}) over {} and {} samples at the lowest cost of argon2id, the slowest 5 % left out; means {:.1} and {:.1} µs",
                t.abs(),
                kept[0].len(),
                kept[kind].len(),
                mean(&kept[0]),
                mean(&kept[kind])
            ),
            json!({"t": t, "samples": kept[kind].len()}),
        );
    }
}
