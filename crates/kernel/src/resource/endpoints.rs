//! The routes that every resource has, made from its declaration.

use super::{ResourceDef, many, record};
use crate::action::{ActionDef, ActionKind, TargetKind};
use crate::audit::Target;
use crate::ctx::Ctx;
use crate::endpoint::{Access, Call, Endpoint, Response, bytes, json, set_header};
use crate::input;
use crate::list::answer::{counting, preamble, respond};
use crate::list::{self, Query, Selection};
use crate::problem::{Problem, Result};
use crate::runner;
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

const SAVEPOINT: &str = "savepoint one";
const TAKE_BACK: &str = "rollback to savepoint one";

/// Most objects that one request may change in one transaction.
pub const BULK_LIMIT: usize = 1000;

/// Every route of one resource.
#[must_use]
pub fn of(resource: &Arc<ResourceDef>) -> Vec<Endpoint> {
    let mut made = vec![list_endpoint(resource), get_endpoint(resource), actions_endpoint(resource)];
    for action in &resource.actions {
        made.push(action_endpoint(resource, action));
        if action.bulk {
            made.push(bulk_endpoint(resource, action));
        }
    }
    for endpoint in &mut made {
        endpoint.module = resource.module;
        let only = |action: &ActionDef| action.platform_only && endpoint.access.names(&action.permission);
        endpoint.scope = if resource.actions.iter().any(only) { super::Scope::Platform } else { resource.scope };
    }
    made
}

fn read(resource: &ResourceDef) -> Access {
    Access::Permission(resource.permission("read"))
}

fn list_endpoint(resource: &Arc<ResourceDef>) -> Endpoint {
    let schema = json!({"type": "array", "items": resource.schema()});
    let def = resource.clone();
    Endpoint::new(Method::GET, &format!("/{}", def.name), &format!("{}.list", def.name), read(&def), move |call| {
        let def = def.clone();
        async move { list(&call, &def).await }
    })
    .summary(format!("List {}", resource.label.to_lowercase()))
    .answer(schema, json!([resource.sample]))
    .list_parameters()
    .parameter("Prefer", "header", "count=exact, planned or estimated")
}

async fn list(call: &Call, def: &ResourceDef) -> Result<Response> {
    let caller = call.caller()?;
    caller.require(&def.permission("read"))?;
    let query = Query::parse_string(def.relation(), &call.query)?;
    let conn = call.app.db.conn().await?;
    let page = list::page(&conn, &preamble(&call.app, caller), def.relation(), &query, counting(call)?).await?;
    Ok(respond(page))
}

fn get_endpoint(resource: &Arc<ResourceDef>) -> Endpoint {
    let def = resource.clone();
    Endpoint::new(Method::GET, &format!("/{}/{{id}}", def.name), &format!("{}.get", def.name), read(&def), move |call| {
        let def = def.clone();
        async move { get(&call, &def).await }
    })
    .summary(format!("Get one {}", resource.singular.to_lowercase()))
    .answer(resource.schema(), resource.sample.clone())
}

async fn get(call: &Call, def: &ResourceDef) -> Result<Response> {
    let caller = call.caller()?;
    caller.require(&def.permission("read"))?;
    let id = record::parse_id(def, call.param("id"))?;
    let conn = call.app.db.conn().await?;
    let found = list::one(&conn, &preamble(&call.app, caller), def.relation(), &[id.to_string()], &Selection::default()).await?;
    let object = found.ok_or_else(|| record::missing(def, id))?;
    let mut response = bytes(StatusCode::OK, object.body);
    if let Some(version) = object.version {
        set_header(&mut response, "etag", &format!("\"{version}\""));
    }
    Ok(response)
}

#[derive(Serialize)]
struct Offer<'a> {
    name: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

fn actions_endpoint(resource: &Arc<ResourceDef>) -> Endpoint {
    let def = resource.clone();
    let schema = json!({"type": "array", "items": {"type": "object", "required": ["name", "allowed"], "properties": {
        "name": {"type": "string"}, "allowed": {"type": "boolean"}, "reason": {"type": "string"} }}});
    let path = format!("/{}/{{id}}/actions", def.name);
    Endpoint::new(Method::GET, &path, &format!("{}.actions", def.name), read(&def), move |call| {
        let def = def.clone();
        async move { offers(&call, &def).await }
    })
    .summary(format!("What can be done to this {}", resource.singular.to_lowercase()))
    .answer(schema, json!([{"name": "update", "allowed": true}, {"name": "delete", "allowed": false, "reason": "This needs a permission"}]))
}

