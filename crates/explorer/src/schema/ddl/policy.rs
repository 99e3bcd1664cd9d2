//! Row policies, and the switches that put them in force.

use super::super::change::{Change, Command};
use super::super::plan::{Note, Statement, Step};
use super::super::planner::{Planner, Relation};
use super::super::{queries, word};
use super::comment_on;
use kernel::{Problem, Result};
use tokio_postgres::Row;

/// The statements from one state of both switches to another.
pub fn switches(table: &str, (on, forced): (bool, bool), (to_on, to_forced): (bool, bool)) -> Vec<String> {
    let mut sql = Vec::new();
    if on != to_on {
        sql.push(format!("alter table {table} {} row level security", if to_on { "enable" } else { "disable" }));
    }
    if forced != to_forced {
        sql.push(format!("alter table {table} {} row level security", if to_forced { "force" } else { "no force" }));
    }
    sql
}

pub async fn switch(p: &mut Planner<'_>, schema: &str, table: &str, enabled: bool, forced: bool) -> Result<Step> {
    let table = p.table(schema, table).await?;
    p.touch(format!("row security of {}", table.shown))?;
    let (before, after) = ((table.row_security, table.forced), (enabled, forced));
    if before == after {
        return Err(Problem::field("enabled", "same", "It is so already"));
    }
    let up = switches(&table.sql, before, after).into_iter().map(|sql| Statement::exclusive(sql, &table.shown)).collect();
    let step = Step { up, down: switches(&table.sql, after, before), ..Step::default() };
    if !enabled {
        return Ok(
            step.note(Note::new("rows_open", "Its policies stay, and nobody is bound by them: who may read the table sees every row"))
        );
    }
    let none = !table.is_new() && p.ask(queries::POLICIES, &[&table.oid, &None::<&str>]).await?.is_empty();
    Ok(if none && !before.0 {
        step.note(Note::new("rows_shut", "It has no policy: nobody but its owner and who is above policies sees a row until there is one"))
    } else {
        step
    })
}

/// Roles as SQL.
async fn roles(p: &Planner<'_>, names: &[String]) -> Result<String> {
    let mut sql = Vec::with_capacity(names.len());
    for name in names {
        if name == "public" {
            sql.push("public".to_owned());
            continue;
        }
        sql.push(word::name("roles", name)?);
        if !p.ask(queries::ROLE, &[name]).await?.first().is_some_and(|row| row.get(0)) {
            return Err(Problem::field("roles", "unknown", format!("There is no role {name}")));
        }
    }
    Ok(if sql.is_empty() { "public".into() } else { sql.join(", ") })
}

/// `using (…)` or `with check (…)`.
async fn condition(p: &Planner<'_>, table: &Relation, field: &str, text: Option<&str>) -> Result<String> {
    let Some(text) = text else { return Ok(String::new()) };
    let sql = word::expression(field, text)?;
    if !table.is_new() {
        p.reads(field, &format!("select from {} where {sql}", table.sql)).await?;
    }
    Ok(format!(" {} {sql}", if field == "using" { "using" } else { "with check" }))
}

async fn find(p: &Planner<'_>, table: &Relation, name: &str) -> Result<Row> {
    word::name("name", name)?;
    let found = p.ask(queries::POLICIES, &[&table.oid, &Some(name)]).await?.pop();
    found.ok_or_else(|| Problem::not_found(format_args!("policy {name} of {}", table.shown)))
}

/// A policy of the catalogue, made again.
pub fn again(table: &str, row: &Row) -> Result<Vec<String>> {
    let name = word::name("name", row.get(0))?;
    let how = if row.get(1) { "" } else { " as restrictive" };
    let command = command_of(row.get(2));
    let names: Vec<String> = row.get(3);
    let list = names.iter().map(|name| if name == "public" { Ok(name.clone()) } else { word::name("roles", name) });
    let roles = list.collect::<Result<Vec<_>>>()?.join(", ");
    let part = |word: &str, at: usize| row.get::<_, Option<&str>>(at).map(|text| format!(" {word} ({text})")).unwrap_or_default();
    let (using, check) = (part("using", 4), part("with check", 5));
    let mut sql = vec![format!("create policy {name} on {table}{how} for {command} to {roles}{using}{check}")];
    if let Some(comment) = row.get::<_, Option<&str>>(6) {
        sql.push(comment_on(&format!("policy {name} on {table}"), Some(comment)));
    }
    Ok(sql)
}

