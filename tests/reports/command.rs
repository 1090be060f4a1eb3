//! `novahouse report`, beside a live server.

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
    let id = run_on(&dir.data(), add).exits(0).out.trim().to_owned();
    let listed = run_on(&dir.data(), "report list --json").exits(0).json();
    assert_eq!((&listed[0]["id"], &listed[0]["report"]["hour"]), (&id.clone().into(), &7.into()));
    assert!(run_on(&dir.data(), "report list").exits(0).out.contains("anna@example.com, zofia@example.com"));
    super::becomes("the server hears of it", || server.get("/api/reports").1["reports"][0]["id"] == id);
    run_on(&dir.data(), "channel remove mail").exits(2);
    run_on(&dir.data(), "report remove Weekly").exits(0);
    run_on(&dir.data(), "channel remove mail").exits(0);
    let audit = std::fs::read_to_string(dir.data().join("audit.ndjson")).unwrap();
    for action in ["report added", "report removed"] {
        assert_eq!(audit.matches(&format!("\"{action}\"")).count(), 1, "{action}: {audit}");
    }
    assert!(server.terminate().success());
}
