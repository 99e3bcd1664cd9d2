//! Sensitive columns keep their marks when they, or their tables, are renamed: the new name is marked before there is
//! anything under it, and the old one forgotten afterwards.

use super::change::Change;
use crate::source::open::Open;
use kernel::{Call, Ctx, Result};
use uuid::Uuid;

/// Something that gets another name: a column, or a table with all of its columns.
struct Renamed<'a> {
    schema: &'a str,
    table: &'a str,
    column: Option<&'a str>,
    to: &'a str,
}

fn renamed(changes: &[Change]) -> Vec<Renamed<'_>> {
    let mut found = Vec::new();
    for change in changes {
        match change {
            Change::RenameColumn { schema, table, column, to } => found.push(Renamed { schema, table, column: Some(column), to }),
            Change::RenameTable { schema, table, to } => found.push(Renamed { schema, table, column: None, to }),
            _ => {}
        }
    }
    found
}

/// Marks the new names; which marks were made.
///
/// # Errors
/// When the panel's database is away; then nothing is changed.
pub async fn before(call: &Call, source: &Open, changes: &[Change]) -> Result<Vec<Uuid>> {
    let renamed = renamed(changes);
    if renamed.is_empty() {
        return Ok(Vec::new());
    }
    let ctx = Ctx::open(call.app.clone(), call.caller()?.clone(), call.request.clone()).await?;
    let mut made = Vec::new();
    for Renamed { schema, table, column, to } in renamed {
        made.extend(store::copy(ctx.db(), source.id, schema, table, column, to).await?);
    }
    source.marks.read(ctx.db(), source.id).await?;
    ctx.commit().await?;
    Ok(made)
}

/// Forgets the old names when it was done, and the new ones when it wasn't.
///
/// # Errors
/// When the panel's database is away; then both are marked.
pub async fn after(ctx: &Ctx, source: &Open, changes: &[Change], made: &[Uuid], done: bool) -> Result<()> {
    let renamed = renamed(changes);
    if done {
        for Renamed { schema, table, column, .. } in renamed {
            store::forget(ctx.db(), source.id, schema, table, column).await?;
        }
    } else if !made.is_empty() {
        store::forget_made(ctx.db(), made).await?;
    }
    source.marks.read(ctx.db(), source.id).await
}

/// Every statement about marks that move.
pub(crate) mod store {
    use kernel::{Client, Result};
    use uuid::Uuid;

    const COPY_COLUMN: &str = "insert into explorer.sensitive_columns (id, source_id, schema_name, table_name, column_name, treatment, note) \
        select gen_random_uuid(), source_id, schema_name, table_name, $5, treatment, note from explorer.sensitive_columns \
        where source_id = $1 and schema_name = $2 and table_name = $3 and column_name = $4 on conflict do nothing returning id";
    const COPY_TABLE: &str = "insert into explorer.sensitive_columns (id, source_id, schema_name, table_name, column_name, treatment, note) \
        select gen_random_uuid(), source_id, schema_name, $4, column_name, treatment, note from explorer.sensitive_columns \
        where source_id = $1 and schema_name = $2 and table_name = $3 on conflict do nothing returning id";
    const FORGET: &str = "delete from explorer.sensitive_columns \
        where source_id = $1 and schema_name = $2 and table_name = $3 and ($4::text is null or column_name = $4)";
    const FORGET_MADE: &str = "delete from explorer.sensitive_columns where id = any ($1)";

    pub const STATEMENTS: &[&str] = &[COPY_COLUMN, COPY_TABLE, FORGET, FORGET_MADE];

    pub(super) async fn copy(db: &Client, source: Uuid, schema: &str, table: &str, column: Option<&str>, to: &str) -> Result<Vec<Uuid>> {
        let rows = match column {
            Some(column) => db.query(COPY_COLUMN, &[&source, &schema, &table, &column, &to]).await?,
            None => db.query(COPY_TABLE, &[&source, &schema, &table, &to]).await?,
        };
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    pub(super) async fn forget(db: &Client, source: Uuid, schema: &str, table: &str, column: Option<&str>) -> Result<()> {
        db.execute(FORGET, &[&source, &schema, &table, &column]).await?;
        Ok(())
    }

    pub(super) async fn forget_made(db: &Client, made: &[Uuid]) -> Result<()> {
        db.execute(FORGET_MADE, &[&made]).await?;
        Ok(())
    }
}
