//! How heavy the page is, and how long one waits for it. `NOVAHOUSE_TEST_PAGE_DAYS=800 cargo test --release browser::speed --
//! --nocapture` measures it on 1.3 million events; a debug build compresses in a hurry, so only a release is held to limits.

use super::{Demo, open};
use crate::support::browser::Browser;

const FIRST_LOAD_BYTES_MAX: f64 = 450_000.0;
const DRAWN_MS_MAX: f64 = 1_500.0;
const REFRESH_MS_MAX: f64 = 300.0;

#[test]
fn the_page_is_light_and_quick() {
    let days = std::env::var("NOVAHOUSE_TEST_PAGE_DAYS").map_or(21, |days| days.parse().expect("a number of days"));
    let demo = Demo::of(days);
    let browser = Browser::speaking("en");
    browser.cdp("Network.clearBrowserCache", &serde_json::json!({}));
    open(&browser, &demo.server, "");
    let loaded = browser.run(
        "const parts = performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation')); \
         return { bytes: parts.reduce((sum, part) => sum + part.transferSize, 0), \
                  drawn: Number(document.body.dataset.refreshed) - performance.timeOrigin }",
    );
    let (bytes, drawn_ms) = (loaded["bytes"].as_f64().unwrap(), loaded["drawn"].as_f64().unwrap());
    browser.run(
        "window.times = []; (async () => { for (let round = 0; round < 9; round += 1) { \
           const began = performance.now(); const before = document.body.dataset.refreshed; \
           document.querySelector('#refresh').click(); \
           while (document.body.dataset.refreshed === before) await new Promise((done) => setTimeout(done, 1)); \
           window.times.push(performance.now() - began); } })()",
    );
    let times = browser.wait("window.times.length === 9 && window.times.sort((one, other) => one - other)");
    let refresh_ms = times[4].as_f64().unwrap();
    println!("first load {bytes} bytes, drawn after {drawn_ms:.0} ms; a refresh {refresh_ms:.0} ms (median of nine)");
    if !cfg!(debug_assertions) {
        assert!(bytes < FIRST_LOAD_BYTES_MAX && drawn_ms < DRAWN_MS_MAX && refresh_ms < REFRESH_MS_MAX);
    }
}
