//! What policies say.

use super::rule::{Rule, Severity, Topic, over_tables};

pub const RULES: &[Rule] = &[
    Rule {
        id: "always-true",
        severity: Severity::High,
        topic: Topic::Security,
        title: "A policy that lets every row be changed",
        why: "Its condition is true for every row, so it protects nothing from the roles that it is for.",
        sql: over_tables!(
            "select t.schema, t.name, p.polname::text,
  concat_ws('; ', case p.polcmd when '*' then 'all' when 'a' then 'insert' when 'w' then 'update' else 'delete' end,
    'using ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'with check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)),
  format('drop policy %I on %s;', p.polname, t.full_name)
from t join pg_catalog.pg_policy p on p.polrelid = t.oid
where p.polpermissive and p.polcmd <> 'r' and p.polroles && (array[0::oid] || array(select oid from web))
  and 'true' in (pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))"
        ),
    },
    Rule {
        id: "all-rows-shown",
        severity: Severity::Low,
        topic: Topic::Security,
        title: "A policy that shows every row",
        why: "Right for a catalogue that everybody may see; for anything else it is a hole.",
        sql: over_tables!(
            "select t.schema, t.name, p.polname::text,
  'to ' || case when p.polroles = array[0::oid] then 'public' else (select string_agg(r.rolname::text, ', ') from pg_catalog.pg_roles r where r.oid = any (p.polroles)) end, null::text
from t join pg_catalog.pg_policy p on p.polrelid = t.oid
where p.polpermissive and p.polcmd = 'r' and p.polroles && (array[0::oid] || array(select oid from web)) and pg_catalog.pg_get_expr(p.polqual, p.polrelid) = 'true'"
        ),
    },
    Rule {
        id: "no-check",
        severity: Severity::Medium,
        topic: Topic::Security,
        title: "A policy that doesn't say what rows may become",
        why: "Without WITH CHECK the USING condition counts for new rows too. Where that isn't meant, a row can be changed into one that belongs to somebody else. Say it.",
        sql: over_tables!(
            "select t.schema, t.name, p.polname::text, case p.polcmd when '*' then 'all' else 'update' end || '; using ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid),
  format('alter policy %I on %s with check (%s);', p.polname, t.full_name, pg_catalog.pg_get_expr(p.polqual, p.polrelid))
from t join pg_catalog.pg_policy p on p.polrelid = t.oid
where p.polpermissive and p.polcmd in ('*', 'w') and p.polwithcheck is null and p.polqual is not null and pg_catalog.pg_get_expr(p.polqual, p.polrelid) <> 'true'"
        ),
    },
    Rule {
        id: "policy-per-row",
        severity: Severity::Medium,
        topic: Topic::Performance,
        title: "A policy that asks who it is for each row",
        why: "auth.uid() and its like are called again for every row. Inside a subquery, (select auth.uid()), PostgreSQL asks once.",
        sql: over_tables!(
            "select t.schema, t.name, p.polname::text, e.text,
  format('alter policy %I on %s%s%s;', p.polname, t.full_name,
    ' using (' || pg_catalog.regexp_replace(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '(?<!select )(auth\\.(uid|role|jwt)\\(\\))', '(select \\1)', 'gi') || ')',
    ' with check (' || pg_catalog.regexp_replace(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), '(?<!select )(auth\\.(uid|role|jwt)\\(\\))', '(select \\1)', 'gi') || ')')
from t join pg_catalog.pg_policy p on p.polrelid = t.oid
cross join lateral (select concat_ws(' ', pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)) as text) e
where e.text ~* '(?<!select )auth\\.(uid|role|jwt)\\(\\)'"
        ),
    },
    Rule {
        id: "several-policies",
        severity: Severity::Low,
        topic: Topic::Performance,
        title: "Several policies for the same thing",
        why: "Each policy that allows is asked for every row, and a row is let through when any of them says so. One policy is quicker, and easier to read.",
        sql: over_tables!(
            "select t.schema, t.name, web.role, string_agg(p.polname::text, ', ' order by p.polname) || ' (' || c.word || ')', null::text
from t join pg_catalog.pg_policy p on p.polrelid = t.oid and p.polpermissive
join web on p.polroles && array[0::oid, web.oid]
join (values ('r', 'select'), ('a', 'insert'), ('w', 'update'), ('d', 'delete')) c (cmd, word) on p.polcmd::text in ('*', c.cmd)
where t.secured group by t.schema, t.name, web.role, c.word having count(*) > 1"
        ),
    },
];
