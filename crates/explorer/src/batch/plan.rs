//! A batch that fits its table, as SQL. Names come from the catalogue and are quoted, every value is bound, and the
//! predicate is the list engine's.

use super::asked::{Asked, MOST_EXCEPT, Verb};
use crate::catalogue::{Column, Table};
use crate::rows::body;
use crate::rows::record::{Record, plain};
use crate::rows::value::literal;
use kernel::list::{Param, Predicate, Query, predicate, quote};
use kernel::problem::FieldError;
use kernel::{Problem, Result};
use std::sync::Arc;

/// Parameters of a list that mean nothing here.
const PAGING: [&str; 5] = ["select", "order", "limit", "offset", "cursor"];
/// Rows in one step.
const STEP: usize = 1_000;
/// Rows in one step where rows of a table may point to each other, so that they go together.
const TOGETHER: usize = 200_000;

/// What a column becomes; its default without a value.
struct Set {
    column: Column,
    value: Option<Param>,
}

pub struct Plan {
    pub table: Arc<Table>,
    pub verb: Verb,
    pub filter: Predicate,
    /// The columns of the key.
    pub key: Vec<Column>,
    /// Columns whose values are kept.
    pub kept: Vec<Column>,
    /// Why the batch can't be taken back.
    pub no_undo: Option<String>,
    sets: Vec<Set>,
    /// The excluded keys, column by column.
    excluded: Vec<Vec<String>>,
}

/// A statement and what is bound in it.
pub struct Bound {
    pub sql: String,
    pub params: Vec<Param>,
}

impl Plan {
    /// # Errors
    /// 403 when the table can't be changed so, `filter` problems at the parameter, 422 at the columns that don't fit.
    pub fn new(table: Arc<Table>, asked: &Asked) -> Result<Self> {
        let allowed = if asked.verb == Verb::Delete { &table.delete } else { &table.update };
        allowed.check()?;
        let parameters: Vec<(String, String)> = url::form_urlencoded::parse(asked.filter.as_bytes()).into_owned().collect();
        if let Some((name, _)) = parameters.iter().find(|(name, _)| PAGING.contains(&name.as_str())) {
            return Err(Problem::filter(name, "means nothing to a batch, which is about every row that the filters and the search find"));
        }
        let query = Query::parse(&table.relation, &parameters)?;
        let filter = predicate(&table.relation, &query.filter, query.search.as_deref(), 1)?;
        let key: Vec<Column> = table.primary_key.iter().filter_map(|name| table.column(name)).cloned().collect();
        let (sets, mut errors) = sets(&table, asked);
        if asked.verb == Verb::Update && sets.is_empty() && errors.is_empty() {
            errors.push(wrong("set", "required", "Say which columns get which values".into()));
        }
        if asked.verb == Verb::Delete && !(sets.is_empty() && errors.is_empty()) {
            errors = vec![wrong("set", "unknown", "Rows that are deleted get no values".into())];
        }
        let excluded = match excluded(&key, &asked.except) {
            Ok(excluded) => excluded,
            Err(error) => {
                errors.push(error);
                Vec::new()
            }
        };
        if !errors.is_empty() {
            return Err(Problem::validation(errors));
        }
        // What is kept is seen by nobody, so columns that are hidden as sensitive are kept as well.
        let whole = table.whole.as_deref().unwrap_or(&table);
        let kept = match asked.verb {
            Verb::Delete => whole.columns.iter().filter(|column| column.readable && !column.generated).cloned().collect(),
            _ => sets.iter().filter(|set| set.column.readable).map(|set| set.column.clone()).collect(),
        };
        let no_undo = no_undo(whole, asked.verb, &sets);
        Ok(Self { table, verb: asked.verb, filter, key, kept, no_undo, sets, excluded })
    }

    /// Rows in one step.
    pub fn step(&self) -> usize {
        let table = &self.table;
        let is_tree = table.referenced_by.iter().any(|other| (&other.schema, &other.table) == (&table.schema, &table.name));
        if is_tree { TOGETHER } else { STEP }
    }

    /// Reads the keys that are left out as what they should be; none when there are none.
    pub fn read_excluded(&self) -> Option<Bound> {
        let is_empty = self.excluded.iter().all(Vec::is_empty);
        let read: Vec<String> =
            self.key.iter().enumerate().map(|(i, column)| format!("pg_catalog.count(x.k{i}::{})", column.type_name)).collect();
        let sql = format!("select {} from {}", read.join(", "), listed(self.key.len(), 1, "x"));
        (!is_empty).then(|| Bound { sql, params: arrays(&self.excluded) })
    }

    /// Columns that are set, in the order of their values in [`Self::change`].
    pub fn bound(&self) -> Vec<&str> {
        self.sets.iter().filter(|set| set.value.is_some()).map(|set| set.column.name.as_str()).collect()
    }

