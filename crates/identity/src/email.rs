//! E-mail addresses as the platform keeps them: one spelling per mailbox.

use kernel::{Problem, Result};

/// The spelling that is stored and compared: trimmed, lower case, ASCII.
///
/// Other scripts are refused rather than folded: two addresses that look alike must not become two accounts.
///
/// # Errors
/// 422 at the field `email`.
pub fn normalise(given: &str) -> Result<String> {
    let email = given.trim().to_ascii_lowercase();
    let fault = || Problem::field("email", "format", "Enter an e-mail address, such as ada@example.com");
    let (local, domain) = email.rsplit_once('@').ok_or_else(fault)?;
    let plain = email.bytes().all(|b| b.is_ascii_graphic()) && !email.contains(['"', '<', '>', ',', ';', '(', ')', '[', ']', '\\']);
    if local.is_empty() || local.len() > 64 || local.contains('@') || email.len() > 254 || !plain || !is_domain(domain) {
        return Err(fault());
    }
    Ok(email)
}

/// Whether this could be the part after the @.
pub fn is_domain(domain: &str) -> bool {
    !domain.is_empty()
        && domain.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn one_mailbox_has_one_spelling() {
        assert_eq!(normalise(" Ada@Example.COM ").unwrap(), "ada@example.com");
        assert_eq!(normalise("root@localhost").unwrap(), "root@localhost");
        assert_eq!(normalise("a.b+c@ex-ample.org").unwrap(), "a.b+c@ex-ample.org");
    }

    #[test]
    fn what_is_no_plain_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        // The last has a Cyrillic letter that looks like an a.
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a b@example.com",
            "ada@@example.com",
            "ada@ex_ample.com",
            "ada@-x.com",
            "<ada@example.com>",
            &long,
            "\u{430}da@example.com",
        ] {
            assert!(normalise(bad).is_err(), "{bad} was taken");
        }
    }
}
