//! The page that explores: a funnel is built, paths are followed, and every figure leads to its sessions.

use serde_json::Value;

use super::drill::listed;
use super::everyone::is_accessible;
use super::{Demo, is_quiet, number, query, settled};
use crate::support::browser::Browser;
use crate::support::process::Server;

/// Opens the page and waits until it stands.
#[track_caller]
fn open(browser: &Browser, server: &Server, query: &str) {
    browser.open(&format!("http://{}/explore.html{query}", server.address));
    settled(browser);
}

fn leave(browser: &Browser) {
    browser.press(&["\u{E00C}"]);
    browser.wait("!document.querySelector('dialog[open]')");
}

/// Chooses from a list as a person does.
fn choose(browser: &Browser, list: &str, value: &str) {
    browser.run(&format!(
        "const list = document.querySelector({list:?}); list.value = {value:?}; list.dispatchEvent(new Event('change'))"
    ));
}

#[test]
fn a_funnel_is_built_and_leads_to_the_sessions_of_each_step() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "?range=28d");
    let intents = demo.get("/api/analytics/intents?days=28");
    let intent = intents["intent_summary"][1]["intent"].as_str().unwrap();
    choose(&browser, "[data-key='step more']", &format!("intent:{intent}"));
    browser.wait("document.querySelectorAll('.funnel-step').length == 3");
    settled(&browser);
    choose(&browser, "#funnel-within", "24h");
    browser.wait("new URLSearchParams(location.search).get('within') == '24h'");
    settled(&browser);
    let asked = format!("step1=message&step2=lead&step3=intent%3A{intent}&within=24h");
    let steps = demo.get(&format!("/api/analytics/funnel?days=28&{asked}"))["steps"].take();
    for place in 0..3 {
        let step = &steps[place];
        browser.wait(&format!(
            "document.querySelector('[data-key=\"reached {place}\"] b')?.textContent.replace(',', '') == '{}'",
            step["sessions"]
        ));
        if step["sessions"] != 0 {
            browser.click(&format!("[data-key='reached {place}']"));
            assert_eq!(listed(&browser), step["sessions"].as_u64().unwrap());
            leave(&browser);
        }
        if place > 0 && step["lost"] != 0 {
            browser.click(&format!("[data-key='lost {place}']"));
            assert_eq!(listed(&browser), step["lost"].as_u64().unwrap());
            leave(&browser);
        }
    }
    // A link shares it, and back undoes the last change.
    assert!(query(&browser).contains("within=24h"), "{}", query(&browser));
    browser.click("[data-key='reached 0']");
    let shared = query(&browser);
    browser.open("about:blank");
    open(&browser, &demo.server, &shared);
    assert_eq!(listed(&browser), steps[0]["sessions"].as_u64().unwrap());
    assert_eq!(browser.run("return document.querySelectorAll('.funnel-step').length"), 3);
    is_quiet(&browser, &demo.server);
}

#[test]
fn paths_and_hours_lead_to_their_sessions() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "");
    let paths = demo.get("/api/analytics/paths?days=7");
    let named = |name: &Value| !["(other)", "(end)"].contains(&name.as_str().unwrap());
    let node = paths["nodes"].as_array().unwrap().iter().find(|node| named(&node["name"])).unwrap();
    let link =
        paths["links"].as_array().unwrap().iter().find(|link| named(&link["from"]) && named(&link["to"])).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    for (key, sessions) in [
        (format!("bar {} {}", node["step"], text(&node["name"])), &node["sessions"]),
        (format!("band {} {} {}", link["step"], text(&link["from"]), text(&link["to"])), &link["sessions"]),
    ] {
        browser.run(&format!("document.querySelector('[data-key=\"{key}\"]').focus()"));
        browser.press(&["\u{E007}"]);
        assert_eq!(listed(&browser), sessions.as_u64().unwrap(), "{key}");
        leave(&browser);
    }
    choose(&browser, "#hours-metric", "not_understood");
    browser.wait("document.querySelector('#hours .notes').textContent.startsWith('In all')");
    settled(&browser);
    let hours = demo.get("/api/analytics/hours?days=7&metric=not_understood");
    let week = hours["by_hour_of_week"].as_array().unwrap().iter().flat_map(|day| day.as_array().unwrap());
    let (hour, count) = (0..).zip(week).find(|(_, count)| count.as_f64().unwrap() > 0.0).unwrap();
    browser.wait(&format!("document.querySelector('[data-hour=\"{hour}\"]').ariaLabel.includes('Not understood')"));
    browser.click(&format!("[data-hour='{hour}']"));
    listed(&browser);
    assert_eq!(super::drill::matching(&browser) as f64, count.as_f64().unwrap());
    is_quiet(&browser, &demo.server);
}

