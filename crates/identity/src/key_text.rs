//! What an API key looks like: `qd_<8 characters>_<secret><6 characters of checksum>`.
//!
//! The prefix says what it is and which one, so that people and secret scanners recognise it; the checksum tells a
//! mistyped or invented key from a real one without asking the database.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::secret::{self, Token, random_bytes};

const SECRET: usize = 43;
const CHECKSUM: usize = 6;
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A new key: what is shown once, and what is kept.
pub struct NewKey {
    pub text: String,
    pub prefix: String,
    pub hash: Vec<u8>,
}

#[must_use]
pub fn new() -> NewKey {
    let prefix: String = random_bytes::<8>().iter().map(|b| char::from(LETTERS[usize::from(b % 32)])).collect();
    let body = format!("qd_{prefix}_{}", Token::random().reveal());
    let text = format!("{body}{}", checksum(&body));
    NewKey { hash: secret::hash(&text), prefix, text }
}

/// What the database knows the key by; `None` when it can't be one of ours.
#[must_use]
pub fn hash(text: &str) -> Option<Vec<u8>> {
    let (prefix, secret) = text.strip_prefix("qd_")?.split_once('_')?;
    if prefix.len() != 8 || secret.len() != SECRET + CHECKSUM || !text.is_ascii() {
        return None;
    }
    let (body, given) = text.split_at(text.len() - CHECKSUM);
    (checksum(body) == given).then(|| secret::hash(text))
}

fn checksum(body: &str) -> String {
    URL_SAFE_NO_PAD.encode(secret::hash(body)).chars().take(CHECKSUM).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_hash_and_a_changed_one_is_not() {
        let key = new();
        assert_eq!(key.text.len(), 3 + 8 + 1 + SECRET + CHECKSUM);
        assert_eq!(hash(&key.text), Some(key.hash.clone()));
        assert!(key.text.starts_with(&format!("qd_{}_", key.prefix)));
        let mut wrong = key.text.clone();
        wrong.replace_range(20..21, if &wrong[20..21] == "A" { "B" } else { "A" });
        assert_eq!(hash(&wrong), None);
        for bad in ["", "qd_", "qd_abcdefgh_", "sk_live_1", &key.text[..key.text.len() - 1], &format!("{}x", key.text)] {
            assert_eq!(hash(bad), None, "{bad}");
        }
    }

    #[test]
    fn no_two_keys_are_alike() {
        assert_ne!(new().prefix, new().prefix);
    }
}
