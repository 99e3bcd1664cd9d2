//! What makes a password good enough: length, no known password, nothing from the account itself, hard to guess.
//! There is no expiry (NIST SP 800-63B, OWASP ASVS 5 V6.2), and rules of composition only where a setting asks for them.

use kernel::problem::FieldError;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::LazyLock;
use zxcvbn::Score;

/// Longest password taken, in characters; a longer one only makes us work.
pub const LONGEST: usize = 1024;

/// What a password must contain beside being hard to guess, for those whose auditors want it so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ingredient {
    UpperCase,
    LowerCase,
    Digit,
    Symbol,
}

impl Ingredient {
    fn is_in(self, password: &str) -> bool {
        password.chars().any(|c| match self {
            Self::UpperCase => c.is_uppercase(),
            Self::LowerCase => c.is_lowercase(),
            Self::Digit => c.is_numeric(),
            Self::Symbol => !c.is_alphanumeric() && !c.is_whitespace(),
        })
    }

    fn words(self) -> &'static str {
        match self {
            Self::UpperCase => "a capital letter",
            Self::LowerCase => "a small letter",
            Self::Digit => "a digit",
            Self::Symbol => "a symbol such as ! or -",
        }
    }
}

/// What is asked of a password; the sign-in pages are told, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Fewest characters.
    pub shortest: usize,
    pub ingredients: Vec<Ingredient>,
}

static KNOWN: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("known_passwords.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#')).collect());

/// Characters that the guessing estimate looks at; it needs quadratic time.
const ESTIMATED: usize = 100;

/// What is wrong with a new password, if anything: in the words of a person, with what to do instead. `context` has the
/// words of its account and platform, such as the e-mail address.
#[must_use]
pub fn fault(policy: &Policy, password: &str, context: &[&str]) -> Option<FieldError> {
    let says = |code: &str, message: String| Some(FieldError { field: "password".into(), code: code.into(), message });
    let length = password.chars().count();
    if length < policy.shortest {
        return says("too_short", format!("Use at least {} characters; a few random words are easy to remember", policy.shortest));
    }
    if length > LONGEST {
        return says("too_long", format!("Use at most {LONGEST} characters"));
    }
    let missing: Vec<&str> = policy.ingredients.iter().filter(|i| !i.is_in(password)).map(|i| i.words()).collect();
    if !missing.is_empty() {
        return says("composition", format!("Add {}", missing.join(" and ")));
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

    fn policy(shortest: usize, ingredients: &[Ingredient]) -> Policy {
        Policy { shortest, ingredients: ingredients.to_vec() }
    }

    fn code(password: &str) -> Option<String> {
        fault(&policy(12, &[]), password, &["ada.lovelace@example.com", "Ada Lovelace", "Quarterdeck"]).map(|e| e.code)
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
        assert!(fault(&policy(10, &[]), "t9#Lw2xQzv", &[]).is_none());
        assert!(fault(&policy(12, &[]), "t9#Lw2xQzv", &[]).is_some());
    }

    #[test]
    fn what_it_must_contain_is_asked_only_where_somebody_wants_it() {
        use Ingredient::{Digit, LowerCase, Symbol, UpperCase};
        let all = policy(12, &[UpperCase, LowerCase, Digit, Symbol]);
        let message = |password: &str| fault(&all, password, &[]).map(|e| (e.code, e.message));
        let missing = message("violet tundra biscuit anchor").unwrap();
        assert_eq!(missing, ("composition".into(), "Add a capital letter and a digit and a symbol such as ! or -".into()));
        assert_eq!(message("Violet-tundra-biscuit-7"), None);
        assert_eq!(message("\u{17b}\u{f3}\u{142}\u{107}-\u{17a}d\u{17a}b\u{142}o-trawy-7"), None, "letters of every script count");
        assert_eq!(fault(&policy(12, &[]), "violet tundra biscuit anchor", &[]), None);
    }
}
