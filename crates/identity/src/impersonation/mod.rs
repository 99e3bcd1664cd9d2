//! Impersonation: a member of staff sees the platform as one of its users does, to help them: the portal (here), or the
//! rows of its tables (`database`), there also as nobody or as the platform itself. One server-side session that carries
//! both; for 15 to 60 minutes, with a reason, looking only unless more is asked for; never as staff, and
//! never for what is a person's own: password, factors, keys, who may do what. Ended by either side of the desk, by the
//! end of the staff session, by losing the permission, or by time; each is looked at whenever it is used. The evidence
//! has no reference to the user, so it outlives the account.
//! Emits `impersonation.started`, `impersonation.ended`.

mod begin;
mod caller;
mod database;
mod enter;

pub(crate) use caller::{find, meant, named, store as caller_store};
pub(crate) use database::{HEADER, over, store as database_store, taken};
pub(crate) use enter::endpoints;

use crate::fact::fact;
use crate::memberships;
use crate::users::User;
use begin::{Begun, Terms, Whom};
use chrono::{DateTime, Utc};
use kernel::audit::Changes;
use kernel::field::{bool, choice, datetime, int, reference, text};
use kernel::secret::Token;
use kernel::{Action, Ctx, Problem, Resource, Result, Risk};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// What it takes to begin one.
pub const PERMISSION: &str = "users:impersonate";

/// One impersonation as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct Impersonation {
    pub id: Uuid,
    pub target_user_id: Option<Uuid>,
    pub status: String,
}

fact!(
    /// A member of staff may see the platform as a user, for a while.
    ImpersonationStarted = "impersonation.started" { id: Uuid, staff_id: Uuid, user_id: Option<Uuid>, kind: &'static str, surface: &'static str, read_only: bool, reason: String }
);
fact!(
    /// An impersonation was ended before its time.
    ImpersonationEnded = "impersonation.ended" { id: Uuid, user_id: Option<Uuid> }
);

pub(crate) fn resource() -> Resource<Impersonation> {
    Resource::<Impersonation>::new("impersonations", "auth.impersonation_sessions")
        .called("Impersonations", "Impersonation")
        .describe("venetian-mask", "Who looked at the platform as whom, why, and what they did")
        .group("people")
        .unversioned()
        .title("target_label")
        .default_order("started_at.desc")
        .field(text("admin_label").label("Who").always().read_only().filter().search())
        .field(text("target_label").label("As whom").read_only().filter().search())
        .field(
            choice("kind", &[("user", "A user", "blue"), ("anon", "Nobody signed in", "gray"), ("service", "The platform itself", "red")])
                .always()
                .sql("t.impersonation_type"),
        )
        .field(choice("surface", &[("portal", "Portal", "gray"), ("database", "Tables", "gray"), ("comparison", "Comparison", "gray")]).label("Where").always().read_only().filter())
        .field(text("reason").always().read_only().search())
        .field(
            choice("status", &[("open", "Going on", "yellow"), ("over", "Over", "gray"), ("ended", "Ended", "gray")])
                .always()
                .sql("case when t.ended_at is not null then 'ended' when t.expires_at <= identity.now() \
                 or exists (select from auth.impersonation_tokens k join dashboard_auth.sessions s on s.id = k.staff_session_id where k.impersonation_id = t.id \
                   and (s.revoked_at is not null or least(s.expires_at, s.idle_expires_at) <= identity.now())) then 'over' else 'open' end"),
        )
        .field(bool("read_only").label("Looking only").always().read_only().filter())
        .field(int("done").label("Acts").always().help("Entries in the audit log, counted up to 1,000").sql(
            "select count(*)::int from (select 1 from kernel.audit_log a where a.actor_id = t.admin_user_id and a.subject_id is not distinct from t.target_user_id \
             and (t.target_user_id is not null or a.subject_label = t.target_label) \
             and a.at >= t.started_at and a.at <= coalesce(t.ended_at, t.expires_at) limit 1000) a",
        ))
        .field(datetime("started_at").label("Began").always().read_only().filter().sort())
        .field(datetime("expires_at").label("Ends at the latest").always().read_only().filter())
        .field(datetime("ended_at").label("Ended").read_only().filter())
        .field(text("ended_reason").label("Why it ended").read_only().detail_only())
        .field(text("ticket").read_only().filter().detail_only())
        .field(reference("admin_user_id", "staff").label("Staff member").always().read_only().detail_only())
        .field(reference("target_user_id", "users").label("User").read_only().detail_only())
        .field(text("ip_address").label("Address").sql("host(t.ip_address)").detail_only())
        .field(text("user_agent").label("User agent").read_only().detail_only())
        .field(text("target_role").label("Database role").read_only().detail_only())
        .action(database::action())
        .action(
            Action::new("end", end)
                .icon("log-out")
                .risk(Risk::Confirm)
                .confirm("It stops at once, in every browser.")
                .bulk()
                .when(|i: &Impersonation| i.status == "open", "It is over already"),
        )
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000050", "admin_label": "Ada Lovelace", "target_label": "Grace Hopper", "kind": "user", "surface": "portal", "target_role": null, "reason": "Can't see her invoices",
            "status": "ended", "read_only": true, "done": 0, "started_at": "2026-11-20T09:30:00Z", "expires_at": "2026-11-20T09:45:00Z",
            "ended_at": "2026-11-20T09:41:00Z", "ended_reason": "stopped", "ticket": "SUP-1042", "admin_user_id": "0190b6c8-0000-7000-8000-000000000001",
            "target_user_id": "0190b6c8-0000-7000-8000-000000000002", "ip_address": "192.0.2.7", "user_agent": "Mozilla/5.0"
        }))
}

