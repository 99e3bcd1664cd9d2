//! The access log of API keys: which route, when, from where, what came of it, and how many alike within a second. Kept in
//! memory by `meter` and written here in batches, together with "last used" and the counts that limits are measured by.

use crate::meter::{Access, Batch, Count, Limits, Meter, Request, Span};
use chrono::{DateTime, Duration, Utc};
use kernel::field::{datetime, int, reference, text};
use kernel::resource::Scope;
use kernel::setting::SettingDef;
use kernel::{App, Caller, Client, Resource, Result, Setting};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub const LOG_DAYS: Setting<i64> = Setting::new("identity.key_log_days");
/// How long a request may wait in memory until it is in the log.
pub const WRITE_EVERY: std::time::Duration = std::time::Duration::from_secs(1);

pub(crate) fn setting() -> SettingDef {
    LOG_DAYS.declare(
        "Keep the access log of API keys for days",
        "0 keeps no log; counting against limits goes on without it",
        json!({"type": "integer", "minimum": 0, "maximum": 3650}),
        json!(90),
    )
}

pub(crate) fn resource() -> Resource<Value> {
    Resource::<Value>::new("accesses", "identity.accesses")
        .called("Access log", "Access")
        .describe("list", "The requests that were made with API keys; those alike within a second are one line")
        .group("people/keys")
        .scope(Scope::Organization)
        .administrative()
        .unversioned()
        .title("route")
        .default_order("at.desc")
        .field(datetime("at").label("When").always().read_only().filter().sort())
        .field(reference("key_id", "keys").label("API key").always().read_only())
        .field(text("method").always().read_only().filter())
        .field(text("route").always().read_only().filter())
        .field(int("status").label("Answer").always().read_only().filter())
        .field(int("requests").label("How many").always().read_only().filter().help("Requests alike within a second"))
        .field(text("address").sql("host(t.address)").filter())
        .field(text("request_id").label("Request").always().read_only().filter().detail_only())
        .field(reference("organization_id", "organizations").read_only().detail_only())
        .sample(json!({
            "id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e", "at": "2026-11-20T09:30:00Z", "key_id": "0190b6c8-0000-7000-8000-000000000030",
            "method": "GET", "route": "/users/{id}", "status": 200, "requests": 1, "address": "192.0.2.7", "request_id": "4bf92f3577b34da6a3ce929d0e0e4736",
            "organization_id": null
        }))
}

/// Writes what the meter holds, and teaches it what everybody used.
///
/// # Errors
/// When the database is away; what wasn't written waits for the next time.
pub async fn write(app: &Arc<App>, meter: &Meter) -> Result<()> {
    let _one = meter.writing.lock().await;
    let batch = meter.drain(app.clock.now());
    if batch.counts.is_empty() && batch.log.is_empty() {
        return Ok(());
    }
    match put(app, &batch).await {
        Ok(totals) => {
            for (count, total) in totals {
                meter.learn(count.lineage, count.span, count.start, total);
            }
            Ok(())
        }
        Err(problem) => {
            meter.give_back(batch);
            Err(problem)
        }
    }
}

async fn put(app: &Arc<App>, batch: &Batch) -> Result<Vec<(Count, u64)>> {
    let tx = app.db.begin(&Caller::system("access log"), app.clock.now()).await?;
    if LOG_DAYS.get(app)? > 0 {
        store::log(tx.db(), &batch.log).await?;
    }
    store::used(tx.db(), &batch.log).await?;
    let totals = store::count(tx.db(), &together(&batch.counts)).await?;
    tx.commit().await?;
    Ok(totals)
}

/// One row for each span of each key, always in the same order, so that two nodes never wait for each other in a ring.
fn together(counts: &[Count]) -> Vec<Count> {
    let mut sums: BTreeMap<_, Count> = BTreeMap::new();
    for count in counts {
        let sum = sums.entry((count.lineage, count.span, count.start)).or_insert_with(|| Count { count: 0, ..count.clone() });
        sum.count += count.count;
    }
    sums.into_values().collect()
}

/// What a key that this node doesn't know was used so far.
///
/// # Errors
/// When the database is away.
pub async fn counts(db: &Client, limits: &Limits, now: DateTime<Utc>) -> Result<Vec<(Span, DateTime<Utc>, u64)>> {
    let minute = Span::Minute.start(now);
    store::counts(db, limits.lineage, minute - Duration::minutes(1), minute, Span::Month.start(now)).await
}

pub mod store {
    use super::{Access, Count, DateTime, Duration, Request, Result, Span, Utc};
    use kernel::Client;
    use uuid::Uuid;

