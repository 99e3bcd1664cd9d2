//! What is asked of PostgreSQL's catalogue. Everything is fixed text; names are bound.

/// Every table. `$1`: whether sizes are measured (which waits for locks) rather than taken from statistics.
pub const TABLES: &str = "
with r as materialized (
  select c.oid, n.oid as space, n.nspname, c.relname, c.relkind, c.relispartition, c.reltuples, c.relpages
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    -- What an extension brought along is its business, not a table of the platform.
    and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
), few as (select count(*) <= 2000 as few from r)
select r.oid, r.nspname::text, r.relname::text, r.relkind::text, r.relispartition,
  case when r.relkind in ('v', 'f') and r.reltuples <= 0 then null
    when r.relkind = 'p' then coalesce(nullif(r.reltuples, -1), (select sum(p.reltuples) from pg_catalog.pg_inherits i
      join pg_catalog.pg_class p on p.oid = i.inhrelid where i.inhparent = r.oid and p.reltuples >= 0))
    else nullif(r.reltuples, -1) end::float8,
  case when r.relkind not in ('r', 'm') then null
    when $1::bool and few.few then pg_catalog.pg_total_relation_size(r.oid)
    else r.relpages::int8 * pg_catalog.current_setting('block_size')::int8 end,
  pg_catalog.obj_description(r.oid, 'pg_class'),
  (select pn.nspname || '.' || pc.relname from pg_catalog.pg_inherits i join pg_catalog.pg_class pc on pc.oid = i.inhparent
    join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace where i.inhrelid = r.oid and r.relispartition limit 1),
  pg_catalog.has_any_column_privilege(r.oid, 'select'),
  not (pg_catalog.has_schema_privilege(r.space, 'usage') and pg_catalog.has_table_privilege(r.oid, 'select')
    and (r.relkind = 'm' or pg_catalog.has_table_privilege(r.oid, 'insert')))
from r cross join few
order by r.nspname, r.relname";

/// Finds a table by `$1` schema and `$2` name.
macro_rules! table {
    () => {
        "(select c.oid from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
          where n.nspname = $1::text and c.relname = $2::text and c.relkind in ('r', 'p', 'v', 'm', 'f'))"
    };
}

/// The table itself.
pub const TABLE: &str = concat!(
    "
select c.oid, c.relkind::text, c.relispartition,
  case when c.relkind in ('v', 'f') and c.reltuples <= 0 then null
    when c.relkind = 'p' then coalesce(nullif(c.reltuples, -1), (select sum(p.reltuples) from pg_catalog.pg_inherits i
      join pg_catalog.pg_class p on p.oid = i.inhrelid where i.inhparent = c.oid and p.reltuples >= 0))
    else nullif(c.reltuples, -1) end::float8,
  c.relpages::int8 * pg_catalog.current_setting('block_size')::int8,
  pg_catalog.obj_description(c.oid, 'pg_class'),
  (select pn.nspname || '.' || pc.relname from pg_catalog.pg_inherits i join pg_catalog.pg_class pc on pc.oid = i.inhparent
    join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace where i.inhrelid = c.oid and c.relispartition limit 1),
  pg_catalog.has_schema_privilege(c.relnamespace, 'usage'),
  pg_catalog.has_table_privilege(c.oid, 'select'),
  pg_catalog.has_any_column_privilege(c.oid, 'insert'),
  pg_catalog.has_any_column_privilege(c.oid, 'update'),
  pg_catalog.has_table_privilege(c.oid, 'delete'),
  pg_catalog.pg_relation_is_updatable(c.oid, true)
from pg_catalog.pg_class c where c.oid = ",
    table!()
);

/// Its columns; types of domains down to their base.
pub const COLUMNS: &str = concat!(
    "
select a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), b.oid, b.typcategory::text, b.typtype::text, b.typmod,
  not (a.attnotnull or t.typnotnull), pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attgenerated <> '', a.attidentity::text,
  pg_catalog.col_description(a.attrelid, a.attnum),
  case when b.typcategory = 'A' then b.typelem else 0 end, case when b.typcategory = 'A' then pg_catalog.format_type(b.typelem, null) end,
  array(select e.enumlabel::text from pg_catalog.pg_enum e where e.enumtypid in (b.oid, case when b.typcategory = 'A' then b.typelem end) order by e.enumsortorder),
  pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'select'),
  pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'insert') or pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'update'),
  -- Whether a new row may get a value without being given one.
  d.adbin is not null or t.typdefault is not null or exists (select from pg_catalog.pg_trigger g where g.tgrelid = a.attrelid and g.tgtype & 7 = 7 and g.tgenabled <> 'D')
