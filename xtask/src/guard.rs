//! Rules that keep the tree as it is meant to be. Each finding names the file, the rule and what to do.

use crate::Outcome;
use crate::promises;
use crate::sources::{files, read, rooms};
use std::path::{Path, PathBuf};

/// Lines that a file may have before it has to be split.
const LONGEST_FILE: usize = 400;
/// Lines of the kernel without tests: the eight words and the life of a change.
const KERNEL_LINES: usize = 6000;
/// Lines of its list engine, which is a language of its own (grammar, SQL, JSON).
const LIST_LINES: usize = 4600;

pub fn check(root: &Path) -> Outcome {
    let mut findings = Vec::new();
    dependencies(root, &mut findings)?;
    sizes(root, &mut findings)?;
    features(root, &mut findings)?;
    migrations(root, &mut findings);
    promises::check(root, &mut findings)?;
    if findings.is_empty() { Ok(()) } else { Err(format!("{}\n{} rules are broken.", findings.join("\n"), findings.len())) }
}

fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

/// Rooms know the kernel and each other's names not at all; only the host knows the web framework.
fn dependencies(root: &Path, findings: &mut Vec<String>) -> Outcome {
    let rooms = rooms(root);
    for room in &rooms {
        let manifest = read(&root.join(format!("crates/{room}/Cargo.toml")))?;
        for name in dependencies_of(&manifest) {
            let other_room = rooms.contains(&name) && name != *room;
            if other_room || matches!(name.as_str(), "host" | "quarterdeck") {
                findings.push(format!(
                    "crates/{room}/Cargo.toml: a room may not depend on {name}; let them meet through kernel values (events, settings, ids)"
                ));
            }
            if name.starts_with("axum") || name.starts_with("tower") {
                findings
                    .push(format!("crates/{room}/Cargo.toml: a room may not use {name}; declare resources, actions or kernel::Endpoint"));
            }
        }
        for path in files(&root.join(format!("crates/{room}/src"))) {
            if read(&path).is_ok_and(|text| text.contains("axum::")) {
                findings.push(format!("{}: a room may not use axum", shown(root, &path)));
            }
        }
    }
    // What rooms stand on knows neither them nor what stands above them.
    for (library, also) in [("kernel", "mail"), ("mail", "quarterdeck"), ("pgprepared", "kernel"), ("pgtls", "kernel")] {
        let path = format!("crates/{library}/Cargo.toml");
        let Ok(manifest) = read(&root.join(&path)) else { continue };
        for name in dependencies_of(&manifest).into_iter().filter(|n| rooms.contains(n) || n == "host" || n == also) {
            findings.push(format!("{path}: {library} is below {name} and can't know it"));
        }
    }
    Ok(())
}

/// Names below `[dependencies]`; development dependencies may be anything.
fn dependencies_of(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.trim() == "[dependencies]";
            if let Some(name) = line.strip_prefix("[dependencies.").and_then(|rest| rest.strip_suffix(']')) {
                names.push(name.to_owned());
            }
        } else if inside && let Some(name) = line.split(['.', '=', ' ']).next().filter(|n| !n.is_empty() && !n.starts_with('#')) {
            names.push(name.to_owned());
        }
    }
    names
}

fn sizes(root: &Path, findings: &mut Vec<String>) -> Outcome {
    for folder in ["crates", "xtask", "ui/src", "ui/e2e", "ui/tools", "bench"] {
        for path in files(&root.join(folder)) {
            let source = path.extension().and_then(|e| e.to_str()).is_some_and(|e| matches!(e, "rs" | "ts" | "tsx"));
            if !source || path.to_string_lossy().ends_with(".d.ts") {
                continue;
            }
            let lines = read(&path)?.lines().count();
            if lines > LONGEST_FILE {
                findings.push(format!("{}: {lines} lines; split it, a file has at most {LONGEST_FILE}", shown(root, &path)));
            }
        }
    }
    let source = root.join("crates/kernel/src");
    let (mut kernel, mut list) = (0, 0);
    for path in files(&source) {
        let lines = lines_without_tests(&read(&path)?);
        if path.starts_with(source.join("list")) { list += lines } else { kernel += lines }
    }
    if kernel > KERNEL_LINES {
        findings
            .push(format!("crates/kernel: {kernel} lines without tests; it has at most {KERNEL_LINES}, so that it can be known by heart"));
    }
    if list > LIST_LINES {
        findings.push(format!("crates/kernel/src/list: {list} lines without tests; it has at most {LIST_LINES}"));
    }
    Ok(())
}

fn lines_without_tests(text: &str) -> usize {
    text.lines().take_while(|line| *line != "#[cfg(test)]").count()
}

/// A feature of the user interface imports the kit, the shell and the library, never another feature.
fn features(root: &Path, findings: &mut Vec<String>) -> Outcome {
    let home = root.join("ui/src/features");
    for path in files(&home).into_iter().filter(|p| p.extension().is_some_and(|e| e == "ts" || e == "tsx")) {
        let Some(own) = path.strip_prefix(&home).ok().and_then(|p| p.components().next()) else { continue };
        let own = own.as_os_str().to_string_lossy().into_owned();
        for specifier in imports(&read(&path)?) {
            let other = feature_of(&home, &path, &specifier).filter(|other| *other != own);
            if let Some(other) = other {
                findings.push(format!(
                    "{}: the feature {own} may not import from the feature {other}; move what both need to kit or lib",
                    shown(root, &path)
                ));
            }
        }
    }
    Ok(())
}

