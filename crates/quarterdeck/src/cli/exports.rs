//! `quarterdeck exports …`: files that the panel makes while nobody waits, and keeps for a while; and what
//! `data SOURCE TABLE export --background` does with them.

use super::bar;
use super::client::{Api, Request, segment};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::export::Progress;
use super::output::{self, Column};
use super::tree::{api_of, client_args, format_of};
use clap::{Arg, ArgMatches, Command, ValueHint};
use serde_json::{Value, json};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

/// How often one that is being made is asked after.
const PAUSE: Duration = Duration::from_millis(400);
/// How often a download is taken up again without a byte more, and the pause before.
const TRIES: u32 = 5;
const BEFORE_AGAIN: Duration = Duration::from_secs(1);

pub fn command() -> Command {
    let id = || Arg::new("id").value_name("ID").required(true).help("As exports list says it");
    let verb = |name: &'static str, about: &'static str| client_args(Command::new(name).about(about).arg(id()));
    Command::new("exports")
        .about("Files of tables that are made in the background (data SOURCE TABLE export --background)")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(client_args(Command::new("list").about("Your last ones, of all tables")))
        .subcommand(verb("show", "How one stands"))
        .subcommand(verb("watch", "Wait until one has ended"))
        .subcommand(
            verb("download", "Take the file; what came before a broken connection is not taken twice")
                .mut_arg("output", |arg| arg.hide(true))
                .arg(to_arg()),
        )
        .subcommand(verb("cancel", "Stop making one; nothing of it is kept"))
        .subcommand(verb("delete", "Forget one and its file"))
}

pub fn to_arg() -> Arg {
    Arg::new("to")
        .long("to")
        .value_name("FILE")
        .value_hint(ValueHint::FilePath)
        .help("Where to; standard output without. What is there is replaced, once all of it has come")
}

/// # Errors
/// What the panel refuses.
pub async fn run(verb: &str, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let (api, format) = (api_of(matches, environment)?, format_of(matches));
    if verb == "list" {
        let exports = api.send(Request::get("/row-exports")).await?.body;
        let columns =
            ["id", "source", "schema", "name", "status", "rows", "bytes", "created_at", "expires_at"].map(|name| Column::new(name, name));
        return output::rows(format, &columns, exports.as_array().map(Vec::as_slice).unwrap_or_default());
    }
    let path = format!("/row-exports/{}", matches.get_one::<String>("id").map(|id| segment(id)).unwrap_or_default());
    match verb {
        "cancel" => {
            api.send(Request::post(&format!("{path}/cancel"), &json!({}))).await?;
            output::note("Cancelled; nothing of it is kept.");
            Ok(())
        }
        "delete" => forget(&api, &path).await,
        verb => {
            let export = api.send(Request::get(&path)).await?.body;
            match verb {
                "watch" => output::object(format, &whole(follow(&api, export).await?)?),
                "download" => take(&api, &follow(&api, export).await?, to(matches)).await,
                _ => output::object(format, &export),
            }
        }
    }
}

fn to(matches: &ArgMatches) -> Option<&Path> {
    matches.get_one::<String>("to").map(Path::new)
}

/// Has a file made, waits for it, takes it, and leaves nothing of it with the panel. `path` is that of the table.
///
/// # Errors
/// What the panel refuses, why there is no file, and when whoever waits goes away.
pub async fn made(api: &Api, path: &str, format: &str, query: &[(String, String)], matches: &ArgMatches) -> Result<(), Failure> {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let begun = api.send(Request::post(&format!("{path}/exports"), &json!({"format": format, "query": query}))).await?.body;
    let export = follow(api, begun).await?;
    take(api, &export, to(matches)).await?;
    forget(api, &format!("/row-exports/{}", export["id"].as_str().unwrap_or_default())).await
}

/// Asks after it until it has ended. It goes on without anybody, so who interrupts is told how to come back.
async fn follow(api: &Api, mut export: Value) -> Result<Value, Failure> {
    let id = export["id"].as_str().unwrap_or_default().to_owned();
    let path = format!("/row-exports/{id}");
    let watched = bar::is_watched() && export["status"] == "running";
    let mut pause = PAUSE / 8;
    while export["status"] == "running" {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            interrupted = tokio::signal::ctrl_c() => {
                if interrupted.is_ok() {
                    return Err(Failure::new(Exit::Failed, "quarterdeck: left running")
                        .and(format!("  Take it with: quarterdeck exports download {id}; or stop it: quarterdeck exports cancel {id}")));
                }
            }
        }
        pause = PAUSE;
        export = api.send(Request::get(&path)).await?.body;
        if watched {
            bar::show(&line(&export));
        }
    }
    if watched {
        eprintln!();
    }
    Ok(export)
}