from pg_catalog.pg_attribute a
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
cross join lateral (
  with recursive base (oid, under, typmod) as (
    select t.oid, t.typbasetype, a.atttypmod
    union all
    select u.oid, u.typbasetype, d.typtypmod from base join pg_catalog.pg_type d on d.oid = base.oid join pg_catalog.pg_type u on u.oid = base.under
    where base.under <> 0
  )
  -- What is called a list, a number and so on by whoever made it need not be written like one.
  select base.oid, base.typmod, x.typtype, x.typelem, case when x.typtype = 'b' and x.oid >= 16384 and x.typcategory <> 'S'
    and not exists (select from pg_catalog.pg_type e where e.oid = x.typelem and e.typarray = x.oid) then 'U' else x.typcategory end as typcategory
  from base join pg_catalog.pg_type x on x.oid = base.oid where base.under = 0
) b
where a.attnum > 0 and not a.attisdropped and a.attrelid = ",
    table!(),
    " order by a.attnum"
);

/// Primary key, uniques, checks, exclusions and foreign keys.
pub const CONSTRAINTS: &str = concat!(
    "
select k.conname::text, k.contype::text,
  array(select a.attname::text from unnest(k.conkey) with ordinality c (num, place) join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = c.num order by c.place),
  pg_catalog.pg_get_constraintdef(k.oid), fn.nspname::text, fc.relname::text,
  array(select a.attname::text from unnest(k.confkey) with ordinality c (num, place) join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = c.num order by c.place),
  case when k.contype = 'f' then (select a.attname::text from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
    where a.attrelid = k.confrelid and a.attnum > 0 and not a.attisdropped and t.typcategory = 'S' and not a.attnum = any (k.confkey)
      and pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'select')
    order by array_position(array['name', 'title', 'label', 'display_name', 'full_name', 'subject', 'email', 'username', 'login', 'code', 'slug', 'last_name'], a.attname::text), a.attnum limit 1) end
from pg_catalog.pg_constraint k
left join pg_catalog.pg_class fc on fc.oid = k.confrelid
left join pg_catalog.pg_namespace fn on fn.oid = fc.relnamespace
where k.contype in ('p', 'u', 'c', 'x', 'f') and k.conrelid = ",
    table!(),
    " order by k.conname"
);

/// Foreign keys of other tables to this one; those of partitions come with their parent's.
pub const REFERENCED_BY: &str = concat!(
    "
select k.conname::text, n.nspname::text, c.relname::text,
  array(select a.attname::text from unnest(k.conkey) with ordinality c (num, place) join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = c.num order by c.place),
  array(select a.attname::text from unnest(k.confkey) with ordinality c (num, place) join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = c.num order by c.place),
  k.confdeltype::text,
  exists (select from pg_catalog.pg_index i where i.indrelid = k.conrelid and i.indisunique and i.indisvalid and i.indpred is null
    and (i.indkey::int2[])[0:i.indnkeyatts - 1] <@ k.conkey)
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where k.contype = 'f' and k.conparentid = 0 and k.confrelid = ",
    table!(),
    " order by n.nspname, c.relname, k.conname"
);

