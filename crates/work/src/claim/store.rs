//! Every statement about claiming.

use super::{Claimed, Group};
use chrono::{DateTime, Utc};
use kernel::db::Client;
use kernel::problem::Result;
use uuid::Uuid;

/// Whose time has come waits no longer; so claiming never looks at what is for later.
const STAGE: &str = "update kernel.jobs set state = 'available' where id in (select id from kernel.jobs \
       where state in ('scheduled', 'retryable') and run_at <= $1 order by run_at, id limit 5000 for update skip locked)";
/// When the next one's time comes, if it is soon; one that waits for ever has none.
const NEXT: &str = "select min(run_at) from kernel.jobs where state in ('scheduled', 'retryable') and run_at <= $1";

/// Takes the most urgent, organization by organization, beginning behind the one that was served last.
///
/// `walk` goes from one group of (kind, priority, organization) to the next with one probe of the index each, so that what
/// a claim costs depends on how much it takes, not on how much waits. `bound` ends the second half of a round.
const CLAIM: &str = "with recursive kinds as materialized ( \
       select k.kind, least(k.room, $4::bigint) as room, k.each from unnest($1::text[], $2::text[], $5::bigint[], $6::bigint[]) as k (kind, queue, room, each) \
       where not exists (select from kernel.job_limits l where (l.scope, l.name) in (('kind', k.kind), ('queue', k.queue)) \
         and (l.paused or ($7 and (l.running is not null or l.running_each is not null or l.starts is not null))))), \
     walk as ( \
       select k.kind, h.priority, h.lane, h.bound, 1 as nth from kinds k cross join lateral ( \
         (select j.priority, j.lane, null::uuid as bound from kernel.jobs j where j.kind = k.kind and j.state = 'available' and j.lane > $3::uuid \
            and j.priority = (select f.priority from kernel.jobs f where f.kind = k.kind and f.state = 'available' order by f.priority limit 1) \
          order by j.lane limit 1) \
         union all \
         (select j.priority, j.lane, $3::uuid from kernel.jobs j where j.kind = k.kind and j.state = 'available' order by j.priority, j.lane limit 1) \
         limit 1) h \
       union all \
       select w.kind, h.priority, h.lane, h.bound, w.nth + 1 from walk w cross join lateral ( \
         (select j.priority, j.lane, w.bound from kernel.jobs j where j.kind = w.kind and j.state = 'available' and j.priority = w.priority \
            and j.lane > w.lane and (w.bound is null or j.lane <= w.bound) order by j.lane limit 1) \
         union all \
         (select j.priority, j.lane, $3::uuid from kernel.jobs j where w.bound is null and j.kind = w.kind and j.state = 'available' \
            and j.priority = w.priority and j.lane <= $3::uuid order by j.lane limit 1) \
         union all \
         (select j.priority, j.lane, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid from kernel.jobs j where j.kind = w.kind and j.state = 'available' \
            and j.priority > w.priority order by j.priority, j.lane limit 1) \
         limit 1) h where w.nth < $4::bigint), \
     waiting as ( \
       select c.id, w.kind, w.priority, w.nth, k.room, row_number() over (partition by w.kind, w.lane order by w.priority, c.run_at, c.id) as turn, \
         k.each - coalesce((select b.n from unnest($8::text[], $9::uuid[], $10::bigint[]) as b (kind, lane, n) where b.kind = w.kind and b.lane = w.lane), 0) as each \
       from walk w join kinds k on k.kind = w.kind cross join lateral ( \
         select j.id, j.run_at from kernel.jobs j where j.kind = w.kind and j.state = 'available' and j.priority = w.priority and j.lane = w.lane \
         order by j.run_at, j.id limit $4::bigint * 4) c), \
     turns as ( \
       select id, kind, priority, turn, nth, room, row_number() over (partition by kind order by priority, turn, nth) as place from waiting \
       where each is null or turn <= each), \
     taken as ( \
       select c.id from (select id, kind, priority, turn, nth from turns where room is null or place <= room order by priority, turn, nth, kind) t \
         cross join lateral (select j.id from kernel.jobs j where j.id = t.id and j.state = 'available' limit 1 for update skip locked) c limit $4) \
     update kernel.jobs j set state = 'running', attempt = j.attempt + 1, started_at = $11, worker = $12, token = $13, \
       lease_until = now() + make_interval(secs => $14), progress = null, message = null, error = null \
     where j.id = any(array(select id from taken)) and j.state = 'available' returning j.id, j.kind, j.payload, j.attempt, j.max_attempts, j.lane, j.scheduled_for";

const ENSURE: &str = "insert into kernel.job_limits (scope, name) select * from unnest($1::text[], $2::text[]) on conflict do nothing";
const LIMITED: &str =
    "select name from kernel.job_limits where scope = $1 and (running is not null or running_each is not null or starts is not null)";
/// Who holds these rows is the only one that claims what they limit, so that counting and claiming are one step.
const HOLD: &str = "select scope, name, running, running_each, starts, starts_seconds, next_start from kernel.job_limits \
     where (scope = 'kind' and name = any($1)) or (scope = 'queue' and name = any($2)) order by scope, name for update skip locked";
