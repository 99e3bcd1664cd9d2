//! What rows were before is kept as long as other values that changes overwrote; batches themselves a little longer.

use super::store;
use crate::history::kept;
use chrono::Duration;
use kernel::job::{Failure, Run};
use kernel::{Caller, Job};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long a batch is listed after what it overwrote was forgotten.
const LISTED: Duration = Duration::days(60);

/// Forgets what batches overwrote, and old batches.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgetBatches {}

impl Job for ForgetBatches {
    const KIND: &'static str = "explorer.forget-batches";
    const DESCRIPTION: &'static str = "Forgets what rows were before batches that nobody will take back any more";

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let now = run.app.clock.now();
        let values = now - kept::days(&run.app)?;
        let tx = run.app.db.begin(&Caller::system("sweep"), now).await?;
        let forgotten = store::sweep(tx.db(), values, values - LISTED).await?;
        tx.commit().await?;
        Ok(json!({"forgotten": forgotten}))
    }
}
