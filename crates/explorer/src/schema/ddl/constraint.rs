//! Rules of a table: keys, uniques, checks, references.

use super::super::change::Rule;
use super::super::plan::{Blocks, Note, Statement, Step, Work};
use super::super::planner::{Planner, Relation};
use super::super::{queries, word};
use super::restore;
use kernel::{Problem, Result};
use tokio_postgres::Row;

async fn find(p: &Planner<'_>, table: &Relation, name: &str) -> Result<Row> {
    word::name("name", name)?;
    let found = p.ask(queries::CONSTRAINTS, &[&table.oid, &Some(name)]).await?.pop();
    found.ok_or_else(|| Problem::not_found(format_args!("rule {name} of {}", table.shown)))
}

/// Columns that are there, as SQL.
async fn columns(p: &Planner<'_>, table: &Relation, field: &str, names: &[String]) -> Result<String> {
    if names.is_empty() {
        return Err(Problem::field(field, "required", "Name at least one column"));
    }
    let mut sql = Vec::with_capacity(names.len());
    for name in names {
        sql.push(word::name(field, name)?);
        if !table.is_new() && !p.has_column(table, name).await? {
            return Err(Problem::field(field, "unknown", format!("{} has no column {name}", table.shown)));
        }
    }
    Ok(sql.join(", "))
}

pub async fn add(p: &mut Planner<'_>, schema: &str, table: &str, name: &str, rule: &Rule, not_valid: bool) -> Result<Step> {
    let table = p.table(schema, table).await?;
    let quoted = word::name("name", name)?;
    p.touch(format!("rule {name} of {}", table.shown))?;
    if !table.is_new() && !p.ask(queries::CONSTRAINTS, &[&table.oid, &Some(name)]).await?.is_empty() {
        return Err(Problem::field("name", "unique", format!("{} has a rule {name} already", table.shown)));
    }
    let begin = format!("alter table {} add constraint {quoted}", table.sql);
    let end = if not_valid { " not valid" } else { "" };
    let down = format!("alter table {} drop constraint {quoted}", table.sql);
    let scan = if not_valid || table.is_new() { Work::Nothing } else { Work::Scan };
    let validated_later =
        || Note::new("validate_later", "Every row is read while it is locked. Without that: add it as not valid, then validate it");
    let mut step = match rule {
        Rule::Check { expression } => {
            let sql = word::expression("rule.expression", expression)?;
            if !table.is_new() {
                p.reads("rule.expression", &format!("select from {} where {sql}", table.sql)).await?;
            }
            Step::new(Statement::exclusive(format!("{begin} check {sql}{end}"), &table.shown).work(scan), down)
        }
        Rule::Unique { columns, index } => return keyed(p, &table, &begin, down, ("unique", columns, index.as_deref(), not_valid)).await,
        Rule::PrimaryKey { columns, index } => {
            return keyed(p, &table, &begin, down, ("primary key", columns, index.as_deref(), not_valid)).await;
        }
        Rule::ForeignKey { columns: own, target_schema, target_table, target_columns, on_delete, on_update } => {
            let list = columns(p, &table, "rule.columns", own).await?;
            let target = referenced(p, target_schema, target_table).await?;
            let theirs = columns(p, &target, "rule.target_columns", target_columns).await?;
            let sql = format!(
                "{begin} foreign key ({list}) references {} ({theirs}) on delete {} on update {}{end}",
                target.sql,
                on_delete.sql(),
                on_update.sql()
            );
            let mut up = Statement::free(sql).work(scan).lock("SHARE ROW EXCLUSIVE", &table.shown, Blocks::Writes);
            if target.shown != table.shown {
                up = up.lock("SHARE ROW EXCLUSIVE", &target.shown, Blocks::Writes);
            }
            let step = Step::new(up, down);
            if is_indexed(p, &table, own).await? {
                step
            } else {
                step.note(Note::new(
                    "reference_without_index",
                    "No index begins with these columns: deleting a row over there will read this whole table",
                ))
            }
        }
    };
    if scan == Work::Scan {
        step = step.note(validated_later());
    }
    Ok(step)
}

/// The other table of a reference. PostgreSQL wants a right on it that its owner gives.
async fn referenced(p: &mut Planner<'_>, schema: &str, table: &str) -> Result<Relation> {
    // Whether it is ours doesn't matter where the right was given.
    let foreign = p.plan.foreign.clone();
    let target = p.table(schema, table).await?;
    if !target.is_new() && p.ask(queries::MAY_REFERENCE, &[&target.oid]).await?.first().is_some_and(|row| row.get(0)) {
        p.plan.foreign = foreign;
    }
    Ok(target)
}

