//! The faults of a file as CSV, to be put right in a spreadsheet. What somebody wrote stays text there.

use super::rows::Report;
use super::store;
use bytes::Bytes;
use http::{Method, StatusCode};
use kernel::endpoint::{Response, bytes, set_header};
use kernel::{Access, Call, Endpoint, Problem, Result};
use serde_json::json;
use uuid::Uuid;

const PERMISSION: &str = "user-imports:read";

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(Method::GET, "/user-imports/{id}/report", "user-imports.report", Access::Permission(PERMISSION.into()), report)
        .answers_as(&["text/csv"])
        .summary("The faults that the last check found, as CSV")
        .answer(
            json!({"type": "string"}),
            json!("line,column,value,problem\n3,Mail,ada,\"This is no e-mail address, such as ada@example.com\"\n"),
        )
}

async fn report(call: Call) -> Result<Response> {
    let caller = call.caller()?;
    call.app.registry.require(caller, PERMISSION)?;
    let missing = || Problem::not_found("such import");
    let id = Uuid::parse_str(call.param("id")).map_err(|_| missing())?;
    let tx = call.app.db.begin(caller, call.app.clock.now()).await?;
    let found = store::report(tx.db(), id).await?;
    tx.rollback().await?;
    let mut response = bytes(StatusCode::OK, Bytes::from(written(&found.ok_or_else(missing)?)?));
    set_header(&mut response, "content-type", "text/csv; charset=utf-8");
    set_header(&mut response, "content-disposition", "attachment; filename=\"faults.csv\"");
    Ok(response)
}

fn written(report: &Report) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["line", "column", "value", "problem"]).map_err(Problem::internal)?;
    for fault in &report.faults {
        let (line, text) = (fault.line.to_string(), |value: &Option<String>| plain(value.as_deref().unwrap_or_default()));
        writer.write_record([line, text(&fault.column), text(&fault.value), plain(&fault.message)]).map_err(Problem::internal)?;
    }
    writer.into_inner().map_err(|e| Problem::internal(e.to_string()))
}

/// What a spreadsheet would take for a formula begins with an apostrophe.
fn plain(value: &str) -> String {
    if value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '|']) {
        format!("'{value}")
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::Fault;
    use super::*;

    #[test]
    fn no_cell_becomes_a_formula() {
        let fault = |value: &str| Fault {
            line: 2,
            column: Some("=Mail".into()),
            value: Some(value.into()),
            code: "format".into(),
            message: "no".into(),
        };
        let report = Report { faults: vec![fault("=HYPERLINK(\"x\")"), fault("@SUM(A1)"), fault("ada")], ..Report::default() };
        let text = String::from_utf8(written(&report).unwrap()).unwrap();
        assert_eq!(text, "line,column,value,problem\n2,'=Mail,\"'=HYPERLINK(\"\"x\"\")\",no\n2,'=Mail,'@SUM(A1),no\n2,'=Mail,ada,no\n");
    }
}
