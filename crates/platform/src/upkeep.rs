//! What the kernel keeps for a while only.

use chrono::Duration;
use kernel::job::{Failure, Run};
use kernel::{App, Caller, Job, event, idempotency};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Forgets what has had its time: idempotency keys after a day, events after a month.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upkeep {}

impl Job for Upkeep {
    const KIND: &'static str = "system.upkeep";
    const DESCRIPTION: &'static str = "Forgets used idempotency keys and delivered events";

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let app: &App = &run.app;
        let now = app.clock.now();
        let tx = app.db.begin(&Caller::system("upkeep"), now).await?;
        let keys = idempotency::forget(tx.db(), now - Duration::days(1)).await?;
        let events = event::store::forget(tx.db(), now - Duration::days(30)).await?;
        tx.commit().await?;
        Ok(json!({"idempotency_keys": keys, "events": events}))
    }
}
