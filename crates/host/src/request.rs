//! What a request says about where it comes from, believed only as far as it may be.

use axum::http::{HeaderMap, Uri, header};
use ipnet::IpNet;
use kernel::RequestInfo;
use kernel::secret::random_bytes;
use std::net::{IpAddr, SocketAddr};

/// How requests reach us.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether the panel's own address is `https`.
    pub https: bool,
}

/// A header that only a proxy sets. Its presence means that the request is not from this machine.
const FORWARDED: [&str; 6] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via"];

impl Network {
    #[must_use]
    pub fn describe(&self, peer: Option<SocketAddr>, headers: &HeaderMap, uri: &Uri) -> RequestInfo {
        let peer = peer.map(|p| p.ip().to_canonical());
        let proxied = peer.is_some_and(|ip| self.trusts(ip));
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        let forwarded = proxied && headers.contains_key("x-forwarded-for");
        let address = if forwarded { self.client(headers) } else { peer };
        let forwarded_tls = proxied && text("x-forwarded-proto").is_some_and(|p| p.eq_ignore_ascii_case("https"));
        RequestInfo {
            id: trace_id(text("traceparent")),
            address,
            user_agent: text("user-agent").map(|agent| agent.chars().take(400).collect()),
            tls: forwarded_tls || (self.https && !is_loopback_host(host(headers, uri))),
            local: peer.is_some_and(|ip| ip.is_loopback())
                && FORWARDED.iter().all(|name| !headers.contains_key(*name))
                && is_loopback_host(host(headers, uri)),
            is_idle: false,
        }
    }

    /// The last address in `X-Forwarded-For` that no trusted proxy of ours put there. Read from its end, because its
    /// beginning is written by whoever likes to; nobody when what stands where the client should is no address.
    fn client(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let lists: Vec<String> =
            headers.get_all("x-forwarded-for").iter().map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned()).collect();
        let mut last = None;
        for part in lists.iter().flat_map(|list| list.split(',')).rev() {
            let ip = address(part)?;
            if !self.trusts(ip) {
                return Some(ip);
            }
            last = Some(ip);
        }
        last
    }

    fn trusts(&self, ip: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|net| net.contains(&ip))
    }
}

/// One part of the list: an address, with a port where a proxy adds it.
fn address(part: &str) -> Option<IpAddr> {
    let part = part.trim();
    let ip = part.parse::<IpAddr>().ok().or_else(|| part.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()));
    let bare = || part.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).and_then(|inner| inner.parse::<IpAddr>().ok());
    ip.or_else(bare).map(|ip| ip.to_canonical())
}

/// The host the client asked for.
pub fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> &'a str {
    headers
        .get(header::HOST)
        .and_then(|v| v.to_str().ok())
        .or_else(|| uri.authority().map(axum::http::uri::Authority::as_str))
        .unwrap_or_default()
}

/// A name that a page of another site can't make point here: names are what rebinding attacks change.
fn is_loopback_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The trace id of a valid `traceparent` (W3C Trace Context §3.2), else a new one.
fn trace_id(traceparent: Option<&str>) -> String {
    let given = traceparent.and_then(|text| {
        let mut parts = text.split('-');
        let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let hex = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let valid =
            hex(version, 2) && version != "ff" && hex(trace, 32) && hex(parent, 16) && hex(flags, 2) && trace.bytes().any(|b| b != b'0');
        valid.then(|| trace.to_owned())
    });
    given.unwrap_or_else(|| hex(&random_bytes::<16>()))
}

