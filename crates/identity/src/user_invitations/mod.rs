//! Invitations of app users: a link that works once, within seven days, and makes an account with a verified address,
//! perhaps as a member of an organization; who has an account joins with it. What it gives is checked when it is made and never widened by its use.
//! Emits `user.invited`, `user-invitation.revoked`; who accepts becomes `user.joined`.

mod accept;
pub mod store;

pub(crate) use accept::{UserJoined, endpoints};

use crate::fact::fact;
use crate::memberships::{self, Level};
use crate::{given, letters, limits, role, settings};
use chrono::{DateTime, Duration, Utc};
use kernel::actor::Scope as Acting;
use kernel::audit::{Changes, Target};
use kernel::field::{choice, datetime, email, int, reference, text};
use kernel::resource::Scope;
use kernel::secret::Token;
use kernel::{Action, ActorKind, Ctx, Problem, Resource, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const GOOD_FOR: Duration = Duration::days(7);
/// Most invitations that may be open into one organization, so that nobody mails the world through it.
const MOST_OPEN: i64 = 200;
/// Most letters that one address gets from one organization within a day.
const MOST_LETTERS: i64 = 5;

/// An invitation as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct UserInvitation {
    pub id: Uuid,
    pub email: String,
    pub organization_id: Option<Uuid>,
    pub status: String,
}

fact!(
    /// Somebody was invited to use the platform.
    UserInvited = "user.invited" { invitation_id: Uuid, email: String, organization_id: Option<Uuid> }
);
fact!(
    /// An open invitation of an app user was withdrawn.
    UserInvitationRevoked = "user-invitation.revoked" { id: Uuid, email: String }
);

pub(crate) fn resource() -> Resource<UserInvitation> {
    let open = |i: &UserInvitation| i.status == "open";
    Resource::<UserInvitation>::new("user-invitations", "auth.invitations")
        .called("User invitations", "User invitation")
        .describe("mail-plus", "Who was asked to use the platform, and what became of it")
        .group("people/invitations")
        .scope(Scope::Organization)
        .administrative()
        .unversioned()
        .title("email")
        .default_order("created_at.desc")
        .field(email("email").label("E-mail").always().read_only().search())
        .field(text("name").read_only().search())
        .field(
            choice("status", &[("open", "Open", "blue"), ("accepted", "Accepted", "green"), ("expired", "Expired", "gray"), ("revoked", "Revoked", "gray")])
                .always()
                .sql("case when t.accepted_at is not null then 'accepted' when t.revoked_at is not null then 'revoked' when t.expires_at <= identity.now() then 'expired' else 'open' end"),
        )
        .field(reference("organization_id", "organizations").read_only())
        .field(reference("role_id", "roles").read_only())
        .field(choice("level", &memberships::LEVELS).read_only().detail_only())
        .field(text("inviter").label("Invited by").read_only().search())
        .field(reference("invited_by", "staff").label("Staff who invited").read_only().detail_only())
        .field(datetime("created_at").label("Invited").always().read_only().filter().sort())
        .field(datetime("expires_at").label("Expires").always().read_only().filter().sort())
        .field(int("sends").label("Links made").always().read_only().detail_only())
        .field(datetime("accepted_at").label("Accepted").read_only().filter().detail_only())
        .field(reference("accepted_by", "users").label("Became").read_only().detail_only())
        .field(datetime("revoked_at").label("Revoked").read_only().filter().detail_only())
        .action(
            Action::new("resend", resend)
                .icon("mail-plus")
                .confirm("They get a new link, good for seven days. The link before stops working.")
                .when(|i: &UserInvitation| matches!(i.status.as_str(), "open" | "expired"), "This invitation was accepted or withdrawn"),
        )
        .action(
            Action::new("revoke", revoke)
                .icon("mail-x")
                .confirm("The link stops working at once.")
                .bulk()
                .when(open, "This invitation isn't open any more"),
        )
        .sample(json!({
            "id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1f", "email": "grace@example.com", "name": "Grace Hopper", "status": "open",
            "organization_id": "0190b6c8-0000-7000-8000-000000000010", "role_id": "01900000-0000-7000-8000-000000000013", "level": "read_write",
            "inviter": "Ada Lovelace", "invited_by": "0190b6c8-0000-7000-8000-000000000001", "created_at": "2026-11-20T09:30:00Z", "expires_at": "2026-11-27T09:30:00Z",
            "sends": 1, "accepted_at": null, "accepted_by": null, "revoked_at": null
        }))
}

