//! How a role stands to a table: what it was given there, and whether row policies bind it.

use super::look::Look;
use crate::catalogue::TableKind;
use kernel::list::Param;
use kernel::{Problem, Result};
use serde::Serialize;
use tokio_postgres::Row;

/// Of the role that is in use, to the table `$1`.
const STANDING: &str = "select current_user::pg_catalog.text, r.rolsuper, r.rolbypassrls, pg_catalog.pg_has_role(c.relowner, 'usage'), \
     c.relrowsecurity, c.relforcerowsecurity, pg_catalog.row_security_active(c.oid), \
     pg_catalog.has_schema_privilege(c.relnamespace, 'usage'), pg_catalog.has_any_column_privilege(c.oid, 'select'), \
     pg_catalog.has_any_column_privilege(c.oid, 'insert'), pg_catalog.has_any_column_privilege(c.oid, 'update'), \
     pg_catalog.has_table_privilege(c.oid, 'delete'), pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text, \
     coalesce(c.reloptions::pg_catalog.text[] operator(pg_catalog.&&) '{security_invoker=true,security_invoker=on,security_invoker=1}', false) \
     from pg_catalog.pg_class c join pg_catalog.pg_roles r on r.rolname operator(pg_catalog.=) current_user where c.oid operator(pg_catalog.=) $1::pg_catalog.oid";
/// What it may do with each column of `$1`.
const COLUMNS: &str = "select a.attname::pg_catalog.text, pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'select'), \
     pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'insert'), pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'update') \
     from pg_catalog.pg_attribute a where a.attrelid operator(pg_catalog.=) $1::pg_catalog.oid and a.attnum operator(pg_catalog.>) 0 \
     and not a.attisdropped order by a.attnum";

pub const STATEMENTS: &[&str] = &[STANDING, COLUMNS];

/// Why row policies don't bind somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Above {
    Superuser,
    Bypass,
    /// Theirs is the table, and its policies are not forced on its owner.
    Owner,
}

#[derive(Clone, Debug, Serialize)]
pub struct RowSecurity {
    pub enabled: bool,
    pub forced: bool,
    /// Whether policies decide what this role sees.
    pub active: bool,
    pub above: Option<Above>,
    /// For a view: its tables are read with the rights of its owner.
    pub view_of: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Privileges {
    pub schema: bool,
    /// Any column of it.
    pub select: bool,
    pub insert: bool,
    pub update: bool,
    pub delete: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct ColumnRights {
    pub name: String,
    pub select: bool,
    pub insert: bool,
    pub update: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    pub role: String,
    pub row_security: RowSecurity,
    pub privileges: Privileges,
    pub columns: Vec<ColumnRights>,
}

impl Standing {
    /// # Errors
    /// 404 when the table is gone, 503 when the source is away.
    pub async fn of(look: &Look<'_>) -> Result<Self> {
        let (side, oid) = (look.side, [Param::text(look.side.table.oid.to_string())]);
        let named = |error: tokio_postgres::Error| side.source.named(error.into());
        let found = look.rows(STANDING, &oid).await.map_err(named)?;
        let row = found.first().ok_or_else(|| Problem::new(kernel::problem::Kind::NotFound, "That table is not there any more"))?;
        let columns = look.rows(COLUMNS, &oid).await.map_err(named)?;
        let columns = columns
            .iter()
            .map(|row| ColumnRights { name: row.get(0), select: row.get(1), insert: row.get(2), update: row.get(3) })
            .collect();
        Ok(Self::read(row, side.table.kind, columns))
    }

    fn read(row: &Row, kind: TableKind, columns: Vec<ColumnRights>) -> Self {
        let is = |at: usize| row.get::<_, bool>(at);
        let (enabled, forced, active) = (is(4), is(5), is(6));
        let above = match (enabled && !active, is(1), is(2)) {
            (false, ..) => None,
            (true, true, _) => Some(Above::Superuser),
            (true, false, true) => Some(Above::Bypass),
            (true, false, false) => Some(Above::Owner),
        };
        let is_view = kind == TableKind::View && !is(13);
        let row_security = RowSecurity { enabled, forced, active, above, view_of: is_view.then(|| row.get(12)) };
        let privileges = Privileges { schema: is(7), select: is(8), insert: is(9), update: is(10), delete: is(11) };
        Self { role: row.get(0), row_security, privileges, columns }
    }

    #[must_use]
    pub fn may_read(&self, column: &str) -> bool {
        self.privileges.schema && self.columns.iter().any(|one| one.name == column && one.select)
    }
}
