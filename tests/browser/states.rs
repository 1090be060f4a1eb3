//! What the page does when there is nothing, too much, something hostile, or no server.

use std::sync::Arc;

use novahouse::clock::Clock;
use novahouse::store::{Options, RedbEngine};

use super::{Demo, again_on, empty, is_quiet, number, open, settled};
use crate::support::browser::Browser;
use crate::support::process::{Server, messages};
use crate::support::served::Served;

#[test]
fn empty_it_says_how_to_send_the_first_event_and_turns_into_the_dashboard() {
    let (server, _dir) = empty();
    let browser = Browser::speaking("en");
    browser.open(&format!("http://{}/dashboard.html?refresh=1", server.address));
    let line = browser.text("#curl");
    assert!(line.contains(&format!("http://{}/api/events", server.address)), "{line}");
    browser.picture("empty");
    let sent = std::process::Command::new("sh").args(["-c", &format!("{line} -s")]).output().expect("sh runs");
    assert!(String::from_utf8_lossy(&sent.stdout).contains("\"accepted\":1"), "{sent:?}");
    browser.wait("document.querySelector('[data-figure=conversations] .figure-value').textContent == '1'");
    is_quiet(&browser, &server);
}

#[test]
fn one_part_that_fails_says_so_and_the_rest_works() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    browser.block(&["*/api/analytics/intents*"]);
    open(&browser, &demo.server, "");
    assert!(browser.text("#intents .failure").contains("could not be loaded"));
    let failed = browser.run("return document.querySelectorAll('.is-failed').length");
    assert_eq!(failed, 1);
    assert_eq!(browser.run("return document.querySelector('.banner').hidden"), true);
    browser.picture("failing");
    browser.block(&[]);
    browser.click("#intents .failure button");
    browser.text("#intents tbody tr th button");
}

#[test]
fn a_server_that_is_gone_is_missed_and_welcomed_back() {
    let (server, dir) = empty();
    server.post(&messages(41));
    let mut again = again_on(&dir, &server);
    let browser = Browser::speaking("en");
    open(&browser, &server, "?refresh=1");
    assert_eq!(browser.text("[data-figure=conversations] .figure-value"), "41");
    drop(server);
    browser.wait("!document.querySelector('.banner').hidden");
    assert!(browser.text(".banner").contains("has not answered since"));
    assert_eq!(browser.text("[data-figure=conversations] .figure-value"), "41", "what was known stays");
    again.stdin(std::process::Stdio::null());
    let server = Server::start(again);
    server.post(&messages(1));
    browser.wait("document.querySelector('.banner').hidden");
    browser.wait("document.querySelector('[data-figure=conversations] .figure-value').textContent == '42'");
}

#[test]
fn where_the_newer_endpoints_fail_the_older_ones_serve() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    // Answered, and with a refusal: what an older server says to an address it does not know.
    browser.open(&format!("http://{}/dashboard.html", demo.server.address));
    let refuse = "const real = window.fetch; window.fetch = (address, options) => \
                  /api\\/(bots|analytics\\/(overview|conversations|engagement))/.test(address) ? real('/api/none', options) : real(address, options); \
                  document.querySelector('#refresh').click()";
    settled(&browser);
    browser.run(refuse);
    browser.run(
        "const range = document.querySelector('#range'); range.value = '28d'; range.dispatchEvent(new Event('change'))",
    );
    browser.wait("document.querySelector('#figures .notes').textContent.includes('older endpoints')");
    let week = demo.get("/api/analytics/metrics/weekly");
    let shown = number(&browser.text("[data-figure=conversations] .figure-value"), "en");
    assert_eq!(shown, week["data"]["summary"]["total_conversations"].as_f64().unwrap());
}

