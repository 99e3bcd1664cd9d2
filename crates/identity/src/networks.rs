//! Addresses and networks as people write them, and whether an address is in one of them.

use ipnet::IpNet;
use kernel::{Problem, Result};
use std::net::IpAddr;

/// More than this many in one list is a firewall's business.
pub const MOST: usize = 50;

/// The normal form of one network: `203.0.113.7` is `203.0.113.7/32`, `10.1.2.3/8` is `10.0.0.0/8`, and an IPv4 address
/// dressed up as IPv6 is the IPv4 address.
///
/// # Errors
/// With what it should look like.
pub fn parse(text: &str) -> std::result::Result<IpNet, String> {
    let text = text.trim();
    let wrong = || format!("{text} is no address or network; it looks like 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32");
    let given = match text.parse::<IpNet>() {
        Ok(net) => net,
        Err(_) => IpNet::from(text.parse::<IpAddr>().map_err(|_| wrong())?),
    };
    Ok(canonical(given).trunc())
}

fn canonical(net: IpNet) -> IpNet {
    if let IpNet::V6(v6) = net
        && v6.prefix_len() >= 96
        && let Some(v4) = v6.addr().to_ipv4_mapped()
        && let Ok(net) = ipnet::Ipv4Net::new(v4, v6.prefix_len() - 96)
    {
        return IpNet::V4(net);
    }
    net
}

/// The normal form of a list, each network once.
///
/// # Errors
/// 422 at `field`, naming what is wrong.
pub fn normalise(field: &str, given: &[String]) -> Result<Vec<String>> {
    if given.len() > MOST {
        return Err(Problem::field(field, "too_many", format!("At most {MOST} networks")));
    }
    let mut networks: Vec<String> = Vec::new();
    for text in given {
        let network = parse(text).map_err(|message| Problem::field(field, "format", message))?.to_string();
        if !networks.contains(&network) {
            networks.push(network);
        }
    }
    Ok(networks)
}

/// A stored list; what can't be read admits nobody rather than everybody.
pub fn stored(texts: &[String]) -> Vec<IpNet> {
    let read: Vec<IpNet> = texts.iter().filter_map(|text| parse(text).ok()).collect();
    if read.is_empty() && !texts.is_empty() { parse("0.0.0.0/32").into_iter().collect() } else { read }
}

/// Whether a request from this address is let in: an empty list lets everybody in, an unknown address is in no network.
pub fn admit(networks: &[IpNet], address: Option<IpAddr>) -> bool {
    networks.is_empty() || address.is_some_and(|address| networks.iter().any(|net| net.contains(&address.to_canonical())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(texts: &[&str]) -> Vec<IpNet> {
        stored(&texts.iter().map(|&t| t.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn networks_have_one_spelling() {
        let spelled = |text: &str| parse(text).unwrap().to_string();
        assert_eq!(spelled("203.0.113.7"), "203.0.113.7/32");
        assert_eq!(spelled(" 10.1.2.3/8 "), "10.0.0.0/8");
        assert_eq!(spelled("2001:DB8::1/32"), "2001:db8::/32");
        assert_eq!(spelled("::ffff:192.0.2.7"), "192.0.2.7/32");
        assert_eq!(spelled("::ffff:192.0.2.7/120"), "192.0.2.0/24");
        for wrong in ["", "example.com", "10.0.0.0/33", "fe80::1%eth0", "10.0.0", "1.2.3.4, 5.6.7.8", "0x7f.1"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_in_or_out_however_it_is_dressed() {
        let office = list(&["192.0.2.0/24", "2001:db8:1::/48"]);
        let from = |text: &str| admit(&office, Some(text.parse().unwrap()));
        assert!(from("192.0.2.9") && from("::ffff:192.0.2.9") && from("2001:db8:1:2::3"));
        assert!(!from("192.0.3.9") && !from("::192.0.2.9") && !from("2001:db8:2::1"));
        assert!(!admit(&office, None), "who can't be placed isn't let in");
        assert!(admit(&[], None));
        assert!(!admit(&list(&["nonsense"]), Some("192.0.2.9".parse().unwrap())), "a damaged list isn't an open door");
    }
}
