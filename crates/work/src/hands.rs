//! What a process has in hand: the claims it holds, kept by a heartbeat, and the orders that come with it.

use crate::store;
use kernel::{App, Caller, Result};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// How long a claim lasts without a sign of life.
pub const LEASE: Duration = Duration::from_secs(60);
/// How often there is one.
const BEAT: Duration = Duration::from_secs(5);

/// Why a handler is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Another worker has it.
    Lost,
    /// Somebody asked for it.
    Cancel,
    /// The process ends.
    Leave,
}

impl Order {
    /// Waits for one; for ever when none comes.
    pub async fn given(orders: &mut watch::Receiver<Option<Self>>) -> Self {
        let given = orders.wait_for(Option::is_some).await.ok().and_then(|order| *order);
        match given {
            Some(order) => order,
            None => std::future::pending().await,
        }
    }
}

type Held = HashMap<(Uuid, Uuid), watch::Sender<Option<Order>>>;

/// The claims of this process, by job and token.
#[derive(Default)]
pub struct Hands(Mutex<Held>);

impl Hands {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn take(&self, id: Uuid, token: Uuid) -> watch::Receiver<Option<Order>> {
        let (sender, orders) = watch::channel(None);
        self.held().insert((id, token), sender);
        orders
    }

    pub fn release(&self, id: Uuid, token: Uuid) {
        self.held().remove(&(id, token));
    }

    /// Tells everybody to stop.
    pub fn leave(&self) {
        for order in self.held().values() {
            order.send_replace(Some(Order::Leave));
        }
    }

    /// Keeps every claim, in one statement, and passes on what it hears.
    pub async fn beat(&self, app: &App) -> Result<()> {
        let (ids, tokens): (Vec<Uuid>, Vec<Uuid>) = self.held().keys().copied().unzip();
        if ids.is_empty() {
            return Ok(());
        }
        let tx = app.db.begin(&Caller::system("worker"), app.clock.now()).await?;
        let kept: HashMap<Uuid, bool> = store::beat_jobs(tx.db(), &ids, &tokens, LEASE.as_secs_f64()).await?.into_iter().collect();
        tx.commit().await?;
        let held = self.held();
        for key in ids.into_iter().zip(tokens) {
            let order = match kept.get(&key.0) {
                Some(false) => continue,
                Some(true) => Order::Cancel,
                None => Order::Lost,
            };
            if let Some(told) = held.get(&key) {
                told.send_if_modified(|now| {
                    now.is_none_or(|given| given == Order::Cancel && order == Order::Lost) && now.replace(order) != Some(order)
                });
            }
        }
        Ok(())
    }

    /// Beats for as long as it is polled, whatever else the process is busy with.
    pub async fn go_on_beating(self: Arc<Self>, app: Arc<App>) {
        loop {
            tokio::time::sleep(BEAT).await;
            if let Err(problem) = self.beat(&app).await {
                tracing::warn!(error = %problem, "the worker could not keep its jobs and tries again");
            }
        }
    }
}
