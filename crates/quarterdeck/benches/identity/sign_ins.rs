//! Signing in at the full cost of passwords: how many succeed in a second, and what five hundred bad ones a second do to
//! whoever is signed in, to known devices, and to those who are turned away.

use crate::Effort;
use crate::place::{Place, cookies};
use crate::stats::{Dice, note, percentile};
use http::{Method, StatusCode, header};
use serde_json::json;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use testkit::{OWNER_EMAIL, PASSWORD};

const BAD_PER_SECOND: u32 = 500;
/// Requests of somebody who is signed in, in a second.
const PACE: u32 = 100;

pub async fn run(effort: &Effort, cores: usize) {
    let place = Arc::new(Place::new().await);
    let owner = place.owner().await;
    good(&place, effort, cores).await;
    bad(&place, effort, &owner).await;
}

fn here() -> IpAddr {
    "127.0.0.1".parse().unwrap()
}

/// As many right passwords as go through, of eight accounts.
async fn good(place: &Arc<Place>, effort: &Effort, cores: usize) {
    place
        .db
        .batch_execute(
            "insert into dashboard_auth.dashboard_users (id, email, name, role_id, password_hash, password_set_at) \
             select gen_random_uuid(), 'staff' || n || '@example.com', 'Staff', role_id, password_hash, now() from dashboard_auth.dashboard_users, generate_series(0, 7) n",
        )
        .await
        .unwrap();
    let done = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let tasks: Vec<_> = (0..2 * cores)
        .map(|task| {
            let (place, done, time) = (place.clone(), done.clone(), effort.time);
            tokio::spawn(async move {
                let end = Instant::now() + time;
                while Instant::now() < end {
                    let answer = place.sign_in(&format!("staff{}@example.com", task % 8), PASSWORD, here(), None).await;
                    if answer.status == StatusCode::OK {
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of sign-ins")]
    let rate = done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64() / cores as f64;
    note(
        "password sign-ins per core",
        Some(rate >= 30.0),
        &format!("{rate:.1}/s per core at argon2id 19 MiB, t=2 (bar 30), audited and with their session"),
        json!({"perSecondAndCore": rate}),
    );
}

/// The times of a person who looks at lists, one request every ten milliseconds. An answer that isn't the list counts as
/// the longest time there is.
async fn at_work(place: &Place, owner: &str, time: Duration) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut tick = tokio::time::interval(Duration::from_secs(1) / PACE);
    let end = Instant::now() + time;
    while Instant::now() < end {
        tick.tick().await;
        let answer = place.send(Method::GET, "/api/v1/staff?limit=20", here(), Some(owner), None).await;
        times.push(if answer.status == StatusCode::OK { answer.took } else { Duration::from_secs(60) });
    }
    times
}

/// What became of the attempts of strangers.
#[derive(Default)]
struct Turned {
    refused: usize,
    put_off: Vec<Duration>,
    other: Vec<u16>,
}

async fn flood(place: Arc<Place>, over: Arc<AtomicBool>, mut dice: Dice) -> Turned {
    let (mut turned, mut tick) = (Turned::default(), tokio::time::interval(Duration::from_secs(1) / BAD_PER_SECOND));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let mut attempts = tokio::task::JoinSet::new();
    let mut count = |answer: crate::place::Answer| match answer.status {
        StatusCode::UNAUTHORIZED => turned.refused += 1,
        StatusCode::SERVICE_UNAVAILABLE if answer.headers.contains_key(header::RETRY_AFTER) => turned.put_off.push(answer.took),
        other => turned.other.push(other.as_u16()),
    };
    while !over.load(Ordering::Relaxed) {
        tick.tick().await;
        let (place, from, who) = (place.clone(), dice.address(), dice.next());
        attempts.spawn(async move { place.sign_in(&format!("user{who}@example.com"), "wrong-horse-battery", from, None).await });
        while let Some(answer) = attempts.try_join_next() {
            count(answer.unwrap());
        }
    }
    while let Some(answer) = attempts.join_next().await {
        count(answer.unwrap());
    }
    turned
}

/// Times of calm and of storm, in turns: what else disturbs this machine disturbs both.
const TURNS: u64 = 3;

async fn bad(place: &Arc<Place>, effort: &Effort, owner: &str) {
    let device = cookies(&place.sign_in(OWNER_EMAIL, PASSWORD, here(), None).await.headers);
    at_work(place, owner, Duration::from_secs(1)).await;
    let (mut idle, mut stormy) = (Vec::new(), Vec::new());
    let (mut turned, mut entered, mut kept_out) = (Turned::default(), 0, 0);
    for turn in 0..TURNS {
        idle.append(&mut at_work(place, owner, effort.time).await);
        let over = Arc::new(AtomicBool::new(false));
        let storm = tokio::spawn(flood(place.clone(), over.clone(), Dice(42 + turn)));
        let known = tokio::spawn(known_device(place.clone(), device.clone(), over.clone()));
        tokio::time::sleep(Duration::from_millis(500)).await;
        stormy.append(&mut at_work(place, owner, effort.time).await);
        over.store(true, Ordering::Relaxed);
        let (mut attempts, (came, stayed)) = (storm.await.unwrap(), known.await.unwrap());
        turned.refused += attempts.refused;
        turned.put_off.append(&mut attempts.put_off);
        turned.other.append(&mut attempts.other);
        (entered, kept_out) = (entered + came, kept_out + stayed);
    }

    let (calm, rough) = (percentile(&mut idle, 0.99), percentile(&mut stormy, 0.99));
    note(
        "signed in, during 500 bad sign-ins a second",
        Some(rough < 2.0 * calm),
        &format!(
            "p99 {rough:.2} ms against {calm:.2} ms idle: {:.2} times (bar 2); p50 {:.2} and {:.2} ms; {TURNS} turns",
            rough / calm,
            percentile(&mut stormy, 0.5),
            percentile(&mut idle, 0.5)
        ),
        json!({"idleP99": calm, "p99": rough, "ratio": rough / calm}),
    );
    note(
        "known devices, during 500 bad sign-ins a second",
        Some(kept_out == 0 && entered > 0),
        &format!("{entered} signed in, {kept_out} refused (bar 0)"),
        json!({"entered": entered, "refused": kept_out}),
    );
    let (answers, slowest) = (turned.put_off.len(), percentile(&mut turned.put_off, 0.99));
    note(
        "queue full",
        Some(answers > 0 && slowest < 50.0 && turned.other.is_empty()),
        &format!(
            "{answers} answers of 503 with Retry-After, p99 {slowest:.2} ms (bar 50 ms); {} wrong passwords answered, {} other answers",
            turned.refused,
            turned.other.len()
        ),
        json!({"p99": slowest, "answers": answers}),
    );
}

/// Somebody who signs in from a browser that did before, five times a second.
async fn known_device(place: Arc<Place>, device: String, over: Arc<AtomicBool>) -> (usize, usize) {
    let (mut entered, mut kept_out) = (0, 0);
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    while !over.load(Ordering::Relaxed) {
        tick.tick().await;
        let answer = place.sign_in(OWNER_EMAIL, PASSWORD, "203.0.113.77".parse().unwrap(), Some(&device)).await;
        if answer.status == StatusCode::OK { entered += 1 } else { kept_out += 1 }
    }
    (entered, kept_out)
}