/// What `users.invite` asks for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Invite {
    /// Whom the invitation is for
    #[schemars(length(min = 1, max = 254), extend("format" = "email"))]
    pub email: String,
    /// They can change it when they accept
    #[serde(default)]
    #[schemars(length(max = 120))]
    pub name: Option<String>,
    /// The organization they become a member of
    #[serde(default)]
    #[schemars(extend("x-references" = "organizations"))]
    pub organization_id: Option<Uuid>,
    /// What they become there; Member when nothing is said
    #[serde(default)]
    #[schemars(extend("x-references" = "roles", "x-filter" = "scope=eq.organization"))]
    pub role_id: Option<Uuid>,
    /// The most they may do there, whatever the role says
    #[serde(default)]
    #[schemars(with = "Level")]
    pub level: Option<Level>,
    /// The language they are written in
    #[serde(default)]
    pub language: Option<given::Language>,
    /// Send them the link; you get it too
    #[serde(default = "given::yes")]
    #[schemars(title = "Send by mail")]
    pub mail: bool,
}

/// What the inviting person gets, once.
#[derive(Serialize)]
pub(crate) struct Invited {
    pub invitation_id: Uuid,
    pub email: String,
    pub link: String,
    /// Whether a mail server takes it to them; else the link has to be passed on.
    pub mailed: bool,
    pub expires_at: DateTime<Utc>,
}

/// A membership that an invitation promises.
struct Promise {
    organization_id: Uuid,
    role_id: Uuid,
    level: Level,
}

/// Whom an invitation is for, and how they are told.
pub(crate) struct Guest {
    pub email: String,
    pub name: Option<String>,
    pub language: Option<given::Language>,
    pub mail: bool,
}

/// The membership that is asked for, when the caller may give it.
async fn promise(ctx: &Ctx, organization_id: Uuid, role_id: Option<Uuid>, level: Option<Level>) -> Result<Promise> {
    if !store::organization_exists(ctx.db(), organization_id).await? {
        return Err(Problem::field("organization_id", "reference", "There is no organization with this id"));
    }
    let role_id = match role_id {
        Some(id) => id,
        None => settings::role_of_new_members(ctx).await?,
    };
    let level = level.unwrap_or_default();
    memberships::may_give(ctx, organization_id, role_id, level).await?;
    Ok(Promise { organization_id, role_id, level })
}

/// `users.invite`: somebody who has no account yet, perhaps into an organization.
pub(crate) async fn invite(ctx: &mut Ctx, input: Invite) -> Result<Invited> {
    let email = crate::email::normalise(&input.email)?;
    let promise = match (input.organization_id, input.role_id, input.level) {
        (Some(organization), role, level) => Some(promise(ctx, organization, role, level).await?),
        (None, None, None) => None,
        _ => return Err(Problem::field("organization_id", "required", "A role and a level are had in an organization; choose one")),
    };
    if store::is_user(ctx.db(), &email).await? {
        let hint = if promise.is_some() { "; add them to the organization instead" } else { "" };
        return Err(Problem::field("email", "unique", format!("Somebody with this address is a user already{hint}")));
    }
    make(ctx, &email, promise, Guest { email: input.email, name: input.name, language: input.language, mail: input.mail }).await
}

/// `memberships.invite`: somebody who may have an account, into an organization.
pub(crate) async fn invite_member(
    ctx: &mut Ctx,
    organization: Uuid,
    role_id: Option<Uuid>,
    level: Option<Level>,
    guest: Guest,
) -> Result<Invited> {
    let email = crate::email::normalise(&guest.email)?;
    let promise = promise(ctx, organization, role_id, level).await?;
    if store::is_member(ctx.db(), &email, organization).await? {
        return Err(Problem::field("email", "unique", "They are a member already"));
    }
    if store::open_into(ctx.db(), organization, ctx.now()).await? >= MOST_OPEN {
        let why = format!("{MOST_OPEN} invitations are open. Revoke some, or wait until they are accepted or expire.");
        return Err(Problem::field("email", "too_many", why));
    }
    bothers_nobody(ctx, &email, organization).await?;
    make(ctx, &email, Some(promise), guest).await
}

