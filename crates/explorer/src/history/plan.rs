//! What taking a change back means: the inverse of an entry, or why there is none.

use super::entry::{Entry, Field, Kind, Known, key_values};
use crate::catalogue::Table;
use crate::rows::record::Record;
use crate::rows::steps::{Expected, Step, What};
use kernel::Caller;
use serde_json::value::RawValue;

/// Why a change can't be taken back, for people.
pub type Reason = String;

/// Whether this caller may take a change back, and whether it can be.
///
/// # Errors
/// The reason.
pub fn allowed(table: &Table, caller: &Caller, entry: &Entry, fields: &[Field]) -> Result<(), Reason> {
    let kind = entry.kind().map_err(|problem| problem.detail().to_owned())?;
    permitted(table, caller, kind)?;
    inverse(table, entry, kind, fields.to_vec()).map(drop)
}

/// # Errors
/// The permission, or the table's own reason.
pub fn permitted(table: &Table, caller: &Caller, kind: Kind) -> Result<(), Reason> {
    let (permission, table) = match kind {
        Kind::Create => ("rows:delete", &table.delete),
        Kind::Update => ("rows:update", &table.update),
        Kind::Delete => ("rows:create", &table.insert),
    };
    // The door of the route is this one, whatever the change was.
    for permission in ["rows:update", permission] {
        caller.require(permission).map_err(|problem| problem.detail().to_owned())?;
    }
    table.check().map_err(|problem| problem.detail().to_owned())
}

/// The step that makes a row what it was before.
///
/// # Errors
/// The reason why there is none.
pub fn inverse(table: &Table, entry: &Entry, kind: Kind, fields: Vec<Field>) -> Result<Step, Reason> {
    if fields.len() < entry.changes.0.len() {
        return Err("A column that was changed is not there any more, or can't be read".into());
    }
    let key = key(table, entry, &fields)?;
    let what = match kind {
        Kind::Create => What::Delete,
        Kind::Update => What::Update(before(table, &fields)?),
        Kind::Delete => What::Insert(again(table, &fields)?),
    };
    Ok(Step { key, what, expected: as_it_left_it(table, kind, fields) })
}

/// The key that the row has since the change.
fn key(table: &Table, entry: &Entry, fields: &[Field]) -> Result<Vec<String>, Reason> {
    let columns = &table.primary_key;
    let written = entry.target_id.as_deref().unwrap_or_default();
    let mut values = key_values(written, columns.len())
        .filter(|_| !columns.is_empty())
        .ok_or("The table has another primary key by now, so the row can't be told")?;
    for (value, column) in values.iter_mut().zip(columns) {
        if let Some(changed) = fields.iter().find(|field| field.name == *column)
            && let Some(after) = changed.after.whole().filter(|after| after.get() != "null")
        {
            *value = crate::rows::record::plain(after).unwrap_or_default();
        }
    }
    Ok(values)
}

/// The changed columns as they were; those that the database makes follow by themselves.
fn before(table: &Table, fields: &[Field]) -> Result<Record, Reason> {
    let mut record = Record::default();
    for field in fields {
        let Some(column) = table.column(&field.name) else { continue };
        if column.generated {
            continue;
        }
        column.unknown_type.as_ref().map_or(Ok(()), |ty| Err(unknown(&field.name, ty)))?;
        let value = field.before.whole().ok_or_else(|| cut(&field.name))?;
        record.0.push((field.name.clone(), value.to_owned()));
    }
    if record.0.is_empty() { Err("Nothing of it was written by hand".into()) } else { Ok(record) }
}

/// The whole row as it was. What the log doesn't name was NULL, unless the column came later.
fn again(table: &Table, fields: &[Field]) -> Result<Record, Reason> {
    if let Some(hidden) = table.columns.iter().find(|column| !column.readable) {
        return Err(format!("{} can't be read here, so its value was not written down", hidden.name));
    }
    let mut record = Record::default();
    for column in table.columns.iter().filter(|column| !column.generated) {
        match (fields.iter().find(|field| field.name == column.name), &column.unknown_type) {
            // Nothing was there, and nothing will be.
            (None, Some(_)) if column.default.is_none() => {}
            (_, Some(ty)) => return Err(unknown(&column.name, ty)),
            (Some(field), None) => {
                let value = field.before.whole().ok_or_else(|| cut(&field.name))?;
                record.0.push((column.name.clone(), value.to_owned()));
            }
            (None, None) if column.nullable => record.0.push((column.name.clone(), RawValue::NULL.to_owned())),
            (None, None) => {}
        }
    }
    Ok(record)
}

fn unknown(column: &str, ty: &str) -> String {
    format!("The type {ty} of {column} is not known here, so its value can't be written back")
}

/// The test that a row still is as the change left it, in the columns concerned: of a new row in all of them.
fn as_it_left_it(table: &Table, kind: Kind, mut fields: Vec<Field>) -> Expected {
    if kind == Kind::Create {
        for column in table.columns.iter().filter(|column| column.readable) {
            if !fields.iter().any(|field| field.name == column.name) {
                fields.push(Field { name: column.name.clone(), before: Known::null(), after: Known::null() });
            }
        }
    }
    let categories: Vec<_> = fields.iter().map(|field| table.column(&field.name).map(|column| column.category)).collect();
    Expected::Values(Box::new(move |row| {
        let differs = |(field, category): (&Field, &Option<_>)| {
            let category = (*category)?;
            (!field.after.is(category, row.get(&field.name))).then(|| (field.name.clone(), field.after.shown(category)))
        };
        fields.iter().zip(&categories).filter_map(differs).collect()
    }))
}

fn cut(column: &str) -> Reason {
    format!("The value of {column} was too long to be kept, or it was kept for its time only")
}
