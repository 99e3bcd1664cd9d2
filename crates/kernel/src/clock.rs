//! Time and ids, from one place, so that tests are exact. Everything else is banned by clippy from asking
//! the machine for either.

use chrono::{DateTime, Duration, SubsecRound, Utc};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// Where the time comes from: the machine, or a test's hand.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    Fixed(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    #[must_use]
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self::Fixed(Arc::new(Mutex::new(at)))
    }

    /// Now, cut to microseconds: PostgreSQL keeps no more, and what is written must equal what is read.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
            Self::System => Utc::now().trunc_subsecs(6),
            Self::Fixed(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a fixed clock; the machine's clock is left alone.
    pub fn advance(&self, by: Duration) {
        if let Self::Fixed(at) = self {
            *at.lock().unwrap_or_else(PoisonError::into_inner) += by;
        }
    }
}

/// Where ids come from: time-ordered UUIDv7 (RFC 9562 §5.7), or a counted sequence in tests.
#[derive(Clone, Debug, Default)]
pub enum Ids {
    #[default]
    Random,
    Counted(Arc<AtomicU64>),
}

impl Ids {
    #[must_use]
    pub fn counted() -> Self {
        Self::Counted(Arc::default())
    }

    #[must_use]
    pub fn next(&self, clock: &Clock) -> Uuid {
        let millis = u64::try_from(clock.now().timestamp_millis()).unwrap_or(0);
        let mut tail = [0_u8; 10];
        match self {
            #[expect(clippy::disallowed_methods, reason = "with the tokens of kernel::secret the only randomness")]
            Self::Random => {
                // Within one millisecond ids still sort by creation: the system's generator keeps a counter.
                if matches!(clock, Clock::System) {
                    return Uuid::now_v7();
                }
                rand::RngCore::fill_bytes(&mut rand::rng(), &mut tail);
            }
            Self::Counted(n) => {
                let n = n.fetch_add(1, Ordering::Relaxed);
                tail[2..].copy_from_slice(&n.to_be_bytes());
            }
        }
        uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_stands_still_until_moved() {
        let clock = Clock::fixed(DateTime::UNIX_EPOCH);
        assert_eq!(clock.now(), clock.now());
        clock.advance(Duration::seconds(5));
        assert_eq!(clock.now().timestamp(), 5);
    }

    #[test]
    fn ids_sort_by_creation() {
        for ids in [Ids::default(), Ids::counted()] {
            let made: Vec<_> = (0..1000).map(|_| ids.next(&Clock::System)).collect();
            assert!(made.is_sorted());
            assert!(made.iter().all(|id| id.get_version_num() == 7));
        }
    }
}
