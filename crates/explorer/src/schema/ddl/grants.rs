//! Rights of roles on tables: what a policy is about can be looked at only by who may look at the table at all.

use super::super::change::Right;
use super::super::plan::{Statement, Step};
use super::super::planner::Planner;
use super::super::{queries, word};
use kernel::{Problem, Result};

/// Gives rights, or takes them; what is so already is left out.
pub async fn set(p: &mut Planner<'_>, schema: &str, table: &str, role: &str, rights: &[Right], given: bool) -> Result<Step> {
    let table = p.relation(schema, table).await?;
    p.touch(format!("rights of {role} on {}", table.shown))?;
    let whom = if role == "public" {
        "public".to_owned()
    } else {
        let quoted = word::name("role", role)?;
        if !p.ask(queries::ROLE, &[&role]).await?.first().is_some_and(|row| row.get(0)) {
            return Err(Problem::field("role", "unknown", format!("There is no role {role}")));
        }
        quoted
    };
    let held: Vec<String> = p.ask(queries::RIGHTS, &[&table.oid, &role]).await?.iter().map(|row| row.get(0)).collect();
    let mut names: Vec<&str> = rights.iter().map(|right| right.sql()).filter(|name| held.iter().any(|one| one == name) != given).collect();
    names.dedup();
    if names.is_empty() {
        return Ok(Step::default());
    }
    let grant = format!("grant {} on table {} to {whom}", names.join(", "), table.sql);
    let revoke = format!("revoke {} on table {} from {whom}", names.join(", "), table.sql);
    let (up, down) = if given { (grant, revoke) } else { (revoke, grant) };
    Ok(Step::new(Statement::free(up), down))
}
