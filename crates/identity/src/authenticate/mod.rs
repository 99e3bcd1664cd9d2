//! Who is asking: the session cookie of staff or of an app user, or an API key. A session that is expired or unknown is
//! nobody; a key that isn't valid here is told so, in the same words whatever is wrong with it.

pub mod store;

use crate::cache::Known;
use crate::elevations::granted;
use crate::kind::Kind;
use crate::memberships::Level;
use crate::meter::{Access, Limits, Request};
use crate::restrictions::Door;
use crate::{State, accesses, cookie, entry, impersonation, key_text, member, networks, permission};
use chrono::{DateTime, Duration, Utc};
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kernel::actor::Scope;
use kernel::{Actor, ActorKind, App, Authenticate, Caller, Client, Endpoint, Permissions, Problem, RequestInfo, Result, secret};
use std::sync::Arc;
use uuid::Uuid;

/// How often "last seen" is written at most.
const SEEN_EVERY: Duration = Duration::seconds(60);

/// The kernel's question, answered from sessions and keys.
pub struct Authenticator {
    pub(crate) state: Arc<State>,
}

/// Which organization an app user acts for.
const ORGANIZATION: &str = "quarterdeck-organization";
/// Which of the two sessions of a browser counts, when it has both: `user`; staff otherwise.
const ACCOUNT: &str = "quarterdeck-account";

enum Credential {
    /// With the impersonation that the request names.
    Staff(Vec<u8>, Option<Uuid>),
    User(Vec<u8>, Option<Uuid>),
    /// The token of the impersonation, that of the session of staff beside it, and the organization.
    AsUser(Vec<u8>, Vec<u8>, Option<Uuid>),
    Key(Vec<u8>),
}

impl Credential {
    /// A bearer key counts before a cookie: a script that sends one means it.
    fn of(headers: &HeaderMap, request: &RequestInfo) -> Result<Option<Self>> {
        if let Some(given) = headers.get(header::AUTHORIZATION) {
            // A proxy and we could each believe another one.
            if headers.get_all(header::AUTHORIZATION).iter().nth(1).is_some() {
                return Err(not_valid());
            }
            let key = given.to_str().ok().and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
            let hash = key.and_then(|(_, key)| key_text::hash(key.trim()));
            return hash.map(|hash| Some(Self::Key(hash))).ok_or_else(not_valid);
        }
        let organization = headers.get(ORGANIZATION).and_then(|value| Uuid::parse_str(value.to_str().ok()?.trim()).ok());
        let as_user = headers.contains_key(ORGANIZATION) || headers.get(ACCOUNT).is_some_and(|value| value == "user");
        let named = impersonation::named(headers);
        let staff = || cookie::session(headers, Kind::Staff, request.tls).map(|token| Self::Staff(secret::hash(token), named));
        let user = || cookie::session(headers, Kind::User, request.tls).map(|token| Self::User(secret::hash(token), organization));
        if as_user
            && let Some(token) = cookie::impersonation(headers, request.tls)
            && let Some(session) = cookie::session(headers, Kind::Staff, request.tls)
        {
            return Ok(Some(Self::AsUser(secret::hash(token), secret::hash(session), organization)));
        }
        Ok(if as_user { user() } else { staff().or_else(user) })
    }

    /// What the answer is kept under: the same browser may be somebody else in another organization.
    fn key(&self) -> Vec<u8> {
        match self {
            Self::Staff(hash, None) | Self::Key(hash) | Self::User(hash, None) => hash.clone(),
            Self::Staff(hash, Some(id)) | Self::User(hash, Some(id)) => [hash.as_slice(), id.as_bytes()].concat(),
            Self::AsUser(hash, session, organization) => [hash, session.as_slice(), organization.unwrap_or_default().as_bytes()].concat(),
        }
    }
}

/// One answer for every key that isn't good here: who tries keys learns nothing from it.
fn not_valid() -> Problem {
    Problem::unauthenticated("This API key isn't valid here: it is mistyped, unknown, expired, revoked, or not allowed from your address")
        .titled("The API key is not valid")
}

