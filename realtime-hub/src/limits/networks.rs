//! Addresses of load balancers that are believed, and whom they speak for.

use std::{
    borrow::Cow,
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use ipnet::IpNet;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// One address, or a network of them such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network(IpNet);

/// The text is neither an address nor a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither an address such as 10.0.0.2 nor a network such as 10.0.0.0/8")]
pub struct NoNetwork(String);

impl Network {
    /// Whether `address` is in it. An IPv4 address is the same however a socket writes it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let network = match text.trim().parse::<IpAddr>() {
            Ok(address) => IpNet::from(address.to_canonical()),
            Err(_) => text
                .trim()
                .parse()
                .map_err(|_| NoNetwork(text.to_owned()))?,
        };
        Ok(Self(canonical(network)))
    }
}

/// `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
fn canonical(network: IpNet) -> IpNet {
    let mapped = network.prefix_len().checked_sub(96);
    match (network.addr().to_canonical(), mapped) {
        (address @ IpAddr::V4(_), Some(prefix)) if network.addr().is_ipv6() => {
            IpNet::new(address, prefix).unwrap_or(network)
        }
        _ => network,
    }
}

impl TryFrom<String> for Network {
    type Error = NoNetwork;

    fn try_from(text: String) -> Result<Self, NoNetwork> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl JsonSchema for Network {
    fn schema_name() -> Cow<'static, str> {
        "Network".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// The address of the client behind `peer`, where `forwarded` are the lines of `X-Forwarded-For`.
/// Each hop adds at the end whom it saw, so the list is read from there: past the hops that are
/// trusted, and no further, because anybody can write the rest.
pub fn client<'a>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[Network],
) -> IpAddr {
    let mut client = peer.to_canonical();
    let mut hops = forwarded.rev().flat_map(|line| line.rsplit(','));
    while is_trusted(client, trusted) {
        match hops.next().and_then(address) {
            Some(seen) => client = seen,
            None => break,
        }
    }
    client
}

/// Whether one of the trusted load balancers has this address.
#[must_use]
pub fn is_trusted(address: IpAddr, trusted: &[Network]) -> bool {
    trusted.iter().any(|network| network.contains(address))
}

/// An entry of the list, which some load balancers write with a port.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let address = entry.parse().or_else(|_| {
        let bare = entry
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        match bare {
            Some(bare) => bare.parse(),
            None => entry.parse().map(|socket: SocketAddr| socket.ip()),
        }
    });
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> Vec<Network> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[track_caller]
    fn check(trusted: &[&str], peer: &str, forwarded: &[&str], expected: &str) {
        let found = client(
            peer.parse().unwrap(),
            forwarded.iter().copied(),
            &networks(trusted),
        );
        assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{forwarded:?}");
    }

    #[test]
    fn only_a_trusted_proxy_speaks_for_others() {
        let forwarded = ["203.0.113.9, 192.0.2.7"];
        check(&["10.0.0.1"], "10.0.0.1", &[], "10.0.0.1");
        check(&["10.0.0.1"], "10.0.0.1", &forwarded, "192.0.2.7");
        check(&[], "10.0.0.1", &forwarded, "10.0.0.1");
        check(&["10.0.0.1"], "192.0.2.7", &forwarded, "192.0.2.7");
    }

    #[test]
    fn proxy_is_the_same_however_its_address_is_written() {
        for trusted in [
            "10.0.0.2",
            "::ffff:10.0.0.2",
            "10.0.0.0/8",
            "::ffff:10.0.0.0/104",
        ] {
            for peer in ["10.0.0.2", "::ffff:10.0.0.2"] {
                check(&[trusted], peer, &["192.0.2.7"], "192.0.2.7");
                check(&[trusted], peer, &["::ffff:192.0.2.7"], "192.0.2.7");
            }
            check(&[trusted], "11.0.0.2", &["192.0.2.7"], "11.0.0.2");
        }
        check(
            &["fd00::/8"],
            "fd00::7",
            &["[2001:db8::1]:443"],
            "2001:db8::1",
        );
        check(&["fd00::/8"], "fd00::7", &["[2001:db8::1]"], "2001:db8::1");
        check(&["10.0.0.2"], "10.0.0.2", &["192.0.2.7:4711"], "192.0.2.7");
    }

    #[test]
    fn trusted_hops_are_passed_from_the_right_and_no_further() {
        let trusted = ["10.0.0.0/8"];
        let spoofed = "1.1.1.1, 192.0.2.7, 10.9.9.9, 10.8.8.8";
        check(&trusted, "10.0.0.2", &[spoofed], "192.0.2.7");
        check(
            &trusted,
            "10.0.0.2",
            &["1.1.1.1, 192.0.2.7", "10.9.9.9"],
            "192.0.2.7",
        );
        check(&trusted, "10.0.0.2", &["10.9.9.9"], "10.9.9.9");
        check(
            &trusted,
            "10.0.0.2",
            &["192.0.2.7, garbage, 10.9.9.9"],
            "10.9.9.9",
        );
        check(&trusted, "10.0.0.2", &["unknown"], "10.0.0.2");
        check(&trusted, "10.0.0.2", &[""], "10.0.0.2");
    }

    #[test]
    fn what_is_no_network_is_refused_by_name() {
        for text in ["", "proxy", "10.0.0.0/33", "10.0.0", "10.0.0.1:80"] {
            let error = text.parse::<Network>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")), "{error}");
        }
        let network: Network = serde_json::from_str("\"::ffff:10.0.0.2\"").unwrap();
        assert_eq!(serde_json::to_string(&network).unwrap(), "\"10.0.0.2/32\"");
    }
}
