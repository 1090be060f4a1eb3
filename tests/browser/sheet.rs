//! The sheet over the page: a session that goes on while it is read, and where one stands when it is closed.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Demo, again_on, empty, is_quiet, open, settled};
use crate::support::browser::{Browser, base64};
use crate::support::process::Server;

const ENTER: &str = "\u{E007}";
const ESCAPE: &str = "\u{E00C}";

fn said(session: &str, text: &str) -> String {
    let event = json!({"type": "message", "session_id": session, "user_message": text, "bot_response": "Yes."});
    format!("{event}\n")
}

/// Where the focus stands, as the page knows it.
fn focus(browser: &Browser) -> Value {
    browser.run(
        "return document.activeElement.dataset.key ?? (document.activeElement.id || document.activeElement.tagName)",
    )
}

#[test]
fn an_open_session_goes_on_and_whoever_reads_stays_where_they_are() {
    let (server, _dir) = empty();
    server.post(&(0..60).map(|number| said("s", &format!("number {number}"))).collect::<String>());
    let browser = Browser::speaking("en");
    open(&browser, &server, "?show=sessions&session=s&refresh=1");
    browser.wait("document.querySelectorAll('.timeline .bubble').length == 120");
    let scroller = "document.querySelector('.sheet-detail')";
    browser.run(&format!("{scroller}.scrollTop = 300"));
    server.post(&said("s", "And one more thing"));
    server.post("{\"type\":\"lead\",\"session_id\":\"s\",\"name\":\"Anna\"}\n");
    browser.wait("document.querySelector('.happening.lead').textContent.includes('Anna')");
    assert_eq!(browser.run("return document.querySelectorAll('.timeline .bubble').length"), 122);
    assert!(browser.text(".transcript-head h3").contains("Lead"));
    assert_eq!(browser.run(&format!("return {scroller}.scrollTop")), 300);

    // At the end one reads along. What comes into sight gets its height on the way.
    let to_the_end = format!(
        "{scroller}.scrollTop = 1e6, {scroller}.scrollHeight - {scroller}.scrollTop - {scroller}.clientHeight < 2"
    );
    browser.wait(&to_the_end);
    std::thread::sleep(std::time::Duration::from_millis(100));
    browser.wait(&to_the_end);
    server.post(&said("s", "The very last"));
    browser.wait("[...document.querySelectorAll('.bubble.visitor p')].at(-1).textContent == 'The very last'");
    browser.wait(&format!("{scroller}.scrollHeight - {scroller}.scrollTop - {scroller}.clientHeight < 60"));
    is_quiet(&browser, &server);
}

#[test]
fn everything_that_is_recorded_of_a_message_can_be_read() {
    let (server, _dir) = empty();
    let whole = json!({
        "type": "message", "session_id": "s", "bot_response": "Here you are.", "intent": "prices", "model": "small-1",
        "input_tokens": 1200, "output_tokens": 34, "cost_usd": 0.0123, "user_satisfied": false, "lead_generated": true,
        "entities": {"city": "Gdańsk"}, "contact": {"name": "Anna", "location": "Sopot"},
    });
    server.post(&format!("{whole}\n"));
    let browser = Browser::speaking("en");
    open(&browser, &server, "?show=sessions&session=s");
    let foot = browser.text(".bubble.bot .bubble-foot");
    for part in ["Was not satisfied", "Became a lead", "prices"] {
        assert!(foot.contains(part), "{part} in {foot}");
    }
    assert_eq!(browser.run("return document.querySelectorAll('.bubble.bot time').length"), 1, "when it was");
    browser.click(".recorded summary");
    browser.wait("document.querySelector('.recorded dd')");
    let recorded = browser.text(".recorded dl");
    for part in ["small-1", "1,200 read, 34 written", "$0.0123", "city: Gdańsk", "Anna · Sopot"] {
        assert!(recorded.contains(part), "{part} in {recorded}");
    }
    is_quiet(&browser, &server);
}

#[test]
fn a_session_opens_at_what_the_list_was_asked_for() {
    let (server, _dir) = empty();
    let mut lines = String::new();
    for number in 0..2_000 {
        let intent = if number == 900 || number == 1_200 { "boats" } else { "prices" };
        let event = json!({"type": "message", "session_id": "long", "user_message": format!("this is number {number}"),
            "bot_response": "Yes.", "intent": intent, "success": number != 1_200});
        writeln!(lines, "{event}").unwrap();
    }
    server.post(&lines);
    let browser = Browser::speaking("en");
    let marked = "document.querySelector('.bubble.visitor.asked p').textContent";
    let in_sight = "(() => { const at = document.querySelector('.asked').getBoundingClientRect(); \
                    return at.top >= 0 && at.bottom <= innerHeight })()";
    for (filters, number) in [
        ("by=exchange&intent=boats", 1_200),
        ("by=exchange&intent=boats&understood=true", 900),
        ("by=exchange&question=this+is+NUMBER+17%3F", 17),
        ("q=NUMBER+1500", 1_500),
    ] {
        open(&browser, &server, &format!("?show=sessions&{filters}"));
        browser.click(".session-row");
        browser.wait(&format!("{marked} == 'this is number {number}' && {in_sight}"));
    }
    // Two thousand messages are no reason to wait.
    let frame_ms = browser.run(
        "const began = performance.now(); const scroller = document.querySelector('.sheet-detail'); \
         for (let step = 0; step < 20; step += 1) { scroller.scrollTop += 500; scroller.getBoundingClientRect(); } \
         return (performance.now() - began) / 20",
    );
    assert!(frame_ms.as_f64().unwrap() < 30.0, "{frame_ms} ms for a step");
    // The filter taken off, nothing is asked for any more.
    browser.click("[data-key='chip q']");
    browser.wait("!document.querySelector('.asked')");
    is_quiet(&browser, &server);
}

