//! A clock that is moved over months, with restarts, downtime and a mail server that fails: each period reaches each mailbox
//! once.

use std::collections::BTreeMap;

use novahouse::clock::Clock;
use novahouse::language::Language;
use novahouse::notify::{Message, Outcome};
use novahouse::report::Why;
use novahouse::store::{BackupOptions, restore};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use super::mime::Part;
use super::{HOUR_MS, Printed, exchange, ms};
use crate::support::mail_server::{Mail, MailServer, Mood, Speaks};

/// Whom a mail went to, and what it is called.
fn subject(mail: &Mail) -> (String, String) {
    let part = Part::parse(&mail.text);
    let text = part.of_kind("text/plain")[0].text().lines().next().unwrap_or_default().to_owned();
    assert_eq!(mail.to.len(), 1, "each has a mail of his own");
    (mail.to[0].clone(), text)
}

#[test]
fn a_report_is_mailed_to_each_recipient_and_is_whole() {
    let (printed, server) = (Printed::new(ms("2026-11-27T10:00:00Z")), MailServer::new(Speaks::Clear, false));
    printed.channel(&server);
    let text = "<script>alert(1)</script> ile kosztuje wykończenie łazienki?";
    let at_ms = ms("2026-11-25T10:00:00Z");
    printed.append((0..20).map(|number| exchange(at_ms + number * 60_000, text, "fallback")).collect());
    let id = printed.report(json!({}));
    printed.hours(3 * 24);
    let mut mails = server.wait_for(2);
    mails.sort_by(|one, other| one.to.cmp(&other.to));
    printed.delivered();
    for (mail, to) in mails.iter().zip(["anna@example.com", "zofia@example.com"]) {
        assert_eq!((&*mail.from, &mail.to[..]), ("nova@example.com", &[to.to_owned()][..]));
        let part = Part::parse(&mail.text);
        assert!(part.header("subject").unwrap().contains("=?utf-8?b?"));
        assert_eq!(part.header("auto-submitted"), Some("auto-generated"));
        assert_eq!(part.header("list-unsubscribe-post"), Some("List-Unsubscribe=One-Click"));
        let link = part.header("list-unsubscribe").unwrap().trim_matches(['<', '>']);
        assert!(
            link.starts_with(&format!("https://chat.example.com/api/reports/unsubscribe?report={id}&token=")),
            "{link}"
        );
        let plain = part.of_kind("text/plain")[0].text();
        assert!(plain.contains("Raport tygodniowy, bot default: 23–29 listopada 2026"), "{plain}");
        assert!(plain.contains(link) && plain.contains("Niezrozumiane"), "{plain}");
        let html = part.of_kind("text/html")[0].text();
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script"), "{html}");
        assert!(html.contains("range=custom&amp;from=2026-11-23&amp;to=2026-11-29"));
        let pictures = part.of_kind("image/png");
        assert!(!pictures.is_empty());
        for picture in &pictures {
            assert!(picture.body.starts_with(b"\x89PNG"));
            let name = picture.header("content-id").unwrap().trim_matches(['<', '>']);
            assert_eq!(html.matches(&format!("src=\"cid:{name}\"")).count(), 1, "{name}");
        }
        assert_eq!(html.matches("<img ").count(), pictures.len());
        // Nothing is asked of anyone when it is read, and links lead to this server only.
        for address in html.split(['"', '\'']).filter(|text| text.starts_with("http")) {
            assert!(address.starts_with("https://chat.example.com/"), "{address}");
        }
        let [pdf] = part.of_kind("application/pdf")[..] else { panic!("one PDF") };
        assert!(pdf.body.starts_with(b"%PDF-") && pdf.body.len() < 200_000, "{}", pdf.body.len());
        assert_eq!(pdf.file_name().as_deref(), Some("novahouse-default-2026-W48.pdf"));
        let [csv] = part.of_kind("text/csv")[..] else { panic!("one CSV") };
        assert!(csv.text().contains("default,2026-W48,total,,conversations,20,"), "{}", csv.text());
    }
    // Another letter of the same period is of no one's making.
    printed.hours(24);
    server.wait_for(2);
}

