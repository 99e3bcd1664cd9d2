//! Taking a file in: as it is, or as text inside of JSON for what somebody pasted.

use super::settings::{Map, Settings};
use super::{store, table, text};
use http::{Method, StatusCode};
use kernel::audit::{Changes, Target};
use kernel::endpoint::{Response, json as json_answer};
use kernel::idempotency::{self, Claimed};
use kernel::{Access, Call, Ctx, Endpoint, Problem, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// Most bytes of a file.
pub const MOST_BYTES: usize = 32 << 20;
pub const PERMISSION: &str = "user-imports:create";

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(Method::POST, "/user-imports", "user-imports.create", Access::Permission(PERMISSION.into()), upload)
        .summary("Upload a CSV file of users: the file itself with its own Content-Type, or its text in JSON. Nothing is imported yet")
        .parameter("name", "query", "What the file is called, when it is sent itself")
        .takes::<Pasted>()
        .body_limit(MOST_BYTES)
        .status(StatusCode::CREATED)
        .answer(
            json!({"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}, "name": {"type": "string"}, "encoding": {"type": "string"},
                "delimiter": {"type": "string"}, "rows": {"type": "integer"}, "columns": {"type": "array", "items": {"type": "object"}}, "settings": {"type": "object"}}}),
            json!({"id": "0190b6c8-0000-7000-8000-000000000040", "name": "people.csv", "encoding": "utf-8", "delimiter": ";", "rows": 120,
                "columns": [{"name": "Mail", "samples": ["ada@example.com"], "guess": "email"}], "settings": {"map": {"email": "Mail"}}}),
        )
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Pasted {
    /// What the file is called
    #[serde(default)]
    #[schemars(length(max = 200))]
    name: Option<String>,
    /// What is in it; its first line names the columns
    text: String,
}

/// The file's name and what is in it.
fn received(call: &Call) -> Result<(Option<String>, text::Decoded)> {
    let kind = call.header("content-type").unwrap_or_default();
    if kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
        let pasted: Pasted = call.input()?;
        return Ok((pasted.name, text::decode(pasted.text.as_bytes())?));
    }
    Ok((call.query_value("name"), text::decode(&call.body)?))
}

fn file_name(given: Option<String>) -> String {
    let plain: String = given.unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
    if plain.trim().is_empty() { "users.csv".to_owned() } else { plain.trim().to_owned() }
}

async fn upload(call: Call) -> Result<Response> {
    let caller = call.caller()?.clone();
    call.app.registry.require(&caller, PERMISSION)?;
    let mut ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    let claim = match idempotency::claim(ctx.db(), &call, &caller, ctx.now()).await? {
        Claimed::Replay(response) => {
            ctx.rollback().await?;
            return Ok(response);
        }
        Claimed::New(claim) => Some(claim),
        Claimed::None => None,
    };
    let made = match take(&call, &mut ctx).await {
        Ok(made) => made,
        Err(problem) => {
            drop(ctx.rollback().await);
            return Err(problem);
        }
    };
    let response = json_answer(StatusCode::CREATED, &made)?;
    if let Some(claim) = claim {
        idempotency::keep(ctx.db(), &claim, &response).await?;
    }
    ctx.commit().await?;
    Ok(response)
}

async fn take(call: &Call, ctx: &mut Ctx) -> Result<Value> {
    let (name, decoded) = received(call)?;
    // A file may have megabytes, and a request's thread has others to serve.
    let looked = tokio::task::spawn_blocking(move || table::shape(&decoded.text).map(|shape| (shape, decoded)));
    let (shape, decoded) = looked.await.map_err(Problem::internal)??;
    let (id, name) = (ctx.id(), file_name(name));
    let settings = Settings { map: Some(Map::guessed(&shape.columns)), ..Settings::default() };
    let new = store::New {
        id,
        name: &name,
        encoding: decoded.encoding,
        delimiter: shape.delimiter,
        rows: shape.rows,
        columns: &shape.columns,
        settings: &settings,
        content: &decoded.text,
        actor: &ctx.actor().clone(),
    };
    store::insert(ctx.db(), &new, ctx.now()).await?;
    ctx.audit("user-imports.create", Some(Target::new("user-imports", id, &name)), Changes::new(), None).await?;
    Ok(json!({
        "id": id, "name": name, "encoding": decoded.encoding, "delimiter": char::from(shape.delimiter).to_string(), "rows": shape.rows,
        "columns": shape.columns, "settings": settings
    }))
}
