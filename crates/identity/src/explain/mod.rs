//! "What can this person do, and why": for each permission whether it is held, and the chain that decided. Evaluated with
//! the same functions as a real call, so that the answer can't differ from what happens.

mod asked;
mod reason;
pub mod store;

use crate::memberships::Level;
use crate::permission;
use asked::Asked;
use chrono::{DateTime, Utc};
use kernel::actor::Scope as Acting;
use kernel::registry::PermissionDef;
use kernel::{Ctx, Permissions, Problem, Registry, Result, Scope, View};
use reason::{Reason, Step};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// `GET /identity/explain`.
pub(crate) fn view() -> View {
    View::new("explain", "roles:read", "What a person or a key can do, and why", explain).scope(Scope::Organization).example(json!({
        "kind": "staff", "id": "0190b6c8-0000-7000-8000-000000000001", "label": "Grace Hopper", "scope": "platform",
        "organization_id": null, "organization": null, "blocked": [],
        "asked": [{"what": "hours", "closed": false, "role": null, "words": "mon, tue 07:00–19:00 (Europe/Berlin)", "sessions": null,
                   "text": "at certain hours only: mon, tue 07:00–19:00 (Europe/Berlin)"}],
        "sources": [{"kind": "role", "roles": [{"id": "01900000-0000-7000-8000-000000000003", "label": "Operator"}], "level": null, "until": null}],
        "permissions": [{"name": "users:suspend", "module": "identity", "allows": "Suspend users", "allowed": true,
            "why": [{"step": "given", "role": "Operator", "role_id": "01900000-0000-7000-8000-000000000003", "pattern": "users:*",
                     "via": ["Operator"], "level": null, "until": null, "text": "Operator gives users:*"}]}]
    }))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Kind {
    Staff,
    User,
    Key,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ask {
    kind: Kind,
    /// The account's or the key's
    id: Uuid,
    /// Where a user acts
    #[serde(default)]
    organization_id: Option<Uuid>,
}

/// One way to permissions: a role with what it extends, a level over it, and until when.
pub(crate) struct Source {
    pub kind: SourceKind,
    /// The role first, then what it extends, nearest first.
    pub chain: Vec<Link>,
    pub level: Option<Level>,
    pub until: Option<DateTime<Utc>>,
    /// Of an elevation: whether it counts only in sessions that showed a second factor.
    pub second_factor: bool,
    /// Of an elevation: the hours of its role, when they are closed now.
    pub closed: Option<String>,
}

impl Source {
    fn role(chain: Vec<Link>, level: Option<Level>) -> Self {
        Self { kind: SourceKind::Role, chain, level, until: None, second_factor: false, closed: None }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum SourceKind {
    Role,
    Elevation,
}

/// One role of a chain.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub id: Uuid,
    pub label: String,
    pub patterns: Vec<String>,
}

/// Whom it is about, as the database knows them.
pub(crate) struct Subject {
    pub label: String,
    pub scope: Scope,
    pub organization: Option<(Uuid, String)>,
    /// Why nothing counts at the moment.
    pub blocked: Vec<Step>,
    /// What is asked of them before anything counts.
    pub asked: Vec<Asked>,
    pub sources: Vec<Source>,
    /// A key's own scopes.
    pub scopes: Option<Vec<String>>,
}

#[derive(Serialize, JsonSchema)]
struct Answer {
    kind: Kind,
    id: Uuid,
    label: String,
    /// `platform` or `organization`
    scope: &'static str,
    organization_id: Option<Uuid>,
    organization: Option<String>,
    /// Why nothing of it counts at the moment
    blocked: Vec<Reason>,
    /// What is asked before any of it counts: of a session, or of every request
    asked: Vec<Asked>,
    sources: Vec<Shown>,
    permissions: Vec<Explained>,
}

/// A source as it is shown.
#[derive(Serialize, JsonSchema)]
struct Shown {
    kind: SourceKind,
    roles: Vec<Named>,
    level: Option<Level>,
    until: Option<DateTime<Utc>>,
}

#[derive(Serialize, JsonSchema)]
struct Named {
    id: Uuid,
    label: String,
}

#[derive(Serialize, JsonSchema)]
struct Explained {
    name: String,
    module: &'static str,
    allows: String,
    allowed: bool,
    /// What decided: the grants when it is held, everything that stood against it when not
    why: Vec<Reason>,
}

async fn explain(ctx: &mut Ctx, ask: Ask) -> Result<Answer> {
    let organization = match (ctx.caller().scope, ask.organization_id) {
        (Acting::Organization(own), given) => {
            if ask.kind == Kind::Staff || given.is_some_and(|given| given != own) {
                return Err(Problem::not_found(format!("{}/{}", plural(ask.kind), ask.id)));
            }
            Some(own)
        }
        (Acting::Platform, given) => given,
        (Acting::Own, _) => return Err(Problem::not_found(format!("{}/{}", plural(ask.kind), ask.id))),
    };
    let subject = match (ask.kind, organization) {
        (Kind::Staff, _) => store::staff(ctx, ask.id).await?,
        (Kind::User, Some(organization)) => store::member(ctx, ask.id, organization).await?,
        (Kind::User, None) => return Err(Problem::filter("organization_id", "a user acts in an organization: say in which")),
        (Kind::Key, _) => {
            let within = if ctx.caller().scope == Acting::Platform { Scope::Platform } else { Scope::Organization };
            store::key(ctx, ask.id, within).await?
        }
    };
    let mut subject = subject.ok_or_else(|| Problem::not_found(format!("{}/{}", plural(ask.kind), ask.id)))?;
    let within = subject.organization.as_ref().map(|(id, _)| *id);
    subject.asked.extend(asked::networks(ctx.db(), within, &ctx.caller().permissions).await?);
    let registry = &ctx.app().registry;
    let applying: Vec<&PermissionDef> = registry.permissions().iter().filter(|p| permission::applies(p, subject.scope)).collect();
    let held = held(registry, &subject);
    let permissions = applying
        .into_iter()
        .map(|def| {
            let allowed = held.allow(&def.name);
            let why = reason::why(&subject, def, allowed).into_iter().map(Reason::from).collect();
            Explained { name: def.name.clone(), module: def.module, allows: def.allows.clone(), allowed, why }
        })
        .collect();
    Ok(Answer {
        kind: ask.kind,
        id: ask.id,
        label: subject.label,
        scope: if subject.scope == Scope::Platform { "platform" } else { "organization" },
        organization_id: subject.organization.as_ref().map(|(id, _)| *id),
        organization: subject.organization.map(|(_, name)| name),
        blocked: subject.blocked.into_iter().map(Reason::from).collect(),
        asked: subject.asked,
        sources: subject
            .sources
            .into_iter()
            .map(|s| Shown {
                kind: s.kind,
                roles: s.chain.into_iter().map(|l| Named { id: l.id, label: l.label }).collect(),
                level: s.level,
                until: s.until,
            })
            .collect(),
        permissions,
    })
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Staff => "staff",
        Kind::User => "users",
        Kind::Key => "keys",
    }
}

/// What is held, by the functions that a call is judged by.
fn held(registry: &Registry, subject: &Subject) -> Permissions {
    if !subject.blocked.is_empty() {
        return Permissions::default();
    }
    let of = |source: &Source| {
        let patterns: Vec<String> = source.chain.iter().flat_map(|link| link.patterns.iter().cloned()).collect();
        match subject.scope {
            Scope::Platform => permission::resolve(registry, &patterns),
            Scope::Organization => permission::resolve_member(registry, &patterns, source.level.unwrap_or(Level::Admin)),
        }
    };
    let all = permission::united(subject.sources.iter().filter(|source| source.closed.is_none()).map(of));
    match &subject.scopes {
        Some(scopes) => permission::of_scope(registry, subject.scope, scopes).within(&all),
        None => all,
    }
}
