//! `prove-recipe`: the recipe "add a resource" on a copy of the sources, up to the sweeps that every noun has to pass.

use crate::Outcome;
use crate::scaffold;
use crate::sources::{files, root};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What the workspace needs to be built.
const PARTS: [&str; 4] = ["crates", "xtask", "migrations", "fixtures"];
const FILES: [&str; 4] = ["Cargo.toml", "Cargo.lock", "clippy.toml", "rustfmt.toml"];

/// Where the copy is built.
const BUILD: &str = "recipe-build";

pub fn prove() -> Outcome {
    let root = root();
    let copy = root.join("target/recipe");
    mirror(&root, &copy)?;
    borrow(&root.join("target/debug"), &copy.with_file_name(BUILD).join("debug"))?;
    scaffold::add(&copy, "identity", "coupon")?;
    // The copy's own generated files, so that the sweep of the documents has the new noun to compare with.
    run(&copy, &["run", "--quiet", "--package", "xtask", "--", "gen"])?;
    run(&copy, &["run", "--quiet", "--package", "xtask", "--", "guard"])?;
    run(&copy, &["test", "--quiet", "--package", "quarterdeck", "--test", "it", "--", "sweeps", "identity_coupon"])
}

/// Makes `copy` the same as the sources. Files that are the same keep their time, so that cargo builds only what is new.
fn mirror(root: &Path, copy: &Path) -> Outcome {
    let wanted: Vec<_> =
        PARTS.iter().flat_map(|part| files(&root.join(part))).chain(FILES.iter().map(|f| root.join(f)).filter(|p| p.is_file())).collect();
    let place = |path: &Path| path.strip_prefix(root).map(|p| copy.join(p)).map_err(|e| e.to_string());
    for part in PARTS {
        for path in files(&copy.join(part)) {
            let original = path.strip_prefix(copy).map(|p| root.join(p)).map_err(|e| e.to_string())?;
            if !original.is_file() {
                fs::remove_file(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            }
        }
    }
    for path in wanted {
        let to = place(&path)?;
        let bytes = fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        if fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        let folder = to.parent().unwrap_or(copy);
        fs::create_dir_all(folder).and_then(|()| fs::write(&to, bytes)).map_err(|e| format!("{}: {e}", to.display()))?;
    }
    // The panel's pages are embedded; empty ones do for the sweeps.
    fs::create_dir_all(copy.join("ui/dist")).and_then(|()| fs::create_dir_all(copy.join("docs"))).map_err(|e| e.to_string())
}

/// Takes over what was built of others' crates, which is the same for the copy and takes minutes to build again.
fn borrow(from: &Path, to: &Path) -> Outcome {
    const PARTS: [&str; 3] = ["deps", "build", ".fingerprint"];
    if to.exists() {
        return Ok(());
    }
    let own: Vec<String> = names(&root().join("crates")).chain(["xtask".into()]).map(|name| name.replace('-', "_")).collect();
    for part in PARTS {
        for name in names(&from.join(part)) {
            let package = name.rsplit_once('-').map_or(name.as_str(), |(package, _)| package).replace('-', "_");
            let package = if part == "deps" { package.strip_prefix("lib").unwrap_or_default() } else { &package };
            if !package.is_empty() && !own.iter().any(|one| one == package) {
                link(&from.join(part).join(&name), &to.join(part).join(&name))?;
            }
        }
    }
    Ok(())
}

fn names(folder: &Path) -> impl Iterator<Item = String> {
    fs::read_dir(folder).into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().into_string().ok())
}

/// The same file under another name, or a folder of such.
fn link(from: &Path, to: &Path) -> Outcome {
    if from.is_dir() {
        return names(from).try_for_each(|name| link(&from.join(&name), &to.join(&name)));
    }
    let made = fs::create_dir_all(to.parent().unwrap_or(to)).and_then(|()| fs::hard_link(from, to));
    made.map_err(|e| format!("{}: {e}", to.display()))
}

/// Runs cargo in the copy, with a target folder of its own: cargo tells workspaces apart by nothing but their place
/// inside themselves, so in a shared one it would take what was built from the copy for the real thing.
fn run(copy: &Path, args: &[&str]) -> Outcome {
    eprintln!("cargo {}", args.join(" "));
    let mut command = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    command.args(args).current_dir(copy).env("CARGO_TARGET_DIR", copy.with_file_name(BUILD));
    let status = command.status().map_err(|e| format!("cargo can't be run: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("The recipe doesn't hold: cargo {} failed in {}", args.join(" "), copy.display())) }
}
