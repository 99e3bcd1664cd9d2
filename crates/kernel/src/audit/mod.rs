//! The audit log: who did what to which thing, before and after, provable afterwards.
//!
//! An entry is written in the transaction of the change, signed; the sealer gives it its place in the hash chain of its
//! organisation (or the platform's), beside the log in `kernel.audit_seals`. Writers therefore never wait for a chain.
//! What staff do to an object of an organisation stands in that organisation's chain; staff see every chain.
//! What a chain proves: no row was edited, removed or put elsewhere. What it can't: that somebody who holds both the database
//! and the secret key didn't rewrite everything; for that the heads are logged off the box.

mod seal;
mod signed;
pub mod store;

pub use seal::{genesis, head_message, link_hash, seal};
pub use signed::{Signed, says_the_same};

use crate::actor::{Actor, Caller, Scope};
use crate::ctx::{Ctx, RequestInfo};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What a secret looks like in the log.
pub const MASK: &str = "•••";

/// What an action was done to. The label stays readable when the thing is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub kind: String,
    pub id: String,
    pub label: String,
}

impl Target {
    pub fn new(kind: impl Into<String>, id: impl ToString, label: impl Into<String>) -> Self {
        Self { kind: kind.into(), id: id.to_string(), label: label.into() }
    }
}

/// `{"field": {"before": …, "after": …}}` of what changed.
pub type Changes = Map<String, Value>;

/// The fields in which two states of an object differ; `skip` names those that change with every write.
#[must_use]
pub fn diff(before: Option<&Value>, after: Option<&Value>, skip: &[&str]) -> Changes {
    let empty = Map::new();
    let side = |state: Option<&Value>| state.and_then(Value::as_object).cloned().unwrap_or_else(|| empty.clone());
    let (before, after) = (side(before), side(after));
    let mut changes = Map::new();
    for name in before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))) {
        let (old, new) = (before.get(name).unwrap_or(&Value::Null), after.get(name).unwrap_or(&Value::Null));
        if old != new && !skip.contains(&name.as_str()) {
            changes.insert(name.clone(), json!({"before": old, "after": new}));
        }
    }
    changes
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    /// The caller may not.
    Refused,
    /// It was tried and didn't work.
    Failed,
    /// It was begun where it can't be part of this database's transaction; a second row says how it ended.
    Started,
}

impl Outcome {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Started => "started",
        }
    }
}

/// One row of the log before it has its place in a chain.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: Uuid,
    pub organization: Option<Uuid>,
    pub at: DateTime<Utc>,
    pub actor: Actor,
    pub subject: Option<Actor>,
    pub action: String,
    pub target: Option<Target>,
    pub changes: Changes,
    pub outcome: Outcome,
    pub request: RequestInfo,
    pub detail: Option<String>,
}

impl Entry {
    /// An entry of a running change.
    #[must_use]
    pub fn new(ctx: &Ctx, action: &str, target: Option<Target>) -> Self {
        let entry = Self::of(ctx.id(), ctx.now(), ctx.caller(), ctx.request(), action, target);
        Self { organization: entry.organization.or(ctx.concerns), ..entry }
    }

    /// An entry outside a change, such as a failed sign-in.
    #[must_use]
    pub fn of(id: Uuid, at: DateTime<Utc>, caller: &Caller, request: &RequestInfo, action: &str, target: Option<Target>) -> Self {
        Self {
            id,
            organization: match caller.scope {
                Scope::Organization(id) => Some(id),
                Scope::Platform | Scope::Own => None,
            },
            at,
            actor: caller.actor.clone(),
            subject: caller.subject.clone(),
            action: action.into(),
            target,
            changes: Changes::new(),
            outcome: Outcome::Ok,
            request: request.clone(),
            detail: None,
        }
    }

    #[must_use]
    pub fn changes(mut self, changes: Changes) -> Self {
        self.changes = changes;
        self
    }

    #[must_use]
    pub fn detail(mut self, detail: Option<String>) -> Self {
        self.detail = detail;
        self
    }

    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }
}

/// The name of the chain an entry belongs to.
#[must_use]
pub fn chain_of(organization: Option<Uuid>) -> String {
    organization.map_or_else(|| "platform".into(), |id| format!("organization:{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_has_what_changed_and_nothing_else() {
        let changes =
            diff(Some(&json!({"a": 1, "b": 2, "version": "1"})), Some(&json!({"a": 1, "b": 3, "c": null, "version": "2"})), &["version"]);
        assert_eq!(Value::Object(changes), json!({"b": {"before": 2, "after": 3}}));
        assert_eq!(diff(None, Some(&json!({"a": 1})), &[]).len(), 1);
    }
}
