//! `quarterdeck psql`: psql on the database in use, as its owner. Where to go is told by libpq's environment
//! variables, so that no password is in the list of processes and any argument of the caller's wins.

use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::host_commands::{config_of, quiet_logs};
use clap::ArgMatches;
use host::boot::{DATABASE, Database};
use host::config::Config;
use host::postgres::Endpoint;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};
use tokio_postgres::config::Host;

/// Runs psql and gives its exit code.
///
/// # Errors
/// When the database can't be opened, or there is no psql.
pub async fn run(matches: &ArgMatches, environment: &Environment) -> Result<u8, Failure> {
    let config = config_of(matches, environment)?;
    quiet_logs(&config, environment);
    let args: Vec<&String> = matches.get_many::<String>("args").into_iter().flatten().collect();
    let running = if config.database_url.is_none() { Endpoint::running(&config, DATABASE) } else { None };
    let database = Database::open_or_join(&config).await?;
    let endpoint = running.or_else(|| database.private.as_ref().map(|p| p.endpoint().clone()));
    let outcome = match program(&config, endpoint.as_ref()) {
        Some(psql) => pass_on(&psql, &args, &database).await,
        None => Err(Failure::new(Exit::Failed, "quarterdeck: psql is not installed; it is in the package postgresql-client")),
    };
    database.close().await;
    let status = outcome?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(Exit::Failed as u8))
}

/// psql of the server's own version where that is known, else the newest there is, which speaks to every older server.
fn program(config: &Config, endpoint: Option<&Endpoint>) -> Option<PathBuf> {
    if let Some(endpoint) = endpoint {
        return endpoint.program("psql", &config.search_path);
    }
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let major = entry.file_name().to_str()?.parse().ok()?;
            Some((major, entry.path().join("bin/psql"))).filter(|(_, path)| path.is_file())
        })
        .collect();
    found.sort();
    let named = config.pg_bin.iter().chain(&config.search_path).map(|dir| dir.join("psql")).find(|path| path.is_file());
    named.or_else(|| found.pop().map(|(_, path)| path))
}

/// Runs psql in the foreground. Ctrl-C is psql's to handle; a request to stop ends it, so that a private server
/// started for it can be stopped too.
async fn pass_on(psql: &Path, args: &[&String], database: &Database) -> Result<ExitStatus, Failure> {
    let (mut interrupted, mut asked) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut command = Command::new(psql);
    command.args(args).envs(variables(database)).env_remove("PGSERVICE").env_remove("PGHOSTADDR").kill_on_drop(true);
    let mut child =
        command.spawn().map_err(|e| Failure::new(Exit::Failed, format!("quarterdeck: {} can't be started: {e}", psql.display())))?;
    loop {
        tokio::select! {
            ended = child.wait() => return Ok(ended?),
            _ = interrupted.recv() => {}
            _ = asked.recv() => child.start_kill()?,
        }
    }
}

/// The connection in libpq's variables.
fn variables(database: &Database) -> Vec<(&'static str, String)> {
    let owner = &database.owner;
    let hosts: Vec<String> = owner
        .get_hosts()
        .iter()
        .map(|host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        })
        .collect();
    let ports: Vec<String> = owner.get_ports().iter().map(u16::to_string).collect();
    let mut variables = vec![("PGHOST", hosts.join(",")), ("PGPORT", ports.join(","))];
    variables.extend(owner.get_user().map(|user| ("PGUSER", user.to_owned())));
    variables.extend(owner.get_password().map(|password| ("PGPASSWORD", String::from_utf8_lossy(password).into_owned())));
    variables.extend(owner.get_dbname().or(owner.get_user()).map(|name| ("PGDATABASE", name.to_owned())));
    variables.extend(owner.get_options().map(|options| ("PGOPTIONS", options.to_owned())));
    variables.push(("PGSSLMODE", database.tls.name().to_owned()));
    variables.extend(database.tls.authorities().map(|file| ("PGSSLROOTCERT", file.display().to_string())));
    variables.retain(|(_, value)| !value.is_empty());
    variables
}