#[test]
fn each_period_is_sent_once_over_months_restarts_and_a_failing_server() {
    let seed = std::env::var("NOVAHOUSE_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| Clock::System.now_ms() as u64);
    println!("seed {seed}");
    let mut random = SmallRng::seed_from_u64(seed);
    let server = MailServer::new(Speaks::Clear, false);
    // Over both changes of the clock, and a turn of the year.
    let start_ms = ms("2026-09-30T20:00:00Z");
    let mut printed = Printed::new(start_ms);
    printed.channel(&server);
    printed.append(vec![exchange(start_ms, "dzień dobry wszystkim", "greeting")]);
    let recipients = json!(["anna@example.com"]);
    let daily = printed.report(json!({"name": "D", "every": "day", "hour": 2, "recipients": recipients}));
    printed.report(json!({"name": "W", "every": "week", "hour": 0, "recipients": recipients}));
    printed.report(json!({"name": "M", "every": "month", "hour": 23, "recipients": recipients}));
    printed.report(json!({"name": "off", "every": "day", "enabled": false, "recipients": recipients}));
    let (days, mut restarts) = (190, 0);
    for _ in 0..days {
        printed.hours(24);
        if random.random_bool(0.1) {
            server.then(&[Mood::Drops]);
        }
        if random.random_bool(0.1) {
            // In the middle of whatever is on its way.
            restarts += 1;
            printed = printed.restart();
        }
        // What failed waits for its next try, and an hour has passed before the next is due.
        super::becomes("nothing waits for long", || {
            if printed.book.pages().is_waiting() {
                printed.pass(HOUR_MS / 60);
            }
            !printed.book.pages().is_waiting()
        });
    }
    let mut seen = BTreeMap::<(String, String), usize>::new();
    let memory = printed.press.memory();
    let expected = memory.history.len();
    for mail in server.wait_for_distinct(expected) {
        *seen.entry(subject(&mail)).or_default() += 1;
    }
    // What was taken when the server went down, and was not written down yet, comes again; a mailbox tells it by its id.
    assert!(server.taken() - expected <= restarts, "seed {seed}: {} for {expected}", server.taken());
    let twice: Vec<_> = seen.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "seed {seed}: {twice:?}");
    let of = |kind: &str| seen.keys().filter(|(_, text)| text.starts_with(kind)).count();
    let last = printed.clock.now_ms();
    let passed_days = ((last - start_ms) / (24 * HOUR_MS)) as usize;
    assert!(
        (passed_days - 1..=passed_days + 1).contains(&of("Raport dzienny")),
        "{} of {passed_days}",
        of("Raport dzienny")
    );
    assert!((passed_days / 7 - 1..=passed_days / 7 + 1).contains(&of("Raport tygodniowy")));
    assert!((5..=7).contains(&of("Raport miesięczny")), "{}", of("Raport miesięczny"));
    assert!(memory.history.iter().all(|sent| sent.why != Why::Asked && sent.name != "off"));
    let ends = memory.ends(&daily);
    assert!(ends.windows(2).all(|pair| pair[0].plus(1) == pair[1]), "{ends:?}");
}

#[test]
fn after_a_downtime_the_latest_is_sent_late_and_those_before_it_are_left_out() {
    let (printed, server) = (Printed::new(ms("2026-10-01T12:00:00Z")), MailServer::new(Speaks::Clear, false));
    printed.channel(&server);
    printed.append(vec![exchange(ms("2026-10-01T11:00:00Z"), "dzień dobry wszystkim", "greeting")]);
    printed.report(json!({"every": "day", "recipients": ["anna@example.com"]}));
    printed.hours(24);
    server.wait_for(1);
    printed.delivered();
    printed.pass(40 * 24 * HOUR_MS);
    let printed = printed.restart();
    printed.hours(2);
    let mails = server.wait_for(2);
    let plain = Part::parse(&mails[1].text).of_kind("text/plain")[0].text().to_owned();
    assert!(plain.contains("przychodzi z opóźnieniem"), "{plain}");
    let memory = printed.press.memory();
    let sent = memory.history.back().unwrap();
    assert_eq!((sent.why, sent.left_out, &*sent.period.to_string()), (Why::Late, 39, "2026-11-10"));
}

