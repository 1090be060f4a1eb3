//! Whether the address can be listened on, or who does.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Instant;

use serde_json::Value;

use super::Finding;
use crate::limits::{HEALTH_ANSWER_BYTES_MAX, HEALTH_ANSWER_WITHIN};

/// The first byte of what a server that speaks TLS says to someone who does not.
const TLS_ALERT: u8 = 0x15;

/// What is found, and whether it is a NovaHouse that serves there.
pub fn look(address: SocketAddr) -> (Finding, bool) {
    match TcpListener::bind(address) {
        Ok(_) => (Finding::ok("port", format!("{address} is free")), false),
        Err(error) if error.kind() == ErrorKind::AddrInUse => in_use(address),
        Err(error) => {
            let advice = match error.kind() {
                ErrorKind::PermissionDenied => "take a port from 1024 on, or give the service CAP_NET_BIND_SERVICE",
                ErrorKind::AddrNotAvailable => "choose an address of this machine (`ip address` lists them)",
                _ => "choose another address",
            };
            (Finding::bad("port", format!("{address} cannot be listened on: {error}"), advice), false)
        }
    }
}

fn in_use(address: SocketAddr) -> (Finding, bool) {
    match ask(reachable(address)) {
        Ok(answer) => judge(address, &answer),
        Err(error) => {
            let finding = format!("{address} is in use by something that does not answer: {error}");
            (Finding::bad("port", finding, "see who it is (`ss -ltnp`), or choose another port"), false)
        }
    }
}

fn judge(address: SocketAddr, answer: &[u8]) -> (Finding, bool) {
    if answer.first() == Some(&TLS_ALERT) {
        let finding = format!("{address} is in use by something that speaks TLS, perhaps a NovaHouse");
        return (Finding::ok("port", finding), true);
    }
    let text = String::from_utf8_lossy(answer);
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let health: Value = serde_json::from_str(body).unwrap_or_default();
    if health["service"] != "novahouse-chatbot" {
        let finding = format!("{address} is in use by something else than NovaHouse");
        return (Finding::bad("port", finding, "see who it is (`ss -ltnp`), or choose another port"), false);
    }
    let version = health["version"].as_str().unwrap_or("of a version unknown");
    let served = format!("NovaHouse {version} serves on {address}");
    if health["status"] == "healthy" {
        return (Finding::ok("port", format!("{served} and is healthy")), true);
    }
    let finding = format!("{served} and says it is {}", health["status"].as_str().unwrap_or("not healthy"));
    (Finding::bad("port", finding, "read its log: journalctl -u novahouse"), true)
}

/// One that is all of the machine's addresses is reached at its loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Asks for the health; takes what comes in time.
fn ask(address: SocketAddr) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, HEALTH_ANSWER_WITHIN)?;
    stream.set_write_timeout(Some(HEALTH_ANSWER_WITHIN))?;
    stream.write_all(format!("GET /api/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let until = Instant::now() + HEALTH_ANSWER_WITHIN;
    let mut answer = Vec::new();
    let mut part = [0; 4_096];
    while answer.len() < HEALTH_ANSWER_BYTES_MAX {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&part[..count]),
            Err(_) if !answer.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    fn found(body: &str) -> (Level, bool) {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{body}");
        let (finding, is_served) = judge("127.0.0.1:8080".parse().unwrap(), answer.as_bytes());
        (finding.level, is_served)
    }

    #[test]
    fn who_answers_is_told_apart() {
        assert_eq!(found(r#"{"service":"novahouse-chatbot","status":"healthy"}"#), (Level::Ok, true));
        assert_eq!(found(r#"{"service":"novahouse-chatbot","status":"unhealthy"}"#), (Level::Bad, true));
        assert_eq!(found("<html>"), (Level::Bad, false));
    }

    #[test]
    fn something_that_says_nothing_is_not_waited_for_long() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let began = Instant::now();
        let (finding, is_served) = look(silent.local_addr().unwrap());
        assert_eq!((finding.level, is_served), (Level::Bad, false));
        assert!(began.elapsed() < 5 * HEALTH_ANSWER_WITHIN, "{:?}", began.elapsed());
    }

    #[test]
    fn an_address_of_another_machine_is_bad() {
        // Of a network that is kept for documents.
        let (finding, _) = look("192.0.2.1:8080".parse().unwrap());
        assert_eq!(finding.level, Level::Bad, "{finding:?}");
    }
}
