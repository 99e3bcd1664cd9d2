//! Beginning an impersonation, of either kind: what it takes, and what is kept and told of it.

use super::database::COMPARISON;
use super::{ImpersonationStarted, store};
use chrono::{DateTime, Duration, Utc};
use kernel::audit::{Changes, Target};
use kernel::secret::Token;
use kernel::{ActorKind, Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// How long the link may wait to be opened.
const CODE_GOOD_FOR: Duration = Duration::minutes(2);

/// On which terms somebody's place is taken.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Terms {
    /// Why; it stays in the log, and who is seen as may be told
    #[schemars(length(min = 3, max = 500))]
    reason: String,
    /// The number of the case that this is about
    #[serde(default)]
    #[schemars(with = "Option<String>", length(max = 80))]
    ticket: Option<String>,
    /// Minutes until it ends by itself
    #[serde(default = "quarter")]
    #[schemars(range(min = 15, max = 60), extend("default" = 15))]
    minutes: i64,
    /// Off: what they, or the role, may change can be changed; never what is a person's own
    #[serde(default = "yes")]
    #[schemars(title = "Looking only", extend("default" = true))]
    pub read_only: bool,
}

fn quarter() -> i64 {
    15
}

fn yes() -> bool {
    true
}

/// Whose place it is, and where.
pub(super) struct Whom<'a> {
    pub user: Option<Uuid>,
    pub kind: &'static str,
    pub surface: &'static str,
    /// The database role that is taken.
    pub role: Option<&'static str>,
    pub name: &'a str,
    /// As the log knows it.
    pub label: &'a str,
}

/// Where to go on, in a browser where the same member of staff is signed in.
#[derive(Serialize)]
pub(super) struct Begun {
    impersonation_id: Uuid,
    /// Opened by the page at once; `open` is what pages know such an address by.
    open: String,
    expires_at: DateTime<Utc>,
}

/// What was begun, and what the log says of it.
pub(super) struct Started {
    id: Uuid,
    expires_at: DateTime<Utc>,
    pub changes: Changes,
}

impl Started {
    pub fn open(&self, open: String) -> Begun {
        Begun { impersonation_id: self.id, open, expires_at: self.expires_at }
    }
}

/// Begins it for the session of staff that asks, in the place of what that had open, or beside it for comparing. With a code it waits for whoever
/// brings that, within two minutes.
///
/// # Errors
/// 403 for who isn't staff in person; 422 without a reason.
pub(super) async fn start(ctx: &mut Ctx, terms: &Terms, whom: &Whom<'_>, code: Option<&Token>) -> Result<Started> {
    let caller = ctx.caller();
    let (Some(staff), Some(session)) = (caller.actor.id.filter(|_| caller.actor.kind == ActorKind::Staff), caller.session) else {
        return Err(Problem::refused("Only staff who are signed in can do this"));
    };
    let reason = terms.reason.trim();
    if reason.chars().count() < 3 {
        return Err(Problem::field("reason", "required", "Say why, in a few words"));
    }
    let (id, label, now) = (ctx.id(), caller.actor.label.clone(), ctx.now());
    let expires_at = now + Duration::minutes(terms.minutes);
    if whom.surface != COMPARISON {
        store::end_of_session(ctx.db(), session, now, "replaced").await?;
    }
    let request = ctx.request();
    let new = store::New {
        id,
        staff,
        label: &label,
        user: whom.user,
        kind: whom.kind,
        surface: whom.surface,
        role: whom.role,
        target: whom.name,
        read_only: terms.read_only,
        reason,
        ticket: terms.ticket.as_deref().map(str::trim).filter(|t| !t.is_empty()),
        address: request.address.map(|a| a.to_string()),
        user_agent: request.user_agent.as_deref(),
        now,
        expires_at,
    };
    store::insert(ctx.db(), &new).await?;
    let hash = code.map(Token::hash);
    store::insert_token(ctx.db(), id, session, hash.as_deref().map(|hash| (hash, now + CODE_GOOD_FOR))).await?;
    let role = whom.role.map(|role| [("kind", json!(whom.kind)), ("role", json!(role))]);
    let asked = [("reason", json!(reason)), ("minutes", json!(terms.minutes)), ("read_only", json!(terms.read_only))];
    let changed = |(name, after): (&str, Value)| (name.to_owned(), json!({"before": null, "after": after}));
    let changes: Changes = role.into_iter().flatten().chain(asked).map(changed).collect();
    ctx.audit("impersonations.start", Some(Target::new("impersonations", id, whom.label)), changes.clone(), None).await?;
    let (kind, surface, read_only, reason) = (whom.kind, whom.surface, terms.read_only, reason.to_owned());
    ctx.emit(ImpersonationStarted { id, staff_id: staff, user_id: whom.user, kind, surface, read_only, reason }).await?;
    Ok(Started { id, expires_at, changes })
}
