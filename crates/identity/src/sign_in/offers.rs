//! What a page where people sign in can offer beside it, and what it asks of new passwords.

use crate::kind::Kind;
use crate::password::Policy;
use crate::registration::settings::{self as registration, Offer};
use crate::{policy, settings};
use kernel::{App, Result};
use mail::Post;
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Serialize)]
pub struct Offers {
    /// What new passwords must be like.
    password: Policy,
    /// Whether who forgot their password can ask for a link to choose a new one.
    forgotten_password: bool,
    /// Whether a link to sign in by can be asked for.
    magic_link: bool,
    /// Of app users.
    registration: Option<Offer>,
}

/// # Errors
/// 500 when a setting isn't declared, a fault of ours.
pub fn of(app: &App, kind: Kind) -> Result<Offers> {
    let letters = letters_arrive(app)?;
    Ok(match kind {
        Kind::Staff => Offers {
            password: policy::of(app, kind)?,
            forgotten_password: letters && settings::STAFF_RESET.get(app)?,
            magic_link: false,
            registration: None,
        },
        Kind::User => Offers {
            password: policy::of(app, kind)?,
            forgotten_password: letters,
            magic_link: letters && settings::MAGIC_LINK.get(app)?,
            registration: Some(registration::offer(app)?).filter(|offer| letters || !offer.confirmed),
        },
    })
}

/// Pages offer nothing that ends in a letter nobody gets. Where somebody only tries things out, letters are files at hand.
fn letters_arrive(app: &App) -> Result<bool> {
    Ok(Post::of(app)?.delivers() || app.site.environment == "development")
}

pub fn schema() -> Value {
    json!({"type": "object", "required": ["password", "forgotten_password", "magic_link"], "properties": {
        "password": {"type": "object", "properties": {"shortest": {"type": "integer"}, "ingredients": {"type": "array", "items": {"enum": ["upper_case", "lower_case", "digit", "symbol"]}}}},
        "forgotten_password": {"type": "boolean"}, "magic_link": {"type": "boolean"},
        "registration": {"type": ["object", "null"], "properties": {"mode": {"enum": ["disabled", "invitation", "open"]}, "organization": {"type": "boolean"}, "confirmed": {"type": "boolean"}}}}})
}

pub fn example(kind: Kind) -> Value {
    let shortest = if kind == Kind::Staff { 12 } else { 10 };
    let registration =
        if kind == Kind::Staff { Value::Null } else { json!({"mode": "invitation", "organization": false, "confirmed": true}) };
    json!({"password": {"shortest": shortest, "ingredients": []}, "forgotten_password": true, "magic_link": false, "registration": registration})
}
