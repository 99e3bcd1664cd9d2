//! "Forgot your password?", of staff and of app users: a link by mail, and the same answer for every address. A job looks
//! the account up and writes the letter, so that the time of the answer tells nothing either.

use crate::kind::Kind;
use crate::sealed::Sealed;
use crate::throttle::About;
use crate::{account, letters, link, restrictions, settings, sso, throttle};
use http::{Method, StatusCode};
use kernel::audit::{Changes, Target};
use kernel::endpoint::{Response, json as answer};
use kernel::job::{Failure, Run};
use kernel::{Access, Actor, Call, Caller, Ctx, Endpoint, Job, Problem, RequestInfo, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Whose mailbox a letter is asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    #[schemars(length(min = 1, max = 254))]
    pub email: String,
}

pub(crate) fn endpoints() -> [Endpoint; 2] {
    Kind::BOTH.map(|kind| {
        let (path, id) = (format!("{}/forgotten-password", kind.door()), format!("{}.forgotten-password", kind.prefix()));
        Endpoint::new(Method::POST, &path, &id, Access::Public, move |call| ask(call, kind))
            .summary("Ask for a link to choose a new password; says the same whether or not the address has an account")
            .takes::<Ask>()
            .status(StatusCode::ACCEPTED)
    })
}

async fn ask(call: Call, kind: Kind) -> Result<Response> {
    let input: Ask = call.input()?;
    if kind == Kind::Staff {
        if !settings::STAFF_RESET.get(&call.app)? {
            return Err(Problem::refused("Staff can't ask for a link themselves here. Another administrator can make one.")
                .titled("Ask an administrator"));
        }
        let tx = call.app.db.begin(&Caller::system("sign-in"), call.app.clock.now()).await?;
        let known = restrictions::knock(tx.db(), call.request.address).await;
        tx.rollback().await?;
        known?;
    }
    throttle::ask(&call).await?;
    let email = crate::email::normalise(&input.email)?;
    let caller = Caller { actor: Actor::nobody(&email), ..Caller::system("forgotten password") };
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    send(&mut ctx, kind, &email).await?;
    ctx.audit(&format!("{}.forgot-password", kind.collection()), Some(Target::new(kind.collection(), "", &email)), Changes::new(), None)
        .await?;
    ctx.commit().await?;
    answer(StatusCode::ACCEPTED, &json!({}))
}

/// Queues the letter with a link; whoever may not have one gets none, and nobody is told.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn send(ctx: &mut Ctx, kind: Kind, email: &str) -> Result<()> {
    let sealed = Sealed::new(ctx.app(), ctx.id(), &email)?;
    ctx.enqueue(ForgottenPassword { kind, sealed }).await?;
    Ok(())
}

/// Writes to somebody who forgot their password, when there is such an account.
#[derive(Serialize, Deserialize)]
pub struct ForgottenPassword {
    kind: Kind,
    sealed: Sealed,
}

impl Job for ForgottenPassword {
    const KIND: &'static str = "identity.forgotten-password";
    const DESCRIPTION: &'static str = "Writes to somebody who forgot their password";

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let email: String = self.sealed.open(&run.app).map_err(Failure::Fail)?;
        let request = RequestInfo { id: run.id.simple().to_string(), ..RequestInfo::default() };
        let mut ctx = Ctx::open(run.app.clone(), Caller::system("forgotten password"), request).await?;
        let written = write(&mut ctx, self.kind, &email).await?;
        ctx.commit().await?;
        Ok(json!({"written": written}))
    }
}

async fn write(ctx: &mut Ctx, kind: Kind, email: &str) -> Result<bool> {
    let Some(candidate) = account::store::by_email(ctx.db(), kind, email, ctx.now()).await?.filter(|c| c.active && !c.waits) else {
        return Ok(false);
    };
    if sso::is_exclusive(ctx.db(), kind, email).await? || !throttle::may_write(ctx.db(), About::Password, email, ctx.now()).await? {
        return Ok(false);
    }
    let made = link::make_asked(ctx, kind, candidate.id).await?;
    letters::password_reset(ctx, kind, candidate.id, email, &made.link, made.expires_at).await?;
    Ok(true)
}
