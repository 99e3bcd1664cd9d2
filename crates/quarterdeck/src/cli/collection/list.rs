//! Lists of resources and rows: one page, or all of them by cursor.

use crate::cli::client::{Api, Reply, Request};
use crate::cli::exit::Failure;
use crate::cli::output::{self, Column, Format};
use clap::ArgMatches;
use kernel::Registry;
use kernel::resource::ResourceDef;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Ids that are asked about at once; an address has a length.
const NAMED_AT_ONCE: usize = 100;

/// What a list of this resource shows: the whole id first, then its list columns.
fn columns(resource: &ResourceDef) -> Vec<Column> {
    let mut columns = vec![Column::new("id", "id")];
    columns.extend(resource.fields.iter().filter(|f| f.in_list && f.is_shown() && f.name != "id").map(|f| Column::new(f.name, &f.label)));
    columns
}

/// Fetches and prints a list, of a resource by its list columns. Rows of tables, and what `--select` asks for, say
/// themselves which columns there are.
///
/// # Errors
/// What the panel refuses, such as a filter on an unknown column.
pub async fn print(
    api: &Api,
    path: &str,
    headers: &[(&str, &str)],
    matches: &ArgMatches,
    format: Format,
    of: Option<(&Registry, &ResourceDef)>,
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
    if let (Format::Table, Some((registry, resource))) = (format, of) {
        name_references(api, registry, resource, &mut rows).await;
    }
    let shown = match of {
        Some((_, resource)) if matches.get_one::<String>("select").is_none() => columns(resource),
        _ => output::columns_of(&rows),
    };
    output::rows(format, &shown, &rows)?;
    if format == Format::Table {
        remark(rows.len(), &last, all);
    }
    Ok(())
}

/// People read whose role it is, as on the page; programs get its id. What can't be read stays an id.
async fn name_references(api: &Api, registry: &Registry, resource: &ResourceDef, rows: &mut [Value]) {
    for field in resource.fields.iter().filter(|field| field.in_list) {
        let Some(other) = field.references.and_then(|name| registry.resource(name)) else { continue };
        let ids: BTreeSet<&str> = rows.iter().filter_map(|row| row[field.name].as_str()).collect();
        let titles = titles(api, other, &ids.into_iter().map(str::to_owned).collect::<Vec<_>>()).await;
        for row in rows.iter_mut() {
            if let Some(title) = row[field.name].as_str().and_then(|id| titles.get(id)) {
                row[field.name] = title.clone().into();
            }
        }
    }
}

async fn titles(api: &Api, resource: &ResourceDef, ids: &[String]) -> HashMap<String, String> {
    let mut titles = HashMap::new();
    let path = format!("/{}", resource.name);
    for some in ids.chunks(NAMED_AT_ONCE) {
        let query = [("id".to_owned(), format!("in.({})", some.join(","))), ("limit".to_owned(), NAMED_AT_ONCE.to_string())];
        let Ok(reply) = api.send(Request { query: &query, ..Request::get(&path) }).await else { return titles };
        for row in reply.body.as_array().into_iter().flatten() {
            if let Some(id) = row["id"].as_str() {
                titles.insert(id.to_owned(), resource.title(row));
            }
        }
    }
    titles
}

/// Which rows are meant, and how: what a list and an export have in common.
///
/// # Errors
/// When a filter looks like none.
pub fn filters(matches: &ArgMatches) -> Result<Vec<(String, String)>, Failure> {
    let mut query = Vec::new();
    for filter in matches.get_many::<String>("filter").into_iter().flatten() {
        let (column, condition) = filter
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("quarterdeck: --filter {filter}: it looks like status=eq.active")))?;
        query.push((column.to_owned(), condition.to_owned()));
    }
    for name in ["search", "order", "select"] {
        if let Some(value) = matches.get_one::<String>(name) {
            query.push((name.to_owned(), value.clone()));
        }
    }
    Ok(query)
}

fn query(matches: &ArgMatches) -> Result<Vec<(String, String)>, Failure> {
    let mut query = filters(matches)?;
    if let Some(cursor) = matches.get_one::<String>("cursor") {
        query.push(("cursor".into(), cursor.clone()));
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
