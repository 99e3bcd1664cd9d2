//! The commands of one collection: `list`, `get`, and every action of the registry.

use crate::cli::flags::{self, Flag};
use crate::cli::tree::{client_args, id_arg};
use clap::{Arg, ArgAction, Command, value_parser};
use kernel::action::{ActionDef, ActionKind, Risk, TargetKind};
use kernel::field::FieldType;
use kernel::resource::ResourceDef;

/// Everything below `quarterdeck <collection>`.
pub fn command(resource: &ResourceDef) -> Command {
    command_without(resource, &[])
}

/// The same but for these actions.
pub fn command_without(resource: &ResourceDef, skip: &[&str]) -> Command {
    let mut command = Command::new(resource.name)
        .about(resource.description)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(list(resource))
        .subcommand(client_args(Command::new("get").about(format!("Show one {}", one(resource))).arg(id_arg(resource))));
    for action in resource.actions.iter().filter(|action| !skip.contains(&action.name)) {
        command = command.subcommand(action_command(resource, action));
        if action.kind == ActionKind::Create && resource.action("add").is_none() {
            command = command.subcommand(add(resource, action));
        }
    }
    command
}

pub fn one(resource: &ResourceDef) -> String {
    resource.singular.to_lowercase()
}

/// With its article: `a user`, `an organization`.
fn an(resource: &ResourceDef) -> String {
    let one = one(resource);
    let article = if one.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {one}")
}

fn list(resource: &ResourceDef) -> Command {
    client_args(list_args(Command::new("list").about(format!("List {}", resource.label.to_lowercase()))))
}

/// Which rows are meant, and how.
pub fn filter_args(command: Command) -> Command {
    command
        .arg(
            Arg::new("filter")
                .long("filter")
                .value_name("COLUMN=OP.VALUE")
                .action(ArgAction::Append)
                .help("Only what matches, such as status=eq.active; may be given several times"),
        )
        .arg(Arg::new("search").long("search").value_name("TEXT").help("Only what contains this text"))
        .arg(Arg::new("order").long("order").value_name("COLUMN.DIRECTION").help("Sort, such as created_at.desc,name"))
        .arg(Arg::new("select").long("select").value_name("COLUMNS").help("Only these columns, separated by commas"))
}

/// The parameters of every list: resources and rows of tables.
pub fn list_args(command: Command) -> Command {
    filter_args(command)
        .arg(
            Arg::new("limit")
                .long("limit")
                .value_name("N")
                .value_parser(value_parser!(u32).range(1..=1000))
                .help("At most this many (100 without, 1000 at most)"),
        )
        .arg(Arg::new("all").long("all").action(ArgAction::SetTrue).conflicts_with("cursor").help("Every page, not only the first"))
        .arg(Arg::new("cursor").long("cursor").value_name("CURSOR").help("Start at the page that an earlier list named"))
        .arg(Arg::new("count").long("count").value_parser(["exact", "planned", "estimated"]).help("Also say how many there are"))
}

/// The flags of an action's input.
pub fn flags_of(resource: &ResourceDef, action: &ActionDef) -> Vec<Flag> {
    flags::of_schema(&action.input, Some(resource))
}

fn with_flags(command: Command, flags: &[Flag], skip: &[String]) -> Command {
    let mut command = command.args(flags.iter().filter(|f| !skip.contains(&f.field)).map(Flag::arg));
    if !flags.is_empty() {
        command = command
            .arg(Arg::new("input").long("input").value_name("FILE").help("Take the input from a JSON file, or from standard input with -"));
    }
    if flags.iter().any(|f| f.nullable) {
        command = command.arg(Arg::new("null").long("null").value_name("FIELD").action(ArgAction::Append).help("Empty this field"));
    }
    command
}

fn action_command(resource: &ResourceDef, action: &ActionDef) -> Command {
    let about = match action.kind {
        ActionKind::Verb if action.target == TargetKind::None => action.label.clone(),
        ActionKind::Verb => format!("{}: {}{}", action.label, an(resource), if action.bulk { ", or many" } else { "" }),
        _ => format!("{} {}{}", action.label, an(resource), if action.bulk { ", or many" } else { "" }),
    };
    let mut command = Command::new(action.name).about(about.replace("  ", " "));
    if let Some(text) = action.confirm {
        command = command.after_help(text);
    }
    if action.target == TargetKind::One {
        let id = id_arg(resource);
        command = command.arg(if action.bulk { id.required(false).required_unless_present("where") } else { id });
        if resource.versioned && !matches!(action.kind, ActionKind::Create) {
            let help = "Only if it still has this version; * for any. Without it, the version that is there now";
            command = command.arg(Arg::new("if-match").long("if-match").value_name("VERSION").help(help));
        }
        if action.bulk {
            command = command
                .arg(
                    Arg::new("where")
                        .long("where")
                        .value_name("FILTER")
                        .conflicts_with_all(["id", "if-match"].iter().filter(|a| **a == "id" || resource.versioned))
                        .help("Do it to all that match, such as 'status=eq.active&search=ada'"),
                )
                .arg(
                    Arg::new("expected")
                        .long("expected")
                        .value_name("N")
                        .requires("where")
                        .value_parser(value_parser!(u64))
                        .help("How many that is; any other number, and nothing is done"),
                )
                .arg(
                    Arg::new("except")
                        .long("except")
                        .value_name("ID")
                        .requires("where")
                        .action(ArgAction::Append)
                        .help("Leave this one out"),
                );
        }
    }
    command = with_flags(command, &flags_of(resource, action), &[]);
    if action.risk == Risk::Danger {
        command = command.arg(Arg::new("yes").long("yes").short('y').action(ArgAction::SetTrue).help("Don't ask"));
    }
    client_args(command)
}

/// `sources add NAME URL`: creation with the required words in place, for the hand.
fn add(resource: &ResourceDef, action: &ActionDef) -> Command {
    let flags = flags_of(resource, action);
    let places = positional(resource, &flags);
    let mut command = Command::new("add").about(format!("Create {}; what it must have is given in this order", an(resource)));
    for (field, flag) in places.iter().filter_map(|field| Some((field, flags.iter().find(|f| f.field == *field)?))) {
        command = command.arg(Arg::new(field.clone()).value_name(field.to_uppercase()).required(true).help(flag.help.clone()));
    }
    client_args(with_flags(command, &flags, &places))
}

/// The fields that `add` takes in place: those a person must give as a line of text.
pub fn positional(resource: &ResourceDef, flags: &[Flag]) -> Vec<String> {
    let text = |flag: &&Flag| {
        let secret = resource.field(&flag.field).is_some_and(|f| f.kind == FieldType::Password);
        flag.required && flag.kind == flags::Kind::Text && !secret
    };
    flags.iter().filter(text).map(|f| f.field.clone()).collect()
}
