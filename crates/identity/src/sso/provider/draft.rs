//! A provider as somebody wants it to be, and every reason why it can't be so.

use super::{Provider, Rule, roles_of_kind, store};
use crate::kind::Kind;
use crate::memberships::{self, Level};
use crate::role::{self, OWNER};
use crate::sso::address::{self, Use};
use crate::sso::ask;
use crate::{email, given, restrictions, sso};
use kernel::{ActorKind, Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;
use uuid::Uuid;

const MOST_DOMAINS: usize = 200;
const MOST_RULES: usize = 100;

fn usual_scopes() -> Vec<String> {
    ["openid", "profile", "email"].map(str::to_owned).to_vec()
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    /// On the button: Continue with …
    #[schemars(length(min = 1, max = 60))]
    label: String,
    /// Small letters, digits and -; part of the redirect URI
    #[schemars(length(min = 1, max = 40))]
    slug: String,
    /// Who signs in by it
    account_kind: Kind,
    /// Whoever comes this way becomes a member of it
    #[serde(default)]
    #[schemars(extend("x-references" = "organizations"))]
    organization_id: Option<Uuid>,
    /// Exactly as the provider calls itself, such as https://login.example.com/realms/main
    #[schemars(length(min = 1, max = 500), extend("format" = "uri"))]
    issuer: String,
    /// What this panel is called at the provider
    #[schemars(length(min = 1, max = 300))]
    client_id: String,
    /// Sealed, never shown; none for a public client
    #[serde(default)]
    #[schemars(length(max = 1000), extend("format" = "password", "writeOnly" = true))]
    pub(super) client_secret: Option<String>,
    /// Certificates in PEM of those who alone may vouch for it
    #[serde(default)]
    #[schemars(title = "Authorities of its own", length(max = 100_000), extend("format" = "long-text"))]
    certificates: Option<String>,
    /// Who signs out here is led there, signs out and comes back
    #[serde(default)]
    #[schemars(title = "Signs out there, too")]
    sign_out_there: bool,
    /// What the panel asks to see; openid is one of them
    #[serde(default = "usual_scopes")]
    #[schemars(length(min = 1, max = 20))]
    scopes: Vec<String>,
    #[serde(default = "given::yes")]
    enabled: bool,
    /// Offered on the sign-in page
    #[serde(default = "given::yes")]
    shown: bool,
    /// Addresses of these domains are led to this provider
    #[serde(default)]
    #[schemars(length(max = 200))]
    domains: Vec<String>,
    /// Accounts of its domains have no password: they come in by this provider alone
    #[serde(default)]
    #[schemars(title = "Only this way in")]
    exclusive: bool,
    /// Whoever comes for the first time gets an account
    #[serde(default)]
    #[schemars(title = "Makes accounts")]
    create_accounts: bool,
    /// A verified address of its domains is enough to connect an account that is there already
    #[serde(default)]
    #[schemars(title = "Connects by e-mail")]
    connect_by_email: bool,
    /// Values of amr or acr that say a second factor was used there, such as mfa
    #[serde(default)]
    #[schemars(title = "Second factor there", length(max = 20))]
    second_factor_values: Vec<String>,
    /// The first rule that holds decides the role, at every sign-in
    #[serde(default)]
    #[schemars(title = "Roles", length(max = 100))]
    rules: Vec<Rule>,
    /// When no rule holds
    #[serde(default)]
    #[schemars(title = "Role otherwise", extend("x-references" = "roles", "x-filter-by" = roles_of_kind()))]
    default_role_id: Option<Uuid>,
    /// The most they may do in the organization
    #[serde(default)]
    #[schemars(title = "Level otherwise")]
    default_level: Option<Level>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub(super) struct Update {
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 60))]
    label: Option<String>,
    /// Another issuer is another provider: people connect anew
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 500), extend("format" = "uri"))]
    issuer: Option<String>,
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 300))]
    client_id: Option<String>,
    /// A new one; null for a public client
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(with = "Option<String>", length(max = 1000), extend("format" = "password", "writeOnly" = true))]
    pub(super) client_secret: Option<Option<String>>,
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(with = "Option<String>", length(max = 100_000), extend("format" = "long-text"))]
    certificates: Option<Option<String>>,
    #[serde(default)]
    #[schemars(with = "bool")]
    sign_out_there: Option<bool>,
    #[serde(default)]
    #[schemars(with = "Vec<String>", length(min = 1, max = 20))]
    scopes: Option<Vec<String>>,
    #[serde(default)]
    #[schemars(with = "bool")]
    enabled: Option<bool>,
    #[serde(default)]
    #[schemars(with = "bool")]
    shown: Option<bool>,
    #[serde(default)]
    #[schemars(with = "Vec<String>", length(max = 200))]
    domains: Option<Vec<String>>,
    #[serde(default)]
    #[schemars(with = "bool")]
    exclusive: Option<bool>,
    #[serde(default)]
    #[schemars(with = "bool")]
    create_accounts: Option<bool>,
    #[serde(default)]
    #[schemars(with = "bool")]
    connect_by_email: Option<bool>,
    #[serde(default)]
    #[schemars(with = "Vec<String>", length(max = 20))]
    second_factor_values: Option<Vec<String>>,
    #[serde(default)]
    #[schemars(with = "Vec<Rule>", length(max = 100))]
    rules: Option<Vec<Rule>>,
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(with = "Option<Uuid>", extend("x-references" = "roles", "x-filter-by" = roles_of_kind()))]
    default_role_id: Option<Option<Uuid>>,
    #[serde(default, deserialize_with = "given::or_null")]
    #[schemars(with = "Option<Level>")]
    default_level: Option<Option<Level>>,
}

