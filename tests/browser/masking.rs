//! What is masked, chosen and tried in the settings.

use serde_json::json;

use super::access::{address, fill, fits, has_row, key_id};
use super::everyone::is_accessible;
use super::{empty, is_quiet};
use crate::support::browser::Browser;

const VIEW: &str = "/settings.html#masking";

/// What the page says would be stored, once it says this.
#[track_caller]
fn would_be(browser: &Browser, text: &str) {
    browser.wait(&format!("document.querySelector('.box .tried').textContent.includes({text:?})"));
}

#[test]
fn what_is_masked_is_tried_and_chosen_on_the_page() {
    let (server, _dir) = empty();
    server.post("{\"type\":\"message\",\"bot\":\"shop\",\"session_id\":\"s\"}");
    let browser = Browser::speaking("en");
    browser.open(&address(&server, VIEW));
    has_row(&browser, "shop");
    assert!(browser.text(".view-note").contains("What is stored already stays as it is"));
    fits(&browser, "masking-none", 1440);
    browser.click("[data-key='Change shop']");
    would_be(&browser, "+44 20 7946 0958 or write to anna@example.com");
    browser.click(".box [value=phone]");
    would_be(&browser, "call [phone] or write to anna@example.com. It is about order 600700800");
    browser.click(".box [value=email]");
    would_be(&browser, "[email]");
    fill(&browser, ".box [name=patterns]", "customer");
    browser.click(".box [type=submit]");
    browser.wait(
        "document.querySelector('.box .field-wrong:not(:empty)').textContent.startsWith('customer: write a name')",
    );
    fill(&browser, ".box [name=patterns]", "customer=(");
    browser.wait("document.querySelector('.box .tried.wrong').textContent.includes('regex')");
    browser.click(".box [type=submit]");
    browser.wait("document.querySelector('.box .field-wrong:not(:empty)').textContent.includes('Customer: regex')");
    fill(&browser, ".box [name=patterns]", "customer=C-[0-9]{6}\norder = [0-9]{9}");
    fill(&browser, ".box [name=text]", "<b>C-123456</b>, order 600700800, anna@example.com");
    would_be(&browser, "<b>[customer]</b>, order [order], [email]");
    let marks = "[...document.querySelectorAll('.box .tried mark')].map((one) => one.textContent)";
    assert_eq!(browser.wait(marks), json!(["[customer]", "[order]", "[email]"]));
    browser.pictures("masking-form");
    is_accessible(&browser, "the form");
    browser.click(".box [type=submit]");
    browser.wait("document.querySelector('[data-row=shop] .badge.strong') && !document.querySelector('dialog')");
    let listed = server.get("/api/masking").1;
    let patterns = json!([{"name": "customer", "regex": "C-[0-9]{6}"}, {"name": "order", "regex": "[0-9]{9}"}]);
    assert_eq!(listed["bots"][1], json!({"name": "shop", "kinds": ["email", "phone"], "patterns": patterns}));

    // A bot that is still to come.
    browser.click("#mask-other");
    browser.click(".box [type=submit]");
    browser.wait("document.querySelector('.box .field-wrong:not(:empty)')");
    fill(&browser, ".box [name=bot]", "new shop");
    browser.click(".box [value=pesel]");
    browser.click(".box [type=submit]");
    has_row(&browser, "new shop");
    fits(&browser, "masking", 1440);
    browser.see(390, 800, "dark");
    fits(&browser, "masking-phone", 390);
    browser.see(1440, 900, "light");
    is_accessible(&browser, "the list");
    server.post("{\"type\":\"message\",\"bot\":\"new shop\",\"session_id\":\"s\",\"user_message\":\"44051468460\"}");
    assert_eq!(server.get("/api/sessions/s?bot=new%20shop").1["session"]["session_id"], "s");
    let session = server.get("/api/sessions/s?bot=new%20shop").1;
    assert_eq!(session["timeline"][0]["user_message"], "[pesel]");

    // The console told of the two refusals above. What cannot be loaded says so.
    browser.complaints();
    is_quiet(&browser, &server);
    browser.block(&["*/api/masking"]);
    browser.click(&key_id("first"));
    browser.click(&key_id("masking"));
    browser.wait("document.querySelector('.view-failure')");
    browser.complaints();
}

#[test]
fn the_same_in_polish() {
    let (server, _dir) = empty();
    let browser = Browser::speaking("pl");
    browser.open(&address(&server, VIEW));
    has_row(&browser, "default");
    fits(&browser, "masking-pl", 1440);
    browser.click("#mask-other");
    browser.wait("document.querySelector('.box [value=phone]').click() ?? true");
    would_be(&browser, "Proszę o telefon [phone] albo mail na anna@example.com. Chodzi o zamówienie 600700801");
    browser.pictures("masking-form-pl");
    is_accessible(&browser, "the form");
    is_quiet(&browser, &server);
}
