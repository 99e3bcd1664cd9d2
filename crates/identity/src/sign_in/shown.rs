//! What `GET /session` and `GET /account/session` say.

use super::offers::{self, Offers};
use crate::ceremonies::{self, Purpose};
use crate::factors::{self, Methods, passkeys};
use crate::kind::Kind;
use crate::memberships::Level;
use crate::{State, cookie, entry, impersonation, permission};
use chrono::{DateTime, Utc};
use http::StatusCode;
use kernel::actor::Scope;
use kernel::endpoint::{Response, json};
use kernel::{App, Call, Caller, Client, Problem, Result};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Serialize)]
struct User {
    id: Uuid,
    email: String,
    name: String,
    role: String,
}

/// An organization that the user belongs to.
#[derive(Serialize)]
pub(crate) struct Organization {
    id: Uuid,
    name: String,
    status: String,
    /// The role's stable name, and what people call it.
    role: String,
    role_label: String,
    level: String,
    /// Whether the membership itself is `active` or `suspended`.
    membership: String,
    since: DateTime<Utc>,
    /// Who can give them more.
    owner: Option<String>,
    owned: bool,
    /// Whether they look after it: its people, roles, keys or security.
    administers: bool,
    /// Why it doesn't open to this session now, and what it asks for first.
    closed: Option<entry::Closed>,
}

/// What the banner says.
#[derive(Serialize)]
struct Impersonation {
    id: Uuid,
    /// `user`, `anon` or `service`.
    kind: String,
    /// As whom.
    name: String,
    /// The database role, where it is about tables.
    role: Option<&'static str>,
    by: String,
    reason: String,
    read_only: bool,
    expires_at: DateTime<Utc>,
}

#[derive(Serialize)]
pub(crate) struct Shown {
    state: &'static str,
    /// What the platform is called.
    platform: String,
    offers: Offers,
    setup_token_required: bool,
    /// Whether browsers can use passkeys at this address.
    passkeys: bool,
    /// The ways to go on, in the middle of a sign-in.
    methods: Vec<&'static str>,
    /// Wrong codes that this sign-in still stands.
    tries_left: Option<i32>,
    user: Option<User>,
    permissions: Vec<String>,
    /// How this session was opened.
    factors: Vec<String>,
    organizations: Vec<Organization>,
    /// Whether this user is staff too, with a sign-in of its own.
    administration: bool,
    /// Who really sits there, when staff look as this user does.
    impersonation: Option<Impersonation>,
    proved_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    idle_expires_at: Option<DateTime<Utc>>,
}

impl Shown {
    /// As far as it is known before anybody is.
    ///
    /// # Errors
    /// 500 when a setting isn't declared, a fault of ours.
    pub fn nobody(app: &App, kind: Kind, state: &'static str) -> Result<Self> {
        Ok(Self {
            state,
            platform: app.name(),
            offers: offers::of(app, kind)?,
            setup_token_required: false,
            passkeys: passkeys::possible(app),
            methods: Vec::new(),
            tries_left: None,
            user: None,
            permissions: Vec::new(),
            factors: Vec::new(),
            organizations: Vec::new(),
            administration: false,
            impersonation: None,
            proved_at: None,
            expires_at: None,
            idle_expires_at: None,
        })
    }

    /// In the middle of a sign-in.
    pub fn step(app: &App, kind: Kind, purpose: Purpose, methods: Methods, until: DateTime<Utc>, tries: i32) -> Result<Self> {
        let state = if purpose == Purpose::Enrol { "enrolment" } else { "second_factor" };
        Ok(Self { methods: methods.names(), tries_left: Some(tries), expires_at: Some(until), ..Self::nobody(app, kind, state)? })
    }
}

pub(crate) fn schema() -> Value {
    let time = json!({"type": ["string", "null"], "format": "date-time"});
    let texts = json!({"type": "array", "items": {"type": "string"}});
    json!({"type": "object", "required": ["state", "setup_token_required", "permissions"], "properties": {
        "state": {"enum": ["setup_needed", "signed_out", "unconfirmed", "second_factor", "enrolment", "signed_in"]}, "platform": {"type": "string"}, "offers": offers::schema(), "setup_token_required": {"type": "boolean"},
        "passkeys": {"type": "boolean"}, "methods": texts, "tries_left": {"type": ["integer", "null"]}, "factors": texts, "administration": {"type": "boolean"},
        "user": {"type": ["object", "null"], "properties": {"id": {"type": "string", "format": "uuid"}, "email": {"type": "string"}, "name": {"type": "string"}, "role": {"type": "string"}}},
        "organizations": {"type": "array", "items": {"type": "object"}},
        "impersonation": {"type": ["object", "null"], "properties": {"id": {"type": "string", "format": "uuid"}, "kind": {"enum": ["user", "anon", "service"]}, "name": {"type": "string"}, "role": {"type": ["string", "null"]}, "by": {"type": "string"}, "reason": {"type": "string"}, "read_only": {"type": "boolean"}, "expires_at": {"type": "string", "format": "date-time"}}},
        "permissions": texts, "proved_at": time, "expires_at": time, "idle_expires_at": time, "recovery_codes": texts }})
}

