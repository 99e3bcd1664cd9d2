//! What people are told about their own account without asking: a sign-in by a device that was never seen, and a change
//! of what protects it. Queued in the transaction of its cause.

use crate::account::{self, Account};
use crate::kind::Kind;
use crate::{cookie, device, letters};
use chrono::Duration;
use http::HeaderMap;
use kernel::{Ctx, Result};
use mail::{Language, moment};
use uuid::Uuid;

/// An address is known for as long as a sign-in from it counts as familiar.
const KNOWN: Duration = Duration::days(90);

/// Called before the session is opened: whether this browser or address is new to an account that signed in before.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn signed_in(ctx: &mut Ctx, account: &Account, headers: &HeaderMap) -> Result<()> {
    let request = ctx.request().clone();
    let kind = account.kind;
    if cookie::browser(headers, &ctx.app().keys, kind, account.id, request.tls).is_some()
        || !store::signed_in_before(ctx.db(), kind, account.id).await?
    {
        return Ok(());
    }
    let address = request.address.map(|a| a.to_string());
    if account::store::familiar(ctx.db(), kind, account.id, address.as_deref(), ctx.now() - KNOWN).await? {
        return Ok(());
    }
    let language = language(ctx, kind, account.id).await?;
    let device = request.user_agent.as_deref().map(device::name).filter(|name| !name.is_empty()).unwrap_or_else(|| "?".into());
    letters::new_device(ctx, account, language, &device, address.as_deref().unwrap_or("?")).await
}

/// Which acts on an account are told, in the words of each language.
fn words(what: &str, language: Language) -> Option<&'static str> {
    let (english, german) = match what {
        "set-password" => ("a new password was set", "ein neues Passwort wurde gesetzt"),
        "change-email" => (
            "another e-mail address was asked for; it counts once the link sent there is opened",
            "eine andere E-Mail-Adresse wurde angefordert; sie gilt, sobald der dorthin geschickte Link geöffnet wird",
        ),
        "confirm-email" => (
            "it has another e-mail address now, with which you sign in from now on",
            "es hat jetzt eine andere E-Mail-Adresse, mit der Sie sich von nun an anmelden",
        ),
        "add-factor" => ("a second factor was added", "ein zweiter Faktor wurde hinzugefügt"),
        "remove-factor" => ("a second factor was removed", "ein zweiter Faktor wurde entfernt"),
        "renew-recovery-codes" => (
            "new recovery codes were made; the old ones don't work any more",
            "neue Wiederherstellungscodes wurden erzeugt; die alten gelten nicht mehr",
        ),
        "connect-identity" => ("a sign-in provider was connected", "ein Anmeldedienst wurde verbunden"),
        "disconnect-identity" => ("a sign-in provider was disconnected", "ein Anmeldedienst wurde getrennt"),
        "reset-factors" => {
            ("all second factors were removed by an administrator", "alle zweiten Faktoren wurden von der Verwaltung entfernt")
        }
        _ => return None,
    };
    Some(if language == Language::De { german } else { english })
}

/// Tells somebody that what protects their account was changed.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn changed(ctx: &mut Ctx, kind: Kind, account: Uuid, what: &str) -> Result<()> {
    let language = language(ctx, kind, account).await?;
    let Some(words) = words(what, language) else { return Ok(()) };
    match account::store::by_id(ctx.db(), kind, account).await? {
        Some(account) => letters::account_changed(ctx, &account, language, words).await,
        None => Ok(()),
    }
}

/// The language somebody is written to in.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn language(ctx: &Ctx, kind: Kind, account: Uuid) -> Result<Language> {
    Ok(match kind {
        Kind::Staff => Language::of_platform(ctx.app()),
        Kind::User => Language::of_person(ctx.app(), store::language(ctx.db(), account).await?.as_deref()),
    })
}

/// When it happened, as people read it.
pub(crate) fn when(ctx: &Ctx, language: Language) -> String {
    moment(language, ctx.now())
}

pub mod store {
    use super::{Kind, Result, Uuid};
    use crate::kind::{Pair, pair};
    use kernel::Client;

    const SIGNED_IN_BEFORE: Pair = pair!("select last_sign_in_at is not null from " accounts " where id = $1");
    const LANGUAGE: &str = "select language from auth.users where id = $1";

    pub const STATEMENTS: &[&str] = &[SIGNED_IN_BEFORE.staff, SIGNED_IN_BEFORE.user, LANGUAGE];

    pub(super) async fn signed_in_before(db: &Client, kind: Kind, account: Uuid) -> Result<bool> {
        Ok(db.query_opt(SIGNED_IN_BEFORE.of(kind), &[&account]).await?.is_some_and(|row| row.get(0)))
    }

    pub(super) async fn language(db: &Client, user: Uuid) -> Result<Option<String>> {
        Ok(db.query_opt(LANGUAGE, &[&user]).await?.and_then(|row| row.get(0)))
    }
}
