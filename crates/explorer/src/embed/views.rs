//! Ways from and to views: a view's column that is a table's column as it is hangs together with what that hangs together
//! with. Which it is, PostgreSQL says itself when the view's query is prepared (and not run).

use super::grammar::Embed;
use super::relationship::{Relationship, all};
use crate::catalogue::{self, Table, TableKind, queries};
use crate::source::open::Open;
use deadpool_postgres::ClientWrapper;
use kernel::problem::Kind;
use kernel::{Problem, Result};
use std::sync::Arc;
use tokio_postgres::Error;
use tokio_postgres::types::ToSql;

/// Views of views of views.
const DEEPEST: usize = 6;

/// A table, and which columns of a view are its columns: (the view's, the table's).
struct Behind {
    table: Arc<Table>,
    columns: Vec<(String, String)>,
}

impl Behind {
    fn in_view(&self, column: &str) -> Option<String> {
        self.columns.iter().find(|(_, own)| own == column).map(|(shown, _)| shown.clone())
    }
}

/// The ways of the tables behind a view.
///
/// # Errors
/// 503 when the source is away.
pub async fn from(source: &Open, origin: &Table) -> Result<Vec<Relationship>> {
    let mut ways = Vec::new();
    for behind in behind(source, origin).await? {
        ways.extend(
            all(&behind.table).into_iter().filter(|way| way.function.is_none()).filter_map(|way| way.starting_at(|c| behind.in_view(c))),
        );
    }
    Ok(ways)
}

/// Those of `ways` that lead to a table behind the view that is meant, as ways to the view.
///
/// # Errors
/// As [`from`].
pub async fn to(source: &Open, origin: &Table, embed: &Embed, ways: &[Relationship]) -> Result<Vec<Relationship>> {
    let view = match catalogue::table(source, &origin.schema, &embed.name).await {
        Ok(view) => view,
        Err(problem) if problem.kind() == Kind::NotFound => return Ok(Vec::new()),
        Err(problem) => return Err(problem),
    };
    let mut found = Vec::new();
    for behind in behind(source, &view).await? {
        let leading = ways.iter().filter(|way| way.leads_to(&behind.table.schema, &behind.table.name)).cloned();
        found.extend(leading.filter_map(|way| way.ending_at(&view, |column| behind.in_view(column))));
    }
    Ok(found)
}

async fn behind(source: &Open, view: &Table) -> Result<Vec<Behind>> {
    if !matches!(view.kind, TableKind::View | TableKind::MaterializedView) || view.oid == 0 {
        return Ok(Vec::new());
    }
    let columns = match origins(&*source.conn().await?, view).await {
        Ok(columns) => columns,
        // What can't be looked into leads nowhere.
        Err(error) if error.as_db_error().is_some() => Vec::new(),
        Err(error) => return Err(source.named(Problem::from(error))),
    };
    let mut tables: Vec<Behind> = Vec::new();
    for (shown, (schema, table, own)) in columns {
        if let Some(known) = tables.iter_mut().find(|known| known.table.schema == schema && known.table.name == table) {
            known.columns.push((shown, own));
            continue;
        }
        match catalogue::table(source, &schema, &table).await {
            Ok(table) => tables.push(Behind { table, columns: vec![(shown, own)] }),
            Err(problem) if problem.kind() == Kind::NotFound => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(tables)
}

/// Schema, table and column.
type Column = (String, String, String);

/// The columns of a view that are columns of tables as they are.
async fn origins(client: &ClientWrapper, view: &Table) -> Result<Vec<(String, Column)>, Error> {
    let names: Vec<String> = view.columns.iter().map(|column| column.name.clone()).collect();
    let mut found = Vec::new();
    let mut open: Vec<(u32, Vec<Option<String>>, usize)> = vec![(view.oid, names.into_iter().map(Some).collect(), 0)];
    while let Some((oid, names, depth)) = open.pop() {
        let (tables, numbers) = made_of(client, oid).await?;
        let values: [&(dyn ToSql + Sync); 2] = [&tables, &numbers];
        let statement = client.prepare_cached(queries::ORIGINS).await?;
        let rows = client.query(&statement, &values).await?;
        let mut views: Vec<(u32, Vec<(i16, String)>)> = Vec::new();
        for ((row, name), (table, number)) in rows.iter().zip(names).zip(tables.into_iter().zip(numbers)) {
            let (Some(name), Some(schema)) = (name, row.get::<_, Option<String>>(0)) else { continue };
            if !row.get::<_, bool>(2) {
                found.push((name, (schema, row.get(1), row.get(3))));
            } else if let Some((_, columns)) = views.iter_mut().find(|(known, _)| *known == table) {
                columns.push((number, name));
            } else {
                views.push((table, vec![(number, name)]));
            }
        }
        for (oid, columns) in views.into_iter().filter(|_| depth < DEEPEST) {
            let last = columns.iter().map(|(number, _)| *number).max().unwrap_or_default();
            let named = |number: i16| columns.iter().find(|(n, _)| *n == number).map(|(_, name)| name.clone());
            open.push((oid, (1..=last).map(named).collect(), depth + 1));
        }
    }
    Ok(found)
}

/// Table and number of each column of a view's query; 0 where it is no column.
async fn made_of(client: &ClientWrapper, oid: u32) -> Result<(Vec<u32>, Vec<i16>), Error> {
    let values: [&(dyn ToSql + Sync); 1] = [&oid];
    let statement = client.prepare_cached(queries::VIEW).await?;
    let definition: Option<String> = client.query_one(&statement, &values).await?.get(0);
    let prepared = client.prepare(&definition.unwrap_or_default()).await?;
    Ok(prepared.columns().iter().map(|column| (column.table_oid().unwrap_or_default(), column.column_id().unwrap_or_default())).unzip())
}
