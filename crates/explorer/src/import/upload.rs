//! Taking a file in, as it comes: decoded, looked at and kept in pieces, each in a transaction of its own, so that a slow
//! sender holds no connection. What is cut off midway is forgotten.

use super::MEGABYTES;
use super::intake::Intake;
use super::shape::{Format, Shape};
use super::store::{self, Import, New};
use super::workbook::{self, is_workbook};
use crate::catalogue;
use crate::errand;
use crate::state::State;
use bytes::Bytes;
use http::StatusCode;
use kernel::audit::{Changes, Target};
use kernel::body::StreamError;
use kernel::endpoint::Response;
use kernel::problem::Kind;
use kernel::{App, Call, Caller, Ctx, Problem, Result};
use std::sync::Arc;
use std::time::Duration;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc::{self, Receiver};
use uuid::Uuid;

/// A sender that gives nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// What is read and thrown away after a refusal, so that a browser gets to see it.
const DRAINED: usize = 64 << 20;
const DRAINING: Duration = Duration::from_secs(10);

type Stream = Receiver<Result<Bytes, StreamError>>;

/// What is known once all of it has come.
struct Received {
    shape: Shape,
    encoding: &'static str,
    bytes: u64,
}

pub async fn upload(state: &Arc<State>, mut call: Call) -> Result<Response> {
    let stream = call.stream.take();
    let (Some(mut stream), caller) = (stream, errand::may::<Import>(&call)?.clone()) else {
        return Err(Problem::malformed("Send the file as the body"));
    };
    match receive(state, &call, &caller, &mut stream).await {
        Ok(response) => Ok(response),
        Err(problem) => {
            drain(stream).await;
            Err(problem)
        }
    }
}

async fn receive(state: &Arc<State>, call: &Call, caller: &Caller, stream: &mut Stream) -> Result<Response> {
    let name = file_name(call.query_value("name"));
    let format = Format::told(call.query_value("format").as_deref(), &name, call.header("content-type"))?;
    let (delimiter, header) = (delimiter(call)?, header(call)?);
    let source = state.open(&call.app, call.param("source")).await?;
    let table = catalogue::fresh(&source, call.param("schema"), call.param("table")).await?;
    // One of the two is needed for anything; which, is known when it is begun.
    if !table.update.allowed {
        table.insert.check()?;
    }
    let ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    let id = ctx.id();
    let new = New { id, source: &source.name, schema: &table.schema, table: &table.name, name: &name, format, actor: &caller.actor };
    store::insert(ctx.db(), &new, ctx.now()).await?;
    ctx.commit().await?;
    let mut kept = Kept { app: call.app.clone(), id: Some(id) };
    let received = if is_workbook(call.query_value("format").as_deref(), &name, call.header("content-type")) {
        unpacked(&call.app, id, Intake::new(table.clone(), Format::Csv, Some(b','), header), stream).await
    } else {
        take(&call.app, id, Intake::new(table.clone(), format, delimiter, header), stream).await
    };
    let received = match received {
        Ok(received) => received,
        Err(problem) => {
            kept.forget().await;
            return Err(problem);
        }
    };
    let mut ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    store::received(ctx.db(), id, &received.shape, received.encoding, received.bytes).await?;
    let detail = format!("{name}: {} rows, {} bytes", received.shape.rows, received.bytes);
    let target = Target::new(table.kind_in(&source.name), id, &table.name);
    ctx.audit("row-imports.create", Some(target), Changes::new(), Some(detail)).await?;
    let made = errand::ended::<Import>(ctx, id, StatusCode::CREATED).await?;
    kept.id = None;
    Ok(made)
}

/// Forgets what was taken in, unless all of it was; by itself when whoever sent it has gone.
struct Kept {
    app: Arc<App>,
    id: Option<Uuid>,
}

impl Kept {
    /// Before a refusal is told, so that it leaves nothing.
    async fn forget(mut self) {
        if let Some(id) = self.id.take() {
            forget(self.app.clone(), id).await;
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            tokio::spawn(forget(self.app.clone(), id));
        }
    }
}

