//! The real executable as a server, and what the kernel says it takes.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::connection::Connection;

pub const EXECUTABLE: &str = env!("CARGO_BIN_EXE_novahouse");
/// How the kernel counts processor time, on every Linux of today.
const TICK: Duration = Duration::from_millis(10);

/// Killed when dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// Until it answered whether it is healthy.
    pub started_in: Duration,
}

impl Server {
    pub fn on(data: &Path) -> Self {
        let mut command = Command::new(EXECUTABLE);
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "off", "--data"]).arg(data);
        let mut server = Self::spawn(command);
        let started = server.started_in;
        let asked = Instant::now();
        server.health();
        server.started_in = started + asked.elapsed();
        server
    }

    /// Any program that says where it listens, as `http://ADDRESS/`, in its first line.
    pub fn spawn(mut command: Command) -> Self {
        let started = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line of text");
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.and_then(|text| text.parse().ok()).expect("an address");
        Self { child, address, started_in: started.elapsed() }
    }

    pub fn health(&self) -> Value {
        Connection::open(self.address).get("/api/health")
    }

    /// Events it took since its start.
    pub fn accepted(&self) -> u64 {
        self.health()["ingest"]["accepted_events"].as_u64().expect("a number")
    }

    pub fn usage(&self) -> Usage {
        Usage { process: self.child.id() }
    }

    /// Stops it as systemd does.
    pub fn stop(mut self) {
        Command::new("kill").arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(self.child.wait().expect("it ends").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been stopped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process takes, as long as it runs.
#[derive(Clone, Copy)]
pub struct Usage {
    pub process: u32,
}

impl Usage {
    /// Memory now, kB.
    pub fn memory(self) -> u64 {
        self.figure("VmRSS").expect("it runs")
    }

    /// Memory at most, kB.
    pub fn memory_most(self) -> u64 {
        self.figure("VmHWM").expect("it runs")
    }

    /// `None` once it has ended.
    pub fn figure(self, name: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process)).ok()?;
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }

    /// From now on, `memory_most` is that of what comes.
    pub fn forget_memory_most(self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.process), "5").expect("a Linux");
    }

    /// Processor time since its start.
    pub fn processor(self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process)).expect("it runs");
        // The name stands in brackets and may hold anything.
        let (_, rest) = stat.rsplit_once(") ").expect("a name");
        let ticks = rest.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u32>().expect("a number"));
        TICK * ticks.sum::<u32>()
    }
}

/// A new directory on the disk that the target directory is on: where `/tmp` lies in memory, a sync costs nothing.
pub fn new_directory() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary directory")
}

/// Bytes that the directory's file takes on the disk. redb makes it longer than that, by doubling, before it needs the room.
pub fn on_disk(data: &Path) -> u64 {
    let file = std::fs::metadata(data.join(novahouse::store::FILE_NAME)).expect("a file");
    std::os::unix::fs::MetadataExt::blocks(&file) * 512
}
