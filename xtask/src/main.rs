//! Chores of this repository: `cargo run -p xtask -- <chore>`.

mod gen_files;
mod guard;
mod promises;
mod recipe;
mod scaffold;
mod sources;

use std::process::ExitCode;

const HELP: &str = "cargo run -p xtask -- <chore>
  gen [--check]     Make docs/openapi.json, docs/cli.md and the typed client again; --check only says whether they differ
  new ROOM NOUN     Add a resource to a room: migration, file, test, registration
  guard             Check the rules of the tree: dependencies, sizes, names, promised tests
  prove-recipe      Add a resource to a copy of the sources and run the sweeps on it
  help              Show this";

/// What a chore says when it can't be done or found something.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["gen"] => gen_files::write(),
        ["gen", "--check"] => gen_files::check(),
        ["new", room, noun] => scaffold::add(&sources::root(), room, noun),
        ["guard"] => guard::check(&sources::root()),
        ["prove-recipe"] => recipe::prove(),
        [] | ["help" | "--help" | "-h"] => {
            eprintln!("{HELP}");
            Ok(())
        }
        _ => Err(format!("There is no such chore.\n{HELP}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
