//! A connection of a pool as stores use it.

use crate::{forget, is_stale, prepare};
use deadpool_postgres::{ClientWrapper, Object};
use std::ops::Deref;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

/// A connection that keeps every statement it is given prepared. Where a plain connection is wanted, it is one.
pub struct Client(Object);

type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

impl Client {
    #[must_use]
    pub fn new(conn: Object) -> Self {
        Self(conn)
    }

    /// Takes it from its pool for good, so that it is closed rather than used again.
    pub fn close(self) {
        drop(Object::take(self.0));
    }

    /// # Errors
    /// What the database refuses.
    pub async fn query(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, Error> {
        let statement = prepare(&self.0, sql).await?;
        self.kept(sql, self.0.query(&statement, values).await)
    }

    /// # Errors
    /// What the database refuses, and when there isn't exactly one row.
    pub async fn query_one(&self, sql: &str, values: Values<'_>) -> Result<Row, Error> {
        let statement = prepare(&self.0, sql).await?;
        self.kept(sql, self.0.query_one(&statement, values).await)
    }

    /// # Errors
    /// What the database refuses, and when there is more than one row.
    pub async fn query_opt(&self, sql: &str, values: Values<'_>) -> Result<Option<Row>, Error> {
        let statement = prepare(&self.0, sql).await?;
        self.kept(sql, self.0.query_opt(&statement, values).await)
    }

    /// How many rows were changed.
    ///
    /// # Errors
    /// What the database refuses.
    pub async fn execute(&self, sql: &str, values: Values<'_>) -> Result<u64, Error> {
        let statement = prepare(&self.0, sql).await?;
        self.kept(sql, self.0.execute(&statement, values).await)
    }

    /// Passes an answer on; after the one that says the table has changed, the next attempt prepares the statement again.
    fn kept<T>(&self, sql: &str, answer: Result<T, Error>) -> Result<T, Error> {
        if answer.as_ref().is_err_and(is_stale) {
            forget(&self.0, sql);
        }
        answer
    }
}

impl Deref for Client {
    type Target = ClientWrapper;

    fn deref(&self) -> &ClientWrapper {
        &self.0
    }
}
