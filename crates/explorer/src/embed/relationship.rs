//! How two tables hang together: by a foreign key of either, or through a third table that has one to both.

use super::grammar::{Embed, shown};
use super::views;
use crate::catalogue::{self, Gives, Junction, Table};
use crate::source::open::Open;
use kernel::list::Own;
use kernel::problem::Kind;
use kernel::{Problem, Result};
use serde_json::json;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cardinality {
    ManyToOne,
    OneToOne,
    OneToMany,
    ManyToMany,
}

impl Cardinality {
    fn name(self) -> &'static str {
        match self {
            Self::ManyToOne => "many-to-one",
            Self::OneToOne => "one-to-one",
            Self::OneToMany => "one-to-many",
            Self::ManyToMany => "many-to-many",
        }
    }

    /// Whether a row has at most one of the other table.
    #[must_use]
    pub fn is_to_one(self) -> bool {
        matches!(self, Self::ManyToOne | Self::OneToOne)
    }
}

/// A way from one table to another.
#[derive(Clone, Debug)]
pub struct Relationship {
    pub cardinality: Cardinality,
    /// The foreign key; of a way through a third table, the one to the table that it starts at.
    constraint: String,
    schema: String,
    table: String,
    /// Columns of the table that it starts at, and those of the other (or of the junction) that are equal to them.
    pub columns: (Vec<String>, Vec<String>),
    pub junction: Option<Junction>,
    /// How those of each step are compared: the referenced column's type says it.
    pub compared: (Vec<Option<Own>>, Vec<Option<Own>>),
    /// The foreign key is in the table that it starts at.
    is_own_key: bool,
    /// The function of a row that gives those of the other table, with its schema.
    pub function: Option<(String, String)>,
}

/// The one way that is meant, and the table at its end.
///
/// # Errors
/// 400 when there is none, 300 with the choices when there are several; 503 when the source is away.
pub async fn find(source: &Open, origin: &Table, embed: &Embed) -> Result<(Relationship, Arc<Table>)> {
    let mut ways = all(origin);
    ways.extend(views::from(source, origin).await?);
    if !ways.iter().any(|way| way.is_meant(origin, embed)) {
        ways.extend(views::to(source, origin, embed, &ways).await?);
    }
    let mut found = Vec::new();
    for relationship in ways.into_iter().filter(|relationship| relationship.is_meant(origin, embed)) {
        let target = match catalogue::table(source, &relationship.schema, &relationship.table).await {
            Ok(target) => target,
            Err(problem) if problem.kind() == Kind::NotFound => continue,
            Err(problem) => return Err(problem),
        };
        if relationship.is_readable(origin, &target) {
            found.push((relationship.comparing(origin, &target), target));
        }
    }
    // What somebody wrote a function for is what they mean.
    if found.iter().any(|(relationship, _)| relationship.function.is_some()) {
        found.retain(|(relationship, _)| relationship.function.is_some());
    }
    // A table of the same schema goes before one of the same name elsewhere.
    if found.iter().any(|(relationship, _)| relationship.schema == origin.schema) {
        found.retain(|(relationship, _)| relationship.schema == origin.schema);
    }
    match found.len() {
        0 => Err(none(origin, embed)),
        1 => Ok(found.remove(0)),
        _ => Err(several(origin, embed, &found)),
    }
}

/// Every way that starts at a table.
pub fn all(origin: &Table) -> Vec<Relationship> {
    let own = origin.foreign_keys.iter().map(|key| Relationship {
        cardinality: if origin.is_unique(&key.columns) { Cardinality::OneToOne } else { Cardinality::ManyToOne },
        constraint: key.name.clone(),
        schema: key.schema.clone(),
        table: key.table.clone(),
        columns: (key.columns.clone(), key.target_columns.clone()),
        junction: None,
        compared: Default::default(),
        is_own_key: true,
        function: None,
    });
    let others = origin.referenced_by.iter().map(|key| Relationship {
        cardinality: if key.is_unique { Cardinality::OneToOne } else { Cardinality::OneToMany },
        constraint: key.name.clone(),
        schema: key.schema.clone(),
        table: key.table.clone(),
        columns: (key.target_columns.clone(), key.columns.clone()),
        junction: None,
        compared: Default::default(),
        is_own_key: false,
        function: None,
    });
    let through = origin.junctions.iter().map(|junction| Relationship {
        cardinality: Cardinality::ManyToMany,
        constraint: junction.keys.0.clone(),
        schema: junction.other_schema.clone(),
        table: junction.other_table.clone(),
        columns: junction.columns.clone(),
        junction: Some(junction.clone()),
        compared: Default::default(),
        is_own_key: false,
        function: None,
    });
    let computed = origin.computed.iter().filter_map(|function| match &function.gives {
        Gives::Value(_) => None,
        Gives::Rows { schema, table, is_one } => Some(Relationship {
            cardinality: if *is_one { Cardinality::ManyToOne } else { Cardinality::OneToMany },
            constraint: function.name.clone(),
            schema: schema.clone(),
            table: table.clone(),
            columns: (Vec::new(), Vec::new()),
            junction: None,
            compared: Default::default(),
            is_own_key: true,
            function: Some((origin.schema.clone(), function.name.clone())),
        }),
    });
    own.chain(others).chain(through).chain(computed).collect()
}

