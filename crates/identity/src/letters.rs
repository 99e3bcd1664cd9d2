//! What the room writes to people. The texts lie in `letters/`, one file per language.

use crate::account::Account;
use crate::kind::Kind;
use crate::registration::store::Registration;
use crate::user_invitations::store::Found as Invitation;
use crate::{account, notices, role};
use chrono::{DateTime, Duration, Utc};
use kernel::actor::Scope;
use kernel::{Ctx, Result};
use mail::{Language, Letter, Mail, moment};
use uuid::Uuid;

/// A notice that couldn't be sent for so long is none any more.
pub(crate) const NOTICE_IS_NEWS: Duration = Duration::days(3);

macro_rules! letter {
    ($name:literal, [$($value:literal),*]) => {
        Letter {
            name: concat!("identity.", $name),
            en: include_str!(concat!("../letters/", $name, ".en.txt")),
            de: include_str!(concat!("../letters/", $name, ".de.txt")),
            values: &[$($value),*],
        }
    };
}

pub static STAFF_INVITATION: Letter = letter!("staff-invitation", ["inviter", "role", "until"]);
pub static USER_INVITATION: Letter = letter!("user-invitation", ["inviter", "organization", "role", "until"]);
pub static WELCOME: Letter = letter!("welcome", ["email", "until"]);
pub static NEW_DEVICE: Letter = letter!("new-device", ["email", "device", "address", "when"]);
pub static ACCOUNT_CHANGED: Letter = letter!("account-changed", ["email", "what", "when"]);
pub static PASSWORD_RESET: Letter = letter!("password-reset", ["email", "until"]);
pub static ELEVATION_ASKED: Letter = letter!("elevation-asked", ["requester", "role", "reason", "minutes", "until"]);
pub static ELEVATION_GRANTED: Letter = letter!("elevation-granted", ["role", "until"]);
pub static ELEVATION_DENIED: Letter = letter!("elevation-denied", ["role", "by", "why"]);
pub static CONFIRM_REGISTRATION: Letter = letter!("confirm-registration", ["email", "until"]);
pub static ALREADY_REGISTERED: Letter = letter!("already-registered", ["email"]);
pub static CONFIRM_EMAIL: Letter = letter!("confirm-email", ["email", "until"]);
pub static MAGIC_LINK: Letter = letter!("magic-link", ["email", "until"]);

/// Every letter of the room. One that is not here can't be sent.
#[must_use]
pub fn letters() -> Vec<&'static Letter> {
    vec![
        &STAFF_INVITATION,
        &USER_INVITATION,
        &WELCOME,
        &PASSWORD_RESET,
        &NEW_DEVICE,
        &ACCOUNT_CHANGED,
        &ELEVATION_ASKED,
        &ELEVATION_GRANTED,
        &ELEVATION_DENIED,
        &CONFIRM_REGISTRATION,
        &ALREADY_REGISTERED,
        &CONFIRM_EMAIL,
        &MAGIC_LINK,
    ]
}

/// Who invites, by the name people know them by, also when one of their keys does it.
async fn inviter(ctx: &Ctx) -> Result<String> {
    if ctx.caller().scope == Scope::Platform
        && let Some(id) = role::acting_staff(ctx).await?
        && let Some(account) = account::store::by_id(ctx.db(), Kind::Staff, id).await?
    {
        return Ok(account.name);
    }
    Ok(ctx.actor().label.clone())
}

/// Queues the mail to somebody who may join the staff. Like the others here: `true` when a mail server takes it.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn staff_invitation(ctx: &mut Ctx, email: &str, role: &str, link: &str, expires_at: DateTime<Utc>) -> Result<bool> {
    let language = Language::of_platform(ctx.app());
    let (inviter, until) = (inviter(ctx).await?, moment(language, expires_at));
    let values = [("inviter", inviter.as_str()), ("role", role), ("until", &until)];
    mail::send(ctx, one(&STAFF_INVITATION, email, None, language, &values, link, expires_at)).await
}

/// # Errors
/// When the database refuses.
pub(crate) async fn user_invitation(ctx: &mut Ctx, to: &Invitation, link: &str, expires_at: DateTime<Utc>) -> Result<bool> {
    let language = Language::of_person(ctx.app(), to.language.as_deref());
    let (inviter, until) = (inviter(ctx).await?, moment(language, expires_at));
    let mut values = vec![("inviter", inviter.as_str()), ("until", &until)];
    values.extend(to.organization.as_deref().map(|organization| ("organization", organization)));
    values.extend(to.role.as_deref().map(|role| ("role", role)));
    mail::send(ctx, one(&USER_INVITATION, &to.email, to.name.as_deref(), language, &values, link, expires_at)).await
}

/// # Errors
/// When the database refuses.
pub(crate) async fn welcome(
    ctx: &mut Ctx,
    email: &str,
    name: Option<&str>,
    language: Option<&str>,
    link: &str,
    expires_at: DateTime<Utc>,
) -> Result<bool> {
    let language = Language::of_person(ctx.app(), language);
    let until = moment(language, expires_at);
    let values = [("email", email), ("until", until.as_str())];
    mail::send(ctx, one(&WELCOME, email, name, language, &values, link, expires_at)).await
}

