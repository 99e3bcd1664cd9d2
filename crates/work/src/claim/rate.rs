//! How many may begin: the generic cell rate algorithm (GCRA, ITU-T I.371), which needs one moment kept and no list of starts.

use super::Held;
use chrono::{DateTime, Duration, Utc};
use kernel::job::Starts;

/// A rate, and how far it has come.
#[derive(Clone, Debug)]
pub struct Rate {
    now: DateTime<Utc>,
    /// Between two starts, if they came evenly.
    gap: Duration,
    most: i64,
    /// When the next start would be due then.
    next: DateTime<Utc>,
}

impl Rate {
    /// What operators say, else what is declared.
    pub fn of(row: &Held, declared: Option<Starts>, now: DateTime<Utc>) -> Option<Self> {
        let (most, per) = match row.starts {
            Some((most, seconds)) => (i64::from(most), Duration::seconds(i64::from(seconds))),
            None => declared.and_then(|starts| Some((i64::from(starts.most), Duration::from_std(starts.per).ok()?)))?,
        };
        let gap = Duration::microseconds((per.num_microseconds()? / most.max(1)).max(1));
        // What is owed for longer than a span is of another rate, or of a clock that has jumped back since.
        let next = row.next_start.filter(|next| *next <= now + per).map_or(now, |next| next.max(now));
        Some(Self { now, gap, most, next })
    }

    /// How many may begin now.
    pub fn room(&self) -> i64 {
        let owed = (self.next - self.now).num_microseconds().unwrap_or(i64::MAX);
        let gap = self.gap.num_microseconds().unwrap_or(1).max(1);
        // Rounded up: a part of a gap that is owed is a start that is not there.
        (self.most - (owed + gap - 1) / gap).max(0)
    }

    /// So many begin; when the next would be due.
    pub fn start(&mut self, n: i64) -> DateTime<Utc> {
        self.next += self.gap * i32::try_from(n).unwrap_or(i32::MAX);
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, Rate};
    use chrono::{DateTime, Duration, Utc};

    fn row(starts: (i32, i32), next_start: Option<DateTime<Utc>>) -> Held {
        Held { scope: "kind".into(), name: "a".into(), running: None, running_each: None, starts: Some(starts), next_start }
    }

    #[test]
    fn a_span_has_its_starts_and_no_more() {
        let now = DateTime::UNIX_EPOCH;
        let mut rate = Rate::of(&row((3, 60), None), None, now).unwrap();
        assert_eq!(rate.room(), 3);
        let next = rate.start(3);
        let later = |seconds| Rate::of(&row((3, 60), Some(next)), None, now + Duration::seconds(seconds)).unwrap().room();
        assert_eq!([0, 19, 20, 39, 40, 60, 600].map(later), [0, 0, 1, 1, 2, 3, 3]);
    }

    #[test]
    fn a_clock_that_jumps_back_stops_nothing() {
        let now = DateTime::UNIX_EPOCH;
        let room = |ahead| Rate::of(&row((2, 10), Some(now + ahead)), None, now).unwrap().room();
        assert_eq!([Duration::days(3), Duration::seconds(10), Duration::seconds(5), Duration::seconds(-5)].map(room), [2, 0, 1, 2]);
    }
}
