//! One's own account, behind `/profile` for staff and `/account` for app users: name, password, second factors, sessions.
//! Nobody else's, whatever one may do otherwise; and nothing of this while acting as somebody else or by a key.

mod account;
pub(crate) mod email_change;
mod factors;
mod keys;
mod organizations;
mod password;
mod sessions;

pub(crate) use account::store as account_store;
pub(crate) use factors::reset as reset_factors;
pub(crate) use organizations::store as organizations_store;
pub(crate) use sessions::store as sessions_store;

use crate::State;
use crate::kind::Kind;
use crate::sign_in::for_members;
use http::{Method, StatusCode};
use kernel::endpoint::Response;
use kernel::{Access, Call, Endpoint, Result};
use serde_json::json;
use std::sync::Arc;

pub(crate) fn endpoints(state: &Arc<State>) -> Vec<Endpoint> {
    Kind::BOTH.into_iter().flat_map(|kind| of(kind, state)).chain(keys()).chain(belonging()).collect()
}

/// App users have keys of their own here; staff have theirs in the list of keys.
fn keys() -> [Endpoint; 6] {
    let key = || json!({"type": "object", "required": ["id", "key"], "properties": {"id": {"type": "string", "format": "uuid"}, "key": {"type": "string"}}});
    [
        Endpoint::new(Method::GET, "/account/keys", "account.keys", Access::SignedIn, keys::list)
            .summary("Your API keys")
            .answer(keys::schema(), keys::example()),
        Endpoint::new(Method::POST, "/account/keys", "account.create-key", Access::SignedIn, keys::create)
            .summary("Make an API key for one of your organizations; its text is shown this once")
            .takes::<crate::keys::own::CreateOwn>()
            .status(StatusCode::CREATED)
            .answer(key(), json!({"id": "0190b6c8-0000-7000-8000-000000000030", "key": "qd_k3v9x2mf_…"})),
        Endpoint::new(Method::POST, "/account/keys/{key}/revoke", "account.revoke-key", Access::SignedIn, keys::revoke)
            .summary("End one of your API keys")
            .status(StatusCode::NO_CONTENT),
        Endpoint::new(Method::POST, "/account/keys/{key}/rotate", "account.rotate-key", Access::SignedIn, keys::rotate)
            .summary("Replace one of your API keys; the new text is shown this once, the old key works on for as long as you say")
            .takes::<crate::keys::own::Rotate>()
            .answer(keys::rotated_schema(), keys::rotated_example()),
        Endpoint::new(Method::GET, "/account/keys/{key}/accesses", "account.key-accesses", Access::SignedIn, keys::accesses)
            .summary("The last hundred requests made with one of your API keys")
            .answer(keys::accesses_schema(), keys::accesses_example()),
        Endpoint::new(Method::GET, "/account/organizations/{organization}/scopes", "account.scopes", Access::SignedIn, keys::scopes)
            .summary("What a key of yours could do in one of your organizations")
            .answer(
                json!({"type": "object", "required": ["scopes"], "properties": {"scopes": {"type": "array", "items": {"type": "string"}}}}),
                json!({"scopes": ["memberships:read", "organizations:read"]}),
            ),
    ]
    .map(|endpoint| for_members(Kind::User, endpoint))
}

/// App users belong to organizations, and may go.
fn belonging() -> [Endpoint; 4] {
    let at = "/account/organizations";
    [
        Endpoint::new(Method::GET, at, "account.organizations", Access::SignedIn, organizations::list)
            .summary("The organizations you belong to, as what, and whether they open to you now")
            .answer(organizations::list_schema(), organizations::list_example()),
        Endpoint::new(Method::GET, &format!("{at}/{{id}}/leave"), "account.what-leaving-ends", Access::SignedIn, organizations::what_goes)
            .summary("What would be over if you left an organization")
            .answer(organizations::goes_schema(), organizations::goes_example()),
        Endpoint::new(Method::POST, &format!("{at}/{{id}}/leave"), "account.leave-organization", Access::SignedIn, organizations::leave)
            .summary("Leave an organization; its owner hands it over first")
            .status(StatusCode::NO_CONTENT),
        Endpoint::new(Method::GET, "/account/activity", "account.activity", Access::SignedIn, organizations::activity)
            .summary("What was done last: in an organization of yours, or by yourself")
            .parameter("organization", "query", "In which; your own acts without")
            .answer(organizations::activity_schema(), organizations::activity_example()),
    ]
    .map(|endpoint| for_members(Kind::User, endpoint))
}

type Handler = fn(Call, Kind) -> futures::future::BoxFuture<'static, Result<Response>>;