/// `[######----]  60 %  1200000 of about 2000000 rows, 34.2 MB, 95000/s`
fn line(export: &Value) -> String {
    let bytes: u64 = export["bytes"].as_str().and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
    let size = if bytes > 0 { format!(", {}", bar::megabytes(bytes)) } else { String::new() };
    let of = if export["status"] == "running" { format!(" of about {}", export["expected"]) } else { String::new() };
    bar::bar(&export["percent"], &format!("{}{of} rows{size}{}", export["rows"], bar::rate(&export["per_second"])))
}

/// One that has a file.
fn whole(export: Value) -> Result<Value, Failure> {
    if export["status"] == "done" {
        return Ok(export);
    }
    let status = export["status"].as_str().unwrap_or_default();
    let why = export["error"].as_str().map_or_else(|| format!("it is {status}"), str::to_owned);
    Err(Failure::new(Exit::Failed, format!("quarterdeck: there is no file: {why}")))
}

async fn forget(api: &Api, path: &str) -> Result<(), Failure> {
    let request = Request { method: reqwest::Method::DELETE, ..Request::get(path) };
    api.send(request).await.map(drop)
}

async fn take(api: &Api, export: &Value, to: Option<&Path>) -> Result<(), Failure> {
    let export = whole(export.clone())?;
    let id = export["id"].as_str().unwrap_or_default();
    let size: u64 = export["bytes"].as_str().and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
    let path = format!("/row-exports/{id}/file");
    let Some(to) = to else {
        let mut out = io::stdout().lock();
        fetch(api, &path, 0, size, |bytes| out.write_all(bytes)).await?;
        return Ok(out.flush()?);
    };
    let unwritable = |error: io::Error| Failure::new(Exit::Failed, format!("quarterdeck: {} can't be written: {error}", to.display()));
    // A part of this file and no other, so that it can be gone on with.
    let part = format!("{}.{id}.part", to.display());
    let mut file = OpenOptions::new().create(true).append(true).open(&part).map_err(unwritable)?;
    let mut there = file.metadata().map_err(unwritable)?.len();
    if there > size {
        // No part of it, whoever wrote it.
        file.set_len(0).map_err(unwritable)?;
        there = 0;
    }
    let mut progress = Progress::new("waiting for the file");
    let fetching = fetch(api, &path, there, size, |bytes| {
        file.write_all(bytes)?;
        progress.add(bytes.len());
        Ok(())
    });
    tokio::select! {
        fetched = fetching => fetched?,
        Ok(()) = tokio::signal::ctrl_c() => {
            return Err(Failure::new(Exit::Failed, format!("quarterdeck: stopped; what has come is in {part}"))
                .and(format!("  Go on with it: quarterdeck exports download {id} --to {}", to.display())));
        }
    }
    file.sync_all().and_then(|()| fs::rename(&part, to)).map_err(unwritable)?;
    progress.end(to);
    Ok(())
}

/// A file from a byte on; where the connection breaks, it is taken up again from there.
async fn fetch(api: &Api, path: &str, from: u64, size: u64, mut give: impl FnMut(&[u8]) -> io::Result<()>) -> Result<(), Failure> {
    let (mut at, mut tries) = (from, 0);
    while at < size {
        let before = at;
        let broken = match api.download_from(path, at).await {
            Ok(mut coming) => loop {
                match coming.next().await {
                    Ok(Some(bytes)) => {
                        give(&bytes)?;
                        at += bytes.len() as u64;
                    }
                    Ok(None) if at < size => break Failure::new(Exit::Failed, "quarterdeck: less came than there is"),
                    Ok(None) => return Ok(()),
                    Err(failure) => break failure,
                }
            },
            Err(failure) if failure.exit == Exit::Unavailable => failure,
            Err(failure) => return Err(failure),
        };
        tries = if at > before { 0 } else { tries + 1 };
        if tries >= TRIES {
            return Err(broken);
        }
        tokio::time::sleep(BEFORE_AGAIN).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::line;
    use serde_json::json;

    #[test]
    fn the_line_says_how_far_it_is() {
        let running =
            json!({"status": "running", "percent": 60, "rows": 1200, "expected": 2000, "bytes": "34200000", "per_second": 95000.4});
        assert_eq!(line(&running), "[############--------]  60 %  1200 of about 2000 rows, 34.2 MB, 95000/s");
        let done = json!({"status": "done", "percent": 100, "rows": 1200, "bytes": "0"});
        assert_eq!(line(&done), "[####################] 100 %  1200 rows");
    }
}
