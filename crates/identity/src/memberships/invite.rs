//! An organization asks somebody in. Which users there are is the platform's business, so it is the same whether they
//! have an account already: the link leads those who do to sign in, and others to choose a password.

use super::Level;
use crate::given;
use crate::user_invitations::{self, Guest, Invited};
use kernel::actor::Scope as CallerScope;
use kernel::{Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Invite {
    /// Whom the invitation is for
    #[schemars(length(min = 1, max = 254), extend("format" = "email"))]
    email: String,
    /// They can change it when they accept
    #[serde(default)]
    #[schemars(length(max = 120))]
    name: Option<String>,
    /// The organization; who acts for one invites into that one
    #[serde(default)]
    #[schemars(extend("x-references" = "organizations"))]
    organization_id: Option<Uuid>,
    /// What they become; Member when nothing is said
    #[serde(default)]
    #[schemars(extend("x-references" = "roles", "x-filter" = "scope=eq.organization"))]
    role_id: Option<Uuid>,
    /// The most they may do, whatever the role says
    #[serde(default)]
    #[schemars(with = "Level")]
    level: Option<Level>,
    /// The language they are written in
    #[serde(default)]
    language: Option<given::Language>,
    /// Send them the link; you get it too
    #[serde(default = "given::yes")]
    #[schemars(title = "Send by mail")]
    mail: bool,
}

pub(super) async fn invite(ctx: &mut Ctx, input: Invite) -> Result<Invited> {
    let organization = match (ctx.caller().scope, input.organization_id) {
        (CallerScope::Organization(own), given) if given.is_none_or(|given| given == own) => own,
        (CallerScope::Platform, Some(given)) => given,
        (CallerScope::Platform, None) => return Err(Problem::field("organization_id", "required", "Say into which organization")),
        _ => return Err(Problem::field("organization_id", "reference", "There is no organization with this id")),
    };
    let Invite { email, name, role_id, level, language, mail, .. } = input;
    user_invitations::invite_member(ctx, organization, role_id, level, Guest { email, name, language, mail }).await
}