    const LOG: &str = "insert into identity.accesses (id, key_id, organization_id, at, method, route, status, address, request_id, requests) \
         select a.id, a.key_id, a.organization_id, a.at, a.method, a.route, a.status, a.address::inet, a.request_id, a.requests \
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::int[], $8::text[], $9::text[], $10::int[]) \
           as a (id, key_id, organization_id, at, method, route, status, address, request_id, requests)";
    // A key that somebody is changing at this moment is left out: its next request says the same.
    const USED: &str = "with free as (select id from identity.api_keys where id = any($1) order by id for no key update skip locked), \
         latest as (select distinct on (u.id) u.id, u.at, u.address from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as u (id, at, address) order by u.id, u.at desc) \
         update identity.api_keys k set last_used_at = greatest(k.last_used_at, latest.at), last_used_address = latest.address::inet \
         from latest join free on free.id = latest.id where k.id = latest.id";
    const COUNT: &str = "insert into identity.key_counts as c (lineage_id, kind, starts_at, organization_id, count) \
         select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::uuid[], $5::bigint[]) \
         on conflict (lineage_id, kind, starts_at) do update set count = c.count + excluded.count returning lineage_id, kind, starts_at, count";
    const COUNTS: &str = "select kind, starts_at, count from identity.key_counts where lineage_id = $1 \
         and (kind = 'minute' and starts_at in ($2, $3) or kind = 'month' and starts_at = $4)";
    const SWEEP_LOG: &str = "delete from identity.accesses where at < $1";
    const SWEEP_COUNTS: &str =
        "delete from identity.key_counts where kind = 'minute' and starts_at < $1 or kind = 'month' and starts_at < $2";

    pub const STATEMENTS: &[&str] = &[LOG, USED, COUNT, COUNTS, SWEEP_LOG, SWEEP_COUNTS];

    type Line = (Request, Access);

    fn all<'a, T>(log: &'a [Line], of: impl Fn(&'a Line) -> T) -> Vec<T> {
        log.iter().map(of).collect()
    }

    fn addresses(log: &[Line]) -> Vec<Option<String>> {
        all(log, |(r, _)| r.address.map(|address| address.to_string()))
    }

    pub(super) async fn log(db: &Client, log: &[Line]) -> Result<()> {
        let (ids, keys, organizations) = (all(log, |(_, a)| a.id), all(log, |(r, _)| r.key), all(log, |(_, a)| a.organization));
        let (times, statuses) = (all(log, |(_, a)| a.at), all(log, |(r, _)| i32::from(r.status)));
        let (methods, routes) = (all(log, |(r, _)| r.method.as_str()), all(log, |(r, _)| &r.route));
        let (ids_of_requests, requests) = (all(log, |(_, a)| &a.request_id), all(log, |(_, a)| a.requests));
        db.execute(LOG, &[&ids, &keys, &organizations, &times, &methods, &routes, &statuses, &addresses(log), &ids_of_requests, &requests])
            .await?;
        Ok(())
    }

    pub(super) async fn used(db: &Client, log: &[Line]) -> Result<()> {
        db.execute(USED, &[&all(log, |(r, _)| r.key), &all(log, |(_, a)| a.at), &addresses(log)]).await?;
        Ok(())
    }

    pub(super) async fn count(db: &Client, counts: &[Count]) -> Result<Vec<(Count, u64)>> {
        let of = |get: fn(&Count) -> Uuid| counts.iter().map(get).collect::<Vec<_>>();
        let kinds: Vec<&str> = counts.iter().map(|c| c.span.as_str()).collect();
        let starts: Vec<DateTime<Utc>> = counts.iter().map(|c| c.start).collect();
        let organizations: Vec<Option<Uuid>> = counts.iter().map(|c| c.organization).collect();
        let numbers: Vec<i64> = counts.iter().map(|c| i64::try_from(c.count).unwrap_or(i64::MAX)).collect();
        let rows = db.query(COUNT, &[&of(|c| c.lineage), &kinds, &starts, &organizations, &numbers]).await?;
        let answers = rows.iter().filter_map(|row| {
            let (lineage, kind, start): (Uuid, &str, DateTime<Utc>) = (row.get(0), row.get(1), row.get(2));
            let written = counts.iter().find(|c| c.lineage == lineage && c.span.as_str() == kind && c.start == start)?;
            Some((written.clone(), u64::try_from(row.get::<_, i64>(3)).unwrap_or_default()))
        });
        Ok(answers.collect())
    }

    pub(super) async fn counts(
        db: &Client,
        lineage: Uuid,
        before: DateTime<Utc>,
        minute: DateTime<Utc>,
        month: DateTime<Utc>,
    ) -> Result<Vec<(Span, DateTime<Utc>, u64)>> {
        let rows = db.query(COUNTS, &[&lineage, &before, &minute, &month]).await?;
        let span = |kind: &str| if kind == "minute" { Span::Minute } else { Span::Month };
        Ok(rows.iter().map(|row| (span(row.get(0)), row.get(1), u64::try_from(row.get::<_, i64>(2)).unwrap_or_default())).collect())
    }

    /// Removes log rows older than `days`, and counts that no limit looks at any more.
    pub(crate) async fn sweep(db: &Client, now: DateTime<Utc>, days: i64) -> Result<u64> {
        let removed = db.execute(SWEEP_LOG, &[&(now - Duration::days(days))]).await?;
        db.execute(SWEEP_COUNTS, &[&(now - Duration::hours(1)), &(now - Duration::days(400))]).await?;
        Ok(removed)
    }
}
