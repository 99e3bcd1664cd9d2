//! The work that waits for a thread, and the threads. Two crews: one for everybody, and one that works for strangers while
//! they mostly fail, on whatever time nobody else wants.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

pub(super) type Work = Box<dyn FnOnce() + Send>;

/// How far the first crew stands back behind all others (`nice`): it gets what is left, and a tenth when nothing is.
const STAND_BACK: i32 = 10;
/// Strangers' wrong passwords, less three for each right one, from which on they have the second crew.
pub(super) const SUSPICIOUS: usize = 16;
/// Counted no further, so that a storm is forgotten as soon as it is over.
const MOST_SUSPICIOUS: usize = 2 * SUSPICIOUS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crew {
    /// For familiar browsers first, and for strangers as long as their passwords mostly fit.
    First,
    /// For strangers who mostly fail: a thread of it gives way at once to whatever else wants its processor, where one that
    /// is merely nice keeps it until its time slice ends, ten milliseconds on many systems.
    Idle,
}

pub(super) struct Queue {
    state: Mutex<Waiting>,
    first: Condvar,
    idle: Condvar,
    threads: usize,
}

#[derive(Default)]
struct Waiting {
    known: VecDeque<Work>,
    strangers: VecDeque<Work>,
    suspicion: usize,
    closed: bool,
}

impl Waiting {
    /// Who works for strangers at this moment.
    fn for_strangers(&self) -> Crew {
        if self.suspicion < SUSPICIOUS { Crew::First } else { Crew::Idle }
    }

    fn next(&mut self, crew: Crew) -> Option<Work> {
        let known = if crew == Crew::First { self.known.pop_front() } else { None };
        known.or_else(|| if self.closed || self.for_strangers() == crew { self.strangers.pop_front() } else { None })
    }
}

impl Queue {
    pub(super) fn new(threads: usize) -> Self {
        Self { state: Mutex::default(), first: Condvar::new(), idle: Condvar::new(), threads }
    }

    fn state(&self) -> MutexGuard<'_, Waiting> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn crew(&self, crew: Crew) -> &Condvar {
        match crew {
            Crew::First => &self.first,
            Crew::Idle => &self.idle,
        }
    }

    pub(super) fn add(&self, work: Work, known: bool) {
        let mut state = self.state();
        if known {
            state.known.push_back(work);
            self.first.notify_one();
        } else {
            state.strangers.push_back(work);
            self.crew(state.for_strangers()).notify_one();
        }
    }

    pub(super) fn close(&self) {
        self.state().closed = true;
        self.first.notify_all();
        self.idle.notify_all();
    }

    /// Takes note of how a stranger's attempt ended.
    pub(super) fn saw(&self, fits: bool) {
        let mut state = self.state();
        let before = state.for_strangers();
        state.suspicion = if fits { state.suspicion.saturating_sub(3) } else { (state.suspicion + 1).min(MOST_SUSPICIOUS) };
        let after = state.for_strangers();
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
            } else {
                state = self.crew(crew).wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Starts the threads: as many as may be for everybody, and one less for strangers who mostly fail, so that the
    /// memory and the caches of one processor are never theirs.
    pub(super) fn start(queue: &Arc<Self>) {
        for (crew, count) in [(Crew::First, queue.threads), (Crew::Idle, (queue.threads - 1).max(1))] {
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
        self.state().for_strangers() == Crew::Idle
    }
}

/// Puts the thread that calls behind all others (sched(7)): `nice`, or `SCHED_IDLE` for the second crew.
fn stand_back(crew: Crew) {
    let done = match crew {
        Crew::First => rustix::process::nice(STAND_BACK).map(drop).map_err(|e| e.to_string()),
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
    fn the_second_crew_runs_only_when_nobody_else_wants_to() {
        let policy = std::thread::spawn(|| {
            stand_back(Crew::Idle);
            thread_priority::thread_schedule_policy().unwrap()
        });
        let idle = thread_priority::ThreadSchedulePolicy::Normal(thread_priority::NormalThreadSchedulePolicy::Idle);
        assert_eq!(policy.join().unwrap(), idle);
    }
}
