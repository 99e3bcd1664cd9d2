//! What the tests of the SQL console stand on: a run and its frames.

use crate::explorer_lab::Lab;
use serde_json::{Value, json};
use testkit::{Answer, Client};

/// The lines of an answer.
pub struct Frames(pub Vec<Value>);

impl Frames {
    pub fn of(answer: &Answer) -> Self {
        Self(answer.text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"))).collect())
    }

    pub fn all(&self, kind: &str) -> Vec<&Value> {
        self.0.iter().filter(|frame| frame["frame"] == kind).collect()
    }

    pub fn one(&self, kind: &str) -> &Value {
        let found = self.all(kind);
        assert_eq!(found.len(), 1, "{kind} in {:#?}", self.0);
        found[0]
    }

    /// Every row of the statement.
    pub fn rows(&self, index: usize) -> Vec<Value> {
        let of_it = |frame: &&Value| frame["frame"] == "rows" && frame["index"] == index;
        self.0.iter().filter(of_it).flat_map(|frame| frame["rows"].as_array().unwrap().clone()).collect()
    }

    /// The message and code of the error; the run must have one.
    pub fn error(&self) -> (String, String) {
        let error = self.one("error");
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        (text("code"), text("message"))
    }

    pub fn ended(&self) -> (&str, &str) {
        let end = self.one("end");
        assert_eq!(self.0.last().unwrap(), end, "it is the last");
        (end["outcome"].as_str().unwrap(), end["kept"].as_str().unwrap())
    }
}

/// Asks by somebody; the answer may be a refusal.
pub async fn ask(by: &Client, way: &str, body: Value) -> Answer {
    by.post(&format!("/api/v1/explorer/main/sql/{way}"), body).await
}

/// Runs in a read-only transaction.
pub async fn read(lab: &Lab, sql: &str) -> Frames {
    Frames::of(&ask(&lab.owner, "read", json!({"sql": sql})).await.expect(200))
}

/// Runs so that changes are kept.
pub async fn write(lab: &Lab, mode: &str, sql: &str) -> Frames {
    Frames::of(&ask(&lab.owner, "write", json!({"sql": sql, "mode": mode})).await.expect(200))
}
