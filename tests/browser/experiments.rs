//! Experiments from the page alone: a greeting is tried on visitors of the chat, its result is read, and what was decided holds;
//! in both languages, on any screen, and where the server is gone.

use std::fmt::Write as _;

use serde_json::json;

use super::access::{fill, fits, has_row, key_id};
use super::{Demo, empty, is_quiet};
use crate::support::browser::Browser;
use crate::support::process::{Server, run_on};

const WARM: &str = "Good to see you! What are you planning?";

fn address(server: &Server) -> String {
    format!("http://{}/experiments.html#experiments", server.address)
}

#[track_caller]
fn stands(browser: &Browser) {
    browser.wait("document.querySelector('#view[data-view=experiments][aria-busy=false]')");
}

/// A visitor says hello, and what the bot says to it.
fn greet(server: &Server, session: &str) -> String {
    let body = json!({"message": "hello", "session_id": session}).to_string();
    let headers = [("Content-Type", "application/json"), ("Accept-Language", "en")];
    let answer = server.client().send("POST", "/api/chatbot/chat", &headers, body.as_bytes()).unwrap();
    answer.json()["response"].as_str().unwrap().to_owned()
}

fn send(server: &Server, lines: &str) {
    let headers = [("Content-Type", "application/x-ndjson")];
    let answer = server.client().send("POST", "/api/events", &headers, lines.as_bytes()).unwrap();
    assert_eq!(answer.json()["rejected"], 0, "{answer:?}");
}

/// Presses the button of a row, and then the one of the box over it.
#[track_caller]
fn confirm(browser: &Browser, button: &str, name: &str) {
    browser.click(&format!("[data-key='{button} {name}']"));
    browser.click(".box [type=submit]");
    browser.wait("!document.querySelector('.box')");
}

#[test]
fn a_greeting_is_tried_and_decided_on_from_the_page_alone() {
    let (server, _dir) = empty();
    let browser = Browser::speaking("en");
    browser.open(&address(&server));
    stands(&browser);
    assert!(browser.text(".nothing").contains("Nothing is tried yet"));
    fits(&browser, "experiments-empty", 1440);
    browser.click("#add-experiment");
    browser.click(".box [type=submit]");
    browser.wait("document.querySelector('.box .field-wrong:not(:empty)')?.textContent.startsWith('A name has')");
    fill(&browser, ".box [name=name]", "greeting");
    browser.run("const names = document.querySelectorAll('.box [name=variant]'); names[0].value = 'plain'; names[1].value = 'plain'");
    browser.click(".box [type=submit]");
    browser.wait("[...document.querySelectorAll('.box .field-wrong')].some((one) => one.textContent === 'Two variants have one name.')");
    browser.run(&format!(
        "document.querySelectorAll('.box [name=variant]')[1].value = 'warm'; document.querySelectorAll('.box [name=reply]')[1].value = {WARM:?}; \
         document.querySelectorAll('.box [name=other-reply]')[1].value = 'Miło Cię widzieć!'"
    ));
    fill(&browser, ".box [name=plan]", "10");
    fill(&browser, ".box [name=lift]", "200");
    fits(&browser, "experiments-form", 1440);
    browser.click(".box [type=submit]");
    has_row(&browser, "greeting");
    let kept = server.get("/api/experiments/greeting").1["experiment"]["variants"][1]["replies"].clone();
    assert_eq!((&kept["greeting"], &kept["greeting:pl"]), (&json!(WARM), &json!("Miło Cię widzieć!")));
    assert_ne!(greet(&server, "too-early"), WARM);
    browser.click("[data-key='Change greeting']");
    browser.wait("document.querySelectorAll('.box [name=reply]')[1]?.value.startsWith('Good to see you')");
    fill(&browser, ".box [name=traffic_share_ppm]", "100");
    browser.click(".box [type=submit]");
    browser.wait("document.querySelector('#done').textContent === 'Saved.'");
    browser.wait("document.querySelector('[data-row=greeting] .row-facts').textContent.includes('it takes')");
    browser.click("[data-key='Start greeting']");
    browser.wait("document.querySelector('.box [type=submit]').classList.contains('strong')");
    browser.press(&["\u{E00C}"]);
    browser.wait("!document.querySelector('.box')");
    confirm(&browser, "Start", "greeting");
    browser.wait("document.querySelector('[data-row=greeting] .badge.good')?.textContent === 'Running'");

    // Visitors come; of those who are greeted warmly, most leave an address.
    let (mut lines, mut warm) = (String::new(), 0);
    for number in 0..600 {
        let session = format!("visit-{number}");
        let is_warm = greet(&server, &session) == WARM;
        warm += usize::from(is_warm);
        if number % 10 < if is_warm { 6 } else { 1 } {
            let lead = json!({"type": "lead", "session_id": session, "email": "anna@example.com"});
            writeln!(lines, "{lead}").unwrap();
        }
    }
    assert!((220..380).contains(&warm), "{warm} of 600");
    send(&server, &lines);
    browser.click("[data-key='Results greeting']");
    browser.wait("document.querySelector('.results[aria-busy=false] .results-verdict')?.textContent === 'Better than the control: warm'");
    browser.wait("document.querySelector('[data-variant=warm] .badge.good')?.textContent === 'Better'");
    let counted = browser.run("return [...document.querySelectorAll('.metric')[0].querySelectorAll('tbody td:first-of-type')].map((one) => Number(one.textContent))");
    assert_eq!(counted, json!([600 - warm, warm]));
    browser.wait("document.querySelector('.over-time canvas')");
    fits(&browser, "experiments-results", 1440);
    browser.run("const by = document.querySelector('.results [name=by]'); by.value = 'language'; by.dispatchEvent(new Event('change'))");
    browser.wait("document.querySelector('.results[aria-busy=false]') && [...document.querySelectorAll('.metric h3')].at(-1).textContent.trim() === 'en'");
    browser.press(&["\u{E00C}"]);
    browser.wait("!document.querySelector('.box')");

    confirm(&browser, "Pause", "greeting");
    assert!((0..20).all(|number| greet(&server, &format!("visit-{number}")) != WARM));
    confirm(&browser, "Go on", "greeting");
    browser.click("[data-key='Stop greeting']");
    browser.click(".box [type=submit]");
    browser.wait("document.querySelector('.box .field-wrong:not(:empty)')?.textContent.startsWith('A reason has')");
    browser.run("document.querySelector('.box [name=winner]').value = 'warm'");
    fill(&browser, ".box [name=reason]", "Six times as many leads.");
    fits(&browser, "experiments-stop", 1440);
    browser.click(".box [type=submit]");
    browser.wait(
        "document.querySelector('[data-row=greeting] .lines')?.textContent === 'warm won: Six times as many leads.'",
    );
    assert!((0..20).all(|number| greet(&server, &format!("later-{number}")) == WARM));
    fits(&browser, "experiments-stopped", 1440);
    is_quiet(&browser, &server);
}

