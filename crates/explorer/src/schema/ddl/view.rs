//! Views.

use super::super::plan::{Effect, Note, Statement, Step};
use super::super::planner::{Planner, Relation};
use super::super::{queries, word};
use super::comment_on;
use kernel::{Problem, Result};

/// From this version on a view can be looked at with the rights of whoever looks.
const INVOKER: i32 = 150_000;

/// The statements that make a view as it is.
pub async fn definition(p: &Planner<'_>, view: &Relation) -> Result<Vec<String>> {
    let query: String = p.ask(queries::VIEW_QUERY, &[&view.oid]).await?.first().map(|row| row.get(0)).unwrap_or_default();
    let with = if view.options.is_empty() { String::new() } else { format!(" with ({})", view.options.join(", ")) };
    let mut sql = vec![format!("create view {}{with} as {}", view.sql, query.trim().trim_end_matches(';'))];
    if let Some(comment) = &view.comment {
        sql.push(comment_on(&format!("view {}", view.sql), Some(comment)));
    }
    sql.extend(p.ask(queries::GRANTS, &[&view.oid]).await?.iter().map(|row| row.get::<_, String>(0)));
    Ok(sql)
}

async fn find(p: &mut Planner<'_>, schema: &str, name: &str) -> Result<Relation> {
    let view = p.relation(schema, name).await?;
    if view.kind == "v" { Ok(view) } else { Err(Problem::field("name", "kind", format!("{} is no view", view.shown))) }
}

pub async fn create(p: &mut Planner<'_>, schema: &str, name: &str, query: &str, invoker: bool, replace: bool) -> Result<Step> {
    p.space(schema).await?;
    let query = word::query("query", query)?;
    p.reads("query", &query).await?;
    let old = match replace {
        true => Some(find(p, schema, name).await?),
        false => {
            p.is_free(schema, "name", name).await?;
            None
        }
    };
    let quoted = word::qualified(schema, "name", name)?;
    let with = if invoker && p.version >= INVOKER { " with (security_invoker = true)" } else { "" };
    let drop = format!("drop view {quoted}");
    let sql = format!("create {}view {quoted}{with} as\n{query}", if replace { "or replace " } else { "" });
    let mut step = match &old {
        None => Step::new(Statement::free(sql), drop),
        Some(old) => {
            let mut down = vec![drop];
            down.extend(definition(p, old).await?);
            let used = p.dependents("pg_class", old.oid, 0, Effect::Follows, Effect::Follows).await?;
            Step { up: vec![Statement::exclusive(sql, &old.shown)], down, ..Step::default() }.used_by(used)
        }
    };
    p.touch(format!("{schema}.{name}"))?;
    if with.is_empty() {
        step = step.note(Note::new("owners_rights", "Whoever looks at it sees what its owner may see, and row policies are passed over"));
    }
    Ok(step)
}

pub async fn drop(p: &mut Planner<'_>, schema: &str, name: &str) -> Result<Step> {
    let view = find(p, schema, name).await?;
    p.touch(view.shown.clone())?;
    let used = p.dropped("pg_class", view.oid, 0).await?;
    let up = Statement::exclusive(format!("drop view {}", view.sql), &view.shown);
    Ok(Step { up: vec![up], down: definition(p, &view).await?, ..Step::default() }.used_by(used))
}
