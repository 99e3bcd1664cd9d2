//! Callers kept in memory for a second, so that the hot path asks no database, and a revocation elsewhere counts
//! here within that second. On the node that changed something it counts at once: the cache is emptied.

use crate::restrictions::Door;
use chrono::{DateTime, Duration, Utc};
use kernel::Caller;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How long an answer counts.
const FRESH: Duration = Duration::milliseconds(1000);
/// More callers than this in one second are not kept.
const MOST: usize = 20_000;

/// A caller, and until when the credential is good whoever asks.
#[derive(Clone, Debug)]
pub struct Known {
    pub caller: Caller,
    pub until: DateTime<Utc>,
    /// What the platform, the organization or the key itself asks of every request.
    pub door: Door,
}

#[derive(Default)]
struct Kept {
    entries: HashMap<Vec<u8>, (DateTime<Utc>, Known)>,
    /// Raised by every emptying, so that an answer read before one isn't kept after it.
    generation: u64,
}

#[derive(Default)]
pub struct Cache(Mutex<Kept>);

impl Cache {
    /// The caller of a credential, when it was asked for less than a second ago.
    #[must_use]
    pub fn get(&self, hash: &[u8], now: DateTime<Utc>) -> Option<Known> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, known) = kept.entries.get(hash)?;
        let age = now - *at;
        (age >= Duration::zero() && age < FRESH && now < known.until).then(|| known.clone())
    }

    /// Taken before asking the database, given to [`Cache::keep`] after.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).generation
    }

    pub fn keep(&self, generation: u64, hash: Vec<u8>, now: DateTime<Utc>, known: Known) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.generation != generation {
            return;
        }
        if kept.entries.len() >= MOST {
            kept.entries.retain(|_, (at, _)| now - *at < FRESH);
        }
        if kept.entries.len() < MOST {
            kept.entries.insert(hash, (now, known));
        }
    }

    pub fn empty(&self) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entries.clear();
        kept.generation += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::milliseconds(millis)
    }

    fn known(until: i64) -> Known {
        Known { caller: Caller::system("test"), until: at(until), door: Door::default() }
    }

    #[test]
    fn an_answer_counts_for_less_than_a_second() {
        let cache = Cache::default();
        cache.keep(cache.generation(), vec![1], at(0), known(10_000));
        assert!(cache.get(&[1], at(999)).is_some());
        assert!(cache.get(&[1], at(1000)).is_none());
        assert!(cache.get(&[1], at(-1)).is_none(), "a clock that was set back makes nothing young again");
        assert!(cache.get(&[2], at(0)).is_none());
    }

    #[test]
    fn an_expiry_within_the_second_counts() {
        let cache = Cache::default();
        cache.keep(cache.generation(), vec![1], at(0), known(500));
        assert!(cache.get(&[1], at(499)).is_some());
        assert!(cache.get(&[1], at(500)).is_none());
    }

    #[test]
    fn an_answer_from_before_a_change_is_not_kept_after_it() {
        let cache = Cache::default();
        let before = cache.generation();
        cache.empty();
        cache.keep(before, vec![1], at(0), known(10_000));
        assert!(cache.get(&[1], at(1)).is_none());
    }
}
