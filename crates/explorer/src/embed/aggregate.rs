//! `count()`, `length.sum()`: rows taken together by the columns beside them.

use super::compose::Composer;
use super::grammar::{Aggregate, shown};
use kernel::list::grammar::{Field, Item, Query, cast};
use kernel::list::types::{Encoding, Kind, Scalar};
use kernel::list::{Column, ColumnType, Relation, expressions, part};
use kernel::{Problem, Result};

/// Rows taken together.
pub struct Groups {
    pub relation: Relation,
    /// Which rows were taken.
    pub filter: String,
}

/// An aggregate over the rows of a level, its argument in SQL.
pub struct Ready {
    pub key: String,
    function: &'static str,
    argument: Option<String>,
    cast: Option<&'static str>,
    ty: ColumnType,
}

impl Ready {
    /// The same of the level above, of which each row has at most one of this.
    #[must_use]
    pub fn lifted(self, from: &str, filter: &str) -> Self {
        Self { argument: self.argument.map(|sql| format!("(select {sql} from {from} where {filter} limit 1)")), ..self }
    }
}

/// The aggregates of a level.
///
/// # Errors
/// A `filter` problem at `select`.
pub fn ready(composer: &mut Composer, base: &Relation, aggregates: &[Aggregate]) -> Result<Vec<Ready>> {
    let one = |aggregate: &Aggregate| {
        let argument = aggregate.argument(base)?;
        let cast =
            aggregate.cast.as_deref().map(|name| cast(name).ok_or_else(|| wrong(format!("can't cast to {}", shown(name))))).transpose()?;
        let ty = match (cast, &argument) {
            (Some(cast), _) => ColumnType::named(cast),
            (None, Some(item)) => of(aggregate.function, &of_item(base, item)),
            (None, None) => ColumnType::named("int8"),
        };
        let argument = match argument {
            Some(item) => {
                let (sql, given) = expressions(base, std::slice::from_ref(&item.field), composer.given.len() + 1)?;
                composer.given.extend(given);
                Some(casted(sql.concat(), item.cast))
            }
            None => None,
        };
        Ok(Ready { key: aggregate.key.clone(), function: aggregate.function, argument, cast, ty })
    };
    aggregates.iter().map(one).collect()
}

/// The groups of what `query` selects and filters in `from`; what is selected can be rows of other tables, too.
///
/// # Errors
/// A `filter` problem at `select`.
pub fn groups(composer: &mut Composer, base: &Relation, query: &Query, aggregates: Vec<Ready>, from: &str) -> Result<Groups> {
    let groups = &query.select.items;
    let fields: Vec<Field> = groups.iter().map(|item| item.field.clone()).collect();
    let (sql, given) = expressions(base, &fields, composer.given.len() + 1)?;
    composer.given.extend(given);
    let filter = Query { filter: query.filter.clone(), search: query.search.clone(), ..Query::default() };
    let filter = part(base, &filter, composer.given.len() + 1)?;
    composer.given.extend(filter.given.iter().cloned());

    let mut list: Vec<String> = Vec::with_capacity(groups.len() + aggregates.len());
    let mut columns: Vec<Column> = Vec::with_capacity(list.capacity());
    let mut add = |sql: String, column: Column| {
        columns.push(column.nullable().expr(format!("t.c{}", list.len())));
        list.push(format!("{sql} as c{}", list.len()));
    };
    for (item, sql) in groups.iter().zip(sql) {
        let ty = of_item(base, item);
        if ty.kind == Kind::Json {
            return Err(wrong(format!("{} is json, which can't be grouped by; take a text out of it with ->>", shown(&item.key))));
        }
        let records = base.find(&item.field.column).and_then(|column| column.records.clone());
        add(casted(sql, item.cast), Column { records, ..Column::new(item.key.clone(), ty) });
    }
    for aggregate in aggregates {
        let call = format!("{}({})", aggregate.function, aggregate.argument.as_deref().unwrap_or("*"));
        add(casted(call, aggregate.cast), Column::new(aggregate.key, aggregate.ty));
    }
    let by: Vec<String> = (1..=groups.len()).map(|place| place.to_string()).collect();
    let by = if by.is_empty() { String::new() } else { format!(" group by {}", by.join(", ")) };
    let made = Relation::new(format!("(select {} from {from} where {}{by})", list.join(", "), filter.filter));
    Ok(Groups { relation: Relation { columns, ..made }, filter: filter.filter })
}

impl Aggregate {
    /// The column that it is taken over; `count()` has none.
    fn argument(&self, base: &Relation) -> Result<Option<Item>> {
        let Some(column) = &self.column else { return Ok(None) };
        let items = Query::parse(base, &[("select", column)])?.select.items;
        let [item] = <[Item; 1]>::try_from(items).map_err(|_| wrong(format!("{} takes one column", self.function)))?;
        let kind = of_item(base, &item).kind;
        let fits = match self.function {
            "count" => true,
            "sum" | "avg" => matches!(kind, Kind::Int | Kind::Float | Kind::Numeric | Kind::Interval | Kind::Other),
            _ => !matches!(kind, Kind::Bool | Kind::Json | Kind::Jsonb | Kind::Uuid | Kind::Bytea | Kind::TextSearch | Kind::Range),
        };
        if fits {
            Ok(Some(item))
        } else {
            Err(wrong(format!("{} doesn't work on {}; cast it, as in {}::int.{}()", self.function, shown(column), column, self.function)))
        }
    }
}

fn casted(sql: String, cast: Option<&str>) -> String {
    match cast {
        Some(cast) => format!("({sql})::{cast}"),
        None => sql,
    }
}

fn of_item(base: &Relation, item: &Item) -> ColumnType {
    match (item.cast, item.field.steps.last(), base.find(&item.field.column)) {
        (Some(cast), ..) => ColumnType::named(cast),
        (None, Some(step), _) if step.gives_text() => ColumnType::named("text"),
        (None, _, Some(column)) => column.ty.clone(),
        (None, _, None) => ColumnType::named("text"),
    }
}

/// The type of an aggregate's value, as PostgreSQL's manual has it (9.21).
fn of(function: &str, argument: &ColumnType) -> ColumnType {
    let is_small = matches!(argument.encoding, Some(Encoding::Scalar(Scalar::Int2 | Scalar::Int4)));
    match (function, argument.kind) {
        ("count", _) => ColumnType::named("int8"),
        ("sum", Kind::Int) if is_small => ColumnType::named("int8"),
        ("sum" | "avg", Kind::Int | Kind::Numeric) => ColumnType::named("numeric"),
        ("avg", Kind::Float) => ColumnType::named("float8"),
        ("min" | "max" | "sum", Kind::Int | Kind::Float) => argument.clone(),
        ("min" | "max", Kind::Text) => ColumnType::named("text"),
        _ => argument.clone(),
    }
}

fn wrong(message: String) -> Problem {
    Problem::filter("select", message)
}