async fn forget(app: Arc<App>, id: Uuid) {
    let forgotten = async {
        let tx = app.db.begin(&Caller::system("import"), app.clock.now()).await?;
        store::delete(tx.db(), id).await?;
        tx.commit().await
    };
    if let Err(problem) = forgotten.await {
        // It is swept away with others of its kind.
        tracing::debug!(import.id = %id, error = %problem, "an upload that broke off is still kept");
    }
}

/// A workbook: kept on disk until all of it is there, since its parts are found from its end, and read as lines of CSV.
async fn unpacked(app: &Arc<App>, id: Uuid, intake: Intake, stream: &mut Stream) -> Result<Received> {
    let most = MEGABYTES.get(app)?;
    let mut file = File::from_std(tempfile::tempfile().map_err(Problem::internal)?);
    let mut bytes: u64 = 0;
    while let Some(part) = part(stream).await? {
        bytes += part.len() as u64;
        small_enough(bytes, most)?;
        file.write_all(&part).await.map_err(Problem::internal)?;
    }
    file.flush().await.map_err(Problem::internal)?;
    let file = file.into_std().await;
    let (sender, mut lines) = mpsc::channel(4);
    let reading = tokio::task::spawn_blocking(move || workbook::read(file, &sender));
    let received = take(app, id, intake, &mut lines).await;
    drop(lines);
    // What is wrong with the workbook comes before what is wrong with half of it.
    reading.await.map_err(Problem::internal)??;
    Ok(Received { bytes, ..received? })
}

/// What came next, unless that was all.
async fn part(stream: &mut Stream) -> Result<Option<Bytes>> {
    let next = tokio::time::timeout(PATIENCE, stream.recv()).await.map_err(|_| cut_off("nothing came for a minute"))?;
    next.transpose().map_err(|_| cut_off("the connection ended"))
}

fn small_enough(bytes: u64, most: u64) -> Result<()> {
    if bytes <= most << 20 {
        return Ok(());
    }
    let detail = format!("The file is larger than {most} MB. Split it, or have the limit raised: setting {}.", MEGABYTES.key);
    Err(Problem::new(Kind::TooLarge, detail))
}

async fn take(app: &Arc<App>, id: Uuid, mut intake: Intake, stream: &mut Stream) -> Result<Received> {
    let most = MEGABYTES.get(app)?;
    let mut bytes: u64 = 0;
    while let Some(part) = part(stream).await? {
        bytes += part.len() as u64;
        small_enough(bytes, most)?;
        if let Some(piece) = intake.push(&part)? {
            keep(app, id, &piece).await?;
        }
    }
    let (last, shape, encoding) = intake.finish()?;
    if let Some(piece) = last {
        keep(app, id, &piece).await?;
    }
    Ok(Received { shape, encoding, bytes })
}

async fn keep(app: &Arc<App>, id: Uuid, piece: &super::intake::Piece) -> Result<()> {
    let tx = app.db.begin(&Caller::system("import"), app.clock.now()).await?;
    store::piece(tx.db(), id, piece).await?;
    tx.commit().await
}

fn cut_off(why: &str) -> Problem {
    Problem::malformed(format!("The upload broke off: {why}. Nothing is kept of it; upload the file again."))
}

async fn drain(mut stream: Stream) {
    let rest = async {
        let mut bytes = 0;
        while let Some(Ok(part)) = stream.recv().await {
            bytes += part.len();
            if bytes > DRAINED {
                break;
            }
        }
    };
    // Whoever goes on sending for longer has seen enough.
    let _over = tokio::time::timeout(DRAINING, rest).await;
}

fn file_name(given: Option<String>) -> String {
    let plain: String = given.unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
    if plain.trim().is_empty() { "file".to_owned() } else { plain.trim().to_owned() }
}

fn delimiter(call: &Call) -> Result<Option<u8>> {
    match call.query_value("delimiter").as_deref() {
        None | Some("") => Ok(None),
        Some("tab" | "\t") => Ok(Some(b'\t')),
        Some(sign @ ("," | ";" | "|")) => Ok(sign.bytes().next()),
        Some(other) => Err(Problem::filter("delimiter", format!("{other} parts no fields here; there are , ; | and tab"))),
    }
}

fn header(call: &Call) -> Result<Option<bool>> {
    match call.query_value("header").as_deref() {
        None | Some("") => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Problem::filter("header", "is true or false")),
    }
}
