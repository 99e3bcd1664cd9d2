//! App users: the people of the platform that is administered. Suspending ends their sessions at once; deleting hides
//! them at once and erases what is personal after 30 days; evidence of what was done stays.
//! Emits `user.created`, `user.updated`, `user.suspended`, `user.activated`, `user.deleted`, `user.erased`.

pub mod store;

use crate::fact::fact;
use crate::jobs::EraseUser;
use crate::kind::Kind;
use crate::link::{self, Link};
use crate::{given, impersonation, memberships, own, sso, user_invitations};
use chrono::Duration;
use kernel::audit::Changes;
use kernel::field::{bool, choice, datetime, email, int, json as json_field, list, text};
use kernel::{Action, Ctx, Problem, Resource, Result, Risk};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// How long a deleted user can still be looked up by us before everything personal is gone.
pub(crate) const KEPT: Duration = Duration::days(30);

/// An app user as actions read them.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    pub id: Uuid,
    pub email: String,
    pub name: Option<String>,
    pub status: String,
    pub second_factor: bool,
}

fact!(
    /// An app user was made by hand.
    UserCreated = "user.created" { id: Uuid, email: String }
);
fact!(
    /// Something about an app user changed.
    UserUpdated = "user.updated" { id: Uuid, email: String }
);
fact!(
    /// An app user can't sign in any more, for now.
    UserSuspended = "user.suspended" { id: Uuid, email: String }
);
fact!(
    /// An app user can sign in again.
    UserActivated = "user.activated" { id: Uuid, email: String }
);
fact!(
    /// An app user lost all second factors, and sets up new ones.
    UserFactorsReset = "user.factors-reset" { id: Uuid, email: String }
);
fact!(
    /// An app user is gone; what is personal goes in 30 days.
    UserDeleted = "user.deleted" { id: Uuid, email: String }
);
fact!(
    /// What was personal about a deleted user is gone.
    UserErased = "user.erased" { id: Uuid }
);