impl Authenticate for Authenticator {
    fn authenticate<'a>(
        &'a self,
        app: &'a Arc<App>,
        headers: &'a HeaderMap,
        request: &'a RequestInfo,
    ) -> BoxFuture<'a, Result<Option<Caller>>> {
        Box::pin(async move {
            let Some(credential) = Credential::of(headers, request)? else { return Ok(None) };
            let now = app.clock.now();
            let key = credential.key();
            let known = match self.state.callers.get(&key, now) {
                Some(known) => Some(known),
                None => {
                    let generation = self.state.callers.generation();
                    let found = look_up(app, &self.state, &credential, request, now).await?;
                    if let Some(known) = found.as_ref().filter(|known| impersonation::meant(headers, &known.caller).is_ok()) {
                        self.state.callers.keep(generation, key, now, known.clone());
                    }
                    found
                }
            };
            let Some(known) = known else { return if matches!(credential, Credential::Key(_)) { Err(not_valid()) } else { Ok(None) } };
            impersonation::meant(headers, &known.caller)?;
            let allowed = known.door.check(request.address);
            match credential {
                // Whose session it is knows already that it is one; of a key nobody shall learn it from elsewhere.
                Credential::Staff(..) | Credential::User(..) | Credential::AsUser(..) => allowed.map(|()| Some(known.caller)),
                Credential::Key(_) => allowed.map(|()| Some(known.caller)).map_err(|_| not_valid()),
            }
        })
    }

    fn admit(&self, app: &App, caller: &Caller) -> Result<()> {
        match (caller.actor.kind, caller.actor.id) {
            (ActorKind::Key, Some(key)) => self.state.meter.take(key, app.clock.now()),
            _ => Ok(()),
        }
    }

    fn answered(&self, app: &Arc<App>, caller: &Caller, request: &RequestInfo, to: &Endpoint, status: StatusCode, out: &mut HeaderMap) {
        if let Some(id) = caller.seen_as.as_ref().and_then(|seen| HeaderValue::from_str(&seen.id.to_string()).ok()) {
            out.insert(impersonation::HEADER, id);
        }
        let (ActorKind::Key, Some(key)) = (caller.actor.kind, caller.actor.id) else { return };
        let (now, meter) = (app.clock.now(), &self.state.meter);
        if let Some(left) = meter.left(key, now) {
            for (name, text) in [("ratelimit-policy", left.policy), ("ratelimit", left.state)] {
                if let Ok(value) = HeaderValue::from_str(&text) {
                    out.insert(name, value);
                }
            }
        }
        let alike = Request { key, method: to.method.clone(), route: to.path.clone(), status: status.as_u16(), address: request.address };
        let first = meter.note(alike, |organization| Access {
            id: app.ids.next(&app.clock),
            organization,
            at: now,
            request_id: request.id.clone(),
            requests: 1,
        });
        if first {
            let (app, state) = (app.clone(), self.state.clone());
            tokio::spawn(async move {
                tokio::time::sleep(accesses::WRITE_EVERY).await;
                if let Err(problem) = accesses::write(&app, &state.meter).await {
                    tracing::warn!(error = %problem, "the access log of API keys can't be written now; it waits");
                }
            });
        }
    }

    fn settle<'a>(&'a self, app: &'a Arc<App>) -> BoxFuture<'a, Result<()>> {
        Box::pin(accesses::write(app, &self.state.meter))
    }

    fn forget(&self) {
        self.state.callers.empty();
    }
}

async fn look_up(
    app: &Arc<App>,
    state: &State,
    credential: &Credential,
    request: &RequestInfo,
    now: DateTime<Utc>,
) -> Result<Option<Known>> {
    let tx = app.db.begin(&Caller::system("authenticate"), now).await?;
    let known = match credential {
        Credential::Staff(hash, named) => staff(app, tx.db(), (hash, *named), request, now).await?,
        Credential::User(hash, organization) => user(app, tx.db(), hash, *organization, request, now).await?,
        Credential::AsUser(hash, session, organization) => as_user(app, tx.db(), (hash, session), *organization, now).await?,
        Credential::Key(hash) => key(app, state, tx.db(), hash, now).await?,
    };
    tx.commit().await?;
    Ok(known)
}

/// Notes that a session is in use, once a minute.
async fn seen(app: &App, db: &Client, kind: Kind, found: &FoundSession, request: &RequestInfo, now: DateTime<Utc>) -> Result<()> {
    if !request.is_idle && now - found.last_seen_at >= SEEN_EVERY {
        let rules = crate::factors::rules(app, db, kind, found.account).await?;
        store::session_seen(db, kind, found.id, now, now + crate::sessions::idle(app, kind, rules.idle_minutes)?).await?;
    }
    Ok(())
}

async fn staff(
    app: &App,
    db: &Client,
    (hash, named): (&[u8], Option<Uuid>),
    request: &RequestInfo,
    now: DateTime<Utc>,
) -> Result<Option<Known>> {
    let Some((found, staff)) = store::staff_session(db, hash, now).await? else { return Ok(None) };
    seen(app, db, Kind::Staff, &found, request, now).await?;
    // All that depends on the session alone goes out together: this is asked for every caller once a second.
    let (elevations, taken, door) = futures::try_join!(
        granted::of_staff(db, staff.id),
        impersonation::taken(db, found.id, named, now),
        Door::of_staff(db, staff.id, now)
    )?;
    let standing = permission::resolve(&app.registry, &staff.patterns);
    let (permissions, until) = granted::over(&app.registry, standing, &elevations, kernel::Scope::Platform, found.showed, found.until);
    let caller = Caller {
        actor: Actor { kind: ActorKind::Staff, id: Some(staff.id), label: staff.name },
        subject: None,
        seen_as: None,
        scope: Scope::Platform,
        role: staff.role,
        permissions,
        session: Some(found.id),
        proved_at: Some(found.proved_at),
    };
    let (caller, until) = impersonation::over(db, taken, caller, until, now).await?;
    Ok(Some(Known { caller, until, door }))
}

