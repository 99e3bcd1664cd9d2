//! Schemas and whole tables.

use super::super::change::Column;
use super::super::plan::{Blocks, Effect, Note, Statement, Step};
use super::super::planner::Planner;
use super::super::{queries, word};
use super::{by_name, column, comment_on, restore, rows_lost};
use kernel::problem::Kind;
use kernel::{Problem, Result};
use std::collections::HashSet;

/// More columns than a table can have.
const MOST: usize = 1600;

pub async fn create_schema(p: &mut Planner<'_>, schema: &str, comment: Option<&str>) -> Result<Step> {
    p.may_touch(schema)?;
    let name = word::name("schema", schema)?;
    if !p.ask(queries::SCHEMA, &[&schema]).await?.is_empty() {
        return Err(Problem::field("schema", "unique", format!("There is a schema {schema} already")));
    }
    if !p.may_create_schemas().await? {
        return Err(Problem::refused("The login that changes tables may not create schemas in this database"));
    }
    p.touch(schema)?;
    p.makes(schema, "");
    let mut step = Step::new(Statement::free(format!("create schema {name}")), format!("drop schema {name}"));
    if comment.is_some() {
        step.up.push(Statement::free(comment_on(&format!("schema {name}"), comment)));
    }
    Ok(step)
}

pub async fn drop_schema(p: &mut Planner<'_>, schema: &str) -> Result<Step> {
    p.may_touch(schema)?;
    let name = word::name("schema", schema)?;
    let Some(row) = p.ask(queries::SCHEMA, &[&schema]).await?.pop() else {
        return Err(Problem::not_found(format_args!("schema {schema}")));
    };
    if !row.get::<_, bool>(2) {
        return Err(Problem::refused(format!("The schema {schema} belongs to {}", row.get::<_, &str>(1))));
    }
    if row.get(5) {
        return Err(
            Problem::new(Kind::Conflict, format!("There is something in the schema {schema}. Drop that first.")).titled("Not empty")
        );
    }
    p.touch(schema)?;
    let mut step = Step::new(Statement::free(format!("drop schema {name}")), format!("create schema {name}"));
    if let Some(comment) = row.get::<_, Option<&str>>(4) {
        step.down.push(comment_on(&format!("schema {name}"), Some(comment)));
    }
    Ok(step)
}

pub async fn create(
    p: &mut Planner<'_>,
    schema: &str,
    table: &str,
    columns: &[Column],
    primary_key: &[String],
    comment: Option<&str>,
) -> Result<Step> {
    p.space(schema).await?;
    p.is_free(schema, "table", table).await?;
    let name = word::qualified(schema, "table", table)?;
    if columns.len() > MOST {
        return Err(Problem::field("columns", "too_many", format!("A table has at most {MOST} columns")));
    }
    let mut seen = HashSet::new();
    let mut clauses = Vec::with_capacity(columns.len());
    for (place, one) in columns.iter().enumerate() {
        let field = format!("columns.{place}");
        if !seen.insert(one.name.as_str()) {
            return Err(Problem::field(format!("{field}.name"), "unique", "Two columns have this name"));
        }
        clauses.push(format!("  {}", column::clause(p, &field, one).await?.0));
    }
    if let Some(unknown) = primary_key.iter().find(|key| !seen.contains(key.as_str())) {
        return Err(Problem::field("primary_key", "unknown", format!("There is no column {unknown} among these")));
    }
    if !primary_key.is_empty() {
        let keys = primary_key.iter().map(|key| word::name("primary_key", key)).collect::<Result<Vec<_>>>()?;
        clauses.push(format!("  primary key ({})", keys.join(", ")));
    }
    let body = if clauses.is_empty() { "()".to_owned() } else { format!("(\n{}\n)", clauses.join(",\n")) };
    let mut step = Step::new(Statement::free(format!("create table {name} {body}")), format!("drop table {name}"));
    if comment.is_some() {
        step.up.push(Statement::free(comment_on(&format!("table {name}"), comment)));
    }
    for one in columns.iter().filter(|one| one.comment.is_some()) {
        let column = word::name("name", &one.name)?;
        step.up.push(Statement::free(comment_on(&format!("column {name}.{column}"), one.comment.as_deref())));
    }
    if primary_key.is_empty() {
        step = step.note(Note::new("no_key", "Without a primary key one row can't be told from another, so its rows can't be edited"));
    }
    p.makes(schema, table);
    Ok(step.losing(Note::new("new_rows", "Going back drops what was entered since")))
}

pub async fn rename(p: &mut Planner<'_>, schema: &str, table: &str, to: &str) -> Result<Step> {
    let relation = p.relation(schema, table).await?;
    p.is_free(schema, "to", to).await?;
    p.touch(relation.shown.clone())?;
    let what = if relation.kind == "v" { "view" } else { "table" };
    let (old, new) = (word::name("table", table)?, word::name("to", to)?);
    let moved = word::qualified(schema, "to", to)?;
    let up = Statement::exclusive(format!("alter {what} {} rename to {new}", relation.sql), &relation.shown);
    let used = p.dependents("pg_class", relation.oid, 0, Effect::Follows, Effect::Follows).await?;
    let others = used.into_iter().filter(|one| one.kind != "default value").collect();
    Ok(Step::new(up, format!("alter {what} {moved} rename to {old}")).used_by(others).note(by_name()))
}

pub async fn comment(p: &mut Planner<'_>, schema: &str, table: &str, comment: Option<&str>) -> Result<Step> {
    let relation = p.relation(schema, table).await?;
    p.touch(format!("comment of {}", relation.shown))?;
    let what = match relation.kind.as_str() {
        "v" => "view",
        "m" => "materialized view",
        "f" => "foreign table",
        _ => "table",
    };
    let what = format!("{what} {}", relation.sql);
    let up = Statement::free(comment_on(&what, comment)).lock("SHARE UPDATE EXCLUSIVE", &relation.shown, Blocks::Changes);
    Ok(Step::new(up, comment_on(&what, relation.comment.as_deref())))
}

pub async fn drop(p: &mut Planner<'_>, schema: &str, table: &str) -> Result<Step> {
    let relation = p.table(schema, table).await?;
    if relation.kind != "r" || relation.has_relatives || relation.is_partition {
        let text =
            format!("{} has partitions or children, or is one of them; the way back could not make that again. Use SQL.", relation.shown);
        return Err(Problem::field("table", "kind", text));
    }
    p.touch(relation.shown.clone())?;
    let used = p.dropped("pg_class", relation.oid, 0).await?;
    let up = Statement::exclusive(format!("drop table {}", relation.sql), &relation.shown);
    let mut step = Step { up: vec![up], down: restore::definition(p, &relation).await?, ..Step::default() };
    for row in p.ask(queries::CONSTRAINTS, &[&relation.oid, &None::<&str>]).await? {
        if let Some(target) = row.get::<_, Option<String>>(7)
            && let Some(statement) = step.up.first_mut()
        {
            *statement = statement.clone().lock("ACCESS EXCLUSIVE", &target, Blocks::Everything);
        }
    }
    Ok(step.used_by(used.into_iter().filter(|one| one.kind != "default value").collect()).losing(rows_lost()))
}
