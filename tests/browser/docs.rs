//! The page that describes the API, and tries it.

use serde_json::{Value, json};

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
    let document = demo.get("/api/openapi.json");
    let each = document["paths"].as_object().unwrap().values().map(|methods| methods.as_object().unwrap().len());
    assert_eq!(described, each.sum::<usize>());
    assert_eq!(browser.run("return document.querySelector('.docs-key')"), Value::Null, "no one has to say who he is");

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

/// Sends what is open, and waits for the status of its answer.
#[track_caller]
fn send(browser: &Browser, id: &str, status: u16) {
    browser.click(&format!("#{id} .send"));
    browser.wait(&format!("document.querySelector('#{id} .outcome .badge')?.textContent.startsWith('{status}')"));
    browser.wait(&format!("document.querySelector('#{id} .send').textContent === 'Send'"));
}

fn fill(browser: &Browser, field: &str, value: &str) {
    let value = json!(value);
    browser.run(&format!(
        "const field = document.querySelector('{field}'); field.value = {value}; \
         field.dispatchEvent(new Event('input', {{ bubbles: true }}))"
    ));
}

/// The page is for whoever has a key, and for whoever has logged in, here or on another page.
#[test]
fn a_key_and_a_login_are_sent_along() {
    const PASSWORD: &str = "a long enough password";
    let demo = Demo::new();
    let browser = Browser::speaking("en");
    open(&browser, &demo.server, "");
    for id in ["user_add", "overview", "key_add", "login", "logout", "me", "key_remove"] {
        browser.click(&format!("#{id} summary"));
        browser.wait(&format!("document.querySelector('#{id} .send')"));
    }
    let root = json!({"name": "root", "role": "admin", "password": PASSWORD}).to_string();
    fill(&browser, "#user_add .body", &root);
    send(&browser, "user_add", 200);
    browser.wait("document.querySelector('.docs-key')");
    send(&browser, "overview", 401);

    let credentials = json!({"name": "root", "password": PASSWORD}).to_string();
    fill(&browser, "#login .body", &credentials);
    send(&browser, "login", 200);
    assert_eq!(browser.text(".docs-login"), "As root");
    send(&browser, "overview", 200);
    let curl = browser.text("#key_add .curl");
    assert!(curl.contains("-b 'novahouse_session=…' -H 'X-CSRF-Token: …'"), "{curl}");
    fill(&browser, "#key_add .body", r#"{"name":"k","kind":"read"}"#);
    send(&browser, "key_add", 200);
    let made = browser.run("return JSON.parse(document.querySelector('#key_add .answer-text').textContent)");
    let key = made["key"].as_str().expect("a key");

    // Another page of this browser: the login is still there.
    open(&browser, &demo.server, "#logout");
    browser.wait("document.querySelector('.docs-login')");
    browser.wait("document.querySelector('#logout .send')");
    send(&browser, "logout", 200);
    browser.wait("!document.querySelector('.docs-login')");

    for id in ["overview", "key_remove"] {
        browser.click(&format!("#{id} summary"));
        browser.wait(&format!("document.querySelector('#{id} .send')"));
    }
    send(&browser, "overview", 401);
    fill(&browser, ".docs-key", key);
    send(&browser, "overview", 200);
    let curl = browser.text("#overview .curl");
    assert!(curl.contains("Bearer …") && !curl.contains(key), "{curl}");
    fill(&browser, "#key_remove-id", made["id"].as_str().unwrap());
    let curl = browser.text("#key_remove .curl");
    assert!(curl.starts_with("curl -s -H 'Authorization: Bearer …' -X DELETE 'http"), "{curl}");
    send(&browser, "key_remove", 403);
    for scheme in ["light", "dark"] {
        browser.see(1440, 1100, scheme);
        is_accessible(&browser, &format!("a key, {scheme}"));
        browser.run("document.querySelector('#key_remove').scrollIntoView()");
        browser.picture(&format!("docs-key-{scheme}"));
    }
    let kept = browser.run("return JSON.stringify([localStorage, sessionStorage, document.cookie])");
    assert!(!kept.as_str().unwrap().contains(key), "{kept}");
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
