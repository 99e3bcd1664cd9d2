//! Advice: what in a source is open, slow or about to break, each finding with the SQL that would mend it.
//!
//! Everything is read from PostgreSQL's catalogue. Nothing is changed, and no row of a table is looked at.

mod access;
mod functions;
mod indexes;
mod policies;
mod rule;
mod shape;

use crate::source::open::Open;
use crate::state::State;
use crate::tables::admit;
use deadpool_postgres::ClientWrapper;
use futures::future::join_all;
use http::{Method, StatusCode};
use kernel::endpoint::{Access, Endpoint, Response, json as answer};
use kernel::{Call, Module, Result};
use rule::{Rule, Severity, Topic};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// Findings of one rule that are shown.
const MOST: usize = 200;

/// A thing that was found.
#[derive(Debug, Serialize)]
struct Finding {
    rule: &'static str,
    schema: String,
    /// A table, view, function or schema.
    object: String,
    /// A column, index, policy, constraint or role of it; a function's arguments.
    part: Option<String>,
    /// What was found, in short.
    detail: Option<String>,
    /// What would mend it. Look at it before you run it.
    sql: Option<String>,
}

/// A rule, and how often it struck.
#[derive(Debug, Serialize)]
struct Asked {
    id: &'static str,
    severity: Severity,
    topic: Topic,
    title: &'static str,
    why: &'static str,
    /// Null when PostgreSQL refused to answer.
    count: Option<usize>,
    /// Why it did.
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct Advice {
    rules: Vec<Asked>,
    /// The worst first; at most 200 of each rule.
    findings: Vec<Finding>,
}

fn rules() -> impl Iterator<Item = &'static Rule> {
    [access::RULES, policies::RULES, functions::RULES, indexes::RULES, shape::RULES].into_iter().flatten()
}

/// Every statement, for the test that prepares them.
pub fn statements() -> Vec<&'static str> {
    rules().map(|rule| rule.sql).collect()
}

pub(crate) fn routes(module: Module, state: &Arc<State>) -> Module {
    let state = state.clone();
    let severity = json!({"type": "string", "enum": ["critical", "high", "medium", "low"]});
    let text = json!({"type": "string"});
    let maybe = json!({"type": ["string", "null"]});
    module.route(
        Endpoint::new(
            Method::GET,
            "/explorer/{source}/advice",
            "explorer.advice",
            Access::Permission("rows:read".into()),
            move |call: Call| {
                let state = state.clone();
                async move { list(&state, &call).await }
            },
        )
        .summary("What in a source is open to the web, slow or about to break, with the SQL that would mend it")
        .answer(
            json!({"type": "object", "properties": {
                "rules": {"type": "array", "items": {"type": "object", "properties": {"id": text, "severity": severity,
                    "topic": {"type": "string", "enum": ["security", "performance", "schema"]}, "title": text, "why": text,
                    "count": {"type": ["integer", "null"]}, "problem": maybe}}},
                "findings": {"type": "array", "items": {"type": "object", "properties": {"rule": text, "schema": text, "object": text,
                    "part": maybe, "detail": maybe, "sql": maybe}}}}}),
            json!({"rules": [{"id": "rls-off", "severity": "critical", "topic": "security", "title": "Open to the web without row policies",
                    "why": "Requests from outside run as anon or authenticated.", "count": 1, "problem": null}],
                "findings": [{"rule": "rls-off", "schema": "public", "object": "orders", "part": null, "detail": "anon: select",
                    "sql": "alter table public.orders enable row level security;"}]}),
        ),
    )
}

async fn list(state: &Arc<State>, call: &Call) -> Result<Response> {
    admit(call, "rows:read")?;
    let source = state.for_caller(call).await?;
    answer(StatusCode::OK, &advise(&source).await?)
}

/// Asks every rule. One that fails says so, and the others are told all the same.
async fn advise(source: &Open) -> Result<Advice> {
    let conn = source.conn().await?;
    let excluded = source.catalogue.panel_schemas();
    let mut asked: Vec<(&Rule, _)> = rules().zip(join_all(rules().map(|rule| ask(&conn, rule, excluded))).await).collect();
    asked.sort_by_key(|(rule, _)| rule.severity);
    let mut advice = Advice { rules: Vec::with_capacity(asked.len()), findings: Vec::new() };
    for (rule, found) in asked {
        let (count, problem) = match found {
            Ok(rows) => {
                advice.findings.extend(rows.iter().take(MOST).map(|row| finding(rule, row)));
                (Some(rows.len()), None)
            }
            Err(error) if error.as_db_error().is_none() => return Err(source.named(error.into())),
            Err(error) => (None, error.as_db_error().map(|db| db.message().to_owned())),
        };
        let Rule { id, severity, topic, title, why, .. } = rule;
        advice.rules.push(Asked { id, severity: *severity, topic: *topic, title, why, count, problem });
    }
    Ok(advice)
}

async fn ask(conn: &ClientWrapper, rule: &Rule, excluded: &[String]) -> Result<Vec<Row>, tokio_postgres::Error> {
    let statement = conn.prepare_cached(rule.sql).await?;
    let values: [&(dyn ToSql + Sync); 1] = [&excluded];
    conn.query(&statement, &values).await
}

fn finding(rule: &Rule, row: &Row) -> Finding {
    Finding { rule: rule.id, schema: row.get(0), object: row.get(1), part: row.get(2), detail: row.get(3), sql: row.get(4) }
}

#[cfg(test)]
mod tests {
    use super::rules;
    use std::collections::BTreeSet;

    #[test]
    fn each_rule_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = rules().map(|rule| rule.id).collect();
        assert_eq!(names.len(), rules().count());
    }
}
