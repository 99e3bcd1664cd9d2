//! What makes a password good enough: length, no known password, nothing from the account itself, hard to guess.
//! There are no rules of composition and no expiry (NIST SP 800-63B, OWASP ASVS 5 V6.2).

use kernel::problem::FieldError;
use kernel::{Problem, Result};
use std::collections::HashSet;
use std::sync::LazyLock;
use zxcvbn::Score;

/// Longest password taken, in characters; a longer one only makes us work.
pub const LONGEST: usize = 1024;

/// How many characters the password of whom must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    Staff,
    User,
}

impl Policy {
    /// Fewest characters.
    #[must_use]
    pub const fn shortest(self) -> usize {
        match self {
            Self::Staff => 12,
            Self::User => 10,
        }
    }
}

static KNOWN: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("known_passwords.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#')).collect());

/// Characters that the guessing estimate looks at; it needs quadratic time.
const ESTIMATED: usize = 100;

/// Checks a new password; `context` has the words of its account and platform, such as the e-mail address.
///
/// # Errors
/// 422 at the field `password`, with what to do instead.
pub fn check(policy: Policy, password: &str, context: &[&str]) -> Result<()> {
    fault(policy, password, context).map_or(Ok(()), |error| Err(Problem::validation(vec![error])))
}

/// What is wrong with it, if anything.
#[must_use]
pub fn fault(policy: Policy, password: &str, context: &[&str]) -> Option<FieldError> {
    let says = |code: &str, message: String| Some(FieldError { field: "password".into(), code: code.into(), message });
    let length = password.chars().count();
    if length < policy.shortest() {
        return says("too_short", format!("Use at least {} characters; a few random words are easy to remember", policy.shortest()));
    }
    if length > LONGEST {
        return says("too_long", format!("Use at most {LONGEST} characters"));
    }
    let lower = password.to_lowercase();
    let letters = lower.trim_matches(|c: char| !c.is_alphabetic());
    if KNOWN.contains(lower.as_str()) || KNOWN.contains(letters) {
        return says("known", "This is one of the passwords that are tried first. Choose another".into());
    }
    let words = words(context);
    if let Some(word) = words.iter().find(|word| lower.contains(word.as_str()) && length - word.chars().count() < 8) {
        return says(
            "context",
            format!("This is mostly \"{word}\", which anybody can guess. Choose something that has nothing to do with the account"),
        );
    }
    let start: String = password.chars().take(ESTIMATED).collect();
    let inputs: Vec<&str> = words.iter().map(String::as_str).collect();
    let estimate = zxcvbn::zxcvbn(&start, &inputs);
    if estimate.score() < Score::Three {
        let why =
            estimate.feedback().and_then(|f| f.warning()).map(|w| format!(": {}", w.to_string().trim_end_matches('.'))).unwrap_or_default();
        return says("guessable", format!("This is too easy to guess{why}. Add another word or two"));
    }
    None
}

/// The words of at least four letters in what is known about an account.
fn words(context: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = context
        .iter()
        .flat_map(|text| {
            let text = text.to_lowercase();
            let mut parts: Vec<String> = text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
            parts.push(text);
            parts
        })
        .filter(|word| word.chars().count() >= 4)
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(password: &str) -> Option<String> {
        fault(Policy::Staff, password, &["ada.lovelace@example.com", "Ada Lovelace", "Quarterdeck"]).map(|e| e.code)
    }

    #[test]
    fn a_few_random_words_are_good() {
        assert_eq!(code("correct-horse-battery-staple-42"), None);
        assert_eq!(code("violet tundra biscuit anchor"), None);
        assert_eq!(code("Żółć i źdźbło trawy nad rzeką"), None);
        assert_eq!(code(&"x9!kQ2#v".repeat(128)), None);
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        assert_eq!(code("short-one").as_deref(), Some("too_short"));
        assert_eq!(code(&"a".repeat(LONGEST + 1)).as_deref(), Some("too_long"));
        assert_eq!(code("passwordpassword").as_deref(), Some("known"));
        assert_eq!(code("Administrator2026!").as_deref(), Some("known"));
        assert_eq!(code("Lovelace-2026").as_deref(), Some("context"));
        assert_eq!(code("quarterdeck1").as_deref(), Some("context"));
        assert_eq!(code("aaaaaaaaaaaaaaaa").as_deref(), Some("guessable"));
        assert_eq!(code("qwertyuiop[]asdfgh").as_deref(), Some("guessable"));
    }

    #[test]
    fn app_users_may_have_shorter_ones() {
        assert!(fault(Policy::User, "t9#Lw2xQzv", &[]).is_none());
        assert!(fault(Policy::Staff, "t9#Lw2xQzv", &[]).is_some());
    }
}
