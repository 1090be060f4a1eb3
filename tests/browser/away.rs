//! What is on screen, taken away; and nothing jumps while it arrives.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Demo, is_quiet, open};
use crate::support::browser::{Browser, save};

/// The bytes of a download once it is whole.
fn arrived(path: &Path) -> Vec<u8> {
    let began = Instant::now();
    let mut before = Vec::new();
    loop {
        match std::fs::read(path) {
            // Whole is what no longer grows.
            Ok(bytes) if !bytes.is_empty() && bytes == before => return bytes,
            Ok(bytes) => before = bytes,
            Err(_) => {}
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{} does not arrive", path.display());
        std::thread::sleep(Duration::from_millis(25));
    }
}

/// Chooses from the menu of a panel.
fn choose(browser: &Browser, panel: &str, entry: &str) {
    browser.click(&format!("{panel} .menu summary"));
    let entries = format!("[...document.querySelectorAll({:?})]", format!("{panel} .menu-entry"));
    browser.wait(&format!("{entries}.find((one) => one.textContent == {entry:?}).click() ?? true"));
}

#[test]
fn what_is_on_screen_can_be_taken_away() {
    let demo = Demo::new();
    demo.server.post("{\"type\":\"message\",\"session_id\":\"s\",\"intent\":\"=1+1\"}\n");
    let folder = tempfile::tempdir().unwrap();
    let browser = Browser::speaking("en");
    browser.cdp("Browser.setDownloadBehavior", &json!({"behavior": "allow", "downloadPath": folder.path()}));
    open(&browser, &demo.server, "");
    let intents = demo.get("/api/analytics/intents?days=7")["intent_summary"].take();

    choose(&browser, "#intents", "CSV");
    let csv = String::from_utf8(arrived(&folder.path().join("intents.csv"))).unwrap();
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0][..2], ["\u{feff}intent", "triggers"], "a mark for spreadsheets, and names that stay");
    assert_eq!(rows[0][3], "success_rate_percent");
    assert_eq!(rows.len() - 1, intents.as_array().unwrap().len());
    assert_eq!(rows[1][0], intents[0]["intent"].as_str().unwrap());
    assert_eq!(rows[1][1], intents[0]["triggers"].to_string());

    assert!(csv.contains("\n'=1+1,"), "a spreadsheet would run it: {csv}");

    choose(&browser, "#intents", "JSON");
    let records: Value = serde_json::from_slice(&arrived(&folder.path().join("intents.json"))).unwrap();
    assert_eq!(records[0]["triggers"], intents[0]["triggers"]);

    browser.run(
        "window.written = []; const real = CanvasRenderingContext2D.prototype.fillText; \
         CanvasRenderingContext2D.prototype.fillText = function (...all) { window.written.push(all[0]); return real.apply(this, all) }",
    );
    choose(&browser, "#trend", "Picture (PNG)");
    let picture = arrived(&folder.path().join("trend.png"));
    save("export", &picture);
    assert!(picture.starts_with(b"\x89PNG") && picture.len() > 5_000, "{} bytes", picture.len());
    let days = browser.text(".days b");
    for text in ["Conversations over time", &format!("{days} · default"), "Previous period", "Conversations"] {
        assert_eq!(browser.run(&format!("return window.written.includes({text:?})")), true, "{text} is on the picture");
    }
    is_quiet(&browser, &demo.server);
}

#[test]
fn all_leads_are_taken_away_not_those_on_the_page() {
    let demo = Demo::new();
    let folder = tempfile::tempdir().unwrap();
    let browser = Browser::speaking("pl");
    browser.cdp("Browser.setDownloadBehavior", &json!({"behavior": "allow", "downloadPath": folder.path()}));
    open(&browser, &demo.server, "?range=28d");
    choose(&browser, "#leads", "JSON");
    let records: Value = serde_json::from_slice(&arrived(&folder.path().join("leads.json"))).unwrap();
    let total = demo.get("/api/leads?days=28")["total"].as_u64().unwrap();
    assert!(total > 10);
    assert_eq!(records.as_array().unwrap().len() as u64, total);
    assert!(records[0]["created_at_utc"].as_str().unwrap().ends_with('Z'), "{}", records[0]);
}

#[test]
fn nothing_jumps_while_the_page_arrives() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    for width in [390, 1440] {
        browser.see(width, 900, "light");
        open(&browser, &demo.server, "");
        browser.run(
            "window.moved = null; let sum = 0; \
             new PerformanceObserver((list) => { for (const shift of list.getEntries()) sum += shift.value }).observe({ type: 'layout-shift', buffered: true }); \
             setTimeout(() => { window.moved = { sum } }, 200)",
        );
        let moved = browser.wait("window.moved")["sum"].as_f64().unwrap();
        // What search engines call good is below 0.1.
        assert!(moved < 0.05, "{width}: {moved}");
    }
}
