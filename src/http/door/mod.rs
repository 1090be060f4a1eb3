//! Who may come in, how many at once, and how long they may take: the accept loop, and what every request passes before
//! it meets its route.

mod asked;
mod connections;
mod gate;
mod network;
mod rates;
mod tls;

pub use self::network::Network;
pub use self::tls::Tls;

use std::convert::Infallible;
use std::future::{Future, poll_fn, ready};
use std::io;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::TryFutureExt;
use futures_util::future::Either;
use hyper::Request;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use warp::filters::BoxedFilter;
use warp::http::header::EXPECT;
use warp::reply::Response;

use self::asked::Asked;
use self::connections::{Client, Connections, Entered};
use self::gate::Gate;
use super::entry::{Cors, Entry};
use crate::http::Meters;
use crate::limits::{
    ACCEPT_PAUSE, ACCEPT_TROUBLE_TOLD_EVERY, BODY_BYTES_MAX, CLIENT_STALL_MAX, CONNECTIONS_MAX,
    CONNECTIONS_PER_ADDRESS_MAX, LAST_ANSWERED_WITHIN, READ_BUFFER_BYTES_MAX, REFUSED_BODY_WITHIN, REQUEST_HEAD_WITHIN,
    TLS_HANDSHAKE_WITHIN,
};

/// How the door is kept. Tests keep it tighter.
pub struct Door {
    /// Connections at once, of all clients.
    pub connections_max: usize,
    /// Connections at once, of one address.
    pub connections_per_address_max: usize,
    /// Whether this machine's own addresses are counted too. They are the operator's, or those of a proxy.
    pub counts_loopback: bool,
    pub tls: Option<Arc<Tls>>,
    /// Who is believed about whom a request came from; their connections are counted among all only.
    pub proxies: Vec<Network>,
    /// Requests a second of one address.
    pub rate_limit: Option<NonZeroU32>,
    /// How long a client may take to begin with TLS.
    pub handshake_within: Duration,
    /// How long a connection may wait for a request, and a request's head may take.
    pub head_within: Duration,
    /// How long a client may take nothing of its answer.
    pub stall_max: Duration,
}

impl Default for Door {
    fn default() -> Self {
        Self {
            connections_max: CONNECTIONS_MAX,
            connections_per_address_max: CONNECTIONS_PER_ADDRESS_MAX,
            counts_loopback: false,
            tls: None,
            proxies: Vec::new(),
            rate_limit: None,
            handshake_within: TLS_HANDSHAKE_WITHIN,
            head_within: REQUEST_HEAD_WITHIN,
            stall_max: CLIENT_STALL_MAX,
        }
    }
}

/// Accepts until `shutdown` resolves, then waits for the connections to finish what is in flight.
pub async fn keep(
    door: Door,
    entry: Option<Entry>,
    routes: BoxedFilter<(Response,)>,
    meters: Arc<Meters>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) {
    let host = Arc::new(Host::new(door, entry, routes, meters));
    let graceful = GracefulShutdown::new();
    accept(&host, &graceful, &listener, shutdown).await;
    drop(listener);
    graceful.shutdown().await;
}

/// The same for a while: the listener stays, and who comes in between waits for whoever accepts next. Who has come is answered beside
/// that.
pub async fn keep_meanwhile(
    door: Door,
    routes: BoxedFilter<(Response,)>,
    listener: &TcpListener,
    until: impl Future<Output = ()>,
) {
    let host = Arc::new(Host::new(door, None, routes, Arc::default()));
    let graceful = GracefulShutdown::new();
    accept(&host, &graceful, listener, until).await;
    tokio::spawn(async move {
        // Whose connection has just been taken has a request on its way: it would be closed without an answer.
        tokio::time::sleep(LAST_ANSWERED_WITHIN).await;
        graceful.shutdown().await;
    });
}

async fn accept(
    host: &Arc<Host>,
    graceful: &GracefulShutdown,
    listener: &TcpListener,
    shutdown: impl Future<Output = ()>,
) {
    let mut trouble = Trouble::default();
    let mut shutdown = pin!(shutdown);
    let mut following = pin!(follow(host.door.tls.clone()));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
            never = &mut following => match never {},
        };
        match accepted {
            Ok((stream, peer)) => receive(host, stream, peer.ip(), graceful.watcher()),
            Err(error) => trouble.pause(&error).await,
        }
    }
}

async fn follow(tls: Option<Arc<Tls>>) -> Infallible {
    match tls {
        Some(tls) => tls.follow().await,
        None => std::future::pending().await,
    }
}

/// What all connections share.
struct Host {
    door: Door,
    connections: Arc<Connections>,
    gate: Gate,
    /// None where every request is answered alike.
    entry: Option<Entry>,
    http: http1::Builder,
    routes: BoxedFilter<(Response,)>,
    meters: Arc<Meters>,
    /// What a connection that is one too many is sent.
    crowded: Vec<u8>,
}

