//! Addresses of providers: only those that the panel may safely ask. They are typed in by staff, and those in a
//! provider's own description by nobody we know, so all are held to the same rules.

use crate::settings::SSO_LOOPBACK;
use kernel::{App, Result};
use url::{Host, Url};

/// What an address is used for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// The issuer is compared letter by letter and extended by a path, so it has neither query nor fragment.
    Issuer,
    Endpoint,
}

/// Reads an address, over TLS unless it is on this machine and the platform allows that.
///
/// # Errors
/// With what is wrong, in words for people; in the outer result when the settings can't be read.
pub(super) fn read(app: &App, text: &str, purpose: Use) -> Result<Result<Url, String>> {
    Ok(checked(text, purpose, SSO_LOOPBACK.get(app)?))
}

fn checked(text: &str, purpose: Use, loopback: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| format!("{text} is no address ({e}); it looks like https://login.example.com"))?;
    let Some(host) = url.host() else { return Err(format!("{text} names no host")) };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("An address with a name or password in it is not taken".into());
    }
    if url.fragment().is_some() || (purpose == Use::Issuer && url.query().is_some()) {
        return Err(format!("{text} may have no # and, as an issuer, no ?"));
    }
    match url.scheme() {
        "https" if !is_nowhere(&host) => Ok(url),
        "http" if is_loopback(&host) && loopback => Ok(url),
        "http" if is_loopback(&host) => {
            Err("A provider on this machine without TLS has to be allowed first: the setting identity.sso_loopback".into())
        }
        _ => Err(format!("{text} is not reached over TLS; it has to begin with https:// and name a host")),
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

/// Where no provider can be: what clouds answer from for the machine itself, everybody, and nobody.
fn is_nowhere(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(_) => false,
        Host::Ipv4(ip) => ip.is_link_local() || ip.is_unspecified() || ip.is_multicast() || ip.is_broadcast(),
        Host::Ipv6(ip) => ip.is_unicast_link_local() || ip.is_unspecified() || ip.is_multicast(),
    }
}

/// A page of this very host to go on to; never another site, whatever a browser makes of odd signs.
#[must_use]
pub(super) fn page_here(asked: Option<&str>) -> Option<String> {
    let path = asked?;
    let plain = path.len() <= 500 && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    (plain && path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/api/")).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tls_and_hosts_that_can_be_meant() {
        for good in ["https://login.example.com", "https://login.example.com:8443/realms/main", "https://10.0.0.7/sso"] {
            assert!(checked(good, Use::Issuer, false).is_ok(), "{good}");
        }
        for bad in [
            "http://login.example.com",
            "http://localhost:9000",
            "http://127.0.0.1:9000",
            "https://169.254.169.254/latest",
            "https://[fe80::1]/",
            "https://0.0.0.0/",
            "https://user:pass@login.example.com",
            "https://login.example.com/#x",
            "https://login.example.com/?x=1",
            "file:///etc/passwd",
            "nonsense",
            "",
        ] {
            assert!(checked(bad, Use::Issuer, false).is_err(), "{bad}");
        }
        assert!(checked("https://login.example.com/authorize?tenant=1", Use::Endpoint, false).is_ok());
    }

    #[test]
    fn this_machine_only_where_it_is_allowed() {
        for here in ["http://localhost:9000", "http://127.0.0.1:9000", "http://[::1]:9000"] {
            assert!(checked(here, Use::Issuer, true).is_ok(), "{here}");
        }
        assert!(checked("http://10.0.0.7", Use::Issuer, true).is_err());
        assert!(checked("http://localhost.evil.example", Use::Issuer, true).is_err());
    }

    #[test]
    fn nobody_is_sent_elsewhere() {
        assert_eq!(page_here(Some("/dashboard?tab=a")).as_deref(), Some("/dashboard?tab=a"));
        for bad in
            ["https://evil.example", "//evil.example", "/\\evil.example", "/a b", "/\u{9}/evil.example", "dashboard", "", "/api/v1/session"]
        {
            assert_eq!(page_here(Some(bad)), None, "{bad}");
        }
    }
}
