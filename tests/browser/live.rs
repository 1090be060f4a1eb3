//! What happens now, as it happens.

use super::{again_on, empty, is_quiet, open};
use crate::support::browser::Browser;
use crate::support::process::{Server, messages};

fn message(session: &str, text: &str) -> String {
    format!("{{\"type\":\"message\",\"session_id\":\"{session}\",\"user_message\":\"{text}\",\"intent\":\"prices\"}}\n")
}

#[test]
fn sessions_appear_as_they_happen_also_after_a_restart() {
    let (server, dir) = empty();
    server.post(&messages(3));
    let mut again = again_on(&dir, &server);
    let browser = Browser::speaking("en");
    open(&browser, &server, "?show=live&refresh=1");
    browser.wait("document.querySelector('.live-status .dot.open')");
    server.post(&message("first", "How much is it?"));
    browser.wait("document.querySelector('.live .live-said').textContent == 'How much is it?'");
    server.post("{\"type\":\"lead\",\"session_id\":\"first\",\"name\":\"Anna\"}\n");
    browser.wait("document.querySelector('.live .badge.good')");
    // A bot of its own is no business of this one.
    server.post(&message("other", "elsewhere").replace("{\"type\"", "{\"bot\":\"other\",\"type\""));
    server.post(&message("second", "And when?"));
    browser.wait("document.querySelector('.live .live-said').textContent == 'And when?'");
    assert_eq!(browser.run("return document.querySelectorAll('.live > li').length"), 2);
    is_quiet(&browser, &server);

    drop(server);
    browser.wait("document.querySelector('.live-status .dot.lost')");
    again.stdin(std::process::Stdio::null());
    let server = Server::start(again);
    browser.wait("document.querySelector('.live-status .dot.open')");
    server.post(&message("third", "Are you there?"));
    browser.wait("document.querySelector('.live .live-said').textContent == 'Are you there?'");
    browser.click("[data-session=third]");
    browser.wait("document.querySelector('.timeline .bubble p').textContent == 'Are you there?'");
}
