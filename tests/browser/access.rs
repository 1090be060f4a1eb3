//! Who may do what, as one meets it in the browser: from the first admin to a login that someone ended.

use serde_json::{Value, json};

use super::everyone::is_accessible;
use super::{empty, is_quiet, open, query, settled};
use crate::support::becomes;
use crate::support::browser::Browser;
use crate::support::client::Answer;
use crate::support::process::{Dir, Server, novahouse, run_on};

const PASSWORD: &str = "a long enough password";

pub fn address(server: &Server, path: &str) -> String {
    format!("http://{}{path}", server.address)
}

/// A server with an admin, `root`, and what else the command line is told to add.
fn with_users(others: &[&str]) -> (Server, Dir) {
    let dir = Dir::new();
    for words in ["root --role admin"].iter().chain(others) {
        add_user(&dir, words);
    }
    (Server::on(&dir.data()), dir)
}

fn add_user(dir: &Dir, words: &str) {
    let password = dir.write("password", &format!("{PASSWORD}\n"));
    let mut command = novahouse();
    command.args(["user", "add"]).args(words.split_whitespace()).arg("--password-stdin").arg("--data").arg(dir.data());
    let added = command.stdin(std::fs::File::open(password).unwrap()).output().expect("it starts");
    assert!(added.status.success(), "{added:?}");
}

/// Events of bots, sent with a key of the command line.
fn send(server: &Server, dir: &Dir, bots: &[&str]) {
    let key = run_on(&dir.data(), "key add feeder --kind ingest").exits(0).out;
    let lines: String = bots
        .iter()
        .map(|bot| {
            let message = json!({"type": "message", "bot": bot, "session_id": format!("of-{bot}"), "user_message": "hello", "intent": "prices"});
            let lead = json!({"type": "lead", "bot": bot, "session_id": format!("of-{bot}"), "name": format!("Lead of {bot}")});
            format!("{message}\n{lead}\n")
        })
        .collect();
    becomes("the server hears of the key", || post(server, key.trim(), &lines).status != 401);
}

fn post(server: &Server, key: &str, lines: &str) -> Answer {
    let authorization = format!("Bearer {key}");
    let headers = [("Content-Type", "application/x-ndjson"), ("Authorization", &*authorization)];
    server.client().send("POST", "/api/events", &headers, lines.as_bytes()).expect("an answer")
}

/// Types into a field as a person would, whatever was in it.
#[track_caller]
pub fn fill(browser: &Browser, selector: &str, text: &str) {
    browser.wait(&format!(
        "(() => {{ const field = document.querySelector({selector:?}); field.focus(); field.value = {text:?}; \
         field.dispatchEvent(new Event('input', {{ bubbles: true }})); return true }})()"
    ));
}

#[track_caller]
fn submit_login(browser: &Browser, name: &str, password: &str) {
    browser.wait("!document.querySelector('#login').hidden && document.querySelector('#name-label').textContent");
    fill(browser, "#name", name);
    fill(browser, "#password", password);
    browser.click("#enter");
}

/// Logs in, and waits for the page that it leads to.
#[track_caller]
fn log_in(browser: &Browser, server: &Server, name: &str, to: &str) {
    browser.open(&address(server, &format!("/login.html?to={to}")));
    submit_login(browser, name, PASSWORD);
    browser.wait("!location.pathname.startsWith('/login')");
}

#[track_caller]
fn choose_account(browser: &Browser, entry: &str) {
    browser.click("#account-menu summary");
    browser.wait(&format!(
        "[...document.querySelectorAll('#account-menu .menu-entry')].find((one) => one.textContent == {entry:?}).click() ?? true"
    ));
}

#[track_caller]
fn is_at(browser: &Browser, path: &str) {
    browser.wait(&format!("location.pathname === {path:?} && document.readyState === 'complete'"));
}

