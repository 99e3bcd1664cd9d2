//! Taking a change back that was made here: the way back that was written down with it, run like any other list. It is refused
//! where that way brings back less than there was, and where what the change was about isn't any more as it left it.

use super::change::Change;
use super::list;
use super::plan::{self, Blocks, Dependent, Effect, Note, Plan, Statement, Work};
use super::planner::Planner;
use super::{ddl, queries, record};
use crate::source::open::Open;
use deadpool_postgres::ClientWrapper;
use kernel::problem::Kind;
use kernel::{Call, Problem, Result};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Losses after which there is no way back to what was there.
const GONE: [&str; 2] = ["rows", "enum_value"];

/// A change as it was written down.
pub struct Made {
    pub outcome: String,
    /// As they were asked for; null of what was made before they were kept.
    pub changes: Value,
    pub forward: Vec<String>,
    pub back: Vec<String>,
    /// The notes of its plan about what is lost.
    pub lost: Value,
    /// Each thing that it was about, by a hash of what it was afterwards.
    pub left: Option<Value>,
    pub is_taken_back: bool,
}

/// Which change a list takes back, if that is what it does.
pub fn taken(given: &Value) -> Option<Uuid> {
    given[0]["id"].as_str().filter(|_| given[0]["change"] == "take_back")?.parse().ok()
}

/// What taking a change back comes to now, and the changes of names that sensitive columns follow.
///
/// # Errors
/// 404 when it isn't there; 409 when there is no way back, or not from what is there now.
pub async fn plan(call: &Call, source: &Open, conn: &ClientWrapper, owner: String, id: Uuid) -> Result<(Plan, Vec<Change>)> {
    let tx = call.app.db.begin(call.caller()?, call.app.clock.now()).await?;
    let made = record::store::find(tx.db(), id, &source.name).await?;
    tx.rollback().await?;
    let made = made.ok_or_else(|| Problem::not_found(format_args!("schema change {id} of {}", source.name)))?;
    may(&made)?;
    let mut planner = Planner::new(source, conn, owner).await?;
    let now = standing(&mut planner, &made.changes).await?;
    if let Some(what) = differing(made.left.as_ref(), &now) {
        return Err(cannot(format!("{what}. Take that back first, or use the SQL of the way back by hand.")));
    }
    let used_by = hanging(&mut planner, &made.changes).await?;
    let mut plan = std::mem::take(&mut planner.plan);
    plan.used_by = used_by;
    let about: Vec<String> = now.keys().cloned().collect();
    let is_one = made.back.len() == 1;
    plan.statements = made.back.iter().map(|sql| statement(sql, &about, is_one, &made.changes)).collect();
    plan.down.clone_from(&made.forward);
    if plan.statements.iter().any(|one| one.sql.starts_with("drop table") || one.sql.contains(" drop column ")) {
        plan.lost.push(Note::new("new_values", "What was entered there since goes with it"));
    }
    if lost(&made, "cut").is_some() {
        plan.notes.push(Note::new("stays_cut", "What was cut or rounded stays so"));
    }
    Ok((plan.finish(), names(&made.changes)?))
}

/// How a change left what it was about; nothing when that can't be told, and then it can't be taken back.
pub async fn left(source: &Open, conn: &ClientWrapper, owner: String, given: &Value) -> Option<Value> {
    let mut planner = Planner::new(source, conn, owner).await.ok()?;
    standing(&mut planner, given).await.ok().map(Value::Object)
}

fn may(made: &Made) -> Result<()> {
    if made.outcome != "ok" {
        return Err(cannot("It was not made to its end, so there is nothing to take back.".into()));
    }
    if made.is_taken_back {
        return Err(cannot("It was taken back already.".into()));
    }
    if taken(&made.changes).is_some() {
        return Err(cannot("It took another change back. Make that change again instead.".into()));
    }
    if made.back.is_empty() || made.changes.is_null() || made.left.is_none() {
        return Err(cannot("There is no way back that could be run. What is written down can be used by hand.".into()));
    }
    match GONE.iter().find_map(|code| lost(made, code)) {
        Some(_) => Err(cannot("What was there is gone, and the way back makes only what it was in. Use its SQL by hand.".into())),
        None => Ok(()),
    }
}

