//! What may be changed, as it is asked for. Never SQL as a whole: names are quoted, types looked up, and only
//! expressions, view queries and policies are somebody's own text.

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    CreateSchema {
        schema: String,
        comment: Option<String>,
    },
    /// Only one that is empty
    DropSchema {
        schema: String,
    },
    CreateTable {
        schema: String,
        table: String,
        columns: Vec<Column>,
        #[serde(default)]
        primary_key: Vec<String>,
        comment: Option<String>,
    },
    RenameTable {
        schema: String,
        table: String,
        to: String,
    },
    SetTableComment {
        schema: String,
        table: String,
        comment: Option<String>,
    },
    DropTable {
        schema: String,
        table: String,
    },
    AddColumn {
        schema: String,
        table: String,
        column: Column,
    },
    RenameColumn {
        schema: String,
        table: String,
        column: String,
        to: String,
    },
    SetColumnType {
        schema: String,
        table: String,
        column: String,
        #[serde(rename = "type")]
        kind: String,
        /// How old values become new ones, where PostgreSQL doesn't know
        using: Option<String>,
    },
    SetColumnDefault {
        schema: String,
        table: String,
        column: String,
        /// An expression; none without
        default: Option<String>,
    },
    SetColumnNullable {
        schema: String,
        table: String,
        column: String,
        nullable: bool,
    },
    SetColumnComment {
        schema: String,
        table: String,
        column: String,
        comment: Option<String>,
    },
    DropColumn {
        schema: String,
        table: String,
        column: String,
    },
    AddConstraint {
        schema: String,
        table: String,
        name: String,
        rule: Rule,
        /// Rows that are there are not looked at until it is validated
        #[serde(default)]
        not_valid: bool,
    },
    ValidateConstraint {
        schema: String,
        table: String,
        name: String,
    },
    DropConstraint {
        schema: String,
        table: String,
        name: String,
    },
    CreateIndex {
        schema: String,
        table: String,
        name: String,
        /// Columns, or expressions in parentheses
        keys: Vec<Key>,
        #[serde(default)]
        unique: bool,
        /// btree without
        method: Option<String>,
        /// Columns that are kept beside
        #[serde(default)]
        include: Vec<String>,
        /// Only these rows
        #[serde(rename = "where")]
        only: Option<String>,
        /// Without stopping writes; it can't be in one transaction with other changes
        #[serde(default = "yes")]
        concurrently: bool,
    },
    DropIndex {
        schema: String,
        name: String,
        #[serde(default = "yes")]
        concurrently: bool,
    },
    CreateEnum {
        schema: String,
        name: String,
        values: Vec<String>,
    },
    AddEnumValue {
        schema: String,
        name: String,
        value: String,
        /// At the end without
        before: Option<String>,
    },
    RenameEnumValue {
        schema: String,
        name: String,
        value: String,
        to: String,
    },
    DropEnum {
        schema: String,
        name: String,
    },
    CreateView {
        schema: String,
        name: String,
        query: String,
        /// With the rights of whoever looks, rather than those of its owner
        #[serde(default = "yes")]
        invoker: bool,
        /// Whether one of this name is replaced
        #[serde(default)]
        replace: bool,
    },
    DropView {
        schema: String,
        name: String,
    },
    SetRowSecurity {
        schema: String,
        table: String,
        enabled: bool,
        /// For the table's owner too
        forced: bool,
    },
    CreatePolicy {
        schema: String,
        table: String,
        name: String,
        #[serde(default)]
        command: Command,
        #[serde(default = "yes")]
        permissive: bool,
        /// Everybody without
        #[serde(default)]
        roles: Vec<String>,
        using: Option<String>,
        check: Option<String>,
    },
    /// What isn't said stays; roles as given
    AlterPolicy {
        schema: String,
        table: String,
        name: String,
        roles: Vec<String>,
        using: Option<String>,
        check: Option<String>,
    },
    RenamePolicy {
        schema: String,
        table: String,
        name: String,
        to: String,
    },
    /// Rights that are there already are left
    Grant {
        schema: String,
        table: String,
        role: String,
        rights: Vec<Right>,
    },
    Revoke {
        schema: String,
        table: String,
        role: String,
        rights: Vec<Right>,
    },
    DropPolicy {
        schema: String,
        table: String,
        name: String,
    },
    /// What a change that was made here did, by its way back; the only one of its list
    TakeBack {
        id: Uuid,
    },
}

impl Change {
    /// Whether it could put the values of one column into another.
    #[must_use]
    pub fn computes_values(&self) -> bool {
        matches!(self, Self::SetColumnType { using: Some(_), .. })
    }
}

fn yes() -> bool {
    true
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default = "yes")]
    pub nullable: bool,
    /// An expression
    pub default: Option<String>,
    /// Numbers by itself
    pub identity: Option<Identity>,
    /// An expression over other columns, kept
    pub generated: Option<String>,
    pub comment: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    Always,
    ByDefault,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    Check {
        expression: String,
    },
    Unique {
        #[serde(default)]
        columns: Vec<String>,
        /// An index that is there already becomes the rule
        index: Option<String>,
    },
    PrimaryKey {
        #[serde(default)]
        columns: Vec<String>,
        index: Option<String>,
    },
    ForeignKey {
        columns: Vec<String>,
        target_schema: String,
        target_table: String,
        target_columns: Vec<String>,
        #[serde(default)]
        on_delete: Reaction,
        #[serde(default)]
        on_update: Reaction,
    },
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reaction {
    #[default]
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

impl Reaction {
    #[must_use]
    pub fn sql(self) -> &'static str {
        match self {
            Self::NoAction => "no action",
            Self::Restrict => "restrict",
            Self::Cascade => "cascade",
            Self::SetNull => "set null",
            Self::SetDefault => "set default",
        }
    }
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    pub column: Option<String>,
    pub expression: Option<String>,
    #[serde(default)]
    pub descending: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    #[default]
    All,
    Select,
    Insert,
    Update,
    Delete,
}

impl Command {
    #[must_use]
    pub fn sql(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    Select,
    Insert,
    Update,
    Delete,
}

impl Right {
    #[must_use]
    pub fn sql(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}