/// `users.impersonate`, an action of users.
pub(crate) fn action() -> Action<User> {
    Action::new("impersonate", begin)
        .label("See as this user")
        .icon("venetian-mask")
        .confirm("You see the platform as they do. They and everybody who may read the audit log can be told who looked, when and why.")
        .in_person()
        .when(|u: &User| u.status == "active", "They are suspended, so there is nothing to see")
}

/// Whose account belongs to staff is never a target: what they may do isn't the platform's to show.
const NOT_STAFF: &str = "This account can't be seen as: it is not active, or belongs to a member of staff";

async fn begin(ctx: &mut Ctx, target: User, terms: Terms) -> Result<Begun> {
    store::target(ctx.db(), target.id).await?.ok_or_else(|| Problem::refused(NOT_STAFF))?;
    let name = target.name.as_deref().unwrap_or(&target.email);
    let whom = Whom { user: Some(target.id), kind: "user", surface: "portal", role: None, name, label: &target.email };
    let code = Token::random();
    let started = begin::start(ctx, &terms, &whom, Some(&code)).await?;
    let told = started.changes.clone().into_iter().filter(|(name, _)| name != "reason").collect();
    memberships::tell(ctx, target.id, "impersonation-started", &told).await?;
    Ok(started.open(format!("{}/admin/impersonate?code={}", ctx.app().site.base_url, code.reveal())))
}

async fn end(ctx: &mut Ctx, target: Impersonation, (): ()) -> Result<Value> {
    store::end(ctx.db(), target.id, ctx.now(), "ended by staff").await?;
    ctx.callers_changed();
    if let Some(user) = target.target_user_id {
        memberships::tell(ctx, user, "impersonation-ended", &Changes::new()).await?;
    }
    ctx.emit(ImpersonationEnded { id: target.id, user_id: target.target_user_id }).await?;
    Ok(Value::Null)
}

pub mod store {
    use super::{DateTime, Result, Utc, Uuid};
    use kernel::Client;

