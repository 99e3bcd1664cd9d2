//! What a list of changes comes to: the statements, what each locks and how long, what else it concerns, and the way back.

use serde::Serialize;
use serde_json::{Value, json};

/// Whom a lock keeps waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Blocks {
    /// Nobody reads or writes meanwhile.
    Everything,
    /// Nobody writes meanwhile.
    Writes,
    /// Only other changes of the table wait.
    Changes,
}

#[derive(Clone, Debug, Serialize)]
pub struct Lock {
    /// In PostgreSQL's words.
    pub mode: &'static str,
    pub on: String,
    pub blocks: Blocks,
}

/// What PostgreSQL does while it holds the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Only the catalogue is written.
    Nothing,
    /// Every row is read.
    Scan,
    /// Every row is written anew, and every index.
    Rewrite,
    /// An index is built.
    Index,
}

#[derive(Clone, Debug, Serialize)]
pub struct Statement {
    /// Which of the changes it belongs to.
    pub change: usize,
    pub sql: String,
    pub locks: Vec<Lock>,
    pub work: Work,
    /// Whether it is part of the one transaction.
    pub transaction: bool,
    /// Schema and name of what it leaves behind when it fails.
    #[serde(skip)]
    pub leaves: Option<(String, String)>,
}

impl Statement {
    /// One that locks nothing that others use.
    pub fn free(sql: String) -> Self {
        Self { change: 0, sql, locks: Vec::new(), work: Work::Nothing, transaction: true, leaves: None }
    }

    /// One that nobody else can use the table beside.
    pub fn exclusive(sql: String, on: &str) -> Self {
        Self::free(sql).lock("ACCESS EXCLUSIVE", on, Blocks::Everything)
    }

    pub fn lock(mut self, mode: &'static str, on: &str, blocks: Blocks) -> Self {
        self.locks.push(Lock { mode, on: on.to_owned(), blocks });
        self
    }

    pub fn work(self, work: Work) -> Self {
        Self { work, ..self }
    }

    pub fn alone(self) -> Self {
        Self { transaction: false, ..self }
    }

    pub fn leaving(self, schema: &str, name: &str) -> Self {
        Self { leaves: Some((schema.to_owned(), name.to_owned())), ..self }
    }
}

/// Something to know, by a word that pages can translate.
#[derive(Clone, Debug, Serialize)]
pub struct Note {
    pub code: &'static str,
    pub message: String,
    /// What it is about, where there is something.
    pub about: Option<String>,
}

impl Note {
    pub fn new(code: &'static str, message: &str) -> Self {
        Self { code, message: message.to_owned(), about: None }
    }

    pub fn about(self, what: impl Into<String>) -> Self {
        Self { about: Some(what.into()), ..self }
    }
}

/// What becomes of something that uses what is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It stands in the way: PostgreSQL refuses.
    Blocks,
    /// It goes along.
    Goes,
    /// It stays, and follows the change.
    Follows,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dependent {
    /// What it is, in PostgreSQL's words.
    pub kind: String,
    pub name: String,
    pub effect: Effect,
}

/// A thing that somebody else owns, so that it can't be changed here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Foreign {
    pub schema: String,
    pub name: String,
    pub owner: String,
    pub can_take_over: bool,
    pub reason: String,
}

/// A table that is there, and how much is in it.
#[derive(Clone, Debug, Serialize)]
pub struct Sized {
    pub name: String,
    pub rows: Option<String>,
    pub bytes: String,
}

/// What one change comes to.
#[derive(Default)]
pub struct Step {
    pub up: Vec<Statement>,
    /// In the order in which they take it back.
    pub down: Vec<String>,
    pub lost: Vec<Note>,
    pub notes: Vec<Note>,
    pub used_by: Vec<Dependent>,
}

impl Step {
    pub fn new(up: Statement, down: impl Into<String>) -> Self {
        Self { up: vec![up], down: vec![down.into()], ..Self::default() }
    }

