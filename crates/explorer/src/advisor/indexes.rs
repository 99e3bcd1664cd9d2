//! Indexes that are missing, broken, or not worth what they cost.

use super::rule::{Rule, Severity, Topic, over_tables};

pub const RULES: &[Rule] = &[
    Rule {
        id: "invalid-index",
        severity: Severity::High,
        topic: Topic::Performance,
        title: "An index that was never finished",
        why: "Building it failed. It costs as much as any other on each write, and no query uses it. Build it again, or drop it.",
        sql: over_tables!(
            "select t.schema, t.name, c.relname::text, null::text, format('reindex index concurrently %I.%I;', t.schema, c.relname)
from t join pg_catalog.pg_index i on i.indrelid = t.oid join pg_catalog.pg_class c on c.oid = i.indexrelid where not i.indisvalid and c.relkind = 'i'"
        ),
    },
    Rule {
        id: "unindexed-key",
        severity: Severity::Medium,
        topic: Topic::Performance,
        title: "A foreign key without an index",
        why: "Each time a row is deleted that it points to, or its key changes, PostgreSQL reads this whole table. Joins over it do too.",
        sql: over_tables!(
            "select t.schema, t.name, k.conname::text, cols.list || ' references ' || k.confrelid::pg_catalog.regclass,
  format('create index concurrently on %s (%s);', t.full_name, cols.list)
from t join pg_catalog.pg_constraint k on k.conrelid = t.oid and k.contype = 'f' and k.conparentid = 0
cross join lateral (select string_agg(format('%I', a.attname), ', ' order by c.place) as list
  from unnest(k.conkey) with ordinality c (num, place) join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = c.num) cols
where t.kind in ('r', 'p') and not exists (select from pg_catalog.pg_index i where i.indrelid = k.conrelid and i.indisvalid and i.indpred is null
  and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)"
        ),
    },
    Rule {
        id: "duplicate-index",
        severity: Severity::Medium,
        topic: Topic::Performance,
        title: "Two indexes that are the same",
        why: "One of them is enough; the other costs time on each write, and space.",
        sql: over_tables!(
            "select t.schema, t.name, c.relname::text, 'same as ' || oc.relname || ', ' || pg_catalog.pg_size_pretty(pg_catalog.pg_relation_size(i.indexrelid)),
  format('drop index concurrently %I.%I;', t.schema, c.relname)
from t join pg_catalog.pg_index i on i.indrelid = t.oid
join pg_catalog.pg_index o on o.indrelid = i.indrelid and o.indexrelid <> i.indexrelid and o.indkey = i.indkey and o.indclass = i.indclass
  and o.indcollation = i.indcollation and o.indoption = i.indoption
  and pg_catalog.pg_get_expr(o.indexprs, o.indrelid) is not distinct from pg_catalog.pg_get_expr(i.indexprs, i.indrelid)
  and pg_catalog.pg_get_expr(o.indpred, o.indrelid) is not distinct from pg_catalog.pg_get_expr(i.indpred, i.indrelid)
join pg_catalog.pg_class c on c.oid = i.indexrelid join pg_catalog.pg_class oc on oc.oid = o.indexrelid and oc.relam = c.relam
where not i.indisunique and i.indisvalid and o.indisvalid and (o.indisunique or o.indexrelid < i.indexrelid) and not c.relispartition"
        ),
    },
    Rule {
        id: "unused-index",
        severity: Severity::Low,
        topic: Topic::Performance,
        title: "An index that nothing uses",
        why: "No query has used it for as long as statistics go back. Look at other servers that read from this one, and at work that comes once a month, before it is dropped.",
        sql: over_tables!(
            "select t.schema, t.name, c.relname::text, pg_catalog.pg_size_pretty(pg_catalog.pg_relation_size(c.oid)) ||
    coalesce(', since ' || to_char((select stats_reset from pg_catalog.pg_stat_database where datname = pg_catalog.current_database()), 'YYYY-MM-DD'), ''),
  format('drop index concurrently %I.%I;', t.schema, c.relname)
from t join pg_catalog.pg_index i on i.indrelid = t.oid and i.indisvalid and not i.indisunique and not i.indisreplident
join pg_catalog.pg_class c on c.oid = i.indexrelid and c.relkind = 'i' and c.relpages >= 128
join pg_catalog.pg_stat_all_indexes s on s.indexrelid = c.oid and s.idx_scan = 0
where not exists (select from pg_catalog.pg_constraint k where k.conindid = c.oid)"
        ),
    },
];
