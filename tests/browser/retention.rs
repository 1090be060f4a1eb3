//! How long bots keep what they were told, what would go, and a run at once, in the settings.

use serde_json::json;

use super::access::{address, fill, fits, has_row};
use super::everyone::is_accessible;
use super::{empty, is_quiet};
use crate::support::becomes;
use crate::support::browser::Browser;
use crate::support::process::{Dir, Server};

const VIEW: &str = "/settings.html#kept";

/// A server with two bots that were told something long ago, and one of late.
fn told() -> (Server, Dir) {
    let (server, dir) = empty();
    let old = |bot: &str, number: u32| {
        json!({
            "type": "message", "bot": bot, "session_id": format!("{bot}-{number}"), "user_id": format!("{bot}-{number}"),
            "user_message": "what does it cost", "timestamp": format!("2025-03-{:02}T10:00:00Z", 1 + number % 20),
        })
    };
    let lines: String = (0..1_400).map(|number| format!("{}\n", old("shop", number))).collect();
    let others: String = (0..3).map(|number| format!("{}\n", old("support", number))).collect();
    server.post(&format!(
        "{lines}{others}{}\n",
        json!({"type": "message", "session_id": "of late", "user_message": "hello"})
    ));
    (server, dir)
}

/// Sets the days that a bot keeps, in the form.
#[track_caller]
fn keep(browser: &Browser, edit: &str, days: &[(&str, &str)]) {
    browser.click(&format!("[data-key='{edit}']"));
    for (field, days) in days {
        fill(browser, &format!(".box [name={field}]"), days);
    }
    browser.click(".box [type=submit]");
    browser.wait("!document.querySelector('dialog') && document.querySelector('#view[aria-busy=false]')");
}

/// What is shown of a bot that loses something: figures by name.
#[track_caller]
fn gone(browser: &Browser, within: &str, bot: &str, figure: &str) -> String {
    browser.text(&format!("{within} [data-gone={bot}] [data-figure={figure}] dd"))
}

#[test]
fn what_is_kept_is_set_and_what_goes_is_seen_before_and_after() {
    let (server, _dir) = told();
    let browser = Browser::speaking("en");
    browser.open(&address(&server, VIEW));
    has_row(&browser, "shop");
    assert_eq!(browser.run("return document.querySelector('.retained')"), json!(null), "everything is kept");
    fits(&browser, "retention-none", 1440);

    browser.click("[data-key='Change shop']");
    fill(&browser, ".box [name=text_days]", "0");
    browser.click(".box [type=submit]");
    browser.wait("document.querySelector('.box .field-wrong:not(:empty)').textContent.includes('from 1 to 36,500')");
    fill(&browser, ".box [name=text_days]", "31");
    fill(&browser, ".box [name=events_days]", "30");
    browser.click(".box [type=submit]");
    browser
        .wait("document.querySelector('.box .field-wrong:not(:empty)').textContent.includes('not longer than these')");
    is_accessible(&browser, "the form");
    browser.click(".box .form-actions [type=button]");
    keep(&browser, "Change shop", &[("text_days", "30"), ("events_days", "300"), ("sessions_days", "300")]);
    keep(&browser, "Change support", &[("text_days", "7")]);
    let shop = "document.querySelector('[data-row=shop] .lines').textContent";
    browser.wait(&format!("{shop}.includes('Texts: 30 days') && {shop}.includes('Sessions and persons: 300 days')"));

    browser.click("#see-what-goes");
    browser.wait("document.querySelector('.foreseen [data-gone=shop]')");
    let figures = ["days", "events", "sessions", "persons"].map(|figure| gone(&browser, ".foreseen", "shop", figure));
    assert_eq!(figures, ["20", "1,400", "1,400", "1,400"]);
    assert_eq!(gone(&browser, ".foreseen", "support", "texts"), "3");
    assert_eq!(browser.run("return document.querySelector('[data-gone=support] [data-figure=events]')"), json!(null));
    browser.pictures("retention-foreseen");
    is_accessible(&browser, "what would go");

    // Nothing goes without a second word.
    browser.click("#let-go");
    browser.wait("document.querySelector('dialog').textContent.includes('Figures stay as they are')");
    is_accessible(&browser, "the question");
    browser.picture("retention-question");
    browser.click("dialog .form-actions [type=button]");
    browser.wait("!document.querySelector('dialog')");
    assert_eq!(server.get("/api/retention/runs/last").1["last"], json!(null));
    browser.click("#let-go");
    browser.click("dialog [type=submit]");
    browser.wait("document.querySelector('.last-run [data-gone=shop]')");
    assert_eq!(gone(&browser, ".last-run", "shop", "events"), "1,400");
    assert!(browser.text(".last-run .row-facts").contains("by anyone, as no one had to log in"));
    browser.wait("document.querySelector('[data-row=shop] .lines').textContent.includes('nothing before')");
    fits(&browser, "retention-gone", 1440);
    browser.see(390, 800, "dark");
    fits(&browser, "retention-gone-phone", 390);
    browser.see(1440, 900, "light");
    is_accessible(&browser, "what went");
    browser.click("#see-what-goes");
    browser.wait("document.querySelector('.foreseen').textContent == 'Nothing would go now.'");
    assert_eq!(server.get("/api/sessions/shop-1?bot=shop").0, 404);

    // The console told of the refusal above. What cannot be looked through says so.
    browser.complaints();
    is_quiet(&browser, &server);
    browser.block(&["*/api/retention/runs/next"]);
    browser.click("#see-what-goes");
    browser.wait("document.querySelector('.foreseen .field-wrong').textContent.includes('does not answer')");
    browser.complaints();
}

#[test]
fn the_same_in_polish() {
    let (server, _dir) = told();
    let change = json!({"text_days": 30, "events_days": 300});
    let path = "/api/retention/shop";
    let headers = [("Content-Type", "application/json")];
    assert_eq!(server.client().send("PATCH", path, &headers, change.to_string().as_bytes()).unwrap().status, 200);
    let browser = Browser::speaking("pl");
    browser.open(&address(&server, VIEW));
    has_row(&browser, "shop");
    browser.click("#see-what-goes");
    browser.wait("document.querySelector('.foreseen [data-gone=shop]')");
    assert_eq!(browser.text(".foreseen [data-gone=shop] [data-figure=days] dt"), "Dni");
    browser.pictures("retention-foreseen-pl");
    browser.click("#let-go");
    browser.wait("document.querySelector('dialog h2').textContent == 'Usunąć to na zawsze?'");
    browser.picture("retention-question-pl");
    browser.click("dialog [type=submit]");
    browser.wait("document.querySelector('.last-run [data-gone=shop]')");
    assert!(browser.text(".last-run").contains("Ostatnie czyszczenie"));
    fits(&browser, "retention-gone-pl", 1440);
    browser.see(390, 800, "light");
    fits(&browser, "retention-gone-pl-phone", 390);
    becomes("it is over", || server.get("/api/retention/runs/last").1["last"]["failed"] == false);
    is_quiet(&browser, &server);
}
