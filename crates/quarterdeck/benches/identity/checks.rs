//! How quickly the panel knows who is asking: five hundred sessions and two hundred keys at once, each looked up in the
//! database once a second and answered from memory in between.

use crate::Effort;
use crate::place::Place;
use crate::stats::{Dice, note, percentile};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use kernel::RequestInfo;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SESSIONS: usize = 500;
const KEYS: usize = 200;
/// Checks in a second on two cores.
const BAR: f64 = 15_000.0;

pub async fn run(effort: &Effort, cores: usize) {
    let place = Arc::new(Place::new().await);
    let owner = place.owner().await;
    let sessions = sessions(&place).await;
    measure(&place, effort, cores, "session check in the process", sessions, false).await;
    let keys = keys(&place, &owner).await;
    measure(&place, effort, cores, "API key check in the process, counted and logged", keys, true).await;
    place.app.auth.settle(&place.app).await.unwrap();
}

/// Headers of as many browsers, made behind the panel's back.
async fn sessions(place: &Place) -> Vec<HeaderMap> {
    let user: uuid::Uuid = place.db.query_one("select id from dashboard_auth.dashboard_users", &[]).await.unwrap().get(0);
    let mut made = Vec::new();
    for number in 0..SESSIONS {
        let (id, token) = (uuid::Uuid::from_u128(1000 + number as u128), kernel::secret::Token::random());
        place
            .db
            .execute(
                "insert into dashboard_auth.sessions (id, user_id, created_at, last_seen_at, proved_at, idle_expires_at, expires_at) \
                 values ($1, $2, now(), now(), now(), now() + interval '1 hour', now() + interval '1 hour')",
                &[&id, &user],
            )
            .await
            .unwrap();
        place
            .db
            .execute("insert into dashboard_auth.session_tokens (session_id, token_hash) values ($1, $2)", &[&id, &token.hash()])
            .await
            .unwrap();
        made.push(HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&format!("qd_staff={}", token.reveal())).unwrap())]));
    }
    made
}

async fn keys(place: &Place, owner: &str) -> Vec<HeaderMap> {
    let mut made = Vec::new();
    for number in 0..KEYS {
        let body = json!({"name": format!("key {number}"), "scopes": ["*"], "networks": ["127.0.0.0/8"], "per_minute": 1_000_000, "per_month": 2_000_000_000});
        let key = place.send(Method::POST, "/api/v1/keys", "127.0.0.1".parse().unwrap(), Some(owner), Some(body)).await;
        let bearer = format!("Bearer {}", key.body["key"].as_str().unwrap_or_else(|| panic!("{}", key.body)));
        made.push(HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(&bearer).unwrap())]));
    }
    made
}

async fn measure(place: &Arc<Place>, effort: &Effort, cores: usize, name: &str, callers: Vec<HeaderMap>, whole: bool) {
    let callers = Arc::new(callers);
    let request = RequestInfo { address: "127.0.0.1".parse().ok(), ..RequestInfo::default() };
    for headers in callers.iter() {
        place.app.auth.authenticate(&place.app, headers, &request).await.unwrap().expect("it is known");
    }
    let started = Instant::now();
    let tasks: Vec<_> = (0..cores)
        .map(|core| {
            let (place, callers, time) = (place.clone(), callers.clone(), effort.time);
            tokio::spawn(async move {
                let app = &place.app;
                let request = RequestInfo { id: "0".repeat(32), address: "127.0.0.1".parse().ok(), ..RequestInfo::default() };
                let endpoint = app.registry.endpoints().iter().find(|e| e.id == "users.list").expect("there are users");
                let mut dice = Dice(7 + core as u64);
                let (mut times, end) = (Vec::new(), Instant::now() + time);
                while Instant::now() < end {
                    let headers = &callers[dice.below(callers.len())];
                    let begun = Instant::now();
                    let caller = app.auth.authenticate(app, headers, &request).await.unwrap().expect("it is known");
                    if whole {
                        app.auth.admit(app, &caller).unwrap();
                        app.auth.answered(app, &caller, &request, endpoint, StatusCode::OK, &mut HeaderMap::new());
                    }
                    times.push(begun.elapsed());
                    // The connections to the database are driven by the same threads.
                    tokio::task::yield_now().await;
                }
                times
            })
        })
        .collect();
    let mut times: Vec<Duration> = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of samples")]
    let rate = times.len() as f64 / started.elapsed().as_secs_f64();
    let (p50, p99, p999) = (percentile(&mut times, 0.5), percentile(&mut times, 0.99), percentile(&mut times, 0.999));
    note(
        name,
        Some(rate >= BAR && p99 <= 2.0),
        &format!(
            "{rate:.0}/s on {cores} cores, p50 {p50:.4} ms, p99 {p99:.4} ms, p99.9 {p999:.2} ms (bars {BAR:.0}/s, p99 2 ms); {} callers",
            callers.len()
        ),
        json!({"perSecond": rate, "p50": p50, "p99": p99, "p999": p999}),
    );
}
