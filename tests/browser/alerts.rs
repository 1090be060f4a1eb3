//! Alerts from the page alone: a channel, a rule that is tried on the past before it is saved, what fires, and what is over.

use std::time::Duration;

use serde_json::json;

use super::access::{fill, fits, has_row, key_id};
use super::{Demo, empty, is_quiet};
use crate::support::browser::Browser;
use crate::support::process::Server;
use crate::support::receiver::Receiver;

/// A look comes with each minute of the clock.
const A_MINUTE: Duration = Duration::from_secs(90);

fn address(server: &Server, view: &str) -> String {
    format!("http://{}/alerts.html#{view}", server.address)
}

/// Requests of the bot's service, each of so many ms, so many hours ago.
fn requests(count: u32, ms: u32, hours_ago: u32) -> String {
    let at = chrono::Utc::now() - chrono::Duration::hours(hours_ago.into());
    let line = json!({"type": "performance", "endpoint": "/chat", "response_time_ms": ms, "status_code": 200, "timestamp": at.to_rfc3339()});
    format!("{line}\n").repeat(count as usize)
}

#[track_caller]
fn choose(browser: &Browser, name: &str, value: &str) {
    browser.wait(&format!(
        "(() => {{ const field = document.querySelector('.box [name={name}]'); field.value = {value:?}; \
         field.dispatchEvent(new Event('change', {{ bubbles: true }})); return field.value === {value:?} }})()"
    ));
}

#[test]
fn a_webhook_alert_is_made_from_the_page_alone_and_told_once_each_way() {
    let (server, _dir) = empty();
    let receiver = Receiver::new();
    // Days that were quick, with two slow hours.
    let days: String =
        (2..400).map(|hours| requests(30, if (100..102).contains(&hours) { 3_000 } else { 200 }, hours)).collect();
    server.post(&days);
    let browser = Browser::speaking("en");

    browser.open(&address(&server, "rules"));
    assert!(browser.text(".nothing").contains("Nothing is watched yet"));
    assert_eq!(browser.run("return document.querySelectorAll('.offers .row').length"), 5);
    fits(&browser, "alerts-empty", 1440);

    browser.click(&key_id("channels"));
    browser.click("#add-channel");
    fill(&browser, ".box [name=name]", "ops");
    fill(&browser, ".box [name=url]", "no address");
    browser.click(".box [type=submit]");
    browser.wait("[...document.querySelectorAll('.box .field-wrong')].some((one) => one.textContent.startsWith('Expected an address'))");
    // The console tells of the refusal, too.
    browser.complaints();
    fill(&browser, ".box [name=url]", &receiver.url("/very-secret"));
    fill(&browser, ".box [name=secret]", "a signing secret");
    fits(&browser, "alerts-channel", 1440);
    browser.click(".box [type=submit]");
    has_row(&browser, "ops");
    browser.click("[data-key='Test ops']");
    browser.wait("document.querySelector('.box .told.good')?.textContent === 'The receiver took the message.'");
    fits(&browser, "alerts-tested", 1440);
    browser.click("#tested");
    assert_eq!(receiver.wait_for(1)[0].json()["kind"], "test");

    browser.click(&key_id("rules"));
    browser.click("#add-rule");
    fill(&browser, ".box [name=name]", "Slow");
    choose(&browser, "metric", "response_p95_ms");
    fill(&browser, ".box [name=threshold]", "1000");
    fill(&browser, ".box [name=hold_minutes]", "0");
    let note = "return document.querySelector('.trial-note').textContent";
    browser.wait("document.querySelector('.trial-verdict').textContent.startsWith('It would')");
    assert!(browser.run(note).as_str().unwrap().starts_with("Looked at once per hour"));
    // Two, so that a clock that strikes meanwhile makes no difference.
    fill(&browser, ".box [name=window_hours]", "2");
    browser.wait("document.querySelector('.trial-verdict').textContent === 'It would have fired once.'");
    browser.wait("document.querySelector('.trial-chart canvas') && document.querySelector('.trial-firings a')");
    std::thread::sleep(Duration::from_millis(400));
    fits(&browser, "alerts-rule", 1440);
    let link = browser.run("return document.querySelector('.trial-firings a').getAttribute('href')");
    let link = link.as_str().unwrap();
    assert!(link.contains("range=custom") && link.contains("show=sessions") && link.contains("by=exchange"), "{link}");
    browser.click(".box [type=submit]");
    has_row(&browser, "Slow");
    browser.wait("document.querySelector('[data-row=Slow] .badge').textContent !== 'New'");

    server.post(&requests(50, 2_500, 0));
    let fired = receiver.wait_within(2, A_MINUTE)[1].json();
    assert_eq!((&fired["alerts"][0]["name"], &fired["alerts"][0]["event"]), (&json!("Slow"), &json!("fired")));
    // A view is asked for anew when it is come back to; it would look by itself only after a while.
    browser.click(&key_id("history"));
    browser.wait("document.querySelector('.record .row')");
    browser.click(&key_id("rules"));
    browser.wait("document.querySelector('[data-row=Slow] .badge.bad')?.textContent === 'Firing'");
    fits(&browser, "alerts-firing", 1440);
    browser.click("[data-key='Take care of it Slow']");
    browser.wait("document.querySelector('[data-row=Slow] .row-facts').textContent.includes('taken care of by')");

    server.post(&requests(5_000, 20, 0));
    let over = receiver.wait_within(3, A_MINUTE)[2].json();
    assert_eq!(over["alerts"][0]["event"], "resolved");
    browser.click(&key_id("history"));
    browser.wait("document.querySelectorAll('.record .row').length === 3");
    // It once said "value 2500", of whatever that was.
    browser.wait(
        "/value [\\d.,]+\\s(ms|s)\\b/.test(document.querySelector('.record .row:last-child .row-facts').textContent)",
    );
    fits(&browser, "alerts-history", 1440);
    let page = browser.run("return document.documentElement.outerHTML");
    assert!(!page.as_str().unwrap().contains("very-secret"));
    is_quiet(&browser, &server);
}

