//! A table as the list engine sees it. What the login may not read does not exist for it: it can be neither
//! selected nor filtered, sorted or searched by.

use super::category::Category;
use super::table::{self, Computed, Gives, Table, TableKind};
use kernel::list::{Column, ColumnType, Kind, Relation, quote_qualified};

/// `whole`: whether every column may be read, system columns too.
#[must_use]
pub fn of(table: &Table, whole: bool) -> Relation {
    let mut relation = Relation::table(&table.schema, &table.name);
    for column in table.columns.iter().filter(|c| c.readable) {
        let mut made = Column::new(column.name.clone(), type_of(column));
        made.sortable &= column.sortable;
        made.nullable = column.nullable;
        made.max_length = column.max_length;
        made.searchable = made.ty.kind == Kind::Text;
        relation = relation.column(made);
    }
    if table.primary_key.iter().all(|key| relation.find(key).is_some()) {
        relation.primary_key = table.primary_key.clone();
    }
    let has_rows = matches!(table.kind, TableKind::Table | TableKind::Partition | TableKind::Partitioned | TableKind::MaterializedView);
    relation.version = (whole && has_rows).then(|| "t.xmin".to_owned());
    relation
}

/// A column's type, as far as it is known.
pub fn type_of(column: &table::Column) -> ColumnType {
    // What is written otherwise than its category is a type of its own.
    let is_own = column.category == Category::Other && column.base.1 == 'A';
    let (oid, category) = if is_own { (0, 'U') } else { column.base };
    let ty = ColumnType::from_catalogue(oid, &column.type_name, category);
    ColumnType { own: column.own.clone().or(ty.own), ..ty }
}

/// What its functions give for one row, where no column has their name.
#[must_use]
pub fn computed(table: &Table, functions: &[Computed]) -> Vec<Column> {
    let of = |function: &Computed| match &function.gives {
        // Not `t`: a column may be called so.
        Gives::Value(ty) if table.column(&function.name).is_none() => {
            let call = format!("{}(t.*)", quote_qualified(&table.schema, &function.name));
            Some(Column::new(function.name.clone(), ty.clone()).nullable().expr(call))
        }
        _ => None,
    };
    functions.iter().filter_map(of).collect()
}
