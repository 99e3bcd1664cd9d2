//! Who is asking, when it is staff in the name of a user. Everything that could end it is asked at every lookup: time,
//! somebody's word, the session of staff, their permission, either account.

use super::PERMISSION;
use crate::{member, permission};
use chrono::{DateTime, Utc};
use http::HeaderMap;
use kernel::actor::Scope;
use kernel::{Actor, ActorKind, App, Caller, Client, Permissions, Problem, Registry, Result};
use uuid::Uuid;

/// Acts that stay a person's own even when staff may change things in their name.
fn stays_theirs(registry: &Registry, permission: &str) -> bool {
    let administrative = registry.permissions().iter().any(|p| p.name == permission && p.administrative);
    administrative || permission.ends_with(":export")
}

/// What is left of what the user holds.
fn narrowed(registry: &Registry, held: &Permissions, read_only: bool) -> Permissions {
    let keeps = |p: &str| if read_only { p.ends_with(":read") } else { !stays_theirs(registry, p) };
    Permissions::of(permission::names(registry, held).into_iter().filter(|p| keeps(p)))
}

/// The caller, and until when the answer may be believed; none when it is over in any way.
///
/// # Errors
/// When the database is away.
pub(crate) async fn find(
    app: &App,
    db: &Client,
    token: &[u8],
    staff_token: &[u8],
    organization: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<Option<(Caller, DateTime<Utc>)>> {
    let Some(found) = store::find(db, token, staff_token, now).await? else { return Ok(None) };
    if !permission::resolve(&app.registry, &found.patterns).allow(PERMISSION) {
        return Ok(None);
    }
    let member = match organization {
        Some(organization) => member::find(db, found.user, organization).await?.map(|member| (organization, member)),
        None => None,
    };
    let (scope, role, permissions) = match member {
        Some((organization, member)) => {
            let held = narrowed(&app.registry, &member.permissions(&app.registry), found.read_only);
            (Scope::Organization(organization), member.role, held)
        }
        None => (Scope::Own, String::new(), Permissions::default()),
    };
    let caller = Caller {
        actor: Actor { kind: ActorKind::Staff, id: Some(found.staff), label: found.staff_label },
        subject: Some(Actor { kind: ActorKind::Person, id: Some(found.user), label: found.user_label }),
        seen_as: None,
        scope,
        role,
        permissions,
        session: Some(found.id),
        proved_at: None,
    };
    Ok(Some((caller, found.until)))
}

/// The impersonation that a request names.
pub(crate) fn named(headers: &HeaderMap) -> Option<Uuid> {
    headers.get(super::HEADER).and_then(|given| Uuid::parse_str(given.to_str().ok()?.trim()).ok())
}

/// A request that means to be in somebody's place is never answered in another, nor with the rights of staff themselves.
///
/// # Errors
/// 410 when they don't act in that place any more.
pub(crate) fn meant(headers: &HeaderMap, caller: &Caller) -> Result<()> {
    if !headers.contains_key(super::HEADER) {
        return Ok(());
    }
    let given = named(headers);
    if given.is_some() && given == caller.seen_as.as_ref().map(|seen| seen.id) {
        return Ok(());
    }
    Err(Problem::new(kernel::problem::Kind::Gone, "You don't see tables in somebody's place any more: that is over. Nothing was done.")
        .titled("The impersonation is over"))
}

struct Found {
    id: Uuid,
    staff: Uuid,
    staff_label: String,
    patterns: Vec<String>,
    user: Uuid,
    user_label: String,
    read_only: bool,
    until: DateTime<Utc>,
}

pub mod store {
    use super::{Client, DateTime, Found, Result, Utc, Uuid};

    const FIND: &str = "select i.id, a.id, a.name, identity.permissions_of(a.role_id), u.id, coalesce(u.name, u.email), i.read_only, \
           least(i.expires_at, s.expires_at, s.idle_expires_at) \
         from auth.impersonation_tokens t join auth.impersonation_sessions i on i.id = t.impersonation_id \
         join dashboard_auth.sessions s on s.id = t.staff_session_id join dashboard_auth.session_tokens st on st.session_id = s.id \
         join dashboard_auth.dashboard_users a on a.id = i.admin_user_id and a.id = s.user_id join auth.users u on u.id = i.target_user_id \
         where t.token_hash = $1 and st.token_hash = $2 and i.ended_at is null and i.expires_at > $3 \
         and s.revoked_at is null and s.expires_at > $3 and s.idle_expires_at > $3 \
         and a.status = 'active' and a.deleted_at is null and u.status = 'active' and u.deleted_at is null and u.staff_id is null";
    const SHOWN: &str = "select i.id, i.impersonation_type, coalesce(u.email, ''), coalesce(u.name, u.email, i.target_label, ''), i.expires_at, i.read_only, i.reason, i.admin_label \
         from auth.impersonation_sessions i left join auth.users u on u.id = i.target_user_id where i.id = $1";

    pub const STATEMENTS: &[&str] = &[FIND, SHOWN];

    pub(super) async fn find(db: &Client, token: &[u8], staff_token: &[u8], now: DateTime<Utc>) -> Result<Option<Found>> {
        let row = db.query_opt(FIND, &[&token, &staff_token, &now]).await?;
        Ok(row.map(|row| Found {
            id: row.get(0),
            staff: row.get(1),
            staff_label: row.get(2),
            patterns: row.get(3),
            user: row.get(4),
            user_label: row.get(5),
            read_only: row.get(6),
            until: row.get(7),
        }))
    }

    /// What the pages have to show while it goes on.
    pub(crate) struct Shown {
        pub id: Uuid,
        pub kind: String,
        pub email: String,
        pub name: String,
        pub expires_at: DateTime<Utc>,
        pub read_only: bool,
        pub reason: String,
        pub by: String,
    }

    pub(crate) async fn shown(db: &Client, id: Uuid) -> Result<Option<Shown>> {
        let row = db.query_opt(SHOWN, &[&id]).await?;
        Ok(row.map(|row| Shown {
            id: row.get(0),
            kind: row.get(1),
            email: row.get(2),
            name: row.get(3),
            expires_at: row.get(4),
            read_only: row.get(5),
            reason: row.get(6),
            by: row.get(7),
        }))
    }
}
