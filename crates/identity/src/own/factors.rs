//! Adding and removing one's second factors. Every change wants a fresh proof of who sits there.

use crate::ceremonies::{self, Purpose};
use crate::factors::{self, Factor, passkeys, recovery, totp};
use crate::kind::Kind;
use crate::sign_in::{note_owner, person};
use crate::{account, cookie, entry, notices, sso};
use chrono::Duration;
use http::StatusCode;
use kernel::audit::{Changes, Target};
use kernel::endpoint::{Response, empty, json};
use kernel::{App, Call, Client, Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::PasskeyRegistration;

/// How long a new authenticator app waits for its first code.
const WAITS: Duration = Duration::minutes(30);
const MOST: usize = 10;

#[derive(Serialize)]
struct List {
    factors: Vec<Factor>,
    recovery_codes_left: i64,
    /// Whether the rules ask for at least one.
    required: bool,
    /// Whether browsers can use passkeys at this address.
    passkeys: bool,
}

pub(super) fn list_schema() -> Value {
    json!({"type": "object", "required": ["factors", "recovery_codes_left", "required", "passkeys"], "properties": {
        "factors": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}, "kind": {"enum": ["totp", "passkey"]},
            "label": {"type": "string"}, "created_at": {"type": "string", "format": "date-time"}, "last_used_at": {"type": ["string", "null"], "format": "date-time"}}}},
        "recovery_codes_left": {"type": "integer"}, "required": {"type": "boolean"}, "passkeys": {"type": "boolean"}}})
}

pub(super) fn list_example() -> Value {
    json!({"factors": [{"id": "0190b6c8-0000-7000-8000-000000000040", "kind": "totp", "label": "Phone", "created_at": "2026-11-20T09:30:00Z", "last_used_at": null}],
        "recovery_codes_left": 10, "required": false, "passkeys": true})
}

pub(super) fn added_schema() -> Value {
    json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "format": "uuid"}, "recovery_codes": {"type": ["array", "null"], "items": {"type": "string"}}}})
}

pub(super) fn added_example() -> Value {
    json!({"id": "0190b6c8-0000-7000-8000-000000000040", "recovery_codes": ["abcd-efgh-ijkm-npqr"]})
}

pub(super) async fn list(call: Call, kind: Kind) -> Result<Response> {
    let (caller, id, _) = person(&call, kind)?;
    let tx = call.app.db.begin(&caller, call.app.clock.now()).await?;
    let shown = List {
        factors: factors::store::list(tx.db(), kind, id).await?,
        recovery_codes_left: factors::store::methods(tx.db(), kind, id).await?.recovery,
        required: needed(&call.app, tx.db(), kind, id).await?,
        passkeys: passkeys::possible(&call.app),
    };
    tx.rollback().await?;
    json(StatusCode::OK, &shown)
}

/// Whether the platform asks them for a second factor, or any organization they are in.
async fn needed(app: &App, db: &Client, kind: Kind, account: Uuid) -> Result<bool> {
    let platform = factors::rules(app, db, kind, account).await?.second_factor;
    Ok(platform || kind == Kind::User && entry::store::asked_somewhere(db, account).await?)
}

/// A transaction of somebody who has just proved who they are.
async fn open(call: &Call, kind: Kind) -> Result<(Ctx, Uuid)> {
    let (caller, id, _) = person(call, kind)?;
    caller.prove(true, call.app.clock.now())?;
    Ok((Ctx::open(call.app.clone(), caller, call.request.clone()).await?, id))
}

async fn room_for_one(ctx: &Ctx, kind: Kind, id: Uuid) -> Result<()> {
    match factors::store::list(ctx.db(), kind, id).await?.len() {
        MOST.. => Err(Problem::refused(format!("{MOST} second factors are enough. Remove one that you don't use any more."))),
        _ => Ok(()),
    }
}

