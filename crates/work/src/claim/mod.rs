//! Claiming: which jobs begin now, within what operators and rooms allow, and fair between organizations.
//!
//! Kinds without limits are claimed by everybody at once (`skip locked`). Kinds with limits are claimed by who holds the
//! rows of their limits, so that counting what runs and adding to it are one step over all workers.

mod rate;
pub mod store;

use crate::hands::LEASE;
use chrono::{DateTime, Duration, Utc};
use kernel::job::{JobDef, Limits};
use kernel::{App, Caller, Result};
use rate::Rate;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use store::{Claim, Held};
use uuid::Uuid;

/// A job in hand.
pub struct Claimed {
    pub id: Uuid,
    /// Of the claim: who holds another one changes nothing.
    pub token: Uuid,
    pub kind: String,
    pub payload: Value,
    pub attempt: i16,
    pub max_attempts: i16,
    pub scheduled_for: Option<DateTime<Utc>>,
}

/// Jobs of a kind, and how many of them may be taken.
pub struct Group {
    pub kind: &'static str,
    pub queue: &'static str,
    pub room: Option<i64>,
    /// In each organization, with those that run.
    pub each: Option<i64>,
}

/// Claims for one process.
pub struct Claimer {
    app: Arc<App>,
    worker: String,
    /// The organization that was served last.
    behind: Uuid,
    /// Kinds with limits, declared or by operators; and queues that operators limit.
    limited: HashSet<&'static str>,
    queues: HashSet<&'static str>,
}

impl Claimer {
    pub fn new(app: Arc<App>, worker: impl Into<String>) -> Self {
        Self { app, worker: worker.into(), behind: Uuid::nil(), limited: HashSet::new(), queues: HashSet::new() }
    }

    fn kinds(&self) -> &[JobDef] {
        self.app.registry.jobs()
    }

    /// Learns which limits there are. What operators have just limited isn't begun by anybody until it was learnt.
    pub async fn learn(&mut self) -> Result<()> {
        let declared: Vec<&'static str> = self.kinds().iter().filter(|def| def.limits != Limits::NONE).map(|def| def.kind).collect();
        let rows: Vec<(&str, &str)> = declared.iter().map(|kind| ("kind", *kind)).collect();
        let tx = self.app.db.begin(&Caller::system("worker"), self.app.clock.now()).await?;
        if !rows.is_empty() {
            store::ensure(tx.db(), &rows).await?;
        }
        let kinds = store::limited(tx.db(), "kind").await?;
        let queues = store::limited(tx.db(), "queue").await?;
        tx.commit().await?;
        let queues: HashSet<&'static str> =
            self.kinds().iter().map(|def| def.queue).filter(|queue| queues.iter().any(|q| q == queue)).collect();
        let limited = |def: &&JobDef| def.limits != Limits::NONE || queues.contains(def.queue) || kinds.iter().any(|kind| kind == def.kind);
        self.limited = self.kinds().iter().filter(limited).map(|def| def.kind).collect();
        self.queues = queues;
        Ok(())
    }

    /// Whether the end of such a job may be what another one waits for.
    pub fn is_limited(&self, kind: &str) -> bool {
        self.limited.contains(kind)
    }

    /// Lets those wait no longer whose time has come; when the next one's comes.
    pub async fn stage(&self) -> Result<Option<DateTime<Utc>>> {
        let now = self.app.clock.now();
        let tx = self.app.db.begin(&Caller::system("worker"), now).await?;
        store::stage(tx.db(), now).await?;
        let next = store::next(tx.db(), now + Duration::minutes(1)).await?;
        tx.commit().await?;
        Ok(next)
    }

    /// Takes jobs for so many hands.
    pub async fn claim(&mut self, most: usize) -> Result<Vec<(JobDef, Claimed)>> {
        let mut claimed = self.unlimited(most).await?;
        if claimed.len() < most && !self.limited.is_empty() {
            claimed.extend(self.within_limits(most - claimed.len()).await?);
        }
        if let Some((_, lane)) = claimed.last() {
            self.behind = *lane;
        }
        let def = |kind: &str| self.kinds().iter().find(|job| job.kind == kind).cloned();
        Ok(claimed.into_iter().filter_map(|(claimed, _)| def(&claimed.kind).map(|def| (def, claimed))).collect())
    }

