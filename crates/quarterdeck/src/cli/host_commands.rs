//! Commands that run the panel or look into its database, on its own machine.

use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::output::{self, Column, Format};
use super::tree::format_of;
use crate::product;
use clap::ArgMatches;
use host::boot::{self, BootError, Database};
use host::config::Config;
use host::logins::Logins;
use kernel::{App, Caller};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The boot configuration of this command.
///
/// # Errors
/// Every mistake in it, each with its place.
pub fn config_of(matches: &ArgMatches, environment: &Environment) -> Result<Config, Failure> {
    let file = matches.try_get_one::<PathBuf>("config").ok().flatten().map(PathBuf::as_path);
    Ok(Config::load(file, environment.all()).map_err(BootError::from)?)
}

/// Logs of a command that is done in a moment: only what went wrong, unless somebody asked for more.
pub fn quiet_logs(config: &Config, environment: &Environment) {
    host::logs::start(if environment.get("QUARTERDECK_LOG").is_some() { &config.log } else { "warn" });
}

pub async fn serve(matches: &ArgMatches, config: Config) -> Result<(), Failure> {
    host::logs::start(&config.log);
    let listen = config.listen.clone();
    let with_worker = !matches.get_flag("no-worker");
    Ok(boot::serve(config, product(), with_worker, move |app, _| greet(app, &listen)).await?)
}

/// What a person at the console needs next: the address, and from elsewhere the token for the first launch.
fn greet(app: &App, listen: &[SocketAddr]) {
    let address = format!("{}/admin", app.site.base_url);
    output::note(&format!("Quarterdeck {} is at {address}", app.site.version));
    tracing::info!(site.address = address, "the panel is ready");
    let Some(first) = listen.first().copied() else { return };
    let token = boot::setup_token(&app.keys);
    tokio::spawn(async move {
        // The panel itself knows best whether it waits for its first administrator.
        if setup_needed(first).await == Some(true) {
            output::note(&format!(
                "Nobody administers it yet. Open the address on this machine, or from elsewhere with this setup token: {}",
                token.reveal()
            ));
        }
    });
}

async fn setup_needed(mut address: SocketAddr) -> Option<bool> {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { std::net::Ipv4Addr::LOCALHOST.into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build().ok()?;
    let session: Value = http.get(format!("http://{address}/api/v1/session")).send().await.ok()?.json().await.ok()?;
    Some(session["state"] == "setup_needed")
}

pub async fn work(config: Config) -> Result<(), Failure> {
    host::logs::start(&config.log);
    Ok(boot::work(config, product()).await?)
}

pub async fn migrate(matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let config = config_of(matches, environment)?;
    quiet_logs(&config, environment);
    let database = Database::open_or_join(&config).await?;
    let outcome = match boot::keyring(&config) {
        Ok(keys) => boot::bring_up_to_date(&keys, &database, product()).await,
        Err(error) => Err(error),
    };
    database.close().await;
    let applied = outcome?;
    for name in &applied {
        output::note(&format!("applied {name}"));
    }
    output::note(&if applied.is_empty() {
        "The database is up to date.".to_owned()
    } else {
        format!("{} migrations applied; the database is up to date.", applied.len())
    });
    Ok(())
}

pub async fn verify(matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let config = config_of(matches, environment)?;
    quiet_logs(&config, environment);
    let database = Database::open_or_join(&config).await?;
    let stated = match matches.get_one::<PathBuf>("checkpoints") {
        None => Vec::new(),
        Some(path) => safety::checkpoint::read(path)
            .map_err(|error| Failure::new(Exit::Failed, format!("quarterdeck: {} can't be read: {error}", path.display())))?,
    };
    let outcome = read_chains(&config, &database, &stated).await;
    database.close().await;
    let (report, statements) = outcome?;
    if !stated.is_empty() {
        output::note(&format!("{statements} checkpoints compared"));
    }
    let format = format_of(matches);
    if format == Format::Table {
        let columns =
            [Column::new("chain", "chain"), Column::new("seq", "seq"), Column::new("id", "id"), Column::new("problem", "problem")];
        let findings: Vec<Value> = report.findings.iter().map(|f| json!(f)).collect();
        if !findings.is_empty() {
            output::rows(format, &columns, &findings)?;
        }
        output::note(&format!(
            "{} {} in {} {} checked: {}",
            report.rows,
            if report.rows == 1 { "row" } else { "rows" },
            report.chains,
            if report.chains == 1 { "chain" } else { "chains" },
            if findings.is_empty() { "nothing is wrong".to_owned() } else { format!("{} findings", findings.len()) }
        ));
    } else if format == Format::Csv {
        let findings: Vec<Value> = report.findings.iter().map(|f| json!(f)).collect();
        output::rows(
            format,
            &[Column::new("chain", ""), Column::new("seq", ""), Column::new("id", ""), Column::new("problem", "")],
            &findings,
        )?;
    } else {
        output::object(format, &json!(report))?;
    }
    if report.findings.is_empty() { Ok(()) } else { Err(Failure::silent(Exit::Failed)) }
}

/// Reads all chains as one moment saw them, with the panel's own login: the log is closed to the database's owner.
async fn read_chains(
    config: &Config,
    database: &Database,
    stated: &[(String, String)],
) -> Result<(safety::verify::Report, usize), BootError> {
    let keys = boot::keyring(config)?;
    let mut login = Logins::config(&database.owner, &keys, &Logins::of(&keys).app);
    // Rows that the sealer adds while we read would otherwise look like a chain that is longer than its rows.
    login.options("-c default_transaction_isolation=repeatable\\ read");
    let db = kernel::db::Db::new(login, database.tls.clone(), 1)?;
    let tx = db.begin(&Caller::system("audit verify"), kernel::clock::Clock::System.now()).await?;
    let mut report = safety::verify::verify(tx.db(), &keys).await?;
    let compared = safety::checkpoint::compare(tx.db(), &keys, stated).await?;
    report.findings.extend(compared.findings);
    tx.rollback().await?;
    Ok((report, compared.statements))
}
