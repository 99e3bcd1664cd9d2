//! What the queue does, on a real PostgreSQL and in the process itself: `cargo bench --bench jobs`. One JSON line for each
//! figure on standard output; `bench/run` adds them to its report, with graphile-worker beside them on the same server.
//! `BENCH_ONLY=together` runs one part alone.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement that can't go on should stop loudly"
)]

mod peer;
mod place;

use place::Place;
use serde_json::json;
use std::time::{Duration, Instant};
use work::worker::Pace;

/// Hands of the worker where it is to be as fast as it can.
const SLOTS: usize = 500;

fn main() {
    let number = |name: &str, without: u64| {
        let given = std::env::vars().find(|(n, _)| n == name).map(|(_, value)| value);
        given.map_or(without, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
    };
    let jobs = i64::try_from(number("BENCH_JOBS", 100_000)).unwrap();
    let held = Duration::from_secs(number("BENCH_HELD_SECONDS", 180));
    let only = std::env::vars().find(|(name, _)| name == "BENCH_ONLY").map(|(_, part)| part);
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(cores).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let place = Place::new().await;
        if wanted("together") {
            together(&place, jobs).await;
        }
        if wanted("one-by-one") {
            let rate = place.burn(jobs / 4, SLOTS, Pace { together: 1, writers: 12 }).await;
            println!(
                "{}",
                json!({"name": "jobs ended one by one", "per_second": rate, "bar": 3000, "met": rate >= 3000.0, "text": format!("{rate:.0} jobs/s (bar 3,000)")})
            );
        }
        if wanted("start") {
            start(&place).await;
        }
        if wanted("held") {
            held_open(&place, held).await;
        }
    });
}

/// Ours and theirs in turn, so that both have the same minutes.
async fn together(place: &Place, jobs: i64) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        ours.push(place.burn(jobs, SLOTS, Pace::default()).await);
        theirs.push(peer::burn(place, jobs).await);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let ratio = ours / theirs;
    println!(
        "{}",
        json!({"name": "jobs ended together", "per_second": ours, "graphile_worker_per_second": theirs, "ratio": ratio, "bar": 1.2, "met": ratio >= 1.2 && ours >= 10_000.0,
          "text": format!("{ours:.0} jobs/s (bar 10,000), graphile-worker {theirs:.0}: {ratio:.2} × (bar 1.2)")})
    );
}

/// How soon a job begins that is queued while nothing else happens.
async fn start(place: &Place) {
    let mut took = place.latencies(400).await;
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    let (half, most) = (at(0.5), at(0.99));
    println!(
        "{}",
        json!({"name": "from queued to begun, idle", "p50_ms": half, "p99_ms": most, "bar_p50_ms": 3, "bar_p99_ms": 20, "met": half <= 3.0 && most <= 20.0,
          "text": format!("p50 {half:.1} ms (bar 3), p99 {most:.1} ms (bar 20)")})
    );
}

/// Somebody forgets a transaction, so that nothing that was deleted since can be cleaned away.
async fn held_open(place: &Place, time: Duration) {
    let span = Duration::from_secs(20).min(time / 3);
    let before = place.steady(span).await;
    let forgotten = place.forgotten().await;
    let until = Instant::now() + time.saturating_sub(span);
    while Instant::now() < until {
        place.steady(span.min(until - Instant::now())).await;
    }
    let after = place.steady(span).await;
    drop(forgotten);
    let share = after / before;
    println!(
        "{}",
        json!({"name": "with a transaction held open", "seconds": time.as_secs(), "before_per_second": before, "after_per_second": after, "ratio": share,
          "bar": 0.9, "met": share >= 0.9, "text": format!("after {} s {:.0} % of {before:.0} jobs/s (bar 90 %)", time.as_secs(), share * 100.0)})
    );
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
