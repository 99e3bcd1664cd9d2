//! The URL of a source: read, checked, and taken apart into what may be shown and what may not.
//!
//! A source is always PostgreSQL, reached by its own protocol over TCP: other schemes are refused, and so are unix
//! sockets, through which the panel's own account could be let in as somebody it is not. The panel connects to
//! wherever somebody with `sources:create` says, inside the network too: that is what the permission means.

use kernel::{Problem, Result};
use pgtls::TlsMode;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// A URL, taken apart.
#[derive(Debug)]
pub enum Address {
    /// Another database on the panel's own server, reached with the explorer's login: `postgresql:///name`.
    Sibling {
        database: String,
    },
    Remote(Remote),
}

#[derive(Debug)]
pub struct Remote {
    pub host: String,
    pub port: u16,
    pub database: String,
    pub username: String,
    pub password: Option<SecretString>,
    pub tls: TlsMode,
}

impl Address {
    /// Reads a URL that a person entered.
    ///
    /// # Errors
    /// 422 at the field `url`, saying which part is wrong.
    pub fn parse(text: &SecretString) -> Result<Self> {
        let wrong = |message: String| Problem::field("url", "format", message);
        let url = Url::parse(text.expose_secret().trim())
            .map_err(|e| wrong(format!("This is not a URL ({e}). It looks like postgresql://user:password@host:5432/database")))?;
        if !matches!(url.scheme(), "postgresql" | "postgres") {
            return Err(wrong(format!("Only PostgreSQL can be a source: the URL starts with postgresql://, not {}://", url.scheme())));
        }
        if url.fragment().is_some() {
            return Err(wrong("The URL has a # in it; in a password it is written %23".into()));
        }
        let decode = |part: &str| {
            percent_encoding::percent_decode_str(part)
                .decode_utf8()
                .map(|text| text.into_owned())
                .map_err(|_| wrong("The URL has a % that is no encoded character".into()))
        };
        let database = decode(url.path().trim_start_matches('/'))?;
        if database.is_empty() || database.contains(['/', '\0']) {
            return Err(wrong("Name the database after the host: postgresql://user:password@host:5432/database".into()));
        }
        let tls = tls_mode(&url)?;
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
            if !url.username().is_empty() || url.password().is_some() || url.port().is_some() || tls.is_some() {
                return Err(wrong("postgresql:///name means a database on the panel's own server and takes nothing but its name".into()));
            }
            return Ok(Self::Sibling { database });
        };
        let host = decode(host)?.trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.contains(['/', '\0', '@', ',']) {
            return Err(wrong("The host must be one name or address; unix sockets and several hosts are not taken".into()));
        }
        let username = decode(url.username())?;
        if username.is_empty() {
            return Err(wrong("Say who connects: postgresql://user:password@host:5432/database".into()));
        }
        let password = url.password().map(decode).transpose()?.map(SecretString::from);
        Ok(Self::Remote(Remote {
            host,
            port: url.port().unwrap_or(5432),
            database,
            username,
            password,
            tls: tls.unwrap_or(TlsMode::Prefer),
        }))
    }

    #[must_use]
    pub fn database(&self) -> &str {
        match self {
            Self::Sibling { database } => database,
            Self::Remote(remote) => &remote.database,
        }
    }

    #[must_use]
    pub fn remote(&self) -> Option<&Remote> {
        match self {
            Self::Sibling { .. } => None,
            Self::Remote(remote) => Some(remote),
        }
    }
}

fn tls_mode(url: &Url) -> Result<Option<TlsMode>> {
    let wrong = |message: String| Problem::field("url", "format", message);
    let (mut mode, mut root) = (None, None);
    for (name, value) in url.query_pairs() {
        match &*name {
            "sslmode" => mode = Some(value),
            "sslrootcert" => root = Some(value),
            _ => return Err(wrong(format!("The only parameters a source takes are sslmode and sslrootcert, not {name}"))),
        }
    }
    if mode.is_none() && root.is_none() {
        return Ok(None);
    }
    TlsMode::named(mode.as_deref(), root.as_deref()).map(Some).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Address> {
        Address::parse(&SecretString::from(text.to_owned()))
    }

    #[test]
    fn a_full_url_is_taken_apart() {
        let address = parse("postgres://ada:p%40ss%2Fword@db.example.com:6543/shop?sslmode=verify-full").unwrap();
        let remote = address.remote().unwrap();
        assert_eq!(
            (remote.host.as_str(), remote.port, remote.database.as_str(), remote.username.as_str()),
            ("db.example.com", 6543, "shop", "ada")
        );
        assert_eq!(remote.password.as_ref().unwrap().expose_secret(), "p@ss/word");
        assert_eq!(remote.tls, TlsMode::VerifyFull(None));
        assert!(!format!("{address:?}").contains("p@ss"));
        assert_eq!(parse("postgresql://a@[::1]/x").unwrap().remote().unwrap().host, "::1");
    }

    #[test]
    fn no_host_means_a_database_beside_ours() {
        assert!(matches!(parse("postgresql:///chinook").unwrap(), Address::Sibling { database } if database == "chinook"));
        assert!(parse("postgresql://ada@/chinook").is_err());
        assert!(parse("postgresql:///chinook?sslmode=require").is_err());
    }

    #[test]
    fn what_is_not_postgresql_over_tcp_is_refused() {
        for url in [
            "http://169.254.169.254/latest",
            "file:///etc/passwd",
            "postgresql://postgres@%2Fvar%2Frun%2Fpostgresql/main",
            "postgresql://a@h/db?host=/var/run/postgresql",
            "postgresql://a@h/db?sslmode=verify-ca",
            "postgresql://a@h",
            "postgresql://a@h,i/db",
            "postgresql://h/db",
            "nonsense",
        ] {
            let problem = parse(url).unwrap_err();
            assert_eq!(problem.errors()[0].field, "url", "{url}");
        }
    }
}
