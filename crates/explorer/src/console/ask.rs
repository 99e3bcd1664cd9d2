//! What is asked of the console, and how it is meant.

use super::split::{Statement, split};
use kernel::problem::FieldError;
use kernel::{Problem, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Longest text, in bytes.
pub const LONGEST: usize = 1 << 20;

/// What may become of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// In a read-only transaction.
    Read,
    /// Everything in one transaction, which is committed at its end.
    Transaction,
    /// Each statement by itself, as psql does.
    Autocommit,
}

impl Mode {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Transaction => "transaction",
            Self::Autocommit => "autocommit",
        }
    }
}

/// How a run that may change something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Keep {
    Transaction,
    Autocommit,
}

/// What PostgreSQL is to tell of a statement instead of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Explain {
    /// How it would be run
    Plan,
    /// How it ran: it is run for that, and what it changed is taken back
    Analyze,
}

impl Explain {
    fn prefix(self) -> &'static str {
        match self {
            Self::Plan => "explain (format json) ",
            Self::Analyze => "explain (analyze, buffers, format json) ",
        }
    }
}

macro_rules! asked {
    ($(#[$doc:meta])* $name:ident { $($more:tt)* }) => {
        $(#[$doc])*
        #[derive(Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// One or more statements, with semicolons between them
            #[schemars(length(min = 1, max = 1_048_576))]
            sql: String,
            /// Values for `:name` and `$1`, bound as text of whatever type is wanted there; null is NULL
            #[serde(default)]
            parameters: BTreeMap<String, Option<String>>,
            /// A statement that runs longer is cancelled
            #[serde(default = "seconds")]
            #[schemars(range(min = 1, max = 3600))]
            timeout_seconds: u32,
            $($more)*
        }
    };
}

macro_rules! shown {
    ($(#[$doc:meta])* $name:ident { $($more:tt)* }) => {
        asked! {
            $(#[$doc])*
            $name {
                /// Instead of its rows, the plan of the one statement
                #[serde(default)]
                explain: Option<Explain>,
                /// Rows to show of each statement; whether there are more is said
                #[serde(default = "rows")]
                #[schemars(range(min = 1, max = 10_000))]
                max_rows: u32,
                /// Characters to show of each value; of a longer one the length is said
                #[serde(default = "cell")]
                #[schemars(range(min = 1, max = 10_000_000))]
                max_cell: u32,
                $($more)*
            }
        }
    };
}

shown! {
    /// A text to run that changes nothing.
    Read {}
}
shown! {
    /// A text to run that may change something.
    Write {
        /// All statements in one transaction, or each by itself, which VACUUM and the like need
        mode: Keep,
    }
}
asked! {
    /// A statement whose rows are wanted as a file.
    Export {}
}

fn rows() -> u32 {
    1000
}

fn cell() -> u32 {
    10_000
}

fn seconds() -> u32 {
    60
}

/// What will be run, and how.
pub struct Plan {
    pub text: String,
    pub statements: Vec<Statement>,
    pub parameters: BTreeMap<String, Option<String>>,
    pub mode: Mode,
    pub explain: Option<Explain>,
    pub max_rows: usize,
    pub max_cell: usize,
    pub timeout_seconds: u32,
}

impl Plan {
    /// # Errors
    /// 422 at the field that is wrong, as with the other two.
    pub fn read(asked: Read) -> Result<Self> {
        let Read { sql, parameters, timeout_seconds, explain, max_rows, max_cell } = asked;
        Self::new(sql, parameters, timeout_seconds)?.shown(Mode::Read, explain, max_rows, max_cell)
    }

    /// # Errors
    /// 422 at the field that is wrong.
    pub fn write(asked: Write) -> Result<Self> {
        let Write { sql, parameters, timeout_seconds, explain, max_rows, max_cell, mode } = asked;
        let mode = if mode == Keep::Transaction { Mode::Transaction } else { Mode::Autocommit };
        Self::new(sql, parameters, timeout_seconds)?.shown(mode, explain, max_rows, max_cell)
    }

    /// One statement whose rows are taken whole.
    ///
    /// # Errors
    /// 422 at the field that is wrong, and when it isn't one statement.
    pub fn export(asked: Export) -> Result<Self> {
        let plan = Self::new(asked.sql, asked.parameters, asked.timeout_seconds)?;
        if plan.statements.len() == 1 { Ok(plan) } else { Err(Problem::field("sql", "one", "Export one statement at a time")) }
    }

    fn new(text: String, parameters: BTreeMap<String, Option<String>>, timeout_seconds: u32) -> Result<Self> {
        let statements = divided(&text)?;
        let plan = Self { text, statements, parameters, mode: Mode::Read, explain: None, max_rows: 0, max_cell: 0, timeout_seconds };
        plan.check()?;
        Ok(plan)
    }

    fn shown(self, mode: Mode, explain: Option<Explain>, max_rows: u32, max_cell: u32) -> Result<Self> {
        if explain.is_some() && self.statements.len() != 1 {
            return Err(Problem::field("sql", "one", "Explain one statement at a time"));
        }
        if explain == Some(Explain::Analyze) && mode == Mode::Autocommit {
            return Err(Problem::field("mode", "explain", "What it changes is taken back, so it is explained in a transaction"));
        }
        Ok(Self { mode, explain, max_rows: max_rows as usize, max_cell: max_cell as usize, ..self })
    }

    fn check(&self) -> Result<()> {
        let used = |name: &str| self.statements.iter().any(|statement| statement.parameters().any(|other| other == name));
        let mut errors: Vec<FieldError> = Vec::new();
        for (name, value) in &self.parameters {
            let wrong = if !used(name) {
                format!("There is no {} in the text", shown(name))
            } else if value.as_ref().is_some_and(|value| value.contains('\0')) {
                "PostgreSQL's text can't have a NUL character".to_owned()
            } else {
                continue;
            };
            errors.push(FieldError { field: format!("parameters.{name}"), code: "parameter".into(), message: wrong });
        }
        let number = |name: &str| name.parse::<u16>().is_ok();
        for name in self.statements.iter().flat_map(Statement::parameters).filter(|name| number(name)) {
            if !self.parameters.contains_key(name) && errors.iter().all(|e| e.field != format!("parameters.{name}")) {
                let message = format!("Give a value for {}", shown(name));
                errors.push(FieldError { field: format!("parameters.{name}"), code: "required".into(), message });
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(Problem::validation(errors)) }
    }

    /// What is put before the statement.
    #[must_use]
    pub fn prefix(&self) -> &'static str {
        self.explain.map_or("", Explain::prefix)
    }

    /// Whether what it changes is kept at its end.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.mode == Mode::Transaction && self.explain.is_none()
    }
}

fn divided(sql: &str) -> Result<Vec<Statement>> {
    let wrong = |code: &str, message: &str| Err(Problem::field("sql", code, message));
    if sql.len() > LONGEST {
        return wrong("length", "The text is longer than 1 MB");
    }
    if sql.contains('\0') {
        return wrong("format", "SQL can't have a NUL character");
    }
    let statements = split(sql);
    if statements.is_empty() { wrong("required", "There is no statement in this text") } else { Ok(statements) }
}

/// As it is written in SQL.
fn shown(name: &str) -> String {
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("${name}") } else { format!(":{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(sql: &str, parameters: &[(&str, Option<&str>)]) -> Result<Plan> {
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect();
        Plan::new(sql.into(), parameters, 1)
    }

    #[test]
    fn what_is_missing_or_too_much_is_said_by_name() {
        let field = |answer: Result<Plan>| answer.map(drop).unwrap_err().errors()[0].field.clone();
        assert_eq!(field(ask(" -- nothing", &[])), "sql");
        assert_eq!(field(ask("select '\0'", &[])), "sql");
        assert_eq!(field(ask("select $1", &[])), "parameters.1");
        assert_eq!(field(ask("select 1", &[("a", None)])), "parameters.a");
        assert_eq!(field(ask("select :a", &[("a", Some("\0"))])), "parameters.a");
        assert!(ask("select :a, $1", &[("a", None), ("1", Some(""))]).is_ok());
        assert!(ask("select a[1:n] from t", &[]).is_ok());
    }
}
