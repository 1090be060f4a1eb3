//! From a figure to the sessions it counts, from a session to every word of it, and back.

use serde_json::Value;

use super::{Demo, is_quiet, number, open, query, settled};
use crate::support::browser::Browser;

/// How many sessions the list says there are.
pub fn listed(browser: &Browser) -> u64 {
    browser.wait("/\\d/.test(document.querySelector('.session-count').textContent)");
    let text = browser.text(".session-count");
    number(text.split('·').next().expect("a split has a first part"), "en") as u64
}

/// How many of what brings sessions into the list there are: the figure that one comes from.
pub fn matching(browser: &Browser) -> u64 {
    let text = browser.text(".session-count");
    number(text.split('·').nth(1).unwrap_or_else(|| panic!("no matches in {text:?}")), "en") as u64
}

fn total(demo: &Demo, query: &str) -> u64 {
    demo.get(&format!("/api/sessions?days=7&limit=1&{query}"))["total"].as_u64().unwrap()
}

/// Closes the sheet.
fn leave(browser: &Browser) {
    browser.press(&["\u{E00C}"]);
    browser.wait("!document.querySelector('dialog[open]')");
}

#[test]
fn a_click_opens_exactly_what_the_figure_counts() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "");
    let conversations = demo.get("/api/analytics/conversations?days=7");
    let engagement = demo.get("/api/analytics/engagement?days=7");
    let leads = demo.get("/api/analytics/leads?days=7");
    let intent = &demo.get("/api/analytics/intents?days=7")["intent_summary"][0];
    let question = &demo.get("/api/analytics/questions/top?days=7")["data"]["questions"][0];
    let count = |list: &Value, name: &str, of: &str| {
        list.as_array().unwrap().iter().find(|row| row[name] == of).unwrap()["count"].as_u64().unwrap()
    };
    let busiest = (0..168).max_by_key(|hour| conversations["by_hour_of_week"][hour / 24][hour % 24].as_u64()).unwrap();
    let page = engagement["top_pages"][0]["page"].as_str().unwrap();
    let package = leads["leads_by_package"][0]["package"].as_str().unwrap();
    let figures = [
        ("#intents tbody tr th button".to_owned(), intent["triggers"].as_u64().unwrap()),
        ("#intents tbody td button.link".to_owned(), intent["failures"].as_u64().unwrap()),
        (
            "[data-sentiment=negative]".to_owned(),
            count(&conversations["sentiment_distribution"], "sentiment", "negative"),
        ),
        (
            format!("[data-hour='{busiest}']"),
            conversations["by_hour_of_week"][busiest / 24][busiest % 24].as_u64().unwrap(),
        ),
        ("#questions button.ranked-row".to_owned(), question["count"].as_u64().unwrap()),
        ("#leads button.ranked-row".to_owned(), count(&leads["leads_by_package"], "package", package)),
    ];
    for (place, figure) in &figures {
        browser.click(place);
        listed(&browser);
        assert_eq!(matching(&browser), *figure, "{place}");
        leave(&browser);
    }
    browser.click("[data-key='tab page']");
    browser.wait(&format!("document.querySelector('#engagement .ranked-name').textContent == {page:?}"));
    browser.click("#engagement button.ranked-row");
    listed(&browser);
    assert_eq!(matching(&browser), engagement["top_pages"][0]["count"].as_u64().unwrap());
    leave(&browser);

    // Devices, browsers and the like are of sessions.
    browser.click("[data-key='tab device']");
    browser.click("#engagement button.ranked-row");
    assert_eq!(listed(&browser), engagement["device_distribution"][0]["count"].as_u64().unwrap());
    leave(&browser);
    browser.click("#sessions");
    assert_eq!(listed(&browser), engagement["total_sessions"].as_u64().unwrap());
    is_quiet(&browser, &demo.server);
}

#[test]
fn a_day_of_a_chart_opens_what_the_chosen_figure_counts_that_day() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    let days = demo.get("/api/analytics/overview?days=7&by_day=true")["by_day"].take();
    let first = |metric: &str| {
        open(&browser, &demo.server, &format!("?metric={metric}"));
        browser.run("document.querySelector('#trend .chart').focus()");
        browser.press(&["\u{E011}", "\u{E007}"]);
        browser.wait("document.querySelector('dialog[open]')");
        listed(&browser)
    };
    assert_eq!(first("sessions"), days[0]["total_sessions"].as_u64().unwrap());
    assert_eq!(first("conversations"), days[0]["unique_sessions"].as_u64().unwrap());
    assert_eq!(matching(&browser), days[0]["total_conversations"].as_u64().unwrap());
    first("leads");
    assert_eq!(matching(&browser), days[0]["total_leads"].as_u64().unwrap());

    // A year is drawn by weeks: the last of them is the last seven days.
    open(&browser, &demo.server, "?range=12m");
    browser.run("document.querySelector('#trend .chart').focus()");
    browser.press(&["\u{E010}", "\u{E007}"]);
    browser.wait("document.querySelector('dialog[open]')");
    listed(&browser);
    let week = demo.get("/api/analytics/overview?days=7")["overview"]["total_conversations"].take();
    assert_eq!(matching(&browser), week.as_u64().unwrap());
    assert!(query(&browser).contains(".."), "a span of days");
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