#[test]
fn cohorts_and_comparisons_are_those_of_the_api_in_both_languages() {
    let demo = Demo::new();
    let cohorts = demo.get("/api/analytics/cohorts?days=28&by=week");
    let compared = demo.get("/api/analytics/compare?days=28&other_bot=sklep");
    for language in ["en", "pl"] {
        let browser = Browser::speaking(language);
        open(&browser, &demo.server, "?range=28d&other=sklep");
        let shown = browser.run(
            "return [...document.querySelectorAll('.cohorts tbody tr')].map((row) => row.querySelector('td').textContent)",
        );
        let shown: Vec<f64> =
            shown.as_array().unwrap().iter().map(|text| number(text.as_str().unwrap(), language)).collect();
        let users: Vec<f64> =
            cohorts["cohorts"].as_array().unwrap().iter().map(|cohort| cohort["users"].as_f64().unwrap()).collect();
        assert_eq!(shown, users);
        let mine = number(&browser.text(".comparison tbody td:nth-child(2)"), language);
        let other = number(&browser.text(".comparison tbody td:nth-child(3)"), language);
        let figure = &compared["figures"][0];
        assert_eq!((mine, other), (figure["this"].as_f64().unwrap(), figure["other"].as_f64().unwrap()));
        is_quiet(&browser, &demo.server);
    }
}

#[test]
fn two_variants_of_an_experiment_are_compared_in_both_languages() {
    let demo = Demo::new();
    let compared = demo.get("/api/experiments/greeting/compare?days=28");
    let sessions = &compared["figures"][0];
    assert_eq!(sessions["figure"], "total_sessions");
    let [call_back, as_it_was] = ["this", "other"].map(|side| sessions[side].as_f64().unwrap());
    assert!(call_back > 500.0 && as_it_was > 500.0, "{sessions}");
    for (language, scheme, width) in [("en", "light", 1440), ("pl", "dark", 390)] {
        let browser = Browser::speaking(language);
        browser.see(width, 900, scheme);
        open(&browser, &demo.server, "?range=28d");
        choose(&browser, "#compare-with", "experiment greeting");
        let shown = |place: usize| number(&browser.text(&format!(".comparison tbody td:nth-child({place})")), language);
        let stands = |variant: &str, other: &str| {
            let head =
                "[...document.querySelectorAll('.comparison thead .clip')].map((name) => name.textContent).join()";
            browser.wait(&format!("{head} == '{variant},{other}'"));
            settled(&browser);
        };
        stands("call back", "as it was");
        assert_eq!((shown(2), shown(3)), (call_back, as_it_was));
        // What there is more of because a variant has more visitors is neither good nor bad.
        let judged = "return [...document.querySelectorAll('.comparison tbody tr')].map((row) => \
                      row.querySelector('.change')?.classList.contains('plain') ?? true)";
        let plain = browser.run(judged);
        assert!((0..5).all(|row| plain[row] == true), "{plain}");
        assert!(browser.text("#compare .notes a").contains("greeting"));
        is_accessible(&browser, &format!("variants, {language}, {width}"));
        browser.run("document.querySelector('#compare').scrollIntoView()");
        browser.picture(&format!("explore-variants-{language}-{scheme}-{width}"));
        // Whichever is chosen on one side gives way on the other.
        choose(&browser, "#compare-variant", "as it was");
        stands("as it was", "call back");
        assert_eq!((shown(2), shown(3)), (as_it_was, call_back));
        assert!(
            query(&browser).contains("experiment=greeting&variant=as+it+was&otherVariant=call+back"),
            "{}",
            query(&browser)
        );
        // A link to an experiment that is gone shows what there is without it.
        open(&browser, &demo.server, "?range=28d&experiment=none");
        assert_eq!(browser.run("return document.querySelector('#compare-with').value"), "before");
        is_quiet(&browser, &demo.server);
    }
}

#[test]
fn the_bot_and_the_days_come_along_from_page_to_page() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "?range=28d&bot=sklep&within=24h");
    browser.click(".places a:not([aria-current])");
    browser.wait("location.pathname == '/dashboard.html' && document.querySelector('#bot')?.value == 'sklep'");
    assert_eq!(query(&browser), "?range=28d&bot=sklep");
    settled(&browser);
    browser.click(".places a:not([aria-current])");
    browser.wait("location.pathname == '/explore.html' && document.querySelector('#range')?.value == '28d'");
}

#[test]
fn it_can_be_used_by_everyone_and_says_what_fails() {
    let demo = Demo::new();
    for (language, scheme, width) in
        [("en", "light", 1440), ("pl", "dark", 1440), ("pl", "light", 390), ("en", "dark", 390)]
    {
        let browser = Browser::speaking(language);
        browser.see(width, 900, scheme);
        open(&browser, &demo.server, "?range=28d");
        is_accessible(&browser, &format!("{language}, {scheme}, {width}"));
        let wide = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert_eq!(wide, 0, "nothing stands out at the side, {width}");
        browser.picture(&format!("explore-{language}-{scheme}-{width}"));
    }
    let browser = Browser::speaking("en");
    browser.see(1440, 900, "light");
    browser.block(&["*/api/analytics/funnel*", "*/api/analytics/compare*"]);
    open(&browser, &demo.server, "");
    assert!(browser.text("#funnel .failure").contains("could not be loaded"));
    assert_eq!(browser.run("return document.querySelectorAll('.is-failed').length"), 2);
    browser.picture("explore-failing");
    browser.block(&[]);
    browser.click("#funnel .failure button");
    browser.text(".funnel-step");
    open(&browser, &demo.server, "?range=custom&from=2020-01-01&to=2020-01-07");
    browser.picture("explore-nothing");
    is_accessible(&browser, "nothing in these days");
    assert!(browser.text("#funnel .empty-note").contains("No session"));
}
