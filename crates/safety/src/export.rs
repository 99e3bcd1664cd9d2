//! What a filter of the log finds, all of it, as CSV or a JSON object a line: sent while it is read, whatever its size.

use crate::reading::Reading;
use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderValue, Method, header};
use kernel::audit::{Entry, Outcome, Target, store::append};
use kernel::body::{Body, StreamError};
use kernel::endpoint::Response;
use kernel::list::json::JsonWriter;
use kernel::list::{Query, whole};
use kernel::problem::Kind;
use kernel::resource::Scope;
use kernel::{Access, App, Call, Caller, Ctx, Endpoint, Module, Problem, RequestInfo, Result};
use serde_json::{Map, Value, json};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{self, Sender};
use tokio_postgres::RowStream;
use tokio_postgres::types::ToSql;

const PERMISSION: &str = "audit:export";
const ACTION: &str = "audit.export";
const CHUNK: usize = 64 << 10;
/// Chunks that wait for the reader.
const WAITING: usize = 4;
/// A reader that takes nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest filter in the log, in characters.
const LONGEST: usize = 500;

pub(crate) fn routes(module: Module) -> Module {
    let endpoint = Endpoint::new(Method::GET, "/audit/export/{format}", ACTION, Access::Permission(PERMISSION.into()), export)
        .scope(Scope::Organization)
        .summary("Every row of the log that the filters match, as csv or ndjson, without a limit; it is in the log itself")
        .list_parameters()
        .answers_as(&["text/csv", "application/x-ndjson"])
        .answer(
            json!({"type": "string"}),
            json!("id,at,action\n0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e,2026-11-20T09:30:00Z,users.suspend\n"),
        );
    module.permission(PERMISSION, "Take rows of the audit log away as a file").route(endpoint)
}

async fn export(call: Call) -> Result<Response> {
    let caller = call.caller()?.clone();
    call.app.registry.require(&caller, PERMISSION)?;
    let (is_csv, media_type) = match call.param("format") {
        "csv" => (true, "text/csv; charset=utf-8; header=present"),
        "ndjson" => (false, "application/x-ndjson"),
        other => return Err(Problem::new(Kind::NotFound, format!("The log can't be exported as {other}; choose csv or ndjson"))),
    };
    let resource = call.app.registry.resource("audit").ok_or_else(|| Problem::internal("the audit log isn't declared"))?;
    let mut query = Query::parse_string(resource.relation(), &call.query)?;
    if query.order.is_empty() {
        query.order = resource.relation().default_order.clone();
    }
    let all = whole(resource.relation(), &query, None)?;
    let reading = Reading::begin(&call.app, &caller).await?;
    let statement = reading.client()?.prepare(&all.sql).await.map_err(|error| all.problem(error))?;
    let values: Vec<&(dyn ToSql + Sync)> = all.params.iter().map(|param| param as &(dyn ToSql + Sync)).collect();
    let rows = Box::pin(reading.client()?.query_raw(&statement, values).await.map_err(|error| all.problem(error))?);
    let asked: String = call.query.chars().take(LONGEST).collect();
    let asked = if asked.is_empty() { "all rows".to_owned() } else { asked };
    let log = Log { app: call.app.clone(), caller, request: call.request.clone(), what: format!("{}: {asked}", call.param("format")) };
    log.write(Outcome::Started, "").await?;
    let header = is_csv.then(|| all.header());
    let file = File { reading, rows, writer: all.writer(), header };
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(send(file, log, sender));
    let mut response = Response::new(Body::Stream(receiver));
    let name = if is_csv { "attachment; filename=\"audit.csv\"" } else { "attachment; filename=\"audit.ndjson\"" };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(name));
    Ok(response)
}

/// That it began, before anything leaves, and how it ended.
struct Log {
    app: Arc<App>,
    caller: Caller,
    request: RequestInfo,
    what: String,
}

impl Log {
    async fn write(&self, outcome: Outcome, more: &str) -> Result<()> {
        let ctx = Ctx::open(self.app.clone(), self.caller.clone(), self.request.clone()).await?;
        let entry = Entry::new(&ctx, ACTION, Some(Target::new("audit", "", "Audit log")));
        append(ctx.db(), &self.app.keys, &entry.outcome(outcome).detail(Some(format!("{}{more}", self.what)))).await?;
        ctx.commit().await
    }
}

struct File {
    reading: Reading,
    rows: Pin<Box<RowStream>>,
    writer: JsonWriter,
    header: Option<Vec<String>>,
}

type Out = Sender<std::result::Result<Bytes, StreamError>>;

async fn send(file: File, log: Log, out: Out) {
    let (mut rows, mut bytes) = (0_u64, 0_usize);
    let ended = pump(file, &out, &mut rows, &mut bytes).await;
    let (outcome, why) = match &ended {
        Ok(()) => (Outcome::Ok, String::new()),
        Err(why) => (Outcome::Failed, format!("; {why}")),
    };
    if let Err(error) = log.write(outcome, &format!("; {rows} rows, {bytes} bytes sent{why}")).await {
        tracing::error!(error = %error, "the end of an export could not be written to the audit log");
    }
    if ended.is_err() {
        // Without it the reader would take what there is for the whole.
        drop(out.send(Err(StreamError)).await);
    }
}

async fn pump(mut file: File, out: &Out, rows: &mut u64, bytes: &mut usize) -> std::result::Result<(), String> {
    let header = file.header.take();
    let mut chunk = header.as_ref().map(|names| line(names.iter().map(String::as_str))).transpose()?.unwrap_or_default();
    loop {
        let row = tokio::select! {
            biased;
            row = file.rows.next() => row,
            () = out.closed() => return Err("the reader went away".into()),
        };
        let Some(row) = row else { break };
        let row = row.map_err(|error| error.to_string())?;
        let mut object = Vec::new();
        file.writer.row(&row, &mut object).map_err(|error| format!("{error:?}"))?;
        match &header {
            None => {
                chunk.extend_from_slice(&object);
                chunk.push(b'\n');
            }
            Some(names) => {
                let object: Map<String, Value> = serde_json::from_slice(&object).map_err(|error| error.to_string())?;
                let cells: Vec<String> = names.iter().map(|name| cell(object.get(name))).collect();
                chunk.extend_from_slice(&line(cells.iter().map(String::as_str))?);
            }
        }
        *rows += 1;
        if chunk.len() >= CHUNK {
            *bytes += chunk.len();
            give(out, std::mem::take(&mut chunk)).await?;
        }
    }
    file.reading.end().await.map_err(|problem| problem.detail().to_owned())?;
    *bytes += chunk.len();
    give(out, chunk).await
}

async fn give(out: &Out, chunk: Vec<u8>) -> std::result::Result<(), String> {
    match tokio::time::timeout(PATIENCE, out.send(Ok(chunk.into()))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err("the reader went away".into()),
        Err(_) => Err("the reader took nothing for a minute".into()),
    }
}

/// A cell as text. What a spreadsheet would take for a formula begins with an apostrophe.
fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => return String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '|']) { format!("'{text}") } else { text }
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> std::result::Result<Vec<u8>, String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).map_err(|error| error.to_string())?;
    writer.into_inner().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_becomes_a_formula() {
        let cells =
            [json!("=1+1"), json!("@SUM(A1)"), json!("plain, \"said\""), json!({"a": 1}), Value::Null].map(|value| cell(Some(&value)));
        let text = String::from_utf8(line(cells.iter().map(String::as_str)).unwrap()).unwrap();
        assert_eq!(text, "'=1+1,'@SUM(A1),\"plain, \"\"said\"\"\",\"{\"\"a\"\":1}\",\n");
    }
}