fn of(kind: Kind, state: &Arc<State>) -> Vec<Endpoint> {
    let prefix = kind.own().trim_start_matches('/');
    let at = |method: Method, rest: &str, id: &str, handler: Handler| {
        for_members(
            kind,
            Endpoint::new(method, &format!("{}{rest}", kind.own()), &format!("{prefix}.{id}"), Access::SignedIn, move |call| {
                handler(call, kind)
            }),
        )
    };
    let state = state.clone();
    let password = Endpoint::new(
        Method::POST,
        &format!("{}/password", kind.own()),
        &format!("{prefix}.set-password"),
        Access::SignedIn,
        move |call| password::set(call, kind, state.clone()),
    );
    vec![
        at(Method::GET, "", "show", |call, kind| Box::pin(account::show(call, kind)))
            .summary("Your account")
            .answer(account::schema(), account::example(kind)),
        at(Method::GET, "/factors", "factors", |call, kind| Box::pin(factors::list(call, kind)))
            .summary("Your second factors")
            .answer(factors::list_schema(), factors::list_example()),
        at(Method::POST, "/factors/totp", "add-totp", |call, kind| Box::pin(factors::add_totp(call, kind)))
            .summary("Get the secret of a new authenticator app; it counts once its first code confirms it")
            .status(StatusCode::CREATED)
            .answer(
                json!({"type": "object", "required": ["id", "secret", "uri"], "properties": {"id": {"type": "string", "format": "uuid"}, "secret": {"type": "string"}, "uri": {"type": "string"}}}),
                json!({"id": "0190b6c8-0000-7000-8000-000000000040", "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "uri": "otpauth://totp/Quarterdeck:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}),
            ),
        at(Method::POST, "/factors/totp/confirm", "confirm-totp", |call, kind| Box::pin(factors::confirm_totp(call, kind)))
            .summary("Confirm a new authenticator app; with the first factor come recovery codes")
            .takes::<factors::ConfirmTotp>()
            .answer(factors::added_schema(), factors::added_example()),
        at(Method::POST, "/factors/passkey", "add-passkey", |call, kind| Box::pin(factors::add_passkey(call, kind)))
            .summary("Get the options for a new passkey")
            .answer(
                json!({"type": "object", "description": "Options for navigator.credentials.create (Web Authentication, level 3)"}),
                json!({"publicKey": {"challenge": "…"}}),
            ),
        at(Method::POST, "/factors/passkey/confirm", "confirm-passkey", |call, kind| Box::pin(factors::confirm_passkey(call, kind)))
            .summary("Keep the passkey that the browser made; with the first factor come recovery codes")
            .takes::<factors::ConfirmPasskey>()
            .answer(factors::added_schema(), factors::added_example()),
        at(Method::PATCH, "/factors/{factor}", "rename-factor", |call, kind| Box::pin(factors::rename(call, kind)))
            .summary("Give a second factor another name")
            .takes::<factors::Rename>()
            .status(StatusCode::NO_CONTENT),
        at(Method::DELETE, "/factors/{factor}", "remove-factor", |call, kind| Box::pin(factors::remove(call, kind))).summary("Remove a second factor"),
        at(Method::POST, "/recovery-codes", "renew-recovery-codes", |call, kind| Box::pin(factors::renew_codes(call, kind)))
            .summary("Get new recovery codes; the old ones stop working")
            .answer(
                json!({"type": "object", "required": ["recovery_codes"], "properties": {"recovery_codes": {"type": "array", "items": {"type": "string"}}}}),
                json!({"recovery_codes": ["abcd-efgh-ijkm-npqr"]}),
            ),
        for_members(kind, password).summary("Set your password; ends your other sessions").takes::<password::SetPassword>().status(StatusCode::NO_CONTENT),
        at(Method::PATCH, "", "rename", |call, kind| Box::pin(password::rename(call, kind)))
            .summary("Change your name")
            .takes::<password::Rename>()
            .status(StatusCode::NO_CONTENT),
        at(Method::GET, "/sessions", "sessions", |call, kind| Box::pin(sessions::list(call, kind)))
            .summary("Where you are signed in")
            .answer(sessions::schema(), sessions::example()),
        at(Method::POST, "/sessions/{session}/revoke", "revoke-session", |call, kind| Box::pin(sessions::revoke(call, kind)))
            .summary("Sign one of your other browsers out")
            .status(StatusCode::NO_CONTENT),
        at(Method::POST, "/sessions/revoke-others", "revoke-other-sessions", |call, kind| Box::pin(sessions::revoke_others(call, kind)))
            .summary("Sign all your other browsers out")
            .answer(json!({"type": "object", "required": ["revoked"], "properties": {"revoked": {"type": "integer"}}}), json!({"revoked": 2})),
    ]
}
