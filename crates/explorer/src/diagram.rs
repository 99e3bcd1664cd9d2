//! The tables of a source and what points where, in one answer: what a diagram is drawn from.

use crate::state::State;
use crate::tables::admit;
use http::{Method, StatusCode};
use kernel::endpoint::{Access, Endpoint, Response, json as answer};
use kernel::{Call, Module, Result};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// Tables in one answer; the schema narrows it.
const MOST: i64 = 3_000;
/// Columns of one table; what has more is told by their number.
const COLUMNS: i64 = 100;

/// Tables of the schema `$1`, or of all; `$2`: schemas of the panel, of which only what may be read is shown; `$3`: how many tables, `$4`:
/// how many columns of each. Partitions are drawn as their parent.
const TABLES: &str = "
select n.nspname::text, c.relname::text, c.relkind::text, pg_catalog.obj_description(c.oid, 'pg_class'),
  array(select a.attname::text from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    and (not n.nspname = any ($2::text[]) or pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'select')) order by a.attnum limit $4::int8),
  array(select pg_catalog.format_type(a.atttypid, a.atttypmod) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    and (not n.nspname = any ($2::text[]) or pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'select')) order by a.attnum limit $4::int8),
  array(select not a.attnotnull from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    and (not n.nspname = any ($2::text[]) or pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'select')) order by a.attnum limit $4::int8),
  array(select a.attname::text from pg_catalog.pg_constraint k cross join unnest(k.conkey) num join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = num
    where k.conrelid = c.oid and k.contype = 'p'),
  (select count(*) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
  and ($1::text is null or n.nspname = $1) and (not n.nspname = any ($2::text[]) or pg_catalog.has_any_column_privilege(c.oid, 'select'))
  and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
order by n.nspname, c.relname limit $3::int8";

/// Foreign keys from or to the schema `$1`, or all of them. One row at most points by those whose columns are unique.
const REFERENCES: &str = "
select k.conname::text, n.nspname::text, c.relname::text,
  array(select a.attname::text from unnest(k.conkey) with ordinality u (num, place) join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num order by u.place),
  tn.nspname::text, tc.relname::text,
  array(select a.attname::text from unnest(k.confkey) with ordinality u (num, place) join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.num order by u.place),
  exists (select from pg_catalog.pg_index i where i.indrelid = k.conrelid and i.indisunique and i.indisvalid and i.indpred is null
    and (i.indkey::int2[])[0:i.indnkeyatts - 1] <@ k.conkey),
  exists (select from unnest(k.conkey) u (num) join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num where not a.attnotnull)
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_class tc on tc.oid = k.confrelid join pg_catalog.pg_namespace tn on tn.oid = tc.relnamespace
where k.contype = 'f' and k.conparentid = 0 and ($1::text is null or n.nspname = $1 or tn.nspname = $1)
order by n.nspname, c.relname, k.conname limit 20000";

pub const STATEMENTS: &[&str] = &[TABLES, REFERENCES];

#[derive(Serialize)]
struct Drawn {
    schema: String,
    name: String,
    kind: &'static str,
    comment: Option<String>,
    columns: Vec<DrawnColumn>,
    /// Of all its columns.
    width: i64,
}

#[derive(Serialize)]
struct DrawnColumn {
    name: String,
    #[serde(rename = "type")]
    type_name: String,
    nullable: bool,
    key: bool,
}

#[derive(Serialize)]
struct End {
    schema: String,
    table: String,
    columns: Vec<String>,
}

#[derive(Serialize)]
struct Pointing {
    name: String,
    from: End,
    to: End,
    /// At most one row points to another by it.
    unique: bool,
    /// A row may point to none.
    optional: bool,
}

pub(crate) fn routes(module: Module, state: &Arc<State>) -> Module {
    let state = state.clone();
    let end = json!({"type": "object", "properties": {"schema": {"type": "string"}, "table": {"type": "string"}, "columns": {"type": "array", "items": {"type": "string"}}}});
    module.route(
        Endpoint::new(
            Method::GET,
            "/explorer/{source}/diagram",
            "explorer.diagram",
            Access::Permission("rows:read".into()),
            move |call: Call| {
                let state = state.clone();
                async move { diagram(&state, &call).await }
            },
        )
        .summary("The tables of a source with their columns, and the foreign keys between them: what a diagram is drawn from")
        .parameter("schema", "query", "Only tables of this schema, and what points there; all without")
        .answer(
            json!({"type": "object", "properties": {
                "tables": {"type": "array", "items": {"type": "object", "properties": {"schema": {"type": "string"}, "name": {"type": "string"}, "kind": {"type": "string"},
                    "comment": {"type": ["string", "null"]}, "columns": {"type": "array", "items": {"type": "object"}}, "width": {"type": "integer"}}}},
                "references": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}, "from": end, "to": end,
                    "unique": {"type": "boolean"}, "optional": {"type": "boolean"}}}},
                "more": {"type": "boolean"}}}),
            json!({"tables": [{"schema": "public", "name": "album", "kind": "table", "comment": null, "width": 1,
                    "columns": [{"name": "album_id", "type": "integer", "nullable": false, "key": true}]}],
                "references": [{"name": "track_album_id_fkey", "from": {"schema": "public", "table": "track", "columns": ["album_id"]},
                    "to": {"schema": "public", "table": "album", "columns": ["album_id"]}, "unique": false, "optional": true}], "more": false}),
        ),
    )
}

