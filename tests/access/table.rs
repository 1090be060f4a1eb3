//! Every row of the documentation's table, sent as everyone about every bot.

use novahouse::access::{Holder, KeyKind, Role};

use super::docs::{Row, rows};
use super::{HERS, House, LoggedIn, MINE, NONE, conversations, message, refused, whole};
use crate::support::client::Answer;

/// Who asks.
struct Someone {
    name: &'static str,
    /// Where he stands in a row.
    column: usize,
    shows: Shows,
    /// Whether he is for `MINE` only.
    restricted: bool,
}

enum Shows {
    Nothing,
    Login(LoggedIn),
    Key(String),
}

impl Someone {
    fn headers(&self) -> Vec<(String, String)> {
        match &self.shows {
            Shows::Nothing => Vec::new(),
            Shows::Login(login) => login.headers().map(|(name, value)| (name.into(), value.into())).into(),
            Shows::Key(key) => vec![("Authorization".into(), format!("Bearer {key}"))],
        }
    }
}

/// Those who see everything come first: what is kept of their answers must not be given to others.
fn everyone(house: &House) -> Vec<Someone> {
    let column = |holder| 1 + Holder::ALL.iter().position(|known| *known == holder).unwrap();
    let user = |name: &'static str, role, bots: &[&str]| {
        if name != "root" {
            house.user(name, role, bots);
        }
        let shows = Shows::Login(house.login(name));
        Someone { name, column: column(Holder::User(role)), shows, restricted: !bots.is_empty() }
    };
    let key = |name: &'static str, kind, bots: &[&str]| {
        let shows = Shows::Key(house.key(name, kind, bots));
        Someone { name, column: column(Holder::Key(kind)), shows, restricted: !bots.is_empty() }
    };
    vec![
        user("root", Role::Admin, &[]),
        user("analyst-of-all", Role::Analyst, &[]),
        user("analyst", Role::Analyst, &[MINE]),
        user("agent", Role::Agent, &[MINE]),
        key("admin key", KeyKind::Admin, &[]),
        key("read key for all", KeyKind::Read, &[]),
        key("read key", KeyKind::Read, &[MINE]),
        key("ingest key for all", KeyKind::Ingest, &[]),
        key("ingest key", KeyKind::Ingest, &[MINE]),
        Someone { name: "a stranger", column: 0, shows: Shows::Nothing, restricted: false },
    ]
}

/// What a request is about.
#[derive(Clone, Copy, PartialEq)]
enum About {
    /// A bot, which is named in the query.
    Bot,
    /// A bot, and it is made where there is none.
    Writing,
    Events,
    Nothing,
}

/// What the paths begin with of what names no bot, or names one that need not be there.
const ABOUT_NO_BOT: [&str; 4] = ["/api/auth/", "/api/access/", "/api/masking", "/api/retention"];

fn about(row: &Row) -> About {
    match (&*row.method, &*row.path) {
        ("POST", "/api/events") => About::Events,
        ("POST", "/api/chatbot/chat") => About::Writing,
        (_, path) if ABOUT_NO_BOT.iter().any(|begins| path.starts_with(begins)) => About::Nothing,
        // Of who is erased nothing is left for the next who asks: the one named here is not there.
        ("DELETE", "/api/sessions/{session_id}") | (_, "/api/erasures") => About::Nothing,
        (_, path) if path.starts_with("/api/users/") => About::Nothing,
        // The bot is in what a rule says; of rules and silences `tests/alerts` says who sees them.
        (_, path) if path.starts_with("/api/channels") => About::Nothing,
        (_, path) if path.starts_with("/api/experiments") => About::Nothing,
        (_, path) if path.starts_with("/api/reports") && path != "/api/reports/preview" => About::Nothing,
        (_, path) if path.starts_with("/api/alerts") && path != "/api/alerts/offers" => About::Nothing,
        (_, "/api/bots" | "/api/health" | "/api/chatbot/health" | "/api/ready" | "/api/openapi.json" | "/metrics") => {
            About::Nothing
        }
        _ => About::Bot,
    }
}

