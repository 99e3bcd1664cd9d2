//! The zoo: a schema with one of everything (`fixtures/zoo.sql`), and requests about it.

use crate::explorer_lab::{Lab, encoded, lab};
use http::Method;
use kernel::list::{quote, quote_qualified};
use serde_json::{Value, json};
use testkit::Answer;

const ZOO: &str = include_str!("../../../../fixtures/zoo.sql");

pub async fn zoo() -> Lab {
    lab(ZOO).await
}

/// A name or value as the grammar takes it, whatever is in it.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl Lab {
    /// Every table of the zoo as the catalogue describes it.
    pub async fn animals(&self) -> Vec<Value> {
        let tables = self.owner.get("/api/v1/explorer/main/tables").await.body_of(200);
        let mut found = Vec::new();
        for table in tables.as_array().unwrap().iter().filter(|table| table["schema"] == "zoo") {
            found.push(self.animal(table["name"].as_str().unwrap()).await);
        }
        found
    }

    pub async fn animal(&self, name: &str) -> Value {
        self.owner.get(&format!("/api/v1/explorer/main/tables/zoo/{}", encoded(name))).await.body_of(200)
    }

    /// A request for rows of the zoo.
    pub async fn feed(&self, method: Method, table: &str, query: &[(&str, &str)], body: Value) -> Answer {
        let query: Vec<String> = query.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let headers = [("accept-profile", "zoo"), ("content-profile", "zoo"), ("prefer", "return=representation")];
        self.rows(method, &format!("main/{}?{}", encoded(table), query.join("&")), &headers, body).await
    }

    /// All that a table holds, as PostgreSQL writes it.
    pub async fn whole(&self, table: &str) -> String {
        let table = quote_qualified("zoo", table);
        self.ask(&format!("select string_agg(t::text, E'\\n' order by t::text) from {table} t")).await
    }

    /// One value, as PostgreSQL writes it.
    pub async fn value(&self, animal: &Value, row: &Value, column: &str) -> String {
        let table = quote_qualified("zoo", name(animal));
        let key = keys(animal)
            .iter()
            .map(|key| format!("{}::text = {}", quote(key), literal(&text(&row[key]))))
            .collect::<Vec<_>>()
            .join(" and ");
        self.ask(&format!("select {}::text from {table} where {key}", quote(column))).await
    }
}

pub fn name(animal: &Value) -> &str {
    animal["name"].as_str().unwrap()
}

pub fn columns(animal: &Value) -> &Vec<Value> {
    animal["columns"].as_array().unwrap()
}

pub fn keys(animal: &Value) -> Vec<&str> {
    animal["primary_key"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect()
}

/// The filter of one row.
pub fn one(animal: &Value, row: &Value) -> String {
    let keys = keys(animal);
    format!("({})", keys.iter().map(|key| format!("{}.eq.{}", quoted(key), quoted(&text(&row[key])))).collect::<Vec<_>>().join(","))
}

pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// An object of one field.
pub fn field(name: &str, value: &Value) -> Value {
    json!({name: value})
}
