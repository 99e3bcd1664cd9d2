//! The kernel's own routes: the registry described, settings, record search.

use crate::ctx::Ctx;
use crate::endpoint::{Access, Call, Endpoint, Response, json, set_header};
use crate::list::answer::preamble;
use crate::list::{self, Query};
use crate::problem::{Problem, Result};
use crate::registry::{Module, Page};
use crate::resource::Scope;
use crate::view::View;
use crate::{meta, setting};
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// The room that every installation has.
#[must_use]
pub fn module() -> Module {
    let setting_schema = json!({"type": "object", "properties": {"key": {"type": "string"}, "value": {}, "default": {}, "source": {"type": "string"}, "locked": {"type": "boolean"}, "version": {"type": "string"}}});
    let setting_example =
        json!({"key": "identity.staff_idle_minutes", "value": 60, "default": 60, "source": "default", "locked": false, "version": "0"});
    Module::new("system", "System", "settings")
        .permission("settings:read", "See settings")
        .permission("settings:update", "Change settings")
        .page(Page { name: "overview", module: "", group: "overview", label: "Dashboard", icon: "layout-dashboard", path: "/admin", permission: "audit:read" })
        .page(Page { name: "settings", module: "", group: "settings", label: "Settings", icon: "settings", path: "/admin/settings", permission: "settings:read" })
        .route(
            Endpoint::new(Method::GET, "/meta", "system.meta", Access::SignedIn, describe)
                .scope(Scope::Organization)
                .summary("The registry as this caller sees it")
                .answer(json!({"type": "object"}), json!({"product": {"name": "Quarterdeck", "version": "0.1.0", "environment": "development"}})),
        )
        .route(
            Endpoint::new(Method::GET, "/search", "system.search", Access::SignedIn, search)
                .scope(Scope::Organization)
                .summary("Find objects by their words, over every resource the caller may read")
                .parameter("q", "query", "At least 2 characters")
                .answer(
                    json!({"type": "array", "items": {"type": "object", "properties": {"resource": {"type": "string"}, "id": {"type": "string"}, "title": {"type": "string"}, "subtitle": {"type": ["string", "null"]}}}}),
                    json!([{"resource": "users", "id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e", "title": "Ada Lovelace", "subtitle": "ada@example.com"}]),
                ),
        )
        .route(
            Endpoint::new(Method::GET, "/settings", "settings.list", Access::Permission("settings:read".into()), settings)
                .summary("Every setting with its value and where it comes from")
                .answer(json!({"type": "array", "items": setting_schema}), json!([setting_example])),
        )
        .route(
            Endpoint::new(Method::PATCH, "/settings/{key}", "settings.update", Access::Permission("settings:update".into()), change_setting)
                .summary("Change a setting; null goes back to the default")
                .parameter("If-Match", "header", "The version you read, or * for any")
                .body(json!({"type": "object", "required": ["value"], "additionalProperties": false, "properties": {"value": {}}}))
                .answer(setting_schema, setting_example),
        )
        .view(
            View::new("about", "settings:read", "What this installation runs on", about).example(json!({
                "version": "0.1.0", "environment": "production", "database_version": "15.18", "database_bytes": "41943040", "database_connections": 12
            })),
        )
        .setting(setting::PLATFORM_NAME.declare(
            "Name of the platform",
            "What its people read on the pages where they sign in and register, in letters and in their authenticator app",
            json!({"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^\\S(.*\\S)?$"}),
            json!("Quarterdeck"),
        ))
}

async fn describe(call: Call) -> Result<Response> {
    json(StatusCode::OK, &meta::describe(&call.app, call.caller()?))
}

#[derive(Serialize)]
struct Found {
    resource: &'static str,
    id: String,
    title: String,
    subtitle: Option<String>,
}

/// What `GET /system/about` says.
#[derive(Serialize, JsonSchema)]
struct About {
    version: &'static str,
    environment: String,
    /// As the server calls itself
    database_version: String,
    /// Size of the panel's database with its indexes, in bytes
    database_bytes: String,
    /// Connections to the panel's database, of every node and program
    database_connections: i64,
}

const ABOUT: &str = "select current_setting('server_version'), pg_database_size(current_database())::text, \
     (select count(*) from pg_stat_activity where datname = current_database())";

pub const STATEMENTS: &[&str] = &[ABOUT];

async fn about(ctx: &mut Ctx, (): ()) -> Result<About> {
    let row = ctx.db().query_one(ABOUT, &[]).await?;
    let site = &ctx.app().site;
    Ok(About {
        version: site.version,
        environment: site.environment.clone(),
        database_version: row.get(0),
        database_bytes: row.get(1),
        database_connections: row.get(2),
    })
}

/// At most this many per resource, so that one collection can't push out the others.
const PER_RESOURCE: u32 = 8;

async fn search(call: Call) -> Result<Response> {
    let caller = call.caller()?;
    let text = call.query_value("q").unwrap_or_default();
    if text.trim().chars().count() < 2 {
        return Err(Problem::filter("q", "give at least 2 characters"));
    }
    let mut found = Vec::new();
    let conn = call.app.db.conn().await?;
    for resource in
        call.app.registry.resources().iter().filter(|r| r.in_search && call.app.registry.require(caller, &r.permission("read")).is_ok())
    {
        let mut query = Query::parse(resource.relation(), &[("search", text.trim())])?;
        query.limit = PER_RESOURCE;
        let rows = list::select(&conn, &preamble(&call.app, caller), resource.relation(), &query).await?;
        let records: Vec<Value> = rows.into_iter().map(Value::Object).collect();
        found.extend(records.iter().map(|record| {
            let subtitle = resource.fields.iter().find(|f| f.search && f.name != resource.title_field);
            Found {
                resource: resource.name,
                id: record["id"].as_str().unwrap_or_default().into(),
                title: resource.title(record),
                subtitle: subtitle.and_then(|f| record[f.name].as_str()).map(str::to_owned),
            }
        }));
    }
    found.truncate(20);
    json(StatusCode::OK, &found)
}

async fn settings(call: Call) -> Result<Response> {
    call.caller()?.require("settings:read")?;
    json(StatusCode::OK, &call.app.settings.views())
}

async fn change_setting(call: Call) -> Result<Response> {
    let caller = call.caller()?;
    caller.require("settings:update")?;
    let given = call.json()?;
    let value = given.get("value").ok_or_else(|| Problem::field("value", "required", "This is required"))?;
    let expected = call.if_match()?;
    let view = setting::change(
        &call.app,
        caller,
        &call.request,
        call.param("key"),
        (!value.is_null()).then(|| value.clone()),
        expected.as_deref(),
    )
    .await?;
    let mut response = json(StatusCode::OK, &view)?;
    set_header(&mut response, "etag", &format!("\"{}\"", view.version));
    Ok(response)
}