    const INSERT: &str = "insert into auth.impersonation_sessions \
         (id, admin_user_id, admin_label, target_user_id, target_label, read_only, reason, ticket, ip_address, user_agent, started_at, expires_at, \
          impersonation_type, surface, target_role) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::inet, $10, $11, $12, $13, $14, $15)";
    const INSERT_TOKEN: &str =
        "insert into auth.impersonation_tokens (impersonation_id, staff_session_id, code_hash, code_expires_at) values ($1, $2, $3, $4)";
    const END: &str =
        "update auth.impersonation_sessions set ended_at = $2, ended_reason = $3 where id = $1 and ended_at is null and expires_at > $2";
    const END_OF_SESSION: &str = "update auth.impersonation_sessions i set ended_at = $2, ended_reason = $3 from auth.impersonation_tokens t \
         where t.impersonation_id = i.id and t.staff_session_id = $1 and i.ended_at is null and i.expires_at > $2";
    const END_OTHERS_OF_SESSION: &str = "update auth.impersonation_sessions i set ended_at = $2, ended_reason = $3 from auth.impersonation_tokens t \
         where t.impersonation_id = i.id and t.staff_session_id = $1 and i.id <> $4 and i.ended_at is null and i.expires_at > $2";
    const TAKE_CODE: &str = "update auth.impersonation_tokens t set token_hash = $3, staff_session_id = $2 from auth.impersonation_sessions i \
         where t.code_hash = $1 and i.admin_user_id = $5 and t.token_hash is null and t.code_expires_at > $4 and i.id = t.impersonation_id and i.ended_at is null and i.expires_at > $4 \
         returning i.id, i.expires_at";
    const TARGET: &str = "select email, coalesce(name, email) from auth.users where id = $1 and status = 'active' and deleted_at is null and staff_id is null";

    pub const STATEMENTS: &[&str] = &[INSERT, INSERT_TOKEN, END, END_OF_SESSION, END_OTHERS_OF_SESSION, TAKE_CODE, TARGET];

    /// One on its way into the database.
    pub(super) struct New<'a> {
        pub id: Uuid,
        pub staff: Uuid,
        pub label: &'a str,
        pub user: Option<Uuid>,
        pub kind: &'a str,
        pub surface: &'a str,
        /// The database role that is taken.
        pub role: Option<&'a str>,
        pub target: &'a str,
        pub read_only: bool,
        pub reason: &'a str,
        pub ticket: Option<&'a str>,
        pub address: Option<String>,
        pub user_agent: Option<&'a str>,
        pub now: DateTime<Utc>,
        pub expires_at: DateTime<Utc>,
    }

    pub(super) async fn insert(db: &Client, new: &New<'_>) -> Result<()> {
        db.execute(
            INSERT,
            &[
                &new.id,
                &new.staff,
                &new.label,
                &new.user,
                &new.target,
                &new.read_only,
                &new.reason,
                &new.ticket,
                &new.address,
                &new.user_agent,
                &new.now,
                &new.expires_at,
                &new.kind,
                &new.surface,
                &new.role,
            ],
        )
        .await?;
        Ok(())
    }

    /// Binds it to the session of staff: by a code that has to be opened first, or at once.
    pub(super) async fn insert_token(db: &Client, id: Uuid, session: Uuid, code: Option<(&[u8], DateTime<Utc>)>) -> Result<()> {
        let (hash, until) = code.unzip();
        db.execute(INSERT_TOKEN, &[&id, &session, &hash, &until]).await?;
        Ok(())
    }

    /// E-mail address and name of somebody who may be seen as.
    pub(super) async fn target(db: &Client, user: Uuid) -> Result<Option<(String, String)>> {
        Ok(db.query_opt(TARGET, &[&user]).await?.map(|row| (row.get(0), row.get(1))))
    }

    pub(crate) async fn end(db: &Client, id: Uuid, now: DateTime<Utc>, reason: &str) -> Result<u64> {
        Ok(db.execute(END, &[&id, &now, &reason]).await?)
    }

    /// Ends what a session of staff had open.
    pub(crate) async fn end_of_session(db: &Client, session: Uuid, now: DateTime<Utc>, reason: &str) -> Result<u64> {
        Ok(db.execute(END_OF_SESSION, &[&session, &now, &reason]).await?)
    }

    /// Ends what a session of staff had open beside this one.
    pub(super) async fn end_others_of_session(db: &Client, session: Uuid, now: DateTime<Utc>, reason: &str, but: Uuid) -> Result<()> {
        db.execute(END_OTHERS_OF_SESSION, &[&session, &now, &reason, &but]).await?;
        Ok(())
    }

    /// Turns the code of a member of staff into a token, once, bound to this session of theirs; the impersonation and its end.
    pub(super) async fn take_code(
        db: &Client,
        code: &[u8],
        (staff, session): (Uuid, Uuid),
        token: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Option<(Uuid, DateTime<Utc>)>> {
        Ok(db.query_opt(TAKE_CODE, &[&code, &session, &token, &now, &staff]).await?.map(|row| (row.get(0), row.get(1))))
    }
}