/// The names in the list that is shown, once it stands.
#[track_caller]
fn rows(browser: &Browser) -> Vec<String> {
    browser.wait("document.querySelector('#view[aria-busy=false] .rows')");
    let names = browser.run("return [...document.querySelectorAll('.rows .row-name b')].map((one) => one.textContent)");
    names.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[track_caller]
pub fn has_row(browser: &Browser, name: &str) {
    browser.wait(&format!(
        "[...document.querySelectorAll('.rows .row-name b')].some((one) => one.textContent == {name:?})"
    ));
}

pub fn key_id(view: &str) -> String {
    format!("[data-key='view {view}']")
}

#[test]
fn from_the_first_admin_to_a_login_that_was_ended() {
    let (server, dir) = empty();
    server.post(
        "{\"type\":\"message\",\"bot\":\"shop\",\"session_id\":\"s\"}\n{\"type\":\"message\",\"session_id\":\"d\"}\n",
    );
    let browser = Browser::speaking("en");

    // Open: nothing of login is seen, and the way to the first admin is.
    open(&browser, &server, "");
    assert_eq!(browser.run("return document.querySelector('#account-menu')"), Value::Null);
    browser.open(&address(&server, "/login.html"));
    is_at(&browser, "/dashboard.html");
    browser.open(&address(&server, "/settings.html"));
    assert!(browser.text(".points").contains("refused with 401"));
    fits(&browser, "settings-first", 1440);
    fill(&browser, "[name=name]", "root");
    fill(&browser, "[name=password]", PASSWORD);
    fill(&browser, "[name=repeat]", "another one, by mistake");
    browser.click(".form [type=submit]");
    browser.wait("document.querySelector('.field-wrong:not(:empty)').textContent == 'This is not the same password.'");
    fill(&browser, "[name=repeat]", PASSWORD);
    browser.click(".form [type=submit]");
    is_at(&browser, "/login.html");
    submit_login(&browser, "root", PASSWORD);
    is_at(&browser, "/settings.html");
    assert_eq!(server.get("/api/bots").0, 401, "from now on everyone logs in");

    // An ingest key of one bot, shown once.
    assert!(browser.text(".nothing").contains("ingest key"));
    fits(&browser, "settings-empty", 1440);
    browser.click("#add-key");
    fill(&browser, ".box [name=name]", "shop-website");
    browser.wait("[...document.querySelectorAll('.box .either input')][1].click() ?? true");
    browser.click(".box [type=submit]");
    browser.wait("document.querySelector('.box .field-wrong:not(:empty)').textContent.startsWith('Choose at least')");
    browser.click(".box [value=shop]");
    fill(&browser, ".box [name=origins]", "https://www.example.com/");
    browser.click(".box [type=submit]");
    browser.wait("[...document.querySelectorAll('.box .field-wrong')].some((one) => one.textContent.startsWith('Write https://www.example.com instead'))");
    fill(&browser, ".box [name=origins]", "https://www.example.com");
    browser.click(".box [type=submit]");
    let key = browser.text("#key");
    assert!(key.starts_with("nh_ingest_"), "{key}");
    let line = browser.text("#key-line");
    fits(&browser, "settings-key-once", 1440);
    browser.press(&["\u{E00C}", "\u{E00C}"]);
    assert_eq!(browser.text("#key"), key, "no one closes it by accident");
    let sent = std::process::Command::new("sh").args(["-c", &format!("{line} -s")]).output().expect("sh runs");
    assert!(String::from_utf8_lossy(&sent.stdout).contains("\"accepted\":1"), "{sent:?}");
    browser.click("#have-key");
    assert_eq!(rows(&browser), ["shop-website"]);
    browser.wait(&format!("!document.documentElement.outerHTML.includes({key:?})"));
    let kept = browser.run("return JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + location.href");
    assert!(!kept.as_str().unwrap().contains("nh_") && !kept.as_str().unwrap().contains(PASSWORD), "{kept}");
    let csrf = browser.run("const answer = new XMLHttpRequest(); answer.open('GET', '/api/auth/me', false); answer.send(); return JSON.parse(answer.responseText).csrf");
    assert!(!kept.as_str().unwrap().contains(csrf.as_str().unwrap()));

    // An analyst of the same bot.
    browser.click(&key_id("users"));
    has_row(&browser, "root");
    browser.click("#add-user");
    fill(&browser, ".box [name=name]", "root");
    browser.wait("[...document.querySelectorAll('.box .either input')][1].click() ?? true");
    browser.click(".box [value=shop]");
    fill(&browser, ".box [name=password]", "too short");
    browser.click(".box [type=submit]");
    browser.wait("document.querySelector('.box .field-wrong:not(:empty)').textContent.startsWith('A password has')");
    fill(&browser, ".box [name=password]", PASSWORD);
    browser.click(".box [type=submit]");
    browser.wait("document.querySelector('.box .field-wrong:not(:empty)').textContent.startsWith('There is one')");
    fill(&browser, ".box [name=name]", "anna");
    browser.click(".box [type=submit]");
    has_row(&browser, "anna");
    assert_eq!(browser.run("return document.querySelector('dialog')"), Value::Null);

    // The last admin stays.
    browser.click("[data-key='Remove root']");
    browser.click(".box [type=submit]");
    browser.wait("document.querySelector('.box .form-message').textContent.startsWith('This is the last admin')");
    browser.wait("[...document.querySelectorAll('.box .button')][1].click() ?? true");

    // The analyst sees her bot only.
    choose_account(&browser, "Log out");
    is_at(&browser, "/login.html");
    submit_login(&browser, "anna", PASSWORD);
    is_at(&browser, "/dashboard.html");
    settled(&browser);
    browser.wait("new URLSearchParams(location.search).get('bot') == 'shop'");
    settled(&browser);
    let offered = "return [...document.querySelectorAll('#bot option')].map((one) => one.value).join()";
    assert_eq!(browser.run(offered), "shop");
    assert_eq!(browser.text("[data-figure=conversations] .figure-value"), "2");
    assert_eq!(browser.run("return document.querySelectorAll('.is-failed').length"), 0);

    // Someone else makes her an agent: what she sees follows.
    assert!(run_on(&dir.data(), "user list").exits(0).out.contains("anna"));
    browser.open(&address(&server, "/settings.html#users"));
    assert_eq!(browser.text("#view h2"), "Your account", "the settings of others are not hers");
    browser.cdp("Network.clearBrowserCookies", &json!({}));
    log_in(&browser, &server, "root", "/settings.html%23users");
    browser.click("[data-key='Change anna']");
    browser.click(".box [value=agent]");
    browser.click(".box [type=submit]");
    browser.wait("document.querySelector('[data-row=anna] .badge').textContent == 'Agent'");
    browser.cdp("Network.clearBrowserCookies", &json!({}));
    log_in(&browser, &server, "anna", "/dashboard.html");
    browser.wait("document.querySelector('#latest .session-row')");
    settled(&browser);
    let panels = browser.run("return [...document.querySelectorAll('.panel')].map((one) => one.id).join()");
    assert_eq!(panels, "latest,leads");
    fits(&browser, "agent", 1440);
    assert_eq!(browser.run("return document.querySelectorAll('.is-failed').length"), 0);
    browser.click("#latest .session-row");
    browser.wait("document.querySelector('.timeline .bubble')");
    let seen = query(&browser);
    assert!(seen.contains("session="), "{seen}");

    // Her login is ended; the next click leads to the login, and back to where she was.
    let root = LoggedIn::new(&server);
    root.end_login_of(&server, "anna");
    browser.click("dialog.sheet .sheet-head > button");
    browser.click("#refresh");
    is_at(&browser, "/login.html");
    let to = browser.run("return new URLSearchParams(location.search).get('to')");
    assert!(to.as_str().unwrap().starts_with("/dashboard.html?"), "{to}");
    browser.complaints();
    submit_login(&browser, "anna", PASSWORD);
    is_at(&browser, "/dashboard.html");
    settled(&browser);
    is_quiet(&browser, &server);
}

/// An admin somewhere else.
struct LoggedIn {
    cookie: String,
    csrf: String,
}

impl LoggedIn {
    fn new(server: &Server) -> Self {
        let body = json!({"name": "root", "password": PASSWORD}).to_string();
        let headers = [("Content-Type", "application/json")];
        let answer = server.client().send("POST", "/api/auth/login", &headers, body.as_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        Self { cookie, csrf: answer.json()["csrf"].as_str().unwrap().to_owned() }
    }

    fn ask(&self, server: &Server, method: &str, path: &str) -> Value {
        let headers = [("Cookie", &*self.cookie), ("X-CSRF-Token", &*self.csrf)];
        let answer = server.client().send(method, path, &headers, b"").unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    fn end_login_of(&self, server: &Server, user: &str) {
        let logins = self.ask(server, "GET", "/api/access/logins");
        for login in logins["logins"].as_array().unwrap().iter().filter(|login| login["user"] == user) {
            self.ask(server, "DELETE", &format!("/api/access/logins/{}", login["id"].as_str().unwrap()));
        }
    }
}

#[test]
fn a_wrong_password_a_lockout_and_a_server_that_is_gone_are_told_in_both_languages() {
    let (server, _dir) = with_users(&[]);
    for (language, wrong, many, gone) in [
        ("en", "The name or the password is wrong.", "Too many wrong passwords", "The server does not answer"),
        ("pl", "Nazwa lub hasło się nie zgadza.", "Zbyt wiele błędnych haseł", "Serwer nie odpowiada"),
    ] {
        let browser = Browser::speaking(language);
        browser.cdp("Network.clearBrowserCookies", &json!({}));
        browser.open(&address(&server, "/login.html"));
        let name = format!("nobody-{language}");
        submit_login(&browser, &name, "a wrong one, surely");
        browser.wait(&format!("document.querySelector('#trouble').textContent == {wrong:?}"));
        let started = std::time::Instant::now();
        while !browser.run("return document.querySelector('#trouble').textContent").as_str().unwrap().starts_with(many)
        {
            assert!(started.elapsed() < std::time::Duration::from_secs(30));
            browser.click("#enter");
            browser.wait("!document.querySelector('#trouble').hidden");
        }
        assert!(browser.text("#wait").contains(" s"), "how long is counted");
        assert_eq!(browser.run("return document.querySelector('#enter').disabled"), true);
        is_accessible(&browser, &format!("locked, {language}"));
        browser.picture(&format!("login-locked-{language}"));
        // Someone else is not kept out, and the one who is may try again in time.
        fill(&browser, "#name", "root");
        assert_eq!(browser.run("return document.querySelector('#enter').disabled"), false);
        browser.block(&["*/api/auth/login"]);
        browser.click("#enter");
        browser.wait(&format!("document.querySelector('#trouble').textContent.startsWith({gone:?})"));
        browser.block(&[]);
        fill(&browser, "#password", PASSWORD);
        browser.click("#enter");
        is_at(&browser, "/dashboard.html");
    }
}

#[test]
fn a_login_leads_to_this_server_only() {
    let (server, _dir) = with_users(&[]);
    let browser = Browser::speaking("en");
    browser.cdp("Network.clearBrowserCookies", &json!({}));
    log_in(&browser, &server, "root", "/settings.html%23audit");
    assert_eq!(browser.run("return location.pathname + location.hash"), "/settings.html#audit");
    // Who is logged in already is led on at once.
    let elsewhere = [
        "https://evil.example/dashboard.html",
        "//evil.example/dashboard.html",
        "/\\evil.example/dashboard.html",
        "/.//evil.example/dashboard.html",
        "/\t/evil.example/a.html",
        "javascript:alert(1)//.html",
        "/api/auth/logout",
        "/login.html",
        "",
    ];
    for to in elsewhere {
        let encoded: String = to.bytes().map(|byte| format!("%{byte:02x}")).collect();
        browser.open(&address(&server, &format!("/login.html?to={encoded}")));
        browser.wait("!location.pathname.startsWith('/login')");
        assert_eq!(browser.run("return location.host"), json!(server.address.to_string()), "{to}");
    }
    browser.open(&address(&server, "/dashboard.html"));
    settled(&browser);
}

#[test]
fn the_chat_is_for_those_who_have_logged_in_and_says_so() {
    let (server, dir) = with_users(&["anna --role agent --bot shop"]);
    send(&server, &dir, &["shop"]);
    let browser = Browser::speaking("en");
    browser.cdp("Network.clearBrowserCookies", &json!({}));
    let say = |text: &str| {
        browser.wait("document.querySelector('#form')");
        browser.run(&format!(
            "document.querySelector('#message').value = {text:?}; document.querySelector('#form').requestSubmit()"
        ));
    };
    browser.open(&address(&server, "/chat.html"));
    say("What does it cost?");
    browser.wait("document.querySelector('#trouble a')");
    assert!(browser.text("#trouble").contains("--public-chat"));
    assert_eq!(browser.run("return document.querySelector('#message').value"), "What does it cost?");
    browser.click("#trouble a");
    is_at(&browser, "/login.html");
    submit_login(&browser, "anna", PASSWORD);
    is_at(&browser, "/chat.html");
    say("What does it cost?");
    browser.wait("document.querySelector('#said li:not(.mine):not(.waiting)')");
    browser.run("localStorage.removeItem('novahouse.chat.said')");
}

#[test]
fn what_happens_now_ends_with_the_login_and_leads_back() {
    let (server, dir) = with_users(&["anna --role agent --bot shop"]);
    send(&server, &dir, &["shop", "other"]);
    let browser = Browser::speaking("en");
    browser.cdp("Network.clearBrowserCookies", &json!({}));
    log_in(&browser, &server, "anna", "/dashboard.html?show=live%26bot=shop");
    browser.wait("document.querySelector('.live-status .dot.open')");
    LoggedIn::new(&server).end_login_of(&server, "anna");
    let key = run_on(&dir.data(), "key add other --kind ingest").exits(0).out;
    // The stream ends when there would be something to tell.
    becomes("the server hears of the key", || {
        post(&server, key.trim(), "{\"type\":\"message\",\"bot\":\"shop\",\"session_id\":\"x\"}\n").status == 200
    });
    is_at(&browser, "/login.html");
    let to = browser.run("return new URLSearchParams(location.search).get('to')");
    assert!(to.as_str().unwrap().contains("show=live"), "{to}");
}

#[test]
fn the_own_password_is_changed_and_the_login_goes_on() {
    let (server, _dir) = with_users(&[]);
    let browser = Browser::speaking("pl");
    browser.cdp("Network.clearBrowserCookies", &json!({}));
    log_in(&browser, &server, "root", "/settings.html%23account");
    fill(&browser, "[name=current]", "not the one");
    fill(&browser, "[name=new]", "quite another one");
    browser.click(".form [type=submit]");
    browser.wait("document.querySelector('.field-wrong:not(:empty)').textContent == 'To nie jest Twoje hasło.'");
    fill(&browser, "[name=current]", PASSWORD);
    browser.click(".form [type=submit]");
    browser.wait("document.querySelector('#done').textContent == 'Hasło zostało zmienione.'");
    // What is sent along is that of the new login.
    browser.click(&key_id("users"));
    browser.click("#add-user");
    fill(&browser, ".box [name=name]", "<img src=x onerror=alert(1)>");
    browser.click(".box [type=submit]");
    browser.wait("document.querySelector('.box .field-wrong:not(:empty)').textContent.startsWith('Nazwa ma')");
    fill(&browser, ".box [name=name]", "ewa");
    browser.wait("[...document.querySelectorAll('.box .field-row .button')].find((one) => one.textContent == 'Zaproponuj').click() ?? true");
    browser.click(".box [type=submit]");
    has_row(&browser, "ewa");
}

#[test]
fn the_pages_are_for_everyone() {
    let (server, dir) =
        with_users(&["anna --role analyst --bot shop", "jan.kowalski@example.com --role agent --bot shop --bot other"]);
    send(&server, &dir, &["shop", "other"]);
    for (language, scheme, width) in
        [("en", "light", 1280), ("pl", "dark", 1280), ("en", "dark", 390), ("pl", "light", 390)]
    {
        let browser = Browser::speaking(language);
        browser.cdp("Network.clearBrowserCookies", &json!({}));
        browser.see(width, 860, scheme);
        let story = format!("{language}-{scheme}-{width}");
        browser.open(&address(&server, "/settings.html"));
        is_at(&browser, "/login.html");
        browser.wait("!document.querySelector('#login').hidden");
        fits(&browser, &format!("login-{story}"), width);
        submit_login(&browser, "root", PASSWORD);
        is_at(&browser, "/settings.html");
        for view in ["users", "keys", "logins", "audit", "account"] {
            browser.click(&key_id(view));
            browser.wait(&format!("document.querySelector('#view[data-view={view}][aria-busy=false]')"));
            fits(&browser, &format!("settings-{view}-{story}"), width);
        }
        for (view, opener) in [
            ("users", "#add-user"),
            ("users", "[data-row=anna] button"),
            ("users", "[data-row=anna] .dangerous"),
            ("keys", "#add-key"),
        ] {
            browser.click(&key_id(view));
            browser.wait(&format!("document.querySelector('#view[data-view={view}][aria-busy=false]')"));
            browser.click(opener);
            browser.wait("document.querySelector('.box[open]')");
            let name: String = opener.chars().filter(char::is_ascii_alphanumeric).collect();
            fits(&browser, &format!("settings-{name}-{story}"), width);
            browser.press(&["\u{E00C}"]);
            browser.wait("!document.querySelector('.box')");
        }
    }
}

/// Nothing hangs out at the side, axe finds nothing, and a person may look. Axe takes its time, and is asked about large
/// screens only: small ones have the same parts.
#[track_caller]
pub fn fits(browser: &Browser, story: &str, width: u32) {
    let wide = browser.run("return document.documentElement.scrollWidth");
    browser.picture(story);
    assert_eq!(wide, width, "{story}");
    // A page of experiments once did not know the style of a box: the browser draws a black frame around one, three wide.
    let frames =
        "return [...document.querySelectorAll('dialog.box[open]')].map((box) => getComputedStyle(box).borderRadius)";
    let frames = browser.run(frames);
    assert!(frames.as_array().is_some_and(|all| all.iter().all(|round| round != "0px")), "{story}: {frames}");
    if width > 400 {
        is_accessible(browser, story);
    }
}
