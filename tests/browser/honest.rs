//! Figures that say neither more nor less than is known, and lead to exactly what they count.

use serde_json::Value;

use super::drill::{listed, matching};
use super::{Demo, empty, number, open, query, settled};
use crate::support::browser::Browser;
use crate::support::process::messages;

/// Noon of yesterday, in milliseconds: a day that is over, whenever the test runs.
fn yesterday_noon() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let day = i64::try_from(now).unwrap() / 86_400_000 - 1;
    day * 86_400_000 + 43_200_000
}

/// Goes to an address as back and forward do.
fn walk(browser: &Browser, query: &str) {
    browser.run(&format!("history.pushState(null, '', {query:?}); dispatchEvent(new PopStateEvent('popstate'))"));
    settled(browser);
}

#[test]
fn a_point_leads_to_what_it_counts_or_nowhere() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    an_hour_of_a_day_opens_that_hour_alone(&demo, &browser);
    a_piece_of_a_bar_opens_its_day_and_sentiment(&demo, &browser);
    what_has_no_list_leads_to_none(&demo, &browser);
}

fn an_hour_of_a_day_opens_that_hour_alone(demo: &Demo, browser: &Browser) {
    open(browser, &demo.server, "?range=yesterday");
    browser.run("document.querySelector('#trend .chart').focus()");
    // From midnight to five in the afternoon.
    browser.press(&["\u{E011}"]);
    browser.press(&["\u{E014}"; 17]);
    let said = browser.run("return document.querySelector('#trend .chart').getAttribute('aria-valuetext')");
    browser.press(&["\u{E007}"]);
    listed(browser);
    let count = format!("Conversations {}", matching(browser));
    assert!(said.as_str().unwrap().starts_with("17:00") && said.as_str().unwrap().contains(&count), "{said}: {count}");
    assert!(query(browser).contains("day=") && query(browser).contains("hour_of_week="), "{}", query(browser));
}

fn a_piece_of_a_bar_opens_its_day_and_sentiment(demo: &Demo, browser: &Browser) {
    open(browser, &demo.server, "");
    let day = demo.get("/api/analytics/conversations?days=7&fill=true")["sentiment_by_day"][2].take();
    // The middle of the lowest piece, which is that of the bad news.
    let at = browser.run(
        "const chart = document.querySelector('#sentiment .chart'); chart.scrollIntoView({ block: 'center' }); \
         const box = chart.getBoundingClientRect(); \
         const spot = { clientX: box.left + 46 + (box.width - 56) / 7 * 2.5, clientY: box.bottom - 28, bubbles: true }; \
         chart.dispatchEvent(new PointerEvent('click', spot)); return spot",
    );
    listed(browser);
    assert!(query(browser).contains("sentiment=negative"), "{at}: {}", query(browser));
    assert_eq!(matching(browser), day["negative"].as_u64().unwrap());
    browser.press(&["\u{E00C}"]);
    browser.wait("!document.querySelector('dialog[open]')");
    // The keyboard gets there too: up to the second piece of the first day.
    browser.run(
        "const chart = document.querySelector('#sentiment .chart'); \
         chart.dispatchEvent(new PointerEvent('pointerleave')); chart.focus()",
    );
    browser.press(&["\u{E011}", "\u{E013}", "\u{E013}", "\u{E007}"]);
    listed(browser);
    let first = demo.get("/api/analytics/conversations?days=7&fill=true")["sentiment_by_day"][0].take();
    assert_eq!(matching(browser), first["neutral"].as_u64().unwrap());
}

fn what_has_no_list_leads_to_none(demo: &Demo, browser: &Browser) {
    open(browser, &demo.server, "?metric=satisfaction");
    let button = "[...document.querySelectorAll('#trend .chart-foot button')].filter((one) => one.checkVisibility())";
    assert_eq!(browser.run(&format!("return {button}.length")), 0);
    assert_eq!(browser.run("return document.querySelector('#trend .chart').classList.contains('pickable')"), false);
    browser.click("[data-figure=users]");
    browser.wait(&format!("{button}[0]?.textContent == 'Open the sessions with a conversation'"));
}

#[test]
fn a_bot_that_only_reports_performance_has_a_dashboard() {
    let (server, _dir) = empty();
    let browser = Browser::speaking("en");
    browser.open(&format!("http://{}/dashboard.html?refresh=1", server.address));
    browser.text("#curl");
    server.post("{\"type\":\"performance\",\"endpoint\":\"/chat\",\"response_time_ms\":5,\"status_code\":200}\n");
    assert_eq!(browser.text("#performance tbody tr th span"), "/chat");

    // A session that lasted is told in days.
    let lines = [25 * 3_600_000, 0].map(|ago_ms| {
        let at = yesterday_noon() - ago_ms;
        format!("{{\"type\":\"message\",\"session_id\":\"long\",\"timestamp\":{at}}}\n")
    });
    server.post(&lines.concat());
    browser.wait("document.querySelector('#engagement').textContent.includes('1 d 1 h')");
}