/// Tables whose primary key holds a foreign key to this one and one to another: rows of both hang together through them.
pub const JUNCTIONS: &str = concat!(
    "
select n.nspname::text, c.relname::text, k.conname::text, o.conname::text,
  array(select a.attname::text from unnest(k.confkey) with ordinality c (num, place) join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = c.num order by c.place),
  array(select a.attname::text from unnest(k.conkey) with ordinality c (num, place) join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = c.num order by c.place),
  array(select a.attname::text from unnest(o.conkey) with ordinality c (num, place) join pg_catalog.pg_attribute a on a.attrelid = o.conrelid and a.attnum = c.num order by c.place),
  array(select a.attname::text from unnest(o.confkey) with ordinality c (num, place) join pg_catalog.pg_attribute a on a.attrelid = o.confrelid and a.attnum = c.num order by c.place),
  fn.nspname::text, fc.relname::text
from pg_catalog.pg_constraint k
join pg_catalog.pg_constraint o on o.conrelid = k.conrelid and o.contype = 'f' and o.conparentid = 0 and o.oid <> k.oid
join pg_catalog.pg_constraint p on p.conrelid = k.conrelid and p.contype = 'p' and p.conkey @> (k.conkey || o.conkey)
join pg_catalog.pg_class c on c.oid = k.conrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_class fc on fc.oid = o.confrelid
join pg_catalog.pg_namespace fn on fn.oid = fc.relnamespace
where k.contype = 'f' and k.conparentid = 0 and pg_catalog.has_schema_privilege(n.oid, 'usage')
  and (select bool_and(pg_catalog.has_column_privilege(k.conrelid, num, 'select')) from unnest(k.conkey || o.conkey) num)
  and k.confrelid = ",
    table!(),
    " order by n.nspname, c.relname, k.conname, o.conname"
);

pub const INDEXES: &str = concat!(
    "
select c.relname::text, array(select pg_catalog.pg_get_indexdef(i.indexrelid, k, true) from generate_series(1, i.indnkeyatts) k),
  i.indisunique, i.indisprimary, pg_catalog.pg_get_indexdef(i.indexrelid)
from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
where i.indrelid = ",
    table!(),
    " order by i.indisprimary desc, c.relname"
);

/// Functions of one of its rows that change nothing, in its own schema: computed columns, and computed ways to other tables.
pub const COMPUTED: &str = concat!(
    "
select distinct p.proname::text, p.proretset, p.prorows = 1, pg_catalog.format_type(p.prorettype, null), b.oid, b.typcategory::text, cn.nspname::text, c.relname::text
from pg_catalog.pg_class k
join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.refobjid = k.reltype and d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
join pg_catalog.pg_proc p on p.oid = d.objid and p.pronamespace = k.relnamespace
join pg_catalog.pg_type r on r.oid = p.prorettype
join pg_catalog.pg_type b on b.oid = case when r.typtype = 'd' then r.typbasetype else r.oid end
left join pg_catalog.pg_class c on c.oid = r.typrelid and c.relkind in ('r', 'p', 'v', 'm', 'f')
left join pg_catalog.pg_namespace cn on cn.oid = c.relnamespace
where p.prokind = 'f' and p.provolatile <> 'v' and p.pronargs = 1 and p.proargtypes[0] = k.reltype and r.typtype <> 'p' and (not p.proretset or c.oid is not null)
  and pg_catalog.has_schema_privilege(p.pronamespace, 'usage') and pg_catalog.has_function_privilege(p.oid, 'execute') and k.oid = ",
    table!(),
    " order by p.proname::text"
);

/// The columns that the columns of a query are, whose tables and numbers are `$1` and `$2`, in its order; 0 is none.
pub const ORIGINS: &str = "
select n.nspname::text, c.relname::text, c.relkind in ('v', 'm'), a.attname::text
from unnest($1::oid[], $2::int2[]) with ordinality o (rel, num, place)
left join pg_catalog.pg_attribute a on a.attrelid = o.rel and a.attnum = o.num
left join pg_catalog.pg_class c on c.oid = a.attrelid
left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
order by o.place";

/// The query of the view `$1`.
pub const VIEW: &str = "select pg_catalog.pg_get_viewdef($1::oid)";

/// Measures `$1`; waits for locks.
pub const SIZE: &str = "select case when c.relkind = 'p' then (select sum(pg_catalog.pg_total_relation_size(t.relid))::int8 from pg_catalog.pg_partition_tree(c.oid) t where t.isleaf)
  when c.relkind in ('r', 'm') then pg_catalog.pg_total_relation_size(c.oid) end
from pg_catalog.pg_class c where c.oid = $1";

pub const STATEMENTS: &[&str] = &[TABLES, TABLE, COLUMNS, CONSTRAINTS, REFERENCED_BY, JUNCTIONS, INDEXES, COMPUTED, ORIGINS, VIEW, SIZE];