fn lost<'a>(made: &'a Made, code: &str) -> Option<&'a Value> {
    made.lost.as_array().into_iter().flatten().find(|note| note["code"] == code)
}

fn cannot(why: String) -> Problem {
    Problem::new(Kind::Conflict, format!("{why} Nothing was changed.")).titled("This can't be taken back")
}

/// The tables, views and enumerations that changes are about: a hash of what each is, and which foreign keys of others lead
/// to it; nothing for what isn't there.
async fn standing(planner: &mut Planner<'_>, changes: &Value) -> Result<Map<String, Value>> {
    let mut found = Map::new();
    for change in changes.as_array().into_iter().flatten() {
        let Some(schema) = change["schema"].as_str() else { continue };
        // A table with all that belongs to it, and its name afterwards.
        let renamed = change["to"].as_str().filter(|_| change["change"] == "rename_table");
        let of = change["table"].as_str().or_else(|| change["name"].as_str());
        for name in [of, renamed].into_iter().flatten() {
            let shown = format!("{schema}.{name}");
            if !found.contains_key(&shown) {
                found.insert(shown, as_it_is(planner, schema, name).await?);
            }
        }
    }
    Ok(found)
}

async fn as_it_is(planner: &mut Planner<'_>, schema: &str, name: &str) -> Result<Value> {
    match planner.relation(schema, name).await {
        Ok(relation) => {
            let text = format!("{}\n{}", relation.kind, ddl::definition(planner, &relation).await?.join(";\n"));
            let keys = planner.ask(queries::REFERENCED_BY, &[&relation.oid]).await?;
            let keys: Vec<String> = keys.iter().map(|row| row.get(0)).collect();
            Ok(json!({"is": plan::hash(&text), "referenced_by": keys}))
        }
        Err(problem) if problem.kind() != Kind::NotFound => Err(problem),
        Err(_) => match ddl::enumeration(planner, schema, name).await {
            Ok(row) => Ok(json!({"is": plan::hash(&row.get::<_, Vec<String>>(3).join("\n")), "referenced_by": []})),
            Err(problem) if problem.kind() == Kind::NotFound => Ok(Value::Null),
            Err(problem) => Err(problem),
        },
    }
}

/// The first thing that isn't as the change left it, as a sentence.
fn differing(left: Option<&Value>, now: &Map<String, Value>) -> Option<String> {
    now.iter().find_map(|(name, what)| {
        let was = left.map_or(&Value::Null, |left| &left[name.as_str()]);
        // Of what was kept before references were there is the hash alone.
        let hash = |of: &Value| if of.is_object() { of["is"].clone() } else { of.clone() };
        if hash(was) != hash(what) {
            return Some(format!("{name} was changed again after it"));
        }
        let keys = |of: &Value| of["referenced_by"].as_array().cloned();
        let (was, now) = (keys(was)?, keys(what)?);
        let more = |of: &[Value], than: &[Value]| of.iter().find(|key| !than.contains(key)).and_then(Value::as_str).map(str::to_owned);
        match (more(&now, &was), more(&was, &now)) {
            (Some(key), _) => Some(format!("{name} is referenced since, by {key}")),
            (None, Some(key)) => Some(format!("{name} was referenced then, by {key}")),
            (None, None) => None,
        }
    })
}

/// What stands in the way of dropping again what a single change made. Of several changes the one may hang on the other.
async fn hanging(planner: &mut Planner<'_>, changes: &Value) -> Result<Vec<Dependent>> {
    let changes = list::read(changes.as_array().map(Vec::as_slice).unwrap_or_default())?;
    let (class, oid, part) = match changes.as_slice() {
        [Change::CreateTable { schema, table: name, .. } | Change::CreateView { schema, name, replace: false, .. }] => {
            ("pg_class", planner.relation(schema, name).await?.oid, 0)
        }
        [Change::AddColumn { schema, table, column }] => {
            let relation = planner.relation(schema, table).await?;
            ("pg_class", relation.oid, planner.column(&relation, &column.name).await?.get(1))
        }
        [Change::CreateEnum { schema, name, .. }] => ("pg_type", ddl::enumeration(planner, schema, name).await?.get(0), 0),
        _ => return Ok(Vec::new()),
    };
    Ok(planner.dropped(class, oid, part).await?.into_iter().filter(|one| one.effect == Effect::Blocks).collect())
}

