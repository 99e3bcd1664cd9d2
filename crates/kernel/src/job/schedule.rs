//! What comes round by the clock, as rooms declare it. Operators may say something else for a schedule than its room does.

use super::{Job, NewJob};
use crate::problem::Result;
use chrono::DateTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of slots that nobody was there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Missed {
    Skip,
    /// One run stands for all of them.
    Once,
    /// Each is made up for, one after the other, at most [`Schedule::missed_most`].
    All,
}

/// What happens when a slot comes and the one before it has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Overlap {
    Skip,
    /// It waits until the one before has ended.
    Queue,
    /// The one before is asked to stop.
    Replace,
}

/// Work that comes round by the clock.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Unique.
    pub name: &'static str,
    /// Five fields: minute, hour, day, month, weekday.
    pub cron: &'static str,
    /// Whose clock on the wall it goes by. An hour that is left out there runs at its end, one that comes twice runs once.
    pub zone: &'static str,
    /// Each slot begins up to so many seconds later, so that not everything begins at once.
    pub jitter_seconds: i32,
    pub overlap: Overlap,
    pub missed: Missed,
    pub missed_most: i32,
    pub job: NewJob,
}

impl Schedule {
    /// In UTC; what was missed is done once, and nothing is begun while the one before goes on.
    ///
    /// # Errors
    /// When the job can't be written as JSON.
    pub fn new<J: Job>(name: &'static str, cron: &'static str, job: &J) -> Result<Self> {
        let job = NewJob::of(job, DateTime::UNIX_EPOCH)?;
        Ok(Self { name, cron, zone: "UTC", jitter_seconds: 0, overlap: Overlap::Skip, missed: Missed::Once, missed_most: 10, job })
    }
}
