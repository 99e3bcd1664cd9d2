//! `quarterdeck data SOURCE TABLE export`: every row that matches, into a file or a pipe, as it comes.

use super::client::segment;
use super::collection::{args, list};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::output;
use super::tree::{api_of, client_args, reveal_arg};
use clap::{Arg, ArgMatches, Command, ValueHint};
use std::fs::{self, File};
use std::io::{self, IsTerminal as _, Write};
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
        .arg(
            Arg::new("to")
                .long("to")
                .value_name("FILE")
                .value_hint(ValueHint::FilePath)
                .help("Where to; standard output without. What is there is replaced, once all of it has come"),
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
    let path = format!("/explorer/{source}/tables/{schema}/{name}/export/{}", word(matches, "format"));
    let api = api_of(matches, environment)?;
    let mut coming = api.download(&path, &list::filters(matches)?).await?;
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
struct Progress {
    bytes: u64,
    began: Instant,
    said: Instant,
    watched: bool,
}

impl Progress {
    fn new() -> Self {
        let now = Instant::now();
        Self { bytes: 0, began: now, said: now, watched: io::stderr().is_terminal() }
    }

    fn add(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        if self.watched && self.said.elapsed() >= SAY_EVERY {
            self.said += self.said.elapsed();
            eprint!("\r{} ", self.shown());
        }
    }

    fn end(&self, to: &Path) {
        let clear = if self.watched { "\r" } else { "" };
        output::note(&format!("{clear}{} to {}", self.shown(), to.display()));
    }

    fn shown(&self) -> String {
        #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
        let megabytes = self.bytes as f64 / 1e6;
        format!("{megabytes:.1} MB in {:.1} s", self.began.elapsed().as_secs_f64())
    }
}
