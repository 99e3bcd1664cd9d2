//! Which columns of a source are hidden: those that are marked, and what is made from them. A partition has the columns of
//! its parent, a generated column tells what it is computed from, and a view shows what it reads. Whether a view's column is
//! harmless can't be told from outside, so all of them are hidden until somebody marks them as open.

use super::Mark;
use crate::catalogue::{Allowed, Table, relation};
use deadpool_postgres::ClientWrapper;
use std::collections::HashSet;
use std::sync::Arc;
use tokio_postgres::Error;
use tokio_postgres::types::ToSql;

/// `$1`, `$2`, `$3`: schemas, tables and columns of all marks; `$4`: which are open.
/// Where a marked column is gone, it may have another name: then all columns of its table are hidden.
/// A view that reads a whole row reads every column: its rule has a variable of number 0.
const TAINTED: &str = "
with recursive marked as materialized (
  select a.attrelid as rel, a.attnum as num, m.is_open
  from unnest($1::text[], $2::text[], $3::text[], $4::bool[]) m (space, name, col, is_open)
  join pg_catalog.pg_namespace n on n.nspname = m.space
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = m.name
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where a.attname = m.col
    or not m.is_open and not exists (select from pg_catalog.pg_attribute o where o.attrelid = c.oid and o.attname = m.col and o.attnum > 0 and not o.attisdropped)
), hidden (rel, num) as (
  select rel, num from marked m where not is_open and not exists (select from marked o where o.rel = m.rel and o.num = m.num and o.is_open)
  union
  select made.rel, made.num
  from hidden h
  cross join lateral (select h.rel as refobjid, h.num::int as refobjsubid) at
  cross join lateral (
    select i.inhrelid as rel, b.attnum as num
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_attribute a on a.attrelid = at.refobjid and a.attnum = at.refobjsubid
    join pg_catalog.pg_attribute b on b.attrelid = i.inhrelid and b.attname = a.attname
    where i.inhparent = at.refobjid
    union all
    select i.inhparent, b.attnum
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_attribute a on a.attrelid = at.refobjid and a.attnum = at.refobjsubid
    join pg_catalog.pg_attribute b on b.attrelid = i.inhparent and b.attname = a.attname
    where i.inhrelid = at.refobjid
    union all
    select f.adrelid, f.adnum
    from pg_catalog.pg_depend d
    join pg_catalog.pg_attrdef f on d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and f.oid = d.objid
    join pg_catalog.pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum and a.attgenerated <> ''
    where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = at.refobjid and d.refobjsubid = at.refobjsubid and f.adnum <> at.refobjsubid
    union all
    -- Before PostgreSQL 15 the column itself depends.
    select d.objid, d.objsubid::int2
    from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refclassid = d.classid and d.objid = d.refobjid and d.objsubid > 0
      and d.refobjid = at.refobjid and d.refobjsubid = at.refobjsubid and d.objsubid <> at.refobjsubid
    union all
    select r.ev_class, v.attnum
    from pg_catalog.pg_depend d
    join pg_catalog.pg_rewrite r on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and r.oid = d.objid
    join pg_catalog.pg_class c on c.oid = r.ev_class and c.relkind in ('v', 'm')
    join pg_catalog.pg_attribute v on v.attrelid = c.oid and v.attnum > 0 and not v.attisdropped
    where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = at.refobjid and c.oid <> at.refobjid
      and (d.refobjsubid = at.refobjsubid or r.ev_action::text like '%:varattno 0 %')
  ) made
  where not exists (select from marked m where m.rel = made.rel and m.num = made.num and m.is_open)
)
select n.nspname::text, c.relname::text, a.attname::text
from hidden h
join pg_catalog.pg_class c on c.oid = h.rel
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_attribute a on a.attrelid = h.rel and a.attnum = h.num";

pub const STATEMENTS: &[&str] = &[TAINTED];

const WHY: &str = "Sensitive: shown only to who may reveal it, and says why";

/// The table without what is hidden of it, with itself behind it.
///
/// # Errors
/// When the source is away.
pub async fn mask(client: &ClientWrapper, marks: &[Mark], table: Table) -> Result<Table, Error> {
    if marks.is_empty() {
        return Ok(table);
    }
    let hidden = hidden(client, marks).await?;
    Ok(without(table, &hidden))
}

type Names = HashSet<(String, String, String)>;

async fn hidden(client: &ClientWrapper, marks: &[Mark]) -> Result<Names, Error> {
    let of = |part: fn(&Mark) -> &str| marks.iter().map(part).collect::<Vec<&str>>();
    let open: Vec<bool> = marks.iter().map(|mark| mark.is_open).collect();
    let (schemas, tables, columns) = (of(|m| &m.schema), of(|m| &m.table), of(|m| &m.column));
    let statement = client.prepare_cached(TAINTED).await?;
    let values: [&(dyn ToSql + Sync); 4] = [&schemas, &tables, &columns, &open];
    let rows = client.query(&statement, &values).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
}

fn without(mut whole: Table, hidden: &Names) -> Table {
    let is_hidden = |schema: &str, table: &str, column: &str| hidden.contains(&(schema.to_owned(), table.to_owned(), column.to_owned()));
    // A row of another table isn't called by what is hidden of it.
    for key in &mut whole.foreign_keys {
        key.title_column = key.title_column.take().filter(|title| !is_hidden(&key.schema, &key.table, title));
    }
    let (schema, name) = (whole.schema.clone(), whole.name.clone());
    for column in &mut whole.columns {
        column.sensitive = is_hidden(&schema, &name, &column.name);
    }
    if whole.columns.iter().all(|column| !column.sensitive) {
        return whole;
    }
    let mut shown = whole.clone();
    for column in shown.columns.iter_mut().filter(|column| column.sensitive && column.readable) {
        column.readable = false;
        column.writable = false;
        column.hidden_reason = Some(WHY.into());
    }
    if let Some(key) = shown.primary_key.iter().find(|key| shown.column(key).is_some_and(|column| column.sensitive)) {
        let reason = format!("{key} is sensitive, so one row can't be told from another until it is revealed");
        for allowed in [&mut shown.update, &mut shown.delete] {
            if allowed.allowed {
                *allowed = Allowed::unless(Some(reason.clone()));
            }
        }
    }
    shown.trash = shown.trash.take().filter(|trash| !is_hidden(&schema, &name, trash));
    shown.relation = Arc::new(relation::of(&shown, shown.relation.version.is_some()));
    shown.whole = Some(Arc::new(whole));
    shown
}
