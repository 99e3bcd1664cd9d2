//! Seeing the rows of the administered database as somebody: a user, nobody who is signed in, or the platform itself.
//!
//! It belongs to the session of staff that began it and is looked up with that session, so it outlives a reload and ends
//! with the session. While it is on, the session can do nothing but look at tables (and change rows, when that was asked
//! for): staff keep of their own rights what concerns rows, the database decides the rest. A request may say that it
//! means to be seen as somebody, by the header [`HEADER`]; when that is over it is refused instead of being answered
//! with the rights of staff.
//!
//! One that is begun for comparing is beside the session instead of over it: only a request that names it by the header is
//! answered in that place, so that whoever compares two people can look from both. All else is the same for it.

use super::begin::{self, Begun, Terms, Whom};
use super::{Impersonation, NOT_STAFF, PERMISSION};
use crate::role;
use chrono::{DateTime, Utc};
use kernel::{Action, Actor, ActorKind, Caller, Client, Ctx, DatabaseRole, Permissions, Problem, Result, SeenAs};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// By which a request says which impersonation it means, and an answer which one it was given in.
pub(crate) const HEADER: &str = "quarterdeck-impersonation";
/// What it takes to begin one, and to go on.
const BEGIN: &str = "impersonations:begin";
/// Where a place is seen that is beside the session's own.
pub(super) const COMPARISON: &str = "comparison";
/// What staff keep of what they hold.
const LOOKING: [&str; 3] = ["rows:read", "sources:read", "sql:read"];
const CHANGING: [&str; 5] = ["rows:create", "rows:update", "rows:delete", "rows:call", "sql:write"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Kind {
    User,
    Anon,
    Service,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Anon => "anon",
            Self::Service => "service",
        }
    }

    fn role(self) -> DatabaseRole {
        match self {
            Self::User => DatabaseRole::Authenticated,
            Self::Anon => DatabaseRole::Anon,
            Self::Service => DatabaseRole::Service,
        }
    }

    fn stored(text: &str) -> Self {
        match text {
            "user" => Self::User,
            "service" => Self::Service,
            _ => Self::Anon,
        }
    }
}

