//! Connections on which nothing happens, by the thousands.

use std::net::TcpStream;

use crate::support::becomes;
use crate::support::client::Client;
use crate::support::process::{Dir, Server, program};

const CONNECTIONS: u64 = 4_000;
/// What one may take, bytes: its task, what the parser has read ahead, a timer.
const BYTES_EACH_MAX: u64 = 24 * 1024;

fn resident_bytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// More files than a process has to begin with.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_some_and(|current| current < 2 * CONNECTIONS) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(2 * CONNECTIONS), maximum }).expect("so many files");
    }
}

#[test]
fn thousands_of_idle_connections_cost_little() {
    raise_file_limit();
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    server.get("/api/health");
    let before = resident_bytes(server.child.id());
    let silent: Vec<TcpStream> = (0..CONNECTIONS / 2).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    let mut asked: Vec<Client> = (0..CONNECTIONS / 2).map(|_| server.client()).collect();
    for client in &mut asked {
        assert_eq!(client.get("/api/analytics/overview").unwrap().status, 200);
    }
    let each = (resident_bytes(server.child.id()) - before) / CONNECTIONS;
    println!("{each} bytes a connection");
    assert!(each <= BYTES_EACH_MAX, "{each} bytes a connection");
    assert_eq!(server.get("/api/health").0, 200);
    assert!(silent.len() + asked.len() == CONNECTIONS as usize && server.terminate().success());
}

/// Where the system gives no more files, no connection can be accepted: that is waited out.
#[test]
fn a_server_that_ran_out_of_files_serves_again_once_some_are_closed() {
    let dir = Dir::new();
    let mut command = program("sh");
    command.args(["-c", r#"ulimit -n 64 && exec "$0" "$@""#, env!("CARGO_BIN_EXE_novahouse")]);
    command.args(["serve", "--listen", "127.0.0.1:0", "--log", "off", "--data"]).arg(dir.data());
    let server = Server::start(command);
    let mut known = server.client();
    assert_eq!(known.get("/api/health").unwrap().status, 200);
    let many: Vec<Client> = (0..100).map(|_| server.client()).collect();
    let is_answered = |mut client: Client| client.get("/api/health").is_ok_and(|answer| answer.status == 200);
    assert_eq!(known.get("/api/health").unwrap().status, 200, "who was there is served");
    drop(many);
    becomes("it comes back", || is_answered(server.client()));
    assert!(server.terminate().success());
}
