//! `quarterdeck recover-admin`: break-glass. Who may run it has the secret key and the database in hand, so nothing in
//! the panel can refuse or disable it; but it is written to the audit log before it does anything.

use super::environment::Environment;
use super::exit::Failure;
use super::host_commands::{config_of, quiet_logs};
use super::input::Stdin;
use super::output::{self, Format};
use super::tree::format_of;
use crate::product;
use clap::ArgMatches;
use host::boot::{self, Database};
use host::config::Config;
use identity::recovery::{Recovered, Wanted};
use kernel::clock::{Clock, Ids};
use serde_json::json;

pub const HELP: &str = "It works whether the panel runs or not, needs the secret key and the database of the installation, and can't be \
switched off. It is in the audit log before it does anything. It ends the account's sessions and makes a link that sets a new \
password, once and within an hour.";

pub async fn run(matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    let password = if matches.get_flag("password-stdin") { Some(Stdin::of_process().line("password-stdin")?) } else { None };
    let wanted = Wanted {
        by: person(environment),
        email: text("email"),
        name: text("name"),
        password: password.map(Into::into),
        reactivate: matches.get_flag("reactivate"),
        make_owner: matches.get_flag("make-owner"),
        clear_second_factors: matches.get_flag("clear-second-factors"),
        lift_restrictions: matches.get_flag("lift-restrictions"),
    };
    let config = config_of(matches, environment)?;
    quiet_logs(&config, environment);
    let database = Database::open_or_join(&config).await?;
    let outcome = recover(&config, &database, wanted).await;
    database.close().await;
    let done = outcome?;
    match format_of(matches) {
        Format::Table => say(&done)?,
        format => output::object(format, &json!(done))?,
    }
    Ok(())
}

async fn recover(config: &Config, database: &Database, wanted: Wanted) -> Result<Recovered, Failure> {
    let app = boot::build(config, database, product(), Clock::System, Ids::Random).await?;
    Ok(identity::recovery::recover(&app, wanted).await?)
}

/// The link alone on standard output, everything else beside it.
fn say(done: &Recovered) -> Result<(), Failure> {
    for line in &done.done {
        output::note(line);
    }
    if let Some(link) = &done.link {
        output::object(Format::Table, &json!(link))?;
    }
    Ok(())
}

/// Who runs this, for the audit log: the account of the machine, and through whom it was taken on.
fn person(environment: &Environment) -> String {
    let user =
        nix::unistd::User::from_uid(nix::unistd::getuid()).ok().flatten().map_or_else(|| nix::unistd::getuid().to_string(), |u| u.name);
    match environment.get("SUDO_USER").filter(|sudo| *sudo != user) {
        Some(sudo) => format!("{user} (by {sudo})"),
        None => user,
    }
}