    pub fn note(mut self, note: Note) -> Self {
        self.notes.push(note);
        self
    }

    pub fn losing(mut self, note: Note) -> Self {
        self.lost.push(note);
        self
    }

    pub fn used_by(self, used_by: Vec<Dependent>) -> Self {
        Self { used_by, ..self }
    }
}

/// As a word.
pub fn hash(text: &str) -> String {
    kernel::secret::hash(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Default, Serialize)]
pub struct Plan {
    /// Of the statements both ways: what was seen is what is run.
    pub hash: String,
    pub statements: Vec<Statement>,
    pub down: Vec<String>,
    /// What the way back doesn't bring back.
    pub lost: Vec<Note>,
    pub notes: Vec<Note>,
    pub used_by: Vec<Dependent>,
    pub tables: Vec<Sized>,
    /// Nothing is done while there is one of these.
    pub foreign: Vec<Foreign>,
}

impl Plan {
    pub fn add(&mut self, place: usize, step: Step) {
        self.statements.extend(step.up.into_iter().map(|statement| Statement { change: place, ..statement }));
        self.down.splice(0..0, step.down);
        self.lost.extend(step.lost);
        self.notes.extend(step.notes);
        for one in step.used_by {
            if !self.used_by.contains(&one) {
                self.used_by.push(one);
            }
        }
    }

    pub fn finish(mut self) -> Self {
        let text = |sql: Vec<&str>| sql.join(";\n");
        let up = text(self.statements.iter().map(|statement| statement.sql.as_str()).collect());
        let whole = format!("{up}\n--\n{}", text(self.down.iter().map(String::as_str).collect()));
        self.hash = hash(&whole);
        self
    }

    /// The statements as one text.
    pub fn up(&self) -> String {
        self.statements.iter().map(|statement| format!("{};\n", statement.sql)).collect()
    }

    pub fn down(&self) -> String {
        self.down.iter().map(|sql| format!("{sql};\n")).collect()
    }

    /// What an answer with a plan looks like.
    pub fn schema() -> Value {
        let text = json!({"type": "string"});
        let note = json!({"type": "array", "items": {"type": "object", "properties": {"code": text, "message": text, "about": {"type": ["string", "null"]}}}});
        json!({"type": "object", "properties": {"hash": text,
            "statements": {"type": "array", "items": {"type": "object", "properties": {"change": {"type": "integer"}, "sql": text,
                "locks": {"type": "array", "items": {"type": "object", "properties": {"mode": text, "on": text,
                    "blocks": {"type": "string", "enum": ["everything", "writes", "changes"]}}}},
                "work": {"type": "string", "enum": ["nothing", "scan", "rewrite", "index"]}, "transaction": {"type": "boolean"}}}},
            "down": {"type": "array", "items": text}, "lost": note, "notes": note,
            "used_by": {"type": "array", "items": {"type": "object", "properties": {"kind": text, "name": text,
                "effect": {"type": "string", "enum": ["blocks", "goes", "follows"]}}}},
            "tables": {"type": "array", "items": {"type": "object", "properties": {"name": text, "rows": {"type": ["string", "null"]}, "bytes": text}}},
            "foreign": {"type": "array", "items": {"type": "object", "properties": {"schema": text, "name": text, "owner": text,
                "can_take_over": {"type": "boolean"}, "reason": text}}}}})
    }

    pub fn sample() -> Value {
        json!({"hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "statements": [{"change": 0,
            "sql": "alter table \"public\".\"album\" add column \"year\" integer", "locks": [{"mode": "ACCESS EXCLUSIVE", "on": "public.album", "blocks": "everything"}],
            "work": "nothing", "transaction": true}], "down": ["alter table \"public\".\"album\" drop column \"year\""], "lost": [], "notes": [],
            "used_by": [], "tables": [{"name": "public.album", "rows": "347", "bytes": "24576"}], "foreign": []})
    }
}
