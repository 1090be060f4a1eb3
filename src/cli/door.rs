//! The flags of `serve` that say who may come in, and the address it listens on.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio::net::{TcpListener, TcpSocket};

use crate::error::{Error, Result};
use crate::http::{Door, Network, Tls};
use crate::limits::{CONNECTIONS_MAX, CONNECTIONS_WAITING_MAX, FILES_BESIDE_CONNECTIONS};

#[derive(Args)]
pub(super) struct DoorFlags {
    /// Address to listen on; loopback unless you say otherwise
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", env = "NOVAHOUSE_LISTEN")]
    listen: SocketAddr,
    /// Speak TLS with the certificate in this file (PEM, the server's own first); read again when it changes
    #[arg(long, value_name = "FILE", env = "NOVAHOUSE_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate (PEM, without a password)
    #[arg(long, value_name = "FILE", env = "NOVAHOUSE_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A proxy whose X-Forwarded-For is believed: its address, or a network such as 10.0.0.0/8; may be given several times
    #[arg(long, value_name = "ADDRESS", env = "NOVAHOUSE_TRUSTED_PROXY", value_delimiter = ',')]
    trusted_proxy: Vec<Network>,
    /// Requests a second of one address, and five times as many at once; as many as come, unless you say otherwise
    #[arg(long, value_name = "REQUESTS", env = "NOVAHOUSE_RATE_LIMIT",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate_limit: Option<u32>,
}

impl DoorFlags {
    pub(super) fn door(&self) -> Result<Door> {
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => Some(Arc::new(Tls::load(certificate, key)?)),
            _ => None,
        };
        let rate_limit = self.rate_limit.and_then(NonZeroU32::new);
        Ok(Door { tls, proxies: self.trusted_proxy.clone(), rate_limit, ..Door::default() })
    }

    /// Whether others than this machine can come in.
    pub(super) fn is_beyond_loopback(&self) -> bool {
        is_beyond_loopback(&self.listen)
    }

    /// Within a runtime.
    pub(super) fn listen(&self) -> Result<TcpListener> {
        listen(self.listen).map_err(|error| {
            Error::Unusable(format!("--listen: {} cannot be listened on: {error}; choose another port", self.listen))
        })
    }
}

pub(super) fn is_beyond_loopback(address: &SocketAddr) -> bool {
    !address.ip().to_canonical().is_loopback()
}

pub(super) fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restarted server takes its port although connections of the one before still end.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    // With the 128 that are usual, a burst of clients waits a second for the system to ask again.
    socket.listen(CONNECTIONS_WAITING_MAX)
}

/// A process begins with 1,024 files as a rule, for the sake of old programs; the system lets it have more.
pub(super) fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let wanted = CONNECTIONS_MAX as u64 + FILES_BESIDE_CONNECTIONS;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    let allowed = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), maximum });
    if raised.is_err() || allowed < wanted {
        tracing::warn!(files = allowed, wanted, "the system gives too few files for all connections there may be");
    }
}