async fn offers(call: &Call, def: &ResourceDef) -> Result<Response> {
    let caller = call.caller()?;
    caller.require(&def.permission("read"))?;
    let id = record::parse_id(def, call.param("id"))?;
    let ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    let found = record::load(&ctx, def, id).await;
    ctx.rollback().await?;
    let target = found?.ok_or_else(|| record::missing(def, id))?;
    let offers: Vec<Offer<'_>> = def
        .actions
        .iter()
        .filter(|a| a.target == TargetKind::One)
        .map(|action| {
            let reason = match call.app.registry.require(caller, &action.permission) {
                Err(problem) => Some(problem.detail().to_owned()),
                Ok(()) => action.refusal(caller, &target),
            };
            Offer { name: action.name, allowed: reason.is_none(), reason }
        })
        .collect();
    json(StatusCode::OK, &offers)
}

fn action_endpoint(resource: &Arc<ResourceDef>, action: &ActionDef) -> Endpoint {
    let collection = resource.name;
    let (method, path) = match (action.kind, action.target) {
        (ActionKind::Create, _) => (Method::POST, format!("/{collection}")),
        (ActionKind::Update, _) => (Method::PATCH, format!("/{collection}/{{id}}")),
        (ActionKind::Delete, _) => (Method::DELETE, format!("/{collection}/{{id}}")),
        (ActionKind::Verb, TargetKind::One) => (Method::POST, format!("/{collection}/{{id}}/{}", action.name)),
        (ActionKind::Verb, TargetKind::None) => (Method::POST, format!("/{collection}/{}", action.name)),
    };
    let (def, run) = (resource.clone(), action.clone());
    let mut endpoint = Endpoint::new(
        method,
        &path,
        &format!("{collection}.{}", action.name),
        Access::Permission(action.permission.clone()),
        move |call| runner::run(call, def.clone(), run.clone()),
    )
    .summary(format!("{} {}", action.label, resource.singular.to_lowercase()));
    if action.kind != ActionKind::Delete {
        let answer = if action.kind == ActionKind::Verb { json!({}) } else { resource.schema() };
        endpoint = endpoint
            .body(action.input.clone())
            .answer(answer, if action.kind == ActionKind::Verb { Value::Null } else { resource.sample.clone() });
    }
    match action.kind {
        ActionKind::Create => endpoint.status(StatusCode::CREATED),
        ActionKind::Update | ActionKind::Delete => endpoint.parameter("If-Match", "header", "The version you read, or * for any"),
        ActionKind::Verb => endpoint,
    }
}

/// The same action on many: by filter, with the count the caller saw, less exclusions.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Bulk {
    /// A list filter, such as `status=eq.active&search=ada`.
    pub filter: String,
    /// How many objects the caller believes it is; another number means 409 and no change.
    pub expected: usize,
    /// Ids to leave out.
    #[serde(default)]
    pub except: Vec<Uuid>,
    /// Only say for each object what would come of it, in the order it would be done; nothing is changed.
    #[serde(default)]
    pub dry_run: bool,
    #[serde(default)]
    pub input: Value,
}

impl Bulk {
    /// # Errors
    /// 409 with both numbers.
    pub fn agrees(&self, found: usize) -> Result<()> {
        if found == self.expected {
            return Ok(());
        }
        let text =
            format!("The filter now matches {found} objects, not {}. Look again before you go on; nothing was changed.", self.expected);
        Err(Problem::conflict(text, None))
    }
}

fn bulk_schema(action: &ActionDef) -> Value {
    let mut schema = crate::action::schema_of::<Bulk>();
    schema["properties"]["input"] = action.input.clone();
    schema
}

