//! `novahouse report`, beside a live server.

use super::mime::Part;
use crate::support::mail_server::{MailServer, Mood, Speaks};
use crate::support::process::{Dir, Server, run_on};

#[test]
fn a_report_is_written_in_every_form_beside_a_live_server() {
    let dir = Dir::new();
    run_on(&dir.data(), "demo --days 40 --seed 3").exits(0);
    let server = Server::on(&dir.data());
    let html = run_on(
        &dir.data(),
        "report --period last-month --format html --language pl --public-url https://chat.example.com",
    );
    let html = html.exits(0).out;
    assert!(
        html.starts_with("<!DOCTYPE html>")
            && html.contains("Raport miesięczny")
            && html.contains("data:image/png;base64,")
    );
    let text = run_on(&dir.data(), "report --bot default --sections summary,cost").exits(0).out;
    assert!(text.contains("Weekly report") && text.contains("Cost") && !text.contains("Slowest"), "{text}");
    let csv = run_on(&dir.data(), "report --period yesterday --format csv").exits(0).out;
    assert!(csv.starts_with("bot,period,part,name,measure,value,previous\n"), "{csv}");
    let file = dir.file("report.pdf");
    let words = format!("report --period last-month --format pdf --output {}", file.display());
    run_on(&dir.data(), &words).exits(0);
    assert!(std::fs::read(&file).unwrap().starts_with(b"%PDF-"));
    // What a server answers is what a command writes.
    let (status, _) = server.get("/api/health");
    assert_eq!(status, 200);
    let answer = server.client().get("/api/reports/preview?period=yesterday&format=csv").unwrap();
    assert_eq!(answer.text(), csv);
    for (words, named) in [
        ("report --period never", "last-month"),
        ("report --bot nobody", "nobody"),
        ("report --format doc", "doc"),
        ("report --public-url chat", "public_url"),
        ("report add Weekly --every week --channel mail --to a@example.com", "channel:"),
        ("report remove Weekly", "Weekly"),
    ] {
        let refused = run_on(&dir.data(), words).exits(2);
        assert!(refused.err.contains(named) && refused.out.is_empty(), "{words}: {refused:?}");
    }
}

#[test]
fn reports_are_added_listed_and_removed_beside_a_live_server() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    let channel =
        "channel add mail --kind email --host localhost --security none --from nova@example.com --to ops@example.com";
    run_on(&dir.data(), channel).exits(0);
    let add = "report add Weekly --every week --hour 7 --language pl --channel mail --to anna@example.com --to zofia@example.com";
    let added = run_on(&dir.data(), add).exits(0);
    let id = added.out.trim().to_owned();
    // Without an address of the server its mails have no way out, and once no one was told.
    assert!(added.err.contains("List-Unsubscribe") && added.err.contains(&format!("report change {id} --public-url")));
    let reachable =
        "report add Daily --every day --channel mail --to anna@example.com --public-url https://chat.example.com";
    assert_eq!(run_on(&dir.data(), reachable).exits(0).err, "");
    run_on(&dir.data(), "report remove Daily").exits(0);
    let listed = run_on(&dir.data(), "report list --json").exits(0).json();
    assert_eq!((&listed[0]["id"], &listed[0]["report"]["hour"]), (&id.clone().into(), &7.into()));
    assert!(run_on(&dir.data(), "report list").exits(0).out.contains("anna@example.com, zofia@example.com"));
    super::becomes("the server hears of it", || server.get("/api/reports").1["reports"][0]["id"] == id);
    run_on(&dir.data(), "channel remove mail").exits(2);
    run_on(&dir.data(), "report remove Weekly").exits(0);
    run_on(&dir.data(), "channel remove mail").exits(0);
    let audit = std::fs::read_to_string(dir.data().join("audit.ndjson")).unwrap();
    for action in ["report added", "report removed"] {
        assert_eq!(audit.matches(&format!("\"{action}\"")).count(), 2, "{action}: {audit}");
    }
    assert!(server.terminate().success());
}

