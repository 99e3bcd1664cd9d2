//! Statements about providers.

use super::{Provider, Rule};
use crate::kind::Kind;
use crate::memberships::Level;
use kernel::Result;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

/// The domains of a provider.
pub(super) const DOMAINS_SQL: &str = "array(select d.domain from identity.provider_domains d where d.provider_id = t.id order by d.domain)";
/// The rules of a provider as one value.
pub(super) const RULES_SQL: &str = "(select coalesce(jsonb_agg(jsonb_build_object('claim', r.claim, 'value', r.value, 'role_id', r.role_id, 'level', r.level) order by r.place), '[]') \
     from identity.provider_rules r where r.provider_id = t.id)";

const INSERT: &str = "insert into identity.providers (id, slug, label, account_kind, organization_id, issuer, client_id, scopes, enabled, shown, exclusive, create_accounts, \
     connect_by_email, second_factor_values, default_role_id, default_level) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
const UPDATE: &str = "update identity.providers set label = $2, issuer = $3, client_id = $4, scopes = $5, enabled = $6, shown = $7, exclusive = $8, create_accounts = $9, \
     connect_by_email = $10, second_factor_values = $11, default_role_id = $12, default_level = $13 where id = $1";
const SET_SECRET: &str = "update identity.providers set client_secret = $2 where id = $1";
const DELETE: &str = "delete from identity.providers where id = $1";
const DOMAIN_TAKEN: &str = "select d.domain, p.label from identity.provider_domains d join identity.providers p on p.id = d.provider_id \
     where d.account_kind = $1 and d.domain = any($2) and d.provider_id <> $3 order by d.domain limit 1";
const FORGET_DOMAINS: &str = "delete from identity.provider_domains where provider_id = $1";
const ADD_DOMAINS: &str = "insert into identity.provider_domains (account_kind, domain, provider_id) select $1, unnest($2::text[]), $3";
const FORGET_RULES: &str = "delete from identity.provider_rules where provider_id = $1";
const ADD_RULE: &str =
    "insert into identity.provider_rules (provider_id, place, claim, value, role_id, level) values ($1, $2, $3, $4, $5, $6)";
const FIND: &str = "select t.id, t.slug, t.label, t.account_kind, t.organization_id, t.issuer, t.client_id, t.scopes, t.enabled, t.shown, t.exclusive, t.create_accounts, \
     t.connect_by_email, t.second_factor_values, t.default_role_id, t.default_level, t.client_secret, \
     array(select d.domain from identity.provider_domains d where d.provider_id = t.id order by d.domain), \
     array(select r.claim from identity.provider_rules r where r.provider_id = t.id order by r.place), \
     array(select r.value from identity.provider_rules r where r.provider_id = t.id order by r.place), \
     array(select r.role_id from identity.provider_rules r where r.provider_id = t.id order by r.place), \
     array(select r.level from identity.provider_rules r where r.provider_id = t.id order by r.place) \
     from identity.providers t where t.enabled and t.slug = $1";
const SHOWN: &str =
    "select p.slug, p.label from identity.providers p where p.enabled and p.shown and p.account_kind = $1 order by p.label, p.slug";
const ROUTES: &str = "select exists (select from identity.provider_domains d join identity.providers p on p.id = d.provider_id where p.enabled and d.account_kind = $1)";
const ROUTED: &str = "select p.slug, p.label, p.exclusive from identity.provider_domains d join identity.providers p on p.id = d.provider_id \
     where p.enabled and d.account_kind = $1 and d.domain = $2";
const EXCLUSIVE: &str = "select exists (select from identity.provider_domains d join identity.providers p on p.id = d.provider_id \
     where p.enabled and p.exclusive and d.account_kind = $1 and d.domain = $2)";
const LIFT: &str = "update identity.providers set exclusive = false where account_kind = 'staff' and exclusive";

pub const STATEMENTS: &[&str] = &[
    INSERT,
    UPDATE,
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

pub(super) async fn insert(db: &Client, p: &Provider) -> Result<()> {
    let (kind, level) = (p.account_kind.word(), p.default_level.map(Level::as_str));
    db.execute(
        INSERT,
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
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn update(db: &Client, p: &Provider) -> Result<()> {
    let level = p.default_level.map(Level::as_str);
    db.execute(
        UPDATE,
        &[
            &p.id,
            &p.label,
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

fn read(row: &Row) -> Stored {
    let (claims, values): (Vec<String>, Vec<String>) = (row.get(18), row.get(19));
    let (roles, levels): (Vec<Uuid>, Vec<Option<String>>) = (row.get(20), row.get(21));
    let rules = claims.into_iter().zip(values).zip(roles).zip(levels);
    let provider = Provider {
        id: row.get(0),
        slug: row.get(1),
        label: row.get(2),
        account_kind: if row.get::<_, &str>(3) == "staff" { Kind::Staff } else { Kind::User },
        organization_id: row.get(4),
        issuer: row.get(5),
        client_id: row.get(6),
        scopes: row.get(7),
        enabled: row.get(8),
        shown: row.get(9),
        exclusive: row.get(10),
        create_accounts: row.get(11),
        connect_by_email: row.get(12),
        second_factor_values: row.get(13),
        default_role_id: row.get(14),
        default_level: row.get::<_, Option<&str>>(15).map(Level::stored),
        domains: row.get(17),
        rules: rules
            .map(|(((claim, value), role_id), level)| Rule { claim, value, role_id, level: level.as_deref().map(Level::stored) })
            .collect(),
    };
    Stored { provider, secret: row.get(16) }
}

/// The provider of this name, when it is on.
pub(crate) async fn find(db: &Client, slug: &str) -> Result<Option<Stored>> {
    Ok(db.query_opt(FIND, &[&slug]).await?.map(|row| read(&row)))
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
