//! One table as `docs/api.md` describes it.

use super::category::Category;
use kernel::list::{ColumnType, Own, Relation};
use kernel::{Caller, Problem, Result};
use serde::Serialize;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    Table,
    Partitioned,
    Partition,
    View,
    MaterializedView,
    Foreign,
}

impl TableKind {
    /// From `pg_class.relkind` and `relispartition`.
    #[must_use]
    pub fn of(relkind: &str, is_partition: bool) -> Self {
        match relkind {
            "p" => Self::Partitioned,
            "v" => Self::View,
            "m" => Self::MaterializedView,
            "f" => Self::Foreign,
            _ if is_partition => Self::Partition,
            _ => Self::Table,
        }
    }
}

/// A table in the list of tables.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    #[serde(skip)]
    pub oid: u32,
    pub schema: String,
    pub name: String,
    pub kind: TableKind,
    pub estimated_rows: Option<String>,
    pub size_bytes: Option<String>,
    pub comment: Option<String>,
    pub panel: bool,
    pub parent: Option<String>,
}

/// Whether something may be done, and why not.
#[derive(Clone, Debug, Serialize)]
pub struct Allowed {
    pub allowed: bool,
    pub reason: Option<String>,
}

impl Allowed {
    #[must_use]
    pub fn unless(reason: Option<String>) -> Self {
        Self { allowed: reason.is_none(), reason }
    }

    /// Takes it away from a caller without the permission; the table's own reason comes first.
    pub fn ask(&mut self, caller: &Caller, permission: &str) {
        if self.allowed
            && let Err(problem) = caller.require(permission)
        {
            *self = Self::unless(Some(problem.detail().to_owned()));
        }
    }

