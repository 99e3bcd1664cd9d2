//! Columns.

use super::super::change::{Column, Identity};
use super::super::plan::{Blocks, Dependent, Effect, Note, Statement, Step, Work};
use super::super::planner::{Planner, Relation};
use super::super::{queries, word};
use super::{by_name, comment_on, restore, rows_lost};
use kernel::{Problem, Result};

/// A column as part of `create table` or `add column`, and whether rows that are there have to be written for it.
pub async fn clause(p: &Planner<'_>, field: &str, column: &Column) -> Result<(String, bool)> {
    let at = |part: &str| if field.is_empty() { part.to_owned() } else { format!("{field}.{part}") };
    let name = word::name(&at("name"), &column.name)?;
    let (kind, _) = p.kind(&at("type"), &column.kind).await?;
    let mut sql = format!("{name} {kind}");
    let given = [column.default.is_some(), column.identity.is_some(), column.generated.is_some()];
    if given.iter().filter(|is| **is).count() > 1 {
        return Err(Problem::field(at("default"), "one", "A column has a default, numbers by itself or is generated: one of these"));
    }
    let mut rewrites = column.identity.is_some() || column.generated.is_some();
    if let Some(default) = &column.default {
        let expression = word::expression(&at("default"), default)?;
        p.reads(&at("default"), &format!("select {expression}")).await?;
        rewrites = p.is_volatile(default).await?;
        sql.push_str(&format!(" default {expression}"));
    }
    if let Some(identity) = column.identity {
        let how = match identity {
            Identity::Always => "always",
            Identity::ByDefault => "by default",
        };
        sql.push_str(&format!(" generated {how} as identity"));
    }
    if let Some(generated) = &column.generated {
        sql.push_str(&format!(" generated always as {} stored", word::expression(&at("generated"), generated)?));
    }
    if !column.nullable {
        sql.push_str(" not null");
    }
    Ok((sql, rewrites))
}

pub async fn add(p: &mut Planner<'_>, schema: &str, table: &str, column: &Column) -> Result<Step> {
    let table = p.table(schema, table).await?;
    p.touch_column(&table, &column.name, "all")?;
    if p.has_column(&table, &column.name).await? {
        return Err(Problem::field("column.name", "unique", format!("{} has a column {} already", table.shown, column.name)));
    }
    let (clause, rewrites) = clause(p, "column", column).await?;
    let name = word::name("column.name", &column.name)?;
    let up = Statement::exclusive(format!("alter table {} add column {clause}", table.sql), &table.shown);
    let up = up.work(if rewrites && !table.is_new() { Work::Rewrite } else { Work::Nothing });
    let mut step = Step::new(up, format!("alter table {} drop column {name}", table.sql));
    if let Some(comment) = &column.comment {
        step.up.push(commented(&table, &name, Some(comment)));
    }
    if rewrites && column.default.is_some() && !table.is_new() {
        step = step.note(Note::new(
            "volatile_default",
            "The default is worked out anew for each row, so the whole table is written. Quicker: add the column without it, set the default, then fill the rows in batches",
        ));
    }
    if !column.nullable && column.default.is_none() && column.identity.is_none() && column.generated.is_none() && !table.is_new() {
        step = step.note(Note::new("not_null_without_default", "Refused as soon as the table has a row, which would have no value there"));
    }
    Ok(step)
}

fn commented(table: &Relation, column: &str, comment: Option<&str>) -> Statement {
    let sql = comment_on(&format!("column {}.{column}", table.sql), comment);
    Statement::free(sql).lock("SHARE UPDATE EXCLUSIVE", &table.shown, Blocks::Changes)
}

pub async fn rename(p: &mut Planner<'_>, schema: &str, table: &str, column: &str, to: &str) -> Result<Step> {
    let table = p.relation(schema, table).await?;
    p.touch_column(&table, column, "the name")?;
    let row = p.column(&table, column).await?;
    if p.has_column(&table, to).await? {
        return Err(Problem::field("to", "unique", format!("{} has a column {to} already", table.shown)));
    }
    let (old, new) = (word::name("column", column)?, word::name("to", to)?);
    let sql = |from: &str, to: &str| format!("alter table {} rename column {from} to {to}", table.sql);
    let used = p.dependents("pg_class", table.oid, row.get(1), Effect::Follows, Effect::Follows).await?;
    Ok(Step::new(Statement::exclusive(sql(&old, &new), &table.shown), sql(&new, &old)).used_by(used).note(by_name()))
}

pub async fn set_type(p: &mut Planner<'_>, schema: &str, table: &str, column: &str, kind: &str, using: Option<&str>) -> Result<Step> {
    let table = p.table(schema, table).await?;
    p.touch_column(&table, column, "the type")?;
    let row = p.column(&table, column).await?;
    let (kind, oid) = p.kind("type", kind).await?;
    let name = word::name("column", column)?;
    let old: String = row.get(2);
    let using_sql = match using {
        Some(using) => {
            let expression = word::expression("using", using)?;
            p.reads("using", &format!("select {expression} from {}", table.sql)).await?;
            format!(" using {expression}")
        }
        None => String::new(),
    };
    let same = p.ask(queries::SAME_BYTES, &[&row.get::<_, u32>(9), &oid]).await?.first().is_some_and(|row| row.get(0));
    let is_quick = same && using.is_none() && grows(row.get(10), &kind);
    let up = Statement::exclusive(format!("alter table {} alter column {name} type {kind}{using_sql}", table.sql), &table.shown);
    let up = up.work(if is_quick { Work::Nothing } else { Work::Rewrite });
    let down = format!("alter table {} alter column {name} type {old} using {name}::{old}", table.sql);
    let used = p.dependents("pg_class", table.oid, row.get(1), Effect::Blocks, Effect::Follows).await?;
    // A column that is worked out from it stands in the way, as PostgreSQL sees it; its own default doesn't.
    let own = format!(".{column}");
    let others = |one: &Dependent| one.kind != "default value" || !one.name.trim_matches('"').ends_with(&own);
    let effect = |one: Dependent| Dependent { effect: if one.kind == "default value" { Effect::Blocks } else { one.effect }, ..one };
    let step = Step::new(up, down).used_by(used.into_iter().filter(others).map(effect).collect());
    if is_quick {
        return Ok(step);
    }
    Ok(step.losing(Note::new("cut", "What the new type cuts or rounds stays so")).note(Note::new(
        "rewrite",
        "The whole table and its indexes are written. Quicker: add a column of the new type, fill it in batches, then exchange the two",
    )))
}

