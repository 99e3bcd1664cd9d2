//! What is asked about functions. Everything is fixed text; names are bound.

/// Functions of `$1` schema and `$2` name that the login may run. What an extension brought along is its business.
macro_rules! named {
    ($rest:literal) => {
        concat!(
            "with f as materialized (
  select p.* from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace join pg_catalog.pg_type r on r.oid = p.prorettype
  where n.nspname = $1::text and p.proname = $2::text and p.prokind = 'f' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not (r.typtype = 'p' and r.typname not in ('void', 'record'))
    and pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_function_privilege(p.oid, 'execute')
    and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e')
)",
            $rest
        )
    };
}

/// The functions themselves.
pub const FUNCTIONS: &str = named!(
    "
select f.oid, f.provolatile::text, f.proretset, f.provariadic <> 0, f.pronargs::int4, f.pronargdefaults::int4, r.typname::text, r.typtype::text,
  pg_catalog.format_type(f.prorettype, null), case when r.typtype = 'd' then r.typbasetype else r.oid end, r.typcategory::text, c.relkind::text, cn.nspname::text, c.relname::text
from f join pg_catalog.pg_type r on r.oid = f.prorettype
left join pg_catalog.pg_class c on c.oid = r.typrelid left join pg_catalog.pg_namespace cn on cn.oid = c.relnamespace
order by f.oid"
);

/// What goes in and comes out, in order: parameters, then the columns of a composite result (mode `c`).
pub const PLACES: &str = named!(
    ", places as (
  select f.oid, x.place, coalesce(f.proargmodes[x.place]::text, 'i') as mode, f.proargnames[x.place] as name, x.type
  from f, unnest(coalesce(f.proallargtypes, f.proargtypes::oid[])) with ordinality x (type, place)
  union all
  select f.oid, a.attnum, 'c', a.attname::text, a.atttypid
  from f join pg_catalog.pg_type r on r.oid = f.prorettype and r.typtype = 'c' join pg_catalog.pg_attribute a on a.attrelid = r.typrelid and a.attnum > 0 and not a.attisdropped
)
select p.oid, p.mode, p.name, n.nspname::text, t.typname::text, pg_catalog.format_type(p.type, null), b.oid, b.typcategory::text, b.typtype::text, case when b.typcategory = 'A' then b.typelem else 0 end
from places p join pg_catalog.pg_type t on t.oid = p.type join pg_catalog.pg_namespace n on n.oid = t.typnamespace
join pg_catalog.pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
order by p.oid, p.mode = 'c', p.place"
);

pub const STATEMENTS: &[&str] = &[FUNCTIONS, PLACES];
