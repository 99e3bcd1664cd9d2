//! Ordinary create, update and delete, from the declaration alone. Values are bound as text, so that PostgreSQL
//! reads each by its column's type and its refusals land on the field.

use super::ResourceDef;
use crate::ctx::Ctx;
use crate::field::Field;
use crate::list::{Param, quote, quote_qualified};
use crate::problem::{Problem, Result};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio_postgres::types::ToSql;

#[derive(Clone)]
pub(super) struct Writer {
    table: String,
    fields: Arc<Vec<Field>>,
}

impl Writer {
    pub fn new(def: &ResourceDef) -> Self {
        let (schema, table) = def.table.split_once('.').unwrap_or(("public", def.table));
        Self { table: quote_qualified(schema, table), fields: Arc::new(def.fields.clone()) }
    }

    pub async fn insert(&self, ctx: &mut Ctx, input: &Value) -> Result<Value> {
        let id = ctx.id();
        let given = self.given(input)?;
        let mut columns = vec![quote("id")];
        let mut params = vec![Param::text(id.to_string())];
        for (field, value) in &given {
            columns.push(quote(field.name));
            params.push(bound(field, value)?);
        }
        let places: Vec<String> = (1..=params.len()).map(|n| format!("${n}")).collect();
        let sql = format!("insert into {} ({}) values ({})", self.table, columns.join(", "), places.join(", "));
        execute(ctx, &sql, &params).await?;
        Ok(json!({"id": id}))
    }

    pub async fn update(&self, ctx: &mut Ctx, target: &Value, input: &Value) -> Result<Value> {
        let given = self.given(input)?;
        let mut sets = Vec::new();
        let mut params = vec![Param::text(target["id"].as_str().unwrap_or_default().to_owned())];
        for (field, value) in &given {
            params.push(bound(field, value)?);
            sets.push(format!("{} = ${}", quote(field.name), params.len()));
        }
        let sql = format!("update {} set {} where id = $1", self.table, sets.join(", "));
        execute(ctx, &sql, &params).await?;
        Ok(Value::Null)
    }

    pub async fn delete(&self, ctx: &mut Ctx, target: &Value) -> Result<Value> {
        let params = [Param::text(target["id"].as_str().unwrap_or_default().to_owned())];
        execute(ctx, &format!("delete from {} where id = $1", self.table), &params).await?;
        Ok(Value::Null)
    }

    fn given<'a>(&'a self, input: &'a Value) -> Result<Vec<(&'a Field, &'a Value)>> {
        input
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| {
                let field = self.fields.iter().find(|f| f.name == name);
                field.map(|f| (f, value)).ok_or_else(|| Problem::field(name, "unknown", format!("There is no field {name} here")))
            })
            .collect()
    }
}

fn bound(field: &Field, value: &Value) -> Result<Param> {
    use crate::field::FieldType;
    Ok(match value {
        Value::Null => Param(None),
        value if field.kind == FieldType::Json => Param::text(value.to_string()),
        Value::String(text) => Param::text(text.clone()),
        Value::Bool(_) | Value::Number(_) => Param::text(value.to_string()),
        Value::Array(items) => Param::text(array_literal(items)),
        Value::Object(_) => return Err(Problem::field(field.name, "type", "This can't be an object")),
    })
}

async fn execute(ctx: &Ctx, sql: &str, params: &[Param]) -> Result<()> {
    let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as &(dyn ToSql + Sync)).collect();
    ctx.db().execute(sql, &params).await?;
    Ok(())
}

/// `{"a",NULL}`: PostgreSQL's text form of an array.
fn array_literal(items: &[Value]) -> String {
    let items: Vec<String> = items
        .iter()
        .map(|item| match item {
            Value::Null => "NULL".to_owned(),
            Value::String(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            other => format!("\"{other}\""),
        })
        .collect();
    format!("{{{}}}", items.join(","))
}

#[cfg(test)]
mod tests {
    use super::array_literal;
    use serde_json::json;

    #[test]
    fn array_items_stay_what_they_are() {
        let items = [json!("a"), json!("b,\"c\\"), json!(null), json!("null"), json!(3)];
        assert_eq!(array_literal(&items), r#"{"a","b,\"c\\",NULL,"null","3"}"#);
    }
}
