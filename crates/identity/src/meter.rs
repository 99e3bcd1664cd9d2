//! How much each API key is used: what its limits leave, and a log of its requests, both kept in memory and written
//! together once a second, so that no request waits for a write. Requests that are alike are one line of the log with
//! their number: a script that asks thousands of times a second doesn't cost as many rows.
//!
//! Counting across nodes: each node counts its own requests at once, writes them within a second and gets everybody's
//! sum back. So one node is exact, and of several each may let through what the others did in the last second on top.
//! A minute is a sliding one: what the minute before had counts by the share of it that still lies within sixty seconds.

use chrono::{DateTime, Datelike as _, Duration, TimeZone as _, Utc};
use http::Method;
use kernel::{Problem, Result};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// Lines of the log that wait at most; when the database is away for long, the newest are the ones that are lost.
const MOST_WAITING: usize = 100_000;
/// A key that wasn't used for this long is forgotten until it is.
const REMEMBERED: Duration = Duration::hours(2);

/// What a key may use.
#[derive(Clone, Debug)]
pub struct Limits {
    pub key: Uuid,
    /// Shared by a key and those that replace it.
    pub lineage: Uuid,
    pub organization: Option<Uuid>,
    pub per_minute: Option<u32>,
    pub per_month: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Span {
    Minute,
    Month,
}

impl Span {
    pub fn as_str(self) -> &'static str {
        if self == Self::Minute { "minute" } else { "month" }
    }

    /// When the span around this moment began.
    pub fn start(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Minute => now - Duration::milliseconds(now.timestamp_millis().rem_euclid(60_000)),
            Self::Month => Utc.with_ymd_and_hms(now.year(), now.month(), 1, 0, 0, 0).single().unwrap_or(now),
        }
    }

    pub fn end(self, start: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Minute => start + Duration::minutes(1),
            Self::Month => Self::Month.start(start + Duration::days(32)),
        }
    }
}

/// Requests that were counted here and are not written yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    pub lineage: Uuid,
    pub organization: Option<Uuid>,
    pub span: Span,
    pub start: DateTime<Utc>,
    pub count: u64,
}

/// What requests have in common that are one line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    pub key: Uuid,
    pub method: Method,
    pub route: String,
    pub status: u16,
    pub address: Option<IpAddr>,
}

/// One line of the log: the first of them, and how many they were.
#[derive(Clone, Debug)]
pub struct Access {
    pub id: Uuid,
    pub organization: Option<Uuid>,
    pub at: DateTime<Utc>,
    pub request_id: String,
    pub requests: i32,
}

/// One span of one key.
#[derive(Clone, Debug, Default)]
struct Window {
    start: DateTime<Utc>,
    /// The span before it.
    before: u64,
    /// Everybody's as of the last writing, and ours since.
    used: u64,
    /// Ours that isn't written.
    unwritten: u64,
}

impl Window {
    /// Moves on to the span of this moment; gives what of the old one isn't written.
    fn roll(&mut self, span: Span, now: DateTime<Utc>) -> Option<(DateTime<Utc>, u64)> {
        let start = span.start(now);
        if start <= self.start {
            return None;
        }
        let left = Some((self.start, self.unwritten)).filter(|(_, count)| *count > 0);
        let before = if span.end(self.start) == start { self.used } else { 0 };
        *self = Self { start, before, used: 0, unwritten: 0 };
        left
    }

    /// What counts at this moment.
    fn counted(&self, span: Span, now: DateTime<Utc>) -> u64 {
        if span == Span::Month {
            return self.used;
        }
        let gone = u64::try_from((now - self.start).num_milliseconds().clamp(0, 60_000)).unwrap_or_default();
        self.used + self.before * (60_000 - gone) / 60_000
    }

