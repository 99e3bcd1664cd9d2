//! What is asked of PostgreSQL's catalogue before something is changed. Fixed text; names are bound.

/// What a name without its schema means while a plan is made and while it is run; and how strings are read.
pub const SETTLE: &str = "select pg_catalog.set_config('search_path', 'public, pg_temp', false), pg_catalog.set_config('standard_conforming_strings', 'on', false), \
     pg_catalog.set_config('client_min_messages', 'warning', false)";

/// Who works here, and on what: the version decides what there is.
pub const SERVER: &str = "select current_user::text, current_setting('server_version_num')::int4, \
     has_database_privilege(current_database(), 'create')";

pub const SCHEMA: &str = "select n.oid, pg_get_userbyid(n.nspowner)::text, pg_has_role(n.nspowner, 'usage'), has_schema_privilege(n.oid, 'create, usage'), \
     obj_description(n.oid, 'pg_namespace'), \
     exists (select from pg_class c where c.relnamespace = n.oid) or exists (select from pg_proc p where p.pronamespace = n.oid) \
       or exists (select from pg_type t where t.typnamespace = n.oid) \
     from pg_namespace n where n.nspname = $1::text";

pub const RELATION: &str = "select c.oid, c.relkind::text, c.relispartition, pg_get_userbyid(c.relowner)::text, pg_has_role(c.relowner, 'usage'), \
     exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'), \
     nullif(c.reltuples, -1)::float8, c.relpages::int8 * current_setting('block_size')::int8, c.relrowsecurity, c.relforcerowsecurity, \
     obj_description(c.oid, 'pg_class'), exists (select from pg_inherits i where i.inhparent = c.oid or i.inhrelid = c.oid), c.relowner, \
     coalesce(c.reloptions, '{}')::text[], c.relpersistence::text \
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1::text and c.relname = $2::text";

/// Columns of `$1`; only `$2` where it is given.
pub const COLUMNS: &str = "select a.attname::text, a.attnum::int4, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), \
     a.attgenerated::text, a.attidentity::text, col_description(a.attrelid, a.attnum), \
     case when a.attcollation <> t.typcollation then (select format('%I.%I', cn.nspname, co.collname) from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace where co.oid = a.attcollation) end, \
     a.atttypid, a.atttypmod, (select s.seqrelid::regclass::text from pg_depend q join pg_sequence s on s.seqrelid = q.objid \
       where q.classid = 'pg_class'::regclass and q.refclassid = 'pg_class'::regclass and q.refobjid = a.attrelid and q.refobjsubid = a.attnum and q.deptype = 'a' limit 1) \
     from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum \
     where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped and ($2::text is null or a.attname = $2::text) order by a.attnum";

/// Constraints of `$1`; only `$2` where it is given. Those that are made and dropped with something else aren't among them.
pub const CONSTRAINTS: &str = "select k.conname::text, k.contype::text, pg_get_constraintdef(k.oid), k.convalidated, k.oid, k.conindid, \
     obj_description(k.oid, 'pg_constraint'), case when k.confrelid <> 0 then (select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = k.confrelid) end \
     from pg_constraint k where k.conrelid = $1 and k.contype in ('p', 'u', 'c', 'x', 'f') and k.conislocal and ($2::text is null or k.conname = $2) \
     order by k.contype = 'f', k.contype <> 'p', k.conname";

/// Foreign keys of other tables that lead to `$1`.
pub const REFERENCED_BY: &str = "select format('%I of %I.%I: %s', k.conname, n.nspname, c.relname, pg_get_constraintdef(k.oid)) \
     from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace \
     where k.contype = 'f' and k.confrelid = $1 and k.conrelid <> $1 and k.conparentid = 0 order by 1";

/// Indexes of `$1` that belong to no constraint.
pub const INDEXES: &str = "select c.relname::text, pg_get_indexdef(c.oid), obj_description(c.oid, 'pg_class') from pg_index i join pg_class c on c.oid = i.indexrelid \
     where i.indrelid = $1 and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')) order by c.relname";

pub const INDEX: &str = "select c.oid, pg_get_indexdef(c.oid), n.nspname::text, t.relname::text, i.indisvalid, \
     (select k.conname::text from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x') limit 1), obj_description(c.oid, 'pg_class'), c.relkind::text, i.indisunique \
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = t.relnamespace \
     join pg_namespace m on m.oid = c.relnamespace where m.nspname = $1::text and c.relname = $2::text";

pub const TRIGGERS: &str =
    "select pg_get_triggerdef(t.oid) from pg_trigger t where t.tgrelid = $1 and not t.tgisinternal order by t.tgname";

/// Policies of `$1`; only `$2` where it is given.
pub const POLICIES: &str = "select p.polname::text, p.polpermissive, p.polcmd::text, \
     array(select case r when 0 then 'public' else pg_get_userbyid(r)::text end from unnest(p.polroles) r), \
     pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), obj_description(p.oid, 'pg_policy') \
     from pg_policy p where p.polrelid = $1 and ($2::text is null or p.polname = $2) order by p.polname";

/// Rights on `$1` that somebody was given, as the statements that give them; those of the owner come by themselves.
pub const GRANTS: &str = "select format('grant %s on table %I.%I to %s%s', string_agg(lower(a.privilege_type), ', ' order by a.privilege_type), n.nspname, c.relname, \
       case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end, case when a.is_grantable then ' with grant option' else '' end) \
     from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join lateral aclexplode(c.relacl) a \
     where c.oid = $1 and a.grantee <> c.relowner and a.privilege_type <> 'MAINTAIN' group by n.nspname, c.relname, a.grantee, a.is_grantable order by 1";

