//! Whole exports of two servers, too long to be held: each is one sum of its lines' hashes.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;

use crate::support::client::Client;

#[derive(Debug, PartialEq, Eq)]
struct Sum {
    lines: u64,
    hashes: u64,
}

/// Every record of both is the same. `numbered`: also its number, which says in what order the events arrived.
pub fn same_exports(found: SocketAddr, right: SocketAddr, numbered: bool) {
    for what in ["overview", "leads", "engagement", "intents", "performance"] {
        let path = &*format!("/api/analytics/export?type={what}&days=61&format=ndjson");
        let sums = std::thread::scope(|scope| {
            let sums = [found, right].map(|server| scope.spawn(move || sum(server, path, numbered)));
            sums.map(|sum| sum.join().expect("a sum"))
        });
        assert_eq!(sums[0], sums[1], "{path}");
        assert!(sums[0].lines > 0, "{path}");
    }
}

fn sum(server: SocketAddr, path: &str, numbered: bool) -> Sum {
    let mut client = Client::connect(server).unwrap();
    client.ask("GET", path, &[], b"").unwrap();
    assert_eq!(client.head().unwrap().status, 200, "{path}");
    let mut sum = Sum { lines: 0, hashes: 0 };
    let mut rest = Vec::new();
    while let Some(chunk) = client.chunk().unwrap() {
        rest.extend(chunk);
        let end = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        for line in rest[..end].split_inclusive(|byte| *byte == b'\n') {
            sum.lines += 1;
            sum.hashes = sum.hashes.wrapping_add(hash(if numbered { line } else { without_number(line) }));
        }
        rest.drain(..end);
    }
    assert!(rest.is_empty(), "{path}: it ends within a line");
    sum
}

fn hash(line: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    line.hash(&mut hasher);
    hasher.finish()
}

/// The number stands behind the record's word: `{"record":"lead","id":"nh-7",`.
fn without_number(line: &[u8]) -> &[u8] {
    let mut fields = line.splitn(3, |byte| *byte == b',');
    match (fields.next(), fields.next(), fields.next()) {
        (_, Some(number), Some(rest)) if number.starts_with(b"\"id\":\"nh-") => rest,
        _ => line,
    }
}