#[test]
fn what_was_due_before_a_report_was_set_or_while_it_rested_is_not_sent() {
    let (printed, server) = (Printed::new(ms("2026-10-05T12:00:00Z")), MailServer::new(Speaks::Clear, false));
    printed.channel(&server);
    let id = printed.report(json!({"every": "day", "recipients": ["anna@example.com"]}));
    printed.press.look().unwrap();
    server.wait_for(0);
    let set = |enabled: bool| {
        let (changed, now_ms) = (
            super::report(json!({"every": "day", "recipients": ["anna@example.com"], "enabled": enabled})),
            printed.clock.now_ms(),
        );
        printed.settings.change(|document| document.reports.replace(&id, changed, &document.channels, now_ms)).unwrap();
    };
    set(false);
    printed.hours(5 * 24);
    set(true);
    printed.press.look().unwrap();
    server.wait_for(0);
    printed.hours(24);
    server.wait_for(1);
    printed.delivered();
    assert_eq!(printed.press.memory().history.back().unwrap().left_out, 0);
}

/// An English shop never got its report: the CSV was all ASCII, went out as it was with line feeds alone, and mail servers answered
/// "Line too long". This one refuses both.
#[test]
fn a_report_that_is_all_ascii_reaches_the_mailbox() {
    let (printed, server) = (Printed::new(ms("2026-11-27T10:00:00Z")), MailServer::new(Speaks::Clear, false));
    printed.channel(&server);
    let at_ms = ms("2026-11-25T10:00:00Z");
    let text = |number: i64| format!("What does kitchen number {number} cost, with everything?");
    printed.append((0..40).map(|number| exchange(at_ms + number * 60_000, &text(number), "fallback")).collect());
    printed.report(json!({"language": "en", "recipients": ["anna@example.com"]}));
    printed.hours(3 * 24);
    let mails = server.wait_for(1);
    let part = Part::parse(&mails[0].text);
    let of = |kind: &str| part.of_kind(kind)[0].text();
    assert!(of("text/plain").contains("Weekly report, bot default"), "{}", of("text/plain"));
    assert!(of("text/csv").is_ascii() && of("text/csv").len() > 998);
    assert!(of("text/csv").contains("default,2026-W48,total,,conversations,40,"), "{}", of("text/csv"));
}

/// A full mailbox once held up the mails of all other recipients, and the alerts by mail, for up to a day.
#[test]
fn a_recipient_who_is_refused_for_a_while_holds_up_no_one_else() {
    let (printed, server) = (Printed::new(ms("2026-10-05T12:00:00Z")), MailServer::new(Speaks::Clear, false));
    printed.channel(&server);
    server.refuse("anna@example.com", 450);
    let id = printed.report(json!({"recipients": ["anna@example.com", "zofia@example.com"]}));
    printed.press.send_now(&id, None, "root").unwrap();
    assert_eq!(server.wait_for(1)[0].to, ["zofia@example.com"]);
    let waits = |tries: u32| {
        let deliveries = printed.book.pages().deliveries("mail");
        deliveries.iter().any(|one| one.tries == tries && one.answer.contains("450"))
    };
    super::becomes("it is noted that hers was not taken", || waits(1));
    // What is for all readers of the channel, as an alert is.
    let alert = Message::test("mail", Language::En);
    let now_ms = printed.clock.now_ms();
    printed.book.change(|pages| pages.post("alert".into(), "mail", alert, now_ms)).unwrap();
    assert_eq!(server.wait_for(2)[1].to, ["ops@example.com"]);
    assert!(printed.book.pages().is_waiting());
    server.take_again("anna@example.com");
    printed.pass(HOUR_MS);
    assert_eq!(server.wait_for(3)[2].to, ["anna@example.com"]);
    printed.delivered();
}

