//! Runs the executable, as a command or as a server.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use serde_json::Value;

/// The executable, with nothing of NovaHouse in its environment.
pub fn novahouse() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_novahouse"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("NOVAHOUSE_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// # Panics
    /// Unless it exited with this code.
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it was not killed"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

pub fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Ran {
    novahouse().args(args).output().expect("it starts").into()
}

/// Runs a line of words on a data directory.
pub fn run_on(data: &Path, words: &str) -> Ran {
    run(words.split_whitespace().map(OsStr::new).chain([OsStr::new("--data"), data.as_os_str()]))
}

/// A data directory that does not exist yet, in a temporary one that goes with it.
pub struct Dir {
    pub temporary: tempfile::TempDir,
}

impl Dir {
    pub fn new() -> Self {
        Self { temporary: tempfile::tempdir().expect("a temporary directory") }
    }

    pub fn data(&self) -> PathBuf {
        self.file("db")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.temporary.path().join(name)
    }

    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.file(name);
        std::fs::write(&path, content).expect("a writable file");
        path
    }
}

/// A server on a free port; it is killed when dropped.
pub struct Server {
    pub child: Child,
    pub address: SocketAddr,
}

impl Server {
    pub fn on(data: &Path) -> Self {
        let mut command = novahouse();
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data"]).arg(data);
        Self::start(command)
    }

    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("a line of text");
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no address in {line:?}"));
        Self { child, address }
    }

    pub fn get(&self, path: &str) -> (u16, Value) {
        let (status, body) = ask(self.address, &format!("GET {path} HTTP/1.1\r\n"), "")
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        (status, serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}")))
    }

    /// # Panics
    /// Unless the events are acknowledged.
    pub fn post(&self, lines: &str) -> Value {
        let (status, body) = post(self.address, lines).expect("an answer");
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).expect("JSON")
    }

    /// Stops it as systemd does.
    pub fn terminate(mut self) -> ExitStatus {
        let killed = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(killed.success());
        self.child.wait().expect("it ends")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Posts lines of events.
pub fn post(address: SocketAddr, lines: &str) -> std::io::Result<(u16, String)> {
    ask(address, "POST /api/events HTTP/1.1\r\nContent-Type: application/x-ndjson\r\n", lines)
}

fn ask(address: SocketAddr, head: &str, body: &str) -> std::io::Result<(u16, String)> {
    let broken = || std::io::Error::other("the answer is not whole");
    let mut stream = TcpStream::connect(address)?;
    let length = body.len();
    write!(stream, "{head}Host: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8(answer).map_err(|_| broken())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(broken)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    Ok((status, body.to_owned()))
}

/// Lines of so many messages, each in a session of its own.
pub fn messages(count: u32) -> String {
    (0..count).map(|number| format!("{{\"type\":\"message\",\"session_id\":\"s-{number}\"}}\n")).collect()
}

/// Conversations of all time in a directory that no server uses.
pub fn conversations(data: &Path) -> usize {
    let export = run_on(data, "export --type conversations --format ndjson --days 3650").exits(0);
    export.out.lines().count()
}
