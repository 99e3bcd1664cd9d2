//! How many rows a list has: exactly, or as the planner estimates. Never needed for the rows themselves.

use super::failure::problem;
use super::grammar::Query;
use super::json::raw;
use super::relation::Relation;
use super::sql::{self, Built, CountForm};
use super::transaction::{Failure, Preamble, READ, read};
use crate::problem::Problem;
use deadpool_postgres::ClientWrapper;
use tokio_postgres::error::SqlState;

/// Exact counts give up after this time.
const EXACT: &str = "begin read only; set local statement_timeout = '5s'";
/// And those that only refine an estimate after this.
const REFINE: &str = "begin read only; set local statement_timeout = '500ms'";
/// Estimates up to here are counted exactly.
const SMALL: u64 = 10_000;

/// What kind of count is wanted, or was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    Exact,
    /// The planner's estimate as it is.
    Planned,
    /// The planner's estimate; counted exactly where it is small.
    Estimated,
}

impl Counting {
    /// The word in `Prefer: count=…`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "exact" => Some(Self::Exact),
            "planned" => Some(Self::Planned),
            "estimated" => Some(Self::Estimated),
            _ => None,
        }
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Planned => "planned",
            Self::Estimated => "estimated",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub rows: u64,
    pub is_exact: bool,
    /// What was done; differs from what was asked for when an exact count took too long.
    pub applied: Counting,
}

/// Counts what the query's filter and search match; its page does not matter.
///
/// The planner's estimate serves the unfiltered table as well: it scales the table's statistics by its present
/// size, and it knows the row-level security of the caller, which `pg_class.reltuples` does not.
///
/// # Errors
/// As [`super::page`].
pub async fn count(
    client: &ClientWrapper,
    preamble: &Preamble,
    relation: &Relation,
    query: &Query,
    counting: Counting,
) -> Result<Count, Problem> {
    if counting == Counting::Exact {
        return Ok(match exact(client, EXACT, preamble, relation, query, CountForm::Exact).await? {
            Some(rows) => Count { rows, is_exact: true, applied: Counting::Exact },
            None => {
                let rows = planned(client, preamble, relation, query).await?;
                Count { rows, is_exact: false, applied: Counting::Estimated }
            }
        });
    }
    let estimate = planned(client, preamble, relation, query).await?;
    if counting == Counting::Estimated && estimate <= SMALL {
        let capped = CountForm::Capped(SMALL + 1);
        if let Some(rows) = exact(client, REFINE, preamble, relation, query, capped).await? {
            let is_exact = rows <= SMALL;
            return Ok(Count { rows, is_exact, applied: counting });
        }
    }
    Ok(Count { rows: estimate, is_exact: false, applied: counting })
}

/// `None` when it took too long.
async fn exact(
    client: &ClientWrapper,
    begin: &str,
    preamble: &Preamble,
    relation: &Relation,
    query: &Query,
    form: CountForm,
) -> Result<Option<u64>, Problem> {
    let built = sql::count(relation, query, form)?;
    let mut rows: Option<[u8; 8]> = None;
    let result = read(client, begin, preamble, &built.sql, &built.params, |row| {
        rows = raw(row, 0)?.and_then(|bytes| bytes.try_into().ok());
        Ok(())
    })
    .await;
    match result {
        Ok(()) => Ok(Some(rows.map_or(0, u64::from_be_bytes))),
        Err(Failure::Database(error)) if error.code() == Some(&SqlState::QUERY_CANCELED) => Ok(None),
        Err(failure) => Err(refusal(failure, &built)),
    }
}

async fn planned(client: &ClientWrapper, preamble: &Preamble, relation: &Relation, query: &Query) -> Result<u64, Problem> {
    let built = sql::count(relation, query, CountForm::Plan)?;
    let mut plan: Option<serde_json::Value> = None;
    read(client, READ, preamble, &built.sql, &built.params, |row| {
        plan = raw(row, 0)?.and_then(|json| serde_json::from_slice(json).ok());
        Ok(())
    })
    .await
    .map_err(|failure| refusal(failure, &built))?;
    let rows = plan.as_ref().and_then(|plan| plan.pointer("/0/Plan/Plan Rows")).and_then(serde_json::Value::as_f64);
    match rows {
        // The planner gives whole numbers, far below where a float would round them.
        Some(rows) => Ok(rows.max(0.0) as u64),
        None => Err(Problem::internal("the plan has no number of rows")),
    }
}

fn refusal(failure: Failure, built: &Built) -> Problem {
    problem(failure, &built.sql, &built.params, &built.origins)
}
