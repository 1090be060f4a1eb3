//! Mail over a real connection: in clear, after STARTTLS and in TLS, with a login, refused, dropped and hanging.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use novahouse::notify::Outcome;
use serde_json::json;

use super::{MINUTE_MS, Watched, becomes};
use crate::support::mail_server::{MailServer, Mood, Speaks};
use crate::support::process::{Dir, Ran, novahouse, run_on};
use crate::support::receiver::Receiver;

const TO: [&str; 2] = ["ops@example.com", "Zofia Żak <zofia@example.com>"];

#[test]
fn an_alert_is_mailed_to_all_and_says_what_it_is() {
    let (watched, server) = (Watched::new(), MailServer::new(Speaks::Clear, false));
    watched.change(|document| document.channels.insert("mail".into(), server.channel(&TO)));
    watched.rule(json!({"name": "Wolno: zażółć", "channels": ["mail"]}));
    watched.requests(20, 2_000);
    watched.minutes(1);
    let [mail] = &server.wait_for(1)[..] else { unreachable!("so many were waited for") };
    assert_eq!(
        (&*mail.from, &mail.to[..]),
        ("nova@example.com", &["ops@example.com".to_owned(), "zofia@example.com".into()][..])
    );
    let header = |name: &str| {
        let line = mail.text.lines().find(|line| line.starts_with(name));
        line.unwrap_or_else(|| panic!("{name}: {}", mail.text)).to_owned()
    };
    assert!(header("Subject: ").contains("=?utf-8?b?"), "{}", mail.text);
    becomes("it is noted", || !watched.desk.book.pages().is_waiting());
    let [delivery] = &watched.desk.book.pages().deliveries("mail")[..] else { panic!("one") };
    assert_eq!(delivery.outcome, Outcome::Sent);
    assert!(header("Message-ID: ").contains(&format!("<{}@example.com>", delivery.id)));
    assert!(header("Date: ").contains("2026"));
    assert!(delivery.answer.starts_with("250"), "{}", delivery.answer);
}

#[test]
fn a_mail_that_fails_is_sent_again_and_one_that_is_refused_is_given_up() {
    let (watched, server, other) = (Watched::new(), MailServer::new(Speaks::Clear, false), Receiver::new());
    watched.change(|document| document.channels.insert("mail".into(), server.channel(&TO[..1])));
    watched.webhook("ops", &other);
    watched.rule(json!({"channels": ["mail", "ops"]}));
    server.then(&[Mood::Drops, Mood::Refuses(451), Mood::Refuses(550)]);
    watched.requests(20, 2_000);
    watched.minutes(1);
    for tries in 1..=2 {
        becomes("the failure is noted", || {
            watched.desk.book.pages().deliveries("mail").iter().any(|one| one.tries == tries)
        });
        watched.pass(2 * MINUTE_MS);
    }
    becomes("it is given up", || !watched.desk.book.pages().is_waiting());
    let [delivery] = &watched.desk.book.pages().deliveries("mail")[..] else { panic!("one") };
    assert_eq!((delivery.outcome, delivery.tries), (Outcome::GivenUp, 3));
    assert!(delivery.answer.contains("550"), "{}", delivery.answer);
    // A server that says nothing any more keeps the other channel from nothing.
    server.then(&[Mood::Hangs]);
    watched.requests(1_000, 10);
    watched.minutes(1);
    other.wait_for(2);
}

