//! Statements about providers.

use super::Provider;
use crate::kind::Kind;
use crate::memberships::Level;
use kernel::{Client, Problem, Result};
use uuid::Uuid;

macro_rules! domains {
    () => {
        "array(select d.domain from identity.provider_domains d where d.provider_id = t.id order by d.domain)"
    };
}

macro_rules! rules {
    () => {
        "(select coalesce(jsonb_agg(jsonb_build_object('claim', r.claim, 'value', r.value, 'role_id', r.role_id, 'level', r.level) order by r.place), '[]') \
         from identity.provider_rules r where r.provider_id = t.id)"
    };
}

/// The domains of a provider.
pub(super) const DOMAINS_SQL: &str = domains!();
/// The rules of a provider as one value.
pub(super) const RULES_SQL: &str = rules!();

const SAVE: &str = "insert into identity.providers (id, slug, label, account_kind, organization_id, issuer, client_id, scopes, enabled, shown, exclusive, create_accounts, \
     connect_by_email, second_factor_values, default_role_id, default_level, sign_out_there, certificates) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
     on conflict (id) do update set label = excluded.label, issuer = excluded.issuer, client_id = excluded.client_id, scopes = excluded.scopes, enabled = excluded.enabled, \
     shown = excluded.shown, exclusive = excluded.exclusive, create_accounts = excluded.create_accounts, connect_by_email = excluded.connect_by_email, \
     second_factor_values = excluded.second_factor_values, default_role_id = excluded.default_role_id, default_level = excluded.default_level, \
     sign_out_there = excluded.sign_out_there, certificates = excluded.certificates";
const SET_SECRET: &str = "update identity.providers set client_secret = $2 where id = $1";
const DELETE: &str = "delete from identity.providers where id = $1";
const DOMAIN_TAKEN: &str = "select d.domain, p.label from identity.provider_domains d join identity.providers p on p.id = d.provider_id \
     where d.account_kind = $1 and d.domain = any($2) and d.provider_id <> $3 order by d.domain limit 1";
const FORGET_DOMAINS: &str = "delete from identity.provider_domains where provider_id = $1";
const ADD_DOMAINS: &str = "insert into identity.provider_domains (account_kind, domain, provider_id) select $1, unnest($2::text[]), $3";
const FORGET_RULES: &str = "delete from identity.provider_rules where provider_id = $1";
const ADD_RULE: &str =
    "insert into identity.provider_rules (provider_id, place, claim, value, role_id, level) values ($1, $2, $3, $4, $5, $6)";
/// As an action reads it, so that it is read in one way.
const FIND: &str = concat!(
    "select to_jsonb(t) - 'client_secret' || jsonb_build_object('domains', ",
    domains!(),
    ", 'rules', ",
    rules!(),
    "), t.client_secret from identity.providers t where t.enabled and t.slug = $1"
);
const SHOWN: &str =
    "select p.slug, p.label from identity.providers p where p.enabled and p.shown and p.account_kind = $1 order by p.label, p.slug";
const ROUTES: &str = "select exists (select from identity.provider_domains d join identity.providers p on p.id = d.provider_id where p.enabled and d.account_kind = $1)";
const ROUTED: &str = "select p.slug, p.label, p.exclusive from identity.provider_domains d join identity.providers p on p.id = d.provider_id \
     where p.enabled and d.account_kind = $1 and d.domain = $2";
/// Both halves are read whether the domain is known or not, so that the time doesn't tell.
const EXCLUSIVE: &str = "select coalesce((select d.provider_id from identity.provider_domains d where d.account_kind = $1 and d.domain = $2) \
     = any (array(select p.id from identity.providers p where p.enabled and p.exclusive)), false)";
const LIFT: &str = "update identity.providers set exclusive = false where account_kind = 'staff' and exclusive";

pub const STATEMENTS: &[&str] = &[
    SAVE,
    SET_SECRET,
    DELETE,
    DOMAIN_TAKEN,
    FORGET_DOMAINS,
    ADD_DOMAINS,
    FORGET_RULES,
    ADD_RULE,
    FIND,
    SHOWN,
    ROUTES,
    ROUTED,
    EXCLUSIVE,
    LIFT,
];

