//! In whose place a source can be seen: which roles it has for that, and what is missing for the others.

use crate::source::open::Open;
use crate::state::State;
use crate::tables::admit;
use http::{Method, StatusCode};
use kernel::endpoint::{Access, Endpoint, Response, json as answer};
use kernel::problem::Kind;
use kernel::{Call, DatabaseRole, Module, Result};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

/// Whether row policies bind the role that is in use.
const ABOVE_POLICIES: &str = "select rolbypassrls or rolsuper from pg_catalog.pg_roles where rolname = current_user";

pub const STATEMENTS: &[&str] = &[ABOVE_POLICIES];

#[derive(Serialize)]
struct Role {
    /// The kind of impersonation that takes it.
    kind: &'static str,
    role: &'static str,
    available: bool,
    /// Row policies don't bind it; null where it isn't available.
    above_policies: Option<bool>,
    reason: Option<String>,
    /// What somebody has to run first.
    sql: Option<String>,
}

pub(crate) fn routes(module: Module, state: &Arc<State>) -> Module {
    let state = state.clone();
    module.route(
        Endpoint::new(
            Method::GET,
            "/explorer/{source}/roles",
            "explorer.roles",
            Access::Permission("rows:read".into()),
            move |call: Call| {
                let state = state.clone();
                async move { list(&state, &call).await }
            },
        )
        .summary("In whose place a source can be seen, and what is missing where it can't")
        .answer(
            json!({"type": "array", "items": {"type": "object", "properties": {"kind": {"type": "string", "enum": ["user", "anon", "service"]},
                "role": {"type": "string"}, "available": {"type": "boolean"}, "above_policies": {"type": ["boolean", "null"]},
                "reason": {"type": ["string", "null"]}, "sql": {"type": ["string", "null"]}}}}),
            json!([{"kind": "anon", "role": "anon", "available": true, "above_policies": false, "reason": null, "sql": null}]),
        ),
    )
}

async fn list(state: &Arc<State>, call: &Call) -> Result<Response> {
    admit(call, "rows:read")?;
    let source = state.open(&call.app, call.param("source")).await?;
    // The statements hold how a login proves itself: only for whoever could use it.
    let is_told = call.caller()?.permissions.allow("impersonations:begin");
    let mut roles = Vec::with_capacity(DatabaseRole::ALL.len());
    for role in [DatabaseRole::Authenticated, DatabaseRole::Anon, DatabaseRole::Service] {
        let shown = look(&source, role).await?;
        roles.push(Role { sql: shown.sql.filter(|_| is_told), ..shown });
    }
    answer(StatusCode::OK, &roles)
}

async fn look(source: &Open, role: DatabaseRole) -> Result<Role> {
    let kind = match role {
        DatabaseRole::Anon => "anon",
        DatabaseRole::Authenticated => "user",
        DatabaseRole::Service => "service",
    };
    let shown = Role { kind, role: role.name(), available: true, above_policies: None, reason: None, sql: None };
    match source.in_place_of(role).await?.conn().await {
        Ok(conn) => {
            let above = conn.query_one(ABOVE_POLICIES, &[]).await.map_err(|error| source.named(error.into()))?;
            Ok(Role { above_policies: Some(above.get(0)), ..shown })
        }
        Err(problem) if problem.kind() == Kind::Forbidden => {
            let sql = Some(source.wanting(role)).filter(|sql| !sql.is_empty());
            Ok(Role { available: false, reason: Some(problem.detail().to_owned()), sql, ..shown })
        }
        Err(problem) => Err(problem),
    }
}