/// `impersonations.begin`.
pub(super) fn action() -> Action<Impersonation> {
    Action::without_target("begin", begin)
        .label("View tables as…")
        .icon("venetian-mask")
        .confirm("Until you stop, you can do nothing but see tables, with the rights that this role has in the database.")
        .in_person()
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Begin {
    /// A user (role authenticated), anon (nobody signed in), or service (above row policies; owners only)
    kind: Kind,
    /// Who, for the kind user
    #[serde(default)]
    #[schemars(title = "User", with = "Option<Uuid>", extend("x-references" = "users"))]
    user_id: Option<Uuid>,
    /// Beside your own place rather than instead of it: only requests that name it look from there, as comparisons of two people do
    #[serde(default)]
    #[schemars(title = "Only for comparing", extend("default" = false))]
    comparing: bool,
    #[serde(flatten)]
    terms: Terms,
}

async fn begin(ctx: &mut Ctx, input: Begin) -> Result<Begun> {
    let caller = ctx.caller();
    caller.require("rows:read")?;
    caller.prove(true, ctx.now())?;
    let (kind, role) = (input.kind, input.kind.role().name());
    let (email, name) = match (kind, input.user_id) {
        (Kind::User, Some(user)) => {
            caller.require(PERMISSION)?;
            super::store::target(ctx.db(), user).await?.ok_or_else(|| Problem::field("user_id", "reference", NOT_STAFF))?
        }
        (Kind::User, None) => return Err(Problem::field("user_id", "required", "Say as which user")),
        (_, Some(_)) => return Err(Problem::field("user_id", "forbidden", "This is nobody in particular; leave the user empty")),
        (Kind::Service, None) if !role::is_owner(caller) => {
            return Err(Problem::refused("Only an owner sees tables as the platform itself: no row policy stops that role"));
        }
        (_, None) => (role.to_owned(), role.to_owned()),
    };
    if input.comparing && !input.terms.read_only {
        return Err(Problem::field("read_only", "comparing", "Who compares only looks"));
    }
    let surface = if input.comparing { COMPARISON } else { "database" };
    let whom = Whom { user: input.user_id, kind: kind.name(), surface, role: Some(role), name: &name, label: &email };
    let started = begin::start(ctx, &input.terms, &whom, None).await?;
    ctx.callers_changed();
    Ok(started.open("/admin/tables".into()))
}

/// The place a session of staff has taken, or the one beside it that a request names; whether or not something has ended it since.
///
/// # Errors
/// When the database is away.
pub(crate) async fn taken(db: &Client, session: Uuid, named: Option<Uuid>, now: DateTime<Utc>) -> Result<Option<Found>> {
    store::find(db, session, named, now).await
}

/// The caller as their session has them now: in somebody's place, when they have taken one and nothing has ended it.
///
/// # Errors
/// When the database is away.
pub(crate) async fn over(
    db: &Client,
    taken: Option<Found>,
    caller: Caller,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(Caller, DateTime<Utc>)> {
    let Some(found) = taken else { return Ok((caller, until)) };
    let lost = !caller.permissions.allow(BEGIN) || (found.kind == Kind::Service && !role::is_owner(&caller));
    if lost || found.is_target_gone {
        // For good: it doesn't come back with what was lost.
        super::store::end(db, found.id, now, if lost { "permission lost" } else { "user suspended or deleted" }).await?;
        return Ok((caller, until));
    }
    let kept = LOOKING.into_iter().chain(CHANGING.into_iter().filter(|_| !found.read_only));
    let permissions = Permissions::of(kept.filter(|permission| caller.permissions.allow(permission)));
    let seen = SeenAs { id: found.id, role: found.kind.role(), claims: found.claims(), read_only: found.read_only };
    let subject = match found.kind {
        Kind::User => Actor { kind: ActorKind::Person, id: found.user, label: found.label },
        Kind::Anon => Actor::nobody(&found.label),
        Kind::Service => Actor::system(&found.label),
    };
    let caller = Caller { subject: Some(subject), seen_as: Some(Arc::new(seen)), permissions, proved_at: None, ..caller };
    Ok((caller, until.min(found.expires_at)))
}

pub(crate) struct Found {
    id: Uuid,
    kind: Kind,
    user: Option<Uuid>,
    label: String,
    email: Option<String>,
    /// JSON.
    metadata: Option<String>,
    /// The user is not active any more, or belongs to staff now.
    is_target_gone: bool,
    read_only: bool,
    started_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl Found {
    /// What a token of the subject would say, in the words that row policies ask for.
    fn claims(&self) -> String {
        let mut claims = json!({"role": self.kind.role().name(), "iat": self.started_at.timestamp(), "exp": self.expires_at.timestamp()});
        if self.kind == Kind::User {
            let metadata: Value = self.metadata.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| json!({}));
            claims["sub"] = json!(self.user);
            claims["email"] = json!(self.email);
            claims["aud"] = "authenticated".into();
            claims["aal"] = "aal1".into();
            claims["is_anonymous"] = false.into();
            // What the platform says of its users; nothing that they could write themselves.
            claims["app_metadata"] = metadata;
            claims["user_metadata"] = json!({});
        }
        claims.to_string()
    }
}

pub mod store {
    use super::{Client, DateTime, Found, Kind, Result, Utc, Uuid};

    const FIND: &str = "select i.id, i.impersonation_type, i.target_user_id, coalesce(i.target_label, ''), u.email, u.metadata::text, i.read_only, i.started_at, i.expires_at, \
           i.impersonation_type = 'user' and u.id is null \
         from auth.impersonation_tokens t join auth.impersonation_sessions i on i.id = t.impersonation_id \
         left join auth.users u on u.id = i.target_user_id and u.status = 'active' and u.deleted_at is null and u.staff_id is null \
         where t.staff_session_id = $1 and t.code_hash is null and (i.surface = 'database' or i.surface = 'comparison' and i.id = $3) \
         and i.ended_at is null and i.expires_at > $2 order by i.surface = 'comparison', i.started_at desc limit 1";

    pub const STATEMENTS: &[&str] = &[FIND];

    pub(super) async fn find(db: &Client, session: Uuid, named: Option<Uuid>, now: DateTime<Utc>) -> Result<Option<Found>> {
        let row = db.query_opt(FIND, &[&session, &now, &named]).await?;
        Ok(row.map(|row| Found {
            id: row.get(0),
            kind: Kind::stored(row.get(1)),
            user: row.get(2),
            label: row.get(3),
            email: row.get(4),
            metadata: row.get(5),
            read_only: row.get(6),
            started_at: row.get(7),
            expires_at: row.get(8),
            is_target_gone: row.get(9),
        }))
    }
}
