//! Who hears of an elevation: those who may approve it when it is asked for, and who asked when it is answered. Queued
//! in the transaction of its cause.

use super::{Elevation, gives, store};
use crate::kind::Kind;
use crate::memberships::Level;
use crate::role::{OWNER, Role};
use crate::{account, letters, notices, permission};
use chrono::{DateTime, Utc};
use kernel::{Ctx, Permissions, Result, Scope};
use mail::{Language, Letter, moment};
use uuid::Uuid;

const APPROVE: &str = "elevations:approve";

/// Somebody who may say yes, if what they hold is enough.
pub(super) struct Candidate {
    pub email: String,
    pub name: String,
    pub language: Option<String>,
    pub owner: bool,
    pub patterns: Vec<String>,
    /// Of a member.
    pub level: Level,
}

/// What is asked for, and where.
pub(super) struct Asked<'a> {
    pub who: Uuid,
    pub organization: Option<Uuid>,
    pub role: &'a Role,
    pub level: Option<Level>,
    pub reason: &'a str,
    pub minutes: i32,
    pub answer_by: DateTime<Utc>,
}

/// Tells everybody who may approve it, and nobody else.
pub(super) async fn asked(ctx: &mut Ctx, asked: &Asked<'_>) -> Result<()> {
    let scope = if asked.organization.is_some() { Scope::Organization } else { Scope::Platform };
    let given = gives(ctx, scope, &asked.role.patterns, asked.level);
    let requester = ctx.actor().label.clone();
    let minutes = asked.minutes.to_string();
    for candidate in store::candidates(ctx.db(), asked.who, asked.organization).await? {
        if !may_approve(ctx, scope, &candidate, &asked.role.name, &given) {
            continue;
        }
        let language = Language::of_person(ctx.app(), candidate.language.as_deref());
        let until = moment(language, asked.answer_by);
        let values = [
            ("requester", requester.as_str()),
            ("role", &asked.role.label),
            ("reason", asked.reason),
            ("minutes", &minutes),
            ("until", &until),
        ];
        let to = letters::To { email: &candidate.email, name: Some(&candidate.name), language };
        letters::elevation(ctx, &letters::ELEVATION_ASKED, &to, &values, &page(asked.organization), asked.answer_by).await?;
    }
    Ok(())
}

fn may_approve(ctx: &Ctx, scope: Scope, candidate: &Candidate, role: &str, given: &Permissions) -> bool {
    let registry = &ctx.app().registry;
    let held = match scope {
        Scope::Platform => permission::resolve(registry, &candidate.patterns),
        Scope::Organization => permission::resolve_member(registry, &candidate.patterns, candidate.level),
    };
    // As `approve` asks it: only owners approve owners, and nobody gives what they don't hold.
    held.allow(APPROVE) && held.cover(given) && (scope == Scope::Organization || role != OWNER || candidate.owner)
}

/// Where elevations are answered and looked at. Whoever belongs to several organizations comes to the right one.
fn page(organization: Option<Uuid>) -> String {
    organization.map_or_else(|| "/admin/approvals".to_owned(), |id| format!("/dashboard/admin/{id}/approvals"))
}

/// Tells who asked that they have it.
pub(super) async fn granted(ctx: &mut Ctx, elevation: &Elevation, until: DateTime<Utc>) -> Result<()> {
    let Some((account, language)) = requester(ctx, elevation).await? else { return Ok(()) };
    let when = moment(language, until);
    let values = [("role", elevation.role.as_str()), ("until", &when)];
    answered(ctx, &letters::ELEVATION_GRANTED, &account, language, (&values, &page(elevation.organization_id)), until).await
}

/// Tells who asked that they don't get it, and why.
pub(super) async fn denied(ctx: &mut Ctx, elevation: &Elevation, why: &str) -> Result<()> {
    let Some((account, language)) = requester(ctx, elevation).await? else { return Ok(()) };
    let by = ctx.actor().label.clone();
    let values = [("role", elevation.role.as_str()), ("by", &by), ("why", why)];
    let until = ctx.now() + letters::NOTICE_IS_NEWS;
    // The administration that they asked for stays closed to a member.
    let page = elevation.organization_id.map_or_else(|| page(None), |id| format!("/dashboard?organization={id}"));
    answered(ctx, &letters::ELEVATION_DENIED, &account, language, (&values, &page), until).await
}

async fn answered(
    ctx: &mut Ctx,
    letter: &'static Letter,
    account: &account::Account,
    language: Language,
    (values, page): (&[(&'static str, &str)], &str),
    until: DateTime<Utc>,
) -> Result<()> {
    let to = letters::To { email: &account.email, name: Some(&account.name), language };
    letters::elevation(ctx, letter, &to, values, page, until).await
}

/// Who asked, if they are still there.
async fn requester(ctx: &Ctx, elevation: &Elevation) -> Result<Option<(account::Account, Language)>> {
    let (kind, id) = match (elevation.staff_id, elevation.user_id) {
        (Some(id), _) => (Kind::Staff, id),
        (None, Some(id)) => (Kind::User, id),
        (None, None) => return Ok(None),
    };
    let Some(account) = account::store::by_id(ctx.db(), kind, id).await? else { return Ok(None) };
    Ok(Some((account, notices::language(ctx, kind, id).await?)))
}
