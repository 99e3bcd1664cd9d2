//! What the tests about comparing people and explaining policies ask.

use crate::explorer_lab::encoded;
use crate::seen_lab::Desk;
use serde_json::{Value, json};
use testkit::{Answer, Client};

pub async fn beside(by: &Client, mut input: Value) -> String {
    input["comparing"] = true.into();
    input["reason"] = "Case 17".into();
    by.post("/api/v1/impersonations/begin", input).await.expect(200)["impersonation_id"].as_str().unwrap().to_owned()
}

impl Desk {
    /// A place beside the owner's own.
    pub async fn look(&self, kind: &str) -> String {
        beside(&self.lab.owner, json!({"kind": kind})).await
    }

    pub async fn look_as(&self, user: &str) -> String {
        beside(&self.lab.owner, json!({"kind": "user", "user_id": user})).await
    }
}

pub async fn compare(by: &Client, table: &str, first: &str, second: &str) -> Answer {
    by.get(&format!("/api/v1/explorer/main/tables/public/{table}/compare?first={first}&second={second}")).await
}

pub async fn pages(by: &Client, table: &str, (first, second): (&str, &str), rest: &str) -> Answer {
    by.get(&format!("/api/v1/explorer/main/tables/public/{table}/compare/rows?first={first}&second={second}&{rest}")).await
}

/// As whom, and of which row.
pub async fn explain(by: &Client, table: &str, place: &str, row: Option<&[&str]>) -> Answer {
    let row = row.map(|key| format!("&row={}", encoded(&json!(key).to_string()))).unwrap_or_default();
    by.get(&format!("/api/v1/explorer/main/tables/public/{table}/explain?as={place}{row}")).await
}

/// `both/first/second`.
pub fn counts(answer: &Answer) -> String {
    let count = |name: &str| answer["counts"][name].to_string();
    format!("{}/{}/{}", count("both"), count("first"), count("second"))
}

pub fn verdict<'a>(answer: &'a Answer, command: &str) -> &'a Value {
    answer["verdicts"].as_array().unwrap().iter().find(|one| one["command"] == command).unwrap()
}