/// An experiment of some days, of which events tell.
fn filled(demo: &Demo) {
    let server = &demo.server;
    let experiment = json!({
        "name": "powitanie", "primary": {"metric": "lead_rate"},
        "guardrails": [{"metric": "satisfaction"}, {"metric": "response_time_ms"}, {"metric": "cost_usd"}],
        "variants": [{"name": "zwykłe", "weight": 1}, {"name": "ciepłe", "weight": 1}, {"name": "krótkie", "weight": 1}],
    });
    let post = |path: &str, body: &str| {
        let answer = server.client().send("POST", path, &[("Content-Type", "application/json")], body.as_bytes());
        assert_eq!(answer.unwrap().status, 200, "{path}");
    };
    post("/api/experiments", &experiment.to_string());
    post("/api/experiments/powitanie/start", "");
    run_on(&demo.dir.data(), "experiment add draft --variant a=1 --variant b=1 --share 20").exits(0);
    let mut lines = String::new();
    for number in 0..900 {
        let (variant, rate) = [("zwykłe", 10), ("ciepłe", 25), ("krótkie", 8)][number % 3];
        let session = format!("proba-{number}");
        let (device, language) = (["mobile", "desktop", "tablet"][number / 3 % 3], ["pl", "en"][number / 9 % 2]);
        let exposure = json!({"type": "exposure", "session_id": session, "experiment": "powitanie", "variant": variant,
                              "device_type": device, "language": language});
        let message = json!({"type": "message", "session_id": session, "intent": "greeting", "cost_usd": 0.002 + (number % 7) as f64 / 1e3,
                             "response_time_ms": 300 + number % 90, "user_satisfied": number % 4 != 0});
        writeln!(lines, "{exposure}\n{message}").unwrap();
        if number / 3 % 100 < rate {
            writeln!(lines, "{}", json!({"type": "lead", "session_id": session, "email": "a@example.com"})).unwrap();
        }
    }
    send(server, &lines);
}

#[test]
fn every_view_stands_in_both_languages_on_any_screen() {
    let demo = Demo::of(3);
    filled(&demo);
    for (language, scheme, width) in
        [("en", "dark", 1440), ("pl", "light", 1440), ("pl", "dark", 390), ("en", "light", 390)]
    {
        let browser = Browser::speaking(language);
        browser.see(width, 900, scheme);
        browser.open(&address(&demo.server));
        stands(&browser);
        has_row(&browser, "powitanie");
        let story = |view: &str| format!("experiments-{view}-{language}-{scheme}-{width}");
        fits(&browser, &story("list"), width);
        let results = if language == "pl" { "Wyniki" } else { "Results" };
        browser.click(&format!("[data-key='{results} powitanie']"));
        browser.wait("document.querySelector('.results[aria-busy=false] .over-time canvas')");
        fits(&browser, &story("results"), width);
        browser.run("document.querySelector('.box').scrollTo(0, 900)");
        browser.picture(&story("results-below"));
        browser.press(&["\u{E00C}"]);
        browser.wait("!document.querySelector('.box')");
        browser.click("#add-experiment");
        browser.wait("document.querySelector('.box[open]')");
        fits(&browser, &story("form"), width);
        browser.press(&["\u{E00C}"]);
        is_quiet(&browser, &demo.server);
    }
}

#[test]
fn a_server_that_is_gone_is_told() {
    let (server, _dir) = empty();
    let browser = Browser::speaking("pl");
    browser.open(&address(&server));
    stands(&browser);
    browser.block(&["*/api/experiments*"]);
    browser.click(&key_id("experiments"));
    browser.run("location.hash = ''; location.hash = 'experiments'");
    browser.wait("document.querySelector('.view-failure')?.textContent.includes('Serwer nie odpowiada')");
}
