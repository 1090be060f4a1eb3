//! The page that describes the API, and tries it.

use super::everyone::is_accessible;
use super::{Demo, is_quiet};
use crate::support::browser::Browser;
use crate::support::process::Server;

fn open(browser: &Browser, server: &Server, part: &str) {
    // Twice the same address but for its part would be no new page.
    browser.open("about:blank");
    browser.open(&format!("http://{}/docs{part}", server.address));
    browser.wait("document.body.dataset.drawn");
}

#[test]
fn a_request_is_sent_and_its_answer_seen() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "");
    let described = browser.run("return document.querySelectorAll('.operation').length");
    let paths = demo.get("/api/openapi.json")["paths"].as_object().unwrap().len();
    assert_eq!(described, paths);

    browser.click("#overview summary");
    browser.wait("document.querySelector('#overview-days')");
    browser.run("const days = document.querySelector('#overview-days'); days.value = 3; days.dispatchEvent(new Event('input', { bubbles: true }))");
    let curl = browser.text("#overview .curl");
    assert_eq!(curl, format!("curl -s 'http://{}/api/analytics/overview?days=3'", demo.server.address));
    browser.click("#overview .send");
    browser.wait("document.querySelector('#overview .badge').textContent.startsWith('200')");
    browser.wait("JSON.parse(document.querySelector('#overview .answer-text').textContent).period_days === 3");

    browser.click("#ingest summary");
    let before = demo.get("/api/analytics/overview?days=1")["overview"]["total_conversations"].clone();
    browser.click("#ingest .send");
    browser.wait("JSON.parse(document.querySelector('#ingest .answer-text').textContent).accepted === 1");
    assert_ne!(demo.get("/api/analytics/overview?days=1")["overview"]["total_conversations"], before);

    browser.click("#live summary");
    browser.click("#live .send");
    browser.wait("document.querySelector('#live .answer-text').textContent.includes('event: open')");
    assert_eq!(browser.text("#live .send"), "Stop");
    browser.click("#live .send");
    browser.wait("document.querySelector('#live .send').textContent === 'Send'");
    is_quiet(&browser, &demo.server);
}

#[test]
fn an_address_is_found_and_linked_to() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "#session");
    assert_eq!(browser.run("return document.querySelector('#session').open"), true);
    browser.run("const find = document.querySelector('.docs-find'); find.value = 'lead'; find.dispatchEvent(new Event('input'))");
    let seen = "[...document.querySelectorAll('.operation')].filter((card) => card.checkVisibility()).map((card) => card.id).join()";
    assert_eq!(browser.wait(seen), "leads,lead_list");
}

/// For a person too: the pictures.
#[test]
fn it_is_for_everyone() {
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    for (width, height, scheme) in
        [(1440, 1100, "light"), (1440, 1100, "dark"), (390, 844, "light"), (390, 844, "dark")]
    {
        browser.see(width, height, scheme);
        open(&browser, &demo.server, "");
        browser.click("#theme");
        browser.click("#theme");
        is_accessible(&browser, &format!("the list, {width} {scheme}"));
        browser.picture(&format!("docs-{width}-{scheme}"));
        for id in ["conversations", "ingest"] {
            browser.click(&format!("#{id} summary"));
            browser.wait(&format!("document.querySelector('#{id} .send')"));
        }
        browser.click("#conversations .send");
        browser.wait("document.querySelector('#conversations .answer-text')?.textContent.length > 100");
        browser.click("#conversations .answer summary");
        is_accessible(&browser, &format!("a form, {width} {scheme}"));
        assert_eq!(browser.run("return document.documentElement.scrollWidth <= innerWidth"), true, "{width}");
        browser.picture(&format!("docs-open-{width}-{scheme}"));
        browser.run("localStorage.clear()");
    }
}
