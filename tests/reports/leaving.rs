//! The way out: no one has to log in, a mail scanner that follows the link changes nothing, and a link is for one recipient.

use novahouse::access::KeyKind;
use serde_json::json;

use super::mime::Part;
use super::{Printed, exchange, ms, report};
use crate::access::House;
use crate::support::document::Document;
use crate::support::mail_server::{MailServer, Speaks};

#[test]
fn whoever_has_the_link_of_his_mail_leaves_with_a_post_and_gets_nothing_more() {
    let house = House::new();
    let server = MailServer::new(Speaks::Clear, false);
    let settings = &house.served.settings;
    let id = settings
        .change(|document| {
            document.channels.insert("mail".into(), server.channel(&["ops@example.com"]));
            document.reports.add(report(json!({"every": "day"})), &document.channels, 0)
        })
        .unwrap();
    let document = Document::of(&house.served);
    let link = |address: &str| {
        let token = settings.now().reports.token(&id, address).unwrap();
        format!("/api/reports/unsubscribe?report={id}&token={}", token.to_hex())
    };
    let anna = link("anna@example.com");
    let recipients = || settings.now().reports.find(&id).unwrap().report.recipients.clone();
    for _ in 0..2 {
        let page = house.served.get(&anna);
        document.describes("get", "/api/reports/unsubscribe", &page);
        assert_eq!(page.status, 200);
        assert!(page.text().contains("anna@example.com") && page.text().contains("method=\"post\""), "{}", page.text());
        assert!(page.text().contains("Tak, wypisz mnie"), "in the report's language");
        assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    }
    assert_eq!(recipients().len(), 2, "a GET only asks");
    // As a mail program sends it: a form, no cookie, no origin.
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let post = |path: &str| house.served.client().send("POST", path, &form, b"List-Unsubscribe=One-Click").unwrap();
    for path in [
        format!("/api/reports/unsubscribe?report={id}&token={}", "0".repeat(64)),
        anna.replace(&id, "another"),
        "/api/reports/unsubscribe".to_owned(),
    ] {
        let unknown = post(&path);
        document.describes("post", "/api/reports/unsubscribe", &unknown);
        assert_eq!(unknown.status, 404, "{path}");
    }
    assert_eq!(recipients().len(), 2);
    let left = post(&anna);
    document.describes("post", "/api/reports/unsubscribe", &left);
    assert_eq!(left.status, 200);
    assert!(left.text().contains("Nie dostaniesz już"), "{}", left.text());
    assert_eq!(recipients(), ["Zofia Żak <zofia@example.com>"]);
    assert_eq!((post(&anna).status, house.served.get(&anna).status), (404, 404), "once");
    assert_eq!(settings.now().reports.find(&id).unwrap().left, ["anna@example.com"]);
    let key = house.key("root's", KeyKind::Admin, &[]);
    let audit = house.with_key("GET", "/api/access/audit", &key, "").json();
    let lines = audit["entries"].as_array().unwrap().iter();
    let lines: Vec<_> = lines.filter(|line| line["action"] == "unsubscribed from a report").collect();
    assert_eq!((lines.len(), &lines[0]["actor"]), (1, &json!("link of a mail")));
}

#[test]
fn a_letter_that_waits_is_not_sent_to_whoever_has_left_meanwhile() {
    let (printed, server) = (Printed::new(ms("2026-10-05T12:00:00Z")), MailServer::new(Speaks::Clear, false));
    printed.channel(&server);
    printed.append(vec![exchange(ms("2026-10-05T11:00:00Z"), "dzień dobry wszystkim", "greeting")]);
    let id = printed.report(json!({"every": "day"}));
    printed.hours(24);
    let mut mails = server.wait_for(2);
    mails.sort_by(|one, other| one.to.cmp(&other.to));
    printed.delivered();
    let links: Vec<String> =
        mails.iter().map(|mail| Part::parse(&mail.text).header("list-unsubscribe").unwrap().to_owned()).collect();
    assert_ne!(links[0], links[1], "each has his own");
    let token = links[0].trim_end_matches('>').rsplit('=').next().unwrap().to_owned();
    // It is posted, and she leaves before it is sent.
    server.refuse("anna@example.com", 451);
    printed.hours(24);
    super::becomes("hers is tried", || {
        let deliveries = printed.book.pages().deliveries("mail");
        deliveries.iter().any(|one| one.tries == 1 && one.answer.contains("451"))
    });
    server.take_again("anna@example.com");
    printed.settings.change(|document| Ok(document.reports.unsubscribe(&id, &token))).unwrap().unwrap();
    printed.pass(super::HOUR_MS);
    printed.delivered();
    let later = &server.wait_for(3)[2];
    assert_eq!(later.to, ["zofia@example.com"]);
}
