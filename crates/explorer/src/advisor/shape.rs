//! How tables are made.

use super::rule::{Rule, Severity, Topic, over_tables};

pub const RULES: &[Rule] = &[
    Rule {
        id: "no-primary-key",
        severity: Severity::Medium,
        topic: Topic::Schema,
        title: "A table without a primary key",
        why: "One row can't be told from another, so rows can't be changed here, and logical replication can't follow.",
        sql: over_tables!(
            "select t.schema, t.name, null::text, null::text, format('alter table %s add column id bigint generated always as identity primary key;', t.full_name)
from t where t.kind in ('r', 'p') and not exists (select from pg_catalog.pg_constraint k where k.conrelid = t.oid and k.contype = 'p')
  and not exists (select from pg_catalog.pg_inherits i where i.inhrelid = t.oid)"
        ),
    },
    Rule {
        id: "key-running-out",
        severity: Severity::High,
        topic: Topic::Schema,
        title: "Numbers are running out",
        why: "More than half of what the column's type can hold is used up. When they are all used, nothing can be inserted any more. Make it bigint in good time: the table is rewritten.",
        sql: over_tables!(
            "select t.schema, t.name, a.attname::text,
  s.last_value || ' of ' || case a.atttypid when 'int2'::pg_catalog.regtype then 32767 else 2147483647 end, format('alter table %s alter column %I type bigint;', t.full_name, a.attname)
from t join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped and a.atttypid in ('int2'::pg_catalog.regtype, 'int4'::pg_catalog.regtype)
join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = t.oid and d.refobjsubid = a.attnum and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype in ('a', 'i')
join pg_catalog.pg_class c on c.oid = d.objid and c.relkind = 'S' join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_sequences s on s.schemaname = n.nspname and s.sequencename = c.relname
where s.last_value > case a.atttypid when 'int2'::pg_catalog.regtype then 32767 else 2147483647 end / 2"
        ),
    },
];
