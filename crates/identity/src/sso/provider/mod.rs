//! Sign-in providers: OpenID Connect servers that vouch for people. Only staff make them, those of organizations too: the
//! panel asks the address that is entered, and a domain leads other people there, so neither is left to a tenant, who
//! might name `gmail.com` or a machine behind the panel. The client's secret is sealed and never shown.
//! Emits `identity-provider.created`, `identity-provider.updated`, `identity-provider.deleted`.

mod check;
mod draft;
pub(crate) mod store;

use crate::State;
use crate::fact::fact;
use crate::kind::Kind;
use crate::memberships::{LEVELS, Level};
use draft::Draft;
use kernel::field::{bool, choice, datetime, int, json as json_field, list, long_text, password, reference, text, url};
use kernel::{Action, Ctx, Resource, Result, Risk};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// Who is what by what the provider says of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Rule {
    /// What the provider says, such as groups, or realm_access.roles for something inside
    #[schemars(length(min = 1, max = 200))]
    pub claim: String,
    /// The value it must be, or must have among others
    #[schemars(length(min = 1, max = 300))]
    pub value: String,
    /// What they are then
    #[schemars(title = "Role", extend("x-references" = "roles", "x-filter-by" = roles_of_kind()))]
    pub role_id: Uuid,
    /// The most they may do in the organization
    #[serde(default)]
    #[schemars(with = "Option<Level>")]
    pub level: Option<Level>,
}

/// Which roles may be chosen, by whose door it is.
fn roles_of_kind() -> Value {
    json!({"account_kind": {"staff": "scope=eq.platform", "user": "scope=eq.organization"}})
}

/// A provider as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Provider {
    pub id: Uuid,
    pub slug: String,
    pub label: String,
    pub account_kind: Kind,
    pub organization_id: Option<Uuid>,
    pub issuer: String,
    pub client_id: String,
    pub scopes: Vec<String>,
    pub enabled: bool,
    pub shown: bool,
    pub exclusive: bool,
    pub create_accounts: bool,
    pub connect_by_email: bool,
    pub second_factor_values: Vec<String>,
    pub domains: Vec<String>,
    pub rules: Vec<Rule>,
    pub default_role_id: Option<Uuid>,
    pub default_level: Option<Level>,
    /// Who signs out here is led there to sign out, too.
    pub sign_out_there: bool,
    /// Authorities in PEM that alone are trusted for it; the public ones without.
    pub certificates: Option<String>,
}

fact!(
    /// People can sign in by another provider.
    IdentityProviderCreated = "identity-provider.created" { id: Uuid, slug: String, issuer: String }
);
fact!(
    /// A provider, or what it decides, was changed.
    IdentityProviderUpdated = "identity-provider.updated" { id: Uuid, slug: String, issuer: String }
);
fact!(
    /// Nobody signs in by this provider any more.
    IdentityProviderDeleted = "identity-provider.deleted" { id: Uuid, slug: String, issuer: String }
);

/// Where the client's secret is sealed.
pub(super) fn place(id: Uuid) -> String {
    format!("identity.providers|client_secret|{id}")
}

