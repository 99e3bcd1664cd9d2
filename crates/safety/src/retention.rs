//! Retention: rows whose class is kept for a number of days only are removed, with a signed pruning that names them.
//! See `docs/decisions/0016`.

use crate::class::Class;
use crate::store;
use crate::verify::{Finding, Pruned, sign_pruning};
use chrono::Duration;
use kernel::audit::{Entry, Target};
use kernel::job::{Failure, Run};
use kernel::secret::same;
use kernel::{App, Caller, RequestInfo};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const WHO: &str = "audit retention";
/// Rows that one transaction removes.
const BATCH: usize = 5000;

/// Removes what has had its time, chain by chain; how many rows. A chain in which something was found is left as it is: what is
/// there may be evidence.
pub async fn prune(run: &Run, chains: &[String], findings: &[Finding]) -> Result<u64, Failure> {
    let app: &App = &run.app;
    let wrong: BTreeSet<&str> = findings.iter().map(|finding| finding.chain.as_str()).collect();
    let mut removed = 0;
    for class in Class::ALL {
        let Some(days) = class.days(app)? else { continue };
        for chain in chains.iter().filter(|chain| !wrong.contains(chain.as_str())) {
            loop {
                let rows = batch(app, chain, class, days).await?;
                removed += rows as u64;
                if rows < BATCH {
                    break;
                }
                run.progress(99, &format!("{removed} rows removed")).await?;
            }
        }
    }
    Ok(removed)
}

/// Whether the row says of itself, signed, that it is of this class.
fn is_of(app: &App, class: Class, entry: &str, signature: &[u8]) -> bool {
    let action = |entry: Value| entry["action"].as_str().map(Class::of);
    same(&kernel::audit::store::signature(&app.keys, entry), signature) && serde_json::from_str(entry).ok().and_then(action) == Some(class)
}

async fn batch(app: &App, chain: &str, class: Class, days: i64) -> kernel::Result<usize> {
    let now = app.clock.now();
    let before = now - Duration::days(days);
    let tx = app.db.begin(&Caller::system(WHO), now).await?;
    let found = store::prunable(tx.db(), chain, class, before, i64::try_from(BATCH).unwrap_or(i64::MAX)).await?;
    let rows: Vec<Pruned> =
        found.into_iter().filter(|(_, entry, signature)| is_of(app, class, entry, signature)).map(|(row, ..)| row).collect();
    if rows.is_empty() {
        tx.rollback().await?;
        return Ok(0);
    }
    let id = app.ids.next(&app.clock);
    let signature = sign_pruning(&app.keys, id, chain, &rows);
    let ids = rows.iter().map(|row| row.id).collect();
    let removed = store::prune(tx.db(), &store::Pruning { id, chain, class, before, at: now, ids, signature }).await?;
    if usize::try_from(removed).ok() != Some(rows.len()) {
        return Err(kernel::Problem::internal(format!("the pruning {id} named {} rows of {chain} and removed {removed}", rows.len())));
    }
    let changes = [
        ("class".to_owned(), json!({"before": null, "after": class.name()})),
        ("rows".to_owned(), json!({"before": removed, "after": 0})),
        ("before".to_owned(), json!({"before": null, "after": before})),
    ];
    let target = Target::new("audit", id, chain);
    let entry = Entry::of(app.ids.next(&app.clock), now, &Caller::system(WHO), &RequestInfo::default(), "audit.prune", Some(target));
    kernel::audit::store::append(tx.db(), &app.keys, &entry.changes(changes.into_iter().collect())).await?;
    tx.commit().await?;
    Ok(rows.len())
}
