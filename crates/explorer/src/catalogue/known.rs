//! Types whose values the panel may write back: those of which it is known that the text that PostgreSQL writes is read again
//! as the same value. That holds of all that PostgreSQL brings along and of everything made of them, and of some extensions'.
//! Of any other base type nothing is known; its values are shown, and changed with SQL.

use deadpool_postgres::ClientWrapper;
use std::collections::HashMap;
use tokio_postgres::Error;
use tokio_postgres::types::ToSql;

/// The first oid that PostgreSQL gives to what somebody made (`FirstNormalObjectId`).
pub const FIRST_MADE: u32 = 16_384;

/// Of each type in `$1` that is, or holds, a base type that isn't known: that type.
pub const UNKNOWN: &str = "
with recursive parts (oid, part) as (
  select t.oid, t.oid from unnest($1::oid[]) t (oid)
  union
  select p.oid, x.part from parts p join pg_catalog.pg_type t on t.oid = p.part cross join lateral (
    select t.typbasetype where t.typtype = 'd'
    union all select e.oid from pg_catalog.pg_type e where t.typtype = 'b' and e.oid = t.typelem and e.typarray = t.oid
    union all select r.rngsubtype from pg_catalog.pg_range r where t.typtype in ('r', 'm') and t.oid in (r.rngtypid, r.rngmultitypid)
    union all select a.atttypid from pg_catalog.pg_attribute a where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
  ) x (part)
)
select p.oid, min(n.nspname || '.' || t.typname) from parts p
join pg_catalog.pg_type t on t.oid = p.part and t.typtype = 'b' and t.oid >= 16384
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
where not exists (select from pg_catalog.pg_type e where e.oid = t.typelem and e.typarray = t.oid)
  and not exists (select from pg_catalog.pg_depend d join pg_catalog.pg_extension x on x.oid = d.refobjid
    where d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objid = t.oid and d.deptype = 'e' and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      and (x.extname, t.typname) in (('citext', 'citext'), ('hstore', 'hstore'), ('ltree', 'ltree'), ('ltree', 'lquery'), ('ltree', 'ltxtquery'), ('cube', 'cube'),
        ('seg', 'seg'), ('intarray', 'query_int'), ('isn', 'ean13'), ('isn', 'isbn'), ('isn', 'isbn13'), ('isn', 'ismn'), ('isn', 'ismn13'), ('isn', 'issn'), ('isn', 'issn13'),
        ('isn', 'upc'), ('vector', 'vector'), ('vector', 'halfvec'), ('vector', 'sparsevec'), ('postgis', 'geometry'), ('postgis', 'geography')))
group by p.oid";

/// The unknown type in each of these that is or holds one.
///
/// # Errors
/// When the source is away.
pub async fn unknown(client: &ClientWrapper, types: impl Iterator<Item = u32>) -> Result<HashMap<u32, String>, Error> {
    let mut made: Vec<u32> = types.filter(|oid| *oid >= FIRST_MADE).collect();
    if made.is_empty() {
        return Ok(HashMap::new());
    }
    made.sort_unstable();
    made.dedup();
    let statement = client.prepare_cached(UNKNOWN).await?;
    let values: [&(dyn ToSql + Sync); 1] = [&made];
    Ok(client.query(&statement, &values).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}
