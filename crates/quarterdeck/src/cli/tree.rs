//! Every command there is: those of the host, those for scripts, and one group for each collection of the registry.

use super::client::Api;
use super::collection::args as collection;
use super::environment::Environment;
use super::exit::{CODES, Failure};
use super::output::Format;
use super::profile;
use clap::builder::EnumValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};
use kernel::Registry;
use kernel::resource::ResourceDef;
use std::path::PathBuf;

/// The whole command line.
pub fn command(registry: &Registry) -> Command {
    let mut command = Command::new("quarterdeck")
        .about("The control plane for a platform you run yourself")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .max_term_width(100)
        .after_help(after_help());
    for group in [host_commands(), script_commands(), shared_commands(registry)] {
        command = command.subcommands(group);
    }
    command =
        command.subcommand(super::admin::command(registry)).subcommand(super::permissions::command()).subcommand(super::account::command());
    for resource in registry.resources() {
        let mut group = collection::command(resource);
        if resource.name == "audit" {
            group = group.subcommand(verify()).subcommand(super::export::log());
        }
        if resource.name == "users" {
            group = group.subcommand(super::import::command());
        }
        if resource.name == "sources" {
            group = group.subcommand(super::advice::command());
        }
        if resource.name == "organizations" {
            group = group.subcommand(super::limits::command());
        }
        command = command.subcommand(group);
    }
    command
}

fn after_help() -> String {
    let codes: Vec<String> = CODES.iter().map(|(code, meaning)| format!("  {code}  {meaning}")).collect();
    format!(
        "Where to: QUARTERDECK_URL and QUARTERDECK_TOKEN (an API key), or a profile made by quarterdeck login.\n\nExit codes:\n{}",
        codes.join("\n")
    )
}

fn config_arg() -> Arg {
    Arg::new("config")
        .long("config")
        .short('c')
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .help("Configuration file (quarterdeck.toml here without)")
}

fn format_arg() -> Arg {
    Arg::new("output")
        .long("output")
        .short('o')
        .value_name("FORMAT")
        .value_parser(EnumValueParser::<Format>::new())
        .hide_possible_values(true)
        .help("table, json, yaml or csv (table without)")
}

/// What every command takes that talks to a panel.
pub fn client_args(command: Command) -> Command {
    let profile =
        Arg::new("profile").long("profile").value_name("NAME").help("The profile to use (QUARTERDECK_PROFILE; the last sign-in without)");
    command.arg(format_arg()).arg(profile)
}

/// For commands that read rows.
pub fn reveal_arg() -> Arg {
    Arg::new("reveal")
        .long("reveal")
        .value_name("REASON")
        .help("Show sensitive columns, too, and say why you need to see them; it is written to the audit log")
}

pub fn id_arg(resource: &ResourceDef) -> Arg {
    let known_by = resource
        .fields
        .iter()
        .find(|f| f.filter && f.name == resource.title_field)
        .map(|f| format!(" or {}", f.label.to_lowercase()))
        .unwrap_or_default();
    Arg::new("id").value_name("ID").required(true).help(format!("Its id{known_by}"))
}

pub fn format_of(matches: &ArgMatches) -> Format {
    matches.get_one::<Format>("output").copied().unwrap_or(Format::Table)
}

/// The panel that this command talks to.
///
/// # Errors
/// When a profile is named that isn't there, or an address is none.
pub fn api_of(matches: &ArgMatches, environment: &Environment) -> Result<Api, Failure> {
    let reveal = matches.try_get_one::<String>("reveal").ok().flatten();
    Api::saying(&target_of(matches, environment)?, reveal.map(String::as_str))
}

/// The same as the person who signed in rather than as their key.
///
/// # Errors
/// As [`api_of`].
pub fn person_of(matches: &ArgMatches, environment: &Environment) -> Result<Api, Failure> {
    Api::new(&target_of(matches, environment)?.into_person())
}

