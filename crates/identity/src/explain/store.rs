//! Who it is, and by which ways they hold what they hold.

use super::asked::{self, Rules};
use super::reason::Step;
use super::{Link, Source, SourceKind, Subject};
use crate::elevations::granted::{self, Granted};
use crate::memberships::Level;
use chrono::{DateTime, Utc};
use kernel::{Client, Ctx, Result, Scope};
use uuid::Uuid;

const CHAIN: &str = "with recursive chain as (\
       select r.id, r.label, r.permissions, r.extends, array[r.id] as path from identity.roles r where r.id = $1 \
       union all select r.id, r.label, r.permissions, r.extends, c.path || r.id from identity.roles r join chain c on r.id = c.extends where r.id <> all (c.path)) \
     select id, label, permissions from chain order by cardinality(path)";
const STAFF: &str = "select name, role_id, status from dashboard_auth.dashboard_users where id = $1 and deleted_at is null";
const MEMBER: &str = "select coalesce(u.name, u.email), m.role_id, m.level, u.status, o.id, o.name, o.status, m.status \
     from auth.users u join identity.memberships m on m.user_id = u.id join identity.organizations o on o.id = m.organization_id \
     where u.id = $1 and o.id = $2 and u.deleted_at is null";
const KEY: &str = "select name, staff_id, user_id, organization_id, scopes, revoked_at is not null, coalesce(expires_at <= $2, false), role_id, level \
     from identity.api_keys where id = $1";

/// For who acts for an organization: nothing of staff may be looked at.
const KEY_OF_ORGANIZATION: &str = "select name, null::uuid, user_id, organization_id, scopes, revoked_at is not null, coalesce(expires_at <= $2, false), role_id, level \
     from identity.api_keys where id = $1";

const ORGANIZATION: &str = "select name, status from identity.organizations where id = $1";

const RULES_OF_STAFF: &str = "select identity.words_of(h), not identity.open_at(h, $2) \
     from dashboard_auth.dashboard_users u join identity.hours h on h.role_id = u.role_id and h.organization_id is null where u.id = $1";
/// Whether they have a second factor, and which sessions were ended, is for those who look after members.
const RULES_OF_MEMBER: &str = "select o.second_factor \
       or exists (select from identity.role_rules r where r.role_id = m.role_id and r.organization_id = m.organization_id and r.second_factor), \
       case when sees.it then exists (select from identity.factors f where f.user_id = m.user_id and f.confirmed_at is not null) end, \
       case when sees.it then (select count(*) from identity.member_sessions v join auth.sessions s on s.id = v.session_id \
         where v.membership_id = m.id and v.ended_at is not null and s.revoked_at is null and least(s.expires_at, s.idle_expires_at) > $3) else 0 end, \
       case when h.id is not null then identity.words_of(h) end, case when h.id is not null then not identity.open_at(h, $3) end \
     from identity.memberships m join identity.organizations o on o.id = m.organization_id \
     left join identity.hours h on h.role_id = m.role_id and h.organization_id = m.organization_id \
     cross join (select identity.sees_sign_ins() as it) sees where m.user_id = $1 and m.organization_id = $2";

pub const STATEMENTS: &[&str] = &[CHAIN, STAFF, MEMBER, ORGANIZATION, KEY, KEY_OF_ORGANIZATION, RULES_OF_STAFF, RULES_OF_MEMBER];

async fn rules_of_staff(db: &Client, id: Uuid, now: DateTime<Utc>) -> Result<Rules> {
    let row = db.query_opt(RULES_OF_STAFF, &[&id, &now]).await?;
    Ok(Rules { hours: row.map(|row| (row.get(0), row.get(1))), ..Rules::default() })
}

async fn rules_of_member(db: &Client, user: Uuid, organization: Uuid, now: DateTime<Utc>) -> Result<Rules> {
    let Some(row) = db.query_opt(RULES_OF_MEMBER, &[&user, &organization, &now]).await? else { return Ok(Rules::default()) };
    let words: Option<String> = row.get(3);
    Ok(Rules { second_factor: row.get(0), enrolled: row.get(1), ended: row.get(2), hours: words.zip(row.get(4)) })
}

async fn chain(db: &Client, role: Uuid) -> Result<Vec<Link>> {
    let rows = db.query(CHAIN, &[&role]).await?;
    Ok(rows.iter().map(|row| Link { id: row.get(0), label: row.get(1), patterns: row.get(2) }).collect())
}