    /// # Errors
    /// 403 with the reason.
    pub fn check(&self) -> Result<()> {
        match &self.reason {
            None => Ok(()),
            Some(reason) => Err(Problem::refused(reason.clone())),
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub type_name: String,
    pub category: Category,
    pub nullable: bool,
    pub default: Option<String>,
    pub generated: bool,
    /// `always`, `by_default` or none.
    pub identity: Option<&'static str>,
    pub comment: Option<String>,
    /// Characters.
    pub max_length: Option<u32>,
    pub enum_values: Option<Vec<String>>,
    /// The type of an array's elements.
    pub element: Option<String>,
    /// Place in the primary key, from 1.
    pub primary_key: Option<usize>,
    pub readable: bool,
    pub writable: bool,
    pub hidden_reason: Option<String>,
    /// The filters that work on it.
    pub operators: Vec<&'static str>,
    pub sortable: bool,
    /// What an empty value of it is equal to.
    pub empty: &'static [&'static str],
    /// The type in it of which nothing is known, so that it is never written.
    pub unknown_type: Option<String>,
    /// Hidden from who doesn't say why they want to see it; the log doesn't have its values.
    pub sensitive: bool,
    /// Whether an array's elements are JSON.
    #[serde(skip)]
    pub json_elements: bool,
    /// Oid and `typcategory` of the base type.
    #[serde(skip)]
    pub base: (u32, char),
    /// How values of it are compared, where that isn't clear by itself.
    #[serde(skip)]
    pub own: Option<Own>,
}

impl Column {
    /// A place for a text of any length, by its name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            type_name: "text".into(),
            category: Category::Text,
            nullable: true,
            default: None,
            generated: false,
            identity: None,
            comment: None,
            max_length: None,
            enum_values: None,
            element: None,
            primary_key: None,
            readable: true,
            writable: true,
            hidden_reason: None,
            operators: Vec::new(),
            sortable: true,
            empty: &[],
            unknown_type: None,
            sensitive: false,
            json_elements: false,
            base: (0, 'X'),
            own: None,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct ForeignKey {
    pub name: String,
    pub columns: Vec<String>,
    pub schema: String,
    pub table: String,
    pub target_columns: Vec<String>,
    /// What people call a row of the target by: a guess.
    pub title_column: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Reference {
    pub name: String,
    pub schema: String,
    pub table: String,
    pub columns: Vec<String>,
    pub target_columns: Vec<String>,
    pub on_delete: &'static str,
    /// Whether at most one row references another by it.
    #[serde(skip)]
    pub is_unique: bool,
}

/// A table through which rows of two others hang together.
#[derive(Clone, Debug)]
pub struct Junction {
    pub schema: String,
    pub table: String,
    /// Its foreign keys: to the table that this belongs to, and to the other.
    pub keys: (String, String),
    /// Columns of the table that this belongs to, and of the junction that are equal to them.
    pub columns: (Vec<String>, Vec<String>),
    /// Columns of the junction, and of the other table that are equal to them.
    pub other_columns: (Vec<String>, Vec<String>),
    pub other_schema: String,
    pub other_table: String,
}

/// A function of one of a table's rows.
#[derive(Clone, Debug)]
pub struct Computed {
    pub name: String,
    pub gives: Gives,
}

#[derive(Clone, Debug)]
pub enum Gives {
    Value(ColumnType),
    /// Rows of a table; `is_one`: at most one, as it says itself (`rows 1`).
    Rows {
        schema: String,
        table: String,
        is_one: bool,
    },
}

#[derive(Clone, Debug, Serialize)]
pub struct Index {
    pub name: String,
    pub columns: Vec<String>,
    pub unique: bool,
    pub primary: bool,
    pub definition: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Check {
    pub name: String,
    pub definition: String,
    pub columns: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Unique {
    pub name: String,
    pub columns: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Table {
    #[serde(skip)]
    pub oid: u32,
    pub schema: String,
    pub name: String,
    pub kind: TableKind,
    pub comment: Option<String>,
    pub estimated_rows: Option<String>,
    pub size_bytes: Option<String>,
    pub panel: bool,
    pub parent: Option<String>,
    pub columns: Vec<Column>,
    pub primary_key: Vec<String>,
    /// The column that says when a row was put into the trash; rows without a value there are not in it.
    pub trash: Option<String>,
    pub foreign_keys: Vec<ForeignKey>,
    pub referenced_by: Vec<Reference>,
    #[serde(skip)]
    pub junctions: Vec<Junction>,
    #[serde(skip)]
    pub computed: Vec<Computed>,
    pub indexes: Vec<Index>,
    pub checks: Vec<Check>,
    pub uniques: Vec<Unique>,
    pub insert: Allowed,
    pub update: Allowed,
    pub delete: Allowed,
    /// Taking all rows away as a file.
    pub export: Allowed,
    /// Bringing rows in from a file.
    pub import: Allowed,
    /// Changing or deleting every row that a filter finds.
    pub batch: Allowed,
    /// Seeing its sensitive columns.
    pub reveal: Allowed,
    /// What the list engine lists.
    #[serde(skip)]
    pub relation: Arc<Relation>,
    /// The same table with its sensitive columns, where this one is without them.
    #[serde(skip)]
    pub whole: Option<Arc<Table>>,
}

impl Table {
    /// What is listed like a table and is none.
    #[must_use]
    pub fn of_relation(schema: &str, name: &str, relation: Relation) -> Self {
        let no = || Allowed::unless(Some("This is no table".into()));
        Self {
            oid: 0,
            schema: schema.to_owned(),
            name: name.to_owned(),
            kind: TableKind::View,
            comment: None,
            estimated_rows: None,
            size_bytes: None,
            panel: false,
            parent: None,
            columns: Vec::new(),
            primary_key: Vec::new(),
            trash: None,
            foreign_keys: Vec::new(),
            referenced_by: Vec::new(),
            junctions: Vec::new(),
            computed: Vec::new(),
            indexes: Vec::new(),
            checks: Vec::new(),
            uniques: Vec::new(),
            insert: no(),
            update: no(),
            delete: no(),
            export: no(),
            import: no(),
            batch: no(),
            reveal: no(),
            relation: Arc::new(relation),
            whole: None,
        }
    }

    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// Without functions of its rows: they could tell what their caller may not see.
    pub fn forget_computed(&mut self) {
        self.computed.clear();
        Arc::make_mut(&mut self.relation).computed.clear();
    }

    /// Whether sensitive columns of it are shown.
    #[must_use]
    pub fn is_revealed(&self) -> bool {
        self.whole.is_none() && self.columns.iter().any(|column| column.sensitive)
    }

    /// Whether no two rows have the same in these columns.
    #[must_use]
    pub fn is_unique(&self, columns: &[String]) -> bool {
        let within = |key: &[String]| !key.is_empty() && key.iter().all(|column| columns.contains(column));
        within(&self.primary_key) || self.uniques.iter().any(|unique| within(&unique.columns))
    }

    /// Columns of a constraint or a unique index, by its name; empty when it isn't known.
    #[must_use]
    pub fn columns_of(&self, constraint: &str) -> Vec<String> {
        let fk = self.foreign_keys.iter().find(|k| k.name == constraint).map(|k| &k.columns);
        let unique = || self.uniques.iter().find(|k| k.name == constraint).map(|k| &k.columns);
        let check = || self.checks.iter().find(|k| k.name == constraint).map(|k| &k.columns);
        let index = || self.indexes.iter().find(|k| k.name == constraint).map(|k| &k.columns);
        let columns = fk.or_else(unique).or_else(check).or_else(index);
        // An index can be on an expression, which is no column.
        columns.into_iter().flatten().filter(|c| self.column(c).is_some()).cloned().collect()
    }

    /// `source.schema.table`, as the audit log calls it.
    #[must_use]
    pub fn kind_in(&self, source: &str) -> String {
        format!("{source}.{}.{}", self.schema, self.name)
    }
}