fn target_of(matches: &ArgMatches, environment: &Environment) -> Result<profile::Target, Failure> {
    profile::target(matches.get_one::<String>("profile").map(String::as_str), environment)
}

fn host_commands() -> Vec<Command> {
    let anything = Arg::new("args")
        .num_args(0..)
        .trailing_var_arg(true)
        .allow_hyphen_values(true)
        .value_name("ARGS")
        .help("Passed on to psql, such as -c 'select 1' or -f file.sql");
    vec![
        Command::new("serve")
            .about("Start the panel and its worker, with a private PostgreSQL unless DATABASE_URL is set")
            .arg(
                Arg::new("no-worker")
                    .long("no-worker")
                    .action(ArgAction::SetTrue)
                    .help("Pages and API only; run quarterdeck worker beside it"),
            )
            .arg(config_arg()),
        Command::new("worker").about("Do background work only").arg(config_arg()),
        Command::new("migrate").about("Bring the database up to date and stop").arg(config_arg()),
        Command::new("psql")
            .about("psql on the database in use, as its owner")
            .disable_help_flag(true)
            .after_help("The configuration file is the one QUARTERDECK_CONFIG names.")
            .arg(anything),
        Command::new("version").about("Print the version"),
    ]
}

fn verify() -> Command {
    Command::new("verify")
        .about("Check every chain of the audit log; ends with 1 when a row was edited, removed or moved")
        .arg(
            Arg::new("checkpoints")
                .long("checkpoints")
                .value_name("PATH")
                .value_parser(value_parser!(PathBuf))
                .value_hint(ValueHint::AnyPath)
                .help("A file of checkpoints, or their folder: also find a database that is older than they are, or was rewritten"),
        )
        .arg(config_arg())
        .arg(format_arg())
}

fn email_arg() -> Arg {
    Arg::new("email").long("email").value_name("EMAIL").required(true)
}

