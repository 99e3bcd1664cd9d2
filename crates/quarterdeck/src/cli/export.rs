//! `quarterdeck data SOURCE TABLE export`: every row that matches, into a file or a pipe, as it comes.

use super::bar;
use super::client::{Api, segment};
use super::collection::{args, list};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::tree::{api_of, client_args, reveal_arg};
use super::{exports, output};
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::pin::pin;
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
    let waiting = if format == "xlsx" { "the sheet is being made" } else { "waiting for the first rows" };
    download(&api, &format!("{path}/export/{format}"), &query, matches, waiting).await
}

/// `quarterdeck audit export`: the same of the audit log.
pub fn log() -> Command {
    client_args(args::filter_args(Command::new("export").about("Every row of the log that matches, as a file, without a limit")))
        .mut_arg("output", |arg| arg.hide(true))
        .arg(Arg::new("format").long("format").value_parser(["csv", "ndjson"]).default_value("csv").help("What kind of file"))
        .arg(exports::to_arg())
}

/// # Errors
/// As [`run`].
pub async fn of_the_log(matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let format = matches.get_one::<String>("format").map_or("csv", String::as_str);
    let (api, query) = (api_of(matches, environment)?, list::filters(matches)?);
    download(&api, &format!("/audit/export/{format}"), &query, matches, "waiting for the first rows").await
}

async fn download(api: &Api, path: &str, query: &[(String, String)], matches: &ArgMatches, waiting: &'static str) -> Result<(), Failure> {
    let to = matches.get_one::<String>("to").map(Path::new);
    let mut progress = Progress::new(waiting);
    let mut coming = progress.during(api.download(path, query)).await.ok_or_else(|| stopped(0, to))??;
    let mut target = Target::open(to)?;
    while let Some(bytes) = progress.during(coming.next()).await.ok_or_else(|| stopped(progress.bytes, to))?? {
        target.write(&bytes)?;
        progress.add(bytes.len());
    }
    target.end()?;
    if let Some(to) = to {
        progress.end(to);
    }
    Ok(())
}

/// What is left when whoever waits goes away.
fn stopped(bytes: u64, to: Option<&Path>) -> Failure {
    let left = match to {
        Some(to) => format!("nothing of it is kept, and {} is as it was", to.display()),
        None if bytes == 0 => "nothing was written".to_owned(),
        None => "that is only a part".to_owned(),
    };
    Failure::new(Exit::Failed, format!("quarterdeck: stopped after {}; {left}", bar::megabytes(bytes)))
}

/// Where a file goes: standard output, or beside its name until it is whole. Dropped before that, nothing of it is left.
enum Target<'a> {
    Out(io::StdoutLock<'static>),
    File { to: &'a Path, part: String, file: Option<File> },
}

impl<'a> Target<'a> {
    fn open(to: Option<&'a Path>) -> Result<Self, Failure> {
        let Some(to) = to else { return Ok(Self::Out(io::stdout().lock())) };
        let part = format!("{}.part", to.display());
        let file = File::create(&part).map_err(|error| unwritable(to, &error))?;
        Ok(Self::File { to, part, file: Some(file) })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Out(out) => Ok(out.write_all(bytes)?),
            Self::File { to, file: Some(file), .. } => file.write_all(bytes).map_err(|error| unwritable(to, &error)),
            Self::File { .. } => Ok(()),
        }
    }

    fn end(mut self) -> Result<(), Failure> {
        match &mut self {
            Self::Out(out) => Ok(out.flush()?),
            Self::File { to, part, file } => {
                let Some(whole) = file.take() else { return Ok(()) };
                let kept = whole.sync_all().and_then(|()| fs::rename(&*part, &**to));
                kept.map_err(|error| {
                    drop(fs::remove_file(&*part));
                    unwritable(to, &error)
                })
            }
        }
    }
}

impl Drop for Target<'_> {
    fn drop(&mut self) {
        if let Self::File { part, file, .. } = self
            && file.take().is_some()
        {
            drop(fs::remove_file(part));
        }
    }
}

fn unwritable(to: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("quarterdeck: {} can't be written: {error}", to.display()))
}

/// How far it is, for whoever watches.
pub struct Progress {
    /// What is said before the first byte.
    before: &'static str,
    bytes: u64,
    began: Instant,
    said: Instant,
    watched: bool,
}

impl Progress {
    pub fn new(before: &'static str) -> Self {
        let now = Instant::now();
        Self { before, bytes: 0, began: now, said: now, watched: bar::is_watched() }
    }

    /// Waits for something, and says meanwhile how far it is; none when whoever waits interrupts.
    pub async fn during<T>(&mut self, doing: impl Future<Output = T>) -> Option<T> {
        let mut doing = pin!(doing);
        loop {
            tokio::select! {
                biased;
                done = &mut doing => return Some(done),
                Ok(()) = tokio::signal::ctrl_c() => return None,
                () = tokio::time::sleep(SAY_EVERY) => self.say(),
            }
        }
    }

    pub fn add(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        if self.said.elapsed() >= SAY_EVERY {
            self.say();
        }
    }

    pub fn end(&self, to: &Path) {
        let clear = if self.watched { "\r" } else { "" };
        output::note(&format!("{clear}{} to {}", self.shown(), to.display()));
    }

    fn say(&mut self) {
        self.said = Instant::now();
        if self.watched {
            bar::show(&self.shown());
        }
    }

    fn shown(&self) -> String {
        let seconds = self.began.elapsed().as_secs_f64();
        if self.bytes == 0 {
            format!("{}, {seconds:.1} s", self.before)
        } else {
            format!("{} in {seconds:.1} s", bar::megabytes(self.bytes))
        }
    }
}