pub(super) async fn staff(ctx: &Ctx, id: Uuid) -> Result<Option<Subject>> {
    let db = ctx.db();
    let Some(row) = db.query_opt(STAFF, &[&id]).await? else { return Ok(None) };
    let role = Source::role(chain(db, row.get(1)).await?, None);
    let sources = elevated(db, role, granted::of_staff(db, id).await?, false).await?;
    let mut blocked = Vec::new();
    if row.get::<_, &str>(2) != "active" {
        blocked.push(Step::Blocked { what: "account_suspended" });
    }
    let asked = asked::of_person(rules_of_staff(db, id, ctx.now()).await?, &sources, &ctx.caller().permissions);
    Ok(Some(Subject { label: row.get(0), scope: Scope::Platform, organization: None, blocked, asked, sources, scopes: None }))
}

/// A role with the elevations over it.
async fn elevated(db: &Client, role: Source, granted: Vec<Granted>, leveled: bool) -> Result<Vec<Source>> {
    let mut sources = vec![role];
    for one in granted {
        sources.push(Source {
            kind: SourceKind::Elevation,
            chain: chain(db, one.role_id).await?,
            level: leveled.then_some(one.level),
            until: Some(one.until),
            second_factor: one.second_factor,
            closed: one.closed,
        });
    }
    Ok(sources)
}

pub(super) async fn member(ctx: &Ctx, user: Uuid, organization: Uuid) -> Result<Option<Subject>> {
    let db = ctx.db();
    let Some(row) = db.query_opt(MEMBER, &[&user, &organization]).await? else { return Ok(None) };
    let level = Some(Level::stored(row.get(2)));
    let role = Source::role(chain(db, row.get(1)).await?, level);
    let sources = elevated(db, role, granted::of_member(db, user, organization).await?, true).await?;
    let mut blocked = Vec::new();
    if row.get::<_, &str>(3) != "active" {
        blocked.push(Step::Blocked { what: "account_suspended" });
    }
    if row.get::<_, &str>(6) != "active" {
        blocked.push(Step::Blocked { what: "organization_suspended" });
    }
    if row.get::<_, &str>(7) != "active" {
        blocked.push(Step::Blocked { what: "membership_suspended" });
    }
    let asked = asked::of_person(rules_of_member(db, user, organization, ctx.now()).await?, &sources, &ctx.caller().permissions);
    let organization = Some((row.get(4), row.get(5)));
    Ok(Some(Subject { label: row.get(0), scope: Scope::Organization, organization, blocked, asked, sources, scopes: None }))
}

/// What an organization's own key stands within: the role and the level it was made with.
async fn service(db: &Client, organization: Uuid, role: Option<Uuid>, level: Option<&str>) -> Result<Option<Subject>> {
    let Some(row) = db.query_opt(ORGANIZATION, &[&organization]).await? else { return Ok(None) };
    let name: String = row.get(0);
    let chain = match role {
        Some(role) => chain(db, role).await?,
        None => Vec::new(),
    };
    let role = Source::role(chain, Some(level.map_or(Level::ReadOnly, Level::stored)));
    let mut blocked = Vec::new();
    if row.get::<_, &str>(1) != "active" {
        blocked.push(Step::Blocked { what: "organization_suspended" });
    }
    Ok(Some(Subject {
        label: name.clone(),
        scope: Scope::Organization,
        organization: Some((organization, name)),
        blocked,
        asked: Vec::new(),
        sources: vec![role],
        scopes: None,
    }))
}

/// A key stands within its owner's role; elevations are of people, so a key has none of them.
pub(super) async fn key(ctx: &Ctx, id: Uuid, within: Scope) -> Result<Option<Subject>> {
    let (db, now) = (ctx.db(), ctx.now());
    let sql = if within == Scope::Platform { KEY } else { KEY_OF_ORGANIZATION };
    let Some(row) = db.query_opt(sql, &[&id, &now]).await? else { return Ok(None) };
    let (staff_id, user_id, organization_id): (Option<Uuid>, Option<Uuid>, Option<Uuid>) = (row.get(1), row.get(2), row.get(3));
    let owner = match (staff_id, user_id, organization_id) {
        (Some(id), _, _) => staff(ctx, id).await?,
        (_, Some(user), Some(organization)) => member(ctx, user, organization).await?,
        (_, None, Some(id)) => service(db, id, row.get(7), row.get(8)).await?,
        _ => None,
    };
    let Some(mut subject) = owner else { return Ok(None) };
    subject.label = format!("{} ({})", row.get::<_, &str>(0), subject.label);
    subject.sources.retain(|source| source.kind == SourceKind::Role);
    // Second factor and hours are asked of people.
    subject.asked.clear();
    subject.scopes = Some(row.get(4));
    if row.get(5) {
        subject.blocked.push(Step::Blocked { what: "key_revoked" });
    } else if row.get(6) {
        subject.blocked.push(Step::Blocked { what: "key_expired" });
    }
    Ok(Some(subject))
}
