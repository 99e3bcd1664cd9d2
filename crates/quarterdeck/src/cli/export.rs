//! `quarterdeck data SOURCE TABLE export`: every row that matches, into a file or a pipe, as it comes.

use super::bar;
use super::client::segment;
use super::collection::{args, list};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::tree::{api_of, client_args, reveal_arg};
use super::{exports, output};
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often it is said how far it is.
const SAY_EVERY: Duration = Duration::from_millis(500);

pub fn command() -> Command {
    client_args(args::filter_args(Command::new("export").about("Every row that matches, as a file, without a limit")))
        .mut_arg("output", |arg| arg.hide(true))
        .arg(reveal_arg())
        .arg(Arg::new("schema").long("schema").value_name("SCHEMA").help("The table's schema (public without)"))
        .arg(
            Arg::new("format")
                .long("format")
                .value_parser(["csv", "ndjson", "xlsx", "parquet"])
                .default_value("csv")
                .help("What kind of file"),
        )
        .arg(exports::to_arg())
        .arg(
            Arg::new("background")
                .long("background")
                .action(ArgAction::SetTrue)
                .help("Have the panel make the file first, and say how far it is: for whole tables, and for connections that break"),
        )
        .after_help("Without --order, rows come as PostgreSQL finds them, which is quickest.")
}

/// `table` has the source and the table, `matches` what to export.
///
/// # Errors
/// What the panel refuses; when it ended before all had come, which leaves no file.
pub async fn run(table: &ArgMatches, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let word = |from: &ArgMatches, name: &str| from.get_one::<String>(name).map_or_else(|| "public".to_owned(), |text| segment(text));
    let (source, name, schema) = (word(table, "source"), word(table, "table"), word(matches, "schema"));
    let path = format!("/explorer/{source}/tables/{schema}/{name}");
    let (api, format, query) = (api_of(matches, environment)?, word(matches, "format"), list::filters(matches)?);
    if matches.get_flag("background") {
        return exports::made(&api, &path, &format, &query, matches).await;
    }
    let mut coming = api.download(&format!("{path}/export/{format}"), &query).await?;
    let Some(to) = matches.get_one::<String>("to") else {
        let mut out = io::stdout().lock();
        while let Some(bytes) = coming.next().await? {
            out.write_all(&bytes)?;
        }
        return Ok(out.flush()?);
    };
    let (to, part) = (Path::new(to), format!("{to}.part"));
    let unwritable = |error: io::Error| Failure::new(Exit::Failed, format!("quarterdeck: {} can't be written: {error}", to.display()));
    let mut file = File::create(&part).map_err(unwritable)?;
    let mut progress = Progress::new();
    loop {
        match coming.next().await {
            Ok(Some(bytes)) => {
                file.write_all(&bytes).map_err(unwritable)?;
                progress.add(bytes.len());
            }
            Ok(None) => break,
            Err(failure) => {
                drop(fs::remove_file(&part));
                return Err(failure);
            }
        }
    }
    file.sync_all().and_then(|()| fs::rename(&part, to)).map_err(unwritable)?;
    progress.end(to);
    Ok(())
}

/// How far it is, for whoever watches.
pub struct Progress {
    bytes: u64,
    began: Instant,
    said: Instant,
    watched: bool,
}

impl Progress {
    pub fn new() -> Self {
        let now = Instant::now();
        Self { bytes: 0, began: now, said: now, watched: bar::is_watched() }
    }

    pub fn add(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        if self.watched && self.said.elapsed() >= SAY_EVERY {
            self.said += self.said.elapsed();
            bar::show(&self.shown());
        }
    }

    pub fn end(&self, to: &Path) {
        let clear = if self.watched { "\r" } else { "" };
        output::note(&format!("{clear}{} to {}", self.shown(), to.display()));
    }

    fn shown(&self) -> String {
        format!("{} in {:.1} s", bar::megabytes(self.bytes), self.began.elapsed().as_secs_f64())
    }
}