/// Staff in the place of a user.
async fn as_user(app: &App, db: &Client, tokens: (&[u8], &[u8]), organization: Option<Uuid>, now: DateTime<Utc>) -> Result<Option<Known>> {
    let Some((caller, until)) = impersonation::find(app, db, tokens.0, tokens.1, organization, now).await? else { return Ok(None) };
    let Some(staff) = caller.actor.id else { return Ok(None) };
    let door = Door::of_both(db, staff, of_organization(caller.scope), now).await?;
    Ok(Some(Known { caller, until, door }))
}

fn of_organization(scope: Scope) -> Option<Uuid> {
    if let Scope::Organization(id) = scope { Some(id) } else { None }
}

/// An app user: in the organization they name, when they belong to it and it is active; otherwise on their own.
async fn user(
    app: &App,
    db: &Client,
    hash: &[u8],
    organization: Option<Uuid>,
    request: &RequestInfo,
    now: DateTime<Utc>,
) -> Result<Option<Known>> {
    let Some((found, name)) = store::user_session(db, hash, now).await? else { return Ok(None) };
    seen(app, db, Kind::User, &found, request, now).await?;
    let mut door = Door::default();
    let member = match organization {
        Some(organization) => {
            let (member, asked) = futures::try_join!(member::find(db, found.account, organization), Door::of(db, Some(organization)))?;
            member.map(|member| {
                door = asked;
                (organization, member)
            })
        }
        None => None,
    };
    let (scope, role, (permissions, until)) = match member {
        Some((organization, member)) => {
            let who = (app.ids.next(&app.clock), found.account, found.id);
            door.entry = entry::come_in(db, who, organization, request.address, now).await?;
            let held = member.elevated(&app.registry, found.showed, found.until);
            (Scope::Organization(organization), member.role, held)
        }
        None => (Scope::Own, String::new(), (Permissions::default(), found.until)),
    };
    let caller = Caller {
        actor: Actor { kind: ActorKind::Person, id: Some(found.account), label: name },
        subject: None,
        seen_as: None,
        scope,
        role,
        permissions,
        session: Some(found.id),
        proved_at: Some(found.proved_at),
    };
    Ok(Some(Known { caller, until, door }))
}

/// A key can do what its scopes say and its owner may: never more than either.
async fn key(app: &App, state: &State, db: &Client, hash: &[u8], now: DateTime<Utc>) -> Result<Option<Known>> {
    let Some(found) = store::key(db, hash, now).await? else { return Ok(None) };
    if state.meter.know(found.limits.clone()) {
        state.meter.begin(&found.limits, &accesses::counts(db, &found.limits, now).await?, now);
    }
    let key = found.limits.key;
    let caller = Caller {
        actor: Actor { kind: ActorKind::Key, id: Some(key), label: found.label() },
        subject: None,
        seen_as: None,
        scope: found.limits.organization.map_or(Scope::Platform, Scope::Organization),
        permissions: found.permissions(app),
        role: found.owner.role,
        session: Some(key),
        proved_at: None,
    };
    let until = found.expires_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
    let door = Door { also: networks::stored(&found.networks), ..Door::of(db, found.limits.organization).await? };
    Ok(Some(Known { caller, until, door }))
}

impl FoundKey {
    fn label(&self) -> String {
        if self.owner.name.is_empty() { self.name.clone() } else { format!("{} ({})", self.name, self.owner.name) }
    }

    fn permissions(&self, app: &App) -> Permissions {
        if self.limits.organization.is_some() {
            let role = permission::resolve_member(&app.registry, &self.owner.patterns, self.level);
            return permission::resolve_member(&app.registry, &self.scopes, Level::Admin).within(&role);
        }
        permission::resolve(&app.registry, &self.scopes).within(&permission::resolve(&app.registry, &self.owner.patterns))
    }
}

/// The account behind a credential.
struct Staff {
    id: Uuid,
    name: String,
    role: String,
    patterns: Vec<String>,
}

struct FoundSession {
    id: Uuid,
    account: Uuid,
    last_seen_at: DateTime<Utc>,
    until: DateTime<Utc>,
    proved_at: DateTime<Utc>,
    /// Whether it showed a second factor.
    showed: bool,
}

struct FoundKey {
    name: String,
    /// The person or the organization it belongs to, with what they may do.
    owner: Staff,
    level: Level,
    scopes: Vec<String>,
    networks: Vec<String>,
    limits: Limits,
    expires_at: Option<DateTime<Utc>>,
}
