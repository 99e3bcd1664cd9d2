//! Who may reach a table, and whether row policies stand between.

use super::rule::{Rule, Severity, Topic, over_tables};

pub const RULES: &[Rule] = &[
    Rule {
        id: "rls-off",
        severity: Severity::Critical,
        topic: Topic::Security,
        title: "Open to the web without row policies",
        why: "Requests from outside run as anon or authenticated. Without row-level security these roles see and change every row that their grants cover. Enable it, then write policies for what they should see.",
        sql: over_tables!(
            "select t.schema, t.name, null::text, who.roles, format('alter table %s enable row level security;', t.full_name)
from t join who on who.oid = t.oid
where t.kind in ('r', 'p') and not t.secured and not exists (select from pg_catalog.pg_policy p where p.polrelid = t.oid)"
        ),
    },
    Rule {
        id: "policies-off",
        severity: Severity::Critical,
        topic: Topic::Security,
        title: "Has policies that don't count",
        why: "Somebody wrote row policies for this table, but row-level security is not enabled, so PostgreSQL ignores them.",
        sql: over_tables!(
            "select t.schema, t.name, null::text, (select string_agg(p.polname::text, ', ' order by p.polname) from pg_catalog.pg_policy p where p.polrelid = t.oid),
  format('alter table %s enable row level security;', t.full_name)
from t where t.kind in ('r', 'p') and not t.secured and exists (select from pg_catalog.pg_policy p where p.polrelid = t.oid)"
        ),
    },
    Rule {
        id: "sensitive-column",
        severity: Severity::Critical,
        topic: Topic::Security,
        title: "A column that sounds secret is open to the web",
        why: "Its name speaks of a password, key or personal number, requests from outside may read it, and no row policy stands before it. Enable row-level security, or grant only the other columns.",
        sql: over_tables!(
            "select t.schema, t.name, a.attname::text, string_agg(distinct web.role, ', '), format('alter table %s enable row level security;', t.full_name)
from t join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
join web on pg_catalog.has_schema_privilege(web.oid, t.space, 'usage') and pg_catalog.has_column_privilege(web.oid, t.oid, a.attnum, 'select')
where not t.secured and t.kind in ('r', 'p', 'm', 'f')
  and a.attname ~* '(^|_)(password|passwd|pwd|passphrase|secret|token|api_?key|private_?key|access_?key|ssn|social_security|tax_?id|passport|iban|card_?number|cvv|cvc|pin|otp|salary)(_|$)'
group by t.schema, t.name, a.attname, t.full_name"
        ),
    },
    Rule {
        id: "no-policy",
        severity: Severity::Medium,
        topic: Topic::Security,
        title: "Row-level security without a policy",
        why: "Roles from outside have rights on this table, and no policy lets them see a row: every request answers with nothing. Write a policy, or take the rights away.",
        sql: over_tables!(
            "select t.schema, t.name, null::text, who.roles,
  format('create policy %I on %s for select to authenticated using ((select auth.uid()) = user_id);', 'own rows', t.full_name)
from t join who on who.oid = t.oid
where t.kind in ('r', 'p') and t.secured and not exists (select from pg_catalog.pg_policy p where p.polrelid = t.oid)"
        ),
    },
    Rule {
        id: "anon-writes",
        severity: Severity::High,
        topic: Topic::Security,
        title: "Who isn't signed in may write",
        why: "anon has the right to change this table and a policy lets it. That is meant for few tables, such as a contact form.",
        sql: over_tables!(
            "select t.schema, t.name, p.polname::text, string_agg(r.privilege, ', '),
  format('revoke %s on %s from anon;', string_agg(r.privilege, ', '), t.full_name)
from t join reach r on r.oid = t.oid and r.role = 'anon' and r.privilege <> 'select'
join pg_catalog.pg_policy p on p.polrelid = t.oid and p.polpermissive and p.polroles && array[0::oid, r.role_oid]
  and p.polcmd in ('*', case r.privilege when 'insert' then 'a' when 'update' then 'w' else 'd' end)
where t.secured group by t.schema, t.name, p.polname, t.full_name"
        ),
    },
    Rule {
        id: "public-grant",
        severity: Severity::High,
        topic: Topic::Security,
        title: "Granted to everybody",
        why: "A grant to PUBLIC counts for every role that there is and will be. Grant to the roles that are meant.",
        sql: over_tables!(
            "select t.schema, t.name, null::text, string_agg(lower(a.privilege_type), ', '), format('revoke %s on %s from public;', string_agg(lower(a.privilege_type), ', '), t.full_name)
from t cross join lateral pg_catalog.aclexplode(t.relacl) a where a.grantee = 0 group by t.schema, t.name, t.full_name"
        ),
    },
    Rule {
        id: "unused-grant",
        severity: Severity::Low,
        topic: Topic::Security,
        title: "A right that no policy lets through",
        why: "The role has the right, but no policy of this table applies to it for that command, so it never changes or shows a row. Take it away, before a new policy opens more than it means to.",
        sql: over_tables!(
            "select t.schema, t.name, web.role, string_agg(lower(a.privilege_type), ', ' order by a.privilege_type),
  format('revoke %s on %s from %I;', string_agg(lower(a.privilege_type), ', ' order by a.privilege_type), t.full_name, web.role)
from t cross join lateral pg_catalog.aclexplode(t.relacl) a join web on web.oid = a.grantee
where t.secured and t.kind in ('r', 'p') and a.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
  and exists (select from pg_catalog.pg_policy p where p.polrelid = t.oid)
  and not exists (select from pg_catalog.pg_policy p where p.polrelid = t.oid and p.polpermissive and p.polroles && array[0::oid, web.oid]
    and p.polcmd in ('*', case a.privilege_type when 'SELECT' then 'r' when 'INSERT' then 'a' when 'UPDATE' then 'w' else 'd' end))
group by t.schema, t.name, web.role, t.full_name"
        ),
    },
    Rule {
        id: "beyond-policies",
        severity: Severity::Medium,
        topic: Topic::Security,
        title: "Open to the web, and can't have row policies",
        why: "Materialized views and foreign tables have no row-level security: who may read them reads all of it. Put them into a schema that these roles can't use, or take the rights away.",
        sql: over_tables!(
            "select t.schema, t.name, null::text, who.roles, format('revoke all on %s from anon, authenticated;', t.full_name)
from t join who on who.oid = t.oid where t.kind in ('m', 'f')"
        ),
    },
    Rule {
        id: "definer-view",
        severity: Severity::High,
        topic: Topic::Security,
        title: "A view that goes round row policies",
        why: "A view reads with its owner's rights, so the row policies of its tables don't bind who asks through it. From PostgreSQL 15 on a view can take the rights of who asks.",
        sql: over_tables!(
            "select t.schema, t.name, null::text, who.roles || '; reads ' || string_agg(distinct b.full_name, ', '),
  case when pg_catalog.current_setting('server_version_num')::int >= 150000 then format('alter view %s set (security_invoker = true);', t.full_name) end
from t join who on who.oid = t.oid
join pg_catalog.pg_rewrite r on r.ev_class = t.oid
join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
join t b on b.oid = d.refobjid and b.secured
where t.kind = 'v' and not exists (select from unnest(t.reloptions) o where o in ('security_invoker=true', 'security_invoker=on', 'security_invoker=1', 'security_invoker=yes'))
group by t.schema, t.name, t.full_name, who.roles"
        ),
    },
];
