//! The rows that were refused, as CSV with their lines and reasons, to be put right in a spreadsheet. What somebody wrote
//! stays text there.

use super::batch::Reject;
use super::store::{self, Import};
use crate::errand;
use bytes::Bytes;
use http::{HeaderValue, header};
use kernel::body::{Body, StreamError};
use kernel::endpoint::Response;
use kernel::{App, Call, Caller, Result};
use std::sync::Arc;
use tokio::sync::mpsc::{self, Sender};
use uuid::Uuid;

const AT_ONCE: i64 = 500;

pub async fn refused(call: Call) -> Result<Response> {
    let import: Import = errand::found(&call, errand::may::<Import>(&call)?).await?;
    let (sender, receiver) = mpsc::channel(2);
    let (app, id) = (call.app.clone(), import.id);
    tokio::spawn(async move {
        if let Err(problem) = send(&app, id, &sender).await {
            tracing::warn!(import.id = %id, error = %problem, "refused rows could not be read to their end");
            drop(sender.send(Err(StreamError)).await);
        }
    });
    let mut response = Response::new(Body::Stream(receiver));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"refused.csv\""));
    Ok(response)
}

async fn send(app: &Arc<App>, id: Uuid, sender: &Sender<Result<Bytes, StreamError>>) -> Result<()> {
    let mut text = String::from("line,column,reason,row\n");
    let mut after = -1;
    loop {
        let tx = app.db.begin(&Caller::system("import"), app.clock.now()).await?;
        let (rejects, last) = store::rejects(tx.db(), id, after, AT_ONCE).await?;
        tx.rollback().await?;
        rejects.iter().for_each(|reject| line(reject, &mut text));
        // A reader who has gone wants no more.
        if sender.send(Ok(std::mem::take(&mut text).into())).await.is_err() || rejects.is_empty() {
            return Ok(());
        }
        after = last;
    }
}

fn line(reject: &Reject, out: &mut String) {
    out.push_str(&reject.line.to_string());
    for text in [reject.column.as_deref().unwrap_or_default(), &reject.reason, &reject.content] {
        out.push(',');
        cell(text, out);
    }
    out.push('\n');
}

/// What a spreadsheet would take for a formula begins with an apostrophe.
fn cell(text: &str, out: &mut String) {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '|']);
    out.push('"');
    if formula {
        out.push('\'');
    }
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_becomes_a_formula() {
        let mut out = String::new();
        let reject = Reject { line: 3, column: Some("=id".into()), reason: "no".into(), content: "=HYPERLINK(\"x\"),2".into() };
        line(&reject, &mut out);
        assert_eq!(out, "3,\"'=id\",\"no\",\"'=HYPERLINK(\"\"x\"\"),2\"\n");
    }
}
