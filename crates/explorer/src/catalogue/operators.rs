//! Which filters work on which column. The list engine knows it of the types that it knows; of all others, and of what
//! lists and composites are made of, PostgreSQL's catalogue says it.

use super::known::FIRST_MADE;
use super::table::Column;
use deadpool_postgres::ClientWrapper;
use kernel::list::grammar::Operator;
use kernel::list::{Kind, Own, Relation, quote_qualified};
use std::collections::HashMap;
use tokio_postgres::Error;
use tokio_postgres::types::ToSql;

/// Of each type in `$1`: operators that compare two values of it, and whether it has equality and order at all. Arrays and
/// composites have what their parts have. A type that somebody made has the operators that lie beside it, whatever the search
/// path; others of the same name would compare what it can be cast to. Its order must be theirs as well.
pub const OPERATORS: &str = "
with recursive wanted as materialized (
  select t.oid, t.typtype, t.typname, t.typnamespace, t.typcategory = 'A' and t.typelem <> 0 and (t.oid < 16384 or e.oid is not null) as is_list,
    t.typtype = 'b' and t.oid >= 16384 and e.oid is null and exists (select from pg_catalog.pg_operator o
      where o.oprleft = t.oid and o.oprnamespace = t.typnamespace and o.oprresult = 'pg_catalog.bool'::pg_catalog.regtype) as is_own
  from pg_catalog.pg_type t left join pg_catalog.pg_type e on e.oid = t.typelem and e.typarray = t.oid where t.oid = any ($1::oid[])
), parts (oid, part) as (
  select w.oid, w.oid from wanted w
  union
  select p.oid, x.part from parts p join pg_catalog.pg_type t on t.oid = p.part cross join lateral (
    select t.typbasetype where t.typtype = 'd'
    union all select t.typelem where t.typtype = 'b' and t.typcategory = 'A' and t.typelem <> 0
      and (t.oid < 16384 or exists (select from pg_catalog.pg_type e where e.oid = t.typelem and e.typarray = t.oid))
    union all select a.atttypid from pg_catalog.pg_attribute a where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
  ) x (part)
), leaves as materialized (
  -- What nothing else is a part of.
  select p.oid, p.part, t.typtype from parts p join pg_catalog.pg_type t on t.oid = p.part
  where t.typtype not in ('d', 'c') and not (t.typtype = 'b' and t.typcategory = 'A' and t.typelem <> 0
    and (t.oid < 16384 or exists (select from pg_catalog.pg_type e where e.oid = t.typelem and e.typarray = t.oid)))
), known as materialized (
  select l.oid, l.part, m.amname as method from leaves l
  join pg_catalog.pg_opclass o on o.opcdefault and (o.opcintype in (l.part,
      case l.typtype when 'e' then 'pg_catalog.anyenum'::pg_catalog.regtype::oid when 'r' then 'pg_catalog.anyrange'::pg_catalog.regtype::oid
        when 'm' then 'pg_catalog.anymultirange'::pg_catalog.regtype::oid end)
    or o.opcintype in (select c.casttarget from pg_catalog.pg_cast c where c.castsource = l.part and c.castmethod = 'b' and c.castcontext = 'i'))
  join pg_catalog.pg_am m on m.oid = o.opcmethod and m.amname in ('btree', 'hash')
)
select w.oid,
  case when w.is_own then array(select o.oprname::text from pg_catalog.pg_operator o
      where o.oprleft = w.oid and o.oprnamespace = w.typnamespace and o.oprresult = 'pg_catalog.bool'::pg_catalog.regtype
      group by o.oprname having bool_or(o.oprright = w.oid) or count(*) = 1)
    else array(select distinct o.oprname::text from pg_catalog.pg_operator o
      where o.oprleft = o.oprright and o.oprresult = 'pg_catalog.bool'::pg_catalog.regtype and pg_catalog.pg_operator_is_visible(o.oid)
        and (o.oprleft = w.oid or o.oprleft in (select c.casttarget from pg_catalog.pg_cast c where c.castsource = w.oid and c.castcontext = 'i'
          and (c.castmethod = 'b' or c.casttarget = 'pg_catalog.text'::pg_catalog.regtype)))) end,
  not exists (select from leaves l where l.oid = w.oid and not exists (select from known k where k.oid = w.oid and k.part = l.part)),
  not exists (select from leaves l where l.oid = w.oid and not exists (select from known k where k.oid = w.oid and k.part = l.part and k.method = 'btree'))
    and (w.typtype <> 'b' or w.oid < 16384 or w.is_list or not exists (
      select from pg_catalog.pg_opclass c join pg_catalog.pg_am m on m.oid = c.opcmethod and m.amname = 'btree'
      where c.opcdefault and c.opcintype = w.oid and not exists (
        select from pg_catalog.pg_amop a join pg_catalog.pg_operator o on o.oid = a.amopopr and o.oprname = '<' and o.oprnamespace = w.typnamespace
        where a.amopfamily = c.opcfamily and a.amopstrategy = 1 and a.amoplefttype = w.oid and a.amoprighttype = w.oid))),
  w.is_list, w.typtype = 'c',
  exists (select from pg_catalog.pg_cast c where c.castsource = w.oid and c.castcontext = 'i' and c.casttarget = 'pg_catalog.text'::pg_catalog.regtype),
  n.nspname::text, w.typname::text, w.is_own
