//! Whose eyes a comparison or an explanation looks with: the caller's own, or those of somebody whose place they took beside it.
//!
//! A place is named by the impersonation that was begun for it, and whoever keeps sessions is asked anew for each look, as if
//! the request had been made in that place: so time, rights, the person's own state and the network are judged there, and a
//! comparison opens no door that seeing tables as somebody doesn't.

use crate::catalogue::{self, Table};
use crate::source::open::Open;
use crate::state::State;
use http::HeaderValue;
use kernel::actor::Scope;
use kernel::problem::Kind;
use kernel::{Call, Caller, DatabaseRole, Problem, Result, SeenAs};
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;

/// By which a request says whose place it means.
const HEADER: &str = "quarterdeck-impersonation";
/// The word for the caller's own eyes, which are the explorer's.
pub const OWN: &str = "own";
pub const DESCRIPTION: &str = "own (what the explorer itself sees), or the id of an impersonation that was begun with comparing";

pub struct Side {
    pub caller: Caller,
    pub source: Arc<Open>,
    pub table: Arc<Table>,
}

/// Who it is, for pages and logs.
#[derive(Clone, Debug, Serialize)]
pub struct Who {
    kind: &'static str,
    /// Whose place it is; nobody's where it is the explorer's own.
    label: Option<String>,
    impersonation: Option<Uuid>,
}

impl Side {
    /// The eyes that a parameter names; without it, the caller's as they are.
    ///
    /// # Errors
    /// 410 when that place is over or was never the caller's, 403 in somebody's place, 404 without the table.
    pub async fn named(state: &Arc<State>, call: &Call, parameter: &str) -> Result<Self> {
        let given = call.query_value(parameter).unwrap_or_default();
        let caller = match given.as_str() {
            OWN | "" => call.caller()?.clone(),
            given => other(call, parameter, given).await?,
        };
        Self::of(state, call, caller).await
    }

    async fn of(state: &Arc<State>, call: &Call, caller: Caller) -> Result<Self> {
        let source = state.open(&call.app, call.param("source")).await?;
        let source = match &caller.seen_as {
            Some(seen) => source.in_place_of(seen.role).await?,
            None => source,
        };
        let table = catalogue::table(&source, call.param("schema"), call.param("table")).await?;
        Ok(Self { caller, source, table })
    }

    #[must_use]
    pub fn seen(&self) -> Option<&SeenAs> {
        self.caller.seen_as.as_deref()
    }

    #[must_use]
    pub fn who(&self) -> Who {
        let kind = match self.seen().map(|seen| seen.role) {
            None => OWN,
            Some(DatabaseRole::Anon) => "anon",
            Some(DatabaseRole::Authenticated) => "user",
            Some(DatabaseRole::Service) => "service",
        };
        let label = self.caller.subject.as_ref().filter(|_| self.seen().is_some()).map(|subject| subject.label.clone());
        Who { kind, label, impersonation: self.seen().map(|seen| seen.id) }
    }

    /// In a sentence.
    #[must_use]
    pub fn name(&self) -> String {
        match self.who() {
            Who { kind: "user", label: Some(label), .. } => label,
            Who { kind: "anon", .. } => "Nobody in particular".into(),
            Who { kind: "service", .. } => "The platform itself".into(),
            _ => "The explorer".into(),
        }
    }
}

/// Refuses who is in somebody's place: there the explorer's own eyes would be more than that place has.
///
/// # Errors
/// 403.
pub fn only_as_oneself(call: &Call) -> Result<()> {
    match call.caller()?.subject {
        None => Ok(()),
        Some(_) => Err(Problem::refused("You see tables in somebody's place. Stop that first, then compare as yourself.")),
    }
}

/// The caller in the place that they name.
async fn other(call: &Call, parameter: &str, given: &str) -> Result<Caller> {
    only_as_oneself(call)?;
    let id = Uuid::parse_str(given).map_err(|_| Problem::filter(parameter, format!("{given} is neither {OWN} nor an id")))?;
    let mut headers = call.headers.clone();
    headers.insert(HEADER, HeaderValue::from_str(&id.to_string()).map_err(Problem::internal)?);
    let (app, own) = (&call.app, call.caller()?);
    let there = app.auth.authenticate(app, &headers, &call.request).await?;
    let there = there.filter(|there| {
        (&there.actor, there.session, there.scope) == (&own.actor, own.session, Scope::Platform)
            && there.seen_as.as_ref().is_some_and(|seen| seen.id == id)
    });
    let there = there.ok_or_else(|| Problem::new(Kind::Gone, "That place is not yours, or it is over. Nothing was read."))?;
    there.require("rows:read")?;
    Ok(there)
}