async fn is_indexed(p: &Planner<'_>, table: &Relation, columns: &[String]) -> Result<bool> {
    if table.is_new() {
        return Ok(true);
    }
    Ok(p.ask(queries::LEADS_AN_INDEX, &[&table.oid, &columns]).await?.first().is_some_and(|row| row.get(0)))
}

/// A rule that an index keeps.
async fn keyed(
    p: &mut Planner<'_>,
    table: &Relation,
    begin: &str,
    down: String,
    (kind, names, index, not_valid): (&str, &[String], Option<&str>, bool),
) -> Result<Step> {
    if not_valid {
        return Err(Problem::field("not_valid", "rule", "Only checks and references can be added before rows are looked at"));
    }
    if let Some(index) = index {
        let schema = table.shown.split_once('.').map_or("", |(schema, _)| schema);
        let found = p.ask(queries::INDEX, &[&schema, &index]).await?.pop();
        let Some(row) = found.filter(|row| format!("{}.{}", row.get::<_, &str>(2), row.get::<_, &str>(3)) == table.shown) else {
            return Err(Problem::field("rule.index", "unknown", format!("{} has no index {index}", table.shown)));
        };
        if !row.get::<_, bool>(4) || !row.get::<_, bool>(8) || row.get::<_, Option<&str>>(5).is_some() {
            return Err(Problem::field("rule.index", "kind", "It must be unique, whole, and not a rule's already"));
        }
        let up = Statement::exclusive(format!("{begin} {kind} using index {}", word::name("rule.index", index)?), &table.shown);
        let step = Step { up: vec![up], down: vec![down, row.get(1)], ..Step::default() };
        return Ok(step.note(Note::new("index_renamed", "The index takes the name of the rule")));
    }
    let list = columns(p, table, "rule.columns", names).await?;
    let work = if table.is_new() { Work::Nothing } else { Work::Index };
    let mut step = Step::new(Statement::exclusive(format!("{begin} {kind} ({list})"), &table.shown).work(work), down);
    if kind == "primary key" {
        for name in names {
            let row = p.ask(queries::COLUMNS, &[&table.oid, &Some(name)]).await?.pop();
            if row.is_some_and(|row| !row.get::<_, bool>(3)) {
                step.down.push(format!("alter table {} alter column {} drop not null", table.sql, word::name("rule.columns", name)?));
            }
        }
    }
    if work == Work::Index {
        let text = "The index is built while nobody else can use the table. Without that: create a unique index concurrently, then add the rule with that index";
        step = step.note(Note::new("index_first", text));
    }
    Ok(step)
}

pub async fn validate(p: &mut Planner<'_>, schema: &str, table: &str, name: &str) -> Result<Step> {
    let table = p.table(schema, table).await?;
    p.touch(format!("rule {name} of {}", table.shown))?;
    let row = find(p, &table, name).await?;
    if row.get(3) {
        return Err(Problem::field("name", "same", "It is validated already"));
    }
    let quoted = word::name("name", name)?;
    let mut up = Statement::free(format!("alter table {} validate constraint {quoted}", table.sql))
        .lock("SHARE UPDATE EXCLUSIVE", &table.shown, Blocks::Changes)
        .work(Work::Scan);
    if let Some(target) = row.get::<_, Option<&str>>(7) {
        up = up.lock("ROW SHARE", target, Blocks::Changes);
    }
    let mut step = Step { up: vec![up], down: vec![format!("alter table {} drop constraint {quoted}", table.sql)], ..Step::default() };
    step.down.extend(restore::constraint(&table.sql, &row)?);
    Ok(step)
}

pub async fn drop(p: &mut Planner<'_>, schema: &str, table: &str, name: &str) -> Result<Step> {
    let table = p.table(schema, table).await?;
    p.touch(format!("rule {name} of {}", table.shown))?;
    let row = find(p, &table, name).await?;
    let sql = format!("alter table {} drop constraint {}", table.sql, word::name("name", name)?);
    let mut up = Statement::exclusive(sql, &table.shown);
    if let Some(target) = row.get::<_, Option<&str>>(7) {
        up = up.lock("ACCESS EXCLUSIVE", target, Blocks::Everything);
    }
    let mut used = p.dropped("pg_constraint", row.get(4), 0).await?;
    let index: u32 = row.get(5);
    if index != 0 && row.get::<_, &str>(1) != "f" {
        used.extend(p.dropped("pg_class", index, 0).await?);
    }
    Ok(Step { up: vec![up], down: restore::constraint(&table.sql, &row)?, ..Step::default() }.used_by(used))
}
