//! A function of a source: what goes in, what comes out, and whether it may change something.

use super::queries;
use crate::catalogue::{Category, Column};
use crate::source::open::Open;
use kernel::Result;
use kernel::list::{ColumnType, quote, quote_qualified};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

#[derive(Debug)]
pub struct Function {
    /// It may change something, or give something else each time.
    pub is_volatile: bool,
    pub is_set: bool,
    pub arguments: Vec<Argument>,
    pub result: Output,
    /// The table or view whose rows it gives.
    pub table: Option<(String, String)>,
}

#[derive(Debug)]
pub struct Argument {
    /// Empty: it has none.
    pub name: String,
    /// Its type, quoted.
    pub type_sql: String,
    pub is_needed: bool,
    pub is_variadic: bool,
    /// How a value for it is read.
    pub column: Column,
}

#[derive(Debug)]
pub enum Output {
    Nothing,
    /// One value (or, of a set, one in each row).
    Value(ColumnType),
    Row(Vec<(String, ColumnType)>),
    /// A record whose columns only the caller could know.
    Unknown,
}

/// The functions of a name that the login of the source may run.
///
/// # Errors
/// 503 when the source is away.
pub async fn find(source: &Open, schema: &str, name: &str) -> Result<Vec<Function>> {
    if source.catalogue.is_panel(schema) {
        return Ok(Vec::new());
    }
    let conn = source.conn().await?;
    let named: [&(dyn ToSql + Sync); 2] = [&schema, &name];
    let ask = |sql: &'static str| {
        let (conn, named) = (&conn, &named);
        async move {
            let statement = conn.prepare_cached(sql).await?;
            conn.query(&statement, named).await
        }
    };
    let (functions, places) =
        futures::try_join!(ask(queries::FUNCTIONS), ask(queries::PLACES)).map_err(|error| source.named(error.into()))?;
    Ok(functions.iter().map(|row| function(row, &places)).collect())
}

fn function(row: &Row, places: &[Row]) -> Function {
    let oid: u32 = row.get(0);
    let own: Vec<&Row> = places.iter().filter(|place| place.get::<_, u32>(0) == oid).collect();
    let of = |modes: &'static [&'static str]| own.iter().filter(move |place| modes.contains(&place.get::<_, &str>(1)));
    let (count, defaults): (i32, i32) = (row.get(4), row.get(5));
    let needed = usize::try_from(count - defaults).unwrap_or_default();
    let arguments = of(&["i", "b", "v"]).enumerate().map(|(i, place)| argument(place, i < needed)).collect();
    let columns: Vec<(String, ColumnType)> = of(&["o", "b", "t", "c"])
        .enumerate()
        .map(|(i, place)| {
            (
                place.get::<_, Option<String>>(2).filter(|name| !name.is_empty()).unwrap_or_else(|| format!("column{}", i + 1)),
                type_of(place),
            )
        })
        .collect();
    let result = match (row.get(6), row.get(7)) {
        _ if !columns.is_empty() => Output::Row(columns),
        ("void", _) => Output::Nothing,
        ("record", _) | (_, "c") => Output::Unknown,
        _ => Output::Value(ColumnType::from_catalogue(row.get(9), row.get(8), category(row.get(10)))),
    };
    let table = match row.get::<_, Option<&str>>(11) {
        Some("r" | "p" | "v" | "m" | "f") => Some((row.get(12), row.get(13))),
        _ => None,
    };
    Function { is_volatile: row.get::<_, &str>(1) == "v", is_set: row.get(2), arguments, result, table }
}

fn category(typcategory: &str) -> char {
    typcategory.chars().next().unwrap_or('X')
}

fn type_of(place: &Row) -> ColumnType {
    ColumnType::from_catalogue(place.get(6), place.get(5), category(place.get(7)))
}

fn argument(place: &Row, is_needed: bool) -> Argument {
    let name: String = place.get::<_, Option<String>>(2).unwrap_or_default();
    let (oid, typcategory, typtype): (u32, &str, &str) = (place.get(6), place.get(7), place.get(8));
    let column = Column {
        type_name: place.get(5),
        category: Category::of(oid, typcategory, typtype),
        json_elements: matches!(Type::from_oid(place.get(9)), Some(Type::JSON | Type::JSONB)),
        base: (oid, category(typcategory)),
        ..Column::named(&name)
    };
    Argument { type_sql: quote_qualified(place.get(3), place.get(4)), is_needed, is_variadic: place.get::<_, &str>(1) == "v", column, name }
}

impl Function {
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<&Argument> {
        self.arguments.iter().find(|argument| argument.name == name && !name.is_empty())
    }

    /// Whether it can be called with arguments of these names and no others.
    #[must_use]
    pub fn takes(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.argument(name).is_some())
            && self.arguments.iter().all(|argument| !argument.is_needed || names.contains(&argument.name.as_str()))
    }

    /// The one argument, when it has no name.
    #[must_use]
    pub fn unnamed(&self) -> Option<&Argument> {
        match self.arguments.as_slice() {
            [one] if one.name.is_empty() => Some(one),
            _ => None,
        }
    }

    /// The one argument without a name that takes a whole body of JSON.
    #[must_use]
    pub fn whole(&self) -> Option<&Argument> {
        self.unnamed().filter(|argument| argument.column.category == Category::Json)
    }

    /// `"schema"."name"("a" => $1::"pg_catalog"."int4")`, for the arguments given; the first value is `$1`.
    #[must_use]
    pub fn call(&self, schema: &str, name: &str, given: &[&Argument]) -> String {
        let arguments: Vec<String> = given
            .iter()
            .enumerate()
            .map(|(i, argument)| {
                let variadic = if argument.is_variadic { "variadic " } else { "" };
                let named = if argument.name.is_empty() { String::new() } else { format!("{} => ", quote(&argument.name)) };
                format!("{variadic}{named}${}::{}", i + 1, argument.type_sql)
            })
            .collect();
        format!("{}({})", quote_qualified(schema, name), arguments.join(", "))
    }

    /// `name(a integer, b text)`, for people.
    #[must_use]
    pub fn signature(&self, name: &str) -> String {
        let arguments: Vec<String> =
            self.arguments.iter().map(|argument| format!("{} {}", argument.name, argument.column.type_name).trim().to_owned()).collect();
        format!("{name}({})", arguments.join(", "))
    }
}
