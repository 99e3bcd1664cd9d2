//! Which filters work on which column. The list engine knows it of the types that it knows; of all others, and of what
//! lists and composites are made of, PostgreSQL's catalogue says it.

use super::table::Column;
use deadpool_postgres::ClientWrapper;
use kernel::list::grammar::Operator;
use kernel::list::{Kind, Relation};
use std::collections::HashMap;
use tokio_postgres::Error;
use tokio_postgres::types::ToSql;

/// Of each type in `$1`: operators that compare two values of it, and whether it has equality and order at all. Arrays and
/// composites have what their parts have.
pub const OPERATORS: &str = "
with wanted as materialized (
  select t.oid, t.typtype, t.typrelid, case when t.typcategory = 'A' and t.typelem <> 0 then t.typelem end as element from pg_catalog.pg_type t where t.oid = any ($1::oid[])
), parts (oid, part) as (
  select w.oid, w.element from wanted w where w.element is not null
  union all
  select w.oid, a.atttypid from wanted w
    join pg_catalog.pg_type t on t.oid = coalesce(w.element, w.oid)
    join pg_catalog.pg_attribute a on a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped where t.typtype = 'c'
  union all
  select w.oid, w.oid from wanted w where w.element is null and w.typtype <> 'c'
), known as materialized (
  select p.oid, p.part, m.amname as method
  from parts p join pg_catalog.pg_type t on t.oid = p.part
  cross join lateral (select case when t.typtype = 'd' then t.typbasetype else t.oid end as oid) b
  join pg_catalog.pg_type bt on bt.oid = b.oid
  join pg_catalog.pg_opclass o on o.opcdefault and o.opcintype in (b.oid,
    case when bt.typtype = 'e' then 'pg_catalog.anyenum'::pg_catalog.regtype::oid when bt.typtype = 'r' then 'pg_catalog.anyrange'::pg_catalog.regtype::oid
      when bt.typtype = 'm' then 'pg_catalog.anymultirange'::pg_catalog.regtype::oid when bt.typtype = 'c' then 'pg_catalog.record'::pg_catalog.regtype::oid
      when bt.typcategory = 'A' and bt.typlen = -1 then 'pg_catalog.anyarray'::pg_catalog.regtype::oid end,
    (select c.casttarget from pg_catalog.pg_cast c where c.castsource = b.oid and c.castmethod = 'b' and c.castcontext = 'i' limit 1))
  join pg_catalog.pg_am m on m.oid = o.opcmethod and m.amname in ('btree', 'hash')
)
select w.oid,
  array(select distinct o.oprname::text from pg_catalog.pg_operator o where o.oprleft = o.oprright and o.oprresult = 'pg_catalog.bool'::pg_catalog.regtype
    and pg_catalog.pg_operator_is_visible(o.oid)
    and (o.oprleft = w.oid or o.oprleft in (select c.casttarget from pg_catalog.pg_cast c where c.castsource = w.oid and c.castcontext = 'i'
      and (c.castmethod = 'b' or c.casttarget = 'pg_catalog.text'::pg_catalog.regtype)))),
  not exists (select from parts p where p.oid = w.oid and not exists (select from known k where k.oid = p.oid and k.part = p.part)),
  not exists (select from parts p where p.oid = w.oid and not exists (select from known k where k.oid = p.oid and k.part = p.part and k.method = 'btree')),
  w.element is not null, w.typtype = 'c'
from wanted w";

/// What PostgreSQL says of a type.
struct Facts {
    symbols: Vec<String>,
    is_comparable: bool,
    is_sortable: bool,
    is_list: bool,
    is_composite: bool,
}

/// Fills in the filters of each column that can be filtered by.
///
/// # Errors
/// When the source is away.
pub async fn fill(client: &ClientWrapper, relation: &Relation, columns: &mut [Column]) -> Result<(), Error> {
    let kind_of = |name: &str| relation.find(name).map(|column| column.ty.kind);
    let is_open = |column: &&Column| matches!(kind_of(&column.name), Some(Kind::Other | Kind::Array | Kind::Network));
    let mut types: Vec<u32> = columns.iter().filter(is_open).map(|column| column.base.0).collect();
    types.sort_unstable();
    types.dedup();
    let facts = if types.is_empty() { HashMap::new() } else { ask(client, &types).await? };
    for column in columns {
        let Some(kind) = kind_of(&column.name) else { continue };
        let fits = |operator: &Operator| operator.fits(kind) && facts.get(&column.base.0).is_none_or(|facts| facts.allow(*operator));
        column.operators = Operator::ALL.iter().filter(|(_, operator)| fits(operator)).map(|(name, _)| *name).collect();
    }
    Ok(())
}

async fn ask(client: &ClientWrapper, types: &[u32]) -> Result<HashMap<u32, Facts>, Error> {
    let statement = client.prepare_cached(OPERATORS).await?;
    let values: [&(dyn ToSql + Sync); 1] = [&types];
    let rows = client.query(&statement, &values).await?;
    let facts = |row: &tokio_postgres::Row| Facts {
        symbols: row.get(1),
        is_comparable: row.get(2),
        is_sortable: row.get(3),
        is_list: row.get(4),
        is_composite: row.get(5),
    };
    Ok(rows.iter().map(|row| (row.get(0), facts(row))).collect())
}

impl Facts {
    fn allow(&self, operator: Operator) -> bool {
        let has_parts = self.is_list || self.is_composite;
        match operator {
            Operator::Is => true,
            Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte if has_parts => self.is_sortable,
            Operator::Eq | Operator::Neq | Operator::In | Operator::IsDistinct if has_parts => self.is_comparable,
            Operator::Contains | Operator::ContainedBy | Operator::Overlaps if self.is_list => self.is_comparable,
            operator if operator.is_text_search() => self.has("@@"),
            Operator::IsDistinct => self.has("="),
            operator => self.has(operator.sql()),
        }
    }

    fn has(&self, symbol: &str) -> bool {
        let symbol = match symbol {
            "like" => "~~",
            "ilike" => "~~*",
            symbol => symbol,
        };
        self.symbols.iter().any(|known| known == symbol)
    }
}