/// The whole provider as it would be.
pub(super) struct Draft {
    pub provider: Provider,
}

/// Without what surrounds them, each once.
fn tidy(list: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    list.into_iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty() && seen.insert(one.clone())).collect()
}

fn wrong(field: &str, message: impl Into<String>) -> Problem {
    Problem::field(field, "invalid", message)
}

impl Draft {
    pub(super) fn new(id: Uuid, input: Create) -> Self {
        Self::tidied(Provider {
            id,
            slug: input.slug,
            label: input.label,
            account_kind: input.account_kind,
            organization_id: input.organization_id,
            issuer: input.issuer,
            client_id: input.client_id,
            scopes: input.scopes,
            enabled: input.enabled,
            shown: input.shown,
            exclusive: input.exclusive,
            create_accounts: input.create_accounts,
            connect_by_email: input.connect_by_email,
            second_factor_values: input.second_factor_values,
            domains: input.domains,
            rules: input.rules,
            default_role_id: input.default_role_id,
            default_level: input.default_level,
            sign_out_there: input.sign_out_there,
            certificates: input.certificates,
        })
    }

    pub(super) fn changed(was: Provider, input: Update) -> Self {
        Self::tidied(Provider {
            label: input.label.unwrap_or(was.label),
            issuer: input.issuer.unwrap_or(was.issuer),
            client_id: input.client_id.unwrap_or(was.client_id),
            scopes: input.scopes.unwrap_or(was.scopes),
            enabled: input.enabled.unwrap_or(was.enabled),
            shown: input.shown.unwrap_or(was.shown),
            exclusive: input.exclusive.unwrap_or(was.exclusive),
            create_accounts: input.create_accounts.unwrap_or(was.create_accounts),
            connect_by_email: input.connect_by_email.unwrap_or(was.connect_by_email),
            second_factor_values: input.second_factor_values.unwrap_or(was.second_factor_values),
            domains: input.domains.unwrap_or(was.domains),
            rules: input.rules.unwrap_or(was.rules),
            default_role_id: input.default_role_id.unwrap_or(was.default_role_id),
            default_level: input.default_level.unwrap_or(was.default_level),
            sign_out_there: input.sign_out_there.unwrap_or(was.sign_out_there),
            certificates: input.certificates.unwrap_or(was.certificates),
            ..was
        })
    }

    fn tidied(mut provider: Provider) -> Self {
        for text in [&mut provider.label, &mut provider.issuer, &mut provider.client_id] {
            *text = text.trim().to_owned();
        }
        provider.certificates = given::plain(provider.certificates.as_deref()).map(|pem| format!("{pem}\n"));
        provider.scopes = tidy(provider.scopes);
        provider.second_factor_values = tidy(provider.second_factor_values);
        provider.domains = tidy(provider.domains.iter().map(|one| one.trim_start_matches('@').to_ascii_lowercase()).collect());
        Self { provider }
    }

    /// # Errors
    /// 422 at the field that is wrong, 403 when the caller may not decide so much.
    pub(super) async fn check(&self, ctx: &Ctx, was: Option<&Provider>) -> Result<()> {
        let p = &self.provider;
        may_decide(ctx, p)?;
        if (p.connect_by_email || was.is_some_and(|was| was.connect_by_email))
            && p.account_kind == Kind::Staff
            && !role::is_owner(ctx.caller())
        {
            return Err(Problem::refused(
                "Only an owner may let a provider connect accounts of staff by their address: it could become any of them",
            ));
        }
        self.check_texts(ctx)?;
        if let Some(organization) = p.organization_id {
            if p.account_kind == Kind::Staff {
                return Err(wrong("organization_id", "Staff belong to no organization"));
            }
            if !restrictions::store::organization_exists(ctx.db(), organization).await? {
                return Err(Problem::field("organization_id", "reference", "There is no organization with this id"));
            }
        }
        self.check_domains(ctx).await?;
        self.check_roles(ctx).await?;
        self.check_own_way_in(ctx).await
    }

