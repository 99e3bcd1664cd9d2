//! Who is asking, on whose behalf, and what they may do.

use crate::list::SeenAs;
use crate::problem::{Kind, Problem, Result};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// What kind of thing acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// Somebody who administers the platform.
    Staff,
    /// A user of the platform that is administered.
    Person,
    /// An API key.
    Key,
    /// Background work.
    Job,
    /// The panel itself: first launch, the command line on the machine.
    System,
    /// Nobody who could be known, such as a failed sign-in.
    Nobody,
}

impl ActorKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Person => "person",
            Self::Key => "key",
            Self::Job => "job",
            Self::System => "system",
            Self::Nobody => "nobody",
        }
    }
}

/// Who acts. The label is what people read in the audit log, and stays when the account is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub kind: ActorKind,
    pub id: Option<Uuid>,
    pub label: String,
}

impl Actor {
    #[must_use]
    pub fn system(label: &str) -> Self {
        Self { kind: ActorKind::System, id: None, label: label.into() }
    }

    #[must_use]
    pub fn nobody(label: &str) -> Self {
        Self { kind: ActorKind::Nobody, id: None, label: label.into() }
    }
}

/// What part of the world the caller stands in; the database's row policies follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Platform,
    Organization(Uuid),
    /// Only what is the caller's own: row policies show nobody's rows.
    Own,
}

/// How long proving who one is counts for dangerous acts (OWASP ASVS 5, 7.5.3).
pub const PROOF_COUNTS: Duration = Duration::minutes(10);

/// The permissions a caller holds: `users:read`, `users:*`, or `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(Arc<BTreeSet<String>>);

