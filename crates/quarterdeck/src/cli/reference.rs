//! `docs/cli.md`, made from the commands themselves.

use super::exit::CODES;
use super::tree;
use clap::{Arg, ArgAction, Command};
use kernel::Registry;

/// The whole page.
#[must_use]
pub fn markdown(registry: &Registry) -> String {
    let command = tree::command(registry);
    let mut page = String::from(INTRODUCTION);
    for (code, meaning) in CODES {
        line(&mut page, &format!("| {code} | {meaning} |"));
    }
    line(&mut page, "\n## Commands\n");
    line(&mut page, "| | |\n|---|---|");
    for sub in command.get_subcommands() {
        line(&mut page, &format!("| [`{0}`](#{0}) | {1} |", sub.get_name(), about(sub)));
    }
    for sub in command.get_subcommands() {
        line(&mut page, &format!("\n## {}\n\n{}", sub.get_name(), about(sub)));
        group(&mut page, &format!("quarterdeck {}", sub.get_name()), sub);
    }
    page
}

/// A command, or everything below it.
fn group(page: &mut String, called: &str, command: &Command) {
    if command.get_subcommands().next().is_none() {
        return one(page, called, command);
    }
    let places: String = command.get_positionals().map(|a| format!(" {}", word(a))).collect();
    for verb in command.get_subcommands() {
        group(page, &format!("{called}{places} {}", verb.get_name()), verb);
    }
}

const INTRODUCTION: &str = "# Command line

`quarterdeck` is the panel, its worker and its command line in one program. The commands for people, keys, sources and
every other collection are made from the same declarations as the pages and the [HTTP API](api.md); this page is made
from the commands (`make gen`).

## Where it goes, and as whom

```sh
printf '%s\\n' \"$PASSWORD\" | quarterdeck login --url https://panel.example.com --email ada@example.com --password-stdin
quarterdeck users list --search ada
```

`login` keeps an API key of its own in `~/.config/quarterdeck/profiles.toml`, for your eyes only. Scripts set
`QUARTERDECK_URL` and `QUARTERDECK_TOKEN` instead; these win over a profile, and a profile's key is never sent to
another address than its own. `--profile` or `QUARTERDECK_PROFILE` picks another profile.

Where the account has a second factor, its code (or a recovery code) is asked for at the terminal; a script gives it as
the second line of standard input, after the password. Passkeys need a browser. `login --user` is for app users; it says
which of their organizations are closed to this sign-in, and why.

## Habits

- An object is named by its id, or by its name or e-mail address where that is unambiguous.
- Passwords come from standard input, never from an argument.
- `-o json`, `yaml` and `csv` are for programs: ids are whole, an empty list is `[]`, and everything else is said on
  standard error. In CSV, a text that a spreadsheet would take for a formula begins with an apostrophe; take JSON
  where every character counts.
- `update` and `delete` read the current version first and send it, so that a change of somebody else in between is not
  overwritten; `--if-match` says which version you mean.
- What can't be undone asks; without a terminal it needs `--yes`.
- `--where 'status=eq.active' --expected 12` does an action to all that match, if they are exactly that many. Without
  `--expected` it says how many there are and does nothing.

## Locked out

On the machine of the panel, `quarterdeck recover-admin` gives an owner a link to set a new password, whether the panel
runs or not. It needs the installation's secret key and its database and nothing else, and nothing in the panel can
switch it off. It is in the audit log before it does anything. It lifts a suspension with `--reactivate`, the
addresses and hours that keep staff out with `--lift-restrictions`, forgets second factors with
`--clear-second-factors`, and makes an owner where none is left.

## Shell completion

```sh
quarterdeck completion bash > /etc/bash_completion.d/quarterdeck
quarterdeck completion zsh > \"${fpath[1]}/_quarterdeck\"
quarterdeck completion fish > ~/.config/fish/completions/quarterdeck.fish
```

## Exit codes

| code | meaning |
|---|---|
";

fn line(page: &mut String, text: &str) {
    page.push_str(text);
    page.push('\n');
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn word(arg: &Arg) -> String {
    let name = arg.get_value_names().and_then(<[_]>::first).map_or_else(|| arg.get_id().to_string().to_uppercase(), ToString::to_string);
    let many = arg.get_num_args().is_some_and(|n| n.max_values() > 1);
    match (arg.is_required_set(), many) {
        (true, _) => name,
        (false, true) => format!("[{name}…]"),
        (false, false) => format!("[{name}]"),
    }
}

fn one(page: &mut String, called: &str, command: &Command) {
    let places: String = command.get_positionals().map(|a| format!(" {}", word(a))).collect();
    let required: String = command.get_opts().filter(|a| a.is_required_set()).map(|a| format!(" {}", flag(a))).collect();
    line(page, &format!("\n### `{called}{places}{required}`\n\n{}.", about(command).trim_end_matches('.')));
    if let Some(more) = command.get_after_help() {
        line(page, &format!("{more}"));
    }
    let args: Vec<&Arg> = command.get_arguments().filter(|a| !matches!(a.get_id().as_str(), "output" | "profile" | "help")).collect();
    if !args.is_empty() {
        line(page, "");
    }
    for arg in args {
        let name = if arg.is_positional() { word(arg) } else { flag(arg) };
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let values: Vec<String> = arg.get_possible_values().iter().map(|v| v.get_name().to_owned()).collect();
        let values = if values.is_empty() || arg.is_hide_possible_values_set() || !arg.get_action().takes_values() {
            String::new()
        } else {
            format!(" ({})", values.join(", "))
        };
        line(page, format!("- `{name}` {help}{values}").trim_end());
    }
}

fn flag(arg: &Arg) -> String {
    let long = arg.get_long().map(|l| format!("--{l}"));
    let short = arg.get_short().map(|s| format!("-{s}"));
    let names = [short, long].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let takes = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    match arg.get_value_names().filter(|_| takes) {
        Some([name, ..]) => format!("{names} {name}"),
        _ => names,
    }
}
