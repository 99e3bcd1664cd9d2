//! `select=*,album(*)`: rows together with those of other tables, and `select=genre_id,count()`: rows taken together.
//!
//! What a request asks for is read (`grammar`), the ways between its tables are found (`relationship`), and all of it
//! becomes one relation with columns of its own making (`compose`, `aggregate`), which the list engine lists like any
//! other: one statement, one round trip, and the rights are those of the login that asks. Plain lists never come here.

mod aggregate;
mod compose;
mod grammar;
mod relationship;
mod views;

pub use grammar::{Level, shown};

use crate::catalogue::Table;
use crate::rows::record::Record;
use crate::source::open::Open;
use compose::Composer;
use futures::future::BoxFuture;
use grammar::{Aggregate, Embed};
use kernel::list::{self, Counting, Page, Param, Preamble, Query, Relation, within};
use kernel::problem::Kind;
use kernel::{Problem, Result};
use relationship::Relationship;
use std::sync::Arc;
use tokio_postgres::Client;

/// What is to be listed, and what is to be counted, which is the same without what only shows.
pub struct Plan {
    rows: (Relation, Query),
    count: (Relation, Query),
    /// Every table that it reaches into.
    tables: Vec<Arc<Table>>,
}

/// A level whose tables are known.
struct Node {
    table: Arc<Table>,
    columns: Vec<String>,
    aggregates: Vec<Aggregate>,
    parameters: Vec<(String, String)>,
    children: Vec<Child>,
}

struct Child {
    embed: Embed,
    way: Relationship,
    node: Node,
}

/// The level that a `select` means, when the list engine can't read it by itself.
///
/// # Errors
/// A `filter` problem at `select`.
pub fn asked(parameters: &[(String, String)]) -> Result<Option<Level>> {
    match parameters.iter().find(|(name, value)| name == "select" && value.contains('(')) {
        Some((_, select)) => Ok(Some(Level::read(select)?).filter(|level| !level.is_plain())),
        None => Ok(None),
    }
}

/// Finds the tables of a level and makes the statement's parts.
///
/// # Errors
/// A `filter` problem that names the parameter; 300 with the choices when two tables hang together in several ways.
pub async fn plan(
    source: &Open,
    table: &Arc<Table>,
    mut level: Level,
    parameters: &[(String, String)],
    shorten: Option<u32>,
) -> Result<Plan> {
    let mut selects = 0;
    for (name, value) in parameters {
        match name.as_str() {
            "select" => selects += 1,
            _ if table.relation.find(name).is_some() => level.parameters.push((name.clone(), value.clone())),
            _ => level.give(name, value)?,
        }
    }
    if selects > 1 {
        return Err(Problem::filter("select", "is given twice"));
    }
    let node = resolve(source, table.clone(), level).await?;
    let mut tables = Vec::new();
    node.tables(&mut tables);
    let rows = Composer::new(shorten).root(&node, true)?;
    let count = Composer::new(None).root(&node, false)?;
    Ok(Plan { rows, count, tables })
}

fn resolve(source: &Open, table: Arc<Table>, level: Level) -> BoxFuture<'_, Result<Node>> {
    Box::pin(async move {
        let Level { columns, aggregates, embeds, parameters } = level;
        let mut children = Vec::with_capacity(embeds.len());
        for mut embed in embeds {
            let (way, target) = relationship::find(source, &table, &embed).await?;
            let below = std::mem::take(&mut embed.level);
            children.push(Child { way, node: resolve(source, target, below).await?, embed });
        }
        Ok(Node { table, columns, aggregates, parameters, children })
    })
}

impl Node {
    fn tables(&self, found: &mut Vec<Arc<Table>>) {
        found.push(self.table.clone());
        self.children.iter().for_each(|child| child.node.tables(found));
    }
}

impl Plan {
    /// Of one table alone.
    #[must_use]
    pub fn plain(table: &Arc<Table>, query: Query) -> Self {
        let whole = || (Relation::clone(&table.relation), query.clone());
        Self { rows: whole(), count: whole(), tables: vec![table.clone()] }
    }

    /// What is listed.
    #[must_use]
    pub fn rows(&self) -> (&Relation, &Query) {
        (&self.rows.0, &self.rows.1)
    }

    /// Where no order is asked for, rows come in the one that they have by themselves.
    #[must_use]
    pub fn in_own_order(mut self) -> Self {
        if self.rows.1.order.is_empty() {
            self.rows.0.columns.iter_mut().for_each(|column| column.sortable = false);
        }
        self
    }

    /// With what else the request says of its rows.
    #[must_use]
    pub fn map(mut self, change: impl FnOnce(Query) -> Query) -> Self {
        self.rows.1 = change(self.rows.1);
        self
    }

    /// Lists it.
    ///
    /// # Errors
    /// As [`list::page`].
    pub async fn page(&self, source: &Open, preamble: &Preamble, counting: Option<Counting>) -> Result<Page> {
        self.run(source, preamble, counting).await.map_err(|problem| self.seen(source, problem))
    }

    async fn run(&self, source: &Open, preamble: &Preamble, counting: Option<Counting>) -> Result<Page> {
        let conn = source.conn().await?;
        let (relation, query) = &self.rows;
        let mut page = list::page(&conn, preamble, relation, query, None).await?;
        if let Some(counting) = counting {
            let (relation, query) = &self.count;
            page.counted(list::count(&conn, preamble, relation, query, counting).await?);
        }
        Ok(page)
    }

    /// Lists it within a transaction, where its first value is the rows that it is a list of.
    ///
    /// # Errors
    /// As [`Self::page`].
    pub async fn of_rows(&self, source: &Open, client: &Client, rows: &[&Record]) -> Result<Page> {
        let mut relation = self.rows.0.clone();
        if let Some(given) = relation.given.first_mut() {
            given.value = Param::text(serde_json::to_string(rows).map_err(Problem::internal)?);
        }
        let limit = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let query = Query { limit, ..self.rows.1.clone() };
        within::page(client, &relation, &query).await.map_err(|problem| self.seen(source, problem))
    }

    /// Forgets what the catalogue said when a statement found it to be wrong, and says at `select` what PostgreSQL can't
    /// do with the types of what was put together.
    fn seen(&self, source: &Open, problem: Problem) -> Problem {
        if matches!(problem.kind(), Kind::NotFound | Kind::Internal) {
            self.tables.iter().for_each(|table| source.catalogue.forget(table));
        }
        let message = std::error::Error::source(&problem)
            .and_then(|cause| cause.downcast_ref::<tokio_postgres::Error>())
            .and_then(tokio_postgres::Error::as_db_error)
            .filter(|db| ["42883", "42804", "42846", "54011", "54001", "42P18"].contains(&db.code().code()))
            .map(|db| db.message().chars().take(300).collect::<String>());
        match message {
            Some(message) if problem.kind() == Kind::Internal => Problem::filter("select", message).because(problem),
            _ => problem,
        }
    }
}
