//! What a statement begins with that a run won't do, said before it is sent. What gets past these words is found by
//! what PostgreSQL says afterwards: see `session.rs`.

use super::ask::Mode;
use kernel::problem::Kind;
use kernel::{Problem, Result};

/// # Errors
/// 422 at the text, with what to do instead.
pub fn check(words: &[String], mode: Mode, in_place: bool) -> Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if mode != Mode::Autocommit && ends_transaction(&words) {
        let detail = match mode {
            Mode::Read => "The panel begins and ends the transaction, which is read-only. Choose autocommit to do that yourself",
            _ => "The panel begins the transaction and commits it at the end. Choose autocommit to do that yourself",
        };
        return Err(Problem::field("sql", "transaction", format!("{}: {detail}", first(&words))));
    }
    if in_place && leaves_role(&words) {
        return Err(Problem::new(
            Kind::Forbidden,
            format!("{}: the role stays what it is while you see tables in somebody's place", first(&words)),
        ));
    }
    Ok(())
}

fn first(words: &[&str]) -> String {
    words.iter().take(3).map(|word| word.to_uppercase()).collect::<Vec<_>>().join(" ")
}

/// A savepoint may be gone back to.
fn ends_transaction(words: &[&str]) -> bool {
    match words {
        ["begin" | "commit" | "end" | "abort", ..] | ["start" | "prepare", "transaction", ..] => true,
        ["rollback", ..] => !goes_back(words),
        _ => false,
    }
}

/// `rollback to savepoint`, which ends nothing.
#[must_use]
pub fn goes_back(words: &[&str]) -> bool {
    matches!(words, ["rollback", "to", ..] | ["rollback", "work" | "transaction", "to", ..])
}

fn leaves_role(words: &[&str]) -> bool {
    let is_role = |word: &str| matches!(word, "role" | "session_authorization" | "all");
    match words {
        ["discard", "all", ..] => true,
        ["set" | "reset", "session", "authorization", ..] | ["set", "local" | "session", "session", "authorization", ..] => true,
        ["set", "local" | "session", word, ..] | ["set" | "reset", word, ..] => is_role(word),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::split::split;

    fn refused(sql: &str, mode: Mode, in_place: bool) -> bool {
        check(&split(sql)[0].words, mode, in_place).is_err()
    }

    #[test]
    fn a_transaction_of_the_panels_is_not_ended_by_the_text() {
        for sql in [
            "commit",
            "Commit and chain",
            "END",
            "abort",
            "rollback",
            "rollback and chain",
            "begin",
            "start transaction",
            "prepare transaction 'x'",
        ] {
            assert!(refused(sql, Mode::Read, false) && refused(sql, Mode::Transaction, false), "{sql}");
            assert!(!refused(sql, Mode::Autocommit, false), "{sql}");
        }
        for sql in ["savepoint a", "release a", "rollback to a", "rollback work to savepoint a", "prepare p as select 1", "select 1"] {
            assert!(!refused(sql, Mode::Read, true), "{sql}");
        }
    }

    #[test]
    fn nobody_leaves_the_place_of_another() {
        for sql in [
            "set role x",
            "set local role x",
            "SET SESSION ROLE x",
            "set \"role\" to x",
            "reset role",
            "reset all",
            "set session authorization x",
            "set local session authorization x",
            "set session_authorization = x",
            "reset session authorization",
            "discard all",
        ] {
            assert!(refused(sql, Mode::Transaction, true), "{sql}");
            assert!(!refused(sql, Mode::Transaction, false), "{sql}");
        }
        assert!(!refused("set local work_mem = '64MB'", Mode::Transaction, true));
    }
}
