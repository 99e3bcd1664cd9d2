//! Looking at what is there, for each change of a list: does it exist, whose is it, what hangs on it.

use super::plan::{Dependent, Effect, Foreign, Plan, Sized};
use super::{queries, word};
use crate::source::open::Open;
use deadpool_postgres::ClientWrapper;
use kernel::problem::sentence;
use kernel::{Problem, Result};
use std::collections::HashSet;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

/// A table, view or the like.
#[derive(Clone, Debug)]
pub struct Relation {
    /// 0 of one that an earlier change of the list makes.
    pub oid: u32,
    pub kind: String,
    pub is_partition: bool,
    pub row_security: bool,
    pub forced: bool,
    pub comment: Option<String>,
    /// Whether it has partitions or children, or is one.
    pub has_relatives: bool,
    pub options: Vec<String>,
    pub persistence: String,
    /// `"schema"."name"`.
    pub sql: String,
    /// `schema.name`.
    pub shown: String,
}

impl Relation {
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.oid == 0
    }
}

pub struct Planner<'a> {
    pub conn: &'a ClientWrapper,
    source: &'a Open,
    /// Who owns the panel's database.
    panel_owner: String,
    pub version: i32,
    can_create_schemas: bool,
    /// Tables that the list makes.
    made: HashSet<String>,
    /// What the list has changed already, so that the catalogue doesn't tell any more how it is.
    touched: HashSet<String>,
    granted: bool,
    pub plan: Plan,
}

impl<'a> Planner<'a> {
    /// # Errors
    /// When the source is away.
    pub async fn new(source: &'a Open, conn: &'a ClientWrapper, panel_owner: String) -> Result<Self> {
        conn.query(queries::SETTLE, &[]).await?;
        let server = conn.query_one(queries::SERVER, &[]).await?;
        Ok(Self {
            conn,
            source,
            panel_owner,
            version: server.get(1),
            can_create_schemas: server.get(2),
            made: HashSet::new(),
            touched: HashSet::new(),
            granted: false,
            plan: Plan::default(),
        })
    }