    fn order<'a>(&'a self, most: usize, groups: &'a [Group], busy: &'a [(String, Uuid, i64)], unlimited: bool) -> Claim<'a> {
        Claim {
            worker: &self.worker,
            token: self.app.ids.next(&self.app.clock),
            lease: LEASE.as_secs_f64(),
            most: i64::try_from(most).unwrap_or(i64::MAX / 4),
            behind: self.behind,
            unlimited,
            groups,
            busy,
        }
    }

    async fn unlimited(&self, most: usize) -> Result<Vec<(Claimed, Uuid)>> {
        let free = self.kinds().iter().filter(|def| !self.limited.contains(def.kind));
        let groups: Vec<Group> = free.map(|def| Group { kind: def.kind, queue: def.queue, room: None, each: None }).collect();
        let now = self.app.clock.now();
        let tx = self.app.db.begin(&Caller::system("worker"), now).await?;
        let claimed = store::claim(tx.db(), now, &self.order(most, &groups, &[], true)).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    async fn within_limits(&self, most: usize) -> Result<Vec<(Claimed, Uuid)>> {
        let kinds: Vec<&JobDef> = self.kinds().iter().filter(|def| self.limited.contains(def.kind)).collect();
        let names: Vec<&str> = kinds.iter().map(|def| def.kind).collect();
        let queues: Vec<&str> = self.queues.iter().copied().collect();
        let now = self.app.clock.now();
        let tx = self.app.db.begin(&Caller::system("worker"), now).await?;
        let held = store::hold(tx.db(), &names, &queues).await?;
        // A statement of its own: it has to see what was claimed before the rows were held.
        let running = store::running(tx.db(), &names, &queues).await?;
        let mut rooms = Rooms { now, held: &held, running: &running, left: HashMap::new() };
        let mut all = Vec::new();
        let mut rates = Vec::new();
        for def in kinds {
            let left = most - all.len();
            let Some(group) = rooms.group(def, self.queues.contains(def.queue)).filter(|group| left > 0 && group.room != Some(0)) else {
                continue;
            };
            let busy: Vec<(String, Uuid, i64)> = lanes(&running, def.kind);
            let claimed = store::claim(tx.db(), now, &self.order(left, &[group], &busy, false)).await?;
            rates.extend(rooms.started(def, claimed.len()));
            all.extend(claimed);
        }
        if !rates.is_empty() {
            store::started(tx.db(), &rates).await?;
        }
        tx.commit().await?;
        Ok(all)
    }
}

/// How many of a kind run in each organization.
fn lanes(running: &[(String, String, Uuid, i64)], kind: &str) -> Vec<(String, Uuid, i64)> {
    let mut lanes: HashMap<Uuid, i64> = HashMap::new();
    for (_, _, lane, n) in running.iter().filter(|(of, ..)| of == kind) {
        *lanes.entry(*lane).or_default() += n;
    }
    lanes.into_iter().map(|(lane, n)| (kind.to_owned(), lane, n)).collect()
}

/// What a limit leaves: of what runs, and of what begins.
type Room = (Option<i64>, Option<Rate>);

/// How much room limits leave, while their rows are held.
struct Rooms<'a> {
    now: DateTime<Utc>,
    held: &'a [Held],
    running: &'a [(String, String, Uuid, i64)],
    /// Of queues, and the rates of queues and kinds, less what was taken since.
    left: HashMap<(&'static str, &'static str), Room>,
}

impl Rooms<'_> {
    fn row(&self, scope: &str, name: &str) -> Option<&Held> {
        self.held.iter().find(|held| held.scope == scope && held.name == name)
    }

    fn runs(&self, of: impl Fn(&(String, String, Uuid, i64)) -> bool) -> i64 {
        self.running.iter().filter(|row| of(row)).map(|(.., n)| n).sum()
    }

    /// None while somebody else holds its limits.
    fn group(&mut self, def: &JobDef, queue_limited: bool) -> Option<Group> {
        let kind = self.row("kind", def.kind).cloned();
        let queue = self.row("queue", def.queue).cloned();
        if (kind.is_none() && def.limits != Limits::NONE) || (queue.is_none() && queue_limited) {
            return None;
        }
        let declared = |said: Option<i32>, declared: Option<u32>| said.map(i64::from).or(declared.map(i64::from));
        let running = declared(kind.as_ref().and_then(|row| row.running), def.limits.running);
        let each = declared(kind.as_ref().and_then(|row| row.running_each), def.limits.running_each);
        let rate = kind.as_ref().and_then(|row| Rate::of(row, def.limits.starts, self.now));
        let of_kind = self.runs(|(of, ..)| of == def.kind);
        self.left.insert(("kind", def.kind), (running.map(|most| (most - of_kind).max(0)), rate));
        if let Some(row) = &queue {
            let of_queue = self.runs(|(_, of, ..)| of == def.queue);
            let room = row.running.map(|most| (i64::from(most) - of_queue).max(0));
            let rate = Rate::of(row, None, self.now);
            self.left.entry(("queue", def.queue)).or_insert((room, rate));
        }
        let room = [("kind", def.kind), ("queue", def.queue)]
            .iter()
            .filter_map(|key| self.left.get(key))
            .flat_map(|(room, rate)| [*room, rate.as_ref().map(Rate::room)])
            .flatten()
            .min();
        Some(Group { kind: def.kind, queue: def.queue, room, each })
    }

    /// Takes what began off the room there was; the rates that have to be written down.
    fn started(&mut self, def: &JobDef, n: usize) -> Vec<(&'static str, &'static str, DateTime<Utc>)> {
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        let mut rates = Vec::new();
        for key in [("kind", def.kind), ("queue", def.queue)] {
            let Some((room, rate)) = self.left.get_mut(&key) else { continue };
            *room = room.map(|room| room - n);
            if let Some(rate) = rate.as_mut().filter(|_| n > 0) {
                rates.push((key.0, key.1, rate.start(n)));
            }
        }
        rates
    }
}
