//! Codes of an authenticator app: six digits, thirty seconds, SHA-1, as every app can do (RFC 6238). A code counts once,
//! and none that is older than the last one that counted.

use crate::kind::Kind;
use chrono::{DateTime, Utc};
use kernel::secret::random_bytes;
use kernel::{Ctx, Problem, Result};
use secrecy::ExposeSecret as _;
use totp_rs::{Algorithm, Builder, Totp};
use uuid::Uuid;

/// 160 bits, as RFC 4226 recommends.
pub type Seed = [u8; 20];

#[must_use]
pub fn new_seed() -> Seed {
    random_bytes()
}

/// One step before and after counts too, for clocks that are a little off.
fn app(seed: &[u8], issuer: &str, account: &str) -> Result<Totp> {
    // A colon separates issuer and account in what the app reads.
    let plain = |text: &str| text.replace(':', " ");
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_skew(1)
        .with_secret(seed.to_vec())
        .with_issuer(Some(plain(issuer)))
        .with_account_name(plain(account))
        .build()
        .map_err(|e| Problem::internal(e.to_string()))
}

/// What the app is given: as characters to type, and as an address to scan.
pub struct Shown {
    pub secret: String,
    pub uri: String,
}

/// # Errors
/// When the library refuses our own seed.
pub fn show(seed: &[u8], issuer: &str, account: &str) -> Result<Shown> {
    let app = app(seed, issuer, account)?;
    Ok(Shown { secret: app.secret().to_base32(), uri: app.to_url().map_err(|e| Problem::internal(e.to_string()))? })
}

/// The step a code belongs to, when it fits and is newer than the last that counted.
///
/// # Errors
/// When the library refuses our own seed.
pub fn step(seed: &[u8], code: &str, now: DateTime<Utc>, last: Option<i64>) -> Result<Option<i64>> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let found = app(seed, "", "x")?.check(&digits, seconds).and_then(|step| i64::try_from(step).ok());
    Ok(found.filter(|step| last.is_none_or(|last| *step > last)))
}

/// Uses a code of one of the account's apps up; `false` when none has it.
///
/// # Errors
/// When the database refuses.
pub async fn take(ctx: &Ctx, kind: Kind, account: Uuid, code: &str) -> Result<bool> {
    for (id, sealed, last) in super::store::secrets(ctx.db(), kind, account, "totp").await? {
        let seed = ctx.app().keys.open(&super::place(id), &sealed)?;
        if let Some(step) = step(seed.expose_secret(), code, ctx.now(), last)? {
            super::store::used(ctx.db(), id, ctx.now(), Some(step), None).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// RFC 6238, appendix B, cut to six digits.
    const SEED: &[u8] = b"12345678901234567890";

    #[test]
    fn the_codes_of_the_rfc_fit() {
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")] {
            assert_eq!(step(SEED, code, at(seconds), None).unwrap(), Some(seconds / 30), "{seconds}");
        }
        assert_eq!(step(SEED, " 287 082 ", at(59), None).unwrap(), Some(1));
    }

    #[test]
    fn a_code_counts_once_and_for_a_minute_and_a_half_at_most() {
        assert_eq!(step(SEED, "287082", at(59), Some(1)).unwrap(), None);
        assert_eq!(step(SEED, "287082", at(59), Some(0)).unwrap(), Some(1));
        assert_eq!(step(SEED, "287082", at(89), None).unwrap(), Some(1));
        assert_eq!(step(SEED, "287082", at(90), None).unwrap(), None);
        for bad in ["", "28708", "2870820", "28708a", "２８７０８２"] {
            assert_eq!(step(SEED, bad, at(59), None).unwrap(), None, "{bad}");
        }
    }

    #[test]
    fn the_app_is_told_who_and_where() {
        let shown = show(SEED, "Dr: Quarter deck", "ada@example.com").unwrap();
        assert_eq!(shown.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(shown.uri.starts_with("otpauth://totp/") && shown.uri.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{}", shown.uri);
        assert!(shown.uri.contains("ada%40example.com"), "{}", shown.uri);
    }
}
