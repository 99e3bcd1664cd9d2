//! Registration codes: what staff or an organization's admins give out so that people can register, perhaps as members
//! of an organization. Shown once, with the link that carries it; kept as a hash. A use is an account that was made with
//! it. What a code gives was held by whoever made it, and an admin of an organization must hold it still when it is used.
//! Emits `registration-code.created`, `registration-code.revoked`.

pub(crate) mod lapsed;
pub mod store;

use crate::fact::fact;
use crate::memberships::{self, Level};
use crate::{given, limits, member, permission, role, settings, typed_code};
use chrono::{DateTime, Utc};
use kernel::actor::Scope as CallerScope;
use kernel::field::{choice, datetime, int, reference, text};
use kernel::resource::Scope;
use kernel::{Action, ActorKind, Client, Ctx, Problem, Resource, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Found, Maker};
use uuid::Uuid;

/// A code as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct RegistrationCode {
    pub id: Uuid,
    pub organization_id: Option<Uuid>,
    pub role_id: Option<Uuid>,
    pub level: Option<Level>,
    pub status: String,
}

fact!(
    /// There is a new code to register with.
    RegistrationCodeCreated = "registration-code.created" { id: Uuid, organization_id: Option<Uuid> }
);
fact!(
    /// A code works no more.
    RegistrationCodeRevoked = "registration-code.revoked" { id: Uuid, organization_id: Option<Uuid> }
);

const STATES: [(&str, &str, &str); 5] = [
    ("open", "Open", "green"),
    ("lapsed", "Without effect", "yellow"),
    ("used_up", "Used up", "blue"),
    ("expired", "Expired", "gray"),
    ("revoked", "Revoked", "gray"),
];

pub(crate) fn resource() -> Resource<RegistrationCode> {
    Resource::<RegistrationCode>::new("registration-codes", "identity.registration_codes")
        .called("Registration codes", "Registration code")
        .describe("ticket", "Codes that let people register, perhaps as members of an organization")
        .group("people/invitations")
        .scope(Scope::Organization)
        .administrative()
        .unversioned()
        .title("note")
        .default_order("created_at.desc")
        .field(text("note").always().read_only().sql("coalesce(t.note, 'Code of ' || to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD'))").help("What it is for"))
        .field(
            choice("status", &STATES)
                .always()
                .sql("case when t.revoked_at is not null then 'revoked' when t.max_uses is not null and t.uses >= t.max_uses then 'used_up' \
                      when t.expires_at <= identity.now() then 'expired' when t.lapsed_at is not null \
                        or exists (select from identity.organizations o where o.id = t.organization_id and o.status <> 'active') then 'lapsed' else 'open' end"),
        )
        .field(
            choice("hindrance", &[("maker", "Whoever made it may no longer give what it gives", "yellow"), ("organization", "The organization is suspended", "yellow")])
                .label("Why it has no effect")
                .read_only()
                .detail_only()
                .sql("case when t.lapsed_at is not null then 'maker' \
                      when exists (select from identity.organizations o where o.id = t.organization_id and o.status <> 'active') then 'organization' end")
                .help("It works again once that has changed"),
        )
        .field(int("uses").label("Uses so far").always().read_only().filter().sort().help("Accounts that were made with it"))
        .field(int("max_uses").label("Uses at most").read_only().filter())
        .field(datetime("expires_at").label("Expires").read_only().filter().sort())
        .field(reference("organization_id", "organizations").read_only())
        .field(reference("role_id", "roles").read_only())
        .field(choice("level", &memberships::LEVELS).read_only().detail_only())
        .field(text("made_by").label("Made by").always().read_only())
        .field(datetime("created_at").label("Created").always().read_only().filter().sort())
        .field(datetime("revoked_at").label("Revoked").read_only().filter().detail_only())
        .action(Action::create(create))
        .action(
            Action::new("revoke", revoke)
                .icon("ban")
                .confirm("Nobody registers with it any more, also who has begun to and not yet confirmed their address. Accounts made with it stay.")
                .bulk()
                .when(|c: &RegistrationCode| c.status != "revoked", "This code is revoked already"),
        )
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000050", "note": "Course in November", "status": "open", "hindrance": null, "uses": 3, "max_uses": 20,
            "expires_at": "2026-12-31T23:00:00Z", "organization_id": "0190b6c8-0000-7000-8000-000000000010", "role_id": "01900000-0000-7000-8000-000000000013",
            "level": "read_write", "made_by": "Ada Lovelace", "created_at": "2026-11-20T09:30:00Z", "revoked_at": null
        }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// What it is for, so that you know it again
    #[serde(default)]
    #[schemars(length(max = 200))]
    note: Option<String>,
    /// How many accounts can be made with it; any number without
    #[serde(default)]
    #[schemars(with = "i32", range(min = 1, max = 100_000))]
    max_uses: Option<i32>,
    /// Without it, the code works until it is revoked
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
    /// The organization that people become members of
    #[serde(default)]
    #[schemars(extend("x-references" = "organizations"))]
    organization_id: Option<Uuid>,
    /// What they become there; the role of new members when nothing is said
    #[serde(default)]
    #[schemars(extend("x-references" = "roles", "x-filter" = "scope=eq.organization"))]
    role_id: Option<Uuid>,
    /// The most they may do there, whatever the role says
    #[serde(default)]
    #[schemars(with = "Level")]
    level: Option<Level>,
}

