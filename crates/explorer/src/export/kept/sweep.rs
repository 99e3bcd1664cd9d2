//! Files are forgotten when their time is over; that there was one is listed a little longer.

use super::store;
use chrono::Duration;
use kernel::job::{Failure, Run};
use kernel::{Caller, Job};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long an export is listed; a file is never kept for longer.
const LISTED: Duration = Duration::days(31);

/// Forgets files whose time is over, and what attempts left that died.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgetExports {}

impl Job for ForgetExports {
    const KIND: &'static str = "explorer.forget-exports";
    const DESCRIPTION: &'static str = "Forgets exported files whose time is over";

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let now = run.app.clock.now();
        let tx = run.app.db.begin(&Caller::system("sweep"), now).await?;
        let forgotten = store::sweep(tx.db(), now, now - LISTED).await?;
        tx.commit().await?;
        Ok(json!({"forgotten": forgotten}))
    }
}