#[test]
fn a_silence_is_planned_for_a_night_to_come_and_ended() {
    let (server, _dir) = empty();
    let browser = Browser::speaking("en");
    browser.open(&address(&server, "silences"));
    browser.click("#add-silence");
    // Typed keys go into a field of a date as the machine's language has it.
    browser.run("document.querySelector('.box [name=from]').value = '2099-01-01T22:00'");
    choose(&browser, "until", "12");
    fill(&browser, ".box [name=why]", "The bot is being moved.");
    fits(&browser, "alerts-silence", 1440);
    browser.click(".box [type=submit]");
    browser.wait("document.querySelector('#view .row-facts')?.textContent.includes('from')");
    let silences = server.get("/api/alerts").1["silences"].clone();
    let at = |field: &str| {
        let text = silences[0]["silence"][field].as_str().unwrap().to_owned();
        chrono::DateTime::parse_from_rfc3339(&text).unwrap()
    };
    assert_eq!((at("until") - at("from")).num_hours(), 12);
    assert_eq!(silences.as_array().unwrap().len(), 1);
    browser.click("#view .row [data-key]");
    browser.wait("!document.querySelector('#view .row')");
    is_quiet(&browser, &server);
}

/// The form once did not know of it, so that the next message went to Telegram itself.
#[test]
fn a_telegram_channel_keeps_its_server_when_it_is_changed() {
    let (server, _dir) = empty();
    let browser = Browser::speaking("en");
    browser.open(&address(&server, "channels"));
    browser.click("#add-channel");
    choose(&browser, "kind", "telegram");
    fill(&browser, ".box [name=name]", "phone");
    fill(&browser, ".box [name=token]", "123:abc");
    fill(&browser, ".box [name=chat_id]", "-1001");
    let bot_server = ".box .form-field:not([hidden]) [name=url]";
    fill(&browser, bot_server, "bots.example.com");
    browser.click(".box [type=submit]");
    browser.wait(
        "document.querySelector('.form-field:not([hidden]) [name=url][aria-invalid]') === document.activeElement",
    );
    browser.complaints();
    fill(&browser, bot_server, "https://bots.example.com");
    fits(&browser, "alerts-channel-telegram", 1440);
    browser.click(".box [type=submit]");
    has_row(&browser, "phone");
    browser.click("[data-key='Change phone']");
    fill(&browser, ".box [name=chat_id]", "-1002");
    browser.click(".box [type=submit]");
    browser.wait("!document.querySelector('.box')");
    let (_, channels) = server.get("/api/channels");
    let channel = &channels["channels"][0];
    assert_eq!((&channel["chat_id"], &channel["url"]), (&json!("-1002"), &json!("https://bots.example.com")));
    is_quiet(&browser, &server);
}