/// Renames the other way round, the last one first.
fn names(changes: &Value) -> Result<Vec<Change>> {
    let changes = list::read(changes.as_array().map(Vec::as_slice).unwrap_or_default())?;
    let back = |change| match change {
        Change::RenameColumn { schema, table, column, to } => Some(Change::RenameColumn { schema, table, column: to, to: column }),
        Change::RenameTable { schema, table, to } => Some(Change::RenameTable { schema, table: to, to: table }),
        _ => None,
    };
    Ok(changes.into_iter().rev().filter_map(back).collect())
}

/// A statement of a way back, with the lock that PostgreSQL takes for one that begins like it. `is_one`: it is by itself, so an
/// index may be built or dropped beside its table.
fn statement(sql: &str, about: &[String], is_one: bool, changes: &Value) -> Statement {
    let is_beside = sql.to_lowercase().contains(" index concurrently ");
    let sql = if is_beside && !is_one { sql.replacen(" concurrently", "", 1) } else { sql.to_owned() };
    let start = sql.to_lowercase();
    let begins = |with: &[&str]| with.iter().any(|with| start.starts_with(with));
    // Every statement says what it is about but for an index that is dropped, and there is one table then.
    let quoted = |name: &str| {
        name.split_once('.').map(|(schema, name)| format!("\"{}\".\"{}\"", schema.replace('"', "\"\""), name.replace('"', "\"\"")))
    };
    let named = about.iter().find(|name| quoted(name).is_some_and(|quoted| sql.contains(&quoted))).or_else(|| about.first());
    let indexed = sql.split_once(" ON ").and_then(|(_, rest)| rest.split_once(" USING ")).map(|(table, _)| table);
    let on = indexed.or_else(|| named.map(String::as_str)).unwrap_or_default();
    let free = Statement::free(sql.clone());
    if is_beside && is_one {
        let named = &changes[0];
        let beside = free.lock("SHARE UPDATE EXCLUSIVE", on, Blocks::Changes).alone();
        return match (begins(&["create"]), named["schema"].as_str(), named["name"].as_str()) {
            (true, Some(schema), Some(name)) => beside.work(Work::Index).leaving(schema, name),
            _ => beside,
        };
    }
    if begins(&["create index", "create unique index"]) {
        return free.lock("SHARE", on, Blocks::Writes).work(Work::Index);
    }
    if begins(&["comment on"]) {
        return free.lock("SHARE UPDATE EXCLUSIVE", on, Blocks::Changes);
    }
    if !begins(&["alter table", "alter policy", "create policy", "drop table", "drop policy", "drop index", "drop view"]) {
        return free;
    }
    let work = if start.contains(" alter column ") && start.contains(" type ") {
        Work::Rewrite
    } else if start.contains(" set not null") || start.contains(" add constraint ") {
        Work::Scan
    } else {
        Work::Nothing
    };
    free.lock("ACCESS EXCLUSIVE", on, Blocks::Everything).work(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_back_says_whom_it_keeps_waiting() {
        let about = ["public.album".to_owned()];
        let of = |sql: &str, is_one: bool| statement(sql, &about, is_one, &json!([]));
        let dropped = of("alter table \"public\".\"album\" drop column \"year\"", true);
        assert_eq!(
            (dropped.locks[0].mode, dropped.locks[0].on.as_str(), dropped.work),
            ("ACCESS EXCLUSIVE", "public.album", Work::Nothing)
        );
        assert_eq!(of("alter table \"public\".\"album\" alter column \"a\" type int using \"a\"::int", true).work, Work::Rewrite);
        let built = of("CREATE INDEX album_idx ON public.album USING btree (title)", true);
        assert_eq!((built.locks[0].blocks, built.work, built.transaction), (Blocks::Writes, Work::Index, true));
        assert!(!of("drop index concurrently \"public\".\"a\"", true).transaction);
        // With others it has to be in their transaction.
        let beside = of("drop index concurrently \"public\".\"a\"", false);
        assert!(beside.transaction && beside.sql == "drop index \"public\".\"a\"");
        assert!(of("drop type \"public\".\"mood\"", true).locks.is_empty());
    }
}
