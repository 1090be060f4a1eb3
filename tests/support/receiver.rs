//! A receiver of webhooks on loopback that answers well, badly, slowly, elsewhere or not at all.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::Value;

use super::{POLL, WITHIN};

/// What a receiver makes of a request.
#[derive(Clone, Debug)]
pub enum Manner {
    Status(u16),
    /// With this header beside.
    Header(u16, &'static str, String),
    /// Says this along with the status.
    Says(u16, String),
    /// Never answers, for as long as it is there.
    Hangs,
}

#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

#[derive(Default)]
struct Shared {
    received: Mutex<Vec<Received>>,
    /// For the next requests, one each; after them 200.
    manners: Mutex<VecDeque<Manner>>,
    is_gone: AtomicBool,
}

pub struct Receiver {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

impl Receiver {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::default());
        let accepting = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if accepting.is_gone.load(Ordering::Relaxed) {
                    return;
                }
                let shared = accepting.clone();
                std::thread::spawn(move || drop(serve(stream, &shared)));
            }
        });
        Self { address, shared }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How the next requests are answered, one each.
    pub fn then(&self, manners: impl IntoIterator<Item = Manner>) {
        self.shared.manners.lock().extend(manners);
    }

    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().clone()
    }

    /// What came, once it is so many.
    ///
    /// # Panics
    /// Where it is fewer after a while, or more.
    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<Received> {
        self.wait_within(count, WITHIN)
    }

    #[track_caller]
    pub fn wait_within(&self, count: usize, within: Duration) -> Vec<Received> {
        let began = Instant::now();
        loop {
            let received = self.received();
            if received.len() >= count {
                assert_eq!(received.len(), count, "{received:#?}");
                return received;
            }
            assert!(began.elapsed() < within, "{} of {count}: {received:#?}", received.len());
            std::thread::sleep(POLL);
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.is_gone.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length =
            headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body)?;
        let body = String::from_utf8(body).map_err(std::io::Error::other)?;
        let manner = shared.manners.lock().pop_front().unwrap_or(Manner::Status(200));
        shared.received.lock().push(Received { path, headers, body });
        let (status, extra, said) = match manner {
            Manner::Status(status) => (status, String::new(), String::new()),
            Manner::Header(status, name, value) => (status, format!("{name}: {value}\r\n"), String::new()),
            Manner::Says(status, said) => (status, String::new(), said),
            Manner::Hangs => {
                while !shared.is_gone.load(Ordering::Relaxed) {
                    std::thread::sleep(POLL);
                }
                return Ok(());
            }
        };
        let length = said.len();
        let answer = format!("HTTP/1.1 {status} Said\r\n{extra}Content-Length: {length}\r\n\r\n{said}");
        reader.get_mut().write_all(answer.as_bytes())?;
    }
}
