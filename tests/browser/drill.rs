//! From a figure to the sessions it counts, from a session to every word of it, and back.

use serde_json::Value;

use super::{Demo, is_quiet, number, open, query, settled};
use crate::support::browser::Browser;

/// How many sessions the list says there are.
fn listed(browser: &Browser) -> u64 {
    browser.wait("/\\d/.test(document.querySelector('.session-count').textContent)");
    number(&browser.text(".session-count"), "en") as u64
}

fn total(demo: &Demo, query: &str) -> u64 {
    demo.get(&format!("/api/sessions?days=7&limit=1&{query}"))["total"].as_u64().unwrap()
}

#[test]
fn a_click_opens_exactly_the_sessions_behind_it() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "");

    browser.click("#intents tbody tr th button");
    let intent = browser.text("#intents tbody tr th button");
    assert_eq!(listed(&browser), total(&demo, &format!("intent={intent}")));
    assert!(query(&browser).contains(&format!("intent={intent}")));
    browser.press(&["\u{E00C}"]);
    browser.wait("!document.querySelector('dialog[open]')");

    browser.click("[data-sentiment=negative]");
    assert_eq!(listed(&browser), total(&demo, "sentiment=negative"));
    browser.press(&["\u{E00C}"]);
    browser.wait("!document.querySelector('dialog[open]')");

    // A day of the chart, by the keyboard: its first one.
    let days = demo.get("/api/analytics/overview?days=7&by_day=true")["by_day"].take();
    browser.run("document.querySelector('#trend .chart').focus()");
    browser.press(&["\u{E011}", "\u{E007}"]);
    browser.wait("document.querySelector('dialog[open]')");
    assert_eq!(listed(&browser), days[0]["total_sessions"].as_u64().unwrap());
    browser.press(&["\u{E00C}"]);
    browser.wait("!document.querySelector('dialog[open]')");

    // All of them, as many as the figure says.
    let sessions = number(&browser.text("[data-figure=sessions] .figure-value"), "en") as u64;
    browser.click("#sessions");
    assert_eq!(listed(&browser), sessions);
    is_quiet(&browser, &demo.server);
}

#[test]
fn a_search_finds_what_was_said_and_filters_come_off_one_by_one() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "?show=sessions&sentiment=negative&q=boats");
    assert_eq!(listed(&browser), total(&demo, "sentiment=negative&q=boats"));
    browser.click("[data-key='chip sentiment']");
    let without = total(&demo, "q=boats");
    browser.wait(&format!("document.querySelector('.session-count').textContent.startsWith('{without} ')"));
    browser.click("[data-key='chip q']");
    browser.wait("document.querySelectorAll('button.chip').length == 0");
    browser.run("document.querySelector('#session-search').focus()");
    browser.press(&["j", "a", "c", "h", "t", "y"]);
    let found = total(&demo, "q=jachty");
    browser.wait(&format!("document.querySelector('.session-count').textContent.startsWith('{found} ')"));
    assert!(query(&browser).contains("q=jachty"));
}

#[test]
fn a_session_is_read_from_first_to_last() {
    let demo = Demo::new();
    let leads = demo.get("/api/sessions?days=7&lead=true&limit=1");
    let name = leads["sessions"][0]["session_id"].as_str().unwrap();
    let session = demo.get(&format!("/api/sessions/{name}"));
    let timeline = session["timeline"].as_array().unwrap();
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "?show=sessions&lead=true");
    browser.click(".session-row");
    browser.wait("document.querySelector('.timeline .bubble')");
    let texts =
        browser.run("return [...document.querySelectorAll('.timeline .bubble p')].map((text) => text.textContent)");
    let said: Vec<Value> = timeline
        .iter()
        .filter(|event| event["type"] == "message")
        .flat_map(|event| [event["user_message"].clone(), event["bot_response"].clone()])
        .collect();
    assert_eq!(*texts.as_array().unwrap(), said);
    let lead = timeline.iter().find(|event| event["type"] == "lead").unwrap();
    assert!(browser.text(".happening.lead").contains(lead["name"].as_str().unwrap()));
    let message = timeline.iter().find(|event| event["type"] == "message").unwrap();
    assert!(browser.text(".bubble.bot .tag").contains(message["intent_detected"].as_str().unwrap()));
    is_quiet(&browser, &demo.server);
}

#[test]
fn a_link_shares_everything_and_back_and_forward_walk() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "?bot=sklep");
    browser.click("[data-figure=leads]");
    browser.run(
        "const range = document.querySelector('#range'); range.value = '28d'; range.dispatchEvent(new Event('change'))",
    );
    settled(&browser);
    browser.click("#intents tbody tr th button");
    browser.click(".session-row");
    browser.wait("document.querySelector('.timeline .bubble')");
    let shared = query(&browser);
    for part in ["bot=sklep", "range=28d", "metric=leads", "show=sessions", "intent=", "session=sklep-"] {
        assert!(shared.contains(part), "{shared} has not {part}");
    }
    let seen = "return [document.querySelector('#trend h2').textContent, document.querySelector('.session-count').textContent, \
                document.querySelector('.timeline').textContent, document.querySelector('#bot').value]";
    let before = browser.run(seen);
    browser.open("about:blank");
    open(&browser, &demo.server, &shared);
    browser.wait("document.querySelector('.timeline .bubble')");
    listed(&browser);
    assert_eq!(browser.run(seen), before);

    open(&browser, &demo.server, "");
    browser.click("[data-figure=cost]");
    browser.wait("document.querySelector('#trend h2').textContent.startsWith('Cost')");
    browser.click("#sessions");
    browser.wait("document.querySelector('dialog[open]')");
    browser.back();
    browser.wait("!document.querySelector('dialog[open]')");
    browser.back();
    browser.wait("document.querySelector('#trend h2').textContent.startsWith('Conversations')");
    browser.forward();
    browser.wait("document.querySelector('#trend h2').textContent.startsWith('Cost')");
}