/// The new code; it is shown this once.
#[derive(Serialize)]
struct Created {
    id: Uuid,
    /// The page to register on, with the code.
    link: String,
    code: String,
}

async fn create(ctx: &mut Ctx, input: Create) -> Result<Created> {
    let maker = maker(ctx).await?;
    let organization_id = organization_of(ctx, input.organization_id)?;
    let place = match organization_id {
        Some(organization) => Some((organization, place(ctx, organization, input.role_id, input.level).await?)),
        None if input.role_id.is_some() || input.level.is_some() => {
            return Err(Problem::field("organization_id", "required", "A role and a level are had in an organization; choose one"));
        }
        None => None,
    };
    if input.expires_at.is_some_and(|at| at <= ctx.now()) {
        return Err(Problem::field("expires_at", "past", "Choose a time in the future"));
    }
    let (id, code) = (ctx.id(), typed_code::new());
    let new = store::New {
        id,
        note: given::plain(input.note.as_deref()),
        hash: &hash(&code),
        organization_id,
        role_id: place.map(|(_, (role, _))| role),
        level: place.map(|(_, (_, level))| level.as_str()),
        max_uses: input.max_uses,
        expires_at: input.expires_at,
        made_by: &ctx.actor().label,
        maker,
    };
    store::insert(ctx.db(), &new, ctx.now()).await?;
    ctx.emit(RegistrationCodeCreated { id, organization_id }).await?;
    Ok(Created { id, link: format!("{}/auth/register?invite={code}", ctx.app().site.base_url), code })
}

/// Somebody answers for each code, in person or with a key of their own.
async fn maker(ctx: &Ctx) -> Result<Maker> {
    match (ctx.actor().kind, ctx.actor().id) {
        (ActorKind::Person, Some(id)) => Ok(Maker::User(id)),
        _ => role::acting_staff(ctx)
            .await?
            .map(Maker::Staff)
            .ok_or_else(|| Problem::refused("Codes are made by people, who answer for them, and not by an organization's key")),
    }
}

/// Who acts for an organization makes codes of that one.
fn organization_of(ctx: &Ctx, asked: Option<Uuid>) -> Result<Option<Uuid>> {
    let nowhere = || Problem::field("organization_id", "reference", "There is no organization with this id");
    match ctx.caller().scope {
        CallerScope::Platform => Ok(asked),
        CallerScope::Organization(own) if asked.is_none_or(|asked| asked == own) => Ok(Some(own)),
        CallerScope::Organization(_) => Err(nowhere()),
        CallerScope::Own => Err(Problem::refused("Codes are made within an organization. Choose one first.")),
    }
}