fn password_arg() -> Arg {
    Arg::new("password-stdin")
        .long("password-stdin")
        .action(ArgAction::SetTrue)
        .required(true)
        .help("Read the password from standard input; it is never an argument")
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn script_commands() -> Vec<Command> {
    let profile = |help: &'static str| Arg::new("profile").long("profile").value_name("NAME").help(help);
    vec![
        Command::new("setup")
            .about("Create the first administrator, on the machine of the panel")
            .arg(email_arg())
            .arg(Arg::new("name").long("name").value_name("NAME").required(true))
            .arg(password_arg())
            .arg(config_arg())
            .arg(format_arg()),
        Command::new("recover-admin")
            .about("Break-glass, on the machine of the panel: a way back in for an owner who is locked out")
            .after_help(super::recover::HELP)
            .arg(Arg::new("email").long("email").value_name("EMAIL").help("Whose account; not needed where there is one owner"))
            .arg(Arg::new("name").long("name").value_name("NAME").help("Their name, for an owner who is made anew"))
            .arg(flag("password-stdin", "Set this password, read from standard input, instead of making a link"))
            .arg(flag("reactivate", "Lift the suspension of the account"))
            .arg(flag("make-owner", "Give an account the role owner; only where no active owner is left"))
            .arg(flag("clear-second-factors", "Forget its second factors and recovery codes; without this they are asked for as ever"))
            .arg(flag("lift-restrictions", "Forget the addresses staff may come from and the sign-in hours of owners, and let passwords count where a provider is the only way in"))
            .arg(config_arg())
            .arg(format_arg()),
        Command::new("login")
            .about("Sign in once and keep an API key in ~/.config/quarterdeck/profiles.toml")
            .arg(Arg::new("url").long("url").value_name("URL").help(format!("Address of the panel ({} without)", profile::DEFAULT_URL)))
            .arg(email_arg())
            .arg(password_arg())
            .after_help(
                "A second factor is asked for at the terminal. A script gives the code of an authenticator app, or a recovery code, \
                 as the second line of standard input.",
            )
            .arg(flag("user", "As an app user, for what you do with your own account; kept as a session, without a key"))
            .arg(profile("Keep it under this name (default without)")),
        Command::new("logout")
            .about("End the profile's API key and forget it")
            .arg(profile("The profile to forget (the last sign-in without)")),
        Command::new("completion")
            .about("Print the completion script for a shell")
            .arg(Arg::new("shell").value_name("SHELL").required(true).value_parser(EnumValueParser::<clap_complete::Shell>::new())),
    ]
}

fn shared_commands(registry: &Registry) -> Vec<Command> {
    let key = || {
        Arg::new("key")
            .value_name("KEY")
            .required(true)
            .value_parser(registry.settings().iter().map(|s| s.key).collect::<Vec<_>>())
            .hide_possible_values(true)
    };
    let version = || {
        Arg::new("if-match")
            .long("if-match")
            .value_name("VERSION")
            .help("Only if it still has this version; * for any. Without it, the version that is there now")
    };
    let settings = Command::new("settings")
        .about("Knobs of the installation")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(client_args(Command::new("list").about("Every setting with its value and where it comes from")))
        .subcommand(client_args(Command::new("get").about("One setting").arg(key())))
        .subcommand(client_args(
            Command::new("set")
                .about("Change a setting")
                .arg(key())
                .arg(
                    Arg::new("value")
                        .value_name("VALUE")
                        .required(true)
                        .allow_hyphen_values(true)
                        .help("As the setting wants it: text, a number, true or false, or JSON"),
                )
                .arg(version()),
        ))
        .subcommand(client_args(Command::new("reset").about("Go back to the default").arg(key()).arg(version())));
    let search = client_args(
        Command::new("search").about("Find people and things by their words").arg(Arg::new("text").value_name("TEXT").required(true)),
    );
    let api = client_args(
        Command::new("api")
            .about("Any request to the API, for what has no command of its own")
            .arg(
                Arg::new("method")
                    .value_name("METHOD")
                    .required(true)
                    .value_parser(["GET", "POST", "PATCH", "PUT", "DELETE"])
                    .ignore_case(true),
            )
            .arg(Arg::new("path").value_name("PATH").required(true).help("Below /api/v1, such as /explorer/main/tables?limit=5"))
            .arg(Arg::new("input").long("input").value_name("FILE").help("JSON body from a file, or from standard input with -"))
            .arg(
                Arg::new("header")
                    .long("header")
                    .value_name("NAME: VALUE")
                    .action(ArgAction::Append)
                    .help("A header, such as 'If-Match: \"3\"'"),
            ),
    );
    vec![settings, search, super::rows::command(), super::exports::command(), super::sql::command(), super::schema::command(), api]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry() -> Registry {
        crate::cli::registry().unwrap()
    }

    #[test]
    fn no_two_flags_or_commands_clash() {
        command(&registry()).debug_assert();
    }

    #[test]
    fn rows_are_listed_by_source_and_table() {
        let args = ["quarterdeck", "data", "main", "track", "list", "--schema", "music", "--filter", "id=gt.5", "-o", "json"];
        let matches = command(&registry()).try_get_matches_from(args).unwrap();
        let (_, data) = matches.subcommand().unwrap();
        assert_eq!(data.get_one::<String>("table").unwrap(), "track");
        assert_eq!(data.subcommand_matches("list").map(format_of), Some(Format::Json));
    }

    #[test]
    fn psql_gets_its_arguments_untouched() {
        let args = ["quarterdeck", "psql", "-o", "out.txt", "--help", "-c", "select 1", "-d", "other"];
        let matches = command(&registry()).try_get_matches_from(args).unwrap();
        let (_, psql) = matches.subcommand().unwrap();
        let passed: Vec<&str> = psql.get_many::<String>("args").unwrap().map(String::as_str).collect();
        assert_eq!(passed, args[2..]);
    }
}
