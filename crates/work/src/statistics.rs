//! How the work goes: what ended in a stretch of time, how long it had waited and how long it ran. Read from the history by the
//! time of the end, newest first and no further than a bound, so that it costs the same however much there is.

use chrono::{DateTime, Duration, Utc};
use kernel::{Ctx, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most jobs that are looked at.
const MOST: i64 = 50_000;

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Window {
    #[default]
    Hour,
    Day,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The last hour by the minute, or the last day by the half hour
    #[serde(default)]
    window: Window,
    /// Only this kind
    #[serde(default)]
    kind: Option<String>,
    /// Only this queue
    #[serde(default)]
    queue: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub struct Statistics {
    /// From when on
    since: DateTime<Utc>,
    /// Seconds of one step
    step: i32,
    /// Whether there was more than is looked at: then it is about the newest only
    capped: bool,
    steps: Vec<Step>,
    kinds: Vec<Kind>,
    /// What waits or runs now
    now: Now,
}

#[derive(Serialize, JsonSchema)]
struct Step {
    at: DateTime<Utc>,
    completed: i64,
    discarded: i64,
    cancelled: i64,
}

/// Seconds are of those that ran; none when none did.
#[derive(Serialize, JsonSchema)]
struct Kind {
    kind: String,
    completed: i64,
    discarded: i64,
    cancelled: i64,
    waited_p50: Option<f64>,
    waited_p95: Option<f64>,
    waited_p99: Option<f64>,
    ran_p50: Option<f64>,
    ran_p95: Option<f64>,
    ran_p99: Option<f64>,
}

#[derive(Serialize, JsonSchema)]
struct Now {
    waiting: i64,
    running: i64,
    later: i64,
    /// Of those that wait to run, the longest; in seconds
    oldest: Option<f64>,
}

pub async fn read(ctx: &mut Ctx, asked: Asked) -> Result<Statistics> {
    let (back, step) = match asked.window {
        Window::Hour => (Duration::hours(1), 60),
        Window::Day => (Duration::days(1), 1800),
    };
    let since = ctx.now() - back;
    let filter = (asked.kind.as_deref(), asked.queue.as_deref());
    let (steps, seen) = store::steps(ctx.db(), since, f64::from(step), filter, MOST).await?;
    let kinds = store::kinds(ctx.db(), since, filter, MOST).await?;
    Ok(Statistics { since, step, capped: seen >= MOST, steps, kinds, now: store::now(ctx.db(), ctx.now(), filter).await? })
}

pub mod store {
    //! Statements about how the work goes.

    use super::{Kind, Now, Step};
    use chrono::{DateTime, Utc};
    use kernel::{Client, Result};

    macro_rules! newest {
        () => {
            "with newest as materialized (select f.kind, f.state, f.finished_at, \
               case when f.attempt > 0 then greatest(extract(epoch from f.started_at - f.run_at), 0)::float8 end as waited, \
               case when f.attempt > 0 then greatest(extract(epoch from f.finished_at - f.started_at), 0)::float8 end as ran \
             from kernel.finished_jobs f where f.finished_at > $1 and ($2::text is null or f.kind = $2) and ($3::text is null or f.queue = $3) \
             order by f.finished_at desc limit $4) "
        };
    }
    const STEPS: &str = concat!(
        newest!(),
        "select to_timestamp(floor(extract(epoch from n.finished_at)::float8 / $5::float8) * $5::float8), count(*) filter (where n.state = 'completed'), \
           count(*) filter (where n.state = 'discarded'), count(*) filter (where n.state = 'cancelled') from newest n group by 1 order by 1"
    );
    const KINDS: &str = concat!(
        newest!(),
        "select n.kind, count(*) filter (where n.state = 'completed'), count(*) filter (where n.state = 'discarded'), count(*) filter (where n.state = 'cancelled'), \
           percentile_cont(array[0.5, 0.95, 0.99]) within group (order by n.waited), percentile_cont(array[0.5, 0.95, 0.99]) within group (order by n.ran) \
         from newest n group by 1 order by count(*) desc, 1 limit 100"
    );
    const NOW: &str = "select count(*) filter (where j.state = 'available'), count(*) filter (where j.state = 'running'), \
           count(*) filter (where j.state in ('scheduled', 'retryable', 'pending')), \
           (extract(epoch from $1::timestamptz - min(j.run_at) filter (where j.state = 'available')))::float8 \
         from kernel.jobs j where ($2::text is null or j.kind = $2) and ($3::text is null or j.queue = $3)";

    pub const STATEMENTS: &[&str] = &[STEPS, KINDS, NOW];

    type Percentiles = Option<Vec<Option<f64>>>;
    type Filter<'a> = (Option<&'a str>, Option<&'a str>);

    pub(super) async fn steps(
        db: &Client,
        since: DateTime<Utc>,
        step: f64,
        (kind, queue): Filter<'_>,
        most: i64,
    ) -> Result<(Vec<Step>, i64)> {
        let rows = db.query(STEPS, &[&since, &kind, &queue, &most, &step]).await?;
        let steps: Vec<Step> =
            rows.iter().map(|row| Step { at: row.get(0), completed: row.get(1), discarded: row.get(2), cancelled: row.get(3) }).collect();
        let seen = steps.iter().map(|step| step.completed + step.discarded + step.cancelled).sum();
        Ok((steps, seen))
    }

    pub(super) async fn kinds(db: &Client, since: DateTime<Utc>, (kind, queue): Filter<'_>, most: i64) -> Result<Vec<Kind>> {
        let rows = db.query(KINDS, &[&since, &kind, &queue, &most]).await?;
        Ok(rows
            .iter()
            .map(|row| {
                let (waited, ran): (Percentiles, Percentiles) = (row.get(4), row.get(5));
                let of = |found: &Percentiles, at: usize| found.as_ref().and_then(|all| all.get(at).copied().flatten());
                Kind {
                    kind: row.get(0),
                    completed: row.get(1),
                    discarded: row.get(2),
                    cancelled: row.get(3),
                    waited_p50: of(&waited, 0),
                    waited_p95: of(&waited, 1),
                    waited_p99: of(&waited, 2),
                    ran_p50: of(&ran, 0),
                    ran_p95: of(&ran, 1),
                    ran_p99: of(&ran, 2),
                }
            })
            .collect())
    }

    pub(super) async fn now(db: &Client, now: DateTime<Utc>, (kind, queue): Filter<'_>) -> Result<Now> {
        let row = db.query_one(NOW, &[&now, &kind, &queue]).await?;
        Ok(Now { waiting: row.get(0), running: row.get(1), later: row.get(2), oldest: row.get(3) })
    }
}
