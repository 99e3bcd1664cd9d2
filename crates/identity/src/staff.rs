//! Staff: the people who administer this platform. The last owner stays an owner; nobody grants what they don't hold;
//! nobody suspends or deletes themself; only owners touch owners.
//! Emits `staff.invited`, `staff.joined`, `staff.renamed`, `staff.role-changed`, `staff.suspended`, `staff.activated`, `staff.deleted`.

use crate::fact::fact;
use crate::kind::Kind;
use crate::link::{self, Link};
use crate::role::{self, OWNER};
use crate::{account, given, invitations, own, registration_codes, sessions, user_invitations};
use kernel::audit::Target;
use kernel::field::{Field, bool, choice, datetime, email, int, reference, text};
use kernel::{Action, ActorKind, Caller, Ctx, Problem, Resource, Result, Risk};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// A member of staff as actions read them.
#[derive(Clone, Debug, Deserialize)]
pub struct Staff {
    pub id: Uuid,
    pub email: String,
    /// The role's stable name.
    pub role: String,
    pub status: String,
    pub second_factor: bool,
}

fact!(
    /// Somebody was invited to administer the platform.
    StaffInvited = "staff.invited" { invitation_id: Uuid, email: String, role: String }
);
fact!(
    /// Somebody accepted their invitation.
    StaffJoined = "staff.joined" { id: Uuid, email: String, role: String }
);
fact!(
    /// A member of staff has another name.
    StaffRenamed = "staff.renamed" { id: Uuid, name: String }
);
fact!(
    /// A member of staff has another role.
    StaffRoleChanged = "staff.role-changed" { id: Uuid, from: String, to: String }
);
fact!(
    /// A member of staff can't sign in any more, for now.
    StaffSuspended = "staff.suspended" { id: Uuid, email: String }
);
fact!(
    /// A member of staff can sign in again.
    StaffActivated = "staff.activated" { id: Uuid, email: String }
);
fact!(
    /// A member of staff lost all second factors, and sets up new ones.
    StaffFactorsReset = "staff.factors-reset" { id: Uuid, email: String }
);
fact!(
    /// A member of staff is gone.
    StaffDeleted = "staff.deleted" { id: Uuid, email: String }
);

/// Read with the object and filtered by, but no fact for people beside the field it belongs to.
fn quiet(mut field: Field) -> Field {
    field.in_list = false;
    field.in_detail = false;
    field
}

