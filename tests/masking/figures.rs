//! Masking changes texts, and no figure.

use novahouse::clock::Clock;
use novahouse::limits::MASK_PATTERN_NAME_BYTES_MAX;
use novahouse::masking::MaskKind;
use novahouse::settings::MaskingChange;
use novahouse::store::{Options, RedbEngine};
use serde_json::Value;

use crate::support::client::Answer;
use crate::support::served::Served;

/// 2026-03-31T10:00:00Z.
const NOW_MS: i64 = 1_774_951_200_000;

struct House {
    served: Served,
    _dir: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let (dir, clock) = (tempfile::tempdir().unwrap(), Clock::fixed(NOW_MS));
        let engine = RedbEngine::open(dir.path(), &Options { clock: clock.clone(), ..Options::default() }).unwrap();
        Self { served: Served::over(std::sync::Arc::new(engine), clock), _dir: dir }
    }

    fn masking(change: MaskingChange) -> Self {
        let house = Self::new();
        house.served.settings.change(|document| document.change_masking("default", change)).unwrap();
        house
    }

    fn post(&self, lines: &str) -> Answer {
        self.served.post(&[("Content-Type", "application/x-ndjson")], lines)
    }

    /// Without the moment of the answer.
    fn get(&self, path: &str) -> Value {
        let mut answer = self.served.get(path).json();
        answer.as_object_mut().unwrap().remove("timestamp");
        answer
    }
}

/// What visitors of labelled texts say, with a number or an address now and then.
fn lines() -> String {
    let visitors =
        include_str!("../chat/held_out.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('['));
    let left = ["", " tel. 600 700 800", " anna@example.com", " 44051468460, 203.0.113.77", " 4539 5260 1815 9083"];
    let line = |(place, text): (usize, &str)| {
        let said = format!("{text}{}", left[place % left.len()]);
        let session = format!("s-{}", place / 3);
        let at = NOW_MS - (place as i64) * 1_000_000;
        serde_json::json!({"type": "message", "session_id": session, "user_id": format!("u-{}", place / 7), "timestamp": at,
            "user_message": said, "intent": format!("i-{}", place % 4), "response_time_ms": place})
        .to_string()
            + "\n"
    };
    visitors.enumerate().map(line).collect()
}

#[test]
fn no_figure_changes_by_it() {
    let all = MaskingChange { kinds: Some(MaskKind::ALL.into()), patterns: None };
    let (plain, masked) = (House::new(), House::masking(all));
    let lines = lines();
    assert_eq!(plain.post(&lines).json(), masked.post(&lines).json());
    for path in [
        "overview?days=30",
        "conversations?days=30",
        "engagement?days=30",
        "intents?days=30",
        "leads?days=30",
        "metrics/weekly",
        "export?type=leads&days=30",
    ] {
        let path = format!("/api/analytics/{path}");
        let (mut one, mut other) = (plain.get(&path), masked.get(&path));
        for answer in [&mut one, &mut other] {
            answer.as_object_mut().unwrap().remove("exported_at");
        }
        assert_eq!(one, other, "{path}");
    }
    let leads = plain.get("/api/analytics/leads?days=30");
    assert!(leads["total_leads"].as_u64().unwrap() > 20, "{leads}");
    let text = masked.served.get("/api/analytics/export?type=events&days=30&format=ndjson");
    let text = text.text();
    assert!(text.contains("[phone]") && text.contains("[pesel]") && text.contains("[card]"));
    assert!(!text.contains("600 700 800") && !text.contains("44051468460") && !text.contains("203.0.113.77"));
}

/// A mark may be longer than what it stands for: a page of 2,048 bytes has to stay one, or its row would not fit.
#[test]
fn what_grows_by_its_marks_stays_as_long_as_it_may_be() {
    // Two, since each is looked for so many times in a text only: together they make more of it than it may be.
    let [name, other] = ["n", "m"].map(|letter| letter.repeat(MASK_PATTERN_NAME_BYTES_MAX));
    let change = serde_json::json!({"patterns": [{"name": name, "regex": "x"}, {"name": other, "regex": "y"}]});
    let house = House::masking(serde_json::from_value(change).unwrap());
    let long = |bytes: usize| "xyą".repeat(bytes / 4);
    let lines = [
        serde_json::json!({"type": "engagement", "session_id": "s", "page": long(2_048), "referrer": long(2_048)}),
        serde_json::json!({"type": "performance", "endpoint": long(2_048), "error_message": long(32_768)}),
        serde_json::json!({"type": "message", "session_id": "s", "user_message": long(32_768), "entities": {"a": long(16_000)}}),
        serde_json::json!({"type": "lead", "session_id": "s", "additional_info": {"a": long(32_000)}, "property_type": long(2_048)}),
    ];
    let lines = lines.map(|line| line.to_string() + "\n").concat();
    assert_eq!(house.post(&lines).json()["accepted"], 4);
    let exported = house.served.get("/api/analytics/export?type=events&days=30&format=ndjson");
    // What is exported can be taken in again.
    let again = House::new();
    let answer = again.post(exported.text()).json();
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&4.into(), &0.into()), "{answer}");
    let text = exported.text();
    assert!(text.contains(&format!("[{name}]")) && !text.contains("\"additional_info\""), "{}", &text[..400]);
}
