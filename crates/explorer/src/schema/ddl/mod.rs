//! From a change to its statements and their way back, a file for each kind of thing.

mod column;
mod constraint;
mod enums;
mod grants;
mod index;
mod policy;
mod restore;
mod table;
mod view;

use super::change::Change;
use super::list::within;
use super::plan::{Note, Plan, Step};
use super::planner::{Planner, Relation};
use super::word;
use crate::source::open::Open;
use deadpool_postgres::ClientWrapper;
use kernel::{Problem, Result};

pub use enums::seen as enumeration;
pub use policy::command_of;

/// What a list of changes comes to now.
///
/// # Errors
/// 422 at the change that can't be made; 403 and 404 for what it is about.
pub async fn plan(source: &Open, conn: &ClientWrapper, panel_owner: String, changes: &[Change]) -> Result<Plan> {
    let mut planner = Planner::new(source, conn, panel_owner).await?;
    for (place, change) in changes.iter().enumerate() {
        let step = within(place, one(&mut planner, change).await)?;
        planner.plan.add(place, step);
    }
    let plan = planner.plan.finish();
    if plan.statements.len() > 1 && plan.statements.iter().any(|statement| !statement.transaction) {
        return Err(Problem::field(
            "changes",
            "alone",
            "An index that is built or dropped concurrently is in no transaction with others: send that change by itself, or say concurrently: false",
        ));
    }
    Ok(plan)
}

async fn one(p: &mut Planner<'_>, change: &Change) -> Result<Step> {
    match change {
        Change::CreateSchema { schema, comment } => table::create_schema(p, schema, comment.as_deref()).await,
        Change::DropSchema { schema } => table::drop_schema(p, schema).await,
        Change::CreateTable { schema, table, columns, primary_key, comment } => {
            table::create(p, schema, table, columns, primary_key, comment.as_deref()).await
        }
        Change::RenameTable { schema, table, to } => table::rename(p, schema, table, to).await,
        Change::SetTableComment { schema, table, comment } => table::comment(p, schema, table, comment.as_deref()).await,
        Change::DropTable { schema, table } => table::drop(p, schema, table).await,
        Change::AddColumn { schema, table, column } => column::add(p, schema, table, column).await,
        Change::RenameColumn { schema, table, column, to } => column::rename(p, schema, table, column, to).await,
        Change::SetColumnType { schema, table, column, kind, using } => {
            column::set_type(p, schema, table, column, kind, using.as_deref()).await
        }
        Change::SetColumnDefault { schema, table, column, default } => {
            column::set_default(p, schema, table, column, default.as_deref()).await
        }
        Change::SetColumnNullable { schema, table, column, nullable } => column::set_nullable(p, schema, table, column, *nullable).await,
        Change::SetColumnComment { schema, table, column, comment } => column::comment(p, schema, table, column, comment.as_deref()).await,
        Change::DropColumn { schema, table, column } => column::drop(p, schema, table, column).await,
        Change::AddConstraint { schema, table, name, rule, not_valid } => constraint::add(p, schema, table, name, rule, *not_valid).await,
        Change::ValidateConstraint { schema, table, name } => constraint::validate(p, schema, table, name).await,
        Change::DropConstraint { schema, table, name } => constraint::drop(p, schema, table, name).await,
        Change::CreateIndex { .. } => index::create(p, change).await,
        Change::DropIndex { schema, name, concurrently } => index::drop(p, schema, name, *concurrently).await,
        Change::CreateEnum { schema, name, values } => enums::create(p, schema, name, values).await,
        Change::AddEnumValue { schema, name, value, before } => enums::add(p, schema, name, value, before.as_deref()).await,
        Change::RenameEnumValue { schema, name, value, to } => enums::rename(p, schema, name, value, to).await,
        Change::DropEnum { schema, name } => enums::drop(p, schema, name).await,
        Change::CreateView { schema, name, query, invoker, replace } => view::create(p, schema, name, query, *invoker, *replace).await,
        Change::DropView { schema, name } => view::drop(p, schema, name).await,
        Change::SetRowSecurity { schema, table, enabled, forced } => policy::switch(p, schema, table, *enabled, *forced).await,
        Change::CreatePolicy { .. } => policy::create(p, change).await,
        Change::AlterPolicy { schema, table, name, roles, using, check } => {
            policy::alter(p, schema, table, name, roles, using.as_deref(), check.as_deref()).await
        }
        Change::RenamePolicy { schema, table, name, to } => policy::rename(p, schema, table, name, to).await,
        Change::Grant { schema, table, role, rights } => grants::set(p, schema, table, role, rights, true).await,
        Change::Revoke { schema, table, role, rights } => grants::set(p, schema, table, role, rights, false).await,
        Change::DropPolicy { schema, table, name } => policy::drop(p, schema, table, name).await,
        Change::TakeBack { .. } => Err(Problem::field("change", "alone", "A change is taken back by itself: send it without others")),
    }
}

/// The statements that make a table or view as it is.
///
/// # Errors
/// When the source is away.
pub async fn definition(p: &Planner<'_>, relation: &Relation) -> Result<Vec<String>> {
    match relation.kind.as_str() {
        "r" | "p" => restore::definition(p, relation).await,
        "v" => view::definition(p, relation).await,
        _ => Ok(Vec::new()),
    }
}

/// `comment on …`; what is said of a thing, or nothing any more.
fn comment_on(what: &str, comment: Option<&str>) -> String {
    let text = comment.filter(|text| !text.is_empty()).map_or_else(|| "null".to_owned(), word::literal);
    format!("comment on {what} is {text}")
}

/// What text somewhere else says of a name isn't changed with it.
fn by_name() -> Note {
    Note::new("by_name", "Functions and programs that say the old name don't follow")
}

fn rows_lost() -> Note {
    Note::new("rows", "What was in it is gone: the way back makes it again, empty")
}