/// The alert once went to no one of the channel, for as long as one of them was refused.
#[test]
fn a_full_mailbox_keeps_no_alert_from_the_others() {
    let (watched, server) = (Watched::new(), MailServer::new(Speaks::Clear, false));
    watched.change(|document| document.channels.insert("mail".into(), server.channel(&TO)));
    watched.rule(json!({"channels": ["mail"]}));
    server.refuse("ops@example.com", 450);
    watched.requests(20, 2_000);
    watched.minutes(1);
    assert_eq!(server.wait_for(1)[0].to, ["zofia@example.com"]);
    let deliveries = || watched.desk.book.pages().deliveries("mail");
    becomes("what became of each is told", || deliveries().iter().all(|one| one.tries == 2));
    let told: Vec<_> = deliveries().into_iter().map(|one| (one.title, one.outcome)).collect();
    let title = "Firing: Slow (default)";
    assert_eq!(
        told,
        [
            (format!("{title}: ops@example.com"), Outcome::Waiting),
            (format!("{title}: Zofia Żak <zofia@example.com>"), Outcome::Sent)
        ]
    );
    // Who is not there at all keeps no one from it either.
    server.refuse("ops@example.com", 550);
    watched.requests(2_000, 10);
    watched.minutes(1);
    let over = &server.wait_for(2)[1];
    assert_eq!(over.to, ["zofia@example.com"]);
    watched.pass(2 * MINUTE_MS);
    becomes("all is done", || !watched.desk.book.pages().is_waiting());
    assert!(
        deliveries().iter().all(|one| (one.outcome == Outcome::GivenUp) == one.title.ends_with(": ops@example.com"))
    );
}

/// A command that trusts the server's certificate.
fn test_mail(dir: &Dir, server: &MailServer, trusted: &str) -> Ran {
    let file: PathBuf = dir.write("trusted.pem", trusted);
    let _ = server;
    let mut command = novahouse();
    command.args(["channel", "test", "mail", "--data"]).arg(dir.data());
    command.env("SSL_CERT_FILE", file).env_remove("SSL_CERT_DIR").output().expect("it starts").into()
}

fn add_mail(dir: &Dir, server: &MailServer, security: &str, password: &str) {
    let port = server.address.port().to_string();
    let mut command: Command = novahouse();
    command.args(["channel", "add", "mail", "--kind", "email", "--host", "localhost", "--port", &port]);
    command.args(["--security", security, "--user", "nova", "--from", "nova@example.com", "--to", "ops@example.com"]);
    command.args(["--secret-stdin", "--data"]).arg(dir.data());
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
    let done: Ran = child.wait_with_output().unwrap().into();
    done.exits(0);
}

#[test]
fn mail_goes_through_tls_to_a_server_that_is_known_and_with_a_login() {
    for (speaks, security) in [(Speaks::Starttls, "starttls"), (Speaks::Tls, "tls")] {
        let (dir, server) = (Dir::new(), MailServer::new(speaks, true));
        add_mail(&dir, &server, security, "a right password");
        let stranger = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
        let refused = test_mail(&dir, &server, &stranger).exits(2);
        assert!(refused.err.to_lowercase().contains("certificate"), "{refused:?}");
        let taken = test_mail(&dir, &server, &server.certificate).exits(0);
        assert!(taken.out.contains("250"), "{taken:?}");
        let [mail] = &server.wait_for(1)[..] else { unreachable!("so many were waited for") };
        assert!(mail.was_private && mail.login.as_deref() == Some("nova\0a right password"), "{mail:?}");
        assert!(!dir.data().join("notices.json").exists(), "a command writes nothing beside a server");
    }
}

#[test]
fn a_wrong_login_and_a_server_without_tls_are_told_without_the_password() {
    let (dir, server) = (Dir::new(), MailServer::new(Speaks::Starttls, true));
    add_mail(&dir, &server, "starttls", "a wrong password");
    let refused = test_mail(&dir, &server, &server.certificate).exits(2);
    assert!(refused.err.contains("535") && !refused.err.contains("a wrong password"), "{refused:?}");
    let (dir, server) = (Dir::new(), MailServer::new(Speaks::Clear, true));
    add_mail(&dir, &server, "starttls", "a right password");
    let refused = test_mail(&dir, &server, &server.certificate).exits(2);
    assert!(!refused.err.contains("a right password"), "{refused:?}");
    server.wait_for(0);
    let settings = std::fs::metadata(dir.data().join("settings.json")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&settings.permissions()) & 0o777, 0o600);
    assert!(!run_on(&dir.data(), "channel list --json").exits(0).out.contains("password\""));
}