/// # Errors
/// When the database refuses.
pub(crate) async fn password_reset(
    ctx: &mut Ctx,
    kind: Kind,
    account: Uuid,
    email: &str,
    link: &str,
    expires_at: DateTime<Utc>,
) -> Result<bool> {
    let language = notices::language(ctx, kind, account).await?;
    let until = moment(language, expires_at);
    let values = [("email", email), ("until", until.as_str())];
    mail::send(ctx, one(&PASSWORD_RESET, email, None, language, &values, link, expires_at)).await
}

/// # Errors
/// When the database refuses.
pub(crate) async fn confirm_registration(ctx: &mut Ctx, to: &Registration, link: &str) -> Result<bool> {
    let language = Language::of_person(ctx.app(), to.language.as_deref());
    let until = moment(language, to.expires_at);
    let values = [("email", to.email.as_str()), ("until", until.as_str())];
    mail::send(ctx, one(&CONFIRM_REGISTRATION, &to.email, Some(&to.name), language, &values, link, to.expires_at)).await
}

/// To the owner of an address that somebody tried to make another account with.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn already_registered(ctx: &mut Ctx, email: &str, language: Option<&str>) -> Result<bool> {
    let language = Language::of_person(ctx.app(), language);
    let (link, until) = (format!("{}/auth/login", ctx.app().site.base_url), ctx.now() + NOTICE_IS_NEWS);
    mail::send(ctx, one(&ALREADY_REGISTERED, email, None, language, &[("email", email)], &link, until)).await
}

/// # Errors
/// When the database refuses.
pub(crate) async fn confirm_email(
    ctx: &mut Ctx,
    email: &str,
    name: &str,
    language: Language,
    link: &str,
    expires_at: DateTime<Utc>,
) -> Result<bool> {
    let until = moment(language, expires_at);
    let values = [("email", email), ("until", until.as_str())];
    mail::send(ctx, one(&CONFIRM_EMAIL, email, Some(name), language, &values, link, expires_at)).await
}

/// # Errors
/// When the database refuses.
pub(crate) async fn magic_link(ctx: &mut Ctx, user: Uuid, email: &str, link: &str, expires_at: DateTime<Utc>) -> Result<bool> {
    let language = notices::language(ctx, Kind::User, user).await?;
    let until = moment(language, expires_at);
    let values = [("email", email), ("until", until.as_str())];
    mail::send(ctx, one(&MAGIC_LINK, email, None, language, &values, link, expires_at)).await
}

/// Where somebody looks after their own account.
fn own_page(ctx: &Ctx, kind: Kind) -> String {
    let page = if kind == Kind::Staff { "/admin/profile" } else { "/account" };
    format!("{}{page}", ctx.app().site.base_url)
}

/// # Errors
/// When the database refuses.
pub(crate) async fn new_device(ctx: &mut Ctx, to: &Account, language: Language, device: &str, address: &str) -> Result<()> {
    let (when, link) = (notices::when(ctx, language), own_page(ctx, to.kind));
    let values = [("email", to.email.as_str()), ("device", device), ("address", address), ("when", when.as_str())];
    let until = ctx.now() + NOTICE_IS_NEWS;
    mail::send(ctx, one(&NEW_DEVICE, &to.email, Some(&to.name), language, &values, &link, until)).await?;
    Ok(())
}

/// # Errors
/// When the database refuses.
pub(crate) async fn account_changed(ctx: &mut Ctx, to: &Account, language: Language, what: &str) -> Result<()> {
    let (when, link) = (notices::when(ctx, language), own_page(ctx, to.kind));
    let values = [("email", to.email.as_str()), ("what", what), ("when", when.as_str())];
    let until = ctx.now() + NOTICE_IS_NEWS;
    mail::send(ctx, one(&ACCOUNT_CHANGED, &to.email, Some(&to.name), language, &values, &link, until)).await?;
    Ok(())
}

/// Whom a letter goes to.
pub(crate) struct To<'a> {
    pub email: &'a str,
    pub name: Option<&'a str>,
    pub language: Language,
}

/// A letter about an elevation, leading to a page of this panel.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn elevation(
    ctx: &mut Ctx,
    letter: &'static Letter,
    to: &To<'_>,
    values: &[(&'static str, &str)],
    page: &str,
    until: DateTime<Utc>,
) -> Result<()> {
    let link = format!("{}{page}", ctx.app().site.base_url);
    mail::send(ctx, one(letter, to.email, to.name, to.language, values, &link, until)).await?;
    Ok(())
}

fn one<'a>(
    letter: &'static Letter,
    email: &'a str,
    name: Option<&'a str>,
    language: Language,
    values: &'a [(&'static str, &'a str)],
    link: &'a str,
    expires_at: DateTime<Utc>,
) -> Mail<'a> {
    Mail { letter, email, name, language, values, link: Some(link), expires_at: Some(expires_at) }
}

#[cfg(test)]
mod tests {
    use super::letters;
    use mail::Language;

    #[test]
    fn every_letter_can_be_written_with_its_values_in_every_language() {
        for letter in letters() {
            for language in [Language::En, Language::De] {
                if let Err(why) = letter.try_out(language) {
                    panic!("{} in {}: {why}", letter.name, language.code());
                }
            }
        }
    }
}
