//! Whom a request was meant for, and from whose page a browser sends it.

use std::net::{Ipv4Addr, Ipv6Addr};

use warp::http::header::HOST;
use warp::http::{HeaderMap, Uri};

/// Every host that a request names, with its port.
pub fn hosts<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
    // What is no text is no host of ours.
    let named = headers.get_all(HOST).iter().map(|value| value.to_str().unwrap_or("?"));
    uri.authority().map(|authority| authority.as_str()).into_iter().chain(named)
}

/// Whether this is a name of the machine itself, whatever the port: no other machine's name can be made to mean it.
pub fn is_this_machine(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, rest)) if name.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback()) => {
            ("localhost", rest)
        }
        Some(_) => return false,
        None => host.find(':').map_or((host, ""), |at| host.split_at(at)),
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok() && port.bytes().all(|byte| byte.is_ascii_digit());
    if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
        return false;
    }
    name.eq_ignore_ascii_case("localhost") || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a page of this origin is one of the machine itself.
pub fn is_of_this_machine(origin: &str) -> bool {
    authority(origin).is_some_and(|(_, host)| is_this_machine(host))
}

/// Whether a page of this origin came from where its request goes to.
pub fn is_own(origin: &str, uri: &Uri, headers: &HeaderMap) -> bool {
    let Some((default_port, page)) = authority(origin) else { return false };
    let without = |host: &str| host.strip_suffix(default_port).unwrap_or(host).to_ascii_lowercase();
    let mut named = hosts(uri, headers).peekable();
    named.peek().is_some() && named.all(|host| without(host) == without(page))
}

/// The port that an origin does not name, and the rest of it.
fn authority(origin: &str) -> Option<(&'static str, &str)> {
    let https = || Some((":443", origin.strip_prefix("https://")?));
    origin.strip_prefix("http://").map(|host| (":80", host)).or_else(https)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_few_names_and_any_port() {
        for own in ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.8.9.1:1", "[::1]", "[::1]:65535", "localhost:0"] {
            assert!(is_this_machine(own), "{own}");
            assert!(is_of_this_machine(&format!("http://{own}")) && is_of_this_machine(&format!("https://{own}")));
        }
        for foreign in [
            "",
            "x",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "127.1",
            "0x7f.0.0.1",
            "0.0.0.0",
            "10.0.0.1",
            "[::2]",
            "[::1",
            "[::1].example.com",
            "::1",
            "localhost:",
            "localhost:x",
            "localhost:+1",
            "localhost:99999",
            "localhost:1:2",
            "user@localhost",
            "localhost@example.com",
            "localhost/",
            "localhost ",
        ] {
            assert!(!is_this_machine(foreign), "{foreign}");
            assert!(!is_of_this_machine(&format!("http://{foreign}")), "{foreign}");
        }
        for foreign in ["null", "localhost", "file://localhost", "httpx://localhost", "http:/localhost"] {
            assert!(!is_of_this_machine(foreign), "{foreign}");
        }
    }

    #[test]
    fn a_page_is_our_own_where_its_host_is_the_requests() {
        let own = |origin: &str, host: &str| {
            let headers = [(HOST, host.parse().unwrap())].into_iter().collect();
            is_own(origin, &"/x".parse().unwrap(), &headers)
        };
        for (origin, host) in [
            ("http://a.example", "a.example"),
            ("https://A.example", "a.Example:443"),
            ("http://a.example", "a.example:80"),
            ("http://a.example:8080", "a.example:8080"),
            ("https://a.example:8443", "a.example:8443"),
        ] {
            assert!(own(origin, host), "{origin} {host}");
        }
        for (origin, host) in [
            ("http://a.example", "b.example"),
            ("http://a.example", "a.example:443"),
            ("https://a.example", "a.example:80"),
            ("http://a.example:8080", "a.example"),
            ("null", "null"),
            ("a.example", "a.example"),
            ("http://a.example.b", "a.example"),
        ] {
            assert!(!own(origin, host), "{origin} {host}");
        }
        assert!(!is_own("http://a.example", &"/x".parse().unwrap(), &HeaderMap::new()));
    }
}
