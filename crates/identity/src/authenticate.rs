//! Who is asking: the session cookie of staff, or an API key. Anything else, expired or unknown, is nobody.

use crate::cache::Known;
use crate::{State, cookie, key_text, permission};
use chrono::{DateTime, Duration, Utc};
use futures::future::BoxFuture;
use http::{HeaderMap, header};
use kernel::actor::Scope;
use kernel::{Actor, ActorKind, App, Authenticate, Caller, RequestInfo, Result, secret};
use std::sync::Arc;
use uuid::Uuid;

/// How often "last seen" is written at most.
const SEEN_EVERY: Duration = Duration::seconds(60);

/// The kernel's question, answered from sessions and keys.
pub struct Authenticator {
    pub(crate) state: Arc<State>,
}

enum Credential {
    Session(Vec<u8>),
    Key(Vec<u8>),
}

impl Credential {
    /// A bearer key counts before a cookie: a script that sends one means it.
    fn of(headers: &HeaderMap, request: &RequestInfo) -> Option<Self> {
        if let Some(given) = headers.get(header::AUTHORIZATION) {
            let (scheme, key) = given.to_str().ok()?.split_once(' ')?;
            return scheme.eq_ignore_ascii_case("bearer").then(|| key_text::hash(key.trim())).flatten().map(Self::Key);
        }
        let token = cookie::value(headers, cookie::session_name(request.tls)).filter(|token| (1..=128).contains(&token.len()))?;
        Some(Self::Session(secret::hash(token)))
    }
}

impl Authenticate for Authenticator {
    fn authenticate<'a>(
        &'a self,
        app: &'a Arc<App>,
        headers: &'a HeaderMap,
        request: &'a RequestInfo,
    ) -> BoxFuture<'a, Result<Option<Caller>>> {
        Box::pin(async move {
            let Some(credential) = Credential::of(headers, request) else { return Ok(None) };
            let now = app.clock.now();
            let (Credential::Session(hash) | Credential::Key(hash)) = &credential;
            if let Some(known) = self.state.callers.get(hash, now) {
                return Ok(Some(known.caller));
            }
            let generation = self.state.callers.generation();
            let Some(known) = look_up(app, &credential, now).await? else { return Ok(None) };
            let caller = known.caller.clone();
            self.state.callers.keep(generation, hash.clone(), now, known);
            Ok(Some(caller))
        })
    }

    fn forget(&self) {
        self.state.callers.empty();
    }
}

async fn look_up(app: &Arc<App>, credential: &Credential, now: DateTime<Utc>) -> Result<Option<Known>> {
    let tx = app.db.begin(&Caller::system("authenticate"), now).await?;
    let known = match credential {
        Credential::Session(hash) => session(app, tx.db(), hash, now).await?,
        Credential::Key(hash) => key(app, tx.db(), hash, now).await?,
    };
    tx.commit().await?;
    Ok(known)
}

async fn session(app: &App, db: &tokio_postgres::Client, hash: &[u8], now: DateTime<Utc>) -> Result<Option<Known>> {
    let Some(found) = store::session(db, hash, now).await? else { return Ok(None) };
    if now - found.last_seen_at >= SEEN_EVERY {
        store::session_seen(db, found.id, now, now + crate::sessions::idle(app)?).await?;
    }
    let caller = Caller {
        actor: Actor { kind: ActorKind::Staff, id: Some(found.staff.id), label: found.staff.name },
        subject: None,
        scope: Scope::Platform,
        role: found.staff.role,
        permissions: permission::resolve(&app.registry, &found.staff.patterns),
        session: Some(found.id),
    };
    Ok(Some(Known { caller, until: found.until }))
}