    /// Seconds until one more request fits.
    fn wait(&self, span: Span, limit: u64, now: DateTime<Utc>) -> u32 {
        let until = |at: DateTime<Utc>| u32::try_from((at - now).num_milliseconds().max(1).div_euclid(1000) + 1).unwrap_or(u32::MAX);
        if span == Span::Month {
            return until(span.end(self.start));
        }
        let mut then = self.clone();
        (1..=120)
            .find(|seconds| {
                let at = now + Duration::seconds(*seconds);
                then.roll(span, at);
                then.counted(span, at) < limit
            })
            .and_then(|seconds| u32::try_from(seconds).ok())
            .unwrap_or(120)
    }
}

#[derive(Debug, Default)]
struct Used {
    organization: Option<Uuid>,
    minute: Window,
    month: Window,
    at: DateTime<Utc>,
}

#[derive(Default)]
struct Kept {
    limits: HashMap<Uuid, Limits>,
    used: HashMap<Uuid, Used>,
    late: Vec<Count>,
    log: HashMap<Request, Access>,
    awaited: bool,
}

/// What is to be written.
#[derive(Default)]
pub struct Batch {
    pub counts: Vec<Count>,
    pub log: Vec<(Request, Access)>,
}

/// What a key may still do, for its answers' headers.
#[derive(Debug, PartialEq, Eq)]
pub struct Left {
    pub policy: String,
    pub state: String,
}

#[derive(Default)]
pub struct Meter {
    kept: Mutex<Kept>,
    /// Held while a batch is written, so that two don't answer each other's sums.
    pub writing: tokio::sync::Mutex<()>,
}

impl Meter {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a key's limits; says whether its use so far has to be asked for.
    pub fn know(&self, limits: Limits) -> bool {
        let mut kept = self.kept();
        let missing = !kept.used.contains_key(&limits.lineage);
        kept.limits.insert(limits.key, limits);
        missing
    }

    /// What others counted, for a key that this node meets for the first time.
    pub fn begin(&self, limits: &Limits, counts: &[(Span, DateTime<Utc>, u64)], now: DateTime<Utc>) {
        let of = |span: Span, start: DateTime<Utc>| counts.iter().find(|(s, at, _)| *s == span && *at == start).map_or(0, |(_, _, n)| *n);
        let window = |span: Span, before: DateTime<Utc>| {
            let start = span.start(now);
            Window { start, before: of(span, before), used: of(span, start), unwritten: 0 }
        };
        let minute = window(Span::Minute, Span::Minute.start(now) - Duration::minutes(1));
        let used = Used { organization: limits.organization, minute, month: window(Span::Month, now), at: now };
        let mut kept = self.kept();
        kept.limits.insert(limits.key, limits.clone());
        kept.used.entry(limits.lineage).or_insert(used);
    }

    /// Counts one more request of the key.
    ///
    /// # Errors
    /// 429 with the seconds to wait, when a limit is reached; the request is not counted then.
    pub fn take(&self, key: Uuid, now: DateTime<Utc>) -> Result<()> {
        let mut kept = self.kept();
        let Some((limits, used)) = kept.roll(key, now) else { return Ok(()) };
        for (span, limit, window) in [(Span::Minute, limits.per_minute, &used.minute), (Span::Month, limits.per_month, &used.month)] {
            if let Some(limit) = limit
                && window.counted(span, now) >= u64::from(limit)
            {
                let wait = window.wait(span, u64::from(limit), now);
                let words = format!("This API key may make {limit} requests per {}. Try again in {wait} s.", span.as_str());
                return Err(Problem::new(kernel::problem::Kind::Throttled, words).retry_after(wait));
            }
        }
        for window in [&mut used.minute, &mut used.month] {
            window.used += 1;
            window.unwritten += 1;
        }
        used.at = now;
        Ok(())
    }