from wanted w join pg_catalog.pg_namespace n on n.oid = w.typnamespace";

/// What PostgreSQL says of a type.
struct Facts {
    symbols: Vec<String>,
    is_comparable: bool,
    is_sortable: bool,
    is_list: bool,
    is_composite: bool,
    /// Where a text is wanted, a value of it will do.
    is_text: bool,
    own: Own,
}

/// Fills in by what each column can be filtered and sorted.
///
/// # Errors
/// When the source is away.
pub async fn fill(client: &ClientWrapper, relation: &Relation, columns: &mut [Column]) -> Result<(), Error> {
    let kind_of = |column: &Column| relation.find(&column.name).map(|found| found.ty.kind);
    let is_open = |column: &&Column| match kind_of(column) {
        Some(Kind::Other | Kind::Array | Kind::Network) => true,
        Some(Kind::Text) => column.base.0 >= FIRST_MADE,
        _ => false,
    };
    let mut types: Vec<u32> = columns.iter().filter(is_open).map(|column| column.base.0).collect();
    types.sort_unstable();
    types.dedup();
    let facts = if types.is_empty() { HashMap::new() } else { ask(client, &types).await? };
    for column in columns {
        let Some(kind) = kind_of(column) else { continue };
        let facts = facts.get(&column.base.0);
        let fits = |operator: &Operator| operator.fits(kind) && facts.is_none_or(|facts| facts.allow(*operator, kind));
        column.operators = Operator::ALL.iter().filter(|(_, operator)| fits(operator)).map(|(name, _)| *name).collect();
        column.sortable = kind != Kind::Json && facts.is_none_or(|facts| facts.is_sortable);
        column.own = facts.filter(|facts| facts.own.schema.is_some() || kind == Kind::Other).map(|facts| facts.own.clone());
    }
    Ok(())
}

async fn ask(client: &ClientWrapper, types: &[u32]) -> Result<HashMap<u32, Facts>, Error> {
    let statement = client.prepare_cached(OPERATORS).await?;
    let values: [&(dyn ToSql + Sync); 1] = [&types];
    let rows = client.query(&statement, &values).await?;
    let facts = |row: &tokio_postgres::Row| {
        let schema: String = row.get(7);
        let name = quote_qualified(&schema, row.get(8));
        Facts {
            symbols: row.get(1),
            is_comparable: row.get(2),
            is_sortable: row.get(3),
            is_list: row.get(4),
            is_composite: row.get(5),
            is_text: row.get(6),
            own: Own { name, schema: row.get::<_, bool>(9).then_some(schema) },
        }
    };
    Ok(rows.iter().map(|row| (row.get(0), facts(row))).collect())
}

impl Facts {
    fn allow(&self, operator: Operator, kind: Kind) -> bool {
        let has_parts = self.is_list || self.is_composite;
        match operator {
            Operator::Is => true,
            Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte if has_parts => self.is_sortable,
            Operator::Eq | Operator::Neq | Operator::In | Operator::IsDistinct if has_parts => self.is_comparable,
            Operator::Contains | Operator::ContainedBy | Operator::Overlaps if self.is_list => self.is_comparable,
            operator if operator.is_text_search() && kind == Kind::Text => self.is_text,
            operator if operator.is_text_search() => self.has("@@"),
            Operator::IsDistinct => self.has("="),
            operator => self.has(operator.sql()),
        }
    }

    fn has(&self, symbol: &str) -> bool {
        self.symbols.iter().any(|known| known == symbol)
    }
}
