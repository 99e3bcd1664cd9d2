//! A table as the list engine sees it. What the login may not read does not exist for it: it can be neither
//! selected nor filtered, sorted or searched by.

use super::table::{Table, TableKind};
use kernel::list::{Column, ColumnType, Kind, Relation};

/// `whole`: whether every column may be read, system columns too.
#[must_use]
pub fn of(table: &Table, whole: bool) -> Relation {
    let mut relation = Relation::table(&table.schema, &table.name);
    for column in table.columns.iter().filter(|c| c.readable) {
        let (oid, category) = column.base;
        let mut made = Column::new(column.name.clone(), ColumnType::from_catalogue(oid, &column.type_name, category));
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
