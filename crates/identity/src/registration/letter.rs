//! The letter that follows a registration. A job writes it, and only there it is asked whether the address has an account.

use super::store::{self, Registration};
use crate::cookie::{self, Asked};
use crate::throttle::About;
use crate::{letters, throttle, user_invitations};
use http::StatusCode;
use kernel::audit::{Changes, Target};
use kernel::endpoint::{Response, json as answer};
use kernel::job::{Failure, Run};
use kernel::secret::{self, Token};
use kernel::{Call, Caller, Ctx, Job, RequestInfo, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// Writes to whoever was registered: a link to confirm the address, or that they have an account already.
#[derive(Serialize, Deserialize)]
pub struct RegistrationLetter {
    id: Uuid,
}

impl Job for RegistrationLetter {
    const KIND: &'static str = "identity.registration-letter";
    const DESCRIPTION: &'static str = "Writes to somebody who registered";

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let request = RequestInfo { id: run.id.simple().to_string(), ..RequestInfo::default() };
        let mut ctx = Ctx::open(run.app.clone(), Caller::system("registration"), request).await?;
        let Some(found) = store::by_id(ctx.db(), self.id).await?.filter(|found| found.expires_at > ctx.now()) else {
            ctx.rollback().await?;
            return Ok(json!({"written": "nothing: it doesn't wait any more"}));
        };
        let written = if user_invitations::store::is_user(ctx.db(), &found.email).await? {
            already(&mut ctx, &found).await?
        } else if throttle::may_write(ctx.db(), About::Registration, &found.email, ctx.now()).await? {
            let token = Token::random();
            store::set_token(ctx.db(), found.id, &token.hash()).await?;
            let link = format!("{}/auth/verify?token={}", ctx.app().site.base_url, token.reveal());
            letters::confirm_registration(&mut ctx, &found, &link).await?;
            "a link to confirm the address"
        } else {
            TOO_MANY
        };
        ctx.commit().await?;
        Ok(json!({"written": written}))
    }
}

const TOO_MANY: &str = "nothing: this mailbox got enough letters";

/// # Errors
/// When the database refuses.
pub(super) async fn queue(ctx: &mut Ctx, id: Uuid) -> Result<()> {
    ctx.enqueue(RegistrationLetter { id }).await.map(drop)
}

/// Tells the owner of an account that somebody tried to register with their address.
///
/// # Errors
/// When the database refuses.
pub(super) async fn already(ctx: &mut Ctx, to: &Registration) -> Result<&'static str> {
    if !throttle::may_write(ctx.db(), About::Registration, &to.email, ctx.now()).await? {
        return Ok(TOO_MANY);
    }
    letters::already_registered(ctx, &to.email, to.language.as_deref()).await?;
    Ok("that there is an account")
}

/// The letter once more, for the browser that registered. What there is to send isn't told.
pub(super) async fn send_again(call: Call) -> Result<Response> {
    throttle::ask(&call).await?;
    let browser = cookie::asked(&call.headers, Asked::Registration, call.request.tls).map(secret::hash).unwrap_or_default();
    let mut ctx = Ctx::open(call.app.clone(), Caller::system("registration"), call.request.clone()).await?;
    if let Some((id, email)) = store::of_browser(ctx.db(), &browser, ctx.now()).await? {
        queue(&mut ctx, id).await?;
        ctx.audit("users.resend-registration", Some(Target::new("users", "", &email)), Changes::new(), None).await?;
    }
    ctx.commit().await?;
    answer(StatusCode::ACCEPTED, &json!({}))
}
