//! `quarterdeck setup`: the first administrator from a script, on the machine of the panel. Who may run this has the
//! secret key and the database in hand, so no token is asked for.

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
use kernel::clock::{Clock, Ids};
use serde_json::json;

pub async fn run(matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let text = |name: &str| matches.get_one::<String>(name).cloned().unwrap_or_default();
    let (email, name) = (text("email"), text("name"));
    let password = Stdin::of_process().line("password-stdin")?;
    let config = config_of(matches, environment)?;
    quiet_logs(&config, environment);
    let database = Database::open_or_join(&config).await?;
    let outcome = create(&config, &database, &email, &name, password).await;
    database.close().await;
    let id = outcome?;
    match format_of(matches) {
        Format::Table => output::note(&format!("{name} <{email}> is the first administrator ({id}).")),
        format => output::object(format, &json!({"id": id, "email": email, "name": name}))?,
    }
    Ok(())
}

async fn create(config: &Config, database: &Database, email: &str, name: &str, password: String) -> Result<String, Failure> {
    let app = boot::build(config, database, product(), Clock::System, Ids::Random).await?;
    Ok(identity::setup::create_owner(&app, email, name, password.into()).await?.to_string())
}
