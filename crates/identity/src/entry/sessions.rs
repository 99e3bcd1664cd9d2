//! Sessions of members, as their organization sees them: only those that came into it, and only what they did there. A
//! session is its person's, who may belong elsewhere, too; so an organization ends it for itself and nowhere else. Its
//! person comes in again by proving who they are, which somebody with a stolen session can't.
//! Emits `member-session.revoked`, `member-sessions.revoked`.

use super::store;
use crate::fact::fact;
use crate::memberships::{self, Membership};
use kernel::field::{choice, datetime, reference, text};
use kernel::{Action, Ctx, Problem, Resource, Result, Risk, Scope};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// A session in an organization as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct MemberSession {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub membership_id: Uuid,
    pub status: String,
}

fact!(
    /// An organization ended a session of a member for itself.
    MemberSessionRevoked = "member-session.revoked" { id: Uuid, organization_id: Uuid, membership_id: Uuid }
);
fact!(
    /// An organization ended all sessions of a member for itself.
    MemberSessionsRevoked = "member-sessions.revoked" { organization_id: Uuid, membership_id: Uuid, count: u64 }
);

pub(crate) fn resource() -> Resource<MemberSession> {
    Resource::<MemberSession>::new("member-sessions", "identity.member_sessions")
        .called("Sessions of members", "Session of a member")
        .describe("monitor-smartphone", "Where members came into an organization, and when they were there last")
        .group("people/sessions")
        .scope(Scope::Organization)
        .administrative()
        .unversioned()
        // Where colleagues sit is for those who look after members.
        .always("(select identity.sees_sign_ins())")
        .title("member")
        .default_order("last_seen_at.desc")
        .field(
            text("member")
                .label("Who")
                .always()
                .sql("select coalesce(u.name, u.email) from identity.memberships m join auth.users u on u.id = m.user_id where m.id = t.membership_id")
                .filter()
                .search(),
        )
        .field(reference("membership_id", "memberships").label("Member").always().read_only().detail_only().filter())
        .field(reference("organization_id", "organizations").always().read_only().filter())
        .field(
            choice("status", &[("open", "Open", "green"), ("expired", "Expired", "gray"), ("ended", "Ended", "gray")])
                .always()
                .sql(
                    "select case when t.ended_at is not null or s.revoked_at is not null then 'ended' \
                     when least(s.expires_at, s.idle_expires_at) <= identity.now() then 'expired' else 'open' end from auth.sessions s where s.id = t.session_id",
                ),
        )
        .field(text("device").read_only().filter())
        .field(text("address").sql("host(t.address)").help("From where they were there last").filter())
        .field(datetime("created_at").label("Came in").always().read_only().filter().sort())
        .field(datetime("last_seen_at").label("Last seen").always().read_only().filter().sort())
        .field(datetime("ended_at").label("Ended").read_only().filter().detail_only())
        .field(text("ended_by").label("Ended by").read_only().detail_only())
        .action(
            Action::new("revoke", revoke)
                .label("End")
                .icon("log-out")
                .risk(Risk::Confirm)
                .confirm("This browser has to prove who sits there before it comes into the organization again. Elsewhere they stay signed in.")
                .bulk()
                .when(|s: &MemberSession| s.status == "open", "This session has ended already"),
        )
        .sample(json!({
            "id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e", "member": "Grace Hopper", "membership_id": "0190b6c8-0000-7000-8000-000000000020",
            "organization_id": "0190b6c8-0000-7000-8000-000000000010", "status": "open", "device": "Safari on iPhone", "address": "192.0.2.7",
            "created_at": "2026-11-20T09:30:00Z", "last_seen_at": "2026-11-20T10:02:00Z", "ended_at": null, "ended_by": null
        }))
}

async fn revoke(ctx: &mut Ctx, target: MemberSession, (): ()) -> Result<Value> {
    let member = memberships::store::by_id(ctx.db(), target.membership_id).await?.ok_or_else(|| Problem::not_found("such member"))?;
    memberships::may_end_sessions(ctx, &member).await?;
    store::end_one(ctx.db(), target.id, ctx.now(), &ctx.actor().label).await?;
    ctx.callers_changed();
    ctx.emit(MemberSessionRevoked { id: target.id, organization_id: target.organization_id, membership_id: target.membership_id }).await?;
    Ok(Value::Null)
}

#[derive(Serialize)]
pub(crate) struct Ended {
    ended: u64,
}

/// `memberships.end-sessions`: all of a member's at once.
pub(crate) async fn end_all(ctx: &mut Ctx, target: Membership, (): ()) -> Result<Ended> {
    memberships::may_end_sessions(ctx, &target).await?;
    let ended = store::end_of(ctx.db(), target.id, ctx.now(), &ctx.actor().label).await?;
    ctx.callers_changed();
    ctx.emit(MemberSessionsRevoked { organization_id: target.organization_id, membership_id: target.id, count: ended }).await?;
    Ok(Ended { ended })
}
