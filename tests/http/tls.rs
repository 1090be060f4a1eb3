//! TLS: a client that knows the certificate, files that change while the server runs, and files that are of no use.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use novahouse::http::{Door, Tls};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::Fresh;
use crate::support::process::{Dir, Server, novahouse};

/// A certificate of its own for `localhost`, written to the two files.
fn certify(dir: &Dir) -> CertifiedKey<KeyPair> {
    let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    dir.write("cert.pem", &made.cert.pem());
    dir.write("key.pem", &made.signing_key.serialize_pem());
    made
}

/// What the server answers to someone who knows this certificate only.
fn ask(address: SocketAddr, known: &CertifiedKey<KeyPair>, path: &str) -> std::io::Result<String> {
    send(address, known, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
}

/// The same for a whole request.
fn send(address: SocketAddr, known: &CertifiedKey<KeyPair>, request: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(known.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(address)?);
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Asks until the answer comes or fails as it should.
#[track_caller]
fn comes_to(address: SocketAddr, known: &CertifiedKey<KeyPair>, trusted: bool) {
    let began = Instant::now();
    while ask(address, known, "/api/health").is_ok() != trusted {
        assert!(began.elapsed() < Duration::from_secs(60), "the certificate is still the same");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn behind_tls(dir: &Dir, handshake_within: Duration) -> Fresh {
    let tls = Tls::load(&dir.file("cert.pem"), &dir.file("key.pem")).unwrap();
    Fresh::behind(Door { tls: Some(Arc::new(tls)), handshake_within, ..Door::default() })
}

#[test]
fn a_renewed_certificate_is_shown_and_a_broken_one_is_not() {
    let dir = Dir::new();
    let first = certify(&dir);
    let server = behind_tls(&dir, Duration::from_secs(30));
    let address = server.served.address;
    let answer = ask(address, &first, "/api/analytics/overview").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("strict-transport-security: max-age="), "{answer}");

    let second = certify(&dir);
    comes_to(address, &second, true);
    assert!(ask(address, &first, "/api/health").is_err(), "the first is gone");

    // The certificate is renewed, and its key is not yet.
    let key = std::fs::read(dir.file("key.pem")).unwrap();
    let third = certify(&dir);
    let third_key = std::fs::read(dir.file("key.pem")).unwrap();
    std::fs::write(dir.file("key.pem"), key).unwrap();
    std::thread::sleep(novahouse::limits::TLS_FILES_LOOKED_AT_EVERY * 3 / 2);
    assert!(ask(address, &second, "/api/health").is_ok(), "the one before goes on");
    std::fs::write(dir.file("key.pem"), third_key).unwrap();
    comes_to(address, &third, true);
}

#[test]
fn a_login_over_tls_gives_a_cookie_that_never_goes_without_it() {
    let dir = Dir::new();
    let known = certify(&dir);
    let mut add = novahouse();
    add.args(["user", "add", "anna", "--role", "admin", "--password-stdin", "--data"]).arg(dir.data());
    let mut adding = add.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    adding.stdin.take().unwrap().write_all(b"a long enough password\n").unwrap();
    assert!(adding.wait().unwrap().success());
    let mut serve = novahouse();
    serve.args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data"]).arg(dir.data());
    serve.arg("--tls-cert").arg(dir.file("cert.pem")).arg("--tls-key").arg(dir.file("key.pem"));
    let server = Server::start(serve);
    let body = r#"{"name":"anna","password":"a long enough password"}"#;
    let head =
        "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json";
    let login = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let answer = send(server.address, &known, &login).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect(&answer);
    assert!(cookie.split("; ").any(|part| part == "Secure"), "{cookie}");
    assert!(server.terminate().success());
}

#[test]
fn who_does_not_come_to_tls_is_let_go_without_an_answer() {
    let dir = Dir::new();
    let known = certify(&dir);
    let server = behind_tls(&dir, Duration::from_millis(300));
    for bytes in [&b""[..], b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"] {
        let mut stream = TcpStream::connect(server.served.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        // It may be cut off in the middle of what it sends.
        let _ = stream.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    }
    assert!(ask(server.served.address, &known, "/api/health").is_ok(), "it goes on");
}

#[test]
fn files_of_no_use_are_named_before_the_server_is_up() {
    let dir = Dir::new();
    certify(&dir);
    let (cert, key) = (dir.file("cert.pem"), dir.file("key.pem"));
    let other = dir.write("other.pem", &KeyPair::generate().unwrap().serialize_pem());
    let empty = dir.write("empty.pem", "nothing\n");
    let broken = dir.write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let missing = dir.file("missing.pem");
    let refused = |cert: &Path, key: &Path, flag: &str, named: &Path, why: &str| {
        let mut command = novahouse();
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(dir.data());
        command.arg("--tls-cert").arg(cert).arg("--tls-key").arg(key);
        let output = command.output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{error}");
        for part in [flag, named.to_str().unwrap(), why] {
            assert!(error.contains(part), "no {part} in {error}");
        }
    };
    refused(&missing, &key, "--tls-cert", &missing, "No such file");
    refused(&cert, &missing, "--tls-key", &missing, "No such file");
    refused(&empty, &key, "--tls-cert", &empty, "no certificate in it");
    refused(&broken, &key, "--tls-cert", &broken, "certificate");
    refused(&cert, &empty, "--tls-key", &empty, "no private key in it");
    refused(&cert, &cert, "--tls-key", &cert, "no private key in it");
    refused(&cert, &other, "--tls-key", &other, "not the key of the certificate");
    assert!(!dir.data().exists(), "nothing was begun");
}

#[test]
fn the_executable_speaks_tls_and_stops_as_ever() {
    let dir = Dir::new();
    let known = certify(&dir);
    let mut command = novahouse();
    command.args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data"]).arg(dir.data());
    command.env("NOVAHOUSE_TLS_CERT", dir.file("cert.pem")).env("NOVAHOUSE_TLS_KEY", dir.file("key.pem"));
    let server = Server::start(command);
    assert!(ask(server.address, &known, "/api/health").unwrap().starts_with("HTTP/1.1 200"));
    let _waits = TcpStream::connect(server.address).unwrap();
    assert!(server.terminate().success());
}