/// From `pg_policy.polcmd`.
pub fn command_of(letter: &str) -> &'static str {
    match letter {
        "r" => "select",
        "a" => "insert",
        "w" => "update",
        "d" => "delete",
        _ => "all",
    }
}

pub async fn create(p: &mut Planner<'_>, change: &Change) -> Result<Step> {
    let Change::CreatePolicy { schema, table, name, command, permissive, roles: whom, using, check } = change else {
        return Err(Problem::internal("not a policy"));
    };
    let table = p.table(schema, table).await?;
    p.touch(format!("policy {name} of {}", table.shown))?;
    let quoted = word::name("name", name)?;
    if !table.is_new() && !p.ask(queries::POLICIES, &[&table.oid, &Some(name)]).await?.is_empty() {
        return Err(Problem::field("name", "unique", format!("{} has a policy {name} already", table.shown)));
    }
    match command {
        Command::Insert if using.is_some() => {
            return Err(Problem::field("using", "command", "A new row has nothing to be compared with: say it as check"));
        }
        Command::Select | Command::Delete if check.is_some() => {
            return Err(Problem::field("check", "command", "Nothing is written then: say it as using"));
        }
        _ if using.is_none() && check.is_none() => return Err(Problem::field("using", "required", "Say for which rows it holds")),
        _ => {}
    }
    let how = if *permissive { "" } else { " as restrictive" };
    let whom = roles(p, whom).await?;
    let using = condition(p, &table, "using", using.as_deref()).await?;
    let check = condition(p, &table, "check", check.as_deref()).await?;
    let sql = format!("create policy {quoted} on {}{how} for {} to {whom}{using}{check}", table.sql, command.sql());
    let step = Step::new(Statement::exclusive(sql, &table.shown), format!("drop policy {quoted} on {}", table.sql));
    Ok(if table.row_security || table.is_new() { step } else { step.note(not_in_force()) })
}

fn not_in_force() -> Note {
    Note::new("not_in_force", "Row security is off for this table, so nobody is bound by its policies yet")
}

pub async fn alter(
    p: &mut Planner<'_>,
    schema: &str,
    table: &str,
    name: &str,
    whom: &[String],
    using: Option<&str>,
    check: Option<&str>,
) -> Result<Step> {
    let table = p.table(schema, table).await?;
    p.touch(format!("policy {name} of {}", table.shown))?;
    let row = find(p, &table, name).await?;
    let quoted = word::name("name", name)?;
    let whom = roles(p, whom).await?;
    match command_of(row.get(2)) {
        "insert" if using.is_some() => return Err(Problem::field("using", "command", "This policy is about new rows: say it as check")),
        "select" | "delete" if check.is_some() => {
            return Err(Problem::field("check", "command", "This policy is about rows that are there: say it as using"));
        }
        _ => {}
    }
    let using = condition(p, &table, "using", using).await?;
    let check = condition(p, &table, "check", check).await?;
    let up = Statement::exclusive(format!("alter policy {quoted} on {} to {whom}{using}{check}", table.sql), &table.shown);
    let mut down = vec![format!("drop policy {quoted} on {}", table.sql)];
    down.extend(again(&table.sql, &row)?);
    Ok(Step { up: vec![up], down, ..Step::default() })
}

pub async fn rename(p: &mut Planner<'_>, schema: &str, table: &str, name: &str, to: &str) -> Result<Step> {
    let table = p.table(schema, table).await?;
    p.touch(format!("policy {name} of {}", table.shown))?;
    find(p, &table, name).await?;
    if !p.ask(queries::POLICIES, &[&table.oid, &Some(to)]).await?.is_empty() {
        return Err(Problem::field("to", "unique", format!("{} has a policy {to} already", table.shown)));
    }
    let (old, new) = (word::name("name", name)?, word::name("to", to)?);
    let sql = |from: &str, to: &str| format!("alter policy {from} on {} rename to {to}", table.sql);
    Ok(Step::new(Statement::exclusive(sql(&old, &new), &table.shown), sql(&new, &old)))
}

pub async fn drop(p: &mut Planner<'_>, schema: &str, table: &str, name: &str) -> Result<Step> {
    let table = p.table(schema, table).await?;
    p.touch(format!("policy {name} of {}", table.shown))?;
    let row = find(p, &table, name).await?;
    let sql = format!("drop policy {} on {}", word::name("name", name)?, table.sql);
    Ok(Step { up: vec![Statement::exclusive(sql, &table.shown)], down: again(&table.sql, &row)?, ..Step::default() })
}
