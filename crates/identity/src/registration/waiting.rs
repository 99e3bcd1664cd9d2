//! Registrations that wait for their address to be confirmed, as staff see them: somebody says that no letter came, and it
//! is sent again; or it was a mistake, and is forgotten.
//! Emits `registration.cancelled`.

use super::{letter, store};
use crate::fact::fact;
use kernel::field::{bool, choice, datetime, email, reference, text};
use kernel::{Action, Ctx, Resource, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// A registration as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct Waiting {
    pub id: Uuid,
    pub email: String,
    pub status: String,
}

fact!(
    /// A registration was forgotten before its address was confirmed.
    RegistrationCancelled = "registration.cancelled" { id: Uuid, email: String }
);

pub(crate) fn resource() -> Resource<Waiting> {
    Resource::<Waiting>::new("registrations", "auth.registrations")
        .called("Registrations", "Registration")
        .describe("clock", "Who registered and has not yet confirmed the address; there is no account before")
        .group("people/invitations")
        .administrative()
        .unversioned()
        .title("email")
        .default_order("created_at.desc")
        .field(email("email").label("E-mail").always().read_only().filter())
        .field(text("name").always().read_only().filter())
        .field(
            choice("status", &[("waiting", "Waiting", "yellow"), ("expired", "Expired", "gray")])
                .always()
                .sql("case when t.expires_at <= identity.now() then 'expired' else 'waiting' end"),
        )
        .field(bool("linked").label("Link written").always().sql("t.token_hash is not null").help("Not yet, or never: whose address has an account gets a letter that says so"))
        .field(text("organization").label("Their organization").read_only().detail_only().help("Made for them once the address is confirmed"))
        .field(reference("code_id", "registration-codes").label("Registration code").read_only().detail_only())
        .field(datetime("created_at").label("Registered").always().read_only().filter().sort())
        .field(datetime("expires_at").label("Expires").always().read_only().filter())
        .action(
            Action::new("resend", resend)
                .label("Send the letter again")
                .icon("mail")
                .confirm("The link of the letter before stops working.")
                .bulk()
                .when(|waiting: &Waiting| waiting.status == "waiting", "It has expired; they have to register again"),
        )
        .action(Action::delete(cancel).label("Cancel").confirm("The link of the letter stops working, and there is no account. They can register again."))
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000070", "email": "grace@example.com", "name": "Grace Hopper", "status": "waiting", "linked": true,
            "organization": "Navy", "code_id": null, "created_at": "2026-11-20T09:30:00Z", "expires_at": "2026-11-21T09:30:00Z"
        }))
}

/// By the same job as the first one: what there is to write is decided there, and mailboxes get so many letters at most.
async fn resend(ctx: &mut Ctx, target: Waiting, (): ()) -> Result<Value> {
    letter::queue(ctx, target.id).await?;
    Ok(Value::Null)
}

async fn cancel(ctx: &mut Ctx, target: Waiting, (): ()) -> Result<Value> {
    store::cancel(ctx.db(), target.id).await?;
    ctx.emit(RegistrationCancelled { id: target.id, email: target.email }).await?;
    Ok(Value::Null)
}
