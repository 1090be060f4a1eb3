//! One connection that is kept, and waits for each answer: what a question takes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::answer::Head;

const READ_BYTES: usize = 64 * 1024;

pub struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("it listens");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, read: Vec::with_capacity(READ_BYTES) }
    }

    /// How long the answer to prepared bytes takes.
    ///
    /// # Panics
    /// Unless it is a 200.
    pub fn time(&mut self, request: &[u8]) -> Duration {
        let sent = Instant::now();
        let head = self.send(request);
        let taken = sent.elapsed();
        assert_eq!(head.status, 200, "{}: {}", String::from_utf8_lossy(request), String::from_utf8_lossy(&self.read));
        taken
    }

    /// An answer of any status.
    pub fn get(&mut self, path: &str) -> Value {
        self.send(&get(path));
        serde_json::from_slice(self.body()).expect("JSON")
    }

    /// The body of the last answer.
    pub fn body(&self) -> &[u8] {
        let head = Head::read(&self.read).expect("an answer");
        &self.read[head.length..]
    }

    fn send(&mut self, request: &[u8]) -> Head {
        self.stream.write_all(request).expect("it takes the request");
        self.read.clear();
        let mut part = [0; READ_BYTES];
        loop {
            let length = self.stream.read(&mut part).expect("an answer");
            assert!(length > 0, "the connection ended");
            self.read.extend_from_slice(&part[..length]);
            if let Some(head) = Head::read(&self.read)
                && self.read.len() >= head.length + head.body_length
            {
                return head;
            }
        }
    }
}

/// The bytes of a question.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
}

/// The bytes of a request with a body.
pub fn post(path: &str, content_type: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
