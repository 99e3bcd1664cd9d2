//! The command line. Host commands work on this machine; all others are clients of the HTTP API, made from the same
//! registry as the pages. A password is never an argument, and nothing that is printed is ever cut.

mod account;
mod admin;
mod advice;
mod bar;
mod client;
mod collection;
mod diagram;
mod environment;
mod exit;
mod export;
mod exports;
mod flags;
mod host_commands;
mod import;
mod import_rows;
mod input;
mod limits;
mod login;
mod output;
mod permissions;
mod profile;
mod psql;
mod raw;
mod recover;
pub mod reference;
mod rows;
mod schema;
mod second_factor;
mod settings;
mod setup;
mod sql;
mod tree;
mod watch;

use crate::product;
use clap::ArgMatches;
use environment::Environment;
use exit::{Exit, Failure};
use host::boot::Parts;
use host::config::Config;
use kernel::secret::Token;
use kernel::{Problem, Registry};
use pgtls::TlsMode;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

/// Runs one command and says how it ended; see `docs/cli.md` for the exit codes.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let registry = match registry() {
        Ok(registry) => registry,
        Err(problem) => return Failure::new(Exit::Failed, format!("quarterdeck: {problem}")).report(),
    };
    let matches = match tree::command(&registry).try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => {
            // Help is an answer, anything else a mistake; clap knows which stream it belongs to.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() { Exit::Usage as u8 } else { 0 });
        }
    };
    match dispatch(&registry, &matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Ended::With(code)) => code,
        Err(Ended::Badly(failure)) => failure.report(),
    }
}

/// A command's end that is no plain success.
enum Ended {
    Badly(Failure),
    /// The exit code of a program that was run.
    With(ExitCode),
}

impl<E: Into<Failure>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Badly(error.into())
    }
}

/// Everything the product declares, without a database: rooms are made but never asked anything.
///
/// # Errors
/// When the declarations don't fit together: a fault of ours.
pub fn registry() -> Result<Registry, Problem> {
    let nowhere = tokio_postgres::Config::new();
    let mail = mail::Config {
        smtp: None,
        from: mail::Sender::of_site("Quarterdeck", "http://localhost").map_err(Problem::malformed)?,
        folder: "mail".into(),
    };
    let parts = Parts {
        owner: nowhere.clone(),
        explorer: nowhere,
        places: Default::default(),
        schema: Default::default(),
        tls: TlsMode::Disable,
        pool_size: 1,
        setup_token: Token::random(),
        mail,
        checkpoints: "checkpoints".into(),
    };
    Registry::new((product().rooms)(parts).modules)
}

fn runtime(many: bool) -> Result<tokio::runtime::Runtime, Failure> {
    let builder = if many { tokio::runtime::Builder::new_multi_thread() } else { tokio::runtime::Builder::new_current_thread() };
    built(builder)
}

/// For serving. With its private PostgreSQL on the same machine the panel takes half of the cores: on two cores a second
/// thread was measured to cost more in waking each other up than it got done. Hashing passwords has threads of its own.
fn serving(config: &Config) -> Result<tokio::runtime::Runtime, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if config.database_url.is_none() {
        builder.worker_threads((std::thread::available_parallelism().map_or(1, usize::from) / 2).max(1));
    }
    built(builder)
}

fn built(mut builder: tokio::runtime::Builder) -> Result<tokio::runtime::Runtime, Failure> {
    builder.enable_all().build().map_err(|e| Failure::new(Exit::Failed, format!("quarterdeck: {e}")))
}

fn dispatch(registry: &Registry, matches: &ArgMatches) -> Result<(), Ended> {
    let environment = Environment::of_process();
    let Some((name, matches)) = matches.subcommand() else { return Err(Failure::usage("quarterdeck: a command is needed").into()) };
    match name {
        "version" => Ok(writeln!(std::io::stdout(), "quarterdeck {}", env!("CARGO_PKG_VERSION"))?),
        "completion" => completion(registry, matches),
        "serve" => {
            let config = host_commands::config_of(matches, &environment)?;
            Ok(serving(&config)?.block_on(host_commands::serve(matches, config))?)
        }
        "worker" => {
            let config = host_commands::config_of(matches, &environment)?;
            Ok(serving(&config)?.block_on(host_commands::work(config))?)
        }
        "migrate" => Ok(runtime(false)?.block_on(host_commands::migrate(matches, &environment))?),
        "psql" => {
            let code = runtime(true)?.block_on(psql::run(matches, &environment))?;
            if code == 0 { Ok(()) } else { Err(Ended::With(ExitCode::from(code))) }
        }
        "recover-admin" => Ok(runtime(true)?.block_on(recover::run(matches, &environment))?),
        "setup" => Ok(runtime(true)?.block_on(setup::run(matches, &environment))?),
        "login" => Ok(runtime(false)?.block_on(login::login(matches, &environment))?),
        "logout" => Ok(runtime(false)?.block_on(login::logout(matches, &environment))?),
        "audit" if matches.subcommand_name() == Some("verify") => {
            let matches = matches.subcommand().map_or(matches, |(_, m)| m);
            Ok(runtime(true)?.block_on(host_commands::verify(matches, &environment))?)
        }
        name => Ok(runtime(false)?.block_on(ask(registry, name, matches, &environment))?),
    }
}

/// Commands that talk to a panel.
async fn ask(registry: &Registry, name: &str, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    match (name, matches.subcommand()) {
        ("sql", _) => sql::run(matches, environment).await,
        ("schema", Some((verb, matches))) => schema::run(verb, matches, environment).await,
        ("search", _) => raw::search(matches, environment).await,
        ("api", _) => raw::api(matches, environment).await,
        ("settings", Some((verb, matches))) => settings::run(registry, verb, matches, environment).await,
        ("permissions", _) => permissions::run(registry, matches, environment).await,
        ("account", _) => account::run(matches, environment).await,
        ("admin", _) => admin::run(registry, matches, environment).await,
        ("organizations", Some(("limits", matches))) => limits::run(registry, matches, environment).await,
        ("sources", Some(("advice", matches))) => advice::run(matches, environment).await,
        ("users", Some(("import", matches))) => import::run(matches, environment).await,
        ("exports", Some((verb, matches))) => exports::run(verb, matches, environment).await,
        ("audit", Some(("export", matches))) => export::of_the_log(matches, environment).await,
        ("data", Some(("export", rows))) => export::run(matches, rows, environment).await,
        ("data", Some(("import", rows))) => import_rows::run(matches, rows, environment).await,
        ("data", Some(("watch", rows))) => watch::run(matches, rows, environment).await,
        ("data", _) => rows::run(registry, matches, environment).await,
        (name, Some((verb, matches))) => {
            let resource = registry.resource(name).ok_or_else(|| Failure::usage(format!("quarterdeck: there is no {name}")))?;
            collection::run(registry, resource, verb, matches, environment).await
        }
        _ => Err(Failure::usage(format!("quarterdeck: {name} needs a verb"))),
    }
}

fn completion(registry: &Registry, matches: &ArgMatches) -> Result<(), Ended> {
    let shell = matches.get_one::<clap_complete::Shell>("shell").copied().ok_or_else(|| Failure::usage("quarterdeck: which shell?"))?;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut tree::command(registry), "quarterdeck", &mut script);
    Ok(std::io::stdout().write_all(&script)?)
}