impl Host {
    fn new(door: Door, entry: Option<Entry>, routes: BoxedFilter<(Response,)>, meters: Arc<Meters>) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(door.head_within).max_buf_size(READ_BUFFER_BYTES_MAX);
        let connections = Connections::new(door.connections_max, door.connections_per_address_max);
        let (connections, gate) = (Arc::new(connections), Gate::new(&door));
        Self { connections, gate, entry, http, routes, meters, crowded: crowded(), door }
    }

    /// Whether a request may go on; otherwise its answer.
    fn admit(&self, peer: IpAddr, request: &mut Request<Incoming>) -> (Cors, Option<Response>) {
        if let Err(refusal) = self.gate.pass(peer, request) {
            return (Cors::default(), Some(refusal.answer()));
        }
        let sender = |headers: &_| self.gate.sender(peer, headers);
        self.entry.as_ref().map_or_else(Default::default, |entry| entry.admit(sender, request))
    }

    /// As whose a connection is counted, if not among all only.
    fn counted(&self, peer: IpAddr) -> Option<Client> {
        let is_own = peer.to_canonical().is_loopback() && !self.door.counts_loopback;
        let is_proxy = || self.door.proxies.iter().any(|network| network.contains(peer));
        (!is_own && !is_proxy()).then(|| Client::of(peer))
    }
}

/// Someone who was let in.
struct Guest {
    peer: IpAddr,
    entered: Entered,
    watcher: Watcher,
}

fn receive(host: &Arc<Host>, stream: TcpStream, peer: IpAddr, watcher: Watcher) {
    let Some(entered) = host.connections.enter(host.counted(peer)) else {
        host.meters.turned_away();
        // It is accepted and told so: one that is left waiting sees a server that hangs, and only who was accepted has an
        // address that can be counted. Nothing was sent on it before, so that this fits. TLS would be too much ado.
        if host.door.tls.is_none() {
            let _ = stream.try_write(&host.crowded);
        }
        return;
    };
    if let Err(error) = prepare(&stream, host.door.stall_max) {
        tracing::debug!(%error, "a connection ended as it began");
        return;
    }
    let guest = Guest { peer, entered, watcher };
    match &host.door.tls {
        None => tokio::spawn(talk(host.clone(), stream, guest)),
        Some(tls) => tokio::spawn(talk_in_private(host.clone(), tls.acceptor(), stream, guest)),
    };
}

fn prepare(stream: &TcpStream, stall_max: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    // The kernel gives up who takes nothing of what was sent: no timer here has to watch every write.
    SockRef::from(stream).set_tcp_user_timeout(Some(stall_max))
}

async fn talk_in_private(host: Arc<Host>, acceptor: TlsAcceptor, stream: TcpStream, guest: Guest) {
    match timeout(host.door.handshake_within, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => talk(host, stream, guest).await,
        Ok(Err(error)) => tracing::debug!(%error, "a connection did not come to TLS"),
        Err(_) => tracing::debug!("a connection took too long to come to TLS"),
    }
}

async fn talk<IO>(host: Arc<Host>, stream: IO, guest: Guest)
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Guest { peer, entered, watcher } = guest;
    let routes = TowerToHyperService::new(warp::service(host.routes.clone()));
    let keeper = host.clone();
    let _counted = host.meters.connection();
    let service = service_fn(move |mut request: Request<Incoming>| {
        let asked = Asked::by(&request);
        let (cors, refusal) = keeper.admit(peer, &mut request);
        let answer = match refusal {
            None => Either::Left(asked.id.clone().within(routes.call(request))),
            Some(refusal) => {
                pass_over(request);
                Either::Right(ready(Ok(refusal)))
            }
        };
        let keeper = keeper.clone();
        answer.map_ok(move |mut response| {
            cors.tell(&mut response);
            let mut response = keeper.gate.secure(response);
            asked.answered(&keeper.meters, &mut response);
            response
        })
    });
    if let Err(error) = watcher.watch(host.http.serve_connection(TokioIo::new(stream), service)).await {
        tracing::debug!(%error, "a connection ended early");
    }
    drop(entered);
}

/// Receives the body of a refused request beside its answer: many a client reads that only once it has sent all.
fn pass_over(request: Request<Incoming>) {
    let waits = request.headers().contains_key(EXPECT);
    let mut body = request.into_body();
    if waits || body.is_end_stream() {
        return;
    }
    let all = async move {
        let mut bytes = 0;
        while bytes <= BODY_BYTES_MAX
            && let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
        {
            bytes += frame.data_ref().map_or(0, bytes::Bytes::len) as u64;
        }
    };
    tokio::spawn(timeout(REFUSED_BODY_WITHIN, all));
}

fn crowded() -> Vec<u8> {
    let body = r#"{"status":"error","error":"too many connections; close some, or try again","code":"overloaded"}"#;
    format!(
        "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n\
         Content-Type: application/json\r\nX-Content-Type-Options: nosniff\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Accepting that fails, in the log: now and then.
#[derive(Default)]
struct Trouble {
    told: Option<Instant>,
}

impl Trouble {
    /// The system gives no more files, or no memory: what is open may close meanwhile, and is served.
    async fn pause(&mut self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
            return;
        }
        if self.told.is_none_or(|told| told.elapsed() >= ACCEPT_TROUBLE_TOLD_EVERY) {
            tracing::error!(%error, "connections cannot be accepted");
            self.told = Some(Instant::now());
        }
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}
