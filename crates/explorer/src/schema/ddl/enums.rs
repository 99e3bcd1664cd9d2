//! Enumerations.

use super::super::plan::{Note, Statement, Step};
use super::super::planner::Planner;
use super::super::{queries, word};
use super::comment_on;
use kernel::{Problem, Result};
use std::collections::HashSet;
use tokio_postgres::Row;

async fn find(p: &mut Planner<'_>, schema: &str, name: &str) -> Result<Row> {
    let row = seen(p, schema, name).await?;
    p.touch(format!("{schema}.{name}"))?;
    Ok(row)
}

/// An enumeration that is to be changed; what isn't ours is noted.
///
/// # Errors
/// 404 when there is none; 403 when it is the panel's or an extension's.
pub async fn seen(p: &mut Planner<'_>, schema: &str, name: &str) -> Result<Row> {
    p.may_touch(schema)?;
    word::name("name", name)?;
    let Some(row) = p.ask(queries::ENUM, &[&schema, &name]).await?.pop() else {
        return Err(Problem::not_found(format_args!("enumeration {schema}.{name}")));
    };
    if row.get(6) {
        return Err(Problem::refused(format!("{schema}.{name} belongs to an extension, which changes it by itself")));
    }
    if !row.get::<_, bool>(2) {
        let foreign = p.foreign(schema, name, row.get(0), row.get(5), row.get(1)).await?;
        p.strange(foreign);
    }
    Ok(row)
}

/// A value as SQL.
fn value(field: &str, text: &str) -> Result<String> {
    word::name(field, text)?;
    Ok(word::literal(text))
}

pub async fn create(p: &mut Planner<'_>, schema: &str, name: &str, values: &[String]) -> Result<Step> {
    p.space(schema).await?;
    let quoted = word::qualified(schema, "name", name)?;
    if !p.ask(queries::TYPE_NAMED, &[&schema, &name]).await?.is_empty() {
        return Err(Problem::field("name", "unique", format!("There is a type or table {name} in {schema} already")));
    }
    let mut seen = HashSet::new();
    let mut list = Vec::with_capacity(values.len());
    for (place, one) in values.iter().enumerate() {
        let field = format!("values.{place}");
        if !seen.insert(one) {
            return Err(Problem::field(field, "unique", "This value is there twice"));
        }
        list.push(value(&field, one)?);
    }
    p.touch(format!("{schema}.{name}"))?;
    Ok(Step::new(Statement::free(format!("create type {quoted} as enum ({})", list.join(", "))), format!("drop type {quoted}")))
}

pub async fn add(p: &mut Planner<'_>, schema: &str, name: &str, new: &str, before: Option<&str>) -> Result<Step> {
    let row = find(p, schema, name).await?;
    let values: Vec<String> = row.get(3);
    if values.iter().any(|one| one == new) {
        return Err(Problem::field("value", "unique", "This value is there already"));
    }
    let mut sql = format!("alter type {} add value {}", word::qualified(schema, "name", name)?, value("value", new)?);
    if let Some(before) = before {
        if !values.iter().any(|one| one == before) {
            return Err(Problem::field("before", "unknown", format!("There is no value {before}")));
        }
        sql.push_str(&format!(" before {}", value("before", before)?));
    }
    let step = Step { up: vec![Statement::free(sql)], ..Step::default() };
    Ok(step.losing(Note::new("enum_value", "PostgreSQL can't take a value out of an enumeration again").about(new)))
}

pub async fn rename(p: &mut Planner<'_>, schema: &str, name: &str, old: &str, to: &str) -> Result<Step> {
    let row = find(p, schema, name).await?;
    let values: Vec<String> = row.get(3);
    if !values.iter().any(|one| one == old) {
        return Err(Problem::field("value", "unknown", format!("There is no value {old}")));
    }
    if values.iter().any(|one| one == to) {
        return Err(Problem::field("to", "unique", "This value is there already"));
    }
    let quoted = word::qualified(schema, "name", name)?;
    let sql = |from: &str, to: &str| {
        Ok::<_, Problem>(format!("alter type {quoted} rename value {} to {}", value("value", from)?, value("to", to)?))
    };
    let step = Step::new(Statement::free(sql(old, to)?), sql(to, old)?);
    Ok(step.note(Note::new("value_by_name", "Functions, policies and programs that say the old value don't follow")))
}

pub async fn drop(p: &mut Planner<'_>, schema: &str, name: &str) -> Result<Step> {
    let row = find(p, schema, name).await?;
    let quoted = word::qualified(schema, "name", name)?;
    let values: Vec<String> = row.get(3);
    let list: Vec<String> = values.iter().map(|one| word::literal(one)).collect();
    let used = p.dropped("pg_type", row.get(0), 0).await?;
    let down = format!("create type {quoted} as enum ({})", list.join(", "));
    let mut step = Step::new(Statement::free(format!("drop type {quoted}")), down);
    if let Some(comment) = row.get::<_, Option<&str>>(4) {
        step.down.push(comment_on(&format!("type {quoted}"), Some(comment)));
    }
    Ok(step.used_by(used))
}
