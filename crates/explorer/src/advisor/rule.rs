//! What a rule is, and the part of its statement that all have in common.

use serde::Serialize;

/// How much it matters. In this order they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody from outside can read or change what isn't theirs.
    Critical,
    High,
    Medium,
    Low,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    Security,
    Performance,
    Schema,
}

/// One thing that is looked for.
pub struct Rule {
    pub id: &'static str,
    pub severity: Severity,
    pub topic: Topic,
    pub title: &'static str,
    /// Why it matters, and what to do.
    pub why: &'static str,
    /// `$1` schemas that are not looked at. Gives schema, object, part of it (or null), what was found, and the SQL that
    /// would mend it (or null).
    pub sql: &'static str,
}

/// A statement that begins with these tables: `web`, the roles that requests from outside take; `t`, every table, view and
/// the like that isn't PostgreSQL's, an extension's or excluded; `reach`, what those roles may do with them; `who`, the
/// same in words.
macro_rules! over_tables {
    ($rest:literal) => {
        concat!(
            "with web as (select oid, rolname::text as role from pg_catalog.pg_roles where rolname in ('anon', 'authenticated')),
t as (
  select c.oid, n.oid as space, n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind, c.relrowsecurity as secured,
    c.relacl, c.relowner, c.reltuples, c.reloptions, format('%I.%I', n.nspname, c.relname) as full_name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname <> all ($1::text[]) and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
),
reach as (
  select t.oid, web.oid as role_oid, web.role, p.privilege
  from t join web on pg_catalog.has_schema_privilege(web.oid, t.space, 'usage')
  cross join (values ('select'), ('insert'), ('update'), ('delete')) p (privilege)
  where case p.privilege when 'delete' then pg_catalog.has_table_privilege(web.oid, t.oid, 'delete')
    else pg_catalog.has_any_column_privilege(web.oid, t.oid, p.privilege) end
),
who as (
  select oid, string_agg(role || ': ' || privileges, '; ' order by role) as roles
  from (select oid, role, string_agg(privilege, ', ') as privileges from reach group by oid, role) one group by oid
)
",
            $rest
        )
    };
}
pub(super) use over_tables;