/// A key can do what its scopes say and its owner may: never more than either.
async fn key(app: &App, db: &tokio_postgres::Client, hash: &[u8], now: DateTime<Utc>) -> Result<Option<Known>> {
    let Some(found) = store::key(db, hash, now).await? else { return Ok(None) };
    if found.last_used_at.is_none_or(|at| now - at >= SEEN_EVERY) {
        store::key_used(db, found.id, now).await?;
    }
    let owner = permission::resolve(&app.registry, &found.owner.patterns);
    let scopes = permission::resolve(&app.registry, &found.scopes);
    let caller = Caller {
        actor: Actor { kind: ActorKind::Key, id: Some(found.id), label: format!("{} ({})", found.name, found.owner.name) },
        subject: None,
        scope: Scope::Platform,
        role: found.owner.role,
        permissions: scopes.within(&owner),
        session: Some(found.id),
    };
    Ok(Some(Known { caller, until: found.expires_at.unwrap_or(DateTime::<Utc>::MAX_UTC) }))
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
    staff: Staff,
    last_seen_at: DateTime<Utc>,
    until: DateTime<Utc>,
}

struct FoundKey {
    id: Uuid,
    name: String,
    owner: Staff,
    scopes: Vec<String>,
    last_used_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
}

pub mod store {
    use super::{DateTime, FoundKey, FoundSession, Result, Staff, Utc, Uuid};
    use tokio_postgres::{Client, Row};

    const SESSION: &str = "select u.id, u.name, r.name, identity.permissions_of(u.role_id), s.id, s.last_seen_at, least(s.expires_at, s.idle_expires_at) \
         from dashboard_auth.session_tokens t join dashboard_auth.sessions s on s.id = t.session_id \
         join dashboard_auth.dashboard_users u on u.id = s.user_id join identity.roles r on r.id = u.role_id \
         where t.token_hash = $1 and s.revoked_at is null and s.expires_at > $2 and s.idle_expires_at > $2 and u.status = 'active' and u.deleted_at is null";
    const SESSION_SEEN: &str = "update dashboard_auth.sessions set last_seen_at = $2, idle_expires_at = least($3, expires_at) where id = $1 and revoked_at is null";
    const KEY: &str = "select u.id, u.name, r.name, identity.permissions_of(u.role_id), k.id, k.name, k.scopes, k.last_used_at, k.expires_at \
         from identity.api_keys k join dashboard_auth.dashboard_users u on u.id = k.staff_id join identity.roles r on r.id = u.role_id \
         where k.token_hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2) and u.status = 'active' and u.deleted_at is null";
    const KEY_USED: &str = "update identity.api_keys set last_used_at = $2 where id = $1";

    pub const STATEMENTS: &[&str] = &[SESSION, SESSION_SEEN, KEY, KEY_USED];

    fn staff(row: &Row) -> Staff {
        Staff { id: row.get(0), name: row.get(1), role: row.get(2), patterns: row.get(3) }
    }

    pub(super) async fn session(db: &Client, hash: &[u8], now: DateTime<Utc>) -> Result<Option<FoundSession>> {
        let row = db.query_opt(SESSION, &[&hash, &now]).await?;
        Ok(row.map(|row| FoundSession { staff: staff(&row), id: row.get(4), last_seen_at: row.get(5), until: row.get(6) }))
    }

    pub(super) async fn session_seen(db: &Client, id: Uuid, now: DateTime<Utc>, idle_until: DateTime<Utc>) -> Result<()> {
        db.execute(SESSION_SEEN, &[&id, &now, &idle_until]).await?;
        Ok(())
    }

    pub(super) async fn key(db: &Client, hash: &[u8], now: DateTime<Utc>) -> Result<Option<FoundKey>> {
        let row = db.query_opt(KEY, &[&hash, &now]).await?;
        Ok(row.map(|row| FoundKey {
            owner: staff(&row),
            id: row.get(4),
            name: row.get(5),
            scopes: row.get(6),
            last_used_at: row.get(7),
            expires_at: row.get(8),
        }))
    }

    pub(super) async fn key_used(db: &Client, id: Uuid, now: DateTime<Utc>) -> Result<()> {
        db.execute(KEY_USED, &[&id, &now]).await?;
        Ok(())
    }
}