async fn diagram(state: &Arc<State>, call: &Call) -> Result<Response> {
    admit(call, "rows:read")?;
    let source = state.for_caller(call).await?;
    let schema = call.query_value("schema").filter(|schema| !schema.is_empty());
    let panel = source.catalogue.panel_schemas();
    let conn = source.conn().await?;
    let named = |error: tokio_postgres::Error| source.named(error.into());
    let (of_tables, of_references) = futures::try_join!(conn.prepare_cached(TABLES), conn.prepare_cached(REFERENCES)).map_err(named)?;
    let most = MOST + 1;
    let about: [&(dyn ToSql + Sync); 4] = [&schema, &panel, &most, &COLUMNS];
    let pointing: [&(dyn ToSql + Sync); 1] = [&schema];
    let (tables, references) = futures::try_join!(conn.query(&of_tables, &about), conn.query(&of_references, &pointing)).map_err(named)?;
    let more = tables.len() > usize::try_from(MOST).unwrap_or(usize::MAX);
    let mut tables: Vec<Drawn> = tables.iter().map(drawn).collect();
    tables.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    // What may not be looked at isn't pointed at either.
    let is_shown =
        |end: &End| !source.catalogue.is_panel(&end.schema) || tables.iter().any(|one| one.schema == end.schema && one.name == end.table);
    let references: Vec<Pointing> = references.iter().map(read_pointing).filter(|one| is_shown(&one.from) && is_shown(&one.to)).collect();
    answer(StatusCode::OK, &json!({"tables": tables, "references": references, "more": more}))
}

fn drawn(row: &Row) -> Drawn {
    let (names, types, nullable, key): (Vec<String>, Vec<String>, Vec<bool>, Vec<String>) =
        (row.get(4), row.get(5), row.get(6), row.get(7));
    let columns = names.into_iter().zip(types).zip(nullable).map(|((name, type_name), nullable)| DrawnColumn {
        key: key.contains(&name),
        name,
        type_name,
        nullable,
    });
    let kind = match row.get(2) {
        "v" => "view",
        "m" => "materialized_view",
        "f" => "foreign",
        "p" => "partitioned",
        _ => "table",
    };
    Drawn { schema: row.get(0), name: row.get(1), kind, comment: row.get(3), columns: columns.collect(), width: row.get(8) }
}

fn read_pointing(row: &Row) -> Pointing {
    Pointing {
        name: row.get(0),
        from: End { schema: row.get(1), table: row.get(2), columns: row.get(3) },
        to: End { schema: row.get(4), table: row.get(5), columns: row.get(6) },
        unique: row.get(7),
        optional: row.get(8),
    }
}
