//! The rows of one statement as a file, all of them, sent while PostgreSQL makes them: the statement is run again.

use super::ask::{Export, Plan};
use super::log::{Ended, Log};
use super::out::{Gone, Out};
use super::run::passed;
use super::session::{Column, Halt, Session, Step};
use super::split::{Sent, line_and_column};
use super::{Ready, prepare};
use crate::masking;
use crate::state::State;
use http::{HeaderValue, Method, header};
use kernel::body::Body;
use kernel::endpoint::{Access, Endpoint, Response};
use kernel::problem::Kind;
use kernel::{Call, Module, Problem, Result};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;

const PERMISSION: &str = "rows:export";
const CHUNK: usize = 64 << 10;
/// Rows that are asked for at once.
const STEP: usize = 1000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Ndjson,
}

/// The route.
pub(super) fn route(module: Module, state: &Arc<State>) -> Module {
    let state = state.clone();
    module.route(
        Endpoint::new(
            Method::POST,
            "/explorer/{source}/sql/export/{format}",
            "sql.export",
            Access::Permission(PERMISSION.into()),
            move |call: Call| {
                let state = state.clone();
                async move { export(&state, &call).await }
            },
        )
        .summary("Every row of one statement as csv or ndjson; it runs in a read-only transaction")
        .takes::<Export>()
        .parameter(masking::HEADER, "header", masking::DESCRIPTION)
        .body_limit(super::BODY)
        .answers_as(&["text/csv", "application/x-ndjson"])
        .answer(
            json!({"type": "string", "description": "text/csv with a header, or application/x-ndjson with values as text"}),
            json!("n\n1\n"),
        ),
    )
}

async fn export(state: &Arc<State>, call: &Call) -> Result<Response> {
    crate::tables::admit(call, PERMISSION)?;
    let caller = call.caller()?;
    caller.require(super::READ)?;
    if caller.seen_as.is_some() {
        return Err(Problem::refused("Nothing is exported in somebody's place"));
    }
    let (format, media_type) = match call.param("format") {
        "csv" => (Format::Csv, "text/csv; charset=utf-8; header=present"),
        "ndjson" => (Format::Ndjson, super::FRAMES),
        other => return Err(Problem::new(Kind::NotFound, format!("A result can't be exported as {other}; choose csv or ndjson"))),
    };
    let plan = Plan::export(call.input()?)?;
    let Ready { mut session, log, ticket, place } = prepare(state, call, &plan, "sql.export").await?;
    let Some(statement) = plan.statements.first() else { return Err(Problem::internal("a plan without a statement")) };
    let sent = statement.sent(&plan.text, "", |name| plan.parameters.contains_key(name));
    let begun = match super::rules::check(&statement.words, plan.mode, false) {
        Ok(()) => columns(&mut session, &plan, &sent).await,
        Err(problem) => Err(problem),
    };
    let columns = match begun {
        Ok(columns) => columns,
        Err(problem) => {
            log.end(Ended { outcome: "failed", done: 0, rows: 0, milliseconds: 0, error: Some(problem.detail().to_owned()) }).await;
            return Err(problem);
        }
    };
    let (sender, receiver) = mpsc::channel(super::WAITING);
    let values: Vec<Option<String>> = sent.parameters.iter().map(|name| plan.parameters.get(name).cloned().flatten()).collect();
    let words = statement.words.clone();
    tokio::spawn(async move {
        pump(Pump { session, log, out: Out::new(sender), format, columns, values, words }).await;
        drop((ticket, place));
    });
    let mut response = super::answer(Body::Stream(receiver), media_type);
    let name = if format == Format::Csv { "attachment; filename=\"result.csv\"" } else { "attachment; filename=\"result.ndjson\"" };
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(name));
    Ok(response)
}

async fn columns(session: &mut Session, plan: &Plan, sent: &Sent) -> Result<Vec<Column>> {
    match session.prepare(&sent.sql).await {
        Ok(Some(columns)) => Ok(columns),
        Ok(None) => Err(Problem::field("sql", "rows", "This statement gives no rows")),
        Err(Halt::Refused(error)) => {
            let place = error.position.map(|position| line_and_column(&plan.text, sent.place(position)));
            let at = place.map(|(line, column)| format!("line {line}, column {column}: ")).unwrap_or_default();
            Err(Problem::field("sql", &error.code, format!("{at}{}", error.message)))
        }
        Err(Halt::Forbidden(why)) => Err(Problem::field("sql", "refused", why)),
        Err(Halt::Lost(fault)) => Err(Problem::unavailable(format!("The connection was lost: {fault}"))),
    }
}

