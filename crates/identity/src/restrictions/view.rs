//! What the page about security says in one look.

use super::store;
use kernel::{Ctx, Result, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Serialize, JsonSchema)]
struct Security {
    /// Where this request came from, as the panel sees it
    address: Option<String>,
    /// From where staff may come; from anywhere when empty
    networks: Vec<String>,
}

pub(crate) fn view() -> View {
    View::new("security", "restrictions:read", "Where you come from, and from where staff may", show)
        .example(serde_json::json!({"address": "203.0.113.7", "networks": ["203.0.113.0/24"]}))
}

async fn show(ctx: &mut Ctx, _: Nothing) -> Result<Security> {
    let address = ctx.request().address.map(|a| a.to_canonical().to_string());
    Ok(Security { address, networks: store::networks(ctx.db(), None).await? })
}
