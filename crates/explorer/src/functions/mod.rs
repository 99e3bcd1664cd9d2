//! Functions: `/data/{source}/rpc/{function}`, whose result is listed like a table.
//!
//! What may be run is what the login may execute. A function that changes nothing runs in a read-only transaction; one
//! that may change something is run by POST alone, and is in the audit log.

mod arguments;
mod function;
pub mod queries;

use crate::catalogue::{self, Table};
use crate::embed::{self, Plan};
use crate::live::Signed;
use crate::masking;
use crate::rows::answer;
use crate::rows::audit::{Log, Pair};
use crate::rows::form::{self, Form};
use crate::rows::prefer::Prefer;
use crate::rows::record::Record;
use crate::rows::target::Target;
use crate::rows::transaction::Transaction;
use crate::rows::write::once;
use crate::source::open::Open;
use crate::source::place;
use crate::state::State;
use arguments::Called;
use bytes::Bytes;
use function::{Function, Output};
use http::{Method, StatusCode};
use kernel::endpoint::{Access, Endpoint, Response, empty, set_header};
use kernel::list::grammar::MAX_LIMIT;
use kernel::list::{Column, ColumnType, Given, Kind, Page, Preamble, Query, Relation, quote, within};
use kernel::problem::Kind as Fault;
use kernel::{Call, Module, Problem, Result};
use serde_json::json;
use std::sync::Arc;

const PATH: &str = "/data/{source}/rpc/{function}";
/// For those that may change something; the others take what reading a table takes.
const CALL: &str = "rows:call";
const READ: &str = "rows:read";
const ACTION: &str = "rows.call";
const BODY: usize = 8 << 20;

/// The routes.
pub(crate) fn routes(module: Module, state: &Arc<State>) -> Module {
    let route = |method: Method, id: &str, summary: &str| {
        let (state, verb) = (state.clone(), method.clone());
        Endpoint::new(method, PATH, id, Access::Permission(permission(&verb).into()), move |call: Call| {
            let (state, verb) = (state.clone(), verb.clone());
            async move { run(&state, &call, &verb).await.map_err(answer::foreign) }
        })
        .summary(summary)
        .list_parameters()
        .parameter("Prefer", "header", "count=exact, planned or estimated; shorten=2048; max-affected=1")
        .parameter("Accept", "header", form::DESCRIPTION)
        .answers_as(form::KINDS)
        .parameter(masking::HEADER, "header", masking::DESCRIPTION)
        .answer(
            json!({"description": "What the function gives: a value, an object, or a list of either"}),
            json!([{"track_id": 1, "name": "For Those About To Rock"}]),
        )
    };
    module
        .permission(CALL, "Call functions of databases, also those that change something")
        .route(route(Method::GET, "rows.call-reading", "Call a function that changes nothing; its arguments are parameters").parameter("Accept-Profile", "header", "The schema; public without"))
        .route(route(Method::HEAD, "rows.call-counting", "Count what a function that changes nothing gives").parameter("Accept-Profile", "header", "The schema; public without"))
        .route(
            Endpoint::new(Method::OPTIONS, PATH, "rows.call-options", Access::Permission(READ.into()), {
                let state = state.clone();
                move |call: Call| {
                    let state = state.clone();
                    async move { options(&state, &call).await.map_err(answer::foreign) }
                }
            })
            .summary("Say how a function is called, in the header Allow")
            .parameter("Accept-Profile", "header", "The schema; public without"),
        )
        .route(
            route(Method::POST, "rows.call", "Call a function; its arguments are the body")
                .body(json!({"description": "An object of arguments by their names, or any JSON for a function of one JSON argument without a name"}))
                .body_limit(BODY)
                .parameter("Content-Profile", "header", "The schema; public without"),
        )
}

fn permission(verb: &Method) -> &'static str {
    if *verb == Method::POST { CALL } else { READ }
}

async fn run(state: &Arc<State>, call: &Call, verb: &Method) -> Result<Response> {
    let outcome = attempt(state, call, verb).await;
    if let Err(problem) = &outcome
        && *verb == Method::POST
    {
        Target::refused(call, call.caller()?, ACTION, problem).await;
    }
    outcome
}

