//! Codes that people read off and type, such as `abcd-efgh-ijkm-npqr`: 80 random bits, so a plain hash keeps them.

use kernel::secret::{self, random_bytes};

/// No letter or digit that looks like another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A new one.
#[must_use]
pub fn new() -> String {
    let letters: String = random_bytes::<16>().iter().map(|b| char::from(LETTERS[usize::from(b % 32)])).collect();
    [&letters[0..4], &letters[4..8], &letters[8..12], &letters[12..16]].join("-")
}

/// As it is kept, told apart by what it is for. People may leave out the dashes or use capitals.
#[must_use]
pub fn hash(purpose: &str, code: &str) -> Vec<u8> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    secret::hash(&format!("{purpose}|{plain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        let code = new();
        assert_eq!(code.len(), 19);
        assert_eq!(hash("recovery", &code), hash("recovery", &code.replace('-', " ").to_uppercase()));
        assert_ne!(hash("recovery", &code), hash("recovery", &new()));
        assert_ne!(hash("recovery", &code), hash("registration", &code));
    }
}