#[test]
fn a_report_is_changed_by_what_is_given_and_the_checks_are_those_of_the_api() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    let channel =
        "channel add mail --kind email --host localhost --security none --from nova@example.com --to ops@example.com";
    run_on(&dir.data(), channel).exits(0);
    let add = "report add Weekly --every week --hour 7 --language pl --channel mail --to anna@example.com";
    let id = run_on(&dir.data(), add).exits(0).out.trim().to_owned();
    let before = run_on(&dir.data(), "report list --json").exits(0).json()[0]["report"].clone();
    let change = "report change Weekly --hour 9 --to jan@example.com --to anna@example.com --enabled false";
    run_on(&dir.data(), change).exits(0);
    let mut expected = before;
    expected["hour"] = 9.into();
    expected["recipients"] = serde_json::json!(["jan@example.com", "anna@example.com"]);
    expected["enabled"] = false.into();
    assert_eq!(run_on(&dir.data(), "report list --json").exits(0).json()[0]["report"], expected);
    super::becomes("the server hears of it", || server.get("/api/reports").1["reports"][0]["report"] == expected);
    run_on(&dir.data(), &format!("report change {id} --name Daily --every day --sections cost")).exits(0);
    for (words, named) in [
        ("report change Weekly --hour 9", "no report"),
        ("report change Daily --hour 24", "hour:"),
        ("report change Daily --to nobody", "recipients:"),
        ("report change Daily --channel none", "channel:"),
        ("report change Daily --bot nobody", "nobody"),
        ("report change Daily --public-url javascript:alert(1)", "public_url:"),
        ("report change Daily", "required"),
    ] {
        let refused = run_on(&dir.data(), words).exits(2);
        assert!(refused.err.contains(named), "{words}: {refused:?}");
    }
    let now = run_on(&dir.data(), "report list --json").exits(0).json()[0]["report"].clone();
    assert_eq!((&now["name"], &now["every"], &now["hour"]), (&"Daily".into(), &"day".into(), &9.into()));
    let audit = std::fs::read_to_string(dir.data().join("audit.ndjson")).unwrap();
    assert_eq!(audit.matches("\"report changed\"").count(), 2, "{audit}");
    assert!(server.terminate().success());
}

#[test]
fn a_report_is_sent_at_once_beside_a_live_server_and_what_came_of_each_mail_is_told() {
    let (dir, mails) = (Dir::new(), MailServer::new(Speaks::Clear, false));
    let server = Server::on(&dir.data());
    server.post(&crate::support::process::messages(20));
    let port = mails.address.port();
    let channel = format!(
        "channel add mail --kind email --host 127.0.0.1 --port {port} --security none --from nova@example.com --to ops@example.com"
    );
    run_on(&dir.data(), &channel).exits(0);
    let add =
        "report add Weekly --every week --language pl --channel mail --to anna@example.com --to zofia@example.com";
    run_on(&dir.data(), add).exits(0);
    let sent = run_on(&dir.data(), "report send Weekly --public-url https://chat.example.com").exits(0);
    assert!(sent.out.contains("anna@example.com: the mail was taken: 250"), "{sent:?}");
    let received = mails.wait_for(2);
    assert_eq!((&received[0].to[0], &received[1].to[0]), (&"anna@example.com".into(), &"zofia@example.com".into()));
    let part = Part::parse(&received[0].text);
    assert!(part.of_kind("text/plain")[0].text().contains("Raport tygodniowy, bot default"));
    assert!(part.header("list-unsubscribe").unwrap().contains("https://chat.example.com/api/reports/unsubscribe"));
    assert_eq!((part.of_kind("application/pdf").len(), part.of_kind("text/csv").len()), (1, 1));

    mails.then(&[Mood::Refuses(550)]);
    let part_taken = run_on(&dir.data(), "report send Weekly").exits(1);
    assert!(part_taken.err.contains("anna@example.com: the mail was not taken"), "{part_taken:?}");
    assert!(part_taken.out.contains("zofia@example.com: the mail was taken"), "{part_taken:?}");
    mails.then(&[Mood::Refuses(550)]);
    run_on(&dir.data(), "report send Weekly --to someone@example.com").exits(2);
    for (words, named) in [("report send None", "no report"), ("report send Weekly --to nobody", "to:")] {
        let refused = run_on(&dir.data(), words).exits(2);
        assert!(refused.err.contains(named), "{words}: {refused:?}");
    }
    let audit = std::fs::read_to_string(dir.data().join("audit.ndjson")).unwrap();
    assert_eq!(audit.matches("\"report sent\"").count(), 2, "{audit}");
    assert!(server.terminate().success());
}
