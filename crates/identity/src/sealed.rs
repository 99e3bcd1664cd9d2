//! What a queued job has to know and nobody should read in the queue: sealed to the job's own place, as text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{App, Problem, Result};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A sealed value, as a job's payload carries it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Sealed {
    id: Uuid,
    sealed: String,
}

fn place(id: Uuid) -> String {
    format!("kernel.jobs|payload.sealed|{id}")
}

impl Sealed {
    /// # Errors
    /// 500 when the value can't be serialised or sealed.
    pub fn new(app: &App, id: Uuid, value: &impl Serialize) -> Result<Self> {
        let plain = serde_json::to_vec(value).map_err(Problem::internal)?;
        Ok(Self { id, sealed: STANDARD.encode(app.keys.seal(&place(id), &plain)?) })
    }

    /// # Errors
    /// 500 when it was sealed with another key, or changed.
    pub fn open<T: DeserializeOwned>(&self, app: &App) -> Result<T> {
        let sealed = STANDARD.decode(&self.sealed).map_err(Problem::internal)?;
        let plain = app.keys.open(&place(self.id), &sealed)?;
        serde_json::from_slice(plain.expose_secret()).map_err(Problem::internal)
    }
}