#[test]
fn rounding_hides_no_failure_and_shares_are_of_all_sessions() {
    let (server, _dir) = empty();
    let at = yesterday_noon();
    let mut lines: String = (0..3_000)
        .map(|number| {
            format!(
                "{{\"type\":\"message\",\"session_id\":\"s{}\",\"intent\":\"prices\",\"success\":{},\"cost_usd\":0.0000001,\"timestamp\":{at}}}\n",
                number % 31,
                number != 7
            )
        })
        .collect();
    for number in 0..12 {
        lines.push_str(&format!(
            "{{\"type\":\"engagement\",\"session_id\":\"s{number}\",\"device_type\":\"mobile\",\"page\":\"/p\",\"timestamp\":{at}}}\n"
        ));
    }
    for page in 0..14 {
        lines.push_str(&format!(
            "{{\"type\":\"engagement\",\"session_id\":\"s1\",\"page\":\"/page/{page}\",\"timestamp\":{at}}}\n"
        ));
    }
    server.post(&lines);
    let browser = Browser::speaking("en");
    open(&browser, &server, "");
    assert_eq!(browser.text("#intents [data-key='failures prices']"), ">99.9%");
    assert_eq!(browser.text("[data-figure=missed] .figure-value"), "<0.1%");
    assert_eq!(browser.text("[data-figure=cost] .figure-value"), "$0.0003");
    let rows = browser.run(
        "return [...document.querySelectorAll('#engagement .ranked-row')].map((row) => [...row.children].slice(1).map((part) => part.textContent).join(' '))",
    );
    assert_eq!(rows, serde_json::json!(["Mobile 38.7% 12", "Unknown 61.3% 19"]));

    // A long list is not cut without a word.
    browser.click("[data-key='tab page']");
    browser.wait("document.querySelectorAll('#engagement .ranked-row').length == 8");
    let more = "#engagement .ranked-box > button";
    assert_eq!(browser.text(more), "Show all (15)");
    browser.run(&format!("document.querySelector({more:?}).focus()"));
    browser.press(&["\u{E007}"]);
    browser.wait("document.querySelectorAll('#engagement .ranked-row').length == 15");
    assert_eq!(browser.run("return document.activeElement.textContent"), "Show fewer");
}

#[test]
fn what_is_not_over_is_not_compared_with_what_is() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "?range=today");
    assert!(browser.text("#figures .notes").contains("not over"));
    // The hours that are over can be compared, of conversations.
    let changes = "return [...document.querySelectorAll('#figures .change')].filter((change) => !change.title.includes('until ')).length";
    assert_eq!(browser.run(changes), 0);
    walk(&browser, "?range=custom&from=2031-01-01&to=2031-01-07");
    browser.wait("document.querySelector('#figures .notes').textContent.includes('These days are not over')");
    assert_eq!(browser.run("return document.querySelectorAll('#figures .change').length"), 0);
}

#[test]
fn a_month_goes_by_months_and_an_address_that_is_wrong_is_set_right() {
    let (server, _dir) = empty();
    server.post(&messages(1));
    let browser = Browser::speaking("en");
    open(&browser, &server, "?range=custom&from=2026-03-01&to=2026-03-31");
    // The spaces around a dash are of many kinds.
    let compared = |with: &str| format!("document.querySelector('.days').textContent.replace(/\\s/g, '') == {with:?}");
    browser.wait(&compared("1–31Mar2026comparedwith1–28Feb2026"));
    browser.click("#earlier");
    settled(&browser);
    assert!(query(&browser).contains("from=2026-02-01&to=2026-02-28"), "{}", query(&browser));
    browser.wait(&compared("1–28Feb2026comparedwith1–31Jan2026"));

    open(&browser, &server, "?range=month");
    let asked = |place: &str| -> Value { browser.run(&format!("return document.querySelector('{place}').value")) };
    browser.click("#earlier");
    settled(&browser);
    assert!(asked("#from").as_str().unwrap().ends_with("-01"), "{}", asked("#from"));
    browser.click("#later");
    browser.wait("location.search == '?range=month'");

    open(&browser, &server, "?range=custom&from=2026-03-09&to=2026-03-01&metric=leads");
    assert_eq!(query(&browser), "?metric=leads");
    walk(&browser, "?range=custom&from=soon&to=later&metric=leads");
    assert_eq!(query(&browser), "?metric=leads");
}

#[test]
fn a_chart_as_a_table_says_what_the_chart_says() {
    let demo = Demo::new();
    let browser = Browser::speaking("pl");
    open(&browser, &demo.server, "?metric=cost");
    browser.click("#trend .menu summary");
    browser.click("#trend .menu-entry");
    let cells = "[...document.querySelectorAll('#trend .flat tr')].map((row) => [...row.cells].map((cell) => cell.textContent))";
    let rows = browser.wait(&format!("{cells}.length == 8 && {cells}"));
    assert_eq!(rows[0], serde_json::json!(["Dzień", "Koszt", "Poprzedni okres"]));
    let day = demo.get("/api/analytics/overview?days=7&by_day=true")["by_day"][0].take();
    let year = &day["date"].as_str().unwrap()[..4];
    assert!(rows[1][0].as_str().unwrap().contains(year) && !rows[1][0].as_str().unwrap().contains('-'), "{rows}");
    let cost = rows[1][1].as_str().unwrap();
    assert!(cost.contains('$') && (number(cost, "pl") - day["cost_usd"].as_f64().unwrap()).abs() < 0.005, "{cost}");
    assert!(rows[1][2].as_str().unwrap().contains('$'), "{rows}");
}
