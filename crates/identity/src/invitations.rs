//! Invitations to join the staff: a link that works once, within seven days. What it grants is checked again when it
//! is made, never widened when it is used.
//! Emits `invitation.revoked`; who accepts becomes `staff.joined`.

use crate::acceptance::{self, Accept, Offer};
use crate::account::{self, NewAccount};
use crate::fact::fact;
use crate::kind::Kind;
use crate::role::{self, Role};
use crate::staff::StaffJoined;
use crate::{State, letters, sso, staff};
use chrono::{DateTime, Duration, Utc};
use http::{Method, StatusCode};
use kernel::field::{choice, datetime, email, reference};
use kernel::secret::Token;
use kernel::{Access, Action, Client, Ctx, Endpoint, Resource, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

const GOOD_FOR: Duration = Duration::days(7);

/// An invitation as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct Invitation {
    pub id: Uuid,
    pub email: String,
    pub status: String,
}

fact!(
    /// An open invitation was withdrawn.
    InvitationRevoked = "invitation.revoked" { id: Uuid, email: String }
);

pub(crate) fn resource() -> Resource<Invitation> {
    Resource::<Invitation>::new("invitations", "dashboard_auth.invitations")
        .called("Invitations", "Invitation")
        .describe("mail-plus", "Who was asked to join the staff, and what became of it")
        .group("people/invitations")
        .unversioned()
        .title("email")
        .default_order("created_at.desc")
        .field(email("email").label("E-mail").always().read_only().search())
        .field(reference("role_id", "roles").read_only())
        .field(
            choice("status", &[("open", "Open", "blue"), ("accepted", "Accepted", "green"), ("expired", "Expired", "gray"), ("revoked", "Revoked", "gray")])
                .always()
                .sql("case when t.accepted_at is not null then 'accepted' when t.revoked_at is not null then 'revoked' when t.expires_at <= identity.now() then 'expired' else 'open' end"),
        )
        .field(reference("invited_by", "staff").label("Invited by").read_only())
        .field(datetime("created_at").label("Invited").always().read_only().filter().sort())
        .field(datetime("expires_at").label("Expires").always().read_only().filter().sort())
        .field(datetime("accepted_at").label("Accepted").read_only().filter().detail_only())
        .field(reference("accepted_by", "staff").label("Became").read_only().detail_only())
        .field(datetime("revoked_at").label("Revoked").read_only().filter().detail_only())
        .action(
            Action::new("revoke", revoke)
                .icon("mail-x")
                .confirm("The link stops working at once.")
                .bulk()
                .when(|i: &Invitation| i.status == "open", "This invitation isn't open any more"),
        )
        .sample(json!({
            "id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e", "email": "grace@example.com", "role_id": "01900000-0000-7000-8000-000000000003", "status": "open",
            "invited_by": "0190b6c8-0000-7000-8000-000000000001", "created_at": "2026-11-20T09:30:00Z", "expires_at": "2026-11-27T09:30:00Z",
            "accepted_at": null, "accepted_by": null, "revoked_at": null
        }))
}

/// What the inviting person gets, once.
#[derive(Serialize)]
pub struct Invited {
    pub invitation_id: Uuid,
    pub email: String,
    pub role: String,
    pub link: String,
    /// Whether a mail server takes it to them; else the link has to be passed on.
    pub mailed: bool,
    pub expires_at: DateTime<Utc>,
}

/// Makes an invitation, and mails it when asked to; an open one for the same address is replaced.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn create(ctx: &mut Ctx, email: &str, role: &Role, mail: bool) -> Result<Invited> {
    let (id, token, expires_at) = (ctx.id(), Token::random(), ctx.now() + GOOD_FOR);
    let by = role::acting_staff(ctx).await?;
    store::replace(ctx.db(), email, ctx.now()).await?;
    store::insert(ctx.db(), id, email, role.id, &token.hash(), by, ctx.now(), expires_at).await?;
    let link = format!("{}/auth/staff-invite?token={}", ctx.app().site.base_url, token.reveal());
    let mailed = mail && letters::staff_invitation(ctx, email, &role.label, &link, expires_at).await?;
    Ok(Invited { invitation_id: id, email: email.to_owned(), role: role.name.clone(), link, mailed, expires_at })
}

async fn revoke(ctx: &mut Ctx, invitation: Invitation, (): ()) -> Result<Value> {
    store::revoke(ctx.db(), invitation.id, ctx.now()).await?;
    ctx.emit(InvitationRevoked { id: invitation.id, email: invitation.email }).await?;
    Ok(Value::Null)
}

pub(crate) fn endpoints(state: &Arc<State>) -> [Endpoint; 2] {
    let state = state.clone();
    [
        Endpoint::new(Method::GET, "/invitation", "session.invitation", Access::Public, acceptance::show::<Found>)
            .summary("What an invitation link offers")
            .parameter("token", "query", "From the link")
            .answer(
                json!({"type": "object", "properties": {"email": {"type": "string"}, "role": {"type": "string"}, "expires_at": {"type": "string", "format": "date-time"}, "provider": sso::way_schema()}}),
                json!({"email": "grace@example.com", "role": "Operator", "expires_at": "2026-11-27T09:30:00Z", "provider": null}),
            ),
        Endpoint::new(Method::POST, "/invitation", "session.accept-invitation", Access::Public, move |call| {
            acceptance::accept::<Found>(call, state.clone())
        })
        .summary("Accept an invitation to the staff")
        .takes::<Accept>()
        .status(StatusCode::CREATED)
        .answer(json!({"type": "object"}), json!({"state": "signed_in"})),
    ]
}