#[test]
fn an_offer_is_one_click_and_every_view_stands_in_both_languages_on_any_screen() {
    let demo = Demo::new();
    let server = &demo.server;
    for (language, scheme, width) in
        [("en", "dark", 1440), ("pl", "light", 1440), ("pl", "dark", 390), ("en", "light", 390)]
    {
        let browser = Browser::speaking(language);
        browser.see(width, 900, scheme);
        browser.open(&address(server, "rules"));
        browser.wait("document.querySelector('#view[data-view=rules][aria-busy=false]')");
        if browser.run("return document.querySelector('.nothing') !== null") == true {
            browser.wait("document.querySelector('[data-row=\"offer conversations\"] button').click() ?? true");
            browser.wait("document.querySelectorAll('#view > .rows .row').length === 1 && document.querySelectorAll('.offers .row').length === 4");
        }
        let story = |view: &str| format!("alerts-{view}-{language}-{scheme}-{width}");
        for view in ["rules", "channels", "silences", "history"] {
            browser.click(&key_id(view));
            browser.wait(&format!("document.querySelector('#view[data-view={view}][aria-busy=false]')"));
            fits(&browser, &story(view), width);
        }
        for (view, opener) in [("rules", "#add-rule"), ("channels", "#add-channel"), ("silences", "#add-silence")] {
            browser.click(&key_id(view));
            browser.wait(&format!("document.querySelector('#view[data-view={view}][aria-busy=false]')"));
            browser.click(opener);
            browser.wait("document.querySelector('.box[open]')");
            if view == "rules" {
                choose(&browser, "metric", "conversations");
                fill(&browser, ".box [name=threshold]", "40");
                browser.wait("document.querySelector('.trial-chart canvas') && document.querySelector('.trial[aria-busy=false]')");
                std::thread::sleep(Duration::from_millis(700));
            }
            fits(&browser, &story(&format!("{view}-form")), width);
            if view == "silences" {
                // The way back once changed the page behind the form.
                browser.run("location.hash = 'channels'");
                browser.wait("!document.querySelector('.box')");
                continue;
            }
            browser.press(&["\u{E00C}"]);
            browser.wait("!document.querySelector('.box')");
        }
        // It once stood right behind the title of a narrow page.
        let gap = "const right = (one) => document.querySelector(one).getBoundingClientRect().right; return right('.top') - right('.top > :last-child')";
        assert!(browser.run(gap).as_f64().unwrap() < 25.0, "{language} {width}");
        is_quiet(&browser, server);
    }
}

#[test]
fn a_server_that_is_gone_is_told() {
    let (server, _dir) = empty();
    let browser = Browser::speaking("en");
    browser.open(&address(&server, "rules"));
    browser.wait("document.querySelector('#view[data-view=rules][aria-busy=false]')");
    browser.block(&["*/api/alerts*"]);
    browser.click(&key_id("history"));
    browser.wait("document.querySelector('.view-failure')");
    browser.block(&[]);
    browser.click(".view-failure button");
    browser.wait("document.querySelector('.nothing')");
    browser.complaints();
}
