//! What identity costs, on a real PostgreSQL and in the process itself: `cargo bench --bench identity`. One JSON line for
//! each bar on standard output; `bench/run` adds them to its report. `BENCH_ONLY=sign-ins` runs one part alone.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement that can't go on should stop loudly"
)]

mod checks;
mod doors;
mod place;
mod sign_ins;
mod stats;
mod timing;

use std::time::Duration;

/// How long each of them takes, and how many samples timing has of each kind of account at each door.
pub struct Effort {
    pub time: Duration,
    pub samples: usize,
}

fn main() {
    // `cargo bench` and `cargo test --benches` add flags of their own, which mean nothing here.
    let number = |name: &str, without: u64| {
        let given = std::env::vars().find(|(n, _)| n == name).map(|(_, value)| value);
        given.map_or(without, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
    };
    let effort = Effort {
        time: Duration::from_secs(number("BENCH_SECONDS", 8)),
        samples: usize::try_from(number("BENCH_SAMPLES", 21_200)).expect("it fits"),
    };
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(cores).enable_all().build().expect("a runtime");
    let only = std::env::vars().find(|(name, _)| name == "BENCH_ONLY").map(|(_, part)| part);
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    runtime.block_on(async {
        if wanted("checks") {
            checks::run(&effort, cores).await;
        }
        if wanted("sign-ins") {
            sign_ins::run(&effort, cores).await;
        }
        if wanted("timing") {
            let door = std::env::vars().find(|(name, _)| name == "BENCH_DOOR").map(|(_, door)| door);
            timing::run(&effort, door.as_deref()).await;
        }
    });
}