/// Whoever runs an organization is a stranger to most addresses: none is written to again and again.
async fn bothers_nobody(ctx: &Ctx, email: &str, organization: Uuid) -> Result<()> {
    if store::letters_since(ctx.db(), email, organization, ctx.now() - Duration::days(1)).await? < MOST_LETTERS {
        return Ok(());
    }
    let why = format!("They were asked {MOST_LETTERS} times within a day. Give them time.");
    Err(Problem::field("email", "too_many", why))
}

/// An open invitation for the same address and place is replaced.
async fn make(ctx: &mut Ctx, email: &str, promise: Option<Promise>, guest: Guest) -> Result<Invited> {
    let (id, token, expires_at) = (ctx.id(), Token::random(), ctx.now() + GOOD_FOR);
    let (invited_by, invited_by_user) = inviter(ctx).await?;
    let organization_id = promise.as_ref().map(|p| p.organization_id);
    store::replace(ctx.db(), email, organization_id, ctx.now()).await?;
    if let Some(organization) = organization_id {
        limits::member(ctx, organization).await?;
    }
    let new = store::New {
        id,
        email,
        name: given::plain(guest.name.as_deref()),
        language: guest.language.map(given::Language::code),
        organization_id,
        role_id: promise.as_ref().map(|p| p.role_id),
        level: promise.as_ref().map(|p| p.level.as_str()),
        token_hash: &token.hash(),
        invited_by,
        invited_by_user,
        inviter: &ctx.actor().label,
        expires_at,
    };
    store::insert(ctx.db(), &new, ctx.now()).await?;
    ctx.audit("user-invitations.create", Some(Target::new("user-invitations", id, email)), Changes::new(), None).await?;
    ctx.emit(UserInvited { invitation_id: id, email: email.to_owned(), organization_id }).await?;
    hand_over(ctx, id, email.to_owned(), &token, expires_at, guest.mail).await
}

/// The staff, or the member, whose going withdraws what they left open.
async fn inviter(ctx: &Ctx) -> Result<(Option<Uuid>, Option<Uuid>)> {
    if ctx.caller().scope == Acting::Platform {
        return Ok((role::acting_staff(ctx).await?, None));
    }
    let who = ctx.subject().unwrap_or(ctx.actor());
    Ok((None, who.id.filter(|_| who.kind == ActorKind::Person)))
}

/// Mails the link when asked to, and gives it to whoever asked.
async fn hand_over(ctx: &mut Ctx, id: Uuid, email: String, token: &Token, expires_at: DateTime<Utc>, mail: bool) -> Result<Invited> {
    let link = format!("{}/auth/invite?token={}", ctx.app().site.base_url, token.reveal());
    let mailed = match store::by_id(ctx.db(), id).await? {
        Some(made) if mail => letters::user_invitation(ctx, &made, &link, expires_at).await?,
        _ => false,
    };
    Ok(Invited { invitation_id: id, email, link, mailed, expires_at })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Resend {
    /// Send them the new link; you get it too
    #[serde(default = "given::yes")]
    #[schemars(title = "Send by mail")]
    mail: bool,
}

async fn resend(ctx: &mut Ctx, target: UserInvitation, input: Resend) -> Result<Invited> {
    let in_already = match target.organization_id {
        Some(organization) => store::is_member(ctx.db(), &target.email, organization).await?,
        None => store::is_user(ctx.db(), &target.email).await?,
    };
    if in_already {
        return Err(Problem::conflict("Somebody with this address is in already. Revoke the invitation.", None));
    }
    // What it gives is looked at again: who sends it anew answers for it.
    if let Some(made) = store::by_id(ctx.db(), target.id).await?
        && let (Some(organization), Some(role), Some(level)) = (made.organization_id, made.role_id, made.level.as_deref())
    {
        memberships::may_give(ctx, organization, role, Level::stored(level)).await?;
        bothers_nobody(ctx, &target.email, organization).await?;
        // One that is open has its place already.
        if made.expires_at <= ctx.now() {
            limits::member(ctx, organization).await?;
        }
    }
    let (token, expires_at) = (Token::random(), ctx.now() + GOOD_FOR);
    store::renew(ctx.db(), target.id, &token.hash(), expires_at).await?;
    hand_over(ctx, target.id, target.email, &token, expires_at, input.mail).await
}

async fn revoke(ctx: &mut Ctx, target: UserInvitation, (): ()) -> Result<Value> {
    store::revoke(ctx.db(), target.id, ctx.now()).await?;
    ctx.emit(UserInvitationRevoked { id: target.id, email: target.email }).await?;
    Ok(Value::Null)
}
