//! `docs/security.md` says which test shows that a fault isn't there; each of them must exist.

use crate::Outcome;
use crate::sources::read;
use std::path::Path;

/// Where the table is.
const PLACE: &str = "docs/security.md";

/// Every test that the tables name: `file::name`, where a file without a folder is one of the product's.
pub fn check(root: &Path, findings: &mut Vec<String>) -> Outcome {
    let Ok(text) = read(&root.join(PLACE)) else { return Ok(()) };
    for (line, name) in named(&text) {
        let Some((file, test)) = name.rsplit_once("::") else { continue };
        let path = if file.contains('/') { file.to_owned() } else { format!("crates/quarterdeck/tests/it/{file}.rs") };
        let there =
            read(&root.join(&path)).is_ok_and(|source| source.contains(&format!("fn {test}(")) || source.contains(&format!("\"{test}\"")));
        if !there {
            findings.push(format!("{PLACE}:{line}: there is no test {test} in {path}"));
        }
    }
    Ok(())
}

/// What stands between backticks in the last cell of a table's row, with its line.
fn named(text: &str) -> Vec<(usize, String)> {
    let rows = text.lines().enumerate().filter(|(_, line)| line.starts_with('|'));
    rows.flat_map(|(at, line)| {
        let cell = line.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap_or_default();
        cell.split('`').skip(1).step_by(2).map(move |name| (at + 1, name.to_owned())).collect::<Vec<_>>()
    })
    .filter(|(_, name)| name.contains("::"))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::write;

    #[test]
    fn a_test_that_is_promised_must_exist() {
        let root = std::env::temp_dir().join(format!("quarterdeck-promises-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&root));
        let table =
            "| Fault | Test |\n|---|---|\n| a | `doors::they_close`, `doors::they_lock` |\n| b | `crates/host/src/x.rs::it_holds` |\n";
        write(&root.join(PLACE), table).unwrap();
        write(&root.join("crates/quarterdeck/tests/it/doors.rs"), "async fn they_close() {}").unwrap();
        write(&root.join("crates/host/src/x.rs"), "fn it_holds() {}").unwrap();
        let mut findings = Vec::new();
        check(&root, &mut findings).unwrap();
        std::fs::remove_dir_all(root).unwrap();
        assert_eq!(findings, ["docs/security.md:3: there is no test they_lock in crates/quarterdeck/tests/it/doors.rs"]);
    }
}
