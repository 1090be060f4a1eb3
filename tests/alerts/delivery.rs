//! Messages on their way: signed, in order, again where they were not taken, and never to where a redirect leads.

use novahouse::language::Language;
use novahouse::notify::{Book, Channel, Hook, Outcome, Secret, Telegram};
use serde_json::json;

use super::{MINUTE_MS, Watched, becomes, book};
use crate::support::receiver::{Manner, Receiver};

/// Lets a rule fire and ends it.
fn fire_and_end(watched: &Watched) {
    watched.requests(20, 2_000);
    watched.minutes(1);
    watched.requests(1_000, 10);
    watched.minutes(1);
}

#[test]
fn a_message_is_signed_and_comes_once_each_way() {
    let (watched, receiver) = (Watched::new(), Receiver::new());
    watched.webhook("ops", &receiver);
    let id = watched.rule(json!({}));
    watched.minutes(3);
    fire_and_end(&watched);
    watched.minutes(5);
    let received = receiver.wait_for(2);
    for (message, event) in received.iter().zip(["fired", "resolved"]) {
        let (body, timestamp) = (message.json(), message.header("x-novahouse-timestamp").unwrap());
        assert_eq!((&body["kind"], &body["version"]), (&json!("alerts"), &json!(1)));
        assert_eq!(message.header("x-novahouse-delivery"), body["id"].as_str());
        let [alert] = &body["alerts"].as_array().unwrap()[..] else { panic!("{body}") };
        assert_eq!((&alert["id"], &alert["event"]), (&json!(id), &json!(event)));
        assert_eq!(alert["resolved_at"].is_null(), event == "fired");
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"a signing secret");
        let tag = ring::hmac::sign(&key, format!("{timestamp}.{}", message.body).as_bytes());
        let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(message.header("x-novahouse-signature"), Some(&*format!("v1={hex}")));
    }
    assert_eq!(received[0].json()["alerts"][0]["value"], 2_000.0);
    assert!(
        received[0].json()["text"].as_str().unwrap().contains("p95 of the response time over 1 hour is above 1000 ms")
    );
}

#[test]
fn what_is_not_taken_is_sent_again_under_the_same_id_and_in_order() {
    let (watched, receiver) = (Watched::new(), Receiver::new());
    watched.webhook("ops", &receiver);
    watched.rule(json!({}));
    receiver.then([Manner::Status(500), Manner::Header(302, "Location", receiver.url("/elsewhere"))]);
    let tried = |times: u32| {
        becomes("the failure is noted", || {
            watched.desk.book.pages().deliveries("ops").iter().any(|one| one.tries == times)
        });
    };
    watched.requests(20, 2_000);
    watched.minutes(1);
    receiver.wait_for(1);
    tried(1);
    // That it is over waits behind it.
    watched.requests(1_000, 10);
    watched.minutes(1);
    receiver.wait_for(2);
    tried(2);
    watched.pass(2 * MINUTE_MS);
    receiver.wait_for(4);
    let received = receiver.received();
    let ids: Vec<_> = received.iter().map(|message| message.header("x-novahouse-delivery").unwrap()).collect();
    assert!(ids[0] == ids[1] && ids[1] == ids[2] && ids[2] != ids[3], "{ids:?}");
    assert!(received.iter().all(|message| message.path == "/hook"), "no redirect is followed");
    becomes("both are done", || !watched.desk.book.pages().is_waiting());
    let log = watched.desk.book.pages().deliveries("ops");
    let told: Vec<_> = log.iter().map(|one| (one.outcome, one.tries)).collect();
    assert_eq!(told, [(Outcome::Sent, 1), (Outcome::Sent, 3)]);
}

#[test]
fn a_receiver_that_hangs_keeps_no_other_waiting() {
    let (watched, hanging, other) = (Watched::new(), Receiver::new(), Receiver::new());
    watched.webhook("ops", &hanging);
    watched.webhook("others", &other);
    hanging.then([Manner::Hangs]);
    watched.rule(json!({"channels": ["ops", "others"]}));
    fire_and_end(&watched);
    other.wait_for(2);
    hanging.wait_for(1);
}

#[test]
fn what_a_receiver_will_not_have_is_given_up_and_no_secret_is_in_the_log() {
    let (watched, receiver) = (Watched::new(), Receiver::new());
    let hook = |path: &str| Hook { url: Secret(receiver.url(path)), language: Language::En };
    watched.change(|document| {
        document.channels.insert("slack".into(), Channel::Slack(hook("/services/very-secret")));
    });
    receiver.then([Manner::Says(400, "no such hook: /services/very-secret".into())]);
    watched.rule(json!({"channels": ["slack"]}));
    fire_and_end(&watched);
    receiver.wait_for(2);
    becomes("both are done", || !watched.desk.book.pages().is_waiting());
    let log = watched.desk.book.pages().deliveries("slack");
    let told: Vec<_> = log.iter().rev().map(|one| (one.outcome, &*one.answer)).collect();
    assert_eq!(told, [(Outcome::GivenUp, "400 Bad Request no such hook: …"), (Outcome::Sent, "200 OK")]);
    let kept = std::fs::read_to_string(book(watched.dir.path())).unwrap();
    assert!(!kept.contains("very-secret"));
}

