//! Reading one table from the catalogue: all questions asked at once.

use super::category::Category;
use super::known;
use super::operators;
use super::queries;
use super::relation;
use super::rules::{self, Rights};
use super::table::{Allowed, Check, Column, Computed, ForeignKey, Gives, Index, Junction, Reference, Table, TableKind, Unique};
use deadpool_postgres::ClientWrapper;
use kernel::Result;
use kernel::list::{ColumnType, Relation};
use std::collections::HashMap;
use std::sync::Arc;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

/// A table as it is now.
pub struct Loaded {
    pub table: Table,
    /// Whether rights are missing that the owner could give.
    pub lacking: bool,
}

/// Reads one table; `None` when there is none of that name.
///
/// # Errors
/// When the source is away.
pub async fn load(client: &ClientWrapper, schema: &str, name: &str, panel: bool, who: &str) -> Result<Option<Loaded>> {
    let named: [&(dyn ToSql + Sync); 2] = [&schema, &name];
    let ask = |sql: &'static str| async move {
        let statement = client.prepare_cached(sql).await?;
        client.query(&statement, &named).await
    };
    let (head, columns, constraints, referenced_by, junctions, indexes, computed) = futures::try_join!(
        ask(queries::TABLE),
        ask(queries::COLUMNS),
        ask(queries::CONSTRAINTS),
        ask(queries::REFERENCED_BY),
        ask(queries::JUNCTIONS),
        ask(queries::INDEXES),
        ask(queries::COMPUTED)
    )?;
    let Some(head) = head.first() else { return Ok(None) };
    let unknown = known::unknown(client, columns.iter().map(|row| row.get(2))).await?;
    let mut loaded = assemble(head, &columns, &constraints, &referenced_by, &indexes, &unknown, schema, name, panel, who);
    let table = &mut loaded.table;
    operators::fill(client, &table.relation, &mut table.columns).await?;
    table.relation = Arc::new(relation::of(table, table.relation.version.is_some()));
    loaded.table.junctions = junctions.iter().map(junction).collect();
    // Such a function sees whole rows.
    if loaded.table.columns.iter().all(|column| column.readable) {
        let computed: Vec<Computed> = computed.iter().map(computed_of).collect();
        Arc::make_mut(&mut loaded.table.relation).computed = relation::computed(&loaded.table, &computed);
        loaded.table.computed = computed;
    }
    Ok(Some(loaded))
}

#[expect(clippy::too_many_arguments, reason = "the answers to the questions, used once")]
fn assemble(
    head: &Row,
    columns: &[Row],
    constraints: &[Row],
    referenced_by: &[Row],
    indexes: &[Row],
    unknown: &HashMap<u32, String>,
    schema: &str,
    name: &str,
    panel: bool,
    who: &str,
) -> Loaded {
    let relkind: String = head.get(1);
    let kind = TableKind::of(&relkind, head.get(2));
    let of_type = |wanted: &'static str| constraints.iter().filter(move |row| row.get::<_, &str>(1) == wanted);
    let primary_key: Vec<String> = of_type("p").next().map(|row| row.get(2)).unwrap_or_default();
    let rights = Rights {
        schema: head.get(7),
        select: head.get(8),
        insert: head.get(9),
        update: head.get(10),
        delete: head.get(11),
        updatable: head.get(12),
    };
    let is_filled = |column: &Column| columns.iter().any(|row| row.get::<_, &str>(0) == column.name && row.get(16));
    let columns: Vec<Column> = columns.iter().map(|row| column(row, &primary_key, unknown, &rights, panel, who)).collect();
    let unfilled = columns.iter().find(|column| column.unknown_type.is_some() && !column.nullable && !is_filled(column));
    let [insert, update, delete] = rules::edits(kind, panel, &primary_key, &columns, unfilled, &rights, who);
    // New rows, or other values in those that are there.
    let import = if update.allowed { update.clone() } else { insert.clone() };
    // By the same rights as row by row.
    let batch = if update.allowed { update.clone() } else { delete.clone() };
    let mut table = Table {
        oid: head.get(0),
        schema: schema.to_owned(),
        name: name.to_owned(),
        kind,
        comment: head.get(5),
        estimated_rows: rows(head.get(3)),
        size_bytes: matches!(relkind.as_str(), "r" | "m").then(|| head.get::<_, i64>(4).to_string()),
        panel,
        parent: head.get(6),
        trash: if update.allowed { rules::trash(&columns) } else { None },
        primary_key,
        foreign_keys: of_type("f").map(foreign_key).collect(),
        referenced_by: referenced_by.iter().map(reference).collect(),
        junctions: Vec::new(),
        computed: Vec::new(),
        indexes: indexes.iter().map(index).collect(),
        checks: of_type("c").map(|row| Check { name: row.get(0), columns: row.get(2), definition: row.get(3) }).collect(),
        uniques: of_type("u").map(|row| Unique { name: row.get(0), columns: row.get(2) }).collect(),
        columns,
        insert,
        update,
        delete,
        export: Allowed::unless(None),
        import,
        batch,
        reveal: Allowed::unless(None),
        relation: Arc::new(Relation::new("")),
        whole: None,
    };
    let lacking = !panel && !(rights.schema && rights.select && (relkind == "m" || rights.insert));
    table.relation = Arc::new(relation::of(&table, rights.select));
    Loaded { table, lacking }
}

