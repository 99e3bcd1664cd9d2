//! The policies of a table, as they are for one role.

use super::look::Look;
use kernel::Result;
use kernel::list::Param;
use serde::Serialize;

/// Policies of `$1`, and whether each is about the role that is in use. Their expressions are written as this transaction would
/// read them: names that its search path doesn't find have their schema.
const POLICIES: &str = "select p.polname::pg_catalog.text, p.polpermissive, p.polcmd::pg_catalog.text, \
     array(select case r when 0 then 'public' else pg_catalog.pg_get_userbyid(r)::pg_catalog.text end from pg_catalog.unnest(p.polroles) r), \
     exists (select from pg_catalog.unnest(p.polroles) r where case r when 0 then true else pg_catalog.pg_has_role(r, 'usage') end), \
     pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) \
     from pg_catalog.pg_policy p where p.polrelid operator(pg_catalog.=) $1::pg_catalog.oid order by p.polname";

pub const STATEMENTS: &[&str] = &[POLICIES];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    All,
    Select,
    Insert,
    Update,
    Delete,
}

impl Command {
    /// What can be done, each by itself.
    pub const EACH: [Self; 4] = [Self::Select, Self::Insert, Self::Update, Self::Delete];

    /// From `pg_policy.polcmd`.
    #[must_use]
    pub fn stored(code: &str) -> Self {
        match code {
            "r" => Self::Select,
            "a" => Self::Insert,
            "w" => Self::Update,
            "d" => Self::Delete,
            _ => Self::All,
        }
    }

    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self == Self::All || self == other
    }
}

/// What an expression says of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Truth {
    True,
    False,
    /// Neither: for a policy that is no.
    Null,
    /// The role itself can't find out.
    Refused {
        reason: String,
    },
    /// The table has hidden columns, and an answer to one expression could tell of them.
    Withheld,
}

#[derive(Clone, Debug, Serialize)]
pub struct Expression {
    pub sql: String,
    /// Of the row that was asked about.
    pub result: Option<Truth>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Policy {
    pub name: String,
    pub permissive: bool,
    pub command: Command,
    pub roles: Vec<String>,
    /// Whether it is about this role.
    pub applies: bool,
    /// Rows that are there.
    pub using: Option<Expression>,
    /// Rows as they would be.
    pub check: Option<Expression>,
}

impl Policy {
    /// What decides about rows that come of it: the other expression, where it has none for them.
    #[must_use]
    pub fn on_new_rows(&self) -> Option<&Expression> {
        self.check.as_ref().or(self.using.as_ref())
    }
}

/// # Errors
/// 503 when the source is away.
pub async fn all(look: &Look<'_>) -> Result<Vec<Policy>> {
    let rows = look.rows(POLICIES, &[Param::text(look.side.table.oid.to_string())]).await;
    let rows = rows.map_err(|error| look.side.source.named(error.into()))?;
    let expression = |sql: Option<String>| sql.map(|sql| Expression { sql, result: None });
    Ok(rows
        .iter()
        .map(|row| Policy {
            name: row.get(0),
            permissive: row.get(1),
            command: Command::stored(row.get(2)),
            roles: row.get(3),
            applies: row.get(4),
            using: expression(row.get(5)),
            check: expression(row.get(6)),
        })
        .collect())
}