    /// The limits and what is left of them, as `RateLimit-Policy` and `RateLimit` say it (IETF httpapi draft 10).
    pub fn left(&self, key: Uuid, now: DateTime<Utc>) -> Option<Left> {
        let mut kept = self.kept();
        let (limits, used) = kept.roll(key, now)?;
        let spans = [(Span::Minute, limits.per_minute, &used.minute), (Span::Month, limits.per_month, &used.month)];
        let (mut policy, mut state) = (Vec::new(), Vec::new());
        for (span, limit, window) in spans.into_iter().filter_map(|(span, limit, window)| Some((span, limit?, window))) {
            let (name, end) = (span.as_str(), span.end(window.start));
            let left = u64::from(limit).saturating_sub(window.counted(span, now));
            policy.push(format!("\"{name}\";q={limit};w={}", (end - window.start).num_seconds()));
            state.push(format!("\"{name}\";r={left};t={}", (end - now).num_seconds().max(0)));
        }
        (!policy.is_empty()).then(|| Left { policy: policy.join(", "), state: state.join(", ") })
    }

    /// Adds a request to the log, `first` making the line when it is the first of its kind; says whether somebody has to
    /// come and write it.
    pub fn note(&self, request: Request, first: impl FnOnce(Option<Uuid>) -> Access) -> bool {
        let mut kept = self.kept();
        if let Some(line) = kept.log.get_mut(&request) {
            line.requests = line.requests.saturating_add(1);
        } else if kept.log.len() < MOST_WAITING {
            let organization = kept.limits.get(&request.key).and_then(|limits| limits.organization);
            kept.log.insert(request, first(organization));
        }
        !std::mem::replace(&mut kept.awaited, true)
    }

    /// Everything that isn't written.
    pub fn drain(&self, now: DateTime<Utc>) -> Batch {
        let mut kept = self.kept();
        kept.awaited = false;
        let kept = &mut *kept;
        let mut counts = std::mem::take(&mut kept.late);
        for (lineage, used) in &mut kept.used {
            for (span, window) in [(Span::Minute, &mut used.minute), (Span::Month, &mut used.month)] {
                let count = std::mem::take(&mut window.unwritten);
                if count > 0 {
                    counts.push(Count { lineage: *lineage, organization: used.organization, span, start: window.start, count });
                }
            }
        }
        kept.used.retain(|_, used| now - used.at < REMEMBERED);
        kept.limits.retain(|_, limits| kept.used.contains_key(&limits.lineage));
        Batch { counts, log: std::mem::take(&mut kept.log).into_iter().collect() }
    }

    /// What everybody used, as the database answered.
    pub fn learn(&self, lineage: Uuid, span: Span, start: DateTime<Utc>, total: u64) {
        let mut kept = self.kept();
        let Some(used) = kept.used.get_mut(&lineage) else { return };
        let window = if span == Span::Minute { &mut used.minute } else { &mut used.month };
        if window.start == start {
            window.used = total + window.unwritten;
        } else if span.end(start) == window.start {
            window.before = total;
        }
    }

    /// A batch that couldn't be written waits for the next time.
    pub fn give_back(&self, batch: Batch) {
        let mut kept = self.kept();
        kept.late.extend(batch.counts);
        for (request, older) in batch.log {
            match kept.log.entry(request) {
                Entry::Occupied(mut line) => {
                    let requests = line.get().requests.saturating_add(older.requests);
                    line.insert(Access { requests, ..older });
                }
                Entry::Vacant(place) => drop(place.insert(older)),
            }
        }
    }
}

impl Kept {
    fn roll(&mut self, key: Uuid, now: DateTime<Utc>) -> Option<(&Limits, &mut Used)> {
        let limits = self.limits.get(&key)?;
        let used = self.used.get_mut(&limits.lineage)?;
        for (span, window) in [(Span::Minute, &mut used.minute), (Span::Month, &mut used.month)] {
            if let Some((start, count)) = window.roll(span, now) {
                self.late.push(Count { lineage: limits.lineage, organization: limits.organization, span, start, count });
            }
        }
        Some((limits, used))
    }
}

#[cfg(test)]
mod tests;
