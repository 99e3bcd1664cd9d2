//! Files that nobody imported are forgotten, and what was said of the others.

use super::store;
use chrono::Duration;
use kernel::job::{Failure, Run};
use kernel::{Caller, Job};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An upload takes no longer.
const UPLOADS: Duration = Duration::days(1);
const KEPT: Duration = Duration::days(14);

/// Forgets old imports, and uploads that were cut off with their process.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgetImports {}

impl Job for ForgetImports {
    const KIND: &'static str = "explorer.forget-imports";
    const DESCRIPTION: &'static str = "Forgets files that were not imported within two weeks";

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let now = run.app.clock.now();
        let tx = run.app.db.begin(&Caller::system("sweep"), now).await?;
        let imports = store::sweep(tx.db(), now - UPLOADS, now - KEPT).await?;
        tx.commit().await?;
        Ok(json!({"imports": imports}))
    }
}