/// What people become in the organization, when the caller may give it.
async fn place(ctx: &Ctx, organization: Uuid, role: Option<Uuid>, level: Option<Level>) -> Result<(Uuid, Level)> {
    if !crate::user_invitations::store::organization_exists(ctx.db(), organization).await? {
        return Err(Problem::field("organization_id", "reference", "There is no organization with this id"));
    }
    let role = match role {
        Some(role) => role,
        None => settings::role_of_new_members(ctx).await?,
    };
    let level = level.unwrap_or_default();
    memberships::may_give(ctx, organization, role, level).await?;
    Ok((role, level))
}

/// Members withdraw no code that gives more than they hold; staff any.
async fn revoke(ctx: &mut Ctx, target: RegistrationCode, (): ()) -> Result<Value> {
    if let (CallerScope::Organization(organization), Some(role), Some(level)) = (ctx.caller().scope, target.role_id, target.level) {
        memberships::may_give(ctx, organization, role, level).await?;
    }
    store::revoke(ctx.db(), target.id, ctx.now()).await?;
    ctx.emit(RegistrationCodeRevoked { id: target.id, organization_id: target.organization_id }).await?;
    Ok(Value::Null)
}

fn hash(code: &str) -> Vec<u8> {
    typed_code::hash("registration", code)
}

/// What somebody holds who has a code that works now.
///
/// # Errors
/// 422 at the field `code`: unknown, used up, expired and withdrawn are one answer to people who never had it; that there
/// is no room where it leads is another.
pub(crate) async fn look(ctx: &Ctx, code: &str) -> Result<Found> {
    let wrong =
        || Problem::field("code", "wrong", "This code is wrong, used up, withdrawn or has expired. Ask whoever gave it to you for another");
    let found = store::find(ctx.db(), &hash(code), ctx.now()).await?.filter(|found| found.open).ok_or_else(wrong)?;
    if !still_given(ctx, ctx.db(), &found).await? {
        return Err(wrong());
    }
    // Told before anything is typed; asked again when the account is made.
    if let Some(organization) = found.organization_id
        && limits::room(ctx, organization, false).await? <= 0
    {
        let full = "The organization that this code leads into is full. Ask whoever gave it to you, or one of its admins, to make room";
        return Err(Problem::field("code", "full", full));
    }
    Ok(found)
}

/// The membership that a code gives.
pub(crate) struct Promise {
    pub organization_id: Uuid,
    pub role_id: Uuid,
    pub level: Level,
}

/// Counts a use, in the transaction that makes the account. Of two at once the last use is only one's.
///
/// # Errors
/// 410 when the code was withdrawn or used up in the meantime.
pub(crate) async fn take(ctx: &Ctx, id: Uuid) -> Result<Option<Promise>> {
    let gone = || {
        Problem::new(kernel::problem::Kind::Gone, "The code was used up or withdrawn in the meantime. Ask for another, and register again.")
    };
    if !store::take(ctx.db(), id).await? {
        return Err(gone());
    }
    let found = store::by_id(ctx.db(), id).await?.filter(|found| found.open).ok_or_else(gone)?;
    if !still_given(ctx, ctx.db(), &found).await? {
        return Err(gone());
    }
    Ok(match (found.organization_id, found.role_id, found.level.as_deref()) {
        (Some(organization_id), Some(role_id), Some(level)) => Some(Promise { organization_id, role_id, level: Level::stored(level) }),
        _ => None,
    })
}

/// Whether the admin of an organization who made the code may still give what it gives. Staff's codes end with their account.
async fn still_given(ctx: &Ctx, db: &Client, found: &Found) -> Result<bool> {
    let (Some(user), Some(organization), Some(level)) = (found.user_id, found.organization_id, found.level.as_deref()) else {
        return Ok(true);
    };
    let Some(maker) = member::find(db, user, organization).await? else { return Ok(false) };
    let registry = &ctx.app().registry;
    let held = maker.permissions(registry);
    Ok(held.allow("registration-codes:create") && held.cover(&permission::resolve_member(registry, &found.patterns, Level::stored(level))))
}
