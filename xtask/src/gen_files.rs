//! Files made from the registry: the API's description, the command line's page, and through npm the typed client.

use crate::Outcome;
use crate::sources;
use crate::sources::{read, root};
use quarterdeck::cli;
use std::path::Path;
use std::process::Command;

/// What is generated from the registry alone: path below the root, and text.
fn made() -> Result<Vec<(&'static str, String)>, String> {
    let registry = cli::registry().map_err(|e| format!("the registry doesn't hold together: {e}"))?;
    let document = host::openapi::document(&registry, quarterdeck::product().version);
    let openapi = serde_json::to_string_pretty(&document).map_err(|e| e.to_string())? + "\n";
    Ok(vec![("docs/openapi.json", openapi), ("docs/cli.md", cli::reference::markdown(&registry))])
}

fn write_all(root: &Path) -> Outcome {
    for (path, text) in made()? {
        let path = root.join(path);
        if read(&path).is_ok_and(|old| old == text) {
            continue;
        }
        sources::write(&path, &text)?;
        eprintln!("made {}", path.display());
    }
    Ok(())
}

pub fn write() -> Outcome {
    let root = root();
    write_all(&root)?;
    let tools = root.join("ui/tools");
    if !tools.join("node_modules").is_dir() {
        eprintln!("ui/tools has no node_modules, so the typed client was left alone; make gen makes it too");
        return Ok(());
    }
    let made =
        Command::new("npm").args(["run", "--silent", "gen"]).current_dir(&tools).status().map_err(|e| format!("npm can't be run: {e}"))?;
    if made.success() { Ok(()) } else { Err("the typed client could not be made from docs/openapi.json".into()) }
}

/// Says which committed file differs from what would be made now, and where.
pub fn check() -> Outcome {
    let root = root();
    let mut differing = Vec::new();
    for (path, text) in made()? {
        let kept = read(&root.join(path)).unwrap_or_default();
        if kept != text {
            let line = kept.lines().zip(text.lines()).take_while(|(a, b)| a == b).count() + 1;
            differing.push(format!("{path} differs from line {line} on"));
        }
    }
    if differing.is_empty() { Ok(()) } else { Err(format!("{}\nRun make gen and commit what it changes.", differing.join("\n"))) }
}