pub(crate) fn resource() -> Resource<User> {
    Resource::<User>::new("users", "auth.users")
        .called("Users", "User")
        .describe("users", "People who use the platform that you administer")
        .group("people/users")
        .title("email")
        .always("t.deleted_at is null")
        .default_order("created_at.desc")
        .in_search()
        .field(email("email").label("E-mail").required().unique().search())
        .field(text("name").max(120).search())
        .field(choice("status", &[("active", "Active", "green"), ("suspended", "Suspended", "red")]).always().read_only().sort())
        .field(list("organizations").always().filter().sql(
            "array(select o.name from identity.memberships m join identity.organizations o on o.id = m.organization_id where m.user_id = t.id order by o.name)",
        ))
        .field(list("roles").always().sql(
            "array(select r.label || case m.level when 'read_only' then ' (read only)' when 'admin' then ' (admin)' else '' end \
             from identity.memberships m join identity.roles r on r.id = m.role_id join identity.organizations o on o.id = m.organization_id where m.user_id = t.id order by o.name)",
        ).help("In each of their organizations, in the same order, with the level that caps it"))
        .field(
            choice("joined", &[("joined", "Joined", "green"), ("pending", "Not yet", "yellow")])
                .always()
                .help("Whether they have chosen a password or signed in")
                .sql("case when t.password_hash is null and t.last_sign_in_at is null then 'pending' else 'joined' end"),
        )
        .field(datetime("email_verified_at").label("E-mail verified").read_only().filter().sort())
        .field(bool("second_factor").label("Second factor").always().sql("exists (select from identity.factors f where f.user_id = t.id and f.confirmed_at is not null)"))
        .field(int("sessions").label("Open sessions").always().sql(
            "select count(*)::int from auth.sessions s where s.user_id = t.id and s.revoked_at is null and least(s.expires_at, s.idle_expires_at) > identity.now()",
        ))
        .field(datetime("last_sign_in_at").read_only().filter().sort())
        .field(choice("language", &[("en", "English", "gray"), ("de", "German", "gray")]).help("The language they are written in").detail_only())
        .field(json_field("metadata").always().help("Facts of your own, as a JSON object").detail_only().filter())
        .field(datetime("created_at").label("Created").always().read_only().filter().sort())
        .field(datetime("updated_at").label("Changed").always().read_only().detail_only())
        .action(Action::create(create))
        .action(Action::without_target("invite", user_invitations::invite).label("Invite").icon("user-plus"))
        .action(Action::update(update))
        .action(
            Action::new("suspend", suspend)
                .icon("ban")
                .confirm("They are signed out everywhere at once and can't sign in until they are activated.")
                .bulk()
                .when(|u: &User| u.status == "active", "They are suspended already"),
        )
        .action(
            Action::new("activate", activate)
                .icon("circle-check")
                .confirm("They can sign in again.")
                .bulk()
                .when(|u: &User| u.status == "suspended", "They are active already"),
        )
        .action(impersonation::action())
        .action(
            Action::new("reset-link", reset_link)
                .label("Generate reset password link")
                .icon("link")
                .confirm("You get a link to pass on. It works once, within an hour, and replaces any link before it. You never see the password.")
                .when(|u: &User| u.status == "active", "Activate the account first"),
        )
        .action(
            Action::new("reset-factors", reset_factors)
                .label("Reset second factors")
                .icon("shield-off")
                .risk(Risk::Danger)
                .confirm("All their second factors and recovery codes are gone, and they are signed out everywhere. Be sure that it is really they who ask.")
                .in_person()
                .when(|u: &User| u.second_factor, "They have no second factor"),
        )
        .action(
            Action::delete(delete)
                .confirm("They are signed out and leave their organizations at once. What is personal is erased in 30 days; the audit log keeps what was done.")
                .bulk(),
        )
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000002", "email": "grace@example.com", "name": "Grace Hopper", "status": "active",
            "organizations": ["Navy"], "roles": ["Member"], "joined": "joined", "email_verified_at": "2026-11-02T10:00:00Z", "second_factor": false, "sessions": 2, "last_sign_in_at": "2026-11-20T08:12:00Z",
            "language": "en", "metadata": {"plan": "pro"}, "created_at": "2026-11-02T09:58:00Z", "updated_at": "2026-11-02T10:00:00Z", "version": "2"
        }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    #[schemars(length(min = 1, max = 254), extend("format" = "email"))]
    email: String,
    #[serde(default)]
    #[schemars(length(max = 120))]
    name: Option<String>,
    /// The language they are written in
    #[serde(default)]
    language: Option<given::Language>,
    /// Facts of your own
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
    /// Send them a link to choose a password; you get it too
    #[serde(default)]
    #[schemars(title = "Send a welcome mail")]
    send_welcome: bool,
}

#[derive(Serialize)]
struct Created {
    id: Uuid,
    /// To choose a password, when a welcome mail was asked for.
    #[serde(flatten)]
    welcome: Option<Link>,
}

async fn create(ctx: &mut Ctx, input: Create) -> Result<Created> {
    let email = crate::email::normalise(&input.email)?;
    let id = ctx.id();
    let (name, language) = (given::plain(input.name.as_deref()), input.language.map(given::Language::code));
    store::insert(ctx.db(), id, &email, name, language, &Value::Object(input.metadata.unwrap_or_default())).await?;
    ctx.emit(UserCreated { id, email: email.clone() }).await?;
    let welcome = if input.send_welcome { Some(link::welcome(ctx, id, &email, name, language).await?) } else { None };
    Ok(Created { id, welcome })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
struct Update {
    /// A new address has to be verified anew
    #[serde(default)]
    #[schemars(length(min = 1, max = 254), extend("format" = "email"))]
    email: Option<String>,
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(with = "Option<String>", length(max = 120))]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(with = "Option<given::Language>")]
    language: Option<Option<given::Language>>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