pub(crate) fn example(kind: Kind) -> Value {
    let mut example = json!({"state": "signed_in", "platform": "Analytical Engines", "offers": offers::example(kind), "setup_token_required": false, "passkeys": true, "methods": [], "factors": ["password", "totp"],
        "user": {"id": "0190b6c8-0000-7000-8000-000000000001", "email": "ada@example.com", "name": "Ada Lovelace", "role": "owner"},
        "organizations": [], "administration": false, "impersonation": null, "permissions": ["users:read", "users:update"],
        "proved_at": "2026-11-20T09:30:00Z", "expires_at": "2026-11-20T21:30:00Z", "idle_expires_at": "2026-11-20T10:30:00Z"});
    if kind == Kind::User {
        example["user"]["role"] = "admin".into();
        example["organizations"] = json!([{"id": "0190b6c8-0000-7000-8000-000000000010", "name": "Analytical Engines", "status": "active", "role": "admin", "role_label": "Admin", "level": "admin", "membership": "active", "since": "2026-11-02T10:00:00Z", "owner": "Grace Hopper", "owned": false, "administers": true, "closed": null}]);
        example["permissions"] = json!(["memberships:read"]);
    }
    example
}

pub(super) async fn show(call: Call, kind: Kind, state: Arc<State>) -> Result<Response> {
    let app = &call.app;
    let nobody = Shown::nobody(app, kind, "signed_out")?;
    let caller = call.caller.clone().filter(|c| belongs(c, kind));
    let step = cookie::ceremony(&call.headers, kind, call.request.tls);
    if caller.is_none() && step.is_none() && state.is_known_administered() {
        return json(StatusCode::OK, &nobody);
    }
    let tx = app.db.begin(&Caller::system("session"), app.clock.now()).await?;
    let shown = if let Some(caller) = &caller {
        of(app, tx.db(), kind, caller).await?
    } else if !state.is_administered(tx.db()).await? {
        Shown { state: "setup_needed", setup_token_required: !call.request.local, ..nobody }
    } else {
        in_between(&call, tx.db(), kind, step).await?.unwrap_or(nobody)
    };
    tx.rollback().await?;
    json(StatusCode::OK, &shown)
}

/// Keys speak for staff at the staff door.
fn belongs(caller: &Caller, kind: Kind) -> bool {
    match kind {
        Kind::Staff => caller.scope == kernel::actor::Scope::Platform,
        Kind::User => caller.subject.as_ref().unwrap_or(&caller.actor).kind == kind.actor(),
    }
}

/// A page that was loaded again between the steps goes on where it was.
async fn in_between(call: &Call, db: &Client, kind: Kind, step: Option<&str>) -> Result<Option<Shown>> {
    if step.is_none() {
        return Ok(None);
    }
    for purpose in [Purpose::SignIn, Purpose::Enrol] {
        if let Ok(found) = ceremonies::look(&call.app, step, kind, purpose).await
            && let Some(account) = found.account
        {
            let methods = factors::store::methods(db, kind, account).await?;
            return Shown::step(&call.app, kind, purpose, methods, found.expires_at, found.tries_left).map(Some);
        }
    }
    Ok(None)
}

pub(super) async fn of(app: &App, db: &Client, kind: Kind, caller: &Caller) -> Result<Shown> {
    if caller.subject.is_some() && caller.seen_as.is_none() {
        return as_somebody(app, db, caller).await;
    }
    let kept = store::shown(db, kind, caller.session.unwrap_or_default())
        .await?
        .ok_or_else(|| Problem::internal("the session of a caller is not there"))?;
    let impersonation = match &caller.seen_as {
        Some(seen) => impersonation::caller_store::shown(db, seen.id).await?.map(|shown| banner(shown, Some(seen.role.name()))),
        None => None,
    };
    let organizations = match kind {
        Kind::Staff => Vec::new(),
        Kind::User => organizations(app, db, kept.user.id, caller).await?,
    };
    Ok(Shown {
        state: "signed_in",
        user: Some(User { role: caller.role.clone(), ..kept.user }),
        permissions: permission::names(&app.registry, &caller.permissions),
        factors: kept.factors,
        organizations,
        administration: kept.administration,
        impersonation,
        proved_at: caller.proved_at,
        expires_at: kept.expires_at,
        idle_expires_at: kept.idle_expires_at,
        ..Shown::nobody(app, kind, "signed_in")?
    })
}

