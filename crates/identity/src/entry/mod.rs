//! Coming into an organization. Beside a membership that counts, it may ask for a second factor, keep hours, and want to
//! know again who sits there after an admin ended the session in it. A session that doesn't fulfil this stays what it
//! is: other organizations and one's own account are open to it. Asked with every look-up of the session, so what an
//! organization asks counts at once for those who are in it, too. Keys have limits of their own and are not asked.

pub mod sessions;
pub mod store;

use chrono::{DateTime, Duration, Utc};
use kernel::actor::Scope;
use kernel::problem::Kind as ProblemKind;
use kernel::{Actor, ActorKind, Client, Ctx, Problem, Result};
use serde::Serialize;
use std::net::IpAddr;
use uuid::Uuid;

/// Whoever was away for so long comes in anew, and finds the hours as they are then.
const AWAY: Duration = Duration::hours(1);
/// How often "last seen" is written at most.
const SEEN_EVERY: Duration = Duration::seconds(60);

/// Why an organization doesn't open, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Closed {
    /// An admin ended the session there; proving who one is opens it again.
    Ended,
    /// A second factor is asked for. `enrolled`: there is one, it just wasn't used.
    SecondFactor { enrolled: bool },
    /// Not at this hour.
    Hours { hours: String },
}

impl Closed {
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::Ended => {
                let said = "An admin ended your sessions in this organization. Confirm that it is you to come in again.";
                Problem::new(ProblemKind::StepUp, said)
            }
            Self::SecondFactor { enrolled: true } => {
                let said = "This organization asks for your second factor. Confirm with it that it is you.";
                Problem::new(ProblemKind::StepUp, said)
            }
            Self::SecondFactor { enrolled: false } => {
                let said = "This organization asks for a second factor. Set one up in your account, under Security; then it opens.";
                Problem::refused(said).titled("A second factor is needed")
            }
            Self::Hours { hours } => {
                Problem::refused(format!("This organization opens to your role at these hours only: {hours}")).titled("Closed at this hour")
            }
        }
    }
}

/// How a session stands to one organization of its user.
pub(crate) struct Entry {
    pub organization: Uuid,
    membership: Uuid,
    seen_at: Option<DateTime<Utc>>,
    pub closed: Option<Closed>,
}

/// How a session stands to all organizations of its user.
///
/// # Errors
/// When the database is away.
pub(crate) async fn all(db: &Client, user: Uuid, session: Uuid, now: DateTime<Utc>) -> Result<Vec<Entry>> {
    store::find(db, user, session, None, now, AWAY).await
}

/// Lets a session in, and notes that it is there; says why when it isn't let in.
///
/// # Errors
/// When the database is away.
pub(crate) async fn come_in(
    db: &Client,
    (id, user, session): (Uuid, Uuid, Uuid),
    organization: Uuid,
    address: Option<IpAddr>,
    now: DateTime<Utc>,
) -> Result<Option<Closed>> {
    let Some(entry) = store::find(db, user, session, Some(organization), now, AWAY).await?.pop() else { return Ok(None) };
    if entry.closed.is_none() && entry.seen_at.is_none_or(|at| now - at >= SEEN_EVERY) {
        store::seen(db, id, entry.membership, session, organization, address, now).await?;
    }
    Ok(entry.closed)
}

/// Whoever asks for a second factor has one, of their own or at the provider by which they came: a rule never locks its
/// maker out.
///
/// # Errors
/// 403 for a member who has none; staff are not bound by rules of organizations.
pub(crate) async fn makers_have_one(ctx: &Ctx) -> Result<()> {
    let (Scope::Organization(_), Actor { kind: ActorKind::Person, id: Some(id), .. }) = (ctx.caller().scope, ctx.actor()) else {
        return Ok(());
    };
    if store::has_factor(ctx.db(), *id, ctx.caller().session).await? {
        return Ok(());
    }
    let said = "This would lock you out: you have no second factor yourself. Set one up in your account, under Security.";
    Err(Problem::refused(said))
}

/// Whether a session may act for an organization by another way than looking at it, such as making a key for it.
///
/// # Errors
/// 403 saying what the organization asks for.
pub(crate) async fn admitted(ctx: &Ctx, user: Uuid, session: Uuid, organization: Uuid) -> Result<()> {
    let found = store::find(ctx.db(), user, session, Some(organization), ctx.now(), AWAY).await?.pop();
    found.and_then(|entry| entry.closed).map_or(Ok(()), |closed| Err(closed.problem()))
}
