//! What a write answers with: its rows as `select` asks for them. Columns as they are come from the change itself; for
//! anything else the rows are listed once more, as a relation of their own, before the transaction ends.

use super::audit::Pair;
use super::form::Form;
use super::prefer::{Prefer, Return};
use super::record::{Record, project};
use super::target::Target;
use super::transaction::Transaction;
use crate::catalogue::Table;
use crate::embed::{self, Plan};
use bytes::Bytes;
use kernel::list::{Given, Param, Query, Relation, quote, quote_qualified};
use kernel::{Call, Problem, Result};
use serde_json::value::{RawValue, to_raw_value};
use std::sync::Arc;

/// Parameters of a write that are no filters.
const WORDS: [&str; 2] = ["columns", "on_conflict"];
/// Parameters of a list that mean nothing to a write.
const PAGING: [&str; 4] = ["limit", "offset", "cursor", "search"];

/// What a write was asked, besides its values.
pub struct Asked {
    /// Which rows are meant.
    pub rows: Query,
    answer: Answer,
}

enum Answer {
    /// Columns as they are.
    Plain(Query),
    Listed(Box<Plan>),
}

impl Asked {
    /// # Errors
    /// A `filter` problem that names the parameter, before anything is changed.
    pub async fn of(target: &Target, call: &Call, prefer: &Prefer) -> Result<Self> {
        let parameters: Vec<(String, String)> = url::form_urlencoded::parse(call.query.as_bytes()).into_owned().collect();
        if let Some((name, _)) = parameters.iter().find(|(name, _)| PAGING.contains(&name.as_str())) {
            return Err(Problem::filter(name, "means nothing to a write; say which rows with filters on columns"));
        }
        let is_shown = |name: &str| matches!(name, "select" | "order");
        let (shown, filters): (Vec<_>, Vec<_>) =
            parameters.into_iter().filter(|(name, _)| !WORDS.contains(&name.as_str())).partition(|(name, _)| is_shown(name));
        let is_ordered = shown.iter().any(|(name, _)| name == "order");
        if is_ordered && prefer.versions {
            return Err(Problem::malformed("Prefer: versions gives rows as they were written; leave order out"));
        }
        let relation = &target.table.relation;
        let Some(mut level) = embed::asked(&shown)? else {
            let rows = Query::parse(relation, &filters)?;
            let query = Query::parse(relation, &shown)?;
            let is_plain = query.select.items.iter().all(|item| {
                item.cast.is_none() && item.field.steps.is_empty() && relation.columns.iter().any(|c| c.name == item.field.column)
            });
            let answer = if is_plain && !is_ordered {
                Answer::Plain(query)
            } else {
                Answer::Listed(Box::new(Plan::plain(&written(&target.table), query)))
            };
            return Ok(Self { rows, answer });
        };
        let mut own = Vec::with_capacity(filters.len());
        for (name, value) in filters {
            if relation.find(&name).is_some() {
                own.push((name, value));
            } else {
                level.give(&name, &value)?;
            }
        }
        own.append(&mut level.parameters);
        if let Some(embed) = level.embeds.iter().find(|embed| embed.inner || embed.exists.is_some()) {
            let message = format!(
                "{} would leave rows out of the answer, not out of the change; say which rows with filters on columns",
                embed::shown(embed.shown_name())
            );
            return Err(Problem::filter("select", message));
        }
        let order: Vec<_> = shown.into_iter().filter(|(name, _)| name == "order").collect();
        let rows = Query::parse(relation, &own)?;
        let plan = embed::plan(&target.source, &written(&target.table), level, &order, None).await?;
        Ok(Self { rows, answer: Answer::Listed(Box::new(plan)) })
    }

    /// What stands there when there was nothing to do.
    ///
    /// # Errors
    /// 406 when one row was asked for.
    pub fn nothing(&self, target: &Target, form: Form, prefer: &Prefer) -> Result<Option<Bytes>> {
        let is_shown = prefer.returning == Return::Representation;
        is_shown.then(|| form.of_rows(Bytes::from_static(b"[]"), 0, &target.table.relation, &self.rows)).transpose()
    }

    /// The rows of a change that has just been made; none where nobody wants to see them.
    ///
    /// # Errors
    /// What the database refuses about the listing; the change has to be given up then.
    pub async fn body(
        &self,
        target: &Target,
        transaction: &Transaction,
        (pairs, versions): (&[Pair], &[Option<String>]),
        form: Form,
        prefer: &Prefer,
    ) -> Result<Option<Bytes>> {
        if prefer.returning != Return::Representation {
            return Ok(None);
        }
        let rows = pairs.iter().filter_map(|pair| pair.after.as_ref().or(pair.before.as_ref()));
        let (mut made, relation, query) = match &self.answer {
            Answer::Plain(query) => (rows.map(|row| project(row, &query.select)).collect(), &*target.table.relation, query),
            Answer::Listed(plan) if pairs.is_empty() => (Vec::new(), plan.rows().0, plan.rows().1),
            Answer::Listed(plan) => {
                let rows: Vec<&Record> = rows.collect();
                let page = plan.of_rows(&target.source, transaction.client()?, &rows).await?;
                let listed: Vec<Record> = serde_json::from_slice(&page.body).map_err(Problem::internal)?;
                (listed, plan.rows().0, plan.rows().1)
            }
        };
        if prefer.versions {
            for (row, version) in made.iter_mut().zip(versions) {
                let version = version.as_ref().and_then(|v| to_raw_value(v).ok()).unwrap_or_else(|| RawValue::NULL.to_owned());
                row.0.push(("$version".into(), version));
            }
        }
        let count = made.len();
        let body = serde_json::to_vec(&made).map_err(Problem::internal)?;
        form.of_rows(body.into(), count, relation, query).map(Some)
    }
}

/// The table as rows of it that are given as JSON: its first value.
fn written(table: &Table) -> Arc<Table> {
    let is_whole = table.columns.iter().all(|column| column.readable);
    let from = if is_whole {
        format!("pg_catalog.json_populate_recordset(null::{}, $1::json)", quote_qualified(&table.schema, &table.name))
    } else {
        // What isn't known would be NULL, which a type may not allow.
        let known = table.columns.iter().filter(|column| column.readable);
        let columns: Vec<String> = known.map(|column| format!("{} {}", quote(&column.name), column.type_name)).collect();
        format!("(select * from pg_catalog.json_to_recordset($1::json) as r ({}))", columns.join(", "))
    };
    let relation = Relation {
        columns: table.relation.columns.clone(),
        computed: table.relation.computed.clone(),
        given: vec![Given { value: Param(None), parameter: String::new() }],
        ..Relation::new(from)
    };
    Arc::new(Table { relation: Arc::new(relation), ..table.clone() })
}