async fn attempt(state: &Arc<State>, call: &Call, verb: &Method) -> Result<Response> {
    crate::tables::admit(call, permission(verb))?;
    let form = Form::of(call)?;
    let prefer = Prefer::of(call)?;
    let source = state.for_caller(call).await?;
    masking::anything(call, &source, "A function").await?;
    let is_post = *verb == Method::POST;
    let schema = call.header(if is_post { "content-profile" } else { "accept-profile" }).unwrap_or("public");
    let name = call.param("function");
    let functions = function::find(&source, schema, name).await?;
    let called = if is_post { Called::by_body(&functions, call, schema, name)? } else { Called::by_query(&functions, call, schema, name)? };
    if called.function.is_volatile && !is_post {
        return Err(Problem::new(Fault::Method, format!("{name} may change something, so it is called with POST")).with("code", "25006"));
    }
    let plan = plan(&source, schema, name, &called, &prefer, form).await?;
    let seen = call.caller()?.seen_as.clone();
    if called.function.is_volatile {
        // What was done is the call, whatever table its rows are of.
        let target = Target { table: Arc::new(Table::of_relation(schema, name, Relation::new(""))), source };
        let note = called.names().join(", ");
        let note = if note.is_empty() { "without arguments".to_owned() } else { format!("with {note}") };
        let log = Log { call, caller: call.caller()?, target: &target, action: ACTION, note: Some(note) };
        return once(call, log.caller, change(&log, &plan, called.function, form, &prefer)).await;
    }
    // Not by the connection's own setting alone: a function can turn that off.
    let preamble = seen.as_deref().map_or_else(Preamble::none, |seen| place::preamble(Some(seen)));
    let page = plan.page(&source, &preamble, prefer.count).await.map_err(|problem| source.named(told(problem)))?;
    respond(page, &plan, called.function, form, &prefer)
}

/// How a function is called.
async fn options(state: &Arc<State>, call: &Call) -> Result<Response> {
    crate::tables::admit(call, READ)?;
    let source = state.for_caller(call).await?;
    let (schema, name) = (call.header("accept-profile").unwrap_or("public"), call.param("function"));
    let functions = function::find(&source, schema, name).await?;
    if functions.is_empty() {
        return Err(Problem::not_found(format_args!("function {schema}.{name} that can be called here")).with("code", "PGRST202"));
    }
    let reads = functions.iter().any(|function| !function.is_volatile);
    let mut response = Response::default();
    set_header(&mut response, "allow", if reads { "OPTIONS, GET, HEAD, POST" } else { "OPTIONS, POST" });
    Ok(response)
}

/// Runs it in a transaction that ends with its audit entry.
async fn change(log: &Log<'_>, plan: &Plan, function: &Function, form: Form, prefer: &Prefer) -> Result<Response> {
    log.start().await?;
    let source = &log.target.source;
    // It isn't used again: a function can leave things behind in its session.
    let signed = Signed::of(log.call, source).await?;
    let transaction = Transaction::new(source.conn().await?, log.caller.seen_as.clone()).signed(signed);
    let pairs = [Pair { before: None, after: None }];
    let done = async {
        let client = transaction.client()?;
        transaction.open(client).await?;
        let (relation, query) = plan.rows();
        let page = within::page(client, relation, query).await.map_err(told)?;
        prefer.check_affected(page.rows)?;
        let response = respond(Page { next: None, prev: None, ..page }, plan, function, form, prefer)?;
        if !prefer.rolled_back {
            log.commit(&transaction, &pairs).await?;
        }
        Ok(response)
    };
    match done.await {
        Ok(response) => {
            if prefer.rolled_back {
                log.taken_back().await;
            } else {
                log.end(Ok(&pairs)).await;
            }
            Ok(response)
        }
        Err(problem) => {
            let problem: Problem = source.named(problem);
            log.end(Err(&problem)).await;
            Err(problem)
        }
    }
}

