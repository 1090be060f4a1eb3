//! TLS with a certificate and its key out of two files, which are read again when they change.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rustls::ServerConfig;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::error::{Error, Result};
use crate::limits::TLS_FILES_LOOKED_AT_EVERY;

/// The certificate that is shown, and where it comes from.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    now: Mutex<Now>,
}

struct Now {
    acceptor: TlsAcceptor,
    /// The files as they were when they were last read, whether or not they could be used.
    seen: [Option<Seen>; 2],
}

/// What tells a file from one that took its place: when it was changed in seconds and nanoseconds, its length, its number.
type Seen = (i64, i64, u64, u64);

impl Tls {
    /// # Errors
    /// A sentence that names the file, where there is no certificate in it, or no key that belongs to it.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self> {
        // Looked at before it is read: what changes meanwhile is read again.
        let seen = [seen(certificate), seen(key)];
        let now = Mutex::new(Now { acceptor: acceptor(certificate, key)?, seen });
        Ok(Self { certificate: certificate.into(), key: key.into(), now })
    }

    /// For the next connection.
    pub fn acceptor(&self) -> TlsAcceptor {
        self.now.lock().acceptor.clone()
    }

    /// Looks now and then whether the files have changed.
    pub async fn follow(&self) -> std::convert::Infallible {
        loop {
            tokio::time::sleep(TLS_FILES_LOOKED_AT_EVERY).await;
            self.look_again();
        }
    }

    /// Of a renewal that is half done, or broken, the log tells; the certificate before it is shown meanwhile.
    fn look_again(&self) {
        let seen = [seen(&self.certificate), seen(&self.key)];
        if self.now.lock().seen == seen {
            return;
        }
        let read = acceptor(&self.certificate, &self.key);
        let mut now = self.now.lock();
        now.seen = seen;
        match read {
            Ok(acceptor) => {
                now.acceptor = acceptor;
                tracing::info!(certificate = %self.certificate.display(), "the new certificate is shown");
            }
            Err(error) => tracing::error!(%error, "the new certificate cannot be used; the one before it is shown"),
        }
    }
}

fn seen(path: &Path) -> Option<Seen> {
    let known = std::fs::metadata(path).ok()?;
    Some((known.mtime(), known.mtime_nsec(), known.size(), known.ino()))
}

fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor> {
    let unusable = |flag: &str, path: &Path, why: &dyn std::fmt::Display| {
        Error::Unusable(format!("{flag}: {}: {why}", path.display()))
    };
    let of_certificate = |why: &dyn std::fmt::Display| unusable("--tls-cert", certificate, why);
    let of_key = |why: &dyn std::fmt::Display| unusable("--tls-key", key, why);

    let pem = std::fs::read(certificate).map_err(|error| of_certificate(&error))?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, PemError>>()
        .map_err(|error| of_certificate(&error))?;
    if chain.is_empty() {
        return Err(of_certificate(&"there is no certificate in it; expected PEM, the server's own first"));
    }
    let pem = std::fs::read(key).map_err(|error| of_key(&error))?;
    let private = PrivateKeyDer::from_pem_slice(&pem).map_err(|error| match error {
        PemError::NoItemsFound => of_key(&"there is no private key in it; expected PEM without a password"),
        other => of_key(&other),
    })?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| of_key(&error))?
        .with_no_client_auth()
        .with_single_cert(chain, private);
    let mut config = config.map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            of_key(&format!("it is not the key of the certificate in {}", certificate.display()))
        }
        rustls::Error::InvalidCertificate(_) => of_certificate(&error),
        other => of_key(&other),
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