struct Pump {
    session: Session,
    log: Log,
    out: Out,
    format: Format,
    columns: Vec<Column>,
    values: Vec<Option<String>>,
    words: Vec<String>,
}

async fn pump(mut pump: Pump) {
    let (began, mut rows) = (Instant::now(), 0);
    let ended = pump.all(&mut rows).await;
    let Pump { session, log, out, .. } = pump;
    let cancelled = session.is_cancelled();
    session.abandon().await;
    let outcome = if cancelled {
        "cancelled"
    } else if ended.is_err() {
        "failed"
    } else {
        "ok"
    };
    let error = ended.err();
    let is_whole = error.is_none();
    log.end(Ended { outcome, done: usize::from(is_whole), rows, milliseconds: passed(began), error }).await;
    if !is_whole {
        out.cut().await;
    }
}

impl Pump {
    async fn all(&mut self, rows: &mut u64) -> Result<(), String> {
        let mut chunk = self.head();
        let mut values = Some(std::mem::take(&mut self.values));
        let gone = |Gone(why): Gone| why.to_owned();
        loop {
            let given = values.take();
            watched(&self.out, self.session.execute(given.as_deref(), STEP)).await?;
            loop {
                match watched(&self.out, self.session.step()).await? {
                    Step::Row(row) => {
                        let cells: Vec<Option<String>> =
                            row.cells().map(|cell| cell.map(|bytes| String::from_utf8_lossy(bytes).into_owned())).collect();
                        self.line(&cells, &mut chunk);
                        *rows += 1;
                    }
                    Step::Suspended => break,
                    Step::Complete(tag) => {
                        watched(&self.out, self.session.finish(Some(&tag), &self.words)).await?;
                        return self.out.give(chunk).await.map_err(gone);
                    }
                }
                if chunk.len() >= CHUNK {
                    self.out.give(std::mem::take(&mut chunk)).await.map_err(gone)?;
                }
            }
        }
    }

    fn head(&self) -> Vec<u8> {
        match self.format {
            Format::Csv => csv(self.columns.iter().map(|column| Some(column.name.as_str()))),
            Format::Ndjson => Vec::new(),
        }
    }

    fn line(&self, cells: &[Option<String>], out: &mut Vec<u8>) {
        match self.format {
            Format::Csv => out.extend_from_slice(&csv(cells.iter().map(Option::as_deref))),
            Format::Ndjson => {
                let named = self.columns.iter().map(|column| column.name.clone()).zip(cells.iter().cloned().map(Value::from));
                out.extend_from_slice(Value::Object(named.collect()).to_string().as_bytes());
                out.push(b'\n');
            }
        }
    }
}

/// What a statement does, unless the reader goes away first.
async fn watched<T>(out: &Out, doing: impl Future<Output = Result<T, Halt>>) -> Result<T, String> {
    let done = tokio::select! {
        biased;
        done = doing => done,
        () = out.closed() => return Err("the reader went away".into()),
    };
    done.map_err(|halt| match halt {
        Halt::Refused(error) => error.message,
        Halt::Forbidden(why) => why.to_owned(),
        Halt::Lost(fault) => fault.to_string(),
    })
}

/// A line as COPY writes it: NULL is nothing, an empty text is `""` (RFC 4180).
fn csv<'a>(cells: impl Iterator<Item = Option<&'a str>>) -> Vec<u8> {
    let mut line = Vec::with_capacity(128);
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            line.push(b',');
        }
        match cell {
            None => {}
            Some(text) if text.is_empty() || text == "\\." || text.contains([',', '"', '\n', '\r']) => {
                line.push(b'"');
                line.extend_from_slice(text.replace('"', "\"\"").as_bytes());
                line.push(b'"');
            }
            Some(text) => line.extend_from_slice(text.as_bytes()),
        }
    }
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::csv;

    #[test]
    fn null_is_told_from_nothing() {
        let line = csv([Some("a,b"), None, Some(""), Some("say \"hi\""), Some("plain")].into_iter());
        assert_eq!(String::from_utf8(line).unwrap(), "\"a,b\",,\"\",\"say \"\"hi\"\"\",plain\n");
    }
}