/// An invitation with the words of what it offers.
pub struct Found {
    id: Uuid,
    email: String,
    role_id: Uuid,
    role: String,
    role_label: String,
    closed: bool,
    expires_at: DateTime<Utc>,
}

impl Offer for Found {
    const KIND: Kind = Kind::Staff;

    fn email(&self) -> &str {
        &self.email
    }

    fn over(&self, now: DateTime<Utc>) -> bool {
        self.closed || self.expires_at <= now
    }

    fn shown(&self, _: bool) -> Value {
        json!({"email": self.email, "role": self.role_label, "expires_at": self.expires_at})
    }

    async fn find(db: &Client, hash: &[u8]) -> Result<Option<Self>> {
        store::find(db, hash).await
    }

    async fn lock(db: &Client, hash: &[u8]) -> Result<Option<Self>> {
        store::lock(db, hash).await
    }

    async fn taken(&self, db: &Client) -> Result<bool> {
        staff::store::email_taken(db, &self.email).await
    }

    async fn join(self, ctx: &mut Ctx, id: Uuid, name: &str, password_hash: Option<&str>) -> Result<()> {
        let account = NewAccount { id, email: &self.email, name, role_id: self.role_id, password_hash };
        account::store::insert(ctx.db(), &account, ctx.now()).await?;
        store::accept(ctx.db(), self.id, id, ctx.now()).await?;
        acceptance::note(ctx, Kind::Staff, id, name, &[("email", Some(&self.email)), ("role", Some(&self.role))]).await?;
        ctx.emit(StaffJoined { id, email: self.email, role: self.role }).await
    }
}

pub mod store {
    use super::{DateTime, Found, Result, Utc, Uuid};
    use kernel::Client;
    use tokio_postgres::Row;

    const FIND: &str = "select i.id, i.email, i.role_id, r.name, r.label, i.accepted_at is not null or i.revoked_at is not null, i.expires_at \
         from dashboard_auth.invitations i join identity.roles r on r.id = i.role_id where i.token_hash = $1";
    const LOCK: &str = "select i.id, i.email, i.role_id, r.name, r.label, i.accepted_at is not null or i.revoked_at is not null, i.expires_at \
         from dashboard_auth.invitations i join identity.roles r on r.id = i.role_id where i.token_hash = $1 for update of i";
    const INSERT: &str = "insert into dashboard_auth.invitations (id, email, role_id, token_hash, invited_by, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)";
    const REPLACE: &str =
        "update dashboard_auth.invitations set revoked_at = $2 where lower(email) = $1 and accepted_at is null and revoked_at is null";
    const REVOKE: &str =
        "update dashboard_auth.invitations set revoked_at = $2 where id = $1 and accepted_at is null and revoked_at is null";
    const REVOKE_BY: &str =
        "update dashboard_auth.invitations set revoked_at = $2 where invited_by = $1 and accepted_at is null and revoked_at is null";
    const ACCEPT: &str = "update dashboard_auth.invitations set accepted_at = $3, accepted_by = $2 where id = $1";
    const SWEEP: &str = "delete from dashboard_auth.invitations where accepted_at is null and expires_at < $1";

    pub const STATEMENTS: &[&str] = &[FIND, LOCK, INSERT, REPLACE, REVOKE, REVOKE_BY, ACCEPT, SWEEP];

    fn read(row: &Row) -> Found {
        Found {
            id: row.get(0),
            email: row.get(1),
            role_id: row.get(2),
            role: row.get(3),
            role_label: row.get(4),
            closed: row.get(5),
            expires_at: row.get(6),
        }
    }

    pub(super) async fn find(db: &Client, hash: &[u8]) -> Result<Option<Found>> {
        Ok(db.query_opt(FIND, &[&hash]).await?.map(|row| read(&row)))
    }

    pub(super) async fn lock(db: &Client, hash: &[u8]) -> Result<Option<Found>> {
        Ok(db.query_opt(LOCK, &[&hash]).await?.map(|row| read(&row)))
    }

    #[expect(clippy::too_many_arguments, reason = "one per column")]
    pub(super) async fn insert(
        db: &Client,
        id: Uuid,
        email: &str,
        role: Uuid,
        hash: &[u8],
        by: Option<Uuid>,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<()> {
        db.execute(INSERT, &[&id, &email, &role, &hash, &by, &now, &expires_at]).await?;
        Ok(())
    }

    pub(super) async fn replace(db: &Client, email: &str, now: DateTime<Utc>) -> Result<()> {
        db.execute(REPLACE, &[&email, &now]).await?;
        Ok(())
    }

    pub(super) async fn revoke(db: &Client, id: Uuid, now: DateTime<Utc>) -> Result<()> {
        db.execute(REVOKE, &[&id, &now]).await?;
        Ok(())
    }

    /// Withdraws what somebody who is shut out left open.
    pub(crate) async fn revoke_by(db: &Client, by: Uuid, now: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(REVOKE_BY, &[&by, &now]).await?)
    }

    pub(super) async fn accept(db: &Client, id: Uuid, by: Uuid, now: DateTime<Utc>) -> Result<()> {
        db.execute(ACCEPT, &[&id, &by, &now]).await?;
        Ok(())
    }

    pub(crate) async fn sweep(db: &Client, before: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(SWEEP, &[&before]).await?)
    }
}