/// It is refused for good, its report goes while it waits, or its recipient does.
#[test]
fn a_letter_that_has_no_one_to_go_to_is_given_up_and_says_why() {
    let (printed, server) = (Printed::new(ms("2026-10-05T12:00:00Z")), MailServer::new(Speaks::Clear, false));
    printed.channel(&server);
    let id = printed.report(json!({"every": "day", "recipients": ["anna@example.com", "zofia@example.com"]}));
    server.then(&[Mood::Refuses(550), Mood::Drops]);
    printed.hours(24);
    super::becomes("one is refused, and the other waits", || {
        let deliveries = printed.book.pages().deliveries("mail");
        deliveries.iter().any(|one| one.outcome == Outcome::GivenUp)
            && deliveries.iter().any(|one| one.tries == 1 && one.outcome == Outcome::Waiting)
    });
    printed.settings.change(|document| document.reports.remove(&id)).unwrap();
    printed.pass(HOUR_MS);
    printed.delivered();
    let said: Vec<String> = printed.book.pages().deliveries("mail").into_iter().map(|one| one.answer).collect();
    assert!(said.iter().any(|answer| answer.contains("no such report")), "{said:?}");
    server.wait_for(0);
}

#[test]
fn what_someone_asks_for_is_sent_at_once_and_takes_nothing_from_what_is_due() {
    let (printed, server) = (Printed::new(ms("2026-10-05T12:00:00Z")), MailServer::new(Speaks::Clear, false));
    printed.channel(&server);
    let id = printed.report(json!({"every": "day", "recipients": ["anna@example.com"]}));
    let count = printed.press.send_now(&id, Some(vec!["someone@example.com".into()]), "root").unwrap();
    assert_eq!(count, 1);
    let mails = server.wait_for(1);
    assert_eq!(mails[0].to, ["someone@example.com"]);
    assert!(Part::parse(&mails[0].text).header("list-unsubscribe").is_none(), "he has subscribed to nothing");
    printed.delivered();
    printed.hours(24);
    assert_eq!(server.wait_for(2)[1].to, ["anna@example.com"]);
    let memory = printed.press.memory();
    assert_eq!(memory.history.iter().map(|sent| sent.why).collect::<Vec<_>>(), [Why::Asked, Why::Due]);
    assert_eq!(memory.history[0].by.as_deref(), Some("root"));
    assert!(printed.press.send_now("none", None, "root").is_err());
}

/// What was sent after the backup was made, its book does not know of.
#[test]
fn after_a_restore_no_period_is_sent_again() {
    let (printed, server) = (Printed::new(ms("2026-10-05T12:00:00Z")), MailServer::new(Speaks::Clear, false));
    printed.channel(&server);
    printed.report(json!({"every": "day", "recipients": ["anna@example.com"]}));
    printed.hours(24);
    server.wait_for(1);
    printed.delivered();
    let backup = printed.dir.path().join("one.backup");
    printed.engine.backup(printed.dir.path(), &backup, BackupOptions::default()).unwrap();
    printed.hours(24);
    server.wait_for(2);
    printed.delivered();

    let dir = tempfile::tempdir().unwrap();
    restore(&backup, dir.path()).unwrap();
    let restored = Printed::of(dir, Clock::fixed(printed.clock.now_ms() + 2 * HOUR_MS));
    restored.hours(3);
    assert_eq!((restored.press.memory().history.len(), server.taken()), (1, 2));
    // The next period that is over is sent, once.
    let restored = restored.restart();
    restored.hours(24);
    server.wait_for(3);
    restored.delivered();
    let memory = restored.press.memory();
    let last = memory.history.back().unwrap();
    assert_eq!((last.why, last.left_out, &*last.period.to_string()), (Why::Due, 0, "2026-10-07"));
}