/// What a module imports: the quoted text after `from` or `import`.
fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in ["from ", "import ", "import("] {
        for (at, _) in text.match_indices(word) {
            let rest = text[at + word.len()..].trim_start();
            let Some(quote) = rest.chars().next().filter(|c| *c == '"' || *c == '\'') else { continue };
            if let Some(specifier) = rest[1..].split(quote).next() {
                found.push(specifier.to_owned());
            }
        }
    }
    found
}

/// The feature that an import leads to, if it leads into one.
fn feature_of(home: &Path, from: &Path, specifier: &str) -> Option<String> {
    let target = if specifier.starts_with('.') {
        let mut target = from.parent()?.to_path_buf();
        for part in specifier.split('/') {
            match part {
                "." | "" => {}
                ".." => {
                    target.pop();
                }
                name => target.push(name),
            }
        }
        target
    } else {
        let inside =
            specifier.split_once("features/").filter(|(before, _)| matches!(*before, "@/" | "~/" | "src/" | "#")).map(|(_, rest)| rest)?;
        home.join(PathBuf::from(inside))
    };
    target.strip_prefix(home).ok()?.components().next().map(|c| c.as_os_str().to_string_lossy().into_owned())
}

/// `<14 digits>_<room>_<what>.sql`, each time once, each room one that exists.
fn migrations(root: &Path, findings: &mut Vec<String>) {
    let rooms = rooms(root);
    let mut times: Vec<String> = Vec::new();
    for path in files(&root.join("migrations")) {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let parts = name.strip_suffix(".sql").and_then(|n| Some((n.split_once('_')?.0, n.split_once('_')?.1.split_once('_')?)));
        let Some((time, (room, what))) = parts else {
            findings.push(format!("migrations/{name}: it must be called <timestamp>_<room>_<what>.sql"));
            continue;
        };
        if time.len() != 14 || !time.bytes().all(|b| b.is_ascii_digit()) {
            findings.push(format!("migrations/{name}: it must begin with 14 digits, such as 20261120100000"));
        }
        if room != "kernel" && !rooms.iter().any(|r| r == room) {
            findings.push(format!("migrations/{name}: there is no room {room}"));
        }
        if what.is_empty() || !what.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            findings.push(format!("migrations/{name}: small letters, digits and _ only"));
        }
        if times.iter().any(|t| t == time) {
            findings.push(format!("migrations/{name}: another migration has the same timestamp, so their order is not certain"));
        }
        times.push(time.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::write;

    fn tree(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = std::env::temp_dir().join(format!("quarterdeck-guard-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&root));
        let base = [
            ("crates/kernel/Cargo.toml", "[dependencies]\n"),
            ("crates/desk/Cargo.toml", "[dependencies]\nkernel.workspace = true\n"),
            ("crates/shop/Cargo.toml", "[dependencies]\n"),
        ];
        for (path, text) in base.iter().chain(files) {
            write(&root.join(path), text).unwrap();
        }
        root
    }

    fn found(name: &str, files: &[(&str, &str)]) -> String {
        let root = tree(name, files);
        let outcome = check(&root);
        std::fs::remove_dir_all(root).unwrap();
        outcome.err().unwrap_or_default()
    }

    #[test]
    fn this_tree_keeps_its_rules() {
        if let Err(findings) = check(&crate::sources::root()) {
            panic!("{findings}");
        }
    }

    #[test]
    fn a_tidy_tree_passes() {
        let files = [
            ("migrations/20261120100000_desk_core.sql", ""),
            ("ui/src/features/desk/page.tsx", "import { a } from './part';\nimport { b } from '../../kit/table';"),
            ("crates/desk/src/lib.rs", "//! Desk."),
        ];
        assert_eq!(found("tidy", &files), "");
    }

    #[test]
    fn each_broken_rule_is_named() {
        let long = "\n".repeat(401);
        let cases: [(&str, &str, &str); 10] = [
            ("crates/mail/Cargo.toml", "[dependencies]\ndesk.workspace = true\n", "can't know it"),
            ("crates/kernel/Cargo.toml", "[dependencies]\nmail.workspace = true\n", "can't know it"),
            ("crates/desk/Cargo.toml", "[dependencies]\nshop = { path = \"../shop\" }\n", "may not depend on shop"),
            ("crates/desk/Cargo.toml", "[dependencies]\nhost.workspace = true\n", "may not depend on host"),
            ("crates/desk/src/lib.rs", "use axum::Router;", "may not use axum"),
            ("crates/desk/src/long.rs", &long, "401 lines"),
            ("ui/src/features/desk/page.tsx", "import { a } from '../shop/part';", "may not import from the feature shop"),
            ("ui/src/features/desk/other.ts", "export * from '@/features/shop/part';", "may not import from the feature shop"),
            ("migrations/2026_desk_core.sql", "", "14 digits"),
            ("migrations/20261120100000_nowhere_core.sql", "", "no room nowhere"),
        ];
        for (i, (path, text, expected)) in cases.iter().enumerate() {
            let said = found(&format!("broken{i}"), &[(path, text)]);
            assert!(said.contains(expected), "{path} {text:.40}: {said:?}");
        }
    }

    #[test]
    fn the_kernel_stays_small_and_its_tests_dont_count() {
        let code = "x\n".repeat(399);
        let many: Vec<(String, String)> = (0..16).map(|i| (format!("crates/kernel/src/m{i}.rs"), code.clone())).collect();
        let files: Vec<(&str, &str)> = many.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
        assert!(found("big", &files).contains("at most 6000"));
        let tested = format!("x\n#[cfg(test)]\n{}", "y\n".repeat(300));
        assert_eq!(lines_without_tests(&tested), 1);
    }
}