fn send(house: &House, someone: &Someone, row: &Row, bot: &str) -> Answer {
    let path = row.path.replace("{session_id}", "session").replace("{name}", "nobody").replace("{id}", "0");
    let mark = if path.contains('?') { '&' } else { '?' };
    let (path, body) = match about(row) {
        About::Bot => (format!("{path}{mark}bot={bot}"), String::new()),
        About::Writing => (format!("{path}{mark}bot={bot}"), r#"{"message":"hello"}"#.to_owned()),
        About::Events => (path, message(bot, "written")),
        // Refused for what is not in it, where the sender is not refused himself.
        About::Nothing => (path, if row.method == "GET" { String::new() } else { "{}".to_owned() }),
    };
    let mut headers = someone.headers();
    headers.push(("Content-Type".into(), "application/json".into()));
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let mut client = house.client();
    client.ask(&row.method, &path, &headers, body.as_bytes()).unwrap();
    if !row.path.starts_with("/api/live") {
        return client.answer(false).unwrap();
    }
    // Where it is let in, this one goes on for ever.
    let head = client.head().unwrap();
    if head.status == 200 { head } else { house.client().send(&row.method, &path, &headers, b"").unwrap() }
}

#[track_caller]
fn expect(house: &House, someone: &Someone, row: &Row, bot: &str) -> Answer {
    let answer = send(house, someone, row, bot);
    let of = format!("{} {} of {bot} by {}: {answer:?}", row.method, row.path, someone.name);
    let (status, code) = match (row.may[someone.column], someone.column) {
        (true, _) => {
            assert!(![401, 403, 405].contains(&answer.status), "{of}");
            return answer;
        }
        (false, 0) => (401, "unauthorized"),
        (false, _) => (403, "forbidden"),
    };
    assert_eq!(answer.status, status, "{of}");
    assert_eq!(answer.header("www-authenticate").is_some(), status == 401, "{of}");
    let body = answer.json();
    if body["success"] != false {
        refused(&answer, status, code);
    }
    assert!(!answer.text().contains(bot), "{of}");
    answer
}

#[test]
fn every_request_of_everyone_about_every_bot_is_answered_as_the_table_says() {
    let house = House::new();
    let root = house.key("preparing", KeyKind::Admin, &[]);
    for bot in [MINE, HERS] {
        assert_eq!(house.with_key("POST", "/api/events", &root, &message(bot, "session")).status, 200);
    }
    let rows = rows();
    let everyone = everyone(&house);
    let mut sent = 0;
    // Who has logged out may nothing any more.
    let (last, rows): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.path == "/api/auth/logout");
    for (row, someone) in rows.iter().chain(&last).flat_map(|row| everyone.iter().map(move |someone| (row, someone))) {
        let may = row.may[someone.column];
        let of = format!("{} {} by {}", row.method, row.path, someone.name);
        let answers = [MINE, HERS, NONE].map(|bot| {
            let makes_it = bot == NONE && may && !someone.restricted;
            let writes = matches!(about(row), About::Writing | About::Events);
            let again = row.path == "/api/auth/logout" && bot != MINE;
            let left_out = makes_it && writes || again && may;
            (!left_out).then(|| expect(&house, someone, row, bot))
        });
        sent += answers.iter().flatten().count();
        if !may || about(row) == About::Nothing {
            continue;
        }
        let [mine, hers, none] = answers.each_ref().map(|answer| answer.as_ref().map(whole));
        let (mine, hers) = (mine.unwrap(), hers.unwrap());
        assert_eq!(mine.0, 200, "{of}: {mine:?}");
        if !someone.restricted {
            assert_eq!(hers.0, 200, "{of}: {hers:?}");
            assert!(none.is_none_or(|none| none.0 == 404), "{of}");
            continue;
        }
        let none = none.unwrap();
        assert_eq!(hers.0, if about(row) == About::Events { 422 } else { 404 }, "{of}: {hers:?}");
        assert_eq!((hers.0, hers.1, hers.2.replace(HERS, NONE)), none, "{of}: one can be told from the other");
    }
    assert!(sent > 900, "{sent}");
    // What a chat records, it records afterwards.
    let began = std::time::Instant::now();
    let recorded = |bot: &str, restricted_too: bool| {
        let may = |row: &&Row, one: &&Someone| row.may[one.column] && (restricted_too || !one.restricted);
        let writing = || rows.iter().filter(|row| matches!(about(row), About::Writing | About::Events));
        let sent: usize = writing().map(|row| everyone.iter().filter(|one| may(&row, one)).count()).sum();
        while conversations(&house, &root, bot) != 1 + sent {
            assert!(began.elapsed().as_secs() < 10, "{bot}: {} of 1 + {sent}", conversations(&house, &root, bot));
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    };
    recorded(MINE, true);
    recorded(HERS, false);
    assert_eq!(house.with_key("GET", &format!("/api/bots?bot={NONE}"), &root, "").status, 400);
    refused(&house.with_key("GET", &format!("/api/analytics/overview?bot={NONE}"), &root, ""), 404, "not_found");
}

#[test]
fn bots_are_listed_for_who_sees_them() {
    let house = House::new();
    let root = house.key("preparing", KeyKind::Admin, &[]);
    for bot in [MINE, HERS] {
        house.with_key("POST", "/api/events", &root, &message(bot, "session"));
    }
    let listed = |key: &str| {
        let list = house.with_key("GET", "/api/bots", key, "").json();
        list["bots"].as_array().unwrap().iter().map(|bot| bot["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&root), ["default", MINE, HERS]);
    assert_eq!(listed(&house.key("one", KeyKind::Read, &[MINE])), [MINE]);
    assert_eq!(listed(&house.key("none", KeyKind::Read, &[NONE])), [""; 0]);
    let restricted = house.key("hers", KeyKind::Read, &[HERS]);
    refused(&house.with_key("GET", "/api/analytics/overview", &restricted, ""), 404, "not_found");
}

/// Both bots of a comparison have to be ones that the asker may see, also where the answer is there already.
#[test]
fn a_comparison_is_for_who_may_see_both_bots() {
    let house = House::new();
    let root = house.key("preparing", KeyKind::Admin, &[]);
    for bot in [MINE, HERS] {
        house.with_key("POST", "/api/events", &root, &message(bot, "session"));
    }
    let compared = |bot: &str, other: &str| format!("/api/analytics/compare?bot={bot}&other_bot={other}");
    let reader = house.key("mine", KeyKind::Read, &[MINE]);
    for (bot, other) in [(MINE, HERS), (HERS, MINE), (MINE, HERS)] {
        assert_eq!(house.with_key("GET", &compared(bot, other), &root, "").status, 200);
        let hidden = house.with_key("GET", &compared(bot, other), &reader, "");
        let (bot, other) = if bot == HERS { (NONE, other) } else { (bot, NONE) };
        let none = house.with_key("GET", &compared(bot, other), &reader, "");
        assert_eq!(hidden.status, 404, "{hidden:?}");
        let (status, headers, body) = whole(&hidden);
        assert_eq!((status, headers, body.replace(HERS, NONE)), whole(&none), "one can be told from the other");
    }
    assert_eq!(house.with_key("GET", &compared(MINE, MINE), &reader, "").status, 200);
}

/// What was answered about a bot is kept for the next who asks, whoever he is: he must not have it.
#[test]
fn a_kept_answer_is_for_who_may_see_its_bot() {
    let house = House::new();
    let root = house.key("preparing", KeyKind::Admin, &[]);
    house.with_key("POST", "/api/events", &root, &message(HERS, "session"));
    let path = format!("/api/analytics/overview?bot={HERS}");
    let reader = house.key("mine", KeyKind::Read, &[MINE]);
    for _ in 0..3 {
        assert_eq!(house.with_key("GET", &path, &root, "").status, 200);
        refused(&house.with_key("GET", &path, &reader, ""), 404, "not_found");
    }
    assert_eq!(conversations(&house, &root, HERS), 1);
}
