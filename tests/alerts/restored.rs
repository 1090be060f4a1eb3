//! After a restore: what was known is known, and nothing old is sent again.

use novahouse::alert::Phase;
use novahouse::clock::Clock;
use novahouse::notify::Outcome;
use novahouse::store::{BackupOptions, restore, verify_backup};
use serde_json::json;

use super::{HOUR_MS, MINUTE_MS, Watched, becomes, book};
use crate::support::receiver::{Manner, Receiver};

/// A directory made of a backup of another, in which time has gone on by so much.
fn restored(watched: &Watched, backup: &std::path::Path, later_ms: i64) -> Watched {
    let dir = tempfile::tempdir().unwrap();
    restore(backup, dir.path()).unwrap();
    Watched::of(dir, Clock::fixed(watched.now_ms() + later_ms))
}

#[test]
fn what_waited_in_a_backup_is_not_sent_again_and_an_alert_that_fired_is_still_known() {
    let (watched, receiver) = (Watched::new(), Receiver::new());
    watched.webhook("ops", &receiver);
    let id = watched.rule(json!({"window_hours": 24}));
    receiver.then([Manner::Status(503)]);
    watched.requests(20, 2_000);
    watched.minutes(1);
    receiver.wait_for(1);
    becomes("it waits for its next try", || watched.desk.book.pages().deliveries("ops")[0].tries == 1);
    let to = watched.dir.path().join("one.backup");
    let made = watched.engine.backup(watched.dir.path(), &to, BackupOptions::default()).unwrap();
    assert_eq!(verify_backup(&to, true).unwrap(), made);
    // After the backup it is sent.
    watched.pass(2 * MINUTE_MS);
    receiver.wait_for(2);
    becomes("it is sent", || !watched.desk.book.pages().is_waiting());

    let again = restored(&watched, &to, HOUR_MS);
    again.minutes(3);
    let [delivery] = &again.desk.book.pages().deliveries("ops")[..] else { panic!("one") };
    assert_eq!(delivery.outcome, Outcome::GivenUp);
    assert!(delivery.answer.contains("backup"), "{}", delivery.answer);
    assert_eq!(again.desk.watch.memory().states[&id].state.phase, Phase::Firing);
    assert_eq!(receiver.received().len(), 2, "that it fires was told before");
    // It is no secret who sent what: the file is for its owner alone, as before.
    let mode = std::fs::metadata(book(again.dir.path())).unwrap().permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
    // Over a restart too, and what is new is told.
    let again = again.restart();
    again.requests(2_000, 10);
    again.minutes(1);
    let over = receiver.wait_for(3)[2].json();
    assert_eq!(over["alerts"][0]["event"], "resolved");
    again.minutes(3);
    assert_eq!(receiver.received().len(), 3);
}
