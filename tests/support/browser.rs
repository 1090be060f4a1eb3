//! A headless Chromium, driven through chromedriver (the WebDriver protocol) by the tests' own client.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::Client;

const WITHIN: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(25);

/// Nothing that the browser does on its own account.
const FLAGS: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1440,900",
];

pub struct Browser {
    driver: Child,
    address: SocketAddr,
    session: String,
    _profile: tempfile::TempDir,
}

/// The browser, for one test at a time: the process is shared by those that want it at the same time.
pub struct Turn {
    browser: Arc<Browser>,
    _alone: MutexGuard<'static, ()>,
}

impl std::ops::Deref for Turn {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.browser
    }
}

impl Browser {
    /// As of a person who reads this language.
    pub fn speaking(language: &str) -> Turn {
        static ALONE: Mutex<()> = Mutex::new(());
        static RUNNING: OnceLock<Mutex<Weak<Browser>>> = OnceLock::new();
        // Counted before it is this test's turn, so that the process outlives the test before.
        let browser = {
            let mut running = RUNNING.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
            running.upgrade().unwrap_or_else(|| {
                let fresh = Arc::new(Self::start());
                *running = Arc::downgrade(&fresh);
                fresh
            })
        };
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = Turn { browser, _alone: alone };
        turn.begin(language);
        turn
    }

    fn start() -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts; tests/run installs it");
        let lines = BufReader::new(driver.stdout.take().expect("a pipe")).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse::<u16>().ok());
        let address = SocketAddr::from(([127, 0, 0, 1], port.expect("chromedriver says its port")));
        let profile = tempfile::tempdir().expect("a temporary directory");
        let mut flags: Vec<String> = FLAGS.map(str::to_owned).to_vec();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        let wanted = json!({"goog:chromeOptions": {"args": flags}, "goog:loggingPrefs": {"browser": "ALL"}});
        let answer = ask(address, "/session", &json!({"capabilities": {"alwaysMatch": wanted}}));
        let session = answer["sessionId"].as_str().expect("a session").to_owned();
        Self { driver, address, session, _profile: profile }
    }

    fn begin(&self, language: &str) {
        // Fifty steps are remembered, over all tests: beyond them back leads elsewhere.
        self.cdp("Page.resetNavigationHistory", &json!({}));
        self.open("about:blank");
        let agent = self.run("return navigator.userAgent");
        self.cdp("Emulation.setUserAgentOverride", &json!({"userAgent": agent, "acceptLanguage": language}));
        self.cdp("Network.enable", &json!({}));
        self.block(&[]);
        self.see(1440, 900, "light");
        self.complaints();
    }

    fn ask(&self, path: &str, body: &Value) -> Value {
        ask(self.address, &format!("/session/{}{path}", self.session), body)
    }

    pub fn open(&self, url: &str) {
        self.ask("/url", &json!({"url": url}));
    }

    /// What a script returns.
    pub fn run(&self, script: &str) -> Value {
        self.ask("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// What an expression comes to once it is neither false nor empty.
    ///
    /// # Panics
    /// Where it stays so.
    #[track_caller]
    pub fn wait(&self, expression: &str) -> Value {
        let script = format!("try {{ return ({expression}) }} catch (error) {{ return null }}");
        let began = Instant::now();
        loop {
            let value = self.run(&script);
            if !matches!(value, Value::Null | Value::Bool(false)) && value != json!("") && value != json!(0) {
                return value;
            }
            if began.elapsed() > WITHIN {
                let page = self.run("return document.body.innerText.slice(0, 1500)");
                let address = self.run("return location.href");
                panic!("{expression} is {value} after {WITHIN:?} at {address} on {page:#}");
            }
            std::thread::sleep(POLL);
        }
    }

    /// The text of the first element that a selector finds, once there is one.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        self.wait(&format!("document.querySelector({selector:?}).textContent.trim()")).as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub fn click(&self, selector: &str) {
        self.wait(&format!("document.querySelector({selector:?}).click() ?? true"));
    }

    /// Presses keys one after the other, as a person would.
    pub fn press(&self, keys: &[&str]) {
        let strokes: Vec<Value> = keys
            .iter()
            .flat_map(|key| [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})])
            .collect();
        self.ask("/actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}));
    }

    pub fn back(&self) {
        self.ask("/back", &json!({}));
    }

    pub fn forward(&self) {
        self.ask("/forward", &json!({}));
    }

    pub fn cdp(&self, command: &str, params: &Value) -> Value {
        self.ask("/goog/cdp/execute", &json!({"cmd": command, "params": params}))
    }

    /// Addresses that are not reached; `*` stands for anything.
    pub fn block(&self, urls: &[&str]) {
        self.cdp("Network.setBlockedURLs", &json!({"urls": urls}));
    }

    /// On a screen of this size, light or dark.
    pub fn see(&self, width: u32, height: u32, scheme: &str) {
        let screen = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        self.cdp("Emulation.setDeviceMetricsOverride", &screen);
        let feature = json!({"name": "prefers-color-scheme", "value": scheme});
        self.cdp("Emulation.setEmulatedMedia", &json!({"features": [feature]}));
    }

    /// Saves what is seen, for a person to look at, under target/pictures.
    pub fn picture(&self, name: &str) {
        let shot = self.cdp("Page.captureScreenshot", &json!({"format": "png", "captureBeyondViewport": true}));
        save(name, &base64(shot["data"].as_str().expect("a picture")));
    }

    /// The page on a desk and on a phone, by day and at night.
    pub fn pictures(&self, name: &str) {
        for (width, scheme) in [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")] {
            self.see(width, 900, scheme);
            self.picture(&format!("{name}-{width}-{scheme}"));
        }
        self.see(1440, 900, "light");
    }

    /// What the console holds since it was last asked: errors, and what the policy forbade.
    pub fn complaints(&self) -> Vec<String> {
        let logged = self.ask("/se/log", &json!({"type": "browser"}));
        let entries = logged.as_array().cloned().unwrap_or_default();
        entries.iter().map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended already.
        let path = format!("/session/{}", self.session);
        let _ = Client::connect(self.address).and_then(|mut client| client.send("DELETE", &path, &[], b""));
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Keeps a picture for a person to look at, under target/pictures. The folder may not be there yet: whichever test comes
/// first makes it.
pub fn save(name: &str, png: &[u8]) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/pictures");
    std::fs::create_dir_all(&folder).expect("target can be written");
    std::fs::write(folder.join(format!("{name}.png")), png).expect("target can be written");
}

/// # Panics
/// Where the driver reports an error.
#[track_caller]
fn ask(address: SocketAddr, path: &str, body: &Value) -> Value {
    let mut client = Client::connect(address).expect("chromedriver listens");
    let headers = [("Content-Type", "application/json")];
    let answer = client.send("POST", path, &headers, body.to_string().as_bytes()).expect("an answer");
    assert_eq!(answer.status, 200, "{path} {body}: {}", answer.text());
    answer.json()["value"].take()
}

pub fn base64(text: &str) -> Vec<u8> {
    let place = |char: u8| match char {
        b'A'..=b'Z' => char - b'A',
        b'a'..=b'z' => char - b'a' + 26,
        b'0'..=b'9' => char - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let quads = text.trim_end_matches('=').as_bytes().chunks(4);
    let bytes = quads.flat_map(|quad| {
        let bits = quad.iter().fold(0u32, |bits, char| bits << 6 | u32::from(place(*char)));
        let whole = (bits << (6 * (4 - quad.len()))).to_be_bytes();
        whole[1..quad.len()].to_vec()
    });
    bytes.collect()
}
