//! The knobs of signing in.

use crate::role;
use kernel::setting::SettingDef;
use kernel::{Ctx, Problem, Result, Setting};
use serde_json::json;
use uuid::Uuid;

pub const STAFF_IDLE_MINUTES: Setting<i64> = Setting::new("identity.staff_idle_minutes");
pub const STAFF_SESSION_HOURS: Setting<i64> = Setting::new("identity.staff_session_hours");
pub const STAFF_SECOND_FACTOR: Setting<bool> = Setting::new("identity.staff_second_factor");
pub const USER_IDLE_MINUTES: Setting<i64> = Setting::new("identity.user_idle_minutes");
pub const USER_SESSION_HOURS: Setting<i64> = Setting::new("identity.user_session_hours");
pub const USER_SECOND_FACTOR: Setting<bool> = Setting::new("identity.user_second_factor");

/// Whether staff who forgot their password can ask for a link themselves.
pub const STAFF_RESET: Setting<bool> = Setting::new("identity.staff_reset");
pub const MAGIC_LINK: Setting<bool> = Setting::new("identity.magic_link");
const NEW_MEMBERS: Setting<String> = Setting::new("identity.new_member_role");
/// Whether a sign-in provider may be on this machine, without TLS.
pub const SSO_LOOPBACK: Setting<bool> = Setting::new("identity.sso_loopback");

pub const GATE_CLOSED: Setting<bool> = Setting::new("identity.gate_closed");
pub const GATE_MESSAGE: Setting<String> = Setting::new("identity.gate_message");

const IDLE: &str = "Counts for sessions from their next activity on; a role can ask for less";
const LONGEST: &str = "Counts for sessions that begin after the change; a role can ask for less";

/// What people become in an organization when nobody says it.
///
/// # Errors
/// 422 at the field `role_id` when the setting names no role.
pub(crate) async fn role_of_new_members(ctx: &Ctx) -> Result<Uuid> {
    let name = NEW_MEMBERS.get(ctx.app())?;
    let role = role::store::by_name(ctx.db(), &name, "organization").await?;
    role.map(|role| role.id).ok_or_else(|| {
        Problem::field(
            "role_id",
            "required",
            format!("Choose a role; the setting {} says {name}, which is none of every organization", NEW_MEMBERS.key),
        )
    })
}

#[must_use]
pub(crate) fn all() -> Vec<SettingDef> {
    let minutes = |most: i64| json!({"type": "integer", "minimum": 5, "maximum": most});
    let hours = |most: i64| json!({"type": "integer", "minimum": 1, "maximum": most});
    vec![
        STAFF_IDLE_MINUTES.declare("Sign staff out after minutes without activity", IDLE, minutes(1440), json!(60)),
        STAFF_SESSION_HOURS.declare("Sign staff out after hours at the latest", LONGEST, hours(168), json!(12)),
        STAFF_SECOND_FACTOR.declare(
            "All staff need a second factor",
            "Whoever has none sets one up at the next sign-in. A role can ask for it, too",
            json!({"type": "boolean"}),
            json!(false),
        ),
        USER_IDLE_MINUTES.declare("Sign users out after minutes without activity", IDLE, minutes(43_200), json!(1440)),
        USER_SESSION_HOURS.declare("Sign users out after hours at the latest", LONGEST, hours(8760), json!(336)),
        USER_SECOND_FACTOR.declare(
            "All users need a second factor",
            "Whoever has none sets one up at the next sign-in. A role in an organization can ask for it, too",
            json!({"type": "boolean"}),
            json!(false),
        ),
        STAFF_RESET.declare(
            "Staff can ask for a link to choose a new password",
            "Otherwise only another administrator makes them one. Users can always ask",
            json!({"type": "boolean"}),
            json!(true),
        ),
        MAGIC_LINK.declare(
            "Users can sign in by a link that is sent to them",
            "Good once, for 15 minutes. Whoever reads their mail can sign in as them; a second factor is still asked for",
            json!({"type": "boolean"}),
            json!(false),
        ),
        NEW_MEMBERS.declare(
            "Role of new members",
            "The name of a role of organizations: what people become who are invited or come by a registration code, when nobody says it",
            json!({"type": "string", "minLength": 1, "maxLength": 60}),
            json!("member"),
        ),
        SSO_LOOPBACK.declare(
            "Sign-in providers on this machine",
            "Providers are asked over TLS only. This also lets them be at http://localhost, for trying things out",
            json!({"type": "boolean"}),
            json!(false),
        ),
        GATE_CLOSED.declare(
            "Close the platform behind forward authentication",
            "Proxies that ask /auth/verify get 503 for everybody but staff who are signed in",
            json!({"type": "boolean"}),
            json!(false),
        ),
        GATE_MESSAGE.declare(
            "What visitors are told meanwhile",
            "The proxy may show it",
            json!({"type": "string", "minLength": 1, "maxLength": 300}),
            json!("We are working on the platform and will be back shortly."),
        ),
    ]
}
