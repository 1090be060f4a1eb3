//! A person is erased from the view of one of their sessions, in both languages, on a wide screen and on a telephone.

use novahouse::model::erased::is_pseudonym;
use serde_json::Value;

use super::access::fits;
use super::{Demo, is_quiet, open};
use crate::support::browser::Browser;
use crate::support::process::run_on;

/// A session of someone who has a name.
fn of_someone(demo: &Demo) -> Value {
    let sessions = demo.get("/api/sessions?days=7&limit=200")["sessions"].clone();
    let named = |session: &&Value| {
        let user = session["user_id"].as_str().unwrap();
        user != "anonymous" && !is_pseudonym(user)
    };
    sessions.as_array().unwrap().iter().find(named).expect("someone has a name").clone()
}

#[test]
fn a_person_is_erased_where_they_are_read() {
    let demo = Demo::new();
    for (language, width, act, counts) in
        [("en", 1440, "Erase…", "The counts stay"), ("pl", 390, "Usuń…", "Liczby zostają")]
    {
        let session = of_someone(&demo);
        let (id, user) = (session["session_id"].as_str().unwrap(), session["user_id"].as_str().unwrap());
        let figures = || demo.get("/api/analytics/overview?days=7")["overview"].clone();
        let before = figures();
        let browser = Browser::speaking(language);
        browser.see(width, 900, "light");
        open(&browser, &demo.server, &format!("?show=sessions&session={id}"));
        browser.wait("document.querySelector('[data-key=erase]')");
        assert_eq!(browser.text("[data-key=erase]"), act);
        browser.click("[data-key=erase]");
        browser.wait("document.querySelector('dialog.box form')");
        assert!(browser.text("dialog.box").contains(user) && browser.text("dialog.box").contains(counts));
        fits(&browser, &format!("erase-{language}"), width);
        browser.click("dialog.box [type=submit]");
        browser.wait("document.querySelector('dialog.box') && !document.querySelector('dialog.box form')");
        fits(&browser, &format!("erased-{language}"), width);
        browser.click("dialog.box .button.strong");
        browser.wait("!document.querySelector('dialog.box')");
        assert_eq!(figures(), before);
        assert_eq!(demo.server.get(&format!("/api/sessions/{id}")).0, 404);
        assert_eq!(demo.server.get(&format!("/api/users/{user}/export")).0, 404);
        is_quiet(&browser, &demo.server);
    }
    let receipts = demo.get("/api/erasures")["receipts"].clone();
    assert_eq!(receipts.as_array().unwrap().len(), 2);
    assert!(demo.server.terminate().success());
    run_on(&demo.dir.data(), "check").exits(0);
}
