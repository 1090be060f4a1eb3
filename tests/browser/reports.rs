//! Reports from the page alone: set, looked at before anything is sent, sent, and what became of it; in both languages, on any
//! screen, with nothing there and with a mail server that refuses.

use super::access::{fill, fits, has_row, key_id};
use super::{Demo, empty, is_quiet};
use crate::reports::Part;
use crate::support::browser::Browser;
use crate::support::mail_server::{MailServer, Speaks};
use crate::support::process::{Dir, Server, run_on};

fn address(server: &Server, view: &str) -> String {
    format!("http://{}/reports.html#{view}", server.address)
}

fn add_mail(dir: &Dir, server: &MailServer) {
    let port = server.address.port();
    let words = format!(
        "channel add mail --kind email --host 127.0.0.1 --port {port} --security none --from nova@example.com --to ops@example.com"
    );
    run_on(&dir.data(), &words).exits(0);
}

#[track_caller]
fn stands(browser: &Browser, view: &str) {
    browser.wait(&format!("document.querySelector('#view[data-view={view}][aria-busy=false]')"));
}

/// The preview has its report.
#[track_caller]
fn shown(browser: &Browser) {
    browser.wait("document.querySelector('.preview[aria-busy=false] iframe:not([hidden])')?.src.includes('/api/reports/preview')");
    std::thread::sleep(std::time::Duration::from_millis(500));
}

#[test]
fn a_weekly_report_is_set_looked_at_and_received_from_the_page_alone() {
    let (demo, mails) = (Demo::new(), MailServer::new(Speaks::Clear, false));
    let server = &demo.server;
    let browser = Browser::speaking("en");
    browser.open(&address(server, "reports"));
    stands(&browser, "reports");
    assert!(browser.text(".nothing").contains("There is no mail channel yet"));
    fits(&browser, "reports-no-channel", 1440);
    add_mail(&demo.dir, &mails);
    browser.wait("document.querySelector('#add-report') || (location.reload(), false)");
    fits(&browser, "reports-empty", 1440);
    browser.click("#add-report");
    shown(&browser);
    browser.click(".box [type=submit]");
    browser.wait("document.querySelector('.box .field-wrong')?.textContent === 'A name has 1 to 100 characters.'");
    fill(&browser, ".box [name=name]", "Monday mail");
    fill(&browser, ".box [name=recipients]", "nobody");
    browser.click(".box [type=submit]");
    browser.wait("[...document.querySelectorAll('.box .field-wrong')].some((one) => one.textContent.startsWith('Expected an address'))");
    fill(&browser, ".box [name=recipients]", "anna@example.com\nzofia@example.com");
    fits(&browser, "reports-form", 1440);
    browser.click(".box [type=submit]");
    has_row(&browser, "Monday mail");
    browser.click("[data-key='Preview Monday mail']");
    shown(&browser);
    fits(&browser, "reports-preview", 1440);
    browser.press(&["\u{E00C}"]);
    mails.refuse("anna@example.com", 550);
    browser.click("[data-key='Send now Monday mail']");
    browser.wait("document.querySelector('.box [name=to]').value === 'anna@example.com\\nzofia@example.com'");
    browser.click(".box [type=submit]");
    browser.wait("document.querySelector('#done').textContent === 'On its way.'");
    let mail = Part::parse(&mails.wait_for(1)[0].text);
    let html = mail.of_kind("text/html")[0].text();
    assert!(html.contains(&format!("href=\"http://{}/dashboard.html?range=custom", server.address)), "links lead here");
    browser.click(&key_id("history"));
    stands(&browser, "history");
    browser.wait(
        "document.querySelector('.record .badge.bad')?.textContent === '1 not taken' || (location.reload(), false)",
    );
    fits(&browser, "reports-history", 1440);
    // The link of the mail, as its reader follows it.
    let link = mail.header("list-unsubscribe").unwrap().trim_matches(['<', '>']).to_owned();
    browser.open(&link);
    fits(&browser, "reports-unsubscribe", 1440);
    browser.click("button");
    browser.wait("document.body.textContent.includes('You will not get this report any more.')");
    browser.open(&address(server, "reports"));
    browser.wait("document.querySelector('.row-facts')?.textContent.includes('unsubscribed: zofia@example.com')");
    // The console told of the refusal above.
    browser.complaints();
    is_quiet(&browser, server);
}

#[test]
fn every_view_stands_in_both_languages_on_any_screen() {
    let (demo, mails) = (Demo::of(60), MailServer::new(Speaks::Clear, false));
    let server = &demo.server;
    add_mail(&demo.dir, &mails);
    for number in 0..4 {
        let words = format!(
            "report add Raport-{number} --every week --channel mail --to anna@example.com --to zofia@example.com --language pl"
        );
        run_on(&demo.dir.data(), &words).exits(0);
    }
    for (language, scheme, width) in
        [("en", "dark", 1440), ("pl", "light", 1440), ("pl", "dark", 390), ("en", "light", 390)]
    {
        let browser = Browser::speaking(language);
        browser.see(width, 900, scheme);
        browser.open(&address(server, "reports"));
        stands(&browser, "reports");
        let story = |view: &str| format!("reports-{view}-{language}-{scheme}-{width}");
        fits(&browser, &story("list"), width);
        browser.click("#add-report");
        shown(&browser);
        fits(&browser, &story("form"), width);
        browser.wait(
            "[...document.querySelectorAll('.box .check .clip')].every((one) => one.scrollWidth <= one.clientWidth)",
        );
        browser.press(&["\u{E00C}"]);
        browser.wait("!document.querySelector('.box')");
        browser.click(&key_id("look"));
        stands(&browser, "look");
        shown(&browser);
        fits(&browser, &story("look"), width);
        browser.open(&address(server, "history"));
        stands(&browser, "history");
        is_quiet(&browser, server);
    }
}

#[test]
fn a_server_that_is_gone_is_told() {
    let (server, _dir) = empty();
    let browser = Browser::speaking("pl");
    browser.open(&address(&server, "look"));
    stands(&browser, "look");
    browser.block(&["*/api/reports*"]);
    browser.click(&key_id("reports"));
    browser.wait("document.querySelector('.view-failure')?.textContent.includes('Serwer nie odpowiada')");
}