pub(super) async fn add_totp(call: Call, kind: Kind) -> Result<Response> {
    let (mut ctx, account) = open(&call, kind).await?;
    room_for_one(&ctx, kind, account).await?;
    let email = account::store::by_id(ctx.db(), kind, account).await?.map(|a| a.email).unwrap_or_default();
    factors::store::forget_unconfirmed(ctx.db(), kind, account).await?;
    let (id, seed) = (ctx.id(), totp::new_seed());
    let sealed = call.app.keys.seal(&factors::place(id), &seed)?;
    factors::store::insert(ctx.db(), kind, id, account, "totp", "Authenticator app", &sealed, None, ctx.now(), None).await?;
    let label = ctx.actor().label.clone();
    ctx.audit(&format!("{}.begin-factor", kind.collection()), Some(Target::new(kind.collection(), account, label)), Changes::new(), None)
        .await?;
    ctx.commit().await?;
    let shown = totp::show(&seed, &call.app.name(), &email)?;
    json(StatusCode::CREATED, &json!({"id": id, "secret": shown.secret, "uri": shown.uri}))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfirmTotp {
    id: Uuid,
    /// The six digits that the app shows now
    #[schemars(length(min = 1, max = 20))]
    code: String,
    /// What to call it
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 60))]
    label: Option<String>,
}

pub(super) async fn confirm_totp(call: Call, kind: Kind) -> Result<Response> {
    let (ctx, account) = open(&call, kind).await?;
    let input: ConfirmTotp = call.input()?;
    let sealed = factors::store::unconfirmed(ctx.db(), kind, account, input.id, ctx.now() - WAITS)
        .await?
        .ok_or_else(|| Problem::new(kernel::problem::Kind::Gone, "This took too long, or was done already. Start again."))?;
    let seed = call.app.keys.open(&factors::place(input.id), &sealed)?;
    let step = totp::step(secrecy::ExposeSecret::expose_secret(&seed), &input.code, ctx.now(), None)?
        .ok_or_else(|| Problem::field("code", "wrong", "This is not the code that the app shows now. Check the clock of the device"))?;
    let had = factors::store::methods(ctx.db(), kind, account).await?;
    factors::store::confirm(ctx.db(), input.id, ctx.now(), Some(step), label(input.label.as_deref(), "Authenticator app")).await?;
    shown(&ctx, kind, "totp").await?;
    added(ctx, kind, account, input.id, had, "An authenticator app").await
}

fn label<'a>(given: Option<&'a str>, otherwise: &'static str) -> &'a str {
    given.map(str::trim).filter(|l| !l.is_empty()).unwrap_or(otherwise)
}

/// Who has just set up a factor has shown it in this session, as organizations may ask for.
async fn shown(ctx: &Ctx, kind: Kind, way: &str) -> Result<()> {
    crate::sessions::store::proved_by(ctx.db(), kind, ctx.caller().session.unwrap_or_default(), way).await
}

/// What all sorts have in common once they are there: recovery codes with the first, the audit row, the mail.
async fn added(mut ctx: Ctx, kind: Kind, account: Uuid, id: Uuid, had: factors::Methods, what: &str) -> Result<Response> {
    let codes = if had.any() { None } else { Some(recovery::renew(&ctx, kind, account).await?) };
    // What asks for a second factor opens to this session at once.
    ctx.callers_changed();
    note_owner(&mut ctx, kind, account, "add-factor", what).await?;
    ctx.commit().await?;
    json(StatusCode::OK, &json!({"id": id, "recovery_codes": codes}))
}

pub(super) async fn add_passkey(call: Call, kind: Kind) -> Result<Response> {
    let (mut ctx, account) = open(&call, kind).await?;
    room_for_one(&ctx, kind, account).await?;
    let whose = account::store::by_id(ctx.db(), kind, account).await?.ok_or_else(|| Problem::not_found("such account"))?;
    let (options, state) = passkeys::start_registration(&ctx, kind, account, &whose.email, &whose.name).await?;
    let (id, token) = ceremonies::begin(&ctx, Purpose::Register, kind, Some(account), &[]).await?;
    ceremonies::leave(&ctx, id, &state).await?;
    ctx.audit(
        &format!("{}.begin-factor", kind.collection()),
        Some(Target::new(kind.collection(), account, &whose.name)),
        Changes::new(),
        None,
    )
    .await?;
    ctx.commit().await?;
    let mut response = json(StatusCode::OK, &options)?;
    cookie::set_ceremony(&mut response, kind, token.reveal(), ceremonies::GOOD_FOR.num_seconds(), call.request.tls);
    Ok(response)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfirmPasskey {
    /// What the browser answered
    #[schemars(with = "serde_json::Map<String, Value>")]
    credential: Value,
    /// What to call it
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 60))]
    label: Option<String>,
}