/// What hangs on an object `$2` (`$3`: a column of it, or 0) of the catalogue `$1`, and whether it stands in the way: what
/// hangs on it in one way in which it goes along doesn't.
pub const DEPENDENTS: &str = "select i.type, coalesce(i.identity, ''), bool_and(d.deptype = 'n') \
     from pg_depend d left join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid \
     cross join lateral pg_identify_object(case when w.oid is null then d.classid else 'pg_class'::regclass end, \
       case when w.oid is null then d.objid else w.ev_class end, case when w.oid is null then d.objsubid else 0 end) i \
     where d.refclassid = $1::text::regclass and d.refobjid = $2 and (d.refobjsubid = $3::int4 or $3::int4 = 0) and d.deptype in ('n', 'a') \
       and d.objid <> $2 and coalesce(w.ev_class <> $2, true) and not (d.classid = 'pg_class'::regclass and d.objid = $2) \
     group by 1, 2 order by 3 desc, 1, 2 limit 200";

/// Definitions of what goes along with a column `$2` of `$1`: constraints, then indexes.
pub const ALONG: &str = "select format('alter table %I.%I add constraint %I %s', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid)), 0 \
       from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace \
       where k.conrelid = $1 and k.contype in ('p', 'u', 'c', 'x', 'f') and $2::int4::int2 = any (k.conkey) \
     union all select pg_get_indexdef(x.indexrelid), 1 from pg_index x where x.indrelid = $1 \
       and not exists (select from pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x')) \
       and exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = x.indexrelid and d.refclassid = 'pg_class'::regclass and d.refobjid = $1 and d.refobjsubid = $2) \
     order by 2, 1";

pub const ENUM: &str = "select t.oid, pg_get_userbyid(t.typowner)::text, pg_has_role(t.typowner, 'usage'), \
     array(select e.enumlabel::text from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder), obj_description(t.oid, 'pg_type'), t.typowner, \
     exists (select from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e') \
     from pg_type t join pg_namespace n on n.oid = t.typnamespace where n.nspname = $1::text and t.typname = $2::text and t.typtype = 'e'";

pub const TYPE_NAMED: &str =
    "select t.oid from pg_type t join pg_namespace n on n.oid = t.typnamespace where n.nspname = $1::text and t.typname = $2::text";

pub const VIEW_QUERY: &str = "select pg_get_viewdef($1::oid)";

pub const TYPE: &str = "select t.oid, format_type(t.oid, null) from pg_type t where t.oid = to_regtype($1::text) and t.typtype <> 'p'";

/// Whether values of the one type are those of the other without being written anew.
pub const SAME_BYTES: &str =
    "select $1::oid = $2::oid or exists (select from pg_cast where castsource = $1 and casttarget = $2 and castmethod = 'b')";

/// Whether one of these functions may answer otherwise for each row.
pub const VOLATILE: &str = "select exists (select from pg_proc where proname = any ($1::text[]) and provolatile = 'v')";

pub const MAY_REFERENCE: &str = "select has_table_privilege($1::oid, 'references')";

/// Whether the columns `$2` of `$1` are those that an index begins with.
pub const LEADS_AN_INDEX: &str = "select exists (select from pg_index i where i.indrelid = $1 and i.indisvalid and i.indpred is null \
     and (i.indkey::int2[])[0:cardinality($2::text[]) - 1] @> array(select a.attnum from pg_attribute a where a.attrelid = $1 and a.attname = any ($2::text[])))";

/// What a role `$2` was given on `$1`.
pub const RIGHTS: &str = "select lower(a.privilege_type) from pg_class c cross join lateral aclexplode(c.relacl) a where c.oid = $1 \
     and case when a.grantee = 0 then 'public' else pg_get_userbyid(a.grantee)::text end = $2::text";

pub const ROLE: &str = "select exists (select from pg_roles where rolname = $1::text)";

/// Whether a table `$1` can be taken over from the role `$2`: only from the owner of the panel's database, a superuser, or a role that is nothing
/// more than the owner of some tables. `$3` owns the panel's database, `$4` are the panel's schemas.
pub const TAKING: &str = "with high as (select r.oid from pg_roles r where r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls \
       or r.rolname ~ '^(pg_|quarterdeck_)' or r.rolname = $3::text or exists (select from pg_database b where b.datdba = r.oid) \
       or exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relowner = r.oid and n.nspname = any ($4::text[]))) \
     select o.rolname::text, o.rolname = $3::text or o.rolsuper and coalesce((select s.rolsuper from pg_roles s where s.rolname = $3::text), false), \
       not exists (select from high where high.oid = o.oid) and not exists (select from high where not o.rolsuper and pg_has_role(o.oid, high.oid, 'member')) \
     from pg_roles o where o.oid = $2 and $1::oid <> 0";

pub const STATEMENTS: &[&str] = &[
    SETTLE,
    SERVER,
    SCHEMA,
    RELATION,
    COLUMNS,
    CONSTRAINTS,
    REFERENCED_BY,
    INDEXES,
    INDEX,
    TRIGGERS,
    POLICIES,
    GRANTS,
    DEPENDENTS,
    ALONG,
    ENUM,
    VIEW_QUERY,
    TYPE,
    TYPE_NAMED,
    SAME_BYTES,
    VOLATILE,
    MAY_REFERENCE,
    LEADS_AN_INDEX,
    RIGHTS,
    ROLE,
    TAKING,
];
