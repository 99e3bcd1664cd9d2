//! `new ROOM NOUN`: everything a resource needs, in the shape that every noun has, ready to be changed.

use crate::Outcome;
use crate::sources::{files, read, rooms, write};
use std::path::Path;
use std::process::Command;

const MIGRATION: &str = include_str!("../templates/migration.sql");
const NOUN: &str = include_str!("../templates/noun.rs");
const TEST: &str = include_str!("../templates/test.rs");

/// What the templates are filled with.
struct Names {
    room: String,
    /// `tax_code`: file, module.
    noun: String,
    /// `tax_codes`: table, function.
    nouns: String,
    group: String,
}

pub fn add(root: &Path, room: &str, noun: &str) -> Outcome {
    let rooms = rooms(root);
    if !rooms.iter().any(|r| r == room) {
        return Err(format!("There is no room {room}. There are: {}.", rooms.join(", ")));
    }
    let plain = !noun.is_empty()
        && noun.starts_with(|c: char| c.is_ascii_lowercase())
        && noun.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !plain {
        return Err(format!("{noun:?} is no noun: one thing in small letters, such as coupon or tax_code."));
    }
    let library = root.join(format!("crates/{room}/src/lib.rs"));
    let source = read(&library)?;
    let names = Names { room: room.into(), noun: noun.into(), nouns: plural(noun), group: group_of(root, room) };
    let file = root.join(format!("crates/{room}/src/{noun}.rs"));
    let test = root.join(format!("crates/quarterdeck/tests/it/{room}_{noun}.rs"));
    if file.exists() || test.exists() {
        return Err(format!("{} is there already.", if file.exists() { file.display() } else { test.display() }));
    }
    let migration = root.join(format!("migrations/{}_{room}_{}.sql", timestamp(root)?, names.nouns));
    let tests = root.join("crates/quarterdeck/tests/it/main.rs");
    let (registered, listed) = (register(&source, &names)?, add_module(&read(&tests)?, &format!("{room}_{noun}"))?);
    for (path, text) in [
        (&migration, names.fill(MIGRATION)),
        (&file, names.fill(NOUN)),
        (&test, names.fill(TEST)),
        (&library, registered),
        (&tests, listed),
    ] {
        write(path, &text)?;
        eprintln!("wrote {}", path.strip_prefix(root).unwrap_or(path).display());
    }
    eprintln!("Now say in {} what it is for, then: make gen && make test", file.strip_prefix(root).unwrap_or(&file).display());
    Ok(())
}

