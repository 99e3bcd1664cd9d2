//! What pages that change tables have to know beforehand: schemas, types and roles of a source, and of one table whose it
//! is, its policies, what hangs on it, and the SQL that makes it.

use super::plan::{Dependent, Effect, Foreign};
use super::planner::{Planner, Relation};
use super::{OWN, READ, WRITE, ddl, needs, panel_owner, queries};
use crate::catalogue::Allowed;
use crate::source::open::Open;
use crate::state::State;
use crate::tables::admit;
use deadpool_postgres::Object;
use http::{Method, StatusCode};
use kernel::endpoint::{Endpoint, Response, json as answer};
use kernel::problem::Kind;
use kernel::{Call, Module, Result};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use tokio_postgres::Row;

const SCHEMAS: &str = "select n.nspname::text, has_schema_privilege(n.oid, 'create'), obj_description(n.oid, 'pg_namespace') \
     from pg_namespace n where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and n.nspname <> all ($1::text[]) order by 1";
const ENUMS: &str = "select n.nspname::text, t.typname::text, array(select e.enumlabel::text from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder), \
     obj_description(t.oid, 'pg_type') from pg_type t join pg_namespace n on n.oid = t.typnamespace \
     where t.typtype = 'e' and n.nspname !~ '^pg_' and n.nspname <> all ($1::text[]) order by 1, 2";
/// Those that a policy can be about.
const ROLES: &str = "select rolname::text from pg_roles where rolname !~ '^(pg_|quarterdeck_)' and not rolsuper order by 1 limit 500";

pub const STATEMENTS: &[&str] = &[SCHEMAS, ENUMS, ROLES];

#[derive(Serialize)]
struct Schema {
    name: String,
    can_create: bool,
    comment: Option<String>,
}

#[derive(Serialize)]
struct Enumeration {
    schema: String,
    name: String,
    values: Vec<String>,
    comment: Option<String>,
}

#[derive(Serialize)]
struct Policy {
    name: String,
    permissive: bool,
    command: &'static str,
    roles: Vec<String>,
    using: Option<String>,
    check: Option<String>,
    comment: Option<String>,
}

#[derive(Serialize)]
struct Rule {
    name: String,
    kind: &'static str,
    definition: String,
    validated: bool,
}

#[derive(Serialize)]
struct Shape {
    owner: Option<Foreign>,
    change: Allowed,
    take_over: Allowed,
    row_security: bool,
    forced: bool,
    policies: Vec<Policy>,
    rules: Vec<Rule>,
    triggers: Vec<String>,
    used_by: Vec<Dependent>,
    /// The SQL that makes it as it is; empty for what isn't made again here.
    definition: Vec<String>,
}

pub(super) fn routes(module: Module, state: &Arc<State>) -> Module {
    let (all, one) = (state.clone(), state.clone());
    let text = json!({"type": "string"});
    let maybe = json!({"type": ["string", "null"]});
    let texts = json!({"type": "array", "items": text});
    let allowed = json!({"type": "object", "properties": {"allowed": {"type": "boolean"}, "reason": maybe}});
    let object = json!({"type": "array", "items": {"type": "object"}});
    module
        .route(
            Endpoint::new(Method::GET, "/explorer/{source}/schema", "schema.source", needs(READ), move |call: Call| {
                let state = all.clone();
                async move { source(&state, &call).await }
            })
            .summary("Schemas, enumerations and roles of a source, and whether its tables can be changed here")
            .answer(
                json!({"type": "object", "properties": {"schemas": object, "enums": object, "roles": texts, "change": allowed, "sql": maybe}}),
                json!({"schemas": [{"name": "public", "can_create": true, "comment": null}],
                    "enums": [{"schema": "public", "name": "mood", "values": ["sad", "ok"], "comment": null}], "roles": ["anon", "authenticated"],
                    "change": {"allowed": true, "reason": null}, "sql": null}),
            ),
        )
        .route(
            Endpoint::new(Method::GET, "/explorer/{source}/schema/{schema}/{table}", "schema.table", needs(READ), move |call: Call| {
                let state = one.clone();
                async move { table(&state, &call).await }
            })
            .summary("What changing a table needs to know: whose it is, its policies, what hangs on it, and the SQL that makes it")
            .answer(
                json!({"type": "object", "properties": {"owner": {"type": ["object", "null"]}, "change": allowed, "take_over": allowed,
                    "row_security": {"type": "boolean"}, "forced": {"type": "boolean"}, "policies": object, "rules": object, "triggers": texts,
                    "used_by": object, "definition": texts}}),
                json!({"owner": null, "change": {"allowed": true, "reason": null}, "take_over": {"allowed": false, "reason": "It can be changed here already"},
                    "row_security": true, "forced": false, "policies": [{"name": "own rows", "permissive": true, "command": "select", "roles": ["authenticated"],
                    "using": "(user_id = auth.uid())", "check": null, "comment": null}], "rules": [], "triggers": [], "used_by": [],
                    "definition": ["create table \"public\".\"todos\" (\n  \"id\" integer\n)"]}),
            ),
        )
}