/// Bytes as lower-case hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| char::from(DIGITS[usize::from(n & 15)]);
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(*b)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn describe(network: &Network, peer: &str, headers: &[(&'static str, &str)]) -> RequestInfo {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        network.describe(Some(peer.parse().unwrap()), &map, &Uri::from_static("/"))
    }

    #[test]
    fn only_a_direct_local_request_is_local() {
        let network = Network::default();
        let local = |headers: &[(&'static str, &str)]| describe(&network, "127.0.0.1:1", headers).local;
        assert!(local(&[("host", "localhost:8080")]));
        assert!(local(&[("host", "[::1]:8080")]));
        assert!(!local(&[("host", "evil.example")]), "rebinding");
        assert!(!local(&[]), "no host");
        for header in FORWARDED {
            assert!(!local(&[("host", "localhost"), (header, "x")]), "{header} opens the door");
        }
        assert!(!describe(&network, "10.0.0.7:1", &[("host", "localhost")]).local);
    }

    #[test]
    fn forwarding_headers_count_only_from_trusted_proxies() {
        let network = Network { trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()], https: false };
        let spoofed = [("x-forwarded-for", "1.1.1.1, 203.0.113.9, 10.0.0.2"), ("x-forwarded-proto", "https")];
        let seen = describe(&network, "10.0.0.1:1", &spoofed);
        assert_eq!(seen.address, Some("203.0.113.9".parse().unwrap()));
        assert!(seen.tls);
        let stranger = describe(&network, "192.0.2.1:1", &spoofed);
        assert_eq!(stranger.address, Some("192.0.2.1".parse().unwrap()));
        assert!(!stranger.tls);
    }

    #[test]
    fn nobody_writes_their_own_address() {
        let network = Network { trusted_proxies: vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:ffff::/48".parse().unwrap()], https: false };
        let seen = |lists: &[&str]| {
            let headers: Vec<(&'static str, &str)> = lists.iter().map(|list| ("x-forwarded-for", *list)).collect();
            describe(&network, "10.0.0.1:1", &headers).address.map(|ip| ip.to_string())
        };
        let is = |lists: &[&str], ip: &str| assert_eq!(seen(lists).as_deref(), Some(ip), "{lists:?}");
        // What the client sends stands before what the proxy adds, whatever it is.
        for spoof in [
            "127.0.0.1",
            "10.0.0.9",
            "garbage",
            "",
            "127.0.0.1, garbage",
            "::1, fe80::1%eth0",
            "127.0.0.1,,,",
            "\u{e9}",
            "10.0.0.1,127.0.0.1",
        ] {
            is(&[&format!("{spoof}, 203.0.113.9")], "203.0.113.9");
            is(&[spoof, "203.0.113.9"], "203.0.113.9");
            is(&[&format!("{spoof}, 203.0.113.9, 10.0.0.2, 10.0.0.3")], "203.0.113.9");
        }
        is(&["203.0.113.9:4711"], "203.0.113.9");
        is(&["[2001:db8::9]:4711, 2001:db8:ffff::1"], "2001:db8::9");
        is(&["[2001:db8::9]"], "2001:db8::9");
        is(&["::ffff:203.0.113.9, ::ffff:10.0.0.2"], "203.0.113.9");
        is(&["10.0.0.8, 10.0.0.2"], "10.0.0.8");
        // Where the client should stand there is no address: nobody, rather than somebody who is let in.
        for unknown in ["unknown", "", "fe80::1%eth0, 10.0.0.2", "203.0.113.9 , garbage , 10.0.0.2", "203.0.113.256", "0x7f.0.0.1"] {
            assert_eq!(seen(&[unknown]), None, "{unknown}");
        }
        assert_eq!(describe(&network, "10.0.0.1:1", &[]).address, Some("10.0.0.1".parse().unwrap()), "the proxy itself");
        let mapped = describe(&network, "[::ffff:10.0.0.1]:1", &[("x-forwarded-for", "203.0.113.9")]);
        assert_eq!(mapped.address, Some("203.0.113.9".parse().unwrap()), "a proxy on a socket of both kinds is the same proxy");
        for alike in ["x-real-ip", "forwarded", "true-client-ip", "cf-connecting-ip", "x-client-ip"] {
            assert_eq!(describe(&network, "10.0.0.1:1", &[(alike, "127.0.0.1")]).address, Some("10.0.0.1".parse().unwrap()), "{alike}");
            assert_eq!(describe(&network, "192.0.2.1:1", &[(alike, "127.0.0.1")]).address, Some("192.0.2.1".parse().unwrap()), "{alike}");
        }
    }

    #[test]
    fn a_trace_id_is_taken_when_valid() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(trace_id(Some(&format!("00-{id}-00f067aa0ba902b7-01"))), id);
        for bad in [
            "",
            "00-x-y-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            let made = trace_id(Some(bad));
            assert!(made.len() == 32 && made != id);
        }
    }
}
