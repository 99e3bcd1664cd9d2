//! What the expressions of policies say of one row, asked of PostgreSQL in the place of whoever is looked as: by their role, with
//! their claims, in a transaction that only reads and is rolled back. Never by anybody with more rights: what the role itself
//! can't find out stays unknown.
//!
//! The row need not be one that they see, that is the point of asking. So whoever asks reads it with their own eyes, and it is
//! handed over as a value of the table's type, which needs no right to the table.

use super::keys::Key;
use super::look::{Look, told};
use super::policy::{Expression, Policy, Truth};
use kernel::list::grammar::Condition;
use kernel::list::{Node, Param, Relation, predicate, quote, quote_qualified};
use kernel::problem::Kind;
use kernel::{Problem, Result};
use std::time::{Duration, Instant};

/// All expressions of a table together.
const BUDGET: Duration = Duration::from_secs(8);

/// A whole row, as PostgreSQL writes it. It isn't shown to anybody.
pub struct Whole(Param);

/// # Errors
/// 404 when there is no such row for these eyes, 422 when they don't see it whole.
pub async fn whole(look: &Look<'_>, key: &Key) -> Result<Whole> {
    let table = &look.side.table;
    let (condition, params) = by_key(&table.relation, key)?;
    let sql = format!("select (t.*)::pg_catalog.text from {} as t where {condition}", quote_qualified(&table.schema, &table.name));
    let found = look.attempt(&sql, &params).await?.map_err(|error| {
        Problem::new(Kind::Validation, format!("{} can't read the row whole: {}", look.side.name(), told(&error, table))).because(error)
    })?;
    let row = found.first().ok_or_else(|| Problem::new(Kind::NotFound, "There is no row with this key, or it isn't seen from here"))?;
    Ok(Whole(Param(row.get(0))))
}

fn by_key(relation: &Relation, key: &Key) -> Result<(String, Vec<Param>)> {
    let wanted = relation.primary_key.iter().zip(key).map(|(column, value)| Node::Condition(Condition::equals(column, value)));
    let filter = predicate(relation, &wanted.collect::<Vec<_>>(), None, 1)?;
    Ok((filter.sql, filter.params))
}

/// Whether the row is really seen: what a list in that place would show.
///
/// # Errors
/// When the source is away; the inner one says why the database refuses.
pub async fn is_seen(look: &Look<'_>, relation: &Relation, key: &Key) -> Result<Result<bool, String>> {
    let (condition, params) = by_key(relation, key)?;
    let table = &look.side.table;
    let sql = format!("select true from {} as t where {condition}", quote_qualified(&table.schema, &table.name));
    let found = look.attempt(&sql, &params).await?;
    Ok(found.map(|rows| !rows.is_empty()).map_err(|error| told(&error, table)))
}

/// Fills in what each expression says of the row.
///
/// # Errors
/// When the source is away.
pub async fn judge(look: &Look<'_>, policies: &mut [Policy], row: &Whole) -> Result<()> {
    let begun = Instant::now();
    // One answer to each expression could tell of hidden columns what the rows that are shown don't.
    let is_withheld = look.side.table.whole.is_some();
    for policy in policies.iter_mut().filter(|policy| policy.applies) {
        for expression in [&mut policy.using, &mut policy.check].into_iter().flatten() {
            expression.result = Some(if is_withheld {
                Truth::Withheld
            } else if begun.elapsed() > BUDGET {
                Truth::Refused { reason: "The policies before it took too long".into() }
            } else {
                ask(look, expression, row).await?
            });
        }
    }
    Ok(())
}

async fn ask(look: &Look<'_>, expression: &Expression, row: &Whole) -> Result<Truth> {
    let table = &look.side.table;
    // A function that gives the table's type, so that the expression finds the row by the table's name, whole as well.
    let sql = format!(
        "select ({})::pg_catalog.bool from pg_catalog.unnest(array[$1::pg_catalog.text::{}]) as {}",
        expression.sql,
        quote_qualified(&table.schema, &table.name),
        quote(&table.name)
    );
    Ok(match look.attempt(&sql, std::slice::from_ref(&row.0)).await? {
        Ok(rows) => match rows.first().and_then(|row| row.get::<_, Option<bool>>(0)) {
            Some(true) => Truth::True,
            Some(false) => Truth::False,
            None => Truth::Null,
        },
        Err(error) => Truth::Refused { reason: told(&error, table) },
    })
}