/// Whether a limit, where there is one, isn't narrower than the old: then no value has to be looked at.
fn grows(old: i32, kind: &str) -> bool {
    let limit = kind.split_once('(').map(|(_, rest)| rest.trim_end_matches(|c: char| c == ')' || c.is_whitespace()).trim().parse::<i32>());
    match limit {
        None => true,
        // PostgreSQL keeps the limit of a varchar with 4 added.
        Some(Ok(limit)) => old >= 4 && limit + 4 >= old && kind.to_lowercase().contains("var"),
        Some(Err(_)) => false,
    }
}

pub async fn set_default(p: &mut Planner<'_>, schema: &str, table: &str, column: &str, default: Option<&str>) -> Result<Step> {
    let table = p.relation(schema, table).await?;
    p.touch_column(&table, column, "the default")?;
    let row = p.column(&table, column).await?;
    if !row.get::<_, &str>(5).is_empty() || !row.get::<_, &str>(6).is_empty() {
        return Err(Problem::field("column", "default", "A column that is generated or numbers by itself has no default"));
    }
    let name = word::name("column", column)?;
    let set = |value: Option<String>| match value {
        Some(value) => format!("alter table {} alter column {name} set default {value}", table.sql),
        None => format!("alter table {} alter column {name} drop default", table.sql),
    };
    let expression = default.map(|text| word::expression("default", text)).transpose()?;
    if let Some(expression) = &expression {
        p.reads("default", &format!("select {expression}")).await?;
    }
    Ok(Step::new(Statement::exclusive(set(expression), &table.shown), set(row.get(4))))
}

pub async fn set_nullable(p: &mut Planner<'_>, schema: &str, table: &str, column: &str, nullable: bool) -> Result<Step> {
    let table = p.table(schema, table).await?;
    p.touch_column(&table, column, "whether a value is needed")?;
    let row = p.column(&table, column).await?;
    if row.get::<_, bool>(3) != nullable {
        return Err(Problem::field("nullable", "same", "It is so already"));
    }
    let name = word::name("column", column)?;
    let sql = |what: &str| format!("alter table {} alter column {name} {what} not null", table.sql);
    if nullable {
        let step = Step::new(Statement::exclusive(sql("drop"), &table.shown), sql("set"));
        return Ok(step.losing(Note::new("not_null_later", "Going back is refused while a row has no value there")));
    }
    let step = Step::new(Statement::exclusive(sql("set"), &table.shown).work(Work::Scan), sql("drop"));
    Ok(step.note(Note::new(
        "not_null_scan",
        "Every row is read while nobody else can use the table. Without that: add a check (column is not null) as not valid, validate it, then do this",
    )))
}

pub async fn comment(p: &mut Planner<'_>, schema: &str, table: &str, column: &str, comment: Option<&str>) -> Result<Step> {
    let table = p.relation(schema, table).await?;
    p.touch_column(&table, column, "the comment")?;
    let row = p.column(&table, column).await?;
    let name = word::name("column", column)?;
    let before = comment_on(&format!("column {}.{name}", table.sql), row.get(7));
    Ok(Step::new(commented(&table, &name, comment), before))
}

pub async fn drop(p: &mut Planner<'_>, schema: &str, table: &str, column: &str) -> Result<Step> {
    let table = p.table(schema, table).await?;
    p.touch_column(&table, column, "all")?;
    let row = p.column(&table, column).await?;
    let name = word::name("column", column)?;
    let up = Statement::exclusive(format!("alter table {} drop column {name}", table.sql), &table.shown);
    let back = restore::column(&table.sql, &row)?;
    let mut step = Step { up: vec![up], down: back.before, ..Step::default() };
    step.down.push(format!("alter table {} add column {}", table.sql, back.clause));
    step.down.extend(back.after);
    let number: i32 = row.get(1);
    step.down.extend(p.ask(queries::ALONG, &[&table.oid, &number]).await?.iter().map(|row| row.get::<_, String>(0)));
    let used = p.dropped("pg_class", table.oid, number).await?;
    if row.get(3) && row.get::<_, Option<&str>>(4).is_none() {
        step = step.losing(Note::new("not_null_later", "Going back is refused while a row has no value there"));
    }
    let used = used.into_iter().filter(|one| one.kind != "default value" || one.effect == Effect::Blocks).collect();
    Ok(step.used_by(used).losing(rows_lost()).losing(Note::new("place", "The column comes back as the last one")))
}

#[cfg(test)]
mod tests {
    use super::grows;

    #[test]
    fn a_limit_that_grows_needs_no_look() {
        assert!(grows(14, "varchar(20)") && grows(14, "text") && grows(-1, "text") && grows(14, "character varying(10)"));
        assert!(!grows(14, "varchar(5)") && !grows(-1, "varchar(5)") && !grows(14, "numeric(10,2)"));
    }
}