#[test]
fn without_a_server_a_session_says_so_and_comes_back_by_itself() {
    let (server, dir) = empty();
    server.post(&(said("one", "first") + &said("two", "second")));
    let mut again = again_on(&dir, &server);
    let browser = Browser::speaking("pl");
    open(&browser, &server, "?show=sessions&refresh=1");
    browser.wait("document.querySelectorAll('.session-row').length == 2");
    drop(server);
    browser.wait("!document.querySelector('dialog .banner').hidden");
    assert!(browser.text("dialog .banner").contains("Serwer nie odpowiada od"));
    browser.click("[data-session=one]");
    let why = browser.text(".transcript [role=alert]");
    assert!(why.starts_with("Serwer nie odpowiedział."), "{why}");
    browser.run(
        "document.querySelector('#session-search').value = 'first'; \
                 document.querySelector('#session-search').dispatchEvent(new Event('input'))",
    );
    browser.wait("document.querySelector('.session-count').textContent.startsWith('Serwer nie odpowiedział.')");
    assert!(!browser.text("dialog").contains("/api/"), "an address is no reason");
    again.stdin(std::process::Stdio::null());
    let _server = Server::start(again);
    browser.wait("document.querySelector('.timeline .bubble p').textContent == 'first'");
    browser.wait("document.querySelectorAll('.session-row').length == 1");
    browser.wait("document.querySelector('.banner').hidden");
    browser.press(&[ESCAPE]);
    browser.wait("!document.querySelector('dialog[open]') && document.querySelector('main > .banner')");
}

#[test]
fn the_focus_returns_to_what_opened_the_sheet_also_when_it_was_drawn_anew() {
    let (server, _dir) = empty();
    server.post(&said("s", "first"));
    let browser = Browser::speaking("en");
    open(&browser, &server, "?refresh=1");
    let hour = browser.run(
        "return [...document.querySelectorAll('[data-hour]')].find((one) => !one.closest('.level-0')).dataset.hour",
    );
    let hour = hour.as_str().unwrap();
    browser.run(&format!("document.querySelector(\"[data-hour='{hour}']\").focus()"));
    browser.press(&[ENTER]);
    browser.wait("document.querySelector('dialog[open] .session-row')");
    server.post(&said("s", "second"));
    browser.wait("document.querySelector('[data-figure=conversations] .figure-value').textContent == '2'");
    settled(&browser);
    browser.press(&[ESCAPE]);
    browser.wait("!document.querySelector('dialog[open]')");
    assert_eq!(focus(&browser), format!("hour {hour}"));

    // Filters come off under the fingers.
    open(&browser, &server, "?show=sessions&by=exchange&understood=false&q=first");
    browser.run("document.querySelector('[data-key=\"chip understood\"]').focus()");
    browser.press(&[ENTER]);
    browser.wait("!document.querySelector('[data-key=\"chip understood\"]')");
    assert_eq!(focus(&browser), "chip q");
    browser.press(&[ENTER]);
    assert_eq!(focus(&browser), "chip by");
    browser.press(&[ENTER]);
    assert_eq!(focus(&browser), "session-search");
}

#[test]
fn on_a_phone_nothing_is_cut_and_the_cross_closes() {
    let demo = Demo::new();
    let long = "averylongname".repeat(23);
    demo.server.post(&format!(
        "{}\n{}\n",
        json!({"type": "message", "session_id": "long", "user_message": "Hello", "bot_response": long, "intent": long}),
        json!({"type": "lead", "session_id": "long", "name": long, "interested_package": long, "location": "Sopot"}),
    ));
    let browser = Browser::speaking("pl");
    let over = "return [...document.querySelectorAll('main .scroll, main .tabs, .sheet-detail, html')] \
                .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth) \
                .map((one) => `${one.className} in ${one.closest('section')?.id}: ${one.scrollWidth} in ${one.clientWidth}`)";
    let small = "return [...document.querySelectorAll('button, summary, select')] \
                 .filter((one) => one.checkVisibility() && one.tabIndex >= 0 && !one.matches('.heat button')) \
                 .map((one) => [one.textContent, one.getBoundingClientRect()]) \
                 .filter(([, at]) => at.width < 23.9 || at.height < 23.9).map(([text]) => text)";
    for width in [390, 768, 1440] {
        browser.see(width, 900, "light");
        open(&browser, &demo.server, "");
        assert_eq!(browser.run(over), json!([]), "{width}");
        assert_eq!(browser.run(small), json!([]), "{width}");
        for part in [".fresh .updated", ".days .wide-only"] {
            assert_eq!(
                browser.run(&format!("return document.querySelector('{part}').checkVisibility()")),
                true,
                "{part}"
            );
        }
        browser.click("#sessions");
        browser.click("[data-session=long]");
        browser.wait("document.querySelector('.timeline .bubble')");
        assert_eq!(browser.run(over), json!([]), "a session at {width}");
        browser.click(".sheet-head > button");
        browser.wait("!document.querySelector('dialog[open]')");
    }
}

#[test]
fn four_weeks_are_three_sheets_of_paper() {
    let demo = Demo::of(28);
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "?range=28d");
    let a4 = json!({"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": true});
    let paper = browser.cdp("Page.printToPDF", &a4);
    let bytes = base64(paper["data"].as_str().unwrap());
    let pages = String::from_utf8_lossy(&bytes).matches("/Type /Page\n").count();
    assert!((2..=3).contains(&pages), "{pages} pages");
}
