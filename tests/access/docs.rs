//! `docs/access.md` is what the routes say.

use novahouse::access::{Holder, Needs};
use novahouse::http::ENDPOINTS;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/access.md");
/// Set, the file is written anew.
const WRITE: &str = "NOVAHOUSE_TEST_WRITE_DOCS";

const BEFORE: &str = "\
# Who may do what

Where there are users or keys, this is who may send which request. Where there are none, everyone on this machine may send all
of them, and no one else any.

An agent, and whoever else is given bots, sees these bots only: every answer about another one is the answer about a bot that
does not exist, 404, and an event of another one is rejected. A stranger who asks for what needs a login is answered 401, and
whoever is known and may not do it 403. The pages themselves hold no data, and are for everyone.

The routes of the program say this, `tests/access` sends every request as everyone, and a test compares this file with them.

";

const AFTER: &str = "
`*` with `serve --public-chat`, about the bot `default`.
";

fn written() -> String {
    let mut text = BEFORE.to_owned();
    text.push_str("| request | stranger | agent | analyst | admin | ingest key | read key | admin key |\n");
    text.push_str("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for endpoint in ENDPOINTS {
        let request = format!("{} {}", endpoint.method, endpoint.path);
        match endpoint.needs {
            Needs::Export => {
                for (kinds, needs) in [
                    (&["engagement", "leads"][..], Needs::People),
                    (&["overview", "intents", "performance", "events", "all"], Needs::Figures),
                ] {
                    kinds.iter().for_each(|kind| row(&mut text, &format!("{request}?type={kind}"), needs));
                }
            }
            needs => row(&mut text, &request, needs),
        }
    }
    text + AFTER
}

fn row(text: &mut String, request: &str, needs: Needs) {
    let stranger = match needs {
        Needs::Nothing => "yes",
        Needs::Chat => "no*",
        _ => "no",
    };
    text.push_str(&format!("| `{request}` | {stranger} |"));
    for holder in Holder::ALL {
        text.push_str(if needs.met_by(holder) { " yes |" } else { " no |" });
    }
    text.push('\n');
}

/// A row of the file: the method, the path, and whether a stranger and then each of `Holder::ALL` may.
pub struct Row {
    pub method: String,
    pub path: String,
    pub may: Vec<bool>,
}

/// The table as a reader of the documentation sees it.
pub fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(FILE).expect("the documentation");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")).map(|line| {
        let (request, cells) = line.split_once("` |").expect("a request");
        let (method, path) = request.split_once(' ').expect("a method");
        let may = cells.trim_end_matches('|').split('|').map(|cell| cell.trim() == "yes").collect();
        Row { method: method.into(), path: path.into(), may }
    });
    rows.collect()
}

#[test]
fn the_documentation_says_what_the_routes_say() {
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(FILE, written()).unwrap();
    }
    let text = std::fs::read_to_string(FILE).unwrap();
    assert!(text == written(), "it does not: {WRITE}=1 cargo test access::docs writes it anew");
    assert!(rows().len() > ENDPOINTS.len() && rows().iter().all(|row| row.may.len() == 1 + Holder::ALL.len()));
}
