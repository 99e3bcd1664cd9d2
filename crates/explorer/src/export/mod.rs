//! Exports: every row that a filter matches as one file, sent while PostgreSQL reads it. Nothing is counted, nothing is
//! kept: memory doesn't grow with the table. Who took what, and how much, is in the audit log. Those that are made while
//! nobody waits, and kept for a while, are in `kept/`.

mod cells;
mod copy;
mod file;
mod kept;
mod log;
mod parquet;
mod pump;
mod xlsx;

use crate::masking;
use crate::rows::failure;
use crate::rows::target::{self, Target};
use crate::state::State;
use file::Format;
use http::{HeaderValue, Method, StatusCode, header};
use kernel::audit::Target as Audited;
use kernel::endpoint::{Access, Endpoint, Response};
use kernel::list::{Query, Relation};
use kernel::problem::Kind;
use kernel::{Call, Module, Problem, Result};
use log::Log;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use std::sync::Arc;

pub use kept::store::STATEMENTS;

const PERMISSION: &str = "rows:export";
const ACTION: &str = "rows.export";
/// Parameters of a page, which a whole result hasn't.
const PAGING: [&str; 3] = ["limit", "offset", "cursor"];

/// The route and its permission.
pub(crate) fn routes(module: Module, state: &Arc<State>) -> Module {
    let module = kept::declare(module, state);
    let state = state.clone();
    module.permission(PERMISSION, "Take all rows of a table away as a file").route(
        Endpoint::new(
            Method::GET,
            "/explorer/{source}/tables/{schema}/{table}/export/{format}",
            "rows.export",
            Access::Permission(PERMISSION.to_owned()),
            move |call: Call| {
                let state = state.clone();
                async move { export(&state, &call).await }
            },
        )
        .summary("Every row that a filter matches, as csv, ndjson, xlsx or parquet, without a limit")
        .parameter("select", "query", "Columns to export, such as id,name,price:unit_price,details->>color")
        .parameter("order", "query", "Columns to sort by; without, rows come as PostgreSQL finds them, which is quickest")
        .parameter("search", "query", "Text that a searchable column contains")
        .parameter(masking::HEADER, "header", masking::DESCRIPTION)
        .answers_as(&[
            "text/csv",
            "application/x-ndjson",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.apache.parquet",
        ])
        .answer(
            json!({"type": "string", "description": "A file: csv, ndjson and parquet are sent while they are read, xlsx when it is whole"}),
            json!("track_id,name\n1,For Those About To Rock\n"),
        ),
    )
}

async fn export(state: &Arc<State>, call: &Call) -> Result<Response> {
    crate::tables::admit(call, PERMISSION)?;
    let format = Format::named(call.param("format"))?;
    let source = state.for_caller(call).await?;
    let table = masking::table(call, &source, call.param("schema"), call.param("table")).await?;
    let target = Target { source, table };
    match begin(&target, call, format).await.map_err(|problem| target.seen(problem)) {
        // The table changed a moment ago: what was asked may well be there now.
        Err(problem) if failure::is_stale(&problem) => {
            let target = target::find_fresh(target).await?;
            begin(&target, call, format).await.map_err(|problem| target.seen(problem))
        }
        answer => answer,
    }
}

async fn begin(target: &Target, call: &Call, format: Format) -> Result<Response> {
    target.readable()?;
    let query = asked(&target.table.relation, &call.query)?;
    let place = target.source.exports.clone().try_acquire_owned().map_err(|_| busy(&target.source.name))?;
    let conn = pump::Reading::begin(target.source.conn().await?).await?;
    let file = file::File::of(conn.client()?, format, &target.table.relation, &query).await?;
    let (source, table) = (&target.source.name, &target.table);
    let audited = Audited::new(table.kind_in(source), "", &table.name);
    let log = Log::start(call, ACTION, audited, format, &log::asked(&call.query)).await?;
    let mut response = Response::new(pump::send(conn, file, log, place));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    if let Ok(value) = HeaderValue::from_str(&disposition(&target.table.name, format)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// What the address of a list says, without its page.
fn asked(relation: &Relation, query: &str) -> Result<Query> {
    let parameters: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    if let Some((name, _)) = parameters.iter().find(|(name, _)| PAGING.contains(&name.as_str())) {
        return Err(Problem::filter(name, "means nothing to an export, which gives every row; say which rows with filters on columns"));
    }
    Query::parse(relation, &parameters)
}

fn busy(source: &str) -> Problem {
    Problem::new(Kind::Throttled, format!("Two exports of {source} are running already. Begin this one when one of them has ended."))
        .titled("Enough exports at once")
        .retry_after(5)
}

/// A name for the file that every system takes, and the true one for browsers that can (RFC 6266).
fn disposition(table: &str, format: Format) -> String {
    let plain: String = table.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).collect();
    let encoded = utf8_percent_encode(table, NON_ALPHANUMERIC);
    let ending = format.name();
    format!("attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{encoded}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_table_makes_a_harmless_file_name() {
        let named = disposition("../\"a\r\nb\" ü", Format::Csv);
        assert_eq!(named, "attachment; filename=\"____a__b___.csv\"; filename*=UTF-8''%2E%2E%2F%22a%0D%0Ab%22%20%C3%BC.csv");
        HeaderValue::from_str(&named).unwrap();
    }
}
