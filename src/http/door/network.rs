//! Networks of addresses, and whom a request came from when it came through proxies.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use warp::http::{HeaderMap, HeaderName};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The addresses that begin with the same bits. An IPv4 address has the 96 bits before it that it has as an IPv6 one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    bits: u128,
    mask: u128,
}

impl Network {
    pub fn contains(&self, address: IpAddr) -> bool {
        bits(address) & self.mask == self.bits
    }
}

impl FromStr for Network {
    type Err = String;

    /// `10.0.0.0/8`, `2001:db8::/32`, or one address.
    fn from_str(text: &str) -> Result<Self, String> {
        let what = || format!("expected an address or a network such as 10.0.0.0/8, found {text:?}");
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| what())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let length = length.map_or(Ok(width), str::parse).map_err(|_| what())?;
        if length > width {
            return Err(what());
        }
        let mask = u128::MAX.checked_shl(width - length).unwrap_or(0);
        let bits = bits(address);
        if bits & mask != bits {
            return Err(format!("{text:?} has bits beyond its first {length}: a network ends with zeros"));
        }
        Ok(Self { bits, mask })
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// Whom a request came from: the peer, or where that is a proxy we know, whom it names. Each proxy adds whom it heard to the
/// right; what stands to the left of the first stranger may be anyone's invention.
pub fn sender(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> IpAddr {
    let is_proxy = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
    let values = headers.get_all(X_FORWARDED_FOR).iter().rev();
    let mut named = values.flat_map(|value| value.to_str().unwrap_or("").rsplit(',').map(str::trim));
    let mut sender = peer;
    while is_proxy(sender)
        && let Some(Some(before)) = named.next().map(address)
    {
        sender = before;
    }
    sender
}

/// Some proxies name the port too.
fn address(text: &str) -> Option<IpAddr> {
    text.parse().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_what_begins_like_it() {
        let holds =
            |network: &str, address: &str| network.parse::<Network>().unwrap().contains(address.parse().unwrap());
        for (network, address) in [
            ("10.0.0.0/8", "10.255.0.1"),
            ("10.0.0.0/8", "::ffff:10.1.2.3"),
            ("192.0.2.7", "192.0.2.7"),
            ("0.0.0.0/0", "203.0.113.9"),
            ("2001:db8::/32", "2001:db8:ffff::1"),
            ("::1", "::1"),
            ("::/0", "2001:db8::1"),
        ] {
            assert!(holds(network, address), "{network} {address}");
        }
        for (network, address) in [
            ("10.0.0.0/8", "11.0.0.1"),
            ("192.0.2.7", "192.0.2.6"),
            ("0.0.0.0/0", "2001:db8::1"),
            ("2001:db8::/32", "2001:db9::1"),
            ("127.0.0.0/8", "::1"),
        ] {
            assert!(!holds(network, address), "{network} {address}");
        }
        for wrong in ["", "here", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.1/8", "::1/129", "2001:db8::1/32"]
        {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_sender_is_the_rightmost_that_no_proxy_of_ours_stands_for() {
        let proxies: Vec<Network> = ["10.0.0.0/8", "2001:db8::/32"].map(|text| text.parse().unwrap()).into();
        for (peer, forwarded, expected) in [
            ("203.0.113.1", &["198.51.100.9"][..], "203.0.113.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.9"], "198.51.100.9"),
            ("10.0.0.1", &["1.1.1.1, 198.51.100.9"], "198.51.100.9"),
            ("10.0.0.1", &["1.1.1.1, 198.51.100.9 ,10.0.0.2"], "198.51.100.9"),
            ("10.0.0.1", &["1.1.1.1", "198.51.100.9", "10.0.0.2"], "198.51.100.9"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", &["198.51.100.9:4711"], "198.51.100.9"),
            ("2001:db8::1", &["[2a00::5]:4711"], "2a00::5"),
            ("10.0.0.1", &["1.1.1.1, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["1.1.1.1, unknown, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &[""], "10.0.0.1"),
        ] {
            let headers = forwarded.iter().map(|value| (X_FORWARDED_FOR, value.parse().unwrap())).collect();
            let sender = sender(peer.parse().unwrap(), &headers, &proxies);
            assert_eq!(sender, expected.parse::<IpAddr>().unwrap(), "{peer} {forwarded:?}");
        }
    }
}
