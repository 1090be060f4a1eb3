//! `novahouse experiment`, beside a live server.

use crate::support::process::{Dir, Server, run_on};

#[test]
fn an_experiment_is_added_run_read_and_decided_on_beside_a_live_server() {
    let dir = Dir::new();
    let server = Server::on(&dir.data());
    let run = |words: &str| run_on(&dir.data(), words);
    run("experiment add greeting --variant plain=1 --variant warm=1 --reply warm:greeting=Hello! --guardrail cost_usd --baseline 0.2 --lift 10").exits(0);
    let listed = run("experiment list --json").exits(0).json();
    assert_eq!((&listed[0]["state"], &listed[0]["planned_units"]), (&"draft".into(), &24_920.into()));
    assert_eq!((&listed[0]["variants"][1]["replies"]["greeting"], listed[0].get("salt")), (&"Hello!".into(), None));
    assert!(run("experiment results greeting").exits(2).err.contains("not started"));
    run("experiment change greeting --variant plain=1 --variant warm=3 --reply plain:help=Ask. --share 50").exits(0);
    let changed = run("experiment show greeting").exits(0).json();
    assert_eq!((&changed["variants"][1]["weight"], &changed["traffic_share_ppm"]), (&3.into(), &500_000.into()));
    assert_eq!(changed["variants"][1]["replies"]["greeting"], "Hello!", "a variant that stays keeps its replies");
    assert_eq!(changed["variants"][0]["replies"]["help"], "Ask.");
    assert_eq!(changed["guardrails"][0]["metric"], "cost_usd");
    run("experiment change greeting --variant plain=1 --variant warm=1 --reply plain:help= --share 100").exits(0);
    assert_eq!(run("experiment show greeting").exits(0).json()["variants"][0].get("replies"), None);
    run("experiment start greeting").exits(0);
    let assigned = || {
        let headers = [("Content-Type", "application/json")];
        let mut client = server.client();
        let answer = client.send("POST", "/api/experiments/greeting/assign", &headers, br#"{"session_id":"visit"}"#);
        answer.unwrap().json()
    };
    super::becomes("the server hears of it", || assigned()["in_experiment"] == true);
    let variant = assigned()["variant"].as_str().unwrap().to_owned();
    let told = run("experiment results greeting --by device").exits(0).out;
    assert!(told.contains("1 of 24920 planned units") && told.contains(&variant), "{told}");
    let found = run("experiment results greeting --json").exits(0).json();
    let (status, answer) = server.get("/api/experiments/greeting/results");
    assert_eq!((status, &answer["metrics"]), (200, &found["metrics"]));
    run("experiment pause greeting").exits(0);
    super::becomes("the server hears of it", || assigned()["variant"].is_null());
    run("experiment remove greeting").exits(2);
    run("experiment stop greeting --winner cold --reason none").exits(2);
    run("experiment stop greeting --winner warm --reason warmer").exits(0);
    super::becomes("the server hears of it", || assigned()["variant"] == "warm");
    let stopped = run("experiment show greeting").exits(0).json();
    assert_eq!((&stopped["decision"]["reason"], &stopped["decided_by"]), (&"warmer".into(), &"command line".into()));
    assert!(run("experiment list").exits(0).out.contains("for warm"));
    run("experiment remove greeting").exits(0);
    for (words, named) in [
        ("experiment add x --variant a=1", "variants:"),
        ("experiment add x --variant a --variant b=1", "NAME=WEIGHT"),
        ("experiment add x --variant a=1 --variant b=1 --reply c:greeting=Hi", "--reply"),
        ("experiment add x --variant a=1 --variant b=1 --bot nobody", "nobody"),
        ("experiment add greeting --variant a=1 --variant b=1", "greeting"),
        ("experiment start nothing", "nothing"),
        ("experiment change nothing --share 10", "nothing"),
        ("experiment change greeting --share 10", "greeting"),
    ] {
        let refused = run(words).exits(2);
        assert!(refused.err.contains(named) && refused.out.is_empty(), "{words}: {refused:?}");
    }
    let audit = std::fs::read_to_string(dir.data().join("audit.ndjson")).unwrap();
    for (action, times) in [("added", 1), ("changed", 2), ("started", 1), ("paused", 1), ("stopped", 1), ("removed", 1)]
    {
        assert_eq!(audit.matches(&format!("\"experiment {action}\"")).count(), times, "{action}: {audit}");
    }
    assert!(server.terminate().success());
}