pub(crate) fn resource() -> Resource<Staff> {
    Resource::<Staff>::new("staff", "dashboard_auth.dashboard_users")
        .called("Staff", "Staff member")
        .describe("shield", "People who administer this platform")
        .group("people")
        .always("t.deleted_at is null")
        .default_order("name.asc")
        .in_search()
        .field(text("name").required().max(120).search())
        .field(email("email").label("E-mail").required().unique().read_only().search())
        .field(reference("role_id", "roles").always().read_only())
        .field(quiet(text("role").label("Role name").always().sql("select r.name from identity.roles r where r.id = t.role_id").filter()))
        .field(choice("status", &[("active", "Active", "green"), ("suspended", "Suspended", "red")]).always().read_only().sort())
        .field(bool("second_factor").label("Second factor").always().sql("exists (select from identity.factors f where f.staff_id = t.id and f.confirmed_at is not null)"))
        .field(
            int("sessions").label("Open sessions").always().sql(
                "select count(*)::int from dashboard_auth.sessions s where s.user_id = t.id and s.revoked_at is null and least(s.expires_at, s.idle_expires_at) > identity.now()",
            ),
        )
        .field(datetime("last_sign_in_at").read_only().filter().sort())
        .field(datetime("password_set_at").label("Password set").read_only().detail_only())
        .field(datetime("created_at").label("Joined").always().read_only().filter().sort().detail_only())
        .field(datetime("updated_at").label("Changed").always().read_only().detail_only())
        .action(Action::without_target("invite", invite).label("Invite").icon("user-plus"))
        .action(Action::update(rename).guard(owners_only))
        .action(Action::new("change-role", change_role).in_person().label("Change role").icon("key-round").risk(Risk::Confirm).confirm("It counts at once, in every session and key of theirs.").bulk().guard(owners_only))
        .action(
            Action::new("suspend", suspend)
                .icon("ban")
                .confirm("They are signed out everywhere at once, and their API keys stop working. Their invitations that are still open are withdrawn.")
                .bulk()
                .guard(owners_only)
                .guard(|caller, target| not_self(caller, target, "You can't suspend yourself"))
                .when(|s: &Staff| s.status == "active", "They are suspended already"),
        )
        .action(
            Action::new("activate", activate)
                .icon("circle-check")
                .confirm("They can sign in again, and their API keys work again.")
                .bulk()
                .guard(owners_only)
                .when(|s: &Staff| s.status == "suspended", "They are active already"),
        )
        .action(
            Action::new("reset-link", reset_link)
                .label("Generate reset password link")
                .icon("link")
                .confirm("You get a link to pass on. It works once, within an hour, and replaces any link before it. You never see the password.")
                .guard(owners_only)
                .when(|s: &Staff| s.status == "active", "Activate the account first"),
        )
        .action(
            Action::new("reset-factors", reset_factors)
                .label("Reset second factors")
                .icon("shield-off")
                .risk(Risk::Danger)
                .confirm("All their second factors and recovery codes are gone, and they are signed out everywhere. Be sure that it is really they who ask.")
                .in_person()
                .guard(owners_only)
                .when(|s: &Staff| s.second_factor, "They have no second factor"),
        )
        .action(
            Action::delete(delete)
                .confirm("They are signed out everywhere at once, their API keys stop working for ever. The audit log keeps what they did.")
                .guard(owners_only)
                .guard(|caller, target| not_self(caller, target, "You can't delete yourself")),
        )
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000001", "name": "Ada Lovelace", "email": "ada@example.com", "role_id": "01900000-0000-7000-8000-000000000001",
            "role": "owner", "status": "active", "second_factor": true, "sessions": 1, "last_sign_in_at": "2026-11-20T09:30:00Z", "password_set_at": "2026-11-01T08:00:00Z",
            "created_at": "2026-11-01T08:00:00Z", "updated_at": "2026-11-01T08:00:00Z", "version": "3"
        }))
}

fn owners_only(caller: &Caller, target: &Staff) -> Option<String> {
    (target.role == OWNER && !role::is_owner(caller)).then(|| "Only an owner can change another owner".to_owned())
}

fn not_self(caller: &Caller, target: &Staff, reason: &str) -> Option<String> {
    (caller.actor.kind == ActorKind::Staff && caller.actor.id == Some(target.id)).then(|| reason.to_owned())
}

/// The same for a key, whose owner only the database knows.
async fn not_own_account(ctx: &Ctx, target: &Staff, reason: &str) -> Result<()> {
    if role::acting_staff(ctx).await? == Some(target.id) { Err(Problem::refused(reason)) } else { Ok(()) }
}

/// Who may do more than the caller is neither demoted by them nor let in by a link they hold.
async fn not_above(ctx: &Ctx, target: &Staff) -> Result<()> {
    match role::store::by_name(ctx.db(), &target.role, "platform").await? {
        Some(role) => role::covered(ctx, &crate::permission::resolve(&ctx.app().registry, &role.patterns), &target.email).await,
        None => Ok(()),
    }
}