pub(super) async fn confirm_passkey(call: Call, kind: Kind) -> Result<Response> {
    let (_, own, _) = person(&call, kind)?;
    let input: ConfirmPasskey = call.input()?;
    let token = cookie::ceremony(&call.headers, kind, call.request.tls);
    let ceremony = ceremonies::attempt(&call.app, token, kind, Purpose::Register).await?;
    if ceremony.account != Some(own) {
        return Err(Problem::refused("This passkey was begun by another account"));
    }
    let (ctx, account) = open(&call, kind).await?;
    ceremonies::use_up(&ctx, ceremony.id).await?;
    let had = factors::store::methods(ctx.db(), kind, account).await?;
    let state: PasskeyRegistration = ceremony.state(&call.app)?;
    let device = call.request.user_agent.as_deref().map(crate::device::name).unwrap_or_default();
    let name = input.label.as_deref().map(str::trim).filter(|l| !l.is_empty()).unwrap_or(&device);
    let name = if name.is_empty() { "Passkey" } else { name };
    let id = passkeys::finish_registration(&ctx, kind, account, name, input.credential, &state).await?;
    shown(&ctx, kind, "passkey").await?;
    let mut response = added(ctx, kind, account, id, had, "A passkey").await?;
    cookie::clear_ceremony(&mut response, kind, call.request.tls);
    Ok(response)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rename {
    /// What to call it
    #[schemars(length(min = 1, max = 60))]
    label: String,
}

/// A name protects nothing, so it wants no proof.
pub(super) async fn rename(call: Call, kind: Kind) -> Result<Response> {
    let (caller, account, _) = person(&call, kind)?;
    let id = Uuid::parse_str(call.param("factor")).map_err(|_| Problem::not_found("such factor"))?;
    let input: Rename = call.input()?;
    let label = input.label.trim();
    if label.is_empty() {
        return Err(Problem::field("label", "required", "This is required"));
    }
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    if !factors::store::rename(ctx.db(), kind, account, id, label).await? {
        ctx.rollback().await?;
        return Err(Problem::not_found("such factor"));
    }
    note_owner(&mut ctx, kind, account, "rename-factor", label).await?;
    ctx.commit().await?;
    Ok(empty())
}

pub(super) async fn remove(call: Call, kind: Kind) -> Result<Response> {
    let (mut ctx, account) = open(&call, kind).await?;
    let id = Uuid::parse_str(call.param("factor")).map_err(|_| Problem::not_found("such factor"))?;
    // The account's row is what keeps two removals from leaving none.
    let password = account::store::lock_active(ctx.db(), kind, account).await?.flatten();
    let label = factors::store::delete(ctx.db(), kind, account, id).await?.ok_or_else(|| Problem::not_found("such factor"))?;
    let left = factors::store::methods(ctx.db(), kind, account).await?;
    if password.is_none() && !left.passkey && !sso::identities::let_in(ctx.db(), kind, account).await? {
        ctx.rollback().await?;
        return Err(Problem::refused("Without a password this is your last way in. Set a password or add another passkey first."));
    }
    if !left.any() {
        if needed(&call.app, ctx.db(), kind, account).await? {
            ctx.rollback().await?;
            return Err(Problem::refused("You need a second factor here. Add another one before you remove the last."));
        }
        recovery::store::delete_all(ctx.db(), kind, account).await?;
    }
    note_owner(&mut ctx, kind, account, "remove-factor", &label).await?;
    ctx.commit().await?;
    Ok(empty())
}

pub(super) async fn renew_codes(call: Call, kind: Kind) -> Result<Response> {
    let (mut ctx, account) = open(&call, kind).await?;
    if !factors::store::methods(ctx.db(), kind, account).await?.any() {
        return Err(Problem::refused("Recovery codes stand in for a second factor. Add one first."));
    }
    let codes = recovery::renew(&ctx, kind, account).await?;
    note_owner(&mut ctx, kind, account, "renew-recovery-codes", "New recovery codes").await?;
    ctx.commit().await?;
    json(StatusCode::OK, &json!({"recovery_codes": codes}))
}

/// Staff took all second factors from an account that lost them; whoever holds its password sets up new ones.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn reset(ctx: &mut Ctx, kind: Kind, account: Uuid) -> Result<u64> {
    notices::changed(ctx, kind, account, "reset-factors").await?;
    let taken = factors::reset(ctx, kind, account).await?;
    crate::sessions::store::revoke_of(ctx.db(), kind, account, ctx.now(), "second factors reset", None).await?;
    ceremonies::store::end_of(ctx.db(), account).await?;
    ctx.callers_changed();
    Ok(taken)
}
