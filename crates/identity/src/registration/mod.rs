//! Registration: people who make an account for themselves, where the settings let them, openly or with a code.
//!
//! What somebody registers waits in a row of its own until they open the link of a letter; only then there is an account.
//! So nobody takes an address that isn't theirs, and whether an address has an account can't be told: who registers one
//! that has gets the same answer after the same work, and its owner a letter. The letter is written by a job, so that
//! the time of the answer tells nothing either. Emits `user.registered`.

mod confirm;
mod letter;
mod register;
pub(crate) mod settings;
pub(crate) mod store;
mod waiting;

pub(crate) use confirm::{UserRegistered, usable};
pub(crate) use letter::RegistrationLetter;
pub(crate) use waiting::{RegistrationCancelled, resource};

use crate::cookie::{self, Asked};
use crate::sign_in;
use crate::{State, kind::Kind};
use chrono::Duration;
use http::{Method, StatusCode};
use kernel::endpoint::Response;
use kernel::secret::Token;
use kernel::{Access, Ctx, Endpoint, RequestInfo, Result};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// How long the link to confirm an address is good.
pub(crate) const GOOD_FOR: Duration = Duration::hours(24);

pub(crate) fn endpoints(state: &Arc<State>) -> [Endpoint; 4] {
    let state = state.clone();
    [
        Endpoint::new(Method::POST, "/account/registration", "account.register", Access::Public, move |call| {
            register::register(call, state.clone())
        })
        .summary("Register as an app user; says the same whether or not the address has an account")
        .takes::<register::Register>()
        .status(StatusCode::ACCEPTED)
        .answer(
            json!({"type": "object", "required": ["confirm"], "properties": {"confirm": {"type": "boolean", "description": "Whether the link of a letter has to be opened first"}}}),
            json!({"confirm": true}),
        ),
        Endpoint::new(Method::POST, "/account/registration/code", "account.registration-code", Access::Public, register::look_at_code)
            .summary("What a registration code gives")
            .takes::<register::Code>()
            .answer(
                json!({"type": "object", "properties": {"organization": {"type": ["string", "null"]}, "role": {"type": ["string", "null"]}}}),
                json!({"organization": "Navy", "role": "Member"}),
            ),
        Endpoint::new(Method::POST, "/account/registration/letter", "account.resend-registration", Access::Public, letter::send_again)
            .summary("Send the letter again to who registered in this browser")
            .status(StatusCode::ACCEPTED),
        Endpoint::new(Method::POST, "/account/registration/confirm", "account.confirm-registration", Access::Public, confirm::confirm)
            .summary("Confirm an address by the link of a letter: makes the account, and signs in where it was registered")
            .takes::<crate::verification::Opened>()
            .status(StatusCode::CREATED)
            .answer(sign_in::schema(), sign_in::example(Kind::User)),
    ]
}

/// Ties a registration that waits to the browser whose password for it was right, so that it can ask for the letter
/// again and is signed in once the address is confirmed.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn recognise(ctx: &Ctx, registration: Uuid) -> Result<Token> {
    let browser = Token::random();
    store::set_browser(ctx.db(), registration, &browser.hash()).await?;
    Ok(browser)
}

/// Gives a browser what ties it to its registration.
pub(crate) fn mark(response: &mut Response, browser: &Token, request: &RequestInfo) {
    cookie::set_asked(response, Asked::Registration, browser.reveal(), GOOD_FOR.num_seconds(), request.tls);
}
