//! For everyone: screen readers, keyboards, small and large screens, light and dark. The pictures are for a person.

use serde_json::Value;

use super::{Demo, is_quiet, open, settled};
use crate::support::browser::Browser;

const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node_modules/axe-core/axe.min.js");

/// # Panics
/// Where axe-core finds anything.
#[track_caller]
pub fn is_accessible(browser: &Browser, story: &str) {
    // Through the debugger, which no policy of the page forbids.
    let script = std::fs::read_to_string(AXE).expect("npm ci has been run; tests/run does");
    browser.cdp("Runtime.evaluate", &serde_json::json!({"expression": script}));
    browser.run("window.found = null; axe.run({ rules: { 'target-size': { enabled: true } } }).then((result) => { window.found = { list: result.violations } })");
    let found = browser.wait("window.found");
    let list: Vec<String> = found["list"].as_array().unwrap().iter().map(told).collect();
    assert!(list.is_empty(), "{story}: {}", list.join("\n"));
}

fn told(violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().unwrap();
    let where_: Vec<String> =
        nodes.iter().take(4).map(|node| format!("{}: {}", node["html"], node["failureSummary"])).collect();
    format!("{}: {}", violation["help"], where_.join("; "))
}

#[test]
fn axe_finds_nothing_in_any_state() {
    let demo = Demo::new();
    for (language, scheme) in [("en", "light"), ("pl", "dark")] {
        let browser = Browser::speaking(language);
        browser.see(1440, 900, scheme);
        open(&browser, &demo.server, "");
        is_accessible(&browser, &format!("{language}, {scheme}"));
        browser.click("#trend .menu summary");
        browser.click("#trend .menu-entry");
        is_accessible(&browser, "as a table");
        browser.click("#intents tbody tr th button");
        browser.click(".session-row");
        browser.wait("document.querySelector('.timeline .bubble')");
        std::thread::sleep(std::time::Duration::from_millis(300));
        is_accessible(&browser, &format!("a session, {language}, {scheme}"));
    }
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "?bot=nobody");
    is_accessible(&browser, "empty");
    open(&browser, &demo.server, "?show=live");
    browser.wait("document.querySelector('.live-status .dot.open')");
    std::thread::sleep(std::time::Duration::from_millis(300));
    is_accessible(&browser, "live");
}

#[test]
fn a_keyboard_reaches_everything() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "");
    let focus = "return document.activeElement.dataset.key ?? document.activeElement.id";
    browser.press(&["\u{E004}"]);
    assert_eq!(browser.run(focus), "skip");
    browser.press(&["\u{E007}", "\u{E004}"]);
    assert_eq!(browser.run(focus), "figure conversations", "the link skips what stands at the top");
    browser.press(&["\u{E004}", "\u{E00D}"]);
    browser.wait("document.querySelector('#trend h2').textContent.startsWith('Unique users')");
    assert_eq!(browser.run(focus), "figure users", "the focus stays where it was");
    let stops = "const seen = new Set(); return [...document.querySelectorAll('main button, main [tabindex=\"0\"], main input')] \
                 .filter((one) => one.checkVisibility() && !one.disabled && one.tabIndex >= 0).length";
    assert!(browser.run(stops).as_u64().unwrap() > 40);
    browser.run("document.querySelector('#engagement [role=tab]').focus()");
    browser.press(&["\u{E014}"]);
    assert_eq!(browser.run(focus), "tab browser");
    browser.run("document.querySelector('[data-hour=\"0\"]').focus()");
    browser.press(&["\u{E015}", "\u{E014}"]);
    assert_eq!(browser.run(focus), "hour 25", "an hour down, a day to the right");
    browser.run("document.querySelector('#intents tbody tr th button').focus()");
    browser.press(&["\u{E007}"]);
    browser.wait("document.querySelector('dialog[open] .session-row')");
    assert_eq!(browser.run("return document.querySelector('dialog').contains(document.activeElement)"), true);
    browser.press(&["\u{E00C}"]);
    browser.wait("!document.querySelector('dialog[open]')");
    let back = browser.run(focus);
    assert!(back.as_str().unwrap().starts_with("intent "), "{back}: the focus goes back to what opened the sheet");
}

#[test]
fn no_screen_is_too_small_or_too_large() {
    let demo = Demo::new();
    // Words are longer in Polish: it has the widths where they are in each other's way.
    for (language, scheme, widths) in [("en", "light", [390, 1440]), ("pl", "dark", [768, 2560])] {
        let browser = Browser::speaking(language);
        for width in widths {
            browser.see(width, 900, scheme);
            open(&browser, &demo.server, "");
            let wide = browser.run("return document.documentElement.scrollWidth");
            assert_eq!(wide, width, "{language}: nothing hangs out at the side");
            let height = browser.run("return document.documentElement.scrollHeight").as_u64().unwrap();
            browser.see(width, height as u32, scheme);
            std::thread::sleep(std::time::Duration::from_millis(350));
            browser.picture(&format!("{language}-{scheme}-{width}"));
        }
        browser.see(390, 844, scheme);
        open(&browser, &demo.server, "?show=sessions&lead=true");
        browser.click(".session-row");
        browser.wait("document.querySelector('.timeline .bubble')");
        std::thread::sleep(std::time::Duration::from_millis(300));
        browser.picture(&format!("{language}-{scheme}-session"));
    }
}

#[test]
fn the_language_and_the_look_are_chosen_and_kept() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "");
    browser.click(".top .menu summary");
    browser.wait(
        "[...document.querySelectorAll('.top .menu-entry')].find((one) => one.textContent == 'Polski').click() ?? true",
    );
    assert_eq!(browser.text("[data-figure=conversations] .figure-name"), "Rozmowy");
    browser.click(".top .menu summary");
    browser.wait(
        "[...document.querySelectorAll('.top .menu-entry')].find((one) => one.textContent == 'Ciemny').click() ?? true",
    );
    open(&browser, &demo.server, "");
    assert_eq!(
        browser.run("return [document.documentElement.lang, document.documentElement.dataset.theme].join()"),
        "pl,dark"
    );
    settled(&browser);
    is_quiet(&browser, &demo.server);
}
