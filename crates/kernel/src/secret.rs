//! Tokens, sealed columns and signatures: the one place that makes randomness and holds the platform's key.
//!
//! - A **token** is 256 random bits; the database keeps its SHA-256 only.
//! - A **sealed** value is envelope-encrypted: a data key per value, itself encrypted under the platform's key,
//!   both bound to `table|column|row` so that a ciphertext can't be moved to another row.
//! - A **signature** is HMAC-SHA-256 under a key derived for its purpose.

use crate::problem::{Problem, Result};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Fills `N` bytes from the operating system's generator.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that makes tokens")]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut bytes);
    bytes
}

/// A bearer secret of 256 random bits, as 43 URL-safe characters. Printing it shows nothing.
#[derive(Clone)]
pub struct Token(SecretString);

impl Token {
    #[must_use]
    pub fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(random_bytes::<32>()).into())
    }

    /// The characters, for the one answer that shows them.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self) -> Vec<u8> {
        hash(self.reveal())
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(•••)")
    }
}

/// SHA-256 of a presented token, to look it up by.
#[must_use]
pub fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Compares without telling by time where the difference is.
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// The platform's key and what is derived from it.
pub struct Keyring {
    master: SecretBox<[u8; 32]>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(•••)")
    }
}

impl Keyring {
    #[must_use]
    pub fn new(master: [u8; 32]) -> Self {
        Self { master: SecretBox::new(Box::new(master)) }
    }

    /// Reads the 32 bytes as base64.
    ///
    /// # Errors
    /// When the text is not base64 of exactly 32 bytes.
    pub fn parse(text: &str) -> Result<Self> {
        let bytes = STANDARD
            .decode(text.trim())
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .ok_or_else(|| Problem::malformed("The secret key must be 32 bytes in base64 (openssl rand -base64 32)"))?;
        Ok(Self::new(bytes))
    }

    /// HMAC-SHA-256 of `message` under the key derived for `purpose`.
    #[must_use]
    pub fn sign(&self, purpose: &str, message: &[u8]) -> Vec<u8> {
        let derived = mac(self.master.expose_secret(), purpose.as_bytes());
        mac(&derived, message)
    }

    /// A token that every node of one platform derives alike, such as the one for the first launch.
    #[must_use]
    pub fn token(&self, purpose: &str) -> Token {
        Token(URL_SAFE_NO_PAD.encode(self.sign("token", purpose.as_bytes())).into())
    }

    /// A password for a database login that the panel makes for itself: the same on every node of one platform.
    #[must_use]
    pub fn database_password(&self, login: &str) -> SecretString {
        URL_SAFE_NO_PAD.encode(self.sign("database-login", login.as_bytes())).into()
    }

    /// Eight hex digits that tell platforms apart on a shared PostgreSQL server, without telling the key.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.sign("fingerprint", b"").iter().take(4).map(|b| format!("{b:02x}")).collect()
    }

    /// Encrypts `plain` for one cell; `place` is `table|column|row id`.
    ///
    /// Layout: version 1 · nonce of the data key (24) · sealed data key (48) · nonce (24) · ciphertext.
    ///
    /// # Errors
    /// Only when the cipher refuses, which it does for messages beyond its limit of 256 GiB.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let data_key = random_bytes::<32>();
        let mut sealed = vec![1];
        for (key, text) in [(self.master.expose_secret(), data_key.as_slice()), (&data_key, plain)] {
            let nonce = random_bytes::<24>();
            let text = XChaCha20Poly1305::new(Key::from_slice(key))
                .encrypt(XNonce::from_slice(&nonce), Payload { msg: text, aad: place.as_bytes() })
                .map_err(|e| Problem::internal(format!("sealing failed: {e}")))?;
            sealed.extend_from_slice(&nonce);
            sealed.extend_from_slice(&text);
        }
        Ok(sealed)
    }

    /// Decrypts what [`Keyring::seal`] made for the same place.
    ///
    /// # Errors
    /// When the value was made for another place, with another key, or was changed.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<SecretBox<Vec<u8>>> {
        let broken = || Problem::internal(format!("the sealed value of {place} can't be opened with this secret key"));
        let (Some(1), Some(head), Some(tail)) = (sealed.first(), sealed.get(1..73), sealed.get(73..)) else {
            return Err(broken());
        };
        let decrypt = |key: &[u8], text: &[u8]| {
            let (nonce, text) = text.split_at_checked(24)?;
            XChaCha20Poly1305::new(Key::from_slice(key))
                .decrypt(XNonce::from_slice(nonce), Payload { msg: text, aad: place.as_bytes() })
                .ok()
        };
        let data_key = decrypt(self.master.expose_secret(), head).ok_or_else(broken)?;
        let plain = decrypt(&data_key, tail).ok_or_else(broken)?;
        Ok(SecretBox::new(Box::new(plain)))
    }
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length, so this never fails.
    <Hmac<Sha256> as Mac>::new_from_slice(key).map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_in_its_place_and_unchanged() {
        let keys = Keyring::new([7; 32]);
        let sealed = keys.seal("t|c|1", b"hunter2").unwrap();
        assert_eq!(keys.open("t|c|1", &sealed).unwrap().expose_secret().as_slice(), b"hunter2");
        assert!(keys.open("t|c|2", &sealed).is_err());
        assert!(Keyring::new([8; 32]).open("t|c|1", &sealed).is_err());
        for i in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[i] ^= 1;
            assert!(keys.open("t|c|1", &broken).is_err(), "byte {i} was changed unnoticed");
        }
        assert!(keys.open("t|c|1", &sealed[..40]).is_err());
    }

    #[test]
    fn secrets_cannot_be_printed() {
        let token = Token::random();
        assert!(!format!("{token:?}").contains(token.reveal()));
        assert_eq!(token.hash(), hash(token.reveal()));
        assert_eq!(format!("{:?}", Keyring::new([1; 32])), "Keyring(•••)");
    }

    #[test]
    fn purposes_have_different_signatures() {
        let keys = Keyring::new([7; 32]);
        assert_ne!(keys.sign("audit", b"x"), keys.sign("cursor", b"x"));
        assert!(Keyring::parse("short").is_err());
    }
}
