//! Which slots a cron line has on the clock of a zone.
//!
//! A slot whose hour is left out when clocks go forward comes once, at the first moment after; one whose hour comes twice
//! when they go back comes once. What comes every few minutes goes on doing so.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};
use kernel::{Problem, Result};
use std::collections::VecDeque;

/// Slots of one outage that are written down, the newest; and how many are looked at: those of a month, one a minute.
const LISTED: usize = 100;
const LOOKED_AT: usize = 50_000;

pub struct Timetable {
    cron: Cron,
    zone: Tz,
}

/// Slots of a span, oldest first, and how many more there were before them.
#[derive(Debug, Default)]
pub struct Span {
    pub slots: VecDeque<DateTime<Utc>>,
    pub unlisted: i32,
}

impl Timetable {
    /// # Errors
    /// 422 that names the field which can't be read.
    pub fn read(cron: &str, zone: &str) -> Result<Self> {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(cron).map_err(|error| Problem::field("cron", "format", unreadable(&error)))?;
        let zone = zone
            .parse()
            .map_err(|_| Problem::field("zone", "format", "There is no such time zone; enter one such as Europe/Berlin or UTC"))?;
        Ok(Self { cron, zone })
    }

    /// The first slot after a moment.
    ///
    /// # Errors
    /// 422 when there never is one.
    pub fn next(&self, after: DateTime<Utc>) -> Result<DateTime<Utc>> {
        let next = self.cron.find_next_occurrence(&after.with_timezone(&self.zone), false);
        next.map(|at| at.with_timezone(&Utc)).map_err(|_| Problem::field("cron", "never", "This never comes: there is no such day"))
    }

    /// The slots from a moment to another, both included.
    ///
    /// # Errors
    /// As [`Timetable::next`].
    pub fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Span> {
        let mut span = Span::default();
        let mut at = self.next(from - Duration::milliseconds(1))?;
        for _ in 0..LOOKED_AT {
            if at > to {
                break;
            }
            if span.slots.len() == LISTED {
                span.slots.pop_front();
                span.unlisted += 1;
            }
            span.slots.push_back(at);
            at = self.next(at)?;
        }
        Ok(span)
    }
}

fn unreadable(error: &CronError) -> String {
    match error {
        CronError::InvalidPattern(_) | CronError::EmptyPattern => {
            "Enter five parts: minute, hour, day of the month, month, day of the week, such as 30 2 * * 1-5".into()
        }
        other => format!("This can't be read: {other}"),
    }
}

#[cfg(test)]
mod tests;