    /// Columns that are set, to a value or to their default.
    pub fn set(&self) -> Vec<&str> {
        self.sets.iter().map(|set| set.column.name.as_str()).collect()
    }

    /// Which rows: the predicate, without those that are left out.
    pub fn condition(&self) -> Bound {
        let mut params = self.filter.params.clone();
        let mut sql = format!("({})", self.filter.sql);
        if self.excluded.iter().any(|values| !values.is_empty()) {
            let same: Vec<String> = self.same("x").collect();
            sql.push_str(&format!(
                " and not exists (select from {} where {})",
                listed(self.key.len(), params.len() + 1, "x"),
                same.join(" and ")
            ));
            params.extend(arrays(&self.excluded));
        }
        Bound { sql, params }
    }

    pub fn count(&self) -> Bound {
        let Bound { sql, params } = self.condition();
        Bound { sql: format!("select pg_catalog.count(*) from {} as t where {sql}", self.from()), params }
    }

    /// The keys of some.
    pub fn some(&self, most: usize) -> Bound {
        let Bound { sql, params } = self.condition();
        Bound { sql: format!("select {} from {} as t where {sql} limit {most}", self.texts(false), self.from()), params }
    }

    /// A cursor over keys, and the values that are kept when `whole`.
    pub fn walk(&self, whole: bool) -> Bound {
        let Bound { sql, params } = self.condition();
        let texts = self.texts(whole);
        Bound {
            sql: format!("declare quarterdeck_batch no scroll cursor for select {texts} from {} as t where {sql}", self.from()),
            params,
        }
    }

    /// Keys and kept values of those rows that are still meant.
    pub fn find(&self, keys: &[Vec<String>]) -> Bound {
        let mut params = self.filter.params.clone();
        let sql = format!(
            "select {} from {} join {} as t on {} where ({})",
            self.texts(true),
            unnested(self.key.len(), params.len() + 1, "x", false),
            self.from(),
            self.same("x").collect::<Vec<_>>().join(" and "),
            self.filter.sql
        );
        params.extend(arrays(&columns(keys, self.key.len())));
        Bound { sql, params }
    }

    /// The change itself. Gives how many rows were changed, and which of them when it wasn't all.
    pub fn change(&self, keys: &[Vec<String>]) -> Bound {
        let width = self.key.len();
        let mut params = arrays(&columns(keys, width));
        params.push(Param::text(keys.len().to_string()));
        let total = params.len();
        let from = self.from();
        let given = unnested(width, 1, "x", true);
        let same = self.same("x").collect::<Vec<_>>().join(" and ");
        let change = if self.verb == Verb::Delete {
            format!("delete from {from} as t using {given} where {same}")
        } else {
            let sets = self.assigned(&mut params);
            format!("update {from} as t set {sets} from {given} where {same}")
        };
        let sql = format!(
            "with done as ({change} returning x.n) select pg_catalog.count(*), \
             case when pg_catalog.count(*) <> ${total}::pg_catalog.int8 then pg_catalog.array_agg(done.n) end from done"
        );
        Bound { sql, params }
    }

    /// The change of a few rows, with every row as it is afterwards. `back`: what is given back of each.
    pub fn tried(&self, keys: &[Vec<String>], back: &str) -> Bound {
        let mut params = arrays(&columns(keys, self.key.len()));
        let sets = self.assigned(&mut params);
        let (from, given) = (self.from(), unnested(self.key.len(), 1, "x", true));
        let same = self.same("x").collect::<Vec<_>>().join(" and ");
        Bound { sql: format!("update {from} as t set {sets} from {given} where {same} returning x.n, {back}"), params }
    }

    /// `"a" = $4, "b" = default`
    fn assigned(&self, params: &mut Vec<Param>) -> String {
        let mut sets = Vec::with_capacity(self.sets.len());
        for Set { column, value } in &self.sets {
            let name = quote(&column.name);
            sets.push(match value {
                Some(value) => {
                    params.push(value.clone());
                    format!("{name} = ${}", params.len())
                }
                None => format!("{name} = default"),
            });
        }
        sets.join(", ")
    }

    fn from(&self) -> &str {
        &self.table.relation.from
    }

    /// The key and what is kept, as text.
    fn texts(&self, whole: bool) -> String {
        let kept = self.kept.iter().filter(|_| whole);
        self.key.iter().chain(kept).map(|column| format!("t.{}::pg_catalog.text", quote(&column.name))).collect::<Vec<_>>().join(", ")
    }

    /// That a row is the one of the keys `other`.
    pub fn same(&self, other: &str) -> impl Iterator<Item = String> {
        let one = |(i, column): (usize, &Column)| column.equals(&format!("{other}.k{i}::{}", column.type_name));
        self.key.iter().enumerate().map(one).collect::<Vec<_>>().into_iter()
    }
}