    /// Asks the catalogue.
    ///
    /// # Errors
    /// When the source is away.
    pub async fn ask(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>> {
        let statement = self.conn.prepare_cached(sql).await.map_err(|error| self.source.named(error.into()))?;
        self.conn.query(&statement, values).await.map_err(|error| self.source.named(error.into()))
    }

    /// # Errors
    /// 422 when an earlier change of the list is about the same thing.
    pub fn touch(&mut self, what: impl Into<String>) -> Result<()> {
        let what = what.into();
        if self.touched.insert(what.clone()) {
            return Ok(());
        }
        let text = format!("An earlier change of this list is about {what} already. Send this one by itself, after it.");
        Err(Problem::field("change", "twice", text))
    }

    /// One side of a column. Several of them can be changed in a list, each once, and its name as the last.
    ///
    /// # Errors
    /// 422 when an earlier change of the list is about the same.
    pub fn touch_column(&mut self, table: &Relation, column: &str, side: &str) -> Result<()> {
        let whole = format!("{}.{column}", table.shown);
        let known = format!(" of {whole}");
        let is_whole = matches!(side, "the name" | "all");
        if self.touched.contains(&whole) || side == "all" && self.touched.iter().any(|what| what.ends_with(&known)) {
            self.touched.insert(whole.clone());
            return self.touch(whole);
        }
        if is_whole {
            self.touched.insert(whole);
        }
        self.touch(format!("{side}{known}"))
    }

    /// # Errors
    /// 403 for schemas of the panel and of PostgreSQL.
    pub fn may_touch(&self, schema: &str) -> Result<()> {
        if self.source.catalogue.is_panel(schema) {
            return Err(Problem::refused(format!("The schema {schema} belongs to the panel, which changes it by itself")));
        }
        if schema.starts_with("pg_") || schema == "information_schema" {
            return Err(Problem::refused(format!("The schema {schema} belongs to PostgreSQL")));
        }
        Ok(())
    }

    /// A schema in which something is to be made.
    ///
    /// # Errors
    /// 422 when there is none; 403 for one of ours.
    pub async fn space(&mut self, schema: &str) -> Result<()> {
        self.may_touch(schema)?;
        word::name("schema", schema)?;
        if self.made.contains(&format!("{schema}.")) {
            return Ok(());
        }
        let find = |rows: Vec<Row>| rows.first().map(|row| (row.get::<_, String>(1), row.get::<_, bool>(3)));
        let mut found = find(self.ask(queries::SCHEMA, &[&schema]).await?);
        if matches!(found, Some((_, false))) && self.grant_again().await {
            found = find(self.ask(queries::SCHEMA, &[&schema]).await?);
        }
        match found {
            None => Err(Problem::field("schema", "unknown", format!("There is no schema {schema}"))),
            Some((_, true)) => Ok(()),
            Some((owner, false)) => {
                let reason = format!("Only {owner} may let somebody create in the schema {schema}");
                self.strange(Foreign { schema: schema.into(), name: String::new(), owner, can_take_over: false, reason });
                Ok(())
            }
        }
    }

    /// # Errors
    /// When the source is away.
    pub async fn may_create_schemas(&mut self) -> Result<bool> {
        if !self.can_create_schemas && self.grant_again().await {
            self.can_create_schemas = self.ask(queries::SERVER, &[]).await?.first().is_some_and(|row| row.get(2));
        }
        Ok(self.can_create_schemas)
    }

    /// Rights in new schemas are given by the owner of the database; once for each list.
    async fn grant_again(&mut self) -> bool {
        if let (Some(grants), false) = (&self.source.grants, self.granted) {
            self.granted = true;
            grants.first().await;
            return true;
        }
        false
    }

    pub fn strange(&mut self, foreign: Foreign) {
        if !self.plan.foreign.contains(&foreign) {
            self.plan.foreign.push(foreign);
        }
    }

    pub fn makes(&mut self, schema: &str, name: &str) {
        self.made.insert(format!("{schema}.{name}"));
    }

    /// A table or the like of which something is to be changed; what isn't ours to change is noted.
    ///
    /// # Errors
    /// 404 when there is none; 403 when it is the panel's.
    pub async fn relation(&mut self, schema: &str, name: &str) -> Result<Relation> {
        let found = self.seen(schema, name).await?;
        let Some((relation, row)) = found else {
            return Err(Problem::not_found(format_args!("table {schema}.{name} in the source {}", self.source.name)));
        };
        let Some(row) = row else { return Ok(relation) };
        if row.get(5) {
            return Err(Problem::refused(format!("{} belongs to an extension, which changes it by itself", relation.shown)));
        }
        if !row.get::<_, bool>(4) {
            let foreign = self.foreign(schema, name, relation.oid, row.get(12), row.get(3)).await?;
            self.strange(foreign);
        }
        let size = Sized {
            name: relation.shown.clone(),
            rows: row.get::<_, Option<f64>>(6).map(|rows| format!("{rows:.0}")),
            bytes: row.get::<_, i64>(7).to_string(),
        };
        if !self.plan.tables.iter().any(|one| one.name == size.name) {
            self.plan.tables.push(size);
        }
        Ok(relation)
    }

    /// As [`Self::relation`], and it must be a table.
    ///
    /// # Errors
    /// As there, and 422 for a view.
    pub async fn table(&mut self, schema: &str, name: &str) -> Result<Relation> {
        let relation = self.relation(schema, name).await?;
        if matches!(relation.kind.as_str(), "r" | "p") {
            return Ok(relation);
        }
        Err(Problem::field("table", "kind", format!("{} is no table", relation.shown)))
    }

    /// What is there of a name, if anything; its row of the catalogue unless the list makes it.
    async fn seen(&mut self, schema: &str, name: &str) -> Result<Option<(Relation, Option<Row>)>> {
        self.may_touch(schema)?;
        let sql = word::qualified(schema, "table", name)?;
        let shown = format!("{schema}.{name}");
        let blank = Relation {
            oid: 0,
            kind: "r".into(),
            is_partition: false,
            row_security: false,
            forced: false,
            comment: None,
            has_relatives: false,
            options: Vec::new(),
            persistence: "p".into(),
            sql,
            shown,
        };
        if self.made.contains(&blank.shown) {
            return Ok(Some((blank, None)));
        }
        if self.touched.contains(&blank.shown) {
            return Err(Problem::field("change", "twice", format!("An earlier change of this list renames or drops {}", blank.shown)));
        }
        let Some(row) = self.ask(queries::RELATION, &[&schema, &name]).await?.pop() else { return Ok(None) };
        let relation = Relation {
            oid: row.get(0),
            kind: row.get(1),
            is_partition: row.get(2),
            row_security: row.get(8),
            forced: row.get(9),
            comment: row.get(10),
            has_relatives: row.get(11),
            options: row.get(13),
            persistence: row.get(14),
            ..blank
        };
        Ok(Some((relation, Some(row))))
    }

    /// # Errors
    /// 422 when a table, view or index of that name is there.
    pub async fn is_free(&mut self, schema: &str, field: &str, name: &str) -> Result<()> {
        word::name(field, name)?;
        if self.made.contains(&format!("{schema}.{name}")) || !self.ask(queries::RELATION, &[&schema, &name]).await?.is_empty() {
            return Err(Problem::field(field, "unique", format!("There is a table, view or index {name} in {schema} already")));
        }
        Ok(())
    }

    /// Whether something can be taken over, and if not, why.
    ///
    /// # Errors
    /// When the source is away.
    pub async fn foreign(&self, schema: &str, name: &str, oid: u32, owner: u32, called: String) -> Result<Foreign> {
        let foreign = |can_take_over, reason: String| Foreign {
            schema: schema.to_owned(),
            name: name.to_owned(),
            owner: called.clone(),
            can_take_over,
            reason,
        };
        let shown = format!("{schema}.{name}");
        if self.source.alters_as().is_none() {
            return Ok(foreign(false, format!("{shown} belongs to {called}, and the login of this source isn't allowed to act as that")));
        }
        let panel = self.source.catalogue.panel_schemas();
        let row = self.ask(queries::TAKING, &[&oid, &owner, &self.panel_owner, &panel]).await?.pop();
        let can = row.is_some_and(|row| row.get::<_, bool>(1) || row.get::<_, bool>(2));
        Ok(if can {
            foreign(true, format!("{shown} belongs to {called}. Take it over to change it here."))
        } else {
            foreign(false, format!("{shown} belongs to {called}, which may more than own tables, so the panel doesn't act as that"))
        })
    }

    /// # Errors
    /// 404 when there is no such column.
    pub async fn column(&self, table: &Relation, name: &str) -> Result<Row> {
        word::name("column", name)?;
        let found = self.ask(queries::COLUMNS, &[&table.oid, &Some(name)]).await?.pop();
        found.ok_or_else(|| Problem::not_found(format_args!("column {name} of {}", table.shown)))
    }

    /// # Errors
    /// When the source is away.
    pub async fn has_column(&self, table: &Relation, name: &str) -> Result<bool> {
        Ok(!self.ask(queries::COLUMNS, &[&table.oid, &Some(name)]).await?.is_empty())
    }

    /// What hangs on an object, and what becomes of it.
    ///
    /// # Errors
    /// When the source is away.
    pub async fn dependents(&self, class: &str, oid: u32, part: i32, blocks: Effect, goes: Effect) -> Result<Vec<Dependent>> {
        let rows = self.ask(queries::DEPENDENTS, &[&class, &oid, &part]).await?;
        let one = |row: &Row| Dependent { kind: row.get(0), name: row.get(1), effect: if row.get(2) { blocks } else { goes } };
        Ok(rows.iter().map(one).filter(|one| !one.kind.starts_with("toast")).collect())
    }

    /// What drops with an object, and what stands in the way of that.
    ///
    /// # Errors
    /// When the source is away.
    pub async fn dropped(&self, class: &str, oid: u32, part: i32) -> Result<Vec<Dependent>> {
        self.dependents(class, oid, part, Effect::Blocks, Effect::Goes).await
    }

    /// A type's name as SQL, and which it is.
    ///
    /// # Errors
    /// 422 when there is none of that name.
    pub async fn kind(&self, field: &str, text: &str) -> Result<(String, u32)> {
        word::expression(field, text)?;
        let text = text.trim();
        let unknown = || Problem::field(field, "type", format!("There is no type {text}"));
        if text.contains("--") || text.contains("/*") {
            return Err(unknown());
        }
        let statement = self.conn.prepare_cached(queries::TYPE).await?;
        match self.conn.query_opt(&statement, &[&text]).await {
            Ok(row) => row.map(|row| (text.to_owned(), row.get(0))).ok_or_else(unknown),
            Err(error) if error.as_db_error().is_some() => Err(unknown().because(error)),
            Err(error) => Err(self.source.named(error.into())),
        }
    }

    /// Whether PostgreSQL can read something. It is read and not run.
    ///
    /// # Errors
    /// 422 with what PostgreSQL says.
    pub async fn reads(&self, field: &str, sql: &str) -> Result<()> {
        match self.conn.prepare(sql).await {
            Ok(_) => Ok(()),
            Err(error) => Err(unreadable(field, error)),
        }
    }

    /// Whether an expression may answer otherwise for each row.
    ///
    /// # Errors
    /// When the source is away.
    pub async fn is_volatile(&self, expression: &str) -> Result<bool> {
        let calls = word::calls(expression);
        Ok(self.ask(queries::VOLATILE, &[&calls]).await?.first().is_some_and(|row| row.get(0)))
    }
}

fn unreadable(field: &str, error: Error) -> Problem {
    match error.as_db_error() {
        Some(db) => {
            let hint = db.hint().map(|hint| format!(". {hint}")).unwrap_or_default();
            Problem::field(field, "sql", format!("{}{hint}", sentence(db.message()))).because(error)
        }
        None => error.into(),
    }
}
