//! Indexes.

use super::super::change::{Change, Key};
use super::super::plan::{Blocks, Note, Statement, Step, Work};
use super::super::planner::{Planner, Relation};
use super::super::{queries, word};
use super::comment_on;
use kernel::{Problem, Result};

const METHODS: [&str; 6] = ["btree", "hash", "gin", "gist", "spgist", "brin"];

pub async fn create(p: &mut Planner<'_>, change: &Change) -> Result<Step> {
    let Change::CreateIndex { schema, table, name, keys, unique, method, include, only, concurrently } = change else {
        return Err(Problem::internal("not an index"));
    };
    let relation = p.relation(schema, table).await?;
    if !matches!(relation.kind.as_str(), "r" | "p" | "m") {
        return Err(Problem::field("table", "kind", format!("{} can't have an index", relation.shown)));
    }
    p.is_free(schema, "name", name).await?;
    if *concurrently && relation.kind == "p" {
        let text = "PostgreSQL can't do that for a partitioned table: build it on each partition, or say concurrently: false";
        return Err(Problem::field("concurrently", "kind", text));
    }
    let method = method.as_deref().unwrap_or("btree");
    if !METHODS.contains(&method) {
        return Err(Problem::field("method", "choice", format!("One of {}", METHODS.join(", "))));
    }
    let mut list = Vec::with_capacity(keys.len());
    for (place, key) in keys.iter().enumerate() {
        list.push(part(p, &relation, &format!("keys.{place}"), key).await?);
    }
    if list.is_empty() {
        return Err(Problem::field("keys", "required", "Name at least one column"));
    }
    let mut sql = format!("create {}index ", if *unique { "unique " } else { "" });
    sql.push_str(if *concurrently { "concurrently " } else { "" });
    sql.push_str(&format!("{} on {} using {method} ({})", word::name("name", name)?, relation.sql, list.join(", ")));
    if !include.is_empty() {
        let beside = include.iter().map(|column| word::name("include", column)).collect::<Result<Vec<_>>>()?;
        sql.push_str(&format!(" include ({})", beside.join(", ")));
    }
    if let Some(only) = only {
        let condition = word::expression("where", only)?;
        if !relation.is_new() {
            p.reads("where", &format!("select from {} where {condition}", relation.sql)).await?;
        }
        sql.push_str(&format!(" where {condition}"));
    }
    p.touch(format!("{schema}.{name}"))?;
    let down = |how: &str| Ok::<_, Problem>(format!("drop index {how}{}", word::qualified(schema, "name", name)?));
    let statement = Statement::free(sql).work(if relation.is_new() { Work::Nothing } else { Work::Index });
    if *concurrently {
        let up = statement.lock("SHARE UPDATE EXCLUSIVE", &relation.shown, Blocks::Changes).alone().leaving(schema, name);
        return Ok(Step::new(up, down("concurrently ")?));
    }
    let step = Step::new(statement.lock("SHARE", &relation.shown, Blocks::Writes), down("")?);
    Ok(if relation.is_new() {
        step
    } else {
        step.note(Note::new(
            "concurrently",
            "Nobody writes to the table while the index is built. Built concurrently it takes longer, and writes go on",
        ))
    })
}

async fn part(p: &Planner<'_>, table: &Relation, field: &str, key: &Key) -> Result<String> {
    let order = if key.descending { " desc" } else { "" };
    match (&key.column, &key.expression) {
        (Some(column), None) => {
            if !table.is_new() && !p.has_column(table, column).await? {
                return Err(Problem::field(format!("{field}.column"), "unknown", format!("{} has no column {column}", table.shown)));
            }
            Ok(format!("{}{order}", word::name(field, column)?))
        }
        (None, Some(expression)) => {
            let at = format!("{field}.expression");
            let sql = word::expression(&at, expression)?;
            if !table.is_new() {
                p.reads(&at, &format!("select {sql} from {}", table.sql)).await?;
            }
            Ok(format!("{sql}{order}"))
        }
        _ => Err(Problem::field(field, "one", "A column or an expression, one of these")),
    }
}

pub async fn drop(p: &mut Planner<'_>, schema: &str, name: &str, concurrently: bool) -> Result<Step> {
    p.may_touch(schema)?;
    let quoted = word::qualified(schema, "name", name)?;
    let Some(row) = p.ask(queries::INDEX, &[&schema, &name]).await?.pop() else {
        return Err(Problem::not_found(format_args!("index {schema}.{name}")));
    };
    if let Some(rule) = row.get::<_, Option<&str>>(5) {
        return Err(Problem::field("name", "rule", format!("It belongs to the rule {rule}: drop that")));
    }
    let table = p.relation(row.get(2), row.get(3)).await?;
    if concurrently && row.get::<_, &str>(7) == "I" {
        return Err(Problem::field("concurrently", "kind", "PostgreSQL can't do that for a partitioned table"));
    }
    p.touch(format!("{schema}.{name}"))?;
    let used = p.dropped("pg_class", row.get(0), 0).await?;
    let sql = format!("drop index {}{quoted}", if concurrently { "concurrently " } else { "" });
    let up = if concurrently {
        Statement::free(sql).lock("SHARE UPDATE EXCLUSIVE", &table.shown, Blocks::Changes).alone()
    } else {
        Statement::exclusive(sql, &table.shown)
    };
    let mut step = Step::new(up, row.get::<_, String>(1)).used_by(used);
    if let Some(comment) = row.get::<_, Option<&str>>(6) {
        step.down.push(comment_on(&format!("index {quoted}"), Some(comment)));
    }
    Ok(step)
}
