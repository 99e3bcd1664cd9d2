//! Who watches, asked again and again: a stream goes on for hours, and what held at its beginning may end at any moment.

use crate::catalogue::{self, Table, TableKind};
use crate::rows::target::Target;
use crate::source::open::Open;
use crate::state::State;
use kernel::actor::Scope;
use kernel::{Call, Caller, Problem, RequestInfo, Result};
use std::sync::Arc;

pub struct Viewer {
    pub state: Arc<State>,
    pub call: Call,
    caller: Caller,
    request: RequestInfo,
}

/// What holds at this moment.
pub struct Now {
    pub caller: Caller,
    /// The table as the viewer sees it.
    pub target: Target,
    /// The source as the explorer does, of which the watcher is.
    pub source: Arc<Open>,
}

impl Viewer {
    /// # Errors
    /// 401 when nobody is signed in.
    pub fn new(state: &Arc<State>, call: Call) -> Result<Self> {
        let caller = call.caller()?.clone();
        // That a stream goes on is no sign that somebody sits there.
        let request = RequestInfo { is_idle: true, ..call.request.clone() };
        Ok(Self { state: state.clone(), call, caller, request })
    }

    /// Whether they may still watch, by whatever way they came in.
    ///
    /// # Errors
    /// 401, 403 or 404 when not; 503 when it can't be known.
    pub async fn now(&self) -> Result<Now> {
        let (app, call) = (&self.call.app, &self.call);
        let caller = app.auth.authenticate(app, &call.headers, &self.request).await?;
        let caller = caller.ok_or_else(|| Problem::unauthenticated("Your session has ended. Sign in again."))?;
        if !is_same(&self.caller, &caller) {
            return Err(Problem::refused("You are somebody else now, or in another place: load the table again"));
        }
        caller.require("rows:read")?;
        let source = self.state.open(app, call.param("source")).await?;
        let seen = match &caller.seen_as {
            Some(seen) => source.in_place_of(seen.role).await?,
            None => source.clone(),
        };
        let table = catalogue::table(&seen, call.param("schema"), call.param("table")).await?;
        let target = Target { source: seen, table };
        target.readable()?;
        watchable(&target.table)?;
        Ok(Now { caller, target, source })
    }
}

fn is_same(before: &Caller, after: &Caller) -> bool {
    let place = |caller: &Caller| caller.seen_as.as_ref().map(|seen| (seen.id, seen.role, seen.claims.clone()));
    after.scope == Scope::Platform
        && (before.actor.kind, before.actor.id, before.session) == (after.actor.kind, after.actor.id, after.session)
        && place(before) == place(after)
}

/// # Errors
/// 403 with the reason, for what no watcher can follow.
pub fn watchable(table: &Table) -> Result<()> {
    let why = match table.kind {
        _ if table.panel => "The panel's own tables are not followed live",
        TableKind::View => "A view has no rows of its own; open the tables that it is made of to see their changes live",
        TableKind::MaterializedView => "A materialised view changes only when it is refreshed",
        TableKind::Foreign => "The rows of this table are on another server, which doesn't tell of their changes",
        TableKind::Table | TableKind::Partitioned | TableKind::Partition => return Ok(()),
    };
    Err(Problem::refused(why))
}