const RUNNING: &str = "select kind, queue, lane, count(*) from kernel.jobs \
     where state = 'running' and (kind = any($1) or queue = any($2)) group by 1, 2, 3";
const STARTED: &str = "update kernel.job_limits l set next_start = s.next_start from unnest($1::text[], $2::text[], $3::timestamptz[]) as s (scope, name, next_start) \
     where l.scope = s.scope and l.name = s.name";

pub const STATEMENTS: &[&str] = &[STAGE, NEXT, CLAIM, ENSURE, LIMITED, HOLD, RUNNING, STARTED];

/// Lets those wait no longer whose time has come; how many there were.
pub async fn stage(db: &Client, now: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(STAGE, &[&now]).await?)
}

pub async fn next(db: &Client, until: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
    Ok(db.query_one(NEXT, &[&until]).await?.get(0))
}

/// Who claims, until when, and what of.
pub struct Claim<'a> {
    pub worker: &'a str,
    pub token: Uuid,
    pub lease: f64,
    pub most: i64,
    /// The organization that was served last.
    pub behind: Uuid,
    /// Whether kinds with limits are left to those who hold them.
    pub unlimited: bool,
    pub groups: &'a [Group],
    /// What runs of limited kinds already, by kind and organization.
    pub busy: &'a [(String, Uuid, i64)],
}

/// The jobs taken and the organization of each.
pub async fn claim(db: &Client, now: DateTime<Utc>, claim: &Claim<'_>) -> Result<Vec<(Claimed, Uuid)>> {
    let kinds: Vec<&str> = claim.groups.iter().map(|group| group.kind).collect();
    let queues: Vec<&str> = claim.groups.iter().map(|group| group.queue).collect();
    let rooms: Vec<Option<i64>> = claim.groups.iter().map(|group| group.room).collect();
    let each: Vec<Option<i64>> = claim.groups.iter().map(|group| group.each).collect();
    let busy_kinds: Vec<&str> = claim.busy.iter().map(|(kind, ..)| kind.as_str()).collect();
    let busy_lanes: Vec<Uuid> = claim.busy.iter().map(|(_, lane, _)| *lane).collect();
    let busy: Vec<i64> = claim.busy.iter().map(|(.., n)| *n).collect();
    let rows = db
        .query(
            CLAIM,
            &[
                &kinds,
                &queues,
                &claim.behind,
                &claim.most,
                &rooms,
                &each,
                &claim.unlimited,
                &busy_kinds,
                &busy_lanes,
                &busy,
                &now,
                &claim.worker,
                &claim.token,
                &claim.lease,
            ],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| {
            let claimed = Claimed {
                id: row.get(0),
                token: claim.token,
                kind: row.get(1),
                payload: row.get(2),
                attempt: row.get(3),
                max_attempts: row.get(4),
                scheduled_for: row.get(6),
            };
            (claimed, row.get(5))
        })
        .collect())
}

/// Makes the rows that are held while something limited is claimed.
pub async fn ensure(db: &Client, names: &[(&str, &str)]) -> Result<()> {
    let (scopes, names): (Vec<&str>, Vec<&str>) = names.iter().copied().unzip();
    db.execute(ENSURE, &[&scopes, &names]).await?;
    Ok(())
}

/// Names of a scope that operators limit.
pub async fn limited(db: &Client, scope: &str) -> Result<Vec<String>> {
    Ok(db.query(LIMITED, &[&scope]).await?.iter().map(|row| row.get(0)).collect())
}

/// What operators say of a queue or a kind, held.
#[derive(Clone, Debug)]
pub struct Held {
    pub scope: String,
    pub name: String,
    pub running: Option<i32>,
    pub running_each: Option<i32>,
    pub starts: Option<(i32, i32)>,
    pub next_start: Option<DateTime<Utc>>,
}

pub async fn hold(db: &Client, kinds: &[&str], queues: &[&str]) -> Result<Vec<Held>> {
    let rows = db.query(HOLD, &[&kinds, &queues]).await?;
    Ok(rows
        .iter()
        .map(|row| Held {
            scope: row.get(0),
            name: row.get(1),
            running: row.get(2),
            running_each: row.get(3),
            starts: row.get::<_, Option<i32>>(4).zip(row.get(5)),
            next_start: row.get(6),
        })
        .collect())
}

/// How many run, by kind, queue and organization.
pub async fn running(db: &Client, kinds: &[&str], queues: &[&str]) -> Result<Vec<(String, String, Uuid, i64)>> {
    Ok(db.query(RUNNING, &[&kinds, &queues]).await?.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect())
}

pub async fn started(db: &Client, rates: &[(&str, &str, DateTime<Utc>)]) -> Result<()> {
    let scopes: Vec<&str> = rates.iter().map(|(scope, ..)| *scope).collect();
    let names: Vec<&str> = rates.iter().map(|(_, name, _)| *name).collect();
    let times: Vec<DateTime<Utc>> = rates.iter().map(|(.., at)| *at).collect();
    db.execute(STARTED, &[&scopes, &names, &times]).await?;
    Ok(())
}