    fn check_texts(&self, ctx: &Ctx) -> Result<()> {
        let p = &self.provider;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if p.slug.is_empty() || p.slug.len() > 40 || p.slug.starts_with('-') || !p.slug.chars().all(plain) {
            return Err(wrong("slug", "Use small letters, digits and -, such as keycloak"));
        }
        for (field, text) in [("label", &p.label), ("client_id", &p.client_id)] {
            if text.is_empty() {
                return Err(Problem::field(field, "required", "This is required"));
            }
        }
        address::read(ctx.app(), &p.issuer, Use::Issuer)?.map_err(|message| Problem::field("issuer", "format", message))?;
        if let Some(pem) = &p.certificates {
            ask::check(pem).map_err(|message| wrong("certificates", message))?;
        }
        let token = |scope: &String| scope.len() <= 100 && scope.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
        if !p.scopes.iter().any(|scope| scope == "openid") || !p.scopes.iter().all(token) {
            return Err(wrong("scopes", "openid is one of them, and none has a space in it"));
        }
        Ok(())
    }

    async fn check_domains(&self, ctx: &Ctx) -> Result<()> {
        let p = &self.provider;
        if p.domains.len() > MOST_DOMAINS {
            return Err(wrong("domains", format!("At most {MOST_DOMAINS} domains")));
        }
        if let Some(bad) = p.domains.iter().find(|domain| !email::is_domain(domain) || domain.len() > 253) {
            return Err(wrong("domains", format!("{bad:.80} is no domain; write example.com")));
        }
        if let Some((domain, label)) = store::domain_taken(ctx.db(), p).await? {
            return Err(Problem::field("domains", "unique", format!("{domain} leads to {label} already")));
        }
        for (field, on) in [("exclusive", p.exclusive), ("connect_by_email", p.connect_by_email)] {
            if on && p.domains.is_empty() {
                return Err(wrong(field, "This is about the addresses of certain domains; name them first"));
            }
        }
        if p.organization_id.is_some() && p.create_accounts && p.domains.is_empty() {
            return Err(wrong("create_accounts", "An organization's provider makes accounts of its own domains only; name them first"));
        }
        Ok(())
    }

    /// Nobody grants by a rule what they couldn't grant by hand.
    async fn check_roles(&self, ctx: &Ctx) -> Result<()> {
        let p = &self.provider;
        if p.rules.len() > MOST_RULES {
            return Err(wrong("rules", format!("At most {MOST_RULES} rules")));
        }
        let given = p
            .rules
            .iter()
            .map(|rule| ("rules", rule.role_id, rule.level))
            .chain(p.default_role_id.map(|id| ("default_role_id", id, p.default_level)));
        for (field, role, level) in given {
            match (p.account_kind, p.organization_id) {
                (Kind::Staff, _) => {
                    if level.is_some() {
                        return Err(wrong(field, "Levels are for members of organizations"));
                    }
                    if role::grantable(ctx, role).await.map_err(|problem| at(field, problem))?.name == OWNER {
                        return Err(wrong(field, "Owners are made by owners, not by a provider"));
                    }
                }
                (Kind::User, Some(organization)) => {
                    memberships::may_give(ctx, organization, role, level.unwrap_or_default())
                        .await
                        .map_err(|problem| at(field, problem))?;
                }
                (Kind::User, None) => {
                    return Err(wrong(field, "Users have roles in organizations only; name the organization, or leave the roles out"));
                }
            }
        }
        let decides = !p.rules.is_empty() || p.default_role_id.is_some();
        if p.account_kind == Kind::Staff && p.create_accounts && !decides {
            return Err(wrong("create_accounts", "Say what new staff are: by rules, or by the role otherwise"));
        }
        if p.organization_id.is_some() && !decides {
            return Err(wrong("default_role_id", "Say what members are: by rules, or by the role otherwise"));
        }
        Ok(())
    }

    /// Whoever makes it the only way in must have it.
    async fn check_own_way_in(&self, ctx: &Ctx) -> Result<()> {
        let p = &self.provider;
        if !(p.exclusive && p.enabled && p.account_kind == Kind::Staff && ctx.actor().kind == ActorKind::Staff) {
            return Ok(());
        }
        let Some(id) = ctx.actor().id else { return Ok(()) };
        let own = crate::account::store::by_id(ctx.db(), Kind::Staff, id).await?;
        let bound = own.is_some_and(|own| sso::domain_of(&own.email).is_some_and(|domain| p.domains.iter().any(|one| one == domain)));
        if bound && !sso::identities::store::has(ctx.db(), Kind::Staff, id, &p.issuer).await? {
            return Err(wrong("exclusive", "This would lock you out: connect your own account to this provider first, on your profile"));
        }
        Ok(())
    }
}

/// What a role's own check says, at the field it was given in.
fn at(field: &str, problem: Problem) -> Problem {
    if problem.errors().is_empty() { problem } else { wrong(field, problem.errors()[0].message.clone()) }
}

/// Who sets up the sign-in of staff decides who is what among them.
///
/// # Errors
/// 403 naming the permission.
pub(super) fn may_decide(ctx: &Ctx, provider: &Provider) -> Result<()> {
    match provider.account_kind {
        Kind::Staff => ctx.caller().require("staff:change-role"),
        Kind::User => Ok(()),
    }
}