impl Permissions {
    #[must_use]
    pub fn of<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self(Arc::new(names.into_iter().map(Into::into).collect()))
    }

    #[must_use]
    pub fn everything() -> Self {
        Self::of(["*"])
    }

    #[must_use]
    pub fn allow(&self, permission: &str) -> bool {
        self.0.contains("*")
            || self.0.contains(permission)
            || permission
                .split_once(':')
                .is_some_and(|(resource, verb)| self.0.contains(&format!("{resource}:*")) || self.0.contains(&format!("*:{verb}")))
    }

    /// Whether everything that `other` allows is allowed here too: nobody grants what they don't hold.
    #[must_use]
    pub fn cover(&self, other: &Self) -> bool {
        self.0.contains("*") || other.0.iter().all(|p| self.0.contains(p) || self.allow_pattern(p))
    }

    /// What both allow; used to cap a key by its owner.
    #[must_use]
    pub fn within(&self, cap: &Self) -> Self {
        let mut both: BTreeSet<String> = self.0.iter().filter(|p| cap.0.contains("*") || cap.allow_pattern(p)).cloned().collect();
        both.extend(cap.0.iter().filter(|p| self.0.contains("*") || self.allow_pattern(p)).cloned());
        Self(Arc::new(both))
    }

    fn allow_pattern(&self, pattern: &str) -> bool {
        if pattern == "*" {
            return self.0.contains("*");
        }
        let (resource, verb) = pattern.split_once(':').unwrap_or((pattern, "*"));
        self.0.contains(pattern)
            || self.0.contains(&format!("{resource}:*"))
            || (verb != "*" && resource != "*" && self.allow(pattern))
            || self.0.contains(&format!("*:{verb}"))
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// A known caller.
#[derive(Clone, Debug)]
pub struct Caller {
    pub actor: Actor,
    /// Whom the actor impersonates. Audit rows carry both.
    pub subject: Option<Actor>,
    /// In whose place the caller reads and writes the rows of administered databases; in their own without.
    pub seen_as: Option<Arc<SeenAs>>,
    pub scope: Scope,
    /// The name of the caller's role, for people.
    pub role: String,
    pub permissions: Permissions,
    /// The session or key that carries the call, so that a caller can be told from their other sessions.
    pub session: Option<Uuid>,
    /// When this session last proved who sits there: by signing in, or by being asked again.
    pub proved_at: Option<DateTime<Utc>>,
}

impl Caller {
    /// The panel acting for itself, with every permission; background work and the local command line.
    #[must_use]
    pub fn system(label: &str) -> Self {
        Self {
            actor: Actor::system(label),
            subject: None,
            seen_as: None,
            scope: Scope::Platform,
            role: "system".into(),
            permissions: Permissions::everything(),
            session: None,
            proved_at: None,
        }
    }

    /// People must have proved who they are a short while ago. Keys can't, so they may only where `in_person` is false.
    ///
    /// # Errors
    /// 403 of the kind `step-up` when the person has to be asked again, a plain 403 for whom asking doesn't help.
    pub fn prove(&self, in_person: bool, now: DateTime<Utc>) -> Result<()> {
        match self.actor.kind {
            ActorKind::System | ActorKind::Job => Ok(()),
            ActorKind::Key if !in_person => Ok(()),
            ActorKind::Staff | ActorKind::Person if self.subject.is_none() => {
                let fresh = self.proved_at.is_some_and(|at| at <= now && now - at <= PROOF_COUNTS);
                fresh.then_some(()).ok_or_else(|| Problem::new(Kind::StepUp, "Confirm that it is you, then do it again"))
            }
            _ => Err(Problem::refused("This is done by people who are signed in as themselves, not by keys nor in somebody's name")),
        }
    }

    /// # Errors
    /// 403 naming the permission, when it isn't held.
    pub fn require(&self, permission: &str) -> Result<()> {
        if self.permissions.allow(permission) { Ok(()) } else { Err(Problem::forbidden(permission)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_counts_for_ten_minutes_and_keys_have_none() {
        let now = DateTime::UNIX_EPOCH + Duration::days(20_000);
        let who = |kind, proved_at| Caller { actor: Actor { kind, id: None, label: String::new() }, proved_at, ..Caller::system("test") };
        let ada = |ago: i64| who(ActorKind::Staff, Some(now - Duration::seconds(ago)));
        assert!(ada(600).prove(true, now).is_ok());
        assert_eq!(ada(601).prove(false, now).unwrap_err().kind(), Kind::StepUp);
        assert_eq!(ada(-1).prove(false, now).unwrap_err().kind(), Kind::StepUp);
        assert!(who(ActorKind::Key, None).prove(false, now).is_ok());
        assert_eq!(who(ActorKind::Key, Some(now)).prove(true, now).unwrap_err().kind(), Kind::Forbidden);
        assert_eq!(who(ActorKind::Nobody, Some(now)).prove(false, now).unwrap_err().kind(), Kind::Forbidden);
        let acting = Caller { subject: Some(Actor::nobody("grace")), ..ada(0) };
        assert_eq!(acting.prove(false, now).unwrap_err().kind(), Kind::Forbidden);
        assert!(Caller::system("job").prove(true, now).is_ok());
    }

    #[test]
    fn permissions_allow_what_they_name_and_nothing_else() {
        let reader = Permissions::of(["users:read", "rows:*", "*:list"]);
        assert!(reader.allow("users:read"));
        assert!(reader.allow("rows:delete"));
        assert!(reader.allow("anything:list"));
        assert!(!reader.allow("users:delete"));
        assert!(!Permissions::default().allow("users:read"));
        assert!(Permissions::everything().allow("users:delete"));
    }

    #[test]
    fn nobody_covers_more_than_they_hold() {
        let some = Permissions::of(["users:*", "staff:read"]);
        assert!(some.cover(&Permissions::of(["users:read", "staff:read"])));
        assert!(!some.cover(&Permissions::of(["staff:delete"])));
        assert!(!some.cover(&Permissions::everything()));
        assert!(Permissions::everything().cover(&some));
    }

    #[test]
    fn a_cap_only_takes_away() {
        let owner = Permissions::of(["users:*", "staff:read"]);
        let capped = Permissions::of(["*"]).within(&owner);
        assert!(capped.allow("users:delete") && capped.allow("staff:read") && !capped.allow("staff:delete"));
        let narrow = Permissions::of(["users:read", "billing:read"]).within(&owner);
        assert!(narrow.allow("users:read") && !narrow.allow("billing:read") && !narrow.allow("users:delete"));
    }
}