/// The function's result as something to list.
async fn plan(source: &Open, schema: &str, name: &str, called: &Called<'_>, prefer: &Prefer, form: Form) -> Result<Plan> {
    let given: Vec<_> = called.given.iter().map(|(argument, _)| *argument).collect();
    let sql = called.function.call(schema, name, &given);
    let columns = match &called.function.result {
        Output::Nothing => Vec::new(),
        Output::Value(ty) => vec![(name.to_owned(), ty.clone())],
        Output::Row(columns) => columns.clone(),
        Output::Unknown => {
            return Err(Problem::malformed(format!(
                "{name} gives records without saying of which columns; declare it with returns table (…)"
            )));
        }
    };
    let named: Vec<String> = columns.iter().map(|(name, _)| quote(name)).collect();
    let mut relation = Relation::new(match named.as_slice() {
        [] => format!("(select null::text as v from {sql} as r (v))"),
        // Of the table's own type, so that functions of its rows take them.
        _ if called.function.table.is_some() => sql,
        named => format!("(select * from {sql} as r ({}))", named.join(", ")),
    });
    for (name, ty) in columns {
        let is_text = ty.kind == Kind::Text;
        let column = Column::new(name, ty).nullable();
        relation = relation.column(if is_text { column.searchable() } else { column });
    }
    if named.is_empty() {
        relation = relation.column(Column::new("v", ColumnType::named("text")).nullable());
    }
    relation.given =
        called.given.iter().map(|(argument, value)| Given { value: value.clone(), parameter: argument.name.clone() }).collect();
    let level = embed::asked(&called.rest)?;
    let table = match &called.function.table {
        // What its rows hang together with, and what can be computed of them, is known from the table that they are of.
        Some((schema, table)) => match catalogue::table(source, schema, table).await {
            Ok(table) => {
                relation.computed = table.relation.computed.clone();
                Table { relation: Arc::new(relation), ..Table::clone(&table) }
            }
            Err(problem) if problem.kind() == Fault::NotFound && level.is_none() => Table::of_relation(schema, name, relation),
            Err(problem) => return Err(problem),
        },
        None => Table::of_relation(schema, name, relation),
    };
    let table = Arc::new(table);
    let plan = match level {
        None => Plan::plain(&table, Query::parse(&table.relation, &called.rest)?),
        Some(level) => embed::plan(source, &table, level, &called.rest, prefer.shorten).await?,
    };
    let is_limited = called.rest.iter().any(|(name, _)| name == "limit");
    Ok(plan.in_own_order().map(|mut query| {
        query.shorten = prefer.shorten;
        query.limit = if is_limited { query.limit } else { MAX_LIMIT };
        if form.is_object() {
            query.limit = query.limit.min(2);
        }
        query
    }))
}

fn respond(page: Page, plan: &Plan, function: &Function, form: Form, prefer: &Prefer) -> Result<Response> {
    if matches!(function.result, Output::Nothing) {
        return Ok(empty());
    }
    let (relation, query) = plan.rows();
    let page = match function.result {
        // A file has the name of the function above its values.
        Output::Value(_) if !form.is_csv() => Page { body: values(&page.body)?, ..page },
        _ => page,
    };
    if function.is_set || form.is_csv() {
        return answer::list(form, page, prefer, relation, query);
    }
    // One value, or one row: without the list around it.
    let body = page.body.slice(1..page.body.len() - 1);
    let body = if body.is_empty() { Bytes::from_static(b"null") } else { body };
    let mut response = kernel::endpoint::bytes(StatusCode::OK, form.of_value(body)?);
    form.name(&mut response);
    Ok(response)
}

/// The values of rows that have one each.
fn values(body: &[u8]) -> Result<Bytes> {
    let rows: Vec<Record> = serde_json::from_slice(body).map_err(Problem::internal)?;
    let values: Vec<_> = rows.into_iter().filter_map(|row| row.0.into_iter().next().map(|(_, value)| value)).collect();
    serde_json::to_vec(&values).map(Bytes::from).map_err(Problem::internal)
}

/// What goes wrong in a function is about the function: never a fault of ours.
fn told(problem: Problem) -> Problem {
    let found = std::error::Error::source(&problem)
        .and_then(|cause| cause.downcast_ref::<tokio_postgres::Error>())
        .and_then(tokio_postgres::Error::as_db_error);
    let Some(db) = found else { return problem };
    let message: String = db.message().chars().take(300).collect();
    match problem.kind() {
        Fault::Forbidden if db.code().code() == "25006" => {
            Problem::refused("The function tries to change something, and here it may only read. One that changes something is declared volatile and called with POST.")
                .because(problem)
        }
        Fault::Internal | Fault::NotFound => Problem::new(Fault::Validation, format!("The function failed: {message}")).because(problem),
        _ => problem,
    }
}
