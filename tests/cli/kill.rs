//! kill -9 in the middle of a load: nothing acknowledged is missing, nothing is counted twice. `NOVAHOUSE_TEST_KILLS=200`
//! does it so many times.

use std::net::SocketAddr;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::support::figure;
use crate::support::process::{Dir, Server, post, run_on};

const EVENTS_PER_POST: u64 = 25;

/// Posts one batch after the other until the server is gone; returns how many were acknowledged so far.
fn load(address: SocketAddr, client: u64, first_batch: u64) -> JoinHandle<u64> {
    std::thread::spawn(move || {
        let mut batch = first_batch;
        loop {
            let lines: String = (0..EVENTS_PER_POST)
                .map(|place| {
                    let number = batch * EVENTS_PER_POST + place;
                    let session = number % 97;
                    format!(
                        "{{\"type\":\"message\",\"id\":\"{client}-{number}\",\"session_id\":\"s-{session}\",\"intent\":\"i\"}}\n"
                    )
                })
                .collect();
            match post(address, &lines) {
                Ok(answer) if answer.status == 200 => {
                    assert_eq!(answer.json()["rejected"], 0, "{answer:?}");
                    batch += 1;
                }
                // Not acknowledged: the same batch is sent again to the next server.
                _ => return batch,
            }
        }
    })
}

#[test]
fn kill_9_loses_nothing_acknowledged_and_counts_nothing_twice() {
    let rounds = figure("NOVAHOUSE_TEST_KILLS").unwrap_or(6);
    let dir = Dir::new();
    let mut acknowledged = [0; 3];
    for round in 0..rounds {
        let mut server = Server::on(&dir.data());
        let address = server.address;
        let clients: Vec<_> = (0..).zip(acknowledged).map(|(client, batches)| load(address, client, batches)).collect();
        std::thread::sleep(Duration::from_millis(150 + 170 * (round % 6)));
        server.child.kill().expect("it was running");
        for (batches, client) in acknowledged.iter_mut().zip(clients) {
            *batches = client.join().expect("the client saw no wrong answer");
        }
    }
    let batches: u64 = acknowledged.iter().sum();
    assert!(batches >= rounds, "hardly any load: {acknowledged:?}");

    let server = Server::on(&dir.data());
    let stored = || server.get("/api/analytics/overview").1["overview"]["total_conversations"].as_u64().unwrap();
    // A batch in flight at a kill may be in or not, as a whole.
    let in_doubt = stored() - batches * EVENTS_PER_POST;
    assert!(
        in_doubt.is_multiple_of(EVENTS_PER_POST) && in_doubt <= 3 * EVENTS_PER_POST,
        "{in_doubt} beyond {acknowledged:?}"
    );
    run_on(&dir.data(), "check").exits(0);
}
