//! What runs, so that it can be cancelled by its id: on this node directly, on others through the source, where the
//! connection of each run has a name that only who began it can tell.

use crate::source::open::Open;
use crate::state::State;
use crate::wire::{Fault, Wire};
use http::Method;
use kernel::audit::Changes;
use kernel::audit::Target;
use kernel::endpoint::{Access, Endpoint, Response, empty};
use kernel::secret::Keyring;
use kernel::{Call, Caller, Ctx, Module, Problem, Result};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use uuid::Uuid;

type Runs = HashMap<Uuid, (Option<Uuid>, Arc<Notify>)>;

/// The runs by their ids, each with who began it.
#[derive(Clone, Default)]
pub struct Running(Arc<Mutex<Runs>>);

/// Stops what the connection of this name is doing. One that waits for its reader does nothing that could be cancelled.
const STOP: &str =
    "select case when state like 'idle%' then pg_catalog.pg_terminate_backend(pid) else pg_catalog.pg_cancel_backend(pid) end
from pg_catalog.pg_stat_activity where application_name = $1 and usename = session_user and pid <> pg_catalog.pg_backend_pid()";

pub const STATEMENTS: &[&str] = &[STOP];

/// One of them, for as long as it lasts.
pub struct Ticket {
    id: Uuid,
    name: String,
    stop: Arc<Notify>,
    running: Running,
}

impl Running {
    #[must_use]
    pub(super) fn add(&self, keys: &Keyring, id: Uuid, caller: &Caller) -> Ticket {
        let stop = Arc::new(Notify::new());
        self.runs().insert(id, (caller.actor.id, stop.clone()));
        Ticket { id, name: name(keys, id, caller), stop, running: self.clone() }
    }

    /// Asks a run of this caller to stop; whether there is one.
    fn stop(&self, id: Uuid, caller: &Caller) -> bool {
        match self.runs().get(&id) {
            Some((who, stop)) if *who == caller.actor.id => {
                stop.notify_one();
                true
            }
            _ => false,
        }
    }

    fn runs(&self) -> MutexGuard<'_, Runs> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// What its connection is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn stop(&self) -> Arc<Notify> {
        self.stop.clone()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.running.runs().remove(&self.id);
    }
}

/// From the run and whose it is, by the panel's own key: nobody else can tell it.
fn name(keys: &Keyring, run: Uuid, caller: &Caller) -> String {
    let message = [run, caller.actor.id.unwrap_or_default()].map(|id| *id.as_bytes()).concat();
    let name = keys.sign("explorer.run", &message).iter().take(16).fold(String::new(), |name, byte| name + &format!("{byte:02x}"));
    format!("quarterdeck run {name}")
}

/// Stops a run of this caller that another node began; whether there is one.
async fn stop_elsewhere(source: &Open, name: String) -> Result<bool> {
    let asked = async {
        let mut wire = Wire::connect(&source.way).await?;
        wire.run(STOP, &[Some(name)]).await
    };
    let away = |fault: Fault| Problem::unavailable(format!("The source {} can't be reached: {fault}", source.name));
    Ok(!asked.await.map_err(away)?.is_empty())
}

/// The route that cancels one.
pub(super) fn route(module: Module, state: &Arc<State>) -> Module {
    let state = state.clone();
    module.route(
        Endpoint::new(
            Method::POST,
            "/explorer/{source}/sql/{run}/cancel",
            "sql.cancel",
            Access::Permission(super::READ.into()),
            move |call: Call| {
                let state = state.clone();
                async move { cancel(&state, &call).await }
            },
        )
        .summary("Cancel a run of your own by the id in its first line; closing its request does the same")
        .status(http::StatusCode::NO_CONTENT)
        .answer(json!({}), json!(null)),
    )
}

async fn cancel(state: &Arc<State>, call: &Call) -> Result<Response> {
    crate::tables::admit(call, super::READ)?;
    let caller = call.caller()?;
    let missing = || Problem::not_found("run of yours that has not ended");
    let run = Uuid::parse_str(call.param("run")).map_err(|_| missing())?;
    let named = name(&call.app.keys, run, caller);
    if !state.running.stop(run, caller) && !stop_elsewhere(&*state.for_caller(call).await?, named).await? {
        return Err(missing());
    }
    let mut ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    ctx.audit("sql.cancel", Some(Target::new("query-runs", run, call.param("source"))), Changes::new(), None).await?;
    ctx.commit().await?;
    Ok(empty())
}