impl Names {
    fn fill(&self, template: &str) -> String {
        let spoken = |name: &str| capital(&name.replace('_', " "));
        let camel: String = self.noun.split('_').map(capital).collect();
        let article = if self.noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        let pairs = [
            ("{{room}}", self.room.clone()),
            ("{{group}}", self.group.clone()),
            ("{{nouns}}", self.nouns.clone()),
            ("{{Nouns}}", spoken(&self.nouns)),
            ("{{Label}}", spoken(&self.nouns)),
            ("{{One}}", spoken(&self.noun)),
            ("{{Noun}}", camel),
            ("{{a_noun}}", format!("{article}_{}", self.noun)),
            ("{{event}}", self.noun.replace('_', "-")),
            ("{{collection}}", self.nouns.replace('_', "-")),
        ];
        pairs.iter().fold(template.to_owned(), |text, (mark, value)| text.replace(mark, value))
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn plural(noun: &str) -> String {
    let vowel_y = ["ay", "ey", "oy", "uy"].iter().any(|end| noun.ends_with(end));
    if let Some(stem) = noun.strip_suffix('y').filter(|_| !vowel_y) {
        format!("{stem}ies")
    } else if ["s", "x", "z", "ch", "sh"].iter().any(|end| noun.ends_with(end)) {
        format!("{noun}es")
    } else {
        format!("{noun}s")
    }
}

/// The navigation group that the room's nouns stand in.
fn group_of(root: &Path, room: &str) -> String {
    let found = files(&root.join(format!("crates/{room}/src"))).iter().find_map(|path| {
        let text = read(path).ok()?;
        // Without the entry it shares with others (`people/keys`): a new noun has one of its own.
        Some(text.split_once(".group(\"")?.1.split(['"', '/']).next()?.to_owned())
    });
    found.unwrap_or_else(|| "settings".into())
}

/// Now in UTC, or just after the newest migration, so that it runs last.
fn timestamp(root: &Path) -> Result<String, String> {
    let date = Command::new("date").args(["-u", "+%Y%m%d%H%M%S"]).output().map_err(|e| format!("date can't be run: {e}"))?;
    let now: u64 = String::from_utf8_lossy(&date.stdout).trim().parse().map_err(|e| format!("date: {e}"))?;
    let times = files(&root.join("migrations")).into_iter().filter_map(|p| p.file_name()?.to_str()?.split('_').next()?.parse::<u64>().ok());
    Ok(times.max().map_or(now, |last| now.max(last + 1)).to_string())
}

/// Puts the noun into the room's table of contents: its module, its resource after the last one, its statements.
fn register(source: &str, names: &Names) -> Result<String, String> {
    let with_module = add_module(source, &names.noun)?;
    let mut lines: Vec<String> = with_module.lines().map(str::to_owned).collect();
    let at = lines.iter().rposition(|l| l.trim_start().starts_with(".resource(")).ok_or("lib.rs has no .resource( line to put it after")?;
    let end = statement_end(&lines, at);
    let indent: String = lines[at].chars().take_while(|c| c.is_whitespace()).collect();
    let (noun, nouns) = (&names.noun, &names.nouns);
    let event: String = names.noun.split('_').map(capital).collect();
    let ending = if lines[end].trim_end().ends_with(';') {
        lines[end] = lines[end].trim_end().trim_end_matches(';').to_owned();
        ";"
    } else {
        ""
    };
    lines.insert(end + 1, format!("{indent}.resource({noun}::{nouns}()).event::<{noun}::{event}Archived>(){ending}"));
    if let Some(at) = lines.iter().rposition(|l| l.contains("::store::STATEMENTS")) {
        let indent: String = lines[at].chars().take_while(|c| c.is_whitespace()).collect();
        if lines[at].trim().ends_with("::STATEMENTS,") {
            lines.insert(at + 1, format!("{indent}{noun}::store::STATEMENTS,"));
        } else {
            lines[at] = lines[at].replacen("::store::STATEMENTS", &format!("::store::STATEMENTS, {noun}::store::STATEMENTS"), 1);
        }
    }
    Ok(lines.join("\n") + "\n")
}

/// The last line of the call that begins at `at`: where its brackets are closed again.
fn statement_end(lines: &[String], at: usize) -> usize {
    let mut open = 0_i32;
    for (i, line) in lines.iter().enumerate().skip(at) {
        open += line
            .chars()
            .map(|c| match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            })
            .sum::<i32>();
        if open <= 0 {
            return i;
        }
    }
    at
}

/// `mod name;` in its alphabetical place among the others.
fn add_module(source: &str, name: &str) -> Result<String, String> {
    let fresh = format!("mod {name};");
    let mut lines: Vec<&str> = source.lines().collect();
    let is_module = |line: &&str| line.starts_with("mod ") && line.ends_with(';');
    let last = lines.iter().rposition(is_module).ok_or("there is no mod line to put it beside")?;
    let at = lines.iter().position(|l| is_module(l) && *l > fresh.as_str() && name_of(l) > name).unwrap_or(last + 1);
    lines.insert(at, &fresh);
    Ok(lines.join("\n") + "\n")
}

fn name_of(line: &str) -> &str {
    line.trim_start_matches("mod ").trim_end_matches(';')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names { room: "shop".into(), noun: "tax_code".into(), nouns: "tax_codes".into(), group: "people".into() }
    }

    #[test]
    fn nouns_have_their_plural() {
        assert_eq!(["coupon", "category", "tax_code", "box", "day"].map(plural), ["coupons", "categories", "tax_codes", "boxes", "days"]);
    }

    #[test]
    fn a_noun_is_registered_after_the_last_resource() {
        let source = "//! Shop.\n\nmod account;\nmod users;\n\npub fn module() -> Module {\n    Module::new(\"shop\", \"Shop\", \"box\")\n        .resource(users::resource())\n        .resource(\n            account::resource(),\n        )\n        .job::<Sweep>()\n}\n\npub fn statements() -> Vec<&'static str> {\n    [\n        users::store::STATEMENTS,\n    ]\n    .concat()\n}\n";
        let made = register(source, &names()).unwrap();
        assert!(made.contains("mod account;\nmod tax_code;\nmod users;\n"));
        assert!(
            made.contains(
                "        )\n        .resource(tax_code::tax_codes()).event::<tax_code::TaxCodeArchived>()\n        .job::<Sweep>()"
            )
        );
        assert!(made.contains("users::store::STATEMENTS,\n        tax_code::store::STATEMENTS,\n"));
    }

    #[test]
    fn a_template_has_no_mark_left() {
        for template in [MIGRATION, NOUN, TEST] {
            assert!(!names().fill(template).contains("{{"));
        }
        assert!(names().fill(NOUN).contains("Resource::<TaxCode>::new(\"tax-codes\", \"shop.tax_codes\")"));
    }

    #[test]
    fn what_is_no_room_or_no_noun_is_refused() {
        let root = crate::sources::root();
        assert!(add(&root, "nowhere", "coupon").is_err());
        assert!(add(&root, "identity", "Coupon; drop").is_err());
        assert!(add(&root, "identity", "staff").is_err(), "what is there is not overwritten");
    }
}
