//! Runs the executable, as a command or as a server.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use serde_json::Value;

use super::client::{Answer, Client};

/// The executable, with nothing of NovaHouse in its environment.
pub fn novahouse() -> Command {
    program(env!("CARGO_BIN_EXE_novahouse"))
}

/// Another program that may run it.
pub fn program(name: &str) -> Command {
    let mut command = Command::new(name);
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
        let address = line.split("://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no address in {line:?}"));
        Self { child, address }
    }

    pub fn client(&self) -> Client {
        Client::connect(self.address).expect("it listens")
    }

    pub fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.client().get(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        (answer.status, answer.json())
    }

    /// # Panics
    /// Unless the events are acknowledged.
    pub fn post(&self, lines: &str) -> Value {
        let answer = post(self.address, lines).expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
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
pub fn post(address: SocketAddr, lines: &str) -> std::io::Result<Answer> {
    let headers = [("Content-Type", "application/x-ndjson")];
    Client::connect(address)?.send("POST", "/api/events", &headers, lines.as_bytes())
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