/// Somebody else must still be an active owner. The lock makes two at once go one after the other.
async fn not_last_owner(ctx: &Ctx, target: &Staff) -> Result<()> {
    if target.role != OWNER {
        return Ok(());
    }
    account::store::lock(ctx.db()).await?;
    if store::other_owner(ctx.db(), target.id).await? {
        return Ok(());
    }
    Err(Problem::refused("This is the last active owner. Make somebody else an owner first."))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Invite {
    /// Where the invitation is meant for
    #[schemars(length(min = 1, max = 254), extend("format" = "email"))]
    email: String,
    /// What they may do; at most what you may
    #[schemars(extend("x-references" = "roles", "x-filter" = "scope=eq.platform"))]
    role_id: Uuid,
    /// Send them the link; you get it too
    #[serde(default = "given::yes")]
    #[schemars(title = "Send by mail")]
    mail: bool,
}

async fn invite(ctx: &mut Ctx, input: Invite) -> Result<invitations::Invited> {
    let email = crate::email::normalise(&input.email)?;
    let role = role::grantable(ctx, input.role_id).await?;
    if store::email_taken(ctx.db(), &email).await? {
        return Err(Problem::field("email", "unique", "Somebody with this address is staff already"));
    }
    let invited = invitations::create(ctx, &email, &role, input.mail).await?;
    ctx.audit("invitations.create", Some(Target::new("invitations", invited.invitation_id, &email)), kernel::audit::Changes::new(), None)
        .await?;
    ctx.emit(StaffInvited { invitation_id: invited.invitation_id, email, role: role.name }).await?;
    Ok(invited)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Rename {
    #[schemars(length(min = 1, max = 120))]
    name: String,
}

async fn rename(ctx: &mut Ctx, target: Staff, input: Rename) -> Result<Value> {
    let name = input.name.trim();
    if name.is_empty() {
        return Err(Problem::field("name", "required", "This is required"));
    }
    store::rename(ctx.db(), target.id, name).await?;
    ctx.callers_changed();
    ctx.emit(StaffRenamed { id: target.id, name: name.to_owned() }).await?;
    Ok(Value::Null)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangeRole {
    /// What they may do from now on; at most what you may
    #[schemars(extend("x-references" = "roles", "x-filter" = "scope=eq.platform"))]
    role_id: Uuid,
}

async fn change_role(ctx: &mut Ctx, target: Staff, input: ChangeRole) -> Result<Value> {
    not_above(ctx, &target).await?;
    let role = role::grantable(ctx, input.role_id).await?;
    if role.name != OWNER {
        not_last_owner(ctx, &target).await?;
    }
    store::set_role(ctx.db(), target.id, role.id).await?;
    ctx.callers_changed();
    ctx.emit(StaffRoleChanged { id: target.id, from: target.role, to: role.name }).await?;
    Ok(Value::Null)
}

async fn suspend(ctx: &mut Ctx, target: Staff, (): ()) -> Result<Value> {
    not_own_account(ctx, &target, "A key can't suspend its own owner").await?;
    not_last_owner(ctx, &target).await?;
    store::set_status(ctx.db(), target.id, "suspended").await?;
    shut_out(ctx, target.id, "suspended").await?;
    ctx.emit(StaffSuspended { id: target.id, email: target.email }).await?;
    Ok(Value::Null)
}

async fn activate(ctx: &mut Ctx, target: Staff, (): ()) -> Result<Value> {
    not_above(ctx, &target).await?;
    store::set_status(ctx.db(), target.id, "active").await?;
    ctx.callers_changed();
    ctx.emit(StaffActivated { id: target.id, email: target.email }).await?;
    Ok(Value::Null)
}

async fn reset_link(ctx: &mut Ctx, target: Staff, input: link::Ask) -> Result<Link> {
    not_above(ctx, &target).await?;
    link::reset(ctx, Kind::Staff, target.id, &target.email, input).await
}

async fn reset_factors(ctx: &mut Ctx, target: Staff, (): ()) -> Result<Value> {
    not_above(ctx, &target).await?;
    own::reset_factors(ctx, Kind::Staff, target.id).await?;
    ctx.emit(StaffFactorsReset { id: target.id, email: target.email }).await?;
    Ok(Value::Null)
}

async fn delete(ctx: &mut Ctx, target: Staff, (): ()) -> Result<Value> {
    not_own_account(ctx, &target, "A key can't delete its own owner").await?;
    not_last_owner(ctx, &target).await?;
    store::delete(ctx.db(), target.id, ctx.now()).await?;
    store::revoke_keys(ctx.db(), target.id, ctx.now(), "owner deleted").await?;
    shut_out(ctx, target.id, "deleted").await?;
    ctx.emit(StaffDeleted { id: target.id, email: target.email }).await?;
    Ok(Value::Null)
}

/// Ends what lets them in: sessions, reset links, and invitations they left as a back door.
async fn shut_out(ctx: &mut Ctx, id: Uuid, reason: &str) -> Result<()> {
    sessions::store::revoke_of(ctx.db(), Kind::Staff, id, ctx.now(), reason, None).await?;
    link::store::forget(ctx.db(), Kind::Staff, id).await?;
    invitations::store::revoke_by(ctx.db(), id, ctx.now()).await?;
    user_invitations::store::revoke_by(ctx.db(), id, ctx.now()).await?;
    registration_codes::store::revoke_by(ctx.db(), id, ctx.now()).await?;
    ctx.callers_changed();
    Ok(())
}

pub mod store {
    use super::{Result, Uuid};
    use chrono::{DateTime, Utc};
    use kernel::Client;

    const OTHER_OWNER: &str = "select exists (select from dashboard_auth.dashboard_users u join identity.roles r on r.id = u.role_id \
         where r.name = 'owner' and u.status = 'active' and u.deleted_at is null and u.id <> $1)";
    const EMAIL_TAKEN: &str = "select exists (select from dashboard_auth.dashboard_users where lower(email) = $1 and deleted_at is null)";
    const RENAME: &str = "update dashboard_auth.dashboard_users set name = $2 where id = $1";
    const SET_ROLE: &str = "update dashboard_auth.dashboard_users set role_id = $2 where id = $1";
    const SET_STATUS: &str = "update dashboard_auth.dashboard_users set status = $2 where id = $1";
    const DELETE: &str = "update dashboard_auth.dashboard_users set deleted_at = $2, password_hash = null where id = $1";
    const REVOKE_KEYS: &str =
        "update identity.api_keys set revoked_at = $2, revoked_reason = $3 where staff_id = $1 and revoked_at is null";

    pub const STATEMENTS: &[&str] = &[OTHER_OWNER, EMAIL_TAKEN, RENAME, SET_ROLE, SET_STATUS, DELETE, REVOKE_KEYS];

    pub(super) async fn other_owner(db: &Client, id: Uuid) -> Result<bool> {
        Ok(db.query_one(OTHER_OWNER, &[&id]).await?.get(0))
    }

    pub(crate) async fn email_taken(db: &Client, email: &str) -> Result<bool> {
        Ok(db.query_one(EMAIL_TAKEN, &[&email]).await?.get(0))
    }

    pub(super) async fn rename(db: &Client, id: Uuid, name: &str) -> Result<()> {
        db.execute(RENAME, &[&id, &name]).await?;
        Ok(())
    }

    pub(crate) async fn set_role(db: &Client, id: Uuid, role: Uuid) -> Result<()> {
        db.execute(SET_ROLE, &[&id, &role]).await?;
        Ok(())
    }

    pub(super) async fn set_status(db: &Client, id: Uuid, status: &str) -> Result<()> {
        db.execute(SET_STATUS, &[&id, &status]).await?;
        Ok(())
    }

    pub(super) async fn delete(db: &Client, id: Uuid, now: DateTime<Utc>) -> Result<()> {
        db.execute(DELETE, &[&id, &now]).await?;
        Ok(())
    }

    pub(super) async fn revoke_keys(db: &Client, id: Uuid, now: DateTime<Utc>, reason: &str) -> Result<()> {
        db.execute(REVOKE_KEYS, &[&id, &now, &reason]).await?;
        Ok(())
    }
}