/// Keeps it, new or changed; what is only chosen when it is made stays.
pub(super) async fn save(db: &Client, p: &Provider) -> Result<()> {
    let (kind, level) = (p.account_kind.word(), p.default_level.map(Level::as_str));
    db.execute(
        SAVE,
        &[
            &p.id,
            &p.slug,
            &p.label,
            &kind,
            &p.organization_id,
            &p.issuer,
            &p.client_id,
            &p.scopes,
            &p.enabled,
            &p.shown,
            &p.exclusive,
            &p.create_accounts,
            &p.connect_by_email,
            &p.second_factor_values,
            &p.default_role_id,
            &level,
            &p.sign_out_there,
            &p.certificates,
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_secret(db: &Client, id: Uuid, sealed: Option<&[u8]>) -> Result<()> {
    db.execute(SET_SECRET, &[&id, &sealed]).await?;
    Ok(())
}

pub(super) async fn delete(db: &Client, id: Uuid) -> Result<()> {
    db.execute(DELETE, &[&id]).await?;
    Ok(())
}

/// One of its domains that another provider has, and that provider.
pub(super) async fn domain_taken(db: &Client, p: &Provider) -> Result<Option<(String, String)>> {
    let row = db.query_opt(DOMAIN_TAKEN, &[&p.account_kind.word(), &p.domains, &p.id]).await?;
    Ok(row.map(|row| (row.get(0), row.get(1))))
}

pub(super) async fn replace_domains(db: &Client, p: &Provider) -> Result<()> {
    db.execute(FORGET_DOMAINS, &[&p.id]).await?;
    db.execute(ADD_DOMAINS, &[&p.account_kind.word(), &p.domains, &p.id]).await?;
    Ok(())
}

pub(super) async fn replace_rules(db: &Client, p: &Provider) -> Result<()> {
    db.execute(FORGET_RULES, &[&p.id]).await?;
    for (place, rule) in (0_i32..).zip(&p.rules) {
        db.execute(ADD_RULE, &[&p.id, &place, &rule.claim, &rule.value, &rule.role_id, &rule.level.map(Level::as_str)]).await?;
    }
    Ok(())
}

/// A provider that is on, with its sealed secret.
pub(crate) struct Stored {
    pub provider: Provider,
    pub secret: Option<Vec<u8>>,
}

/// The provider of this name, when it is on.
pub(crate) async fn find(db: &Client, slug: &str) -> Result<Option<Stored>> {
    let Some(row) = db.query_opt(FIND, &[&slug]).await? else { return Ok(None) };
    let provider = serde_json::from_value(row.get(0)).map_err(Problem::internal)?;
    Ok(Some(Stored { provider, secret: row.get(1) }))
}

/// What the sign-in page offers: short name and name.
pub(crate) async fn shown(db: &Client, kind: Kind) -> Result<Vec<(String, String)>> {
    Ok(db.query(SHOWN, &[&kind.word()]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Whether any address is led anywhere.
pub(crate) async fn routes(db: &Client, kind: Kind) -> Result<bool> {
    Ok(db.query_one(ROUTES, &[&kind.word()]).await?.get(0))
}

/// Where addresses of a domain are led, and whether it is their only way in.
pub(crate) async fn routed(db: &Client, kind: Kind, domain: &str) -> Result<Option<(String, String, bool)>> {
    Ok(db.query_opt(ROUTED, &[&kind.word(), &domain]).await?.map(|row| (row.get(0), row.get(1), row.get(2))))
}

/// Whether addresses of a domain come in by their provider alone.
pub(crate) async fn exclusive(db: &Client, kind: Kind, domain: &str) -> Result<bool> {
    Ok(db.query_one(EXCLUSIVE, &[&kind.word(), &domain]).await?.get(0))
}

/// Break-glass: staff come in by their password again.
pub(crate) async fn lift(db: &Client) -> Result<u64> {
    Ok(db.execute(LIFT, &[]).await?)
}
