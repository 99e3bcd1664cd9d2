//! Forward authentication: nginx (`auth_request`), Caddy (`forward_auth`) and Traefik (`ForwardAuth`) ask here before
//! they pass a request on to the platform that is administered. 200 says who it is in headers, 401 nobody, 403 not
//! allowed, 503 closed for maintenance. Every header is always there, empty if need be, so that a proxy which copies
//! them overwrites whatever a visitor made up.

use crate::kind::Kind;
use crate::{account, settings};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use kernel::actor::Scope;
use kernel::endpoint::{Response, empty};
use kernel::{Access, Actor, ActorKind, Call, Caller, Endpoint, Problem, Result};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

/// Seconds after which a browser may look again.
const AGAIN: u32 = 120;
/// Everything that could end a header or isn't ASCII, and the sign that marks what was encoded.
const UNSAFE: &AsciiSet = &CONTROLS.add(b'%');

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(Method::GET, "/gate", "gate.verify", Access::Public, verify)
        .also_at("/auth/verify")
        .summary("Forward authentication for a reverse proxy: who is at the door of the administered platform")
        .parameter("for", "query", "Who may pass: users (the default), staff, or any")
        .parameter("organization", "query", "Only members of this organization, by its id")
        .parameter("permission", "query", "Only who holds this permission, such as memberships:read")
        .parameter("redirect", "query", "With 1, nobody is sent to the sign-in page (302) instead of 401")
}

/// Who may pass.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Users,
    Staff,
    Any,
}

fn asked(call: &Call) -> Result<For> {
    match call.query_value("for").as_deref() {
        None | Some("users") => Ok(For::Users),
        Some("staff") => Ok(For::Staff),
        Some("any") => Ok(For::Any),
        Some(other) => Err(Problem::field("for", "enum", format!("for={other} is unknown; write users, staff or any"))),
    }
}

async fn verify(call: Call) -> Result<Response> {
    let wanted = asked(&call)?;
    let organization = match call.query_value("organization") {
        Some(text) => {
            Some(Uuid::parse_str(&text).map_err(|_| Problem::field("organization", "uuid", "This is not the id of an organization"))?)
        }
        None => None,
    };
    let staff = if call.caller.as_ref().is_some_and(|c| c.scope == Scope::Platform) { call.caller.clone() } else { None };
    // Whose rows staff look at is no business of the platform behind the gate: there they are themselves.
    let staff = staff.map(|c| Caller { subject: c.subject.filter(|_| c.seen_as.is_none()), ..c });
    if settings::GATE_CLOSED.get(&call.app)? && staff.is_none() {
        return Err(Problem::unavailable(settings::GATE_MESSAGE.get(&call.app)?).titled("Closed for maintenance").retry_after(AGAIN));
    }
    let user = if wanted == For::Staff { None } else { as_user(&call, organization).await? };
    let Some(caller) = user.or(staff.filter(|_| wanted != For::Users)) else { return nobody(&call) };
    if let Some(organization) = organization
        && caller.scope != Scope::Platform
        && caller.scope != Scope::Organization(organization)
    {
        return Err(Problem::refused("You are not an active member of this organization"));
    }
    if let Some(permission) = call.query_value("permission") {
        caller.require(&permission)?;
    }
    answer(&call, &caller, organization).await
}

/// The user behind the request, or staff in their name; a proxy sends no header of ours, so it is said here.
async fn as_user(call: &Call, organization: Option<Uuid>) -> Result<Option<Caller>> {
    let mut headers: HeaderMap = call.headers.clone();
    headers.remove("quarterdeck-organization");
    headers.insert("quarterdeck-account", HeaderValue::from_static("user"));
    if let Some(id) = organization
        && let Ok(value) = HeaderValue::from_str(&id.to_string())
    {
        headers.insert("quarterdeck-organization", value);
    }
    let caller = call.app.auth.authenticate(&call.app, &headers, &call.request).await?;
    Ok(caller.filter(|c| matches!(c.actor.kind, ActorKind::Person) || c.subject.is_some() || c.scope != Scope::Platform))
}

fn nobody(call: &Call) -> Result<Response> {
    if call.query_value("redirect").as_deref() != Some("1") {
        return Err(Problem::unauthenticated("Sign in first"));
    }
    let back = call.header("x-forwarded-uri").or_else(|| call.header("x-original-uri")).unwrap_or("/");
    // Only a path of this very host, so that the sign-in page sends nobody elsewhere. Browsers drop tabs from addresses.
    let elsewhere = back.starts_with("//") || back.contains(|c: char| c == '\\' || c.is_control());
    let back = if back.starts_with('/') && !elsewhere { back } else { "/" };
    let to = format!("{}/auth/login?return_to={}", call.app.site.base_url, utf8_percent_encode(back, NON_ALPHANUMERIC));
    let mut response = empty();
    *response.status_mut() = StatusCode::FOUND;
    if let Ok(to) = HeaderValue::from_str(&to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    Ok(response)
}

/// Who it is, in the headers that proxies and applications know.
async fn answer(call: &Call, caller: &Caller, organization: Option<Uuid>) -> Result<Response> {
    let who: &Actor = caller.subject.as_ref().unwrap_or(&caller.actor);
    let account = match (who.id, who.kind) {
        (Some(id), ActorKind::Staff | ActorKind::Person) => {
            let kind = if who.kind == ActorKind::Staff { Kind::Staff } else { Kind::User };
            let tx = call.app.db.begin(&Caller::system("gate"), call.app.clock.now()).await?;
            let found = account::store::by_id(tx.db(), kind, id).await?;
            tx.rollback().await?;
            found
        }
        _ => None,
    };
    let (email, name) = account.map_or_else(|| (String::new(), who.label.clone()), |a| (a.email, a.name));
    let in_organization = organization.filter(|_| caller.scope != Scope::Platform);
    let groups = match in_organization {
        Some(_) => caller.role.clone(),
        None if who.kind == ActorKind::Staff => format!("staff:{}", caller.role),
        None => String::new(),
    };
    let actor = if caller.subject.is_some() { caller.actor.label.clone() } else { String::new() };
    let looking = if caller.subject.is_some() && caller.permissions.iter().all(|p| p.ends_with(":read")) { "true" } else { "" };
    let mut response = empty();
    for (name, value) in [
        ("remote-user", if email.is_empty() { who.id.map(|id| id.to_string()).unwrap_or_default() } else { email.clone() }),
        ("remote-id", who.id.map(|id| id.to_string()).unwrap_or_default()),
        ("remote-email", email),
        ("remote-name", name),
        ("remote-kind", who.kind.as_str().to_owned()),
        ("remote-organization", in_organization.map(|id| id.to_string()).unwrap_or_default()),
        ("remote-groups", groups),
        ("remote-actor", actor),
        ("remote-read-only", looking.to_owned()),
    ] {
        let text = utf8_percent_encode(&value, UNSAFE).to_string();
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("")));
    }
    *response.status_mut() = StatusCode::OK;
    Ok(response)
}
