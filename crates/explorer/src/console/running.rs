//! What runs on this node, so that it can be cancelled by its id.

use crate::state::State;
use http::Method;
use kernel::audit::Changes;
use kernel::audit::Target;
use kernel::endpoint::{Access, Endpoint, Response, empty};
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

/// One of them, for as long as it lasts.
pub struct Ticket {
    id: Uuid,
    stop: Arc<Notify>,
    running: Running,
}

impl Running {
    #[must_use]
    pub(super) fn add(&self, id: Uuid, caller: &Caller) -> Ticket {
        let stop = Arc::new(Notify::new());
        self.runs().insert(id, (caller.actor.id, stop.clone()));
        Ticket { id, stop, running: self.clone() }
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
    pub(super) fn stop(&self) -> Arc<Notify> {
        self.stop.clone()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.running.runs().remove(&self.id);
    }
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
    let run = Uuid::parse_str(call.param("run")).ok().filter(|run| state.running.stop(*run, caller));
    let Some(run) = run else { return Err(Problem::not_found("run of yours here that has not ended")) };
    let mut ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    ctx.audit("sql.cancel", Some(Target::new("query-runs", run, call.param("source"))), Changes::new(), None).await?;
    ctx.commit().await?;
    Ok(empty())
}