async fn update(ctx: &mut Ctx, target: User, input: Update) -> Result<Value> {
    let mut email = target.email;
    if let Some(given) = &input.email {
        let given = crate::email::normalise(given)?;
        if given != email {
            store::set_email(ctx.db(), target.id, &given).await?;
            link::store::forget(ctx.db(), Kind::User, target.id).await?;
            own::email_change::store::forget(ctx.db(), target.id).await?;
            email = given;
        }
    }
    if let Some(name) = input.name {
        store::set_name(ctx.db(), target.id, given::plain(name.as_deref())).await?;
    }
    if let Some(language) = input.language {
        store::set_language(ctx.db(), target.id, language.map(given::Language::code)).await?;
    }
    if let Some(metadata) = input.metadata {
        store::set_metadata(ctx.db(), target.id, &Value::Object(metadata)).await?;
    }
    ctx.emit(UserUpdated { id: target.id, email }).await?;
    Ok(Value::Null)
}

async fn suspend(ctx: &mut Ctx, target: User, (): ()) -> Result<Value> {
    store::set_status(ctx.db(), target.id, "suspended").await?;
    shut_out(ctx, target.id, "suspended").await?;
    memberships::tell(ctx, target.id, "account-suspended", &Changes::new()).await?;
    ctx.emit(UserSuspended { id: target.id, email: target.email }).await?;
    Ok(Value::Null)
}

async fn activate(ctx: &mut Ctx, target: User, (): ()) -> Result<Value> {
    store::set_status(ctx.db(), target.id, "active").await?;
    memberships::tell(ctx, target.id, "account-activated", &Changes::new()).await?;
    ctx.callers_changed();
    ctx.emit(UserActivated { id: target.id, email: target.email }).await?;
    Ok(Value::Null)
}

async fn reset_link(ctx: &mut Ctx, target: User, input: link::Ask) -> Result<Link> {
    link::reset(ctx, Kind::User, target.id, &target.email, input).await
}

async fn reset_factors(ctx: &mut Ctx, target: User, (): ()) -> Result<Value> {
    own::reset_factors(ctx, Kind::User, target.id).await?;
    ctx.emit(UserFactorsReset { id: target.id, email: target.email }).await?;
    Ok(Value::Null)
}

async fn delete(ctx: &mut Ctx, target: User, (): ()) -> Result<Value> {
    memberships::owns_nothing_of_others(ctx, target.id).await?;
    memberships::tell(ctx, target.id, "account-deleted", &Changes::new()).await?;
    store::delete(ctx.db(), target.id, ctx.now()).await?;
    store::leave_organizations(ctx.db(), target.id).await?;
    store::revoke_keys(ctx.db(), target.id, ctx.now()).await?;
    shut_out(ctx, target.id, "deleted").await?;
    ctx.enqueue_at(EraseUser { id: target.id }, ctx.now() + KEPT).await?;
    ctx.emit(UserDeleted { id: target.id, email: target.email }).await?;
    Ok(Value::Null)
}

async fn shut_out(ctx: &mut Ctx, id: Uuid, reason: &str) -> Result<()> {
    store::end_sessions(ctx.db(), id, ctx.now(), reason).await?;
    link::store::forget(ctx.db(), Kind::User, id).await?;
    own::email_change::store::forget(ctx.db(), id).await?;
    ctx.callers_changed();
    Ok(())
}

/// Erases what is personal about a user who was deleted long enough ago; `false` when there is none such.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn erase(ctx: &mut Ctx, id: Uuid) -> Result<bool, Problem> {
    if !store::erase(ctx.db(), id, ctx.now(), ctx.now() - KEPT).await? {
        return Ok(false);
    }
    store::forget_sessions(ctx.db(), id).await?;
    sso::identities::store::forget(ctx.db(), id).await?;
    crate::factors::reset(ctx, Kind::User, id).await?;
    crate::user_invitations::store::forget_of(ctx.db(), id).await?;
    ctx.audit("users.erase", Some(kernel::audit::Target::new("users", id, "erased")), Changes::new(), None).await?;
    ctx.emit(UserErased { id }).await?;
    Ok(true)
}