/// A connection to look by, and why nothing can be changed where that is so.
async fn looking(source: &Open, call: &Call) -> Result<(Object, Option<String>, Option<String>)> {
    let caller = call.caller()?;
    if caller.seen_as.is_some() {
        return Ok((source.conn().await?, Some("Tables aren't changed in somebody's place".into()), None));
    }
    let lacks = (!caller.permissions.allow(WRITE)).then(|| format!("You don't have the permission {WRITE}"));
    match source.altering().await {
        Ok(conn) => Ok((conn, lacks, None)),
        Err(problem) if problem.kind() == Kind::Forbidden => {
            // The statements hold how a login proves itself: only for whoever could use it.
            let sql = problem.body("")["sql"].as_str().filter(|_| lacks.is_none()).map(str::to_owned);
            Ok((source.conn().await?, Some(problem.detail().to_owned()), sql))
        }
        Err(problem) => Err(problem),
    }
}

async fn source(state: &Arc<State>, call: &Call) -> Result<Response> {
    admit(call, READ)?;
    let source = state.for_caller(call).await?;
    let (conn, reason, sql) = looking(&source, call).await?;
    let planner = Planner::new(&source, &conn, panel_owner(state)).await?;
    let panel = source.catalogue.panel_schemas();
    let schemas: Vec<Schema> = planner
        .ask(SCHEMAS, &[&panel])
        .await?
        .iter()
        .map(|row| Schema { name: row.get(0), can_create: row.get(1), comment: row.get(2) })
        .collect();
    let enums: Vec<Enumeration> = planner
        .ask(ENUMS, &[&panel])
        .await?
        .iter()
        .map(|row| Enumeration { schema: row.get(0), name: row.get(1), values: row.get(2), comment: row.get(3) })
        .collect();
    let roles: Vec<String> = planner.ask(ROLES, &[]).await?.iter().map(|row| row.get(0)).collect();
    answer(StatusCode::OK, &json!({"schemas": schemas, "enums": enums, "roles": roles, "change": Allowed::unless(reason), "sql": sql}))
}

async fn table(state: &Arc<State>, call: &Call) -> Result<Response> {
    admit(call, READ)?;
    let source = state.for_caller(call).await?;
    let (schema, name) = (call.param("schema"), call.param("table"));
    // What may not be looked at doesn't exist.
    crate::catalogue::table(&source, schema, name).await?;
    let (conn, reason, _) = looking(&source, call).await?;
    let mut planner = Planner::new(&source, &conn, panel_owner(state)).await?;
    let (relation, refusal) = match planner.relation(schema, name).await {
        Ok(relation) => (relation, None),
        Err(problem) if problem.kind() == Kind::Forbidden => {
            let shown = Shape::blank(problem.detail());
            return answer(StatusCode::OK, &shown);
        }
        Err(problem) => return Err(problem),
    };
    let owner = planner.plan.foreign.first().cloned();
    let refusal = refusal.or(reason).or_else(|| owner.as_ref().map(|owner| owner.reason.clone()));
    answer(StatusCode::OK, &shape(&planner, &relation, owner, refusal, call).await?)
}

impl Shape {
    fn blank(reason: &str) -> Self {
        Self {
            owner: None,
            change: Allowed::unless(Some(reason.to_owned())),
            take_over: Allowed::unless(Some(reason.to_owned())),
            row_security: false,
            forced: false,
            policies: Vec::new(),
            rules: Vec::new(),
            triggers: Vec::new(),
            used_by: Vec::new(),
            definition: Vec::new(),
        }
    }
}

async fn shape(p: &Planner<'_>, relation: &Relation, owner: Option<Foreign>, refusal: Option<String>, call: &Call) -> Result<Shape> {
    let oid = &relation.oid;
    let policies = p.ask(queries::POLICIES, &[oid, &None::<&str>]).await?;
    let rules = p.ask(queries::CONSTRAINTS, &[oid, &None::<&str>]).await?;
    let triggers = p.ask(queries::TRIGGERS, &[oid]).await?;
    let used_by = p.dependents("pg_class", relation.oid, 0, Effect::Blocks, Effect::Goes).await?;
    let caller = call.caller()?;
    let take_over = match &owner {
        _ if caller.seen_as.is_some() => Some("Tables aren't changed in somebody's place".to_owned()),
        None => Some("It can be changed here already".into()),
        Some(owner) if !owner.can_take_over => Some(owner.reason.clone()),
        Some(_) => (!caller.permissions.allow(OWN)).then(|| format!("You don't have the permission {OWN}")),
    };
    Ok(Shape {
        owner,
        change: Allowed::unless(refusal),
        take_over: Allowed::unless(take_over),
        row_security: relation.row_security,
        forced: relation.forced,
        policies: policies.iter().map(policy).collect(),
        rules: rules.iter().map(rule).collect(),
        triggers: triggers.iter().map(|row| row.get(0)).collect(),
        // Its own parts are shown as such.
        used_by: used_by.into_iter().filter(|one| one.effect == Effect::Blocks).collect(),
        definition: ddl::definition(p, relation).await?,
    })
}

fn policy(row: &Row) -> Policy {
    Policy {
        name: row.get(0),
        permissive: row.get(1),
        command: ddl::command_of(row.get(2)),
        roles: row.get(3),
        using: row.get(4),
        check: row.get(5),
        comment: row.get(6),
    }
}

fn rule(row: &Row) -> Rule {
    let kind = match row.get(1) {
        "p" => "primary_key",
        "u" => "unique",
        "f" => "foreign_key",
        "x" => "exclusion",
        _ => "check",
    };
    Rule { name: row.get(0), kind, definition: row.get(2), validated: row.get(3) }
}
