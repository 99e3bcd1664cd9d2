//! How the log stands: how far each chain is sealed, what was last checked and stated, and what retention removed.

use crate::class::Class;
use crate::store;
use chrono::{DateTime, Utc};
use kernel::actor::Scope as Acting;
use kernel::audit::chain_of;
use kernel::resource::Scope;
use kernel::{Caller, Ctx, Result, View};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// What `GET /safety/audit-state` says.
#[derive(Serialize, JsonSchema)]
struct State {
    /// The platform's first, then the longest; at most 200
    chains: Vec<Chain>,
    /// How many there are
    chains_total: i64,
    /// The last checks of the whole log, the newest first; in an organization the last one that is done, and what it found there
    verifications: Vec<Value>,
    /// The last checkpoint; for staff alone
    checkpoint: Option<Checkpoint>,
    /// How long rows are kept, by class
    retention: Vec<Retention>,
}

#[derive(Serialize, JsonSchema)]
struct Chain {
    chain: String,
    organization: Option<String>,
    /// The number of the last sealed row
    sealed: String,
    unsealed: i64,
    oldest_unsealed_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, JsonSchema)]
struct Checkpoint {
    number: i64,
    at: DateTime<Utc>,
    file: String,
    chains: i64,
    problems: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Retention {
    class: &'static str,
    /// Null is for ever
    days: Option<i64>,
    /// Rows that were removed so far
    pruned: String,
    pruned_at: Option<DateTime<Utc>>,
}

pub(crate) fn view() -> View {
    View::new("audit-state", "audit:read", "How the audit log stands: chains, checks, checkpoints, retention", state).scope(Scope::Organization).example(json!({
        "chains": [{"chain": "platform", "organization": null, "sealed": "4711", "unsealed": 0, "oldest_unsealed_at": null}], "chains_total": 1,
        "verifications": [{"id": "0190b6c8-0000-7000-8000-000000000090", "state": "done", "asked_by": "schedule", "created_at": "2026-11-20T03:29:00Z",
            "started_at": "2026-11-20T03:29:00Z", "finished_at": "2026-11-20T03:29:02Z", "percent": 100, "chains": 1, "rows": 4711, "pruned": 0, "found": 0,
            "findings": [], "error": null}],
        "checkpoint": {"number": 12, "at": "2026-11-20T09:00:00Z", "file": "/var/lib/quarterdeck/checkpoints/audit-2026-11.ndjson", "chains": 1, "problems": []},
        "retention": [{"class": "change", "days": null, "pruned": "0", "pruned_at": null}]
    }))
}

async fn state(ctx: &mut Ctx, (): ()) -> Result<State> {
    let own = match ctx.caller().scope {
        Acting::Organization(id) => Some(chain_of(Some(id))),
        Acting::Platform | Acting::Own => None,
    };
    let app = ctx.app().clone();
    // Heads and checks are the platform's tables; an organization is told of its own chain alone.
    let tx = app.db.begin(&Caller::system("audit state"), ctx.now()).await?;
    let waiting = store::unsealed(tx.db()).await?;
    let rows = store::chains(tx.db(), own.as_deref()).await?;
    let chains_total = if own.is_some() { 1 } else { rows.first().map_or(0, |row| row.get(3)) };
    let chains = rows
        .iter()
        .map(|row| {
            let chain: String = row.get(0);
            let waits = waiting.iter().find(|(of, ..)| *of == chain);
            Chain {
                sealed: row.get::<_, i64>(1).to_string(),
                organization: row.get(2),
                unsealed: waits.map_or(0, |(_, count, _)| *count),
                oldest_unsealed_at: waits.map(|(.., at)| *at),
                chain,
            }
        })
        .collect();
    let verifications = store::verifications(tx.db(), 10).await?;
    let verifications = match &own {
        None => verifications,
        Some(own) => verifications.into_iter().find(|one| one["state"] == "done").map(|one| vec![of_chain(one, own)]).unwrap_or_default(),
    };
    let checkpoint = match own {
        Some(_) => None,
        None => store::last_checkpoint(tx.db()).await?.map(|row| Checkpoint {
            number: row.get(0),
            at: row.get(1),
            file: row.get(2),
            chains: row.get(3),
            problems: serde_json::from_value(row.get(4)).unwrap_or_default(),
        }),
    };
    let pruned = store::pruned(tx.db(), own.as_deref()).await?;
    let retention = Class::ALL
        .into_iter()
        .map(|class| {
            let row = pruned.iter().find(|row| row.get::<_, &str>(0) == class.name());
            let rows: i64 = row.map_or(0, |row| row.get(1));
            Ok(Retention { class: class.name(), days: class.days(&app)?, pruned: rows.to_string(), pruned_at: row.map(|row| row.get(2)) })
        })
        .collect::<Result<_>>()?;
    tx.rollback().await?;
    Ok(State { chains, chains_total, verifications, checkpoint, retention })
}

/// What a check of everything says to one organization.
fn of_chain(verification: Value, chain: &str) -> Value {
    let findings: Vec<Value> =
        verification["findings"].as_array().into_iter().flatten().filter(|finding| finding["chain"] == chain).cloned().collect();
    json!({"id": verification["id"], "state": verification["state"], "finished_at": verification["finished_at"], "found": findings.len(), "findings": findings})
}
