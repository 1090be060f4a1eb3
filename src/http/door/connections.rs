//! How many connections there are, of all and of each client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use hashbrown::HashMap;
use parking_lot::Mutex;

/// Who is counted as one: an IPv4 address, or the 64 bits of an IPv6 address that a network has; the rest is its owner's to
/// change as he pleases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Client {
    V4(Ipv4Addr),
    V6Network(u64),
}

impl Client {
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6Network((Ipv6Addr::to_bits(address) >> 64) as u64),
        }
    }
}

/// The connections that are open.
pub struct Connections {
    all_max: usize,
    of_client_max: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    all: usize,
    of_client: HashMap<Client, usize, ahash::RandomState>,
}

impl Connections {
    pub fn new(all_max: usize, of_client_max: usize) -> Self {
        Self { all_max, of_client_max, open: Mutex::default() }
    }

    /// Lets one more in, where there is room; without a client it is counted among all only.
    pub fn enter(self: &Arc<Self>, client: Option<Client>) -> Option<Entered> {
        let mut open = self.open.lock();
        if open.all >= self.all_max {
            return None;
        }
        if let Some(client) = client {
            let of_client = open.of_client.entry(client).or_default();
            if *of_client >= self.of_client_max {
                return None;
            }
            *of_client += 1;
        }
        open.all += 1;
        Some(Entered { connections: self.clone(), client })
    }
}

/// A connection that is counted until this is dropped.
pub struct Entered {
    connections: Arc<Connections>,
    client: Option<Client>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut open = self.connections.open.lock();
        open.all -= 1;
        let Some(client) = self.client else { return };
        if let Some(of_client) = open.of_client.get_mut(&client) {
            *of_client -= 1;
            if *of_client == 0 {
                open.of_client.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> Option<Client> {
        Some(Client::of(address.parse().unwrap()))
    }

    #[test]
    fn a_client_is_an_address_or_the_network_of_one() {
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
        assert_ne!(client("192.0.2.2"), client("192.0.2.1"));
        assert_eq!(client("2001:db8:1:2::1"), client("2001:db8:1:2:ffff::9"));
        assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
    }

    #[test]
    fn all_and_each_client_are_counted_and_forgotten() {
        let connections = Arc::new(Connections::new(3, 2));
        let one = client("192.0.2.1");
        let first = connections.enter(one).unwrap();
        let second = connections.enter(one).unwrap();
        assert!(connections.enter(one).is_none(), "a third of the same client");
        let proxied = connections.enter(None).unwrap();
        assert!(connections.enter(client("192.0.2.2")).is_none(), "a fourth of all");
        drop(first);
        let again = connections.enter(one).unwrap();
        drop((second, proxied, again));
        assert_eq!(connections.open.lock().all, 0);
        assert!(connections.open.lock().of_client.is_empty(), "nobody is remembered");
    }
}
