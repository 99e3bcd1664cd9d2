//! The page behind `/auth/verify?token=`: what a link is about before its button is pressed. Looking changes nothing, so
//! that programs which open every link of a letter use none up.

use crate::own::email_change;
use crate::registration;
use http::{Method, StatusCode};
use kernel::endpoint::{Response, json as answer};
use kernel::{Access, Call, Caller, Endpoint, Result, secret};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// What is sent when the button is pressed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opened {
    /// From the link
    #[schemars(length(min = 1, max = 200))]
    pub token: String,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(Method::GET, "/account/verification", "account.verification", Access::Public, look)
        .summary("What a link to confirm an address is about: a registration, or a new address of a user")
        .parameter("token", "query", "From the link")
        .answer(
            json!({"type": "object", "properties": {"purpose": {"enum": ["registration", "email"]}, "email": {"type": "string"}, "name": {"type": "string"}}}),
            json!({"purpose": "registration", "email": "grace@example.com", "name": "Grace Hopper"}),
        )
}

async fn look(call: Call) -> Result<Response> {
    let hash = secret::hash(call.query_value("token").unwrap_or_default().trim());
    let now = call.app.clock.now();
    let tx = call.app.db.begin(&Caller::system("verification"), now).await?;
    let change = email_change::store::find(tx.db(), &hash).await?;
    let registered = registration::store::find(tx.db(), &hash).await?;
    tx.rollback().await?;
    if change.is_some() {
        let change = email_change::usable(change, now)?;
        return answer(StatusCode::OK, &json!({"purpose": "email", "email": change.email, "name": change.name}));
    }
    let registered = registration::usable(registered, now)?;
    answer(StatusCode::OK, &json!({"purpose": "registration", "email": registered.email, "name": registered.name}))
}
