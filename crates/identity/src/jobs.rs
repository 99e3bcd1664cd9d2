//! Background work of the room: what is over is swept away, and deleted people are erased.

use crate::{
    accesses, ceremonies, factors, invitations, link, magic_link, own, registration, sessions, sso, throttle, user_imports,
    user_invitations, users,
};
use chrono::Duration;
use kernel::job::{Failure, Run};
use kernel::{Caller, Ctx, Job, RequestInfo};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// Sign-in history that is kept.
const SESSIONS_KEPT: Duration = Duration::days(90);
/// Invitations that nobody accepted, after they expired.
const INVITATIONS_KEPT: Duration = Duration::days(90);

/// What is in files that nobody imported, and what was wrong with them.
const IMPORTS_KEPT: Duration = Duration::days(14);

/// Sweeps away what is over.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sweep {}

impl Job for Sweep {
    const KIND: &'static str = "identity.sweep";
    const DESCRIPTION: &'static str = "Sweeps away expired sessions, invitations, reset links, counted attempts and the access log";

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let now = run.app.clock.now();
        let tx = run.app.db.begin(&Caller::system("sweep"), now).await?;
        let sessions = sessions::store::sweep(tx.db(), now - SESSIONS_KEPT).await?;
        let invitations = invitations::store::sweep(tx.db(), now - INVITATIONS_KEPT).await?
            + user_invitations::store::sweep(tx.db(), now - INVITATIONS_KEPT).await?;
        let ceremonies = ceremonies::store::sweep(tx.db(), now - Duration::days(1)).await?;
        let visits = sso::visit::store::sweep(tx.db(), now - Duration::days(1)).await?
            + sso::logout::store::sweep(tx.db(), now - Duration::days(1)).await?
            + sso::opened::store::sweep(tx.db(), now - Duration::days(1)).await?;
        let factors = factors::store::sweep(tx.db(), now - Duration::days(1)).await?;
        let imports = user_imports::store::sweep(tx.db(), now - IMPORTS_KEPT).await?;
        let links = link::store::sweep(tx.db(), now - Duration::days(1)).await?;
        let registrations = registration::store::sweep(tx.db(), now).await?;
        let asked =
            own::email_change::store::sweep(tx.db(), now).await? + magic_link::store::sweep(tx.db(), now - Duration::days(1)).await?;
        let attempts = throttle::store::sweep(tx.db(), now).await?;
        let accesses = accesses::store::sweep(tx.db(), now, accesses::LOG_DAYS.get(&run.app)?).await?;
        tx.commit().await?;
        Ok(json!({
            "sessions": sessions, "invitations": invitations, "imports": imports, "reset_links": links, "ceremonies": ceremonies, "visits": visits, "unfinished_factors": factors, "attempts": attempts, "registrations": registrations, "asked_links": asked,
            "accesses": accesses
        }))
    }
}

/// Erases what is personal about a user, 30 days after they were deleted.
#[derive(Serialize, Deserialize)]
pub struct EraseUser {
    pub id: Uuid,
}

impl Job for EraseUser {
    const KIND: &'static str = "identity.erase-user";
    const DESCRIPTION: &'static str = "Erases what is personal about a deleted user";

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let request = RequestInfo { id: run.id.simple().to_string(), ..RequestInfo::default() };
        let mut ctx = Ctx::open(run.app.clone(), Caller::system("erasure"), request).await?;
        let erased = users::erase(&mut ctx, self.id).await?;
        ctx.commit().await?;
        Ok(json!({"erased": erased}))
    }
}
