//! Where mail leaves, as the configuration says it.

use lettre::Address;
use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret as _, SecretString};
use std::path::PathBuf;
use url::Url;

/// How mail leaves this installation.
#[derive(Clone, Debug)]
pub struct Config {
    /// The mail server; without one letters become files.
    pub smtp: Option<Smtp>,
    /// Whom letters come from.
    pub from: Sender,
    /// Where letters are put when there is no mail server.
    pub folder: PathBuf,
}

/// A mail server. `Debug` shows no password.
#[derive(Clone, Debug)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub credentials: Option<(String, SecretString)>,
    /// A file with the authority to trust instead of the public ones.
    pub authority: Option<PathBuf>,
}

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte (`smtps://`).
    Wrapped,
    /// By STARTTLS; without it nothing is sent.
    Required,
    /// Not at all: for a relay on the same machine or wire.
    None,
}

const EXPECTED: &str = "smtps://user:password@host:465 or smtp://user:password@host:587 is expected";

impl Smtp {
    /// Reads `smtps://user:password@host:465`, `smtp://host:587?tls=required` or `smtp://host:25?tls=none`;
    /// `ca=/path` names an authority of one's own.
    ///
    /// # Errors
    /// What is expected, without repeating the password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("{EXPECTED} ({error})"))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(EXPECTED)?.trim_matches(['[', ']']).to_owned();
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(format!("{EXPECTED}, without a path"));
        }
        let (mut tls, port) = match url.scheme() {
            "smtps" => (Tls::Wrapped, 465),
            "smtp" => (Tls::Required, 587),
            _ => return Err(EXPECTED.to_owned()),
        };
        let mut authority = None;
        for (name, value) in url.query_pairs() {
            match (name.as_ref(), value.as_ref()) {
                ("tls", "required") => {}
                ("tls", "none") if tls == Tls::Required => tls = Tls::None,
                ("tls", _) => return Err("tls is required, or with smtp:// none".to_owned()),
                ("ca", path) => authority = Some(PathBuf::from(path)).filter(|path| path.is_absolute()),
                (name, _) => return Err(format!("it has no parameter {name}; there are tls and ca")),
            }
            if name == "ca" && authority.is_none() {
                return Err("ca must be the absolute path of a certificate in PEM".to_owned());
            }
        }
        let decoded = |part: &str| percent_decode_str(part).decode_utf8().map(|text| text.into_owned()).map_err(|_| EXPECTED.to_owned());
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => Some((decoded(user)?, SecretString::from(decoded(password)?))),
            _ => return Err(format!("{EXPECTED}; a user needs a password and the other way round")),
        };
        let local = matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1");
        if tls == Tls::None && credentials.is_some() && !local {
            return Err("a password is not sent over an unprotected connection; leave tls=none away".to_owned());
        }
        Ok(Self { host, port: url.port().unwrap_or(port), tls, credentials, authority })
    }

    /// The server as people read it.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The user and the password, for the connection.
    pub(crate) fn login(&self) -> Option<(&str, &str)> {
        self.credentials.as_ref().map(|(user, password)| (user.as_str(), password.expose_secret()))
    }
}

/// Whom letters come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(Mailbox);

impl Sender {
    /// Reads `Panel <panel@example.com>` or a plain address.
    ///
    /// # Errors
    /// What is expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mailbox: Mailbox = text.trim().parse().map_err(|_| "an address such as Panel <panel@example.com> is expected".to_owned())?;
        if mailbox.name.as_deref().is_some_and(|name| name.chars().any(char::is_control)) {
            return Err("a name has no line breaks".to_owned());
        }
        Ok(Self(mailbox))
    }

    /// The sender where nobody named one: this installation at its own address.
    ///
    /// # Errors
    /// When the address of the site is none that mail could come from.
    pub fn of_site(name: &str, base_url: &str) -> Result<Self, String> {
        let host = Url::parse(base_url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        let address = Address::new("quarterdeck", &host).map_err(|e| format!("mail can't come from {base_url}: {e}"))?;
        Ok(Self(Mailbox::new(Some(name.to_owned()), address)))
    }

    pub(crate) fn mailbox(&self) -> Mailbox {
        self.0.clone()
    }

    /// The part after the @, by which the server and message ids know us.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

impl std::fmt::Display for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_as_they_are_meant() {
        let given = Smtp::parse("smtps://ada%40example.com:p%40ss@mail.example.com").unwrap();
        assert_eq!((given.host.as_str(), given.port, given.tls), ("mail.example.com", 465, Tls::Wrapped));
        assert_eq!(given.login(), Some(("ada@example.com", "p@ss")));
        assert!(!format!("{given:?}").contains("p@ss"));
        let given = Smtp::parse("smtp://mail.example.com?tls=required&ca=/etc/ssl/mail.pem").unwrap();
        assert_eq!((given.port, given.tls, given.authority), (587, Tls::Required, Some("/etc/ssl/mail.pem".into())));
        let given = Smtp::parse("smtp://localhost:25?tls=none").unwrap();
        assert_eq!((given.port, given.tls), (25, Tls::None));
    }

    #[test]
    fn what_would_be_unsafe_or_unclear_is_refused_without_the_password() {
        for bad in [
            "mail.example.com",
            "https://mail.example.com",
            "smtp://user@mail.example.com",
            "smtp://user:hunter2@mail.example.com?tls=none",
            "smtps://user:hunter2@mail.example.com?tls=none",
            "smtp://user:hunter2@mail.example.com?tls=maybe",
            "smtp://mail.example.com?ca=mail.pem",
            "smtp://mail.example.com?starttls=yes",
            "smtp://mail.example.com/folder",
        ] {
            let said = Smtp::parse(bad).unwrap_err();
            assert!(!said.contains("hunter2"), "{bad}: {said}");
        }
    }

    #[test]
    fn a_sender_has_an_address_and_one_line() {
        assert_eq!(Sender::parse("Panel <panel@example.com>").unwrap().domain(), "example.com");
        assert!(Sender::parse("panel").is_err());
        assert!(Sender::parse("Panel\r\nBcc: eve@example.com <panel@example.com>").is_err());
        assert_eq!(Sender::of_site("Quarterdeck", "https://panel.example.com").unwrap().domain(), "panel.example.com");
        assert_eq!(Sender::of_site("Quarterdeck", "http://localhost:8080").unwrap().domain(), "localhost");
        assert_eq!(Sender::of_site("Quarterdeck", "http://[::1]:8080").unwrap().domain(), "[::1]");
    }
}