/// The user, as staff see the platform in their name.
async fn as_somebody(app: &App, db: &Client, caller: &Caller) -> Result<Shown> {
    let shown = impersonation::caller_store::shown(db, caller.session.unwrap_or_default())
        .await?
        .ok_or_else(|| Problem::internal("the impersonation of a caller is not there"))?;
    let user = User {
        id: caller.subject.as_ref().and_then(|subject| subject.id).unwrap_or_default(),
        email: shown.email.clone(),
        name: shown.name.clone(),
        role: caller.role.clone(),
    };
    Ok(Shown {
        organizations: organizations(app, db, user.id, caller).await?,
        user: Some(user),
        permissions: permission::names(&app.registry, &caller.permissions),
        expires_at: Some(shown.expires_at),
        impersonation: Some(banner(shown, None)),
        ..Shown::nobody(app, Kind::User, "signed_in")?
    })
}

/// Where a user belongs. In the organization they act for, what they hold for a while counts too.
///
/// # Errors
/// When the database is away.
pub(crate) async fn organizations(app: &App, db: &Client, user: Uuid, caller: &Caller) -> Result<Vec<Organization>> {
    let mut found = store::organizations(db, user).await?;
    // Staff who look as this user does are asked by their own rules.
    let session = caller.session.filter(|_| caller.subject.is_none()).unwrap_or_default();
    for entry in entry::all(db, user, session, app.clock.now()).await? {
        if let Some((one, _)) = found.iter_mut().find(|(one, _)| one.id == entry.organization) {
            one.closed = entry.closed;
        }
    }
    for (one, patterns) in &mut found {
        let standing = permission::resolve_member(&app.registry, patterns, Level::stored(&one.level));
        let acting = caller.scope == Scope::Organization(one.id);
        let active = one.status == "active" && one.membership == "active";
        one.administers = active && (permission::administers(&standing) || acting && permission::administers(&caller.permissions));
    }
    Ok(found.into_iter().map(|(one, _)| one).collect())
}

fn banner(shown: impersonation::caller_store::Shown, role: Option<&'static str>) -> Impersonation {
    let impersonation::caller_store::Shown { id, kind, name, reason, by, read_only, expires_at, .. } = shown;
    Impersonation { id, kind, name, role, by, reason, read_only, expires_at }
}

struct Kept {
    user: User,
    expires_at: Option<DateTime<Utc>>,
    idle_expires_at: Option<DateTime<Utc>>,
    factors: Vec<String>,
    administration: bool,
}

pub mod store {
    use super::{Client, Kept, Kind, Organization, Result, User, Uuid};

    const STAFF: &str = "select u.id, u.email, u.name, s.expires_at, s.idle_expires_at, s.factors, false from dashboard_auth.sessions s \
         join dashboard_auth.dashboard_users u on u.id = s.user_id where s.id = $1 \
         union all select u.id, u.email, u.name, k.expires_at, null, '{key}', false from identity.api_keys k join dashboard_auth.dashboard_users u on u.id = k.staff_id where k.id = $1";
    const USER: &str = "select u.id, u.email, coalesce(u.name, u.email), s.expires_at, s.idle_expires_at, s.factors, \
         exists (select from dashboard_auth.dashboard_users d where d.id = u.staff_id and d.status = 'active' and d.deleted_at is null) \
         from auth.sessions s join auth.users u on u.id = s.user_id where s.id = $1";
    const ORGANIZATIONS: &str = "select o.id, o.name, o.status, r.name, r.label, m.level, m.status, m.created_at, m.owner, identity.permissions_of(m.role_id), \
           (select coalesce(u.name, u.email) from identity.memberships w join auth.users u on u.id = w.user_id where w.organization_id = o.id and w.owner) \
         from identity.memberships m join identity.organizations o on o.id = m.organization_id \
         join identity.roles r on r.id = m.role_id where m.user_id = $1 order by o.name, o.id";

    pub const STATEMENTS: &[&str] = &[STAFF, USER, ORGANIZATIONS];

    pub(super) async fn shown(db: &Client, kind: Kind, session: Uuid) -> Result<Option<Kept>> {
        let statement = match kind {
            Kind::Staff => STAFF,
            Kind::User => USER,
        };
        let row = db.query_opt(statement, &[&session]).await?;
        Ok(row.map(|row| Kept {
            user: User { id: row.get(0), email: row.get(1), name: row.get(2), role: String::new() },
            expires_at: row.get(3),
            idle_expires_at: row.get(4),
            factors: row.get(5),
            administration: row.get(6),
        }))
    }

    /// The organizations, each with the patterns of their role in it.
    pub(super) async fn organizations(db: &Client, user: Uuid) -> Result<Vec<(Organization, Vec<String>)>> {
        let rows = db.query(ORGANIZATIONS, &[&user]).await?;
        let read = |row: &tokio_postgres::Row| Organization {
            id: row.get(0),
            name: row.get(1),
            status: row.get(2),
            role: row.get(3),
            role_label: row.get(4),
            level: row.get(5),
            membership: row.get(6),
            since: row.get(7),
            owned: row.get(8),
            owner: row.get(10),
            administers: false,
            closed: None,
        };
        Ok(rows.iter().map(|row| (read(row), row.get(9))).collect())
    }
}