impl Relationship {
    /// Whether the name, and the hint where there is one, can mean this way. A table that references itself is reached
    /// in two directions by one key: by the table's name come the rows that reference, by the key's column or name the
    /// one that is referenced.
    fn is_meant(&self, origin: &Table, embed: &Embed) -> bool {
        if self.function.is_some() {
            return embed.hint.is_none() && embed.name == self.constraint;
        }
        let is_self = self.schema == origin.schema && self.table == origin.name;
        let is_direct = self.junction.is_none();
        let only = |columns: &[String], name: &str| matches!(columns, [one] if one == name);
        let by_table = embed.name == self.table;
        match &embed.hint {
            None => {
                let by_key = is_direct
                    && (self.is_own_key || !is_self)
                    && (embed.name == self.constraint || (self.is_own_key && only(&self.columns.0, &embed.name)));
                (by_table && !(is_self && self.is_own_key)) || by_key
            }
            Some(hint) => {
                by_table
                    && !(is_self && self.is_own_key)
                    && match &self.junction {
                        None => *hint == self.constraint || only(&self.columns.0, hint) || only(&self.columns.1, hint),
                        Some(junction) => *hint == junction.table || *hint == junction.keys.0 || *hint == junction.keys.1,
                    }
            }
        }
    }

    /// Between these tables. A key is found by the operator of what it references, wherever that lies.
    fn comparing(mut self, origin: &Table, target: &Table) -> Self {
        let owns = |table: &Table, columns: &[String]| columns.iter().map(|column| table.own(column).cloned()).collect();
        self.compared = match &self.junction {
            Some(junction) => (owns(origin, &self.columns.0), owns(target, &junction.other_columns.1)),
            None if self.is_own_key => (owns(target, &self.columns.1), Vec::new()),
            None => (owns(origin, &self.columns.0), Vec::new()),
        };
        self
    }

    /// The same way from a view, whose columns `name` tells by those of the table.
    #[must_use]
    pub fn starting_at(mut self, name: impl Fn(&str) -> Option<String>) -> Option<Self> {
        self.columns.0 = self.columns.0.iter().map(|column| name(column)).collect::<Option<_>>()?;
        Some(self)
    }

    /// The same way to a view of its table.
    #[must_use]
    pub fn ending_at(mut self, view: &Table, name: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let end = self.junction.as_mut().map_or(&mut self.columns.1, |junction| &mut junction.other_columns.1);
        *end = end.iter().map(|column| name(column)).collect::<Option<_>>()?;
        (self.schema, self.table) = (view.schema.clone(), view.name.clone());
        Some(self)
    }

    /// Whether it leads to a table by keys.
    #[must_use]
    pub fn leads_to(&self, schema: &str, table: &str) -> bool {
        self.function.is_none() && self.schema == schema && self.table == table
    }

    /// What may not be read does not exist, and neither do ways over it.
    fn is_readable(&self, origin: &Table, target: &Table) -> bool {
        let has = |table: &Table, columns: &[String]| columns.iter().all(|column| table.relation.find(column).is_some());
        let other = self.junction.as_ref().map_or(&self.columns.1, |junction| &junction.other_columns.1);
        has(origin, &self.columns.0) && has(target, other)
    }

    fn described(&self, origin: &Table) -> String {
        let columns = |columns: &[String]| columns.join(", ");
        match &self.junction {
            Some(junction) => {
                let (one, other) = &junction.keys;
                let (columns_of_one, columns_of_other) = (columns(&junction.columns.1), columns(&junction.other_columns.0));
                format!("{} using {one}({columns_of_one}) and {other}({columns_of_other})", junction.table)
            }
            None => {
                let (from, to) = (columns(&self.columns.0), columns(&self.columns.1));
                format!("{} using {}({from}) and {}({to})", self.constraint, origin.name, self.table)
            }
        }
    }

    fn as_hint(&self) -> String {
        format!("{}!{}", self.table, self.junction.as_ref().map_or(&self.constraint, |junction| &junction.table))
    }
}

fn none(origin: &Table, embed: &Embed) -> Problem {
    let mut known: Vec<String> = all(origin).into_iter().map(|relationship| relationship.table).collect();
    known.sort();
    known.dedup();
    known.truncate(12);
    let hint = if known.is_empty() {
        "No foreign key leads from or to it.".to_owned()
    } else {
        format!("It hangs together with {}.", known.join(", "))
    };
    let by = embed.hint.as_ref().map(|hint| format!(" by {}", shown(hint))).unwrap_or_default();
    let message = format!("{} hangs together with nothing called {}{by} that can be read", shown(&origin.name), shown(&embed.name));
    Problem::filter("select", message)
        .with("code", "PGRST200")
        .with("message", format!("Could not find a relationship between '{}' and '{}'", origin.name, embed.name))
        .with("hint", hint)
}

fn several(origin: &Table, embed: &Embed, found: &[(Relationship, Arc<Table>)]) -> Problem {
    let hints: Vec<String> = found.iter().map(|(relationship, _)| relationship.as_hint()).collect();
    let choices: Vec<serde_json::Value> = found
        .iter()
        .map(|(relationship, _)| {
            json!({"cardinality": relationship.cardinality.name(), "embedding": format!("{} with {}", origin.name, relationship.table),
                "relationship": relationship.described(origin)})
        })
        .collect();
    let message = format!(
        "{} and {} hang together in {} ways. Say which: {}",
        shown(&origin.name),
        shown(&embed.name),
        found.len(),
        hints.join(", ")
    );
    Problem::new(Kind::Choices, message)
        .with("code", "PGRST201")
        .with("message", format!("Could not embed because more than one relationship was found for '{}' and '{}'", origin.name, embed.name))
        .with("details", choices)
        .with("hint", format!("Try changing '{}' to one of the following: '{}'", embed.name, hints.join("', '")))
}