pub(crate) fn resource(state: &Arc<State>) -> Resource<Provider> {
    let state = state.clone();
    let test = move |ctx: &mut Ctx, provider: Provider, (): ()| {
        let (state, app) = (state.clone(), ctx.app().clone());
        async move { Ok(check::check(&state, &app, provider).await) }
    };
    Resource::<Provider>::new("identity-providers", "identity.providers")
        .called("Sign-in providers", "Sign-in provider")
        .describe("log-in", "OpenID Connect servers by which staff or users sign in: Keycloak, Entra, Google and others")
        .group("people/providers")
        .administrative()
        .title("label")
        .default_order("label.asc")
        .field(text("label").label("Name").required().max(60).search().help("On the button: Continue with …"))
        .field(text("slug").label("Short name").required().unique().create_only().max(40).filter().help("Small letters, digits and -; part of the redirect URI"))
        .field(choice("account_kind", &[("staff", "Staff", "blue"), ("user", "Users", "gray")]).label("For").required().create_only().help("Who signs in by it"))
        .field(bool("enabled").always().filter().help("Nobody gets in by a provider that is off"))
        .field(list("domains").always().sql(store::DOMAINS_SQL).help("Addresses of these domains are led to this provider; each domain to one"))
        .field(reference("organization_id", "organizations").label("Organization").create_only().help("Whoever comes this way becomes a member of it"))
        .field(url("issuer").required().detail_only().filter().help("Exactly as the provider calls itself, such as https://login.example.com/realms/main"))
        .field(text("client_id").label("Client id").required().detail_only().max(300).help("What this panel is called at the provider"))
        .field(password("client_secret").label("Client secret").secret().help("Sealed, never shown. None for a public client; the exchange is protected by PKCE either way"))
        .field(bool("sign_out_there").label("Signs out there, too").always().detail_only().help("Who signs out here is led to the provider, signs out there and comes back, if the provider can do that"))
        .field(long_text("certificates").label("Authorities of its own").detail_only().help("Certificates in PEM of those who alone may vouch for this provider. The public authorities without"))
        .field(list("scopes").always().detail_only().help("What the panel asks to see; openid is one of them"))
        .field(bool("shown").label("Shown").always().detail_only().help("Offered on the sign-in page; otherwise only addresses of its domains get there"))
        .field(bool("exclusive").label("Only this way in").always().detail_only().help("Accounts of its domains have no password: they come in by this provider alone"))
        .field(bool("create_accounts").label("Makes accounts").always().detail_only().help("Whoever comes for the first time gets an account"))
        .field(bool("connect_by_email").label("Connects by e-mail").always().detail_only().help("An account that is there already is connected at the first sign-in when the provider says that the address, of one of its domains, is verified. Without, people connect it themselves"))
        .field(list("second_factor_values").label("Second factor there").always().detail_only().help("Values of amr or acr that say a second factor was used, such as mfa; then ours isn't asked for. Without any it always is"))
        .field(json_field("rules").label("Roles").always().detail_only().sql(store::RULES_SQL).help("The first rule that holds decides the role, at every sign-in"))
        .field(reference("default_role_id", "roles").label("Role otherwise").detail_only().help("When no rule holds; without one, nobody for whom no rule holds gets in"))
        .field(choice("default_level", &LEVELS).label("Level otherwise").detail_only().help("The most they may do in the organization"))
        .field(int("people").always().sql("(select count(*) from dashboard_auth.identities i where t.account_kind = 'staff' and i.issuer = t.issuer)::int + (select count(*) from auth.identities i where t.account_kind = 'user' and i.issuer = t.issuer)::int").help("Accounts that are connected"))
        .field(datetime("created_at").label("Since").always().read_only().filter().sort().detail_only())
        .field(datetime("updated_at").label("Changed").always().read_only().detail_only())
        .action(Action::create(create).label("Add provider").in_person())
        .action(Action::update(update).in_person())
        .action(Action::new("check", test).label("Test").icon("plug-zap").risk(Risk::Safe))
        .action(Action::delete(delete).in_person().confirm("Nobody gets in this way any more. Accounts stay, and so do sessions; connections count again if a provider with the same issuer is added."))
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000060", "label": "Keycloak", "slug": "keycloak", "account_kind": "staff", "enabled": true,
            "domains": ["example.com"], "organization_id": null, "issuer": "https://login.example.com/realms/main", "client_id": "quarterdeck",
            "sign_out_there": false, "certificates": null, "scopes": ["openid", "profile", "email"], "shown": true, "exclusive": false, "create_accounts": true,
            "connect_by_email": false, "second_factor_values": ["mfa"],
            "rules": [{"claim": "groups", "value": "admins", "role_id": "01900000-0000-7000-8000-000000000003", "level": null}],
            "default_role_id": "01900000-0000-7000-8000-000000000004", "default_level": null, "people": 12,
            "created_at": "2026-11-20T09:30:00Z", "updated_at": "2026-11-20T09:30:00Z", "version": "1"
        }))
}

#[derive(Serialize)]
struct Created {
    id: Uuid,
}

async fn create(ctx: &mut Ctx, input: draft::Create) -> Result<Created> {
    let secret = input.client_secret.clone();
    let draft = Draft::new(ctx.id(), input);
    draft.check(ctx, None).await?;
    store::save(ctx.db(), &draft.provider).await?;
    save(ctx, &draft, secret.map(Some)).await?;
    let Provider { id, slug, issuer, .. } = draft.provider;
    ctx.emit(IdentityProviderCreated { id, slug, issuer }).await?;
    Ok(Created { id })
}

async fn update(ctx: &mut Ctx, target: Provider, input: draft::Update) -> Result<Value> {
    let secret = input.client_secret.clone();
    let draft = Draft::changed(target.clone(), input);
    draft.check(ctx, Some(&target)).await?;
    store::save(ctx.db(), &draft.provider).await?;
    save(ctx, &draft, secret).await?;
    let Provider { id, slug, issuer, .. } = draft.provider;
    ctx.emit(IdentityProviderUpdated { id, slug, issuer }).await?;
    Ok(Value::Null)
}

/// What stands beside the row itself.
async fn save(ctx: &Ctx, draft: &Draft, secret: Option<Option<String>>) -> Result<()> {
    let provider = &draft.provider;
    if let Some(secret) = secret {
        let plain = secret.filter(|text| !text.is_empty());
        let sealed = plain.map(|text| ctx.app().keys.seal(&place(provider.id), text.as_bytes())).transpose()?;
        store::set_secret(ctx.db(), provider.id, sealed.as_deref()).await?;
    }
    store::replace_domains(ctx.db(), provider).await?;
    store::replace_rules(ctx.db(), provider).await
}

async fn delete(ctx: &mut Ctx, target: Provider, (): ()) -> Result<Value> {
    draft::may_decide(ctx, &target)?;
    store::delete(ctx.db(), target.id).await?;
    let Provider { id, slug, issuer, .. } = target;
    ctx.emit(IdentityProviderDeleted { id, slug, issuer }).await?;
    Ok(Value::Null)
}