#[test]
fn hostile_names_stay_text() {
    let (server, _dir) = empty();
    let hostile = "<img src=x onerror=\\\"document.title='owned'\\\"><b>'\\\"&amp;</b>";
    let line = |rest: &str| format!("{{\"session_id\":\"{hostile}\",\"user_id\":\"{hostile}\",{rest}}}\n");
    let events = [
        format!(
            "\"type\":\"message\",\"user_message\":\"{hostile} long enough\",\"bot_response\":\"{hostile}\",\"intent\":\"{hostile}\""
        ),
        format!(
            "\"type\":\"engagement\",\"page\":\"{hostile}\",\"browser\":\"{hostile}\",\"referrer\":\"{hostile}\",\"conversion_event\":\"{hostile}\""
        ),
        format!(
            "\"type\":\"lead\",\"name\":\"{hostile}\",\"email\":\"{hostile}\",\"interested_package\":\"{hostile}\",\"property_type\":\"{hostile}\",\"location\":\"{hostile}\""
        ),
        format!("\"type\":\"feedback\",\"rating\":1,\"comment\":\"{hostile}\""),
    ];
    server.post(&events.map(|event| line(&event)).concat());
    server.post(&format!("{{\"type\":\"performance\",\"endpoint\":\"{hostile}\",\"status_code\":500}}\n"));
    let browser = Browser::speaking("en");
    open(&browser, &server, "");
    let plain = "<img src=x onerror=\"document.title='owned'\"><b>'\"&amp;</b>";
    assert_eq!(browser.text("#intents tbody tr th button"), plain);
    assert_eq!(browser.text("#performance tbody tr th span"), plain);
    assert!(browser.text("#leads .leads").contains(plain));
    for tab in ["browser", "referrer", "page", "conversion"] {
        browser.click(&format!("[data-key='tab {tab}']"));
        browser.wait(&format!("document.querySelector('[data-key=\"tab {tab}\"]').ariaSelected == 'true'"));
    }
    assert_eq!(browser.text("#engagement .ranked-name"), plain);
    browser.click("#intents tbody tr th button");
    browser.click(".session-row");
    browser.wait("document.querySelector('.timeline .bubble')");
    assert_eq!(browser.text(".bubble.bot p"), plain);
    assert_eq!(
        browser.run("return document.querySelectorAll('main img, dialog img, main td b, dialog b b').length"),
        0
    );
    assert!(browser.run("return document.title").as_str().unwrap().starts_with("NovaHouse"));
    is_quiet(&browser, &server);
}

#[test]
fn ten_thousand_intents_are_paged_and_found() {
    // More names than a day keeps apart: they are spread over days, and the clock stands still.
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::fixed(1_774_951_200_000);
    let options = Options { clock: clock.clone(), ..Options::default() };
    let served = Served::over(Arc::new(RedbEngine::open(dir.path(), &options).unwrap()), clock.clone());
    let lines: String = (0..10_000)
        .map(|number| {
            let at_ms = clock.now_ms() - i64::from(number % 12) * 86_400_000;
            format!(
                "{{\"type\":\"message\",\"session_id\":\"s\",\"intent\":\"intent {number}\",\"timestamp\":{at_ms}}}\n"
            )
        })
        .collect();
    assert_eq!(served.post(&[("Content-Type", "application/x-ndjson")], lines).status, 200);
    let browser = Browser::speaking("en");
    browser.open(&format!("http://{}/dashboard.html?range=28d", served.address));
    settled(&browser);
    assert_eq!(browser.text("#intents .pager .figure"), "1–10 of 10,000");
    assert_eq!(browser.run("return document.querySelectorAll('#intents tbody tr').length"), 10);
    browser.click("#intents [data-key='page right']");
    browser.wait("document.querySelector('#intents .pager .figure').textContent.startsWith('11–20')");
    browser.run("const search = document.querySelector('#intents input'); search.value = 'intent 9999'; search.dispatchEvent(new Event('input'))");
    assert_eq!(browser.text("#intents tbody tr th button"), "intent 9999");
}
