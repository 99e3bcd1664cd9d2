//! The work that waits for a thread, and the threads. Two crews: one for quiet times, and one that works while strangers
//! mostly fail, on whatever time nobody else wants.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(super) type Work = Box<dyn FnOnce() + Send>;

/// How far the nice crew stands back behind all others (`nice`): it gets what is left, and a tenth when nothing is.
const STAND_BACK: i32 = 10;
/// Strangers' wrong passwords, less three for each right one, from which on the idle crew works.
pub(super) const SUSPICIOUS: usize = 16;
/// How long somebody known waits for the idle crew, which gets nothing while the processors have other work.
const PATIENCE: Duration = Duration::from_millis(200);
/// Counted no further, so that a storm is forgotten as soon as it is over.
const MOST_SUSPICIOUS: usize = 2 * SUSPICIOUS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crew {
    /// Nice threads, which always get on.
    Nice,
    /// Threads that give way at once to whatever else wants their processor. One that is merely nice keeps it until its time
    /// slice ends, ten milliseconds on many systems, and whoever is signed in would wait for that.
    Idle,
}

pub(super) struct Queue {
    state: Mutex<Waiting>,
    nice: Condvar,
    idle: Condvar,
    threads: usize,
}

#[derive(Default)]
struct Waiting {
    /// With the time each came.
    known: VecDeque<(Instant, Work)>,
    strangers: VecDeque<Work>,
    suspicion: usize,
    closed: bool,
}

impl Waiting {
    /// Who works at this moment.
    fn crew(&self) -> Crew {
        if self.suspicion < SUSPICIOUS { Crew::Nice } else { Crew::Idle }
    }

    /// The next work for a crew: familiar browsers first. What they have waited for too long is the nice crew's in any case.
    fn next(&mut self, crew: Crew) -> Option<Work> {
        let on = self.closed || self.crew() == crew;
        let late = crew == Crew::Nice && self.known.front().is_some_and(|(came, _)| came.elapsed() >= PATIENCE);
        let known = if on || late { self.known.pop_front().map(|(_, work)| work) } else { None };
        known.or_else(|| if on { self.strangers.pop_front() } else { None })
    }

    /// How long the nice crew leaves those who are known to the other.
    fn patience(&self) -> Option<Duration> {
        self.known.front().map(|(came, _)| PATIENCE.saturating_sub(came.elapsed()))
    }
}

impl Queue {
    pub(super) fn new(threads: usize) -> Self {
        Self { state: Mutex::default(), nice: Condvar::new(), idle: Condvar::new(), threads }
    }

    fn state(&self) -> MutexGuard<'_, Waiting> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn crew(&self, crew: Crew) -> &Condvar {
        match crew {
            Crew::Nice => &self.nice,
            Crew::Idle => &self.idle,
        }
    }

    pub(super) fn add(&self, work: Work, known: bool) {
        let mut state = self.state();
        if known {
            state.known.push_back((Instant::now(), work));
            // Whichever crew is on takes it; the nice one watches that it doesn't wait for too long.
            self.nice.notify_one();
        } else {
            state.strangers.push_back(work);
        }
        self.crew(state.crew()).notify_one();
    }

    pub(super) fn close(&self) {
        self.state().closed = true;
        self.nice.notify_all();
        self.idle.notify_all();
    }

    /// Takes note of how a stranger's attempt ended.
    pub(super) fn saw(&self, fits: bool) {
        let mut state = self.state();
        let before = state.crew();
        state.suspicion = if fits { state.suspicion.saturating_sub(3) } else { (state.suspicion + 1).min(MOST_SUSPICIOUS) };
        let after = state.crew();
        if before != after {
            // Those who wait now are the other crew's.
            self.crew(after).notify_all();
        }
    }

    /// Works until there will be no more.
    fn work(&self, crew: Crew) {
        let mut state = self.state();
        loop {
            if let Some(work) = state.next(crew) {
                drop(state);
                work();
                state = self.state();
            } else if state.closed {
                return;
            } else if crew == Crew::Nice
                && let Some(patience) = state.patience()
            {
                state = self.nice.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner).0;
            } else {
                state = self.crew(crew).wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Starts the threads: as many nice ones as may be, and one idle one less, so that a storm never has the memory and the
    /// caches of every processor.
    pub(super) fn start(queue: &Arc<Self>) {
        for (crew, count) in [(Crew::Nice, queue.threads), (Crew::Idle, (queue.threads - 1).max(1))] {
            for number in 0..count {
                let queue = queue.clone();
                let name = format!("hash-{}{number}", if crew == Crew::Idle { "idle-" } else { "" });
                let started = std::thread::Builder::new().name(name).spawn(move || {
                    stand_back(crew);
                    queue.work(crew);
                });
                if let Err(error) = started {
                    tracing::error!(error = %error, "a thread for hashing passwords can't be started");
                }
            }
        }
    }

    #[cfg(test)]
    pub(super) fn suspects(&self) -> bool {
        self.state().crew() == Crew::Idle
    }
}

/// Puts the thread that calls behind all others (sched(7)): `nice`, or `SCHED_IDLE` for the idle crew.
fn stand_back(crew: Crew) {
    let done = match crew {
        Crew::Nice => rustix::process::nice(STAND_BACK).map(drop).map_err(|e| e.to_string()),
        Crew::Idle => idle().map_err(|e| e.to_string()),
    };
    if let Err(error) = done {
        tracing::debug!(error, "hashing can't stand back behind other work here");
    }
}

fn idle() -> Result<(), thread_priority::Error> {
    use thread_priority::{
        NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
    };
    let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_idle_crew_runs_only_when_nobody_else_wants_to() {
        let policy = std::thread::spawn(|| {
            stand_back(Crew::Idle);
            thread_priority::thread_schedule_policy().unwrap()
        });
        let idle = thread_priority::ThreadSchedulePolicy::Normal(thread_priority::NormalThreadSchedulePolicy::Idle);
        assert_eq!(policy.join().unwrap(), idle);
    }
}
