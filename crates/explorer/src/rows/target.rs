//! What a rows request is about: a table of a source, seen by a caller who may.

use super::failure;
use crate::catalogue::{self, Table};
use crate::masking;
use crate::source::open::Open;
use crate::state::State;
use kernel::audit::Target as Audited;
use kernel::list::grammar::{Node, Operator, Value};
use kernel::list::quote;
use kernel::problem::Kind;
use kernel::{Call, Caller, DatabaseRole, Problem, Result, runner};
use std::sync::Arc;

pub struct Target {
    pub source: Arc<Open>,
    pub table: Arc<Table>,
}

/// Finds the table that the path and the profile headers name.
///
/// # Errors
/// 403 without the permission, 404 without source or table, 503 when the source is away.
pub async fn find(state: &Arc<State>, call: &Call, permission: &str) -> Result<Target> {
    crate::tables::admit(call, permission)?;
    let source = state.for_caller(call).await?;
    let header = if permission == "rows:read" { "accept-profile" } else { "content-profile" };
    let schema = call.header(header).unwrap_or("public");
    let table = masking::table(call, &source, schema, call.param("table")).await?;
    Ok(Target { source, table })
}

/// The same table as it is now.
///
/// # Errors
/// 404 when it is gone, 503 when the source is away.
pub async fn find_fresh(target: Target) -> Result<Target> {
    let table = catalogue::fresh(&target.source, &target.table.schema, &target.table.name).await?;
    // What was revealed a moment ago still is.
    let table = if target.table.is_revealed() { table.whole.clone().unwrap_or(table) } else { table };
    Ok(Target { source: target.source, table })
}

impl Target {
    /// Writes down that somebody tried what they may not.
    pub async fn refused(call: &Call, caller: &Caller, action: &str, problem: &Problem) {
        if problem.kind() == Kind::Forbidden {
            let schema = match call.param("schema") {
                "" => call.header("content-profile").unwrap_or("public"),
                schema => schema,
            };
            let kind = format!("{}.{schema}.{}", call.param("source"), call.path.last().map_or("", |(_, name)| name));
            runner::note_refusal(&call.app, caller, &call.request, action, Some(Audited::new(kind, call.query.as_str(), "")), problem)
                .await;
        }
    }

    /// # Errors
    /// 403 when no column may be read.
    pub fn readable(&self) -> Result<()> {
        if self.table.relation.columns.is_empty() && !self.table.columns.is_empty() {
            let reason = self.table.columns.first().and_then(|c| c.hidden_reason.clone()).unwrap_or_default();
            let named = format!("{}.{}", self.table.schema, self.table.name);
            return Err(match self.source.role {
                Some(role) if !self.table.panel => self.ungranted(role),
                _ => Problem::refused(format!("No column of {named} can be read. {reason}.")),
            });
        }
        Ok(())
    }

    /// The role may not read the table: said with what would change that.
    fn ungranted(&self, role: DatabaseRole) -> Problem {
        let (schema, name, who) = (quote(&self.table.schema), quote(&self.table.name), role.name());
        let sql = format!("grant usage on schema {schema} to {who};\ngrant select on {schema}.{name} to {who};");
        Problem::refused(format!(
            "{who} may not read {}.{}: nothing was granted. If it should, run the SQL beside this, and give the table row policies first.",
            self.table.schema, self.table.name
        ))
        .with("sql", sql)
    }

    /// Forgets what the catalogue said when a statement found it to be wrong, and says which source failed.
    pub fn seen(&self, problem: Problem) -> Problem {
        if failure::is_stale(&problem) {
            self.source.catalogue.forget(&self.table);
        }
        self.source.named(problem)
    }

    /// Whether a filter gives the whole primary key, so that it can mean one row only.
    #[must_use]
    pub fn is_one_row(&self, filter: &[Node]) -> bool {
        let key = &self.table.primary_key;
        !key.is_empty()
            && key.iter().all(|column| {
                filter.iter().any(|node| match node {
                    Node::Condition(c) => {
                        c.field.column == *column
                            && c.field.steps.is_empty()
                            && !c.negated
                            && c.operator == Operator::Eq
                            && matches!(c.value, Value::One(_))
                    }
                    Node::Group { .. } => false,
                })
            })
    }
}