fn bulk_endpoint(resource: &Arc<ResourceDef>, action: &ActionDef) -> Endpoint {
    let (def, run) = (resource.clone(), action.clone());
    let path = format!("/{}/{}", def.name, action.name);
    Endpoint::new(
        Method::POST,
        &path,
        &format!("{}.{}.many", def.name, action.name),
        Access::Permission(action.permission.clone()),
        move |call| {
            let (def, run) = (def.clone(), run.clone());
            async move { bulk(&call, &def, &run).await }
        },
    )
    .summary(format!("{} every {} that matches a filter", action.label, resource.singular.to_lowercase()))
    .body(bulk_schema(action))
    .answer(
        json!({"type": "object", "properties": {"changed": {"type": "integer"}, "would": {"type": "integer", "description": "Of a dry run that looks at all of them at once"}, "skipped": {"type": "array", "description": "Of actions that leave out what they can't be done to: why, and to how many", "items": {"type": "object",
            "properties": {"reason": {"type": "string"}, "count": {"type": "integer"}}}}, "rows": {"type": "array", "description": "Of a dry run", "items": {"type": "object",
            "properties": {"id": {"type": "string"}, "title": {"type": "string"}, "ok": {"type": "boolean"}, "message": {"type": ["string", "null"]}}}}}}),
        json!({"changed": 12}),
    )
}

async fn bulk(call: &Call, def: &ResourceDef, action: &ActionDef) -> Result<Response> {
    let caller = call.caller()?;
    for permission in [&def.permission("read"), &action.permission] {
        if let Err(problem) = caller.require(permission) {
            let target = Some(Target::new(def.name, "many", ""));
            runner::note_refusal(&call.app, caller, &call.request, &format!("{}.{}", def.name, action.name), target, &problem).await;
            return Err(problem);
        }
    }
    let given = call.json()?;
    input::check(&bulk_schema(action), &given)?;
    let bulk: Bulk = input::parse(given)?;
    let mut query = Query::parse_string(def.relation(), &bulk.filter)?;
    query.limit = u32::try_from(BULK_LIMIT + 1 + bulk.except.len().min(BULK_LIMIT)).unwrap_or(u32::MAX);
    let mut ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    match bulk_steps(&mut ctx, def, action, &bulk, &query).await {
        Ok(answer) if bulk.dry_run => {
            ctx.rollback().await?;
            json(StatusCode::OK, &answer)
        }
        Ok(answer) => {
            let entries = std::mem::take(&mut ctx.entries);
            ctx.audit_all(&entries).await?;
            ctx.commit().await?;
            json(StatusCode::OK, &answer)
        }
        Err(problem) => {
            drop(ctx.rollback().await);
            Err(problem)
        }
    }
}

async fn bulk_steps(ctx: &mut Ctx, def: &ResourceDef, action: &ActionDef, bulk: &Bulk, query: &Query) -> Result<Value> {
    if let Some(answer) = many::run(ctx, def, action, bulk, query).await? {
        return Ok(answer);
    }
    let mut ids = record::ids(ctx, def, query).await?;
    ids.retain(|id| !bulk.except.contains(id));
    if ids.len() > BULK_LIMIT {
        return Err(Problem::field(
            "filter",
            "too_many",
            format!("This matches more than {BULK_LIMIT} objects. Narrow the filter and go in steps."),
        ));
    }
    bulk.agrees(ids.len())?;
    let given = if bulk.input.is_null() { json!({}) } else { bulk.input.clone() };
    let mut report = Vec::with_capacity(ids.len());
    ctx.together.clone_from(&ids);
    for id in &ids {
        let target = record::lock_and_load(ctx, def, *id).await?;
        let title = def.title(&target);
        if bulk.dry_run {
            ctx.db().batch_execute(SAVEPOINT).await?;
        }
        let outcome = runner::change(ctx, def, action, Some(target), given.clone()).await;
        match outcome {
            Err(p) if bulk.dry_run => {
                ctx.db().batch_execute(TAKE_BACK).await?;
                report.push(json!({"id": id, "title": title, "ok": false, "message": p.detail()}));
            }
            Err(p) if p.kind() == crate::problem::Kind::Forbidden => {
                return Err(Problem::refused(format!("{title}: {}. Nothing was changed.", p.detail())));
            }
            Err(p) => return Err(p),
            Ok(_) => report.push(json!({"id": id, "title": title, "ok": true, "message": null})),
        }
    }
    Ok(if bulk.dry_run { json!({"changed": 0, "rows": report}) } else { json!({"changed": report.len()}) })
}
