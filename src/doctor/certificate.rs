//! The certificate and its key: whether the server can use them, and until when.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage};

use super::Finding;
use crate::http::Tls;
use crate::limits::CERTIFICATE_ENDS_WITHIN;
use crate::model::day::rfc3339;

pub fn look(certificate: &Path, key: &Path, now_ms: i64) -> Vec<Finding> {
    if let Err(error) = Tls::load(certificate, key) {
        return vec![Finding::bad(
            "tls",
            error.to_string(),
            "give both files as certbot writes them, and the right to read them",
        )];
    }
    let now = Duration::from_millis(now_ms.unsigned_abs());
    let mut findings = vec![validity(certificate, now)];
    let mode = std::fs::metadata(key).map_or(0, |known| known.mode());
    if mode & 0o007 != 0 {
        let finding = format!("{} can be read by everyone on this machine", key.display());
        findings.push(Finding::warn("tls", finding, format!("chmod o= {}", key.display())));
    }
    findings
}

fn validity(path: &Path, now: Duration) -> Finding {
    let shown = path.display();
    let renew = "renew it: the server shows the new one within seconds";
    match [now, now + CERTIFICATE_ENDS_WITHIN].map(|time| problem(path, time)) {
        [Some(Problem::Unreadable(why)), _] => {
            Finding::bad("tls", format!("the certificate in {shown} cannot be read: {why}"), renew)
        }
        [Some(Problem::From(date)), _] => {
            Finding::bad("tls", format!("the certificate in {shown} is valid from {date} on"), "wait, or set the clock")
        }
        [Some(Problem::Until(date)), _] => {
            Finding::bad("tls", format!("the certificate in {shown} was valid until {date}"), renew)
        }
        [None, Some(Problem::Until(date))] => {
            Finding::warn("tls", format!("the certificate in {shown} is valid until {date} only"), renew)
        }
        _ => {
            let days = CERTIFICATE_ENDS_WITHIN.as_secs() / 86_400;
            Finding::ok("tls", format!("the certificate in {shown} is valid for {days} more days at least"))
        }
    }
}

/// What keeps a certificate from being used at some time.
enum Problem {
    Unreadable(String),
    From(String),
    Until(String),
}

/// Asks what clients of TLS are made of. Whom they trust is not known here, and is looked at after the dates.
fn problem(path: &Path, time: Duration) -> Option<Problem> {
    let unreadable = |why: &dyn std::fmt::Display| Some(Problem::Unreadable(why.to_string()));
    let der = match CertificateDer::from_pem_file(path) {
        Ok(der) => der,
        Err(error) => return unreadable(&error),
    };
    let certificate = match EndEntityCert::try_from(&der) {
        Ok(certificate) => certificate,
        Err(error) => return unreadable(&error),
    };
    let at = UnixTime::since_unix_epoch(time);
    let date =
        |time: UnixTime| rfc3339(i64::try_from(time.as_secs()).unwrap_or(i64::MAX / 1_000).saturating_mul(1_000));
    let verified = certificate.verify_for_usage(&[], &[], &[], at, KeyUsage::server_auth(), None, None);
    match verified.err()? {
        webpki::Error::CertNotValidYet { not_before, .. } => Some(Problem::From(date(not_before))),
        webpki::Error::CertExpired { not_after, .. } => Some(Problem::Until(date(not_after))),
        webpki::Error::BadDer | webpki::Error::InvalidCertValidity => unreadable(&"its dates are damaged"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::super::Level;
    use super::*;
    use crate::limits::CLOCK_MS_MIN;

    /// The levels of what is found so many days after 2026 began, with a certificate of March of that year.
    fn found(dir: &Path, days: i64) -> Vec<Level> {
        let (certificate, key) = (dir.join("cert.pem"), dir.join("key.pem"));
        let findings = look(&certificate, &key, CLOCK_MS_MIN + days * 86_400_000);
        findings.iter().map(|finding| finding.level).collect()
    }

    #[test]
    fn dates_are_told_before_they_hurt() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2026, 3, 1), date_time_ymd(2026, 4, 1));
        let pair = KeyPair::generate().unwrap();
        std::fs::write(dir.path().join("cert.pem"), params.self_signed(&pair).unwrap().pem()).unwrap();
        let key = dir.path().join("key.pem");
        std::fs::write(&key, pair.serialize_pem()).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(found(dir.path(), 50), [Level::Bad], "not yet");
        assert_eq!(found(dir.path(), 65), [Level::Ok]);
        assert_eq!(found(dir.path(), 85), [Level::Warn], "soon no more");
        assert_eq!(found(dir.path(), 100), [Level::Bad], "no more");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(found(dir.path(), 65), [Level::Ok, Level::Warn], "a key for everyone");
        std::fs::write(&key, "no key").unwrap();
        assert_eq!(found(dir.path(), 65), [Level::Bad]);
    }
}
