//! What comes round by the clock: queued when it is due, once over all workers.

use chrono::{DateTime, Utc};
use kernel::{App, Caller, Problem, Result};
use std::sync::Arc;

/// Queues what the schedules say is due, and plans the next time. Missed times are caught up once, not one by one.
///
/// Schedules that this node doesn't know are those of a newer one and stay as they are.
pub async fn run(app: &Arc<App>, now: DateTime<Utc>) -> Result<()> {
    let schedules = app.registry.schedules();
    let names: Vec<&str> = schedules.iter().map(|s| s.name).collect();
    let tx = app.db.begin(&Caller::system("scheduler"), now).await?;
    for schedule in schedules {
        store::plan(tx.db(), schedule.name, next(schedule.cron, now)?).await?;
    }
    for (name, next_at) in store::due(tx.db(), &names).await? {
        let Some(schedule) = schedules.iter().find(|s| s.name == name).filter(|_| next_at <= now) else { continue };
        let mut job = schedule.job.clone();
        job.run_at = now;
        job.unique_key = Some(format!("schedule:{name}"));
        kernel::job::store::insert(tx.db(), app.ids.next(&app.clock), &job, now, "schedule", None).await?;
        store::advance(tx.db(), &name, next(schedule.cron, now)?, now).await?;
    }
    tx.commit().await
}

/// The next time a cron line fires after `now` (UTC).
fn next(cron: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let cron: croner::Cron = cron.parse().map_err(|e| Problem::internal(format!("the schedule {cron:?}: {e}")))?;
    cron.find_next_occurrence(&now, false).map_err(|e| Problem::internal(e.to_string()))
}

pub mod store {
    //! Every statement about schedules.

    use chrono::{DateTime, Utc};
    use kernel::db::Client;
    use kernel::problem::Result;

    const DUE: &str = "select name, next_at from kernel.schedules where name = any($1) for update skip locked";
    const PLAN: &str = "insert into kernel.schedules (name, next_at) values ($1, $2) on conflict (name) do nothing";
    const ADVANCE: &str = "update kernel.schedules set next_at = $2, last_at = $3 where name = $1";

    pub const STATEMENTS: &[&str] = &[DUE, PLAN, ADVANCE];

    pub async fn plan(db: &Client, name: &str, next: DateTime<Utc>) -> Result<()> {
        db.execute(PLAN, &[&name, &next]).await?;
        Ok(())
    }

    pub async fn due(db: &Client, known: &[&str]) -> Result<Vec<(String, DateTime<Utc>)>> {
        Ok(db.query(DUE, &[&known]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    pub async fn advance(db: &Client, name: &str, next: DateTime<Utc>, last: DateTime<Utc>) -> Result<()> {
        db.execute(ADVANCE, &[&name, &next, &last]).await?;
        Ok(())
    }
}
