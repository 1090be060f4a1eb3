//! What the page shows is what the API says, in both languages.

use serde_json::Value;

use super::{Demo, is_quiet, number, open};
use crate::support::browser::Browser;

/// Key figures: name on the page, address and place of the value, and by how much rounding may differ.
fn expected(demo: &Demo) -> Vec<(&'static str, f64, f64)> {
    let overview = &demo.get("/api/analytics/overview?days=7")["overview"];
    let conversations = demo.get("/api/analytics/conversations?days=7");
    let engagement = demo.get("/api/analytics/engagement?days=7");
    let of = |value: &Value| value.as_f64().unwrap();
    vec![
        ("conversations", of(&overview["total_conversations"]), 0.0),
        ("users", of(&overview["unique_users"]), 0.0),
        ("sessions", of(&engagement["total_sessions"]), 0.0),
        ("leads", of(&overview["total_leads"]), 0.0),
        ("conversion", of(&overview["conversion_rate_percent"]), 0.05),
        ("median", of(&conversations["response_time_ms"]["p50"]), 0.5),
        ("p95", of(&conversations["response_time_ms"]["p95"]) / 1_000.0, 0.005),
        ("missed", of(&overview["not_understood_percent"]), 0.05),
        ("satisfaction", of(&overview["satisfaction_percent"]), 0.05),
        ("cost", of(&overview["cost_usd"]), 0.005),
    ]
}

#[test]
fn figures_are_those_of_the_api_in_both_languages() {
    let demo = Demo::new();
    let intents = demo.get("/api/analytics/intents?days=7");
    let top = &intents["intent_summary"][0];
    for (language, thousand, word) in [("en", ",", "Conversations"), ("pl", "\u{a0}", "Rozmowy")] {
        let browser = Browser::speaking(language);
        open(&browser, &demo.server, "");
        assert_eq!(browser.run("return document.documentElement.lang"), language);
        assert_eq!(browser.text("[data-figure=conversations] .figure-name"), word);
        for (name, value, tolerance) in expected(&demo) {
            let text = browser.text(&format!("[data-figure={name}] .figure-value"));
            let shown = number(&text, language);
            assert!((shown - value).abs() <= tolerance + 1e-9, "{name} in {language}: {text} is not {value}");
        }
        assert!(browser.text("[data-figure=conversations] .figure-value").contains(thousand));
        assert_eq!(browser.text("#intents tbody tr th button"), top["intent"].as_str().unwrap());
        let triggers = number(&browser.text("#intents tbody td .figure"), language);
        assert_eq!(triggers, top["triggers"].as_f64().unwrap());
        let questions = demo.get("/api/analytics/questions/top?days=7");
        let asked = &questions["data"]["questions"][0];
        assert_eq!(browser.text("#questions .ranked-name"), asked["question"].as_str().unwrap());
        assert_eq!(number(&browser.text("#questions .ranked-count"), language), asked["count"].as_f64().unwrap());
        is_quiet(&browser, &demo.server);
    }
}

#[test]
fn every_day_of_a_chart_is_the_apis_and_the_table_says_the_same() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "?range=28d&metric=leads");
    let days = demo.get("/api/analytics/overview?days=28&by_day=true")["by_day"].take();
    let days = days.as_array().unwrap();
    browser.run("document.querySelector('#trend .chart').focus()");
    browser.press(&["\u{E011}"]);
    for day in &days[..3] {
        let said = browser.run("return document.querySelector('#trend .chart').getAttribute('aria-valuetext')");
        let leads = format!("Leads {}", day["total_leads"]);
        assert!(said.as_str().unwrap().contains(&leads), "{said} has not {leads}");
        browser.press(&["\u{E014}"]);
    }
    browser.click("#trend .menu summary");
    browser.click("#trend .menu-entry");
    let rows = browser.run(
        "return [...document.querySelectorAll('#trend .flat tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))",
    );
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), days.len());
    for (row, day) in rows.iter().zip(days) {
        let (year, rest) = day["date"].as_str().unwrap().split_once('-').unwrap();
        let of_month = rest[3..].trim_start_matches('0');
        let said = row[0].as_str().unwrap();
        assert!(said.ends_with(year) && said.contains(&format!(" {of_month} ")), "{said} is not {day}");
        assert_eq!(row[1], day["total_leads"].to_string());
    }
}

#[test]
fn a_refresh_comes_by_itself_and_waits_while_nobody_looks() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "?refresh=1");
    let shown = || number(&browser.text("[data-figure=conversations] .figure-value"), "en") as u64;
    let before = shown();
    demo.server.post("{\"type\":\"message\",\"session_id\":\"new\"}\n");
    let has = |count: u64| {
        format!(
            "document.querySelector('[data-figure=conversations] .figure-value').textContent.replace(/\\D/g, '') == {count}"
        )
    };
    browser.wait(&has(before + 1));
    let hide = |hidden: bool| {
        let script = format!(
            "Object.defineProperty(document, 'hidden', {{ configurable: true, get: () => {hidden} }}); \
             document.dispatchEvent(new Event('visibilitychange'))"
        );
        browser.run(&script);
    };
    hide(true);
    demo.server.post("{\"type\":\"message\",\"session_id\":\"newer\"}\n");
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    assert_eq!(shown(), before + 1, "it is hidden");
    hide(false);
    browser.wait(&has(before + 2));
    is_quiet(&browser, &demo.server);
}
