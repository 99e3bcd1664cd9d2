//! Functions that run with their owner's rights, and schemas that anybody may put something into.

use super::rule::{Rule, Severity, Topic};

pub const RULES: &[Rule] = &[
    Rule {
        id: "definer-path",
        severity: Severity::High,
        topic: Topic::Security,
        title: "Runs with its owner's rights, on the caller's path",
        why: "Whoever calls it can put a table or function of their own before the one that is meant. Set search_path for the function, and write the schema before each name.",
        sql: "select n.nspname::text, p.proname::text, pg_catalog.pg_get_function_identity_arguments(p.oid),
  'owner ' || pg_catalog.pg_get_userbyid(p.proowner), format('alter function %s set search_path = '''';', p.oid::pg_catalog.regprocedure)
from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where p.prosecdef and n.nspname <> all ($1::text[]) and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
  and not exists (select from unnest(p.proconfig) c where c like 'search_path=%')
  and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e')",
    },
    Rule {
        id: "definer-open",
        severity: Severity::Medium,
        topic: Topic::Security,
        title: "The web may run it with its owner's rights",
        why: "Row policies don't bind what it does. Make sure that it looks at who is asking, or take the right to run it away.",
        sql: "select n.nspname::text, p.proname::text, pg_catalog.pg_get_function_identity_arguments(p.oid),
  string_agg(r.rolname::text, ', ') || '; owner ' || pg_catalog.pg_get_userbyid(p.proowner),
  format('revoke execute on function %s from public, anon, authenticated;', p.oid::pg_catalog.regprocedure)
from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
join pg_catalog.pg_roles r on r.rolname in ('anon', 'authenticated') and pg_catalog.has_schema_privilege(r.oid, n.oid, 'usage') and pg_catalog.has_function_privilege(r.oid, p.oid, 'execute')
where p.prosecdef and n.nspname <> all ($1::text[]) and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' and p.prorettype not in ('trigger'::pg_catalog.regtype, 'event_trigger'::pg_catalog.regtype)
  and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e')
group by n.nspname, p.proname, p.oid, p.proowner",
    },
    Rule {
        id: "open-schema",
        severity: Severity::Medium,
        topic: Topic::Security,
        title: "Everybody may create things in this schema",
        why: "A role that shouldn't can leave a function or table there that others then use by mistake.",
        sql: "select n.nspname::text, n.nspname::text, null::text, 'create to public', format('revoke create on schema %I from public;', n.nspname)
from pg_catalog.pg_namespace n cross join lateral pg_catalog.aclexplode(n.nspacl) a
where n.nspname <> all ($1::text[]) and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' and a.grantee = 0 and a.privilege_type = 'CREATE'",
    },
];
