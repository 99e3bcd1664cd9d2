//! Events: past-tense facts, written in the transaction that makes them true (transactional outbox).
//!
//! Readers go by transaction id: a row is read once no older transaction is still running
//! (`xid < pg_snapshot_xmin(pg_current_snapshot())`). A sequence number would skip rows of transactions that
//! commit out of order. Delivery is at least once; who listens must not mind hearing twice.

pub mod store;

use crate::actor::Caller;
use crate::app::App;
use crate::problem::{Problem, Result};
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// A fact, such as `invoice.paid`. The payload is the serialised struct.
pub trait Event: Serialize + Send + Sync {
    const NAME: &'static str;
}

#[derive(Clone, Debug)]
pub struct NewEvent {
    pub name: &'static str,
    pub payload: Value,
}

impl NewEvent {
    pub(crate) fn of<E: Event>(event: &E) -> Result<Self> {
        Ok(Self { name: E::NAME, payload: serde_json::to_value(event).map_err(Problem::internal)? })
    }
}

/// A fact as listeners get it.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    pub id: Uuid,
    pub name: String,
    pub payload: Value,
    pub organization_id: Option<Uuid>,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub request_id: String,
    pub at: DateTime<Utc>,
}

pub type Listen = Arc<dyn Fn(Arc<App>, Fact) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// Somebody who wants to know.
#[derive(Clone)]
pub struct Listener {
    /// Unique; the position in the outbox is kept under it.
    pub name: &'static str,
    /// The event it waits for, or `*`.
    pub event: &'static str,
    pub listen: Listen,
}

/// Hands every listener the facts it has not had; returns how many were handed over.
///
/// A listener that fails keeps its position and is asked again at the next run.
///
/// # Errors
/// When the database is away.
pub async fn dispatch(app: &Arc<App>) -> Result<usize> {
    let mut handed = 0;
    for listener in app.registry.listeners() {
        handed += dispatch_to(app, listener).await?;
    }
    Ok(handed)
}

async fn dispatch_to(app: &Arc<App>, listener: &Listener) -> Result<usize> {
    let caller = Caller::system(listener.name);
    let tx = app.db.begin(&caller, app.clock.now()).await?;
    let Some(position) = store::lock_consumer(tx.db(), listener.name).await? else {
        tx.rollback().await?;
        return Ok(0);
    };
    let facts = store::after(tx.db(), &position, 200).await?;
    let mut handed = 0;
    let mut reached = None;
    for (place, fact) in facts {
        if listener.event == "*" || listener.event == fact.name {
            let name = fact.name.clone();
            if let Err(problem) = (listener.listen)(app.clone(), fact).await {
                tracing::warn!(listener = listener.name, event = name, error = %problem, "a listener failed and is asked again later");
                break;
            }
            handed += 1;
        }
        reached = Some(place);
    }
    match reached {
        Some(place) => {
            store::move_consumer(tx.db(), listener.name, &place).await?;
            tx.commit().await?;
        }
        None => tx.rollback().await?,
    }
    Ok(handed)
}
