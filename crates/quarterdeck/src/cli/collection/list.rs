//! Lists of resources and rows: one page, or all of them by cursor.

use crate::cli::client::{Api, Reply, Request};
use crate::cli::exit::Failure;
use crate::cli::output::{self, Column, Format};
use clap::ArgMatches;
use kernel::resource::ResourceDef;
use serde_json::Value;

/// What a list of this resource shows: the whole id first, then its list columns.
pub fn columns(resource: &ResourceDef) -> Vec<Column> {
    let mut columns = vec![Column::new("id", "id")];
    columns.extend(resource.fields.iter().filter(|f| f.in_list && !f.secret && f.name != "id").map(|f| Column::new(f.name, &f.label)));
    columns
}

/// Fetches and prints a list. Without `columns`, or with `--select`, the rows themselves say which there are.
///
/// # Errors
/// What the panel refuses, such as a filter on an unknown column.
pub async fn print(
    api: &Api,
    path: &str,
    headers: &[(&str, &str)],
    matches: &ArgMatches,
    format: Format,
    columns: Option<&[Column]>,
) -> Result<(), Failure> {
    let mut query = query(matches)?;
    let count = matches.get_one::<String>("count").map(|kind| format!("count={kind}"));
    let mut headers = headers.to_vec();
    if let Some(count) = &count {
        headers.push(("prefer", count));
    }
    let all = matches.get_flag("all");
    let mut rows: Vec<Value> = Vec::new();
    let last = loop {
        let mut reply = api.send(Request { query: &query, headers: &headers, ..Request::get(path) }).await?;
        if let Value::Array(page) = reply.body.take() {
            rows.extend(page);
        }
        let Some(next) = reply.header("next-cursor").filter(|_| all).map(str::to_owned) else { break reply };
        query.retain(|(name, _)| name != "cursor");
        query.push(("cursor".into(), next));
        // The total is asked for once.
        headers.retain(|(name, _)| *name != "prefer");
    };
    let own;
    let shown = match columns {
        Some(columns) if matches.get_one::<String>("select").is_none() => columns,
        _ => {
            own = output::columns_of(&rows);
            &own
        }
    };
    output::rows(format, shown, &rows)?;
    if format == Format::Table {
        remark(rows.len(), &last, all);
    }
    Ok(())
}

fn query(matches: &ArgMatches) -> Result<Vec<(String, String)>, Failure> {
    let mut query = Vec::new();
    for filter in matches.get_many::<String>("filter").into_iter().flatten() {
        let (column, condition) = filter
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("quarterdeck: --filter {filter}: it looks like status=eq.active")))?;
        query.push((column.to_owned(), condition.to_owned()));
    }
    for name in ["search", "order", "select", "cursor"] {
        if let Some(value) = matches.get_one::<String>(name) {
            query.push((name.to_owned(), value.clone()));
        }
    }
    let limit = matches.get_one::<u32>("limit").copied().or_else(|| matches.get_flag("all").then_some(1000));
    if let Some(limit) = limit {
        query.push(("limit".into(), limit.to_string()));
    }
    Ok(query)
}

/// What the table doesn't say: how many there are, and whether there is more.
fn remark(shown: usize, last: &Reply, all: bool) {
    let total = last.header("content-range").and_then(|range| range.rsplit('/').next()).filter(|total| *total != "*");
    let estimate = last.header("preference-applied").is_some_and(|p| p.contains("estimated") || p.contains("planned"));
    let about = if estimate { "about " } else { "" };
    let more = !all && last.header("next-cursor").is_some();
    match (total, more) {
        (Some(total), _) => output::note(&format!("{shown} of {about}{total}")),
        (None, true) => output::note(&format!("{shown} shown, and there are more: --all shows every one, --limit N more of them")),
        (None, false) if shown == 0 => output::note("Nothing here."),
        (None, false) => {}
    }
}