/// A number of rows that the planner estimates.
pub(super) fn rows(estimate: Option<f64>) -> Option<String> {
    estimate.map(|rows| format!("{:.0}", rows.max(0.0)))
}

fn column(row: &Row, primary_key: &[String], unknown: &HashMap<u32, String>, rights: &Rights, panel: bool, who: &str) -> Column {
    let name: String = row.get(0);
    let (oid, typmod): (u32, i32) = (row.get(2), row.get(5));
    let category = Category::of(oid, row.get(3), row.get(4));
    let enum_values: Vec<String> = row.get(13);
    let identity = match row.get::<_, &str>(9) {
        "a" => Some("always"),
        "d" => Some("by_default"),
        _ => None,
    };
    let generated: bool = row.get(8);
    let readable = rights.schema && row.get::<_, bool>(14);
    let element_oid: u32 = row.get(11);
    let unknown_type = unknown.get(&oid).cloned();
    let is_made = generated || identity == Some("always");
    // The length of varchar(n) and char(n) is kept with the four bytes of its header.
    let is_limited = matches!(Type::from_oid(oid), Some(Type::VARCHAR | Type::BPCHAR)) && typmod > 4;
    Column {
        type_name: row.get(1),
        category,
        nullable: row.get(6),
        default: row.get::<_, Option<String>>(7).filter(|_| !generated),
        generated,
        identity,
        comment: row.get(10),
        max_length: is_limited.then(|| u32::try_from(typmod - 4).unwrap_or_default()),
        enum_values: (!enum_values.is_empty()).then_some(enum_values),
        element: row.get(12),
        primary_key: primary_key.iter().position(|key| *key == name).map(|place| place + 1),
        readable,
        writable: !panel && readable && row.get::<_, bool>(15) && !is_made && unknown_type.is_none(),
        operators: Vec::new(),
        sortable: true,
        empty: empty(category, Type::from_oid(oid).as_ref(), row.get(4)),
        hidden_reason: (!readable).then(|| rules::hidden(panel, who)),
        sensitive: false,
        json_elements: matches!(Type::from_oid(element_oid), Some(Type::JSON | Type::JSONB)),
        unknown_type,
        base: (oid, row.get::<_, &str>(3).chars().next().unwrap_or('X')),
        own: None,
        name,
    }
}

/// What a value of a type is equal to when there is nothing in it.
fn empty(category: Category, ty: Option<&Type>, typtype: &str) -> &'static [&'static str] {
    match (category, ty, typtype) {
        (Category::Text, ..) => &[""],
        (_, Some(&Type::JSON), _) => &[],
        (Category::Array, ..) | (Category::Range, _, "m") => &["{}"],
        (Category::Range, ..) => &["empty"],
        (Category::Json, ..) => &["{}", "[]", "null"],
        (Category::Bytea, ..) => &["\\x"],
        _ => &[],
    }
}

fn foreign_key(row: &Row) -> ForeignKey {
    ForeignKey {
        name: row.get(0),
        columns: row.get(2),
        schema: row.get(4),
        table: row.get(5),
        target_columns: row.get(6),
        title_column: row.get(7),
    }
}

fn reference(row: &Row) -> Reference {
    Reference {
        name: row.get(0),
        schema: row.get(1),
        table: row.get(2),
        columns: row.get(3),
        target_columns: row.get(4),
        on_delete: match row.get(5) {
            "c" => "cascade",
            "r" => "restrict",
            "n" => "set_null",
            "d" => "set_default",
            _ => "no_action",
        },
        is_unique: row.get(6),
    }
}

fn junction(row: &Row) -> Junction {
    Junction {
        schema: row.get(0),
        table: row.get(1),
        keys: (row.get(2), row.get(3)),
        columns: (row.get(4), row.get(5)),
        other_columns: (row.get(6), row.get(7)),
        other_schema: row.get(8),
        other_table: row.get(9),
    }
}

fn computed_of(row: &Row) -> Computed {
    let gives = if row.get(1) {
        Gives::Rows { is_one: row.get(2), schema: row.get(6), table: row.get(7) }
    } else {
        let category = row.get::<_, &str>(5).chars().next().unwrap_or('X');
        Gives::Value(ColumnType::from_catalogue(row.get(4), row.get(3), category))
    };
    Computed { name: row.get(0), gives }
}

fn index(row: &Row) -> Index {
    Index { name: row.get(0), columns: row.get(1), unique: row.get(2), primary: row.get(3), definition: row.get(4) }
}
