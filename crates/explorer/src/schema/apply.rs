//! Running a plan that was seen, all of it or nothing.

use super::change::Change;
use super::plan::{Plan, Statement};
use super::record::Record;
use super::{WRITE, asked, back, changed_by, marks, panel_owner, planned, queries};
use crate::masking;
use crate::state::State;
use deadpool_postgres::{ClientWrapper, Object};
use http::StatusCode;
use kernel::endpoint::{Response, json as answer};
use kernel::problem::{Kind, sentence};
use kernel::{Call, Problem, Result};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// Who waits for a lock makes others wait behind; so nobody waits long.
const BEGIN: &str = "begin read write; set local lock_timeout = '3s'; set local statement_timeout = '10min'";
/// An index that is built beside its table waits for old transactions, and nobody waits for it.
const ALONE: &str = "set default_transaction_read_only = off; set lock_timeout = 0; set statement_timeout = '30min'";

pub async fn apply(state: &Arc<State>, call: &Call) -> Result<Response> {
    let source = changed_by(state, call, WRITE).await?;
    let mut asked = asked(call)?;
    let Some(hash) = asked.hash.take() else { return Err(Problem::field("hash", "required", "Ask for the plan first, and send its hash")) };
    if asked.changes.iter().any(Change::computes_values) {
        masking::anything(call, &source, "An expression that makes new values of old ones").await?;
    }
    let conn = source.altering().await?;
    let owner = panel_owner(state);
    let plan = planned(call, &source, &conn, owner.clone(), &mut asked).await?;
    if let Some(first) = plan.foreign.first() {
        return Err(Problem::refused(first.reason.clone()).with("foreign", kernel::ctx::to_json(&plan.foreign)?));
    }
    if plan.hash != hash {
        let text =
            "What is there was changed since this plan was made, or another list was planned. Look at the new plan. Nothing was changed.";
        return Err(Problem::conflict(text, None).titled("The plan is another now").with("plan", kernel::ctx::to_json(&plan)?));
    }
    let made = marks::before(call, &source, &asked.changes).await?;
    let record = Record::start(call, &source, &plan, &asked.given).await?;
    // It goes on to its end, whether or not somebody waits for that.
    let run = tokio::spawn(async move {
        let start = Instant::now();
        // What an expression may leave in a session meets nobody.
        let conn = Object::take(conn);
        let ended = run(&conn, &plan).await.map_err(|problem| source.named(problem));
        source.forget();
        let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let left = if ended.is_ok() { back::left(&source, &conn, owner, &asked.given).await } else { None };
        record.end(&ended, milliseconds, left, &source, (&asked.changes, &made)).await;
        ended.map(|()| json!({"id": record.id, "statements": plan.statements.len(), "milliseconds": milliseconds}))
    });
    let done: Value = run.await.map_err(Problem::internal)??;
    answer(StatusCode::OK, &done)
}

async fn run(conn: &ClientWrapper, plan: &Plan) -> Result<()> {
    conn.query(queries::SETTLE, &[]).await?;
    if let [statement] = plan.statements.as_slice()
        && !statement.transaction
    {
        return alone(conn, plan, statement).await;
    }
    conn.batch_execute(BEGIN).await?;
    for (place, statement) in plan.statements.iter().enumerate() {
        // Prepared, so PostgreSQL refuses a second statement in it.
        if let Err(error) = conn.execute(statement.sql.as_str(), &[]).await {
            drop(conn.batch_execute("rollback").await);
            return Err(refused(plan, place, error, "Nothing was changed."));
        }
    }
    conn.batch_execute("commit")
        .await
        .map_err(|error| refused(plan, plan.statements.len().saturating_sub(1), error, "Nothing was changed."))
}

async fn alone(conn: &ClientWrapper, plan: &Plan, statement: &Statement) -> Result<()> {
    conn.batch_execute(ALONE).await?;
    let Err(error) = conn.execute(statement.sql.as_str(), &[]).await else { return Ok(()) };
    let Some((schema, name)) = &statement.leaves else { return Err(refused(plan, 0, error, "Nothing was changed.")) };
    // A build that fails leaves an index behind that is of no use; one that was there before is whole.
    let left = conn.query_opt(queries::INDEX, &[schema, name]).await.ok().flatten();
    let is_useless = left.is_some_and(|row| !row.get::<_, bool>(4)) && error.code() != Some(&SqlState::DUPLICATE_TABLE);
    let text = match plan.down.first() {
        Some(drop) if is_useless => match conn.execute(drop.as_str(), &[]).await {
            Ok(_) => "What was built of it was dropped again.".to_owned(),
            Err(_) => format!("What was built of it is left and of no use: {drop};"),
        },
        _ => "Nothing was changed.".into(),
    };
    Err(refused(plan, 0, error, &text))
}

/// Which statement PostgreSQL refused, why, and what that leaves.
fn refused(plan: &Plan, place: usize, error: Error, left: &str) -> Problem {
    let Some(db) = error.as_db_error() else { return error.into() };
    let more: String = [db.detail(), db.hint()].into_iter().flatten().map(|text| format!(" {text}")).collect();
    let which = if plan.statements.len() > 1 { format!("Statement {} of {}: ", place + 1, plan.statements.len()) } else { String::new() };
    let said = format!("{which}{}.{more} {left}", sentence(db.message()));
    let change = plan.statements.get(place).map_or(0, |statement| statement.change);
    let code = db.code();
    let problem = if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        Problem::refused(said)
    } else if *code == SqlState::LOCK_NOT_AVAILABLE {
        Problem::new(
            Kind::Timeout,
            format!("{which}Others use the table, and it wasn't free within 3 seconds. {left} Try again, or when fewer use it."),
        )
    } else if *code == SqlState::QUERY_CANCELED {
        Problem::new(Kind::Timeout, said)
    } else if ["53", "57", "58"].iter().any(|class| code.code().starts_with(class)) {
        Problem::unavailable(said)
    } else {
        let errors = vec![kernel::problem::FieldError { field: format!("changes.{change}"), code: "sql".into(), message: said.clone() }];
        Problem::new(Kind::Validation, said).with_errors(errors)
    };
    let sql = plan.statements.get(place).map(|statement| statement.sql.clone());
    problem.with("statement", place).with("sql", sql).because(error)
}
