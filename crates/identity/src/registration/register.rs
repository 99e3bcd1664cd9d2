//! Asking for an account.

use super::settings::{Mode, Rules};
use super::store::{self, Registration};
use super::{GOOD_FOR, confirm, letter, mark};
use crate::kind::Kind;
use crate::registration_codes::{self, store::Found};
use crate::{State, email, given, policy, sso, throttle, user_invitations};
use http::StatusCode;
use kernel::audit::{Changes, Target};
use kernel::endpoint::{Response, json as answer};
use kernel::problem::FieldError;
use kernel::secret::Token;
use kernel::{Actor, App, Call, Caller, Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Register {
    #[schemars(length(min = 1, max = 120))]
    name: String,
    #[schemars(length(min = 1, max = 254))]
    email: String,
    #[schemars(length(min = 1, max = 1024), extend("format" = "password"))]
    password: String,
    /// From somebody who invites; needed where registration is by invitation
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 40))]
    code: Option<String>,
    /// The name of the organization to be made, where registering makes one
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 120))]
    organization: Option<String>,
    /// The language to be written in
    #[serde(default)]
    language: Option<given::Language>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    #[schemars(length(min = 1, max = 40))]
    code: String,
}

fn closed() -> Problem {
    Problem::refused("Nobody can register here at the moment").titled("Registration is closed")
}

/// The caller of a stranger's request: it may nothing, and the panel writes what comes of it.
fn stranger(label: &str) -> Caller {
    Caller { actor: Actor::nobody(label), ..Caller::system("registration") }
}

/// What a code gives, so that the page can say it before anything is typed.
pub(super) async fn look_at_code(call: Call) -> Result<Response> {
    let input: Code = call.input()?;
    if !Rules::of(&call.app)?.admit(true) {
        return Err(closed());
    }
    throttle::ask(&call).await?;
    let ctx = Ctx::open(call.app.clone(), stranger("registration"), call.request.clone()).await?;
    let found = registration_codes::look(&ctx, &input.code).await;
    ctx.rollback().await?;
    let found = found?;
    answer(StatusCode::OK, &json!({"organization": found.organization, "role": found.role}))
}

pub(super) async fn register(call: Call, state: Arc<State>) -> Result<Response> {
    let input: Register = call.input()?;
    let rules = Rules::of(&call.app)?;
    if rules.mode == Mode::Disabled {
        return Err(closed());
    }
    throttle::ask(&call).await?;
    let ctx = Ctx::open(call.app.clone(), stranger("registration"), call.request.clone()).await?;
    let code = code(&ctx, &rules, input.code.as_deref()).await;
    let exclusive = sso::is_exclusive(ctx.db(), Kind::User, &input.email.trim().to_ascii_lowercase()).await?;
    ctx.rollback().await?;
    if exclusive {
        // Where addresses of a domain are led is told to anybody.
        return Err(Problem::field(
            "email",
            "provider",
            "Addresses of this domain sign in by their provider; there is nothing to register",
        ));
    }
    let code = code?;
    let asked = check(&call.app, &rules, &input, code.as_ref())?;
    let password_hash = state.hasher.hash(input.password.into()).await?;

    let browser = Token::random();
    let new = Registration {
        id: call.app.ids.next(&call.app.clock),
        password_hash,
        browser_hash: browser.hash(),
        expires_at: call.app.clock.now() + GOOD_FOR,
        ..asked
    };
    if rules.confirmed {
        wait(&call, &new).await?
    } else {
        at_once(&call, &new).await?
    }
    let mut response = answer(StatusCode::ACCEPTED, &json!({"confirm": rules.confirmed}))?;
    mark(&mut response, &browser, &call.request);
    Ok(response)
}

/// The code that was given, or that is missing.
async fn code(ctx: &Ctx, rules: &Rules, given: Option<&str>) -> Result<Option<Found>> {
    match given.map(str::trim).filter(|code| !code.is_empty()) {
        Some(code) => registration_codes::look(ctx, code).await.map(Some),
        None if rules.admit(false) => Ok(None),
        None => Err(Problem::field("code", "required", "Registration is by invitation. Enter the code that you were given")),
    }
}

/// Everything that is wrong at once, or what is kept.
fn check(app: &App, rules: &Rules, input: &Register, code: Option<&Found>) -> Result<Registration> {
    let mut errors: Vec<FieldError> = Vec::new();
    let name = input.name.trim();
    if name.is_empty() {
        errors.extend_from_slice(Problem::field("name", "required", "This is required").errors());
    }
    let email = match email::normalise(&input.email) {
        Ok(email) if !rules.takes(&email) => {
            errors.extend_from_slice(Problem::field("email", "domain", elsewhere(rules, code)).errors());
            email
        }
        Ok(email) => email,
        Err(problem) => {
            errors.extend_from_slice(problem.errors());
            String::new()
        }
    };
    errors.extend(policy::fault(app, Kind::User, &input.password, &[&input.email, name])?);
    let organization = given::plain(input.organization.as_deref());
    // Who joins an organization by the code needs none of their own.
    let wanted = rules.own_organization && code.is_none_or(|code| code.organization_id.is_none());
    if wanted && organization.is_none() {
        errors.extend_from_slice(Problem::field("organization", "required", "Give your organization a name").errors());
    }
    if !errors.is_empty() {
        return Err(Problem::validation(errors));
    }
    Ok(Registration {
        id: uuid::Uuid::nil(),
        email,
        name: name.to_owned(),
        language: input.language.map(|language| language.code().to_owned()),
        password_hash: String::new(),
        organization: organization.filter(|_| wanted).map(str::to_owned),
        code_id: code.map(|code| code.id),
        browser_hash: Vec::new(),
        expires_at: app.clock.now(),
    })
}

/// Which domains may register can be a list of customers, so strangers aren't told.
fn elsewhere(rules: &Rules, code: Option<&Found>) -> String {
    match code {
        Some(_) => format!("Only addresses of {} can register here", rules.domains.join(", ")),
        None => "Addresses of this domain can't register here. Take the one that you have from your organization".into(),
    }
}

/// Keeps it until the address is confirmed. The same for every address; the letter tells its owner which it was.
async fn wait(call: &Call, new: &Registration) -> Result<()> {
    let mut ctx = Ctx::open(call.app.clone(), stranger(&new.email), call.request.clone()).await?;
    store::insert(ctx.db(), new, ctx.now()).await?;
    note(&mut ctx, new, "The address has to be confirmed").await?;
    letter::queue(&mut ctx, new.id).await?;
    ctx.commit().await
}

/// Makes the account without asking whose address it is. What is answered is still the same for every address.
async fn at_once(call: &Call, new: &Registration) -> Result<()> {
    let (mut ctx, id) = confirm::open(call, &new.name).await?;
    note(&mut ctx, new, "The address need not be confirmed").await?;
    if user_invitations::store::is_user(ctx.db(), &new.email).await? {
        letter::already(&mut ctx, new).await?;
    } else {
        confirm::make(&mut ctx, id, new, false).await?;
    }
    ctx.commit().await
}

async fn note(ctx: &mut Ctx, new: &Registration, detail: &str) -> Result<()> {
    ctx.audit("users.register", Some(Target::new("users", "", &new.email)), Changes::new(), Some(detail.into())).await
}
