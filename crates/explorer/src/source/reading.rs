//! A connection that is read from on somebody's behalf. When they go away before the answer has come, PostgreSQL is told to
//! stop: otherwise it would go on for as long as the statement takes, and hold the connection.

use deadpool_postgres::{ClientWrapper, Object};
use pgtls::TlsMode;
use std::ops::Deref;
use tokio_postgres::{CancelToken, NoTls};

pub struct Reading {
    conn: Option<Object>,
    tls: TlsMode,
    /// Made beforehand: it is wanted when the connection is in use.
    token: CancelToken,
}

impl Reading {
    #[must_use]
    pub fn new(conn: Object, tls: TlsMode) -> Self {
        let token = conn.cancel_token();
        Self { conn: Some(conn), tls, token }
    }

    /// The answer has come, whatever it says; the connection may be used again.
    pub fn done(mut self) {
        drop(self.conn.take());
    }
}

impl Deref for Reading {
    type Target = ClientWrapper;

    #[expect(clippy::expect_used, reason = "done takes self, so the connection is there while self is")]
    fn deref(&self) -> &ClientWrapper {
        self.conn.as_deref().expect("the connection is there until it is done")
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let Some(conn) = self.conn.take() else { return };
        drop(Object::take(conn));
        stop(self.token.clone(), self.tls.clone());
    }
}

/// Tells PostgreSQL to stop what it is doing on a connection.
pub fn stop(token: CancelToken, tls: TlsMode) {
    tokio::spawn(async move {
        let stopped = match tls {
            TlsMode::Disable => token.cancel_query(NoTls).await.map_err(|error| error.to_string()),
            tls => match tls.connector() {
                Ok(connector) => token.cancel_query(connector).await.map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            },
        };
        if let Err(error) = stopped {
            tracing::debug!(error, "a statement that nobody waits for could not be stopped; its time limit ends it");
        }
    });
}
