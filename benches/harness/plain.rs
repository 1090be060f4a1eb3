//! warp with nothing behind it, as a process of its own: what the library alone does.

use std::process::Command;

use bytes::Bytes;
use warp::Filter;

use super::server::Server;

/// Makes this bench such a server, with the length of the body it answers with.
const FLAG: &str = "--plain-server";

impl Server {
    /// warp that takes an empty POST, and answers a GET with a fixed body of JSON.
    pub fn plain(body_length: usize) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        command.args([FLAG, &body_length.to_string()]);
        Self::spawn(command)
    }
}

/// To be called first in `main`.
pub fn serve_if_asked() {
    let mut words = std::env::args().skip_while(|word| word != FLAG).skip(1);
    let Some(body_length) = words.next().map(|word| word.parse().expect("a length")) else { return };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(serve(body_length));
    std::process::exit(0);
}

async fn serve(body_length: usize) {
    let body = Bytes::from(format!("\"{}\"", "x".repeat(body_length.saturating_sub(2))));
    let taken = warp::post().map(warp::reply);
    let fixed = warp::get().map(move || warp::reply::Response::new(body.clone().into()));
    let fixed = fixed.map(|body| warp::reply::with_header(body, "content-type", "application/json"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("http://{}/", listener.local_addr().expect("it is bound"));
    warp::serve(taken.or(fixed)).incoming(listener).run().await;
}
