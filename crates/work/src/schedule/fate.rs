//! What becomes of the slots that have come.

use super::store::Plan;
use chrono::{DateTime, Duration, Utc};
use kernel::job::Missed;
use std::collections::VecDeque;

/// A slot that is found this late ran late.
const LATE: Duration = Duration::minutes(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Ran,
    Late,
    /// Done with the last one that was missed.
    Merged,
    Skipped(Why),
}

/// Why nothing was queued for a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Paused,
    Missed,
    /// More were missed than are made up for.
    TooMany,
    /// The one before it had not ended.
    Unfinished,
    /// Too many wait already for the one before them.
    QueueFull,
}

impl Fate {
    pub fn outcome(self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::Late => "late",
            Self::Merged => "merged",
            Self::Skipped(_) => "skipped",
        }
    }

    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Skipped(Why::Paused) => Some("paused"),
            Self::Skipped(Why::Missed) => Some("missed"),
            Self::Skipped(Why::TooMany) => Some("too_many"),
            Self::Skipped(Why::Unfinished) => Some("unfinished"),
            Self::Skipped(Why::QueueFull) => Some("queue_full"),
            _ => None,
        }
    }

    pub fn is_queued(self) -> bool {
        matches!(self, Self::Ran | Self::Late)
    }

    /// The same when nothing may begin now: what would have been done with it isn't either.
    pub fn instead(self, why: Why) -> Self {
        if matches!(self, Self::Skipped(_)) { self } else { Self::Skipped(why) }
    }
}

/// By the schedule's rules alone, before anybody looks at what goes on.
pub fn of(plan: &Plan, slots: &VecDeque<DateTime<Utc>>, now: DateTime<Utc>) -> Vec<Fate> {
    let most = usize::try_from(plan.missed_most).unwrap_or(1);
    let live = slots.iter().take_while(|slot| plan.paused_at.is_none_or(|paused| **slot < paused)).count();
    let fate = |(at, &slot): (usize, &DateTime<Utc>)| {
        if at >= live {
            return Fate::Skipped(Why::Paused);
        }
        let from_the_end = live - at;
        let run = if now - slot < LATE { Fate::Ran } else { Fate::Late };
        match plan.missed {
            Missed::Once if from_the_end == 1 => run,
            Missed::Once => Fate::Merged,
            Missed::All if from_the_end <= most => run,
            Missed::All => Fate::Skipped(Why::TooMany),
            Missed::Skip if run == Fate::Ran => run,
            Missed::Skip => Fate::Skipped(Why::Missed),
        }
    };
    slots.iter().enumerate().map(fate).collect()
}

#[cfg(test)]
mod tests;