#[test]
fn others_get_it_in_their_form() {
    let (watched, receiver) = (Watched::new(), Receiver::new());
    let hook = |path: &str| Hook { url: Secret(receiver.url(path)), language: Language::En };
    let token = Secret("123:abc".into());
    let (url, language) = (Some(receiver.url("")), Language::Pl);
    let telegram = Telegram { token, chat_id: "-1001".into(), url, language };
    watched.change(|document| {
        document.channels.insert("slack".into(), Channel::Slack(hook("/slack")));
        document.channels.insert("teams".into(), Channel::Teams(hook("/teams")));
        document.channels.insert("discord".into(), Channel::Discord(hook("/discord")));
        document.channels.insert("telegram".into(), Channel::Telegram(telegram));
    });
    watched.rule(json!({"name": "<slow> & late", "channels": ["slack", "teams", "discord", "telegram"]}));
    watched.requests(20, 2_000);
    watched.minutes(1);
    let received = receiver.wait_for(4);
    let of = |path: &str| received.iter().find(|message| message.path == path).expect(path).json();
    let slack = of("/slack")["text"].as_str().unwrap().to_owned();
    assert!(slack.starts_with("Firing: &lt;slow&gt; &amp; late (default)\nFiring · warning"), "{slack}");
    let card = &of("/teams")["attachments"][0]["content"];
    assert_eq!(
        (&card["type"], &card["body"][0]["text"]),
        (&json!("AdaptiveCard"), &json!("Firing: <slow> & late (default)"))
    );
    assert!(slack.contains("Since 20 March 2026, 11:01 Europe/Warsaw."), "{slack}");
    let discord = of("/discord");
    assert_eq!(discord["allowed_mentions"]["parse"], json!([]));
    assert!(discord["content"].as_str().unwrap().starts_with("Firing: <slow>"));
    let telegram = of("/bot123:abc/sendMessage");
    assert_eq!(telegram["chat_id"], "-1001");
    let text = telegram["text"].as_str().unwrap();
    assert!(text.starts_with("Alert: <slow> & late (default)\nAlert · ostrzeżenie · default"), "{text}");
    assert!(
        text.contains(
            "p95 czasu odpowiedzi w ciągu 1 godziny: powyżej 1000 ms; teraz 2000 ms. Od 20 marca 2026, 11:01 Europe/Warsaw."
        ),
        "{text}"
    );
    // The day of the bot's zone that was looked at.
    let link = "https://chat.example.com/dashboard.html?range=custom&from=2026-03-20&to=2026-03-20#performance";
    assert!(text.ends_with(&format!("\n{link}")), "{text}");
    assert!(discord["content"].as_str().unwrap().ends_with(link), "{discord}");
    assert_eq!(card["body"][2]["text"], format!("[NovaHouse]({link})"));
    assert!(slack.ends_with(&link.replace('&', "&amp;")), "{slack}");
}

/// Sent, and not written down that it was: the one case in which a message comes twice, and then under the same id.
#[test]
fn what_was_sent_and_not_noted_comes_again_under_the_same_id() {
    let (watched, receiver) = (Watched::new(), Receiver::new());
    watched.webhook("ops", &receiver);
    watched.rule(json!({}));
    watched.requests(20, 2_000);
    let posted = watched.dir.path().join("as it was posted");
    receiver.then([Manner::Status(500)]);
    watched.minutes(1);
    receiver.wait_for(1);
    // In memory it is known before.
    let on_disk = || Book::peek(watched.dir.path()).unwrap();
    becomes("it is written down that it was not taken", || {
        on_disk().deliveries("ops").first().is_some_and(|delivery| delivery.tries == 1)
    });
    std::fs::copy(book(watched.dir.path()), &posted).unwrap();
    watched.pass(2 * MINUTE_MS);
    receiver.wait_for(2);
    becomes("it is written down that it was", || !on_disk().is_waiting());
    // As a crash leaves it: the file of before the second try.
    let file = book(watched.dir.path());
    std::fs::copy(&posted, &file).unwrap();
    let watched = watched.restart();
    let received = receiver.wait_for(3);
    becomes("it is done again", || !watched.desk.book.pages().is_waiting());
    let ids: Vec<_> = received.iter().map(|message| message.header("x-novahouse-delivery")).collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    watched.minutes(10);
    assert_eq!(receiver.received().len(), 3);
}

#[test]
fn a_message_to_a_channel_that_is_gone_is_let_go() {
    let (watched, receiver) = (Watched::new(), Receiver::new());
    watched.webhook("ops", &receiver);
    watched.rule(json!({}));
    receiver.then([Manner::Status(503)]);
    watched.requests(20, 2_000);
    watched.minutes(1);
    receiver.wait_for(1);
    becomes("it is noted", || watched.desk.book.pages().deliveries("ops")[0].tries == 1);
    watched.change(|document| document.channels.remove("ops"));
    watched.pass(2 * MINUTE_MS);
    becomes("it is let go", || !watched.desk.book.pages().is_waiting());
    assert_eq!(watched.desk.book.pages().deliveries("ops")[0].outcome, Outcome::GivenUp);
}