/// Arrays of texts as rows, with columns `k0`, `k1`, …
fn listed(width: usize, first: usize, name: &str) -> String {
    rows_from((first..first + width).map(|place| format!("${place}::pg_catalog.text[]")), name, false)
}

/// The same, for finding rows by their keys: that there are many is kept from the planner, which would read the whole table
/// for each step rather than go by the key's index. `n` is their number.
pub fn unnested(width: usize, first: usize, name: &str, numbered: bool) -> String {
    rows_from((first..first + width).map(|place| format!("(select ${place}::pg_catalog.text[])")), name, numbered)
}

fn rows_from(arrays: impl Iterator<Item = String>, name: &str, numbered: bool) -> String {
    let arrays: Vec<String> = arrays.map(|array| format!("pg_catalog.unnest({array})")).collect();
    let names: Vec<String> = (0..arrays.len()).map(|i| format!("k{i}")).collect();
    let (with, n) = if numbered { (" with ordinality", ", n") } else { ("", "") };
    format!("rows from ({}){with} as {name} ({}{n})", arrays.join(", "), names.join(", "))
}

/// Rows of values, column by column.
pub fn columns(rows: &[Vec<String>], width: usize) -> Vec<Vec<String>> {
    (0..width).map(|i| rows.iter().map(|row| row.get(i).cloned().unwrap_or_default()).collect()).collect()
}

fn arrays(columns: &[Vec<String>]) -> Vec<Param> {
    columns.iter().map(|values| Param::text(literal(&values.iter().map(String::as_str).collect::<Vec<_>>()))).collect()
}

fn sets(table: &Table, asked: &Asked) -> (Vec<Set>, Vec<FieldError>) {
    let (mut sets, mut errors): (Vec<Set>, Vec<FieldError>) = (Vec::new(), Vec::new());
    let given = asked.set.0.iter().map(|(name, value)| (name, Some(value)));
    for (name, value) in given.chain(asked.defaults.iter().map(|name| (name, None))) {
        let made = writable(table, name).and_then(|column| {
            let value = value.map(|value| body::bound(column, value)).transpose()?;
            Ok(Set { column: column.clone(), value })
        });
        match made {
            Ok(set) if sets.iter().any(|known| known.column.name == set.column.name) => {
                errors.push(wrong(name, "twice", format!("{name} is given twice")));
            }
            Ok(set) => sets.push(set),
            Err(error) => errors.push(error),
        }
    }
    (sets, errors)
}

fn writable<'t>(table: &'t Table, name: &str) -> Result<&'t Column, FieldError> {
    let column = body::writable(table, name)?;
    if column.primary_key.is_some() {
        return Err(wrong(name, "key", format!("{name} tells which row is which; change it row by row")));
    }
    Ok(column)
}

/// The keys of rows that are left out, column by column.
fn excluded(key: &[Column], given: &[Record]) -> Result<Vec<Vec<String>>, FieldError> {
    if given.len() > MOST_EXCEPT {
        return Err(wrong("except", "too_many", format!("At most {MOST_EXCEPT} rows can be left out; narrow the filter instead")));
    }
    let mut columns = vec![Vec::with_capacity(given.len()); key.len()];
    for record in given {
        for (column, values) in key.iter().zip(&mut columns) {
            let value = record.get(&column.name).and_then(plain);
            let names: Vec<&str> = key.iter().map(|column| column.name.as_str()).collect();
            let missing =
                || wrong("except", "key", format!("Name each row by its whole primary key and nothing else: {}", names.join(", ")));
            values.push(value.filter(|_| record.0.len() == key.len()).ok_or_else(missing)?);
        }
    }
    Ok(columns)
}

fn no_undo(table: &Table, verb: Verb, sets: &[Set]) -> Option<String> {
    let hidden = match verb {
        Verb::Delete => table.columns.iter().find(|column| !column.readable),
        _ => sets.iter().map(|set| &set.column).find(|column| !column.readable),
    };
    if let Some(hidden) = hidden {
        return Some(format!("{} can't be read here, so its values are not kept", hidden.name));
    }
    let unknown = |column: &Column| Some((column.name.clone(), column.unknown_type.clone().filter(|_| !column.generated)?));
    if let Some((name, ty)) = table.columns.iter().filter(|_| verb == Verb::Delete).find_map(unknown) {
        return Some(format!("The type {ty} of {name} is not known here, so its values can't be written back"));
    }
    let is_blind = verb == Verb::Update && table.relation.version.is_none();
    is_blind.then(|| "Rows of this table have no version, so it can't be told whether they were changed again since".to_owned())
}

fn wrong(field: &str, code: &str, message: String) -> FieldError {
    FieldError { field: field.to_owned(), code: code.to_owned(), message }
}
